"""What is too large for memory, and the offer to read it block by block instead."""

from magicgui.widgets import Container, PushButton
from magicgui.widgets.bases import Widget

from napari_kmeans.core.memory import free_memory
from napari_kmeans.core.settings import Settings
from napari_kmeans.layers.source_pixels import SourcePixels, memory_to_segment


def why_too_large(pixels: SourcePixels, settings: Settings) -> str:
    """Say why pixels cannot be segmented in the memory that is free; "" if they can."""
    needed, free = memory_to_segment(pixels, settings), free_memory()
    if needed <= free:
        return ""
    kind = "block by block" if pixels.is_lazy else "in memory"
    refusal = (
        f"Clustering '{pixels.sources.name}' {kind} needs about {_in_words(needed)}, "
        f"but {_in_words(free)} are free, so it was not started."
    )
    if pixels.is_lazy:
        return (
            f"{refusal} Store it in smaller chunks, of a few megabytes each, or free "
            "some memory."
        )
    return (
        f"{refusal} Out of core it is read block by block: that gives labels that are "
        "computed on demand, which cannot be painted until they are written to zarr."
    )


def _in_words(n_bytes: float) -> str:
    gigabytes = n_bytes / 1e9
    return f"{gigabytes:.1f} GB" if gigabytes >= 0.1 else f"{n_bytes / 1e6:.0f} MB"


class MemoryQuestion(Container[Widget]):
    """Offers to read an image that would not fit block by block."""

    def __init__(self) -> None:
        self.go_button = PushButton(
            text="Segment out of core",
            tooltip="Read the image block by block, with little memory.",
        )
        self.leave_button = PushButton(
            text="Cancel", tooltip="Leave everything as it is (Esc in this panel)."
        )
        super().__init__(
            widgets=[self.go_button, self.leave_button], labels=False, visible=False
        )
        self.margins = (0, 0, 0, 0)
