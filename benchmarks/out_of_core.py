"""The memory and time needed for images larger than memory.

    python -m benchmarks.out_of_core --gigabytes 1 5 20

For each kind of image and each size, a zarr array is clustered and all its labels are
written to another one, in a process of its own. Before, between and after, every chunk
is read and decompressed by the same scheduler, and nothing else: such a bare pass is
what the times are to be compared with. The arrays take little disk space: after the
first chunks, all others are hard links to them.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from statistics import median
from typing import Any, TypeVar

import numpy as np
import zarr
from numpy.typing import NDArray
from skimage.data import immunohistochemistry

from benchmarks.memory import peak_bytes, resident_bytes, restart_peak
from napari_kmeans import segment

Result = TypeVar("Result")

MEGABYTE = 10**6
SIDE = 1024
"""Pixels along each side of a chunk."""
ACROSS = 8
"""Chunks along the second axis."""
N_DIFFERENT = 48
"""Chunks that are not hard links."""
N_CLUSTERS = 8
COLUMNS = (
    "image",
    "size (GB)",
    "bare pass (s)",
    "fit (s)",
    "fit (passes)",
    "labels (s)",
    "labels (passes)",
    "processor time (s)",
    "peak (MB)",
    "chunks worked on (MB)",
    "beyond them (MB)",
)


@dataclass(frozen=True)
class Kind:
    """A kind of image."""

    dtype: str
    n_channels: int | None


KINDS = {
    "uint8 RGB": Kind("u1", 3),
    "uint16": Kind("u2", None),
    "4 channels of uint16": Kind("u2", 4),
    "4 channels of float32": Kind("f4", 4),
}


@dataclass(frozen=True)
class Taken:
    """The memory and time of one run."""

    peak: int  # bytes in addition to those of the process with its libraries imported
    in_flight: int  # bytes of the chunks processed at once
    bare: float  # seconds to read every chunk once
    fit: float  # seconds
    label: float  # seconds, written
    processor: float  # seconds, all threads together, without the bare passes


def make_array(path: Path, kind: Kind, n_bytes: float) -> None:
    """Write a zarr array of about this size."""
    channels = () if kind.n_channels is None else (kind.n_channels,)
    chunk = (SIDE, SIDE, *channels)
    of_chunk = int(np.prod(chunk)) * np.dtype(kind.dtype).itemsize
    down = max(1, round(n_bytes / of_chunk / ACROSS))
    array = zarr.create_array(
        path,
        shape=(down * SIDE, ACROSS * SIDE, *channels),
        chunks=chunk,
        dtype=kind.dtype,
    )
    files: list[Path] = []
    for row, column in product(range(down), range(ACROSS)):
        number = row * ACROSS + column
        place = path.joinpath("c", *map(str, (row, column, *(0 for _ in channels))))
        if number < N_DIFFERENT:
            rows, columns = (slice(n * SIDE, (n + 1) * SIDE) for n in (row, column))
            array[rows, columns] = draw_chunk(number, kind)
            files.append(place)
        else:
            place.parent.mkdir(parents=True, exist_ok=True)
            os.link(files[number % N_DIFFERENT], place)


def draw_chunk(number: int, kind: Kind) -> NDArray[Any]:
    """Draw one chunk: stained tissue or waves, with camera noise."""
    random = np.random.default_rng(number)
    if kind.n_channels == 3:
        tissue = immunohistochemistry()
        halves = np.concatenate([tissue, tissue[:, ::-1]], axis=1)
        mirrored = np.concatenate([halves, halves[::-1]])
        noise = random.normal(0, 3, mirrored.shape)
        picture = mirrored * random.uniform(0.8, 1) + noise
        return picture.clip(0, 255).astype(kind.dtype)
    y, x = np.mgrid[:SIDE, :SIDE].astype("f4") / SIDE
    phases = random.uniform(0, 6, (kind.n_channels or 1, 2))
    planes = [
        np.sin(9 * x + first) * np.cos(7 * y + second) for first, second in phases
    ]
    picture = 0.5 + 0.35 * np.stack(planes, axis=-1)
    picture += random.normal(0, 0.02, picture.shape)
    if kind.n_channels is None:
        picture = picture[..., 0]
    if kind.dtype == "f4":
        return picture.astype("f4")
    most = np.iinfo(kind.dtype).max
    return (picture.clip(0, 1) * most).astype(kind.dtype)


def cluster_all(path: Path) -> Taken:
    """Cluster an array and compute all its labels, and measure."""
    array = zarr.open_array(path, mode="r")
    channel_axis = -1 if array.ndim == 3 else None
    corner = array[:64, :64]
    segment(corner, 2, channel_axis=channel_axis)
    import dask.array as da  # noqa: PLC0415

    segment(da.from_array(corner), 2, channel_axis=channel_axis).labels.compute()
    if not restart_peak():
        raise SystemExit("The peak memory can be measured on Linux only.")
    before = resident_bytes()
    image, written = da.from_zarr(array), path.with_name("labels.zarr")
    first, *_ = time_of(lambda: read_all(image))
    fit, fit_processor, result = time_of(
        lambda: segment(array, N_CLUSTERS, channel_axis=channel_axis)
    )
    second, *_ = time_of(lambda: read_all(image))
    # As the package does: looking for chunks of zeros takes longer than writing them.
    with zarr.config.set({"array.write_empty_chunks": True}):
        label, label_processor, _ = time_of(
            lambda: da.to_zarr(result.labels, str(written))
        )
    third, *_ = time_of(lambda: read_all(image))
    peak = peak_bytes() - before
    labels = zarr.open_array(written, mode="r")
    counts = np.zeros(N_CLUSTERS + 1, np.intp)
    for row in range(0, labels.shape[0], SIDE):
        counts += np.bincount(np.ravel(labels[row : row + SIDE]), minlength=len(counts))
    if counts.tolist() != [0, *result.model.counts.tolist()]:
        raise AssertionError("The labels do not have the counts of the model.")
    of_chunk = int(np.prod(array.chunks)) * array.dtype.itemsize
    return Taken(
        peak=peak,
        in_flight=of_chunk * len(os.sched_getaffinity(0)),
        bare=median([first, second, third]),
        fit=fit,
        label=label,
        processor=fit_processor + label_processor,
    )


def read_all(image: Any) -> None:
    """Read every chunk of a dask array, and keep none."""
    from dask import compute, delayed  # noqa: PLC0415

    compute([delayed(np.size)(block) for block in image.to_delayed().flat])


def time_of(work: Callable[[], Result]) -> tuple[float, float, Result]:
    """Return the time and the processor time that some work takes, and its result."""
    start, used = time.perf_counter(), time.process_time()
    result = work()
    return time.perf_counter() - start, time.process_time() - used, result


def measure(path: Path) -> Taken:
    """Run `cluster_all` in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.out_of_core", "--measure", str(path)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return Taken(**json.loads(done.stdout))


def lines(gigabytes: list[float], words: list[str], folder: Path) -> Iterator[str]:
    """Measure everything asked for, and yield the lines of a table."""
    yield f"| {' | '.join(COLUMNS)} |"
    yield f"|{'---|' * len(COLUMNS)}"
    for name, kind in KINDS.items():
        if words and name not in words:
            continue
        for size in gigabytes:
            with tempfile.TemporaryDirectory(dir=folder) as place:
                path = Path(place) / "image.zarr"
                make_array(path, kind, size * 1e9)
                taken = measure(path)
            numbers = [taken.peak, taken.in_flight, taken.peak - taken.in_flight]
            words_of = " | ".join(f"{number / MEGABYTE:.0f}" for number in numbers)
            seconds = taken.bare, taken.fit, taken.label, taken.processor
            bare, fit, label, processor = (f"{number:.1f}" for number in seconds)
            yield (
                f"| {name} | {size:g} | {bare} "
                f"| {fit} | {taken.fit / taken.bare:.1f} "
                f"| {label} | {taken.label / taken.bare:.1f} "
                f"| {processor} | {words_of} |"
            )


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gigabytes", type=float, nargs="+", default=[1, 5, 20])
    parser.add_argument("--images", nargs="+", default=[], choices=list(KINDS))
    parser.add_argument("--folder", type=Path, help="where the arrays are written")
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(vars(cluster_all(options.measure))))
        return
    for line in lines(options.gigabytes, options.images, options.folder):
        print(line, flush=True)


if __name__ == "__main__":
    main()
