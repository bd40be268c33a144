"""Undo and redo: one history of all edits."""

from dataclasses import dataclass, replace

from psygnal import Signal

from napari_kmeans.segments.pixel_change import StepChange
from napari_kmeans.segments.recipe import Recipe

DEFAULT_BYTES = 256 << 20
BYTES_PER_SEGMENT = 400
"""The approximate memory of a step per segment of its map."""


@dataclass(frozen=True)
class Step:
    """A step in the history."""

    name: str  # what the user sees, such as "Merge 2 + 3"
    before: Recipe
    after: Recipe
    change: StepChange | None = None  # of the pixels; None if only the map differs

    @property
    def nbytes(self) -> int:
        """The memory that it takes, about."""
        pixels = 0 if self.change is None else self.change.nbytes
        return pixels + BYTES_PER_SEGMENT * len(self.after.map)

    def pack(self) -> None:
        """Take as little memory as possible: it is over."""
        if self.change is not None:
            self.change.pack()

    def joined(self, later: "Step") -> "Step | None":
        """Join this and the next step; None if they cannot be one."""
        change, one, other = None, self.change, later.change
        if one is None or other is None:
            change = other if one is None else one
        elif (change := one.joined(other)) is None:
            return None
        if self.name != later.name:
            return None
        return replace(later, before=self.before, change=change)


class History:
    """The steps that were done, and those that were undone."""

    changed = Signal()

    def __init__(self, max_bytes: int = DEFAULT_BYTES) -> None:
        self.max_bytes = max_bytes
        self.past: list[Step] = []
        self.future: list[Step] = []
        self.is_going_on = False
        """Whether more is to come of the last step, as of a stroke."""

    @property
    def undo_name(self) -> str | None:
        """The step that undo would take back, if there is one."""
        return self.past[-1].name if self.past else None

    @property
    def redo_name(self) -> str | None:
        """The step that redo would do again, if there is one."""
        return self.future[-1].name if self.future else None

    @property
    def nbytes(self) -> int:
        """The memory that all steps take, about."""
        return sum(step.nbytes for step in (*self.past, *self.future))

    def add(self, step: Step, goes_on: bool = False, joins: bool = False) -> None:
        """Add a step that was done; those that were undone are forgotten.

        If it goes on, it is one with what comes of it until `end_step`. If it joins, it
        is one with the step before.
        """
        self.future.clear()
        is_more = self.past and (joins or (goes_on and self.is_going_on))
        one = self.past[-1].joined(step) if is_more else None
        if one is not None:
            self.past[-1] = one
        else:
            if self.past:
                self.past[-1].pack()
            self.past.append(step)
        if self.nbytes > self.max_bytes:
            self.past[-1].pack()
        while self.past and self.nbytes > self.max_bytes:
            del self.past[0]
        self.is_going_on = goes_on and bool(self.past)
        self.changed.emit()

    def end_step(self) -> None:
        """Join nothing more to the last step."""
        self.is_going_on = False

    def forget(self) -> None:
        """Forget all steps: nothing before this can be undone."""
        self.past.clear()
        self.future.clear()
        self._on_moved()

    def step_back(self) -> None:
        """Record that the last step was undone."""
        self.future.append(self.past.pop())
        self._on_moved()

    def step_forward(self) -> None:
        """Record that the last undone step was redone."""
        self.past.append(self.future.pop())
        self._on_moved()

    def _on_moved(self) -> None:
        self.end_step()
        self.changed.emit()
