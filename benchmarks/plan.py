"""What is run by default: which k on which images, and who may take long on them.

Everything fits in some ten minutes of two idle cores. Only the tools that `reach`
compares with on an image may take minutes there; the others are stopped earlier.
"""

from dataclasses import dataclass, field

SKLEARN = "scikit-learn n_init=1"
SKLEARN_10 = "scikit-learn n_init=10"
SKLEARN_DISTINCT = "scikit-learn n_init=10, distinct"
BATCHES = "MiniBatchKMeans"
TUTORIAL = "OpenCV, tutorial (10 attempts)"


@dataclass(frozen=True)
class Plan:
    """How to measure the images of a group.

    Attributes
    ----------
    ks : tuple of int
        How many clusters.
    fifty : str
        The name of the one image that is clustered into 50 as well.
    anchors : set of str
        The tools that must come to their end.
    left_out : set of str
        The tools that would take minutes without deciding anything.
    fresh : bool
        Start a new process for each k, as the measurement of memory wants it.
    """

    ks: tuple[int, ...]
    fifty: str = ""
    anchors: frozenset[str] = field(default=frozenset())
    left_out: frozenset[str] = field(default=frozenset())
    fresh: bool = False

    def ks_of(self, name: str) -> list[int]:
        """Give the numbers of clusters for an image, from few to many."""
        return sorted({*self.ks, *([50] if name == self.fifty else [])})


PLANS = {
    "rgb-8": Plan(
        (8, 16),
        anchors=frozenset({SKLEARN, SKLEARN_DISTINCT, TUTORIAL}),
        left_out=frozenset({SKLEARN_10, BATCHES}),
        fresh=True,
    ),
    "rgb-2": Plan(
        (3, 8, 16),
        fifty="collage",
        anchors=frozenset({SKLEARN, SKLEARN_DISTINCT}),
        left_out=frozenset({SKLEARN_10}),
    ),
    "rgb-small": Plan(
        (3, 8, 16), fifty="coffee", anchors=frozenset({SKLEARN, SKLEARN_10})
    ),
    "gray-8": Plan((2, 5, 8, 16), anchors=frozenset({SKLEARN})),
    "gray-16": Plan((16,), anchors=frozenset({SKLEARN})),
    "four-16": Plan((8,), anchors=frozenset({SKLEARN, SKLEARN_10})),
    "rgb-float": Plan((8,), anchors=frozenset({SKLEARN, SKLEARN_10})),
}
"""By group, those first whose times matter most."""

QUICK = ("rgb-small", "gray-8")
"""The groups of a quick look."""
