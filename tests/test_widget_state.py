"""What is kept of the widgets' states when JupyterLab saves a notebook."""

import json
from types import SimpleNamespace

import pytest

from course_lib.commands import widget_state


def notebook(shown, states):
    """A notebook whose outputs show these widgets, and that has these states stored, each with a layout of its own."""
    outputs = [{"output_type": "display_data", "data": {widget_state.VIEW: {"model_id": model}}} for model in shown]
    stored = {}
    for model, number in states.items():
        stored[model] = {"state": {"number": number, "layout": f"IPY_MODEL_{model}layout"}}
        stored[f"{model}layout"] = {"state": {}}
    metadata = {"widgets": {widget_state.STATE: {"version_major": 2, "version_minor": 0, "state": stored}}}
    plain = {"cell_type": "markdown", "source": "text"}, {"cell_type": "code", "outputs": [{"output_type": "stream"}]}
    return {"cells": [*plain, {"cell_type": "code", "outputs": outputs}], "metadata": metadata}


def saved(folder, content, before=None, kind="notebook"):
    """The content as the hook leaves it, where the file holds `before`."""
    if before is not None:
        (folder / "notebooks").mkdir()
        (folder / "notebooks" / "a.ipynb").write_text(before if isinstance(before, str) else json.dumps(before))
    model = {"type": kind, "content": content}
    manager = SimpleNamespace(root_dir=str(folder))
    widget_state.keep_explorers(model=model, path="/notebooks/a.ipynb", contents_manager=manager)
    return model["content"]


def test_what_python_does_not_know_is_kept_from_the_file(tmp_path):
    content = saved(tmp_path, notebook(["old", "new"], {"new": 2}), before=notebook(["old"], {"old": 1}))
    kept = widget_state.states(content)
    assert list(kept) == ["old", "oldlayout", "new", "newlayout"]
    assert (kept["old"]["state"]["number"], kept["new"]["state"]["number"]) == (1, 2)


def test_python_knows_better_than_the_file(tmp_path):
    content = saved(tmp_path, notebook(["a"], {"a": 2}), before=notebook(["a"], {"a": 1}))
    assert widget_state.states(content)["a"]["state"]["number"] == 2


def test_what_is_not_shown_is_not_kept(tmp_path):
    content = saved(tmp_path, notebook(["a"], {"a": 1, "cell_run_before": 2}), before=notebook(["b"], {"b": 3}))
    assert list(widget_state.states(content)) == ["a", "alayout"]


@pytest.mark.parametrize("before", [None, "", "{", "[]", "{}"])
def test_a_new_or_damaged_file_adds_nothing(tmp_path, before):
    content = saved(tmp_path, notebook(["a", "b"], {"a": 1}), before)
    assert list(widget_state.states(content)) == ["a", "alayout"]


def test_a_notebook_without_widgets_stays_as_it_is(tmp_path):
    assert saved(tmp_path, {"cells": [], "metadata": {}}) == {"cells": [], "metadata": {}}
    assert saved(tmp_path, "text", kind="file") == "text"
