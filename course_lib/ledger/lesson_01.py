"""Recomputed for lesson 01, one perceptron."""

import itertools

import numpy as np

from course_lib import gradcheck, perceptron


def signs_as_printed(sums):
    """The printed rule: 1 where the sum is more than 0, -1 otherwise."""
    return [1 if total > 0 else -1 for total in sums]


def second_convention(gaps):
    """The answers of both threshold units where the sum lies `gap` above the threshold, each as 0 or 1."""
    fires = [perceptron.fires([[gap + 2.5]], [1], threshold=2.5)[0] for gap in gaps]
    signs = [perceptron.output([[gap + 2.5]], perceptron.to_bias([1], 2.5))[0] for gap in gaps]
    return {"fires from T on": fires, "fires above 0": [(sign + 1) // 2 for sign in signs]}


def factors():
    """By how many learning rates times input the rule changes a weight, for every target and output."""
    weights, example, changes = np.array([1.0, -2.0, 1.0]), [2.0, 1.0], set()
    for target, side in itertools.product((-1, 1), repeat=2):
        before = -side * weights  # w.x = -2, so this answers `side`
        changes.add(((perceptron.update(before, example, target, 0.5) - before) / (0.5 * np.array([1, 2, 1]))).max())
    return sorted(changes)


def factors_as_printed():
    """t - o for every target and output."""
    return sorted({target - output for target, output in itertools.product((-1, 1), repeat=2)})


def batch_rule_is_the_gradient():
    """Whether the printed batch rule goes down the gradient: of a linear unit, and of the unit with the sign."""
    rng = np.random.default_rng(0)
    x, targets, weights = rng.normal(size=(7, 3)), rng.normal(size=7), rng.normal(size=4)

    def agrees(targets, output):
        rule = sum((t - w) * row for row, t, w in zip(perceptron.with_bias(x), targets, output(weights), strict=True))
        slope = gradcheck.numerical_gradient(lambda w: 0.5 * ((targets - output(w)) ** 2).sum(), weights)
        return np.allclose(rule, -slope, rtol=1e-6, atol=1e-8)

    linear = agrees(targets, lambda w: perceptron.with_bias(x) @ w)
    return {"linear unit": linear, "unit with the sign": agrees(np.sign(targets), lambda w: perceptron.output(x, w))}


def gradient_entries(inputs):
    """How many entries the gradient of a unit with so many inputs has."""
    return perceptron.gradient(np.ones((5, inputs)), np.ones(5), np.zeros(inputs + 1)).size
