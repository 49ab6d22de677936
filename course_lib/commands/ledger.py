"""Print the ledger of the sources: every number, what is printed, what comes out, the verdict; then the counts."""

import os
import sys
import textwrap

from course_lib.commands import environment

WIDTH = 100
COLUMNS = (("id", 7), ("lesson", 6), ("source", 18), ("printed", 26), ("recomputed", 26), ("verdict", 11))
CHOICES = ("exact", "rounding", "erratum", "ambiguous", "not-recomputed")


def add_options(command):
    """The filters, for a command line."""
    command.add_argument("--lesson", help="of one lesson only: 05 or 05_cross_entropy")
    command.add_argument("--source", help="of one text only: 003")
    command.add_argument("--verdict", choices=CHOICES, help="of one verdict only")


def start(options):
    """Set up the course where needed and print the table there; returns the exit code."""
    filters = [f"--{name}={value}" for name, value in vars(options).items() if value and name != "start"]
    python = environment.prepare()
    return environment.run([python, "-m", "course_lib.commands.ledger", *filters], cwd=str(environment.ROOT))


def table(lesson=None, source=None, verdict=None):
    """The lines of the table and of the counts, at most 100 columns wide, and whether value and verdict all hold."""
    from course_lib import ledger

    shown = [c for c in ledger.run() if _fits(c.entry, lesson, source, verdict)]
    if not shown:
        lessons, texts = (name[:2] for name in ledger.lessons()), (name[:3] for name in ledger.sources())
        return ["No number fits these filters.", f"Lessons: {', '.join(lessons)}. Texts: {', '.join(texts)}."], False
    lines = [_row([name for name, _ in COLUMNS]), "-" * WIDTH]
    for checked in shown:
        lines += _lines(checked)
    wrong = [checked.entry.id for checked in shown if not checked.holds]
    lines += ["-" * WIDTH, f"{len(shown)} of {len(ledger.run())} numbers", *_counts(shown)]
    lines += [f"These do not come out as the ledger says: {', '.join(wrong)}"] if wrong else []
    return lines, not wrong


def _fits(entry, lesson, source, verdict):
    of_verdict = {None: True, "not-recomputed": not entry.call}.get(verdict, entry.verdict == verdict)
    of_source = source is None or any(name.startswith(source) for name in entry.source)
    return of_verdict and of_source and (lesson is None or entry.lesson.split("_")[0] == lesson.split("_")[0])


def _lines(checked):
    from course_lib import ledger

    entry = checked.entry
    result = ledger.written(checked.value) if entry.call else "(not recomputed)"
    place = f"{'+'.join(name[:3] for name in entry.source)} l. {entry.lines}"
    sign, word = ledger.VERDICTS[entry.verdict]
    cells = [entry.id, entry.lesson[:2], place, entry.printed or "(nothing)", result, f"{sign} {word}"]
    remark = "" if entry.verdict == "exact" and entry.call else _remark(entry)
    return [_row(cells), *textwrap.wrap(remark, WIDTH, initial_indent=" " * 8, subsequent_indent=" " * 8)]


def _remark(entry):
    head = "; ".join(part for part in (entry.says, entry.kind) if part)
    apart = f"Not recomputed: {entry.why_not}." if entry.why_not else ""
    return " ".join(part for part in (f"{head}.", apart, entry.note) if part)


def _row(cells):
    """One line; a cell that is too long ends in three dots."""
    pairs = zip(cells, COLUMNS, strict=True)
    fitted = [cell if len(cell) <= width else f"{cell[: width - 1]}\u2026" for cell, (_, width) in pairs]
    return " ".join(cell.ljust(width) for cell, (_, width) in zip(fitted, COLUMNS, strict=True)).rstrip()


def _counts(shown):
    from course_lib import ledger

    lines = []
    for verdict, (sign, word) in ledger.VERDICTS.items():
        of_it = [c.entry for c in shown if c.entry.verdict == verdict]
        apart = sum(1 for entry in of_it if not entry.call)
        lines.append(f"  {sign} {word:<8}{len(of_it):>4}" + (f"   {apart} of them not recomputed" if apart else ""))
    return lines


def main():
    """`python -m course_lib.commands.ledger` with the filters: in the environment that has the packages."""
    import argparse

    parser = argparse.ArgumentParser(prog="python3 -m course_lib ledger")
    add_options(parser)
    sys.stdout.reconfigure(errors="replace")
    lines, holds = table(**vars(parser.parse_args()))
    try:
        print("\n".join(lines), flush=True)
    except BrokenPipeError:  # as with "| head": whoever reads has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
