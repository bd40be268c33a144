import csv
import io
from math import nan

import pytest

from napari_kmeans.segments.segment import Segment
from napari_kmeans.segments.segment_map import SegmentMap
from napari_kmeans.widgets.segments_table.columns import natural, number, percent
from napari_kmeans.widgets.segments_table.segment_rows import segment_rows
from napari_kmeans.widgets.segments_table.table_text import table_text

SEGMENTS = [
    Segment(1, "Background", (0.0, 0.0, 0.0), (1,), ignored=True),
    Segment(2, 'Nuclei, "dark"', (1.0, 0.5, 0.0), (2,), visible=False),
    Segment(4, "DAB", (0.2, 0.4, 0.6), (3, 4)),
]
COUNTS = {1: 600, 2: 100, 4: 300}


def rows(means=None, objects=None):
    return segment_rows(
        SegmentMap(tuple(SEGMENTS)), COUNTS, 0.25, means or {}, objects or {}
    )


def test_percent_is_of_the_pixels_not_ignored():
    assert [row.percent for row in rows()] == [None, 25, 75]
    assert [row.area for row in rows()] == [150, 25, 75]


def test_nothing_to_count_is_no_error():
    (row,) = segment_rows(SegmentMap(tuple(SEGMENTS[2:])), {4: 0}, 1.0, {}, {})
    assert row.percent == 0


def test_csv_has_all_columns():
    means = {1: (1.5, 2), 2: (3, 4), 4: (5, 6)}
    text = table_text(rows(means, {1: 1, 2: 7, 4: 2}), "µm²")
    table = list(csv.DictReader(io.StringIO(text)))
    assert list(table[0]) == [
        *("label", "name", "red", "green", "blue", "visible", "ignored"),
        *("pixels", "percent", "area", "unit", "mean_0", "mean_1", "objects"),
    ]
    assert "|".join(table[0].values()) == (
        "1|Background|0|0|0|true|true|600||150|µm²|1.5|2|1"
    )
    assert "|".join(table[1].values()) == (
        '2|Nuclei, "dark"|255|128|0|false|false|100|25|25|µm²|3|4|7'
    )


def test_what_is_not_known_is_empty():
    table = list(csv.DictReader(io.StringIO(table_text(rows(), "px"))))
    assert "mean_0" not in table[0]
    assert {line["objects"] for line in table} == {""}
    lines = table_text(rows({1: (nan,), 2: (1.5,), 4: (2,)}), "px").splitlines()
    assert [line.split(",")[-2] for line in lines] == ["mean_0", "", "1.5", "2"]


def test_tabs_for_a_spreadsheet():
    first = table_text(rows(), "px", "\t").splitlines()[0]
    assert first.startswith("label\tname\t")


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (12345.6, "12,346"), (1.23456, "1.235"), (0.00012345, "0.0001234")],
)
def test_numbers_are_short(value, text):
    assert number(value) == text


def test_percent_says_when_there_is_a_little():
    assert percent(41.44) == "41.4 %"
    assert percent(0.01) == "< 0.1 %"
    assert percent(0) == "0.0 %"
    assert percent(None) == "–"


def test_numbers_within_names_sort_as_numbers():
    names = ["Segment 10", "segment 9", "2", "Background"]
    assert sorted(names, key=natural) == ["2", "Background", "segment 9", "Segment 10"]
