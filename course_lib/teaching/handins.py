"""What was handed in: which notebooks lie in a folder, by whom, of which lesson, and the cells in them.

Two ways of lying are understood: a folder a student, with notebooks anywhere in it, and notebooks side by side with the
student's name in the file's name, such as anna_07_filters.ipynb. Nothing is written here.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path

from course_lib.teaching.edition import LESSONS, ROOT

LARGEST_NOTEBOOK = 20 * 2**20  # bytes
MOST_CELLS, MOST_CODE = 1000, 200_000  # of code, and characters in them: a lesson has a tenth of it
IMPORT = re.compile(r"^\s*from\s+course_lib\.exercises\s+import\s+lesson_(\d\d)\b", re.MULTILINE)


class Damaged(Exception):
    """Why a hand-in cannot be read, in words for the teacher."""


@dataclass(frozen=True)
class HandIn:
    """`file` is the path from the folder that was named; `content` the notebook's bytes."""

    student: str
    file: str
    content: bytes


@dataclass(frozen=True)
class Cell:
    """A code cell; `number` counts all cells of the notebook from 1."""

    id: str
    number: int
    source: str


def find(folder):
    """Every notebook in the folder, in the order of students and files. ValueError where there is none."""
    folder = Path(folder)
    if not folder.is_dir():
        raise ValueError(f"{folder} is a file, not a folder" if folder.exists() else f"there is no folder {folder}")
    paths = _notebooks(folder)
    if not paths:
        raise ValueError(f"no notebook (*.ipynb) was found in {folder}")
    return [HandIn(_student(path.relative_to(folder)), str(path.relative_to(folder)), _content(path)) for path in paths]


def passed_over(folder, out):
    """The names of the folder's files that are no notebooks, and of folders without; not `out`, where grades go."""
    entries = [entry for entry in sorted(Path(folder).iterdir()) if entry.resolve() != Path(out).resolve()]
    entries = [entry for entry in entries if entry.name[0] != "." and entry.suffix != ".ipynb"]
    return [entry.name for entry in entries if not _notebooks(entry)]


def _notebooks(folder):
    return [path for path in sorted(folder.rglob("*.ipynb")) if ".ipynb_checkpoints" not in path.parts]


def _content(path):
    """The file's bytes; b"" where there are none to take: a link, no plain file, not readable, too large."""
    try:
        fit = path.is_file() and not path.is_symlink() and path.stat().st_size <= LARGEST_NOTEBOOK
        return path.read_bytes() if fit else b""
    except OSError:
        return b""


def _student(path):
    """The first folder's name, or what the file's name holds beside the lesson's."""
    if len(path.parts) > 1:
        return path.parts[0]
    name = re.sub(r" ?\(\d+\)$|-Copy\d+$", "", path.stem)  # as browsers and JupyterLab name a second one
    return re.sub("|".join(lesson_names()), "", name).strip(" _-.") or path.stem


def lesson_names():
    """The course's lessons: ["00_start_here", ...]."""
    return sorted(path.stem for path in (ROOT / "notebooks").glob(LESSONS))


def cells_of(content):
    """The code cells of a notebook. Damaged where it is none."""
    if not content:
        raise Damaged(f"the file is empty, a link, not readable, or larger than {LARGEST_NOTEBOOK // 2**20} MB")
    try:
        notebook = json.loads(content.decode("utf-8"))
        cells = [
            Cell(str(cell.get("id", "")), number, _text(cell["source"]))
            for number, cell in enumerate(notebook["cells"], 1)
            if cell["cell_type"] == "code"
        ]
    except RecursionError:
        raise Damaged("its brackets are nested too deeply") from None
    except ValueError as error:
        raise Damaged(f"the file is not readable as JSON: {error}") from None
    except (KeyError, TypeError, AttributeError):
        raise Damaged("the file is not a notebook of format 4") from None
    if len(cells) > MOST_CELLS or sum(len(cell.source) for cell in cells) > MOST_CODE:
        raise Damaged(f"it has more than {MOST_CELLS} code cells, or more than {MOST_CODE} characters in them")
    return cells


def _text(source):
    return source if isinstance(source, str) else "".join(source)


def lesson_of(cells, file, asked=None):
    """The lesson that the notebook takes its exercises from, or that its file is named after; None for none.

    Where it takes some from several, it is the one that was asked for, or else the first: a learner's own cells with
    exercises of another lesson stand behind the lesson's own.
    """
    numbers = [found for cell in cells for found in IMPORT.findall(cell.source)]
    taken = [lesson for number in numbers for lesson in lesson_names() if lesson[:2] == number]
    named = [lesson for lesson in lesson_names() if lesson in Path(file).stem]
    return asked if asked in taken else next(iter(taken + named), None)
