"""The form with the settings of the fit, and those last used, kept between sessions."""

import json
import re
from dataclasses import replace
from math import floor, log10

from magicgui.widgets import (
    CheckBox,
    ComboBox,
    FloatSlider,
    FloatSpinBox,
    LineEdit,
    PushButton,
    SpinBox,
)

from napari_kmeans.core.settings import Settings
from napari_kmeans.layers.source_layers import Sources
from napari_kmeans.widgets.elided_combo_box import ElidedComboBox
from napari_kmeans.widgets.last_used import last_used
from napari_kmeans.widgets.layout import AlignedRows, FoldedSection
from napari_kmeans.widgets.segment_count import SegmentCount
from napari_kmeans.widgets.texts import PlainLabel

DEFAULTS = Settings(n_clusters=4)

COLOR_SPACES = [
    ("RGB", "rgb"),
    ("Lab (as seen)", "lab"),
    ("Luv (on screens)", "luv"),
    ("HSV (hue)", "hsv"),
    ("Grey (no hue)", "grey"),
]
WITH_LIGHTNESS = ("lab", "luv", "hsv")

RESTARTS = [("automatic", "auto"), *((str(n), n) for n in (1, 2, 5, 10, 20, 50, 100))]

NOTHING = "none"
SMOOTHINGS = [("none", NOTHING), ("Gaussian", "gaussian"), ("median", "median")]

SATURATED = {
    True: (
        "Leave out pixels in which any channel has the maximum of its type, such as "
        "255 or 65,535."
    ),
    False: (
        "Only integer images have a maximum that means saturated: leave out a value "
        "or a region instead."
    ),
}
"""The tooltip of the tick, or why it is disabled."""

LONGEST = 1e6
"""The maximum length that can be typed, in the layer's units."""

BEGUN = re.compile(r"[+-]?[0-9]*\.?[0-9]*([eE][+-]?[0-9]*)?")
"""A number, or what is typed of one so far."""

NOT_FINITE = ("nan", "inf", "-inf")

ADVANCED = ("position_weight", "n_init", "max_iter", "tol", "random_state")
"""Advanced settings that are the value of the widget of the same name."""


class SettingsForm:
    """Number of segments and colour space in `main`, the rest in folded `advanced`."""

    def __init__(self, settings: Settings) -> None:
        self._has_colors = True
        self._pixel_length = 1.0
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
        self.position_weight = FloatSpinBox(
            label="Position weight",
            max=LONGEST,
            step=0.1,
            tooltip="Makes segments compact: the difference in value that a distance "
            "of one unit counts as. 0: positions do not count.",
        )
        self.smoothing = ComboBox(
            label="Smoothing",
            choices=SMOOTHINGS,
            tooltip="Smooth the image first, against noise.",
        )
        self.sigma = FloatSpinBox(
            label="Smooth by",
            max=LONGEST,
            step=0.1,
            tooltip="Over what distance noise is smoothed away.",
            visible=False,
        )
        self.in_3d = ComboBox(
            label="Neighbours",
            choices=[("within a slice", False), ("in the volume", True)],
            tooltip="Whether smoothing and positions act within each slice only, or "
            "also across slices; not for the frames of a time-lapse.",
            visible=False,
        )
        self.background = LineEdit(
            label="Background",
            tooltip="A value that means 'nothing', such as 0: pixels that have it in "
            "all channels are in no segment. Those without a value never are.",
        )
        self.background.native.setPlaceholderText("no value left out")
        self.wrong = PlainLabel(
            label=" ", tooltip="What is wrong with the background.", visible=False
        )
        self.saturated = CheckBox(text="leave out saturated", tooltip=SATURATED[True])
        self.n_init = ComboBox(
            label="Restarts",
            choices=RESTARTS,
            tooltip="From how many starts the mean colours are searched; the best is "
            "kept. 'automatic' chooses enough for the result not to depend on luck.",
        )
        self.max_iter = SpinBox(
            label="Iterations",
            min=1,
            max=100_000,
            tooltip="The maximum number of rounds from each start.",
        )
        self.tol = FloatSpinBox(
            label="Tolerance",
            max=1,
            step=0.00001,
            tooltip="Stop when the mean colours move less than this, relative to the "
            "variance of the image. 0 iterates until nothing moves.",
        )
        self.random_state = SpinBox(
            label="Random seed",
            max=2**31 - 1,
            tooltip="Where the search starts: the same seed gives the same segments on "
            "every run.",
        )
        self.reset_button = PushButton(
            text="Reset to defaults", tooltip="Reset the advanced settings."
        )
        self._arrange()
        self.settings = settings

    def _arrange(self) -> None:
        """Put the widgets into rows, and follow them."""
        self.main = AlignedRows(
            [self.n_clusters, self.color_space, self.lightness_weight]
        )
        self.details = AlignedRows(
            [
                self.position_weight,
                self.smoothing,
                self.sigma,
                self.in_3d,
                self.background,
                self.wrong,
                self.saturated,
                self.n_init,
                self.max_iter,
                self.tol,
                self.random_state,
            ]
        )
        self.advanced = FoldedSection("Advanced", [self.details, self.reset_button])
        for box in (self.position_weight, self.sigma):
            box.native.setDecimals(2)
            box.native.setStepType(box.native.StepType.AdaptiveDecimalStepType)
        self.color_space.changed.connect(self._show_colors)
        self.smoothing.changed.connect(self._show_sigma)
        self.background.changed.connect(self._check_background)
        for widget in self.details:
            widget.changed.connect(self._count_changes)
        self.reset_button.changed.connect(self._reset)

    # From the widgets to the settings and back

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
        self._take_advanced(settings)
        self._show_colors()
        self._count_changes()

    @property
    def chosen(self) -> Settings:
        """The settings in the form, with the colour space even of a grey layer."""
        names = ("n_clusters", "color_space", *ADVANCED)
        values = {name: getattr(self, name).value for name in names}
        if values["color_space"] in WITH_LIGHTNESS:
            values["lightness_weight"] = self.lightness_weight.value
        if self.smoothing.value != NOTHING:
            values |= {"smoothing": self.smoothing.value, "sigma": self.sigma.value}
        return replace(DEFAULTS, **values)

    @property
    def background_value(self) -> float | None:
        """The value that is left out."""
        text = self.background.value.strip()
        try:
            return float(text) if text else None
        except ValueError:
            raise ValueError(
                f"'{text}', the value to leave out, is not a number: type one such as "
                "0, or leave the box empty (under Advanced)."
            ) from None

    @property
    def leaves_out_saturated(self) -> bool:
        """Whether saturated pixels are left out of an image that can have some."""
        return bool(self.saturated.value and self.saturated.enabled)

    def _take_advanced(self, settings: Settings) -> None:
        for name in (*ADVANCED, "sigma"):
            getattr(self, name).value = getattr(settings, name)
        self.smoothing.value = settings.smoothing if settings.sigma else NOTHING

    def _reset(self) -> None:
        """Put the advanced settings back to their defaults, and leave no values out."""
        self._take_advanced(DEFAULTS)
        self.background.value = ""
        self.saturated.value = False

    # What is shown

    def show_sources(self, sources: Sources) -> None:
        """Offer what applies to these layers, in their units."""
        self._has_colors = sources.is_colors
        self._show_colors()
        unit = sources.length_unit
        self._pixel_length = sources.spacing[sources.grid_axes[-1]]
        self.position_weight.native.setSuffix(f" /{unit}")
        self.sigma.native.setSuffix(f" {unit}")
        # A hundredth of a pixel is as fine as anybody needs it.
        n_decimals = max(2, 2 - floor(log10(self._pixel_length)))
        self.sigma.native.setDecimals(n_decimals)
        self.saturated.enabled = sources.has_integers
        self.saturated.tooltip = SATURATED[sources.has_integers]
        self.in_3d.visible = len(sources.grid_axes) > 2
        self.in_3d.value = sources.seems_3d
        self._count_changes()  # the tick counts only where it can be set

    def _show_colors(self) -> None:
        """Show the colour settings if they apply."""
        has_lightness = self.color_space.value in WITH_LIGHTNESS
        self.color_space.visible = self._has_colors
        self.lightness_weight.visible = self._has_colors and has_lightness

    def _show_sigma(self, smoothing: str) -> None:
        """Show sigma, initially one pixel."""
        self.sigma.visible = smoothing != NOTHING
        if smoothing != NOTHING and not self.sigma.value:
            self.sigma.value = self._pixel_length

    def _check_background(self) -> None:
        """Say at once that the background is no number, nor the start of one."""
        text = self.background.value.strip()
        is_wrong = not BEGUN.fullmatch(text) and text.casefold() not in NOT_FINITE
        wrong = f"'{text}' is not a number: type one such as 0."
        self.wrong.say(wrong if is_wrong else "")

    def _count_changes(self) -> None:
        """Show in the folded title how many settings differ from the defaults."""
        chosen = self.chosen
        changed = sum(
            (
                *(getattr(chosen, n) != getattr(DEFAULTS, n) for n in ADVANCED),
                (chosen.sigma, chosen.smoothing)
                != (DEFAULTS.sigma, DEFAULTS.smoothing),
                bool(self.background.value.strip()),
                self.leaves_out_saturated,
            )
        )
        self.advanced.title = f"Advanced ({changed} changed)" if changed else "Advanced"
        self.reset_button.enabled = changed > 0


def load_settings() -> tuple[Settings, str]:
    """Return the settings that were last used, and for what kind of image."""
    try:
        stored = json.loads(str(last_used().value("settings", "{}")))
        return Settings.from_dict(stored), str(last_used().value("kind", ""))
    except (KeyError, TypeError, ValueError):
        return DEFAULTS, ""


def save_settings(settings: Settings, kind: str) -> None:
    """Keep settings for the next session, with the kind of image that they are for."""
    last_used().setValue("settings", json.dumps(settings.to_dict()))
    last_used().setValue("kind", kind)
