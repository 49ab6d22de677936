"""Plots of lesson 08: weight matrices, photographs with their windows and score maps."""

import numpy as np
from matplotlib.colors import LinearSegmentedColormap

from course_lib.plots.base import DIVERGING, LINES, CourseFigure, draw_frame, draw_picture, number_grids

__all__ = ["SCORES", "matrices", "number_grids", "photograph_and_scores"]
NO_FACE, FACE = (247, 247, 247), (8, 48, 107)  # the colours of the scores 0 and 1
SCORES = LinearSegmentedColormap.from_list("scores", np.array([NO_FACE, FACE]) / 255)


def matrices(*titled):
    """Weight matrices side by side, without numbers: blue below 0, white 0, orange above; one scale for all."""
    shapes = [np.shape(matrix) for _, matrix in titled]
    side = min(3.1, 9.6 / len(titled))
    figure = CourseFigure(
        ", ".join(title for title, _ in titled), side * len(titled), side * max(h / w for h, w in shapes) + 0.3
    )
    largest = max(np.abs(matrix).max() for _, matrix in titled) or 1
    for axes, (title, matrix) in zip(np.ravel(figure.subplots(1, len(titled))), titled, strict=True):
        axes.imshow(matrix, cmap=DIVERGING, vmin=-largest, vmax=largest, interpolation="nearest")
        axes.set_title(title, fontsize=10)
        axes.set_xticks([])
        axes.set_yticks([])
    return figure


def photograph_and_scores(image, scores, row, column, window, stride):
    """A photograph with its window at (row, column), and its score map with the same place framed."""
    figure = CourseFigure("a photograph with a window, and its score map", 7, 3.6)
    left, right = figure.subplots(1, 2)
    draw_picture(left, "photograph", image)
    draw_frame(left, (row, column), window)
    _draw_scores(right, "score map: dark is a face", scores)
    draw_frame(right, (row / stride, column / stride), 1)
    return figure


def _draw_scores(axes, title, scores):
    axes.imshow(scores, cmap=SCORES, vmin=0, vmax=1, interpolation="nearest")
    best = np.unravel_index(np.argmax(scores), np.shape(scores))
    axes.plot(best[1], best[0], "o", markersize=13, markerfacecolor="none", markeredgecolor=LINES[1])
    axes.set_title(title, fontsize=10)
    axes.set_xticks([])
    axes.set_yticks([])
