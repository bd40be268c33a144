"""How the panel writes numbers, names, colours and messages."""

import re
from html import escape
from math import isnan
from typing import Any

from magicgui.widgets import Label
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QSizePolicy

from napari_kmeans.segments.segment_map import Color

IN_THE_PANEL = {
    r'color_space is "(\w+)"': r"The colour space is '\1'",
    r'use color_space="rgb"': "choose RGB",
    r"or set channel_axis": "or choose its axis under Channels",
    r"n_clusters is (\d+)": r"\1 segments are asked for",
    r"\bmax_iter\b": "Iterations",
    r"\btol\b": "Tolerance",
    r"^image (is|has)\b": r"The image \1",
    r"^mask is False everywhere(.*): .*": r"The region is empty\1: choose another.",
    r"\bthe mask\b": "the region",
}
"""What the Python API calls by its names, and the panel by others."""

UNKNOWN = "…"
NONE = "–"


def number(value: float) -> str:
    """Write a number with four significant digits, and no fewer than its whole part."""
    if isnan(value):
        return NONE
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.4g}"


def percent(value: float | None) -> str:
    """Write a percentage; a small one is not rounded to 0."""
    if value is None:
        return NONE
    if 0 < value < 0.05:
        return "< 0.1 %"
    return f"{value:.1f} %"


def panel_words(text: str) -> str:
    """Return a message of the Python API in the words of the panel."""
    for name, words in IN_THE_PANEL.items():
        text = re.sub(name, words, text)
    return text


def natural(text: str) -> list[tuple[int, int, str]]:
    """Return a sort key that puts "Segment 10" after "Segment 9"."""
    parts = re.split(r"([0-9]+)", text.casefold())
    return [(0, int(p), "") if p.isdecimal() else (1, 0, p) for p in parts if p]


def hex_color(color: Color) -> str:
    """Write a colour as #rrggbb."""
    return "#{:02x}{:02x}{:02x}".format(*color_bytes(color))


def color_bytes(color: Color) -> tuple[int, int, int]:
    """Return a colour as three whole numbers from 0 to 255."""
    red, green, blue = (round(255 * channel) for channel in color)
    return red, green, blue


class PlainLabel(Label):
    """A label that wraps its text and takes none of it for HTML."""

    def __init__(self, value: str = "", **options: Any) -> None:
        super().__init__(value=value, **options)
        self.native.setTextFormat(Qt.TextFormat.PlainText)
        self.native.setWordWrap(True)
        policy = QSizePolicy.Policy
        self.native.setSizePolicy(policy.Expanding, policy.Minimum)

    def say(self, text: str) -> None:
        """Show a text; without one, hide the label, which would be a gap."""
        self.value = text
        self.visible = bool(text)


class MessageLabel(PlainLabel):
    """A label for messages that can be selected and copied.

    One that stays keeps the room of a line, so that nothing moves when it has a text.
    """

    def __init__(self, *, stays: bool = False) -> None:
        super().__init__(visible=stays)
        self._stays = stays
        self.native.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
        )

    def say(self, text: str) -> None:
        """Show a text."""
        super().say(text)
        self.visible = self._stays or bool(text)


def plain_tooltip(text: str) -> str:
    """Return a tooltip that shows a text as it is written."""
    if "<" not in text and "&" not in text:
        return text
    # Tooltips have no format to set: what is marked up as HTML has to be escaped.
    return f"<qt>{escape(text)}</qt>".replace("\n", "<br>")
