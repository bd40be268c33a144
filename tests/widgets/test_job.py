"""Computations in a worker thread: their results, errors, progress and end."""

import gc
import threading
import time
import weakref

import pytest
from napari.utils import progress as activities
from napari.utils.notifications import notification_manager

from napari_kmeans.core.progress import Progress
from napari_kmeans.widgets import job as job_module
from napari_kmeans.widgets.job import Job, JobRow


@pytest.fixture
def heard():
    """What a job has said."""
    return []


@pytest.fixture
def start(qtbot, heard):
    """Start a job that writes down what it says."""

    def start(steps, **options):
        return Job(
            steps,
            lambda result: heard.append(("result", result)),
            lambda message: heard.append(("error", message)),
            **options,
        )

    return start


@pytest.fixture
def reported(monkeypatch):
    """The types of the errors that went to napari."""
    types = []
    monkeypatch.setattr(
        notification_manager, "receive_error", lambda *error: types.append(error[0])
    )
    return types


class Endless:
    """Steps without an end, which tell when they are closed."""

    def __init__(self):
        self.started, self.closed = threading.Event(), threading.Event()

    def steps(self):
        self.started.set()
        try:
            while True:
                yield Progress("Counting", 0.4)
                time.sleep(0.001)
        finally:
            self.closed.set()


def returning(value):
    yield Progress("Counting", 0.5)
    return value


def failing(error):
    yield Progress("Counting", 0.5)
    raise error


@pytest.mark.parametrize("value", [7, None])
def test_result_comes_on_the_main_thread(qtbot, start, heard, value):
    threads = []

    def steps():
        threads.append(threading.current_thread())
        return (yield from returning(value))

    job = start(steps())
    assert job.is_running
    qtbot.waitUntil(lambda: bool(heard))
    assert heard == [("result", value)]
    assert threads[0] is not threading.main_thread()
    assert not job.is_running


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ValueError("k is 0"), "k is 0"),
        (OSError("The disk is gone."), "The disk is gone."),
        (OSError(28, "No space left", "a.zarr"), "No space left: 'a.zarr'"),
        (MemoryError(), "There is not enough memory. Free some, or choose"),
        (MemoryError("8 GB"), "There is not enough memory (8 GB). Free some"),
    ],
)
def test_expected_error_is_said_in_words(qtbot, start, heard, reported, error, words):
    job = start(failing(error))
    qtbot.waitUntil(lambda: bool(heard))
    ((kind, message),) = heard
    assert kind == "error"
    assert message.startswith(words)
    assert not reported
    assert not job.is_running


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (RuntimeError("no more threads"), "no more threads"),
        (LookupError(), "LookupError"),
        (KeyError("k"), "k"),
    ],
)
def test_unexpected_error_is_said_and_reported(
    qtbot, start, heard, reported, error, words
):
    start(failing(error))
    qtbot.waitUntil(lambda: bool(heard))
    assert heard == [("error", f"Something went wrong: {words}")]
    assert reported == [type(error)]


def test_stopped_job_ends_its_steps_and_says_no_more(qtbot, start, heard):
    endless = Endless()
    job = start(endless.steps())
    qtbot.waitUntil(endless.started.is_set)
    assert job.stop()
    assert not job.stop()
    qtbot.waitUntil(endless.closed.is_set)
    qtbot.wait(50)
    assert not heard


def test_some_steps_of_a_long_job_are_shown(qtbot, start):
    shown = []

    def steps():
        for step in range(500):
            yield step
            time.sleep(0.001)

    job = start(steps(), on_progress=shown.append)
    qtbot.waitUntil(lambda: not job.is_running)
    assert 0 < len(shown) < 50
    assert shown == sorted(shown)
    assert shown[0] > 10


def test_activity_of_a_long_job_is_shown_until_it_ends(qtbot, start, monkeypatch):
    monkeypatch.setattr(job_module, "LONG", 0.1)
    job = start(Endless().steps(), activity="Segmenting cells")
    qtbot.waitUntil(lambda: len(activities._all_instances) == 1)
    (bar,) = activities._all_instances
    assert bar.desc.startswith("Segmenting cells")
    job.stop()
    assert not activities._all_instances


# The row


@pytest.fixture
def row(qtbot):
    row = JobRow("Stop it.")
    qtbot.addWidget(row.native)
    return row


def test_row_shows_how_far_its_job_is(qtbot, row, heard):
    assert not row.visible
    endless = Endless()
    row.run(endless.steps(), heard.append, heard.append, heard.append)
    assert row.visible
    assert row.is_running
    qtbot.waitUntil(lambda: row.progress_bar.value == 40)
    assert heard[0] == Progress("Counting", 0.4)
    row.cancelled.connect(lambda: heard.append("cancelled"))
    row.cancel_button.native.click()
    assert heard[-1] == "cancelled"
    assert not row.visible
    qtbot.waitUntil(endless.closed.is_set)
    row.cancel()
    assert heard.count("cancelled") == 1


@pytest.mark.parametrize("steps", [returning(7), failing(ValueError("7"))])
def test_row_is_hidden_again_when_its_job_ends(qtbot, row, heard, steps):
    def hear(what):
        heard.append((int(what), row.is_running))

    row.run(steps, hear, hear)
    qtbot.waitUntil(lambda: heard == [(7, False)])
    assert not row.visible


def test_newer_job_of_a_row_stops_the_older(qtbot, row, heard):
    endless = Endless()
    row.run(endless.steps(), heard.append, heard.append)
    qtbot.waitUntil(endless.started.is_set)
    row.run(returning(2), heard.append, heard.append)
    qtbot.waitUntil(lambda: heard == [2])
    qtbot.waitUntil(endless.closed.is_set)


def test_job_ends_with_the_panel_that_shows_it(qtbot, heard):
    row, endless = JobRow("Stop it."), Endless()
    row.run(endless.steps(), heard.append, heard.append)
    qtbot.waitUntil(endless.started.is_set)
    row.native.deleteLater()
    qtbot.waitUntil(endless.closed.is_set)
    assert not heard


def test_job_that_is_over_keeps_nothing(qtbot):
    class Window:
        def take(self, _):
            pass

    window = Window()
    gone = weakref.ref(window)
    job = Job(returning(7), window.take, window.take, window.take)
    qtbot.waitUntil(lambda: not job.is_running)
    del window
    gc.collect()
    assert gone() is None
