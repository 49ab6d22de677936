"""The output-size explorer: a window moves over the padded input and fills the output, cell by cell."""

import math

import numpy as np
import traitlets

from course_lib import convolution, shapes
from course_lib.plots import output_size as plots
from course_lib.widgets.base import Explorer

LARGEST = {"size": 32, "kernel_size": 11, "stride": 8, "padding": 10, "dilation": 5}
PADDINGS = ("valid", "same", "full")


class OutputSizeExplorer(Explorer):
    """Input, window and output of a convolution, without its numbers; see output_size_explorer()."""

    front_end = ("chart.js", "cells.js", "output_size.js", "output_size_explorer.js")
    styles = ("chart.css", "output_size_explorer.css")
    state = (
        "size", "kernel_size", "stride", "padding", "dilation", "rounding", "linked", "channels", "filters", "step",
        "predict", "guess", "puzzle",
    )  # fmt: skip

    largest = traitlets.Dict(LARGEST).tag(sync=True)

    size = traitlets.Any([7, 7], help="[h, w] pixels; one number becomes both, here and below").tag(sync=True)
    kernel_size = traitlets.Any([3, 3]).tag(sync=True)
    stride = traitlets.Any([1, 1]).tag(sync=True)
    padding = traitlets.Any([0, 0], help='[h, w] zeros per side, or "valid", "same" or "full"').tag(sync=True)
    dilation = traitlets.Any([1, 1]).tag(sync=True)
    rounding = traitlets.Enum(("floor", "ceil", "exact"), "floor").tag(sync=True)
    linked = traitlets.Bool(help="one control for height and width").tag(sync=True)
    channels = traitlets.Int(3, min=1, max=4096, help="of the input").tag(sync=True)
    filters = traitlets.Int(1, min=1, max=4096, help="as many as the output has channels").tag(sync=True)
    step = traitlets.Int(1, min=0, help="how many cells of the output are filled").tag(sync=True)
    predict = traitlets.Bool(False, help="hide the output until its size is typed").tag(sync=True)
    guess = traitlets.Any(None, allow_none=True, help="the typed size [h, w], 0 for none, or None").tag(sync=True)
    puzzle = traitlets.Int(0, min=0, help="which puzzle comes next").tag(sync=True)

    @traitlets.default("linked")
    def _is_square(self):
        settings = (self.size, self.kernel_size, self.stride, self.dilation, self.padding)
        return all(setting in PADDINGS or setting[0] == setting[1] for setting in settings)

    @traitlets.validate("size", "kernel_size", "stride", "dilation", "padding")
    def _check_pair(self, proposal):
        name, value = proposal.trait.name, proposal.value
        if name == "padding" and isinstance(value, str) and value in PADDINGS:
            return value
        least, most = 0 if name == "padding" else 1, LARGEST[name]
        try:
            both = shapes.pair(name, value, least)
        except (TypeError, ValueError) as error:
            raise traitlets.TraitError(str(error)) from None
        if max(both) > most:
            raise traitlets.TraitError(f"{name} goes up to {most} in this explorer, not {max(both)}")
        return list(both)

    @traitlets.validate("guess")
    def _check_guess(self, proposal):
        if proposal.value is None:
            return None
        try:
            return list(shapes.pair("guess", proposal.value, 0))
        except (TypeError, ValueError) as error:
            raise traitlets.TraitError(str(error)) from None

    @traitlets.observe("size", "kernel_size", "stride", "dilation", "padding")
    def _unlink(self, _change):
        if self.linked and not self._is_square():
            self.linked = False

    @property
    def sides(self):
        """((top, bottom), (left, right)): the zeros added on each side."""
        settings = (self.padding, self.size, self.kernel_size, self.stride, self.dilation)
        return shapes.padding_sides(*settings)

    @property
    def out_size(self):
        """(height, width) of the output, or None where the window does not fit."""
        axes = zip(self.size, self.kernel_size, self.stride, self.sides, self.dilation, strict=True)
        try:
            return tuple(shapes.conv_output_size(*axis, rounding=self.rounding) for axis in axes)
        except ValueError:
            return None

    @property
    def read_counts(self):
        """How many windows read each pixel of the input: (H, W) int."""
        if self.out_size is None:
            return np.zeros(self.size, int)
        padding = tuple(
            (before, max(after, (out - 1) * stride + shapes.window_extent(kernel, dilation) - size - before))
            for (before, after), out, stride, kernel, dilation, size in zip(
                self.sides, self.out_size, self.stride, self.kernel_size, self.dilation, self.size, strict=True
            )
        )
        ones = np.ones((1, math.prod(self.kernel_size), math.prod(self.out_size)))
        shape = (1, 1, *self.size)
        return convolution.col2im(ones, shape, self.kernel_size, self.stride, padding, self.dilation)[0, 0].astype(int)

    @property
    def window(self):
        """(rows, columns): the places in the padded input that the present window reads; None before the first."""
        if self.out_size is None or self.step == 0:
            return None
        place = divmod(min(self.step, math.prod(self.out_size)) - 1, self.out_size[1])
        settings = zip(place, self.stride, self.kernel_size, self.dilation, strict=True)
        return tuple([at * stride + u * dilation for u in range(kernel)] for at, stride, kernel, dilation in settings)

    def still(self):
        """A Figure with the padded input, how often each pixel is read, the window and the output."""
        if self.predict and (self.out_size or (0, 0)) != tuple(self.guess or ()):
            return plots.scan(self.read_counts * 0, self.sides, None, None, 0)
        return plots.scan(self.read_counts, self.sides, self.window, self.out_size, self.step)


def output_size_explorer(size=7, kernel_size=3, stride=1, padding=0, dilation=1, **state):
    """Move a window over an input, and see the output fill and which pixels are read how often.

    The settings are a number or (h, w), padding also "valid", "same" or "full"; more of the state by name: rounding
    ("floor", "ceil" or "exact"), linked, channels, filters, step, predict, guess, puzzle.
    """
    return OutputSizeExplorer(
        size=size, kernel_size=kernel_size, stride=stride, padding=padding, dilation=dilation, **state
    )
