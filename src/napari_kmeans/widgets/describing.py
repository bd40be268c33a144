"""Say in words what a run has made."""

from napari_kmeans.core.levels import is_computed
from napari_kmeans.layers.source_pixels import PixelSelection
from napari_kmeans.segments.computed_state import NOT_EDITABLE
from napari_kmeans.widgets.run import Result


def describe(result: Result) -> str:
    """Say in a line what a run has made, with what the user should know below it."""
    model, seconds = result.segmentation.model, result.seconds
    n_segments = len(model.counts)
    parts = [
        f"{n_segments} segment{'s' if n_segments != 1 else ''}",
        f"{int(model.counts.sum()):,} px",
        f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s",
    ]
    is_partial = result.pixels.selection.is_partial
    if model.n_outside and not is_partial:
        parts.insert(2, f"{model.n_outside:,} px in no segment")
    lines = [" · ".join(parts)]
    if is_partial:
        lines.append(describe_rest(result))
    lines.extend(describe_kind(result))
    if model.message:
        lines.append(model.message)
    name = result.sources.name
    if name != result.source_name:
        lines.append(
            f"'{result.source_name}' was renamed meanwhile; "
            f"the layers are named after '{name}'."
        )
    return "\n".join(lines)


def describe_kind(result: Result) -> list[str]:
    """Say what is otherwise than with an image that is in memory, and flat."""
    segmentation, lines = result.segmentation, []
    if segmentation.level is not None:
        levels = segmentation.labels
        size = " × ".join(f"{n:,}" for n in levels[segmentation.level].shape)
        place = f"{segmentation.level + 1} of {len(levels)}"
        lines.append(f"Fitted on level {place}, {size} px, whose pixels are counted.")
    if result.pixels.is_lazy:
        lines.append("Read block by block.")
    if is_computed(segmentation.labels):
        lines.append(NOT_EDITABLE)
    return lines


def describe_rest(result: Result) -> str:
    """Say what took no part in a run, and what became of it."""
    selection = result.pixels.selection
    n_outside = result.pixels.n_outside_region
    n_others = result.segmentation.model.n_outside - n_outside
    parts = []
    if n_outside:
        parts.append(f"{n_outside:,} px outside the region")
    if n_others:
        parts.append(f"{n_others:,} px {_by_value(selection)}")
    if not parts:
        return "No pixel was left out."
    fate = "In no segment"
    if selection.label_all:
        fate = "Labelled like the rest, but not fitted"
    return f"{fate}: {', '.join(parts)}."


def _by_value(selection: PixelSelection) -> str:
    """Say by what values pixels were left out."""
    whats = []
    if selection.background is not None:
        whats.append(f"of value {selection.background:g}")
    if selection.saturated:
        whats.append("saturated")
    return " or ".join([*whats, "without a value"])
