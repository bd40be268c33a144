"""A process for each tool, so that the threads of one do not disturb another.

It is used for all runs on one image, and stopped if a run takes too long.
"""

import multiprocessing
import time
from dataclasses import dataclass
from functools import lru_cache
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np

from benchmarks.inertia import inertia_of
from benchmarks.memory import peak_bytes, resident_bytes, restart_peak
from benchmarks.peer import Array, Peer

START_SECONDS = 120
"""The time for a process to start, import its library and warm up."""
MEASURE_SECONDS = 5
"""The time for the measurements after a run."""


class StoppedError(Exception):
    """A run took longer than its limit."""


@dataclass(frozen=True)
class Run:
    """The measurements of one run."""

    seconds: float  # from the image to the labels and the recoloured image
    inertia: float  # of the labels
    # peak bytes in addition to the image, the labels and the recoloured image; only
    # for the first run of a process, and where it can be measured
    memory: int | None


@dataclass(frozen=True)
class Job:
    """One run to be done."""

    path: Path
    k: int
    seed: int


@dataclass(frozen=True)
class Failure:
    """Why a run failed."""

    why: str


class Worker:
    """Runs a tool in a new process, until it is stopped."""

    def __init__(self, peer: Peer) -> None:
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, peer), daemon=True)
        self._process.start()
        theirs.close()

    def stop(self) -> None:
        """End the process, whatever it is doing."""
        self._process.kill()
        self._process.join()
        self._connection.close()

    def warm_up(self, job: Job) -> None:
        """Import the library, read the image and cluster a corner of it."""
        self._ask(("warm up", job), START_SECONDS)

    def run(self, job: Job, limit: float) -> Run:
        """Run the tool once; raise StoppedError after `limit` seconds."""
        done = self._ask(("run", job), limit + MEASURE_SECONDS)
        if not isinstance(done, Run):
            raise TypeError(f"a worker returned {done!r}")
        return done

    def _ask(self, question: tuple[str, Job], limit: float) -> object:
        """Send a request and wait for the response."""
        try:
            self._connection.send(question)
            if not self._connection.poll(limit):
                raise StoppedError
            answer = self._connection.recv()
        except (EOFError, BrokenPipeError):
            raise RuntimeError("its process died") from None
        match answer:
            case Failure(why):
                raise RuntimeError(why)
        return answer


def _serve(connection: Connection, peer: Peer) -> None:
    """Serve requests until the process is killed; errors are sent back."""
    first = True
    while True:
        try:
            question, job = connection.recv()
        except EOFError:
            return
        try:
            if question == "warm up":
                _warm_up(peer, job)
                connection.send("warm")
            else:
                connection.send(_measure(peer, job, first))
                first = False
        except Exception as error:  # noqa: BLE001
            connection.send(Failure(f"{type(error).__name__}: {error}"))


@lru_cache(maxsize=1)
def _pixels(path: Path) -> Array:
    pixels: Array = np.load(path)
    return pixels


def _warm_up(peer: Peer, job: Job) -> None:
    """Start the threads and fill the caches that the first call of a process needs."""
    corner = np.ascontiguousarray(_pixels(job.path)[:64, :64])
    if len(np.unique(corner)) > 2:
        peer.run(corner, 2, 0)


def _measure(peer: Peer, job: Job, first: bool) -> Run:
    """Run once; later runs reuse freed memory, so only that of the first counts."""
    image = _pixels(job.path)
    before = resident_bytes() if first and restart_peak() else None
    start = time.perf_counter()
    labels, recolored = peer.run(image, job.k, job.seed)
    seconds = time.perf_counter() - start
    memory = None
    if before is not None:
        memory = max(peak_bytes() - before - labels.nbytes - recolored.nbytes, 0)
    return Run(seconds, inertia_of(image, labels), memory)
