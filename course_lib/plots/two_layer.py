"""Plots of networks of two layers: what they answer in the plane, what their hidden units see, how they look."""

import numpy as np

from course_lib import activations, two_layer
from course_lib.plots.base import DIVERGING, LINES, CourseFigure, curves, real_minus

__all__ = ["curves", "hidden_space", "network", "regions", "surface_and_error", "surfaces"]

CIRCLE, SQUARE = ("o", "#a9cdee"), ("s", "#ffc98a")  # of the targets 0 and 1: a shape each, and a colour
CELLS = 120  # along each side of a map


def surfaces(*titled, x, labels, box=None, lines=True):
    """Maps of a network's output over the plane, side by side: surfaces(("before", weights), ("after", weights), ...).

    Blue is 0, white 0.5 (with a black line), orange 1; x (N, 2) are drawn as circles (label 0) and squares (label 1).
    `lines`: dashed, where each hidden unit answers 0.5. `box` is ((left, right), (low, high)).
    """
    x, box = np.asarray(x, dtype=float), box or _box_around(x)
    side = min(3.4, 9.9 / len(titled))
    figure = CourseFigure(", ".join(title for title, _ in titled), side * len(titled), side + 0.25)
    for axes, (title, weights) in zip(np.ravel(figure.subplots(1, len(titled))), titled, strict=True):
        _draw_surface(axes, title, weights, x, labels, box, lines)
    return figure


def surface_and_error(weights, x, labels, error, epoch, box, lines=True):
    """The decision surface at rest: the map after `epoch`, and the error over all epochs with that one marked."""
    figure = CourseFigure("the output of a network over the plane, and its error while it learns", 8, 3.7)
    left, right = figure.subplots(1, 2)
    _draw_surface(left, f"after epoch {epoch}", weights, np.asarray(x, dtype=float), labels, box, lines)
    right.plot(error, color="black", linewidth=1.8)
    right.plot(epoch, error[epoch], "o", color=LINES[0])
    right.axvline(epoch, color=LINES[0], linestyle="--", linewidth=1)
    right.set(xlabel="epoch", ylabel="error E", ylim=(0, None))
    right.grid(alpha=0.3)
    return figure


def hidden_space(weights, x, labels):
    """The same points twice: in the plane of the inputs, with the lines of the two hidden units, and in the plane of
    what these two units answer, with the one line of the output unit."""
    x = np.asarray(x, dtype=float)
    figure = CourseFigure("the points as the inputs give them, and as the two hidden units see them", 7.4, 3.7)
    left, right = figure.subplots(1, 2)
    _draw_surface(left, "inputs", weights, x, labels, _box_around(x), True)
    o_hidden = two_layer.forward(weights, x).o_hidden
    box = ((-0.15, 1.15), (-0.15, 1.15))
    a, b = _grid(box)
    net = weights.output[0, 0] * a + weights.output[0, 1] * b + weights.output_bias[0]
    _draw_map(right, activations.sigmoid(net), box)
    _draw_points(right, o_hidden, labels)
    right.set(title="what the hidden units answer", xlabel="$o_1$", ylabel="$o_2$")
    return figure


def regions(weights, x, labels, names, xlabel, ylabel):
    """Which output unit answers most, everywhere in the plane, and the points x (N, 2) with a shape for each label."""
    x = np.asarray(x, dtype=float)
    box = _box_around(x)
    a, b = _grid(box)
    answers = two_layer.forward(weights, np.column_stack([a.ravel(), b.ravel()])).o_output
    figure = CourseFigure(f"the regions of {', '.join(names)}", 5.2, 3.9)
    axes = figure.subplots()
    largest = answers.argmax(axis=1).reshape(a.shape)
    axes.contourf(a, b, largest, levels=np.arange(len(names) + 1) - 0.5, colors=LINES[: len(names)], alpha=0.22)
    for label, (name, colour, shape) in enumerate(zip(names, LINES, "os^D", strict=False)):
        of_label = x[np.asarray(labels) == label]
        axes.plot(
            *of_label.T, shape, color=colour, markeredgecolor="black", markeredgewidth=0.5, markersize=5, label=name
        )
    axes.set(xlabel=xlabel, ylabel=ylabel)
    axes.legend(fontsize=8)
    return figure


def network(weights):
    """Units as circles, weights as numbers on their links: inputs I1, I2, ..., hidden units H1, ..., outputs O1, ..."""
    figure = CourseFigure("a network: inputs, hidden units, output units and the weights between them", 6.4, 3.1)
    axes = figure.subplots()
    sizes = (weights.n_in, weights.n_hidden, weights.n_out)
    heights = [np.linspace(0.5, -0.5, size) * (size - 1) if size > 1 else np.zeros(1) for size in sizes]
    for layer, matrix in enumerate((weights.hidden, weights.output)):
        for (j, i), weight in np.ndenumerate(matrix):
            start, end = heights[layer][i], heights[layer + 1][j]
            axes.plot([layer, layer + 1], [start, end], color="#888888", linewidth=1, zorder=1)
            place = (layer + 0.25, start + 0.25 * (end - start))  # near the sender, where links do not cross yet
            box = {"facecolor": "white", "edgecolor": "none", "pad": 1}
            axes.text(*place, real_minus(f"{weight:g}"), ha="center", va="center", fontsize=9, bbox=box)
    for layer, (letter, ys) in enumerate(zip("IHO", heights, strict=True)):
        axes.plot(np.full(len(ys), layer), ys, "o", markersize=30, color="white", markeredgecolor="black", zorder=2)
        for number, y in enumerate(ys, 1):
            axes.text(layer, y, f"{letter}{number}", ha="center", va="center", fontsize=10, zorder=3)
    axes.margins(0.09, 0.22)
    axes.axis("off")
    return figure


def _draw_surface(axes, title, weights, x, labels, box, lines):
    a, b = _grid(box)
    answers = two_layer.forward(weights, np.column_stack([a.ravel(), b.ravel()])).o_output.reshape(a.shape)
    _draw_map(axes, answers, box)
    if lines:
        for unit, (pair, bias) in enumerate(zip(weights.hidden, weights.hidden_bias, strict=True), 1):
            _draw_line(axes, pair, bias, box, str(unit))
    _draw_points(axes, x, labels)
    axes.set(title=title, xlabel="$x_1$", ylabel="$x_2$")


def _draw_map(axes, answers, box):
    axes.imshow(answers, cmap=DIVERGING, vmin=0, vmax=1, origin="lower", extent=(*box[0], *box[1]), aspect="auto")
    if answers.min() < 0.5 < answers.max():
        axes.contour(*_grid(box), answers, levels=[0.5], colors="black", linewidths=1.5)


def _draw_line(axes, pair, bias, box, name):
    """The line where a hidden unit's net input is 0; its number, near the frame, is where the unit answers more."""
    steepness = pair @ pair
    if steepness == 0:
        return
    middle = np.array([np.mean(box[0]), np.mean(box[1])])
    foot = middle - pair * (pair @ middle + bias) / steepness  # the line's point nearest to the middle of the box
    along = np.array([-pair[1], pair[0]]) / np.sqrt(steepness)
    reach = 4 * np.ptp(box)
    axes.plot(*np.array([foot - reach * along, foot + reach * along]).T, color="black", linestyle="--", linewidth=1.3)
    inside = all(low < place < high for place, (low, high) in zip(foot, box, strict=True))
    if inside:
        ends = [(side - at) / way for side, at, way in _sides(box, foot, along) if (side - at) * way > 0]
        place = foot + 0.9 * min(ends) * along + 0.06 * np.ptp(box[0]) * pair / np.sqrt(steepness)
        edge = 0.07 * np.ptp(box, axis=1)
        place = np.clip(place, np.array(box)[:, 0] + edge, np.array(box)[:, 1] - edge)
        disc = {"boxstyle": "circle,pad=0.2", "facecolor": "white", "edgecolor": "black", "linewidth": 0.8}
        axes.text(*place, name, ha="center", va="center", fontsize=9, fontweight="bold", bbox=disc)
    axes.set(xlim=box[0], ylim=box[1])


def _sides(box, foot, along):
    """(side, where the line is, how fast it goes there) for the four sides of the box."""
    return ((side, at, way) for sides, at, way in zip(box, foot, along, strict=True) for side in sides)


def _draw_points(axes, x, labels):
    for label, (shape, colour) in enumerate((CIRCLE, SQUARE)):
        axes.plot(*x[np.asarray(labels) == label].T, shape, color=colour, markeredgecolor="black", markersize=6)


def _grid(box):
    """The middles of the cells of a map: a (CELLS, CELLS) and b, in step with imshow."""
    sides = [low + (np.arange(CELLS) + 0.5) / CELLS * (high - low) for low, high in box]
    return np.meshgrid(*sides)


def _box_around(x):
    """((left, right), (low, high)) of the points, with a margin."""
    margin = 0.2 * np.ptp(x, axis=0) + 0.05 * np.ptp(x)
    return tuple(zip(x.min(axis=0) - margin, x.max(axis=0) + margin, strict=True))
