"""Recomputed for lesson 06, activation functions."""

import math

import numpy as np

from course_lib import activations


def sigmoid_at_the_ends():
    """The sigmoid at -30 and 30, and the first of the steps of 0.01 at which a float64 is full."""
    grid = np.arange(3600, 3800) / 100
    low, high = activations.sigmoid([-30.0, 30.0])
    return {"at -30": low, "at 30": high, "is 1 from": grid[activations.sigmoid(grid) == 1][0]}


def elu_as_printed(numbers):
    """x where it is more than 0, e^x - 1 elsewhere (alpha = 1)."""
    return [x if x > 0 else math.exp(x) - 1 for x in numbers]


def leaky_as_printed(numbers):
    """max(0.01 x, x)."""
    return [max(0.01 * x, x) for x in numbers]


def maxout_of_two_lines(x):
    """max(1 x + 0, 0 x + 0): the example that is ReLU."""
    return activations.maxout([[1 * x + 0, 0 * x + 0]], pieces=2).item()


def slopes_as_printed(numbers):
    """sigma(x) (1 - sigma(x)), by the exponential function alone."""
    return [1 / ((1 + math.exp(-x)) * (1 + math.exp(x))) for x in numbers]


def zero_centred():
    """Whether the mean output over an even grid from -6 to 6 is 0, for sigmoid, tanh and ReLU."""
    grid = np.linspace(-6, 6, 25)
    functions = {"sigmoid": activations.sigmoid, "tanh": activations.tanh, "ReLU": activations.relu}
    return {name: bool(abs(function(grid).mean()) < 1e-12) for name, function in functions.items()}
