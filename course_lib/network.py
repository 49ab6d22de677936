"""A network is a row of layers; training repeats forward, loss, backward, step:

for batch in batches(len(x), 64, rng):
    value, grad = losses.cross_entropy(network.forward(x[batch]), labels[batch])
    network.backward(grad)
    sgd.step()
"""

from course_lib.backend import array_module, finite_number
from course_lib.shapes import whole_number


class Sequential:
    """Layers one behind the other: the output of each is the input of the next."""

    def __init__(self, layers):
        self.layers = list(layers)
        if not self.layers:
            raise ValueError("a network needs at least one layer")
        for layer in self.layers:
            if isinstance(layer, type):
                raise TypeError(f"{layer.__name__} is a class: put brackets behind it, as in {layer.__name__}()")
            if not hasattr(layer, "forward") or not hasattr(layer, "backward"):
                raise TypeError(f"a layer has forward and backward; {layer!r} is none")

    def forward(self, x):
        """The output of the last layer for a batch x (N, ...)."""
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def backward(self, grad_out):
        """The gradient at the network's input; every layer that learns keeps its own gradients on the way."""
        for layer in reversed(self.layers):
            grad_out = layer.backward(grad_out)
        return grad_out

    def train(self):
        """For training: Dropout drops."""
        self._set_training(True)

    def eval(self):
        """For use: Dropout lets everything pass."""
        self._set_training(False)

    def _set_training(self, training):
        for layer in self.layers:
            layer.training = training


class SGD:
    """Gradient descent: velocity <- momentum * velocity + gradient, weight <- weight - learning_rate * velocity.

    weight_decay adds weight_decay * weight to each weight's gradient (an L2 penalty of weight_decay / 2 * sum of
    weight^2), not to a bias's. clip, where given, first scales all gradients down together so that their common length
    is at most `clip`. Each step gives the layers new arrays: whoever holds the old ones keeps the old weights.
    """

    def __init__(self, network, learning_rate, momentum=0.0, weight_decay=0.0, clip=None):
        self.network = network
        self.learning_rate = finite_number("learning_rate", learning_rate)
        self.momentum = finite_number("momentum", momentum)
        self.weight_decay = finite_number("weight_decay", weight_decay)
        self.clip = None if clip is None else finite_number("clip", clip)
        if self.learning_rate <= 0:
            raise ValueError(f"learning_rate must be more than 0, or nothing is learnt; {learning_rate} came")
        if not 0 <= self.momentum < 1:
            raise ValueError(f"momentum lies from 0 to below 1, since a velocity must die down; {momentum} came")
        if self.weight_decay < 0:
            raise ValueError(f"weight_decay must be at least 0: below, weights would grow; {weight_decay} came")
        if self.clip is not None and self.clip <= 0:
            raise ValueError(f"clip is the longest gradient allowed, more than 0, or None; {clip} came")
        self._velocity = {}

    def step(self):
        """One step down along the gradients that the last backward pass left in the layers."""
        scale = 1.0
        if self.clip is not None:
            scale = min(1.0, self.clip / max(gradient_norm(self.network), self.clip))
        for place, (layer, name) in enumerate(_parameters(self.network)):
            value, gradient = getattr(layer, name), scale * _gradient(layer, name)
            if name == "weight":
                gradient = gradient + self.weight_decay * value
            self._velocity[place] = self.momentum * self._velocity.get(place, 0) + gradient
            setattr(layer, name, value - self.learning_rate * self._velocity[place])


def gradient_norm(network):
    """The length of all gradients taken together as one vector: the square root of the sum of all squares.

    >>> from course_lib.layers import Linear, np
    >>> layer = Linear(1, 1, np.random.default_rng(0))
    >>> layer.grad_weight, layer.grad_bias = np.array([[3.0]]), np.array([4.0])
    >>> gradient_norm(Sequential([layer]))
    5.0
    """
    squares = 0.0
    for layer, name in _parameters(network):
        gradient = _gradient(layer, name)
        squares += float(array_module(gradient).sum(gradient * gradient))
    return squares**0.5


def batches(count, batch_size, rng):
    """Index arrays that together hold each of 0 ... count - 1 once, in random order; the last may be shorter.

    >>> import numpy as np
    >>> [len(batch) for batch in batches(5, 2, np.random.default_rng(0))]
    [2, 2, 1]
    """
    count, batch_size = whole_number("count", count, 1), whole_number("batch_size", batch_size, 1)
    order = rng.permutation(count)
    return (order[start : start + batch_size] for start in range(0, count, batch_size))


def _parameters(network):
    """(layer, "weight" or "bias") of everything that is learnt."""
    for layer in network.layers:
        for name in ("weight", "bias"):
            if getattr(layer, name, None) is not None:
                yield layer, name


def _gradient(layer, name):
    gradient = getattr(layer, f"grad_{name}")
    if gradient is None:
        raise RuntimeError("there are no gradients yet: call forward, then backward, then step")
    return gradient
