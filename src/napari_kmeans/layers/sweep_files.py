"""Save what a sweep over numbers of segments gives: pictures, a sheet, animations."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from napari_kmeans.core.convergence import Convergence, converge_steps
from napari_kmeans.core.dispatch import prepare
from napari_kmeans.core.kept import Kept
from napari_kmeans.core.nearest import nearest
from napari_kmeans.core.pixels import Pixels, read_pixels
from napari_kmeans.core.progress import Progress, Steps, subprogress
from napari_kmeans.core.settings import Settings
from napari_kmeans.core.thumbnail import glimpse
from napari_kmeans.io.captions import width_on_sheet
from napari_kmeans.io.picture_files import save_gif, save_pictures, save_sheet
from napari_kmeans.io.pictures import (
    Picture,
    caption_of,
    caption_of_iteration,
    shown_iterations,
)
from napari_kmeans.layers.seen_slice import SeenSlice
from napari_kmeans.layers.source_pixels import SourcePixels
from napari_kmeans.layers.view import View

SHEET_WIDTH = 1600
NAMES = {"rgb": "RGB", "lab": "Lab", "luv": "Luv", "hsv": "HSV", "grey": "grey"}


@dataclass(frozen=True)
class SweepPlan:
    """What is to be saved, and where."""

    folder: Path
    name: str  # what the names of the files begin with
    numbers: tuple[int, ...]  # of segments
    # what is saved: a PNG for each number, all on a sheet, a GIF of all numbers, and
    # one of the iterations of a run
    pictures: bool = True
    sheet: bool = True
    gif: bool = True
    convergence: bool = False
    seconds: float = 1.0  # how long the animation shows each number
    iteration_seconds: float = 0.25  # and that of one run, each iteration
    loop: bool = True
    width: int = 480  # of a GIF, in pixels
    # the files that are there already, also if it is stopped
    written: list[Path] = field(default_factory=list, compare=False)

    @property
    def files(self) -> list[Path]:
        """The files that it makes."""
        names = [
            *(f"k{k:02d}.png" for k in self.numbers if self.pictures),
            *["sheet.png"] * self.sheet,
            *["sweep.gif"] * self.gif,
            *["convergence.gif"] * self.convergence,
        ]
        return [self.path(name) for name in names]

    def path(self, name: str) -> Path:
        """Return the path of a file."""
        return self.folder / f"{self.name}_{name}"


def save_sweep_steps(
    pixels: SourcePixels, settings: Settings, view: View, plan: SweepPlan, kept: Kept
) -> Steps[SweepPlan]:
    """Save what is planned, replacing what is there, step by step.

    The settings are those of the run whose iterations are shown; in a sweep, only their
    number of clusters differs.
    """
    yield Progress("Reading the image", 0.0)
    if plan.convergence:
        _check_can_converge(pixels)
    share = 0.0
    if plan.pictures or plan.sheet or plan.gif:
        share = 0.6 if plan.convergence else 1.0
        every = [settings.with_clusters(number) for number in plan.numbers]
        saving = _save_numbers(pixels, every, view, plan, kept)
        yield from subprogress(saving, 0, share)
    if plan.convergence:
        showing = _iterations(pixels, settings, view, plan)
        frames = yield from subprogress(showing, share, 1)
        yield Progress("Writing the iterations", 1.0)
        _save_animation(frames, plan, "convergence.gif", plan.iteration_seconds)
    return plan


def _save_numbers(
    pixels: SourcePixels,
    every: Sequence[Settings],
    view: View,
    plan: SweepPlan,
    kept: Kept,
) -> Steps[None]:
    """Save the pictures of all numbers, each drawn at the sizes that are needed."""
    whole = SeenSlice(pixels, view)
    rows, columns = whole.size
    tile = width_on_sheet(len(every) + 1, columns / rows, SHEET_WIDTH)
    on_sheet = SeenSlice(pixels, view, tile)
    animated = SeenSlice(pixels, view, plan.width)
    tiles, frames = [], []
    if plan.sheet:
        tiles.append(Picture(on_sheet.original, "original"))
    for place, one in enumerate(every):
        share = place / len(every), (place + 1) / len(every)
        steps = pixels.segment_steps(one, kept)
        where = f"{one.n_clusters} segments: "
        segmentation = yield from subprogress(steps, *share, where)
        caption = caption_of(segmentation.model)
        if plan.pictures:
            name = f"k{one.n_clusters:02d}"
            drawn = [Picture(whole.draw(segmentation), caption, name)]
            plan.written.extend(
                save_pictures(plan.folder, drawn, name=plan.name, overwrite=True)
            )
        if plan.sheet:
            tiles.append(Picture(on_sheet.draw(segmentation), caption))
        if plan.gif:
            frames.append(Picture(animated.draw(segmentation), caption))
        del segmentation  # before the next one, which takes as much memory
    yield Progress("Writing the pictures", 1.0)
    if plan.sheet:
        title = f"{pixels.sources.name} · k-means"
        if pixels.sources.is_colors:
            title += f" in {NAMES[every[0].color_space]}"
        path = plan.path("sheet.png")
        save_sheet(path, tiles, title=title, width=SHEET_WIDTH, overwrite=True)
        plan.written.append(path)
    if plan.gif:
        _save_animation(frames, plan, "sweep.gif", plan.seconds)


def _save_animation(
    frames: Sequence[Picture], plan: SweepPlan, name: str, seconds: float
) -> None:
    path = plan.path(name)
    save_gif(
        path, frames, seconds=seconds, loop=plan.loop, width=plan.width, overwrite=True
    )
    plan.written.append(path)


def _check_can_converge(pixels: SourcePixels) -> None:
    """Raise ValueError if the iterations of a run cannot be shown."""
    name = pixels.sources.name
    if pixels.selection.slice_axis is not None:
        raise ValueError(
            "Each slice has a model of its own, so there is not one run to be shown: "
            "untick the animation of one run, or choose one model for all slices."
        )
    if pixels.is_lazy or pixels.sources.is_multiscale:
        kind = "read block by block" if pixels.is_lazy else "a pyramid"
        raise ValueError(
            f"'{name}' is {kind}, so the iterations of a run cannot be shown: untick "
            "the animation of one run, or make a layer of a part that fits in memory."
        )


def _iterations(
    pixels: SourcePixels, settings: Settings, view: View, plan: SweepPlan
) -> Steps[list[Picture]]:
    """Draw the iterations of a run."""
    seen = SeenSlice(pixels, view, plan.width)
    options = {"channel_axis": pixels.channel_axis, "alpha": pixels.alpha}
    running = converge_steps(pixels.image, settings, mask=pixels.mask, **options)  # type: ignore[arg-type]
    convergence: Convergence = yield from subprogress(running, 0, 0.5)
    inside = read_pixels(pixels.image, **options).masked(pixels.mask)  # type: ignore[arg-type]
    prepared = yield from subprogress(prepare(inside, settings), 0.5, 0.6)
    assert isinstance(prepared, Pixels)
    part = glimpse(prepared, seen.places(prepared.shape))
    features = convergence.models[0].space.features(part.values)
    frames = []
    models = shown_iterations(convergence)
    for place, model in enumerate(models):
        yield Progress("Drawing the iterations", 0.6 + 0.4 * place / len(models))
        labels = np.zeros(part.inside.shape, np.uint16)
        labels[part.inside] = nearest(features, model.feature_centroids) + 1
        drawn = seen.paint(seen.upright(labels), model.centroids)
        caption = f"k = {model.n_clusters} · {caption_of_iteration(model)}"
        frames.append(Picture(drawn, caption))
    return frames
