"""Which cells of a hand-in are run, and when its answers are taken.

A learner's exercise cells and own or changed cells are run. The lesson's own cells are run only where these need a name
from them: a training of a minute that no answer depends on is left out. Check cells are never run.
"""

import ast
import functools
import itertools
import json
import re
from dataclasses import dataclass

from course_lib.exercises import all_exercises
from course_lib.teaching.edition import ROOT
from course_lib.teaching.names import names_in

CALL = re.compile(r"exercises\.(\w+)\.(check|hint|solution)\([^()]*\)[\s;]*(?:#.*)?")


@dataclass(frozen=True)
class Task:
    """An exercise in its lesson's notebook: the cell to fill in, the cell that checks, the name that it checks."""

    exercise: object
    cell: str
    check: str
    name: str


@dataclass(frozen=True)
class Run:
    """A step: run this cell. `task` is the exercise that it belongs to, or None; `anew` where it makes the answer."""

    cell: object
    task: object = None
    anew: bool = False


@dataclass(frozen=True)
class Take:
    """A step: take the answer to this exercise."""

    task: object


@functools.cache
def tasks_of(lesson):
    """The exercises of a lesson in the order of its notebook, as the repository has it."""
    exercises = {exercise.name: exercise for exercise in all_exercises()[lesson]}
    tasks, stub = [], None
    for cell in _own_cells(lesson):
        tags = cell["metadata"].get("tags", [])
        if "exercise" in tags:
            stub = cell["id"]
        elif "check" in tags:
            call = ast.parse("".join(cell["source"])).body[0].value  # exercises.hole.check(mean_around_the_hole)
            tasks.append(Task(exercises[call.func.value.attr], stub, cell["id"], ast.unparse(call.args[0])))
    return tuple(tasks)


def steps_for(lesson, cells):
    """The steps for a hand-in's code cells; an exercise whose cells are both missing has none."""
    checks = {cell: task for cell in cells if (task := _task_checked_in(lesson, cell))}
    stubs = _stubs(lesson, cells, checks)
    kept = _cells_to_run(lesson, [cell for cell in cells if not _only_call(cell.source)], stubs)
    steps, taken = [], set()
    for cell in cells:
        task = checks.get(cell) or stubs.get(cell)
        if cell in kept:
            steps.append(Run(cell, task, anew=cell in stubs))
        if task and task not in taken and (cell in checks or task not in checks.values()):
            taken.add(task)
            steps.append(Take(task))
    return steps


def _only_call(source):
    """The match of a check, hint or solution call where the cell does nothing else, or None."""
    lines = [line.strip() for line in source.splitlines()]
    lines = [line for line in lines if line and not line.startswith("#")]
    return CALL.fullmatch(lines[0]) if len(lines) == 1 else None


def _task_checked_in(lesson, cell):
    """The exercise whose check cell this is, by its id or by the call in it, or None."""
    call = _only_call(cell.source)
    checked = call[1] if call and call[2] == "check" else None
    tasks = tasks_of(lesson)
    return next((task for task in tasks if cell.id == task.check or checked == task.exercise.name), None)


def _stubs(lesson, cells, checks):
    """{cell: the exercise that it answers}: by its id, else the cell before the check, since ids can get lost."""
    by_id = {task.cell: task for task in tasks_of(lesson)}
    found = {cell: by_id[cell.id] for cell in cells if cell.id in by_id}
    for before, cell in itertools.pairwise(cells):
        task = checks.get(cell)
        if task and task not in found.values() and before not in found and before not in checks:
            found[before] = task
    return found


def _cells_to_run(lesson, cells, stubs):
    """The cells to run: the learner's, and from the last one backwards the lesson's that bind a needed name."""
    lessons_own = {"".join(cell["source"]) for cell in _own_cells(lesson)}
    needed, kept = set(), set()
    for cell in reversed(cells):
        bound, used = names_in(cell.source)
        if cell not in stubs and cell.source in lessons_own:
            if not bound & needed:
                continue
            needed -= bound
        needed |= used
        kept.add(cell)
    return kept


@functools.cache
def _own_cells(lesson):
    """The code cells of the lesson as the repository has it."""
    notebook = json.loads((ROOT / "notebooks" / f"{lesson}.ipynb").read_text(encoding="utf-8"))
    return tuple(cell for cell in notebook["cells"] if cell["cell_type"] == "code")
