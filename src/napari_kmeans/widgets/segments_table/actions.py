"""The list of what can be done to segments: its words and its keys."""

from dataclasses import dataclass

from qtpy.QtGui import QKeySequence


@dataclass(frozen=True)
class Act:
    """Something that the user can do."""

    text: str  # what its button says
    key: str  # what does it while the table has the focus; empty if nothing does
    tooltip: str  # what it does
    # whether it has a button; the others are in the table itself
    has_button: bool = True

    @property
    def shown_key(self) -> str:
        """The key as this computer writes it."""
        return QKeySequence(self.key).toString(QKeySequence.SequenceFormat.NativeText)


ACTS = {
    "toggle": Act("Hide or show", "Space", "Hide or show the selected rows.", False),
    "solo": Act(
        "Show alone",
        "S",
        "Show only the selected rows; all again if they are alone already.",
        False,
    ),
    "show_all": Act("Show all", "A", "Show every segment."),
    "invert": Act("Invert", "I", "Show what is hidden and hide what is shown."),
    "rename": Act("Rename", "F2", "Change the name of the row.", False),
    "color": Act("Colour", "C", "Choose the colour of the row.", False),
    "ignore": Act(
        "Ignore",
        "X",
        "Leave the selected rows out of the shares, or count them again.",
        False,
    ),
    "merge": Act("Merge", "Ctrl+J", "Make one segment of the selected rows."),
    "split": Act("Split…", "D", "Divide the row by clustering its pixels again."),
    "objects": Act(
        "Objects",
        "O",
        "Add a layer in which each connected piece of the row has its own label, "
        "with a table of their sizes.",
    ),
    "undo": Act("Undo", "Ctrl+Z", "Take the last step back."),
    "redo": Act("Redo", "Ctrl+Shift+Z", "Do again what was undone."),
    "copy": Act("Copy", "Ctrl+C", "Copy the table, to be pasted into a spreadsheet."),
    "save": Act("Save…", "E", "Save the table as a CSV file."),
    "help": Act("?", "?", "List the keys of the table."),
}


def tooltip(name: str, text: str = "") -> str:
    """Give what hovering a button tells, with the key."""
    act = ACTS[name]
    return f"{(text or act.tooltip).removesuffix('.')} ({act.shown_key})"


def list_of_keys() -> str:
    """Give the keys of the table, as text that Qt can show."""
    keys = [("↑ ↓", "Select the row above or below; with Shift, more rows.")]
    keys += [(act.shown_key, act.tooltip) for act in ACTS.values()]
    mouse = [
        ("Click an eye", "Hide or show; with Alt, show alone."),
        ("Click a swatch", "Choose the colour."),
        ("Double-click a name", "Change it."),
        ("Click the image", "Select the segment there; with Shift, select it too."),
    ]
    rows = "".join(
        f"<tr><td><b>{key}</b>&nbsp;&nbsp;</td><td>{text}</td></tr>"
        for key, text in keys + mouse
    )
    return (
        "<p>While the table has the focus (click it, or press Tab until you are there):"
        f"</p><table>{rows}</table>"
    )
