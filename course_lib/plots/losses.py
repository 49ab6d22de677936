"""Plots of lesson 05: losses over the net input, descents, curves of training, what a penalty does."""

import numpy as np

from course_lib.plots.base import LINES, STYLES, CourseFigure, curves, legend, pictures

__all__ = ["curves", "descent", "penalty", "pictures", "staircase", "two_losses", "valley", "wrong_digits"]
NAMES = {"squared": "squared error", "cross": "cross-entropy", "printed": "as printed, with the wrong sign"}
LOOKS = dict(zip(NAMES, zip(LINES, STYLES, strict=False), strict=False))


def two_losses(nets, units, shown, net, at):
    """Loss and gradient of a sigmoid unit over its net input, for each loss in `shown`, with the unit at `net` marked.

    `units` has for each net input what `at` has for one: {"squared": {"value": 0.1, "gradient": 0.2}, "cross": ...}.
    """
    figure = CourseFigure("squared error and cross-entropy of one sigmoid unit", 8, 3.2)
    for axes, what in zip(figure.subplots(1, 2), ("value", "gradient"), strict=True):
        for name in shown:
            colour, style = LOOKS[name]
            if at[name][what] is not None:
                axes.plot(nets, [unit[name][what] for unit in units], color=colour, linestyle=style, label=NAMES[name])
                axes.plot([net], [at[name][what]], "o", color=colour)
        axes.axvline(net, color="grey", linewidth=0.8)
        axes.set_xlabel("net input")
        axes.set_ylabel("loss" if what == "value" else "gradient at the net input")
        axes.grid(alpha=0.3)
    legend(axes, fontsize=9)
    return figure


def descent(outputs):
    """The unit's output after each step, {"squared": [...], "cross": [...]}."""
    figure = CourseFigure("output of a unit while it descends", 6.4, 3.2)
    axes = figure.subplots()
    for name, path in outputs.items():
        colour, style = LOOKS[name]
        axes.plot(path, color=colour, linestyle=style, linewidth=2, label=NAMES[name])
    axes.set_xlabel("step")
    axes.set_ylabel("output")
    axes.set_ylim(-0.05, 1.05)
    axes.grid(alpha=0.3)
    legend(axes)
    return figure


def penalty(table, strength):
    """The probability that a network gives to each flipper length, with its penguins; losses over all strengths."""
    figure = CourseFigure("a small network with a penalty on its weights", 8, 3.2)
    left, right = figure.subplots(1, 2)
    points = np.array(table["points"])
    for label, mark, name in ((0, "o", "Adelie"), (1, "^", "Chinstrap")):
        left.plot(*points[points[:, 1] == label].T, mark, color=LINES[label], label=name, fillstyle="none")
    left.plot(table["flippers"], table["curves"][strength], color="black", linewidth=2)
    left.set_xlabel("flipper length in mm")
    left.set_ylabel("probability of Chinstrap")
    left.set_title(f"strength {table['strengths'][strength]}", fontsize=10)
    legend(left, fontsize=9, loc="center left")
    places = range(len(table["strengths"]))
    for name, colour, style in (("training", LINES[0], "-"), ("validation", LINES[1], "--")):
        right.plot(places, table[name], color=colour, linestyle=style, marker="o", label=name)
    right.axvline(strength, color="grey", linewidth=0.8)
    right.set_xticks(places, table["strengths"])
    right.set_xlabel("strength of the penalty")
    right.set_ylabel("cross-entropy")
    right.grid(alpha=0.3)
    legend(right, fontsize=9)
    return figure


def valley(function, *paths):
    """A function of two weights as contours, and paths (label, points (n, 2)) down into its valley."""
    figure = CourseFigure("paths down a long valley", 7.2, 2.8)
    axes = figure.subplots()
    a, b = np.meshgrid(np.linspace(-1.2, 10.5, 160), np.linspace(-1.6, 1.6, 80))
    axes.contour(a, b, function(a, b), levels=np.geomspace(0.02, 60, 12), colors="silver", linewidths=0.8)
    for (label, points), colour, mark in zip(paths, LINES, ("o-", "s--", "^:"), strict=False):
        axes.plot(*np.transpose(points), mark, color=colour, markersize=3, linewidth=1.2, label=label)
    axes.set_xlabel("weight a, flat direction")
    axes.set_ylabel("weight b, steep")
    legend(axes, fontsize=9)
    return figure


def staircase(x, target, *approximations):
    """A smooth function and its approximations (label, values) side by side."""
    figure = CourseFigure("a smooth function and the staircases of hidden units", 8, 2.6)
    for axes, (label, values) in zip(figure.subplots(1, len(approximations), sharey=True), approximations, strict=True):
        axes.plot(x, target, color="grey", linewidth=3, alpha=0.5)
        axes.plot(x, values, color=LINES[1])
        axes.set_title(label, fontsize=10)
        axes.grid(alpha=0.3)
    return figure


def wrong_digits(images, labels, answers):
    """Digits (N, 8, 8) with values 0 to 16, each titled with its label and with what a network took it for."""
    titled = [
        (f"{label}, taken for {answer}" if label != answer else f"{label}", 255 - image * (255 / 16))
        for image, label, answer in zip(images, labels, answers, strict=True)
    ]
    return pictures(*titled)
