"""What is run by default: which k on which images, and who may take long on them.

Everything fits in some ten minutes of two cores. Only the tools that `reach` compares
with on an image may take minutes there; the others are stopped earlier.
"""

from dataclasses import dataclass

SKLEARN = "scikit-learn n_init=1"
SKLEARN_10 = "scikit-learn n_init=10"
SKLEARN_DISTINCT = "scikit-learn n_init=10, distinct"
TUTORIAL = "OpenCV, tutorial (10 attempts)"


@dataclass(frozen=True)
class Plan:
    """How to measure the images of a group.

    Attributes
    ----------
    ks : tuple of int
        How many clusters.
    anchors : frozenset of str
        The tools that must come to their end.
    fresh : bool
        Start a new process for each k, as the measurement of memory wants it.
    """

    ks: tuple[int, ...]
    anchors: frozenset[str]
    fresh: bool = False


PLANS = {
    "rgb-8": Plan((8, 16), frozenset({SKLEARN, SKLEARN_DISTINCT, TUTORIAL}), True),
    "rgb-2": Plan((3, 8, 16, 50), frozenset({SKLEARN, SKLEARN_DISTINCT})),
    "rgb-small": Plan((3, 8, 16, 50), frozenset({SKLEARN, SKLEARN_10})),
    "gray-8": Plan((2, 5, 8, 16), frozenset({SKLEARN})),
    "gray-16": Plan((16,), frozenset({SKLEARN})),
    "four-16": Plan((8,), frozenset({SKLEARN, SKLEARN_10})),
    "rgb-float": Plan((8,), frozenset({SKLEARN, SKLEARN_10})),
}
"""By group, those first whose times matter most."""

QUICK = ("rgb-small", "gray-8")
"""The groups of a quick look."""
