"""The examples of the documentation run, and the Python API is documented in full."""

import dataclasses
import doctest
import inspect
import operator
import re
import sys
from pathlib import Path

import pytest

import napari_kmeans
from napari_kmeans import plots

DOCS = Path(__file__).parents[1] / "docs"


@pytest.mark.parametrize(
    ("name", "least"),
    [("python.md", 40), ("larger-than-memory.md", 20), ("step-by-step.md", 50)],
)
def test_the_examples_of_a_page_run(name, least, tmp_path, monkeypatch):
    if name == "step-by-step.md":
        pytest.importorskip("matplotlib").use("agg")
    monkeypatch.chdir(tmp_path)  # where they write files
    page = DOCS / name
    examples = doctest.DocTestParser().get_doctest(
        page.read_text(encoding="utf-8"), {}, page.name, str(page), 0
    )
    assert len(examples.examples) > least
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    said = []
    runner.run(examples, out=said.append)
    if pyplot := sys.modules.get("matplotlib.pyplot"):
        pyplot.close("all")
    assert not said, "".join(said)


def test_the_figures_of_a_page_are_those_that_its_code_saves():
    page = (DOCS / "step-by-step.md").read_text(encoding="utf-8")
    shown = set(re.findall(r"\(images/steps/([\w-]+\.\w+)\)", page))
    assert len(shown) > 8
    assert {path.name for path in (DOCS / "images" / "steps").iterdir()} == shown
    assert [name for name in shown if f'"{name}"' not in page] == []


PUBLIC = [name for name in napari_kmeans.__all__ if name != "__version__"]
METHODS = ("fit", "predict", "recolor", "save", "load", "to_dict", "from_dict")


def documented(docstring):
    """Give the names that a numpydoc docstring lists, and the sections it has."""
    lines = inspect.cleandoc(docstring).splitlines()
    heads = [i - 1 for i, line in enumerate(lines) if line and set(line) == {"-"}]
    sections = {lines[i] for i in heads}
    names = set()
    for start, stop in zip(heads, [*heads[1:], len(lines)], strict=True):
        if lines[start] in ("Parameters", "Attributes"):
            entries = [line for line in lines[start + 2 : stop] if line[:1].strip()]
            for entry in entries:
                names.update(entry.split(" : ")[0].replace("*", "").split(", "))
    return names, sections


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_name_is_explained_where_the_python_api_is(name):
    page = (DOCS / "python.md").read_text(encoding="utf-8")
    assert all(f"`{figure}`" in page for figure in plots.__all__)
    table = page.split("## Public names")[1].split("\n## ")[0]
    assert f"`{name}`" in table


@pytest.mark.parametrize(
    "name",
    [
        *PUBLIC,
        *(f"KMeansModel.{method}" for method in METHODS),
        *(f"plots.{name}" for name in plots.__all__),
    ],
)
def test_the_docstring_of_a_public_name_lists_all_that_it_takes_and_gives(name):
    public = operator.attrgetter(name)(napari_kmeans)
    names, sections = documented(public.__doc__)
    if dataclasses.is_dataclass(public):
        wanted = {field.name for field in dataclasses.fields(public)}
    else:
        wanted = set(inspect.signature(public).parameters) - {"self"}
        assert "Returns" in sections or public.__name__ == "save"
    assert names == wanted


def test_every_file_that_the_page_for_developers_names_exists():
    page = (DOCS / "developing.md").read_text(encoding="utf-8")
    package = Path(napari_kmeans.__file__).parent
    files = re.findall(r"`([\w/]+\.(?:py|pyi|yaml))`", page)
    rooms = re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)
    assert len(files) > 30
    assert rooms == ["core", "segments", "io", "layers", "widgets", "plots"]
    assert [name for name in {*files, *rooms} if not (package / name).exists()] == []


@pytest.mark.parametrize("page", [DOCS.parent / "README.md", *DOCS.rglob("*.md")])
def test_the_links_of_a_page_lead_to_files(page):
    links = re.findall(r"\]\(([^)#]+)(?:#[\w-]*)?\)", page.read_text(encoding="utf-8"))
    local = [link for link in links if "://" not in link]
    assert [link for link in local if not (page.parent / link).exists()] == []
