"""Recomputed for lesson 13, AlexNet, from its table of layers."""

import math

from course_lib import architectures


def summary(variant="simplified"):
    """The rows of one of AlexNet's tables for 227 x 227 colour pictures."""
    return architectures.summary(architectures.alexnet_table(variant), (3, 227, 227))


def shape_of(name):
    """Height, width and depth of what a layer puts out."""
    depth, height, width = next(row.out_shape for row in summary() if row.name == name)
    return [height, width, depth]


def parameters(variant):
    """What each layer learns, the total, and the total without biases."""
    rows = summary(variant)
    learnt = {row.name: row.parameters for row in rows if row.parameters}
    biases = sum(row.out_shape[0] for row in rows if row.parameters)
    return learnt | {"total": rows.parameters, "without biases": rows.parameters - biases}


def units():
    """The outputs of all convolutional and dense layers."""
    return sum(math.prod(row.out_shape) for row in summary() if row.kind in ("Conv2d", "Linear"))


def dense_sizes():
    """The outputs of the three dense layers."""
    return [row.out_shape[0] for row in summary() if row.kind == "Linear"]


def dropout():
    """The share that every dropout layer of the table drops."""
    return {settings["p"] for _, kind, settings in architectures.alexnet_table() if kind == "Dropout"}.pop()
