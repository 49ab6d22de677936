"""Plots of lesson 15: how many numbers have which verdict, what kinds of slips there are, a page of the table."""

import textwrap

from course_lib.plots.base import CourseFigure

__all__ = ["bars", "by_lesson", "page"]
LOOKS = {  # colour and hatch of each verdict, so that no colour is needed to tell them apart
    "exact": ("#0072b2", ""),
    "rounding": ("#56b4e9", "//"),
    "erratum": ("#d55e00", "xx"),
    "ambiguous": ("#f0e442", ".."),
    "not recomputed": ("#d9d9d9", "||"),
}


def bars(counts, description, xlabel="numbers"):
    """A bar with its count for each name: bars({"wrong sign": 2, ...}). Verdicts get their own look."""
    figure = CourseFigure(description, 6.4, 0.32 * len(counts) + 0.9)
    axes = figure.subplots()
    for place, (name, count) in enumerate(counts.items()):
        colour, hatch = LOOKS.get(name, LOOKS["erratum"])
        axes.barh(place, count, color=colour, hatch=hatch, edgecolor="black", linewidth=0.6)
        axes.annotate(str(count), (count, place), xytext=(4, 0), textcoords="offset points", va="center")
    axes.set_yticks(range(len(counts)), list(counts))
    axes.invert_yaxis()
    axes.set_xlim(0, 1.1 * max(counts.values()))
    axes.set_xlabel(xlabel)
    axes.spines[["top", "right"]].set_visible(False)
    return figure


def by_lesson(table):
    """The verdicts of each lesson's numbers, one bar a lesson: by_lesson({"01": {"exact": 3, ...}, ...})."""
    figure = CourseFigure("the verdicts, lesson by lesson", 7.2, 0.27 * len(table) + 1.2)
    axes = figure.subplots()
    for place, counts in enumerate(table.values()):
        start = 0
        for name, count in counts.items():
            colour, hatch = LOOKS[name]
            label = name if place == 0 else None
            axes.barh(
                place, count, left=start, color=colour, hatch=hatch, edgecolor="black", linewidth=0.6, label=label
            )
            start += count
    axes.set_yticks(range(len(table)), list(table))
    axes.invert_yaxis()
    axes.set_xlim(0, 1.02 * max(sum(counts.values()) for counts in table.values()))
    axes.set_xlabel("numbers")
    axes.set_ylabel("lesson")
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(loc="outside upper center", ncols=len(LOOKS), frameon=False, fontsize=9)
    return figure


def page(headline, rows):
    """The first rows of a table as text: rows of (id, printed, recomputed, verdict), under a headline."""
    figure = CourseFigure(headline, 8.4, 0.24 * (len(rows) + 2) + 0.2)
    widths = {"id": 10, "printed": 26, "recomputed": 28, "verdict": 13}  # of the columns, in letters
    lines = [headline, "".join(name.ljust(n) for name, n in widths.items())]
    for row in rows:
        cells = [
            textwrap.shorten(cell, n - 1, placeholder="...") or cell[: n - 4] + "..."
            for cell, n in zip(row, widths.values(), strict=True)
        ]
        lines.append("".join(cell.ljust(n) for cell, n in zip(cells, widths.values(), strict=True)))
    for place, line in enumerate(lines):
        weight = "bold" if place < 2 else "normal"
        figure.text(
            0.02, 1 - (place + 0.7) / len(lines), line, family="monospace", fontsize=9, va="center", weight=weight
        )
    return figure
