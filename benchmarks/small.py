"""Small photographs: how many times faster than scikit-learn, at which inertia.

    python -m benchmarks.small [-k 3 8 16] [--runs 5]

12 photographs of 0.25 to 0.5 megapixels, 8-bit RGB, in one process and in turns. The
inertia is relative to the lowest of all runs and of ten starts of scikit-learn on the
distinct colours; the states are those of `random_state` that give other labels than 0.
"""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from time import perf_counter
from typing import TypeVar

import numpy as np
import skimage.data
from skimage.transform import resize
from sklearn.datasets import load_sample_image

from benchmarks.inertia import inertia_of
from benchmarks.peer import Array
from benchmarks.peers.scikit_learn import run, run_distinct
from benchmarks.pictures import photograph
from benchmarks.results import geometric_mean
from napari_kmeans import segment

Result = TypeVar("Result")
KS = (3, 5, 8, 12, 16)
STATES = 4
"""Values of `random_state` that are to give the same labels."""


def scaled(image: Array, rows: int, columns: int) -> Array:
    """Return an image at another size, in 8 bits."""
    pixels = resize(image, (rows, columns), anti_aliasing=True, preserve_range=True)
    whole: Array = np.rint(pixels).astype(np.uint8)
    return whole


def photographs() -> dict[str, Array]:
    """Return the photographs by name."""
    data = skimage.data
    return {
        "astronaut": data.astronaut(),
        "coffee, enlarged": scaled(data.coffee(), 500, 750),
        "cat, enlarged": scaled(data.chelsea(), 480, 720),
        "rocket": data.rocket(),
        "tissue": data.immunohistochemistry(),
        "retina, reduced": scaled(data.retina(), 700, 700),
        "retina, a corner": np.ascontiguousarray(data.retina()[300:900, 200:800]),
        "galaxies, a corner": np.ascontiguousarray(
            data.hubble_deep_field()[:500, :900]
        ),
        "motorcycle": data.stereo_motorcycle()[0],
        "temple": load_sample_image("china.jpg"),
        "flower": load_sample_image("flower.jpg"),
        "collage": photograph(500, 800, 2),
    }


@dataclass(frozen=True)
class Measured:
    """One photograph in k clusters."""

    ours: float  # seconds
    theirs: float
    inertia: float  # relative to the lowest known
    their_inertia: float
    other_states: int  # how many values of `random_state` give other labels

    @property
    def speedup(self) -> float:
        """How many times faster it was."""
        return self.theirs / self.ours

    def __str__(self) -> str:
        times = f"{self.ours * 1e3:7.1f} ms {self.theirs * 1e3:8.1f} ms"
        inertias = f"inertia {self.inertia:.4f} {self.their_inertia:.4f}"
        other = f"  {self.other_states} other" if self.other_states else ""
        return f"{times}  x{self.speedup:6.2f}  {inertias}{other}"


def measure(image: Array, k: int, n_runs: int) -> Measured:
    """Cluster one photograph in turns, and compare the results."""
    ours, theirs, our_labels, their_labels = [], [], [], []
    for seed in range(n_runs):
        seconds, result = timed(lambda: segment(image, k, channel_axis=-1))
        ours.append(seconds)
        our_labels.append(result.labels)
        seconds, (labels, _) = timed(lambda: run(image, k, seed, n_init=1))  # noqa: B023
        theirs.append(seconds)
        their_labels.append(labels)
    found, *at_other_states = (
        segment(image, k, channel_axis=-1, random_state=state).labels
        for state in range(STATES)
    )
    one = inertia_of(image, found)
    others = [inertia_of(image, labels) for labels in their_labels]
    best = min(one, *others, inertia_of(image, run_distinct(image, k, 0)[0]))
    n_other = sum(not np.array_equal(found, other) for other in at_other_states)
    return Measured(
        median(ours), median(theirs), one / best, median(others) / best, n_other
    )


def timed(act: Callable[[], Result]) -> tuple[float, Result]:
    """Return how long a call takes, and its result."""
    start = perf_counter()
    result = act()
    return perf_counter() - start, result


def main() -> None:
    """Print a line for each photograph and k, and how they are on the whole."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.small")
    parser.add_argument("-k", type=int, nargs="+", default=KS)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    measured = []
    print(f"{'':26}      ours scikit-learn  faster  over the best: ours, theirs")
    for name, image in photographs().items():
        segment(image, 2, channel_axis=-1)  # imports what is imported when needed
        for k in options.k:
            measured.append(measure(image, k, options.runs))
            print(f"{name:20} k = {k:2} {measured[-1]}", flush=True)
    speedups = [one.speedup for one in measured]
    inertias = [one.inertia for one in measured]
    print(
        f"faster than scikit-learn n_init=1: {geometric_mean(speedups):.2f} times as "
        f"geometric mean (aim 8), at least {min(speedups):.2f} (aim 4)\n"
        f"inertia over the best known: {np.mean(inertias):.5f} as mean, at most "
        f"{max(inertias):.5f} (aim 1.002)\n"
        f"other labels at another random_state: {sum(m.other_states for m in measured)}"
        f" of {(STATES - 1) * len(measured)}"
    )


if __name__ == "__main__":
    main()
