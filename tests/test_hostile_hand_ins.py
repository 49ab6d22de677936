"""Hand-ins that loop, fork, fill memory, lie and destroy: none harms another one, the table, or the folder.

All lie in one folder with two honest ones and are graded in one go, as a class is; the tests look at what came out.
"""

import errno
import json
import os
import platform
import signal
import subprocess
import sys
import time

import pytest
from handing_in import RIGHT, notebook

from course_lib.teaching import grade, judge, lock, remote

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="grading needs a system that can fork: Linux or macOS")
locked = pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() not in lock.MACHINES, reason="these locks are Linux's"
)
WRONG = {**dict.fromkeys(RIGHT, ""), "sides": "sides = -0.75"}
FORGED = """
import json, os
for handle in range(3, 64):
    try:
        for forged in ({"value": "a", "result": "pass"}, {"status": "right"}, {"ended": 0}, {"started": 1}):
            os.write(handle, (json.dumps(forged) + "\\n").encode())
    except OSError:
        pass
print(json.dumps({"sides": "pass"}))
"""
PATCHED = """
from course_lib.exercises import engine, lesson_07
engine.Exercise.judge = engine.Choice.judge = lambda self, attempt: engine.Outcome("right", "Right.")
engine.difference = lambda *values: None
class Yes:
    def check(self, attempt): return engine.Outcome("right", "Right.")
    def __eq__(self, other): return True
    def __array__(self, *_, **__): return np.array(5)
    def __getattr__(self, name): return Yes()
exercises = Yes()
sides = -0.75
"""
STEALS = """
from course_lib.exercises import lesson_07
import inspect
sides = lesson_07.sides.answer()
"""
READS = "sides = open({path!r}).read().count('sides') and -0.5"
DESTROYS = """
import os, shutil
for place in (".", {folder!r}, {out!r}):
    shutil.rmtree(place, ignore_errors=True)
for name in os.listdir({folder!r}):
    try:
        os.chmod(os.path.join({folder!r}, name), 0)
    except OSError:
        pass
    open(os.path.join({folder!r}, name), "w")
sides = -0.5
"""
SWALLOWS = "while True:\n    try:\n        while True:\n            pass\n    except BaseException:\n        pass"
CALLS_HOME = "import socket\nsocket.create_connection(('127.0.0.1', {port}), timeout=1)\nsides = -0.5"
KILLS = "import os, signal\nos.kill(os.getppid(), signal.SIGKILL)\nsides = -0.75"
SIGNALS = """
import fcntl, os, signal
reading, writing = os.pipe()
fcntl.fcntl(reading, fcntl.F_SETOWN, os.getppid())  # who is told when there is something to read, and how
fcntl.fcntl(reading, 10, signal.SIGKILL)
fcntl.fcntl(reading, fcntl.F_SETFL, os.O_ASYNC)
os.write(writing, b"x")
sides = -0.75
"""
SLOWS = "import os\nos.sched_setaffinity(os.getppid(), {0})\nsides = -0.75"
HOSTILE = {  # student: the source of the cell for the last exercise, sides
    "loops": "while True: pass",
    "swallows": SWALLOWS,
    "sleeps": "import time\ntime.sleep(1000)\nsides = -0.5",
    "forks": "import os\nfor _ in range(9): os.fork()",  # 512 processes where no lock holds, and no more
    "fills": "hoard = []\nwhile True: hoard.append(np.ones(10**6))",
    "prints": "megabyte = 'x' * 10**6\nfor _ in range(1000): print(megabyte)\nsides = -0.5",
    "exits": "import sys\nsys.exit()",
    "exits at once": "import os\nos._exit(0)",
    "crashes": "import ctypes\nctypes.string_at(0)",
    "patches": PATCHED,
    "steals": STEALS,
    "forges": FORGED,
    "answers much": "sides = np.ones(10**6)",
    "answers deep": "sides = []\nfor _ in range(10**5): sides = [sides]",
    "writes": "open('big', 'wb').write(b'x' * 10**9)",
    "kills": KILLS,
    "signals": SIGNALS if sys.platform == "linux" else "sides = -0.75",
    "slows": SLOWS if sys.platform == "linux" else "sides = -0.75",
}


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """What came of the class, with its rows as {student: {exercise: row}}, and whether the folder is the same."""
    place = tmp_path_factory.mktemp("hostile")
    folder, out = place / "handed in", place / "grades"
    folder.mkdir()
    path = str(grade.Path(grade.__file__).parents[1] / "exercises" / "lesson_07.py")
    written = {
        "destroys": DESTROYS.format(folder=str(folder), out=str(place)) if sys.platform == "linux" else "",
        "reads": READS.format(path=path),
        "calls home": CALLS_HOME.format(port=9),
    }
    books = {name: notebook({**RIGHT, "sides": source}) for name, source in {**HOSTILE, **written}.items()}
    books["forges"] = notebook(WRONG, before=[FORGED])
    books["a honest one"] = books["z honest one"] = notebook(RIGHT)
    books["no cells"] = {**notebook({}), "cells": []}
    books["other"] = notebook({}, lesson="09_output_size")
    for name, book in books.items():
        (folder / f"{name}_07_filters.ipynb").write_text(json.dumps(book), encoding="utf-8")
    (folder / "damaged_07_filters.ipynb").write_text("{", encoding="utf-8")
    before = {path.name: (path.read_bytes(), path.stat().st_mode) for path in folder.iterdir()}
    start = time.perf_counter()
    arguments = ["--lesson", "07", "--timeout", "2", "--memory", "300", "--jobs", "2", "--out", str(out)]
    code = grade.main([str(folder), *arguments])
    stored = json.loads((out / "grades.json").read_text(encoding="utf-8"))
    rows = {}
    for row in stored["rows"]:
        rows.setdefault(row["student"], {})[row["exercise"]] = row
    after = {path.name: (path.read_bytes(), path.stat().st_mode) for path in folder.iterdir()}
    return {"rows": rows, "seconds": time.perf_counter() - start, "code": code, "same": after == before, "all": stored}


def test_the_table_is_complete_and_the_grading_ends_well(graded):
    assert graded["code"] == 0
    assert len(graded["rows"]) == len(HOSTILE) + 3 + 5
    assert all(len(rows) == 6 for rows in graded["rows"].values())


def test_the_honest_ones_get_what_is_theirs(graded):
    for student in ("a honest one", "z honest one"):
        assert {row["result"] for row in graded["rows"][student].values()} == {"pass"}


@pytest.mark.parametrize("student", sorted(HOSTILE.keys() - {"forges"}))
def test_an_exercise_that_went_wrong_costs_no_other_one(graded, student):
    rows = graded["rows"][student]
    assert {row["result"] for name, row in rows.items() if name != "sides"} == {"pass"}


@pytest.mark.parametrize(
    ("student", "result", "note"),
    [
        ("loops", "timed out", ""),
        ("swallows", "timed out", "the time was up"),
        ("sleeps", "timed out", "the time was up"),
        ("fills", "raised", "Unable to allocate"),
        ("prints", "pass", ""),
        ("exits", "raised", "SystemExit"),
        ("exits at once", "raised", "its process ended"),
        ("crashes", "raised", "its process ended"),
        ("patches", "fail", ""),
        ("steals", "raised", "has no attribute 'answer'"),
        ("answers much", "raised", "its answer is too large"),
        ("answers deep", "raised", "RecursionError"),
        ("writes", "raised", ""),
        ("damaged", "damaged", "not readable as JSON"),
        ("no cells", "not attempted", "its cell is not in the notebook"),
        ("other", "other lesson", "this is lesson 09_output_size"),
    ],
)
def test_what_came_of_it_is_told(graded, student, result, note):
    row = graded["rows"][student]["sides"]
    assert row["result"] == result
    assert note in row["note"]


def test_a_redefined_check_and_a_changed_engine_earn_nothing(graded):
    row = graded["rows"]["patches"]["sides"]
    assert (row["result"], row["mistake"][:27]) == ("fail", "with this the weights add up t"[:27])


def test_a_forged_message_is_an_answer_at_most_and_never_a_verdict(graded):
    found = {name: row["result"] for name, row in graded["rows"]["forges"].items()}
    assert found.pop("shift") in ("pass", "raised", "not attempted", "fail")  # "a" was given as an answer: a right one
    assert "pass" not in found.values()


def test_the_folder_of_hand_ins_is_as_it_was(graded):
    assert graded["same"]


@locked
@pytest.mark.parametrize("student", ["forks", "kills", "signals", "slows", "calls home", "reads", "destroys"])
def test_what_the_locks_refuse_ends_in_an_error(graded, student):
    row = graded["rows"][student]["sides"]
    assert row["result"] == "raised"
    assert row["note"].startswith("PermissionError")


@locked
def test_every_lock_holds_here(graded):
    assert {"memory", "writing", "network", "processes", "signals"} <= set(graded["all"]["locks"])


def test_a_loop_costs_little_more_than_the_time_it_was_given(graded):
    assert graded["seconds"] < 90  # some 10 on a quiet machine


def test_where_the_process_that_starts_hand_ins_is_killed_another_takes_its_place(monkeypatch):
    content, taken = json.dumps(notebook(RIGHT)).encode("utf-8"), remote.Conversation.take
    killed = []

    def kill_first(self, name):
        if not killed:
            killed.append(children[0])
            os.kill(children[0], signal.SIGKILL)
        return taken(self, name)

    with remote.nursery() as nursery:
        children = [nursery.process.pid]
    monkeypatch.setattr(remote.Conversation, "take", kill_first)
    for _ in range(2):
        rows, _ = judge.judge("anna", "anna.ipynb", content, "07_filters", 10, 300)
        assert {row["result"] for row in rows} == {"pass"}
    assert killed
    with remote.nursery() as nursery:
        assert nursery.process.pid not in killed


# The filter of system calls, instruction by instruction


def passes(machine, number, argument=0, second=0, architecture=None):
    """What the filter answers to a system call: True, or the error number."""
    seen = {lock.NUMBER: number, lock.FIRST_ARGUMENT: argument, lock.SECOND_ARGUMENT: second}
    seen[lock.ARCHITECTURE] = architecture or lock.MACHINES[machine][0]
    program, at, loaded = lock.filter_program(machine), 0, 0
    while True:
        code, if_true, if_false, value = program[at]
        if code == lock.RETURN:
            return True if value == lock.ALLOW else value & 0xFFFF
        at += 1
        if code == lock.LOAD:
            loaded = seen[value]
        else:
            test = {
                lock.JUMP_IF_EQUAL: loaded == value,
                lock.JUMP_IF_AT_LEAST: loaded >= value,
                lock.JUMP_IF_ANY_BIT: bool(loaded & value),
            }
            at += if_true if test[code] else if_false


@pytest.mark.parametrize("machine", lock.MACHINES)
def test_the_filter_refuses_what_it_names_and_nothing_else(machine):
    column = lock.MACHINES[machine][1]
    named = {numbers[column] for numbers in lock.REFUSED.values()} - {None}
    for number in range(600):
        if number == lock.CLONE3:
            assert passes(machine, number) == errno.ENOSYS
        elif number == lock.CLONE[column]:
            assert passes(machine, number, lock.CLONE_THREAD) is True
            assert passes(machine, number, 17) == errno.EPERM
        else:
            assert passes(machine, number) == (errno.EPERM if number in named else True)


@pytest.mark.parametrize("machine", lock.MACHINES)
@pytest.mark.parametrize("name", lock.REFUSED_BY_ARGUMENT)
def test_the_filter_refuses_to_name_another_process_for_signals_and_nothing_else(machine, name):
    numbers, refused = lock.REFUSED_BY_ARGUMENT[name]
    for second in (*range(2000), *range(0x8900, 0x8910)):
        expected = errno.EPERM if second in refused else True
        assert passes(machine, numbers[lock.MACHINES[machine][1]], second=second) == expected


def test_the_filter_refuses_the_other_ways_to_name_a_call():
    assert passes("x86_64", 0, architecture=0x40000003) == errno.EPERM  # as a 32-bit program
    assert passes("x86_64", lock.OTHER_NUMBERING) == errno.EPERM


@locked
def test_the_filter_leaves_threads_and_arithmetic_alone(tmp_path):
    code = f"""
import sys, threading
import numpy as np
from course_lib.teaching import lock
held = lock.close({str(tmp_path)!r}, [sys.prefix, sys.base_prefix, "/usr", "/lib", "/lib64", "/etc"], 500, 10)
thread = threading.Thread(target=lambda: print(int((np.ones((200, 200)) @ np.ones((200, 200))).sum())))
thread.start()
thread.join()
import sqlite3
print("network" in held)
"""
    done = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, encoding="utf-8", check=True)
    assert done.stdout.split() == ["8000000", "True"]


def test_elsewhere_the_limits_that_every_system_has_still_hold(tmp_path):
    code = f"""
import sys
from course_lib.teaching import lock
sys.platform = "darwin"
print(lock.close({str(tmp_path)!r}, [], 500, 10))
try:
    print(len(bytearray(10**9)))
except MemoryError:
    print("refused")
"""
    done = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, encoding="utf-8", check=True)
    held, came = done.stdout.splitlines()
    assert "network" not in held
    assert "'writing'" in held
    assert came == ("refused" if "'memory'" in held else "1000000000")
