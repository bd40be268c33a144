"""The default plan: which k on which images, and which tools may take minutes.

It takes about ten minutes on two idle cores. Only the tools that `goals` compares with
on an image may take minutes there; the others are stopped early.
"""

from dataclasses import dataclass, field

SKLEARN = "scikit-learn n_init=1"
SKLEARN_10 = "scikit-learn n_init=10"
SKLEARN_DISTINCT = "scikit-learn n_init=10, distinct"
BATCHES = "MiniBatchKMeans"
TUTORIAL = "OpenCV, tutorial (10 attempts)"


@dataclass(frozen=True)
class Plan:
    """How to measure the images of a group."""

    ks: tuple[int, ...]  # numbers of clusters
    fifty: str = ""  # the image that is clustered into 50 as well
    anchors: frozenset[str] = field(default=frozenset())  # tools never stopped early
    left_out: frozenset[str] = field(default=frozenset())  # slow, and no goal's peer
    fresh: bool = False  # new processes for each k, to measure their memory

    def ks_of(self, name: str) -> list[int]:
        """Return the numbers of clusters for an image, ascending."""
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
"""The plan of each group, the most important first."""

QUICK = ("rgb-small", "gray-8")
"""The groups measured with --quick."""
