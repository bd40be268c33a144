"""How an output layer was made, kept in its metadata."""

from typing import Any

from napari_kmeans import __version__
from napari_kmeans.core.model import KMeansModel

KEY = "napari-kmeans"


def provenance(model: KMeansModel, source_name: str) -> dict[str, Any]:
    """Describe how a segmentation was made, in values that JSON can hold.

    Parameters
    ----------
    model : KMeansModel
        The fitted model.
    source_name : str
        The name of the layer it was fitted to.

    Returns
    -------
    dict
        source, settings, centroids (in the image's units, one row a segment), counts
        (pixels), inertia, the pixels in no segment, and this plugin's version.
    """
    return {
        "source": source_name,
        "settings": model.settings.to_dict(),
        "centroids": model.centroids.tolist(),
        "counts": model.counts.tolist(),
        "inertia": model.inertia,
        "n_outside": model.n_outside,
        "version": __version__,
    }
