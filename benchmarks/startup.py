"""The time to import the core."""

import json
import subprocess
import sys
from dataclasses import dataclass
from statistics import median

SCRIPT = """
import json, sys, time
start = time.perf_counter()
import napari_kmeans.core.segmentation
seconds = time.perf_counter() - start
unwanted = {"napari", "qtpy", "PyQt5", "PyQt6", "PySide2", "PySide6"}
print(json.dumps([seconds, sorted(unwanted & set(sys.modules))]))
"""


@dataclass(frozen=True)
class Startup:
    """The time to import the core."""

    seconds: float  # the median of several new processes
    unwanted: list[str]  # napari and Qt packages that were imported along


def measure_startup(runs: int = 5) -> Startup:
    """Import the core in new processes, with all it needs to segment."""
    times = []
    unwanted: list[str] = []
    for _ in range(runs):
        answer = subprocess.run(
            [sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True
        )
        seconds, unwanted = json.loads(answer.stdout)
        times.append(seconds)
    return Startup(median(times), unwanted)
