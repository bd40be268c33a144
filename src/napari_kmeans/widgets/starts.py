"""The values that clusters start from, of each source its own."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from napari.layers import Layer
from psygnal import Signal

from napari_kmeans.core.settings import Settings
from napari_kmeans.layers.source_layers import Sources
from napari_kmeans.layers.start_values import MOST_STARTS, Start


class Starts:
    """Keeps the starts of each source, until its layer is removed."""

    changed = Signal()

    def __init__(self) -> None:
        self._of: dict[Sources, tuple[Start, ...]] = {}

    def of(self, sources: Sources | None) -> tuple[Start, ...]:
        """Return the starts of a source."""
        return () if sources is None else self._of.get(sources, ())

    def set(self, sources: Sources, starts: Sequence[Start]) -> None:
        """Replace the starts of a source."""
        if len(starts) > MOST_STARTS:
            raise ValueError(f"There is room for {MOST_STARTS} start colours only.")
        self._of[sources] = tuple(starts)
        self.changed.emit()

    def forget(self, layer: Layer) -> None:
        """Forget the starts of a layer that is gone."""
        self._of = {s: of for s, of in self._of.items() if layer not in s.layers}

    def applied(self, sources: Sources, settings: Settings) -> Settings:
        """Return settings that start there, with at least so many clusters."""
        starts = self.of(sources)
        if not starts:
            return settings
        rows: Any = [one.value for one in starts]
        if settings.position_weights(len(sources.shape)):
            rows = [one.value + one.place for one in starts]
        return replace(
            settings,
            init=rows,
            pinned=[row for row, one in enumerate(starts) if one.pinned],
            n_clusters=max(settings.n_clusters, len(starts)),
        )


def describe_starts(settings: Settings) -> str:
    """Say how many values a fit started from; "" if it chose them itself."""
    if isinstance(settings.init, str):
        return ""
    n, n_pinned = len(settings.init), len(settings.pinned)  # type: ignore[arg-type]
    words = f"{n} start colour{'' if n == 1 else 's'}"
    return f"{words}, {n_pinned} pinned" if n_pinned else words
