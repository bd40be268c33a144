"""The fitted model: all that is needed to cluster another image the same way."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from napari_kmeans.core.clustering import Clustering, cluster_pixels
from napari_kmeans.core.color import FeatureSpace
from napari_kmeans.core.labelling import Labeller
from napari_kmeans.core.lazy.arrays import is_lazy
from napari_kmeans.core.model_file import Saved
from napari_kmeans.core.pixels import Pixels, check_like, check_positions, read_pixels
from napari_kmeans.core.preparing import prepare, smoothing_share
from napari_kmeans.core.progress import Callback, Progress, Steps, finish, subprogress
from napari_kmeans.core.recoloring import check_labels, full_alpha, paint, palette
from napari_kmeans.core.settings import ColorSpace, Scaling, Settings, Smoothing

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class KMeansModel(Saved):
    """The clusters of an image, from dark to bright, and how to find them in another.

    Made by `fit`, `load` or `from_dict`. Cluster 0 has label 1; label 0 means 'in no
    segment'. The order is by luminance for three channels, which are taken for RGB, by
    value for one channel, and by the mean of the channels for any other number; of two
    equals, the one whose first channel is smaller comes first.

    Attributes
    ----------
    settings : Settings
        What was asked for.
    dtype : str
        Name of the type of the image fitted, such as "uint8".
    channel_axis : int or None
        The axis of the channels of the image fitted.
    has_alpha : bool
        Whether its last channel was alpha.
    space : FeatureSpace
        What distances are measured in.
    centroids : ndarray of float64 and shape (k, C)
        The mean of each cluster's pixels, in the image's own units, as smoothed if they
        were.
    positions : ndarray of float64 and shape (k, D)
        The mean position of each cluster's pixels, in pixels; of shape (k, 0) unless
        positions count.
    feature_centroids : ndarray of float64 and shape (k, n_axes)
        What pixels are compared with, in the feature space.
    counts : ndarray of int64 and shape (k,)
        How many pixels each cluster has.
    inertia : float
        Sum over the pixels of the squared distance to their feature centroid, in the
        feature space.
    n_iter : int
        Lloyd iterations over all the distinct values; 0 for one channel.
    n_outside : int
        How many pixels of the image fitted took no part: those of alpha 0, those with
        a NaN or infinite channel and those outside the mask.
    message : str or None
        What the user should know of the result, in plain words.
    converged : bool
        False if `max_iter` ended the iterations before the centroids came to rest.
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
        """Cluster the pixels of an image.

        Parameters
        ----------
        image : array of any shape
            bool, any int or uint, float16, float32 or float64.
        n_clusters : int
            How many clusters to make. Fewer are made if the image has fewer distinct
            values; `message` then says so.
        channel_axis : int, optional
            The axis of the channels. None: the image has one channel.
        alpha : bool, optional
            Whether the last channel is alpha. None: it is if the image is uint8 and has
            four channels. Pixels of alpha 0 belong to no segment.
        mask : array of bool, optional
            Of the image's shape without the channels. Only the pixels where it is True
            are clustered.
        color_space, init, n_init, max_iter, tol, random_state
            See `Settings`.
        channel_weights, lightness_weight, scaling
            See `Settings`.
        position_weight, sigma, smoothing
            See `Settings`.
        callback : callable, optional
            Called with a `Progress` between the steps; an exception that it raises
            stops the fit.

        Returns
        -------
        KMeansModel
            The clusters.

        Raises
        ------
        TypeError
            An argument is of the wrong type.
        ValueError
            An argument has a value that cannot be used, or no pixel can be clustered.

        Warns
        -----
        RuntimeWarning
            `max_iter` ended the iterations before the centroids came to rest.
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
        if is_lazy(image):
            from napari_kmeans.core.lazy.fitting import fit_lazily  # noqa: PLC0415
            from napari_kmeans.core.lazy.pixels import read_lazy  # noqa: PLC0415

            source = read_lazy(image, channel_axis=channel_axis, alpha=alpha, mask=mask)
            return (yield from fit_lazily(source, settings))
        pixels = read_pixels(image, channel_axis=channel_axis, alpha=alpha, mask=mask)
        smoothed = smoothing_share(settings, 0.3)
        pixels = yield from subprogress(prepare(pixels, settings), 0, smoothed)
        cluster = cluster_pixels(pixels, settings)
        clustering = yield from subprogress(cluster, smoothed, 1)
        return cls.from_clustering(clustering, pixels, settings)

    @classmethod
    def from_clustering(
        cls, clustering: Clustering, pixels: Pixels, settings: Settings
    ) -> "KMeansModel":
        """Make a model of what was found in an image's pixels."""
        model = cls(
            settings=settings,
            dtype=pixels.values.dtype.name,
            channel_axis=pixels.channel_axis,
            has_alpha=pixels.alpha is not None,
            space=clustering.space,
            centroids=clustering.centroids,
            positions=clustering.positions,
            feature_centroids=clustering.feature_centroids,
            counts=clustering.counts,
            inertia=clustering.inertia,
            n_iter=clustering.n_iter,
            n_outside=pixels.n_outside,
            message=clustering.message,
            converged=clustering.converged,
        )
        # The table of labels is filled with the image's values already.
        model.__dict__["labeller"] = clustering.labeller
        return model

    @cached_property
    def labeller(self) -> Labeller:
        """What finds the label of pixels; it keeps its look-up table."""
        return Labeller(self.space, self.feature_centroids)

    def warn_if_stopped(self) -> None:
        """Warn the caller's caller if `max_iter` ended the iterations."""
        if not self.converged:
            warnings.warn(
                f"max_iter is {self.settings.max_iter}, and after so many iterations "
                "the centroids had not come to rest: raise max_iter for the exact "
                "result, or raise tol to stop when they hardly move.",
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
        """Find the cluster of each pixel.

        Parameters
        ----------
        image : array
            Of the type and channels of the image fitted; its shape may differ. Any
            float type is taken by a model that was fitted on floats.
        channel_axis, alpha
            As for `fit`. None: as they were for the image fitted.
        mask : array of bool, optional
            Of the image's shape without the channels. Where it is False the label is 0.
        origin : sequence of int, optional
            Where the image begins, along each spatial axis, in a larger one of which it
            is a block. It matters only if positions count. None: 0 everywhere.

        Returns
        -------
        ndarray of uint8 or uint16
            For each pixel, 1 + the index of the nearest centroid, the lower of two that
            are equally near, or 0 if the pixel belongs to no segment. Its shape is the
            image's without the channels.

        Raises
        ------
        TypeError
            The image is of another type than the image fitted, or the mask not of bool.
        ValueError
            The image has other channels than the image fitted, other spatial axes where
            they matter, or the mask another shape than the image.
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
        if is_lazy(image):
            from napari_kmeans.core.lazy.dispatch import (  # noqa: PLC0415
                predict_lazily,
            )

            yield Progress("Labelling the pixels", 0.0)
            return predict_lazily(
                self,
                image,
                channel_axis=channel_axis,
                alpha=alpha,
                mask=mask,
                origin=origin,
            )
        pixels = self._read(image, channel_axis, alpha, mask)
        check_positions(len(pixels.shape), self.space.n_positions)
        smoothed = smoothing_share(self.settings, 0.7)
        prepared = prepare(pixels, self.settings, origin)
        pixels = yield from subprogress(prepared, 0, smoothed)
        label = self.labeller.label_pixels(pixels)
        return (yield from subprogress(label, smoothed, 1))

    def _read(
        self,
        image: ArrayLike,
        channel_axis: int | None = None,
        alpha: bool | None = None,
        mask: ArrayLike | None = None,
    ) -> Pixels:
        """Tell the pixels of an image apart that is like the one fitted."""
        if channel_axis is None:
            channel_axis = self.channel_axis
        if alpha is None:
            alpha = self.has_alpha
        pixels = read_pixels(image, channel_axis=channel_axis, alpha=alpha, mask=mask)
        check_like(pixels, self.n_channels, self.dtype)
        return pixels

    def recolor(self, labels: ArrayLike, image: ArrayLike | None = None) -> Any:
        """Draw every pixel in the mean colour of its cluster.

        Parameters
        ----------
        labels : array of int
            As `predict` gives them.
        image : array, optional
            The image that was labelled. Its pixels of label 0, and its alpha, are kept.

        Returns
        -------
        ndarray
            Of the type and channels of the image fitted; integers are the means rounded
            to the nearest, half to even. Without `image`, pixels of label 0 are NaN if
            the type is float and 0 otherwise, and alpha is the largest value of its
            type (1 for floats), or 0 where the label is 0.

        Raises
        ------
        TypeError
            The labels are not integers.
        ValueError
            A label is not of this model, or image and labels differ in shape.
        """
        return finish(self.recolor_steps(labels, image))

    def recolor_steps(
        self, labels: ArrayLike, image: ArrayLike | None = None
    ) -> Steps[Any]:
        """Draw every pixel in the mean colour of its cluster, step by step."""
        if is_lazy(labels):
            from napari_kmeans.core.lazy.dispatch import (  # noqa: PLC0415
                redraw_lazily,
            )

            yield Progress("Colouring the segments", 0.0)
            return redraw_lazily(self, labels, image)
        labels = check_labels(labels, self.n_clusters)
        dtype = np.dtype(self.dtype)
        if image is None:
            pixels = None
            alpha = full_alpha(labels, dtype) if self.has_alpha else None
        else:
            pixels = self._read(image)
            dtype, alpha = np.asarray(image).dtype, pixels.alpha
            if pixels.shape != labels.shape:
                raise ValueError(
                    f"labels has the shape {labels.shape}, but the image without its "
                    f"channels has {pixels.shape}: give the labels of this image."
                )
        colors = palette(self.centroids, dtype)
        flat = yield from paint(labels.reshape(-1), colors, alpha, pixels)
        if self.channel_axis is None:
            return flat.reshape(labels.shape)
        channels_last = flat.reshape(*labels.shape, flat.shape[1])
        return np.ascontiguousarray(np.moveaxis(channels_last, -1, self.channel_axis))

    def __eq__(self, other: object) -> bool:
        """Two models are equal if all their parts are."""
        if not isinstance(other, KMeansModel):
            return NotImplemented
        return self.to_dict() == other.to_dict()

    def __hash__(self) -> int:
        return hash((self.settings, self.dtype, self.inertia))

    def __getstate__(self) -> dict[str, Any]:
        """Leave the look-up table out: it is large and quickly made again."""
        return {field.name: getattr(self, field.name) for field in fields(self)}
