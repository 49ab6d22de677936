"""Recomputed for lesson 05, cross-entropy and regularisation, on the lesson's 3-4-5-2 network, weights of seed 0."""

import itertools

import numpy as np

from course_lib import activations, losses
from course_lib.gradcheck import numerical_gradient
from course_lib.layers import Linear, Sigmoid
from course_lib.network import Sequential

STRENGTH, EXAMPLES, SIZES = 0.7, 10, (3, 4, 5, 2)
X, Y = np.array([[0.5, -1.0, 2.0]]), np.array([[1.0, 0.0]])
PAIRS = ((0, 0.2), (0, 0.8), (1, 0.2), (1, 0.8))  # target and output


def network():
    """The network, no biases, as the sources' has none."""
    rng, layers = np.random.default_rng(0), []
    for before, after in itertools.pairwise(SIZES):
        layers += [Linear(before, after, rng, np.float64, bias=False, gain=2), Sigmoid()]
    return Sequential(layers)


def loss():
    """Cross-entropy plus penalty, as losses computes them."""
    net = network()
    surprise, _ = losses.binary_cross_entropy_with_logits(Sequential(net.layers[:-1]).forward(X), Y, reduction="sum")
    return surprise + losses.l2_penalty([layer.weight for layer in net.layers[::2]], STRENGTH, EXAMPLES)[0]


def loss_as_printed(net=None):
    """The printed sum, term by term."""
    net = net or network()
    s = net.forward(X)[0]
    surprise = -sum(Y[0] * np.log(s) + (1 - Y[0]) * np.log(1 - s))
    return surprise + STRENGTH / (2 * EXAMPLES) * sum((layer.weight**2).sum() for layer in net.layers[::2])


def penalty_slope():
    """The derivative of the penalty of a single weight of 1."""
    return losses.l2_penalty([[1.0]], STRENGTH, EXAMPLES)[1][0].item()


def net_inputs():
    """The net inputs of all units, layer by layer, as the network computes them."""
    net = network()
    net.forward(X)
    return [layer.x[0] for layer in net.layers[1::2]]


def net_inputs_as_printed():
    """The same by the printed sum over k of w_kj s_k."""
    signals, found = X[0], []
    for layer in network().layers[::2]:
        found.append([sum(w * s for w, s in zip(row, signals, strict=True)) for row in layer.weight])
        signals = activations.sigmoid(found[-1])
    return found


def sigmoid_slope(end):
    """The sigmoid's derivative at the net input of the link's end "j" (unit 2 of layer 3), or of its start "i"."""
    layers = net_inputs()
    return activations.sigmoid_derivative(layers[2][1] if end == "j" else layers[1][0])


def net_input_slopes():
    """How a net input grows with each of its four weights, where the signals are 0.2, 0.4, 0.6 and 0.8."""
    layer = Linear(4, 1, np.random.default_rng(1), np.float64, bias=False)
    layer.forward(np.array([[0.2, 0.4, 0.6, 0.8]]))
    layer.backward([[1.0]])
    return layer.grad_weight[0]


def central_differences(net):
    """dE/dw of every layer, measured."""
    found = []
    for layer in net.layers[::2]:

        def with_weight(weight, layer=layer):
            layer.weight = weight
            return loss_as_printed(net)

        kept = layer.weight
        found.append(numerical_gradient(with_weight, kept))
        layer.weight = kept
    return found


def gradient_gaps(updates_inside=False):
    """For each layer, how far its gradient lies from central differences at most; also with updates inside the loop."""
    net = network()
    expected = central_differences(net)
    signal, found = losses.binary_cross_entropy_slope(net.forward(X), Y), []
    for layer in reversed(net.layers):
        back = layer.backward(signal)
        if isinstance(layer, Linear):
            found.insert(0, layer.grad_weight + STRENGTH / EXAMPLES * layer.weight)
            if updates_inside:
                layer.weight = layer.weight - 0.5 * found[0]
                back = signal @ layer.weight
        signal = back
    return [float(np.abs(a - b).max()) for a, b in zip(found, expected, strict=True)]


def gradients_agree(updates_inside=False):
    """For each layer, whether its gradient agrees with central differences."""
    return [gap < 1e-8 for gap in gradient_gaps(updates_inside)]


def signals_of_layer_2():
    """dE/ds of the five units of layer 2, by the network's own backward pass."""
    net = network()
    signal = losses.binary_cross_entropy_slope(net.forward(X), Y)
    for layer in reversed(net.layers[4:]):
        signal = layer.backward(signal)
    return signal[0]


def first_signals():
    """The first two of them: those for which the printed index has a partner in layer 3."""
    return signals_of_layer_2()[:2]


def last_signal():
    """That of the last unit, which slide 6 writes out."""
    return signals_of_layer_2()[4]


def from_layer_3():
    """(dE/ds times the sigmoid's derivative of both output units, the weights w_jp to them)."""
    net = network()
    start = losses.binary_cross_entropy_slope(net.forward(X), Y)[0]
    return start * activations.sigmoid_derivative(net.layers[5].x[0]), net.layers[4].weight.T


def first_signals_as_printed():
    """Slides 8 and 11: index j in place of p, so each unit j hears its namesake of layer 3 alone."""
    signal, w = from_layer_3()
    return [sum(signal[j] * w[j, p] for p in range(2)) for j in range(2)]


def last_signal_as_printed():
    """Slide 6: both factors belong to the last unit of layer 3, and the weight begins there too."""
    signal, w = from_layer_3()
    return signal[1] * w[1, 1]


def output_slopes():
    """dE/ds for targets and outputs (0, 0.2), (0, 0.8), (1, 0.2), (1, 0.8)."""
    return [losses.binary_cross_entropy_slope([s], [y]).item() for y, s in PAIRS]


def output_slopes_as_printed():
    """-y/s - (1 - y)/(1 - s)."""
    return [-y / s - (1 - y) / (1 - s) for y, s in PAIRS]


def net_slopes():
    """dE/dsum at the same pairs: s - y."""
    gradients = (losses.binary_cross_entropy_with_logits([np.log(s / (1 - s))], [y])[1] for y, s in PAIRS)
    return [gradient.item() for gradient in gradients]


def a_step_goes_down():
    """Whether E falls when every weight is changed by -0.05 dE/dw."""
    net = network()
    before = loss_as_printed(net)
    for layer, gradient in zip(net.layers[::2], central_differences(net), strict=True):
        layer.weight = layer.weight - 0.05 * gradient
    return loss_as_printed(net) < before


def weight_shapes():
    """The weights of each layer, as start x end."""
    return [layer.weight.T.shape for layer in network().layers[::2]]


def weight_shapes_as_printed():
    """i = 1..s_l, j = 1..s_(l+1), for as many layers as have a next one."""
    return [(SIZES[n], SIZES[n + 1]) for n in range(1, len(SIZES) - 1)]


def layers_with_weights():
    """The layers that a loop must visit, from the last to the first."""
    return list(range(len(network().layers) // 2, 0, -1))


def outputs():
    """How many outputs the network has."""
    return network().forward(X).size


def gradient_of_a_right_answer():
    """dE/dsum at target 1 and output 0.8, right at a threshold of 0.5."""
    return net_slopes()[3]


def boolean_functions(most):
    """How many different truth tables 1, 2, ..., `most` switches have; up to three switches by listing them all."""
    rows = [list(itertools.product((0, 1), repeat=n)) for n in range(1, most + 1)]
    return [len(set(itertools.product((0, 1), repeat=len(r)))) if len(r) <= 8 else 2 ** len(r) for r in rows]


def masks(nodes):
    """How many dropout masks so many nodes have, and what their probabilities add up to."""
    every = list(itertools.product((0, 1), repeat=nodes))
    chances = [np.prod([0.8 if kept else 0.2 for kept in mask]) for mask in every]
    return {"masks": len(every), "sum of Pr(d)": sum(chances)}


def mean_and_sum():
    """Mean absolute error and sum of squares of the residuals 1 and 3."""
    residuals = np.array([1.0, 3.0])
    return {"MAE": np.abs(residuals).mean(), "SSE": 2 * losses.squared_error(residuals, [0, 0])[0]}
