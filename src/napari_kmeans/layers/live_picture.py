"""A picture of an image in memory that is drawn on demand."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_kmeans.core.recoloring import LabelStyle

Array = NDArray[Any]


class LivePicture:
    """The pixels of labels as they look now, drawn when they are read.

    It is read like an array, by index or with `numpy.asarray`, and always shows the
    present labels and style, on the screen at once and elsewhere on demand.
    """

    def __init__(self, labels: Array, image: Array, style: LabelStyle) -> None:
        self.labels = labels
        self.style = style
        self._image = image
        self.shape = style.shape(labels.shape)
        self.dtype: np.dtype[Any] = style.dtype

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """The number of values."""
        return int(np.prod(self.shape))

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, index: Any) -> Array:
        """Draw a part; with anything but integers and slices, draw all first."""
        parts = index if isinstance(index, tuple) else (index,)
        n_axes = self.labels.ndim
        is_part = all(isinstance(part, (slice, int, np.integer)) for part in parts)
        if not is_part or len(parts) > self.ndim:
            return np.asarray(np.asarray(self)[index])
        labels = self.labels[parts[:n_axes]]
        picture = self._draw(labels, self._image[parts[:n_axes]])
        return np.asarray(picture[(slice(None),) * labels.ndim + parts[n_axes:]])

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        """Draw all."""
        if copy is False:
            raise ValueError("A picture that is drawn when it is read is always new.")
        return self._draw(self.labels, self._image).astype(
            dtype or self.dtype, copy=False
        )

    def _draw(self, labels: Array, image: Array) -> Array:
        """Draw the labels of a part."""
        return self.style.draw(np.asarray(labels), np.asarray(image))
