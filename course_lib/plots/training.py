"""Plots of lesson 12: what a layer holds and makes, gradients on their way back, verdicts and mistakes."""

import numpy as np

from course_lib.plots.base import DIVERGING, LINES, STYLES, CourseFigure, curves, legend, number_grids

__all__ = ["chain", "confusion", "connections", "curves", "filters_and_maps", "mistakes", "number_grids", "runs"]


def chain(forward, backward):
    """Maps on their way forward in the upper row, the gradients that come back in the lower: two lists of (title, map).

    Orange is above 0 and blue below, in each map by its own largest magnitude.
    """
    columns = max(len(forward), len(backward))
    figure = CourseFigure("maps forward, gradients backward", 2.1 * columns, 4.6)
    rows = figure.subplots(2, columns)
    for axes in rows.flat:
        axes.axis("off")
    for row, titled in zip(rows, (forward, backward), strict=True):
        for axes, (title, values) in zip(row, titled, strict=False):
            _signed(axes, title, values)
    return figure


def filters_and_maps(digit, weight, maps):
    """A digit (H, W), the filters of a first layer (F, 1, KH, KW), and what each makes of the digit, maps (F, OH, OW).

    All filters share one scale, all maps another.
    """
    figure = CourseFigure("first-layer filters and feature maps of a digit", 1.45 * (len(weight) + 1), 3.2)
    rows = figure.subplots(2, len(weight) + 1)
    _grey(rows[0, 0], "digit", digit)
    rows[1, 0].axis("off")
    for place, axes in enumerate(rows[:, 1:].T, 1):
        _signed(axes[0], f"filter {place}", weight[place - 1, 0], np.abs(weight).max())
        _signed(axes[1], f"map {place}", maps[place - 1], np.abs(maps).max())
    return figure


def mistakes(images, labels, probabilities, columns=6):
    """Digits (N, H, W) with their labels, and below each the probabilities (N, 10) that the network gave."""
    count = len(images)
    rows = -(-count // columns)
    figure = CourseFigure(f"{count} digits with the network's probabilities", 1.6 * columns, 2.4 * rows)
    cells = np.reshape(figure.subplots(2 * rows, columns, height_ratios=[3, 1.4] * rows), (rows, 2, columns))
    for axes in cells.flat:
        axes.axis("off")
    for place in range(count):
        picture, bars = cells[place // columns, :, place % columns]
        said, label = int(probabilities[place].argmax()), int(labels[place])
        _grey(picture, f"is {label}, said {said}", images[place])
        colours = [LINES[0] if digit == label else LINES[1] if digit == said else "#bbbbbb" for digit in range(10)]
        bars.axis("on")
        bars.bar(range(10), probabilities[place], color=colours)
        bars.set(ylim=(0, 1), yticks=[], xticks=range(10))
        bars.tick_params(labelsize=6, length=0, pad=1)
    return figure


def confusion(table):
    """How often each digit (row) was taken for which (column): table (10, 10) of counts. Zeros are left empty."""
    table = np.asarray(table)
    figure = CourseFigure("which digit was taken for which", 5.2, 4.6)
    axes = figure.subplots()
    wrong = np.where(np.eye(len(table), dtype=bool), 0, table)
    axes.imshow(wrong, cmap="Oranges", vmin=0, vmax=1.6 * max(1, wrong.max()))
    for (row, column), value in np.ndenumerate(table):
        if value:
            weight = "normal" if row == column else "bold"
            axes.text(column, row, str(value), ha="center", va="center", fontsize=9, fontweight=weight)
    axes.set(xticks=range(len(table)), yticks=range(len(table)), xlabel="the network said", ylabel="the digit was")
    return figure


def connections(table):
    """Which map of a layer sees which map of the one before: table (filters, maps) of 0 and 1, drawn maps down."""
    table = np.asarray(table)
    figure = CourseFigure("which maps of C3 see which maps of S2", 6.4, 2.6)
    axes = figure.subplots()
    axes.imshow(table.T, cmap="Blues", vmin=0, vmax=1.6)
    for filter_, map_ in np.argwhere(table):
        axes.text(filter_, map_, "\u00d7", ha="center", va="center", fontsize=11)
    axes.set(xticks=range(len(table)), yticks=range(table.shape[1]), xlabel="map of C3", ylabel="map of S2")
    axes.tick_params(length=0)
    return figure


def runs(named):
    """Training loss and accuracy over epochs of several runs: {name: (losses, accuracies)}, two panels."""
    figure = CourseFigure("loss and accuracy of " + ", ".join(named), 8.4, 3.2)
    panels = figure.subplots(1, 2)
    for (name, series), colour, style in zip(named.items(), LINES, STYLES, strict=False):
        for axes, values in zip(panels, series, strict=True):
            epochs = range(1, len(values) + 1)
            axes.plot(epochs, values, style, color=colour, marker="o", markersize=3, linewidth=2, label=name)
    for axes, label in zip(panels, ("training loss", "accuracy on digits it did not train on"), strict=True):
        axes.set(xlabel="epoch", title=label)
        axes.title.set_fontsize(10)
        axes.set_ylim(bottom=0)
        axes.grid(alpha=0.3)
    legend(panels[0])
    return figure


def _grey(axes, title, picture):
    """Dark ink on white paper: 0 is the paper."""
    axes.imshow(picture, cmap="Greys")
    axes.set_title(title, fontsize=9)
    axes.axis("off")


def _signed(axes, title, values, largest=None):
    largest = largest or np.abs(values).max() or 1
    axes.imshow(values, cmap=DIVERGING, vmin=-largest, vmax=largest)
    axes.set_title(title, fontsize=9)
    axes.axis("off")
