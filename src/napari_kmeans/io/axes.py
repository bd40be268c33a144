"""The names, scales and units of an image's axes, for a file."""

import operator
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

NAMES = ("t", "z", "y", "x")
"""The default names of the last axes."""
PIXEL_UNITS = ("", "pixel", "pixels", "px", "dimensionless")
"""What napari calls the unit of axes without one."""


@dataclass(frozen=True)
class Geometry:
    """The axes of an image without its channels."""

    # the name of each axis: "t" for time, all others are of space
    axes: tuple[str, ...]
    scale: tuple[float, ...]  # the size of a pixel along each axis
    translate: tuple[float, ...]  # where the centre of the first pixel lies
    # the unit of each axis, such as "micrometer"; None for pixels
    units: tuple[str | None, ...]

    @classmethod
    def of(
        cls,
        n_axes: int,
        axes: Sequence[str] | None = None,
        scale: Sequence[float] | None = None,
        translate: Sequence[float] | None = None,
        units: Sequence[object] | None = None,
    ) -> "Geometry":
        """Validate what is given of the axes, and fill in the rest."""
        if not 2 <= n_axes <= len(NAMES):
            raise ValueError(
                f"The image has {n_axes} axes without its channels, but OME-Zarr "
                "holds from 2 to 4: two or three of space, and time. Write a part of "
                "it, or add an axis of length 1 to 1-D data."
            )
        named = NAMES[-n_axes:] if axes is None else tuple(map(str, axes))
        geometry = cls(
            named,
            (1.0,) * n_axes if scale is None else tuple(map(float, scale)),
            (0.0,) * n_axes if translate is None else tuple(map(float, translate)),
            (None,) * n_axes if units is None else tuple(map(_unit, units)),
        )
        for word, given in vars(geometry).items():
            if len(given) != n_axes:
                raise ValueError(
                    f"{word} is {given}: give one for each of the {n_axes} axes of the "
                    "image without its channels."
                )
        if len(set(named)) < n_axes or "c" in named:
            raise ValueError(
                f'axes is {named}: give each axis a different name, other than "c".'
            )
        if "t" in named[1:] or n_axes - ("t" in named) not in (2, 3):
            raise ValueError(
                f'axes is {named}: only the first can be "t", and two or three others '
                "must follow."
            )
        return geometry

    @property
    def channel_position(self) -> int:
        """The index of the channel axis in a file: after time."""
        return int(self.axes[0] == "t")

    def coarser(self, factors: Iterable[float]) -> "Geometry":
        """Return the geometry of the same image in larger pixels."""
        factors = list(map(float, factors))
        starts = zip(self.translate, self.scale, factors, strict=True)
        return replace(
            self,
            scale=tuple(map(operator.mul, self.scale, factors)),
            translate=tuple(
                start + size * (factor - 1) / 2 for start, size, factor in starts
            ),
        )


def _unit(unit: object) -> str | None:
    """Return the name of a unit, or None for pixels."""
    return None if unit is None or str(unit) in PIXEL_UNITS else str(unit)
