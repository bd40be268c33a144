"""Errors that napari's workers would keep to themselves."""

from typing import TypeVar

from napari_kmeans.core.progress import Steps

Result = TypeVar("Result")


class WorkError(Exception):
    """What a computation in a worker thread could not do."""


def telling(steps: Steps[Result]) -> Steps[Result]:
    """Take the steps of a computation so that the worker tells of any error.

    After a RuntimeError a worker neither fails nor ends: it takes it for a sign that it
    has been deleted itself. Then a window would wait for ever.
    """
    try:
        return (yield from steps)
    except RuntimeError as error:
        raise WorkError(str(error)) from error
