"""The goals, and whether they are reached.

A goal whose cases were not run has the verdict "not measured". If a tool was stopped,
its time is a lower bound and so is the ratio, which is enough to reach a goal.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from benchmarks.plan import SKLEARN, SKLEARN_10, SKLEARN_DISTINCT, TUTORIAL
from benchmarks.results import Case, geometric_mean
from benchmarks.startup import Startup

KS = range(3, 17)
"""The numbers of clusters of most goals."""


@dataclass(frozen=True)
class Goal:
    """One goal."""

    what: str  # the quantity
    aim: str  # its limit
    found: str  # its value, and the case that decides
    # how far on the good side: 2 is twice as good as the aim, 1 just reaches it; None
    # if it was not measured, or a run was stopped too early to decide
    margin: float | None

    @property
    def reached(self) -> bool | None:
        """Whether the goal is reached; None if it was not measured."""
        return None if self.margin is None else self.margin >= 1

    @property
    def verdict(self) -> str:
        """The verdict in words."""
        if self.margin is None:
            return "not decided" if self.found else "not measured"
        if self.reached:
            return "reached"
        return f"**missed** by a factor of {1 / max(self.margin, 1e-9):.3g}"


@dataclass(frozen=True)
class Figure:
    """The value of a quantity in one case."""

    value: float
    case: Case
    is_bound: bool = False  # whether it is a lower bound, as a run was stopped


Figures = list[Figure]


def at_least(what: str, figures: Figures, aim: float, unit: str = "x") -> Goal:
    """Judge the smallest of some figures."""
    found, margin = "", None
    if figures:
        least = min(figures, key=lambda figure: figure.value)
        over = "over " if least.is_bound else ""
        found = f"{over}{least.value:.3g}{unit} ({_short(least.case)})"
        decided = least.value >= aim or not least.is_bound
        margin = least.value / aim if decided else None
    return Goal(what, f"≥ {aim:g}{unit}", found, margin)


def at_most(what: str, figures: Figures, aim: float, unit: str = "x") -> Goal:
    """Judge the largest of some figures."""
    found, margin = "", None
    if figures:
        most = max(figures, key=lambda figure: figure.value)
        digits = ".5f" if aim < 1.1 and unit == "x" else ".3g"
        found = f"{most.value:{digits}}{unit} ({_short(most.case)})"
        margin = aim / most.value if most.value > 0 else float("inf")
    return Goal(what, f"≤ {aim:.6g}{unit}", found, margin)


def all_goals(cases: list[Case], startup: Startup) -> list[Goal]:
    """Judge every goal, in the order of the table."""
    return [
        *_eight_megapixels(cases),
        *_two_megapixels(cases),
        *_small(cases),
        *_inertia(cases),
        *_one_channel(cases),
        *_other_types(cases),
        Goal(
            "import of the core",
            "≤ 300 ms, no napari, no Qt",
            f"{startup.seconds * 1e3:.0f} ms, {', '.join(startup.unwanted) or 'none'}",
            0.3 / startup.seconds if not startup.unwanted else 0,
        ),
    ]


def _eight_megapixels(cases: list[Case]) -> list[Goal]:
    chosen = _of(cases, "rgb-8", (8, 16))
    what = "8 MP RGB, k 8 and 16:"
    return [
        at_least(f"{what} faster than {SKLEARN}", _speedups(chosen, SKLEARN), 40),
        at_least(f"{what} faster than {TUTORIAL}", _speedups(chosen, TUTORIAL), 500),
        at_most(
            f"{what} over one read-and-write pass",
            _each(chosen, lambda case: _seconds(case) / case.bound),
            25,
        ),
        at_most(
            f"{what} peak memory beyond input and outputs",
            [
                Figure(case.ours.memory / 1e6, case)
                for case in chosen
                if case.ours.memory is not None
            ],
            100,
            " MB",
        ),
    ]


def _two_megapixels(cases: list[Case]) -> list[Goal]:
    figures = _speedups(_of(cases, "rgb-2", KS), SKLEARN)
    return _times_faster(f"2 MP RGB, k 3 to 16: faster than {SKLEARN}", figures, 20, 8)


def _times_faster(what: str, figures: Figures, aim: float, least: float) -> list[Goal]:
    """Judge the geometric mean of speedups, and the smallest."""
    mean = geometric_mean([figure.value for figure in figures]) if figures else 0
    return [
        Goal(
            f"{what}, geometric mean",
            f"≥ {aim:g}x",
            f"{mean:.3g}x" if figures else "",
            mean / aim if figures else None,
        ),
        at_least(f"{what}, each", figures, least),
    ]


def _small(cases: list[Case]) -> list[Goal]:
    figures = _speedups(_of(cases, "rgb-small", KS), SKLEARN)
    return _times_faster(
        f"0.25 MP RGB, k 3 to 16: faster than {SKLEARN}", figures, 8, 4
    )


def _inertia(cases: list[Case]) -> list[Goal]:
    chosen = [case for case in cases if case.k in KS and case.ours.runs]
    fifty = [case for case in cases if case.k == 50 and case.ours.runs]
    return [
        at_most(
            "inertia, k 3 to 16: over the best found, worst seed",
            _each(chosen, lambda case: case.excess(case.ours.worst_inertia)),
            1.002,
        ),
        at_most(
            f"inertia, k 3 to 16: over {SKLEARN_10}, worst seed",
            _over(chosen, (SKLEARN_10, SKLEARN_DISTINCT)),
            1.001,
        ),
        at_most(
            "inertia, k 50: over the best found, worst seed",
            _each(fifty, lambda case: case.excess(case.ours.worst_inertia)),
            1.015,
        ),
    ]


def _one_channel(cases: list[Case]) -> list[Goal]:
    bytes_ = _of(cases, "gray-8", range(2, 17))
    words = _of(cases, "gray-16", (16,))
    optimal = [case for case in bytes_ + words if case.optimum]
    return [
        at_most(
            "one channel: inertia over the global optimum",
            _each(optimal, lambda case: case.ours.worst_inertia / (case.optimum or 1)),
            1 + 1e-9,
        ),
        at_most(
            "one channel uint8, k 2 to 16: time beyond one histogram pass",
            _each(bytes_, lambda c: (_seconds(c) - (c.histogram or 0)) * 1e3),
            10,
            " ms",
        ),
        at_most(
            "one channel uint16, 4 MP, k 16: time",
            _each(words, lambda case: _seconds(case) * 1e3),
            200,
            " ms",
        ),
    ]


def _other_types(cases: list[Case]) -> list[Goal]:
    goals = []
    for group, name, times in (
        ("four-16", "4 channels uint16, 2 MP, k 8", 4),
        ("rgb-float", "RGB float32, 2 MP, k 8", 5),
    ):
        chosen = _of(cases, group, (8,))
        goals += [
            at_least(
                f"{name}: faster than {SKLEARN}", _speedups(chosen, SKLEARN), times
            ),
            at_most(
                f"{name}: inertia over {SKLEARN_10}, worst seed",
                _over(chosen, (SKLEARN_10,)),
                1.002,
            ),
        ]
    return goals


def _of(cases: list[Case], group: str, ks: Iterable[int]) -> list[Case]:
    """Return the cases of a group for which our own runs were completed."""
    return [c for c in cases if c.group == group and c.k in ks and c.ours.runs]


def _seconds(case: Case) -> float:
    """Return our time."""
    return case.ours.seconds or 0


def _each(cases: list[Case], figure: Callable[[Case], float]) -> Figures:
    """Return a figure for each case."""
    return [Figure(figure(case), case) for case in cases]


def _speedups(cases: list[Case], name: str) -> Figures:
    """Return the speedups over a tool, where it was run."""
    return [
        Figure(ratio, case, is_bound=not case.tools[name].runs)
        for case in cases
        if (ratio := case.speedup(name)) is not None
    ]


def _over(cases: list[Case], names: tuple[str, ...]) -> Figures:
    """Return our worst inertia relative to the median of the first tool that ran."""
    figures = []
    for case in cases:
        theirs = (case.tools[n].inertia for n in names if n in case.tools)
        inertia = next((value for value in theirs if value), None)
        if inertia:
            figures.append(Figure(case.ours.worst_inertia / inertia, case))
    return figures


def _short(case: Case) -> str:
    """Return a short name of a case."""
    return f"{case.title.split(',')[0]}, k = {case.k}"
