"""The advanced settings, in the folded section."""

from dataclasses import replace
from math import floor, log10
from typing import Any

from magicgui.widgets import CheckBox, ComboBox, FloatSpinBox, LineEdit, SpinBox
from psygnal import Signal

from napari_kmeans.core.settings import Settings
from napari_kmeans.layers.source_layers import Sources
from napari_kmeans.widgets.aligned_rows import AlignedRows

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

OF_ONE_WIDGET = ("position_weight", "n_init", "max_iter", "tol", "random_state")
"""Settings that are the value of the widget of the same name."""


class AdvancedForm:
    """Positions, smoothing, values left out, and how the optimum is searched for."""

    edited = Signal()

    def __init__(self, default: Settings) -> None:
        self._default = default
        self._pixel_length = 1.0
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
            label="Sigma",
            max=LONGEST,
            step=0.1,
            tooltip="The extent of the smoothing, in the layer's units.",
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
            label="Leave out value",
            tooltip="A background value: pixels that have it in all channels are left "
            "out. NaN and fully transparent pixels always are.",
        )
        self.background.native.setPlaceholderText("none")
        self.saturated = CheckBox(text="leave out saturated", tooltip=SATURATED[True])
        self.n_init = ComboBox(
            label="Restarts",
            choices=RESTARTS,
            tooltip="How many initializations are tried; the best result is kept. "
            "'automatic' chooses enough for the result not to depend on luck.",
        )
        self.max_iter = SpinBox(
            label="Iterations",
            min=1,
            max=100_000,
            tooltip="The maximum number of iterations of one initialization.",
        )
        self.tol = FloatSpinBox(
            label="Tolerance",
            max=1,
            step=0.00001,
            tooltip="Stop when the mean colours move less than this, relative to the "
            "variance of the image. 0 iterates until nothing moves.",
        )
        self.random_state = SpinBox(
            label="Random state",
            max=2**31 - 1,
            tooltip="The seed of the random initializations: the same seed gives the "
            "same segments on every run.",
        )
        self.rows = AlignedRows(
            [
                self.position_weight,
                self.smoothing,
                self.sigma,
                self.in_3d,
                self.background,
                self.saturated,
                self.n_init,
                self.max_iter,
                self.tol,
                self.random_state,
            ]
        )
        for box in (self.position_weight, self.sigma):
            box.native.setDecimals(2)
            box.native.setStepType(box.native.StepType.AdaptiveDecimalStepType)
        self.smoothing.changed.connect(self._on_smoothing)
        for widget in self.rows:
            widget.changed.connect(lambda _: self.edited.emit())

    @property
    def settings(self) -> Settings:
        """The settings in the form, with defaults for all others."""
        values = {name: getattr(self, name).value for name in OF_ONE_WIDGET}
        if self.smoothing.value != NOTHING:
            values |= {"smoothing": self.smoothing.value, "sigma": self.sigma.value}
        return replace(self._default, **values)

    @settings.setter
    def settings(self, settings: Settings) -> None:
        for name in (*OF_ONE_WIDGET, "sigma"):
            getattr(self, name).value = getattr(settings, name)
        self.smoothing.value = settings.smoothing if settings.sigma else NOTHING

    def reset(self) -> None:
        """Put the settings back to their defaults, and leave no values out."""
        self.settings = self._default
        self.background.value = ""
        self.saturated.value = False

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

    @property
    def n_changed(self) -> int:
        """How many settings are not at their default."""
        default, ours = self._default, self.settings
        return sum(
            (
                *(getattr(ours, n) != getattr(default, n) for n in OF_ONE_WIDGET),
                (ours.sigma, ours.smoothing) != (default.sigma, default.smoothing),
                bool(self.background.value.strip()),
                self.leaves_out_saturated,
            )
        )

    def show_sources(self, sources: Sources) -> None:
        """Show lengths in the units of a layer."""
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
        self.edited.emit()  # the tick counts only where it can be set

    def _on_smoothing(self, kind: Any) -> None:
        """Show sigma, initially one pixel."""
        self.sigma.visible = kind != NOTHING
        if kind != NOTHING and not self.sigma.value:
            self.sigma.value = self._pixel_length
