"""The segments of one image, and all edits of them."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from psygnal import EmitLoopError, Signal

from napari_kmeans.core.levels import is_computed, levels_of
from napari_kmeans.core.model import KMeansModel
from napari_kmeans.core.progress import Steps, finish
from napari_kmeans.core.types import Array, Floats
from napari_kmeans.segments.certainty import Certainty
from napari_kmeans.segments.history import History, Step
from napari_kmeans.segments.identity import (
    carried_over,
    first_map,
    with_model,
    without_merges,
)
from napari_kmeans.segments.painting import Painted, distinct, find_painted
from napari_kmeans.segments.palettes import (
    PALETTES,
    Palette,
    as_colors,
    check_palette,
    palette_colors,
    unused_colors,
)
from napari_kmeans.segments.pixel_change import Region, StepChange, full_region
from napari_kmeans.segments.recipe import Recipe
from napari_kmeans.segments.segment_map import Color, SegmentMap
from napari_kmeans.segments.splitting import SplitPlan, plan_split
from napari_kmeans.segments.stores.in_memory import InMemory
from napari_kmeans.segments.stores.label_store import LabelStore
from napari_kmeans.segments.stores.on_demand import OnDemand, shapes_of
from napari_kmeans.segments.stores.on_disk import OnDisk, StoredLabels

MeanColors = Callable[[Floats], ArrayLike]
"""A function from values of the image, (n, C), to RGB colours, (n, 3)."""


RUN = "Segment"
"""The step of the history that shows another run."""
ADJUST = "Move cut"
"""The step of the history that moves cuts between clusters."""


class Segments:
    """The segments of one image: a recipe, a store of labels, the history of both."""

    about_to_change = Signal()
    """Pixels are about to change: what was painted is to be taken over now."""
    map_changed = Signal(SegmentMap)
    """The segments changed, or their names, colours or flags."""
    labels_changed = Signal(tuple)
    """The labels may have changed, in the region of this tuple of slices only. If the
    segments changed too, `map_changed` comes after this."""

    _store: LabelStore

    def __init__(
        self,
        model: KMeansModel,
        clusters: Any,
        mean_colors: MeanColors,
        *,
        palette: Palette = "mean",
        selection: Mapping[str, Any] | None = None,
        undecided_below: float = 0.0,
    ) -> None:
        self.mean_colors = mean_colors
        self.history = History()
        colors = self._mean_colors(model.centroids)
        if palette != "mean":
            colors = palette_colors(palette, model.n_clusters)
        segments = first_map(colors)
        self.recipe = Recipe(
            model,
            segments,
            palette=palette,
            selection=selection,
            undecided_below=undecided_below,
        )
        # What is painted, and its labels, since before a cut was moved.
        self._painted_before: tuple[Array, Array] | None = None
        kind = OnDemand if is_computed(clusters) else InMemory
        self._store = kind(clusters, segments)

    # What there is

    @property
    def map(self) -> SegmentMap:
        """The segments."""
        return self.recipe.map

    @property
    def labels(self) -> Any:
        """The label value of each pixel, to be read only: an array, or its levels."""
        return self._store.labels

    @property
    def atoms(self) -> Any:
        """The atom of each pixel, to be read only; of the same kind as the labels."""
        return self._store.atoms

    @property
    def revision(self) -> int:
        """A number that increases with every change of pixels."""
        return self._store.revision

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the labels, at the finest level."""
        return tuple(levels_of(self.labels)[0].shape)

    @property
    def stored(self) -> StoredLabels | None:
        """The labels on disk, which can be painted on; None if they are not there."""
        stored: StoredLabels | None = self._store.stored
        return stored

    @property
    def why_not_editable(self) -> str | None:
        """Why segments cannot be merged, split or cleaned up, for the user."""
        return self._store.why_not_editable

    @property
    def is_editable(self) -> bool:
        """Whether segments can be merged, split and cleaned up."""
        return self.why_not_editable is None

    @property
    def is_paintable(self) -> bool:
        """Whether pixels can be painted: in memory, or in files that can be written."""
        return self.is_editable or (self.stored is not None and self.stored.is_writable)

    @property
    def counts(self) -> dict[int, int]:
        """The pixels of each label value: of those fitted, if computed on demand."""
        of_atoms = self._store.atom_counts
        if of_atoms is None:
            of_atoms = self.recipe.atom_counts()
        return self.map.counts(of_atoms)

    @property
    def n_edited(self) -> int:
        """How many pixels are not as model and splits predict them."""
        edited = self._store.edited()
        return 0 if edited is None else int(np.count_nonzero(edited))

    # Names, colours and flags

    def rename(self, value: int, name: str) -> None:
        """Give a segment a name."""
        self._change_map(f"Rename {value}", self.map.renamed(value, name))

    def set_color(
        self, value: int, color: Iterable[float], *, goes_on: bool = False
    ) -> None:
        """Give a segment a colour."""
        self._change_map(f"Colour {value}", self.map.recolored(value, color), goes_on)

    def set_palette(self, name: str) -> None:
        """Give all segments the colours of a palette, but for those chosen by hand."""
        check_palette(name)
        after = self._in_palette(replace(self.recipe, palette=name))
        self._do(f"Colours: {PALETTES[name]}", after)

    def set_visible(self, values: Collection[int], visible: bool) -> None:
        """Show or hide segments."""
        name = f"{'Show' if visible else 'Hide'} {_listed(values)}"
        self._change_map(name, self.map.changed(values, visible=visible))

    def solo(self, values: Collection[int]) -> None:
        """Show these segments and hide all others."""
        self._change_map(f"Show only {_listed(values)}", self.map.solo(values))

    def show_all(self) -> None:
        """Show all segments."""
        self._change_map("Show all", self.map.solo(self.map.values))

    def invert_visible(self) -> None:
        """Show what is hidden and hide what is shown."""
        hidden = [segment.value for segment in self.map if not segment.visible]
        self._change_map("Swap hidden and shown", self.map.solo(hidden))

    def set_ignored(self, values: Collection[int], ignored: bool) -> None:
        """Exclude segments from the shares, or include them again."""
        name = f"{'Ignore' if ignored else 'Count'} {_listed(values)}"
        self._change_map(name, self.map.changed(values, ignored=ignored))

    # Pixels

    def merge(self, values: Collection[int]) -> None:
        """Merge several segments into one."""
        if self.stored is not None:
            raise ValueError(self.why_not_editable)
        self.about_to_change.emit()
        name = f"Merge {_listed(values, ' + ')}"
        self._change_map(name, self.map.merged(values, self.counts))

    def drop_merges(self) -> None:
        """Give each cluster a segment of its own again."""
        if self.stored is not None:
            raise ValueError(self.why_not_editable)
        self.about_to_change.emit()
        self._do("Drop merges", self._in_palette(without_merges(self.recipe)))

    def split(self, value: int, n: int, image: ArrayLike) -> None:
        """Cluster the pixels of a segment again, into segments of their own."""
        plan = finish(self.split_steps(value, n, image))
        with self.about_to_change.blocked():  # it was said before the first step
            self.apply_split(plan)

    def split_steps(self, value: int, n: int, image: ArrayLike) -> Steps[SplitPlan]:
        """Find how to split a segment, step by step; see `plan_split`."""
        self._check_editable()
        self.about_to_change.emit()
        return plan_split(
            self.recipe.model, self.map, self._store, value=value, n=n, image=image
        )

    def apply_split(self, plan: SplitPlan) -> None:
        """Split a segment as planned."""
        self.about_to_change.emit()
        value, split = plan.segment.value, plan.split
        if not plan.fits(self.map, self.revision):
            raise ValueError(
                f"Segment {value} changed while it was being split, so it was left as "
                "it is. Split it again."
            )
        if self.recipe.palette == "mean":
            colors = self._mean_colors(split.model.centroids)
        else:
            colors = self._unused_colors(split.model.n_clusters)
        after = self.recipe.with_map(self.map.with_split(value, colors))
        after = replace(after, splits=(*after.splits, split))
        self._do(f"Split {value}", after, plan.change)

    def take_paint(
        self,
        painted: Array,
        within: Region | None = None,
        *,
        name: str = "Paint",
        goes_on: bool = False,
    ) -> bool:
        """Take over what was painted on the labels; return whether anything was."""
        self._check_editable()
        self._check_takes(painted)
        return self._paint(find_painted(painted, self.labels, within), name, goes_on)

    def paint_on_disk(
        self, region: Region, before: Array, after: Array, *, goes_on: bool = False
    ) -> None:
        """Paint a region of labels that are on disk."""
        if self.stored is None:
            raise ValueError("These labels are not on disk: write them to zarr first.")
        painted = find_painted(after, before)
        self._paint(painted and painted.moved(region), "Paint", goes_on)

    def replace_pixels(self, labels: Array, name: str) -> bool:
        """Take other labels, as a step of some name; return whether any differ."""
        self.about_to_change.emit()
        return self.take_paint(labels, name=name)

    def rerun(
        self,
        model: KMeansModel,
        clusters: Any,
        *,
        selection: Mapping[str, Any] | None = None,
        keep_edits: bool = True,
        joins: bool = False,
        undecided_below: float = 0.0,
    ) -> None:
        """Show the result of another run, with what the user said of what matches.

        Pixels that are less sure than `undecided_below` are in no cluster already.
        """
        self._check_takes(clusters)
        self.about_to_change.emit()
        edited = self._store.edited() if keep_edits else None
        kept = None if edited is None else self.labels[edited]
        values = () if kept is None else distinct(kept)
        after, numbers = carried_over(self.recipe, model, values)
        after = replace(after, selection=selection, undecided_below=undecided_below)
        after = self._in_palette(after)
        if kept is not None:
            new = np.zeros(max(values) + 1, np.int64)
            for value in values:
                new[value] = numbers.get(value, 0)
            kept = new[kept]
        # The history need not keep the look-up table that a model has for prediction.
        self.recipe = replace(self.recipe, model=replace(self.recipe.model))
        change = self._store.replacing(clusters, edited, kept, after.map)
        self._do(RUN, after, change, joins=joins)

    def labels_below(self, certainty: Certainty, percent: int) -> Array:
        """Return the labels that `leave_undecided` would give, in any thread."""
        labels: Array = self.map.table[certainty.decided(percent)]
        edited = self._store.edited()
        if edited is not None:
            labels[edited] = self.labels[edited]
        return labels

    def leave_undecided(self, certainty: Certainty, percent: int) -> None:
        """Leave pixels that are less sure than a percent in no segment; 0 leaves none.

        What was painted stays.
        """
        self._check_editable()
        if not certainty.fits(self.recipe):
            raise ValueError(
                "The segments changed while it was compared how sure they are, so they "
                "were left as they are. Choose the threshold again."
            )
        self.about_to_change.emit()
        edited = self._store.edited()
        kept = None if edited is None else self.labels[edited]
        decided = certainty.decided(percent)
        change = self._store.replacing(decided, edited, kept, self.map)
        after = replace(self.recipe, undecided_below=percent / 100)
        self._do("Leave undecided", after, change)

    def adjust(self, model: KMeansModel, clusters: Any, *, joins: bool = False) -> None:
        """Show the same clusters with other cuts between them, and paint on top.

        Pixels that are less sure than the recipe says are in no cluster already.
        If it joins, it is one with the step before; what was painted before that stays,
        wherever the cuts were meanwhile.
        """
        self._check_takes(clusters)
        if self.stored is not None:
            raise ValueError(self.why_not_editable)
        self.about_to_change.emit()
        if not joins or self.history.undo_name != ADJUST:
            edited = self._store.edited()
            painted = None if edited is None else (edited, self.labels[edited])
            self._painted_before = painted
        edited, kept = self._painted_before or (None, None)
        # As in another run, the history needs no look-up table.
        after = self._in_palette(with_model(self.recipe, replace(model)))
        change = self._store.replacing(clusters, edited, kept, after.map)
        self._do(ADJUST, after, change, joins=joins)

    def store(self, stored: StoredLabels) -> None:
        """Have the labels on disk from now on; what was done before is not undone."""
        self._store = OnDisk(stored, self.recipe, self._store)
        self.history.forget()
        self.labels_changed.emit(full_region(levels_of(self.labels)[0]))

    def takes(self, labels: Any) -> bool:
        """Whether labels have the shape, levels and kind of this image."""
        return self._store.takes(labels)

    # Undo and redo

    def undo(self) -> None:
        """Take the last step back, if there is one."""
        self.about_to_change.emit()
        if self.history.past:
            step = self.history.past[-1]
            self._move(step.before, step.change, self.history.step_back)

    def redo(self) -> None:
        """Do the last step that was undone again, if there is one."""
        self.about_to_change.emit()
        if self.history.future:
            step = self.history.future[-1]
            self._move(step.after, step.change, self.history.step_forward)

    def _change_map(self, name: str, after: SegmentMap, goes_on: bool = False) -> None:
        self._do(name, self.recipe.with_map(after), goes_on=goes_on)

    def _paint(self, painted: Painted | None, name: str, goes_on: bool) -> bool:
        """Do a step that gives pixels other labels; return whether there were any."""
        if painted is None:
            return False
        new = [v for v in distinct(painted.labels) if v and v not in self.map]
        after = self.map
        if new:
            after = after.with_painted(new, self._unused_colors(len(new)))
        change = self._store.painting(painted, after)
        self._do(name, self.recipe.with_map(after), change, goes_on)
        return True

    def _do(
        self,
        name: str,
        after: Recipe,
        change: StepChange | None = None,
        goes_on: bool = False,
        joins: bool = False,
    ) -> None:
        """Do a step, unless it changes nothing."""
        # Where clusters were found in earlier runs is nothing that the user sees.
        if change is None and replace(after, tracks=self.recipe.tracks) == self.recipe:
            return
        step = Step(name, self.recipe, after, change)
        self._move(after, change, lambda: self.history.add(step, goes_on, joins))

    def _move(
        self, after: Recipe, change: StepChange | None, record: Callable[[], None]
    ) -> None:
        """Go to another state, and tell everybody once all of it is reached."""
        region = self._store.apply(after.map, change)
        before, self.recipe = self.recipe, after
        record()
        try:
            if region is not None:
                self.labels_changed.emit(region)
            if before.map != after.map or before.model is not after.model:
                self.map_changed.emit(after.map)
        except EmitLoopError as error:  # of a block that cannot be drawn, for example
            raise error.__cause__ or error from None

    def _check_editable(self) -> None:
        if not self.is_editable:
            raise ValueError(self.why_not_editable)

    def _check_takes(self, labels: Any) -> None:
        if not self.takes(labels):
            raise ValueError(
                f"The labels have the shape {shapes_of(labels)} instead of "
                f"{shapes_of(self.labels)}: give labels of the same image."
            )

    def _mean_colors(self, values: Floats) -> list[Color]:
        """Return the colours in which values of the image are shown."""
        return as_colors(self.mean_colors(values))

    def _in_palette(self, recipe: Recipe) -> Recipe:
        """Return a recipe in its palette, but for the colours chosen by hand."""
        if recipe.palette == "mean":
            means = recipe.means
            pairs = zip(recipe.map, means, self._mean_colors(means), strict=True)
            colors = [s.color if np.isnan(mean).any() else c for s, mean, c in pairs]
        else:
            colors = palette_colors(recipe.palette, len(recipe.map))
        return replace(recipe, map=recipe.map.with_colors(colors))

    def _unused_colors(self, n: int) -> list[Color]:
        """Return colours for segments that are added."""
        used = [segment.color for segment in self.map]
        return unused_colors(self.recipe.palette, used, n)


def _listed(values: Iterable[int], separator: str = ", ") -> str:
    return separator.join(map(str, sorted(set(values))))
