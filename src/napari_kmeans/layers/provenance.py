"""How an output layer was made, for its metadata."""

from typing import Any

from napari_kmeans import __version__
from napari_kmeans.core.model import KMeansModel
from napari_kmeans.layers.source_layers import Sources

KEY = "napari-kmeans"


def provenance(model: KMeansModel, sources: Sources) -> dict[str, Any]:
    """Describe how a segmentation was made, in plain JSON values."""
    return {
        "source": sources.name,
        "sources": [layer.name for layer in sources.layers],
        "channels": list(sources.channel_names) if sources.is_multichannel else None,
        "channel_axis": sources.channel_axis,
        "settings": model.settings.to_dict(),
        "centroids": model.centroids.tolist(),
        "counts": model.counts.tolist(),
        "inertia": model.inertia,
        "n_outside": model.n_outside,
        "version": __version__,
    }
