"""Grade a folder of hand-ins: `python -m course_lib.teaching.grade FOLDER OPTIONS`, as `course_lib grade` starts it."""

import concurrent.futures
import contextlib
import os
import signal
import sys
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from course_lib.commands import grade as command
from course_lib.teaching import handins, judge, remote, report


def main(arguments):
    """Grade as the command line says; returns 0 where every hand-in was graded, whatever came out."""
    options = command.parser().parse_args(arguments)
    if not hasattr(os, "fork"):
        print("Grading needs Linux or macOS; on Windows, run it inside WSL (Windows Subsystem for Linux).")
        return 1
    try:
        lesson = _lesson(options.lesson)
        hand_ins = handins.find(options.folder)
        report.prepare(Path(options.out))  # before the work, so that none is lost
        found = _grade(hand_ins, lesson, options)
    except (ValueError, ImportError, OSError) as problem:
        print(problem)
        return 1
    except KeyboardInterrupt:
        print("Stopped; nothing was written.")
        return 130
    every = [row for one, _ in found for row in one]
    rows = report.without_others(every) if lesson else every
    held = [locks for _, locks in found if locks]  # where a hand-in was run
    locks = [lock for lock in report.LOCKS if all(lock in locks for locks in held)] if held else None
    settings = {"lesson": lesson, "timeout": options.timeout, "memory": options.memory, "hand_ins": len(hand_ins)}
    report.write(Path(options.out), rows, settings, locks)
    console = Console()
    report.show(console, rows, locks)
    if others := {row["file"] for row in every} - {row["file"] for row in rows}:
        console.print(f"Left out: {len(others)} of other lessons, by students who handed in {lesson} as well.")
    if without := handins.passed_over(options.folder, options.out):
        console.print(report.printable(f"No notebook, so nothing to grade: {', '.join(without)}"))
    console.print(f"Written: {Path(options.out) / 'grades.csv'} and grades.json beside it.")
    return 1 if any(row["result"] == "not graded" for row in rows) else 0


def _lesson(named):
    """The lesson that "7", "07" or "07_filters" names; None for None."""
    fitting = [lesson for lesson in handins.lesson_names() if named in (lesson, lesson[:2], str(int(lesson[:2])))]
    if named and not fitting:
        raise ValueError(f"there is no lesson {named}; there are {', '.join(handins.lesson_names())}")
    return fitting[0] if named else None


def _grade(hand_ins, lesson, options):
    """[(rows, locks)] of all hand-ins in their order, with a bar that tells how far it is."""
    jobs = [(h.student, h.file, h.content, lesson, options.timeout, options.memory) for h in hand_ins]
    done = on_dask(jobs, options.dask) if options.dask else locally(jobs, options.jobs)
    columns = (TextColumn("Grading"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    found = {}
    with contextlib.closing(done), Progress(*columns, console=Console(stderr=True)) as progress:
        bar = progress.add_task("", total=len(jobs))
        for place, result in done:
            found[place] = result
            progress.advance(bar)
    return [found[place] for place in range(len(jobs))]


def locally(jobs, at_once):
    """Judge on this computer; yields (place in the list, what judge() returned) in the order in which they end."""
    pool = concurrent.futures.ThreadPoolExecutor(at_once)
    try:
        yield from _collected(jobs, [pool.submit(judge.judge, *job) for job in jobs], concurrent.futures.as_completed)
    except BaseException:  # Ctrl-C, or the end of this process
        remote.give_up()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def on_dask(jobs, address):
    """The same on the workers of a Dask cluster, which need this very course installed."""
    try:
        from distributed import Client, as_completed
    except ImportError:
        raise ImportError(
            'the package distributed is not installed; install it with: python -m pip install -e ".[dask]"'
        ) from None
    with Client(address) as client:
        yield from _collected(jobs, [client.submit(judge.judge, *job, pure=False) for job in jobs], as_completed)


def _collected(jobs, futures, as_completed):
    places = {future: place for place, future in enumerate(futures)}
    for future in as_completed(futures):
        place = places[future]
        try:
            yield place, future.result()
        except Exception as error:  # of the grading itself, not of the hand-in: the others go on
            yield place, (judge.not_graded(jobs[place], error), [])


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # so that it tidies up behind itself
    sys.exit(main(sys.argv[1:]))
