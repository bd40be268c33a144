"""Going from one result to another and back."""

import numpy as np
import numpy.testing as npt
import pytest

from napari_kmeans.segments import replacement
from napari_kmeans.segments.replacement import Replacement

COUNTS = np.array([0, 2, 1])
BEFORE, AFTER = np.array([1, 1, 2], np.uint8), np.array([2, 1, 2], np.uint8)
PAINTED = np.array([3, 1, 2], np.uint16)


@pytest.mark.parametrize("largest", [0, 1 << 20])
@pytest.mark.parametrize("painted", [BEFORE, PAINTED])
def test_a_step_and_back(monkeypatch, largest, painted):
    monkeypatch.setattr(replacement, "LARGE", largest)
    change = Replacement(AFTER, AFTER)
    change.pack()
    predicted, atoms, counts = change.swap(BEFORE, painted, COUNTS)
    npt.assert_array_equal(predicted, AFTER)
    assert atoms is predicted
    assert counts is None
    change.pack()
    predicted, atoms, counts = change.swap(predicted, atoms, COUNTS[::-1])
    npt.assert_array_equal(predicted, BEFORE)
    npt.assert_array_equal(atoms, painted)
    assert atoms.dtype == painted.dtype
    assert (atoms is predicted) == (painted is BEFORE)
    npt.assert_array_equal(counts, COUNTS)


def test_what_is_large_is_compressed_when_its_step_is_over():
    labels = np.repeat(np.arange(8, dtype=np.uint8), 1 << 20)
    change = Replacement(labels, labels)
    assert change.nbytes == labels.nbytes
    change.pack()
    assert change.nbytes == labels.nbytes  # few: kept as they are, for a quick undo
    large = np.repeat(labels, 5)
    change = Replacement(large, large)
    change.pack()
    assert change.nbytes < large.nbytes / 20


def test_steps_that_are_joined_lead_back_to_where_the_first_began():
    first, second = Replacement(AFTER, AFTER), Replacement(PAINTED, PAINTED)
    state = *first.swap(BEFORE, BEFORE, COUNTS)[:2], COUNTS
    state = *second.swap(*state)[:2], COUNTS
    predicted, _, _ = first.joined(second).swap(*state)
    npt.assert_array_equal(predicted, BEFORE)
