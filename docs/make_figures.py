"""Make the figures of the page "step by step", by running the code that is on it.

    python docs/make_figures.py

No screen is needed.
"""

import doctest
import os
import shutil
import tempfile
from pathlib import Path

import matplotlib as mpl

DOCS = Path(__file__).resolve().parent
PAGE = DOCS / "step-by-step.md"
FOLDER = DOCS / "images" / "steps"


def main() -> None:
    """Run the page in an empty folder, and take the pictures that it shows."""
    mpl.use("agg")
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        failed = doctest.testfile(
            str(PAGE), module_relative=False, optionflags=doctest.NORMALIZE_WHITESPACE
        ).failed
        text = PAGE.read_text(encoding="utf-8")
        for picture in sorted(Path(folder).glob("*.*")):
            if f"images/steps/{picture.name})" in text:
                shutil.copy(picture, FOLDER)
                print(FOLDER / picture.name, picture.stat().st_size)
        os.chdir(DOCS)
    if failed:
        raise SystemExit(f"{failed} examples of {PAGE.name} fail.")


if __name__ == "__main__":
    main()
