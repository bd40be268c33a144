"""What all figures share: new ones, and the pixels and colours of a result."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from napari_kmeans.core.dispatch import as_array
from napari_kmeans.core.display import Display, display_of
from napari_kmeans.core.model import KMeansModel
from napari_kmeans.core.pixels import Pixels, read_pixels
from napari_kmeans.core.segmentation import Segmentation
from napari_kmeans.core.types import Array, Floats

ORDERED = "viridis"
"""The colormap of segments whose own colours are greys."""


@dataclass(frozen=True, eq=False)
class Drawing:
    """What is drawn of a result."""

    pixels: Pixels  # of the image
    labels: Array  # (N,): of each pixel
    display: Display  # the colours of values
    colors: Floats  # (k, 4): of the segments, 0 to 1


def drawing_of(image: Any, result: Segmentation, colors: Any) -> Drawing:
    """Return what is drawn of a result; lazy images are read."""
    check_is_one_level(result)
    model = result.model
    pixels = read_pixels(
        np.asarray(as_array(image)),
        channel_axis=model.channel_axis,
        alpha=model.has_alpha,
    )
    labels = np.asarray(result.labels)
    if labels.shape != pixels.shape:
        raise ValueError(
            f"The image has the shape {pixels.shape} without its channels, and the "
            f"labels have {labels.shape}: give the image that was segmented."
        )
    display = display_of(pixels)
    shades = segment_colors(model, display, colors)
    return Drawing(pixels, labels.reshape(-1), display, shades)


def new_figure(**options: Any) -> Any:
    """Return a figure of matplotlib of which pyplot knows nothing."""
    try:
        from matplotlib.figure import Figure  # noqa: PLC0415 (only who draws needs it)
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            "napari_kmeans.plots needs matplotlib, which is not installed: install it "
            'with pip install "napari-kmeans[plots]".'
        ) from error
    return Figure(layout="constrained", **options)


def new_axes(**options: Any) -> Any:
    """Return the axes of a new figure."""
    return new_figure().add_subplot(**options)


def check_is_one_level(result: Segmentation) -> None:
    """Raise ValueError if a result is that of a pyramid."""
    if isinstance(result.labels, tuple):
        raise ValueError(  # noqa: TRY004 (the type is right)
            "The result is that of a pyramid: give the image and the result of one "
            "level, such as segment(levels[-1], ...)."
        )


def segment_colors(model: KMeansModel, display: Display, colors: Any) -> Floats:
    """Return the colour (k, 4) of each segment, 0 to 1.

    These are those given, or else the mean colours; for one channel, whose means are
    greys, those of a colormap from dark to bright.
    """
    # By now there is a figure: matplotlib is installed.
    from matplotlib import colormaps  # noqa: PLC0415
    from matplotlib.colors import to_rgba_array  # noqa: PLC0415

    n_clusters = model.n_clusters
    if colors is None and model.n_channels > 1:
        colors = display.colors(model.centroids) / 255
    elif colors is None or (isinstance(colors, str) and colors in colormaps):
        shades = np.linspace(0, 1, n_clusters + 1)[:-1]  # the last is hardly seen
        colors = colormaps[colors or ORDERED](shades)
    rgba: Floats = to_rgba_array(colors)
    if len(rgba) != n_clusters:
        raise ValueError(
            f"colors has {len(rgba)} for {n_clusters} segments: give one for each, or "
            "the name of a colormap."
        )
    return rgba
