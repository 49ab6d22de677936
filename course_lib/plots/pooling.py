"""Plots of lesson 10: grids before and after pooling, which pixels a window reads, what an output sees."""

import numpy as np

from course_lib.plots.base import curves, number_grids, pictures

__all__ = ["curves", "number_grids", "pictures", "pooled", "towards_the_maximum"]


def pooled(grid, result, name, kernel_size, gradients=()):
    """A grid (H, W) with its first window framed, and its pooled result; (grad_x, grad_out) below, if given."""
    titled = [("the grid, first window framed", grid), (f"pooled ({name})", result)]
    frames = [((0, 0), kernel_size), ((0, 0), 1)]
    for title, gradient in zip(("gradient at the grid", "gradient at the result"), gradients, strict=False):
        titled.append((title, gradient))
        frames.append(None)
    return number_grids(*titled, mark=frames)


def towards_the_maximum(powers, values, blocks):
    """The p-norm of each block over p, with dashed lines at its largest number: values (len(powers), len(blocks))."""
    lines = [(f"block {n}", values[:, n - 1]) for n in range(1, len(blocks) + 1)]
    figure = curves(powers, *lines, description="p-norms over p", xlabel="p", ylabel="p-norm of the block")
    axes = figure.axes[0]
    axes.set_xscale("log")
    axes.set_xticks([1, 2, 5, 10, 20, 50, 100], labels=["1", "2", "5", "10", "20", "50", "100"])
    axes.minorticks_off()
    for line, block in zip(axes.lines[:], blocks, strict=True):
        axes.axhline(np.max(block), color=line.get_color(), linewidth=0.8, linestyle=(0, (2, 3)))
    return figure
