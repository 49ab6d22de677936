"""Recomputed for lesson 12: gradients of a convolutional network, LeNet-5."""

import functools

import numpy as np

from course_lib import architectures, convolution, losses, pooling
from course_lib.activations import softmax
from course_lib.gradcheck import numerical_gradient
from course_lib.layers import Conv2d, Flatten, Linear, MaxPool2d, ReLU
from course_lib.network import Sequential

SHAPE = (1, 32, 32)


def small_network(rng):
    """Convolution, ReLU, max pooling, softmax: the source's chain, for a 2 x 7 x 7 input."""
    conv, dense = Conv2d(2, 3, 3, rng, dtype=np.float64), Linear(12, 4, rng, dtype=np.float64)
    conv.bias = rng.normal(size=3)
    return Sequential([conv, ReLU(), MaxPool2d(2), Flatten(), dense])


def chain_gaps():
    """How far the gradients of such a network lie from central differences at most, at its input and first layer."""
    rng = np.random.default_rng(0)
    net, x, label = small_network(rng), rng.normal(size=(1, 2, 7, 7)), np.array([2])
    conv, grad_x = net.layers[0], net.backward(losses.cross_entropy(net.forward(x), label)[1])

    def loss(name, values):
        kept = getattr(conv, name)
        setattr(conv, name, values)
        value = losses.cross_entropy(net.forward(x), label)[0]
        setattr(conv, name, kept)
        return value

    gaps = {"x": grad_x - numerical_gradient(lambda moved: losses.cross_entropy(net.forward(moved), label)[0], x)}
    for name, gradient in (("weight", conv.grad_weight), ("bias", conv.grad_bias)):
        gaps[name] = gradient - numerical_gradient(functools.partial(loss, name), getattr(conv, name))
    return {name: float(np.abs(gap).max()) for name, gap in gaps.items()}


def chain_agrees():
    """Whether all of them do."""
    return max(chain_gaps().values()) < 1e-8


def mean_pooling_share():
    """What mean pooling 2 x 2 passes to each of its cells of a gradient of 1."""
    return pooling.avg_pool2d_backward(np.ones((1, 1, 1, 1)), np.zeros((1, 1, 2, 2)), 2)[0, 0, 0, 0]


def sum_over_mean(examples):
    """How many times larger the summed loss over so many examples is than their mean loss."""
    logits, labels = np.random.default_rng(0).normal(size=(examples, 4)), np.zeros(examples, int)
    total, mean = (losses.cross_entropy(logits, labels, reduction=kind)[0] for kind in ("sum", "mean"))
    return round(float(total / mean), 9)


def softmax_gradient():
    """The gradient of softmax with cross-entropy at four logits, label 2."""
    return losses.cross_entropy(np.array([[0.5, -1.0, 2.0, 0.0]]), np.array([2]))[1][0]


def softmax_gradient_as_printed():
    """p - t."""
    return softmax(np.array([[0.5, -1.0, 2.0, 0.0]]))[0] - np.eye(4)[2]


def copies_add_up():
    """Whether the gradient of a shared filter is the sum over its 25 copies."""
    rng = np.random.default_rng(4)
    x, weight, grad = rng.normal(size=(1, 1, 7, 7)), rng.normal(size=(1, 1, 3, 3)), rng.normal(size=(1, 1, 5, 5))
    copies = grad.reshape(25, 1) * convolution.im2col(x, 3)[0].T
    return np.allclose(copies.sum(axis=0), convolution.conv2d_backward(grad, x, weight)[1].ravel(), atol=1e-12)


def blocks_are_identical():
    """Whether that matrix consists of blocks of 5 x 7 that repeat along its diagonals."""
    matrix = convolution.convolution_matrix(np.arange(1.0, 10).reshape(1, 1, 3, 3), (1, 7, 7))
    blocks = matrix.reshape(5, 5, 7, 7).swapaxes(1, 2)  # (block row, block column, 5, 7)
    return np.array_equal(blocks[1:, 1:], blocks[:-1, :-1])


def parameters(name):
    """What each layer of "lenet5_1998_table" or "lenet5_table" learns, and the total."""
    summary = architectures.summary(getattr(architectures, name)(), SHAPE)
    return {row.name: row.parameters for row in summary if row.parameters} | {"total": summary.parameters}


def connections():
    """The connections of the original, layer by layer, and the total."""
    counts = architectures.connections(architectures.lenet5_1998_table(), SHAPE)
    return counts | {"total": sum(counts.values())}


def map_sides():
    """The sides of the maps, from the input on."""
    rows = architectures.summary(architectures.lenet5_1998_table(), SHAPE)
    return [32, *(row.out_shape[1] for row in rows if row.name[0] in "CS" and len(row.out_shape) == 3)]
