"""A docs page, part of which is generated."""

from pathlib import Path

MARK = "<!-- benchmark -->"
"""The generated part stands between two lines like this."""


def write_page(page: Path, report: str) -> None:
    """Replace the generated part of a page.

    Parameters
    ----------
    page : Path
        A Markdown file with two marks.
    report : str
        What to put between them.

    Raises
    ------
    ValueError
        The page has no two marks.
    """
    parts = page.read_text(encoding="utf-8").split(MARK)
    if len(parts) != 3:
        raise ValueError(f"{page} should have two lines {MARK!r}.")
    before, _, after = parts
    text = f"{before}{MARK}\n\n{report}\n\n{MARK}{after}"
    page.write_text(text, encoding="utf-8")
