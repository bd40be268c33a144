"""Schedulers: the same on each, progress by blocks, and an end when cancelled."""

import subprocess
import sys
import time

import dask
import dask.array as da
import numpy as np
import pytest
from skimage import data

from napari_kmeans import segment
from napari_kmeans.core.progress import finish
from napari_kmeans.core.segmentation import segment_steps
from napari_kmeans.core.settings import Settings


def images():
    """Give an image that is counted, and one that is grouped into cells."""
    tissue = data.immunohistochemistry()
    rng = np.random.default_rng(0)
    return {
        "uint8 RGB": tissue,
        "float32 RGB": (tissue + rng.normal(0, 1, tissue.shape)).astype("f4"),
    }


@pytest.mark.parametrize("name", ["uint8 RGB", "float32 RGB"])
def test_the_same_on_one_thread_on_many_and_on_processes(name):
    image = da.from_array(images()[name], chunks=(128, 256, 3))
    results = []
    for scheduler in ("synchronous", "threads", "processes"):
        with dask.config.set(scheduler=scheduler, num_workers=2):
            result = segment(image, 5, channel_axis=-1)
            results.append((result.model, *dask.compute(result.labels)))
    for model, labels in results[1:]:
        assert model == results[0][0]
        np.testing.assert_array_equal(labels, results[0][1])


class Blocks:
    """An image that tells which of its blocks have been read."""

    def __init__(self, image, size, seconds=0.0):
        self.read = []
        self.seconds = seconds
        lazy = da.from_array(image, chunks=(size, size, 3))
        self.image = lazy.map_blocks(
            self._note, dtype=image.dtype, meta=np.empty((0, 0, 0), image.dtype)
        )

    def _note(self, block, block_info=None):
        self.read.append(block_info[0]["chunk-location"])
        time.sleep(self.seconds)
        return block


@pytest.mark.parametrize("name", ["uint8 RGB", "float32 RGB"])
def test_progress_goes_up_block_by_block(name):
    blocks = Blocks(images()[name], 64)
    steps = segment_steps(blocks.image, Settings(3), channel_axis=-1)
    reports = []
    finish(steps, reports.append)
    fractions = [report.fraction for report in reports]
    assert fractions == sorted(fractions)
    first = [report for report in reports if report.phase == reports[0].phase]
    assert len({report.fraction for report in first}) >= 64
    assert 0 <= fractions[0] < 0.05
    assert fractions[-1] <= 1


def test_no_more_than_a_few_blocks_are_read_ahead():
    blocks = Blocks(images()["uint8 RGB"], 64)
    with dask.config.set(num_workers=2):
        steps = segment_steps(blocks.image, Settings(3), channel_axis=-1)
        most = 0
        for done in range(20):
            next(steps)
            time.sleep(0.02)  # for the threads to run as far ahead as they may
            most = max(most, len(blocks.read) - done)
        steps.close()
    assert most <= 6


def test_what_has_not_begun_when_it_is_cancelled_never_begins():
    blocks = Blocks(images()["uint8 RGB"], 64, seconds=0.05)
    with dask.config.set(num_workers=2):
        steps = segment_steps(blocks.image, Settings(3), channel_axis=-1)
        while len(blocks.read) < 4:
            next(steps)
        n_begun = len(blocks.read)
        steps.close()
    n_after = len(blocks.read)
    time.sleep(0.3)
    assert len(blocks.read) == n_after <= n_begun + 2  # one on each thread
    assert n_after < 10 < 64 == np.prod(blocks.image.numblocks)


def test_an_exception_in_the_callback_cancels_too():
    blocks = Blocks(images()["uint8 RGB"], 64, seconds=0.01)

    def stop(progress):
        if progress.fraction > 0.1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        segment(blocks.image, 3, channel_axis=-1, callback=stop)
    n_read = len(blocks.read)
    time.sleep(0.1)
    assert len(blocks.read) == n_read < 40


CLUSTER = '''
import os
import signal
import sys
import time
from pathlib import Path

import dask
import dask.array as da
import numpy as np
from distributed import Client, LocalCluster
from skimage import data

from napari_kmeans import segment
from napari_kmeans.core.segmentation import segment_steps
from napari_kmeans.core.settings import Settings

TISSUE = data.immunohistochemistry()


def slowly(block):
    time.sleep(0.02)
    return block


def noting(folder, seconds):
    """Make a function that leaves a file for each block that it reads."""
    def note(block, block_info=None):
        place = block_info[0]["chunk-location"]
        Path(folder, "-".join(map(str, place))).touch()
        time.sleep(seconds)
        return block
    return note


def lazy(image, work):
    array = da.from_array(image, chunks=(64, 64, 3))
    return array.map_blocks(work, dtype="u1", meta=np.empty((0, 0, 0), "u1"))


def same_as_on_one_thread(image):
    with dask.config.set(scheduler="synchronous"):
        alone = segment(image, 5, channel_axis=-1)
        labels = alone.labels.compute()
    result = segment(image, 5, channel_axis=-1)
    assert result.model == alone.model
    np.testing.assert_array_equal(result.labels.compute(), labels)


def two_workers(client):
    for dtype in ("u1", "f4"):
        image = da.from_array(TISSUE.astype(dtype), chunks=(100, 256, 3))
        same_as_on_one_thread(image)


def killed(client):
    image = lazy(TISSUE, slowly)
    with dask.config.set(scheduler="synchronous"):
        alone = segment(image, 5, channel_axis=-1)
    alive = list(client.run(os.getpid).values())
    seen = []

    def kill_one(progress):
        seen.append(progress.fraction)
        if progress.fraction > 0.3 and len(alive) == 2:
            os.kill(alive.pop(), signal.SIGKILL)

    result = segment(image, 5, channel_axis=-1, callback=kill_one)
    assert len(alive) == 1, "no worker was killed"
    assert seen == sorted(seen)
    assert result.model == alone.model
    np.testing.assert_array_equal(
        result.labels.compute(), alone.labels.compute(scheduler="synchronous")
    )


def cancelled(client):
    folder = Path(sys.argv[2])
    image = lazy(TISSUE, noting(folder, 0.05))
    steps = segment_steps(image, Settings(3), channel_axis=-1)
    while len(list(folder.iterdir())) < 4:
        next(steps)
    steps.close()
    time.sleep(0.3)  # for what had been begun
    n_read = len(list(folder.iterdir()))
    time.sleep(1)
    assert len(list(folder.iterdir())) == n_read < 20, n_read


if __name__ == "__main__":
    with (
        LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50
        ) as cluster,
        Client(cluster) as client,
    ):
        globals()[sys.argv[1]](client)
    print("done", flush=True)
    os._exit(0)  # and not wait for what is left of a worker that was killed
'''


@pytest.mark.parametrize("act", ["two_workers", "killed", "cancelled"])
def test_a_cluster_of_two_worker_processes(act, tmp_path):
    script, folder = tmp_path / "cluster.py", tmp_path / "read"
    script.write_text(CLUSTER)
    folder.mkdir()
    done = subprocess.run(
        [sys.executable, script, act, folder],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.stdout.endswith("done\n"), done.stdout + done.stderr
