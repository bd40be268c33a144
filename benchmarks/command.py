"""The command line: measure, print the tables, write the page."""

import argparse
import os
import platform
import tempfile
import time
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

from benchmarks.goals import Goal, all_goals
from benchmarks.page import MARK, write_page
from benchmarks.peer import OURS, Peer
from benchmarks.peers import installed_peers
from benchmarks.pictures import Picture, write_files, write_group
from benchmarks.plan import PLANS, QUICK, Plan
from benchmarks.results import Case
from benchmarks.rounds import Budget, measure_picture
from benchmarks.startup import measure_startup
from benchmarks.table import goals_table, memory_table, results_table

OUT = Path("out")
PLOT = """\
![For each tool and image: its time relative to napari-kmeans, and its inertia relative
to the best found](images/benchmark.png)

"""
PACKAGES = (
    "numpy",
    "scikit-learn",
    "opencv-python-headless",
    "scipy",
    "faiss-cpu",
    "pillow",
    "imagequant",
    "scikit-image",
)


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmark and return the exit code."""
    options = parser().parse_args(arguments)
    start = time.monotonic()
    peers = choose_peers(options.peers)
    warn_if_busy()
    budget = Budget(options.runs, limit=options.limit)
    if options.quick:
        budget = Budget(min(options.runs, 2), options.limit, options.limit, 0.5, 1)
    cases = measure_all(options, peers, budget)
    goals = [] if options.images else all_goals(cases, measure_startup())
    report = "\n\n".join(sections(cases, goals))
    minutes = (time.monotonic() - start) / 60
    print(f"\n{report}\n\n{minutes:.1f} minutes")
    write(report, cases, options.docs)
    return 0


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    made = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Compare napari-kmeans with the other tools that are installed "
        "(to install all of them: pip install --group bench), on the same images.",
    )
    made.add_argument(
        "images",
        nargs="*",
        type=Path,
        help="image files or folders to use instead of the built-in images",
    )
    made.add_argument("-k", type=int, nargs="+", help="numbers of clusters")
    made.add_argument(
        "--peers",
        nargs="+",
        metavar="WORD",
        help="only tools whose name contains one of these",
    )
    made.add_argument(
        "--groups",
        nargs="+",
        choices=PLANS,
        help="only these groups of the built-in images",
    )
    made.add_argument(
        "--runs", type=int, default=5, help="maximum number of runs of each tool"
    )
    made.add_argument(
        "--limit",
        type=float,
        default=Budget.limit,
        help="stop a run after this many seconds, unless a goal depends on it",
    )
    made.add_argument(
        "--quick", action="store_true", help="small images and fewer runs"
    )
    made.add_argument(
        "--docs",
        type=Path,
        metavar="FILE",
        help=f"also write the tables between the two lines {MARK!r} of this page, and "
        "the plot to images/ next to it",
    )
    return made


def choose_peers(words: list[str] | None) -> list[Peer]:
    """Return napari-kmeans and the installed tools that match the words."""
    peers, missing = installed_peers()
    if missing:
        print(f"not installed: {', '.join(missing)}")
    if words is None:
        return peers
    return [
        peer
        for peer in peers
        if peer.name == OURS or any(word.lower() in peer.name.lower() for word in words)
    ]


def warn_if_busy() -> None:
    """Warn if other programs use the cores: ratios hold, absolute times do not."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0
    if load > 0.3 * (os.cpu_count() or 1):
        print(f"The machine is busy (load {load:.1f}): expect longer times.")


def measure_all(
    options: argparse.Namespace, peers: list[Peer], budget: Budget
) -> list[Case]:
    """Measure every image asked for."""
    cases: list[Case] = []
    with tempfile.TemporaryDirectory() as folder:
        for picture, plan in planned(options, Path(folder)):
            cases += measure_picture(picture, plan, peers, budget, say)
    return cases


def planned(options: argparse.Namespace, folder: Path) -> list[tuple[Picture, Plan]]:
    """Return the images asked for, and how to measure each."""
    if options.images:
        plan = Plan(tuple(options.k or (3, 8, 16)))
        return [(picture, plan) for picture in write_files(options.images, folder)]
    groups = options.groups or (QUICK if options.quick else PLANS)
    return [
        (picture, _with_ks(PLANS[group], options.k))
        for group in groups
        for picture in write_group(group, folder)
    ]


def _with_ks(plan: Plan, ks: list[int] | None) -> Plan:
    """Return the plan with other numbers of clusters."""
    return replace(plan, ks=tuple(ks), fifty="") if ks else plan


def say(line: str) -> None:
    """Print without buffering: a run takes minutes."""
    print(line, flush=True)


def sections(cases: list[Case], goals: list[Goal]) -> list[str]:
    """Return the report in Markdown, section by section."""
    intro = (
        f"Median times on {machine()}, with the inertia relative to the best of all "
        "runs in brackets. Runs that were stopped show the time limit. *One pass* "
        "reads the image and writes labels and a recoloured image, once."
    )
    parts = [
        intro,
        results_table(cases),
        "Peak memory in addition to the image, the labels and the recoloured image:",
        memory_table(cases),
    ]
    if goals:
        parts += ["Goals and results:", goals_table(goals)]
    return parts


def machine() -> str:
    """Return the number of cores and the versions of Python and the tools."""
    versions = []
    for name in PACKAGES:
        try:
            versions.append(f"{name} {version(name)}")
        except ImportError:
            continue
    return (
        f"{os.cpu_count()} cores ({platform.machine()}), Python "
        f"{platform.python_version()}, {', '.join(versions)}"
    )


def write(report: str, cases: list[Case], page: Path | None) -> None:
    """Write the report and the plot, and update the page if one is given."""
    OUT.mkdir(exist_ok=True)
    (OUT / "benchmark.md").write_text(report + "\n", encoding="utf-8")
    plots = [OUT / "benchmark.png"]
    if page is not None:
        plots.append(page.parent / "images" / "benchmark.png")
        write_page(page, PLOT + report)
    try:
        from benchmarks.plot import draw  # noqa: PLC0415
    except ImportError:
        print("no plot: matplotlib is not installed")
        return
    for plot in plots:
        plot.parent.mkdir(exist_ok=True)
        draw(cases, plot)
    print("written: " + ", ".join(map(str, [OUT / "benchmark.md", *plots])))
