"""Long choices end in an ellipsis, and are read in full in the list that opens."""

import pytest
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QStylePainter

from napari_kmeans.widgets.elided_combo_box import ElidedComboBox

LONG = "immunohistochemistry of the second slide"


@pytest.fixture
def box(qtbot):
    box = ElidedComboBox(choices=[LONG, "cell"])
    qtbot.addWidget(box.native)
    box.native.show()
    return box


@pytest.fixture
def painted(monkeypatch):
    """The texts that were painted."""
    texts, draw = [], QStylePainter.drawControl

    def spy(painter, element, option):
        texts.append(option.currentText)
        draw(painter, element, option)

    monkeypatch.setattr(QStylePainter, "drawControl", spy)
    return texts


@pytest.mark.parametrize("sheet", ["", "QComboBox { padding: 5px; }"])
def test_text_that_does_not_fit_ends_in_an_ellipsis(box, painted, sheet):
    box.native.setStyleSheet(sheet)
    box.native.resize(120, 30)
    box.native.grab()
    assert painted[-1].startswith("immuno")
    assert painted[-1].endswith("…")
    box.value = "cell"
    box.native.grab()
    assert painted[-1] == "cell"
    box.value = LONG
    box.native.resize(900, 30)
    box.native.grab()
    assert painted[-1] == LONG


def test_list_that_opens_is_wide_enough(box, qtbot):
    box.native.resize(80, 30)
    qtbot.mousePress(box.native, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(box.native.view().isVisible)
    width = box.native.view().fontMetrics().horizontalAdvance(LONG)
    assert box.native.view().width() >= width
    box.native.hidePopup()
