"""The section of the panel that shows the segments of a clustering."""

from qtpy.QtCore import QPoint, Qt, QTimer
from qtpy.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QWidget,
)
from superqt import QElidingLabel

from napari_kmeans.layers.segment_layers import SegmentLayers
from napari_kmeans.widgets.compare_row import CompareRow
from napari_kmeans.widgets.layout import Group
from napari_kmeans.widgets.links import Links, Pair
from napari_kmeans.widgets.outline import Outline
from napari_kmeans.widgets.segments_table.action_buttons import (
    ActionButton,
    ActionButtons,
)
from napari_kmeans.widgets.segments_table.actions import ACTIONS
from napari_kmeans.widgets.segments_table.columns import (
    COLUMNS,
    channels_of,
    segment_rows,
)
from napari_kmeans.widgets.segments_table.display_options import DisplayOptions
from napari_kmeans.widgets.segments_table.filter_box import FilterBox
from napari_kmeans.widgets.segments_table.means_and_objects import MeansAndObjects
from napari_kmeans.widgets.segments_table.row_menu import RowMenu
from napari_kmeans.widgets.segments_table.segment_actions import SegmentActions
from napari_kmeans.widgets.segments_table.table_model import SegmentsModel
from napari_kmeans.widgets.segments_table.table_room import TableRoom
from napari_kmeans.widgets.segments_table.table_view import TableView
from napari_kmeans.widgets.segments_table.viewer_link import ViewerLink
from napari_kmeans.widgets.texts import MessageLabel, PlainLabel, plain_tooltip

LIVE_MS = 100
"""While the user paints, the numbers are updated this often."""

IDLE_MS = 400
"""After this long without changes, what takes a while is measured."""


class SegmentsSection(Group):
    """The table of segments, its buttons, and how the segments look.

    `show_segments` gives it a clustering to show; until then it is hidden.
    """

    def __init__(self) -> None:
        super().__init__(visible=False)
        self._layers: SegmentLayers | None = None
        self._before: dict[int, tuple[int, ...]] = {}  # the atoms of what was shown
        self._n_clusters = self._most_rows = 0  # of the last run, and since then
        self._links = Links()
        self.model = SegmentsModel(self.native)
        self.view = TableView(
            self.model, {name: action.key for name, action in ACTIONS.items()}
        )
        self.title = QElidingLabel()
        self.n_shown = QLabel()
        self.filter = FilterBox()
        self.help_button = ActionButton(ACTIONS["help"])
        self.state = PlainLabel()
        self.recreate_button = QPushButton("Make it again")
        self.buttons = ActionButtons()
        self.comparing = CompareRow(self.view)
        self.looks = DisplayOptions()
        self.message = MessageLabel()
        self._measures = MeansAndObjects()
        self._link = ViewerLink()
        self.outline = Outline(self.native)
        self.actions = SegmentActions(self.view, self._measures, self.message.say)
        self.actions.split_place = self.buttons.buttons["split"]
        self._live_timer = QTimer(self.native, singleShot=True, interval=LIVE_MS)
        self._idle_timer = QTimer(self.native, singleShot=True, interval=IDLE_MS)
        self._arrange()
        self._connect()

    def show_segments(self, layers: SegmentLayers | None) -> None:
        """Show a clustering in place of the one before."""
        if layers is None or layers is not self._layers:
            self._leave()
            self._follow(layers)
            self.comparing.show_segments(layers)
            self.message.say("")
            self.filter.clear()
            self.view.sortByColumn(-1, Qt.SortOrder.AscendingOrder)
        self._refresh()
        if self._link.selected_label is not None and not self.view.selected_values:
            self.view.select_values([self._link.selected_label])
        self.visible = layers is not None

    def choose_shown(self) -> None:
        """Have napari paint with a label that there is, after a run: the last."""
        labels = [row.segment.value for row in self.model.rows]
        if labels and self._link.selected_label not in [None, *labels]:
            self.view.select_values(labels[-1:])

    def _leave(self) -> None:
        """Close dialogs, stop the timers and take the outline away."""
        self.actions.close_dialogs()
        self._live_timer.stop()
        self._idle_timer.stop()
        self.outline.show(None, None)

    def _follow(self, layers: SegmentLayers | None) -> None:
        """Follow a clustering instead of the one before."""
        self._links.follow()
        if layers is not None:
            pairs: list[Pair] = [
                (layers.segments.map_changed, self._refresh),
                (layers.segments.labels_changed, self._on_labels_changed),
                (layers.segments.history.changed, self._on_step),
                (layers.layers_changed, self._refresh),
                (layers.looks_changed, self._show_choices),
            ]
            if layers.viewer is not None:
                events = layers.viewer.layers.events
                pairs += [(e, self._refresh) for e in (events.removed, events.inserted)]
                pairs.append((events.removed, self._forget_said))
            self._links.follow(*pairs)
        self._layers, self._before, self._n_clusters = layers, {}, 0
        self.actions.shown = layers
        self._link.follow(layers)
        self._measures.follow(layers)

    def _on_destroyed(self) -> None:
        """Let go of the viewer when the dock or the window is closed."""
        self.actions.stop()
        self.outline.stop()
        self.comparing.stop()
        self._follow(None)

    def fit_into(self, area: QScrollArea) -> None:
        """Show as many rows as there is room for in what scrolls the section."""
        self._room = TableRoom(self.view, self.buttons.buttons["undo"], area)

    def act(self, name: str, values: list[int] | None = None) -> None:
        """Do one of `ACTIONS` to some segments, or to those selected."""
        chosen = self.view.selected_values if values is None else values
        self.actions.do(lambda: ACTIONS[name].act(self.actions, chosen))

    def _show_menu(self, value: int, place: QPoint) -> None:
        """Show the menu of a row."""
        menu = RowMenu(self.actions, value)
        menu.chosen.connect(self.act)
        menu.popup(place)

    # How it looks

    def _arrange(self) -> None:
        """Put the widgets in a column."""
        self.title.setStyleSheet("font-weight: bold")
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        self.title.setElideMode(Qt.TextElideMode.ElideMiddle)
        self.recreate_button.setToolTip(
            "Add the layer again, as the table shows it: your segments are still here."
        )
        self.help_button.setSizePolicy(
            QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed
        )
        self.state.native.setSizePolicy(self.message.native.sizePolicy())
        self.state_row = _row(self.state.native, self.recreate_button)
        column = self.native.layout()
        column.addWidget(self.title)
        column.addWidget(_row(self.n_shown, self.filter, self.help_button))
        column.addWidget(self.state_row)
        column.addWidget(self.view)
        column.addWidget(self.buttons)
        column.addWidget(self.message.native)
        column.addWidget(self.comparing)
        column.addWidget(self.looks.native)

    def _connect(self) -> None:
        """Follow what the user does."""
        actions, view = self.actions, self.view
        self.filter.textChanged.connect(view.sorted.setFilterFixedString)
        self.filter.textChanged.connect(self._show_rows)
        self.help_button.clicked.connect(lambda: self.act("help"))
        self.recreate_button.clicked.connect(
            lambda: actions.do(actions.layers.add_missing_layers)
        )
        self.buttons.pressed.connect(self.act)
        view.acted.connect(self.act)
        view.menu_asked.connect(self._show_menu)
        view.hover.changed.connect(self._on_hovered)
        view.selected.connect(self._on_selected)
        self.model.renamed.connect(actions.rename)
        actions.changed.connect(self._show_choices)
        self._link.picked.connect(self._on_picked)
        self._measures.changed.connect(self._show_rows)
        self._measures.failed.connect(self.message.say)
        self._live_timer.timeout.connect(self._refresh)
        self._idle_timer.timeout.connect(self._measure)
        view.columns.changed.connect(self._idle_timer.start, check_nargs=False)
        # Scrolled or widened, other columns may come into sight.
        view.horizontalScrollBar().valueChanged.connect(self._idle_timer.start)
        view.horizontalScrollBar().rangeChanged.connect(self._idle_timer.start)
        self.looks.chosen.connect(actions.choose_look)
        self.native.destroyed.connect(self._on_destroyed)

    # What is shown

    def _on_step(self) -> None:
        self._forget_said()
        self._show_choices()

    def _forget_said(self) -> None:
        """Take back what was said before: it may be true no longer."""
        self.message.say("")

    def _on_labels_changed(self) -> None:
        self._measures.forget()
        if not self._live_timer.isActive():
            self._live_timer.start()

    def _refresh(self) -> None:
        """Show the state as it is now."""
        self._link.follow(self._layers)
        self.outline.refresh()
        before = self._before
        self._show_rows()
        segments = (row.segment for row in self.model.rows)
        self._before = after = {one.value: one.atoms for one in segments}
        label = self._link.selected_label
        if label in after and before and label not in before:  # painted
            self.view.select_values([label])
        if label in before and label not in after:  # merged
            heirs = [one for one in after if {*before[label]} & {*after[one]}]
            self.view.select_values(heirs[:1])
        self._show_choices()
        self._idle_timer.start()

    def _show_rows(self) -> None:
        layers = self._layers
        if layers is None:
            self.view.show_rows([])
            return
        rows = segment_rows(
            layers.segments.map,
            layers.segments.counts,
            layers.pixel_size,
            self._measures.means,
            self._measures.n_objects,
            channels=channels_of(layers.sources),
        )
        applying = [name for name, one in COLUMNS.items() if one.applies(layers)]
        # Those merged would let all that is below move up, under the pointer.
        n_clusters = layers.segments.recipe.model.n_clusters
        if n_clusters != self._n_clusters:
            self._n_clusters, self._most_rows = n_clusters, n_clusters
        self._most_rows = max(self._most_rows, len(rows))
        self.view.show_rows(rows, applying, self._most_rows)
        name = layers.name
        is_fitted = layers.segments.recipe.model.fitted is None
        how = "fitted here" if is_fitted else "adjusted by hand"
        self.title.setText(f"{name} · {how}")
        self.title.setToolTip(plain_tooltip(f"The segments of '{name}', fitted to it."))
        shown = sum(row.segment.visible for row in rows)
        self.n_shown.setText(f"{shown} of {len(rows)} shown")
        if self.filter.text():
            listed = self.view.sorted.rowCount()
            self.n_shown.setText(f"{listed} of {len(rows)} listed")
        self.state.value = layers.state_message or ""
        self.state_row.setVisible(bool(self.state.value))
        is_complete = layers.labels is not None and layers.recolored is not None
        self.recreate_button.setVisible(not is_complete)

    def _show_choices(self) -> None:
        """Update the choices and the buttons."""
        if self._layers is not None:
            self.looks.show_segments(self._layers)
            self.buttons.explain(self.actions)

    def _measure(self) -> None:
        """Measure what takes a while, if it is in view."""
        objects = self.view.columns.is_in_sight("objects")
        if objects or self.view.columns.is_in_sight("mean"):
            self._measures.find(with_objects=objects)

    # The table and the viewer

    def _on_hovered(self, value: int | None) -> None:
        self.outline.show(self._layers, value)

    def _on_selected(self) -> None:
        value = self.view.current_value
        if value is not None:
            self._link.select(value)
        self._show_choices()

    def _on_picked(self, value: int, keep: bool) -> None:
        if keep or value not in self.view.selected_values:
            self.view.select_values([value], keep)


def _row(*widgets: QWidget) -> QWidget:
    """Put widgets side by side."""
    row = QWidget()
    layout = QHBoxLayout(row)
    layout.setContentsMargins(0, 0, 0, 0)
    for widget in widgets:
        layout.addWidget(widget)
    return row
