"""Progress: one small file that two notebooks can share and that no accident turns into an error."""

import functools
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock

import course_lib.exercises
from course_lib.exercises import progress
from course_lib.exercises.engine import Number

REPOSITORY = Path(__file__).resolve().parents[1]


@pytest.fixture(autouse=True)
def path(tmp_path, monkeypatch):
    """The progress file of a test: in a folder that does not exist yet."""
    path = tmp_path / "new folder é" / "deeper" / "progress.json"
    monkeypatch.setenv("COURSE_PROGRESS", str(path))
    return path


@pytest.fixture
def two_lessons(monkeypatch):
    """Two lessons with three exercises and one."""

    def exercises(*ids):
        return tuple(Number(id, solution=int) for id in ids)

    lessons = {"07_filters": exercises("07.shift", "07.box", "07.sobel"), "09_output_size": exercises("09.size")}
    monkeypatch.setattr(progress, "all_exercises", lambda: lessons)


def names_beside(path):
    return sorted(entry.name for entry in path.parent.iterdir() if not entry.name.endswith(".lock"))


# Writing and reading


def test_attempts_are_counted_and_right_stays_right():
    for status in ("wrong", "raised", "right", "wrong"):
        assert progress.record("07.shift", status) == ""
    assert progress.record("07.box", "raised") == ""
    assert progress.load() == {
        "07.shift": {"attempts": 4, "right": True},
        "07.box": {"attempts": 1, "right": False},
    }


def test_the_file_is_the_same_in_whatever_order_things_were_done(path):
    progress.record("07.shift", "right")
    progress.record("07.box", "wrong")
    first = path.read_bytes()
    progress.reset()
    progress.record("07.box", "wrong")
    progress.record("07.shift", "right")
    assert path.read_bytes() == first
    assert json.loads(first) == {
        "07.shift": {"attempts": 1, "right": True},
        "07.box": {"attempts": 1, "right": False},
    }


@pytest.mark.parametrize("status", ["not attempted", "Right", None, True])
def test_an_unknown_status_is_refused(status, path):
    with pytest.raises(ValueError, match='status must be "right", "wrong" or "raised", not '):
        progress.record("07.shift", status)
    assert not path.exists()


def test_looking_at_no_progress_leaves_nothing_behind(path):
    assert progress.load() == {}
    progress.reset()
    assert not path.parent.parent.exists()


def test_reset_forgets_everything(path):
    progress.record("07.shift", "right")
    progress.reset()
    assert progress.load() == {}
    assert not path.exists()
    progress.record("07.box", "wrong")
    assert list(progress.load()) == ["07.box"]


def test_without_the_variable_progress_lies_in_the_repository_where_git_ignores_it(monkeypatch):
    monkeypatch.delenv("COURSE_PROGRESS")
    assert progress.progress_path() == REPOSITORY / ".course" / "progress.json"
    assert ".course/" in (REPOSITORY / ".gitignore").read_text(encoding="utf-8").splitlines()


# Two notebooks, and accidents while writing

RECORDER = """
import sys
from course_lib.exercises import progress

for number in range(100):
    for name in (f"{sys.argv[1]}.own{number}", "07.shared"):
        note = progress.record(name, "right")
        assert note == "", note
"""


def test_two_processes_do_not_lose_each_others_progress(path):
    command = [sys.executable, "-W", "error", "-c", RECORDER]
    writers = [subprocess.Popen([*command, number], cwd=REPOSITORY) for number in ("01", "02")]
    seen = 0
    while any(writer.poll() is None for writer in writers):  # and a third, this one, reads all the while
        count = len(progress.load())
        assert count >= seen
        seen = count
    assert [writer.returncode for writer in writers] == [0, 0]
    entries = progress.load()
    assert len(entries) == 201
    assert entries["07.shared"] == {"attempts": 200, "right": True}
    assert names_beside(path) == ["progress.json"]


@pytest.mark.parametrize("accident", [OSError("disk full"), KeyboardInterrupt()])
def test_an_accident_while_writing_leaves_the_old_file_whole(path, monkeypatch, accident):
    progress.record("07.shift", "right")
    before = path.read_bytes()

    def fail(*_):
        raise accident

    monkeypatch.setattr(os, "replace", fail)
    if isinstance(accident, OSError):
        note = progress.record("07.box", "right")
        assert note.startswith("(Your progress could not be saved, but your answer was checked all the same.")
        assert "disk full" in note
    else:
        with pytest.raises(KeyboardInterrupt):
            progress.record("07.box", "right")
    assert path.read_bytes() == before
    assert names_beside(path) == ["progress.json"]
    monkeypatch.undo()


def test_the_old_file_is_there_until_the_new_one_is_complete(path, monkeypatch):
    progress.record("07.shift", "right")
    before, replace, seen = path.read_bytes(), os.replace, []

    def watch(new, old):
        seen.append((Path(new).parent, json.loads(Path(new).read_bytes()).keys(), Path(old).read_bytes()))
        replace(new, old)

    monkeypatch.setattr(os, "replace", watch)
    progress.record("07.box", "right")
    assert seen == [(path.parent, {"07.shift", "07.box"}, before)]


# Damaged files and folders that cannot be written

DAMAGED = {
    "empty": b"",
    "cut off": b'{"07.shift": {"attempts": 1, "ri',
    "not UTF-8": b'{"07.\xff": {"attempts": 1, "right": true}}',
    "a list": b"[]",
    "a number for an entry": b'{"07.shift": 3}',
    "a key is missing": b'{"07.shift": {"attempts": 1}}',
    "a key too many": b'{"07.shift": {"attempts": 1, "right": true, "when": 0}}',
    "a text for attempts": b'{"07.shift": {"attempts": "1", "right": true}}',
    "true for attempts": b'{"07.shift": {"attempts": true, "right": true}}',
    "one for right": b'{"07.shift": {"attempts": 1, "right": 1}}',
    "nested too deeply": b"[" * 100_000,
}


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_file_is_set_aside_and_the_learner_is_told(path, content):
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    outcome = Number("07.shift", solution=int).check(0)
    assert outcome.status == "right"
    assert outcome.message == (
        "Right.\n(Your progress file was damaged. It was set aside as progress.damaged.json, and counting starts anew.)"
    )
    assert progress.load() == {"07.shift": {"attempts": 1, "right": True}}
    assert path.with_name("progress.damaged.json").read_bytes() == content
    assert Number("07.shift", solution=int).check(0).message == "Right."


def test_every_damaged_file_is_kept_under_a_name_of_its_own(path):
    path.parent.mkdir(parents=True)
    for content in (b"one", b"two", b"three"):
        path.write_bytes(content)
        assert progress.load() == {}
    names = ["progress.damaged-2.json", "progress.damaged-3.json", "progress.damaged.json"]
    assert names_beside(path) == names
    assert [path.with_name(name).read_bytes() for name in names] == [b"two", b"three", b"one"]


def test_the_summary_tells_of_a_damaged_file_too(path, two_lessons):
    path.parent.mkdir(parents=True)
    path.write_bytes(b"{")
    shown = progress.summary()
    assert repr(shown).endswith("It was set aside as progress.damaged.json, and counting starts anew.)")
    assert "set aside as progress.damaged.json" in shown._repr_mimebundle_()["text/html"]
    assert "set aside" not in repr(progress.summary())


@pytest.mark.parametrize("inside", ["progress.json", "deeper/progress.json"])
def test_a_folder_that_cannot_be_made_stops_nothing(tmp_path, monkeypatch, two_lessons, inside):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("COURSE_PROGRESS", str(tmp_path / "file" / inside))
    outcome = Number("07.shift", solution=int).check(1)
    assert outcome.status == "wrong"
    assert (
        "(Your progress could not be saved, but your answer was checked all the same. The reason: " in outcome.message
    )
    assert progress.load() == {}
    assert "0 of 3 done" in repr(progress.summary())
    progress.reset()


def test_a_folder_in_the_files_place_stops_nothing(path, two_lessons):
    path.mkdir(parents=True)
    assert progress.record("07.shift", "right").startswith("(Your progress could not be saved")
    assert progress.load() == {}
    assert "Your progress could not be read. The reason: " in repr(progress.summary())


def test_a_file_that_may_only_be_read_is_read(path, monkeypatch):
    progress.record("07.shift", "right")

    def no_lock(path):
        raise PermissionError(f"no lock may be made beside {path}")

    monkeypatch.setattr(progress, "_lock", no_lock)
    assert progress.load() == {"07.shift": {"attempts": 1, "right": True}}
    assert "no lock may be made" in progress.record("07.shift", "right")


def test_a_lock_that_another_program_keeps_is_waited_for_and_then_reported(path, monkeypatch):
    progress.record("07.shift", "right")
    monkeypatch.setattr(progress, "FileLock", functools.partial(FileLock, blocking=False))
    with FileLock(f"{path}.lock"):
        assert "could not be saved" in progress.record("07.box", "right")
    assert progress.record("07.box", "right") == ""
    assert progress.load().keys() == {"07.shift", "07.box"}


# The summary


def test_the_summary_of_no_progress_is_always_the_same(two_lessons):
    expected = """\
07_filters: 0 of 3 done      [--------------------]
09_output_size: 0 of 1 done  [--------------------]
Total: 0 of 4 done           [--------------------]
Next: 07_filters, exercise shift."""
    assert repr(progress.summary()) == expected
    assert repr(progress.summary()) == expected


def test_the_summary_counts_what_is_right_and_names_the_next_open_exercise(two_lessons):
    progress.record("07.shift", "right")
    progress.record("07.box", "wrong")
    progress.record("07.sobel", "right")
    progress.record("01.gone", "right")  # an exercise of an older course
    shown = progress.summary()
    assert (
        repr(shown)
        == """\
07_filters: 2 of 3 done      [#############-------]
09_output_size: 0 of 1 done  [--------------------]
Total: 2 of 4 done           [##########----------]
Next: 07_filters, exercise box."""
    )
    assert shown._repr_mimebundle_()["text/plain"] == repr(shown)


def test_the_summary_in_html_has_bars_that_a_screen_reader_reads(two_lessons):
    progress.record("07.shift", "right")
    rows = progress.summary()._repr_mimebundle_()["text/html"].split("\n")
    bar = '<progress value="1" max="3" aria-label="07_filters: 1 of 3 done"></progress>'
    assert rows[0] == f"<div>{bar} 07_filters: 1 of 3 done</div>"
    assert rows[2].startswith('<div><progress value="1" max="4" aria-label="Total: 1 of 4 done">')


def test_the_summary_of_everything_done_says_so(two_lessons):
    for exercise in ("07.shift", "07.box", "07.sobel", "09.size"):
        progress.record(exercise, "right")
    assert repr(progress.summary()).splitlines()[2:] == [
        "Total: 4 of 4 done           [####################]",
        "All exercises are done. Well done!",
    ]


def test_the_summary_escapes_what_stands_in_names():
    shown = progress.Summary({"<b>": [("<i>", False)]}, note="a < b")
    html = shown._repr_mimebundle_()["text/html"]
    assert "<b>" not in html
    assert "<i>" not in html
    assert "&lt;b&gt;: 0 of 1 done" in html
    assert "a &lt; b" in html


def test_the_summary_of_the_real_course_counts_every_exercise():
    total = sum(len(exercises) for exercises in course_lib.exercises.all_exercises().values())
    assert f"Total: 0 of {total} done" in repr(progress.summary())
