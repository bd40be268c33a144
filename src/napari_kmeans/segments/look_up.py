"""Look up the label of each atom, in place, in blocks, on threads."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_kmeans.core.blocks import for_each_block
from napari_kmeans.core.progress import finish

Array = NDArray[Any]

BLOCK = 1 << 18
"""Pixels looked up at once: numpy converts them to 8-byte indices."""


def look_up_into(labels: Array, table: Array, atoms: Array) -> None:
    """Write the label of each atom.

    Shapes: table (n_atoms + 1,).
    """
    in_a_row = atoms.size // max(1, len(atoms))

    def look_up(rows: slice) -> None:
        # "clip" lets numpy write straight into the labels.
        np.take(table, atoms[rows], out=labels[rows], mode="clip")

    size = max(1, BLOCK // max(1, in_a_row))
    finish(for_each_block(look_up, len(atoms), "Looking up the labels", size))
