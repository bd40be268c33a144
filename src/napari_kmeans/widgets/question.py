"""A question with a button for each answer."""

from collections.abc import Mapping

from magicgui.widgets import PushButton
from psygnal import Signal

from napari_kmeans.widgets.layout import Group
from napari_kmeans.widgets.texts import PlainLabel


class Question(Group):
    """A text over buttons; the name of the one that is pressed is emitted."""

    answered = Signal(str)

    def __init__(self, answers: Mapping[str, tuple[str, str]], text: str = "") -> None:
        self.text = PlainLabel(text, visible=bool(text))
        self.buttons = {
            name: PushButton(text=words, tooltip=tooltip)
            for name, (words, tooltip) in answers.items()
        }
        super().__init__([self.text, *self.buttons.values()])
        for name, button in self.buttons.items():
            button.changed.connect(lambda _=None, name=name: self.answered.emit(name))

    def ask(self, text: str = "") -> None:
        """Show the question, and let the first answer be pressed by a key."""
        self.text.say(text)
        self.visible = True
        next(iter(self.buttons.values())).native.setFocus()
