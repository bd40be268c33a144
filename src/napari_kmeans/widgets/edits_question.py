"""What to do with labels that the user has painted: asked, never guessed."""

from magicgui.widgets import Container, Label, PushButton
from magicgui.widgets.bases import Widget
from psygnal import Signal


class EditsQuestion(Container[Widget]):
    """Asks whether painted labels are kept or replaced.

    Attributes
    ----------
    answered : psygnal.Signal
        Emits True to keep the edits and add new layers, False to replace them.
    dismissed : psygnal.Signal
        Emits when the new result is not wanted.
    """

    answered = Signal(bool)
    dismissed = Signal()

    def __init__(self) -> None:
        self._text = Label(value="")
        self._text.native.setWordWrap(True)
        self.keep_button = PushButton(
            text="Keep my edits, add new layers",
            tooltip="Leave your labels as they are and show the result in new layers.",
        )
        self.replace_button = PushButton(
            text="Replace my edits",
            tooltip="Show the result in place of what you painted, for good.",
        )
        self.dismiss_button = PushButton(
            text="Discard the new result", tooltip="Leave everything as it is."
        )
        super().__init__(
            widgets=[
                self._text,
                self.keep_button,
                self.replace_button,
                self.dismiss_button,
            ],
            labels=False,
            visible=False,
        )
        self.margins = (0, 0, 0, 0)
        self.keep_button.changed.connect(lambda: self.answered.emit(True))
        self.replace_button.changed.connect(lambda: self.answered.emit(False))
        self.dismiss_button.changed.connect(self.dismissed.emit)

    def ask(self, labels_name: str) -> None:
        """Show the question.

        Parameters
        ----------
        labels_name : str
            The name of the layer that was painted.
        """
        self._text.value = (
            f"You have edited '{labels_name}' since it was made. "
            "What should happen to your edits?"
        )
        self.visible = True
        self.keep_button.native.setFocus()
