"""Numbers of segments, as the user types them."""

import re

from napari_kmeans.widgets.segment_count import ALLOWED

USUAL = "2-8"
MOST = 40
"""How many numbers can be compared."""


def read_numbers(text: str) -> tuple[int, ...]:
    """Return the numbers in a text such as "2-8" or "1, 2 4"; raise if there are none.

    They are in ascending order, each once.
    """
    low, high = ALLOWED
    wanted = f"Type numbers from {low} to {high}, such as 2-8 or 1 2 4 8 16."
    numbers: set[int] = set()
    joined = re.sub(r"\s*[-–]\s*", "-", text.strip())
    for part in re.split(r"[\s,;]+", joined):
        found = re.fullmatch(r"(\d{1,3})(?:-(\d{1,3}))?", part)
        if found is None:
            raise ValueError(wanted)
        first, last = int(found[1]), int(found[2] or found[1])
        if not low <= first <= last <= high:
            raise ValueError(wanted)
        numbers |= set(range(first, last + 1))
    if len(numbers) > MOST:
        raise ValueError(f"Type at most {MOST} numbers: there are {len(numbers)}.")
    return tuple(sorted(numbers))
