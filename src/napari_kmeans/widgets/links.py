"""Connections of signals, which begin and end together."""

from collections.abc import Callable
from typing import Any

Pair = tuple[Any, Callable[..., object]]
"""A signal, of psygnal or napari, and the function that it calls."""


class Links:
    """Connects signals until others are connected."""

    def __init__(self) -> None:
        self._pairs: tuple[Pair, ...] = ()

    def follow(self, *pairs: Pair) -> None:
        """Connect each signal with its function, in place of those before."""
        for signal, function in self._pairs:
            signal.disconnect(function)
        for signal, function in pairs:
            signal.connect(function)
        self._pairs = pairs
