"""The benchmark: a run on a tiny image, and the figures that follow from one."""

import itertools

import numpy as np
import pytest
from benchmarks import out_of_core
from benchmarks.command import main, write
from benchmarks.goals import Figure, all_goals, at_least, at_most
from benchmarks.inertia import inertia_of
from benchmarks.memory import STATUS
from benchmarks.optimum import least_inertia
from benchmarks.page import MARK, write_page
from benchmarks.peer import OURS, Peer
from benchmarks.peers import installed_peers
from benchmarks.pictures import write_picture
from benchmarks.plan import SKLEARN, Plan
from benchmarks.results import Case, Measured
from benchmarks.rounds import Budget, measure_picture
from benchmarks.startup import Startup
from benchmarks.table import results_table
from benchmarks.worker import Job, Run, StoppedError, Worker


@pytest.fixture
def image():
    rng = np.random.default_rng(0)
    return rng.integers(0, 256, (40, 50, 3), dtype=np.uint8)


def stuck(image, k, seed):
    import time

    time.sleep(60)


def broken(image, k, seed):
    raise ValueError("no such thing")


def case_of(group="rgb-8", k=8, bound=0.01, **times):
    """Make a case from seconds and inertias by tool."""
    tools = {
        name: Measured([Run(seconds, inertia, 50_000_000)])
        for name, (seconds, inertia) in times.items()
    }
    return Case("picture, 8 MP", group, k, bound, tools)


def test_ours_and_scikit_learn_on_a_tiny_image(image, tmp_path):
    peers = [p for p in installed_peers()[0] if p.name in (OURS, SKLEARN)]
    assert [peer.name for peer in peers] == [OURS, SKLEARN]
    picture = write_picture(image, "tiny", "own", tmp_path)
    lines = []
    budget = Budget(rounds=2)
    plan = Plan((3, 2), anchors=frozenset({SKLEARN}))
    cases = measure_picture(picture, plan, peers, budget, lines.append)

    assert [case.k for case in cases] == [2, 3]
    for case in cases:
        assert len(case.tools[SKLEARN].runs) == 2
        for tool in case.tools.values():
            assert len(tool.runs) >= 2
            assert tool.seconds > 0
            assert 1 <= case.excess(tool.inertia) < 1.1
        assert case.bound > 0
    assert cases[1].best_inertia < cases[0].best_inertia
    table = results_table(cases).splitlines()
    assert table[0] == f"| image | {OURS} | {SKLEARN} | one pass |"
    assert table[2].startswith("| tiny, 0.002 MP RGB uint8, k = 2 |")
    assert "inertia 1.0" in lines[1]


def test_a_run_that_takes_too_long_is_stopped(image, tmp_path, monkeypatch):
    monkeypatch.setattr("benchmarks.worker.MEASURE_SECONDS", 0)
    picture = write_picture(image, "tiny", "own", tmp_path)
    worker = Worker(Peer("stuck", stuck))
    with pytest.raises(StoppedError):
        worker.run(Job(picture.path, 2, 0), 0.1)
    worker.stop()


def test_a_run_that_fails_says_why(image, tmp_path):
    picture = write_picture(image, "tiny", "own", tmp_path)
    worker = Worker(Peer("broken", broken))
    with pytest.raises(RuntimeError, match="ValueError: no such thing"):
        worker.run(Job(picture.path, 2, 0), 60)
    worker.stop()


@pytest.mark.parametrize("shape", [(30, 20), (30, 20, 3)])
def test_inertia_is_the_squared_distance_to_the_means(shape):
    rng = np.random.default_rng(1)
    image = rng.integers(0, 65_536, shape).astype(np.uint16)
    labels = rng.integers(1, 5, shape[:2])
    expected = sum(
        ((part - part.mean(axis=0)) ** 2).sum()
        for part in (image[labels == i].astype(float) for i in range(1, 5))
    )
    assert inertia_of(image, labels.reshape(-1, 1)) == pytest.approx(expected)


def test_inertia_wants_a_label_for_each_pixel(image):
    with pytest.raises(ValueError, match="7 labels for 2000 pixels"):
        inertia_of(image, np.zeros(7, int))


def test_least_inertia_is_that_of_the_best_of_all_cuts():
    rng = np.random.default_rng(2)
    image = rng.integers(0, 12, (6, 9), dtype=np.uint8)
    for k in (1, 2, 3, 4):
        cuts = itertools.combinations(range(1, 12), k - 1)
        best = min(inertia_of(image, np.digitize(image, cut)) for cut in cuts)
        assert least_inertia(image, k) == pytest.approx(best)


def test_goals_compare_medians_and_the_worst_inertia():
    case = case_of(**{OURS: (0.1, 1002.5), SKLEARN: (5, 1000)})
    goals = {goal.what: goal for goal in all_goals([case], Startup(0.1, []))}
    faster = goals[f"8 MP RGB, k 8 and 16: faster than {SKLEARN}"]
    assert faster.verdict == "reached"
    assert faster.found == "50x (picture, k = 8)"
    inertia = goals["inertia, k 3 to 16: over the best found, worst seed"]
    assert inertia.found.startswith("1.00250x")
    assert inertia.verdict.startswith("**missed** by a factor of 1")
    assert goals["import of the core"].reached
    verdicts = [goal.verdict for goal in goals.values()]
    assert verdicts.count("not measured") > 5


def test_a_goal_takes_the_case_that_is_worst():
    good, bad = case_of(k=3, **{OURS: (1, 1)}), case_of(k=4, **{OURS: (1, 1)})
    assert at_least("what", [Figure(9, good), Figure(2, bad)], 4).margin == 0.5
    assert at_most("what", [Figure(9, good)], 3).found == "9x (picture, k = 3)"


def test_a_stopped_run_is_a_lower_bound():
    case = case_of(**{OURS: (0.1, 1)})
    case.tools[SKLEARN] = Measured(over=12)
    assert case.speedup(SKLEARN) == pytest.approx(120)
    assert "| > 12 s |" in results_table([case])
    figure = Figure(120, case, is_bound=True)
    assert at_least("what", [figure], 100).verdict == "reached"
    assert at_least("what", [figure], 200).verdict == "not decided"


def test_napari_loaded_by_the_core_is_a_miss():
    assert all_goals([], Startup(0.1, ["napari"]))[-1].reached is False


def test_writes_the_report_and_its_part_of_a_page(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    page = tmp_path / "page.md"
    page.write_text(f"before\n{MARK}\nold\n{MARK}\nafter\n")
    write_page(page, "new")
    write_page(page, "newer")
    assert page.read_text() == f"before\n{MARK}\n\nnewer\n\n{MARK}\nafter\n"
    page.write_text("no marks")
    with pytest.raises(ValueError, match="should have two lines"):
        write("report", [case_of(**{OURS: (1, 1)})], page)


def test_the_command_on_a_file(image, tmp_path, monkeypatch, capsys):
    from skimage.io import imsave

    monkeypatch.chdir(tmp_path)
    imsave(tmp_path / "tiny.png", image)
    arguments = ["tiny.png", "-k", "2", "--peers", "learn n_init=1", "--runs", "1"]
    assert main(arguments) == 0
    printed = capsys.readouterr().out
    assert "| tiny.png, 0.002 MP RGB uint8, k = 2 |" in printed
    assert (tmp_path / "out" / "benchmark.md").exists()


@pytest.mark.skipif(not STATUS.exists(), reason="only Linux tells the peak")
def test_memory_of_an_array_on_disk(tmp_path):
    *head, line = out_of_core.lines([0.1], ["uint16"], tmp_path)
    assert len(head) == 2
    cells = dict(zip(out_of_core.COLUMNS, line.strip("| ").split(" | "), strict=True))
    assert cells["image"] == "uint16"
    assert 0 < float(cells["beyond them (MB)"]) < 300
    for times in ("fit (passes)", "labels (passes)"):  # of a bare pass, which reads
        assert float(cells[times]) > 0
    assert list(tmp_path.iterdir()) == []
