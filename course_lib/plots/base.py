"""The figure that all plots return, and the pieces that they share."""

import io

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from PIL import Image

NEGATIVE, ZERO, POSITIVE = (
    (33, 102, 172),
    (247, 247, 247),
    (179, 88, 6),
)  # blue, white, orange: safe for colour-blind eyes
DIVERGING = LinearSegmentedColormap.from_list("blue-orange", np.array([NEGATIVE, ZERO, POSITIVE]) / 255)
LINES = ("#0072b2", "#d55e00", "#009e73", "#cc79a7")  # Okabe and Ito's colours, for curves
STYLES = ("-", "--", ":", "-.")  # of the curves of these colours
MOST_NUMBERS = 16  # cells a side, up to which a grid has its numbers written in
DOTS_PER_INCH = 80


class CourseFigure(Figure):
    """A matplotlib Figure that shows itself in a notebook as a small PNG, with one line that says what it shows."""

    def __init__(self, description, width, height):
        """`width` and `height` in inches, of 80 pixels each."""
        super().__init__(figsize=(width, height), dpi=DOTS_PER_INCH, layout="constrained", facecolor="white")
        self.description = description

    def __repr__(self):
        return f"<figure: {self.description}>"

    def png(self):
        """The figure as the bytes of a PNG file with 256 colours: a third of the size, and no difference to the eye."""
        drawn, small = io.BytesIO(), io.BytesIO()
        self.savefig(drawn, format="png")
        with Image.open(drawn) as picture:
            picture.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(small, "PNG", optimize=True)
        return small.getvalue()

    def _repr_mimebundle_(self, **kwargs):
        return {"text/plain": repr(self), "image/png": self.png()}


def draw_picture(axes, title, picture):
    """A picture (H, W) of grey levels or (H, W, 3) of colours, 0 to 255, without ticks; other values are cut off."""
    axes.imshow(np.clip(picture, 0, 255).astype(np.uint8), cmap="gray", vmin=0, vmax=255)
    axes.set_title(title, fontsize=10)
    axes.axis("off")


def text_figure(*lines):
    """A small Figure with lines of text."""
    figure = CourseFigure("; ".join(lines), 5, 0.45 * len(lines) + 0.2)
    for place, line in enumerate(lines):
        figure.text(0.03, 1 - (place + 0.6) / len(lines), line, fontsize=12, va="center")
    return figure


def pictures(*titled):
    """Pictures side by side: pictures(("before", image), ("after", result)), grey levels or colours from 0 to 255."""
    side = min(2.9, 9.6 / len(titled))
    tallest = max(np.shape(picture)[0] / np.shape(picture)[1] for _, picture in titled)
    figure = CourseFigure(", ".join(title for title, _ in titled), side * len(titled), side * tallest + 0.3)
    for axes, (title, picture) in zip(np.ravel(figure.subplots(1, len(titled))), titled, strict=True):
        draw_picture(axes, title, picture)
    return figure


def number_grids(*titled, mark=None):
    """Small arrays (H, W) with their numbers written into coloured cells, side by side.

    `mark` is ((row, column), size) for each grid, or None: the cells that get a frame, see draw_frame().
    """
    width = sum(0.45 * grid.shape[1] + 0.5 for _, grid in titled)
    figure = CourseFigure(
        ", ".join(title for title, _ in titled), width, max(0.42 * len(grid) for _, grid in titled) + 0.5
    )
    ratios = [grid.shape[1] for _, grid in titled]
    all_axes = np.ravel(figure.subplots(1, len(titled), width_ratios=ratios))
    for place, (axes, (title, grid)) in enumerate(zip(all_axes, titled, strict=True)):
        draw_cells(axes, grid, fontsize=9)
        if mark and mark[place]:
            draw_frame(axes, *mark[place])
        axes.set_title(title, fontsize=10)
        axes.set_xticks([])
        axes.set_yticks([])
    return figure


def curves(x, *labelled, description, xlabel, ylabel, log=False):
    """Curves over x: curves(x, ("loops", y1), ("FFT", y2), ...), each named in a legend; `log` for both axes
    (doubling x is one step)."""
    figure = CourseFigure(description, 6.4, 3.4)
    axes = figure.subplots()
    for (label, y), colour, style in zip(labelled, LINES, STYLES, strict=False):
        axes.plot(x, y, color=colour, linestyle=style, linewidth=2, label=label)
    if log:
        axes.set_xscale("log", base=2)
        axes.set_yscale("log")
        axes.xaxis.set_major_formatter("{x:g}")
    axes.set_xlabel(xlabel)
    axes.set_ylabel(ylabel)
    axes.grid(alpha=0.3)
    legend(axes)
    return figure


def legend(axes, **options):
    """Name what is drawn, where most room is; a curve that passes there shines through, paler."""
    axes.legend(framealpha=0.6, edgecolor="none", **options)


def draw_cells(axes, grid, numbers=True, fontsize=8):
    """A grid (H, W) as coloured cells with its numbers, those of the cells where `numbers`, one or (H, W), is true.

    Without negative numbers cells go from white to blue, else from blue over white at 0 to orange.
    """
    largest, signed = 1.6 * np.abs(grid).max() or 1, grid.min() < 0
    axes.imshow(grid, cmap=DIVERGING if signed else "Blues", vmin=-largest if signed else 0, vmax=largest)
    for row, column in np.argwhere(np.broadcast_to(numbers, grid.shape)):
        axes.text(column, row, real_minus(f"{grid[row, column]:.3g}"), ha="center", va="center", fontsize=fontsize)


def draw_frame(axes, corner, size, colour=LINES[1]):
    """A frame around size x size or size = (rows, columns) cells or pixels, from corner = (row, column) on."""
    (row, column), (rows, columns) = corner, np.broadcast_to(size, 2)
    place = (column - 0.5, row - 0.5)
    axes.add_patch(Rectangle(place, columns, rows, fill=False, linewidth=3, edgecolor=colour))


def real_minus(text):
    """The text of a number with a minus sign in place of the hyphen."""
    return text.replace("-", "\u2212")


def diverging(shares):
    """Signed shares, -1 to 1, as colours (..., 3) uint8: -1 blue, 0 white, 1 orange.

    >>> diverging(np.array([-1.0, 0.0, 1.0])).tolist()
    [[33, 102, 172], [247, 247, 247], [179, 88, 6]]
    """
    ends = np.where(shares[..., None] < 0, NEGATIVE, POSITIVE)
    return np.floor(np.array(ZERO) + (ends - np.array(ZERO)) * np.abs(shares)[..., None] + 0.5).astype(np.uint8)
