"""Models as dictionaries that JSON can hold, and back."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, get_args

import numpy as np

from napari_kmeans.core.color import FeatureSpace
from napari_kmeans.core.settings import MAX_CLUSTERS, ColorSpace, Settings

FORMAT = "napari-kmeans model"
FORMAT_VERSION = 1
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
    return {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "settings": model.settings.to_dict(),
        "space": asdict(model.space),
        **{name: getattr(model, name).tolist() for name in ARRAYS},
        **{name: getattr(model, name) for name in PLAIN},
        # JSON has no infinity.
        "inertia": model.inertia if np.isfinite(model.inertia) else None,
    }


def fields_of(model: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a model, or raise if the dictionary is not one."""
    if not isinstance(model, Mapping) or model.get("format") != FORMAT:
        raise ValueError(
            f'This is not a napari-kmeans model: its "format" is not "{FORMAT}". Give '
            'a file written by "save".'
        )
    if model.get("format_version") != FORMAT_VERSION:
        raise ValueError(
            f"The model has the format version {model.get('format_version')}, but "
            f"this napari-kmeans reads version {FORMAT_VERSION}: use the version of "
            "napari-kmeans that wrote it, or fit again."
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
    except ERRORS as error:
        raise ValueError(f"The model is damaged: {error!r}.") from error
    return fields


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
