"""The question what to do with labels that the user has painted."""

from enum import Enum, auto

from magicgui.widgets import Container, PushButton
from magicgui.widgets.bases import Widget
from psygnal import Signal

from napari_kmeans.widgets.plain_text import plain_label


class EditsAnswer(Enum):
    """What to do with the edits and the new result."""

    KEEP = auto()
    NEW_LAYERS = auto()
    REPLACE = auto()
    DISCARD = auto()


CHOICES = {
    EditsAnswer.KEEP: (
        "Keep my edits on the new result",
        "Show the new result with your edits on top.",
    ),
    EditsAnswer.NEW_LAYERS: (
        "Show it in new layers",
        "Leave your layers as they are and add new ones.",
    ),
    EditsAnswer.REPLACE: (
        "Replace my edits",
        "Show the new result instead of your edits. Ctrl+Z brings them back.",
    ),
    EditsAnswer.DISCARD: ("Discard the new result", "Leave everything as it is."),
}


class EditsQuestion(Container[Widget]):
    """Asks what to do with painted labels when there is a new result."""

    answered = Signal(EditsAnswer)

    def __init__(self) -> None:
        self._text = plain_label()
        self.buttons = {
            answer: PushButton(text=text, tooltip=tooltip)
            for answer, (text, tooltip) in CHOICES.items()
        }
        super().__init__(
            widgets=[self._text, *self.buttons.values()], labels=False, visible=False
        )
        self.margins = (0, 0, 0, 0)
        for answer, button in self.buttons.items():
            button.changed.connect(
                lambda _=None, answer=answer: self.answered.emit(answer)
            )

    def ask(self, labels_name: str) -> None:
        """Ask about the labels of this name."""
        self._text.value = (
            f"You have edited '{labels_name}' since it was made. "
            "What should happen to your edits?"
        )
        self.buttons[EditsAnswer.KEEP].native.setFocus()
