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

    planes = traitlets.List(help="the points and their frame, `of` each preset, standardised or not").tag(sync=True)
    limits = traitlets.Dict({"epochs": MAX_EPOCHS, "updates": MAX_UPDATES}).tag(sync=True)

    @traitlets.default("start")
    def _zeros(self):
        return [0.0, 0.0, 0.0]

    @traitlets.default("planes")
    def _all_planes(self):
        return [_plane(preset, standardised) for preset in PRESETS for standardised in (True, False)]

    @traitlets.validate("learning_rate")
    def _check_rate(self, proposal):
        if not 0 < proposal.value < np.inf:
            raise traitlets.TraitError(f"the learning rate must be more than 0 and finite, not {proposal.value}")
        return proposal.value

    @property
    def plane(self):
        """The points shown and their frame, as the page has them."""
        return _plane(self.preset, self.standardised)

    @property
    def training(self):
        """What the perceptron rule does from the start weights on, as the page plays it: a perceptron.Training."""
        return _training(self.preset, self.standardised, self.learning_rate, tuple(self.start))

    @property
    def weights(self):
        """The weights shown (3,): those set by hand, else those after `step` updates."""
        if self.hand is not None:
            return np.array(self.hand)
        return self.training.history[: MAX_UPDATES + 1][: self.step + 1][-1]

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


@functools.cache
def _plane(preset, standardised):
    x, targets, words = examples(preset, standardised)
    frame = _frame(x, equal=standardised or preset in perceptron.GATES)
    return {"of": [preset, standardised], "x": x.tolist(), "targets": targets.tolist(), "frame": frame, **words}


@functools.lru_cache(maxsize=8)
def _training(preset, standardised, learning_rate, start):
    x, targets, _ = examples(preset, standardised)
    return perceptron.train(x, targets, learning_rate, start, MAX_EPOCHS)


def _frame(x, equal):
    """[[left, right], [bottom, top]] around the points, with room; `equal`: one unit is as long in both directions."""
    low, high = x.min(axis=0), x.max(axis=0)
    half = (0.6 if len(x) > 10 else 0.75) * (high - low)
    if equal:
        half = max(half[0] / WIDTH_TO_HEIGHT, half[1]) * np.array([WIDTH_TO_HEIGHT, 1])
    middle = (low + high) / 2
    return np.column_stack([middle - half, middle + half]).round(4).tolist()
