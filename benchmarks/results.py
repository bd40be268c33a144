"""Measured runs, and the statistics derived from them."""

from dataclasses import dataclass, field
from math import exp, fsum, log
from statistics import median

from benchmarks.peer import OURS
from benchmarks.worker import Run


@dataclass
class Measured:
    """The runs of one tool on one case."""

    runs: list[Run] = field(default_factory=list)  # completed ones only
    over: float | None = None  # seconds after which a run was stopped
    note: str = ""  # why there is no run

    @property
    def seconds(self) -> float | None:
        """The median time, or a lower bound if a run was stopped."""
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
        """Peak memory in bytes, in addition to input and outputs."""
        return next((run.memory for run in self.runs if run.memory is not None), None)


@dataclass
class Case:
    """One image, clustered into k by every tool that can."""

    title: str
    group: str
    k: int
    bound: float  # seconds of one read-and-write pass
    tools: dict[str, Measured]  # by name, napari-kmeans first
    optimum: float | None = None  # the minimum inertia, where it can be computed
    histogram: float | None = None  # seconds of one histogram pass, 8-bit grey only

    @property
    def ours(self) -> Measured:
        """The runs of napari-kmeans."""
        return self.tools[OURS]

    @property
    def best_inertia(self) -> float:
        """The lowest inertia of all runs of all tools."""
        found = [run.inertia for tool in self.tools.values() for run in tool.runs]
        return min(found)

    def excess(self, inertia: float) -> float:
        """Return an inertia relative to the best found."""
        best = self.best_inertia
        if best <= 0:  # as many clusters as values
            return 1.0 if inertia <= 0 else float("inf")
        return inertia / best

    def speedup(self, name: str) -> float | None:
        """Return a tool's time over ours: a lower bound if it was stopped."""
        ours, theirs = self.ours.seconds, self.tools.get(name, Measured()).seconds
        return theirs / ours if ours and theirs else None


def geometric_mean(values: list[float]) -> float:
    """Return the geometric mean."""
    return exp(fsum(map(log, values)) / len(values))
