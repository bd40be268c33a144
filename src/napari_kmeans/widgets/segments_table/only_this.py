"""Show some segments alone, and then what was shown before."""

from collections.abc import Collection

from napari_kmeans.segments.segments import Segments


class OnlyThis:
    """Remembers what was shown before, until the segments are others."""

    def __init__(self) -> None:
        self._of: tuple[object, ...] = ()  # which segments it remembers something of
        self._alone: set[int] = set()
        self._before: set[int] = set()

    def __call__(self, segments: Segments, values: Collection[int]) -> None:
        """Show segments alone; if they are, show what was shown before, or all."""
        every = set(segments.map.values)
        shown = {segment.value for segment in segments.map if segment.visible}
        of = segments, segments.recipe.model, [s.atoms for s in segments.map]
        if of != self._of:
            self._of, self._alone, self._before = of, set(), every
        if shown != set(values):
            if shown != self._alone:  # or else: from one alone to another
                self._before = shown
            self._alone = set(values)
            segments.solo(values)
        elif shown == self._alone and self._before not in (every, set()):
            segments.solo(sorted(self._before))
        else:
            segments.show_all()
