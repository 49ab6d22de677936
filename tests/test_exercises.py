"""Every exercise of every lesson: its solution is right, its stub not attempted, its wrong answers known by name."""

import ast
import json
from pathlib import Path

import pytest

from course_lib.exercises import all_exercises
from course_lib.exercises.engine import NOT_ATTEMPTED, Choice, Function, Number

LIBRARY = ("activations", "data", "filters", "gradcheck", "shapes")  # what the stubs of exercises use
NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"
LESSONS = all_exercises()
ALL = [pytest.param(exercise, id=exercise.id) for exercises in LESSONS.values() for exercise in exercises]
MISTAKES = [
    pytest.param(e.values[0], mistake, id=f"{e.id}-{n}") for e in ALL for n, mistake in enumerate(e.values[0].mistakes)
]

BY_HAND = {  # every answer that is not a function
    "00_start_here": {"places": 8, "bug": "b"},
    "01_perceptron": {"bias": -4, "step": [2, 0, 2], "most": 3, "why": "c", "distance": 4, "stopped": "b"},
    "02_chain_rule": {"by_hand": 5, "bug": "c", "twice": 4},
    "03_two_layer_network": {"delta": pytest.approx(0.032, rel=1e-12), "sign": "b"},
    "04_worked_example": {"delta_h1": -0.000064, "rounding": 10.1, "wrong_cells": {"a", "b", "e"}, "largest": "b"},
    "05_cross_entropy": {"surprise": 1000, "sign": "b", "stop": 5, "functions": 4294967296},
    "06_activations": {"left_over": 1 / 1024, "bug": "c", "cure": "d", "maxout_parameters": 7800},
    "07_filters": {"hole": 80, "shift": "a", "sides": -0.5, "move": [[0, 1, 0], [0, 0, 0], [0, 0, 0]]},
    "08_why_convolution": {"printed_for": 40, "local_weights": 22, "odd_shift": "c"},
    "09_output_size": {"first_layer": 55, "fits": "b", "full_slip": "c", "parameters": 73856},
    "10_pooling": {"wrong_cell": "b", "overlapping": 13, "route": [[0, 0, 0], [10, 20, 0], [0, 70, 0]]},
    "11_transposed_convolution": {"size": 16, "output_padding": 2, "printed": "c", "even": {"b", "d"}},
    "12_training_a_cnn": {
        "weights_by_hand": [1, -1, 8],
        "input_by_hand": [1, 0, -2, 8, -3],
        "third_layer": 1516,
        "symptom": "b",
        "loop_bug": "b",
    },
    "13_alexnet": {"why_224": "c", "activation_bytes": 148684800, "where": "b"},
    "15_source_check": {"half_a_unit": 0.00005, "wrong_cell": "d", "what_happened": "b"},
    "14_from_loops_to_gpu": {"entries": 1749600, "layer": "d"},
}


@pytest.fixture(autouse=True)
def _own_progress(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_PROGRESS", str(tmp_path / "progress.json"))


def cells(lesson, tag):
    notebook = json.loads((NOTEBOOKS / f"{lesson}.ipynb").read_text(encoding="utf-8"))
    tagged = [cell for cell in notebook["cells"] if tag in cell["metadata"].get("tags", [])]
    return ["".join(cell["source"]) for cell in tagged]


@pytest.mark.parametrize("exercise", ALL)
def test_the_solution_is_right_and_says_why(exercise):
    outcome = exercise.check(exercise.answer())
    assert outcome.status == "right"
    assert exercise.explanation
    assert exercise.explanation in outcome.message


@pytest.mark.parametrize("lesson", LESSONS)
def test_the_solutions_give_the_answers_worked_out_by_hand(lesson):
    answers = {e.name: e.answer() for e in LESSONS[lesson] if not isinstance(e, Function)}
    lists = {name: getattr(answer, "tolist", lambda a=answer: a)() for name, answer in answers.items()}
    assert lists == BY_HAND[lesson]


@pytest.mark.parametrize(("exercise", "mistake"), MISTAKES)
def test_a_typical_wrong_answer_is_met_by_its_own_message(exercise, mistake):
    outcome = exercise.check(mistake.wrong)
    assert outcome.status == "wrong"
    assert mistake.message in outcome.message


@pytest.mark.parametrize("exercise", ALL)
def test_an_exercise_has_hints_wrong_answers_and_a_solution_to_read(exercise):
    assert len(exercise.hints) >= 2
    assert len(exercise.mistakes) >= 3
    assert len({mistake.message for mistake in exercise.mistakes}) == len(exercise.mistakes)
    source = repr(exercise.solution())
    assert source.startswith("def ")
    assert "return" in source


@pytest.mark.parametrize("exercise", ALL)
def test_an_unknown_wrong_answer_is_wrong_too(exercise):
    odd = {Choice: "z", Function: lambda *arguments: -12345.678}.get(type(exercise), -12345.678)
    assert exercise.check(odd).status == "wrong"


@pytest.mark.parametrize("exercise", ALL)
def test_an_answer_of_dots_is_not_attempted(exercise):
    assert exercise.check(...).message == NOT_ATTEMPTED


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_lesson_asks_for_a_number_a_function_and_a_bug_or_case(lesson):
    kinds = [type(exercise) for exercise in LESSONS[lesson]]
    assert len(kinds) >= 3
    assert Number in kinds
    assert Function in kinds
    assert Choice in kinds


@pytest.mark.parametrize("lesson", LESSONS)
def test_the_notebook_checks_every_exercise_and_its_stubs_are_not_attempted(lesson):
    stubs, checks = cells(lesson, "exercise"), cells(lesson, "check")
    assert len(stubs) == len(checks) == len(LESSONS[lesson])
    space = {"exercises": type("Lesson", (), {exercise.name: exercise for exercise in LESSONS[lesson]})}
    exec("import numpy as np\nfrom course_lib import " + ", ".join(LIBRARY), space)
    for stub, check in zip(stubs, checks, strict=True):
        exec(stub, space)
        assert eval(check, space).message == NOT_ATTEMPTED
    checked = [ast.unparse(ast.parse(check).body[0].value.func) for check in checks]
    assert sorted(checked) == sorted(f"exercises.{exercise.name}.check" for exercise in LESSONS[lesson])
