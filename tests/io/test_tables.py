import csv
import io
from math import inf, nan

import pytest

from napari_kmeans.io.tables import table_text, write_table


@pytest.mark.parametrize(
    "name", ["=1+1", '=HYPERLINK("http://a")', "+cmd|' /C calc'!A0", "-a", "@SUM(1)"]
)
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_a_name_is_never_a_formula_for_a_spreadsheet(name, delimiter):
    text = table_text([["name", name], [name, 1]], delimiter)
    table = list(csv.reader(io.StringIO(text), delimiter=delimiter))
    assert table == [["name", f"'{name}"], [f"'{name}", "1"]]


@pytest.mark.parametrize(
    ("cell", "field"),
    [
        *[(-3, "-3"), (-0.125, "-0.125"), (1e-12, "1e-12"), (-inf, "-inf")],
        *[("-3", "-3"), ("+1.5e3", "+1.5e3"), (1 / 3, "0.3333333333")],
        *[(None, ""), (nan, ""), (True, "true"), (False, "false"), ("µm²", "µm²")],
    ],
)
def test_numbers_are_left_alone_and_what_is_unknown_is_empty(cell, field):
    assert table_text([["a", cell]]) == f"a,{field}\n"


def test_quotes_delimiters_and_line_ends_are_read_back():
    row = ['Nuclei, "dark"', "two\nlines", "semi;colon", "tab\tbed"]
    for delimiter in (",", "\t"):
        text = table_text([row], delimiter)
        assert list(csv.reader(io.StringIO(text), delimiter=delimiter)) == [row]


@pytest.mark.parametrize(
    ("name", "written", "text"),
    [
        ("cells", "cells.csv", "a,b\n"),
        ("cells.csv", "cells.csv", "a,b\n"),
        ("cells.TSV", "cells.TSV", "a\tb\n"),
        ("cells.txt", "cells.txt", "a,b\n"),
    ],
)
def test_the_suffix_chooses_the_format(tmp_path, name, written, text):
    assert write_table(tmp_path / name, [["a", "b"]]) == tmp_path / written
    assert (tmp_path / written).read_text("utf-8") == text


def test_a_file_that_cannot_be_written_is_named_and_leaves_nothing(tmp_path):
    path = tmp_path / "nowhere" / "cells.csv"
    with pytest.raises(OSError, match=r"cells\.csv' could not be written: No such"):
        write_table(path, [["a"]])
    assert not list(tmp_path.iterdir())


def test_a_full_disk_leaves_the_older_table(tmp_path, monkeypatch):
    path = tmp_path / "cells.csv"
    write_table(path, [["older"]])

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="could not be written: No space left"):
        write_table(path, [["newer"]])
    assert path.read_text() == "older\n"
