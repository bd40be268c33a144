"""Long computations are generators that report their progress.

Who drives one itself can stop it between two steps by closing it. Everyone else calls
`finish`.
"""

from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass
from typing import TypeVar

Result = TypeVar("Result")


@dataclass(frozen=True)
class Progress:
    """The progress of a computation.

    Attributes
    ----------
    phase : str
        What is being done, in words for the user, such as "Counting colours".
    fraction : float
        The fraction of the whole computation that is done, from 0 to 1.
    """

    phase: str
    fraction: float


Steps = Generator[Progress, None, Result]
"""A computation that yields `Progress` between its steps and returns its result."""

Callback = Callable[[Progress], object]
"""Called between two steps. An exception raised in it stops the computation."""


def finish(steps: Steps[Result], callback: Callback | None = None) -> Result:
    """Run a computation to its end and return its result."""
    results = []

    def run() -> Steps[None]:
        results.append((yield from steps))

    with closing(steps):  # if the callback raises
        for progress in run():
            if callback is not None:
                callback(progress)
    return results[0]


def subprogress(
    steps: Steps[Result],
    start: float,
    stop: float,
    where: str = "",
    guard: Callable[[], object] | None = None,
) -> Steps[Result]:
    """Run a computation as part of a larger one, with its progress scaled.

    The guard is called after each step; an exception raised in it stops all.
    """
    done = 0.0
    while True:
        try:
            progress = next(steps)
        except StopIteration as stop_iteration:
            result: Result = stop_iteration.value
            return result
        if guard is not None:
            guard()
        done = max(done, progress.fraction)
        yield Progress(where + progress.phase, start + (stop - start) * done)
