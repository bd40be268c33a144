"""The settings of a fit, validated when they are made."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from functools import partial
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike

from napari_kmeans.core.types import Floats

ColorSpace = Literal["rgb", "lab", "luv", "hsv", "grey"]
Scaling = Literal["none", "standardize", "percentile"]
Smoothing = Literal["gaussian", "median"]
WHOLE = int | np.integer
FINITE = float(np.finfo(np.float64).max)
REAL = WHOLE | float | np.floating
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
    init : {"k-means++", "random"} or array_like of shape (m, C)
        The initialization: greedy k-means++, random pixels, or these centroids in the
        image's own units (with a position weight, D more columns hold their positions
        in pixels). If they are fewer than `n_clusters`, k-means++ adds the rest. Only
        pinned ones have an effect on a single axis, which is solved exactly.
    pinned : sequence of int
        The rows of `init`, counted from 0, whose centroids do not move: a pixel belongs
        to one of them if none is nearer. Their `feature_centroids` stay exactly as
        given, while `centroids` are the means of their pixels. One that is nearest to
        no pixel is dropped, and the model's `message` says so.
    n_init : int or "auto"
        The number of random initializations; the best is refined. "auto" tries several,
        the same for every `random_state`, on which the result then does not depend.
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
    pinned: Sequence[int] = ()
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
        n_init: Any = self.n_init
        if not (isinstance(n_init, str) and n_init == "auto"):
            n_init = _integer("n_init", n_init, 1, alternative=' or "auto"')
        weight, sigma = (partial(_real, name) for name in ("position_weight", "sigma"))
        checked = {
            "n_clusters": _integer("n_clusters", self.n_clusters, 1, MAX_CLUSTERS),
            "color_space": _word("color_space", self.color_space, ColorSpace),
            "init": _init(self.init, self.n_clusters),
            "n_init": n_init,
            "max_iter": _integer("max_iter", self.max_iter, 1),
            "tol": _real("tol", self.tol),
            "random_state": _integer("random_state", self.random_state, 0),
            "channel_weights": _weights(self.channel_weights),
            "lightness_weight": _real("lightness_weight", self.lightness_weight),
            "scaling": _one_or_each(
                partial(_word, "scaling", choices=Scaling), self.scaling
            ),
            "position_weight": _one_or_each(weight, self.position_weight),
            "sigma": _one_or_each(sigma, self.sigma),
            "smoothing": _word("smoothing", self.smoothing, Smoothing),
        }
        if self.color_space in ("rgb", "grey") and self.lightness_weight != 1:
            raise ValueError(
                f"lightness_weight is {self.lightness_weight!r}, but color_space "
                f'"{self.color_space}" has no lightness apart from colour: use "lab", '
                '"luv" or "hsv", or channel_weights.'
            )
        checked["pinned"] = _pinned(self.pinned, checked["init"])
        for name, value in checked.items():
            object.__setattr__(self, name, value)

    def position_weights(self, n_axes: int) -> tuple[float, ...]:
        """Return the position weight along each spatial axis."""
        return _for_each_axis("position_weight", self.position_weight, n_axes)

    def sigmas(self, n_axes: int) -> tuple[float, ...]:
        """Return how far values are smoothed along each spatial axis, in pixels."""
        return _for_each_axis("sigma", self.sigma, n_axes)

    def without_init(self, **changes: Any) -> "Settings":
        """Return other settings, which start from no given centroids."""
        init = "k-means++" if not isinstance(self.init, str) else self.init
        return replace(self, init=init, pinned=(), **changes)

    def with_clusters(self, n_clusters: int) -> "Settings":
        """Return the settings of another number, without centroids if too many."""
        if not isinstance(self.init, str) and len(self.init) > n_clusters:  # type: ignore[arg-type]
            return self.without_init(n_clusters=n_clusters)
        return replace(self, n_clusters=n_clusters)

    def to_dict(self) -> dict[str, Any]:
        """Return the settings as a dictionary that JSON can hold."""
        return {**asdict(self), "pinned": list(self.pinned)}

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


def _number(
    name: str, value: Any, kinds: Any, limits: tuple[float, float], wanted: str
) -> Any:
    """Return a number of some kinds and within limits; raise if it is none."""
    if isinstance(value, bool | np.bool_) or not isinstance(value, kinds):
        raise TypeError(
            f"{name} is {value!r}, of type {type(value).__name__}: {wanted}"
        )
    if not limits[0] <= value <= limits[1]:
        raise ValueError(f"{name} is {value}: {wanted}")
    return value


def _integer(
    name: str, value: Any, low: int, high: float = np.inf, alternative: str = ""
) -> int:
    """Return the value as an int; raise if it is invalid."""
    bounds = f"of at least {low}" if high == np.inf else f"from {low} to {high}"
    wanted = f"give a whole number {bounds}{alternative}."
    return int(_number(name, value, WHOLE, (low, high), wanted))


def _real(name: str, value: Any) -> float:
    """Return the value as a float of 0 or more; raise if it is invalid."""
    wanted = "give a finite number, 0 or more."
    return float(_number(name, value, REAL, (0, FINITE), wanted))


def _word(name: str, value: Any, choices: Any) -> Any:
    """Return the value if it is one of the choices; raise if not."""
    allowed = get_args(choices)
    if not isinstance(value, str) or value not in allowed:
        listed = ", ".join(f'"{choice}"' for choice in allowed)
        raise ValueError(f"{name} is {value!r}: give one of {listed}.")
    return value


def _one_or_each(check: Callable[[Any], Any], value: Any) -> Any:
    """Return one checked value for all axes, or a tuple with one for each."""
    if isinstance(value, list | tuple | np.ndarray) and len(value):
        return tuple(map(check, value))
    return check(value)


def _for_each_axis(name: str, value: Any, n_axes: int) -> tuple[float, ...]:
    """Return the number for each spatial axis; none if all are 0."""
    numbers = value if isinstance(value, tuple) else (value,) * n_axes
    if len(numbers) != n_axes:
        raise ValueError(
            f"{name} is {value}, but the image has {n_axes} spatial axes: give one "
            "number for each, or one for all."
        )
    return numbers if any(numbers) else ()


def _array(name: str, value: Any, wanted: str) -> Floats:
    """Return the value as an array; raise TypeError if it is not of numbers."""
    try:
        return np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise TypeError(f"{name} is {value!r}: {wanted}") from error


def _weights(value: Any) -> tuple[float, ...] | None:
    """Return the channel weights as a tuple."""
    if value is None:
        return None
    wanted = "give one number of 0 or more for each channel, not all of them 0."
    weights = _array("channel_weights", value, wanted)
    usable = np.isfinite(weights).all() and (weights >= 0).all() and weights.any()
    if weights.ndim != 1 or not usable:
        raise ValueError(f"channel_weights is {value!r}: {wanted}")
    return tuple(weights.tolist())


def _init(value: Any, n_clusters: int) -> str | tuple[tuple[float, ...], ...]:
    """Return the initialization as a word, or the centroids as tuples."""
    wanted = (
        'give "k-means++", "random" or an array of finite numbers with one row for '
        f"each centroid, {n_clusters} at most, and one column for each channel."
    )
    if isinstance(value, str):
        if value not in ("k-means++", "random"):
            raise ValueError(f"init is {value!r}: {wanted}")
        return value
    centroids = _array("init", value, wanted)
    if centroids.ndim == 1:
        centroids = centroids[:, np.newaxis]
    if centroids.ndim != 2 or not 1 <= len(centroids) <= n_clusters:
        raise ValueError(f"init has the shape {np.shape(value)}: {wanted}")
    if not np.isfinite(centroids).all():
        raise ValueError(f"init has values that are not finite: {wanted}")
    return tuple(map(tuple, centroids.tolist()))


def _pinned(value: Any, init: str | tuple[Any, ...]) -> tuple[int, ...]:
    """Return the rows of the given centroids that are pinned, ascending."""
    if not isinstance(value, list | tuple | np.ndarray):
        raise TypeError(f"pinned is {value!r}: give a sequence of rows of init.")
    if len(value) and isinstance(init, str):
        raise ValueError(
            f'pinned is {value!r}, but init is "{init}": give the centroids to pin as '
            "init."
        )
    rows = {_integer("pinned", row, 0, len(init) - 1) for row in value}
    return tuple(sorted(rows))
