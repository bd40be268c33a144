"""One model for all slices, or one for each."""

from typing import Any

from napari_kmeans.layers.source_layers import Sources
from napari_kmeans.layers.units import axis_name
from napari_kmeans.widgets.aligned_rows import AlignedRows
from napari_kmeans.widgets.elided_combo_box import ElidedComboBox


class ModelsChoice(AlignedRows):
    """Whether label 2 is the same thing in all slices, shown for volumes and films."""

    def __init__(self) -> None:
        self.axis = ElidedComboBox(
            label="One model for",
            choices=[("all slices", None)],
            tooltip=(
                "One model for all: label 2 is the same colour in every slice. One for "
                "each: it is the second darkest of that slice, whatever its brightness."
            ),
        )
        super().__init__([self.axis])
        self.visible = False
        self._offered: Any = None

    @property
    def slice_axis(self) -> int | None:
        """The axis along which each slice has a model of its own, if any."""
        axis: int | None = self.axis.value
        return axis

    def show_sources(self, sources: Sources) -> None:
        """Offer the axes of what is clustered."""
        shape = sources.shape
        # The last two axes are a slice's own; one of a single entry is no choice.
        axes = [axis for axis in sources.grid_axes[:-2] if shape[axis] > 1]
        if sources.is_multiscale:
            axes = []  # all slices of all levels have one model
        offered = [(f"each slice of {axis_name(sources, axis)}", axis) for axis in axes]
        if offered != self._offered:
            self._offered = offered
            before = self.slice_axis
            self.axis.value = None
            self.axis.choices = [("all slices", None), *offered]
            if before in axes:
                self.axis.value = before
        self.visible = bool(axes)
