"""The generated part of a docs page."""

from pathlib import Path

MARK = "<!-- benchmark -->"
"""The generated part is between two lines like this."""


def write_page(page: Path, report: str) -> None:
    """Replace what is between the two marks of a Markdown page."""
    parts = page.read_text(encoding="utf-8").split(MARK)
    if len(parts) != 3:
        raise ValueError(f"{page} should have two lines {MARK!r}.")
    before, _, after = parts
    text = f"{before}{MARK}\n\n{report}\n\n{MARK}{after}"
    page.write_text(text, encoding="utf-8")
