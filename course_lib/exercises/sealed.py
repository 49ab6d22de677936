"""Exercises as a handout holds them: they check and hint as ever, and the solution is with the teacher.

What a check compares with is packed as data (right and wrong answers, and for a function the results on its cases), so
that no line of a solution is left to read. `pack` is what `python3 -m course_lib handout` calls, `unpack` what the
handed out lessons call. Packed is not encrypted: it keeps a glance from spoiling the exercise, and no more.
"""

import base64
import copy
import inspect
import zlib

from course_lib.exercises import engine, plain

KINDS = {kind.__name__: kind for kind in (engine.Number, engine.Array, engine.Function, engine.Choice)}


def pack(exercise):
    """The exercise as one line of letters and digits."""
    function = isinstance(exercise, engine.Function)
    content = {
        "kind": type(exercise).__name__,
        "id": exercise.id,
        "answer": _table(exercise, exercise.solve) if function else exercise.answer(),
        "mistakes": [[_table(exercise, m.wrong) if function else m.wrong, m.message] for m in exercise.mistakes],
        "hints": exercise.hints,
        "explanation": exercise.explanation,
        "more": {name: getattr(exercise, name) for name in ("decimals", "cases", "options") if hasattr(exercise, name)},
        "parameters": list(inspect.signature(exercise.solve).parameters),
    }
    return base64.b85encode(zlib.compress(plain.dumps(content).encode("ascii"), 9)).decode("ascii")


def unpack(text):
    """The exercise that was packed: it gives the same answers to the same attempts, and shows no solution."""
    content = plain.loads(zlib.decompress(base64.b85decode(text)).decode("ascii"))
    kind = KINDS[content["kind"]]
    is_function = kind is engine.Function

    def opened(stored):
        return _function(stored, content["parameters"]) if is_function else stored

    answer = opened(content["answer"])
    return type(kind.__name__, (Sealed, kind), {})(
        content["id"],
        solution=answer if is_function else lambda: copy.deepcopy(answer),
        hints=content["hints"],
        mistakes=tuple(engine.Mistake(opened(wrong), message) for wrong, message in content["mistakes"]),
        explanation=content["explanation"],
        **content["more"],
    )


class Sealed:
    """What is different about a packed exercise of any kind."""

    def solution(self):
        """Who has the solution."""
        return engine.Box("hint", self._way_to_the_solution())

    def _way_to_the_solution(self):
        return "The solution: your teacher has it."


def _table(exercise, function):
    """What a function returns for each case: {the case as plain text: result}."""
    return {plain.dumps(case): function(*copy.deepcopy(case)) for case in exercise.cases}


def _function(table, parameters):
    """A function of these parameters that knows the results of the cases in the table, and of nothing else."""

    def look_up(*case):
        return copy.deepcopy(table[plain.dumps(case)])

    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    look_up.__signature__ = inspect.Signature([inspect.Parameter(name, kind) for name in parameters])
    return look_up


class Absent:
    """Stands for an exercise where hand-ins are run: it answers every call and knows nothing."""

    def __init__(self, id):
        self.id = id

    def check(self, attempt=...):
        """What is checked, and by whom."""
        return engine.Box("hint", "Checked by the teacher's course.")

    hint = solution = check
