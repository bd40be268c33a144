"""The segments of an image as the user sees and edits them: no napari, no Qt.

`state.Segments` is what the other rooms hold. It keeps a `recipe.Recipe` (the model,
its splits and the `segment_map.SegmentMap`), the arrays of `pixel_state`, and a
`history` of both. The rest are pure functions: `recoloring`, `statistics`, `objects`,
`cleanup`.
"""
