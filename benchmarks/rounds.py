"""Run the tools in turns, so that other load on the machine affects all alike."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.bound import histogram_seconds, read_and_write_seconds
from benchmarks.optimum import least_inertia
from benchmarks.peer import OURS, Array, Peer
from benchmarks.pictures import Picture
from benchmarks.plan import SKLEARN, Plan
from benchmarks.results import Case, Measured
from benchmarks.worker import Job, StoppedError, Worker

MANY_LEVELS = 60_000
"""With more distinct values than this, the optimum is not computed to compare."""


@dataclass(frozen=True)
class Budget:
    """How many runs there are, and how long they may take, in seconds."""

    rounds: int = 5  # runs of each tool, if they are fast enough
    limit: float = 6  # after which a run is stopped
    anchor_limit: float = 110  # the same for the anchors of a plan
    repeat: float = 1.5  # of all runs of a tool on a case, after which it is done
    main_repeat: float = 12  # the same for the two tools that most goals compare

    def allows_another(self, tool: Measured, name: str) -> bool:
        """Return whether there is time for another run of a tool."""
        times = [run.seconds for run in tool.runs]
        allowed = self.main_repeat if name in (OURS, SKLEARN) else self.repeat
        return not times or sum(times) + times[-1] <= allowed


class Crew:
    """The running processes, one for each tool."""

    def __init__(self) -> None:
        self._workers: dict[str, Worker] = {}

    def worker_of(self, peer: Peer, job: Job) -> Worker:
        """Return the worker of a tool; start and warm up one if there is none."""
        if peer.name not in self._workers:
            self._workers[peer.name] = Worker(peer)
            self._workers[peer.name].warm_up(job)
        return self._workers[peer.name]

    def stop(self, name: str) -> None:
        """Stop the worker of a tool, if there is one."""
        if name in self._workers:
            self._workers.pop(name).stop()

    def stop_all(self) -> None:
        """Stop all workers."""
        for name in list(self._workers):
            self.stop(name)


def measure_picture(
    picture: Picture,
    plan: Plan,
    peers: list[Peer],
    budget: Budget,
    say: Callable[[str], None],
) -> list[Case]:
    """Run every tool on a picture for each k, ascending; `say` gets a line per result.

    A tool that was stopped is not tried with more clusters, unless it is an anchor.
    """
    cases: list[Case] = []
    crew = Crew()
    try:
        for k in plan.ks_of(picture.name):
            case = _new_case(picture, k)
            say(f"{picture.title}, k = {k}")
            able = {
                peer: peer.name == OURS or peer.name in plan.anchors
                for peer in peers
                if peer.can(picture.pixels, k) and peer.name not in plan.left_out
            }
            _enter(case, able, cases)
            _run_rounds(case, able, picture.path, budget, crew)
            if plan.fresh:
                crew.stop_all()
            for name, tool in case.tools.items():
                say("    " + line_of(case, name, tool))
            cases.append(case)
    finally:
        crew.stop_all()
    return cases


def _enter(case: Case, able: dict[Peer, bool], before: list[Case]) -> None:
    """Add each tool to the case, and note which are not to run."""
    for peer, anchor in able.items():
        case.tools[peer.name] = tool = Measured()
        fewer = [old.tools[peer.name] for old in before if peer.name in old.tools]
        if not anchor and any(old.over for old in fewer):
            tool.note = "not run: too slow for fewer clusters"


def _new_case(picture: Picture, k: int) -> Case:
    """Measure what does not depend on a tool."""
    pixels = picture.pixels
    case = Case(picture.title, picture.group, k, read_and_write_seconds(pixels), {})
    if pixels.ndim == 2 and pixels.dtype.kind in "iu":
        case.optimum = _optimum(pixels, k)
        if pixels.dtype == "uint8":
            case.histogram = histogram_seconds(pixels)
    return case


def _optimum(pixels: Array, k: int) -> float | None:
    """Return the minimum inertia, unless that takes too long."""
    n_levels = int(pixels.max()) - int(pixels.min()) + 1
    return least_inertia(pixels, k) if n_levels <= MANY_LEVELS else None


def _run_rounds(
    case: Case,
    able: dict[Peer, bool],
    path: Path,
    budget: Budget,
    crew: Crew,
) -> None:
    """Run each tool in turn, until all have used up their rounds or their time.

    Ours runs next to each of them, so that other load on the machine slows both.
    """
    ours = next((peer for peer in able if peer.name == OURS), None)
    for seed in range(budget.rounds):
        job = Job(path, case.k, seed)
        for peer, anchor in able.items():
            tool = case.tools[peer.name]
            if tool.note or tool.over or not budget.allows_another(tool, peer.name):
                continue
            limit = budget.anchor_limit if anchor else budget.limit
            _run_once(tool, peer, job, limit, crew)
            if ours and peer is not ours:
                _run_once(case.tools[OURS], ours, job, budget.anchor_limit, crew)


def _run_once(tool: Measured, peer: Peer, job: Job, limit: float, crew: Crew) -> None:
    """Run a tool and record the result, or why there is none."""
    if tool.note or tool.over:
        return
    try:
        tool.runs.append(crew.worker_of(peer, job).run(job, limit))
    except StoppedError:
        tool.over = limit
        crew.stop(peer.name)
    except RuntimeError as error:
        tool.note = str(error)
        crew.stop(peer.name)


def line_of(case: Case, name: str, tool: Measured) -> str:
    """Return the result of a tool in one line."""
    ratio = case.speedup(name)
    if tool.note or ratio is None or tool.seconds is None:
        return f"{name:34} {tool.note}"
    if tool.inertia is None:
        return f"{name:34} over {tool.over:.0f} s: stopped  (over x {ratio:,.0f})"
    memory = "" if tool.memory is None else f"{tool.memory / 1e6:8,.0f} MB"
    return (
        f"{name:34} {tool.seconds * 1e3:9,.1f} ms  x {ratio:8,.1f}  inertia "
        f"{case.excess(tool.inertia):.4f}{memory}  ({len(tool.runs)} runs)"
    )
