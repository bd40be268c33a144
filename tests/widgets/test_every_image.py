"""Whatever napari holds is clustered by a click, with the outputs exactly over it."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.testing as npt
import pytest

from napari_kmeans.core.segmentation import segment
from napari_kmeans.layers.clusterings import clustering_of
from napari_kmeans.widgets.docks import dock_panel

RNG = np.random.default_rng(0)
TURN = np.array([[0.8, -0.6, 0], [0.6, 0.8, 0], [0, 0, 1]])


@dataclass
class Kind:
    """A kind of image, and what the same is in Python."""

    data: Any
    layer: dict[str, Any] = field(default_factory=dict)
    axis: int | None = None
    python: dict[str, Any] = field(default_factory=dict)


def nan_border():
    image = RNG.normal(100, 30, (30, 40)).astype(np.float32)
    image[:4], image[:, -3:], image[10, 10] = np.nan, np.nan, np.inf
    return image


def rgba():
    image = RNG.integers(0, 256, (30, 40, 4)).astype(np.uint8)
    image[:5, :, 3] = 0
    return image


def fading():
    frame = RNG.integers(0, 200, (30, 40))
    return np.stack([frame * fade + 20 for fade in (1, 0.8, 0.5)]).astype(np.uint16)


KINDS = {
    "rgb z-stack, turned": Kind(
        RNG.integers(0, 256, (5, 30, 40, 3)).astype(np.uint8),
        {
            "rgb": True,
            "scale": (2, 0.5, 0.25),
            "rotate": TURN,
            "translate": (5, -3, 8),
            "units": ("um",) * 3,
            "axis_labels": ("z", "y", "x"),
        },
        python={"channel_axis": -1},
    ),
    "five channels of 16 bits": Kind(
        RNG.integers(0, 65_536, (5, 30, 40)).astype(np.uint16),
        axis=0,
        python={"channel_axis": 0, "scaling": "standardize"},
    ),
    "channels between z and y": Kind(
        RNG.integers(0, 65_536, (4, 2, 30, 40)).astype(np.uint16),
        {"scale": (0.5, 1, 0.25, 0.25), "units": ("um", "pixel", "um", "um")},
        axis=1,
        python={"channel_axis": 1, "scaling": "standardize"},
    ),
    "float with a border of NaN": Kind(nan_border(), {"contrast_limits": (0, 200)}),
    "RGBA": Kind(rgba(), {"rgb": True}, python={"channel_axis": -1, "alpha": True}),
    "fading film": Kind(fading(), {"scale": (30, 1, 1)}),
    "bool": Kind(RNG.random((30, 40)) > 0.5),
    "signed": Kind(RNG.integers(-999, 999, (3, 2, 30, 40)).astype(np.int16)),
    "one line": Kind(RNG.random((1, 40)), {"contrast_limits": (0, 1)}),
}


@pytest.mark.filterwarnings("ignore:Non-orthogonal slicing")
@pytest.mark.parametrize("name", KINDS)
def test_every_kind_is_clustered_by_a_click(viewer, click, wait_for_run, name):
    kind = KINDS[name]
    source = viewer.add_image(kind.data, name="image", **kind.layer)
    panel = dock_panel(viewer)  # after the image: other tests have it the other way
    panel.choice.channel_axis.value = kind.axis
    click(panel.segment_button)
    wait_for_run(panel)
    expected = segment(kind.data, 4, **kind.python)
    clustering = clustering_of(viewer, source)
    labels = clustering.labels
    npt.assert_array_equal(labels.data.squeeze(), expected.labels.squeeze())
    n_outside = np.count_nonzero(expected.labels == 0)
    assert (f"{n_outside:,} px without a value" in panel.status.value) == (
        n_outside > 0
    )
    recolored = clustering.recolored
    assert recolored.data.shape[: recolored.ndim] == labels.data.shape
    if kind.axis is None:
        npt.assert_array_equal(recolored.data, expected.recolored)
        for output in (recolored, labels):
            npt.assert_array_equal(output.extent.world, source.extent.world)
            corner = np.array(labels.data.shape) - 1
            for index in (corner * 0, corner):
                there = source.data_to_world(index)
                npt.assert_array_equal(output.data_to_world(index), there)
            assert output.units == source.units
            assert output.axis_labels == source.axis_labels


def test_a_film_that_fades_keeps_its_segments_with_a_model_a_frame(
    viewer, panel, click, wait_for_run
):
    film = fading()
    source = viewer.add_image(film)
    click(panel.segment_button)
    wait_for_run(panel)
    one = np.array(clustering_of(viewer, source).labels.data)
    panel.region.models.value = 0
    click(panel.segment_button)
    wait_for_run(panel)
    each = clustering_of(viewer, source).labels.data
    assert np.mean(one[0] == one[2]) < 0.5 < 0.98 < np.mean(each[0] == each[2])
