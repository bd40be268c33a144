"""The package as others get it: built, installed into an empty environment, found.

Nothing is fetched: the environments borrow npe2, the build tool and what these two
need from the environment that runs the tests.
"""

import json
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import venv
import zipfile
from importlib import metadata
from pathlib import Path

import pytest
import yaml
from app_model.expressions import parse_expression
from npe2 import PluginManifest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "napari_kmeans"
MANIFEST = PACKAGE / "napari.yaml"
OFFLINE = ["--no-deps", "--no-index", "--no-build-isolation"]  # words for pip


def output(*words, cwd=ROOT):
    done = subprocess.run(
        [str(word) for word in words],
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def pip(*words):
    return output(sys.executable, "-m", "pip", *words)


def build(hook, folder):
    """Call a hook of the build tool, as pip would, and give the file it made."""
    code = f"import sys, hatchling.build; print(hatchling.build.{hook}(sys.argv[1]))"
    return folder / output(sys.executable, "-c", code, folder).split()[-1]


def contents(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = [Path(name) for name in archive.namelist()]
    return {name for name in names if ".dist-info" not in name.parts[0]}


def with_dependencies(*names):
    """Give these distributions, and all that they need, from where the tests run."""
    found, wanted = {}, [Requirement(name) for name in names]
    while wanted:
        requirement = wanted.pop()
        name = canonicalize_name(requirement.name)
        applies = not requirement.marker or requirement.marker.evaluate()
        if applies and name not in found:
            found[name] = metadata.distribution(name)
            wanted += map(Requirement, found[name].requires or [])
    return found.values()


@pytest.fixture(scope="module")
def borrowed(tmp_path_factory):
    """A folder with npe2 and the build tool, and nothing of napari."""
    folder = tmp_path_factory.mktemp("borrowed")
    for distribution in with_dependencies("npe2", "hatchling"):
        for file in distribution.files:
            if ".." not in file.parts and file.locate().exists():
                (folder / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file.locate(), folder / file)
    return folder


@pytest.fixture
def empty_python(tmp_path, borrowed):
    """The Python of a new environment that sees only what was borrowed."""
    folder = tmp_path / "empty"
    venv.create(folder)
    places = sysconfig.get_paths("venv", {"base": folder, "platbase": folder})
    Path(places["purelib"], "borrowed.pth").write_text(f"{borrowed}\n")
    return Path(places["scripts"], "python")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    return build("build_wheel", tmp_path_factory.mktemp("wheel"))


@pytest.mark.parametrize("editable", [False, True], ids=["wheel", "editable"])
def test_npe2_finds_the_plugin(editable, wheel, empty_python, tmp_path):
    what = ["--editable", ROOT] if editable else [wheel]
    pip("--python", empty_python, "install", *OFFLINE, *what)

    how = ["--format", "json", "--fields", "name,contributions"]
    listed = output(empty_python, "-m", "npe2", "list", *how, cwd=tmp_path)

    written = yaml.safe_load(MANIFEST.read_text())["contributions"]
    counts = {kind: len(items) for kind, items in written.items()}
    assert counts.keys() >= {"commands", "widgets", "menus", "sample_data"}
    assert json.loads(listed) == [{"name": "napari-kmeans", "contributions": counts}]


def test_the_manifest_names_what_is_there():
    output(sys.executable, "-m", "npe2", "validate", "--imports", MANIFEST)


def test_the_command_palette_lists_nothing_that_needs_a_path():
    contributions = PluginManifest.from_file(MANIFEST).contributions
    needs_path = {reader.command for reader in contributions.readers}
    listed = {
        command.id
        for command in contributions.commands
        if parse_expression(command.enablement or "True").eval({})
    }
    assert needs_path
    assert not needs_path & listed
    assert "napari-kmeans.segment_active_layer" in listed


def test_the_manifest_is_at_the_top_level_too():
    assert (ROOT / "napari.yaml").read_text() == MANIFEST.read_text()


def test_the_wheel_holds_the_package_and_no_more(wheel):
    packed = contents(wheel)
    there = {
        path.relative_to(PACKAGE.parent)
        for path in PACKAGE.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert packed == there
    assert {"napari.yaml", "py.typed", "__init__.pyi"} <= {name.name for name in packed}


def test_the_source_archive_builds(wheel, tmp_path):
    archive = build("build_sdist", tmp_path)
    with tarfile.open(archive) as opened:
        names = {Path(*Path(name).parts[1:]) for name in opened.getnames()}
    assert {Path("napari.yaml"), Path("LICENSE"), Path("README.md")} <= names

    pip("wheel", *OFFLINE, "--wheel-dir", tmp_path, archive)
    assert contents(tmp_path / wheel.name) == contents(wheel)


def test_installing_brings_no_qt_binding():
    requirements = map(Requirement, metadata.requires("napari-kmeans"))
    base = [found for found in requirements if "extra" not in str(found.marker)]
    bindings = {"pyqt5", "pyqt6", "pyside2", "pyside6"}
    assert not bindings & {found.name.lower() for found in base}
    assert not any(found.extras for found in base)
    assert all(found.specifier for found in base), "no lowest version is given"


def test_each_lowest_version_is_one_that_was_run():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    declared = project["dependencies"] + extras["plots"] + extras["zarr"]
    assert set(extras["plots"]) < set(extras["all"])
    lines = (ROOT / "tests" / "lowest.txt").read_text().splitlines()
    run = [Requirement(line) for line in lines if not line.startswith("#")]
    lowest = {one.name: str(one.specifier).replace("==", ">=") for one in run}
    bounds = map(Requirement, declared)
    assert {bound.name: str(bound.specifier) for bound in bounds} == lowest


def test_importing_the_package_imports_nothing_heavy():
    code = "import sys, napari_kmeans; print(*{n.split('.')[0] for n in sys.modules})"
    imported = set(output(sys.executable, "-c", code).split())
    heavy = {"napari", "numpy", "scipy", "skimage", "qtpy", "magicgui", "vispy", "dask"}
    heavy |= {"PIL", "matplotlib"}
    assert not heavy & imported
    assert not any(name.startswith(("PyQt", "PySide")) for name in imported)
