"""The fitted model: all that is needed to label other images in the same way."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from napari_kmeans.core.clustering import Clustering
from napari_kmeans.core.color import FeatureSpace
from napari_kmeans.core.dispatch import (
    AnyPixels,
    cluster,
    label,
    prepare,
    read,
    recolor,
    smoothing_share,
)
from napari_kmeans.core.labelling import Labeller
from napari_kmeans.core.model_file import Saved
from napari_kmeans.core.pixels import check_like
from napari_kmeans.core.progress import Callback, Steps, finish, subprogress
from napari_kmeans.core.recoloring import MeanColors
from napari_kmeans.core.settings import ColorSpace, Scaling, Settings, Smoothing


@dataclass(frozen=True, eq=False)
class KMeansModel(Saved):
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
    """

    settings: Settings
    dtype: str
    channel_axis: int | None
    has_alpha: bool
    space: FeatureSpace
    centroids: NDArray[np.float64]
    positions: NDArray[np.float64]
    feature_centroids: NDArray[np.float64]
    counts: NDArray[np.int64]
    inertia: float
    n_iter: int
    n_outside: int
    message: str | None = None
    converged: bool = True

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
        color_space, init, n_init, max_iter, tol, random_state
            See `Settings`.
        channel_weights, lightness_weight, scaling
            See `Settings`.
        position_weight, sigma, smoothing
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
        steps = cls.fit_steps(
            image, settings, channel_axis=channel_axis, alpha=alpha, mask=mask
        )
        model = finish(steps, callback)
        model.warn_if_stopped()
        return model

    @classmethod
    def fit_steps(
        cls,
        image: ArrayLike,
        settings: Settings,
        *,
        channel_axis: int | None = None,
        alpha: bool | None = None,
        mask: ArrayLike | None = None,
    ) -> "Steps[KMeansModel]":
        """Cluster the pixels of an image, step by step."""
        pixels = read(image, channel_axis=channel_axis, alpha=alpha).masked(mask)
        return (yield from cls.fit_pixels(pixels, settings))

    @classmethod
    def fit_pixels(cls, pixels: AnyPixels, settings: Settings) -> "Steps[KMeansModel]":
        """Cluster pixels, step by step."""
        smoothed = smoothing_share(settings, 0.3)
        pixels = yield from subprogress(prepare(pixels, settings), 0, smoothed)
        clustering = yield from subprogress(cluster(pixels, settings), smoothed, 1)
        return cls.from_clustering(clustering, pixels, settings)

    @classmethod
    def from_clustering(
        cls, clustering: Clustering, pixels: AnyPixels, settings: Settings
    ) -> "KMeansModel":
        """Make a model of the clusters of an image's pixels."""
        model = cls(
            settings=settings,
            dtype=pixels.dtype.name,
            channel_axis=pixels.channel_axis,
            has_alpha=pixels.has_alpha,
            space=clustering.space,
            centroids=clustering.centroids,
            positions=clustering.positions,
            feature_centroids=clustering.feature_centroids,
            counts=clustering.counts,
            inertia=clustering.inertia,
            n_iter=clustering.n_iter,
            n_outside=clustering.n_outside,
            message=clustering.message,
            converged=clustering.converged,
        )
        # The table of labels is filled with the image's values already.
        model.__dict__["labeller"] = clustering.labeller
        return model

    @cached_property
    def labeller(self) -> Labeller:
        """Finds the label of pixels; it keeps its look-up table."""
        return Labeller(self.space, self.feature_centroids)

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
    def mean_colors(self) -> MeanColors:
        """The colours in which labels are drawn."""
        return MeanColors(self.centroids, self.dtype, self.has_alpha)

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
        steps = self.predict_steps(
            image, channel_axis=channel_axis, alpha=alpha, mask=mask, origin=origin
        )
        return finish(steps)

    def predict_steps(
        self,
        image: ArrayLike,
        *,
        channel_axis: int | None = None,
        alpha: bool | None = None,
        mask: ArrayLike | None = None,
        origin: Sequence[int] | None = None,
    ) -> Steps[Any]:
        """Find the cluster of each pixel, step by step."""
        pixels = self.read(image, channel_axis, alpha).masked(mask)
        return (yield from self.predict_pixels(pixels, origin))

    def predict_pixels(
        self, pixels: AnyPixels, origin: Sequence[int] | None = None
    ) -> Steps[Any]:
        """Find the cluster of each of the pixels that `read` gave, step by step."""
        smoothed = smoothing_share(self.settings, 0.7)
        prepared = prepare(pixels, self.settings, origin)
        pixels = yield from subprogress(prepared, 0, smoothed)
        return (yield from subprogress(label(pixels, self.labeller), smoothed, 1))

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
        return finish(self.recolor_steps(labels, image, channel_axis=channel_axis))

    def recolor_steps(
        self,
        labels: ArrayLike,
        image: ArrayLike | None = None,
        *,
        channel_axis: int | None = None,
    ) -> Steps[Any]:
        """Draw every pixel in the mean colour of its cluster, step by step."""
        pixels = None
        if image is not None:
            pixels = self.read(image, channel_axis, like=labels)
        if channel_axis is None:
            channel_axis = self.channel_axis
        return (yield from recolor(labels, self.mean_colors, pixels, channel_axis))

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
