"""The areas as text: for a CSV file, or to be pasted into a spreadsheet."""

import csv
import io
from math import isnan

from napari_kmeans.widgets.areas.slice_areas import Areas


def areas_text(areas: Areas, axis_name: str, delimiter: str = ",") -> str:
    """Write areas as text: a line of titles, and a line for each slice."""
    file = io.StringIO()
    writer = csv.writer(file, delimiter=delimiter, lineterminator="\n")
    names = (f"{segment.name} ({areas.unit})" for segment in areas.segments)
    writer.writerow([axis_name, *names])
    for number, row in enumerate(areas.values.tolist()):
        writer.writerow([number, *(_field(one, areas.is_whole) for one in row)])
    return file.getvalue()


def _field(number: float, is_whole: bool) -> str:
    """Write a number with ten digits that count."""
    if isnan(number):
        return ""
    return str(int(number)) if is_whole else f"{number:.10g}"
