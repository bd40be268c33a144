import csv
import io
from math import nan

import numpy as np
import pytest
from napari.layers import Image

from napari_kmeans.io.tables import table_text
from napari_kmeans.layers.source_layers import Sources
from napari_kmeans.segments.segment_map import Segment, SegmentMap
from napari_kmeans.widgets.segments_table.columns import (
    COLORS,
    COLUMNS,
    channels_of,
    file_rows,
    segment_rows,
)

SEGMENTS = [
    Segment(1, "Background", (0.0, 0.0, 0.0), (1,), ignored=True),
    Segment(2, 'Nuclei, "dark"', (1.0, 0.5, 0.0), (2,), visible=False),
    Segment(4, "DAB", (0.2, 0.4, 0.6), (3, 4)),
]
COUNTS = {1: 600, 2: 100, 4: 300}


def rows(means=None, objects=None, channels=()):
    return segment_rows(
        SegmentMap(tuple(SEGMENTS)),
        COUNTS,
        (0.25, "µm²"),
        means or {},
        objects or {},
        channels=channels,
    )


def text(rows):
    return table_text(file_rows(rows, "stain"))


def test_percent_is_of_the_pixels_not_ignored():
    assert [row.percent for row in rows()] == [None, 25, 75]
    assert [row.area for row in rows()] == [150, 25, 75]


def test_nothing_to_count_is_no_error():
    segments = SegmentMap(tuple(SEGMENTS[2:]))
    (row,) = segment_rows(segments, {4: 0}, (1.0, "px"), {}, {})
    assert row.percent == 0


def test_csv_has_all_columns():
    means = {1: (1.5, 2), 2: (3, 4), 4: (5, 6)}
    saved = text(rows(means, {1: 1, 2: 7, 4: 2}, ("DAPI", "GFP")))
    table = list(csv.DictReader(io.StringIO(saved)))
    assert list(table[0]) == [
        *("image", "label", "name", "red", "green", "blue", "visible", "ignored"),
        *("pixels", "percent", "area", "unit", "mean_DAPI", "mean_GFP", "objects"),
    ]
    assert "|".join(table[0].values()) == (
        "stain|1|Background|0|0|0|true|true|600||150|µm²|1.5|2|1"
    )
    assert "|".join(table[1].values()) == (
        'stain|2|Nuclei, "dark"|255|128|0|false|false|100|25|25|µm²|3|4|7'
    )


def test_what_is_not_known_is_empty():
    table = list(csv.DictReader(io.StringIO(text(rows()))))
    assert "mean" not in table[0]
    assert {line["objects"] for line in table} == {""}
    # Known of some only: they stand before the objects.
    partly = text(rows({2: (1.5, 2)}, channels=("a", "b"))).splitlines()
    assert partly[0].endswith("unit,mean_a,mean_b,objects")
    assert partly[1].endswith("µm²,,,")
    lines = text(rows({1: (nan,), 2: (1.5,), 4: (2,)})).splitlines()
    assert [line.split(",")[-2] for line in lines] == ["mean", "", "1.5", "2"]


@pytest.mark.parametrize(
    ("channels", "mean", "shown", "titles"),
    [
        ((), (87.07,), "87.07", ["mean"]),
        (COLORS, (1.5, 2, 3), "1.5, 2, 3", ["mean_R", "mean_G", "mean_B"]),
        (COLORS, (1, 2, 3, 9), "1, 2, 3, 9", [f"mean_{c}" for c in "RGBA"]),
        (("DAPI", "GFP"), (87, 760), "DAPI 87, GFP 760", ["mean_DAPI", "mean_GFP"]),
        (("a", "a", "a_2"), (1, 2, 3), None, ["mean_a", "mean_a_2", "mean_a_2_2"]),
        (("a", "b", "c", "d", "e"), range(5), "a 0, b 1, c 2, d 3, …", None),
    ],
)
def test_means_carry_the_names_of_their_channels(channels, mean, shown, titles):
    row = rows({1: mean}, channels=channels)[0]
    column = COLUMNS["mean"]
    assert shown in (None, column.text(row))
    assert titles in (None, list(column.fields(row)))
    assert list(column.fields(row).values()) == list(mean)


def test_title_of_the_means_names_the_channels():
    def tooltip(*channels):
        row = rows(channels=channels)[0]
        return COLUMNS["mean"].worded(COLUMNS["mean"].tooltip, row)

    assert tooltip() == "The mean value of the image's pixels."
    assert tooltip(*COLORS).endswith("pixels, channel by channel: R, G, B.")
    assert tooltip("{DAPI}", "GFP").endswith("channel by channel: {DAPI}, GFP.")


def test_channels_are_those_of_the_layers():
    one = Image(np.zeros((4, 5)), name="DAPI")
    other = Image(np.zeros((4, 5)), name="GFP")
    film = Image(np.zeros((3, 4, 5)))
    assert channels_of(Sources((one,))) == ()
    assert channels_of(Sources((Image(np.zeros((4, 5, 3)), rgb=True),))) == COLORS
    assert channels_of(Sources((one, other))) == ("DAPI", "GFP")
    assert channels_of(Sources((film,), 0, (0, 2))) == ("Channel 1", "Channel 3")
