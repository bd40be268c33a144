"""What napari's canvas is made of, which its public names do not reach.

Where a viewer has no window, or napari has changed, there is None: what would be drawn
on the canvas is then left out.
"""

from typing import Any

from napari.components import ViewerModel
from napari.layers import Layer


def canvas_of(viewer: ViewerModel | None) -> Any:
    """Return napari's canvas, or None; its `native` is the widget."""
    qt_viewer = getattr(getattr(viewer, "window", None), "_qt_viewer", None)
    return getattr(qt_viewer, "canvas", None)


def node_of(viewer: ViewerModel | None, layer: Layer | None) -> Any:
    """Return what vispy draws a layer with, or None."""
    visuals = getattr(canvas_of(viewer), "layer_to_visual", {})
    return getattr(visuals.get(layer), "node", None)


def camera_of(viewer: ViewerModel) -> Any:
    """Return the camera, which napari 0.9 has moved."""
    return getattr(viewer, "scene", viewer).camera


def slice_of(layer: Any) -> Any:
    """Return the pixels, (H, W), that a layer's node draws, or None."""
    view = getattr(getattr(layer, "_slice", None), "image", None)
    pixels: Any = getattr(view, "raw", None)
    if getattr(pixels, "ndim", 0) != 2:
        return None
    if layer.multiscale:
        return pixels  # of one level, of which napari draws all
    # napari leaves out rows and columns of what the graphics card cannot hold.
    steps = layer._transforms["tile2data"].scale  # noqa: SLF001
    displayed = layer._slice_input.displayed  # noqa: SLF001
    return pixels[tuple(slice(None, None, int(steps[axis])) for axis in displayed)]
