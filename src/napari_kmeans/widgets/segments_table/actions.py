"""What can be done to segments, in words and keys: a new action is a new entry."""

from collections.abc import Callable
from dataclasses import dataclass

from qtpy.QtGui import QKeySequence

from napari_kmeans.widgets.segments_table.segment_actions import SegmentActions
from napari_kmeans.widgets.table_export import COPY_TOOLTIP, SAVE_TOOLTIP

Values = list[int]
"""Label values: of the selected rows, or of the row that was clicked."""

COMPUTED = "these labels are computed on demand; write them to zarr first"
STORED = (
    "these labels are on disk, where they can only be painted; do it before you write "
    "them"
)


Explain = Callable[[SegmentActions, Values], str]
"""Says something of an action on these rows, or nothing."""


def _nothing(_actions: SegmentActions, _values: Values) -> str:
    return ""


def _unless(
    is_possible: Callable[[SegmentActions, Values], object], why: str
) -> Explain:
    return lambda actions, values: "" if is_possible(actions, values) else why


@dataclass(frozen=True)
class Action:
    """Something that the user can do."""

    text: str
    key: str  # while the table has the focus; empty if it is in the menu only
    tooltip: str
    run: Callable[[SegmentActions, Values], None]
    # why it cannot be done now, as the end of a sentence; empty if it can
    why_not: Explain = _nothing
    # what it would do now, where the tooltip can be more precise
    preview: Explain = _nothing
    spoken: str = ""  # its button for a screen reader; without it there is no button
    short: str = ""  # the text of its button, if it is another
    # its text now, where that depends on the rows
    now: Explain = _nothing
    is_of_one: bool = False  # in the menu of a row: whatever else is selected

    @property
    def shown_key(self) -> str:
        """The key as this computer writes it."""
        return QKeySequence(self.key).toString(QKeySequence.SequenceFormat.NativeText)

    def explain(self, actions: SegmentActions, values: Values) -> tuple[str, bool]:
        """Return what its button tells now, and whether it can be pressed."""
        why_not = self.why_not(actions, values)
        told = f"{self.text.rstrip('…')}: {why_not}"
        if not why_not:
            told = self.preview(actions, values) or self.tooltip.removesuffix(".")
        key = f" ({self.shown_key})" if self.key else ""
        return told + key, not why_not

    def act(self, actions: SegmentActions, values: Values) -> None:
        """Apply it to segments; raise if it cannot be."""
        why_not = self.why_not(actions, values)
        if why_not:
            raise ValueError(f"{why_not[0].upper()}{why_not[1:]}.")
        self.run(actions, values)


# Why not


_no_row = _unless(lambda _, values: values, "select a row first")
_none_hidden = _unless(
    lambda actions, _: not all(segment.visible for segment in actions.segments.map),
    "no segment is hidden",
)
_nothing_past = _unless(
    lambda actions, _: actions.segments.history.undo_name, "there is nothing to undo"
)
_nothing_ahead = _unless(
    lambda actions, _: actions.segments.history.redo_name, "there is nothing to redo"
)


def _not_mergeable(actions: SegmentActions, values: Values) -> str:
    if len(actions.segments.map) < 2:
        return "there is only one segment"
    if actions.segments.stored is not None:
        return STORED
    return "" if len(values) > 1 else "select two or more rows first"


def _not_in_memory(actions: SegmentActions, _values: Values) -> str:
    if actions.segments.is_editable:
        return ""
    return COMPUTED if actions.segments.stored is None else STORED


def _not_one_in_memory(actions: SegmentActions, values: Values) -> str:
    why_not = _not_in_memory(actions, values)
    return why_not or ("" if len(values) == 1 else "select one row first")


def _not_splittable(actions: SegmentActions, values: Values) -> str:
    if actions.segments.is_editable and actions.splitting is not None:
        return f"'{actions.splitting}' is being split: wait for it"
    return _not_one_in_memory(actions, values)


def _hide_or_show(actions: SegmentActions, values: Values) -> str:
    is_any_shown = any(actions.segments.map[value].visible for value in values)
    return "Hide" if is_any_shown or not values else "Show"


def _ignore_or_count(actions: SegmentActions, values: Values) -> str:
    are_ignored = all(actions.segments.map[value].ignored for value in values)
    return "Count in the shares" if are_ignored else "Ignore in the shares"


# In the order of the buttons and of the list of keys.
ACTIONS = {
    "toggle": Action(
        "Hide or show",
        "Space",
        "Hide or show the selected rows.",
        SegmentActions.toggle,
        _no_row,
        spoken="Hide or show the selected segments",
        now=_hide_or_show,
    ),
    "solo": Action(
        "Only this",
        "S",
        "Show only the selected rows; once more brings back what was shown before.",
        SegmentActions.solo,
        _no_row,
        spoken="Show only the selected segments",
    ),
    "show_all": Action(
        "Show all",
        "A",
        "Show every segment.",
        lambda actions, _: actions.segments.show_all(),
        _none_hidden,
        spoken="Show all segments",
    ),
    "invert": Action(
        "Swap hidden and shown",
        "I",
        "Show what is hidden and hide what is shown.",
        lambda actions, _: actions.segments.invert_visible(),
        _none_hidden,
        spoken="Swap the hidden and the shown segments",
        short="Swap",
    ),
    "rename": Action(
        "Rename",
        "F2",
        "Change the name of the row.",
        SegmentActions.edit_name,
        _no_row,
        is_of_one=True,
    ),
    "color": Action(
        "Colour",
        "C",
        "Choose the colour of the row.",
        SegmentActions.ask_color,
        _no_row,
        is_of_one=True,
    ),
    "ignore": Action(
        "Ignore",
        "X",
        "Leave the selected rows out of the shares, or count them again.",
        SegmentActions.ignore,
        _no_row,
        now=_ignore_or_count,
    ),
    "merge": Action(
        "Merge",
        "Ctrl+J",
        "Merge the selected rows into one segment.",
        lambda actions, values: actions.segments.merge(values),
        _not_mergeable,
        lambda _, values: f"Merge the {len(values)} selected rows into one segment",
        spoken="Merge the selected segments",
    ),
    "split": Action(
        "Split…",
        "D",
        "Divide the segment by clustering its pixels again.",
        SegmentActions.ask_pieces,
        _not_splittable,
        spoken="Split the selected segment",
        is_of_one=True,
    ),
    "clean_up": Action(
        "Clean up this…",
        "",
        "Drop small objects, fill holes or smooth borders, in these segments alone.",
        SegmentActions.clean_up,
        _not_in_memory,
    ),
    "objects": Action(
        "Objects",
        "O",
        "Add a layer in which each connected component of the segment has its own "
        "label, with a table of their sizes.",
        SegmentActions.find_objects,
        _not_one_in_memory,
        spoken="Objects of the selected segment",
        is_of_one=True,
    ),
    "undo": Action(
        "Undo",
        "Ctrl+Z",
        "Undo the last step.",
        lambda actions, _: actions.segments.undo(),
        _nothing_past,
        lambda actions, _: f"Undo {actions.segments.history.undo_name}",
        spoken="Undo",
    ),
    "redo": Action(
        "Redo",
        "Ctrl+Shift+Z",
        "Redo the last step that was undone.",
        lambda actions, _: actions.segments.redo(),
        _nothing_ahead,
        lambda actions, _: f"Redo {actions.segments.history.redo_name}",
        spoken="Redo",
    ),
    "copy": Action(
        "Copy",
        "Ctrl+C",
        COPY_TOOLTIP,
        lambda actions, _: actions.copy(),
        spoken="Copy the table",
    ),
    "save": Action(
        "Save…",
        "E",
        SAVE_TOOLTIP,
        lambda actions, _: actions.ask_and_save(),
        spoken="Save the table as CSV",
    ),
    "mask": Action(
        "Export mask…",
        "",
        "Save where the segment is as a black and white image: a TIFF or PNG file of "
        "8 bits, 255 in the segment and 0 elsewhere.",
        SegmentActions.export_mask,
        _not_one_in_memory,
        is_of_one=True,
    ),
    "help": Action(
        "?",
        "?",
        "List the keys of the table.",
        lambda actions, _: actions.show_help(_list_of_keys()),
        spoken="Keys of the table",
    ),
}


def _list_of_keys() -> str:
    """Return the keys of the table as rich text."""
    rows = [("↑ ↓", "Select the row above or below; with Shift, more rows.")]
    rows += [(one.shown_key, one.tooltip) for one in ACTIONS.values() if one.key]
    rows += [
        ("Click an eye", "Hide or show; with Alt, only this."),
        ("Click a swatch", "Choose the colour."),
        ("Double-click a name", "Change it; Tab goes to the next name."),
        ("H, held", "Show the image without the result; also on the canvas."),
        ("Right-click a row", "All this in a menu; the Menu key or Shift+F10, too."),
        ("Click the image", "Select the segment there; with Shift, select it too."),
    ]
    lines = "".join(
        f"<tr><td><b>{key}</b>&nbsp;&nbsp;</td><td>{text}</td></tr>"
        for key, text in rows
    )
    return (
        "<p>While the table has the focus (click it, or press Tab until you are there):"
        f"</p><table>{lines}</table>"
    )
