"""How wide the columns of the table are."""

from qtpy.QtWidgets import QTableView

from napari_kmeans.widgets.segments_table.columns import IN_ORDER, POSITION
from napari_kmeans.widgets.segments_table.table_model import SegmentsModel

NAME = POSITION["name"]


def fit_columns(view: QTableView, model: SegmentsModel, row_height: int) -> None:
    """Set each column to the width it needs, and the name to the rest."""
    shown = [n for n in range(len(IN_ORDER)) if not view.isColumnHidden(n)]
    for position in shown:
        if not IN_ORDER[position].title:
            view.setColumnWidth(position, row_height)
        elif position != NAME:
            view.setColumnWidth(position, _needed(view, model, position))
    others = [n for n in shown if n != NAME]
    width = view.viewport().width()
    # All up to the share are in sight; a long name is cut for that.
    first = sum(view.columnWidth(n) for n in others if n <= POSITION["share"])
    name = min(_needed(view, model, NAME) + row_height, width - first)
    room = width - sum(map(view.columnWidth, others))
    view.setColumnWidth(NAME, max(name, room, 4 * row_height))


def _needed(view: QTableView, model: SegmentsModel, position: int) -> int:
    """Return how wide a column's title and words are; Qt would ask cell by cell."""
    metrics = view.fontMetrics()
    words = {IN_ORDER[position].text(row) for row in model.rows}
    widest = max(map(metrics.horizontalAdvance, words), default=0)
    title = view.horizontalHeader().sectionSizeHint(position)
    return int(max(widest + 2 * metrics.horizontalAdvance("0"), title))
