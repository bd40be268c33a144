"""The segments of an image as the user sees and edits them: no napari, no Qt.

`segments.Segments` is what the other rooms hold: it is `described.Described`, which is
`undoable.Undoable`. That keeps a `recipe.Recipe` (the model, its `splitting` and the
`segment_map.SegmentMap`), the arrays of `pixel_state`, and a `history` of both.
`identity` carries what was said of the segments over to another run. The rest are pure
functions: `recoloring`, `statistics`, `objects`, `cleanup`, `palettes`.
"""
