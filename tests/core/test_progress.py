"""Work in steps: reports that only go forward, and a stop between two of them."""

import numpy as np
import pytest

from napari_kmeans import KMeansModel, segment
from napari_kmeans.core import dispatch
from napari_kmeans.core.progress import Progress, finish, subprogress
from napari_kmeans.core.segmentation import segment_steps
from napari_kmeans.core.settings import Settings

IMAGES = [
    (np.random.default_rng(0).integers(0, 255, (300, 300, 3), np.uint8), -1),
    (np.random.default_rng(0).random((300, 300, 3)), -1),
    (np.random.default_rng(0).integers(0, 60_000, (300, 300), np.uint16), None),
]


@pytest.mark.parametrize(("image", "channel_axis"), IMAGES)
def test_fractions_go_forward_from_0_to_1(image, channel_axis):
    reports = []
    segment(image, 4, channel_axis=channel_axis, callback=reports.append)
    fractions = [report.fraction for report in reports]
    assert len(fractions) > 5
    assert fractions[0] == 0
    assert fractions == sorted(fractions)
    assert fractions[-1] <= 1
    assert all(report.phase for report in reports)


@pytest.mark.parametrize(("image", "channel_axis"), IMAGES)
def test_a_callback_can_stop_at_any_step(image, channel_axis):
    reports = []
    KMeansModel.fit(image, 3, channel_axis=channel_axis, callback=reports.append)
    for stop_at in range(1, len(reports), 7):
        seen = []

        def stop(report, seen=seen, stop_at=stop_at):
            seen.append(report)
            if len(seen) == stop_at:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            KMeansModel.fit(image, 3, channel_axis=channel_axis, callback=stop)
        assert len(seen) == stop_at


@pytest.mark.parametrize("options", [{}, {"sigma": 1}, {"n_slices": 2}])
def test_pixels_are_read_once_and_drawn_on_request(options, monkeypatch):
    read, drawn = [], []

    def counting(function, calls):
        return lambda *given, **named: calls.append(1) or function(*given, **named)

    for name, calls in (("read_pixels", read), ("recolor_pixels", drawn)):
        function = getattr(dispatch, name)
        monkeypatch.setattr(dispatch, name, counting(function, calls))
    n_slices = options.pop("n_slices", 1)
    image = IMAGES[0][0].reshape(n_slices, -1, 300, 3)
    axis = 0 if n_slices > 1 else None
    for draw in (False, True):
        settings = Settings(3, **options)
        steps = segment_steps(
            image, settings, channel_axis=-1, slice_axis=axis, draw=draw
        )
        assert (finish(steps).recolored is None) != draw
    assert len(read) == 2 * n_slices
    assert len(drawn) == n_slices


def test_a_generator_can_be_closed():
    image, channel_axis = IMAGES[0]
    steps = segment_steps(image, Settings(3), channel_axis=channel_axis)
    next(steps)
    steps.close()


def test_a_part_reports_as_a_share_of_the_whole():
    def part():
        for fraction in (0.0, 0.5, 0.2, 1.0):
            yield Progress("Counting", fraction)
        return "done"

    reports = []
    assert finish(subprogress(part(), 0.4, 0.8), reports.append) == "done"
    assert [report.fraction for report in reports] == pytest.approx(
        [0.4, 0.6, 0.6, 0.8]
    )
