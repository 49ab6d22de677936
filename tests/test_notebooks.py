"""The notebooks as files: run, small, complete, linked, and alive before any cell is run."""

import base64
import json
import re
from pathlib import Path

import nbformat
import pytest

from course_lib import widgets
from course_lib.commands import update, widget_state

ROOT = Path(__file__).resolve().parents[1]
PATHS = sorted((ROOT / "notebooks").glob("*.ipynb"))
TOPICS = {  # what each lesson must teach: facts and numbers of the sources, as (prefix, how many)
    "00_start_here": ([], []),
    "01_perceptron": ([("PER", 12)], [("PER", 7)]),
    "02_chain_rule": ([("CG", 10), ("GATE", 3)], [("CG", 8), ("GATE", 3)]),
    "03_two_layer_network": ([("MLP", 12), ("DER", 10)], [("MLP", 6), ("DER", 8)]),
    "04_worked_example": ([("EX", 21)], [("EX", 27)]),
    "05_cross_entropy": ([("CE", 18), ("REG", 16)], [("CE", 18), ("REG", 13)]),
    "06_activations": ([("ACT", 14)], [("ACT", 13)]),
    "07_filters": ([("MA", 6), ("CC", 8), ("FIL", 12), ("FFT", 2)], [("MA", 15), ("CC", 9), ("FIL", 11), ("FFT", 2)]),
    "08_why_convolution": (
        [("CNT", 11), ("BIO", 28), ("SCAN", 26), ("TOE", 14)],
        [("CNT", 14), ("BIO", 8), ("SCAN", 10), ("TOE", 16)],
    ),
    "09_output_size": (
        [("VOL", 19), ("OUT", 23), ("PAR", 8), ("HYP", 7)],
        [("VOL", 8), ("OUT", 28), ("PAR", 11), ("HYP", 6)],
    ),
    "10_pooling": ([("POOL", 16)], [("POOL", 17)]),
    "11_transposed_convolution": ([("TCV", 4)], [("TCV", 6)]),
    "12_training_a_cnn": ([("TRN", 10), ("LEN", 5)], [("TRN", 7), ("LEN", 6)]),
    "13_alexnet": ([("ALX", 22), ("HIS", 10)], [("ALX", 27), ("HIS", 11)]),
    "15_source_check": ([], []),  # it shows the numbers of all others
    "14_from_loops_to_gpu": ([], []),  # what the sources say of the cost is taught in lesson 07
}
# The numbers of the worked example that come in several parts: EX-06 and EX-06b, EX-14a, EX-14b and EX-14c.
PARTS = dict.fromkeys([f"EX-{n:02d}" for n in (6, 8, 10, 11, 12, 13)], ("", "b"))
PARTS |= dict.fromkeys([f"EX-{n}" for n in range(14, 24)], ("a", "b", "c"))
all_notebooks = pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)


def read(path):
    return nbformat.read(path, as_version=4)


def code_cells(path):
    return [cell for cell in read(path).cells if cell.cell_type == "code"]


def ids(topics, prefix=""):
    plain = [f"{prefix}{topic}-{number:02d}" for topic, count in topics for number in range(1, count + 1)]
    return {name + part for name in plain for part in PARTS.get(name, ("",))}


@all_notebooks
def test_a_notebook_is_stored_in_canonical_form(path):
    assert update.canonical(read(path)) == read(path)
    assert path.read_text(encoding="utf-8") == nbformat.writes(read(path)) + "\n"


@all_notebooks
def test_every_code_cell_was_run_in_order_and_is_short(path):
    cells = code_cells(path)
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert [cell.id for cell in cells if len(cell.source.splitlines()) > 8] == []
    assert [cell.id for cell in cells for line in cell.source.splitlines() if len(line) > 110] == []


@all_notebooks
def test_outputs_hold_nothing_that_differs_from_machine_to_machine(path):
    text = "\n".join(
        output.get("text", "") + output.get("data", {}).get("text/plain", "")
        for cell in code_cells(path)
        for output in cell.outputs
    )
    assert re.findall(r"0x[0-9a-f]{6,}|/home/|/Users/|\d\d:\d\d:\d\d|<class ", text) == []
    assert [output for cell in code_cells(path) for output in cell.outputs if output.output_type == "error"] == []


@all_notebooks
def test_a_notebook_is_small_and_its_widgets_state_too(path):
    assert path.stat().st_size < 2_000_000
    assert len(json.dumps(read(path).metadata.get("widgets", {}))) <= 300_000


@all_notebooks
def test_the_notebook_teaches_every_fact_and_number_of_its_topics(path):
    facts, numbers = TOPICS[path.stem]
    taught = [cell.metadata.get("course", {}) for cell in read(path).cells]
    assert {fact for course in taught for fact in course.get("facts", [])} == ids(facts, "F-")
    assert {number for course in taught for number in course.get("numbers", [])} == ids(numbers)


@all_notebooks
def test_each_number_is_shown_by_a_cell_that_computes_it(path):
    computed = {
        number
        for cell in code_cells(path)
        if cell.outputs
        for number in cell.metadata.get("course", {}).get("numbers", [])
    }
    assert computed == ids(TOPICS[path.stem][1])


@all_notebooks
def test_a_lesson_has_all_its_parts(path):
    cells = read(path).cells
    prose = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    for part in ("**You will**", "**You need**", "**It takes**", "## What is next"):
        assert part in prose
    if path.stem != "00_start_here":
        assert "## In practice" in prose
        assert "## Where this comes from" in prose
    early = [cell for cell in cells[:4] if "widget" in cell.metadata.get("tags", [])]
    assert early, "a picture or widget belongs within the first screen"
    assert re.findall(r"(?i)\b(simply|obviously)\b", prose) == []


@all_notebooks
def test_links_lead_somewhere(path):
    prose = "\n".join(cell.source for cell in read(path).cells if cell.cell_type == "markdown")
    targets = re.findall(r"\]\(([^)#]+)", prose)
    assert targets
    assert [
        target for target in targets if not target.startswith("https://") and not (path.parent / target).is_file()
    ] == []


@all_notebooks
def test_no_cell_uses_what_nbval_cannot_compare(path):
    source = "\n".join(cell.source for cell in code_cells(path))
    assert re.findall(r"\binteract\b|\bOutput\(|%matplotlib|\bplt\.|np\.random\.(?!default_rng)", source) == []


@all_notebooks
def test_the_stored_widgets_are_what_the_code_makes_now(path):
    notebook = read(path)
    stored = widget_state.states(notebook)
    shown = [
        output.data
        for cell in code_cells(path)
        for output in cell.outputs
        if widget_state.VIEW in output.get("data", {})
    ]
    assert shown, "each lesson so far has an explorer"
    for data in shown:
        model = stored[data[widget_state.VIEW]["model_id"]]
        buffers = {entry["path"][0]: base64.b64decode(entry["data"]) for entry in model.get("buffers", [])}
        explorer = getattr(widgets, model["state"]["_anywidget_id"].rsplit(".", 1)[1])
        made = explorer(**{name: model["state"][name] for name in explorer.state})
        assert data["text/plain"] == repr(made)
        assert data["image/png"].strip()
        for name, value in made.get_state().items():
            if isinstance(value, (bytes, memoryview)):
                assert buffers[name] == bytes(value), name
            elif name not in ("layout", "_dom_classes", "tabbable", "tooltip"):
                assert model["state"][name] == json.loads(json.dumps(value)), name


def test_every_lesson_is_on_the_map():
    start = next(path for path in PATHS if path.stem == "00_start_here")
    prose = "\n".join(cell.source for cell in read(start).cells if cell.cell_type == "markdown")
    for path in PATHS:
        if path != start:
            assert f"({path.name})" in prose
    assert len(re.findall(r"^\| (?:\[)?\d\d ", prose, flags=re.MULTILINE)) == 16
