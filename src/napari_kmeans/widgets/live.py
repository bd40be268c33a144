"""Live: a change of the settings is shown at once, where that is quick and safe."""

from typing import TYPE_CHECKING
from weakref import WeakSet

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
        self.is_quick = False  # whether the last run was
        self._quick: WeakSet[SegmentLayers] = WeakSet()  # those whose last run was
        self._last: SegmentLayers | None = None  # what the last run was shown in
        self._step: Step | None = None  # of the last run, if that was live
        self._pause = QTimer(self.box.native, singleShot=True, interval=PAUSE)
        self.box.changed.connect(
            lambda on: last_used().setValue("live", str(on).lower())
        )

    def on_change(self) -> None:
        """Remember that the user has changed a setting."""
        self.is_due = True

    def forget(self) -> None:
        """Wait for the next change."""
        self.is_due = False

    def on_result(
        self, clustering: SegmentLayers, seconds: float, *, is_live: bool
    ) -> None:
        """Remember whether a run was quick, and its step if it was live."""
        # The next takes half as long: what was counted is kept.
        limit = LONGEST if is_live else 2 * LONGEST
        self._last, self.is_quick = clustering, seconds < limit
        (self._quick.add if self.is_quick else self._quick.discard)(clustering)
        past = clustering.segments.history.past
        self._step = past[-1] if past and is_live else None
        self._pause.start()

    @property
    def goes_on(self) -> bool:
        """Whether the next run is still of the same drag as the last step."""
        past = [] if self._last is None else self._last.segments.history.past
        return bool(past) and past[-1] is self._step and self._pause.isActive()

    @property
    def is_wanted(self) -> bool:
        """Whether the user changed a setting, and wants to see at once what it does."""
        return bool(self.box.value) and self.is_due

    def why_not(self, clustering: SegmentLayers) -> str:
        """Say why a change is not shown in these layers at once; "" if it is."""
        if not (clustering.labels and clustering.recolored):
            return "Live waits: a layer was deleted. Segment brings it back."
        if not clustering.segments.is_editable:
            return "Live waits: these labels are not in memory. Press Segment."
        if clustering not in self._quick:
            return "Live waits: a run takes more than half a second. Press Segment."
        if clustering.edited_labels is not None:
            return "Live waits: labels were painted."
        return ""
