"""A run: its request, whether it fits into memory, its steps, and its summary."""

from dataclasses import dataclass, replace
from time import perf_counter

import numpy as np

from napari_kmeans.core.adjusting import rise
from napari_kmeans.core.kept import Kept
from napari_kmeans.core.levels import is_computed, levels_of
from napari_kmeans.core.memory import free_memory
from napari_kmeans.core.model import KMeansModel
from napari_kmeans.core.progress import Steps
from napari_kmeans.core.segmentation import Segmentation
from napari_kmeans.core.settings import Settings
from napari_kmeans.layers.confidence import decided_steps, why_no_confidence
from napari_kmeans.layers.label_colors import warm_up
from napari_kmeans.layers.recolored_layers import ChannelsAs
from napari_kmeans.layers.region import Slices
from napari_kmeans.layers.segment_layers import SegmentLayers
from napari_kmeans.layers.source_pixels import SourcePixels, memory_to_segment
from napari_kmeans.segments.recipe import Recipe
from napari_kmeans.segments.stores.on_demand import NOT_EDITABLE
from napari_kmeans.widgets.starts import describe_starts
from napari_kmeans.widgets.texts import percent


@dataclass(frozen=True)
class RunRequest:
    """What to cluster, and how."""

    pixels: SourcePixels
    settings: Settings
    source_name: str  # what the layers are called now: they may be renamed meanwhile
    channels_as: ChannelsAs = "mix"  # how several channels are to be recoloured
    undecided_below: float = 0.0  # pixels that are less sure are in no segment


@dataclass(frozen=True)
class RunResult:
    """The result of a run."""

    request: RunRequest
    segmentation: Segmentation
    seconds: float
    undecided_below: float = 0.0  # 0 if it is not known how sure pixels are


def why_too_large(request: RunRequest) -> str:
    """Say why a run would not fit into the memory that is free; "" if it would."""
    pixels = request.pixels
    needed, free = memory_to_segment(pixels, request.settings), free_memory()
    if needed <= free:
        return ""
    kind = "block by block" if pixels.is_lazy else "in memory"
    refusal = (
        f"Clustering '{pixels.sources.name}' {kind} needs about {_in_words(needed)}, "
        f"but {_in_words(free)} are free, so it was not started."
    )
    if pixels.is_lazy:
        return (
            f"{refusal} Store it in smaller chunks, of a few megabytes each, or free "
            "some memory."
        )
    return (
        f"{refusal} Out of core it is read block by block: that gives labels that are "
        "computed on demand, which cannot be painted until they are written to zarr."
    )


def _in_words(n_bytes: float) -> str:
    gigabytes = n_bytes / 1e9
    return f"{gigabytes:.1f} GB" if gigabytes >= 0.1 else f"{n_bytes / 1e6:.0f} MB"


def describes(request: RunRequest, clustering: SegmentLayers) -> bool:
    """Whether a clustering shows what a request would give."""
    recipe, pixels = clustering.segments.recipe, clustering.pictures.pixels
    now, then = (
        [a for levels in one.arrays for a in levels] for one in (request.pixels, pixels)
    )
    # Read out of core, an array is wrapped: only those in memory can be compared.
    are_same = len(now) == len(then) and all(
        a is b for a, b in zip(now, then, strict=True) if type(a) is type(b)
    )
    return (
        are_same
        and request.settings == recipe.model.settings
        and request.pixels.selection.record() == recipe.selection
        and request.pixels.sources == clustering.sources
    )


def other_slice(request: RunRequest, clustering: SegmentLayers) -> str:
    """Say of which slice a result is, if only that differs from a request."""
    selection = clustering.segments.recipe.selection or {}
    places = [tuple(one) for one in (selection.get("region") or {}).get("slices", ())]
    wanted = request.pixels.selection
    pairs = [*places, *getattr(wanted.region, "ranges", [(0, 0, 1)])]
    if not places or any(first != last for _, first, last in pairs):
        return ""
    there = replace(wanted, region=Slices(tuple(places)))
    pixels = replace(request.pixels, selection=there)
    if not describes(replace(request, pixels=pixels), clustering):
        return ""
    return f"This result is of slice {', '.join(str(first) for _, first, _ in places)}."


def run_steps(request: RunRequest, kept: Kept) -> Steps[RunResult]:
    """Cluster, and prepare in advance what would block the window."""
    pixels = request.pixels
    start = perf_counter()
    segmentation = yield from pixels.segment_steps(request.settings, kept)
    below = request.undecided_below
    if why_no_confidence(pixels) or is_computed(segmentation.labels):
        below = 0.0
    if below:
        segmentation = yield from decided_steps(segmentation, pixels, below)
    seconds = perf_counter() - start
    warm_up(levels_of(segmentation.labels)[0].dtype)
    if pixels.sources.is_multichannel and request.channels_as == "mix":
        pixels.mixed  # noqa: B018 (drawn here: the window would wait for it)
    return RunResult(request, segmentation, seconds, below)


def describe(result: RunResult, recipe: Recipe) -> str:
    """Describe a result in one line, with remarks below it."""
    model, seconds = result.segmentation.model, result.seconds
    pixels = result.request.pixels
    is_partial = pixels.selection.is_partial
    facts = [describe_segments(recipe)]
    if not recipe.n_merges:  # there is little room beside the button that drops them
        facts.append(f"{int(model.counts.sum()):,} px")
    if model.n_outside and not is_partial:
        facts.append(f"{model.n_outside:,} px without a value")
    if not recipe.n_merges:
        facts.append(f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s")
    if starts := describe_starts(model.settings):
        facts.append(starts)
    lines = [" · ".join(facts)]
    if is_partial:
        lines += filter(None, [_describe_left_out(result)])
    lines.extend(_describe_kind(result))
    if model.message:
        lines.append(model.message)
    if pixels.sources.name != result.request.source_name:
        lines.append(
            f"'{result.request.source_name}' was renamed meanwhile; "
            f"the layers are named after '{pixels.sources.name}'."
        )
    return "\n".join(lines)


def describe_segments(recipe: Recipe) -> str:
    """Describe how many segments there are, and why not as many as were asked for."""
    segments, n_merges = count_segments(recipe), recipe.n_merges
    if not n_merges:
        return segments
    # In short: beside the button that drops them there is room for two lines.
    merges = "One merge" if n_merges == 1 else f"{n_merges} merges"
    return f"{merges} kept: {recipe.model.n_clusters} clusters, {segments}"


def count_segments(recipe: Recipe) -> str:
    """Say how many segments there are."""
    known = recipe.centroids()
    n_segments = sum(not known.keys().isdisjoint(one.atoms) for one in recipe.map)
    n_painted = len(recipe.map) - n_segments
    segments = f"{n_segments} segment{'s' if n_segments != 1 else ''}"
    return f"{segments} + {n_painted} painted" if n_painted > 0 else segments


def describe_adjustment(model: KMeansModel) -> str:
    """Say that cuts were moved by hand, and what it cost; "" if none were."""
    if model.fitted is None:
        return ""
    risen = rise(model)
    if risen is None:
        return "Adjusted by hand."
    where = "above" if risen >= 0 else "below"
    of_what = "the fit" if model.settings.pinned else "the optimum"
    return f"Adjusted by hand: inertia {percent(100 * abs(risen))} {where} {of_what}."


def _describe_kind(result: RunResult) -> list[str]:
    """Describe what differs from a 2-D image in memory."""
    segmentation, lines = result.segmentation, []
    if segmentation.level is not None:
        levels = segmentation.labels
        size = " × ".join(f"{n:,}" for n in levels[segmentation.level].shape)
        place = f"{segmentation.level + 1} of {len(levels)}"
        lines.append(f"Fitted on level {place}, {size} px; its pixels are counted.")
    if result.request.pixels.is_lazy:
        lines.append("Read block by block.")
    if is_computed(segmentation.labels):
        lines.append(NOT_EDITABLE)
    if result.undecided_below:
        n_without = np.count_nonzero(segmentation.labels == 0)
        share = (n_without - segmentation.model.n_outside) / segmentation.labels.size
        lines.append(
            f"{100 * share:.1f} % undecided: less than {result.undecided_below:.0%} "
            "sure."
        )
    elif result.request.undecided_below:
        lines.append("No pixel is left undecided in this result.")
    return lines


def _describe_left_out(result: RunResult) -> str:
    """Describe which pixels were left out of the fit, and their labels."""
    pixels, segmentation = result.request.pixels, result.segmentation
    n_outside = pixels.n_outside_region(segmentation.level or 0)
    n_others = segmentation.model.n_outside - n_outside
    counts = []
    if n_outside:
        counts.append(f"{n_outside:,} px outside")
    if n_others:
        selection, values = pixels.selection, []
        if selection.background is not None:
            values.append(f"of value {selection.background:g}")
        if selection.saturated:
            values.append("saturated")
        counts.append(f"{n_others:,} px {' or '.join([*values, 'without a value'])}")
    if not counts:
        return ""
    fate = "In no segment"
    if pixels.selection.label_all:
        fate = "Labelled, but not fitted"
    return f"{fate}: {', '.join(counts)}."
