import csv
import io
from math import nan

from napari_kmeans.io.tables import table_text
from napari_kmeans.segments.segment_map import Segment, SegmentMap
from napari_kmeans.widgets.segments_table.columns import file_rows, segment_rows

SEGMENTS = [
    Segment(1, "Background", (0.0, 0.0, 0.0), (1,), ignored=True),
    Segment(2, 'Nuclei, "dark"', (1.0, 0.5, 0.0), (2,), visible=False),
    Segment(4, "DAB", (0.2, 0.4, 0.6), (3, 4)),
]
COUNTS = {1: 600, 2: 100, 4: 300}


def rows(means=None, objects=None):
    return segment_rows(
        SegmentMap(tuple(SEGMENTS)), COUNTS, (0.25, "µm²"), means or {}, objects or {}
    )


def text(rows):
    return table_text(file_rows(rows))


def test_percent_is_of_the_pixels_not_ignored():
    assert [row.percent for row in rows()] == [None, 25, 75]
    assert [row.area for row in rows()] == [150, 25, 75]


def test_nothing_to_count_is_no_error():
    (row,) = segment_rows(SegmentMap(tuple(SEGMENTS[2:])), {4: 0}, (1.0, "px"), {}, {})
    assert row.percent == 0


def test_csv_has_all_columns():
    means = {1: (1.5, 2), 2: (3, 4), 4: (5, 6)}
    saved = text(rows(means, {1: 1, 2: 7, 4: 2}))
    table = list(csv.DictReader(io.StringIO(saved)))
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
    table = list(csv.DictReader(io.StringIO(text(rows()))))
    assert "mean_0" not in table[0]
    assert {line["objects"] for line in table} == {""}
    # Known of some only: they stand before the objects.
    partly = text(rows({2: (1.5, 2)})).splitlines()
    assert partly[0].endswith("unit,mean_0,mean_1,objects")
    assert partly[1].endswith("µm²,,,")
    lines = text(rows({1: (nan,), 2: (1.5,), 4: (2,)})).splitlines()
    assert [line.split(",")[-2] for line in lines] == ["mean_0", "", "1.5", "2"]
