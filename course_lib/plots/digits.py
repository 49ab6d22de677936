"""Still pictures of the explorers of lesson 12: digits, what the network sees of them, and its scores."""

import numpy as np

from course_lib.plots.base import LINES, CourseFigure


def draw_digit(axes, title, image):
    """A digit (H, W) of 0, the paper, to 255, the ink, dark on light, without ticks."""
    axes.imshow(image, cmap="gray_r", vmin=0, vmax=255)
    axes.set_title(title, fontsize=10)
    axes.set_xticks([])
    axes.set_yticks([])


def scores(image, seen, percent, words):
    """A digit as drawn and as the network sees it, and its ten scores in per cent, if there are any."""
    figure = CourseFigure(words, 8, 2.9)
    left, middle, right = figure.subplots(1, 3, width_ratios=(3, 2, 3))
    draw_digit(left, "the digit", image)
    draw_digit(middle, "what the network sees", seen)
    draw_bars(right, percent)
    figure.supxlabel(words, fontsize=10)
    return figure


def draw_bars(axes, percent):
    """The scores of the ten digits, in per cent, each bar with its number."""
    axes.set_title("scores in %", fontsize=10)
    axes.set_xlim(0, 118)
    axes.set_ylim(9.6, -0.6)
    axes.set_yticks(np.arange(10))
    if len(percent):
        bars = axes.barh(np.arange(10), percent, color=LINES[0])
        axes.bar_label(bars, labels=[f"{score:.1f}" for score in percent], padding=2, fontsize=8)


def training(curve, filters, maps):
    """Loss and accuracy of a training; below, from their bytes, the six filters of C1 and their maps of one digit."""
    figure = CourseFigure(f"{curve['step']} steps of training: loss, accuracy, filters and maps", 8, 5)
    above, below = figure.subfigures(2, 1, height_ratios=(3, 2))
    left, right = above.subplots(1, 2)
    steps = (np.arange(len(curve["loss"])) + 1) * curve["block"]
    left.plot(steps, curve["loss"], color=LINES[0], linewidth=2)
    left.set_ylabel("loss")
    right.plot(*np.reshape(curve["accuracy"], (-1, 2)).T, "o-", color=LINES[1], linewidth=2)
    right.set_ylabel("right test digits in %")
    for axes in (left, right):
        axes.set_xlabel("step")
        axes.grid(alpha=0.3)
    pictures = np.frombuffer(filters, np.uint8).reshape(2, 6, 5, 5, 3)[1]
    seen = np.frombuffer(maps, np.uint8, 6 * 784, 784).reshape(6, 28, 28)
    for n, (top, bottom) in enumerate(below.subplots(2, 6).T):
        top.imshow(pictures[n])
        bottom.imshow(seen[n], cmap="gray", vmin=0, vmax=255)
        top.set_title(f"filter {n + 1}", fontsize=9)
        top.axis("off")
        bottom.axis("off")
    return figure
