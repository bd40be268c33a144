"""The area of each segment in every slice of a volume, or frame of a film.

`section.AreasSection` is the folded section of the panel; `counting` counts in a
thread, `numbers` is what is shown, `table` and `plot` show it, `text` writes it.
"""
