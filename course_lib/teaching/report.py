"""What came out of grading: on screen, as CSV for a spreadsheet, as JSON for a program."""

import csv
import json
import os
from collections import Counter

from rich.table import Column, Table
from rich.text import Text

RESULTS = ("pass", "fail", "raised", "timed out", "not attempted", "damaged", "other lesson", "not graded")
COLUMNS = ("student", "lesson", "exercise", "result", "mistake", "note", "line", "file")
SHORT = {"not attempted": "-", "timed out": "too slow", "other lesson": "other"}
COLOURS = {"pass": "green", "fail": "red", "raised": "magenta", "timed out": "yellow", "not attempted": "dim"}
LOCKS = ("memory", "computing time", "writing", "open files", "core dumps", "files", "network", "processes", "signals")


def prepare(folder):
    """Make the folder where there is none. ValueError where the results could not be written into it."""
    if folder.is_file():
        raise ValueError(f"{folder} is a file: --out names a folder, which is made where there is none")
    folder.mkdir(parents=True, exist_ok=True)
    for path in (folder, folder / "grades.csv", folder / "grades.json"):
        if path.exists() and (not os.access(path, os.W_OK) or path.is_dir() != (path == folder)):
            raise ValueError(f"{path} cannot be written; make it writable, or name another folder with --out")


def write(folder, rows, settings, locks):
    """Write grades.csv and grades.json into the folder."""
    with open(folder / "grades.csv", "w", encoding="utf-8-sig", newline="") as file:  # the mark makes Excel read UTF-8
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows({name: for_a_spreadsheet(row[name]) for name in COLUMNS} for row in rows)
    content = {"settings": settings, "locks": locks, "summary": summary(rows), "rows": rows}
    text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    (folder / "grades.json").write_text(text.encode("utf-8", "replace").decode("utf-8"), encoding="utf-8")


def for_a_spreadsheet(text):
    """The text, marked as text where a spreadsheet would take it for a formula: hand-ins can put one into an error."""
    text = text.encode("utf-8", "replace").decode("utf-8")
    text = "".join(letter if letter.isprintable() or letter in "\n\t" else "?" for letter in text)
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t")) else text


def without_others(rows):
    """The rows without a student's notebooks of other lessons, where there is one of the lesson that was asked for."""
    there = {row["student"] for row in rows if row["result"] != "other lesson"}
    return [row for row in rows if row["result"] != "other lesson" or row["student"] not in there]


def summary(rows):
    """{"07_filters": {"hole": {"pass": 12, ..., "most_often": {message: how often}}}}, in the order of the lessons."""
    found = {}
    for row in rows:
        if row["exercise"]:
            counts = found.setdefault(row["lesson"], {}).setdefault(row["exercise"], {"most_often": Counter()})
            counts[row["result"]] = counts.get(row["result"], 0) + 1
            went_wrong = row["mistake"] or (row["note"] if row["result"] in ("fail", "raised") else "")
            counts["most_often"].update([went_wrong] if went_wrong else [])
    for exercises in found.values():
        for counts in exercises.values():
            counts["most_often"] = dict(counts["most_often"].most_common())
    return dict(sorted(found.items()))


def show(console, rows, locks):
    """Print a table of students and a table of exercises for each lesson, and what held while it was found out.

    `locks` is None where no hand-in was run.
    """
    for lesson, exercises in summary(rows).items():
        console.print(_students(lesson, list(exercises), [row for row in rows if row["lesson"] == lesson]))
        console.print(_exercises(lesson, exercises))
    told = {
        (r["file"], r["result"], r["note"]): r for r in rows if r["result"] in ("damaged", "other lesson", "not graded")
    }
    for words in told:
        console.print(printable(": ".join(words)))
    if locks is None:
        console.print("No hand-in was run, so no lock was needed.")
        return
    open_ones = [lock for lock in LOCKS if lock not in locks]
    console.print(f"Locks in force: {', '.join(locks) or 'none'}.")
    if open_ones:
        console.print(f"Not in force here: {', '.join(open_ones)}. SECURITY.md says what that means.")


def _students(lesson, names, rows):
    heads = (Column(head, overflow="fold") for head in ("student", *names))
    table = Table(*heads, title=f"{lesson}   (- not attempted)", title_justify="left")
    by_file = {}
    for row in rows:
        by_file.setdefault((row["student"], row["file"]), {})[row["exercise"]] = row["result"]
    files = Counter(student for student, _ in by_file)
    for (student, file), results in by_file.items():
        words = [results.get(name, "not attempted") for name in names]
        table.add_row(
            printable(student if files[student] == 1 else file),
            *(Text(SHORT.get(word, word), COLOURS.get(word, "")) for word in words),
        )
    return table


def _exercises(lesson, exercises):
    results = [r for r in RESULTS if any(r in counts for counts in exercises.values())]
    heads = ["exercise", *(SHORT.get(result, result) for result in results), "what went wrong most often"]
    table = Table(*heads, title=f"{lesson} by exercise   (- not attempted)", title_justify="left")
    for name, counts in exercises.items():
        most_often = list(counts["most_often"].items())[:2]
        often = Text("\n").join(printable(f"{count} x {message}") for message, count in most_often)
        table.add_row(name, *(str(counts.get(result, 0)) for result in results), often)
    return table


def printable(text):
    """Without characters that would move the cursor or colour the terminal."""
    return Text("".join(letter if letter.isprintable() else "?" for letter in text))
