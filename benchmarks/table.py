"""The tables, in Markdown."""

from benchmarks.goals import Goal
from benchmarks.results import Case, Measured


def markdown(header: list[str], rows: list[list[str]]) -> str:
    """Lay out a table, the first column left-aligned, the others right-aligned."""
    rule = ["---", *["---:"] * (len(header) - 1)]
    return "\n".join(f"| {' | '.join(row)} |" for row in [header, rule, *rows])


def time_text(seconds: float) -> str:
    """Write a time with up to three significant digits."""
    if seconds < 0.0995:
        return f"{seconds * 1e3:.2g} ms"
    return f"{seconds * 1e3:.0f} ms" if seconds < 1 else f"{seconds:.3g} s"


def cell(case: Case, tool: Measured | None) -> str:
    """Write the time of a tool and its inertia relative to the best found."""
    if tool is None:
        return ""
    if tool.inertia is None or tool.seconds is None:
        return f"> {tool.over:.0f} s" if tool.over else "–"
    return f"{time_text(tool.seconds)} ({case.excess(tool.inertia):.3f})"


def results_table(cases: list[Case]) -> str:
    """Write the median times, with a row per case and a column per tool."""
    names = list(dict.fromkeys(name for case in cases for name in case.tools))
    rows = [
        [
            f"{case.title}, k = {case.k}",
            *(cell(case, case.tools.get(name)) for name in names),
            time_text(case.bound),
        ]
        for case in cases
    ]
    return markdown(["image", *names, "one pass"], rows)


def memory_table(cases: list[Case]) -> str:
    """Write the peak memory of each tool, for the case with the most pixels."""
    case = max(cases, key=lambda case: case.bound)
    rows = [
        [name, f"{tool.memory / 1e6:,.0f} MB"]
        for name, tool in case.tools.items()
        if tool.memory is not None
    ]
    return markdown([f"{case.title}, k = {case.k}", "peak memory"], rows)


def goals_table(goals: list[Goal]) -> str:
    """Write the goals, the results and the verdicts."""
    rows = [[goal.what, goal.aim, goal.found, goal.verdict] for goal in goals]
    return markdown(["measure", "goal", "result", "verdict"], rows)
