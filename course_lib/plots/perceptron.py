"""Plots of lesson 01: two kinds of points and the lines between them, patterns as pictures."""

import numpy as np

from course_lib import perceptron
from course_lib.plots.base import DIVERGING, LINES, STYLES, CourseFigure, curves

__all__ = ["curves", "patterns", "plane"]

SIDES = {1: (LINES[0], "o"), -1: (LINES[1], "s")}  # target: colour and shape of its points


def plane(x, targets, *named, names=("t = +1", "t = -1"), xlabel="x1", ylabel="x2"):
    """Points x (N, 2) of two kinds and the lines w.x = 0 of weights: plane(x, targets, ("rule", weights), ...).

    With one line its two sides are tinted and the points that it answers wrongly get a cross; with more lines each
    has a style of its own. `names` are those of the targets +1 and -1.
    """
    what = ", ".join(name for name, _ in named)
    figure = CourseFigure(f"{names[0]} and {names[1]} in the plane{': ' if what else ''}{what}", 6.4, 4.0)
    axes = figure.subplots()
    size, room = (22, 0.08) if len(x) > 10 else (110, 0.3)  # the four corners of a gate are drawn large
    for target, name in zip((1, -1), names, strict=True):
        colour, marker = SIDES[target]
        look = {"c": colour, "marker": marker, "s": size, "edgecolors": "white", "lw": 0.5, "zorder": 3}
        axes.scatter(*x[targets == target].T, label=name, **look)
    low, high = x.min(axis=0), x.max(axis=0)
    corners = np.array([low, high]) + np.outer([-1, 1], room * (high - low))
    for (name, weights), style in zip(named, STYLES, strict=False):
        ends = _line(weights, corners)
        if len(ends):
            axes.plot(*ends.T, style, color="black", lw=1.8, label=name)
    if len(named) == 1:
        _tint_sides(axes, named[0][1], corners)
        wrong = perceptron.output(x, named[0][1]) != targets
        if wrong.any():
            axes.scatter(*x[wrong].T, c="black", marker="x", s=4 * size, lw=1.6, label="on the wrong side")
    axes.set(xlim=corners[:, 0], ylim=corners[:, 1], xlabel=xlabel, ylabel=ylabel)
    axes.legend(frameon=False, fontsize=9, loc="upper left", bbox_to_anchor=(1, 1))
    return figure


def _line(weights, corners):
    """The two points of w.x = 0 on the frame of the picture, (2, 2), or (0, 2) where the line is not in it."""
    bias, a, b = weights
    (left, bottom), (right, top) = corners
    ends = [(x, -(bias + a * x) / b) for x in (left, right) if b] + [
        (-(bias + b * y) / a, y) for y in (bottom, top) if a
    ]
    inside = [(x, y) for x, y in ends if left <= x <= right and bottom <= y <= top]
    return np.array(sorted(inside)[:: max(1, len(inside) - 1)]).reshape(-1, 2)


def _tint_sides(axes, weights, corners):
    x, y = np.meshgrid(*(np.linspace(*corners[:, axis], 200) for axis in (0, 1)))
    sides = perceptron.output(np.column_stack([x.ravel(), y.ravel()]), weights).reshape(x.shape)
    axes.contourf(x, y, sides, levels=[-2, 0, 2], colors=[SIDES[-1][0], SIDES[1][0]], alpha=0.12)


def patterns(*titled):
    """Small arrays (H, W) as pictures side by side: from blue over white at 0 to orange, each to its own scale."""
    figure = CourseFigure(", ".join(title for title, _ in titled), min(9.6, 1.6 * len(titled)), 1.9)
    for axes, (title, pattern) in zip(np.ravel(figure.subplots(1, len(titled))), titled, strict=True):
        largest = float(np.abs(pattern).max()) or 1
        axes.imshow(pattern, cmap=DIVERGING, vmin=-largest, vmax=largest)
        axes.set_title(title, fontsize=10)
        axes.axis("off")
    return figure
