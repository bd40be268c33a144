"""The panel that is docked in napari's window."""

from collections.abc import Callable
from functools import partial
from typing import Any

from magicgui.widgets import Container
from napari.components import ViewerModel
from napari.layers import Image, Layer
from qtpy.QtCore import Qt
from qtpy.QtGui import QKeySequence, QShortcut

from napari_kmeans.layers.clusterings import (
    clustering_from,
    clustering_of,
    sources_of,
)
from napari_kmeans.layers.source_pixels import PixelSelection, read_source
from napari_kmeans.sample_data import SAMPLES
from napari_kmeans.widgets.areas.areas_section import AreasSection
from napari_kmeans.widgets.clean_up_section import CleanUp
from napari_kmeans.widgets.image_choice import ImageChoice
from napari_kmeans.widgets.layout import ScrollingContainer, align
from napari_kmeans.widgets.links import Links
from napari_kmeans.widgets.question import Question
from napari_kmeans.widgets.region_form import RegionForm
from napari_kmeans.widgets.run import RunRequest
from napari_kmeans.widgets.run_section import RunSection
from napari_kmeans.widgets.segments_table.segments_section import SegmentsSection
from napari_kmeans.widgets.settings_form import (
    SettingsForm,
    load_settings,
    save_settings,
)
from napari_kmeans.widgets.texts import MessageLabel
from napari_kmeans.widgets.zarr_section import ZarrSection


class KMeansPanel(ScrollingContainer):
    """Choose an image and a number of segments, and press Segment."""

    def __init__(self, napari_viewer: ViewerModel) -> None:
        # napari hands plugins a proxy, whose layers are proxies too: they are compared
        # by identity here.
        self._viewer: ViewerModel = getattr(napari_viewer, "__wrapped__", napari_viewer)
        self._links = Links()
        self.start_page = Question(
            {
                key: (sample.title, sample.attribution)
                for key, sample in SAMPLES.items()
            },
            "No image is open. Drop one into the window, or try a sample:",
        )
        self.input = ImageChoice(self._images)
        self.image = self.input.image
        self.form = SettingsForm(load_settings())
        self.region = RegionForm(self._viewer, self._is_own_output)
        self.run = RunSection(self._viewer, self._request)
        self.segment_button = self.run.segment_button
        self.status = MessageLabel()
        self.segments = SegmentsSection()
        self.clean_up = CleanUp(lambda: self.segments.view.selected_values)
        self.areas = AreasSection()
        self.storing = ZarrSection()
        self.job = Container(
            widgets=[
                self.input,
                self.form.main,
                self.region,
                self.form.advanced,
                self.run,
                self.status,
                self.segments,
                self.clean_up,
                self.areas,
                self.storing,
            ],
            labels=False,
        )
        super().__init__(widgets=[self.start_page, self.job])
        rows = [self.input.rows, self.input.look, self.form.main]
        align([*rows, self.region.rows, self.region.models_row])
        self._connect()
        self._on_layers_changed()
        self._preselect()

    @property
    def is_running(self) -> bool:
        """Whether an image is being segmented now."""
        return self.run.row.is_running

    def segment(self) -> None:
        """Cluster the chosen image, after stopping any run in progress."""
        self.run.segment()

    # What follows what

    def _connect(self) -> None:
        """Follow the viewer, the buttons and the keys."""
        layers = self._viewer.layers
        self._links.follow(
            *(
                (layers.events[name], self._on_layers_changed)
                for name in ("inserted", "removed", "reordered", "renamed")
            ),
            (layers.selection.events.active, self._preselect),
            (layers.selection.events.changed, self._preselect),
        )
        self.start_page.answered.connect(
            partial(self._viewer.open_sample, "napari-kmeans")
        )
        self.input.chosen.connect(self._on_input_chosen)
        self.segment_button.changed.connect(self._on_pressed)
        self.run.result_shown.connect(self._show_segments)
        for section in (self.run, self.clean_up, self.areas, self.storing):
            section.said.connect(self.status.say)
        self.native_parent_changed.connect(self._on_parent_changed)
        self.native.destroyed.connect(self._let_go)
        self._bind("Ctrl+Return", self._on_pressed)
        self._bind("Ctrl+Enter", self._on_pressed)
        self._bind("Escape", self.run.cancel)

    def _let_go(self) -> None:
        """Stop following the viewer when the dock or the window is closed."""
        self._links.follow()
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
        save_settings(self.form.chosen)
        self.segment()

    def _request(self) -> RunRequest:
        """Return the request that the panel describes."""
        sources = self.input.sources
        if sources is None:
            what = "Tick at least one channel" if self.input.layers else "Open an image"
            raise ValueError(f"{what} first, then press Segment.")
        selection = PixelSelection(
            self.region.region,
            bool(self.region.label_all.value),
            self.form.background_value,
            self.form.leaves_out_saturated,
            self.region.slice_axis,
        )
        axes = sources.space_axes(in_3d=bool(self.form.in_3d.value))
        settings = self.input.settings_for(sources, self.form.settings)
        return RunRequest(
            read_source(sources, selection),
            sources.in_pixels(settings, axes),
            sources.name,
            self.input.channels_as.value,
        )

    def _images(self, _widget: Any = None) -> list[Image]:
        """Return the image layers that can be chosen, without outputs."""
        return [
            layer
            for layer in self._viewer.layers
            if isinstance(layer, Image) and sources_of(self._viewer, layer) is None
        ]

    def _is_own_output(self, layer: Layer) -> bool:
        """Return whether a layer shows the segments of what is to be clustered."""
        sources = self.input.sources
        return sources is not None and sources_of(self._viewer, layer) == sources

    def _on_layers_changed(self) -> None:
        self.input.refresh()
        self.region.refresh()
        has_images = bool(self._images())
        self.start_page.visible = not has_images
        self.job.visible = has_images

    def _preselect(self) -> None:
        """Choose the images that are selected, or the sources of an active output."""
        selection = self._viewer.layers.selection
        selected = [image for image in self._images() if image in selection]
        sources = sources_of(self._viewer, selection.active)
        if selected:
            self.input.choose(selected)
        elif sources is not None and set(sources.layers) <= set(self._images()):
            self.input.choose_like(sources)
        self._show_segments()

    def _on_input_chosen(self) -> None:
        """Offer the choices that apply to the chosen layers."""
        sources = self.input.sources
        if sources is not None:
            self.form.show_sources(sources)
            self.region.show_sources(sources)
        self._show_segments()

    # What is shown

    def _show_segments(self) -> None:
        """Show the segments of the active layer, or else those of the chosen image."""
        active, sources = self._viewer.layers.selection.active, self.input.sources
        clustering = None
        if sources_of(self._viewer, active) is not None:
            clustering = clustering_of(self._viewer, active)
        elif sources is not None:
            clustering = clustering_from(self._viewer, sources)
            clustering = clustering or clustering_of(self._viewer, sources.first)
        for section in (self.segments, self.clean_up, self.areas, self.storing):
            section.show_segments(clustering)
        self.clean_up.visible = clustering is not None
