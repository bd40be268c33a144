"""How long edits of the segments take, in multiples of one look-up pass.

    python -m benchmarks.segments

8 megapixels, 8 segments, uint8 labels, in a viewer without a window: from the edit
until both layers hold the result.
"""

from collections.abc import Callable
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np
from napari.components import ViewerModel

from benchmarks.pictures import photograph
from napari_kmeans.core.progress import finish
from napari_kmeans.core.settings import Settings
from napari_kmeans.layers.clusterings import show_segmentation
from napari_kmeans.layers.segment_layers import SegmentLayers
from napari_kmeans.layers.source_pixels import read_source

if TYPE_CHECKING:
    from napari_kmeans.segments.splitting import SplitPlan

RUNS = 7


def seconds(act: Callable[[], object]) -> float:
    """Time one call."""
    start = perf_counter()
    act()
    return perf_counter() - start


def cluster_photograph(viewer: ViewerModel) -> SegmentLayers:
    """Cluster a photograph of 8 megapixels into 8 segments."""
    source = viewer.add_image(photograph(2448, 3264, 8), rgb=True)
    steps = read_source(source).segment_steps(Settings(n_clusters=8))
    return show_segmentation(viewer, source, finish(steps))


def dot(clustering: SegmentLayers) -> None:
    """Paint a dot of 40 pixels and update the picture."""
    labels = clustering.labels
    assert labels is not None
    labels.data[1000:1040, 1000:1040] = labels.data[1000, 1000] % 8 + 1
    clustering.take_paint()


MOVES = 20


def move(clustering: SegmentLayers) -> None:
    """Drag a brush of 40 pixels; the picture follows each move."""
    labels = clustering.labels
    assert labels is not None
    labels.brush_size = 40
    with labels.block_history():
        for step in range(MOVES):
            labels.paint((1200, 1000 + 10 * step), 3)


def acts(clustering: SegmentLayers) -> dict[str, Callable[[], object]]:
    """Return what is timed, each edit followed by its undo."""
    segments = clustering.segments
    found: list[SplitPlan] = []
    return {
        "hide": lambda: segments.set_visible([3], visible=False),
        "undo hide": segments.undo,
        "merge": lambda: segments.merge([2, 3]),
        "undo merge": segments.undo,
        "dot painted by a script": lambda: dot(clustering),
        "undo dot": segments.undo,
        f"stroke of {MOVES} moves": lambda: move(clustering),
        "undo stroke": segments.undo,
        "rename": lambda: segments.rename(3, "nuclei"),
        "undo rename": segments.undo,
        "split, as found in a worker": lambda: found.append(
            finish(clustering.split_steps(2, 3))
        ),
        "split, as taken by the window": lambda: segments.apply_split(found.pop()),
        "undo split": segments.undo,
    }


def main() -> None:
    """Time every edit next to the pass, and print the ratios."""
    viewer = ViewerModel()
    clustering = cluster_photograph(viewer)
    table = np.arange(256, dtype=np.uint8)
    labels = np.array(clustering.segments.labels)
    rounds: dict[str, list[float]] = {"one table[labels] pass": []}
    for _ in range(RUNS):
        rounds["one table[labels] pass"].append(seconds(lambda: table[labels]))
        for name, act in acts(clustering).items():
            rounds.setdefault(name, []).append(seconds(act))
    one_pass = median(rounds["one table[labels] pass"])
    print("| act, 8 MP | ms | passes |\n|---|---|---|")
    for name, times in rounds.items():
        time = median(times)
        print(f"| {name} | {1000 * time:.0f} | {time / one_pass:.1f} |")


if __name__ == "__main__":
    main()
