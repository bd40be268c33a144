"""The segments of an image as the user sees and edits them: no napari, no Qt.

`segments.Segments` is what the other rooms hold: a `recipe.Recipe` (the model, its
`splitting` and the `segment_map.SegmentMap`), one of the label `stores`, and a
`history` of both. `identity` carries names, colours and merges over to another run.
The rest are pure functions, such as `label_style`, `statistics` and `cleanup`.
"""
