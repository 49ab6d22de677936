"""Plots of lesson 14: a convolution as a matrix product, measured times, errors."""

import numpy as np

from course_lib.plots.base import LINES, MOST_NUMBERS, CourseFigure, curves, draw_cells, draw_frame, number_grids

__all__ = ["curves", "matrix_product", "number_grids", "points", "to_picture"]


def matrix_product(weights, columns, product, row, column, filter, picture):
    """Weights (F, K), columns (K, P) and their product (F, P), placed so that lines and columns meet in the product.

    Marked: the row of the filter, the column, in it the entry `row`, and the entry of the product where the two meet.
    `picture` stands in the corner that is left: (title, grid, window, pixel), the two marked as ((row, column), size).
    """
    (filters, rows), places = weights.shape, columns.shape[1]
    cell = min(0.36, 9 / (rows + places))
    figure = CourseFigure("weights times columns", cell * (rows + places) + 0.8, cell * (rows + filters) + 1.0)
    corner, upper, left, lower = figure.subplots(
        2, 2, width_ratios=(rows, places), height_ratios=(rows, filters)
    ).ravel()
    _draw_grid(corner, *picture)
    _draw_grid(upper, f"column matrix {rows} x {places}", columns, ((0, column), (rows, 1)), ((row, column), (1, 1)))
    _draw_grid(left, f"weights {filters} x {rows}", weights, ((filter, 0), (1, rows)))
    _draw_grid(lower, f"product {filters} x {places}", product, ((filter, column), (1, 1)))
    return figure


def to_picture(columns, picture, row, column):
    """The column matrix (K, P), the entry at (row, column) marked, and the picture (H, W) that col2im makes of it."""
    (rows, places), (height, width) = columns.shape, picture.shape
    cell = min(0.36, 9 / (places + width))
    figure = CourseFigure("columns back to a picture", cell * (places + width) + 1.4, cell * max(rows, height) + 0.6)
    left, right = figure.subplots(1, 2, width_ratios=(places, width))
    _draw_grid(left, f"column matrix {rows} x {places}", columns, ((row, column), (1, 1)))
    _draw_grid(right, f"col2im: {height} x {width}", picture)
    return figure


def _draw_grid(axes, title, grid, *marks):
    """Numbers in cells, and marks ((row, column), (height, width)): the first in orange, the second in black."""
    draw_cells(axes, grid, numbers=grid.shape[1] <= MOST_NUMBERS)
    for mark, colour in zip(marks, (LINES[1], "#1a1a1a"), strict=False):
        draw_frame(axes, *mark, colour)
    axes.set(xticks=[], yticks=[])
    axes.set_title(title, fontsize=9)


def points(values, xlabel, description):
    """{name: array of numbers} on a logarithmic axis: every number a dot, the least of each name the end of a bar."""
    figure = CourseFigure(description, 7.4, 0.34 * len(values) + 0.9)
    axes = figure.subplots()
    low = min(np.min(numbers) for numbers in values.values()) / 2
    for place, numbers in enumerate(values.values()):
        axes.barh(place, np.min(numbers) - low, left=low, color=LINES[0], alpha=0.45, height=0.6)
        axes.plot(numbers, np.full(np.size(numbers), place), ".", color=LINES[1], markersize=5)
    axes.set_xscale("log")
    axes.set_xlim(left=low)
    axes.set_yticks(range(len(values)), values)
    axes.invert_yaxis()
    axes.set_xlabel(xlabel)
    axes.grid(axis="x", which="both", alpha=0.3)
    return figure
