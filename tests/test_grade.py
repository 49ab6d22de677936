"""Grading: what was handed in is found, run apart, judged by this repository's checkers, and told in tables."""

import ast
import contextlib
import csv
import inspect
import io
import itertools
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from handing_in import RIGHT, notebook
from rich.console import Console

import course_lib.__main__
from course_lib.commands import environment
from course_lib.exercises import all_exercises
from course_lib.exercises.engine import Function
from course_lib.teaching import edition, grade, handins, judge, plan, report

LESSONS = all_exercises()
pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="grading needs a system that can fork: Linux or macOS")


def verdicts(book, lesson="07_filters", seconds=10):
    """{exercise: row} of a notebook, given as a dict or as bytes."""
    content = book if isinstance(book, bytes) else json.dumps(book).encode("utf-8")
    rows, _ = judge.judge("anna", "anna.ipynb", content, lesson, seconds, 1024)
    return {row["exercise"]: row for row in rows}


def results(*arguments, **options):
    return {name: row["result"] for name, row in verdicts(*arguments, **options).items()}


ALL_PASS = dict.fromkeys(["hole", "convolve", "shift", "move", "edge_strength", "sides"], "pass")


# Right, wrong, not attempted


def solved(lesson):
    """The lesson's notebook with every exercise cell answered by its solution."""
    tree = ast.parse(inspect.getsource(sys.modules[f"course_lib.exercises.lesson_{lesson[:2]}"]))
    answers = {}
    for task in plan.tasks_of(lesson):
        solve = task.exercise.solve
        source = "\n".join(map(ast.unparse, edition._needed(tree.body, {solve.__name__})))
        call = "" if isinstance(task.exercise, Function) else "()"
        answers[task.cell.removesuffix("-exercise")] = f"{source}\n{task.name} = {solve.__name__}{call}"
    return notebook(answers, lesson=lesson)


@pytest.mark.parametrize("lesson", LESSONS)
def test_solutions_pass(lesson):
    assert set(results(solved(lesson), lesson).values()) == {"pass"}


@pytest.mark.parametrize("lesson", LESSONS)
def test_stubs_are_not_attempted(lesson):
    assert results(notebook({}, lesson=lesson), lesson) == dict.fromkeys(
        (exercise.name for exercise in LESSONS[lesson]), "not attempted"
    )


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_recognised_mistake_is_named(lesson):
    tasks = [task for task in plan.tasks_of(lesson) if not isinstance(task.exercise, Function)]
    plain = {t.cell.removesuffix("-exercise"): np.asarray(t.exercise.mistakes[0].wrong).tolist() for t in tasks}
    answers = {name: f"from math import inf\n{t.name} = {plain[name]!r}" for name, t in zip(plain, tasks, strict=True)}
    found = verdicts(notebook(answers, lesson=lesson), lesson)
    for task in tasks:
        assert found[task.exercise.name]["result"] == "fail"
        assert found[task.exercise.name]["mistake"] == task.exercise.mistakes[0].message


def test_a_function_that_makes_a_known_mistake_gets_its_name_and_another_one_the_first_difference():
    known = "def convolve(image, kernel):\n    return filters.correlate2d(image, kernel)"
    row = verdicts(notebook({**RIGHT, "convolve": known}))["convolve"]
    assert (row["result"], row["mistake"]) == ("fail", "this is correlation: the kernel has not been turned")
    other = "def convolve(image, kernel):\n    return image"
    row = verdicts(notebook({**RIGHT, "convolve": other}))["convolve"]
    assert (row["result"], row["mistake"]) == ("fail", "")
    assert "entries differ" in row["note"]


@pytest.mark.parametrize(
    ("source", "result", "note"),
    [
        ("def convolve(image):\n    return image", "fail", "your function takes (image), but check calls it with"),
        ("convolve = 3", "fail", "check needs your function itself"),
        ("convolve = lambda *both: both[0]", "fail", "differ"),
        ("convolve = ...", "not attempted", ""),
        ("def convolve(image, kernel):\n    kernel = ...\n    return kernel + 1", "not attempted", ""),
        (
            "def convolve(image, kernel):\n    kernel[:] = kernel[::-1, ::-1].copy()\n"
            "    return filters.correlate2d(image, kernel)",
            "fail", "your function changed its argument kernel",
        ),
    ],
)  # fmt: skip
def test_a_function_is_judged_as_in_the_notebook(source, result, note):
    row = verdicts(notebook({**RIGHT, "convolve": source}))["convolve"]
    assert row["result"] == result
    assert note in row["note"]


@pytest.mark.parametrize(
    ("source", "note", "line"),
    [
        ("sides = 1 / 0", "ZeroDivisionError: division by zero", "cell 66, line 1: sides = 1 / 0"),
        ("sides = 4 +", "SyntaxError: invalid syntax", "cell 66, line 1: sides = 4 +"),
        ("def f():\n    return g\n\nsides = f()", "NameError: name 'g' is not defined", "cell 66, line 2: return g"),
        ("raise SystemExit(3)", "SystemExit: 3", "cell 66, line 1: raise SystemExit(3)"),
    ],
)
def test_an_error_is_told_with_the_learners_line(source, note, line):
    found = verdicts(notebook({**RIGHT, "sides": source}))
    assert {name: found["sides"][name] for name in ("result", "note", "line")} == {
        "result": "raised", "note": note, "line": line,
    }  # fmt: skip
    assert found["move"]["result"] == "pass"


def test_an_error_inside_a_function_is_told_with_its_line_too():
    source = "def convolve(image, kernel):\n    turned = kernel[9]\n    return turned"
    row = verdicts(notebook({**RIGHT, "convolve": source}))["convolve"]
    assert row["result"] == "raised"
    assert row["note"] == "IndexError: index 9 is out of bounds for axis 0 with size 3"
    assert row["line"] == "cell 29, line 2: turned = kernel[9]"


def test_an_answer_from_before_does_not_count_for_an_exercise_whose_cell_fails():
    shift_and_more = notebook({"fits": 'my_choice = "b"', "full": "my_choice = nothing"}, lesson="09_output_size")
    found = results(shift_and_more, "09_output_size")
    assert (found["fits"], found["full_slip"]) == ("pass", "raised")


# Which cells are run


def test_an_answer_may_be_computed_from_what_the_lessons_cells_made():
    book = notebook({**RIGHT, "hole": "mean_around_the_hole = F[4:7, 3:6].mean()"})
    assert results(book) == ALL_PASS


def test_the_lessons_own_cells_are_run_only_where_an_answer_needs_them():
    cells = handins.cells_of(json.dumps(notebook(RIGHT)).encode("utf-8"))
    steps = plan.steps_for("07_filters", cells)
    run = [step.cell.id for step in steps if isinstance(step, plan.Run)]
    assert run == ["setup", *(task.cell for task in plan.tasks_of("07_filters"))]
    taken = [step.task.exercise.name for step in steps if isinstance(step, plan.Take)]
    assert sorted(taken) == sorted(exercise.name for exercise in LESSONS["07_filters"])


def test_the_learners_own_cells_and_changed_ones_are_run():
    book = notebook(
        {**RIGHT, "convolve": "def convolve(image, kernel):\n    return mine(image, turn(kernel))"},
        before=["%matplotlib inline\nturn = lambda kernel: kernel[::-1, ::-1]", "display(1)\nthis fails", "1 / 0"],
    )
    picture = next(cell for cell in book["cells"] if "moving_average_picture" in "".join(cell["source"]))
    picture["source"] = "mine = filters.correlate2d"
    assert results(book) == ALL_PASS


def test_a_notebook_whose_cells_lost_their_ids_is_graded_by_its_check_cells():
    book = notebook(RIGHT)
    for cell in book["cells"]:
        del cell["id"]
    assert results(book) == ALL_PASS


def test_without_ids_an_error_is_still_told_and_an_answer_from_before_does_not_count():
    book = notebook({"fits": 'my_choice = "b"', "full": "my_choice = nothing"}, lesson="09_output_size")
    for cell in book["cells"]:
        del cell["id"]
    found = results(book, "09_output_size")
    assert (found["fits"], found["full_slip"]) == ("pass", "raised")


def own(source):
    return {"cell_type": "code", "id": f"own-{len(source)}", "metadata": {}, "source": source}


def place(book, name):
    """Where in the notebook the cell with that id stands."""
    return next(n for n, cell in enumerate(book["cells"]) if cell["id"] == name)


@pytest.mark.parametrize("name", ["convolve", "hole"])
@pytest.mark.parametrize("with_ids", [True, False])
def test_an_answer_made_in_a_cell_of_its_own_before_the_exercises_cell_counts(name, with_ids):
    """JupyterLab leaves the id of a cell that is split with its last part."""
    book = notebook({**RIGHT, name: "# tried out:\nprint(F.sum())"})
    book["cells"].insert(place(book, f"{name}-exercise"), own(RIGHT[name]))
    for cell in book["cells"] if not with_ids else ():
        del cell["id"]
    assert results(book) == ALL_PASS


def test_the_first_part_of_a_split_cell_that_fails_leaves_no_answer_from_before():
    book = notebook({"fits": 'my_choice = "b"', "full": "print(1)"}, lesson="09_output_size")
    book["cells"].insert(place(book, "full-exercise"), own("my_choice = nothing"))
    row = verdicts(book, "09_output_size")["full_slip"]
    assert (row["result"], row["note"]) == ("raised", "NameError: name 'nothing' is not defined")


@pytest.mark.parametrize(
    "hole",
    [
        "%%time\nmean_around_the_hole = F[4:7, 3:6].mean()", "%time mean_around_the_hole = F[4:7, 3:6].mean()",
        "filters.correlate2d?\nmean_around_the_hole = F[4:7, 3:6].mean()\n%timeit F.sum()\n!ls\n?F",
        "if True:\n    %matplotlib inline\n    mean_around_the_hole = F[4:7, 3:6].mean()",
    ],
)  # fmt: skip
def test_lines_that_are_no_python_hide_neither_answers_nor_what_they_are_made_of(hole):
    assert results(notebook({**RIGHT, "hole": hole})) == ALL_PASS


def test_an_error_is_told_where_it_stands_and_not_at_a_magic_line():
    row = verdicts(notebook({**RIGHT, "hole": "%matplotlib inline\n\nmean_around_the_hole = 80 +"}))["hole"]
    assert (row["note"], row["line"]) == ("SyntaxError: invalid syntax", "cell 8, line 3: mean_around_the_hole = 80 +")


@pytest.mark.parametrize(
    ("cell", "call"),
    [("sides-check", "sides.check(-0.5)"), ("sides-check", "sides.check(abs(F[0, 0]) - F[0, 0] - (0.5))"),
     ("convolve-check", "convolve.check(lambda image, kernel:\n    filters.correlate2d(image, kernel[::-1, ::-1]))")],
)  # fmt: skip
def test_an_answer_given_in_the_checks_brackets_counts(cell, call):
    name = cell.removesuffix("-check")
    book = notebook({other: answer for other, answer in RIGHT.items() if other != name})
    book["cells"][place(book, cell)]["source"] = f"exercises.{call}"
    assert results(book) == ALL_PASS


@pytest.mark.parametrize("first", ["sides = 0.5", "sides = ..."])
def test_the_last_check_of_an_exercise_counts(first):
    book = notebook({**RIGHT, "sides": first})
    below = place(book, "sides-check") + 1
    book["cells"][below:below] = [own("sides = -0.5"), own("exercises.sides.check(sides)")]
    assert results(book) == ALL_PASS
    book["cells"][below] = own("sides = 1.5")
    assert results(book) == {**ALL_PASS, "sides": "fail"}


@pytest.mark.parametrize(
    ("stub", "check"),
    [
        ("sides = ...", "sides = -0.5\nexercises.sides.check(sides)"),
        ("sides = -0.5", "print(sides)\nexercises.sides.check(sides)"),
        ("sides = -0.5\nexercises.sides.check(sides)", ""),
        ("sides = -0.5", "# is it?\n\nexercises.sides.check(sides);  # yes"),
    ],
)
def test_an_answer_counts_in_the_check_cell_and_before_one_that_does_more(stub, check):
    book = notebook({**RIGHT, "sides": stub})
    next(cell for cell in book["cells"] if cell["id"] == "sides-check")["source"] = check
    assert results(book) == ALL_PASS


@pytest.mark.parametrize(
    "source",
    [
        "\n" * 100_000 + "x", "exercises.a.check()" + " " * 100_000 + "x", "-" * 100_000 + "1", "(" * 100_000,
        "x=1\n" * 40_000, "a" + ".b" * 90_000, "if 1:\n " * 50_000, "def f(): return " + "lambda: " * 20_000 + "1",
    ],
    ids=lambda source: repr(source[:12]),
)  # fmt: skip
def test_a_cell_made_to_be_hard_to_read_is_read_in_seconds(source):
    start = time.perf_counter()
    plan.steps_for("07_filters", [handins.Cell("own", 1, source)])
    assert time.perf_counter() - start < 10


def test_an_exercise_without_its_check_cell_is_graded_after_its_own_cell():
    book = notebook(RIGHT)
    book["cells"] = [cell for cell in book["cells"] if cell["id"] != "shift-check"]
    assert results(book) == ALL_PASS


def test_an_exercise_whose_cells_are_gone_is_not_attempted():
    book = notebook(RIGHT)
    book["cells"] = [cell for cell in book["cells"] if not cell["id"].startswith("sides-")]
    row = verdicts(book)["sides"]
    assert (row["result"], row["note"]) == ("not attempted", "its cell is not in the notebook")


def test_stored_outputs_do_not_count():
    book = notebook({})
    for cell in book["cells"]:
        if cell["id"].endswith("-check"):
            cell["outputs"] = [{"output_type": "execute_result", "data": {"text/plain": "Right."}, "metadata": {}}]
    assert set(results(book).values()) == {"not attempted"}


# What is found in a folder


def test_a_folder_a_student_and_files_side_by_side_are_understood(tmp_path):
    for name in (
        "Anna Meier_123/07_filters.ipynb", "Anna Meier_123/deep/er/09_output_size.ipynb", "ben_07_filters.ipynb",
        "07_filters-Çelik.ipynb", "07_filters.ipynb", "zoe_07_filters (1).ipynb", "zoe_07_filters-Copy2.ipynb",
        "Anna Meier_123/.ipynb_checkpoints/07_filters.ipynb", "note.txt",
    ):  # fmt: skip
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    assert [(found.student, Path(found.file).name) for found in handins.find(tmp_path)] == [
        ("Çelik", "07_filters-Çelik.ipynb"), ("07_filters", "07_filters.ipynb"),
        ("Anna Meier_123", "07_filters.ipynb"), ("Anna Meier_123", "09_output_size.ipynb"),
        ("ben", "ben_07_filters.ipynb"), ("zoe", "zoe_07_filters (1).ipynb"), ("zoe", "zoe_07_filters-Copy2.ipynb"),
    ]  # fmt: skip
    for name in ("Omar", "Paul/.ipynb_checkpoints", "grades", ".hidden"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "Paul" / "07_filters.py").write_text("x")
    assert handins.passed_over(tmp_path, tmp_path / "grades") == ["Omar", "Paul", "note.txt"]
    assert handins.passed_over(tmp_path, "grades") == ["Omar", "Paul", "grades", "note.txt"]


def test_the_lesson_is_known_by_what_the_notebook_imports_or_by_the_files_name():
    cells = handins.cells_of(json.dumps(notebook({}, lesson="09_output_size")).encode("utf-8"))
    assert handins.lesson_of(cells, "whatever.ipynb") == "09_output_size"
    assert handins.lesson_of([], "anna_07_filters (1).ipynb") == "07_filters"
    assert handins.lesson_of([], "anna.ipynb") is None


def test_an_import_of_another_lesson_changes_the_lesson_of_no_hand_in():
    earlier = "from course_lib.exercises import lesson_01 as earlier\n# from course_lib.exercises import lesson_02"
    book = notebook(RIGHT)
    book["cells"].append({"cell_type": "code", "id": "own", "source": earlier})
    cells = handins.cells_of(json.dumps(book).encode("utf-8"))
    for asked in (None, "07_filters", "02_chain_rule"):
        assert handins.lesson_of(cells, "anna.ipynb", asked) == "07_filters"
    assert handins.lesson_of(cells[::-1], "anna.ipynb", "07_filters") == "07_filters"
    assert results(book, lesson=None) == results(book) == ALL_PASS


@pytest.mark.parametrize(
    ("content", "note"),
    [
        (b"", "the file is empty"),
        (b'{"cells": [', "not readable as JSON"),
        (b"\xff\xfe\x00", "not readable as JSON"),
        (b"[1]", "not a notebook of format 4"),
        (b'{"worksheets": []}', "not a notebook of format 4"),
        (b'{"cells": [{"cell_type": "code"}]}', "not a notebook of format 4"),
        (b'{"cells": [{"cell_type": "code", "source": [1]}]}', "not a notebook of format 4"),
        (b"[" * 200_000, "nested too deeply"),
        (json.dumps({"cells": [{"cell_type": "code", "source": ""}] * 1001}).encode(), "more than 1000 code cells"),
        (
            json.dumps({"cells": [{"cell_type": "code", "source": "x" * 200_001}]}).encode(),
            "more than 200000 characters",
        ),
    ],
)
def test_a_damaged_notebook_is_told_for_every_exercise(content, note):
    found = verdicts(content)
    assert set(found) == set(ALL_PASS)
    assert all(row["result"] == "damaged" and note in row["note"] for row in found.values())


def test_a_link_is_not_followed(tmp_path):
    (tmp_path / "secret").write_text(json.dumps(notebook(RIGHT)))
    (tmp_path / "07_filters.ipynb").symlink_to(tmp_path / "secret")
    assert handins.find(tmp_path)[0].content == b""


def test_a_notebook_of_another_lesson_is_told():
    found = verdicts(notebook({}, lesson="09_output_size"))
    assert {(row["result"], row["note"]) for row in found.values()} == {
        ("other lesson", "this is lesson 09_output_size")
    }
    rows, _ = judge.judge("a", "a.ipynb", b'{"cells": []}', None, 1, 512)
    assert [(row["exercise"], row["result"]) for row in rows] == [("", "other lesson")]


# The command


@pytest.fixture(scope="module")
def a_class(tmp_path_factory):
    """A folder of hand-ins: two of lesson 07, one damaged, one of lesson 09."""
    folder = tmp_path_factory.mktemp("classes") / "class 7b"
    folder.mkdir()
    wrong = {**RIGHT, "hole": "mean_around_the_hole = 720", "shift": 'my_choice = "z"', "sides": "sides = 1 / 0"}
    for name, book in {
        "anna_07_filters": notebook(RIGHT),
        "ben_07_filters": notebook(wrong),
        "=cara[red]_09_output_size": notebook({"first": "first_layer = 55"}, lesson="09_output_size"),
    }.items():
        (folder / f"{name}.ipynb").write_text(json.dumps(book), encoding="utf-8")
    (folder / "dan_07_filters.ipynb").write_text("{")
    (folder / "eve_07_filters[b].py").write_text("hole = 80")
    return folder


def test_the_command_writes_tables_leaves_the_folder_alone_and_ends_well(a_class, tmp_path):
    before = {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in a_class.iterdir()}
    command = [sys.executable, "-m", "course_lib.teaching.grade", str(a_class), "--out", "my grades", "--jobs", "1"]
    result = subprocess.run(
        command, cwd=tmp_path, capture_output=True, encoding="utf-8", env={**os.environ, "COLUMNS": "150"}
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in a_class.iterdir()} == before
    with open(tmp_path / "my grades" / "grades.csv", encoding="utf-8-sig", newline="") as file:
        rows = {(row["student"], row["lesson"], row["exercise"]): row for row in csv.DictReader(file)}
    stored = json.loads((tmp_path / "my grades" / "grades.json").read_text(encoding="utf-8"))
    assert len(rows) == len(stored["rows"]) == 3 * 6 + 6
    assert rows["ben", "07_filters", "hole"]["mistake"].startswith("720 is the sum")
    assert rows["ben", "07_filters", "sides"]["line"] == "cell 66, line 1: sides = 1 / 0"
    assert rows["dan", "07_filters", "hole"]["result"] == "damaged"
    assert rows["'=cara[red]", "09_output_size", "first_layer"]["result"] == "pass"
    assert stored["summary"]["07_filters"]["hole"] == {
        "most_often": {rows["ben", "07_filters", "hole"]["mistake"]: 1}, "pass": 1, "fail": 1, "damaged": 1,
    }  # fmt: skip
    assert stored["summary"]["07_filters"]["sides"]["most_often"] == {"ZeroDivisionError: division by zero": 1}
    lines = [re.sub(r"\s+", " ", re.sub("[│┃]", " ", line)).strip() for line in result.stdout.splitlines()]
    assert "anna pass pass pass pass pass pass" in lines
    assert "ben fail pass fail pass pass raised" in lines
    assert "=cara[red] pass - - - - -" in lines
    assert any(line.startswith("hole 1 1 0 1 1 x 720 is the sum") for line in lines)
    assert "shift 1 1 0 1 1 x choose one of a, b, c, d; 'z' came" in lines
    assert "exercise pass - what went wrong most often" in lines
    assert any(line.startswith("dan_07_filters.ipynb: damaged: the file is not readable as JSON") for line in lines)
    assert "Locks in force: " in result.stdout
    assert "No notebook, so nothing to grade: eve_07_filters[b].py\n" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "started"),
    [
        (["grade", "a class", "--lesson", "7"], ["-m", "course_lib.teaching.grade", "a class", "--lesson", "7"]),
        (["handout", "out"], ["-m", "course_lib.teaching.handout", "out"]),
    ],
)
def test_the_commands_run_in_the_courses_environment(arguments, started, monkeypatch):
    calls = []
    monkeypatch.setattr(environment, "prepare", lambda: "the environment's python")
    monkeypatch.setattr(environment, "run", lambda command: calls.append(command) or 7)
    monkeypatch.setattr(sys, "argv", ["course_lib", *arguments])
    assert course_lib.__main__.main() == 7
    assert calls == [["the environment's python", *started]]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["nowhere"], "there is no folder nowhere"),
        (["."], "no notebook (*.ipynb) was found"),
        ([".", "--lesson", "99"], "there is no lesson 99; there are 00_start_here, "),
    ],
)
def test_what_cannot_be_graded_is_told(arguments, told, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert grade.main(arguments) == 1
    assert told in capsys.readouterr().out
    assert not list(tmp_path.iterdir())


def test_grades_that_could_not_be_written_are_refused_before_the_work(tmp_path, capsys):
    shutil.copy(Path(__file__).parents[1] / "notebooks" / "00_start_here.ipynb", tmp_path / "anna_00_start_here.ipynb")
    (tmp_path / "table").write_text("mine")
    assert grade.main([str(tmp_path), "--out", str(tmp_path / "table")]) == 1
    assert "is a file: --out names a folder" in capsys.readouterr().out
    assert (tmp_path / "table").read_text() == "mine"
    (tmp_path / "out" / "grades.csv").mkdir(parents=True)
    assert grade.main([str(tmp_path), "--out", str(tmp_path / "out")]) == 1
    assert "grades.csv cannot be written; make it writable, or name another folder" in capsys.readouterr().out
    assert grade.main([str(tmp_path / "table")]) == 1
    assert "table is a file, not a folder" in capsys.readouterr().out


def test_windows_is_told_where_grading_runs_and_can_import_it():
    code = (
        "import sys, os, signal, socket\n"
        "sys.modules['resource'] = None\n"
        "del os.fork, signal.SIGPROF, signal.setitimer, socket.send_fds, socket.recv_fds, os.O_PATH\n"
        "from course_lib.teaching import grade, lock, nursery\n"
        "sys.exit(grade.main(['.']))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8")
    assert done.returncode == 1, done.stderr
    assert "on Windows, run it inside WSL" in done.stdout


@pytest.mark.parametrize("options", [["--timeout", "0"], ["--jobs", "-1"], ["--memory", "much"]])
def test_limits_are_positive_numbers(options, capsys):
    with pytest.raises(SystemExit):
        grade.main([".", *options])
    assert options[0] in capsys.readouterr().err


def inside(folder):
    """The processes that work in the folder or below it."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it has ended
            found += [process.name] if os.readlink(process / "cwd").startswith(str(folder)) else []
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="/proc tells where a process works")
@pytest.mark.parametrize(("ending", "code"), [("SIGINT", 130), ("SIGTERM", 143), ("SIGKILL", -9)])
def test_a_grading_that_is_stopped_takes_the_processes_of_its_hand_ins_along(ending, code, tmp_path):
    folder, temporary = tmp_path / "class", tmp_path / "temporary"
    for place in (folder, temporary):
        place.mkdir()
    loop = "while True:\n    try:\n        while True: pass\n    except BaseException: pass"
    for name in ("anna", "ben", "cara"):
        (folder / f"{name}.ipynb").write_text(json.dumps(notebook({"hole": loop})), encoding="utf-8")
    command = [sys.executable, "-m", "course_lib.teaching.grade", str(folder), "--out", str(tmp_path / "out")]
    options = {"cwd": edition.ROOT, "env": {**os.environ, "TMPDIR": str(temporary)}, "start_new_session": True}
    options["preexec_fn"] = lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)  # ignored where tests run behind an &
    with subprocess.Popen([*command, "--timeout", "60", "--jobs", "2"], stdout=subprocess.PIPE, **options) as process:
        wait_until(lambda: len(list(temporary.glob("hand-in-*"))) == len(inside(f"{temporary}/hand-in-")) == 2)
        if ending == "SIGINT":  # as a terminal does: everyone hears it
            os.killpg(process.pid, signal.SIGINT)
        else:
            process.send_signal(signal.Signals[ending])
        assert process.wait(20) == code
        assert process.stdout.read() == (b"Stopped; nothing was written.\n" if ending == "SIGINT" else b"")
    wait_until(lambda: not inside(temporary))
    assert not list((tmp_path / "out").iterdir())
    assert ending == "SIGKILL" or not list(temporary.iterdir())


def wait_until(holds):
    for _ in range(600):
        if holds():
            return
        time.sleep(0.1)
    raise AssertionError("a minute has passed")


def test_where_no_hand_in_was_run_no_lock_is_claimed(tmp_path, capsys):
    (tmp_path / "dan_07_filters.ipynb").write_text("{")
    assert grade.main([str(tmp_path), "--out", str(tmp_path / "out")]) == 0
    assert "No hand-in was run, so no lock was needed." in capsys.readouterr().out
    assert json.loads((tmp_path / "out" / "grades.json").read_text(encoding="utf-8"))["locks"] is None


def test_one_lesson_can_be_asked_for_by_its_number(a_class, tmp_path, capsys):
    assert grade.main([str(a_class), "--lesson", "7", "--out", str(tmp_path / "out"), "--jobs", "1"]) == 0
    stored = json.loads((tmp_path / "out" / "grades.json").read_text(encoding="utf-8"))
    other = {row["note"] for row in stored["rows"] if row["result"] == "other lesson"}
    assert other == {"this is lesson 09_output_size"}
    assert len(stored["rows"]) == 4 * 6


def test_whole_folders_handed_in_do_not_hide_the_lesson_that_is_asked_for(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "120")
    seven, nine = notebook({}), notebook({}, lesson="09_output_size")
    books = {"C. Albertson/07": seven, "C. Albertson/09": nine, "C. Alexander/07": seven, "C. Alexander/7a": seven}
    for name, book in {**books, "Zoe/09": nine}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / f"{name}.ipynb").write_text(json.dumps(book), encoding="utf-8")
    assert grade.main([str(tmp_path), "--lesson", "07", "--out", str(tmp_path / "out")]) == 0
    rows = json.loads((tmp_path / "out" / "grades.json").read_text(encoding="utf-8"))["rows"]
    assert {row["file"] for row in rows if row["result"] == "other lesson"} == {"Zoe/09.ipynb"}
    printed = capsys.readouterr().out
    for words in ("C. Albertson ", "C. Alexander/7a.ipynb", "Left out: 1 of other lessons, by students"):
        assert words in printed


def test_a_failure_of_the_grading_itself_is_told_and_the_others_go_on(a_class, tmp_path, monkeypatch, capsys):
    real = judge.judge

    def fails_for_ben(student, *rest):
        if student == "ben":
            raise OSError("no space left")
        return real(student, *rest)

    monkeypatch.setattr(judge, "judge", fails_for_ben)
    assert grade.main([str(a_class), "--lesson", "07", "--out", str(tmp_path / "out"), "--jobs", "1"]) == 1
    stored = json.loads((tmp_path / "out" / "grades.json").read_text(encoding="utf-8"))
    found = {student: {r["result"] for r in rows} for student, rows in itertools.groupby(
        stored["rows"], lambda row: row["student"]
    )}  # fmt: skip
    assert found == {
        "=cara[red]": {"other lesson"}, "anna": {"pass"}, "ben": {"not graded"}, "dan": {"damaged"},
    }  # fmt: skip
    assert "ben_07_filters.ipynb: not graded: OSError: no space left" in capsys.readouterr().out


def test_a_dask_cluster_of_two_worker_processes_gives_the_same_table(a_class, tmp_path, capsys):
    distributed = pytest.importorskip("distributed", reason="the package distributed is not installed")
    arguments = [str(a_class), "--out", str(tmp_path / "here")]
    assert grade.main([*arguments, "--jobs", "1"]) == 0
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, local_directory=str(tmp_path)
    ) as cluster:
        assert len({worker.pid for worker in cluster.workers.values()}) == 2
        there = [*arguments[:2], str(tmp_path / "there"), "--dask", cluster.scheduler_address]
        assert grade.main(there) == 0
    here, there = (json.loads((tmp_path / name / "grades.json").read_text()) for name in ("here", "there"))
    assert there["rows"] == here["rows"]
    assert there["locks"] == here["locks"]


def test_without_the_package_dask_says_what_to_install(a_class, tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "distributed", None)
    assert grade.main([str(a_class), "--out", str(tmp_path), "--dask", "tcp://127.0.0.1:1"]) == 1
    assert 'python -m pip install -e ".[dask]"' in capsys.readouterr().out


# Tables


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1"])
def test_a_spreadsheet_takes_no_text_for_a_formula(text):
    assert report.for_a_spreadsheet(text) == f"'{text}"
    assert report.for_a_spreadsheet(f"a{text}") == f"a{text}"


def test_names_cannot_move_the_cursor_or_colour_the_table():
    row = {"student": "\x1b[2Jeve [bold]x", "file": "e", "lesson": "07_filters", "exercise": "hole", "result": "pass"}
    screen = Console(file=io.StringIO(), width=100, force_terminal=False)
    report.show(screen, [{**row, "mistake": "", "note": "", "line": ""}], ["memory"])
    assert "?[2Jeve [bold]x" in screen.file.getvalue()
    assert "Not in force here: computing time, writing" in screen.file.getvalue()


def test_an_error_message_cannot_do_it_either():
    row = {"student": "eve", "file": "e", "lesson": "07_filters", "exercise": "hole", "result": "raised"}
    note = "ValueError: \x1b[2J\x1b]0;owned\x07\rx"
    screen = Console(file=io.StringIO(), width=160, force_terminal=False)
    report.show(screen, [{**row, "mistake": "", "note": note, "line": ""}], list(report.LOCKS))
    assert "1 x ValueError: ?[2J?]0;owned??x" in screen.file.getvalue()
    assert report.for_a_spreadsheet(f"{note}\ny\tz") == "ValueError: ?[2J?]0;owned??x\ny\tz"


def test_text_that_is_no_unicode_does_not_stop_the_writing(tmp_path):
    row = dict.fromkeys(report.COLUMNS, "\ud800") | {"result": "raised"}
    report.write(tmp_path, [row], {}, [])
    assert json.loads((tmp_path / "grades.json").read_text(encoding="utf-8"))["rows"][0]["note"] == "?"
