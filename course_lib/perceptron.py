"""One neuron with a threshold: what it answers, two rules that teach it, and how far its line stays from the data.

Data are x (N, n), one example a row; weights are (n + 1,) and begin with the bias w_0, which is the weight of an input
x_0 that is always 1. The library puts x_0 in front by itself. Targets are -1 and +1.
"""

import dataclasses
from typing import NamedTuple

import numpy as np

from course_lib.backend import finite_array, finite_number
from course_lib.shapes import whole_number

GATES = {"AND": (-1, -1, -1, 1), "OR": (-1, 1, 1, 1), "XOR": (-1, 1, 1, -1)}


def gate(name):
    """The four inputs of a logic gate, x (4, 2) of 0 and 1, and its targets (4,): +1 for true, -1 for false.

    >>> x, targets = gate("AND")
    >>> x.tolist(), targets.tolist()
    ([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [-1, -1, -1, 1])
    """
    if name not in GATES:
        raise ValueError(f"there is no gate {name!r}; the gates are {', '.join(GATES)}")
    return np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]), np.array(GATES[name])


def standardise(x):
    """Each column of x (N, n) minus its mean, divided by its standard deviation: mean 0, spread 1, no units.

    >>> standardise([[1, 10], [3, 30]]).tolist()
    [[-1.0, -1.0], [1.0, 1.0]]
    """
    x = _data(x)
    same = (x == x[0]).all(axis=0)
    if same.any():
        raise ValueError(f"column {int(np.argmax(same))} of the data holds one value only: it has no spread")
    with np.errstate(over="ignore", under="ignore"):
        spread = x.std(axis=0)
    if not (np.isfinite(spread) & (spread > 0)).all():
        raise ValueError("these numbers are too large or too small to be squared: give them in another unit")
    return (x - x.mean(axis=0)) / spread


# What the unit answers


def net(x, weights):
    """w_0 + w_1 x_1 + ... + w_n x_n for every row of x (N, n): the linear unit's output, (N,).

    Added from left to right, so that it has the same bits on every machine and in the explorer.

    >>> net([[2, 1]], [1, -2, 1]).tolist()
    [-2.0]
    """
    x = _data(x)
    return _net(with_bias(x), _weights(weights, x))


def with_bias(x):
    """x (N, n) with a column of ones in front, (N, n + 1): the input x_0 = 1 of the bias.

    >>> with_bias([[2, 5]]).tolist()
    [[1.0, 2.0, 5.0]]
    """
    x = _data(x)
    return np.concatenate([np.ones_like(x[:, :1]), x], axis=1)


def sgn(value):
    """+1 where value > 0, else -1: also at 0. Source: 001_4aa9bd5242e78f22.txt, lines 18-19 (PER-01).

    >>> sgn([-1, 0, 1]).tolist()
    [-1, -1, 1]
    """
    return _sgn(finite_array("value", value))


def output(x, weights):
    """The threshold unit's answers o = sgn(w.x), -1 or +1, for every row of x (N, n).

    >>> output([[0, 0], [2, 2]], [-3, 1, 1]).tolist()
    [-1, 1]
    """
    return _sgn(net(x, weights))


def fires(x, weights, threshold):
    """The second convention: 1 where w_1 x_1 + ... + w_n x_n >= threshold, else 0; `weights` (n,) without a bias.

    Source: 003_7b594a0dab4ccf8d.txt, line 39 (PER-02).

    >>> fires([[0, 0], [0, 1], [1, 1]], [1, 1], threshold=2).tolist()
    [0, 0, 1]
    """
    return np.where(net(x, to_bias(weights, 0)) >= finite_number("threshold", threshold), 1, 0)


def to_threshold(weights):
    """(weights without the bias, threshold) of the second convention: T = -w_0. See to_bias() for the way back.

    >>> weights, threshold = to_threshold([-1.5, 1, 1])
    >>> weights.tolist(), threshold
    ([1.0, 1.0], 1.5)
    """
    weights = _row(weights)
    return weights[1:].copy(), float(0 - weights[0])


def to_bias(weights, threshold):
    """Weights that begin with the bias w_0 = -T.

    >>> to_bias([1, 1], threshold=1.5).tolist()
    [-1.5, 1.0, 1.0]
    """
    return np.concatenate([[0 - finite_number("threshold", threshold)], _row(weights)])


def to_targets(labels):
    """Labels y of 0 and 1 as targets of -1 and +1: 2 y - 1.

    >>> to_targets([0, 1, 1]).tolist()
    [-1, 1, 1]
    """
    return 2 * _two_kinds("labels", labels, (0, 1)) - 1


def to_labels(targets):
    """Targets of -1 and +1 as labels of 0 and 1: (t + 1) / 2.

    >>> to_labels([-1, 1, 1]).tolist()
    [0, 1, 1]
    """
    return (_two_kinds("targets", targets, (-1, 1)) + 1) // 2


# The perceptron rule


class Update(NamedTuple):
    """One correction: weights `before` and `after` (n + 1,), made in `epoch` (from 1) by row `example` (from 0)."""

    epoch: int
    example: int
    target: int
    output: int
    before: np.ndarray
    after: np.ndarray


@dataclasses.dataclass(frozen=True, eq=False)
class Training:
    """What train() did: every update, the mistakes of each epoch, and how it ended (`converged`, and `note` in words).

    `history` (updates + 1, n + 1): row 0 holds the weights at the start, row k those after k updates.
    """

    start: np.ndarray
    updates: list
    mistakes: list
    converged: bool
    note: str

    @property
    def history(self):
        return np.array([self.start, *(update.after for update in self.updates)])

    @property
    def weights(self):
        return self.history[-1]

    @property
    def epochs(self):
        return len(self.mistakes)

    def __repr__(self):
        return f"<perceptron training: {self.note}>"


def update(weights, x, target, learning_rate):
    """The perceptron rule for one example x (n,): w + learning_rate * (t - o) * x, with x_0 = 1 for the bias.

    t - o is 0 where the unit is right, else -2 or +2. Source: 001_4aa9bd5242e78f22.txt, lines 29-33 (PER-03).

    >>> update([1, -2, 1], [2, 1], target=1, learning_rate=0.5).tolist()
    [2.0, 0.0, 2.0]
    """
    x, targets, weights = _labelled([x], [target], weights)
    example = with_bias(x)[0]
    factor = int(targets[0] - _sgn(_net(example[None], weights))[0])
    return weights + _rate(learning_rate) * factor * example


def train(x, targets, learning_rate=1.0, weights=None, max_epochs=1000):
    """The perceptron rule, example after example, until a whole epoch passes without a mistake: a Training.

    x (N, n) and targets (N,) of -1 and +1 are taken in their order; `weights` is where to start, zeros if not given.
    Data that no line separates are never finished: then it stops after `max_epochs` and says so in the result.

    >>> x, targets = gate("AND")
    >>> result = train(x, targets)
    >>> result.weights.tolist(), result.note
    ([-4.0, 4.0, 2.0], 'all 4 right in epoch 6, after 10 updates')
    """
    x, targets, start = _labelled(x, targets, weights)
    rate, max_epochs = _rate(learning_rate), whole_number("max_epochs", max_epochs, 1)
    examples, positive, weights, updates, mistakes = np.asfortranarray(with_bias(x)), targets > 0, start, [], []
    signs = targets.astype(int).tolist()
    steps = (2 * rate * targets[:, None]).astype(x.dtype) * examples  # of a mistake: t - o = 2t
    while len(mistakes) < max_epochs:
        made_before, place = len(updates), 0
        while (place := _next_mistake(examples, positive, weights, place)) is not None:
            before, weights, target = weights, weights + steps[place], signs[place]
            updates.append(Update(len(mistakes) + 1, place, target, -target, before, weights))
            place += 1
        mistakes.append(len(updates) - made_before)
        if mistakes[-1] == 0:
            break
    return Training(start, updates, mistakes, mistakes[-1] == 0, _ending(len(x), len(updates), mistakes))


def _next_mistake(examples, positive, weights, place):
    """The first row from `place` on that the weights answer wrongly, or None: many rows are looked at together."""
    if place == len(examples):
        return None
    wrong = (_net(examples[place:], weights) > 0) != positive[place:]
    first = int(wrong.argmax())
    return place + first if wrong[first] else None


def _ending(count, updates, mistakes):
    made = f"{updates} update{'' if updates == 1 else 's'}"
    if mistakes[-1] == 0:
        return f"all {count} right in epoch {len(mistakes)}, after {made}"
    return (
        f"stopped after {len(mistakes)} epochs and {made}: the last epoch still had {mistakes[-1]} "
        f"mistake{'' if mistakes[-1] == 1 else 's'}; either no line separates these data, or it takes longer"
    )


# How far the line is


def distances(x, weights):
    """How far each row of x (N, n) lies from the line (plane, hyperplane) w.x = 0: positive on the side o = +1.

    w.x divided by the length of (w_1, ..., w_n), in the units of x; the bias does not count into the length.

    >>> distances([[3, 4], [0, 0]], [-5, 3, 4]).tolist()
    [4.0, -1.0]
    """
    values, (_, *slopes) = net(x, weights), finite_array("weights", weights)
    if not any(slopes):
        raise ValueError("w_1 to w_n are all 0: there is no line that could have a distance")
    with np.errstate(over="ignore", under="ignore"):
        length = np.sqrt(np.sum(np.square(slopes)))
    if not 0 < length < np.inf:
        raise ValueError("these weights are too large or too small to be squared: multiply all of them by one number")
    return values / length


def margin(x, targets, weights):
    """The distance of the line to the example nearest to it; negative where an example lies on the wrong side.

    >>> margin([[3, 4], [0, 0]], [1, -1], [-5, 3, 4])
    1.0
    """
    x, targets, weights = _labelled(x, targets, weights)
    return float((targets * distances(x, weights)).min()) + 0.0  # never -0.0


# The delta rule: the same correction with the linear unit's output, downhill on an error


def squared_error(x, targets, weights, unit=net):
    """E = 1/2 sum (t - o)^2 over the examples, with o = unit(x, weights): `net` (linear) or `output` (threshold).

    Targets may be any numbers here. Source: 001_4aa9bd5242e78f22.txt, line 45.

    >>> squared_error([[2, 1], [0, 1]], [1, -1], [1, -2, 1]), squared_error([[2, 1]], [1], [1, -2, 1], unit=output)
    (9.0, 2.0)
    """
    x, targets, weights = _examples(x, targets, weights)
    return float(np.sum((targets - unit(x, weights)) ** 2) / 2)


def gradient(x, targets, weights):
    """dE/dw_0, ..., dE/dw_n for the linear unit: -sum (t - o) x, (n + 1,).

    Source: 001_4aa9bd5242e78f22.txt, lines 37-54 (PER-04, PER-05).

    >>> gradient([[2, 1], [0, 1]], [1, -1], [1, -2, 1]).tolist()
    [0.0, -6.0, 0.0]
    """
    x, targets, weights = _examples(x, targets, weights)
    return 0 - _correction(with_bias(x), targets, weights)  # not -0.0


@dataclasses.dataclass(frozen=True, eq=False)
class Descent:
    """What delta_rule() did: weights `history` (epochs + 1, n + 1) and the error E of each, from the start on.

    `diverged` where the error ended above its start; `note` says how it ended in words.
    """

    history: np.ndarray
    errors: np.ndarray
    diverged: bool
    note: str

    @property
    def weights(self):
        return self.history[-1]

    def __repr__(self):
        return f"<delta rule: {self.note}>"


def delta_rule(x, targets, learning_rate=0.001, epochs=50, mode="batch", weights=None):
    """w + learning_rate * (t - o) * x with the linear output o = w.x, for a number of epochs: a Descent.

    "batch" adds up the corrections of all examples and makes one step an epoch, down the gradient of E; "stochastic"
    makes a small step after each example, in their order. Targets may be any numbers.

    >>> result = delta_rule([[2, 1], [0, 1]], [1, -1], learning_rate=0.1, epochs=2)
    >>> result.history.round(3).tolist(), result.errors.round(3).tolist()
    ([[0.0, 0.0, 0.0], [0.0, 0.2, 0.0], [-0.04, 0.32, -0.04]], [1.0, 0.68, 0.52])
    """
    x, targets, weights = _examples(x, targets, weights)
    rate, epochs, examples = _rate(learning_rate), whole_number("epochs", epochs, 1), with_bias(x)
    if mode not in ("batch", "stochastic"):
        raise ValueError(f'mode is "batch" or "stochastic", not {mode!r}')
    size = len(x) if mode == "batch" else 1
    history, errors = [weights], [squared_error(x, targets, weights)]
    with np.errstate(over="ignore", invalid="ignore"):  # steps that are too long overflow in the end
        for _ in range(epochs):
            for place in range(0, len(x), size):
                rows = slice(place, place + size)
                weights = weights + rate * _correction(examples[rows], targets[rows], weights)
            error = np.sum((targets - _net(examples, weights)) ** 2) / 2
            if not np.isfinite(error):
                break
            history.append(weights)
            errors.append(float(error))
    diverged = errors[-1] > errors[0] or len(errors) <= epochs
    return Descent(np.array(history), np.array(errors), bool(diverged), _descended(errors, epochs, diverged))


def _correction(examples, targets, weights):
    """The sum of (t - o) x over the examples, (n + 1,), with the linear output."""
    return np.sum((targets - _net(examples, weights))[:, None] * examples, axis=0)


def _descended(errors, epochs, diverged):
    way = f"the error went from {errors[0]:.3g} to {errors[-1]:.3g} in {len(errors) - 1} of {epochs} epochs"
    return f"{way}: it grows, so take a smaller learning rate" if diverged else way


# Weights as a pattern


def correlation(pattern, weights):
    """Pearson's correlation of two arrays of one shape, from -1 to 1: how alike they are, whatever their brightness.

    Both are moved to mean 0 and scaled to length 1; then it is their w.x. Source: 003_7b594a0dab4ccf8d.txt,
    lines 43-54, which gives two values and no formula (PER-06, PER-07).

    >>> correlation([0, 1, 0, 1], [0, 2, 1, 3])
    0.8944271909999159
    """
    pattern, weights = finite_array("pattern", pattern), finite_array("weights", weights)
    if pattern.shape != weights.shape:
        raise ValueError(f"the pattern has the shape {pattern.shape}, the weights {weights.shape}: they must be equal")
    if (pattern == pattern.flat[0]).all() or (weights == weights.flat[0]).all():
        raise ValueError("a pattern whose entries are all equal resembles nothing: its correlation is 0 / 0")
    pattern, weights = pattern - pattern.mean(), weights - weights.mean()
    with np.errstate(over="ignore", under="ignore"):
        length = np.sqrt(np.sum(pattern**2) * np.sum(weights**2))
    if not 0 < length < np.inf:
        raise ValueError("these numbers are too large or too small to be squared: give them in another unit")
    return float(np.clip(np.sum(pattern * weights) / length, -1, 1))


# What comes in


def _sgn(values):
    return np.where(values > 0, 1, -1)


def _net(examples, weights):
    """w.x for rows that begin with x_0 = 1: one term after the other is added, so that every machine gives the same."""
    terms = np.multiply(examples.T, weights[:, None], order="C")
    return np.add.accumulate(terms, axis=0)[-1]


def _data(x):
    x = finite_array("data", x)
    if x.ndim != 2:
        raise ValueError(f"the data are (N, n), one example a row; this array has shape {x.shape}")
    return x


def _row(weights):
    weights = finite_array("weights", weights)
    if weights.ndim != 1:
        raise ValueError(f"weights are one row of numbers; these have the shape {weights.shape}")
    return weights


def _weights(weights, x):
    """The weights in the dtype of the data."""
    weights = finite_array("weights", weights)
    if weights.shape != (x.shape[1] + 1,):
        raise ValueError(
            f"{x.shape[1]} inputs need {x.shape[1] + 1} weights, the bias first; these have shape {weights.shape}"
        )
    return weights.astype(x.dtype)


def _examples(x, targets, weights):
    x, targets = _data(x), finite_array("targets", targets)
    if targets.shape != x.shape[:1]:
        raise ValueError(f"{len(x)} examples need {len(x)} targets, one each; these have shape {targets.shape}")
    weights = np.zeros(x.shape[1] + 1) if weights is None else weights
    return x, targets.astype(x.dtype), _weights(weights, x)


def _labelled(x, targets, weights):
    """The same for a threshold unit, whose targets are -1 and +1: they come back as integers."""
    targets = _two_kinds("targets", targets, (-1, 1))
    x, _, weights = _examples(x, targets, weights)
    return x, targets, weights


def _two_kinds(name, values, kinds):
    """The values as integers, all of them one of the two kinds."""
    values = finite_array(name, values)
    others = values[(values != kinds[0]) & (values != kinds[1])]
    if others.size:
        turn = {"labels": "to_labels(targets)", "targets": "to_targets(labels)"}[name]
        known = set(values.ravel().tolist()) <= set({"labels": (-1, 1), "targets": (0, 1)}[name])
        more = f"; {turn} makes them so" if known else ""
        raise ValueError(f"{name} are {kinds[0]} and {kinds[1]:+d}, but {others.flat[0]:g} came{more}")
    return values.astype(np.int64)


def _rate(learning_rate):
    learning_rate = finite_number("learning_rate", learning_rate)
    if learning_rate <= 0:
        raise ValueError(f"learning_rate must be more than 0, not {learning_rate:g}: at 0 nothing is learnt")
    return learning_rate
