"""Live: a change of the settings is shown at once, where that is quick and safe."""

from typing import TYPE_CHECKING

from magicgui.widgets import CheckBox
from qtpy.QtCore import QTimer

from napari_kmeans.layers.segment_layers import SegmentLayers
from napari_kmeans.widgets.last_used import last_used

if TYPE_CHECKING:
    from napari_kmeans.segments.history import Step

LONGEST = 0.5
"""Seconds that a run may take for the next to start by itself."""

PAUSE = 2000
"""Milliseconds after which another change is a step of its own, for undo."""


class Live:
    """Knows whether a change of the settings is to be shown without being asked for.

    Only what the user changes in the panel is: a run that is undone stays undone.
    """

    def __init__(self) -> None:
        self.box = CheckBox(
            text="Live",
            value=last_used().value("live", "true") == "true",
            tooltip="Show at once what a change of the settings does, as long as that "
            "takes less than half a second and nothing is painted.",
        )
        self.is_due = False  # whether the user changed a setting since the last run
        self._quick: SegmentLayers | None = None  # whose last run was quick
        self._step: Step | None = None  # of the last run, if that was live
        self._pause = QTimer(self.box.native, singleShot=True, interval=PAUSE)
        self.box.changed.connect(
            lambda on: last_used().setValue("live", str(on).lower())
        )

    def on_change(self) -> None:
        """Remember that the user has changed a setting."""
        self.is_due = True

    def on_result(
        self, clustering: SegmentLayers, seconds: float, *, is_live: bool
    ) -> None:
        """Remember whether a run was quick, and its step if it was live."""
        # The next takes half as long: what was counted is kept.
        limit = LONGEST if is_live else 2 * LONGEST
        self._quick = clustering if seconds < limit else None
        past = clustering.segments.history.past
        self._step = past[-1] if past and is_live else None
        self._pause.start()

    @property
    def is_quick(self) -> bool:
        """Whether the last run was quick enough for the next to start by itself."""
        return self._quick is not None

    @property
    def goes_on(self) -> bool:
        """Whether the next run is still of the same drag as the last step."""
        past = [] if self._quick is None else self._quick.segments.history.past
        return bool(past) and past[-1] is self._step and self._pause.isActive()

    def suits(self, clustering: SegmentLayers) -> bool:
        """Whether a change is to be shown in these layers if nobody has painted."""
        is_wanted = bool(self.box.value) and self.is_due and clustering is self._quick
        is_complete = bool(clustering.labels and clustering.recolored)
        return is_wanted and is_complete and clustering.segments.is_editable
