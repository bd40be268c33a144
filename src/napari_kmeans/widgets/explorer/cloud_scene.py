"""What the cloud's view draws, in a box of side 1 around the origin."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from napari_kmeans.core.plotting.cloud import Cloud
from napari_kmeans.core.types import Array, Floats

CORNERS = np.array([(x, y, z) for x in (0, 1) for y in (0, 1) for z in (0, 1)]) - 0.5
EDGES = np.array([(a, b) for a in range(8) for b in range(a) if (a ^ b) in (1, 2, 4)])
"""The corners that the edges of the box connect."""
BESIDE = 0.1
"""How far from the end of its axis a name is."""
FADED = 0.2
"""How much is seen of the colour of a faded point."""


def _none(*shape: int) -> Floats:
    return np.zeros(shape)


@dataclass(frozen=True, eq=False)
class Box:
    """The box of side 1 around the origin that values are drawn in."""

    middle: Floats  # (3,): in the units of each axis
    lengths: Floats  # what is 1 long
    size: Floats

    @classmethod
    def around(cls, cloud: Cloud, *, is_even: bool) -> "Box":
        """Put a box around a cloud; an even one has one scale along all axes."""
        lengths = np.where(cloud.high > cloud.low, cloud.high - cloud.low, 1.0)
        middle = (cloud.low + cloud.high) / 2
        if is_even:
            return cls(middle, np.full(3, lengths.max()), lengths / lengths.max())
        return cls(middle, lengths, np.ones(3))

    def places(self, coordinates: Floats) -> Array:
        """Return where coordinates (3, M) lie: (M, 3)."""
        places: Array = ((coordinates.T - self.middle) / self.lengths).astype(
            np.float32
        )
        return places


@dataclass
class CloudScene:
    """Points, the box around them, and the centroids."""

    places: Array = field(default_factory=lambda: _none(0, 3))
    sizes: Array = field(default_factory=lambda: _none(0))  # in pixels
    colors: Array = field(default_factory=lambda: _none(0, 3))
    faded: Array = field(default_factory=lambda: _none(0) > 0)
    shown: Array = field(default_factory=lambda: _none(0) > 0)
    box: Floats = field(default_factory=lambda: np.ones(3))  # its size
    names: Sequence[str] = ()  # of the axes
    centroids: Array = field(default_factory=lambda: _none(0, 3))
    centroid_colors: Array = field(default_factory=lambda: _none(0, 3))
    numbers: Sequence[int] = ()  # of the centroids

    def colors_over(self, ground: Floats) -> Array:
        """Return the colours of the points over another one, into which some fade."""
        if not self.faded.any():
            return self.colors
        mixed = FADED * self.colors + (1 - FADED) * ground
        colors: Array = np.where(self.faded[:, np.newaxis], mixed, self.colors)
        return colors

    @property
    def corners(self) -> Floats:
        """The corners of the box, (8, 3)."""
        return CORNERS * self.box

    @property
    def axis_ends(self) -> Floats:
        """Where the names of the axes are, (3, 3): at first beside the cloud."""
        ends: Floats = np.where(np.eye(3) > 0, self.box / 2 + BESIDE, -self.box / 2)
        ends[2, 1] *= -1
        return ends
