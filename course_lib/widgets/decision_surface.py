"""The decision surface: what a network of two layers answers everywhere in the plane, while it learns."""

import numpy as np
import traitlets

from course_lib import data, perceptron, two_layer
from course_lib.plots import two_layer as plots
from course_lib.widgets.base import Explorer

EPOCHS, SNAPSHOTS = 300, 30
LEARNING_RATES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
MOMENTA = (0.0, 0.5, 0.8, 0.9, 0.95)


def _xor():
    x, targets = perceptron.gate("XOR")
    return x, perceptron.to_labels(targets)


POINTS = {"XOR": _xor, "two moons": lambda: data.two_moons(100)}
BOXES = {"XOR": ([-0.5, 1.5], [-0.5, 1.5]), "two moons": ([-1.6, 2.6], [-1.4, 1.9])}
STARTS = {
    "XOR": {"hidden": 2, "learning_rate": 0.5, "momentum": 0.9, "point": [0.5, 0.5]},
    "two moons": {"hidden": 4, "learning_rate": 0.1, "momentum": 0.9, "point": [0.5, 0.25]},
}


def _preset(name):
    x, labels = POINTS[name]()
    x_range, y_range = BOXES[name]
    # Rounded for showing, as is all that is stored with a lesson: the last bits of cos and exp differ by machine.
    return {"points": x.round(4).tolist(), "labels": labels.tolist(), "x": x_range, "y": y_range, "start": STARTS[name]}


class DecisionSurface(Explorer):
    """A network of two layers over the plane, at every stage of its training; see decision_surface()."""

    front_end = ("chart.js", "decision_surface_math.js", "decision_surface.js")
    styles = ("chart.css", "decision_surface.css")
    state = ("preset", "hidden", "learning_rate", "momentum", "seed", "snapshot", "lines", "point")

    presets = traitlets.Dict({name: _preset(name) for name in POINTS}).tag(sync=True)
    learning_rates = traitlets.List(list(LEARNING_RATES)).tag(sync=True)
    momenta = traitlets.List(list(MOMENTA)).tag(sync=True)

    preset = traitlets.Enum(tuple(POINTS), "XOR").tag(sync=True)
    hidden = traitlets.Int(2, min=1, max=8, help="how many hidden units").tag(sync=True)
    learning_rate = traitlets.Enum(LEARNING_RATES, 0.5).tag(sync=True)
    momentum = traitlets.Enum(MOMENTA, 0.9).tag(sync=True)
    seed = traitlets.Int(0, min=0, max=30, help="of the random weights at the start").tag(sync=True)
    snapshot = traitlets.Int(SNAPSHOTS, min=0, max=SNAPSHOTS, help="which of the kept weights is shown").tag(sync=True)
    lines = traitlets.Bool(True, help="show where each hidden unit answers 0.5").tag(sync=True)
    point = traitlets.List(traitlets.Float(), [0.5, 0.5], 2, 2, help="whose outputs are told in words").tag(sync=True)
    training = traitlets.Dict(help="of these settings, as the page plays it").tag(sync=True)

    @property
    def settings(self):
        """What the training depends on."""
        return {name: getattr(self, name) for name in ("preset", "hidden", "learning_rate", "momentum", "seed")}

    def train(self):
        """The two_layer.Training of these settings."""
        x, labels = POINTS[self.preset]()
        start = two_layer.Weights.random(2, self.hidden, 1, np.random.default_rng(self.seed), scale=1)
        return two_layer.train(
            start, x, labels[:, None], self.learning_rate, self.momentum, epochs=EPOCHS, order="batch", keep=SNAPSHOTS
        )

    @traitlets.default("training")
    def _trained(self):
        training = self.train()
        return {
            "settings": self.settings,
            "epochs": list(training.epochs),
            "error": training.error.round(6).tolist(),
            "highest": float(training.error.max().round(6)) * 1.05,
            "kept": [_as_lists(weights) for weights in training.kept],
            "summary": f"At the end: {training.outcome}.",
        }

    @traitlets.observe("preset", "hidden", "learning_rate", "momentum", "seed")
    def _train_again(self, _change):
        if self.training["settings"] != self.settings:
            self.training = self._trained()

    @property
    def weights(self):
        """The weights shown, as the page has them: two_layer.Weights."""
        return two_layer.Weights(**self.training["kept"][self.snapshot])

    def still(self):
        """A Figure with the map and the error."""
        x, labels = POINTS[self.preset]()
        error, epoch = np.array(self.training["error"]), self.training["epochs"][self.snapshot]
        return plots.surface_and_error(self.weights, x, labels, error, epoch, BOXES[self.preset], lines=self.lines)


def decision_surface(preset="XOR", **state):
    """Watch what a network of two layers answers in the plane while it learns.

    preset: "XOR" or "two moons"; more of the state by name: hidden (units, 1 to 8), learning_rate and momentum (of
    LEARNING_RATES and MOMENTA), seed, snapshot, lines, point.
    """
    return DecisionSurface(preset=preset, **{**STARTS.get(preset, {}), **state})


def _as_lists(weights):
    names = ("hidden", "output", "hidden_bias", "output_bias")
    return {name: getattr(weights, name).round(6).tolist() for name in names}
