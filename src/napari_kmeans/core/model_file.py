"""Models as JSON: to a file and back."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from os import PathLike
from pathlib import Path
from typing import Any, Self, get_args

import numpy as np

from napari_kmeans.core.color import FeatureSpace
from napari_kmeans.core.settings import MAX_CLUSTERS, ColorSpace, Settings
from napari_kmeans.core.whole_file import write_whole

FORMAT = "napari-kmeans model"
FORMAT_VERSION = 1
AS_THEY_ARE = (
    "dtype",
    "channel_axis",
    "has_alpha",
    "inertia",
    "n_iter",
    "n_outside",
    "message",
    "converged",
)
"""Fields of a model that JSON can represent."""
ARRAYS = {
    "centroids": np.float64,
    "positions": np.float64,
    "feature_centroids": np.float64,
    "counts": np.int64,
}
"""Fields that are arrays, which become lists in JSON, and their types."""


ERRORS = (AttributeError, KeyError, OverflowError, TypeError, ValueError)
"""What damaged parts may raise."""


class Saved:
    """Conversion of a model to and from JSON; the fields are those of `KMeansModel`."""

    settings: Settings
    space: FeatureSpace
    inertia: float

    def to_dict(self) -> dict[str, Any]:
        """Return the model as a dictionary that can be written as JSON.

        Returns
        -------
        dict
            Plain lists, numbers and strings, with the name and version of the format.
        """
        return {
            "format": FORMAT,
            "format_version": FORMAT_VERSION,
            "settings": self.settings.to_dict(),
            "space": asdict(self.space),
            **{name: getattr(self, name).tolist() for name in ARRAYS},
            **{name: getattr(self, name) for name in AS_THEY_ARE},
            # JSON has no infinity.
            "inertia": self.inertia if np.isfinite(self.inertia) else None,
        }

    @classmethod
    def from_dict(cls, model: Mapping[str, Any]) -> Self:
        """Return the model of a dictionary made by `to_dict`.

        Parameters
        ----------
        model : mapping
            The dictionary.

        Returns
        -------
        KMeansModel
            Equal to the model that the dictionary was made from.

        Raises
        ------
        ValueError
            The dictionary is not a model, or has a format that this version of
            napari-kmeans does not support.
        """
        return cls(**_parts_of(model))

    def save(self, path: str | PathLike[str]) -> None:
        """Write the model to a JSON file.

        Parameters
        ----------
        path : str or Path
            The file. An existing file is replaced.

        Raises
        ------
        OSError
            The file cannot be written. An existing file is then left as it was.
        """
        text = json.dumps(self.to_dict(), indent=2, allow_nan=False)
        write_whole(path, text + "\n")

    @classmethod
    def load(cls, path: str | PathLike[str]) -> Self:
        """Read a model from a file written by `save`.

        Parameters
        ----------
        path : str or Path
            The file.

        Returns
        -------
        KMeansModel
            Equal to the model that was saved.

        Raises
        ------
        ValueError
            The file does not contain a model that this version of napari-kmeans
            supports.
        OSError
            The file cannot be read.
        """
        try:
            return cls.from_dict(json.loads(Path(path).read_text(encoding="utf-8")))
        except (ValueError, RecursionError) as error:
            raise ValueError(f"{path} cannot be read as a model. {error}") from error


def _parts_of(model: Mapping[str, Any]) -> dict[str, Any]:
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
        parts = {
            "settings": Settings.from_dict(model["settings"]),
            "space": FeatureSpace(**space),
            **{name: np.array(model[name], dtype) for name, dtype in ARRAYS.items()},
            **{name: model[name] for name in AS_THEY_ARE},
        }
        _check(**parts)
    except ERRORS as error:
        raise ValueError(f"The model is damaged: {error!r}.") from error
    return parts


def _check(space: FeatureSpace, dtype: str, **parts: Any) -> None:
    """Raise ValueError if the parts of a model do not fit each other."""
    k = len(parts["centroids"])
    wanted = {
        "centroids": (k, space.n_channels),
        "positions": (k, space.n_positions),
        "feature_centroids": (k, space.n_axes),
        "counts": (k,),
    }
    for name, shape in wanted.items():
        if parts[name].shape != shape or not np.isfinite(parts[name]).all():
            raise ValueError(f"{name} are not finite numbers of the shape {shape}")
    kinds = {
        "channel_axis": int | None,
        "has_alpha": bool,
        "inertia": int | float,
        "n_iter": int,
        "n_outside": int,
        "message": str | None,
        "converged": bool,
    }
    for name, kind in kinds.items():
        if not isinstance(parts[name], kind):
            raise TypeError(f"{name} is {parts[name]!r}")
    numbers = [*space.offset, *space.weight]
    whole = isinstance(space.exponent, int) and isinstance(space.n_positions, int)
    conditions = {
        "clusters": 1 <= k <= MAX_CLUSTERS and bool((parts["counts"] >= 0).all()),
        "inertia": parts["inertia"] >= 0,
        "color_space": space.color_space in get_args(ColorSpace),
        "dtype": dtype == space.dtype == np.dtype(dtype).name,
        "offset and weight": len(space.offset) == space.n_axes
        and bool(np.isfinite(numbers).all()),
        "exponent and n_positions": whole and abs(space.exponent) <= 1100,
    }
    wrong = [name for name, is_right in conditions.items() if not is_right]
    if wrong:
        raise ValueError(f"{wrong[0]} cannot be of a model")
