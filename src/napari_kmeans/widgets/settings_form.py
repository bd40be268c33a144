"""The form in which the user says how to cluster."""

from typing import Any

from magicgui.widgets import ComboBox, Container, FloatSpinBox, PushButton, SpinBox
from magicgui.widgets.bases import Widget

from napari_kmeans.core.settings import Settings
from napari_kmeans.widgets.aligned_rows import AlignedRows
from napari_kmeans.widgets.elided_combo_box import ElidedComboBox
from napari_kmeans.widgets.folded_section import FoldedSection
from napari_kmeans.widgets.segment_count import SegmentCount

DEFAULTS = Settings(n_clusters=4)

COLOR_SPACES = [("RGB", "rgb"), ("Lab (as seen)", "lab"), ("HSV (hue)", "hsv")]

RESTARTS = [("automatic", "auto"), *((str(n), n) for n in (1, 2, 5, 10, 20, 50, 100))]


class SettingsForm(Container[Widget]):
    """Number of segments and colour space in sight, the rest folded away.

    Parameters
    ----------
    settings : Settings
        What the form shows first.
    """

    def __init__(self, settings: Settings) -> None:
        self.n_clusters = SegmentCount(
            settings.n_clusters,
            tooltip=(
                "How many segments to make. Drag for 2 to 16; "
                "type in the box for up to 255."
            ),
        )
        self.color_space = ElidedComboBox(
            label="Colour space",
            choices=COLOR_SPACES,
            tooltip="What makes two colours alike: where distances are measured.",
        )
        self.n_init = ComboBox(
            label="Restarts",
            choices=RESTARTS,
            tooltip=(
                "How many different starts are tried; the best result is kept. "
                "'automatic' chooses enough for the result not to depend on luck."
            ),
        )
        self.max_iter = SpinBox(
            label="Iterations",
            min=1,
            max=100_000,
            tooltip="The most iterations that one start may take.",
        )
        self.tol = FloatSpinBox(
            label="Tolerance",
            min=0,
            max=1,
            step=0.00001,
            tooltip=(
                "Stop when the mean colours move less than this, relative to the "
                "variance of the image. 0 iterates until nothing moves."
            ),
        )
        self.random_state = SpinBox(
            label="Random state",
            min=0,
            max=2**31 - 1,
            tooltip=(
                "The number that fixes the random starts: the same number gives the "
                "same segments on every run."
            ),
        )
        self.reset_button = PushButton(
            text="Reset to defaults", tooltip="Put the advanced settings back."
        )
        self._advanced = {
            "n_init": self.n_init,
            "max_iter": self.max_iter,
            "tol": self.tol,
            "random_state": self.random_state,
        }
        self.advanced = FoldedSection(
            "Advanced",
            [AlignedRows(list(self._advanced.values())), self.reset_button],
        )
        self.main = AlignedRows([self.n_clusters, self.color_space])
        super().__init__(widgets=[self.main, self.advanced], labels=False)
        self.margins = (0, 0, 0, 0)
        for widget in self._advanced.values():
            widget.changed.connect(self._count_changes)
        self.reset_button.changed.connect(self.reset_advanced)
        self.settings = settings

    @property
    def settings(self) -> Settings:
        """What the form says."""
        return Settings(
            n_clusters=self.n_clusters.value,
            color_space=self.color_space.value if self.has_colors else "rgb",
            n_init=self.n_init.value,
            max_iter=self.max_iter.value,
            tol=self.tol.value,
            random_state=self.random_state.value,
        )

    @settings.setter
    def settings(self, settings: Settings) -> None:
        self.n_clusters.value = settings.n_clusters
        self.color_space.value = settings.color_space
        self._show_advanced(settings)

    @property
    def has_colors(self) -> bool:
        """Whether the layer to cluster is a colour image: else no space to choose."""
        return bool(self.color_space.visible)

    @has_colors.setter
    def has_colors(self, has_colors: bool) -> None:
        self.color_space.visible = has_colors

    def reset_advanced(self) -> None:
        """Put the advanced settings back to their defaults."""
        self._show_advanced(DEFAULTS)

    def _show_advanced(self, settings: Settings) -> None:
        """Show a run's advanced settings in their boxes."""
        self.n_init.value = settings.n_init
        self.max_iter.value = settings.max_iter
        self.tol.value = settings.tol
        self.random_state.value = settings.random_state
        self._count_changes()

    def _count_changes(self, _value: Any = None) -> None:
        """Say in the folded title how many settings differ: none is silent."""
        ours = self.settings
        changed = sum(
            getattr(ours, name) != getattr(DEFAULTS, name) for name in self._advanced
        )
        self.advanced.title = f"Advanced ({changed} changed)" if changed else "Advanced"
        self.reset_button.enabled = changed > 0
