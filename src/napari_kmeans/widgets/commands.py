"""Commands of the menus and the command palette."""

from napari import current_viewer
from napari.layers import Image
from napari.utils.notifications import show_warning

from napari_kmeans.layers.clusterings import shown_by
from napari_kmeans.widgets.docks import dock_panel


def segment_active_layer() -> None:
    """Cluster the active image layer with the last-used settings.

    The panel does it, docked if necessary, so that progress, Cancel and questions are
    in their usual place.
    """
    viewer = current_viewer()
    if viewer is None:
        show_warning("Open a napari viewer first.")
        return
    active = viewer.layers.selection.active
    shown = shown_by(viewer, active)
    image = active if shown is None else shown.source
    if not isinstance(image, Image):
        show_warning("Select an image layer in the layer list first.")
        return
    panel = dock_panel(viewer)
    panel.image.value = image
    panel.segment()
