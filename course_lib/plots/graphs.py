"""Computational graphs: where the boxes and wires of a trace go, and pictures of them. Lengths in pixels."""

import itertools

from matplotlib.patches import FancyBboxPatch, PathPatch
from matplotlib.path import Path
from matplotlib.patheffects import withStroke

from course_lib.plots.base import DOTS_PER_INCH, CourseFigure, curves

__all__ = ["curves", "graphs", "layout", "symbol", "written"]

COLUMN, ROW, WIDTH, HEIGHT, PORT, MARGIN = 176, 92, 72, 64, 25, 14
WIDEST = 12  # inches
SYMBOLS = {"*": "×", "-": "−", "/": "÷", "**": "xʸ", "neg": "−1 ×"}
VALUE_COLOUR, GRADIENT_COLOUR = "#1a1a1a", "#b35806"
HALO = [withStroke(linewidth=4, foreground="white")]  # numbers stay readable where wires cross


def written(value, digits=4):
    """A number for reading: a real minus sign, no trailing zeros, no digit before the point rounded away below 10^7.

    >>> written(-4.0), written(2 / 3), written(123456.0), written(1e-7), written(-0.0)
    ('−4', '0.6667', '123456', '1e−07', '0')
    """
    text = f"{value + 0.0:.{digits}g}"  # -0.0 + 0.0 is 0.0
    if "e" in text and 1 <= abs(value) < 1e7:
        text = f"{value:.0f}"
    return text.replace("-", "−")


def symbol(node):
    """What stands in a node's box: a name or number for an input, a sign or a function's name for an operation."""
    if not node.inputs:
        return written(node.value) if node.constant else node.name
    return SYMBOLS.get(node.operation, node.operation)


def layout(trace):
    """Places for the drawing of a trace, left to right, as plain lists and numbers.

    `boxes` holds each node's centre; a wire runs from `source` to input `place` of `target` through `points`, and its
    numbers end at `label`; the last wire, with target None, is the output's way out.
    """
    columns = _columns(trace.nodes)
    rows = _rows(trace.nodes, columns)
    top = min(rows.values())
    x = [MARGIN + WIDTH / 2 + COLUMN * column for column in range(max(columns) + 1)]
    y = {key: MARGIN + HEIGHT / 2 + ROW * (row - top) for key, row in rows.items()}
    boxes = [[x[column], y[node, column]] for node, column in enumerate(columns)]
    wires = []
    for target, node in enumerate(trace.nodes):
        for place, source in enumerate(node.inputs):
            port = PORT * (2 * place - 1) if len(node.inputs) == 2 else 0
            middle = [(x[column], y[source, column]) for column in range(columns[source] + 1, columns[target])]
            flat = [point for px, py in middle for point in ([px - WIDTH / 2, py], [px + WIDTH / 2, py])]
            points = [_right(boxes[source]), *flat, [boxes[target][0] - WIDTH / 2, boxes[target][1] + port]]
            wires.append(_wire(source, target, place, points))
    start = _right(boxes[-1])
    wires.append(_wire(len(boxes) - 1, None, 0, [start, [start[0] + COLUMN - WIDTH, start[1]]]))
    return {
        "width": wires[-1]["points"][-1][0] + MARGIN,
        "height": max(y.values()) + HEIGHT / 2 + MARGIN + 20,
        "boxes": boxes,
        "wires": wires,
    }


def _columns(nodes):
    """For each node the length of the longest way to it; an input stands right before its first user."""
    columns = []
    for node in nodes:
        columns.append(1 + max((columns[part] for part in node.inputs), default=-1))
    for place, node in enumerate(nodes):
        users = [columns[user] for user, other in enumerate(nodes) if place in other.inputs]
        if not node.inputs and users:
            columns[place] = min(users) - 1
    return columns


def _rows(nodes, columns):
    """{(node, column): row}: the node's own row, and the row in which its value passes each column on its way.

    Everything is drawn to the mean row of what it is joined to, a few times over: few wires cross then.
    """
    joined = _joined(nodes, columns)
    rows = {(place, columns[place]): float(place) for place, node in enumerate(nodes) if not node.inputs}
    order = range(max(columns) + 1)
    for sweep in (order, order[::-1], order, order[::-1], order):
        for column in sweep:
            items = [item for item in joined if item[1] == column]
            wanted = {item: _mean_row(joined[item], rows, rows.get(item, 0.0)) for item in items}
            free = -float("inf")
            for item in sorted(items, key=lambda item: (wanted[item], item)):
                half = 0.5 if columns[item[0]] == column else 0.3
                rows[item] = max(wanted[item], free + half)
                free = rows[item] + half
    return rows


def _joined(nodes, columns):
    """{(node, column): [((node, column), how far below its middle the wire ends), ...]} to both sides."""
    joined = {(place, column): [] for place, column in enumerate(columns)}
    for user, node in enumerate(nodes):
        for place, part in enumerate(node.inputs):
            lane = [(part, column) for column in range(columns[part], columns[user])]
            for item in lane:
                joined.setdefault(item, [])
            offset = 0.3 * (2 * place - 1) if len(node.inputs) == 2 else 0.0
            for left, right in itertools.pairwise([*lane, (user, columns[user])]):
                joined[left].append((right, offset if right[0] == user else 0.0))
                joined[right].append((left, 0.0))
    return joined


def _mean_row(neighbours, rows, otherwise):
    known = [rows[item] + offset for item, offset in neighbours if item in rows]
    return sum(known) / len(known) if known else otherwise


def _right(box):
    return [box[0] + WIDTH / 2, box[1]]


def _wire(source, target, place, points):
    """A wire; its numbers end right before the box that it leads to, where all wires are level and apart."""
    x, y = points[-1]
    return {"source": source, "target": target, "place": place, "points": points, "label": [x - 6, y]}


def graphs(*titled, gradients=True):
    """Traces as graphs, side by side: graphs(("add", trace), ...). Values stand above the wires, gradients below."""
    places = [layout(trace) for _, trace in titled]
    width, height = sum(place["width"] for place in places), max(place["height"] for place in places)
    scale = min(1.0, WIDEST * DOTS_PER_INCH / width)
    figure = CourseFigure(
        ", ".join(f"the graph of {title}" for title, _ in titled),
        scale * width / DOTS_PER_INCH,
        scale * height / DOTS_PER_INCH + 0.3,
    )
    all_axes = figure.subplots(1, len(titled), squeeze=False, width_ratios=[place["width"] for place in places])[0]
    for axes, (title, trace), place in zip(all_axes, titled, places, strict=True):
        axes.set(xlim=(0, place["width"]), ylim=(height, 0), aspect="equal")
        axes.set_title(title, fontsize=10)
        axes.axis("off")
        _draw(axes, trace, place, gradients, size=max(8.5, 12 * scale))
    return figure


def _draw(axes, trace, place, gradients, size):
    sent = {(edge.target, edge.place): edge.outgoing for edge in trace.edges}
    sent[None, 0] = 1.0
    for wire in place["wires"]:
        axes.add_patch(PathPatch(_curve(wire["points"]), fill=False, edgecolor="#777777"))
        x, y = wire["label"]
        value = written(trace.nodes[wire["source"]].value)
        axes.text(x, y - 3, value, ha="right", va="bottom", fontsize=size, path_effects=HALO)
        gradient = sent.get((wire["target"], wire["place"]))
        if gradients and gradient is not None:
            note = {"color": GRADIENT_COLOUR, "style": "italic", "fontsize": size, "path_effects": HALO}
            axes.text(x, y + 3, written(gradient), ha="right", va="top", **note)
    for (x, y), node in zip(place["boxes"], trace.nodes, strict=True):
        corner = (x - WIDTH / 2, y - HEIGHT / 2)
        face = "#eeeeee" if node.constant else "#ffffff" if not node.inputs else "#dbe9f6"
        style = {"facecolor": face, "edgecolor": VALUE_COLOUR}
        axes.add_patch(FancyBboxPatch(corner, WIDTH, HEIGHT, boxstyle="round,pad=0,rounding_size=10", **style))
        text = symbol(node) if not node.inputs else f"{symbol(node)}\n{node.name}"
        axes.text(x, y, text, ha="center", va="center", fontsize=size)


def _curve(points):
    vertices, codes = [points[0]], [Path.MOVETO]
    for (x0, y0), (x1, y1) in itertools.pairwise(points):
        middle = (x0 + x1) / 2
        vertices += [(middle, y0), (middle, y1), (x1, y1)]
        codes += [Path.CURVE4] * 3
    return Path(vertices, codes)
