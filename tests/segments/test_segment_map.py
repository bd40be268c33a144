"""The map: what each operation changes, and what it says of mistakes."""

from dataclasses import asdict

import numpy as np
import pytest

from napari_kmeans.core.labelling import label_dtype
from napari_kmeans.segments.segment_map import Segment, SegmentMap, check_color

GRAY = (0.5, 0.5, 0.5)
MAP = SegmentMap(tuple(Segment(v, f"Segment {v}", GRAY, (v,)) for v in (1, 2, 3, 4)))
SIZES = {1: 10, 2: 30, 3: 20, 4: 5}


def test_merged_keeps_what_the_largest_is():
    renamed = MAP.renamed(2, " DAB ").changed([2], visible=False)
    merged = renamed.merged([4, 2, 1], SIZES)
    assert merged.values == (2, 3)
    assert merged[2].name == "DAB"
    assert merged[2].atoms == (1, 2, 4)
    assert not merged[2].visible
    np.testing.assert_array_equal(merged.table, [0, 2, 2, 3, 2])
    assert len(MAP) == 4


def test_what_the_user_chose_wins_when_segments_are_merged():
    chosen = MAP.renamed(4, "DAB").recolored(1, (1, 0, 0))
    merged = chosen.merged([1, 2, 4], SIZES)[2]
    assert (merged.name, merged.color) == ("DAB", (1, 0, 0))
    assert merged.is_named
    assert merged.is_colored
    both = chosen.renamed(1, "Stroma").merged([1, 4], SIZES)[1]
    assert both.name == "Stroma"  # of the larger
    automatic = MAP.renamed(4, "Segment 4").merged([2, 4], SIZES)[2]
    assert automatic.name == "Segment 2"


def test_a_palette_leaves_the_colours_that_the_user_chose():
    mine = MAP.recolored(2, (1, 0, 0)).with_colors([(0, 0, 1)] * 4)
    assert [s.color for s in mine] == [(0, 0, 1), (1, 0, 0), (0, 0, 1), (0, 0, 1)]
    assert mine[2].is_colored


@pytest.mark.parametrize("values", [[], [2], [2, 2]])
def test_merging_needs_two(values):
    with pytest.raises(ValueError, match="two"):
        MAP.merged(values, SIZES)


def test_visible_flags():
    hidden = MAP.changed([1, 3], visible=False)
    assert [s.visible for s in hidden] == [False, True, False, True]
    assert [s.visible for s in hidden] == [False, True, False, True]
    assert [s.visible for s in hidden.solo([3])] == [False, False, True, False]
    assert [s.ignored for s in MAP.changed([4], ignored=True)] == [False] * 3 + [True]


def test_split_takes_the_place_and_the_free_numbers():
    merged = MAP.merged([2, 3], SIZES)
    split = merged.with_split(2, [GRAY, GRAY, GRAY])
    assert split.values == (1, 2, 3, 5, 4)
    assert [s.name for s in split][1:4] == [f"Segment 2.{i}" for i in (1, 2, 3)]
    assert [s.atoms for s in split] == [(1,), (2, 3, 5), (6,), (7,), (4,)]


def test_colours():
    mine = MAP.recolored(2, np.array([1, 0, 0.25]))
    assert mine[2].color == (1.0, 0.0, 0.25)
    assert mine[2].is_colored
    assert mine.with_colors([GRAY] * 4) == mine


def test_a_painted_value_gets_an_atom_of_its_own():
    painted = MAP.with_painted([300], [GRAY])
    assert painted[300] == Segment(300, "Painted 300", GRAY, (5,))
    assert painted.table.dtype == np.uint16
    assert label_dtype(255) == np.uint8


@pytest.mark.parametrize(
    "act",
    [
        lambda m: m[7],
        lambda m: m.renamed(7, "x"),
        lambda m: m.merged([1, 7], SIZES),
        lambda m: m.changed([7], visible=True),
        lambda m: m.with_split(7, [GRAY]),
    ],
)
def test_an_unknown_value_is_named(act):
    with pytest.raises(KeyError, match="label 7: give one of 1, 2, 3, 4"):
        act(MAP)
    assert 7 not in MAP


@pytest.mark.parametrize("color", [(1, 0), (1, 0, 2), (0, 0, float("nan")), ()])
def test_a_bad_colour_is_refused(color):
    with pytest.raises(ValueError, match="from 0 to 1"):
        check_color(color)


def test_an_empty_name_is_refused():
    with pytest.raises(ValueError, match="name"):
        MAP.renamed(1, "  ")


def test_a_segment_survives_its_dictionary():
    segment = MAP.renamed(1, "x")[1]
    listed = asdict(segment) | {"atoms": [1], "color": list(GRAY)}
    assert Segment.from_dict(listed) == segment
