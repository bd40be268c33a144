"""A segmentation and its napari layers, without widgets or Qt.

`source_layers` and `source_pixels` say what is clustered; `clusterings` shows the
result in layers, and `SegmentLayers` keeps them in step with the segments.
"""
