"""Which cells of a hand-in are run, and when its answers are taken.

A learner's exercise cells and own or changed cells are run. The lesson's own cells are run only where these need a name
from them: a training of a minute that no answer depends on is left out. Checks are never run; where one is given more
than the answer's name, the answer is made from that. Of several checks of an exercise the last counts.
"""

import ast
import functools
import itertools
import json
from dataclasses import dataclass, replace

from course_lib.exercises import all_exercises
from course_lib.teaching.edition import ROOT
from course_lib.teaching.names import names_in

CALLS = ("check", "hint", "solution")
LONGEST_CALL = 10_000  # characters


@dataclass(frozen=True)
class Task:
    """An exercise in its lesson's notebook: the cell to fill in, the cell that checks, the name that it checks."""

    exercise: object
    cell: str
    check: str
    name: str


@dataclass(frozen=True)
class Run:
    """A step: run this cell. `task` is the exercise that it belongs to, `anew` the one whose answer it begins."""

    cell: object
    task: object = None
    anew: object = None


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
    read = [_with_task(lesson, cell) for cell in cells]
    cells, checks = [cell for cell, _ in read], {cell: task for cell, task in read if task}
    stubs = _stubs(lesson, cells, checks)
    makers = {**_makers(cells, checks), **stubs}
    kept = _cells_to_run(lesson, [cell for cell in cells if not _only_call(cell.source)], stubs)
    last = {task: cell for found in (stubs, checks) for cell, task in found.items()}
    steps, begun = [], set()
    for cell in cells:
        task, made = checks.get(cell) or stubs.get(cell), makers.get(cell)
        if cell in kept:
            steps.append(Run(cell, task, anew=None if made in begun else made))
            begun.add(made)
        if task and cell == last[task]:
            steps.append(Take(task))
    return steps


def _only_call(source):
    """(exercise, "check" | "hint" | "solution", what it is given) where the cell does nothing but call that, or None.

    >>> _only_call("exercises.sides.check(-0.5)  # perhaps")
    ('sides', 'check', '-0.5')
    """
    try:
        body = ast.parse(source).body if len(source) <= LONGEST_CALL else []
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    match body:
        case [ast.Expr(ast.Call(ast.Attribute(ast.Attribute(ast.Name("exercises"), exercise), call), given))]:
            given = ", ".join(ast.get_source_segment(source, each) for each in given)
            return (exercise, call, given) if call in CALLS else None
    return None


def _with_task(lesson, cell):
    """(the cell, the exercise whose check it is, by its id or by the call in it, or None).

    A check that is given -0.5 in place of the name `sides` becomes a cell that makes it: sides = (-0.5).
    """
    exercise, call, given = _only_call(cell.source) or ("", "", "")
    checked = exercise if call == "check" else None
    tasks = tasks_of(lesson)
    task = next((task for task in tasks if cell.id == task.check or checked == task.exercise.name), None)
    if task and checked == task.exercise.name and given not in ("", task.name):
        cell = replace(cell, source=f"{task.name} = ({given})")
    return cell, task


def _stubs(lesson, cells, checks):
    """{cell: the exercise that it answers}: by its id, else the cell before the check, since ids can get lost."""
    by_id = {task.cell: task for task in tasks_of(lesson)}
    found = {cell: by_id[cell.id] for cell in cells if cell.id in by_id}
    for before, cell in itertools.pairwise(cells):
        task = checks.get(cell)
        if task and task not in found.values() and before not in found and before not in checks:
            found[before] = task
    return found


def _makers(cells, checks):
    """{cell: exercise}: the cells that make what is checked next. An exercise's cell that was split is two."""
    found, coming = {}, None
    for cell in reversed(cells):
        coming = checks.get(cell, coming)
        if coming and coming.name in names_in(cell.source)[0]:
            found[cell] = coming
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
