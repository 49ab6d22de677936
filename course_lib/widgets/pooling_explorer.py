"""The pooling explorer: a small grid of numbers, its windows, what each becomes, and where the gradient goes."""

import functools

import numpy as np
import traitlets

from course_lib import data, filters, pooling
from course_lib.plots import pooling as plots
from course_lib.widgets.base import Explorer

KINDS = ("max", "mean", "sum", "L2", "p-norm")
POWERS = (1, 1.5, 2, 3, 4, 5, 7, 10, 15, 20, 30, 50, 100, "max")  # the stops of the slider for p
DIRECTIONS = {"none": (0, 0), "right": (0, 1), "left": (0, -1), "down": (1, 0), "up": (-1, 0)}  # rows, columns
SMALLEST, LARGEST = 4, 10  # cells a side
CROP = (slice(64, 72), slice(229, 237))  # of the photograph: the photographer's hair against the sky


@functools.cache
def presets():
    """The grids to choose from, {name: rows of numbers}."""
    camera = data.load_image("camera")
    edges, _ = filters.sobel_gradient(camera)
    grids = {
        "the source's example": data.pooling_example(),
        "photograph (camera)": camera[CROP],
        "edges in the photograph": edges[CROP].round(),
        "equal numbers": np.array([[0, 3, 3, 1], [3, 1, 3, 0], [2, 2, 0, 0], [2, 2, 0, 0]]),
    }
    return {name: grid.astype(float).tolist() for name, grid in grids.items()}


class PoolingExplorer(Explorer):
    """A grid of numbers and what pooling makes of it; see pooling_explorer()."""

    front_end = ("chart.js", "pooling.js", "pooling_explorer.js")
    styles = ("chart.css", "pooling_explorer.css")
    state = ("preset", "cells", "kind", "p", "kernel_size", "stride", "shift", "gradient", "upstream", "step")

    presets = traitlets.Dict(help="the grids to choose from").tag(sync=True)
    powers = traitlets.List(list(POWERS)).tag(sync=True)

    preset = traitlets.Unicode("the source's example", help='one of the presets, or "own numbers"').tag(sync=True)
    cells = traitlets.Any(help="rows of numbers, 4 to 10 a side; arrays become lists").tag(sync=True)
    kind = traitlets.Enum(KINDS, "max").tag(sync=True)
    p = traitlets.Enum(POWERS, 5, help='of the p-norm; "max" is its limit').tag(sync=True)
    kernel_size = traitlets.Int(2, min=1, max=4).tag(sync=True)
    stride = traitlets.Int(2, min=1, max=4).tag(sync=True)
    shift = traitlets.Enum(tuple(DIRECTIONS), "none", help="the picture moved by one cell").tag(sync=True)
    gradient = traitlets.Bool(False, help="show where the gradient goes").tag(sync=True)
    upstream = traitlets.Enum(("ones", "1, 2, 3"), "ones", help="the gradient that arrives at the result").tag(
        sync=True
    )
    step = traitlets.Int(0, min=0, help="which window, in reading order").tag(sync=True)

    @traitlets.default("presets")
    def _all_presets(self):
        return presets()

    @traitlets.default("cells")
    def _preset_cells(self):
        return presets().get(self.preset, presets()["the source's example"])

    @traitlets.validate("preset")
    def _check_preset(self, proposal):
        if proposal.value not in (*presets(), "own numbers"):
            raise traitlets.TraitError(
                f"there is no grid {proposal.value!r}; there are {', '.join(presets())}, own numbers"
            )
        return proposal.value

    @traitlets.validate("cells")
    def _check_cells(self, proposal):
        try:
            cells = np.asarray(proposal.value, dtype=float)
        except (TypeError, ValueError):
            cells = np.empty(0)
        fits = cells.ndim == 2 and min(cells.shape) >= SMALLEST and max(cells.shape) <= LARGEST
        if not fits or not (np.abs(cells) <= 1000).all():
            raise traitlets.TraitError(
                f"the explorer takes a grid of {SMALLEST} to {LARGEST} rows and columns, with numbers from -1000 to "
                f"1000, not {proposal.value!r}"
            )
        return cells.tolist()

    @traitlets.observe("preset")
    def _fetch_cells(self, _change):
        if self.preset != "own numbers":
            self.cells = presets()[self.preset]

    @traitlets.observe("cells")
    def _name_cells(self, change):
        if change.new != presets().get(self.preset):
            self.preset = "own numbers"

    @property
    def map(self):
        """The grid as it is pooled, moved by `shift`: float64 (1, 1, H, W). What comes in at the edge repeats it."""
        padded = np.pad(np.array(self.cells), 1, mode="edge")
        down, right = DIRECTIONS[self.shift]
        height, width = np.shape(self.cells)
        return padded[1 - down : 1 - down + height, 1 - right : 1 - right + width][None, None]

    @property
    def result(self):
        """The pooled map (1, 1, OH, OW)."""
        forward, _ = self._functions()
        return forward(self.map)

    @property
    def grad_out(self):
        """The gradient that arrives at the result, of its shape."""
        out = self.result
        return np.ones(out.shape) if self.upstream == "ones" else np.arange(1.0, out.size + 1).reshape(out.shape)

    @property
    def grad_x(self):
        """The gradient that pooling sends back to each cell (1, 1, H, W)."""
        _, backward = self._functions()
        return backward(self.grad_out, self.map)

    def _functions(self):
        return functions(self.kind, self.p, self.kernel_size, self.stride)

    def still(self):
        """A Figure with the grid, its first window and the result; with the gradients, where they are shown."""
        gradients = (self.grad_x[0, 0], self.grad_out[0, 0]) if self.gradient else ()
        name = f"p-norm, p = {self.p}" if self.kind == "p-norm" else self.kind
        return plots.pooled(self.map[0, 0], self.result[0, 0], name, self.kernel_size, gradients)


def pooling_explorer(preset="the source's example", kind="max", kernel_size=2, stride=2, **state):
    """Walk a window over a grid of numbers and see what it becomes, and where the gradient goes.

    preset: a grid (see presets()); kind: "max", "mean", "sum", "L2" or "p-norm"; more of the state by name: cells (a
    grid of your own), p, shift, gradient, upstream, step.
    """
    if "cells" in state:
        preset = "own numbers"
    return PoolingExplorer(preset=preset, kind=kind, kernel_size=kernel_size, stride=stride, **state)


def functions(kind, p, kernel_size, stride):
    """(forward(x), backward(grad_out, x)) of a kind of pooling, from course_lib.pooling."""
    window = {"kernel_size": kernel_size, "stride": stride}
    if kind == "p-norm" and p == "max":
        return (
            lambda x: pooling.max_pool2d(np.abs(x), **window),
            lambda grad, x: pooling.max_pool2d_backward(grad, np.abs(x), **window) * np.sign(x),
        )
    if kind == "sum":
        return (
            lambda x: pooling.avg_pool2d(x, **window) * kernel_size**2,
            lambda grad, x: pooling.avg_pool2d_backward(grad, x, **window) * kernel_size**2,
        )
    name = {"max": "max", "mean": "avg"}.get(kind, "lp")
    if name == "lp":
        window |= {"p": 2} if kind == "L2" else {"p": p, "mean": True}
    forward, backward = getattr(pooling, f"{name}_pool2d"), getattr(pooling, f"{name}_pool2d_backward")
    return functools.partial(forward, **window), functools.partial(backward, **window)
