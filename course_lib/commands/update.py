"""Run the notebooks from fresh kernels and store their outputs in canonical form.

Canonical means: the same code gives the same bytes, so that a change in a stored output is a change in the course.
"""

import copy
import os
import re
import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from course_lib.commands import widget_state

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
# The metadata that is kept; all else depends on who saved the notebook.
NOTEBOOK_METADATA = ("course", "kernelspec", "language_info", "widgets")
CELL_METADATA = ("course", "tags")
SECONDS_PER_CELL = 600
QUESTION, ANSWER = "**Predict", "answer"  # words that the next outputs answer; the tag of a cell that answers others
TERMINAL_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


class NotebookFailed(Exception):
    """A notebook that did not run to its end: which, in which cell, and the traceback."""


def main():
    """Update every notebook; returns the exit code."""
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        try:
            changed = store(path, canonical(execute(path)))
        except NotebookFailed as error:
            print(error)
            return 1
        print(f"{path.name}: {'updated' if changed else 'unchanged'}", flush=True)
    return 0


def execute(path):
    """The notebook of that file, run from top to bottom by a fresh kernel in its folder, with nobody's progress."""
    notebook = nbformat.read(path, as_version=4)
    started = []
    client = NotebookClient(
        notebook,
        kernel_name=KERNEL["name"],
        resources={"metadata": {"path": str(path.parent)}},
        timeout=SECONDS_PER_CELL,
        record_timing=False,
        on_cell_execute=lambda cell, cell_index: started.append((cell_index, cell)),
    )
    with tempfile.TemporaryDirectory() as folder:
        try:
            return client.execute(env={**os.environ, "COURSE_PROGRESS": str(Path(folder) / "progress.json")})
        except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
            index, cell = started[-1]
            reason = TERMINAL_COLOURS.sub("", str(error))
            raise NotebookFailed(f"{path.name} stopped in cell {index + 1} ({cell.get('id')}):\n{reason}") from None


def canonical(notebook):
    """The notebook without anything that depends on when, where or by whom it was run."""
    notebook = copy.deepcopy(notebook)
    notebook.metadata = _only(notebook.metadata, NOTEBOOK_METADATA)
    notebook.metadata.kernelspec = nbformat.from_dict(KERNEL)
    notebook.metadata.get("language_info", {}).pop("version", None)
    for cell in notebook.cells:
        cell.metadata = _only(cell.metadata, CELL_METADATA)
        if cell.cell_type == "code":
            cell.outputs = _merged_streams(cell.outputs)
    for cell in _answers(notebook.cells):
        cell.metadata.jupyter = {"outputs_hidden": True}  # until it is run, or unfolded by a click
    return _with_numbered_models(notebook)


def store(path, notebook):
    """Write the notebook, whole or not at all; returns whether the file changed."""
    text = nbformat.writes(notebook) + "\n"
    if path.read_text(encoding="utf-8") == text:
        return False
    new = path.with_name(path.name + ".new")
    try:
        new.write_text(text, encoding="utf-8", newline="\n")
        os.replace(new, path)
    finally:
        new.unlink(missing_ok=True)
    return True


def _only(metadata, names):
    return nbformat.from_dict({name: metadata[name] for name in names if name in metadata})


def _answers(cells):
    """The cells that print something between a question and the next words, or that are tagged as an answer."""
    asked = False
    for cell in cells:
        tags = cell.metadata.get("tags", [])
        if cell.cell_type != "code":
            asked = QUESTION in cell.source.split("\n\n")[-1]
        elif "widget" in tags:
            asked = False
        elif cell.outputs and "check" not in tags and (asked or ANSWER in tags):
            yield cell


def _merged_streams(outputs):
    """Text printed in several pieces as one output: how it was cut depends on the moment."""
    merged = []
    for output in outputs:
        last = merged[-1] if merged else {}
        if output.output_type == "stream" and last.get("name") == output.name:
            last.text += output.text
        else:
            merged.append(output)
    return merged


def _with_numbered_models(notebook):
    """Keep the widget models that shown widgets need, with numbers for ids, in the order of first appearance."""
    stored = notebook.metadata.pop("widgets", {}).get(widget_state.STATE)
    if stored is None:
        return notebook
    needed = widget_state.needed(notebook, stored.state)
    if not needed:
        return notebook
    stored.state = {model: stored.state[model] for model in needed}
    notebook.metadata.widgets = {widget_state.STATE: stored}
    numbers = {model: f"{number:032x}" for number, model in enumerate(needed, start=1)}
    text = re.sub("|".join(numbers), lambda found: numbers[found.group()], nbformat.writes(notebook))
    return nbformat.reads(text, as_version=4)


if __name__ == "__main__":
    sys.exit(main())
