"""What to do with an image that takes more memory than is free."""

from typing import Any

from magicgui.widgets import Container, PushButton


class MemoryQuestion(Container[Any]):
    """Offers to read an image that would not fit block by block."""

    is_asking = False

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

    def ask(self) -> None:
        """Show the question."""
        self.is_asking = self.visible = True
        self.go_button.native.setFocus()

    def close_question(self) -> None:
        """Hide the question."""
        self.is_asking = self.visible = False


def describe_memory(name: str, needed: float, free: float) -> str:
    """Say why an image was not started."""
    return (
        f"Clustering '{name}' in memory needs about {_in_words(needed)}, but "
        f"{_in_words(free)} are free, so it was not started. Out of core it is read "
        "block by block: that gives labels that are computed as they are looked at, "
        "which cannot be painted until they are written to zarr."
    )


def describe_blocks(name: str, needed: float, free: float) -> str:
    """Say why a lazy image was not started."""
    return (
        f"Clustering '{name}' block by block needs about {_in_words(needed)}, but "
        f"{_in_words(free)} are free, so it was not started. Store it in smaller "
        "chunks, of some megabytes each, or free memory."
    )


def _in_words(n_bytes: float) -> str:
    """Write a number of bytes."""
    gigabytes = n_bytes / 1e9
    return f"{gigabytes:.1f} GB" if gigabytes >= 0.1 else f"{n_bytes / 1e6:.0f} MB"
