"""Plots of lesson 06: functions with their slopes, a layer's outputs, gradients on their way down, a race."""

import numpy as np

from course_lib.plots.base import LINES, STYLES, CourseFigure, curves, legend

__all__ = ["by_layer", "curves", "functions", "gradient_pairs", "layer", "race", "spikes", "unit"]


def functions(x, *named):
    """Panels with a function and its slope: functions(x, ("sigmoid", values, slopes), ...), three in a row."""
    rows = -(-len(named) // 3)
    figure = CourseFigure(", ".join(name for name, *_ in named) + ": value and slope", 8.4, 2.1 * rows + 0.4)
    panels = np.ravel(figure.subplots(rows, min(3, len(named)), squeeze=False))
    for axes, (name, values, slopes) in zip(panels, named, strict=False):
        axes.plot(x, values, color=LINES[0], linewidth=2, label="value")
        axes.plot(x, slopes, color=LINES[1], linewidth=2, linestyle="--", label="slope")
        axes.set_title(name, fontsize=10)
        axes.grid(alpha=0.3)
        axes.set_ylim(-1.25, 2.25)
    legend(panels[0], fontsize=8)
    for axes in panels[len(named) :]:
        axes.axis("off")
    return figure


def unit(name, x, values, slopes, flat, at):
    """The activation explorer at rest, one unit: value and slope over x, flat places shaded, the point at index at."""
    figure = CourseFigure(f"{name}: value and slope, with the point x = {x[at]:g}", 8, 2.9)
    for axes, title, y, colour in zip(figure.subplots(1, 2), ("value", "slope"), (values, slopes), LINES, strict=False):
        axes.fill_between(x, 0, 1, where=flat, color="0.85", transform=axes.get_xaxis_transform())
        axes.plot(x, y, color=colour, linewidth=2)
        axes.plot(x[at], y[at], "o", color="black")
        axes.set_title(f"{title} of {name}", fontsize=10)
        axes.grid(alpha=0.3)
    return figure


def layer(name, low, high, shares, mean):
    """The activation explorer at rest, a layer: how its outputs spread, in percent, and their mean."""
    figure = CourseFigure(f"outputs of a layer with {name}, mean {mean:g}", 8, 2.9)
    axes = figure.subplots()
    width = (high - low) / len(shares)
    axes.bar(low + width * np.arange(len(shares)), shares, width, align="edge", color=LINES[0], edgecolor="white")
    axes.axvline(mean, color=LINES[1], linestyle="--")
    axes.set_xlabel("output")
    axes.set_ylabel("share of outputs in %")
    return figure


def spikes(rates, fired):
    """Spike trains: one row of ticks for each rate, fired (rows, steps) of truth values."""
    figure = CourseFigure("spikes of units with different inputs", 8, 0.32 * len(rates) + 0.7)
    axes = figure.subplots()
    axes.eventplot([np.flatnonzero(row) for row in fired], colors=LINES[0], linelengths=0.7)
    axes.set_yticks(range(len(rates)), rates)
    axes.set_xlabel("time step")
    return figure


def by_layer(*labelled, ylabel, description):
    """Curves over the number of the layer, with a logarithmic y axis: by_layer(("sigmoid", sizes), ...)."""
    figure = CourseFigure(description, 6.4, 3.2)
    axes = figure.subplots()
    for (label, y), colour, style, marker in zip(labelled, LINES, STYLES, "osv^", strict=False):
        axes.plot(np.arange(1, len(y) + 1), y, color=colour, linestyle=style, marker=marker, label=label)
    axes.set_yscale("log")
    axes.set_xlabel("layer, counted from the input")
    axes.set_ylabel(ylabel)
    axes.grid(alpha=0.3)
    legend(axes)
    return figure


def gradient_pairs(*titled):
    """The gradients of two weights as points, (N, 2) in each panel, with the axes that part their signs."""
    figure = CourseFigure("gradients of two weights: " + ", ".join(title for title, _ in titled), 3.2 * len(titled), 3)
    for axes, (title, pairs) in zip(np.ravel(figure.subplots(1, len(titled))), titled, strict=True):
        reach = 1.1 * np.abs(pairs).max()
        axes.axhline(0, color="0.4", linewidth=1)
        axes.axvline(0, color="0.4", linewidth=1)
        axes.plot(*pairs.T, ".", color=LINES[0], markersize=4)
        axes.set(xlim=(-reach, reach), ylim=(-reach, reach), xlabel="gradient of weight 1", ylabel="of weight 2")
        axes.set_title(title, fontsize=10)
    return figure


def race(iterations, *named, goals):
    """Training error over iterations: race(x, ("tanh", errors), ...), errors (seeds, points): each seed a thin line,
    the median a thick one; goals: the errors, from 0 to 1, at which the time is taken."""
    figure = CourseFigure("training error of " + " and ".join(name for name, _ in named), 6.8, 3.4)
    axes = figure.subplots()
    for (name, errors), colour, style in zip(named, LINES, STYLES, strict=False):
        axes.plot(iterations, 100 * np.transpose(errors), color=colour, linewidth=0.7, alpha=0.5)
        axes.plot(iterations, 100 * np.median(errors, axis=0), color=colour, linestyle=style, linewidth=2.5, label=name)
    for goal in goals:
        axes.axhline(100 * goal, color="0.4", linewidth=1)
    axes.set_xlabel("iterations")
    axes.set_ylabel("training error in %")
    axes.set_ylim(0, 100)
    axes.grid(alpha=0.3)
    legend(axes)
    return figure
