"""Whatever is pressed in the panel, in whatever order, all that is shown agrees.

A walk presses something at random, and after each step compares the labels layer, the
recoloured picture, the table and the history with what numpy says they should be. Each
step draws from a generator of its own, so a walk is the same wherever it runs, and a
failure names the walk, the step and all that was pressed before. WALK_STEPS=300 and
WALK_SEEDS=7,8 in the environment make the walks longer, and others.
"""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import dask.array as da
import numpy as np
import numpy.testing as npt
import pytest
from napari.utils.notifications import notification_manager
from qtpy.QtCore import Qt
from qtpy.QtGui import QColor

from napari_kmeans.io.ome_zarr import open_ome_zarr
from napari_kmeans.layers.clusterings import clustering_of
from napari_kmeans.widgets import live
from napari_kmeans.widgets.run_section import EDITS

N_STEPS = int(os.environ.get("WALK_STEPS", "30"))
SEEDS = [int(seed) for seed in os.environ.get("WALK_SEEDS", "0").split(",")]
RNG = np.random.default_rng(5)
SHAPE = (36, 44)


# The images that a walk starts from


def blobs(*shape):
    """Grey levels in patches, with noise: segments of several pieces."""
    coarse = RNG.integers(0, 200, tuple(-(-n // 9) for n in shape))
    for axis, n in enumerate(shape):
        coarse = coarse.repeat(9, axis).take(range(n), axis)
    return (coarse + RNG.integers(0, 40, shape)).astype(np.uint8)


@dataclass
class Start:
    """The layers that are there at first, and what the same is in Python."""

    layers: list[tuple[Any, dict[str, Any]]]
    python: dict[str, Any] = field(default_factory=dict)


RGB = np.stack([blobs(*SHAPE) for _ in range(3)], axis=-1)
STACK = blobs(4, 30, 34)
CHANNELS = [blobs(*SHAPE).astype(np.uint16) * 257 for _ in range(2)]
LARGE = blobs(60, 56)

STARTS = {
    "rgb": Start([(RGB, {})], {"channel_axis": -1}),
    "stack": Start(
        [(STACK, {"scale": (2, 0.5, 0.5), "units": ("um",) * 3})],
    ),
    "channels": Start(
        [
            (one, {"colormap": color, "blending": "additive"})
            for one, color in zip(CHANNELS, ("red", "green"), strict=True)
        ],
        {"channel_axis": 0, "scaling": "standardize"},
    ),
    "pyramid": Start([([LARGE, LARGE[::2, ::2]], {"multiscale": True})]),
    "lazy stack": Start([(da.from_array(STACK, chunks=(2, 15, 34)), {})]),
}


# What should be seen


def levels(pixels):
    """Give all levels of labels or of a picture, the finest first, in memory."""
    several = isinstance(pixels, tuple | list) or hasattr(pixels, "_data")
    return [np.asarray(one) for one in (pixels if several else [pixels])]


def state(clustering):
    """All that undo must bring back, bit for bit."""
    labels = levels(clustering.segments.labels)
    pixels = [(one.dtype.str, one.shape, one.tobytes()) for one in labels]
    return clustering.segments.map, clustering.segments.recipe.palette, pixels


def percent_text(n, total):
    share = 100 * n / (total or 1)
    return "< 0.1 %" if 0 < share < 0.05 else f"{share:.1f} %"


def full(dtype):
    return np.iinfo(dtype).max


class Shown:
    """What one clustering shows, against what its labels say that it should."""

    def __init__(self, viewer, clustering):
        self.clustering = clustering
        self.segments = clustering.segments
        self.labels = levels(self.segments.labels)
        self.pictures = [
            layer
            for layer in viewer.layers
            if layer not in clustering.sources.layers
            and layer is not clustering.labels
            and clustering.shows_in(layer)
        ]

    def check(self, is_previewing):
        self.check_values_and_counts()
        if not is_previewing:
            self.check_labels_layer()
        if self.clustering.recolored is not None:
            self.check_pictures()

    def check_values_and_counts(self):
        values = self.segments.map.values
        assert len(set(values)) == len(values)
        counted = []
        for labels in self.labels:
            counts = np.bincount(labels.reshape(-1), minlength=max(values) + 1)
            assert set(np.flatnonzero(counts)) <= {0, *values}
            counted.append({value: counts[value] for value in values})
        # Of several levels one is counted: the one that was fitted.
        assert self.segments.counts in counted

    def check_labels_layer(self):
        layer = self.clustering.labels
        if layer is not None:
            data = layer.data if not layer.multiscale else list(layer.data)
            # Labels on disk are shown and painted at their finest level only.
            is_stored = self.segments.stored is not None
            for shown, labels in zip(levels(data), self.labels, strict=not is_stored):
                npt.assert_array_equal(shown, labels)
            for segment in self.segments.map:
                r, g, b, alpha = layer.get_color(segment.value)
                assert alpha == segment.visible
                npt.assert_allclose((r, g, b), segment.color, atol=1e-6)

    def check_pictures(self):
        sources = self.clustering.sources
        is_split = len(self.pictures) > 1
        for channel, layer in enumerate(self.pictures):
            for level, labels in enumerate(self.labels):
                image = [levels(one.data)[level] for one in sources.layers]
                data = layer.data[level] if layer.multiscale else layer.data
                self.check_picture(
                    np.asarray(data), labels, image[channel] if is_split else image
                )

    def check_picture(self, picture, labels, image):
        is_mixed = isinstance(image, list) and len(image) > 1
        own = image[0] if isinstance(image, list) else image
        is_flat = picture.ndim == labels.ndim
        if not is_flat:
            picture = self.check_opacity(picture, labels)
        own_is_shown = not is_mixed and is_flat == (own.ndim == labels.ndim)
        if own_is_shown:
            npt.assert_array_equal(picture[labels == 0], own[labels == 0])
        for segment in self.segments.map:
            where = labels == segment.value
            if where.any():
                pixels = own[where] if own_is_shown else None
                self.check_segment(segment, picture[where], pixels)

    def check_opacity(self, picture, labels):
        """Check the opacity, and give the colours without."""
        if self.clustering.look.hidden_as == "transparent":
            for segment in self.segments.map:
                seen = full(picture.dtype) if segment.visible else 0
                assert (picture[labels == segment.value][..., 3:] == seen).all()
        assert picture.shape[-1] == (
            4 if self.clustering.look.hidden_as == "transparent" else 3
        )
        return picture[..., :3]

    def check_segment(self, segment, pixels, own):
        """Check the pixels of a segment against the image's own, if they are alike."""
        is_one_color = (pixels == pixels[0]).all()
        show_as = self.clustering.look.show_as
        is_fresh = self.segments.is_editable and self.segments.n_edited == 0
        if not segment.visible:
            assert not pixels.any()
        elif show_as == "palette":
            color = np.array(segment.color) * full(pixels.dtype)
            assert is_one_color
            npt.assert_allclose(pixels[0].astype(float), color, atol=1)
        elif own is None:
            assert is_one_color or show_as == "original" or not is_fresh
        elif show_as == "original":
            npt.assert_array_equal(pixels, own)
        elif is_fresh:
            assert is_one_color
            mean = own.mean(axis=0)
            npt.assert_allclose(pixels[0].astype(float), mean, atol=1)
        else:  # what was painted with a new label shows the image itself
            assert is_one_color or (pixels == own).all()

    def rows(self):
        """Give what the table should say, as a screen reader would read it."""
        counts = self.segments.counts
        total = sum(counts[s.value] for s in self.segments.map if not s.ignored)
        return [
            {
                "Shown": "shown" if segment.visible else "hidden",
                "Colour": "#" + "".join(f"{round(255 * c):02x}" for c in segment.color),
                "Label": str(segment.value),
                "Name": segment.name,
                "Share": "–"
                if segment.ignored
                else percent_text(counts[segment.value], total),
                "Pixels": f"{counts[segment.value]:,}",
                "Ignore": "ignored" if segment.ignored else "counted",
            }
            for segment in self.segments.map
        ]


class Book:
    """The states that undo and redo of one clustering must come back to."""

    def __init__(self, clustering):
        self.clustering = clustering
        self.first = len(self.history.past)
        self.at = 0
        self.states = [state(clustering)]

    @property
    def history(self):
        return self.clustering.segments.history

    def check(self):
        at = len(self.history.past) - self.first
        now = state(self.clustering)
        if at == self.at + 1 and not self.history.future:
            del self.states[at:]
            self.states.append(now)
        else:  # a step back or again, or nothing that could be undone
            assert now == self.states[at], "what changed is in no step of the history"
        self.at = at

    def forget(self):
        self.__init__(self.clustering)


# What is pressed

ACTS: list[tuple[str, int, bool, Callable[["Walk"], Any]]] = []
NOTHING_TO_DO = object()


def act(weight=1, *, needs_table=True):
    """Make a method one of the things that a walk may do, so many times as often."""

    def take(method):
        ACTS.append((method.__name__, weight, needs_table, method))
        return method

    return take


class Walk:
    """Somebody who presses whatever there is."""

    def __init__(self, start, seed, log, viewer, panel, qtbot, gate, mouse, folder):
        self.seed, self.log, self.books = seed, log, {}
        self.viewer, self.panel, self.qtbot = viewer, panel, qtbot
        self.gate, self.mouse, self.folder = gate, mouse, folder
        gate.open()
        viewer.add_image(blobs(20, 20), name="other")
        self.sources = [
            viewer.add_image(data, name=f"image {n}", **settings)
            for n, (data, settings) in enumerate(start.layers)
        ]
        viewer.layers.selection = set(self.sources)
        self.rng = np.random.default_rng([seed, 0])
        self.log.append("0 start")
        self.segment()
        self.check()

    def walk(self, n_steps):
        weights = np.array([weight for _, weight, *_ in ACTS], float)
        for n in range(1, n_steps + 1):
            self.rng = np.random.default_rng([self.seed, n])
            order = self.rng.choice(
                len(ACTS), len(ACTS), replace=False, p=weights / weights.sum()
            )
            for name, _, needs_table, method in (ACTS[i] for i in order):
                self.log.append(f"{n} {name}")
                is_possible = self.shown is not None or not needs_table
                if is_possible and method(self) is not NOTHING_TO_DO:
                    break
                self.log.pop()
            self.check()

    def say(self, *words):
        self.log[-1] += " " + " ".join(map(str, words))

    # What there is

    @property
    def clusterings(self):
        found = {}
        for layer in self.viewer.layers:
            clustering = clustering_of(self.viewer, layer)
            if clustering is not None:
                found[id(clustering)] = clustering
        return list(found.values())

    @property
    def shown(self):
        """The clustering in the table, if there is one."""
        section = self.panel.segments
        return section.actions.layers if section.visible else None

    @property
    def table(self):
        return self.panel.segments.view

    def read_table(self):
        """Read the table cell by cell, as a screen reader does."""
        model, rows = self.panel.segments.model, []
        role = Qt.ItemDataRole.AccessibleTextRole
        for row in range(model.rowCount()):
            cells = [model.index(row, c) for c in range(model.columnCount())]
            rows.append(dict(cell.data(role).split(": ", 1) for cell in cells))
        return rows

    def any_of(self, choices):
        choices = list(choices)
        return choices[self.rng.integers(len(choices))]

    def values(self, at_least=1):
        values = self.shown.segments.map.values
        n = min(len(values), int(self.rng.integers(at_least, at_least + 2)))
        return sorted(int(v) for v in self.rng.choice(values, n, replace=False))

    def press(self, name):
        """Press a button under the table, if it can be."""
        button = self.panel.segments.buttons.buttons[name]
        if not button.isEnabled():
            return NOTHING_TO_DO
        button.click()
        return None

    def cell(self, value, title):
        """Find a cell of the table by what a screen reader says."""
        model, role = self.table.model(), Qt.ItemDataRole.AccessibleTextRole
        for row in range(model.rowCount()):
            cells = [model.index(row, c) for c in range(model.columnCount())]
            said = {cell.data(role).split(": ")[0]: cell for cell in cells}
            if said["Label"].data(role) == f"Label: {value}":
                return said[title]
        raise AssertionError(f"there is no row of {value}")

    def click_cell(self, value, title, modifier=Qt.KeyboardModifier.NoModifier):
        """Click the cell of a segment with the mouse."""
        index, view = self.cell(value, title), self.table
        view.scrollTo(index)
        place = view.visualRect(index).center()
        self.qtbot.mouseClick(
            view.viewport(), Qt.MouseButton.LeftButton, modifier, place
        )

    def wait(self, is_done):
        self.qtbot.waitUntil(is_done, timeout=90_000)

    # Runs

    def segment(self):
        self.panel.segment_button.native.click()
        self.wait(lambda: not self.panel.is_running)
        assert not self.panel.status.value.startswith("Something went wrong")
        if self.panel.run.question.visible:
            answer = self.any_of(EDITS)
            self.say(answer)
            self.panel.run.question.buttons[answer].native.click()

    @act(4, needs_table=False)
    def run(self):
        if not self.panel.segment_button.visible:
            return NOTHING_TO_DO
        k = int(self.rng.integers(2, 7))
        self.say(k)
        self.panel.form.n_clusters.value = k
        return self.segment()

    @act(3, needs_table=False)
    def change_live(self):
        """Change the number of segments with Live on; what is painted stays."""
        panel, k = self.panel, int(self.rng.integers(2, 7))
        self.say(k)
        painted = [one for one in self.clusterings if one.segments.n_edited]
        before = [state(one) for one in painted]
        panel.run.live.box.value = True
        panel.form.n_clusters.value = k
        self.qtbot.wait(50)
        self.wait(lambda: not panel.is_running and not panel._changes.isActive())
        panel.run.live.box.value = False
        assert not panel.run.question.visible
        assert not panel.status.value.startswith("Something went wrong")
        assert [state(one) for one in painted] == before

    @act(1, needs_table=False)
    def run_and_cancel(self):
        if not self.panel.segment_button.visible:
            return NOTHING_TO_DO
        before = [state(one) for one in self.clusterings]
        self.gate.shut()
        self.panel.segment_button.native.click()
        self.panel.run.row.cancel_button.native.click()
        self.gate.open()
        assert not self.panel.is_running
        assert [state(one) for one in self.clusterings] == before
        return None

    @act(1, needs_table=False)
    def inside_shapes(self):
        """Draw a rectangle, if there is none, and cluster what is inside."""
        viewer, region = self.viewer, self.panel.region
        if not self.panel.segment_button.visible:
            return NOTHING_TO_DO
        if not any(layer.name == "box" for layer in viewer.layers):
            active = viewer.layers.selection.active
            corners = [[5, 4], [5, 24], [25, 24], [25, 4]]
            scale = self.sources[0].scale[-2:]
            viewer.add_shapes([np.array(corners) * scale], name="box")
            viewer.layers.selection.active = active
        if region.kind.value == "shapes":
            region.kind.value = "whole"
        else:
            region.kind.value = "shapes"
            region.every_slice.value = True
        self.say(region.kind.value)
        return self.segment()

    # The table

    @act(3)
    def hide(self):
        value = self.values()[0]
        self.say(value)
        self.click_cell(value, "Shown")

    @act(1)
    def only_this(self):
        value = self.values()[0]
        self.say(value)
        self.click_cell(value, "Shown", Qt.KeyboardModifier.AltModifier)

    @act(1)
    def show_all(self):
        return self.press("show_all")

    @act(1)
    def invert(self):
        return self.press("invert")

    @act(1)
    def ignore(self):
        value = self.values()[0]
        self.say(value)
        self.click_cell(value, "Ignore")

    @act(1)
    def rename(self):
        value, name = self.values()[0], self.any_of(["DAB", "Stroma", "<b>x</b> "])
        self.say(value, name)
        index = self.cell(value, "Name")
        index.model().setData(index, name)
        assert self.shown.segments.map[value].name == name.strip()

    @act(1)
    def color(self):
        value = self.values()[0]
        self.say(value)
        self.click_cell(value, "Colour")
        dialog = self.panel.segments.actions.dialog
        dialog.setCurrentColor(QColor(*(int(c) for c in self.rng.integers(0, 256, 3))))
        dialog.accept()

    @act(1)
    def palette(self):
        self.panel.segments.looks.palette.value = self.any_of(
            self.panel.segments.looks.palette.choices
        )

    @act(3)
    def show_as(self):
        box = self.panel.segments.looks.show_as
        box.value = self.any_of(box.choices)
        self.say(box.value)
        assert self.shown.look.show_as == box.value

    @act(2)
    def hidden_as(self):
        box = self.panel.segments.looks.hidden_as
        box.value = self.any_of(box.choices)
        self.say(box.value)
        assert self.shown.look.hidden_as == box.value

    @act(3)
    def merge(self):
        values = self.values(at_least=2)
        self.say(values)
        before = [one.copy() for one in levels(self.shown.segments.labels)]
        self.table.select_values(values)
        if self.press("merge") is NOTHING_TO_DO:
            return NOTHING_TO_DO
        after = levels(self.shown.segments.labels)
        (left,) = set(values) & set(self.shown.segments.map.values)
        for old, new in zip(before, after, strict=True):
            npt.assert_array_equal(new, np.where(np.isin(old, values), left, old))
        return None

    @act(2)
    def split(self):
        value = self.values()[0]
        self.say(value)
        before = levels(self.shown.segments.labels)[0].copy()
        self.table.select_values([value])
        actions = self.panel.segments.actions
        if self.press("split") is NOTHING_TO_DO:
            return NOTHING_TO_DO
        self.qtbot.keyClick(actions.split_popup.n_pieces, Qt.Key.Key_Return)
        self.wait(lambda: actions.splitting is None)
        after = levels(self.shown.segments.labels)[0]
        npt.assert_array_equal(after[before != value], before[before != value])
        return None

    @act(2)
    def look_at_the_table(self):
        """Wait for mean values and numbers of objects, and compare them."""
        shown = self.shown
        if not shown.segments.is_editable or len(shown.sources.layers) > 1:
            return NOTHING_TO_DO
        self.table.scrollTo(self.cell(self.values()[0], "Mean value"))
        self.wait(lambda: all(row["Mean value"] != "…" for row in self.read_table()))
        labels, image = shown.segments.labels, levels(shown.source.data)[0]
        for row in self.read_table():
            of_value = image[labels == int(row["Label"])].reshape(
                -1, 3 if shown.source.rgb else 1
            )
            said = row["Mean value"].replace("–", "nan").split(", ")
            if len(of_value):
                means = [float(s.replace(",", "")) for s in said]
                npt.assert_allclose(means, of_value.mean(0), 1e-3)
        return None

    # Undo

    @act(4)
    def undo(self):
        return self.press("undo")

    @act(3)
    def redo(self):
        return self.press("redo")

    # Pixels

    @property
    def paintable(self):
        """The labels layer in the table, if one can paint on it now."""
        layer = self.shown.labels
        if layer is None or not layer.editable or self.is_previewing(self.shown):
            return None
        return layer

    def place(self, layer):
        shape = layer.data.shape
        return tuple(int(self.rng.integers(n)) for n in shape)

    def value_to_paint(self):
        return int(self.any_of([*self.shown.segments.map.values, 0, 9, 300]))

    @act(4)
    def paint(self):
        layer = self.paintable
        if layer is None or self.viewer.dims.ndisplay == 3:
            return NOTHING_TO_DO
        value, place = self.value_to_paint(), self.place(layer)
        value = min(value, np.iinfo(layer.data.dtype).max)
        self.say(place, value)
        before = np.array(layer.data)
        layer.brush_size = int(self.rng.integers(1, 12))
        layer.paint(place, value)
        self.painted(layer, before, value)
        assert np.asarray(layer.data[place]) == value
        return None

    def painted(self, layer, before, value):
        after = np.asarray(layer.data)
        assert set(np.unique(after[after != before])) <= {value}
        npt.assert_array_equal(levels(self.shown.segments.labels)[0], after)

    @act(2)
    def draw_with_the_mouse(self):
        layer = self.paintable
        if layer is None or self.viewer.dims.ndisplay == 3:
            return NOTHING_TO_DO
        self.viewer.layers.selection.active = layer
        value = self.value_to_paint() or 1
        value = min(value, np.iinfo(layer.data.dtype).max)
        self.say(value)
        before, past = np.array(layer.data), len(self.shown.segments.history.past)
        layer.mode, layer.brush_size, layer.selected_label = "paint", 4, value
        corners = [int(n) for n in self.rng.integers(-60, 60, 3)]
        self.mouse.press(corners[0])
        for corner in corners[1:]:
            self.mouse.move(corner)
        self.mouse.release(corners[-1])
        layer.mode = "pan_zoom"
        self.painted(layer, before, value)
        assert len(self.shown.segments.history.past) <= past + 1
        return None

    @act(1)
    def fill(self):
        layer = self.paintable
        if layer is None or self.viewer.dims.ndisplay == 3:
            return NOTHING_TO_DO
        place = self.place(layer)
        value = min(self.value_to_paint(), np.iinfo(layer.data.dtype).max)
        self.say(place, value)
        before = np.array(layer.data)
        layer.fill(place, value)
        self.painted(layer, before, value)
        old = before[place]
        assert (before[np.asarray(layer.data) != before] == old).all()
        return None

    @act(1)
    def paint_from_code(self):
        """Write into the array, as a script does, and say so."""
        layer = self.write_into_the_array()
        if layer is None:
            return NOTHING_TO_DO
        layer.refresh()
        npt.assert_array_equal(levels(self.shown.segments.labels)[0], layer.data)
        return None

    def write_into_the_array(self):
        layer = self.paintable
        if layer is None or not self.shown.segments.is_editable:
            return None
        value = int(self.any_of(self.shown.segments.map.values))
        row = int(self.rng.integers(layer.data.shape[-2] - 4))
        self.say(value, "row", row)
        layer.data[..., row : row + 4, 3:9] = value
        return layer

    # Clean-up

    def is_previewing(self, clustering):
        return self.panel.clean_up.preview.value and clustering is self.shown

    def clean_up_is_idle(self):
        return not self.panel.clean_up.note.value.startswith("Working")

    @act(2)
    def preview(self):
        clean_up, shown = self.panel.clean_up, self.shown
        if not shown.segments.is_editable or shown.labels is None:
            return NOTHING_TO_DO
        clean_up.folded = False
        clean_up.method.value = self.any_of(clean_up.method.choices)
        before = state(shown)
        clean_up.preview.value = not clean_up.preview.value
        self.say(clean_up.preview.value)
        self.wait(self.clean_up_is_idle)
        assert state(shown) == before
        return None

    @act(1)
    def clean_up(self):
        clean_up, shown = self.panel.clean_up, self.shown
        if not shown.segments.is_editable:
            return NOTHING_TO_DO
        clean_up.folded = False
        clean_up.apply_button.native.click()
        self.wait(self.clean_up_is_idle)
        assert not clean_up.preview.value
        return None

    # Looking

    @act(3, needs_table=False)
    def move_the_slider(self):
        dims = self.viewer.dims
        axes = [axis for axis in dims.not_displayed if dims.nsteps[axis] > 1]
        if not axes:
            return NOTHING_TO_DO
        axis = axes[0]
        step = int(self.rng.integers(dims.nsteps[axis]))
        self.say(step)
        dims.set_current_step(axis, step)
        return None

    @act(1, needs_table=False)
    def turn_to_3d_or_back(self):
        self.viewer.dims.ndisplay = 5 - self.viewer.dims.ndisplay
        self.say(self.viewer.dims.ndisplay)

    @act(2, needs_table=False)
    def select_a_layer(self):
        layer = self.any_of(self.viewer.layers)
        self.say(layer.name)
        self.viewer.layers.selection.active = layer

    @act(1, needs_table=False)
    def choose_an_image(self):
        if not self.panel.image.visible:
            return NOTHING_TO_DO
        self.panel.image.value = self.any_of(self.panel.image.choices)
        self.say(self.panel.image.value.name)
        return None

    @act(2, needs_table=False)
    def back_to_the_start(self):
        self.viewer.layers.selection = set(self.sources)

    # Layers gone, and written

    @act(1)
    def delete_a_layer(self):
        shown = self.shown
        layers = [one for one in (shown.labels, shown.recolored) if one is not None]
        if not layers:
            return NOTHING_TO_DO
        layer = self.any_of(layers)
        self.say(layer.name)
        self.viewer.layers.remove(layer)
        return None

    @act(3)
    def make_it_again(self):
        if not self.shown.state_message:
            return NOTHING_TO_DO
        self.panel.segments.recreate_button.click()
        assert not self.shown.state_message
        return None

    @act(1)
    def write_to_zarr(self):
        shown, path = self.shown, self.folder / f"{len(self.log)}.kmeans.zarr"
        if shown.segments.stored is not None:
            return NOTHING_TO_DO
        self.panel.storing.write(str(path))
        self.wait(lambda: not self.panel.storing.row.is_running)
        assert self.panel.status.value.startswith("Wrote"), self.panel.status.value
        written = open_ome_zarr(path).labels
        for one, labels in zip(written, levels(shown.segments.labels), strict=True):
            npt.assert_array_equal(one[...], labels)
        if shown.segments.stored is not None:  # what is on disk begins a new history
            self.books.pop(id(shown), None)
        return None

    # The check after each

    def check(self):
        for clustering in self.clusterings:
            Shown(self.viewer, clustering).check(self.is_previewing(clustering))
            book = self.books.get(id(clustering))
            if book is None:
                self.books[id(clustering)] = Book(clustering)
            else:
                book.check()
        if self.shown is not None:
            self.check_table()

    def check_table(self):
        expected = Shown(self.viewer, self.shown).rows()

        def said():
            return [{key: row[key] for key in expected[0]} for row in self.read_table()]

        if said() != expected:
            self.qtbot.wait(150)  # the numbers follow a brush some times a second
        assert said() == expected
        n_shown = sum(row["Shown"] == "shown" for row in expected)
        section, history = self.panel.segments, self.shown.segments.history
        assert section.n_shown.text() == f"{n_shown} of {len(expected)} shown"
        buttons = section.buttons.buttons
        assert buttons["undo"].isEnabled() == (history.undo_name is not None)
        assert buttons["redo"].isEnabled() == (history.redo_name is not None)

    def end(self):
        """Undo all that can be undone, and do it again."""
        for book in list(self.books.values()):
            last = book.at
            while book.history.undo_name and book.at > 0:
                book.clustering.segments.undo()
                book.check()
            assert state(book.clustering) == book.states[0]
            self.check()
            while book.at < last:
                book.clustering.segments.redo()
                book.check()
        self.check()


# napari says so while outlines are on the screen as the view turns.
@pytest.mark.filterwarnings("ignore:Contours are not displayed")
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", STARTS)
def test_all_that_is_shown_agrees_whatever_is_pressed(
    name, seed, viewer, panel, qtbot, gate, mouse, tmp_path, monkeypatch
):
    errors = []
    monkeypatch.setattr(live, "LONGEST", 60)  # however busy the machine is
    monkeypatch.setattr(
        notification_manager, "receive_error", lambda *error: errors.append(error)
    )
    log = []
    try:
        walk = Walk(
            STARTS[name], seed, log, viewer, panel, qtbot, gate, mouse, tmp_path
        )
        walk.walk(N_STEPS)
        walk.end()
        assert not errors
    except BaseException:
        sys.stdout.write("\n    ".join([f"walk {name!r}, seed {seed}:", *log, ""]))
        raise
