"""One model for all slices, or one for each."""

from napari_kmeans.layers.source_layers import Sources
from napari_kmeans.widgets.aligned_rows import AlignedRows
from napari_kmeans.widgets.elided_combo_box import ElidedComboBox

ALL_SLICES = ("all slices", None)


class ModelsChoice:
    """One model for all slices or one for each, shown for volumes and time-lapses."""

    def __init__(self) -> None:
        self.axis = ElidedComboBox(
            label="One model for",
            choices=[ALL_SLICES],
            tooltip="One model for all: label 2 is the same colour in every slice. "
            "One for each: it is the second darkest of that slice, whatever its "
            "brightness.",
        )
        self.rows = AlignedRows([self.axis])
        self.rows.visible = False

    @property
    def slice_axis(self) -> int | None:
        """The axis along which each slice has a model of its own, if any."""
        axis: int | None = self.axis.value
        return axis

    def show_sources(self, sources: Sources) -> None:
        """Offer the axes of what is clustered."""
        # The last two axes are a slice's own; one of a single entry is no choice. All
        # slices of all levels have one model.
        axes = [
            axis
            for axis in sources.grid_axes[:-2]
            if sources.shape[axis] > 1 and not sources.is_multiscale
        ]
        before = self.slice_axis
        self.axis.choices = [
            ALL_SLICES,
            *((f"each slice of {sources.axis_name(axis)}", axis) for axis in axes),
        ]
        self.axis.value = before if before in axes else None
        self.rows.visible = bool(axes)
