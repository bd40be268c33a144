"""Napari-kmeans beside the other tools, on the same images: `python -m benchmarks`."""
