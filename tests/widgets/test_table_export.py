import pytest
from qtpy.QtWidgets import QApplication, QFileDialog, QWidget

from napari_kmeans.io.tables import FORMATS
from napari_kmeans.widgets.table_export import ask_for_path, copy_table, save_table


@pytest.fixture
def ask(qtbot, monkeypatch):
    """Answer the dialogs one after the other, and return what was suggested."""
    parent = QWidget()
    qtbot.addWidget(parent)
    asked = []

    def ask(*answers):
        left = list(answers)

        def answer(_parent, _title, suggested, filters):
            asked.append((suggested, filters))
            return left.pop(0)

        monkeypatch.setattr(QFileDialog, "getSaveFileName", answer)
        return ask_for_path(parent, "cells.csv"), asked

    return ask


def test_every_format_is_offered(ask):
    path, [(suggested, filters)] = ask(("", ""))
    assert path is None
    assert suggested == "cells.csv"
    assert all(f"{kind.name} (*{kind.suffix})" in filters for kind in FORMATS)


def test_a_name_without_a_suffix_gets_that_of_the_chosen_format(ask, tmp_path):
    path, _ = ask((str(tmp_path / "cells"), "Tab-separated values (*.tsv)"))
    assert path == tmp_path / "cells.tsv"


def test_a_file_is_not_replaced_because_its_suffix_was_left_out(ask, tmp_path):
    there = tmp_path / "cells.csv"
    there.write_text("older")
    path, asked = ask((str(tmp_path / "cells"), ""), (str(tmp_path / "new.csv"), ""))
    assert path == tmp_path / "new.csv"
    assert asked[1][0] == str(there), "asked again by its full name"


def test_name_of_a_layer_is_no_folder(qtbot, monkeypatch):
    parent = QWidget()
    qtbot.addWidget(parent)
    suggested = []

    def answer(_parent, _title, name, _filters):
        suggested.append(name)
        return "", ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", answer)
    assert ask_for_path(parent, "DAPI/GFP segments.csv") is None
    assert suggested == ["DAPI-GFP segments.csv"]


def test_rows_that_are_copied_are_counted_without_the_titles(qapp):
    assert copy_table([["a"], [1]]) == "Copied 1 row: paste it into a spreadsheet."
    told = copy_table([["a", "b"], [1, 2], [3, None]])
    assert told == "Copied 2 rows: paste them into a spreadsheet."
    assert QApplication.clipboard().text() == "a\tb\n1\t2\n3\t\n"


def test_what_cannot_be_saved_is_told(tmp_path):
    assert save_table(tmp_path / "a.csv", [["a"]]) == f"Saved '{tmp_path / 'a.csv'}'."
    assert "could not be written" in save_table(tmp_path / "no" / "a.csv", [["a"]])
