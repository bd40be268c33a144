"""How the files of the package depend on each other, and on other packages."""

import ast
import sys
import tomllib
from graphlib import CycleError, TopologicalSorter
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src"
FILES = {
    ".".join(path.relative_to(SOURCE).with_suffix("").parts).removesuffix(
        ".__init__"
    ): path
    for path in SOURCE.rglob("*.py")
}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def imported(path):
    """Give the names of all modules that a file imports, in functions too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} has a relative import"
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if inner in FILES else node.module


def test_no_files_import_each_other_in_a_circle():
    graph = {name: set(imported(path)) & set(FILES) for name, path in FILES.items()}
    assert sum(map(len, graph.values())) > len(FILES)
    try:
        list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        raise AssertionError(" -> ".join(error.args[1])) from None


def distribution_names():
    """Give what pyproject declares for users: always, and as extras."""
    project = PROJECT["project"]
    extras = project["optional-dependencies"].values()
    declared = [*project["dependencies"], *(one for extra in extras for one in extra)]
    words = (one.split("[")[0].split(">")[0].split("=")[0] for one in declared)
    return {word.strip().lower().replace("_", "-") for word in words}


def test_nothing_is_imported_that_is_not_declared():
    distributions = packages_distributions()
    known = distribution_names()
    undeclared = {}
    for name, path in FILES.items():
        for module in imported(path):
            package = module.split(".")[0]
            if package in sys.stdlib_module_names or package == "napari_kmeans":
                continue
            found = distributions.get(package, [package])  # an extra may be missing
            homes = {one.lower().replace("_", "-") for one in found}
            if not homes & known:
                undeclared.setdefault(package, []).append(name)
    assert undeclared == {}
