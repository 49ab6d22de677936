"""Recomputed for lesson 03: the two-layer network. Judge of every formula is a graph of single numbers (autograd)."""

import math

import numpy as np

from course_lib import autograd, two_layer
from course_lib.autograd import Value

WEIGHTS, X, T, LEARNING_RATE = two_layer.worked_example()


def graph():
    """The 3-2-2 example number by number, after the backward pass: {"net H": [...], "o H": [...], "w H": ...}."""
    nodes, signals = {}, [Value(x) for x in X]
    for layer, table in (("H", WEIGHTS.hidden), ("O", WEIGHTS.output)):
        weights = [[Value(w) for w in row] for row in table]
        nets = [sum((w * x for w, x in zip(row, signals, strict=True)), Value(0)) for row in weights]
        signals = [autograd.sigmoid(net) for net in nets]
        nodes |= {f"w {layer}": [w for row in weights for w in row], f"net {layer}": nets, f"o {layer}": signals}
    error = sum(((t - o) * (t - o) for t, o in zip(T, signals, strict=True)), Value(0)) * 0.5
    error.backward()
    return nodes | {"E": [error]}


def slopes(name):
    """dE / d(each of these)."""
    return [node.grad for node in graph()[name]]


def minus_slopes(name):
    """-dE / d(each of these): the deltas where they are net inputs."""
    return [-slope for slope in slopes(name)]


def steps_down(name):
    """-eta dE/dw for the weights of one layer, receiver by receiver."""
    return [-LEARNING_RATE * slope for slope in slopes(name)]


def unit_slopes():
    """do / dnet of both output units: dE/dnet over dE/do."""
    nodes = graph()
    return [net.grad / o.grad for net, o in zip(nodes["net O"], nodes["o O"], strict=True)]


def error():
    """E of the example."""
    return graph()["E"][0].data


def outputs():
    """(o of the hidden units, o of the output units), from two_layer."""
    step = two_layer.step(WEIGHTS, X, T, LEARNING_RATE)
    return step.o_hidden, step.o_output


def sigmoid_as_printed(numbers):
    """1 / (1 + e^-y)."""
    return [1 / (1 + math.exp(-y)) for y in numbers]


def derivative_as_printed(numbers):
    """sigma (1 - sigma)."""
    return [s * (1 - s) for s in sigmoid_as_printed(numbers)]


def error_as_printed():
    """1/2 sum of (t - o)^2."""
    return sum((T - outputs()[1]) ** 2) / 2


def error_of_halves():
    """E of one example with the targets 1 and 0 where both units answer 0.5."""
    return two_layer.error(two_layer.Weights(np.zeros((1, 3)), np.zeros((2, 1))), X, T)


def output_delta_as_printed():
    """o (1 - o) (t - o)."""
    o = outputs()[1]
    return o * (1 - o) * (T - o)


def hidden_delta_as_printed(sign):
    """o (1 - o) sum of w delta, with the sign that stands before delta: 1, or -1 as the later derivation prints it."""
    o = outputs()[0]
    return o * (1 - o) * (WEIGHTS.output.T @ (sign * output_delta_as_printed()))


def output_slope_as_printed():
    """-(t - o)."""
    return -(T - outputs()[1])


def unit_slope_as_printed():
    """o (1 - o)."""
    o = outputs()[1]
    return o * (1 - o)


def downstream_sum_as_printed():
    """sum over k of -delta_k w_kj o_j (1 - o_j)."""
    o, delta = outputs()[0], output_delta_as_printed()
    return sum(-delta[k] * WEIGHTS.output[k] * o * (1 - o) for k in (0, 1))


def changes_as_printed():
    """eta delta_j x_ji: the hidden units' weights, then the output units'."""
    hidden = np.outer(hidden_delta_as_printed(1), X)
    output = np.outer(output_delta_as_printed(), outputs()[0])
    return LEARNING_RATE * np.append(hidden, output)


def hidden_changes_as_printed():
    """eta delta_j x_ji for the six weights of the hidden units."""
    return changes_as_printed()[:6]


def output_changes_as_printed():
    """eta (t - o) o (1 - o) x_ji for the four weights of the output units."""
    return changes_as_printed()[6:]


def all_steps_down():
    """-eta dE/dw for all ten weights."""
    return steps_down("w H") + steps_down("w O")


def through_the_net_input():
    """-eta dE/dnet x_ji for all ten weights: each weight acts through its net input alone."""
    nodes = graph()
    hidden = np.outer([net.grad for net in nodes["net H"]], X)
    output = np.outer([net.grad for net in nodes["net O"]], outputs()[0])
    return -LEARNING_RATE * np.append(hidden, output)
