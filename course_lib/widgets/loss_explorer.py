"""The loss explorer: squared error beside cross-entropy, a descent from a bad start, and a penalty on weights."""

import functools

import numpy as np
import traitlets

from course_lib import data, losses
from course_lib.activations import sigmoid, sigmoid_derivative
from course_lib.layers import Linear, Tanh
from course_lib.network import SGD, Sequential
from course_lib.plots import losses as plots
from course_lib.widgets.base import Explorer

STEPS = 60  # of the descent
STRENGTHS = (0, 0.01, 0.03, 0.1, 0.3, 1, 3, 10)  # lambda
TRAINING = 24  # penguins; all others are for validation


@functools.cache
def penalty_table():
    """A small network trained with each strength of the penalty: its curve, its losses, the sum of its squared weights.

    It learns to tell Chinstrap (1) from Adelie penguins (0) by their flippers. Numbers rounded to 4 decimals.
    """
    x, labels = data.load_penguins(("Adelie", "Chinstrap"), ("flipper_length_mm",))
    order = np.random.default_rng(2).permutation(len(x))
    training, validation = order[:TRAINING], order[TRAINING:]
    flippers = np.linspace(170, 215, 91)
    rows = {"curves": [], "training": [], "validation": [], "weights": []}
    for strength in STRENGTHS:
        network = _trained(_scaled(x[training]), labels[training, None], strength / TRAINING)
        rows["curves"].append(_rounded(sigmoid(network.forward(_scaled(flippers[:, None])))[:, 0]))
        for name, part in (("training", training), ("validation", validation)):
            logits = network.forward(_scaled(x[part]))
            rows[name].append(_rounded(losses.binary_cross_entropy_with_logits(logits, labels[part, None])[0]))
        rows["weights"].append(_rounded(sum((layer.weight**2).sum() for layer in network.layers[::2])))
    points = np.column_stack([x[training, 0], labels[training]])
    return {"strengths": list(STRENGTHS), "flippers": flippers.tolist(), "points": points.tolist(), **rows}


def _scaled(flippers):
    return (flippers - 195) / 7


def _trained(x, target, weight_decay):
    rng = np.random.default_rng(2)
    first, last = Linear(1, 12, rng, np.float64, gain=6), Linear(12, 1, rng, np.float64, gain=1)
    first.bias = 3 * rng.normal(size=12)
    network = Sequential([first, Tanh(), last])
    sgd = SGD(network, 0.5, momentum=0.9, weight_decay=weight_decay)
    for _ in range(250):
        _, grad = losses.binary_cross_entropy_with_logits(network.forward(x), target)
        network.backward(grad)
        sgd.step()
    return network


def _rounded(values):
    return np.round(values, 4).tolist()


class LossExplorer(Explorer):
    """One sigmoid unit under two losses, and a small network under a penalty; see loss_explorer()."""

    front_end = ("chart.js", "loss_math.js", "loss_explorer.js")
    styles = ("chart.css", "loss_explorer.css")
    state = ("view", "target", "net", "axis", "printed", "start", "rate", "step", "strength")

    view = traitlets.Enum(("compare", "descend", "penalty"), "compare").tag(sync=True)
    target = traitlets.Enum((0, 1), 0).tag(sync=True)
    net = traitlets.Float(2.0, min=-10, max=10, help="net input of the unit").tag(sync=True)
    axis = traitlets.Enum(("net input", "output"), "net input").tag(sync=True)
    printed = traitlets.Bool(False, help="show the gradient with the sources' wrong sign as well").tag(sync=True)
    start = traitlets.Float(8.0, min=-10, max=10, help="net input before the descent").tag(sync=True)
    rate = traitlets.Float(1.0, min=0.1, max=5, help="learning rate of the descent").tag(sync=True)
    step = traitlets.Int(0, min=0, max=STEPS, help="of the descent").tag(sync=True)
    strength = traitlets.Int(0, min=0, max=len(STRENGTHS) - 1, help="which of the penalty's strengths").tag(sync=True)
    penalty = traitlets.Dict(help="what penalty_table() computes").tag(sync=True)

    @traitlets.default("penalty")
    def _computed_penalty(self):
        return penalty_table()

    @property
    def at(self):
        """Value, slope at the output and gradient at the net input of each loss, for the unit shown."""
        return unit_losses(self.net, self.target)

    @property
    def descent(self):
        """The net inputs before and after each step, {"squared": [...], "cross": [...], "printed": [...]}."""
        paths = {}
        for name in ("squared", "cross", "printed"):
            path = [self.start]
            for _ in range(STEPS):
                path.append(path[-1] - self.rate * unit_losses(path[-1], self.target)[name]["gradient"])
            paths[name] = path
        return paths

    def still(self):
        """A Figure of the present view."""
        if self.view == "descend":
            return plots.descent({name: sigmoid(path) for name, path in self.descent.items() if self._shown(name)})
        if self.view == "penalty":
            return plots.penalty(self.penalty, self.strength)
        nets = np.linspace(-10, 10, 201)
        units = [unit_losses(net, self.target) for net in nets]
        shown = [name for name in ("squared", "cross", "printed") if self._shown(name)]
        return plots.two_losses(nets, units, shown, self.net, self.at)

    def _shown(self, name):
        return self.printed or name != "printed"


def unit_losses(net, target):
    """Each loss of a sigmoid unit: {"squared": {"value", "slope", "gradient"}, "cross": ..., "printed": ...}.

    "slope" is with respect to the output, "gradient" with respect to the net input. "printed" has the wrong sign of the
    sources' second term and, like them, no value.

    >>> unit = unit_losses(0.0, 0)
    >>> unit["squared"]["gradient"], unit["cross"]["gradient"], unit["printed"]["gradient"]
    (0.125, 0.5, -0.5)
    """
    output, factor = sigmoid([net]), sigmoid_derivative([net])
    squared, error = losses.squared_error(output, [target])
    cross, gradient = losses.binary_cross_entropy_with_logits([net], [target], reduction="sum")
    slope = gradient / factor  # as binary_cross_entropy_slope gives it, also where the output is rounded to 1
    sign = 1 if target == 1 else -1
    return {
        "squared": _numbers(squared, error, error * factor),
        "cross": _numbers(cross, slope, gradient),
        "printed": _numbers(None, sign * slope, sign * gradient),
    }


def _numbers(value, slope, gradient):
    return {"value": value, "slope": slope.item(), "gradient": gradient.item()}


def loss_explorer(view="compare", target=0, net=2.0, **state):
    """Squared error and cross-entropy of one sigmoid unit side by side, with their gradients.

    view: "compare" the two curves, "descend" from a bad start, "penalty" on the weights of a small network;
    target: 0 or 1; net: the unit's net input, from -10 to 10; more of the state by name: axis, printed, start, rate,
    step, strength.
    """
    return LossExplorer(view=view, target=target, net=net, **state)
