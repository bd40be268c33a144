"""The two commands of the README."""

import importlib.util
import os
import re
import shutil
import subprocess
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture
def dev():
    spec = importlib.util.spec_from_file_location("dev", ROOT / "dev.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def called(dev, monkeypatch):
    """What would have been run, as one string each; everything goes well."""
    words = []

    def call(*command, **options):
        words.append(" ".join(map(str, command)))
        return subprocess.CompletedProcess(command, 0, stdout="")

    monkeypatch.setattr(dev, "capture", call)
    monkeypatch.setattr(dev, "follow", lambda *a, **k: call(*a, **k).returncode)
    return words


@pytest.fixture
def checkout(dev, monkeypatch, tmp_path):
    """A checkout with an environment that works, and nothing installed in it."""
    (tmp_path / "pyproject.toml").write_text("first")
    monkeypatch.setattr(dev, "ROOT", tmp_path)
    monkeypatch.setattr(dev, "STAMP", tmp_path / "stamp")
    monkeypatch.setattr(dev, "venv_works", lambda: True)
    return tmp_path


def test_installs_once_and_again_after_a_change(dev, checkout, called):
    dev.provide_environment("run")
    assert called.pop().endswith("pip install -e .[all]")
    called.clear()
    dev.provide_environment("run")
    assert not called
    (checkout / "pyproject.toml").write_text("second")
    dev.provide_environment("run")
    assert called


def test_a_test_needs_more_than_a_run_and_has_all_of_it(dev, checkout, called):
    dev.provide_environment("run")
    dev.provide_environment("test")
    assert called.pop().endswith("--group dev")
    called.clear()
    dev.provide_environment("run")
    assert not called


@pytest.mark.parametrize(
    ("virtual", "given", "passed_on"),
    [
        (False, ["a.png"], "a.png"),
        (True, ["a.png"], "a.png --out out"),
        (True, ["--out", "there"], "--out there"),
        (True, ["--out=there"], "--out=there"),
    ],
)
def test_a_run_nobody_can_see_is_written(dev, called, virtual, given, passed_on):
    dev.run(given, {}, virtual)
    assert called.pop().endswith(f"-m napari_kmeans {passed_on}")


def test_a_test_runs_every_check_and_pytest_last(dev, called):
    variables = {}
    assert dev.test(["-k", "one"], variables, virtual=True) == 0
    assert len(called) == len(dev.CHECKS) + 1
    assert called[-1].endswith("-m pytest -k one")
    assert variables["NAPARI_CONFIG"] == ""


def test_a_failed_check_stops_nothing_and_fails_the_test(dev, called, monkeypatch):
    monkeypatch.setattr(dev, "passes", lambda name, _: name != "mypy")
    assert dev.test([], {}, virtual=False) == 1
    assert called.pop().endswith("pytest")


def test_pytest_says_how_the_test_ended(dev, called, monkeypatch):
    monkeypatch.setattr(dev, "follow", lambda *_, **__: 5)
    assert dev.test([], {}, virtual=False) == 5


@pytest.mark.skipif(shutil.which("Xvfb") is None, reason="there is a screen here")
@pytest.mark.parametrize(
    ("of_panel", "of_others", "code"), [(0, 0, 0), (1, 0, 1), (0, 3, 3)]
)
def test_without_a_screen_the_panel_is_tested_beside_the_rest(
    dev, monkeypatch, tmp_path, capfd, of_panel, of_others, code
):
    stand_in = tmp_path / "python"
    stand_in.write_text(
        "#!/bin/sh\n"
        'echo "tested $* on $DISPLAY"\n'
        f'case "$*" in *--ignore=*) exit {of_panel};; *) exit {of_others};; esac\n'
    )
    stand_in.chmod(0o755)
    monkeypatch.setattr(dev, "PYTHON", stand_in)
    monkeypatch.setattr(dev, "CHECKS", {})
    assert dev.test([], {**os.environ, "DISPLAY": ":a"}, virtual=True) == code
    first, second = capfd.readouterr().out.split("\n")[:2]
    assert first.startswith("tested -m pytest --ignore-glob=tests/widgets/test_")
    assert first.endswith(" on :a")
    assert second.startswith("tested -m pytest tests/widgets --ignore=")
    assert " on :" in second
    assert not second.endswith(":a")


def test_each_test_is_in_one_of_the_two_runs(dev):
    """Files are compared as pytest does: those given, but for those ignored."""
    folder, *options = dev.PANEL_TESTS
    files = [path.relative_to(ROOT) for path in (ROOT / "tests").rglob("test_*.py")]
    for path in map(Path.as_posix, files):
        is_panel = path.startswith(folder + "/") and not is_ignored(path, options)
        assert is_panel == is_ignored(path, dev.OTHER_TESTS), path


def is_ignored(path, options):
    ignored = [option.split("=")[1] for option in options]
    return any(fnmatch(path, one) or path.startswith(f"{one}/") for one in ignored)


def test_who_may_not_install_is_told_what_to_type(dev, called, monkeypatch):
    monkeypatch.setattr(dev, "root_prefix", lambda: None)
    with pytest.raises(SystemExit, match=r"apt-get install .* xvfb") as stopped:
        dev.install_system_packages("apt-get", dev.PACKAGES["apt-get"].split())
    assert "apt-get update" in str(stopped.value)
    assert not called


@pytest.mark.parametrize(
    ("missing", "installed"),
    [([], r"^python3\.\d+-venv$"), (["libGL.so.1"], r"libgl1 .*python3\.\d+-venv$")],
)
def test_what_is_missing_is_installed_with_venv(dev, monkeypatch, missing, installed):
    packages = []
    monkeypatch.setattr(dev.shutil, "which", lambda name: name == "apt-get")
    monkeypatch.setattr(dev, "has_ensurepip", lambda: False)
    monkeypatch.setattr(dev, "venv_works", lambda: False)
    monkeypatch.setattr(
        dev, "install_system_packages", lambda _, wanted: packages.extend(wanted)
    )
    dev.provide_system_packages(missing)
    assert re.search(installed, " ".join(packages))


def test_every_package_manager_has_its_packages(dev):
    assert dev.PACKAGES.keys() == dev.INSTALLERS.keys()


@pytest.mark.skipif(shutil.which("Xvfb") is None, reason="there is a screen here")
def test_a_virtual_screen_is_there_and_ends(dev):
    with dev.screen(virtual=True) as variables:
        socket = Path("/tmp/.X11-unix", "X" + variables["DISPLAY"].removeprefix(":"))
        assert socket.exists()
        assert variables["QT_QPA_PLATFORM"] == "xcb"
        assert Path(variables["XDG_RUNTIME_DIR"]).exists()
    assert not socket.exists()


def test_unknown_commands_are_answered_with_the_known(dev, capsys):
    assert dev.main(["paly"]) == 2
    assert dev.main([]) == 2
    assert dev.main(["--help"]) == 0
    assert "dev.py test" in capsys.readouterr().out
