"""The choice among numbers of clusters, and its reason in plain words."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

SEPARATE = 2 / 3
"""The largest overlap of clusters that are groups of their own."""
SUBSTANTIAL = 0.25
"""The silhouette up to which there is no structure (Kaufman and Rousseeuw 1990)."""
ORDINALS = (
    *("zeroth", "first", "second", "third", "fourth", "fifth", "sixth", "seventh"),
    *("eighth", "ninth", "tenth", "eleventh", "twelfth"),
)


@dataclass(frozen=True)
class Criteria:
    """How well a number of clusters describes the pixels of an image.

    Attributes
    ----------
    n_clusters : int
        The number of clusters.
    inertia : float
        The sum over all pixels of the squared distance to their centroid, in the
        feature space.
    explained : float
        The share of the variance that the clusters explain, from 0 to 1: 1 minus the
        inertia over that of one cluster.
    calinski_harabasz : float
        The criterion of Calinski and Harabasz, as in scikit-learn. NaN for one cluster.
    silhouette : float
        The mean silhouette of the pixels, as in scikit-learn, from -1 to 1. NaN for one
        cluster.
    overlap : float
        How many pixels are halfway between two neighbouring centroids, over those
        around the one that has fewer around it, of the neighbours where this is most. 0
        if the clusters are apart; 1 or more if a single group was divided. NaN for one
        cluster.
    """

    n_clusters: int
    inertia: float
    explained: float
    calinski_harabasz: float
    silhouette: float
    overlap: float


def choose(
    criteria: Sequence[Criteria], n_values: int | None
) -> tuple[int | None, str]:
    """Return the number to suggest, or None, and the reason.

    The criteria are in ascending order of the numbers. `n_values` is how many different
    values there are, if there are no more than clusters.
    """
    if n_values == 1:
        return None, "No clear number: all pixels have the same value."
    if n_values is not None:
        return n_values, (
            f"{n_values}: the image has only {n_values} different values."
        )
    separate = [
        one
        for one in criteria
        if one.overlap <= SEPARATE and one.silhouette > SUBSTANTIAL
    ]
    if separate:
        return separate[-1].n_clusters, f"{_gains(criteria, separate[-1])}."
    reason = "No clear number: the segments run into each other."
    bend = knee(criteria)
    if bend is not None:
        words = _gains(criteria, bend, ", which explains")
        reason += f" Of these, the curve bends at {words}."
    return None, reason


def knee(criteria: Sequence[Criteria]) -> Criteria | None:
    """Return where the explained variance bends most; None if that is at no number."""
    # One cluster explains nothing, whether it was asked for or not.
    numbers = np.array([1, *(one.n_clusters for one in criteria)])
    explained = np.array([0, *(one.explained for one in criteria)])
    if len(criteria) < 2 or not explained[-1] > 0:
        return None
    along = (numbers - 1) / (numbers[-1] - 1)
    height = explained / explained[-1] - along
    highest = int(height.argmax())
    return criteria[highest - 1] if height[highest] > 0 else None


def _gains(
    criteria: Sequence[Criteria], chosen: Criteria, explains: str = " explains"
) -> str:
    """Say what a number of clusters explains, and what more of them would add."""
    number = chosen.n_clusters
    words = f"{number}{explains} {percent(chosen.explained)}"
    more = [one for one in criteria if one.n_clusters > number]
    if not more:
        return f"{words}; more than {number} were not tried"
    following = more[0]
    gain = percent(following.explained - chosen.explained)
    if following.n_clusters > number + 1:
        return f"{words}, {following.n_clusters} would add {gain}"
    return f"{words}, {_another(number + 1)} adds {gain}"


def _another(number: int) -> str:
    """Return one more, as a word: "a fourth"."""
    word = ORDINALS[number] if number < len(ORDINALS) else f"{number}th"
    article = "an" if word.startswith(("e", "8", "11th", "18th")) else "a"
    return f"{article} {word}"


def percent(share: float) -> str:
    """Return a share in per cent, such that only all of it is 100 %."""
    number = 100 * share
    if 99.5 <= number < 100:
        return "over 99 %"
    if 0 < number < 0.5:
        return "less than 1 %"
    return f"{number:.0f} %"
