"""Measure the library beside others, and print the table row by row; the comparisons stand in course_lib.benchmarks."""

import argparse
import sys
from pathlib import Path

from course_lib.commands import environment

GROUPS = ("conv", "alexnet", "lenet", "maps", "pictures", "explorers")  # the functions of benchmarks.cases


def add_options(parser):
    """What to measure, where, and whether to keep the figures."""
    names = f"some of {', '.join(GROUPS)}; all, where none is named"
    parser.add_argument("groups", nargs="*", metavar="GROUP", help=names)
    parser.add_argument("--gpu", action="store_true", help="measure on the NVIDIA GPU, through CuPy")
    parser.add_argument("--json", metavar="FILE", help="write machine and figures there as well")


def start(options):
    """Set up the course where needed and measure in its environment; returns the exit code."""
    python = environment.prepare()
    kept = ["--json", str(Path(options.json).resolve())] if options.json else []
    command = [python, "-m", "course_lib.commands.bench", *options.groups, *["--gpu"] * options.gpu, *kept]
    return environment.run(command, cwd=str(environment.ROOT))


def main(arguments=None):
    """Measure the groups asked for, in this Python; returns the exit code."""
    from course_lib import backend, benchmarks
    from course_lib.benchmarks import cases

    parser = argparse.ArgumentParser(prog="python -m course_lib bench")
    add_options(parser)
    options = parser.parse_args(arguments)
    if unknown := [name for name in options.groups if name not in GROUPS]:
        print(f"There is no group {unknown[0]!r}; there are {', '.join(GROUPS)}.")
        return 1
    if options.gpu and not backend.has_gpu():
        print("There is no NVIDIA GPU with CuPy here: install requirements-gpu.txt on a machine that has one.")
        return 1
    if options.json and not Path(options.json).absolute().parent.is_dir():
        print(f"There is no folder {Path(options.json).absolute().parent} to write {Path(options.json).name} into.")
        return 1
    device = "cuda" if options.gpu else "cpu"
    print(", ".join(f"{name} {value}" for name, value in benchmarks.machine(device).items()))
    print(benchmarks.HEADING, flush=True)
    rows = []
    for name in options.groups or GROUPS:
        for case in cases.GROUPS[name](device):
            for row in benchmarks.measure(case, device):
                rows.append(row)
                print(benchmarks.line(row), flush=True)
    if options.json:
        Path(options.json).write_text(benchmarks.as_json(rows, device), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
