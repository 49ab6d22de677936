"""What the learner has tried and solved, in one small JSON file: {"07.shift": {"attempts": 3, "right": true}}.

The file is `.course/progress.json` in the repository, or what the environment variable COURSE_PROGRESS names. A lock
beside it keeps two open notebooks from losing each other's progress. Nothing in here stops a learner's check:
what goes wrong is told in a sentence.
"""

import html
import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

from course_lib.exercises import all_exercises

BAR_WIDTH = 20  # characters


def progress_path():
    """Where progress is kept; read anew at every use, so that tests and classrooms can move it."""
    named = os.environ.get("COURSE_PROGRESS")
    return Path(named) if named else Path(__file__).resolve().parents[2] / ".course" / "progress.json"


def record(exercise_id, status):
    """Count an attempt that was "right", "wrong" or "raised"; what was right once stays right.

    Returns "", or a sentence for the learner where the file was damaged or could not be written.
    """
    if status not in ("right", "wrong", "raised"):
        raise ValueError(f'status must be "right", "wrong" or "raised", not {status!r}')
    path = progress_path()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _lock(path):
            entries, note = _read(path)
            before = entries.get(exercise_id, {"attempts": 0, "right": False})
            right = before["right"] or status == "right"
            entries[exercise_id] = {"attempts": before["attempts"] + 1, "right": right}
            _write(path, entries)
    except (OSError, NotImplementedError) as error:  # NotImplementedError: a file system that knows no locks
        return f"(Your progress could not be saved, but your answer was checked all the same. The reason: {error})"
    return note


def load():
    """What was tried so far: {"07.shift": {"attempts": 3, "right": True}}, empty at the start."""
    return _load()[0]


def reset():
    """Start over: forget all progress."""
    path = progress_path()
    if os.path.exists(path):
        with _lock(path):
            path.unlink(missing_ok=True)


def summary():
    """How much of each lesson is done and what comes next, as an object that a notebook shows."""
    entries, note = _load()
    done = {
        lesson: [(exercise.name, entries.get(exercise.id, {"right": False})["right"]) for exercise in exercises]
        for lesson, exercises in all_exercises().items()
    }
    return Summary(done, note)


@dataclass(frozen=True)
class Summary:
    """Progress to look at: `done` is {"07_filters": [("shift", True), ...]}, `note` a sentence about the file or ""."""

    done: dict
    note: str = ""

    def _counts(self):
        """(label, how many are done, how many there are), a lesson a row, then the total."""
        rows = [(lesson, sum(right for _, right in names), len(names)) for lesson, names in self.done.items()]
        return [*rows, ("Total", sum(row[1] for row in rows), sum(row[2] for row in rows))]

    def _closing_lines(self):
        """What to do next, and the note if there is one."""
        open_ones = [
            f"{lesson}, exercise {name}" for lesson, names in self.done.items() for name, ok in names if not ok
        ]
        following = f"Next: {open_ones[0]}." if open_ones else "All exercises are done. Well done!"
        return [following, self.note] if self.note else [following]

    def __repr__(self):
        rows = [(f"{label}: {done} of {total} done", done / max(total, 1)) for label, done, total in self._counts()]
        width = max(len(text) for text, _ in rows)
        lines = [f"{text:{width}}  [{'#' * int(BAR_WIDTH * share):-<{BAR_WIDTH}}]" for text, share in rows]
        return "\n".join([*lines, *self._closing_lines()])

    def _repr_mimebundle_(self, include=None, exclude=None):
        rows = []
        for label, done, total in self._counts():
            text = html.escape(f"{label}: {done} of {total} done")
            bar = f'<progress value="{done}" max="{max(total, 1)}" aria-label="{text}"></progress>'
            rows.append(f"<div>{bar} {text}</div>")
        closing = [f"<div>{html.escape(line)}</div>" for line in self._closing_lines()]
        return {"text/plain": repr(self), "text/html": "\n".join([*rows, *closing])}


def _lock(path):
    """The lock that guards `path`, a file beside it; TimeoutError after five seconds."""
    return FileLock(f"{path}.lock", timeout=5)


def _load():
    """(entries, note). Looking makes no folder, and works in one that cannot be written."""
    path = progress_path()
    if not os.path.exists(path):
        return {}, ""
    try:
        with _lock(path):
            return _read(path)
    except (OSError, NotImplementedError):
        try:
            return _parse(path.read_bytes()), ""
        except (OSError, ValueError) as error:
            return {}, f"Your progress could not be read. The reason: {error}"


def _read(path):
    """(entries, note) from a locked file; a damaged one is moved aside, and the note says where."""
    try:
        return _parse(path.read_bytes()), ""
    except FileNotFoundError:
        return {}, ""
    except ValueError:
        aside, number = path.with_name(f"{path.stem}.damaged{path.suffix}"), 1
        while aside.exists():
            number += 1
            aside = path.with_name(f"{path.stem}.damaged-{number}{path.suffix}")
        path.rename(aside)
        return {}, f"(Your progress file was damaged. It was set aside as {aside.name}, and counting starts anew.)"


def _parse(content):
    """The entries in a file's bytes; ValueError unless every one is {"attempts": a count, "right": true or false}."""
    try:
        entries = json.loads(content.decode("utf-8"))  # both steps raise kinds of ValueError
    except RecursionError:
        raise ValueError("brackets are nested too deeply") from None
    if not isinstance(entries, dict):
        raise ValueError("not a JSON object")
    for name, entry in entries.items():
        if not isinstance(entry, dict) or entry.keys() != {"attempts", "right"}:
            raise ValueError(f"the entry {name!r} is not attempts and right")
        if type(entry["attempts"]) is not int or type(entry["right"]) is not bool:
            raise ValueError(f"the entry {name!r} is not a whole number and true or false")
    return entries


def _write(path, entries):
    """Replace the file as a whole: whoever reads it meets the old state or the new one, never half of one."""
    text = json.dumps(entries, indent=1, sort_keys=True) + "\n"
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".new")
    try:
        with open(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(temporary, path)
    except BaseException:  # also when the learner presses stop at this moment
        Path(temporary).unlink(missing_ok=True)
        raise
