"""Results as pictures to look at, each with a caption, of 8 bits whatever the image."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from napari_kmeans.core.convergence import Convergence
from napari_kmeans.core.model import KMeansModel
from napari_kmeans.core.progress import finish
from napari_kmeans.core.segmentation import Segmentation
from napari_kmeans.core.slice_picture import Easel
from napari_kmeans.core.types import Array

MOST_ITERATIONS = 60
"""Of more, the later ones, which differ little, are shown ever more sparsely."""


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture with a caption.

    Attributes
    ----------
    pixels : ndarray of uint8 and shape (H, W, 3)
        The colours.
    caption : str
        What is written above it.
    name : str
        What the name of its file ends with, such as "k04".
    """

    pixels: Array
    caption: str = ""
    name: str = ""


def pictures(
    image: ArrayLike,
    results: Iterable[Segmentation] | Convergence,
    *,
    at: Sequence[int] = (),
    original: bool = False,
) -> Iterator[Picture]:
    """Draw results as pictures, to be saved by `save_gif` and its like.

    Parameters
    ----------
    image : array_like
        The image that was segmented.
    results : iterable of Segmentation, or Convergence
        What `sweep` or `converge` gave for it. Of more than 60 iterations, some of the
        later ones are left out.
    at : sequence of int
        The slice of a stack or time-lapse to draw: one index for each axis, without the
        channels, but the last two.
    original : bool
        Whether the image itself comes first.

    Returns
    -------
    iterator of Picture
        One for each result, drawn when it is asked for. Each pixel has the mean colour
        of its segment; one in no segment keeps its own. The caption is the number of
        segments, or the iteration and its inertia.

    Raises
    ------
    ValueError
        A slice is needed and not given, or the results are those of a pyramid.

    Notes
    -----
    Values become colours of 8 bits. One channel is grey, two are magenta and green,
    three are red, green and blue, and more are mixed of cyan, yellow, magenta, red,
    green and blue. Bytes are shown as they are, and so are three channels of floats
    from 0 to 1; all else is scaled from the least to the largest value in the slice.
    """
    if isinstance(results, Convergence):
        drawn = _of_iterations(image, results, tuple(at))
    else:
        drawn = _of_results(image, results, tuple(at))
    return drawn if original else islice(drawn, 1, None)


def _of_results(
    image: Any, results: Iterable[Segmentation], at: tuple[int, ...]
) -> Iterator[Picture]:
    """Draw an image and the results of its sweep."""
    easel = None
    for result in results:
        if isinstance(result.labels, tuple):
            raise ValueError(  # noqa: TRY004 (the type is right)
                "The results are those of a pyramid: sweep one of its levels, and draw "
                "that."
            )
        if easel is None:
            easel = Easel(image, result.model, at)
            yield _original(image, easel)
        k = result.model.settings.n_clusters
        yield Picture(
            easel.draw(result.recolored), caption_of(result.model), f"k{k:02d}"
        )


def _of_iterations(
    image: Any, convergence: Convergence, at: tuple[int, ...]
) -> Iterator[Picture]:
    """Draw an image and the iterations of a run on it."""
    models = shown_iterations(convergence)
    easel = Easel(image, models[0], at)
    yield _original(image, easel)
    pixels = models[0].read(image)
    chosen = pixels.masked(convergence.mask)
    for model in models:
        labels = finish(model.predict_steps(chosen))
        recolored = finish(model.recolor_steps(labels, pixels))
        name = f"iteration{model.n_iter:03d}"
        yield Picture(easel.draw(recolored), caption_of_iteration(model), name)


def _original(image: Any, easel: Easel) -> Picture:
    """Draw the image itself."""
    return Picture(easel.draw(image), "original", "original")


def caption_of(model: KMeansModel) -> str:
    """Return what is written on the picture of a result."""
    wanted, found = model.settings.n_clusters, model.n_clusters
    return f"k = {wanted}" + (f" ({found} found)" if found < wanted else "")


def caption_of_iteration(model: KMeansModel) -> str:
    """Return what is written on the picture of an iteration."""
    place = f"iteration {model.n_iter}" if model.n_iter else "start"
    return f"{place} · inertia {model.inertia:#.4g}"


def shown_iterations(convergence: Convergence) -> list[KMeansModel]:
    """Return all iterations, or if they are many, the first, the last and some between.

    The first ones, in which most happens, are closest to each other.
    """
    models = convergence.models
    if len(models) <= MOST_ITERATIONS:
        return list(models)
    places = np.geomspace(1, len(models), MOST_ITERATIONS).round().astype(int) - 1
    return [models[place] for place in np.unique(places)]
