"""The fitted model: all that is needed to label other images in the same way."""

import json
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from napari_kmeans.core.color import FeatureSpace
from napari_kmeans.core.dispatch import (
    AnyPixels,
    cluster,
    confidence,
    label,
    prepare,
    read,
    recolor,
)
from napari_kmeans.core.kept import Kept, once
from napari_kmeans.core.labelling import Labeller
from napari_kmeans.core.model_file import as_dict, fields_of
from napari_kmeans.core.pixels import check_like
from napari_kmeans.core.progress import Callback, Steps, finish, subprogress
from napari_kmeans.core.recoloring import LabelStyle, palette
from napari_kmeans.core.settings import ColorSpace, Scaling, Settings, Smoothing
from napari_kmeans.core.types import Array, Counts, Floats
from napari_kmeans.core.whole_file import write_whole


@dataclass(frozen=True, eq=False)
class KMeansModel:
    """A fitted k-means model, which labels images.

    Made by `fit`, `load` or `from_dict`. Clusters are in order from dark to bright, and
    cluster i has label i + 1; label 0 means 'in no segment'. They are sorted by
    luminance if there are three channels (taken as RGB), otherwise by the mean of the
    channels; ties are broken by the first channel.

    Attributes
    ----------
    settings : Settings
        The settings of the fit.
    dtype : str
        Name of the dtype of the fitted image, such as "uint8".
    channel_axis : int or None
        The channel axis of the fitted image.
    has_alpha : bool
        Whether the last channel of the fitted image was alpha.
    space : FeatureSpace
        The feature space in which distances are measured.
    centroids : ndarray of float64 and shape (k, C)
        The mean of each cluster's pixels, after smoothing, in the image's own units.
    positions : ndarray of float64 and shape (k, D)
        The mean position of each cluster's pixels, in pixels. (k, 0) without a position
        weight.
    feature_centroids : ndarray of float64 and shape (k, n_axes)
        The centroids in the feature space.
    counts : ndarray of int64 and shape (k,)
        The number of pixels of each cluster.
    inertia : float
        The sum over all pixels of the squared distance to their centroid, in the
        feature space.
    n_iter : int
        The number of Lloyd iterations over all distinct values; 0 for one axis.
    n_outside : int
        The number of pixels left out: alpha 0, NaN or infinite, or outside the mask.
    message : str or None
        A sentence about anything noteworthy in the result.
    converged : bool
        False if `max_iter` was reached before the centroids converged.
    cuts : ndarray of float64 and shape (k - 1,), or None
        Where the user has cut between the clusters, ascending, in the image's own
        units (of the luminance, for "grey"): values up to a cut are below it. They
        decide, not the centroids. None for a model as it was fitted.
    fitted : KMeansModel or None
        The model as it was before its cuts were moved by hand; None if they were not.
    """

    settings: Settings
    dtype: str
    channel_axis: int | None
    has_alpha: bool
    space: FeatureSpace
    centroids: Floats
    positions: Floats
    feature_centroids: Floats
    counts: Counts
    inertia: float
    n_iter: int
    n_outside: int
    message: str | None = None
    converged: bool = True
    cuts: Floats | None = None
    fitted: "KMeansModel | None" = None

    @classmethod
    def fit(
        cls,
        image: ArrayLike,
        n_clusters: int,
        *,
        channel_axis: int | None = None,
        alpha: bool | None = None,
        mask: ArrayLike | None = None,
        color_space: ColorSpace = "rgb",
        init: str | ArrayLike = "k-means++",
        pinned: Sequence[int] = (),
        n_init: int | Literal["auto"] = "auto",
        max_iter: int = 300,
        tol: float = 0.0,
        random_state: int = 0,
        channel_weights: ArrayLike | None = None,
        lightness_weight: float = 1.0,
        scaling: Scaling | Sequence[Scaling] = "none",
        position_weight: float | Sequence[float] = 0.0,
        sigma: float | Sequence[float] = 0.0,
        smoothing: Smoothing = "gaussian",
        callback: Callback | None = None,
    ) -> "KMeansModel":
        """Fit a model to the pixels of an image.

        Parameters
        ----------
        image, n_clusters, channel_axis, alpha, mask, callback
            As in `segment`.
        color_space, init, pinned, n_init, max_iter, tol, random_state
            See `Settings`.
        channel_weights, lightness_weight, scaling, position_weight, sigma, smoothing
            See `Settings`.

        Returns
        -------
        KMeansModel
            The fitted model.

        Raises
        ------
        TypeError
            An argument has the wrong type.
        ValueError
            An argument has an invalid value, or there is no pixel to cluster.

        Warns
        -----
        RuntimeWarning
            `max_iter` was reached before the centroids converged.
        """
        settings = Settings.among(locals())
        pixels = read(image, channel_axis=channel_axis, alpha=alpha).masked(mask)
        model = finish(cls.fit_steps(pixels, settings), callback)[0]
        model.warn_if_stopped()
        return model

    @classmethod
    def fit_steps(
        cls, pixels: AnyPixels, settings: Settings, kept: Kept | None = None
    ) -> "Steps[tuple[KMeansModel, AnyPixels, Array | None]]":
        """Fit a model; return it, the prepared pixels, and any known clusters."""
        smoothed = 0.3 * np.any(settings.sigma)
        look = settings.sigma, settings.smoothing, settings.position_weight
        preparing = once(kept, "prepared", (pixels, *look), prepare(pixels, settings))
        pixels = yield from subprogress(preparing, 0, smoothed)
        steps = cluster(pixels, settings, kept)
        clustering = yield from subprogress(steps, smoothed, 1)
        found = dict(vars(clustering))
        labeller, index = found.pop("labeller"), found.pop("pixel_index")
        kind = pixels.dtype.name, pixels.channel_axis, pixels.has_alpha
        model = cls(settings, *kind, **found)
        # The table of labels is filled with the image's values already.
        model.__dict__["labeller"] = labeller
        return model, pixels, index

    @cached_property
    def labeller(self) -> Labeller:
        """Finds the label of pixels; it keeps its look-up table."""
        cuts = None if self.cuts is None else self.space.on_axis(self.cuts)
        return Labeller(self.space, self.feature_centroids, cuts)

    def warn_if_stopped(self) -> None:
        """Warn the caller's caller if `max_iter` ended the iterations."""
        if not self.converged:
            warnings.warn(
                f"max_iter is {self.settings.max_iter}, and the centroids had not "
                "converged by then: raise max_iter for the exact result, or raise tol "
                "to stop earlier.",
                RuntimeWarning,
                stacklevel=3,
            )

    @property
    def n_clusters(self) -> int:
        """How many clusters were found."""
        return len(self.centroids)

    @property
    def n_channels(self) -> int:
        """How many channels a value has, alpha not counted."""
        return int(self.centroids.shape[1])

    def predict(
        self,
        image: ArrayLike,
        *,
        channel_axis: int | None = None,
        alpha: bool | None = None,
        mask: ArrayLike | None = None,
        origin: Sequence[int] | None = None,
    ) -> Any:
        """Return the label of each pixel of an image.

        Parameters
        ----------
        image : array_like
            Of the dtype and number of channels of the fitted image, and of any shape;
            numpy, dask or zarr. A model fitted to floats takes any float type.
        channel_axis, alpha
            As in `segment`. None: as in the fitted image.
        mask : array_like of bool, optional
            Of the shape of the image without its channel axis. Pixels where it is False
            get label 0.
        origin : sequence of int, optional
            The position of the image's first pixel along each spatial axis, if it is a
            block of a larger image. It matters only with a position weight. None: 0
            along each.

        Returns
        -------
        ndarray of uint8 or uint16
            1 + the index of the nearest centroid, the lowest of several equidistant
            ones; 0 for pixels in no segment. The shape is that of the image without
            its channel axis. A dask array if the image is a dask or zarr array.

        Raises
        ------
        TypeError
            The dtype is not that of the fitted image, or the mask is not boolean.
        ValueError
            The number of channels differs from that of the fitted image, or, with a
            position weight, that of spatial axes; or the shape of the mask is wrong.
        """
        pixels = self.read(image, channel_axis, alpha).masked(mask)
        return finish(self.predict_steps(pixels, origin))

    def predict_steps(
        self, pixels: AnyPixels, origin: Sequence[int] | None = None
    ) -> Steps[Any]:
        """Find the cluster of each of the pixels that `read` gave, step by step."""
        smoothed = 0.7 * np.any(self.settings.sigma)
        prepared = prepare(pixels, self.settings, origin)
        pixels = yield from subprogress(prepared, 0, smoothed)
        return (yield from subprogress(label(pixels, self.labeller), smoothed, 1))

    def confidence(
        self,
        image: ArrayLike,
        *,
        channel_axis: int | None = None,
        alpha: bool | None = None,
        mask: ArrayLike | None = None,
        origin: Sequence[int] | None = None,
    ) -> Any:
        """Return how sure the label of each pixel of an image is, from 0 to 1.

        It is 1 - d1 / d2, where d1 is the distance of the pixel to the nearest centroid
        and d2 that to the second nearest, in the feature space: 1 at a centroid, 0
        halfway between two. With one cluster it is 1. Where cuts were moved by hand, d1
        is the distance to the centroid of the pixel's cluster; it is 0 if another is
        nearer.

        Parameters
        ----------
        image, channel_axis, alpha, mask, origin
            As in `predict`.

        Returns
        -------
        ndarray of float32
            Of the shape of the labels; NaN for pixels in no segment. A dask array if
            the image is a dask or zarr array.

        Raises
        ------
        TypeError
            As in `predict`.
        ValueError
            As in `predict`.
        """
        pixels = self.read(image, channel_axis, alpha).masked(mask)
        return finish(self.confidence_steps(pixels, origin))

    def confidence_steps(
        self, pixels: AnyPixels, origin: Sequence[int] | None = None
    ) -> Steps[Any]:
        """Find the confidence of pixels that `read` gave, step by step."""
        smoothed = 0.7 * np.any(self.settings.sigma)
        prepared = prepare(pixels, self.settings, origin)
        pixels = yield from subprogress(prepared, 0, smoothed)
        labeller = self.labeller
        steps = confidence(pixels, self.space, labeller.centroids, labeller.cuts)
        return (yield from subprogress(steps, smoothed, 1))

    def read(
        self,
        image: ArrayLike,
        channel_axis: int | None = None,
        alpha: bool | None = None,
        *,
        like: Any = None,
    ) -> AnyPixels:
        """Read the pixels of an image that must be like the one fitted."""
        pixels = read(
            image,
            channel_axis=self.channel_axis if channel_axis is None else channel_axis,
            alpha=self.has_alpha if alpha is None else alpha,
            like=like,
        )
        check_like(pixels, self.n_channels, self.dtype, self.space.n_positions)
        return pixels

    def recolor(
        self,
        labels: ArrayLike,
        image: ArrayLike | None = None,
        *,
        channel_axis: int | None = None,
    ) -> Any:
        """Return an image with every pixel in the mean colour of its cluster.

        Parameters
        ----------
        labels : array_like of int
            Labels from `predict`.
        image : array_like, optional
            The image that was labelled. Its alpha, and its pixels of label 0, are kept.
        channel_axis : int, optional
            The channel axis of the image, and of the result. None: as in the fitted
            image.

        Returns
        -------
        ndarray
            Of the dtype and channels of the fitted image; integers are rounded half to
            even. Without `image`, pixels of label 0 are NaN in a float image and 0
            otherwise, and alpha is the maximum of the type (1 for floats), or 0 where
            the label is 0. A dask array if the labels are one.

        Raises
        ------
        TypeError
            The labels are not integers.
        ValueError
            The model does not have one of the labels, or the shapes of the image and
            the labels do not match.
        """
        pixels = None
        if image is not None:
            pixels = self.read(image, channel_axis, like=labels)
        if channel_axis is None:
            channel_axis = self.channel_axis
        return finish(self.recolor_steps(labels, pixels, channel_axis))

    def recolor_steps(
        self,
        labels: ArrayLike,
        pixels: AnyPixels | None,
        channel_axis: int | None = None,
    ) -> Steps[Any]:
        """Draw labels, of some pixels if given, in the mean colours, step by step."""
        dtype, has_alpha = np.dtype(self.dtype), self.has_alpha
        has_image = pixels is not None
        if pixels is not None:
            dtype, has_alpha = pixels.stored_dtype, pixels.has_alpha
            channel_axis = pixels.channel_axis
        is_flat, keeps_alpha = channel_axis is None, has_image and has_alpha
        colors = palette(self.centroids, dtype)
        in_segment = np.arange(len(colors)) > 0
        opaque = in_segment | has_image if has_alpha else None
        own = ~in_segment & has_image
        style = LabelStyle(colors, own, opaque, is_flat, keeps_alpha)
        return recolor(labels, style, pixels, channel_axis)

    def to_dict(self) -> dict[str, Any]:
        """Return the model as a dictionary that can be written as JSON.

        Returns
        -------
        dict
            Plain lists, numbers and strings, with the name and version of the format.
        """
        return as_dict(self)

    @classmethod
    def from_dict(cls, model: Mapping[str, Any]) -> "KMeansModel":
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
        found = fields_of(model)
        if found["fitted"] is not None:
            found["fitted"] = cls.from_dict(found["fitted"])
        return cls(**found)

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
    def load(cls, path: str | PathLike[str]) -> "KMeansModel":
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

    def __eq__(self, other: object) -> bool:
        """Models are equal if all their fields are."""
        if not isinstance(other, KMeansModel):
            return NotImplemented
        return self.to_dict() == other.to_dict()

    def __hash__(self) -> int:
        return hash((self.settings, self.dtype, self.inertia))

    def __getstate__(self) -> dict[str, Any]:
        """Omit the look-up table: it is large, and fast to make again."""
        return {field.name: getattr(self, field.name) for field in fields(self)}
