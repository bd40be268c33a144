"""A segment's own pixels, clustered again."""

import numpy as np
import pytest

from napari_kmeans import KMeansModel
from napari_kmeans.segments.segments import Segments


def test_pieces_are_clusters_of_the_segments_pixels(segments, image):
    own = segments.labels == 2
    others = np.array(segments.labels)[~own]
    segments.split(2, 2, image)
    model = KMeansModel.fit(image[own], 2, channel_axis=-1)
    pieces = model.predict(image[own], channel_axis=-1)
    values = np.array([0, 2, 4])
    np.testing.assert_array_equal(segments.labels[own], values[pieces])
    np.testing.assert_array_equal(segments.labels[~own], others)
    assert segments.n_edited == 0


def test_what_was_painted_into_it_is_split_and_stays_an_edit(segments, image):
    painted = np.array(segments.labels)
    painted[:4, :6] = 2
    segments.take_paint(painted)
    edits = segments.n_edited
    segments.split(2, 3, image)
    assert segments.n_edited >= edits > 0
    own = {segments.map[2], *segments.map.segments} - {segments.map[1], segments.map[3]}
    assert set(np.unique(segments.labels[:4, :6])) <= {s.value for s in own}


def test_pixels_outside_stay_with_the_first_piece(show):
    image = np.array([[0.0, 1, 2, 10, 11, np.nan]])
    model = KMeansModel.fit(image, 2)
    segments = Segments(model, model.predict(image), show)
    segments.take_paint(np.array([[1, 1, 1, 2, 2, 1]], np.uint8))
    segments.split(1, 2, image)
    assert segments.labels.tolist()[0][5] == 1
    assert segments.labels[0, 0] != segments.labels[0, 2]


def test_what_cannot_be_split_says_so(show):
    image = np.array([[0, 0, 9, 9]], np.uint8)
    model = KMeansModel.fit(image, 2)
    segments = Segments(model, model.predict(image), show)
    with pytest.raises(ValueError, match="two or more pieces"):
        segments.split(1, 1, image)
    with pytest.raises(ValueError, match="alike"):
        segments.split(1, 2, image)
    segments.take_paint(np.full((1, 4), 2, np.uint8))
    with pytest.raises(ValueError, match="no pixel"):
        segments.split(1, 2, image)
    with pytest.raises(KeyError, match="label 7"):
        segments.split(7, 2, image)


def test_a_split_is_by_value_even_if_positions_counted_before(image, show):
    model = KMeansModel.fit(image, 2, channel_axis=-1, position_weight=9, sigma=1)
    segments = Segments(model, model.predict(image), show)
    own = segments.labels == 2
    segments.split(2, 2, image)
    pieces = KMeansModel.fit(image[own], 2, channel_axis=-1)
    values = np.array([0, 2, 3])
    predicted = pieces.predict(image[own], channel_axis=-1)
    np.testing.assert_array_equal(segments.labels[own], values[predicted])


def test_alpha_is_left_out(image, show):
    alpha = np.full((*image.shape[:2], 1), 255, np.uint8)
    alpha[0] = 0
    rgba = np.concatenate([image, alpha], axis=-1)
    model = KMeansModel.fit(rgba, 2, channel_axis=-1)
    segments = Segments(model, model.predict(rgba), show)
    segments.split(1, 2, rgba)
    assert (segments.labels[0] == 0).all()
    np.testing.assert_array_equal(segments.recipe.predict(rgba), segments.labels)


def test_colours_come_from_the_palette(segments, image):
    segments.split(2, 2, image)
    np.testing.assert_allclose(
        [segments.map[v].color for v in segments.map.values],
        segments.recipe.means / 255,
    )
    segments.set_palette("okabe-ito")
    segments.split(1, 2, image)
    assert len({s.color for s in segments.map}) == 5
