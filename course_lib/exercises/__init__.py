"""The checked exercises: one module a lesson, the engine that checks them, and the learner's progress.

A notebook takes its lesson's module: ``from course_lib.exercises import lesson_07 as exercises``.
"""

import importlib
import pkgutil


def all_exercises():
    """Every exercise by lesson, in the order of the lessons and of definition: {"07_filters": (exercise, ...)}.

    A lesson's module names its notebook in `LESSON` ("07_filters") and holds each exercise under the name that its id
    ends with: `shift = Number("07.shift", ...)`. ValueError where the two differ: hints and progress go by the id.
    """
    from course_lib.exercises.engine import Exercise  # here, since it needs NumPy: importing this package stays cheap

    lessons = {}
    for name in sorted(module.name for module in pkgutil.iter_modules(__path__) if module.name.startswith("lesson_")):
        module = importlib.import_module(f"{__name__}.{name}")
        found = {key: value for key, value in vars(module).items() if isinstance(value, Exercise)}
        for key, exercise in found.items():
            if exercise.id != f"{module.LESSON[:2]}.{key}":
                raise ValueError(f"{name}.{key} has the id {exercise.id!r}, not '{module.LESSON[:2]}.{key}'")
        lessons[module.LESSON] = tuple(found.values())
    return lessons
