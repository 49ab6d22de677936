"""Plots of lesson 11: stamps along a row, a convolution and its transpose as matrices, scatter beside gather."""

import numpy as np
from matplotlib.patches import Rectangle

from course_lib import convolution
from course_lib.plots.base import (
    MOST_NUMBERS,
    CourseFigure,
    curves,
    draw_cells,
    draw_frame,
    number_grids,
    pictures,
    real_minus,
)

__all__ = ["curves", "matrices", "number_grids", "pictures", "scatter_and_gather", "stamps"]
BLUE, GREY = "#cfe3f1", "#d9d9d9"


def stamps(x, kernel, stride, padding=0):
    """A row of numbers, below it the stamp of each, and their sum; what padding takes away from the sum is grey."""
    reach = (len(x) - 1) * stride + len(kernel)
    figure = CourseFigure(f"{len(x)} stamps along a row, stride {stride}", 0.5 * reach + 1.6, 0.42 * len(x) + 1.5)
    axes = figure.subplots()
    total = convolution.conv_transpose2d([[[x]]], [[[kernel]]], stride=(1, stride))[0, 0, 0]
    for place, value in enumerate(x):
        _cell(axes, place * stride, 0, value, BLUE)
        for u, weight in enumerate(kernel):
            _cell(axes, place * stride + u, place + 1.4, value * weight, "white")
    for place, value in enumerate(total):
        kept = padding <= place < reach - padding
        _cell(axes, place, len(x) + 1.8, value, BLUE if kept else GREY)
    names = ["input", *(f"stamp {n}" for n in range(1, len(x) + 1)), "sum"]
    axes.set_yticks([0.4, *(n + 1.8 for n in range(len(x))), len(x) + 2.2], names)
    axes.tick_params(length=0)
    axes.set_xlim(-0.2, reach + 0.2)
    axes.set_ylim(len(x) + 2.8, -0.2)
    axes.set_xticks([])
    axes.set_frame_on(False)
    return figure


def _cell(axes, left, top, value, colour):
    axes.add_patch(Rectangle((left, top), 1, 0.8, facecolor=colour, edgecolor="#555555", linewidth=0.8))
    axes.text(left + 0.5, top + 0.42, real_minus(f"{value:.3g}"), ha="center", va="center", fontsize=9)


def matrices(*titled):
    """Matrices side by side, zeros left blank, the other numbers written in where there is room for them."""
    sizes = [np.shape(matrix) for _, matrix in titled]
    cell = min(0.34, 8.5 / sum(columns for _, columns in sizes))
    width = sum(max(cell * columns, 1.2) + 0.3 for _, columns in sizes)
    figure = CourseFigure(", ".join(title for title, _ in titled), width, max(cell * rows for rows, _ in sizes) + 0.6)
    all_axes = np.ravel(figure.subplots(1, len(titled), width_ratios=[columns for _, columns in sizes]))
    for axes, (title, matrix) in zip(all_axes, titled, strict=True):
        matrix = np.asarray(matrix, float)
        _draw_grid(axes, title, matrix, numbers=(matrix != 0) & (cell > 0.2))
    return figure


def scatter_and_gather(grids, frames):
    """Six grids (title, numbers) in two rows, with frames {title: (row, column, side)}."""
    figure = CourseFigure(", ".join(title for title, _ in grids), 9.4, 6.4)
    for axes, (title, grid) in zip(np.ravel(figure.subplots(2, 3)), grids, strict=True):
        _draw_grid(axes, title, grid, numbers=len(grid) <= MOST_NUMBERS)
        if title in frames:
            *corner, side = frames[title]
            draw_frame(axes, corner, side)
    return figure


def _draw_grid(axes, title, grid, numbers):
    """Numbers in cells, with lines between the cells."""
    draw_cells(axes, grid, numbers)
    axes.set_xticks(np.arange(grid.shape[1] + 1) - 0.5, minor=True)
    axes.set_yticks(np.arange(grid.shape[0] + 1) - 0.5, minor=True)
    axes.grid(which="minor", color="#bbbbbb", linewidth=0.4)
    axes.tick_params(which="both", length=0, labelbottom=False, labelleft=False)
    axes.set_title(title, fontsize=10)
