"""Whatever the user does, in whatever order, all stays consistent and can be undone."""

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from napari_kmeans.segments.cleanup import drop_small, fill_holes, smooth
from napari_kmeans.segments.label_style import label_style
from napari_kmeans.segments.segments import Segments

CLEANUPS = {
    "drop": lambda labels, values: drop_small(labels, values, 30),
    "erase": lambda labels, values: drop_small(labels, values, 30, to="nothing"),
    "fill": lambda labels, values: fill_holes(labels, values, 60),
    "smooth": lambda labels, values: smooth(labels, values, 1.5),
}


def state(segments):
    """All that undo must bring back, bit for bit."""
    pixels = segments._store
    arrays = (segments.labels, pixels.atoms, pixels._predicted, pixels.atom_counts)
    return segments.recipe, [(a.dtype.name, a.shape, a.tobytes()) for a in arrays]


class Sequence(RuleBasedStateMachine):
    """The user, with a listener that draws only what it is told has changed."""

    image, run, show = None, None, None

    def __init__(self):
        super().__init__()
        self.segments = Segments(*self.run(3), self.show)
        self.first = state(self.segments)
        self.picture = self.whole_picture()
        self.shown = np.array(self.segments.labels)
        self.segments.map_changed.connect(self.on_map)
        self.segments.labels_changed.connect(self.on_labels)

    def part(self, region):
        means = self.segments.recipe.means
        labels = self.segments.labels[region]
        image = self.image[region]
        style = label_style(image, labels.ndim, self.segments.map, means)
        return style.draw(labels, image)

    def whole_picture(self):
        return self.part((slice(None), slice(None)))

    def on_map(self, _):
        self.picture = self.whole_picture()

    def on_labels(self, region):
        labels = self.segments.labels
        if self.shown.dtype == labels.dtype:
            self.shown[region] = labels[region]
            self.picture[region] = self.part(region)
        else:
            self.shown = np.array(labels)
            self.picture = self.whole_picture()

    def choose(self, data, at_least=1):
        values = st.sampled_from(self.segments.map.values)
        return data.draw(st.lists(values, min_size=at_least, unique=True))

    @precondition(lambda self: len(self.segments.map) > 1)
    @rule(data=st.data())
    def merge(self, data):
        self.segments.merge(self.choose(data, 2))

    @rule()
    def drop_merges(self):
        self.segments.drop_merges()
        assert self.segments.recipe.n_merges == 0

    @rule(data=st.data(), n=st.integers(2, 3))
    def split(self, data, n):
        value = self.choose(data)[0]
        if self.segments.counts[value] > 20:
            self.segments.split(value, n, self.image)

    @rule(data=st.data(), visible=st.booleans())
    def hide(self, data, visible):
        self.segments.set_visible(self.choose(data), visible)

    @rule(data=st.data())
    def solo(self, data):
        self.segments.solo(self.choose(data))
        self.segments.invert_visible()

    @rule(data=st.data(), ignored=st.booleans())
    def ignore(self, data, ignored):
        self.segments.set_ignored(self.choose(data), ignored)

    @rule(data=st.data(), name=st.sampled_from(["DAB", "Stroma"]))
    def rename(self, data, name):
        self.segments.rename(self.choose(data)[0], name)

    @rule(data=st.data(), red=st.floats(0, 1), goes_on=st.booleans())
    def color(self, data, red, goes_on):
        value = self.choose(data)[0]
        self.segments.set_color(value, (red, 0, 0.5), goes_on=goes_on)

    @rule(name=st.sampled_from(["mean", "okabe-ito", "ordered"]))
    def palette(self, name):
        self.segments.set_palette(name)

    @rule(
        value=st.sampled_from([0, 1, 2, 3, 4, 9, 300]),
        row=st.integers(0, 23),
        column=st.integers(0, 27),
        size=st.integers(1, 12),
    )
    def paint(self, value, row, column, size):
        painted = self.segments.labels.astype(np.uint16)
        painted[row : row + size, column : column + size] = value
        self.segments.take_paint(painted)
        np.testing.assert_array_equal(self.segments.labels, painted)

    @rule(
        values=st.lists(st.sampled_from([0, 1, 2, 3, 9, 300]), min_size=1, max_size=2),
        corners=st.lists(
            st.tuples(st.integers(0, 23), st.integers(0, 27)), min_size=1, max_size=6
        ),
        size=st.integers(1, 8),
        is_told_where=st.booleans(),
    )
    def stroke(self, values, corners, size, is_told_where):
        """Move a brush, of which each move is told; it comes undone as a whole."""
        before, differs = state(self.segments), False
        painted = self.segments.labels.astype(np.uint16)
        for at, (row, column) in enumerate(corners):
            region = slice(row, row + size), slice(column, column + size)
            painted[region] = values[at % len(values)]
            within = tuple(
                slice(r.start, min(r.stop, n))
                for r, n in zip(region, painted.shape, strict=True)
            )
            differs |= self.segments.take_paint(
                painted, within if is_told_where else None, goes_on=True
            )
            np.testing.assert_array_equal(self.segments.labels, painted)
            self.shown_as_it_is()
        self.segments.history.end_step()
        if differs:
            after = state(self.segments)
            self.segments.undo()
            assert state(self.segments) == before
            self.shown_as_it_is()
            self.segments.redo()
            assert state(self.segments) == after

    @rule(data=st.data(), name=st.sampled_from(sorted(CLEANUPS)))
    def clean_up(self, data, name):
        labels = CLEANUPS[name](self.segments.labels, self.choose(data))
        self.segments.replace_pixels(labels, name)
        np.testing.assert_array_equal(self.segments.labels, labels)

    @rule(k=st.integers(1, 5), keep_edits=st.booleans())
    def rerun(self, k, keep_edits):
        pixels = self.segments._store
        edited = pixels.atoms != pixels._predicted
        labels = np.array(self.segments.labels)
        self.segments.rerun(*self.run(k), keep_edits=keep_edits)
        if keep_edits:
            # By other numbers, but pixels that had one label have one now.
            kept, before = self.segments.labels[edited], labels[edited]
            pairs = set(zip(before.tolist(), kept.tolist(), strict=True))
            assert len(pairs) == len(np.unique(before)) == len(np.unique(kept))
            assert (0, 0) in pairs or 0 not in np.append(before, kept)
        else:
            assert self.segments.n_edited == 0
        values = self.segments.map.values
        assert values == tuple(range(1, len(values) + 1))

    @rule()
    def undo(self):
        self.segments.undo()

    @rule()
    def redo(self):
        self.segments.redo()

    @invariant()
    def consistent(self):
        segments, pixels = self.segments, self.segments._store
        table = segments.map.table
        labels = table[pixels.atoms]
        np.testing.assert_array_equal(segments.labels, labels)
        assert segments.labels.dtype == table.dtype
        atoms = [atom for segment in segments.map for atom in segment.atoms]
        assert sorted(atoms) == list(range(1, segments.map.n_atoms + 1))
        assert len(set(segments.map.values)) == len(segments.map)
        assert segments.counts == {
            value: np.count_nonzero(labels == value) for value in segments.map.values
        }
        predicted = segments.recipe.predict_atoms(self.image)
        np.testing.assert_array_equal(pixels._predicted, predicted)

    @invariant()
    def shown_as_it_is(self):
        np.testing.assert_array_equal(self.shown, self.segments.labels)
        np.testing.assert_array_equal(self.picture, self.whole_picture())

    def teardown(self):
        while self.segments.history.redo_name:
            self.segments.redo()
        last = state(self.segments)
        while self.segments.history.undo_name:
            self.segments.undo()
        assert state(self.segments) == self.first
        while self.segments.history.redo_name:
            self.segments.redo()
        assert state(self.segments) == last


def test_any_sequence(image, run, show):
    class OnThisPicture(Sequence):
        pass

    OnThisPicture.image = image
    OnThisPicture.run = staticmethod(run)
    OnThisPicture.show = staticmethod(show)
    run_state_machine_as_test(
        OnThisPicture,
        settings=settings(max_examples=20, stateful_step_count=25, deadline=None),
    )
