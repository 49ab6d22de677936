"""Plots of lesson 07: filtered pictures, signs in two colours, gradients."""

import numpy as np
from matplotlib.colors import hsv_to_rgb

from course_lib.plots.base import CourseFigure, curves, diverging, draw_picture, number_grids, pictures

__all__ = ["curves", "direction_colours", "number_grids", "pictures", "playground", "signed_colours"]


def signed_colours(result):
    """A signed result (H, W) as colours (H, W, 3) uint8: below 0 blue, 0 white, above 0 orange.

    The colour is full from a third of the result's largest magnitude on, so that weak edges can be seen as well.

    >>> signed_colours(np.array([[-1.0, 0.0, 3.0]])).tolist()
    [[[33, 102, 172], [247, 247, 247], [179, 88, 6]]]
    """
    scale = np.abs(result).max() / 3 or 1
    return diverging(np.clip(result / scale, -1, 1))


def direction_colours(magnitude, direction):
    """A gradient as colours (H, W, 3) uint8: the hue is its direction, the brightness its magnitude.

    Brighter to the right is red, downwards yellow-green, to the left cyan, upwards violet.
    """
    hue = direction / (2 * np.pi) % 1
    bright = np.percentile(magnitude, 97) or 1
    value = np.clip(magnitude / bright, 0, 1)
    return (255 * hsv_to_rgb(np.stack([hue, np.full_like(hue, 0.8), value], axis=-1))).astype(np.uint8)


def playground(image, kernel, shown):
    """The kernel playground at rest: the picture, the kernel as numbers, the result."""
    figure = CourseFigure("a photograph, a kernel and the filtered photograph", 8, 2.9)
    left, middle, right = figure.subplots(1, 3, width_ratios=(3, 1.6, 3))
    draw_picture(left, "picture", image)
    draw_picture(right, "result", shown)
    middle.set_title("kernel", fontsize=10)
    middle.axis("off")
    rows = [[f"{weight:.3g}" for weight in row] for row in kernel]
    middle.table(rows, cellLoc="center", loc="center").scale(1, 2 if len(rows) == 3 else 1.5)
    return figure
