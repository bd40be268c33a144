"""Models as dictionaries that JSON can hold, and back."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, get_args

import numpy as np

from napari_kmeans.core.color import FeatureSpace
from napari_kmeans.core.settings import MAX_CLUSTERS, ColorSpace, Settings
from napari_kmeans.core.types import Floats

FORMAT = "napari-kmeans model"
FORMAT_VERSION = 1
ADJUSTED_VERSION = 2
"""Of a model whose cuts were moved by hand: who only knows version 1 would label by the
centroids."""
PLAIN = {
    "dtype": str,
    "channel_axis": int | None,
    "has_alpha": bool,
    "inertia": int | float,
    "n_iter": int,
    "n_outside": int,
    "message": str | None,
    "converged": bool,
}
"""Fields of a model that JSON can represent, and their types."""
ARRAYS = {
    "centroids": np.float64,
    "positions": np.float64,
    "feature_centroids": np.float64,
    "counts": np.int64,
}
"""Fields that are arrays, which become lists in JSON, and their types."""
ERRORS = (AttributeError, KeyError, OverflowError, TypeError, ValueError)
"""What damaged fields may raise."""


def as_dict(model: Any) -> dict[str, Any]:
    """Return a model as a dictionary that can be written as JSON."""
    adjusted: dict[str, Any] = {}
    if model.fitted is not None:
        cuts, fitted = model.cuts.tolist(), as_dict(model.fitted)
        adjusted = {"cuts": cuts, "fitted": fitted}
    return {
        "format": FORMAT,
        "format_version": ADJUSTED_VERSION if adjusted else FORMAT_VERSION,
        "settings": model.settings.to_dict(),
        "space": asdict(model.space),
        **{name: getattr(model, name).tolist() for name in ARRAYS},
        **{name: getattr(model, name) for name in PLAIN},
        # JSON has no infinity.
        "inertia": model.inertia if np.isfinite(model.inertia) else None,
        **adjusted,
    }


def fields_of(model: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a model, or raise if the dictionary is not one."""
    if not isinstance(model, Mapping) or model.get("format") != FORMAT:
        raise ValueError(
            f'This is not a napari-kmeans model: its "format" is not "{FORMAT}". Give '
            'a file written by "save".'
        )
    version = model.get("format_version")
    if version not in (FORMAT_VERSION, ADJUSTED_VERSION):
        raise ValueError(
            f"The model has the format version {version}, but this napari-kmeans "
            f"reads up to version {ADJUSTED_VERSION}: use the version of napari-kmeans "
            "that wrote it, or fit again."
        )
    try:
        no_positions: list[list[float]] = [[] for _ in model["centroids"]]
        # Which earlier files do not tell.
        model = {"converged": True, "positions": no_positions, **model}
        if model["inertia"] is None:
            model["inertia"] = np.inf
        space = dict(model["space"])
        for name in ("offset", "weight"):
            space[name] = tuple(map(float, space[name]))
        fields = {
            "settings": Settings.from_dict(model["settings"]),
            "space": FeatureSpace(**space),
            **{name: np.array(model[name], dtype) for name, dtype in ARRAYS.items()},
            **{name: model[name] for name in PLAIN},
        }
        _check(**fields)
        fields |= {"cuts": None, "fitted": None}
        if version == ADJUSTED_VERSION:
            n_cuts = len(fields["centroids"]) - 1
            fields["cuts"] = _checked_cuts(model["cuts"], n_cuts, fields["space"])
            fields["fitted"] = dict(model["fitted"])
    except ERRORS as error:
        raise ValueError(f"The model is damaged: {error!r}.") from error
    return fields


def _checked_cuts(cuts: Any, n_cuts: int, space: FeatureSpace) -> Floats:
    """Return the cuts of a model, or raise if they cannot be."""
    found = np.array(cuts, np.float64)
    is_right = found.shape == (n_cuts,) and bool(np.isfinite(found).all())
    if space.n_axes != 1 or not is_right or (np.diff(found) <= 0).any():
        raise ValueError("cuts cannot be of a model")
    return found


def _check(space: FeatureSpace, **fields: Any) -> None:
    """Raise an error if the fields of a model do not fit each other."""
    k, dtype = len(fields["centroids"]), fields["dtype"]
    wanted = {
        "centroids": (k, space.n_channels),
        "positions": (k, space.n_positions),
        "feature_centroids": (k, space.n_axes),
        "counts": (k,),
    }
    for name, shape in wanted.items():
        if fields[name].shape != shape or not np.isfinite(fields[name]).all():
            raise ValueError(f"{name} are not finite numbers of the shape {shape}")
    for name, kind in PLAIN.items():
        if not isinstance(fields[name], kind):
            raise TypeError(f"{name} is {fields[name]!r}")
    numbers = [*space.offset, *space.weight]
    whole = isinstance(space.exponent, int) and isinstance(space.n_positions, int)
    conditions = {
        "clusters": 1 <= k <= MAX_CLUSTERS and bool((fields["counts"] >= 0).all()),
        "inertia": fields["inertia"] >= 0,
        "color_space": space.color_space in get_args(ColorSpace),
        "dtype": dtype == space.dtype == np.dtype(dtype).name,
        "offset and weight": len(space.offset) == space.n_axes
        and bool(np.isfinite(numbers).all()),
        "exponent and n_positions": whole and abs(space.exponent) <= 1100,
    }
    wrong = [name for name, is_right in conditions.items() if not is_right]
    if wrong:
        raise ValueError(f"{wrong[0]} cannot be of a model")
