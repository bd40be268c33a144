#!/usr/bin/env python3
"""Run napari-kmeans, or test it, from a fresh checkout.

    python3 dev.py run [IMAGE] [...]   open napari with an image clustered
    python3 dev.py test [...]          run every check; the rest goes to pytest
    python3 dev.py bench [...]         measure against other tools; see --help

Each makes .venv beside this file and installs there what it needs. On a Linux
without a screen both bring up a virtual one, and `run` writes a picture of its
window and the results into out/ instead of waiting for somebody to look.
"""

import contextlib
import ctypes
import hashlib
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

if sys.version_info < (3, 11):  # an older Python must be able to read as far as this
    sys.exit("napari-kmeans needs Python 3.11 or newer; this is " + sys.version)

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STAMP = VENV / "dev-stamp"

INSTALLS = {
    "run": ["-e", ".[all]"],
    "test": ["-e", ".[all]", "--group", "dev"],
    "bench": ["-e", ".", "--group", "bench"],
}
# Two runs of pytest that take about as long, on a screen each.
PANEL_TESTS = [
    "tests/widgets",
    "--ignore=tests/widgets/areas",
    "--ignore-glob=tests/widgets/explorer/test_[!c]*.py",
    "--ignore=tests/widgets/segments_table",
    "--ignore-glob=tests/widgets/test_co*.py",
]
OTHER_TESTS = [
    "--ignore-glob=tests/widgets/test_[!c]*.py",
    "--ignore-glob=tests/widgets/test_c[!o]*.py",
    "--ignore-glob=tests/widgets/explorer/test_c*.py",
]
CHECKS = {
    "ruff check": ["-m", "ruff", "check"],
    "ruff format": ["-m", "ruff", "format", "--check"],
    "mypy": ["-m", "mypy"],
    "lint-imports": ["-c", "import importlinter.cli as c; c.lint_imports_command()"],
}

# What Qt's and OpenGL's wheels leave to the system ...
LIBRARIES = """
    libGL.so.1 libGLX_mesa.so.0 libEGL.so.1 libX11-xcb.so.1 libxcb-cursor.so.0
    libxcb-icccm.so.4 libxcb-image.so.0 libxcb-keysyms.so.1 libxcb-randr.so.0
    libxcb-render-util.so.0 libxcb-shape.so.0 libxcb-util.so.1 libxcb-xkb.so.1
    libxkbcommon-x11.so.0 libdbus-1.so.3 libfontconfig.so.1 libgthread-2.0.so.0
"""
# ... and the packages with it, a virtual screen and a font.
PACKAGES = {
    "apt-get": """
        xvfb fonts-dejavu-core libgl1 libglx-mesa0 libegl1 libx11-xcb1 libxcb-cursor0
        libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-randr0 libxcb-render-util0
        libxcb-shape0 libxcb-util1 libxcb-xkb1 libxkbcommon-x11-0 libdbus-1-3
        libfontconfig1 libglib2.0-0""",
    "dnf": """
        xorg-x11-server-Xvfb dejavu-sans-fonts libglvnd-glx libglvnd-egl mesa-libGL
        mesa-dri-drivers libX11-xcb libxcb xcb-util xcb-util-cursor xcb-util-image
        xcb-util-keysyms xcb-util-renderutil xcb-util-wm libxkbcommon-x11 dbus-libs
        fontconfig glib2""",
    "zypper": """
        xorg-x11-server-Xvfb dejavu-fonts Mesa-libGL1 Mesa-libEGL1 Mesa-dri libX11-xcb1
        libxcb-cursor0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-randr0
        libxcb-render-util0 libxcb-shape0 libxcb-util1 libxcb-xkb1 libxkbcommon-x11-0
        libdbus-1-3 fontconfig libgthread-2_0-0""",
    "pacman": """
        xorg-server-xvfb ttf-dejavu libglvnd mesa libx11 libxcb xcb-util xcb-util-cursor
        xcb-util-image xcb-util-keysyms xcb-util-renderutil xcb-util-wm libxkbcommon-x11
        dbus fontconfig glib2""",
}
INSTALLERS = {
    "apt-get": ["apt-get update", "apt-get install -y --no-install-recommends"],
    "dnf": ["dnf install -y"],
    "zypper": ["zypper --non-interactive install --no-recommends"],
    "pacman": ["pacman -Sy --needed --noconfirm"],
}


def main(arguments: list[str]) -> int:
    """Do what the command line says, and give the exit code."""
    command, *rest = arguments or [""]
    if command not in INSTALLS:
        print(__doc__)
        return 0 if command in ("-h", "--help") else 2
    if command == "bench":  # which needs no screen
        provide_system_packages([])
        provide_environment(command)
        return follow(PYTHON, "-m", "benchmarks", *rest, cwd=ROOT)
    virtual = needs_virtual_screen()
    provide_system_packages(missing_for_qt(virtual))
    provide_environment(command)
    with screen(virtual) as variables:
        if command == "test":
            return test(rest, variables, virtual)
        return run(rest, variables, virtual)


def run(arguments: list[str], variables: dict[str, str], virtual: bool) -> int:
    """Open napari; where nobody can see it, have the results written."""
    if virtual and not any(word.split("=")[0] == "--out" for word in arguments):
        arguments = [*arguments, "--out", "out"]
    return follow(PYTHON, "-m", "napari_kmeans", *arguments, env=variables)


def test(arguments: list[str], variables: dict[str, str], virtual: bool) -> int:
    """Run every check, also after one has failed, and pytest last."""
    variables["NAPARI_CONFIG"] = ""  # the user's settings: neither read nor written
    failed = [name for name in CHECKS if not passes(name, variables)]
    if virtual and not arguments:
        code = pytest_in_two(variables)
    else:
        code = follow(PYTHON, "-m", "pytest", *arguments, env=variables, cwd=ROOT)
    if failed:
        say("FAILED: " + ", ".join(failed))
    return code or bool(failed)


def pytest_in_two(variables: dict[str, str]) -> int:
    """Run all tests, those with the panel beside the others."""
    with screen(virtual=True) as others, tempfile.TemporaryFile() as output:
        beside = subprocess.Popen(
            [PYTHON, "-m", "pytest", *PANEL_TESTS],
            env={**variables, "DISPLAY": others["DISPLAY"]},
            cwd=ROOT,
            stdout=output,
            stderr=output,
        )
        try:
            pytest = (PYTHON, "-m", "pytest")
            code = follow(*pytest, *OTHER_TESTS, env=variables, cwd=ROOT)
            code = beside.wait() or code
        finally:
            beside.terminate()
        output.seek(0)
        print(output.read().decode(errors="replace"), flush=True)
    return code


def passes(name: str, variables: dict[str, str]) -> bool:
    """Run one of the checks, and say in a line how it went."""
    start = time.perf_counter()
    done = capture(PYTHON, *CHECKS[name], env=variables)
    verdict = "FAILED" if done.returncode else "passed"
    if done.returncode:
        print(done.stdout)
    say(f"{name}: {verdict} in {time.perf_counter() - start:.1f} s")
    return not done.returncode


def provide_environment(command: str) -> None:
    """Make .venv and install what the command needs, unless it is all there."""
    if not venv_works():
        say("making .venv")
        must(sys.executable, "-m", "venv", "--clear", VENV)
    project = (ROOT / "pyproject.toml").read_bytes() + os.fsencode(ROOT)
    digest = hashlib.sha256(project).hexdigest()
    enough = {f"{command} {digest}"}
    if command == "run":  # test has all that it needs
        enough.add(f"test {digest}")
    if STAMP.exists() and STAMP.read_text() in enough:
        return
    say("installing into .venv (minutes, the first time)")
    must(PYTHON, "-m", "pip", "install", "pip>=25.1")  # the first that knows --group
    must(PYTHON, "-m", "pip", "install", *INSTALLS[command])
    STAMP.write_text(f"{command} {digest}")


def venv_works() -> bool:
    """Tell whether .venv has pip and is of the Python version that runs this."""
    if not PYTHON.exists():
        return False
    asked = capture(PYTHON, "-c", "import pip, sys; print(sys.version_info[:2])")
    return asked.stdout.strip() == str(sys.version_info[:2])


def provide_system_packages(missing: list[str]) -> None:
    """Have the system's package manager install what is missing outside .venv."""
    manager = next(filter(shutil.which, INSTALLERS), "")
    packages = PACKAGES.get(manager, "").split() if missing else []
    if manager == "apt-get" and not (has_ensurepip() or venv_works()):
        missing = [*missing, "Python's venv"]
        packages.append(f"python3.{sys.version_info[1]}-venv")
    if missing:
        say("missing on this system: " + ", ".join(missing))
        install_system_packages(manager, packages)


def install_system_packages(manager: str, packages: list[str]) -> None:
    """Install packages where that takes no password, or say what to type."""
    if not manager:
        sys.exit("Install what holds these, then start this again.")
    *before, last = INSTALLERS[manager]
    commands = [*before, " ".join([last, *packages])]
    prefix = root_prefix()
    if prefix is None:
        sys.exit(advice(commands))
    say(f"installing {len(packages)} packages with {manager}")
    for command in commands[:-1]:
        capture(*prefix, *command.split())  # a broken source elsewhere need not stop us
    must(*prefix, *commands[-1].split())


def missing_for_qt(virtual: bool) -> list[str]:
    """List the libraries that are not here and, for a virtual screen, the rest."""
    if sys.platform != "linux":
        return []
    missing = [name for name in LIBRARIES.split() if not loads(name)]
    if virtual and not shutil.which("Xvfb"):
        missing.append("Xvfb")
    if virtual and not any(Path("/usr/share/fonts").rglob("*.[ot]t[cf]")):
        missing.append("a font")
    return missing


def loads(library: str) -> bool:
    """Tell whether the system's linker finds a shared library."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def has_ensurepip() -> bool:
    """Tell whether this Python can make a .venv with pip in it."""
    return importlib.util.find_spec("ensurepip") is not None


def root_prefix() -> list[str] | None:
    """Give the words that make a command root's; None if it takes a password."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") and not capture("sudo", "-n", "true").returncode:
        return ["sudo", "-n"]
    return None


def advice(commands: list[str]) -> str:
    """Say what to type where we may not install it ourselves."""
    sudo = "sudo " if shutil.which("sudo") else ""
    who = "Type this" if sudo else "As root, type this"
    lines = "".join(f"\n    {sudo}{command}" for command in commands)
    return f"{who}, then start dev.py again:\n{lines}\n"


def needs_virtual_screen() -> bool:
    """Tell whether this is a Linux with no screen to open a window on."""
    screens = ("DISPLAY", "WAYLAND_DISPLAY")
    return sys.platform == "linux" and not any(map(os.environ.get, screens))


@contextlib.contextmanager
def screen(virtual: bool) -> Iterator[dict[str, str]]:
    """Give the environment variables for a program with windows."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        variables = {"XDG_RUNTIME_DIR": folder, **os.environ}
        if not virtual:
            yield variables
            return
        with virtual_screen(Path(folder, "xvfb.log")) as display:
            # a setting for Qt that suits the user's screen need not suit this one
            kept = {k: v for k, v in variables.items() if not k.startswith("QT_")}
            ours = {"DISPLAY": display, "QT_QPA_PLATFORM": "xcb"}
            yield {**kept, **ours, "LIBGL_ALWAYS_SOFTWARE": "1"}


@contextlib.contextmanager
def virtual_screen(log: Path) -> Iterator[str]:
    """Start an Xvfb on a display that it picks itself; give that, end it after."""
    reading, writing = os.pipe()
    with log.open("wb") as output:
        server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1600x1000x24"],
            pass_fds=[writing],
            stdout=output,
            stderr=output,
            start_new_session=True,  # Ctrl+C is for the program on the screen
        )
    try:
        os.close(writing)
        with os.fdopen(reading) as pipe:
            number = pipe.readline().strip()
        if not number:
            sys.exit("Xvfb did not start:\n" + log.read_text())
        yield ":" + number
    finally:
        server.terminate()
        server.wait()


def follow(*words: str | Path, **options: Any) -> int:
    """Run a command that talks to the user itself, and give its exit code."""
    child = subprocess.Popen(words, **options)
    try:
        return child.wait()
    except KeyboardInterrupt:  # the child's too: let it come to its own end
        return child.wait()
    finally:
        child.terminate()


def capture(*words: str | Path, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run a command in the checkout to its end, holding back what it prints."""
    return subprocess.run(
        words,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
        cwd=ROOT,
        **options,
    )


def must(*words: str | Path) -> None:
    """Run a command; if it fails, show what it printed, and stop."""
    done = capture(*words)
    if done.returncode:
        print(done.stdout)
        say("this failed: " + " ".join(map(str, words)))
        sys.exit(done.returncode)


def say(line: str) -> None:
    """Print a line at once, so that it stands before what the children print."""
    print("dev.py: " + line, flush=True)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)
