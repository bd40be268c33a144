"""The examples of the documentation do what it says that they do."""

import doctest
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[1] / "docs"


@pytest.mark.parametrize(
    ("name", "least"), [("python.md", 40), ("larger-than-memory.md", 20)]
)
def test_the_examples_of_a_page_run(name, least, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # where they write files
    page = DOCS / name
    examples = doctest.DocTestParser().get_doctest(
        page.read_text(encoding="utf-8"), {}, page.name, str(page), 0
    )
    assert len(examples.examples) > least
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    said = []
    runner.run(examples, out=said.append)
    assert not said, "".join(said)
