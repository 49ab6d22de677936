"""Plots of lesson 04: the small network with its numbers, the changes of its weights, and curves."""

import numpy as np

from course_lib import two_layer
from course_lib.plots.base import LINES, CourseFigure, curves, real_minus

__all__ = ["changes", "curves", "network", "rounding_cost"]

_FORWARD, _BACKWARD = LINES[0], LINES[1]
_WRITTEN = ("net", "net", _FORWARD), ("o", "o", _FORWARD), ("delta", "\u03b4", _BACKWARD)  # at a unit, from the top


def network(weights, x=None, step=None):
    """The network: a circle for each unit, a line with its weight for each link; with a step, net, o and delta too."""
    figure = CourseFigure("a network with its weights" + (", net, o and delta" if step else ""), 8, 4)
    axes = figure.subplots()
    axes.axis("off")
    axes.set(xlim=(-0.35, 2.45), ylim=(-1.55, 1.55))
    places = _places(weights)
    for link, weight in two_layer.links(weights).items():
        (x0, y0), (x1, y1) = (places[unit] for unit in link.split("->"))
        axes.plot([x0, x1], [y0, y1], color="#8d8d8d", linewidth=1, zorder=1)
        at = np.array([x0, y0]) + 0.3 * np.array([x1 - x0, y1 - y0])
        axes.text(*at, real_minus(f"{weight:.4g}"), ha="center", va="center", fontsize=9, zorder=2,
                  bbox={"facecolor": "white", "edgecolor": "none", "pad": 1})  # fmt: skip
    values = _unit_values(x, step)
    for unit, (px, py) in places.items():
        axes.plot(px, py, "o", markersize=30, markerfacecolor="white", markeredgecolor="black", zorder=3)
        axes.text(px, py, unit, ha="center", va="center", fontsize=10, zorder=4)
        above = py > 0 and not unit.startswith("I")
        for row, (text, colour) in enumerate(values.get(unit, ())):
            offset = 0.26 + 0.19 * (len(values[unit]) - 1 - row if above else row)
            axes.text(px, py + (offset if above else -offset), text, ha="center", va="center", fontsize=9, color=colour)
    return figure


def changes(change):
    """The change of every weight as a bar on a scale of powers of ten, with its value; dark bars raise the weight."""
    links = two_layer.links(change)
    figure = CourseFigure("the change of every weight", 7, 0.32 * len(links) + 0.8)
    axes = figure.subplots()
    colours = [_FORWARD if value >= 0 else _BACKWARD for value in links.values()]
    sizes = [abs(value) for value in links.values()]
    axes.barh(list(links), sizes, color=colours, hatch=["" if value >= 0 else "//" for value in links.values()],
              edgecolor="white")  # fmt: skip
    for row, value in enumerate(links.values()):
        axes.text(abs(value) * 1.15, row, real_minus(f"{value:+.6f}"), va="center", fontsize=9)
    axes.set_xscale("log")
    axes.set_xlim(min(sizes) / 3, max(sizes) * 8)
    axes.set_xlabel("size of the change (blue: up, orange with stripes: down)")
    axes.invert_yaxis()
    return figure


def rounding_cost(nets, cost, mark):
    """How wrong o (1 - o) gets when o keeps four decimals, in percent, over net; `mark` is (net, percent, text)."""
    figure = CourseFigure("what four decimals of o cost in o (1 - o)", 6.4, 3.2)
    axes = figure.subplots()
    axes.plot(nets, cost, color=LINES[0], linewidth=1.2)
    axes.plot(*mark[:2], "o", color=LINES[1], markersize=8)
    axes.annotate(mark[2], mark[:2], xytext=(-10, 6), textcoords="offset points", ha="right", fontsize=10)
    axes.set_xlabel("net of the unit")
    axes.set_ylabel("error of o (1 \u2212 o) in %")
    axes.grid(alpha=0.3)
    return figure


def _places(weights):
    """Where each unit stands: inputs on the left, output units on the right."""
    layers = (("I", weights.n_in, 1.0), ("H", weights.n_hidden, 0.6), ("O", weights.n_out, 0.6))
    return {
        f"{letter}{n + 1}": (float(column), height * (1 - 2 * n / (count - 1)) if count > 1 else 0.0)
        for column, (letter, count, height) in enumerate(layers)
        for n in range(count)
    }


def _unit_values(x, step):
    """What is written at each unit: (text, colour) from top to bottom."""
    values = {}
    if x is not None:
        values |= {f"I{n}": [(f"x = {value:g}", "black")] for n, value in enumerate(x, 1)}
    if step is not None:
        named = two_layer.labelled(step)
        for unit in {name.split()[1] for name in named if name.startswith("net ")}:
            values[unit] = [
                (real_minus(f"{sign} = {_digits(f'{name} {unit}', named[f'{name} {unit}'], step.precision)}"), colour)
                for name, sign, colour in _WRITTEN
            ]
    return values


def _digits(name, value, precision):
    """As in the explorer: the digits that the source writes, or five significant ones."""
    if precision == "source":
        return two_layer.written(name, value)
    return np.format_float_positional(value, 5, fractional=False, trim="-")
