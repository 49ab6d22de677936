"""One hand-in, judged: its answers come out of its process as plain data, and this repository's checkers judge them.

`judge` is a whole job: bytes and settings in, rows out. It runs in a thread here or in a worker of a Dask cluster.
"""

import tempfile
import time
from pathlib import Path

from course_lib.teaching import handins, plan, remote

OF_STATUS = {"right": "pass", "wrong": "fail", "not attempted": "not attempted", "raised": "raised"}
NO_LESSON = "this is no notebook of the course's lessons"


def judge(student, file, content, lesson, seconds, memory):
    """(rows, locks that held): a row for each exercise, {"student", "file", "lesson", "exercise", "result", ...}.

    `lesson` is the lesson that was asked for, or None for whichever it is.
    """
    about = {"student": student, "file": file, "lesson": lesson or ""}
    try:
        cells = handins.cells_of(content)
    except handins.Damaged as damaged:
        return _rows_alike(about, lesson or handins.lesson_of([], file), "damaged", str(damaged)), []
    found = handins.lesson_of(cells, file, lesson)
    if lesson and found != lesson:
        return _rows_alike(about, lesson, "other lesson", f"this is lesson {found}" if found else NO_LESSON), []
    if found is None:
        return _rows_alike(about, None, "other lesson", NO_LESSON), []
    session = Session(found, cells, content, remote.Limits(seconds, memory))
    verdicts = session.verdicts()
    about["lesson"] = found
    rows = [{**about, "exercise": task.exercise.name, **verdicts[task]} for task in plan.tasks_of(found)]
    return rows, session.locks


def _rows_alike(about, lesson, result, note):
    """The same row for each exercise of the lesson, or one row where the lesson is not known."""
    names = [task.exercise.name for task in plan.tasks_of(lesson)] if lesson else [""]
    return [{**about, "lesson": lesson or "", "exercise": name, **_row(result, note=note)} for name in names]


def _row(result, mistake="", note="", line=""):
    return {"result": result, "mistake": mistake, "note": note, "line": line}


class Session:
    """A hand-in on its way: where a cell brings its process down, a fresh one goes on without that cell."""

    def __init__(self, lesson, cells, content, limits):
        self.content, self.limits = content, limits
        self.tasks, self.steps = plan.tasks_of(lesson), plan.steps_for(lesson, cells)
        self.found = {}  # task: its row
        self.left_out = set()  # cells that are not run again
        self.now = None  # the step that is under way
        self.locks = []

    def verdicts(self):
        """{task: its row} for every exercise of the lesson."""
        deadline, finished = None, False
        while not finished and (deadline is None or time.monotonic() < deadline):
            self.now = None
            with tempfile.TemporaryDirectory(prefix="hand-in-", ignore_cleanup_errors=True) as folder:
                (Path(folder) / "notebook.ipynb").write_bytes(self.content)
                with remote.nursery() as nursery:
                    deadline = deadline or time.monotonic() + self.limits.total
                    try:
                        with nursery.hand_in(folder, self.limits, deadline) as conversation:
                            self.locks = conversation.locks
                            self._go_through(conversation)
                        finished = True
                    except remote.Gone as gone:
                        self._give_up(gone)
        with_cells = {step.task for step in self.steps}
        late = _row("timed out", note="the time for the whole hand-in was up")
        missing = _row("not attempted", note="its cell is not in the notebook")
        return {task: self.found.get(task, late if task in with_cells else missing) for task in self.tasks}

    def _go_through(self, conversation):
        problems = {}
        for step in self.steps:
            self.now, task = step, step.task
            if isinstance(step, plan.Take) and task not in self.found:
                self.found[task] = _verdict(conversation, task, problems.get(task))
            elif isinstance(step, plan.Run) and step.cell not in self.left_out:
                forget, about = [step.anew.name] if step.anew else [], task or step.anew
                problem = conversation.run(step.cell.source, f"cell {step.cell.number}", forget)
                problems[about] = problem or problems.get(about)

    def _give_up(self, gone):
        """Note what came of the exercise under way, and what not to try again."""
        if self.now is None:
            raise RuntimeError(f"a hand-in's process could not be started: {gone.why}")
        if isinstance(self.now, plan.Run):
            self.left_out.add(self.now.cell)
        if self.now.task:
            self.found[self.now.task] = _row("timed out" if gone.late else "raised", note=gone.why)


def _verdict(conversation, task, problem):
    """The row for one exercise, whose cell may have stopped with a Problem."""
    there, value, problem_of_value = conversation.take(task.name)
    problem = problem_of_value or (None if there else problem)
    if problem:
        return _stopped(problem)
    if not there:
        return _row("not attempted", note=f"no {task.name} was made")
    return _judged(task.exercise, value)


def _judged(exercise, value):
    """What this repository's checker says to the answer."""
    outcome = exercise.judge(value)
    problem = getattr(value, "problem", None)
    if outcome.status == "raised" and problem:
        return _stopped(problem)
    if outcome.status != "wrong":
        return _row(OF_STATUS[outcome.status], note=outcome.text if outcome.status == "raised" else "")
    known = [mistake.message for mistake in exercise.mistakes if outcome.text.startswith(f"Not yet: {mistake.message}")]
    first_line = outcome.text.split("\n")[0].removeprefix("Not yet: ")
    return _row("fail", mistake=max(known, key=len)) if known else _row("fail", note=first_line)


def _stopped(problem):
    if problem.late:
        return _row("timed out", note="a cell or a call took too long")
    return _row("raised", note=problem.error, line=problem.line)


def not_graded(job, error):
    """The row for a job that failed through no fault of the hand-in."""
    student, file, _, lesson, *_ = job
    return _rows_alike({"student": student, "file": file}, lesson, "not graded", f"{type(error).__name__}: {error}")
