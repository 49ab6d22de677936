"""The activation explorer: one unit's function and slope, and a layer of units on real digits."""

import functools

import numpy as np
import traitlets

from course_lib import activations, data
from course_lib.plots import activations as plots
from course_lib.widgets.base import Explorer

NAMES = ("sigmoid", "tanh", "ReLU", "leaky ReLU", "ELU", "maxout")
FLAT = 0.01  # a slope below this counts as flat: less than a hundredth of the gradient comes through
REACH = 10.0  # the explorer shows x from -REACH to REACH
UNITS, DIGITS, BINS = 60, 200, 20
SCALES = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
SHIFTS = (-6.0, -4.0, -2.0, -1.0, 0.0, 1.0, 2.0, 4.0, 6.0)
FUNCTIONS = {
    "sigmoid": (activations.sigmoid, activations.sigmoid_derivative),
    "tanh": (activations.tanh, activations.tanh_derivative),
    "ReLU": (activations.relu, activations.relu_derivative),
    "leaky ReLU": (activations.leaky_relu, activations.leaky_relu_derivative),
    "ELU": (activations.elu, activations.elu_derivative),
}
OPTIONS = {"leaky ReLU": "negative_slope", "ELU": "alpha"}


class ActivationExplorer(Explorer):
    """A unit with a movable input, or a layer with its weights and biases; see activation_explorer()."""

    front_end = ("chart.js", "activations.js", "activation_explorer.js")
    styles = ("chart.css", "activation_explorer.css")
    state = ("view", "activation", "x", "negative_slope", "alpha", "lines", "scale", "shift")

    names = traitlets.List(list(NAMES)).tag(sync=True)
    flat = traitlets.Float(FLAT).tag(sync=True)
    reach = traitlets.Float(REACH).tag(sync=True)
    table = traitlets.Dict(help="what a layer gives out, for every activation, scale and shift").tag(sync=True)

    view = traitlets.Enum(("one unit", "a layer"), "one unit").tag(sync=True)
    activation = traitlets.Enum(NAMES, "sigmoid").tag(sync=True)
    x = traitlets.Float(0.0, min=-REACH, max=REACH, help="what arrives at the unit").tag(sync=True)
    negative_slope = traitlets.Float(0.01, min=0.0, max=0.5, help="of leaky ReLU").tag(sync=True)
    alpha = traitlets.Float(1.0, min=0.1, max=3.0, help="of ELU").tag(sync=True)
    lines = traitlets.Any([1.0, 0.0, -0.5, -1.0], help="maxout's two lines: w1, b1, w2, b2").tag(sync=True)
    scale = traitlets.Enum(SCALES, 1.0, help="of the layer's weights: 1 is 1 / sqrt(inputs)").tag(sync=True)
    shift = traitlets.Enum(SHIFTS, 0.0, help="every bias of the layer").tag(sync=True)

    @traitlets.default("table")
    def _layer_table(self):
        return layer_table()

    @traitlets.validate("lines")
    def _check_lines(self, proposal):
        try:
            lines = np.asarray(proposal.value, dtype=float)
        except (TypeError, ValueError):
            lines = np.empty(0)
        if lines.shape != (4,) or not (np.abs(lines) <= 100).all():
            raise traitlets.TraitError(
                f"maxout's two lines are four numbers from -100 to 100, w1, b1, w2, b2; not {proposal.value!r}"
            )
        return lines.tolist()

    def value_and_slope(self, x):
        """The chosen activation and its slope at x, a number or an array."""
        x = np.asarray(x, dtype=np.float64)
        if self.activation == "maxout":
            w1, b1, w2, b2 = self.lines
            pieces = np.stack([w1 * x + b1, w2 * x + b2], axis=-1)
            won = np.where(pieces[..., 0] >= pieces[..., 1], w1, w2)
            return activations.maxout(pieces, pieces=2, axis=-1)[..., 0], won
        option = OPTIONS.get(self.activation)
        options = {option: getattr(self, option)} if option else {}
        return tuple(function(x, **options) for function in FUNCTIONS[self.activation])

    @property
    def setting(self):
        """What the layer gives out: range of the histogram, shares in percent, mean, flat in percent, dead units."""
        return self.table["settings"][self.activation][SCALES.index(self.scale)][SHIFTS.index(self.shift)]

    def still(self):
        """A Figure of the unit, or of the layer's outputs."""
        if self.view == "a layer":
            return plots.layer(self.activation, *(self.setting[name] for name in ("low", "high", "shares", "mean")))
        x = np.append(np.arange(401) / 20 - REACH, self.x)
        order = np.argsort(x, kind="stable")
        values, slopes = self.value_and_slope(x[order])
        at = int(np.flatnonzero(order == 401)[0])
        return plots.unit(self.activation, x[order], values, slopes, np.abs(slopes) < FLAT, at)


def activation_explorer(activation="sigmoid", x=0.0, view="one unit", **state):
    """Move a unit's input and watch its value and slope; or a layer's weights and biases, and watch its outputs.

    activation: a name from NAMES; x from -10 to 10; view "one unit" or "a layer"; more of the state by name:
    negative_slope, alpha, lines, scale (one of SCALES), shift (one of SHIFTS).
    """
    return ActivationExplorer(activation=activation, x=x, view=view, **state)


def layer_inputs(pieces=1):
    """What 60 units get from 200 real digits, before scale and shift: (200, 60 * pieces); weights spread 1/sqrt(64)."""
    images, _ = data.load_digits()
    x = images[:DIGITS].reshape(DIGITS, 64) / 16
    weight = np.random.default_rng(6).normal(size=(UNITS * pieces, 64)) / 8
    return x @ weight.T


@functools.cache
def layer_table():
    """The numbers of every setting of the layer, small enough to be stored with the explorer."""
    settings = {}
    for name in NAMES:
        inputs = layer_inputs(pieces=2 if name == "maxout" else 1)
        rows = [[_outputs(name, scale * inputs + shift) for shift in SHIFTS] for scale in SCALES]
        settings[name] = [_histograms(name, row) for row in rows]
    return {"units": UNITS, "digits": DIGITS, "scales": SCALES, "shifts": SHIFTS, "settings": settings}


def _outputs(name, z):
    """The layer's outputs and their slopes, both (200, 60). A maxout's winning piece always has the slope 1."""
    if name == "maxout":
        out = activations.maxout(z, pieces=2)
        return out, np.ones_like(out)
    function, derivative = FUNCTIONS[name]
    return function(z), derivative(z)


def _histograms(name, row):
    """The settings of one scale: the same axis for every shift, so that the outputs are seen to move."""
    limits = {"sigmoid": (0, 1), "tanh": (-1, 1)}
    lowest, highest = min(out.min() for out, _ in row), max(out.max() for out, _ in row)
    low, high = limits.get(name, (int(np.floor(lowest)), int(np.ceil(highest))))
    return [_numbers(out, np.abs(slopes) < FLAT, low, high) for out, slopes in row]


def _numbers(out, flat, low, high):
    counts, _ = np.histogram(out, BINS, (low, high))
    return {
        "low": low,
        "high": high,
        "shares": (100 * counts / out.size).round(1).tolist(),
        "mean": round(float(out.mean()), 3),
        "flat": round(100 * float(flat.mean()), 1),
        "dead": int(flat.all(axis=0).sum()),
    }
