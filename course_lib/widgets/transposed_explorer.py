"""The transposed explorer: an input's cells stamp a kernel onto a canvas, a window gathers the same numbers."""

import numpy as np
import traitlets

from course_lib import convolution, shapes
from course_lib.plots import transposed as plots
from course_lib.widgets.base import Explorer

LARGEST = {"size": 5, "kernel_size": 5, "stride": 4, "padding": 4, "output_padding": 3, "dilation": 2}
SIDE, DIGIT = 5, 9  # the most cells a side, the largest number in a cell
COUNTING = [[1, 2, 3, 1, 2], [4, 5, 6, 3, 4], [7, 8, 9, 5, 6], [1, 3, 5, 7, 8], [2, 4, 6, 8, 9]]


class TransposedExplorer(Explorer):
    """A transposed convolution as stamps and as windows, side by side; see transposed_explorer()."""

    front_end = ("chart.js", "cells.js", "transposed.js", "transposed_explorer.js")
    styles = ("chart.css", "transposed_explorer.css")
    state = (
        "x", "weight", "size", "kernel_size", "stride", "padding", "output_padding", "dilation", "stamp", "window",
    )  # fmt: skip

    largest = traitlets.Dict(LARGEST).tag(sync=True)

    x = traitlets.Any(help="5 rows of 5 whole numbers, of which the first `size` count").tag(sync=True)
    weight = traitlets.Any(help="5 rows of 5 whole numbers, of which the first `kernel_size` count").tag(sync=True)
    size = traitlets.Int(3, min=1, max=LARGEST["size"]).tag(sync=True)
    kernel_size = traitlets.Int(3, min=1, max=LARGEST["kernel_size"]).tag(sync=True)
    stride = traitlets.Int(2, min=1, max=LARGEST["stride"]).tag(sync=True)
    padding = traitlets.Int(0, min=0, max=LARGEST["padding"]).tag(sync=True)
    output_padding = traitlets.Int(0, min=0, max=LARGEST["output_padding"]).tag(sync=True)
    dilation = traitlets.Int(1, min=1, max=LARGEST["dilation"]).tag(sync=True)
    stamp = traitlets.Int(5, min=0, help="how many stamps lie on the canvas").tag(sync=True)
    window = traitlets.Int(25, min=0, help="how many cells of the output are gathered").tag(sync=True)

    @traitlets.default("x")
    def _counting(self):
        return COUNTING

    @traitlets.default("weight")
    def _ones(self):
        return np.ones((SIDE, SIDE), int).tolist()

    @traitlets.validate("x", "weight")
    def _check_grid(self, proposal):
        try:
            grid = np.asarray(proposal.value, dtype=float)
        except (TypeError, ValueError):
            grid = np.empty(0)
        fits = grid.ndim == 2 and grid.size > 0 and max(grid.shape) <= SIDE
        if not fits or not (np.abs(grid) <= DIGIT).all() or (grid != grid.round()).any():
            raise traitlets.TraitError(
                f"{proposal.trait.name} is a grid of 1 to {SIDE} rows and columns (the rest is filled with zeros), "
                f"with whole numbers from {-DIGIT} to {DIGIT}, not {proposal.value!r}"
            )
        full = np.zeros((SIDE, SIDE), int)
        full[: grid.shape[0], : grid.shape[1]] = grid
        return full.tolist()

    @property
    def input(self):
        """The input: float64 (1, 1, size, size)."""
        return np.array(self.x, float)[None, None, : self.size, : self.size]

    @property
    def kernel(self):
        """The kernel: float64 (1, 1, kernel_size, kernel_size)."""
        return np.array(self.weight, float)[None, None, : self.kernel_size, : self.kernel_size]

    @property
    def settings(self):
        """The settings, by the names that convolution.conv_transpose2d has for them."""
        return {name: getattr(self, name) for name in ("stride", "padding", "output_padding", "dilation")}

    @property
    def refusal(self):
        """Why course_lib refuses the settings, or None."""
        try:
            shapes.conv_transpose_output_size(self.size, self.kernel_size, **self.settings)
        except ValueError as error:
            return str(error)
        return None

    @property
    def out(self):
        """The output (1, 1, O, O), or None where the settings are refused."""
        return None if self.refusal else convolution.conv_transpose2d(self.input, self.kernel, **self.settings)

    @property
    def counts(self):
        """How many stamps each cell of the output gets (1, 1, O, O), or None where the settings are refused."""
        ones = np.ones(self.input.shape), np.ones(self.kernel.shape)
        return None if self.refusal else convolution.conv_transpose2d(*ones, **self.settings)

    @property
    def canvas(self):
        """The canvas with the first `stamp` stamps, before padding takes its edges away, or None where refused."""
        if self.refusal:
            return None
        stamped = self.input.copy()
        stamped.reshape(-1)[self.stamp :] = 0
        return convolution.conv_transpose2d(stamped, self.kernel, **{**self.settings, "padding": 0})

    @property
    def gathered(self):
        """What the turned kernel slides over: the input, zeros between its cells and around it (1, 1, G, G)."""
        side = (self.size - 1) * self.stride + 1
        stretched = np.zeros((side, side))
        stretched[:: self.stride, :: self.stride] = self.input[0, 0]
        before = shapes.window_extent(self.kernel_size, self.dilation) - 1 - self.padding
        after = before + self.output_padding
        inside = slice(max(0, -before), side - max(0, -after))
        return np.pad(stretched[inside, inside], ((max(0, before), max(0, after)),) * 2)[None, None]

    def still(self):
        """A Figure of both ways as far as they have come; without the output where the settings are refused."""
        grids = [("input", self.input[0, 0]), ("kernel", self.kernel[0, 0])]
        if self.refusal:
            return plots.number_grids(*grids)
        extent, side = shapes.window_extent(self.kernel_size, self.dilation), self.out.shape[-1]
        row, column = divmod(max(min(self.stamp, self.size**2), 1) - 1, self.size)
        place = divmod(max(min(self.window, side**2), 1) - 1, side)
        grids += [("scatter: stamps on a canvas", self.canvas[0, 0]), ("gather: a window over", self.gathered[0, 0])]
        grids += [("output", self.out[0, 0]), ("stamps on each cell", self.counts[0, 0])]
        frames = {"input": (row, column, 1), "output": (*place, 1), "gather: a window over": (*place, extent)}
        frames["scatter: stamps on a canvas"] = (row * self.stride, column * self.stride, extent)
        return plots.scatter_and_gather(grids, frames)


def transposed_explorer(size=3, kernel_size=3, stride=2, padding=0, output_padding=0, dilation=1, **state):
    """Stamp a kernel onto a canvas, cell by cell of an input, and gather the same numbers with a sliding window.

    More of the state by name: x and weight (up to 5 x 5 whole numbers from -9 to 9), stamp and window (how far the two
    ways have come).
    """
    return TransposedExplorer(
        size=size, kernel_size=kernel_size, stride=stride, padding=padding, output_padding=output_padding,
        dilation=dilation, **state,
    )  # fmt: skip
