"""Plots of networks as tables: the volumes that layers put out, and the table below."""

import math

from matplotlib.patches import Polygon, Rectangle

from course_lib.plots.base import LINES, CourseFigure

COLOURS = {"Conv2d": LINES[0], "MaxPool2d": LINES[1], "AvgPool2d": LINES[1], "Linear": LINES[2]}


def volumes(summary, input_shape, refusal=""):
    """A box for each layer that changes the shape or has weights, and the summary below.

    A box is as high as log2 of H and as wide as log2 of the channels; refusal: why the next layer does not fit.
    """
    drawn = [
        ("input", "input", input_shape),
        *((row.name, row.kind, row.out_shape) for row in summary if _is_drawn(row)),
    ]
    lines = [*str(summary).split("\n"), *([refusal] if refusal else [])]
    figure = CourseFigure("the volumes of a network, and its table", 11, 2.3 + 0.17 * len(lines))
    axes, table = figure.subplots(2, 1, height_ratios=[2.3, 0.17 * len(lines)])
    left = 0.0
    for name, kind, shape in drawn:
        left = _draw_volume(axes, left, name, COLOURS.get(kind, "#777777"), shape)
    axes.set_xlim(-0.5, left)
    axes.set_ylim(-3.5, 12.5)
    axes.axis("off")
    table.axis("off")
    table.text(0, 1, "\n".join(lines), family="monospace", fontsize=8.5, va="top", transform=table.transAxes)
    return figure


def _is_drawn(row):
    return row.parameters or row.kind in ("MaxPool2d", "AvgPool2d", "Flatten")


def _draw_volume(axes, left, name, colour, shape):
    """One box with its name and shape; returns where the next one begins."""
    channels, side = shape[0], shape[1] if len(shape) == 3 else 1
    width, height, depth = 0.3 + 0.22 * math.log2(channels), 0.4 + math.log2(side), 0.15 + 0.2 * math.log2(side)
    style = {"edgecolor": "#333333", "linewidth": 0.8}
    axes.add_patch(Rectangle((left, 0), width, height, facecolor=colour, alpha=0.75, **style))
    for corners, alpha in (
        ([(0, height), (depth, height + depth), (width + depth, height + depth), (width, height)], 0.45),
        ([(width, 0), (width, height), (width + depth, height + depth), (width + depth, depth)], 0.6),
    ):
        shifted = [(left + x, y) for x, y in corners]
        axes.add_patch(Polygon(shifted, facecolor=colour, alpha=alpha, **style))
    text = name + "\n" + " \u00d7 ".join(map(str, shape))
    axes.text(left, -0.4, text, fontsize=7.5, va="top")
    return left + max(width + depth, 0.27 * max(map(len, text.split("\n")))) + 0.5
