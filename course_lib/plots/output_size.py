"""Plots of lesson 09: a window over an input, windows along a row, what a stack of layers sees."""

import math

import numpy as np
from matplotlib.patches import Rectangle

from course_lib import shapes
from course_lib.plots.base import LINES, CourseFigure, draw_picture, pictures
from course_lib.plots.filters import signed_colours

__all__ = ["maps", "pictures", "rows", "scan", "signed_colours", "stack"]
BLUE, ORANGE = LINES[:2]
PADDING, UNREAD = "#d9d9d9", "#ffffff"


def scan(counts, sides, window, out_size, step):
    """The padded input with how often each pixel is read, the present window, and the output filled so far.

    counts (H, W); sides ((top, bottom), (left, right)); window (rows, columns) of the padded input, or None;
    out_size (OH, OW), or None where nothing comes out.
    """
    (top, bottom), (left, right) = sides
    height, width = counts.shape
    figure = CourseFigure("a window on an input, and the output that it fills", 7.5, 3.6)
    axes, result = figure.subplots(1, 2)
    axes.add_patch(Rectangle((0, 0), left + width + right, top + height + bottom, facecolor=PADDING, hatch=".."))
    largest = counts.max() or 1
    for (row, column), count in np.ndenumerate(counts):
        cell = Rectangle((left + column, top + row), 1, 1, edgecolor="#888888", linewidth=0.6)
        cell.set_facecolor((*_rgb(BLUE), 0.55 * count / largest) if count else UNREAD)
        axes.add_patch(Rectangle((left + column, top + row), 1, 1, facecolor="white"))
        axes.add_patch(cell)
        if counts.any() and max(counts.shape) <= 14:
            axes.text(left + column + 0.5, top + row + 0.5, f"{count}" if count else "\u00d7", ha="center", va="center")
    if window:
        _mark_window(axes, *window)
    axes.set_title("input: how often each pixel is read", fontsize=10)
    if out_size:
        _fill(result, out_size, step)
    result.set_title(f"output {out_size[0]} \u00d7 {out_size[1]}" if out_size else "output: ?", fontsize=10)
    extent = (left + width + right, top + height + bottom)
    for each in (axes, result):
        each.set_xlim(-0.5, max(extent) + 0.5)
        each.set_ylim(max(extent) + 0.5, -0.5)
        each.set_aspect("equal")
        each.axis("off")
    return figure


def _rgb(colour):
    return tuple(int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5))


def _mark_window(axes, rows_read, columns_read):
    for row in rows_read:
        for column in columns_read:
            axes.add_patch(Rectangle((column, row), 1, 1, facecolor=ORANGE, alpha=0.35))
    height, width = rows_read[-1] - rows_read[0] + 1, columns_read[-1] - columns_read[0] + 1
    axes.add_patch(Rectangle((columns_read[0], rows_read[0]), width, height, fill=False, edgecolor=ORANGE, linewidth=3))


def _fill(axes, out_size, step):
    for place in range(math.prod(out_size)):
        row, column = divmod(place, out_size[1])
        filled = (*_rgb(BLUE), 0.35) if place < step else "white"
        axes.add_patch(Rectangle((column, row), 1, 1, facecolor=filled, edgecolor="#888888", linewidth=0.6))
    if step:
        row, column = divmod(min(step, math.prod(out_size)) - 1, out_size[1])
        axes.add_patch(Rectangle((column, row), 1, 1, fill=False, edgecolor=ORANGE, linewidth=3))


def rows(*titled):
    """Rows of pixels with every window as a bar below: rows(("stride 2", {"size": 7, "kernel_size": 3, "stride": 2})).

    The settings are those of shapes.conv_output_size. Pixels that no window reads are marked with a cross, padding is
    grey; with "ceil" the last window may hang over the end.
    """
    drawn = [(title, _Row(**settings)) for title, settings in titled]
    lines = [row.out + 2.2 for _, row in drawn]
    widest = max(row.padded + row.over for _, row in drawn)
    figure = CourseFigure("windows along a row: " + ", ".join(title for title, _ in titled), 7, 0.24 * sum(lines) + 0.2)
    all_axes = np.ravel(figure.subplots(len(drawn), 1, height_ratios=lines))
    for axes, (title, row), height in zip(all_axes, drawn, lines, strict=True):
        row.draw(axes)
        axes.set_title(title, fontsize=10, loc="left", pad=2)
        axes.set_xlim(-0.3, max(widest, 12) + 0.3)
        axes.set_ylim(height - 0.9, -0.1)
        axes.axis("off")
    return figure


class _Row:
    """One row of pixels, its padding and its windows."""

    def __init__(self, size, kernel_size, stride=1, padding=0, dilation=1, rounding="floor"):
        self.size, self.stride = size, stride
        self.before, after = padding if isinstance(padding, tuple) else (padding, padding)
        self.padded = self.before + size + after
        self.taps = [u * dilation for u in range(kernel_size)]
        self.out = shapes.conv_output_size(size, kernel_size, stride, (self.before, after), dilation, rounding)
        self.over = max(0, (self.out - 1) * stride + self.taps[-1] + 1 - self.padded)

    @property
    def read(self):
        return {place * self.stride + tap for place in range(self.out) for tap in self.taps}

    def draw(self, axes):
        for place in range(self.padded + self.over):
            pixel = self.before <= place < self.before + self.size
            beyond = place >= self.padded
            colour = "white" if pixel or beyond else PADDING
            line = {"edgecolor": "#555555", "linewidth": 0.8, "linestyle": ":" if beyond else "-"}
            axes.add_patch(Rectangle((place, 0), 1, 1, facecolor=colour, **line))
            text = str(place - self.before) if pixel else "" if beyond else "0"
            unread = pixel and place not in self.read
            axes.text(place + 0.5, 0.55, "\u00d7" if unread else text, ha="center", va="center",
                      fontsize=14 if unread else 8, color=ORANGE if unread else "#333333")  # fmt: skip
        for place in range(self.out):
            left = place * self.stride
            axes.plot([left + 0.1, left + self.taps[-1] + 0.9], [place + 1.5] * 2, color=BLUE, linewidth=1)
            for tap in self.taps:
                axes.add_patch(Rectangle((left + tap + 0.1, place + 1.25), 0.8, 0.5, color=BLUE))


def stack(layers):
    """A stack of layers along one axis, the input below, and all that the middle one of three outputs depends on.

    layers as for shapes.receptive_field: (kernel_size, stride) or (kernel_size, stride, dilation) from the input on.
    """
    counts = [3]
    for kernel, stride, *dilation in reversed(layers):
        counts.append((counts[-1] - 1) * stride + shapes.window_extent(kernel, *dilation))
    seen = {1}  # the middle one of the three
    pixels, _ = shapes.receptive_field(layers)
    figure = CourseFigure(f"one output pixel sees {pixels} input pixels", 7, 0.6 + 0.75 * len(counts))
    axes = figure.subplots()
    for level, count in enumerate(counts):
        _draw_level(axes, level, count, seen, _centre(layers, level))
        if level < len(layers):
            kernel, stride, *dilation = layers[-1 - level]
            links = [(place, place * stride + u * (dilation or [1])[0]) for place in seen for u in range(kernel)]
            for place, below in links:
                ends = _centre(layers, level)(place), _centre(layers, level + 1)(below)
                axes.plot(ends, [level + 0.3, level + 0.7], color=ORANGE, linewidth=0.8)
            seen = {below for _, below in links}
    axes.set_yticks(range(len(counts)), [*(f"layer {len(layers) - n}" for n in range(len(layers))), "input"])
    axes.set_ylim(len(counts) - 0.5, -0.5)
    axes.set_xticks([])
    axes.set_frame_on(False)
    return figure


def _centre(layers, level):
    """Where the pixels of a level stand over the input: place -> x."""
    pixels, jump = shapes.receptive_field(layers[: len(layers) - level])
    return lambda place: place * jump + (pixels - 1) / 2


def _draw_level(axes, level, count, seen, centre):
    for place in range(count):
        colour = ORANGE if place in seen else "white"
        cell = Rectangle(
            (centre(place) - 0.4, level - 0.25), 0.8, 0.5, facecolor=colour, edgecolor="#555555", alpha=0.85
        )
        axes.add_patch(cell)
    axes.autoscale_view()


def maps(*titled):
    """Pictures in rows of four: maps(("red", picture), ...), grey levels or colours from 0 to 255."""
    lines = math.ceil(len(titled) / 4)
    figure = CourseFigure(", ".join(title for title, _ in titled), 9.6, 1.9 * lines)
    all_axes = np.ravel(figure.subplots(lines, 4))
    for axes in all_axes:
        axes.axis("off")
    for axes, (title, picture) in zip(all_axes, titled, strict=False):
        draw_picture(axes, title, picture)
    return figure
