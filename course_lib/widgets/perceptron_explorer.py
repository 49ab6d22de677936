"""The perceptron explorer: a line between two kinds of points, moved by the perceptron rule or by hand."""

import functools

import numpy as np
import traitlets

from course_lib import data, perceptron
from course_lib.plots import perceptron as plots
from course_lib.widgets.base import Explorer

PAIRS = {  # the species that stands first in the table has the target +1
    "Adelie / Gentoo": (("Adelie", "Gentoo"), ("bill_length_mm", "bill_depth_mm")),
    "Gentoo / Chinstrap": (("Gentoo", "Chinstrap"), ("bill_length_mm", "body_mass_g")),
    "Adelie / Chinstrap": (("Adelie", "Chinstrap"), ("bill_length_mm", "bill_depth_mm")),
}
PRESETS = (*PAIRS, *perceptron.GATES)
MAX_EPOCHS, MAX_UPDATES = 500, 2000  # the rule stops after so many epochs; so many updates can be played
WIDTH_TO_HEIGHT = 398 / 350  # of the picture's frame, so that a right angle looks like one


class Weights(traitlets.TraitType):
    """Three finite numbers, the bias first; arrays become lists."""

    def validate(self, explorer, value):
        try:
            weights = np.asarray(value, dtype=float)
        except (TypeError, ValueError):
            weights = np.empty(0)
        if weights.shape != (3,) or not np.isfinite(weights).all():
            raise traitlets.TraitError(f"three numbers are expected, the bias first, not {value!r}")
        return weights.tolist()


class PerceptronExplorer(Explorer):
    """Points, the line w.x = 0 and every update of the perceptron rule; see perceptron_explorer()."""

    front_end = ("chart.js", "perceptron_math.js", "perceptron_explorer.js")
    styles = ("chart.css", "perceptron_explorer.css")
    state = ("preset", "standardised", "learning_rate", "start", "step", "hand")

    presets = traitlets.List(list(PRESETS)).tag(sync=True)

    preset = traitlets.Enum(PRESETS, "Adelie / Gentoo", help="two species of penguins, or a logic gate").tag(sync=True)
    standardised = traitlets.Bool(True, help="penguins with mean 0 and spread 1, not in mm and g").tag(sync=True)
    learning_rate = traitlets.Float(0.5).tag(sync=True)
    start = Weights(help="the three weights before the first update, bias first").tag(sync=True)
    step = traitlets.Int(0, min=0, help="how many updates have been made").tag(sync=True)
    hand = Weights(None, allow_none=True, help="weights set by hand, shown in place of the rule's").tag(sync=True)

    plane = traitlets.Dict(help="the points and their frame, `of` a preset").tag(sync=True)
    trace = traitlets.Dict(help="what the rule does, `of` a preset, a learning rate and a start").tag(sync=True)

    @traitlets.default("start")
    def _zeros(self):
        return [0.0, 0.0, 0.0]

    @traitlets.default("plane")
    def _first_plane(self):
        return self._make_plane()

    @traitlets.default("trace")
    def _first_trace(self):
        return self._make_trace()

    @traitlets.validate("learning_rate")
    def _check_rate(self, proposal):
        if not 0 < proposal.value < np.inf:
            raise traitlets.TraitError(f"the learning rate must be more than 0 and finite, not {proposal.value}")
        return proposal.value

    @traitlets.observe("preset", "standardised", "learning_rate", "start")
    def _follow(self, _change):
        with self.hold_sync():
            if self.plane["of"] != self._plane_of():
                self.plane = self._make_plane()
            if self.trace["of"] != self._trace_of():
                self.trace = self._make_trace()

    def _plane_of(self):
        return [self.preset, self.standardised]

    def _trace_of(self):
        return [self.preset, self.standardised, self.learning_rate, self.start]

    def _make_plane(self):
        x, targets, words = examples(self.preset, self.standardised)
        equal = self.standardised or self.preset in perceptron.GATES
        return {
            "of": self._plane_of(),
            "x": x.tolist(),
            "targets": targets.tolist(),
            "frame": _frame(x, equal),
            **words,
        }

    def _make_trace(self):
        training = self.training
        shown = training.updates[:MAX_UPDATES]
        cut = f". Here the first {MAX_UPDATES} updates can be played" if len(training.updates) > MAX_UPDATES else ""
        return {
            "of": self._trace_of(),
            "weights": training.history[: len(shown) + 1].tolist(),
            "examples": [update.example for update in shown],
            "epochs": [update.epoch for update in shown],
            "note": f"{training.note[0].upper()}{training.note[1:]}{cut}.",
        }

    @property
    def training(self):
        """What the perceptron rule does from the start weights on: a perceptron.Training."""
        x, targets, _ = examples(self.preset, self.standardised)
        return perceptron.train(x, targets, self.learning_rate, self.start, MAX_EPOCHS)

    @property
    def weights(self):
        """The weights shown (3,): those set by hand, else those after `step` updates."""
        if self.hand is not None:
            return np.array(self.hand)
        return np.array(self.trace["weights"][min(self.step, len(self.trace["examples"]))])

    @property
    def wrong(self):
        """Which points the weights shown answer wrongly: truth values, (N,)."""
        x, targets, _ = examples(self.preset, self.standardised)
        return perceptron.output(x, self.weights) != targets

    def still(self):
        """A Figure with the points, the line and the points on its wrong side."""
        x, targets, words = examples(self.preset, self.standardised)
        labels = {"names": words["names"], "xlabel": words["xlabel"], "ylabel": words["ylabel"]}
        return plots.plane(x, targets, ("w.x = 0", self.weights), **labels)


def perceptron_explorer(preset="Adelie / Gentoo", learning_rate=0.5, **state):
    """Watch a perceptron learn, one update at a time, forward and back, or set its weights by hand.

    preset: a pair of species or a gate (see PRESETS); more of the state by name: standardised, start, step, hand.
    """
    return PerceptronExplorer(preset=preset, learning_rate=learning_rate, **state)


@functools.cache
def examples(preset, standardised):
    """(x, targets, words) of a preset: x (N, 2), targets -1 and +1, and the words that its picture needs."""
    if preset in perceptron.GATES:
        x, targets = perceptron.gate(preset)
        return x, targets, {"names": ["true", "false"], "xlabel": "x1", "ylabel": "x2"}
    species, features = PAIRS[preset]
    x, labels = data.load_penguins(species, features)
    means, spreads = x.mean(axis=0), x.std(axis=0)
    titles = []
    for feature, mean, spread in zip(features, means, spreads, strict=True):
        *words, unit = feature.split("_")
        zero = f": 0 is {mean:.4g} {unit}, one step {spread:.3g} {unit}" if standardised else f" in {unit}"
        titles.append(" ".join(words) + zero)
    words = {"names": list(species), "xlabel": titles[0], "ylabel": titles[1]}
    return perceptron.standardise(x) if standardised else x, 1 - 2 * labels, words


def _frame(x, equal):
    """[[left, right], [bottom, top]] around the points, with room; `equal`: one unit is as long in both directions."""
    low, high = x.min(axis=0), x.max(axis=0)
    half = (0.6 if len(x) > 10 else 0.75) * (high - low)
    if equal:
        half = max(half[0] / WIDTH_TO_HEIGHT, half[1]) * np.array([WIDTH_TO_HEIGHT, 1])
    middle = (low + high) / 2
    return np.column_stack([middle - half, middle + half]).round(4).tolist()
