"""Lower bounds: passes over an image that no tool can avoid."""

import time
from collections.abc import Callable
from statistics import median

import numpy as np

from benchmarks.peer import Array


def seconds_of(work: Callable[[], object], runs: int = 9) -> float:
    """Return the median time of a call, after a warm-up."""
    work()
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return median(times)


def read_and_write_seconds(image: Array) -> float:
    """Time one read of the image, and one write of a recoloured image and of labels."""
    copy = np.empty_like(image)
    labels = np.empty(image.shape[:2], np.uint8)

    def work() -> None:
        np.copyto(copy, image)
        labels.fill(1)

    return seconds_of(work)


def histogram_seconds(image: Array) -> float:
    """Time one histogram of the levels of one channel."""
    levels = image.reshape(-1)
    return seconds_of(lambda: np.bincount(levels))
