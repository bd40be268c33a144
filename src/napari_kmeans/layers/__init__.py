"""A segmentation and its napari layers: no widgets, no Qt.

`source` reads the layer that is clustered, `outputs` writes the two layers that show
the result; `geometry`, `colors` and `record` say where they lie, how they look and how
they were made.
"""
