"""The state of a notebook's widgets, stored in its metadata: from it JupyterLab shows them before any cell is run.

JupyterLab stores only the widgets that it knows from Python. An explorer whose cell was not run since the notebook was
opened is not among them: its state stands in the file alone, and would be gone with the next save. keep_explorers()
keeps it.
"""

import json
import re
from pathlib import Path

STATE, VIEW = "application/vnd.jupyter.widget-state+json", "application/vnd.jupyter.widget-view+json"


def states(notebook):
    """{model id: its state} of all that the notebook has stored."""
    return notebook.get("metadata", {}).get("widgets", {}).get(STATE, {}).get("state", {})


def needed(notebook, known):
    """The ids out of `known` of the shown widgets' models and of all that these refer to, in order of appearance."""
    outputs = [output for cell in notebook["cells"] for output in cell.get("outputs", [])]
    waiting = [output["data"][VIEW]["model_id"] for output in outputs if VIEW in output.get("data", {})]
    found = []
    while waiting:
        model = waiting.pop(0)
        if model in known and model not in found:
            found.append(model)
            waiting = re.findall('IPY_MODEL_([^"]+)"', json.dumps(known[model], sort_keys=True)) + waiting
    return found


def keep_explorers(model, path, contents_manager, **_):
    """Let a notebook keep the state of every widget that it shows: as Python has it, or else as the file has it.

    A hook of Jupyter Server: `model` is about to be written to `path`, and is changed in place.
    """
    if model["type"] != "notebook":
        return
    notebook = model["content"]
    known = {**_states_in(Path(contents_manager.root_dir) / path.strip("/")), **states(notebook)}
    kept = {number: known[number] for number in needed(notebook, known)}
    if kept:
        notebook["metadata"]["widgets"] = {STATE: {"version_major": 2, "version_minor": 0, "state": kept}}


def _states_in(file):
    try:
        return states(json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, AttributeError):  # new, damaged, or no notebook
        return {}
