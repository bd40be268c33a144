"""The plot: time and inertia of each tool, relative to ours and to the best."""

from pathlib import Path

import matplotlib as mpl
from matplotlib import pyplot as plt
from matplotlib.ticker import FuncFormatter

from benchmarks.peer import OURS
from benchmarks.results import Case

MARKERS = "osD^v<>PX*hp"


def draw(cases: list[Case], path: Path) -> None:
    """Plot time over ours against excess inertia, a mark for each tool and case."""
    mpl.use("Agg")
    figure, axes = plt.subplots(figsize=(9, 5), layout="constrained")
    names = list(dict.fromkeys(name for case in cases for name in case.tools))
    for number, name in enumerate(names):
        ratios, excesses = _marks(cases, name)
        if ratios:
            ours = name == OURS
            axes.scatter(
                ratios,
                excesses,
                s=120 if ours else 30,
                marker="*" if ours else MARKERS[number % len(MARKERS)],
                color="black" if ours else f"C{number % 10}",
                alpha=0.9,
                label=name,
                zorder=3 if ours else 2,
            )
    axes.set_xscale("log")
    axes.set_yscale("symlog", linthresh=0.1)
    axes.set_ylim(bottom=-0.02)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}×"))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g} %"))
    axes.set_xlabel("time relative to napari-kmeans (further right is slower)")
    axes.set_ylabel("inertia above the best found (higher is worse)")
    axes.grid(alpha=0.3)
    axes.legend(
        bbox_to_anchor=(1, 1), loc="upper left", frameon=False, fontsize="small"
    )
    figure.savefig(path, dpi=110)
    plt.close(figure)


def _marks(cases: list[Case], name: str) -> tuple[list[float], list[float]]:
    """Return the coordinates of a tool's marks."""
    ratios, excesses = [], []
    for case in cases:
        tool, ratio = case.tools.get(name), case.speedup(name)
        if tool and tool.inertia is not None and ratio:
            ratios.append(ratio)
            excesses.append((case.excess(tool.inertia) - 1) * 100)
    return ratios, excesses
