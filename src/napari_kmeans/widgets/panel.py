"""The panel that is docked in napari's window."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from threading import Thread
from typing import Any

from magicgui.widgets import PushButton
from napari.components import ViewerModel
from qtpy.QtCore import Qt, QTimer
from qtpy.QtGui import QKeySequence, QShortcut
from qtpy.QtWidgets import QWidget

from napari_kmeans.layers.clusterings import clustering_from
from napari_kmeans.layers.label_colors import warm_up_all
from napari_kmeans.layers.recolored_layers import ChannelsAs
from napari_kmeans.layers.region import Outlined
from napari_kmeans.layers.segment_layers import SegmentLayers
from napari_kmeans.layers.source_layers import Sources
from napari_kmeans.layers.source_pixels import PixelSelection, read_source
from napari_kmeans.sample_data import SAMPLES
from napari_kmeans.segments.segments import RUN
from napari_kmeans.widgets.areas.areas_section import AreasSection
from napari_kmeans.widgets.clean_up_section import CleanUp
from napari_kmeans.widgets.docks import dock_explorer
from napari_kmeans.widgets.layout import Group, ScrollingContainer, align, keep_lines
from napari_kmeans.widgets.links import Links
from napari_kmeans.widgets.popover import Popover
from napari_kmeans.widgets.question import Question
from napari_kmeans.widgets.region_form import RegionForm
from napari_kmeans.widgets.run import (
    RunRequest,
    count_segments,
    describe_adjustment,
    describe_segments,
    describes,
    other_slice,
)
from napari_kmeans.widgets.run_section import RunSection
from napari_kmeans.widgets.segments_table.segments_section import SegmentsSection
from napari_kmeans.widgets.settings_form import (
    DEFAULTS,
    SettingsForm,
    load_settings,
    save_settings,
)
from napari_kmeans.widgets.starts import Starts
from napari_kmeans.widgets.target import Target
from napari_kmeans.widgets.texts import MessageLabel, PlainLabel
from napari_kmeans.widgets.zarr_section import ZarrSection

CHANGED = "Settings changed: Segment again."
OUTDATED = "Settings changed."
"""Said while Segment could not do what is asked for."""
DRAW = "Draw: double-click the last corner."

CHECK_MS = 15
"""Milliseconds after a change until it is said whether the result is out of date."""


class KMeansPanel(ScrollingContainer):
    """Choose an image and a number of segments, and press Segment."""

    def __init__(self, napari_viewer: ViewerModel) -> None:
        # napari hands plugins a proxy, whose layers are proxies too: they are compared
        # by identity here.
        self._viewer: ViewerModel = getattr(napari_viewer, "__wrapped__", napari_viewer)
        self._links, self._history_link = Links(), Links()
        self.target = Target(self._viewer)
        self._said_of: Any = None  # the sources and segments that the status is about
        self.start_page = Question(
            {
                key: (sample.title, sample.attribution)
                for key, sample in SAMPLES.items()
            },
            "No image is open. Drop one into the window, or try a sample:",
        )
        self.choice = self.target.choice
        self.image = self.choice.image
        remembered, self._kind = load_settings()
        self.form = SettingsForm(remembered)
        self.starts = Starts()
        self.region = RegionForm(self._viewer, self.target.has_output)
        self.run = RunSection(self._viewer, self.request)
        self.segment_button = self.run.segment_button
        self.status = MessageLabel(stays=True)
        self.drop_button = PushButton(
            text="Drop merges",
            tooltip="Give each cluster a segment of its own again (Ctrl+Z undoes it).",
            visible=False,
        )
        self.note = PlainLabel(visible=False)  # whether the settings have changed
        self.said = Group(
            [Group([self.status, self.note]), self.drop_button], layout="horizontal"
        )
        lines = self.said[0]
        lines.native.layout().setSpacing(0)
        keep_lines(self.status.native, 2, lines.native)
        self.segments = SegmentsSection()
        self.clean_up = CleanUp(lambda: self.segments.view.selected_values)
        self.areas = AreasSection()
        self.storing = ZarrSection()
        self.job = Group(
            [
                self.choice,
                self.form.main,
                self.region,
                self.form.advanced,
                self.run,
                self.said,
                self.segments,
                self.clean_up,
                self.areas,
                self.storing,
            ]
        )
        super().__init__(widgets=[self.start_page, self.job])
        self.controls.home = self._home
        self.segments.fit_into(self.scroll_area)
        rows = [self.choice.rows, self.choice.look, self.form.main]
        align([*rows, self.region.rows, self.region.models_row])
        for question in (self.run.question, self.run.memory):
            place, content = self.run.native, self.content.native
            Popover(question.native, place, content, self.bring_into_view)
        # Settings come in bursts, as while a slider is dragged.
        self._changes = QTimer(self.native, singleShot=True, interval=CHECK_MS)
        self._connect()
        self.target.begin()
        # Done while the user looks around: the first result would wait for it.
        Thread(target=warm_up_all, daemon=True).start()

    @property
    def is_running(self) -> bool:
        """Whether an image is being segmented now."""
        return self.run.row.is_running

    def segment(self) -> None:
        """Cluster the chosen image, after stopping any run in progress."""
        self.run.segment()

    def adopt(self, n_clusters: int) -> None:
        """Segment into so many, as if that was set and the button pressed."""
        focused = self.native.window().focusWidget()
        self.form.n_clusters.value = n_clusters
        if focused is not None:  # the box takes it when its number is set
            focused.setFocus()
        self._on_pressed()

    def _home(self) -> QWidget:
        """Return where the keys are to work if what had the focus is gone."""
        places = (self.segments.view, self.segment_button.native)
        first, *_ = self.start_page.buttons.values()
        return next((one for one in places if one.isVisible()), first.native)

    # What follows what

    def _connect(self) -> None:
        """Follow the viewer, the buttons and the keys."""
        step = self._viewer.dims.events.current_step
        removed = self._viewer.layers.events.removed
        self._links.follow((step, self._check_soon), (removed, self._on_removed))
        self.starts.changed.connect(self._on_starts_changed)
        self.target.changed.connect(self._show_target)
        self.target.sources_chosen.connect(self._show_sources)
        self.start_page.answered.connect(
            partial(self._viewer.open_sample, "napari-kmeans")
        )
        self.job.changed.connect(self._check_soon)
        self.choice.table.edited.connect(self._check_soon)
        self.choice.channels_as.changed.connect(self._show_channels)
        for changed in (
            self.choice.changed,
            self.choice.table.edited,
            self.form.main.changed,
            self.form.advanced.changed,
            self.region.changed,
            self.region.drawn,
        ):
            changed.connect(self.run.live.on_change)
        self.region.drawn.connect(self._forget_said)
        self._changes.timeout.connect(self._mark_changes)
        self.drop_button.changed.connect(self._drop_merges)
        self.segment_button.changed.connect(self._on_pressed)
        self.run.explore_button.changed.connect(lambda: dock_explorer(self._viewer))
        self.run.result_shown.connect(self._on_result_shown)
        # What was deleted is wanted then, not what the settings would give now.
        self.segments.recreate_button.clicked.connect(self.run.live.forget)
        self.segments.actions.clean_up_asked.connect(self._on_clean_up_asked)
        for section in (self.run, self.clean_up, self.areas, self.storing):
            section.said.connect(self.status.say)
        for folded in (self.region, self.form.advanced, self.clean_up, self.areas):
            folded.unfolded.connect(partial(self.bring_into_view, folded.native))
        self.native_parent_changed.connect(self._on_parent_changed)
        self.native.destroyed.connect(self._let_go)
        self._bind("Ctrl+Return", self._on_pressed)
        self._bind("Ctrl+Enter", self._on_pressed)
        self._bind("Escape", self.run.cancel)
        self._bind("Ctrl+Z", partial(self.segments.act, "undo"))
        self._bind("Ctrl+Shift+Z", partial(self.segments.act, "redo"))

    def _let_go(self) -> None:
        """Stop following the viewer when the dock or the window is closed."""
        self._links.follow()
        self._history_link.follow()
        self.target.let_go()
        self.region.let_go()
        self.run.close_silently()

    def _on_parent_changed(self, parent: Any) -> None:
        """Stop when the dock is closed: nobody could answer, or end a preview."""
        if parent is None:
            self.run.close_silently()
            self.clean_up.end_preview()

    def _bind(self, key: str, action: Callable[[], None]) -> None:
        """Bind a key while the panel has the focus, and only then."""
        shortcut = QShortcut(QKeySequence(key), self.native)
        shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        shortcut.activated.connect(action)

    # What is to be segmented

    def _on_pressed(self) -> None:
        """Segment, and keep the settings for the next session."""
        sources = self.choice.sources
        save_settings(self.form.chosen, "" if sources is None else sources.kind)
        self.run.segment()

    def request(self) -> RunRequest:
        """Return the request that the panel describes."""
        sources = self.choice.sources
        if sources is None:
            what = (
                "Tick at least one channel" if self.choice.layers else "Choose an image"
            )
            raise ValueError(f"{what} first, then press Segment.")
        selection = PixelSelection(
            self.region.region,
            bool(self.region.label_all.value),
            self.form.background_value,
            self.form.leaves_out_saturated,
            self.region.slice_axis,
        )
        axes = sources.space_axes(in_3d=bool(self.form.in_3d.value))
        settings = self.choice.settings_for(sources, self.form.settings)
        settings = sources.in_pixels(settings, axes)
        before = clustering_from(self._viewer, sources)
        return RunRequest(
            read_source(sources, selection),
            self.starts.applied(sources, settings),
            sources.name,
            self.choice.channels_as.value,
            0.0 if before is None else before.segments.recipe.undecided_below,
        )

    # What is shown

    def _show_sources(self, sources: Sources) -> None:
        """Offer the choices that apply to the chosen layers."""
        self._forget_other_kind(sources.kind)
        self.form.show_sources(sources)
        self.region.show_sources(sources)

    def _forget_other_kind(self, kind: str) -> None:
        """Drop remembered settings if they were for another kind of image."""
        remembered, self._kind = self._kind, ""
        if remembered and remembered != kind:
            n_clusters = self.form.settings.n_clusters
            self.form.settings = replace(DEFAULTS, n_clusters=n_clusters)

    def _show_target(self) -> None:
        """Show what there is of the target in all sections."""
        clustering = self.target.clustering
        # Read back before the panel is on the screen, `visible` would be False.
        is_there = self.target.is_there
        # That with the focus goes last, when there is where to send it.
        parts = [(self.job, is_there), (self.start_page, not is_there)]
        for part, is_shown in sorted(parts, key=lambda one: not one[1]):
            part.visible = is_shown
        self.region.refresh()
        if self._said_of != (self.choice.sources, clustering):
            self._said_of = self.choice.sources, clustering
            words = ""
            if clustering is not None:
                words = describe_adjustment(clustering.segments.recipe.model)
            self.status.say(words)
            self.run.let_go_of(self.choice.sources)
            self.run.withdraw(self.choice.sources)
            self._history_link.follow()
            if clustering is not None:
                with self.choice.channels_as.changed.blocked():
                    self.choice.channels_as.value = clustering.pictures.channels_as
                changed = clustering.segments.history.changed
                self._history_link.follow((changed, self._forget_said))
        for section in (self.segments, self.clean_up, self.areas, self.storing):
            section.show_segments(clustering)
        self.clean_up.visible = clustering is not None
        self._offer_drop()
        self._check_soon()

    def _on_result_shown(self) -> None:
        """Show the segments, and move the focus on from Segment to the table."""
        self.target.update()
        self.segments.choose_shown()
        self._check_soon()
        focused = self.native.window().focusWidget()
        is_here = focused is not None and self.native.isAncestorOf(focused)
        if is_here and not self.run.is_live:
            self.segments.view.setFocus()

    def _on_clean_up_asked(self) -> None:
        """Offer the ways to clean up, where they are seen."""
        self.clean_up.open_for_selected()
        self.bring_into_view(self.clean_up.native)

    def _forget_said(self) -> None:
        """Take back what was said before a step: it may be true no longer."""
        self.status.say("")
        self._offer_drop()
        if self.target.clustering is not None:
            recipe = self.target.clustering.segments.recipe
            is_after_run = self.drop_button.visible
            words = (describe_segments if is_after_run else count_segments)(recipe)
            self.status.say(describe_adjustment(recipe.model) or words)
        self._check_soon()

    def _offer_drop(self) -> None:
        """Offer to drop merges just after a run that kept some."""
        shown = self.target.clustering
        segments = None if shown is None else shown.segments
        self.drop_button.visible = (
            segments is not None
            and segments.history.undo_name == RUN
            and segments.recipe.n_merges > 0
        )

    def _show_channels(self, channels_as: ChannelsAs) -> None:
        """Show the result in one picture, or in a layer for each channel."""
        if self.target.clustering is not None:
            self.target.clustering.show_channels_as(channels_as)

    def _drop_merges(self) -> None:
        if self.target.clustering is not None:
            self.target.clustering.segments.drop_merges()

    def _on_removed(self, event: Any) -> None:
        self.starts.forget(event.value)

    def _on_starts_changed(self) -> None:
        """Ask for as many segments as there are starts, and run if that is wanted."""
        n_starts = len(self.starts.of(self.choice.sources))
        self.form.n_clusters.value = max(self.form.n_clusters.value, n_starts)
        self.run.live.on_change()
        self._check_soon()

    def _check_soon(self) -> None:
        self._changes.start()

    def _mark_changes(self) -> None:
        """Show what was changed, or say that Segment would give another result now."""
        shown, live, refusal = self.target.clustering, self.run.live, ""
        try:
            note = self._what_changed(shown)
        except ValueError as error:  # what Segment would say
            refusal, note = str(error), "" if shown is None else OUTDATED
        is_asked = note not in ("", DRAW, OUTDATED) and live.is_wanted
        if shown is not None and is_asked:
            note = live.why_not(shown)
            if not note and not self.is_running:  # else asked again when that has ended
                self.run.segment(is_live=True)
        self._tell(note, refusal)

    def _what_changed(self, shown: SegmentLayers | None) -> str:
        """Say what differs from what is shown, or is still to be drawn; "" if nothing.

        Raises ValueError if there is nothing that Segment could do.
        """
        if self.choice.sources is None:
            return ""
        request = self.request()
        region = request.pixels.selection.region
        if isinstance(region, Outlined) and not region.polygons:
            return DRAW
        if shown is None or describes(request, shown):
            return ""
        return other_slice(request, shown) or CHANGED

    def _tell(self, note: str, refusal: str) -> None:
        """Say what was changed in the place of the result, so that nothing moves."""
        was_refused = bool(self.run.refusal) and self.status.value == self.run.refusal
        if was_refused and self.run.refusal != refusal:
            self.status.say("")
            was_refused = False
        self.note.say("" if was_refused else note)
        self.status.visible = not self.note.visible
