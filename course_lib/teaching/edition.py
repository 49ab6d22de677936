"""The course without its solutions, made from the notebooks and the exercises package and from nothing else.

`python3 -m course_lib handout OUT` writes it for students, and grading runs hand-ins beside a copy of it.
"""

import ast
import copy
import importlib
import json
import os
import re
import shutil
from pathlib import Path

from course_lib.exercises import sealed
from course_lib.exercises.engine import Exercise
from course_lib.teaching.names import names_in

ROOT = Path(__file__).resolve().parents[2]
IMPORTS = (ast.Import, ast.ImportFrom)
LESSONS = "[0-9][0-9]_*.ipynb"
JUNK = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
PARTS_OF_THE_LIBRARY = (".py", ".js", ".css", ".html", ".json")  # all else, an editor's copies say, stays where it is
FILES = ("requirements.txt", "pyproject.toml", "LICENSE")
README = """\
# From one perceptron to AlexNet: student edition

You need Python 3.11 or newer. In a terminal, in this folder:

```
python3 -m course_lib lab
```

(On Windows: `py -m course_lib lab`.) The first start installs what the course needs, which takes about a minute, and
opens JupyterLab at lesson 00.

An exercise is a cell with `...` in it: put your answer in place of the dots, run the cell, then the check below it.
`exercises.NAME.hint()` gives a hint. The solutions are with your teacher.

To hand in a lesson, save its notebook and give the file as it is, such as `notebooks/07_filters.ipynb`. Leave the
exercise cells and the check cells where they are; cells of your own may stand anywhere. Where you check an
exercise twice, the last check counts. Your answers are run anew: what the notebook shows as its results does not count.
"""


def write_handout(out):
    """Write the student edition into the folder `out`, which must be new or empty."""
    out = Path(out).resolve()
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise ValueError(f"{out} is there already; name a folder that is new or empty")
    inside = [name for name in ("course_lib", "data", "notebooks") if out.is_relative_to(ROOT / name)]
    if inside:
        raise ValueError(f"{out} lies inside the course's own {inside[0]}; name a folder elsewhere")
    new = out.with_name(f"{out.name}.new-{os.getpid()}")
    try:
        _write(new)
        out.mkdir(exist_ok=True)
        for part in sorted(new.iterdir()):
            shutil.move(part, out)
    finally:
        shutil.rmtree(new, ignore_errors=True)  # where something went wrong; the next try finds nothing in its way


def _write(out):
    (out / "notebooks").mkdir(parents=True)
    for path in sorted((ROOT / "notebooks").glob(LESSONS)):
        text = json.dumps(student_notebook(path), indent=1, ensure_ascii=False) + "\n"
        (out / "notebooks" / path.name).write_text(text, encoding="utf-8", newline="\n")
    write_library(out, packed)
    for name in FILES:
        shutil.copy(ROOT / name, out)
    (out / "README.md").write_text(README, encoding="utf-8", newline="\n")


def student_notebook(path):
    """The lesson with its stubs, without outputs, which stay in the repository. ValueError where a stub is solved."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    notebook["metadata"].pop("widgets", None)
    for cell in notebook["cells"]:
        if cell["cell_type"] != "code":
            continue
        cell.update(outputs=[], execution_count=None)
        cell["metadata"].pop("jupyter", None)  # no output, nothing to fold away
        source = "".join(cell["source"])
        if "exercise" in cell["metadata"].get("tags", []) and "..." not in source:
            raise ValueError(f"{path.name}: the exercise cell {cell['id']} has no ... left; put its stub back first")
    return notebook


def write_library(out, of_exercise):
    """Copy the library and its data to `out`, with `of_exercise(exercise)`, an expression, for each exercise."""
    shutil.copytree(ROOT / "course_lib", out / "course_lib", ignore=_no_part_of_the_library)
    shutil.copytree(ROOT / "data", out / "data", ignore=JUNK)
    for path in sorted((out / "course_lib" / "exercises").glob("lesson_*.py")):
        path.write_text(lesson_module(path.stem, of_exercise), encoding="utf-8", newline="\n")


def _no_part_of_the_library(folder, names):
    files = {name for name in names if not (Path(folder) / name).is_dir()}
    return JUNK(folder, names) | {name for name in files if not name.endswith(PARTS_OF_THE_LIBRARY)}


def packed(exercise):
    """An expression that makes the exercise out of its packed form."""
    text = sealed.pack(exercise)
    lines = "\n".join(f'    "{text[start : start + 110]}"' for start in range(0, len(text), 110))
    return f"sealed.unpack(\n{lines}\n)"


def left_to_the_teacher(exercise):
    """An expression for an exercise of which nothing but its name is given."""
    return f"sealed.Absent({exercise.id!r})"


def lesson_module(name, of_exercise):
    """The source of an exercises module in which each exercise is what `of_exercise` says.

    Of the module's other names those stay that the lesson's notebook uses, with what they are made of.
    """
    module = importlib.import_module(f"course_lib.exercises.{name}")
    exercises = {key: value for key, value in vars(module).items() if isinstance(value, Exercise)}
    tree = ast.parse(Path(module.__file__).read_text(encoding="utf-8"))
    kept = _needed(tree.body, {"LESSON", *_names_in_the_notebook(module.LESSON)} - exercises.keys())
    hidden = {e.solve.__name__ for e in exercises.values()} | {e.name for e in exercises.values()}
    shown = hidden & set().union(*map(_bound, kept))
    if shown:
        raise ValueError(f"{name}: the notebook uses {', '.join(shown)}, which would show a solution")
    imports = [node for node in kept if isinstance(node, IMPORTS)]
    parts = [
        f'"""The exercises of lesson {module.LESSON[:2]}. The solutions are with the teacher."""',
        "\n".join([*map(ast.unparse, imports), "from course_lib.exercises import sealed"]),
        *(ast.unparse(node) for node in kept if node not in imports),
        *(f"{key} = {of_exercise(exercise)}" for key, exercise in exercises.items()),
    ]
    return "\n\n".join(parts) + "\n"


def _names_in_the_notebook(lesson):
    path = ROOT / "notebooks" / f"{lesson}.ipynb"
    if not path.exists():  # a lesson in the making
        return set()
    notebook = json.loads(path.read_text(encoding="utf-8"))
    sources = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    return set(re.findall(r"\bexercises\.(\w+)", "\n".join(sources)))


def _needed(statements, wanted):
    """The statements that bind the wanted names, and those that these need, in their order; imports cut to size."""
    wanted, before = set(wanted), None
    while wanted != before:
        before = set(wanted)
        for node in statements:
            bound, used = names_in(ast.unparse(node))
            if bound & wanted and not isinstance(node, IMPORTS):
                wanted |= used
    kept = []
    for node in statements:
        if isinstance(node, IMPORTS):
            node = copy.copy(node)
            node.names = [alias for alias in node.names if (alias.asname or alias.name) in wanted]
            kept += [node] if node.names else []
        elif _bound(node) & wanted:
            kept.append(node)
    return kept


def _bound(node):
    return names_in(ast.unparse(node))[0]
