import pytest

from napari_kmeans.widgets.texts import natural, number, percent


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
