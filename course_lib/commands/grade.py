"""Grade what students handed in. This is the command line; course_lib/teaching does the work."""

import argparse
import os

from course_lib.commands import environment


def parser():
    """The command's own options, as a parser that another one can take over."""
    options = argparse.ArgumentParser(add_help=False)
    options.add_argument("folder", help="a folder for each student, or notebooks named like anna_07_filters.ipynb")
    options.add_argument("--lesson", metavar="NN", help="grade this lesson only, such as 07; other notebooks are told")
    for name, kind, default, letter, what in (
        ("--out", str, "grades", "DIR", "where grades.csv and grades.json go"),
        ("--timeout", _positive(float), 10, "S", "seconds of computing for each cell and each call"),
        ("--memory", _positive(int), 1024, "MB", "megabytes for each hand-in"),
        ("--jobs", _positive(int), os.cpu_count() or 1, "N", "how many hand-ins at once"),
    ):
        options.add_argument(name, type=kind, default=default, metavar=letter, help=f"{what} (%(default)s)")
    options.add_argument("--dask", metavar="ADDRESS", help="let the workers of this Dask cluster do it")
    return options


def start(arguments):
    """Set up the course where needed and grade; returns the exit code."""
    return environment.run([environment.prepare(), "-m", "course_lib.teaching.grade", *arguments])


def _positive(kind):
    def number(text):
        value = kind(text)
        if not value > 0:
            raise argparse.ArgumentTypeError(f"it must be more than 0, not {text}")
        return value

    return number
