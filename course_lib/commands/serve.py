"""JupyterLab with the course's lessons trusted: `python -m course_lib.commands.serve FOLDER OPTIONS`.

JupyterLab shows the widgets of a notebook that was never run on this computer only if the notebook is trusted. Whoever
starts the course runs its code anyway, so its lessons are trusted too, and show their explorers when they are opened.
"""

import contextlib
import os
import signal
import sys
from pathlib import Path


def main(root, *options):
    """Serve the course in `root` until it is ended."""
    # jsonschema would load this for a check of addresses that Jupyter never asks for, and loading it takes two of four
    # seconds. It is optional there: "not installed" is a case that jsonschema is made for.
    sys.modules["rfc3987_syntax"] = None
    from jupyterlab.labapp import LabApp

    if os.name != "nt":  # a KeyboardInterrupt can fall where nobody sees it; a request to terminate is always heard
        signal.signal(signal.SIGINT, lambda *_: signal.raise_signal(signal.SIGTERM))
    trust_lessons(Path(root))
    LabApp.launch_instance([f"--ServerApp.root_dir={root}", *options])


def trust_lessons(root):
    """Sign every lesson in notebooks/ for this user's Jupyter."""
    from nbformat import v4
    from nbformat.sign import NotebookNotary

    notary = NotebookNotary()
    for path in root.glob("notebooks/[0-9][0-9]_*.ipynb"):
        with contextlib.suppress(Exception):  # a damaged lesson: JupyterLab says so when it is opened
            notary.sign(v4.reads(path.read_text(encoding="utf-8")))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
