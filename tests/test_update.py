"""Running notebooks and storing their outputs in canonical form, with real kernels and real widgets."""

import copy
import json
import os
import re

import nbformat
import pytest
from nbformat import v4

from course_lib.commands import update, widget_state

WIDGETS = """\
import ipywidgets
ipywidgets.IntSlider(value=9)  # never shown
slider = ipywidgets.IntSlider(value=3)
ipywidgets.VBox([slider, ipywidgets.Label("é")])"""
PRINTS = """\
import os, sys
for word in "one", "two":
    print(word)
    sys.stdout.flush()
print("problem", file=sys.stderr)
print(os.path.basename(os.getcwd()), os.path.exists(os.environ["COURSE_PROGRESS"]))"""


@pytest.fixture
def notebooks(tmp_path, monkeypatch):
    """A folder with a space and an accent, in place of the course's notebooks."""
    folder = tmp_path / "mes cahiers d'été"
    folder.mkdir()
    monkeypatch.setattr(update, "NOTEBOOKS", folder)
    return folder


def write(path, *cells):
    nbformat.write(v4.new_notebook(cells=list(cells)), path)
    return path


def executed(path):
    """The stored file's JSON after an update of its folder."""
    assert update.main() == 0
    return json.loads(path.read_text(encoding="utf-8"))


def outputs(notebook):
    return [output for cell in notebook["cells"] for output in cell["outputs"]]


def test_outputs_are_stored_and_a_second_update_changes_nothing(notebooks, capsys):
    path = write(notebooks / "01.ipynb", v4.new_code_cell(WIDGETS), v4.new_code_cell("slider"))
    first = executed(path)
    stored = path.read_bytes()
    assert capsys.readouterr().out == "01.ipynb: updated\n"
    assert executed(path) == first
    assert path.read_bytes() == stored
    assert capsys.readouterr().out == "01.ipynb: unchanged\n"
    assert stored.endswith(b"\n}\n")
    assert "é".encode() in stored
    assert [cell["execution_count"] for cell in first["cells"]] == [1, 2]
    assert os.listdir(notebooks) == ["01.ipynb"]


def test_widgets_are_numbered_as_they_appear_and_unused_ones_go(notebooks):
    path = write(notebooks / "01.ipynb", v4.new_code_cell(WIDGETS), v4.new_code_cell("slider"))
    notebook = executed(path)
    state = notebook["metadata"]["widgets"][widget_state.STATE]["state"]
    box, slider = (output["data"][widget_state.VIEW]["model_id"] for output in outputs(notebook))
    assert (box, slider) == (f"{1:032x}", f"{2:032x}")
    assert state[box]["model_name"] == "VBoxModel"
    assert state[box]["state"]["children"][0] == f"IPY_MODEL_{slider}"
    assert state[slider]["state"]["value"] == 3
    # A box with its layout, a slider and a label with a layout and a style each; not the slider that was never shown.
    assert list(state) == [f"{number:032x}" for number in range(1, 9)]
    referred = set(re.findall("IPY_MODEL_([0-9a-f]+)", json.dumps(state)))
    assert referred == set(state) - {box}


def test_only_what_authors_wrote_stays_in_the_metadata(notebooks):
    cell = v4.new_code_cell("1 + 1", id="kept", metadata={"tags": ["check"], "course": {"facts": ["F-1"]}})
    cell.metadata.update(collapsed=True, execution={"iopub.status.busy": "now"}, trusted=True)
    path = write(notebooks / "01.ipynb", cell, v4.new_markdown_cell("# é", id="prose"))
    notebook = executed(path)
    assert notebook["cells"][0]["id"] == "kept"
    assert notebook["cells"][0]["metadata"] == {"tags": ["check"], "course": {"facts": ["F-1"]}}
    assert notebook["cells"][1] == {"cell_type": "markdown", "id": "prose", "metadata": {}, "source": ["# é"]}
    assert set(notebook["metadata"]) == {"kernelspec", "language_info"}
    assert notebook["metadata"]["kernelspec"] == update.KERNEL
    assert notebook["metadata"]["language_info"]["name"] == "python"
    assert "version" not in notebook["metadata"]["language_info"]


def test_cells_run_in_their_folder_without_the_learners_progress(notebooks, monkeypatch, tmp_path):
    progress = tmp_path / "progress.json"
    progress.write_text("{}")
    monkeypatch.setenv("COURSE_PROGRESS", str(progress))
    path = write(notebooks / "01.ipynb", v4.new_code_cell(PRINTS))
    printed = {output["name"]: "".join(output["text"]) for output in outputs(executed(path))}
    assert printed == {"stdout": "one\ntwo\nmes cahiers d'été False\n", "stderr": "problem\n"}
    assert progress.read_text() == "{}"


def test_a_cell_that_raises_is_named_and_nothing_is_written(notebooks, capsys):
    path = write(notebooks / "02.ipynb", v4.new_markdown_cell("#"), v4.new_code_cell("1 / 0", id="here"))
    before = path.read_bytes()
    assert update.main() == 1
    printed = capsys.readouterr().out
    assert printed.startswith("02.ipynb stopped in cell 2 (here):\n")
    assert "ZeroDivisionError: division by zero" in printed
    assert "\x1b" not in printed
    assert path.read_bytes() == before


def stream(text, name="stdout"):
    return v4.new_output("stream", name=name, text=text)


@pytest.mark.parametrize(
    ("cells", "folded"),
    [
        ("Predict prints", ["prints"]),
        ("Predict prints prints words prints", ["prints", "prints"]),
        ("Predict silent prints", ["prints"]),
        ("Predict exercise check prints", ["prints"]),
        ("Predict widget prints", []),
        ("Predict words prints", []),
        ("Predicted prints", []),
        ("words prints", []),
        ("words check answer prints", ["answer"]),
    ],
)
def test_the_output_that_answers_a_question_is_folded_away(cells, folded):
    made = []
    for kind in cells.split():
        prose = {"Predict": "It is.\n\n**Predict**: is it?", "Predicted": "**Predict** it.\n\nDone.", "words": "So."}
        code = v4.new_code_cell("1", metadata={"jupyter": {"outputs_hidden": True}, "tags": [kind]})
        code.outputs = [] if kind in ("silent", "exercise") else [stream("1")]
        made.append(v4.new_markdown_cell(prose[kind]) if kind in prose else code)
    found = [cell.metadata for cell in update.canonical(v4.new_notebook(cells=made)).cells]
    assert [each.tags[0] for each in found if "jupyter" in each] == folded
    assert all(each.jupyter == {"outputs_hidden": True} for each in found if "jupyter" in each)


def test_neighbouring_pieces_of_one_stream_become_one():
    pieces = [stream("a\n"), stream("b\n"), stream("c\n", "stderr"), stream("d\n"), v4.new_output("display_data")]
    notebook = v4.new_notebook(cells=[v4.new_code_cell("", outputs=pieces)])
    before = copy.deepcopy(notebook)
    merged = update.canonical(notebook).cells[0].outputs
    assert [output.get("text") for output in merged] == ["a\nb\n", "c\n", "d\n", None]
    assert notebook == before


def test_stale_widget_state_goes_where_its_widgets_are_not_shown():
    metadata = {"widgets": {widget_state.STATE: {"state": {"a" * 32: {"state": {}}}, "version_major": 2}}}
    other = v4.new_output("display_data", data={widget_state.VIEW: {"model_id": "b" * 32}})
    for shown in [], [other]:
        cell = v4.new_code_cell("", outputs=shown)
        notebook = update.canonical(v4.new_notebook(metadata=copy.deepcopy(metadata), cells=[cell]))
        assert "widgets" not in notebook.metadata
        assert notebook.cells[0].outputs == shown


def test_a_file_that_cannot_be_replaced_stays_whole(tmp_path, monkeypatch):
    path = tmp_path / "01.ipynb"
    path.write_text("old")

    def refuse(*_):
        raise PermissionError("in use")

    monkeypatch.setattr(update.os, "replace", refuse)
    with pytest.raises(PermissionError):
        update.store(path, v4.new_notebook())
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["01.ipynb"]
