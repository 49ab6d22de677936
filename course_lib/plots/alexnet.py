"""Plots of lesson 13: costs layer by layer, the last windows of a row, runs over seeds, filters, a timeline."""

import numpy as np
from matplotlib.patches import Rectangle

from course_lib import shapes
from course_lib.plots.base import LINES, CourseFigure, curves, draw_picture, legend, pictures
from course_lib.plots.filters import signed_colours

__all__ = ["bars", "filters", "groups", "history", "maps", "neighbours", "pictures", "row_ends", "spread", "timeline"]
BLUE, ORANGE = LINES[:2]


def bars(names, *series):
    """Horizontal bars layer by layer, one panel for each (title, values); each panel has its own scale."""
    titles = ", ".join(title for title, _ in series)
    figure = CourseFigure(f"layer by layer: {titles}", 10, 0.9 + 0.24 * len(names))
    for place, (axes, (title, values)) in enumerate(
        zip(np.ravel(figure.subplots(1, len(series))), series, strict=True)
    ):
        axes.barh(range(len(names)), values, color=LINES[place % len(LINES)])
        axes.set_yticks(range(len(names)), names if place == 0 else [""] * len(names))
        axes.invert_yaxis()
        axes.set_title(title, fontsize=10)
        axes.grid(axis="x", alpha=0.3)
    return figure


def row_ends(*titled):
    """The last 26 pixels of rows, and the last windows of AlexNet's first layer on them, 11 wide and 4 apart.

    Each row is (title, size, padding): row_ends(("227", 227, 0), ("224, padding 2", 224, 2)); padding is a number or
    (before, after). Pixels that no window reads have a cross.
    """
    kernel_size, stride, shown = 11, 4, 26
    figure = CourseFigure("the last windows of a row: " + ", ".join(row[0] for row in titled), 8, 1.15 * len(titled))
    for axes, (title, size, padding) in zip(np.ravel(figure.subplots(len(titled), 1)), titled, strict=True):
        before, after = padding if isinstance(padding, tuple) else (padding, padding)
        out = shapes.conv_output_size(size, kernel_size, stride, (before, after))
        end, read = before + size + after, (out - 1) * stride + kernel_size
        for place in range(end - shown, end):
            _cell(axes, place - end + shown, place < before + size, place >= read)
        for line, place in enumerate((out - 2, out - 1)):
            left = max(place * stride - end + shown, 0)
            right = place * stride + kernel_size - end + shown
            axes.add_patch(Rectangle((left, 1.2 + 0.6 * line), right - left, 0.4, color=BLUE))
        axes.set_title(f"{title}: {out} windows, {end - read} unread at the end", fontsize=10, loc="left", pad=2)
        axes.set_xlim(-0.3, 32)
        axes.set_ylim(2.6, -0.1)
        axes.axis("off")
    return figure


def _cell(axes, left, is_pixel, is_unread):
    axes.add_patch(Rectangle((left, 0), 1, 1, facecolor="white" if is_pixel else "#d9d9d9", edgecolor="#555555"))
    if is_unread or not is_pixel:
        axes.text(left + 0.5, 0.55, "\u00d7" if is_unread else "0", ha="center", va="center",
                  fontsize=13 if is_unread else 8, color=ORANGE if is_unread else "#333333")  # fmt: skip


def spread(*named, xlabel="test accuracy in per cent"):
    """Values over seeds: spread(("everything", [77.1, 76.4, 77.8]), ...). A dot a seed, a line at the mean; the band is
    the range of the first."""
    figure = CourseFigure("over seeds: " + ", ".join(name for name, _ in named), 7.5, 0.8 + 0.34 * len(named))
    axes = figure.subplots()
    axes.axvspan(min(named[0][1]), max(named[0][1]), color=BLUE, alpha=0.12)
    for place, (_, values) in enumerate(named):
        axes.plot(values, [place] * len(values), "o", color=BLUE if place == 0 else ORANGE, alpha=0.8)
        axes.plot([np.mean(values)] * 2, [place - 0.32, place + 0.32], color="#333333", linewidth=2)
    axes.set_yticks(range(len(named)), [name for name, _ in named])
    axes.invert_yaxis()
    axes.set_xlabel(xlabel)
    axes.grid(axis="x", alpha=0.3)
    return figure


def history(*labelled, ylabel, marks=()):
    """Curves over epochs from 1 on: history(("training", losses), ...), with a dotted line behind each marked epoch."""
    epochs = range(1, len(labelled[0][1]) + 1)
    names = " and ".join(label for label, _ in labelled)
    figure = curves(epochs, *labelled, description=f"{ylabel} epoch by epoch: {names}", xlabel="epoch", ylabel=ylabel)
    for epoch in marks:
        figure.axes[0].axvline(epoch + 0.5, color="#777777", linestyle=":")
    return figure


def filters(weight, columns=8):
    """First-layer filters (F, 1, KH, KW) as grey pictures, or (F, 3, KH, KW) in colour, each from its darkest to its
    brightest."""
    rows = -(-len(weight) // columns)
    figure = CourseFigure(f"{len(weight)} filters of the first layer", 1.1 * columns, 1.25 * rows)
    for axes in np.ravel(figure.subplots(rows, columns)):
        axes.axis("off")
    for place, (axes, kernel) in enumerate(zip(figure.axes, weight, strict=False), 1):
        low, high = kernel.min(), kernel.max()
        picture = 255 * (np.moveaxis(kernel, 0, -1) - low) / ((high - low) or 1)
        draw_picture(axes, str(place), picture[..., 0] if len(kernel) == 1 else picture)
    return figure


def maps(picture, values):
    """A picture (H, W, 3), then maps (F, H, W) made of it: blue below 0, white at 0, orange above."""
    views = [(f"map {place}", signed_colours(each)) for place, each in enumerate(values, 1)]
    return pictures(("input", picture), *views)


def groups(mean, lowest, highest):
    """Accuracy in per cent of k networks together, k = 1, 2 ...: the mean of all groups of k, and their range."""
    figure = CourseFigure("accuracy of groups of networks", 6.4, 3.4)
    axes, numbers = figure.subplots(), range(1, len(mean) + 1)
    axes.fill_between(numbers, lowest, highest, color=BLUE, alpha=0.15, label="from the worst group to the best")
    axes.plot(numbers, mean, "o-", color=BLUE, label="mean of all groups")
    axes.set_xlabel("networks whose answers are averaged")
    axes.set_ylabel("test accuracy in per cent")
    axes.grid(alpha=0.3)
    legend(axes)
    return figure


def neighbours(before, after):
    """One pixel through all maps, before and after normalisation: two arrays (C,)."""
    figure = CourseFigure("one pixel in all maps, before and after normalisation", 8, 2.6)
    for axes, values, title, colour in zip(
        figure.subplots(1, 2, sharey=True), (before, after), ("before", "after"), (BLUE, ORANGE), strict=True
    ):
        axes.bar(range(1, len(values) + 1), values, color=colour)
        axes.set_title(title, fontsize=10)
        axes.set_xlabel("map")
        axes.grid(axis="y", alpha=0.3)
    return figure


def timeline(events):
    """Years and what happened: [(1943, "threshold logic"), ...], one below the other at their places in time."""
    figure = CourseFigure("a timeline, " + ", ".join(str(year) for year, _ in events), 9, 0.34 * len(events) + 0.6)
    axes = figure.subplots()
    years = [year for year, _ in events]
    axes.scatter(years, range(len(events)), color=BLUE)
    for place, (year, text) in enumerate(events):
        late = year > 1985
        axes.text(year + (-1.5 if late else 1.5), place, f"{year}  {text}", va="center", fontsize=9,
                  ha="right" if late else "left")  # fmt: skip
    axes.set_xlim(1938, 2019)
    axes.set_ylim(len(events) - 0.4, -0.6)
    axes.set_yticks([])
    axes.grid(axis="x", alpha=0.3)
    return figure
