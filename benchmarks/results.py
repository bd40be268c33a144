"""What was measured, and the figures that follow from it."""

from dataclasses import dataclass, field
from math import exp, fsum, log
from statistics import median

from benchmarks.peer import OURS
from benchmarks.worker import Run


@dataclass
class Measured:
    """The runs of one tool on one case.

    Attributes
    ----------
    runs : list of Run
        Those that came to their end.
    over : float, optional
        Seconds after which a run was stopped.
    note : str
        Why there is no run.
    """

    runs: list[Run] = field(default_factory=list)
    over: float | None = None
    note: str = ""

    @property
    def seconds(self) -> float | None:
        """The median time, or a lower bound of it if a run was stopped."""
        return median(run.seconds for run in self.runs) if self.runs else self.over

    @property
    def inertia(self) -> float | None:
        """The median inertia."""
        return median(run.inertia for run in self.runs) if self.runs else None

    @property
    def worst_inertia(self) -> float:
        """The largest inertia."""
        return max(run.inertia for run in self.runs)

    @property
    def memory(self) -> int | None:
        """Peak bytes beyond input and outputs."""
        return next((run.memory for run in self.runs if run.memory is not None), None)


@dataclass
class Case:
    """One image, clustered into k by every tool that can.

    Attributes
    ----------
    title, group : str
        Those of the picture.
    k : int
        How many clusters.
    bound : float
        Seconds of one read-and-write pass.
    tools : dict
        The runs by the name of the tool, ours first.
    optimum : float, optional
        The least inertia that there is, where it can be computed.
    histogram : float, optional
        Seconds of one histogram pass, for one channel of 8 bits.
    """

    title: str
    group: str
    k: int
    bound: float
    tools: dict[str, Measured]
    optimum: float | None = None
    histogram: float | None = None

    @property
    def ours(self) -> Measured:
        """Our runs."""
        return self.tools[OURS]

    @property
    def best_inertia(self) -> float:
        """The least inertia that any run of any tool found."""
        found = [run.inertia for tool in self.tools.values() for run in tool.runs]
        return min(found)

    def excess(self, inertia: float) -> float:
        """Give an inertia over the best found; 1 is as good."""
        best = self.best_inertia
        if best <= 0:  # as many clusters as values
            return 1.0 if inertia <= 0 else float("inf")
        return inertia / best

    def speedup(self, name: str) -> float | None:
        """Give how many times longer a tool takes than ours; a bound if stopped."""
        ours, theirs = self.ours.seconds, self.tools.get(name, Measured()).seconds
        return theirs / ours if ours and theirs else None


def geometric_mean(values: list[float]) -> float:
    """Give the geometric mean."""
    return exp(fsum(map(log, values)) / len(values))
