"""The virtual environment that the course runs in: chosen, made, filled once, and used.

Everything here runs on a bare Python, before any package is installed.
"""

import contextlib
import hashlib
import os
import signal
import subprocess
import sys
from pathlib import Path

from course_lib.commands import checks

ROOT = Path(__file__).resolve().parents[2]
SECONDS_TO_END = 5  # after Ctrl-C, before a child that goes on is told again


class NotReady(Exception):
    """Why a command cannot run, in words for the learner: what is wrong and what to do about it."""


def is_active():
    """Is this Python inside a virtual environment?"""
    return sys.prefix != sys.base_prefix


def folder_of(root):
    """The environment's folder: the active one, else .venv in the repository."""
    return Path(sys.prefix) if is_active() else Path(root) / ".venv"


def python_of(root):
    """The path of the environment's Python, whether it is there yet or not."""
    if is_active():
        return sys.executable
    return str(folder_of(root) / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))


def prepare(root=ROOT, for_tests=False):
    """Make the environment and install what is not there yet; returns the path of its Python.

    `for_tests` adds what only the tests need. Without it the tests can still run, so that a failure is only told.
    """
    python = python_of(root)
    if not is_installed(root, "course"):
        _require(checks.folder(root))
        _make_usable(root, python)
        print("Installing the course's packages. This takes about a minute, and only now.", flush=True)
        _install(root, "course", ["-r", "requirements.txt"])
    if for_tests and not is_installed(root, "tests"):
        print("Installing what only the tests need. This takes about half a minute, and only now.", flush=True)
        try:
            _install(root, "tests", ["-e", ".[dev]"])
        except NotReady as problem:
            print(f"{problem}\nThe tests run all the same; those that need the missing packages will be skipped.")
    return python


def is_installed(root, part):
    """Was this part installed for just these requirements and this place, and does the environment still work?"""
    try:
        stamp = _stamp(root, part).read_text(encoding="utf-8")
        return stamp == _key(root) and checks.succeeds([python_of(root), "-c", "import pip"])
    except OSError:  # no stamp, or no requirements
        return False


def create(folder):
    """Make a fresh virtual environment there, in place of what is there."""
    if run([sys.executable, "-m", "venv", "--clear", str(folder)]) != 0:
        raise NotReady(f"The virtual environment could not be made in {folder}; the lines above say why.")


def run(command, **options):
    """Run a command to its end; returns its exit code.

    In a terminal Ctrl-C reaches the command too, which ends in its own way; one that does not is terminated, and
    so it is when this process is.
    """
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        with subprocess.Popen(command, **options) as process:
            try:
                return process.wait()
            except KeyboardInterrupt:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(timeout=SECONDS_TO_END)
                raise
            finally:
                if process.poll() is None:
                    process.terminate()
    finally:
        signal.signal(signal.SIGTERM, before)


def _make_usable(root, python):
    """See that the environment has a working pip: .venv is made, or made again where it is broken or half-made."""
    problem = checks.pip(python)
    if not problem:
        return
    if is_active():
        raise NotReady(problem)
    _require(checks.virtual_environment())
    folder = folder_of(root)
    print(f"Making a virtual environment in {folder}. This takes a few seconds, and only now.", flush=True)
    create(folder)


def _install(root, part, requirements):
    """Let pip install, and note that it did. Interrupted or failed, it starts again next time."""
    python = python_of(root)
    _stamp(root, part).unlink(missing_ok=True)
    options = ["--disable-pip-version-check", "--no-compile"]  # Python compiles what it uses, later: 10 of 60 s saved
    command = [python, "-m", "pip", "install", *options, *requirements]
    if run(command, cwd=str(root)) != 0:
        other = "The packages could not be installed; the lines above say why.\n  What to do: run the command again."
        raise NotReady(checks.folder(root) or checks.network(python) or other)
    _stamp(root, part).write_text(_key(root), encoding="utf-8")


def _stamp(root, part):
    return folder_of(root) / f"installed-{part}.txt"


def _key(root):
    """Changes with the requirements, and with the place that the course is installed from."""
    key = hashlib.sha256(str(Path(root).resolve()).encode("utf-8", "surrogateescape"))
    for name in ("requirements.txt", "pyproject.toml"):
        key.update(b"\0" + (Path(root) / name).read_bytes())
    return key.hexdigest()


def _require(problem):
    if problem:
        raise NotReady(problem)
