"""What the panel shows when no image is open."""

from magicgui.widgets import Container, PushButton
from magicgui.widgets.bases import Widget
from napari.components import ViewerModel

from napari_kmeans.sample_data import SAMPLES
from napari_kmeans.widgets.plain_text import plain_label


class StartPage(Container[Widget]):
    """Says that no image is open, and offers the samples."""

    def __init__(self, viewer: ViewerModel) -> None:
        self._viewer = viewer
        text = plain_label(
            "No image is open. Drop one into the window, or try a sample:"
        )
        self.buttons = {
            key: PushButton(text=sample.title, tooltip=sample.attribution)
            for key, sample in SAMPLES.items()
        }
        super().__init__(widgets=[text, *self.buttons.values()], labels=False)
        self.margins = (0, 0, 0, 0)
        for key, button in self.buttons.items():
            button.changed.connect(lambda _=None, key=key: self._open(key))

    def _open(self, key: str) -> None:
        self._viewer.open_sample("napari-kmeans", key)
