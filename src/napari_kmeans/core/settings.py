"""The settings of a fit, validated when they are made."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal, cast, get_args

import numpy as np
from numpy.typing import ArrayLike

ColorSpace = Literal["rgb", "lab", "luv", "hsv", "grey"]
Scaling = Literal["none", "standardize", "percentile"]
Smoothing = Literal["gaussian", "median"]
REAL = int | float | np.integer | np.floating
MAX_CLUSTERS = 65_535
"""Labels are at most 16 bits wide and 0 is 'in no segment'."""


@dataclass(frozen=True)
class Settings:
    """The settings of a fit: all that `KMeansModel.fit` needs besides the image.

    Parameters
    ----------
    n_clusters : int
        The number of clusters, 1 to 65,535.
    color_space : {"rgb", "lab", "luv", "hsv", "grey"}
        The feature space in which distances are measured. "rgb" uses the values as they
        are, whatever the channels mean; the others need three channels. "grey" is the
        luminance, a single axis, in the image's own units.
    init : {"k-means++", "random"} or array_like of shape (n_clusters, C)
        The initialization: greedy k-means++, random pixels, or these centroids in the
        image's own units (with a position weight, D more columns hold their positions
        in pixels). It has no effect on a single axis, which is solved exactly.
    n_init : int or "auto"
        The number of random initializations; the best is refined. "auto" tries enough
        for the result hardly ever to depend on `random_state`.
    max_iter : int
        The maximum number of Lloyd iterations over all distinct values.
    tol : float
        Stop when the sum of the squared shifts of the centroids is at most `tol` times
        the mean variance of the features, as in scikit-learn. The default, 0, iterates
        until no pixel changes its cluster.
    random_state : int
        The seed of the random initializations.
    channel_weights : sequence of float, optional
        Multiplies each axis of the feature space: 2 makes differences along it count
        twice. "grey" has one axis.
    lightness_weight : float
        Multiplies the lightness only: L* of "lab" and "luv", the value of "hsv".
    scaling : {"none", "standardize", "percentile"} or sequence of these
        What each axis of the feature space is divided by, before the weights are
        applied: nothing, its standard deviation, or the range from its 1st to its 99th
        percentile. A sequence has one word for each axis.
    position_weight : float or sequence of float
        Multiplies a pixel's indices along the D spatial axes, which become D more axes
        of the feature space and make clusters compact: one number for all spatial axes,
        or one for each. 0: positions do not count.
    sigma : float or sequence of float
        The extent of the smoothing before everything else, in pixels: one number for
        all spatial axes, or one for each. 0: none. It belongs to the model: `predict`
        smooths, too.
    smoothing : {"gaussian", "median"}
        A Gaussian filter of standard deviation `sigma`, or a median filter with a box
        that extends by `sigma`, rounded up, to each side.

    Raises
    ------
    TypeError
        An argument has the wrong type.
    ValueError
        An argument has an invalid value.
    """

    n_clusters: int
    color_space: ColorSpace = "rgb"
    init: str | ArrayLike = "k-means++"
    n_init: int | Literal["auto"] = "auto"
    max_iter: int = 300
    tol: float = 0.0
    random_state: int = 0
    channel_weights: ArrayLike | None = None
    lightness_weight: float = 1.0
    scaling: Scaling | Sequence[Scaling] = "none"
    position_weight: float | Sequence[float] = 0.0
    sigma: float | Sequence[float] = 0.0
    smoothing: Smoothing = "gaussian"

    def __post_init__(self) -> None:
        checked = {
            "n_clusters": _integer("n_clusters", self.n_clusters, 1, MAX_CLUSTERS),
            "color_space": _choice("color_space", self.color_space, ColorSpace),
            "init": _init(self.init, self.n_clusters),
            "n_init": self.n_init
            if isinstance(self.n_init, str) and self.n_init == "auto"
            else _integer("n_init", self.n_init, 1, None, ' or "auto"'),
            "max_iter": _integer("max_iter", self.max_iter, 1),
            "tol": _real("tol", self.tol),
            "random_state": _integer("random_state", self.random_state, 0),
            "channel_weights": _weights(self.channel_weights),
            "lightness_weight": _real("lightness_weight", self.lightness_weight),
            "scaling": _scaling(self.scaling),
            "position_weight": _per_axis("position_weight", self.position_weight),
            "sigma": _per_axis("sigma", self.sigma),
            "smoothing": _choice("smoothing", self.smoothing, Smoothing),
        }
        if self.color_space in ("rgb", "grey") and self.lightness_weight != 1:
            raise ValueError(
                f"lightness_weight is {self.lightness_weight!r}, but color_space "
                f'"{self.color_space}" has no lightness apart from colour: use "lab", '
                '"luv" or "hsv", or channel_weights.'
            )
        for name, value in checked.items():
            object.__setattr__(self, name, value)

    def position_weights(self, n_axes: int) -> tuple[float, ...]:
        """Return the position weight along each spatial axis."""
        weights = _spread("position_weight", self.position_weight, n_axes)
        return weights if any(weights) else ()

    def sigmas(self, n_axes: int) -> tuple[float, ...]:
        """Return how far values are smoothed along each spatial axis, in pixels."""
        sigmas = _spread("sigma", self.sigma, n_axes)
        return sigmas if any(sigmas) else ()

    def to_dict(self) -> dict[str, Any]:
        """Return the settings as a dictionary that JSON can hold."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @classmethod
    def among(cls, arguments: Mapping[str, Any]) -> "Settings":
        """Return settings from the matching arguments of a function."""
        names = [field.name for field in fields(cls)]
        return cls(**{name: arguments[name] for name in names})

    @classmethod
    def from_dict(cls, settings: Mapping[str, Any]) -> "Settings":
        """Make settings from what `to_dict` gave."""
        known = {field.name for field in fields(cls)}
        unknown = sorted(set(settings) - known)
        if unknown:
            raise ValueError(
                f"{unknown[0]!r} is not a setting; the settings are "
                f"{', '.join(sorted(known))}."
            )
        return cls(**settings)


def _integer(
    name: str, value: Any, low: int, high: int | None = None, alternative: str = ""
) -> int:
    """Return the value as an int; raise if it is invalid."""
    bounds = f"of at least {low}" if high is None else f"from {low} to {high}"
    wanted = f"give a whole number {bounds}{alternative}."
    if isinstance(value, bool | np.bool_) or not isinstance(value, int | np.integer):
        raise TypeError(
            f"{name} is {value!r}, of type {type(value).__name__}: {wanted}"
        )
    if value < low or (high is not None and value > high):
        raise ValueError(f"{name} is {value}: {wanted}")
    return int(value)


def _real(name: str, value: Any) -> float:
    """Return the value as a float of 0 or more; raise if it is invalid."""
    wanted = "give a finite number, 0 or more."
    if isinstance(value, bool | np.bool_) or not isinstance(value, REAL):
        raise TypeError(
            f"{name} is {value!r}, of type {type(value).__name__}: {wanted}"
        )
    if not 0 <= value < np.inf:
        raise ValueError(f"{name} is {value}: {wanted}")
    return float(value)


def _choice(name: str, value: Any, choices: Any) -> Any:
    """Return the value if it is one of the choices; raise if not."""
    allowed = get_args(choices)
    if not isinstance(value, str) or value not in allowed:
        listed = ", ".join(f'"{choice}"' for choice in allowed)
        raise ValueError(f"{name} is {value!r}: give one of {listed}.")
    return value


def _scaling(value: Any) -> Scaling | tuple[Scaling, ...]:
    """Return the scaling as a word, or as a tuple of words."""
    if isinstance(value, list | tuple | np.ndarray) and len(value):
        return tuple(_choice("scaling", word, Scaling) for word in value)
    return cast("Scaling", _choice("scaling", value, Scaling))


def _per_axis(name: str, value: Any) -> float | tuple[float, ...]:
    """Return one number for all spatial axes, or a tuple with one for each."""
    if isinstance(value, list | tuple | np.ndarray) and len(value):
        return tuple(_real(name, number) for number in value)
    return _real(name, value)


def _spread(name: str, value: Any, n_axes: int) -> tuple[float, ...]:
    """Return the number for each spatial axis; raise if there are too many or few."""
    if not isinstance(value, tuple):
        return (value,) * n_axes
    if len(value) != n_axes:
        raise ValueError(
            f"{name} is {value}, but the image has {n_axes} spatial axes: give one "
            "number for each, or one for all."
        )
    return value


def _weights(value: Any) -> tuple[float, ...] | None:
    """Return the channel weights as a tuple."""
    if value is None:
        return None
    wanted = "give one number of 0 or more for each channel, not all of them 0."
    try:
        weights = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise TypeError(f"channel_weights is {value!r}: {wanted}") from error
    usable = np.isfinite(weights).all() and (weights >= 0).all() and weights.any()
    if weights.ndim != 1 or not usable:
        raise ValueError(f"channel_weights is {value!r}: {wanted}")
    return tuple(weights.tolist())


def _init(value: Any, n_clusters: int) -> str | tuple[tuple[float, ...], ...]:
    """Return the initialization as a word, or the centroids as tuples."""
    wanted = (
        'give "k-means++", "random" or an array of finite numbers with one row for '
        f"each of the {n_clusters} clusters and one column for each channel."
    )
    if isinstance(value, str):
        if value not in ("k-means++", "random"):
            raise ValueError(f"init is {value!r}: {wanted}")
        return value
    try:
        centroids = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise TypeError(f"init is {value!r}: {wanted}") from error
    if centroids.ndim == 1:
        centroids = centroids[:, np.newaxis]
    if centroids.ndim != 2 or len(centroids) != n_clusters:
        raise ValueError(f"init has the shape {np.shape(value)}: {wanted}")
    if not np.isfinite(centroids).all():
        raise ValueError(f"init has values that are not finite: {wanted}")
    return tuple(map(tuple, centroids.tolist()))
