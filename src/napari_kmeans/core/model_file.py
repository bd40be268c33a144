"""Models as JSON: to a file and back."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from os import PathLike
from pathlib import Path
from typing import Any, Self

import numpy as np

from napari_kmeans.core.color import FeatureSpace
from napari_kmeans.core.settings import Settings
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


class Saved:
    """Conversion of a model to and from JSON; the fields are those of `KMeansModel`."""

    settings: Settings
    space: FeatureSpace

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
        text = json.dumps(self.to_dict(), indent=2)
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
        except ValueError as error:
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
        space = dict(model["space"])
        for name in ("offset", "weight"):
            space[name] = tuple(space[name])
        return {
            "settings": Settings.from_dict(model["settings"]),
            "space": FeatureSpace(**space),
            **{name: np.array(model[name], dtype) for name, dtype in ARRAYS.items()},
            **{name: model[name] for name in AS_THEY_ARE},
        }
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"The model is damaged: {error!r}.") from error
