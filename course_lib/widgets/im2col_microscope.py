"""The im2col microscope: a small picture, its windows as the columns of a matrix, and the product that convolves it."""

import numpy as np
import traitlets

from course_lib import convolution, shapes
from course_lib.plots import algorithms as plots
from course_lib.widgets.base import Explorer

RANGES = {
    "size": (3, 8), "channels": (1, 2), "kernel_size": (1, 4), "stride": (1, 3), "padding": (0, 2), "dilation": (1, 2),
    "filters": (1, 3),
}  # fmt: skip
WEIGHT = [  # (3, 2, 4, 4): filters, channels, rows; the first of each count
    [
        [[1, 2, 0, 1], [0, 1, -1, 2], [2, 0, 1, 0], [1, -1, 0, 1]],
        [[0, 1, 1, 0], [-1, 0, 2, 1], [1, 1, 0, 2], [0, 2, 1, 0]],
    ],
    [
        [[-1, 0, 1, 2], [-2, 0, 2, 0], [-1, 0, 1, 1], [0, 1, 0, -1]],
        [[1, 0, 0, 1], [0, -1, 1, 0], [2, 0, 0, 1], [1, 0, 2, 0]],
    ],
    [
        [[0, 1, 0, 2], [1, -2, 1, 0], [0, 1, 0, 1], [2, 0, 1, 0]],
        [[2, 1, 0, 0], [0, 0, 1, -1], [1, 0, 2, 0], [0, 1, 0, 1]],
    ],
]


def _number(name, default, help=None):
    least, most = RANGES[name]
    return traitlets.Int(default, min=least, max=most, help=help).tag(sync=True)


class Im2colMicroscope(Explorer):
    """A convolution as a matrix product, entry by entry; see im2col_microscope()."""

    front_end = ("chart.js", "cells.js", "im2col_math.js", "im2col_microscope.js")
    styles = ("chart.css", "im2col_microscope.css")
    state = (
        "size", "linked", "channels", "kernel_size", "stride", "padding", "dilation", "filters", "direction", "row",
        "column", "filter",
    )  # fmt: skip

    ranges = traitlets.Dict({name: list(ends) for name, ends in RANGES.items()}).tag(sync=True)
    weight = traitlets.List(WEIGHT).tag(sync=True)

    size = traitlets.Any([5, 5], help="[h, w] pixels; one number becomes both").tag(sync=True)
    linked = traitlets.Bool(help="height and width move together").tag(sync=True)
    channels = _number("channels", 1)
    kernel_size = _number("kernel_size", 3)
    stride = _number("stride", 1)
    padding = _number("padding", 0)
    dilation = _number("dilation", 1)
    filters = _number("filters", 2)
    direction = traitlets.Enum(("im2col", "col2im"), "im2col").tag(sync=True)
    row = traitlets.Int(4, min=0, help="of the column matrix: which entry is looked at").tag(sync=True)
    column = traitlets.Int(4, min=0, help="of the column matrix, and so which window and output cell").tag(sync=True)
    filter = traitlets.Int(0, min=0, help="which filter: a row of the weight matrix").tag(sync=True)

    @traitlets.default("linked")
    def _is_square(self):
        return self.size[0] == self.size[1]

    @traitlets.validate("size")
    def _check_size(self, proposal):
        least, most = RANGES["size"]
        try:
            both = shapes.pair("size", proposal.value, least)
        except (TypeError, ValueError) as error:
            raise traitlets.TraitError(str(error)) from None
        if max(both) > most:
            raise traitlets.TraitError(f"size goes up to {most} in this explorer, not {max(both)}")
        return list(both)

    @traitlets.observe("size")
    def _unlink(self, _change):
        if self.linked and not self._is_square():
            self.linked = False

    @property
    def input(self):
        """The picture: its pixels counted from 1 in reading order, float64 (1, C, H, W)."""
        shape = (1, self.channels, *self.size)
        return np.arange(1.0, np.prod(shape) + 1).reshape(shape)

    @property
    def kernels(self):
        """The filters: float64 (F, C, K, K)."""
        return np.array(self.weight, float)[: self.filters, : self.channels, : self.kernel_size, : self.kernel_size]

    @property
    def settings(self):
        """The settings, by the names that convolution.conv2d has for them."""
        return {name: getattr(self, name) for name in ("stride", "padding", "dilation")}

    @property
    def refusal(self):
        """Why course_lib refuses the settings, or None."""
        try:
            self.columns  # noqa: B018
        except ValueError as error:
            return str(error)
        return None

    @property
    def columns(self):
        """The column matrix (C*K*K, OH*OW)."""
        return convolution.im2col(self.input, self.kernel_size, **self.settings)[0]

    @property
    def product(self):
        """The weight matrix times the column matrix (F, OH*OW)."""
        return self.kernels.reshape(self.filters, -1) @ self.columns

    @property
    def out(self):
        """The output (1, F, OH, OW)."""
        return convolution.conv2d(self.input, self.kernels, **self.settings)

    @property
    def folded(self):
        """What col2im makes of the column matrix (1, C, H, W)."""
        return convolution.col2im(self.columns[None], self.input.shape, self.kernel_size, **self.settings)

    def still(self):
        """A Figure of picture and matrices with the place looked at; of input and filters where they are refused."""
        if self.refusal:
            return plots.number_grids(("input", self.input[0, 0]), ("filter 0", self.kernels[0, 0]))
        place = min(self.row, len(self.columns) - 1), min(self.column, self.columns.shape[1] - 1)
        if self.direction == "col2im":
            return plots.to_picture(self.columns, self.folded[0].reshape(-1, self.size[1]), *place)
        weights = self.kernels.reshape(self.filters, -1)
        which = min(self.filter, self.filters - 1)
        return plots.matrix_product(weights, self.columns, self.product, *place, which, self._looked_at(*place))

    def _looked_at(self, row, column):
        """The `picture` of plots.matrix_product: the padded channel of the entry, its window and its pixel."""
        channel, tap = divmod(row, self.kernel_size**2)
        window = np.array(divmod(column, self.out.shape[3])) * self.stride
        pixel = window + np.array(divmod(tap, self.kernel_size)) * self.dilation
        side = shapes.window_extent(self.kernel_size, self.dilation)
        title = ("picture" if self.channels == 1 else f"channel {channel}") + (", padded" if self.padding else "")
        return title, np.pad(self.input[0, channel], self.padding), (window, (side, side)), (pixel, (1, 1))


def im2col_microscope(size=5, kernel_size=3, stride=1, padding=0, dilation=1, **state):
    """Look at a convolution as a matrix product: which window is which column, and which sum is which output cell.

    size is a number or (h, w), 3 to 8; more of the state by name: channels, filters, direction ("im2col" or "col2im"),
    row, column and filter (the place looked at), linked.
    """
    return Im2colMicroscope(
        size=size, kernel_size=kernel_size, stride=stride, padding=padding, dilation=dilation, **state
    )
