"""What the course needs from a computer, one function a check.

Each returns "" where all is well, or plain words: what is wrong, and what to do about it. `doctor` prints them all;
`lab` and `test` print the same words when they stop for that reason. This module runs on a bare Python, and a Python
that is too old for the course can still read it.
"""

import importlib
import importlib.util
import os
import subprocess
import sys
import tempfile
import webbrowser
from pathlib import Path

from course_lib.commands.chromium import find_chromium

OLDEST_PYTHON = (3, 11)
COMMAND = "py -m course_lib" if os.name == "nt" else "python3 -m course_lib"
PACKAGES = {  # the name to import, and the name by which people know it
    "numpy": "NumPy",
    "matplotlib": "Matplotlib",
    "PIL": "Pillow",
    "ipywidgets": "ipywidgets",
    "anywidget": "anywidget",
    "threadpoolctl": "threadpoolctl",
    "tqdm": "tqdm",
    "yaml": "PyYAML",
}
SMALL_REQUIREMENT = "nbval"  # one of requirements.txt, a few kilobytes: downloading it shows that the network works


def python_version(version=sys.version_info):
    """Is this Python new enough?"""
    if tuple(version[:2]) >= OLDEST_PYTHON:
        return ""
    return _words(
        "The course needs Python 3.11 or newer; this is Python {}.{}.".format(*version[:2]),
        "Install a newer Python from www.python.org or with your system's package manager, and run the same command "
        "with it, for example: python3.12 -m course_lib lab",
    )


def virtual_environment():
    """Can this Python make virtual environments?"""
    missing = [name for name in ("venv", "ensurepip") if importlib.util.find_spec(name) is None]
    if not missing:
        return ""
    return _words(
        f"This Python cannot make virtual environments: its module {' and '.join(missing)} is not installed.",
        "On Debian and Ubuntu: sudo apt install python3-venv. Elsewhere: install Python from www.python.org.",
    )


def pip(python):
    """Has the active virtual environment its installer? (The course's own environment is made again instead.)"""
    if succeeds([python, "-m", "pip", "--version"]):
        return ""
    return _words(
        "The virtual environment that is active here has no pip, so nothing can be installed into it.",
        f'Run: "{python}" -m ensurepip. Or leave the environment with: deactivate, and run the same command again.',
    )


def folder(root):
    """May files be written in the course's folder?"""
    trial = Path(root) / f".write-test-{os.getpid()}"
    try:
        trial.touch()
        trial.unlink()
    except OSError as error:
        return _words(
            f"The course's folder cannot be written to: {root} ({error.strerror}).",
            "Move or clone the course to a folder of your own, such as your home folder, or free some space there.",
        )
    return ""


def network(python):
    """Can pip reach the package index it is set up for? Asked of pip itself, with a download of a few kilobytes."""
    with tempfile.TemporaryDirectory() as place:
        download = ["download", "--no-deps", "--no-cache-dir", "--timeout", "5", "--retries", "0", "--dest", place]
        if succeeds([python, "-m", "pip", *download, SMALL_REQUIREMENT]):
            return ""
    return _words(
        "The course's packages cannot be downloaded: no network, or the package index does not answer.",
        "Connect to the internet and run the same command again. Behind a proxy, set the environment variable "
        "HTTPS_PROXY first; ask whoever runs your network for its address.",
    )


def kernel(python, root):
    """Can a notebook's Python import the course and what it is made of?"""
    names = ["ipykernel", "jupyterlab", *PACKAGES, "course_lib.filters"]
    result = subprocess.run(
        [python, "-c", f"import {', '.join(names)}"], cwd=Path(root) / "notebooks", capture_output=True, text=True
    )
    if result.returncode == 0:
        return ""
    reason = result.stderr.strip().splitlines()[-1:] or [f"exit code {result.returncode}"]
    return _words(
        f"The notebooks' Python cannot import what the course needs ({reason[0]}).",
        f'In the course\'s folder, run: "{python}" -m pip install --force-reinstall -r requirements.txt',
    )


def browser():
    """Is there a web browser that JupyterLab can open?"""
    try:
        webbrowser.get()
    except webbrowser.Error:
        return _words(
            "No web browser was found that could be opened from here.",
            f"Install one, such as Firefox or Chrome. Or run: {COMMAND} lab --no-browser, and copy the address that it "
            "prints, token and all, into a browser on this computer.",
        )
    return ""


def chromium():
    """Is there a browser for the browser tests?"""
    if find_chromium():
        return ""
    named = os.environ.get("COURSE_CHROMIUM")
    return _words(
        f"COURSE_CHROMIUM names no program: {named}" if named else "No Chromium, Chrome or Edge was found.",
        "Without one the browser tests are skipped; the lessons work in any browser. "
        "On Debian: sudo apt install chromium. Or name its program in the environment variable COURSE_CHROMIUM.",
    )


def package(module):
    """Can this very Python import the package?"""
    try:
        importlib.import_module(module)
    except ImportError as error:
        return _words(
            f"{PACKAGES[module]} cannot be imported ({error}).",
            f"Close JupyterLab and start it with: {COMMAND} lab, which installs what is missing.",
        )
    return ""


def pictures():
    """Can the course's photographs be read? (Needs NumPy and Pillow.)"""
    from course_lib import data

    try:
        for name in data.IMAGE_NAMES:
            data.load_image(name)
    except (OSError, ValueError) as error:
        return str(error)
    return ""


def _words(wrong, remedy):
    return f"{wrong}\n  What to do: {remedy}"


def succeeds(command):
    """Does this program end well? What it prints is dropped."""
    try:
        return subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0
    except OSError:  # there is no such program
        return False
