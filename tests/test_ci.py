"""What CI runs is red when anything fails, and when no test ran."""

import shutil
import subprocess
from pathlib import Path

import pytest

CI = Path(__file__).parents[1] / ".ci" / "run"
START = "===== test session starts ====="
PASSED = "===== 7 passed, 1 skipped in 61.20s (0:01:01) ====="
SKIPPED = "===== 3 skipped in 0.20s ====="
NONE = "===== no tests ran in 0.01s ====="


def ci(folder, lines, code=0):
    """Run it with a `dev.py` that prints lines and ends with an exit code."""
    (folder / ".ci").mkdir()
    shutil.copy(CI, folder / ".ci")
    printed = "\n".join(lines)
    (folder / "dev.py").write_text(f"print({printed!r})\nraise SystemExit({code})\n")
    return subprocess.run(
        ["bash", folder / ".ci" / "run"],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("lines", [[START, PASSED], [START, PASSED, START, PASSED]])
def test_green_if_tests_passed_in_every_run(tmp_path, lines):
    done = ci(tmp_path, lines)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == lines


@pytest.mark.parametrize("code", [1, 2, 5, 139])
def test_red_if_the_tests_or_a_check_failed(tmp_path, code):
    assert ci(tmp_path, [START, PASSED], code).returncode == code


@pytest.mark.parametrize(
    "lines",
    [
        [],
        [START, NONE],
        [START, SKIPPED],
        [START, PASSED, START, NONE],
        [START, SKIPPED, START, PASSED],
        [START, PASSED, START],
    ],
)
def test_red_if_no_test_passed_in_one_of_the_runs(tmp_path, lines):
    done = ci(tmp_path, lines)
    assert done.returncode == 1
    assert "CI: a test passed in" in done.stdout
