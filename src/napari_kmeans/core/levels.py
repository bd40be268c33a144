"""Several resolutions of an image are a tuple of arrays, finest first."""

from collections.abc import Callable
from typing import Any

import numpy as np

Levels = tuple[Any, ...]
"""The same pixels at several resolutions, finest first: numpy or lazy arrays."""


def is_computed(labels: Any) -> bool:
    """Whether labels are computed on demand: lazy arrays, or several levels."""
    return not isinstance(labels, np.ndarray)


def levels_of(labels: Any) -> Levels:
    """Return labels as levels, finest first."""
    return labels if isinstance(labels, tuple) else (labels,)


def map_levels(function: Callable[[Any], Any], labels: Any) -> Any:
    """Apply a function to each level."""
    if isinstance(labels, tuple):
        return tuple(function(level) for level in labels)
    return function(labels)
