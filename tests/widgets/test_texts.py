import numpy as np
import pytest

from napari_kmeans.core.color import axis_weights
from napari_kmeans.core.segmentation import segment
from napari_kmeans.core.settings import Settings
from napari_kmeans.widgets.job import message_for
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


def test_messages_have_the_words_of_the_panel():
    with pytest.raises(ValueError, match="color_space") as raised:
        axis_weights(Settings(n_clusters=2, color_space="lab"), 1)
    assert message_for(raised.value) == (
        "The colour space is 'lab', which needs 3 channels, but the image has 1: "
        "choose RGB, or choose its axis under Channels."
    )


NAN = np.full((4, 5), np.nan)
REFUSED = {
    "The image has no pixel that can be clustered: ": (NAN, None),
    "The image has no pixel inside the region that can": (NAN, NAN[::-1] != 0),
    "The region is empty, so there is no pixel to cluster: ": (NAN, NAN == 0),
    "The image has the type complex128, whose values": (NAN.astype(complex), None),
}


@pytest.mark.parametrize("words", REFUSED)
def test_messages_are_sentences_about_the_image_and_the_region(words):
    image, mask = REFUSED[words]
    if mask is not None and mask.all():
        mask[0] = False
    with pytest.raises((TypeError, ValueError)) as raised:
        segment(image, 2, mask=mask)
    assert message_for(raised.value).startswith(words)


def test_image_without_a_value_is_explained(viewer, panel, click, wait_for_run):
    viewer.add_image(NAN, name="empty", contrast_limits=(0, 1))
    click(panel.segment_button)
    wait_for_run(panel)
    assert panel.status.value.startswith("The image has no pixel that can be")


def test_too_few_pixels_are_explained(viewer, panel, click, wait_for_run):
    viewer.add_image(np.arange(3, dtype=np.uint8).reshape(1, 3))
    panel.form.n_clusters.value = 9
    click(panel.segment_button)
    wait_for_run(panel)
    assert "n_clusters" not in panel.status.value
    assert "9 segments are asked for" in panel.status.value
