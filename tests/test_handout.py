"""The student edition: it runs, checks and hints as the course does, and holds no solution to read."""

import inspect
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient

from course_lib.exercises import all_exercises, plain, sealed
from course_lib.exercises.engine import Function
from course_lib.teaching import edition, handout

ROOT = Path(__file__).resolve().parents[1]
EXERCISES = [pytest.param(e, id=e.id) for exercises in all_exercises().values() for e in exercises]
TEXTS = (".py", ".ipynb", ".md", ".toml", ".txt", ".json", ".js", ".css", ".yaml", ".csv")


@pytest.fixture(autouse=True)
def _own_progress(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_PROGRESS", str(tmp_path / "progress.json"))


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    """A handout in a folder with a space and an accent."""
    folder = tmp_path_factory.mktemp("handout") / "pour les élèves"
    assert handout.main(str(folder)) == 0
    return folder


def code_cells(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [cell for cell in cells if cell["cell_type"] == "code"]


def lines_of(path):
    """The lines of a file, stripped; of a notebook those of its cells."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".ipynb":
        text = "\n".join("".join(cell["source"]) for cell in json.loads(text)["cells"])
    return {line.strip() for line in text.splitlines()}


def in_the_handout(out, code, **variables):
    """What a Python in the handout's folder prints."""
    environment = {**os.environ, "PYTHONPATH": str(out), "PYTHONIOENCODING": "utf-8", **variables}
    command = [sys.executable, *(["-c", code] if isinstance(code, str) else code)]
    result = subprocess.run(command, cwd=out, env=environment, capture_output=True, encoding="utf-8")
    assert result.returncode == 0, result.stderr
    return result.stdout


# What is in it


def test_every_lesson_is_there_with_its_stubs_and_without_outputs(out):
    lessons = sorted(path.name for path in (ROOT / "notebooks").glob("[0-9]*.ipynb"))
    assert sorted(path.name for path in (out / "notebooks").iterdir()) == lessons
    for name in lessons:
        nbformat.validate(nbformat.read(out / "notebooks" / name, as_version=4))
        ours, theirs = code_cells(ROOT / "notebooks" / name), code_cells(out / "notebooks" / name)
        assert [(cell["id"], cell["source"]) for cell in theirs] == [(cell["id"], cell["source"]) for cell in ours]
        assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in theirs)
        assert not any("jupyter" in cell["metadata"] for cell in theirs), "nothing is folded away where nothing is"
        assert "widgets" not in json.loads((out / "notebooks" / name).read_text(encoding="utf-8"))["metadata"]


def test_it_has_what_a_student_needs_to_start(out):
    assert sorted(path.name for path in out.iterdir()) == sorted(
        ["LICENSE", "README.md", "course_lib", "data", "notebooks", "pyproject.toml", "requirements.txt"]
    )
    assert not list(out.rglob("__pycache__"))
    assert "hand in" in (out / "README.md").read_text(encoding="utf-8")


def test_a_student_is_offered_no_command_of_the_teachers(out):
    offered = in_the_handout(out, ["-m", "course_lib", "--help"])
    assert "lab" in offered
    assert "grade" not in offered
    assert "handout" not in offered


# What is not in it


def test_no_line_of_a_solution_stands_in_the_exercises_package(out):
    for exercise in (parameter.values[0] for parameter in EXERCISES):
        source = {line.strip() for line in inspect.getsource(exercise.solve).splitlines() if len(line.strip()) > 2}
        for path in (out / "course_lib" / "exercises").rglob("lesson_*.py"):
            assert not source & lines_of(path), f"{exercise.id} in {path.name}"


def test_no_file_holds_a_solution(out):
    bodies = {e.id: inspect.getsource(e.solve).splitlines()[1:] for e in (p.values[0] for p in EXERCISES)}
    needed = {name: {line.strip() for line in body} - {""} for name, body in bodies.items()}
    for path in (path for path in out.rglob("*") if path.suffix in TEXTS):
        lines = lines_of(path)
        assert not [name for name, body in needed.items() if body <= lines], path.name


def test_no_message_about_a_mistake_and_no_explanation_can_be_read(out):
    text = "\n".join(
        path.read_text(encoding="utf-8") for path in (out / "course_lib" / "exercises").glob("lesson_*.py")
    )
    for exercise in (parameter.values[0] for parameter in EXERCISES):
        assert exercise.explanation not in text
        assert not [mistake.message for mistake in exercise.mistakes if mistake.message in text]


def test_what_would_show_a_solution_is_not_handed_out(monkeypatch):
    monkeypatch.setattr(edition, "_names_in_the_notebook", lambda lesson: {"hole_solution"})
    with pytest.raises(ValueError, match="lesson_07: the notebook uses hole_solution, which would show a solution"):
        edition.lesson_module("lesson_07", edition.packed)


def test_a_stub_that_is_solved_is_told_and_not_handed_out(tmp_path):
    path = shutil.copy(ROOT / "notebooks" / "07_filters.ipynb", tmp_path)
    text = Path(path).read_text(encoding="utf-8")
    Path(path).write_text(text.replace("mean_around_the_hole = ...", "mean_around_the_hole = 80"), encoding="utf-8")
    with pytest.raises(ValueError, match=r"07_filters.ipynb: the exercise cell hole-exercise has no \.\.\. left"):
        edition.student_notebook(Path(path))


def test_copies_that_an_editor_left_stay_at_home_and_a_failure_leaves_nothing(tmp_path, monkeypatch):
    course, out = tmp_path / "course", tmp_path / "out"
    for name in ("course_lib", "data", "notebooks"):
        shutil.copytree(ROOT / name, course / name)
    for name in edition.FILES:
        shutil.copy(ROOT / name, course)
    for name in ("lesson_07.py~", "lesson_07.py.orig", ".lesson_07.py.swp"):
        shutil.copy(ROOT / "course_lib" / "exercises" / "lesson_07.py", course / "course_lib" / "exercises" / name)
    monkeypatch.setattr(edition, "ROOT", course)
    lesson = course / "notebooks" / "07_filters.ipynb"
    stub = lesson.read_text(encoding="utf-8")
    lesson.write_text(stub.replace("mean_around_the_hole = ...", "mean_around_the_hole = 80"), encoding="utf-8")
    assert handout.main(str(out)) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["course"]
    lesson.write_text(stub, encoding="utf-8")
    out.mkdir()
    assert handout.main(str(out)) == 0
    assert {path.suffix for path in (out / "course_lib").rglob("*.*")} == {".py", ".js", ".css", ".html", ".json"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["course", "out"]


@pytest.mark.parametrize("place", ["a file", "full", "notebooks"])
def test_a_place_that_will_not_do_is_told(tmp_path, capsys, place):
    (tmp_path / "a file").touch()
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "note").touch()
    target = ROOT / "notebooks" / "new" if place == "notebooks" else tmp_path / place
    assert handout.main(str(target)) == 1
    assert "name a folder" in capsys.readouterr().out
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["a file", "full", "note"]


# What it does


def test_the_handout_imports_its_own_exercises_with_their_names(out):
    code = "from course_lib.exercises import all_exercises as a; print({k: [e.id for e in v] for k, v in a().items()})"
    expected = {lesson: [exercise.id for exercise in found] for lesson, found in all_exercises().items()}
    assert in_the_handout(out, code).strip() == str(expected)


def test_a_lesson_of_it_runs_from_top_to_bottom_and_checks_hints_and_keeps_the_solution_back(out, tmp_path):
    notebook = nbformat.read(out / "notebooks" / "02_chain_rule.ipynb", as_version=4)
    by_id = {cell["id"]: cell for cell in notebook.cells}
    by_id["by-hand-exercise"].source = "slope_of_y = 5"
    by_id["bug-exercise"].source = 'my_choice = "a"'
    extra = {"hint": "exercises.by_hand.hint()", "solution": "exercises.by_hand.solution()"}
    extra["where"] = "import course_lib; course_lib.__file__"
    for name, source in extra.items():
        notebook.cells.append(nbformat.v4.new_code_cell(source))
        by_id[name] = notebook.cells[-1]
    client = NotebookClient(notebook, resources={"metadata": {"path": str(out / "notebooks")}}, timeout=120)
    client.execute(
        env={**os.environ, "PYTHONPATH": str(out), "COURSE_PROGRESS": str(tmp_path / "progress of a student.json")}
    )

    def said(name):
        return by_id[name].outputs[-1].data["text/plain"]

    exercise = {e.name: e for e in all_exercises()["02_chain_rule"]}["by_hand"]
    assert said("by-hand-check") == f"Right.\n{exercise.explanation}"
    assert said("bug-check").startswith("Not yet: ")
    assert said("order-check").startswith("Not attempted yet")
    assert said("hint") == f"Hint 1 of {len(exercise.hints)}: {exercise.hints[0]}"
    assert said("solution") == "The solution: your teacher has it."
    assert str(out / "course_lib" / "__init__.py") in said("where").replace("\\\\", "\\")


@pytest.mark.parametrize("exercise", EXERCISES)
def test_a_packed_exercise_says_what_the_exercise_says(exercise):
    packed = sealed.unpack(sealed.pack(exercise))
    attempts = [exercise.answer(), ..., -12345.678, "z", None, lambda *_: -3, *(m.wrong for m in exercise.mistakes)]
    for attempt in attempts:
        assert packed.judge(attempt).message == exercise.judge(attempt).message
    for _ in exercise.hints:
        assert packed.hint().message == exercise.hint().message
    assert exercise.hint().message.startswith("That was the last hint. exercises.")
    assert packed.hint().message.startswith("That was the last hint. The solution: your teacher has it.")


@pytest.mark.parametrize("exercise", EXERCISES)
def test_a_packed_exercise_has_no_source_to_show(exercise):
    packed = sealed.unpack(sealed.pack(exercise))
    assert repr(packed.solution()) == "The solution: your teacher has it."
    if isinstance(exercise, Function):
        with pytest.raises(KeyError):  # results for the cases of the check, not a function that could be called
            packed.solve(*(np.float64(0.123) for _ in exercise.cases[0]))


# Plain data


@pytest.mark.parametrize(
    "value",
    [
        None, True, 5, 10**30, 1.5, float("inf"), "tëxt", 2j, ..., [], [1, (2, ...)], {1, 2}, {"a": [1]}, {(1, 2): 3},
        np.arange(6).reshape(2, 3).T, np.zeros((0, 3)), np.float32(1.5), np.bool_(True), np.array(3), np.array([2j]),
    ],
    ids=repr,
)  # fmt: skip
def test_plain_data_comes_back_as_it_was(value):
    back = plain.loads(plain.dumps(value))
    assert type(back) is type(value)
    np.testing.assert_equal(back, value)
    assert getattr(back, "dtype", None) == getattr(value, "dtype", None)


def test_an_array_of_objects_keeps_its_dots():
    assert plain.loads(plain.dumps(np.array([1, ...], object))).tolist() == [1, ...]


def test_other_objects_leave_their_name_only():
    back = plain.loads(plain.dumps(range(3)))
    assert type(back).__name__ == "range"
    assert repr(back) == "range(0, 3)"
    assert not callable(plain.loads(plain.dumps(print)))


@pytest.mark.parametrize(
    "text",
    [
        "{", "[" * 100_000, '{"a": 1}', '{"is": 3}', '{"is": "set", "of": [[1]]}', '{"is": "dict", "of": 3}',
        '{"is": "array", "type": "O", "shape": [1], "of": "AAAAAAAAAAA="}',
        '{"is": "array", "type": "<f8", "shape": [1000000000000], "of": "AAAAAAAAAAA="}',
        '{"is": "array", "type": "<f8", "shape": [-1, -1], "of": "AAAAAAAAAAA="}',
        '{"is": "array", "type": "<f8", "shape": [1], "of": "!"}',
        '{"is": "array", "type": "no", "shape": [], "of": ""}',
        '{"is": "array", "type": "(1,f8", "shape": [], "of": ""}',
        '{"is": "array", "type": "<f9", "shape": [0], "of": ""}',
        '{"is": "array", "type": "<m8", "shape": [0], "of": ""}',
        '{"is": "function", "of": {}}', '{"is": "complex", "of": ["a", 1]}',
        '{"is": "objects", "shape": [3], "of": [1]}', '{"is": "scalar", "type": "<f8", "shape": [2], "of": ""}',
    ],
    ids=lambda text: text[:40],
)  # fmt: skip
def test_damaged_plain_data_is_refused(text):
    with pytest.raises(ValueError):  # noqa: PT011
        plain.loads(text)
