"""Work in steps: a long computation is a generator that reports where it is.

A caller that drives the generator itself (a worker thread of a window) can stop
between two steps by closing it. Everyone else calls `finish`.
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import TypeVar

Result = TypeVar("Result")


@dataclass(frozen=True)
class Progress:
    """Where a computation is.

    Attributes
    ----------
    phase : str
        What is being done, in words for the user, such as "Counting colours".
    fraction : float
        How much of the whole computation is done, from 0 to 1.
    """

    phase: str
    fraction: float


Steps = Generator[Progress, None, Result]
"""A computation that yields `Progress` between its steps and returns its result."""

Callback = Callable[[Progress], object]
"""Called between two steps. An exception raised in it stops the computation."""


def finish(steps: Steps[Result], callback: Callback | None = None) -> Result:
    """Run a computation to its end and return its result.

    Parameters
    ----------
    steps : generator of Progress
        The computation.
    callback : callable, optional
        Called with each `Progress`. If it raises, the computation stops there and the
        exception reaches the caller.

    Returns
    -------
    object
        What the computation returns.
    """
    while True:
        try:
            progress = next(steps)
        except StopIteration as stop:
            result: Result = stop.value
            return result
        if callback is not None:
            try:
                callback(progress)
            except BaseException:
                steps.close()
                raise


def within(
    steps: Steps[Result], start: float, stop: float, where: str = ""
) -> Steps[Result]:
    """Run a computation as one part of a larger one.

    Parameters
    ----------
    steps : generator of Progress
        The part, whose own fractions go from 0 to 1; where they fall, as in several
        attempts at one thing, the whole stands still.
    start, stop : float
        The fractions of the whole at which the part starts and stops.
    where : str
        Put before the words for what is being done, such as "Slice 3 of 40: ".

    Yields
    ------
    Progress
        The part's progress as fractions of the whole.

    Returns
    -------
    object
        What the part returns.
    """
    done = 0.0
    while True:
        try:
            progress = next(steps)
        except StopIteration as stop_iteration:
            result: Result = stop_iteration.value
            return result
        done = max(done, progress.fraction)
        yield Progress(where + progress.phase, start + (stop - start) * done)
