"""Names and messages as plain text: Qt would take some for HTML."""

from html import escape
from typing import Any

from magicgui.widgets import Label
from qtpy.QtCore import Qt


def plain_label(value: str = "", **options: Any) -> Label:
    """Return a label that wraps its text and takes none of it for HTML."""
    label = Label(value=value, **options)
    label.native.setTextFormat(Qt.TextFormat.PlainText)
    label.native.setWordWrap(True)
    return label


def plain_tooltip(text: str) -> str:
    """Return a tooltip that shows a text as it is written."""
    if "<" not in text and "&" not in text:
        return text
    # Tooltips have no format to set: what is marked up as HTML has to be escaped.
    return f"<qt>{escape(text)}</qt>".replace("\n", "<br>")
