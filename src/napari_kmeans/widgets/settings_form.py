"""The form with the settings of the fit."""

from dataclasses import replace
from typing import Any

from magicgui.widgets import FloatSlider, PushButton

from napari_kmeans.core.settings import Settings
from napari_kmeans.layers.source_layers import Sources
from napari_kmeans.widgets.advanced_form import AdvancedForm
from napari_kmeans.widgets.aligned_rows import AlignedRows
from napari_kmeans.widgets.elided_combo_box import ElidedComboBox
from napari_kmeans.widgets.folded_section import FoldedSection
from napari_kmeans.widgets.segment_count import SegmentCount

DEFAULTS = Settings(n_clusters=4)

COLOR_SPACES = [
    ("RGB", "rgb"),
    ("Lab (as seen)", "lab"),
    ("Luv (on screens)", "luv"),
    ("HSV (hue)", "hsv"),
    ("Grey (no hue)", "grey"),
]

WITH_LIGHTNESS = ("lab", "luv", "hsv")


class SettingsForm:
    """Number of segments and colour space in `main`, the rest in folded `advanced`."""

    def __init__(self, settings: Settings) -> None:
        self.n_clusters = SegmentCount(
            settings.n_clusters,
            tooltip="How many segments to make. Drag for 2 to 16; type in the box for "
            "up to 255.",
        )
        self.color_space = ElidedComboBox(
            label="Colour space",
            choices=COLOR_SPACES,
            tooltip="What makes two colours alike: the space in which distances are "
            "measured.",
        )
        self.lightness_weight = FloatSlider(
            label="Lightness",
            min=0,
            max=1,
            step=0.01,
            value=1,
            tooltip="The weight of lightness relative to colour: at 0 a shadow has "
            "the colour of the surface it falls on.",
        )
        self.reset_button = PushButton(
            text="Reset to defaults", tooltip="Reset the advanced settings."
        )
        self.detail = AdvancedForm(DEFAULTS)
        self.advanced = FoldedSection("Advanced", [self.detail.rows, self.reset_button])
        self.main = AlignedRows(
            [self.n_clusters, self.color_space, self.lightness_weight]
        )
        self._has_colors = True
        self.color_space.changed.connect(self._show_colors)
        self.detail.edited.connect(self._count_changes)
        self.reset_button.changed.connect(self.detail.reset)
        self.settings = settings

    @property
    def settings(self) -> Settings:
        """The settings in the form for its layers, with lengths in their units."""
        if self._has_colors:
            return self.chosen
        return replace(self.chosen, color_space="rgb", lightness_weight=1.0)

    @settings.setter
    def settings(self, settings: Settings) -> None:
        self.n_clusters.value = settings.n_clusters
        self.color_space.value = settings.color_space
        self.lightness_weight.value = min(settings.lightness_weight, 1.0)
        self.detail.settings = settings
        self._show_colors()
        self._count_changes()

    @property
    def chosen(self) -> Settings:
        """The settings in the form, with the colour space even of a grey layer."""
        space = self.color_space.value
        has_lightness = space in WITH_LIGHTNESS
        return replace(
            self.detail.settings,
            n_clusters=self.n_clusters.value,
            color_space=space,
            lightness_weight=self.lightness_weight.value if has_lightness else 1.0,
        )

    def show_sources(self, sources: Sources) -> None:
        """Offer what applies to these layers, in their units."""
        self._has_colors = sources.is_colors
        self._show_colors()
        self.detail.show_sources(sources)

    def _show_colors(self, _value: Any = None) -> None:
        """Show the colour settings if they apply."""
        has_lightness = self.color_space.value in WITH_LIGHTNESS
        self.color_space.visible = self._has_colors
        self.lightness_weight.visible = self._has_colors and has_lightness

    def _count_changes(self) -> None:
        """Show in the folded title how many settings differ from the defaults."""
        changed = self.detail.n_changed
        self.advanced.title = f"Advanced ({changed} changed)" if changed else "Advanced"
        self.reset_button.enabled = changed > 0
