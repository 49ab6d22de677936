"""Recomputed for lesson 09: output sizes, volumes, parameters, hyperparameters."""

import inspect
import itertools
import math

import numpy as np

from course_lib import architectures, convolution, layers, shapes


def volume(channels, size, filters, kernel_size, stride=1, padding=0):
    """(height, width, depth) of what conv2d makes of a volume."""
    x, weight = np.zeros((1, channels, size, size)), np.zeros((filters, channels, kernel_size, kernel_size))
    depth, height, width = convolution.conv2d(x, weight, stride=stride, padding=padding).shape[1:]
    return [height, width, depth]


def depths():
    """The depths of the outputs of two of the sources' layers on colour pictures: 96 filters, and 6."""
    return [volume(3, 227, 96, 11, stride=4)[2], volume(3, 32, 6, 5)[2]]


def kernel_labels():
    """How the printed labels 7 8 9 / 4 5 6 / 1 2 3 lie against reading order."""
    printed, in_order = np.array([[7, 8, 9], [4, 5, 6], [1, 2, 3]]), np.arange(1, 10).reshape(3, 3)
    turned = np.array_equal(printed, in_order[::-1, ::-1])
    return {"upside down": np.array_equal(printed, in_order[::-1]), "turned by 180 degrees": turned}


def places(size, kernel_size, stride):
    """(W - K) / s + 1, not rounded."""
    return (size - kernel_size) / stride + 1


def unread(size, kernel_size, stride):
    """The output size rounded down, and the columns that no window reads."""
    out = shapes.conv_output_size(size, kernel_size, stride)
    ones = np.ones((1, kernel_size**2, out**2))
    read = convolution.col2im(ones, (1, 1, size, size), kernel_size, stride)[0, 0]
    return {"rounded down": out, "unread columns": int((read.sum(axis=0) == 0).sum())}


def same_padding_of(kernel_size):
    """The zeros per side that keep every size from 7 to 59 with stride 1; None where it is no single number."""
    sides = {side for size in range(7, 60) for side in shapes.same_padding(size, kernel_size)}
    return sides.pop() if len(sides) == 1 else None


def half_keeps_every_size():
    """Whether (K - 1) / 2 zeros per side keep the size, for odd windows up to 11."""
    cases = itertools.product(range(11, 40), range(1, 12, 2))
    return all(shapes.conv_output_size(size, side, padding=(side - 1) // 2) == size for size, side in cases)


def rule_counts_the_places():
    """Whether (W + 2p - K) / s + 1, rounded down, is the number of places, counted one by one."""
    for size, padding, side, stride in itertools.product(range(1, 16), range(3), range(1, 8), range(1, 5)):
        padded = size + 2 * padding
        if padded >= side:
            counted = sum(start + side <= padded for start in range(0, padded, stride))
            if not (padded - side) // stride + 1 == counted == shapes.conv_output_size(size, side, stride, padding):
                return False
    return True


def odd_and_even_sides_keep_the_size():
    """Whether (L - 1) / 2 zeros each, or L/2 - 1 and L/2, keep N, for N = 3..29 and L = 1..8."""
    for size, side in itertools.product(range(3, 30), range(1, 9)):
        sides = (side // 2,) * 2 if side % 2 else (side // 2 - 1, side // 2)
        if shapes.conv_output_size(size, side, padding=sides) != size or sum(sides) != side - 1:
            return False
    return True


def same_with_stride():
    """How many sizes differ from N/S rounded up, with both steps of the recipe and without its first."""
    wrong = {"cases": 0, "wrong with both steps": 0, "wrong without the first": 0}
    for size, side, stride in itertools.product(range(1, 40), range(1, 8), range(1, 6)):
        wanted, multiple = math.ceil(size / stride), stride * math.ceil(size / stride)
        wrong["cases"] += 1
        wrong["wrong with both steps"] += shapes.conv_output_size(multiple, side, stride, (0, side - 1)) != wanted
        wrong["wrong without the first"] += shapes.conv_output_size(size, side, stride, (0, side - 1)) != wanted
    return wrong


def same_size_with_stride():
    """Whether "same" padding ever keeps the size with a stride of 2 to 7."""
    cases = itertools.product(range(2, 40), range(2, 8))
    return any(
        shapes.conv_output_size(size, 3, stride, shapes.same_padding(size, 3, stride)) == size for size, stride in cases
    )


def padded_row(size, padding):
    """The cells of a padded row."""
    return np.pad(np.ones(size), padding).size


def unpadded_maps_shrink():
    """Whether every window above 1 makes a map smaller where nothing is padded."""
    return all(shapes.conv_output_size(size, side) < size for size in range(8, 40) for side in range(2, 8))


def weights_and_biases(channels, filters, kernel_size):
    """The two parts of a layer's parameters."""
    weights = shapes.conv_parameter_count(channels, filters, kernel_size, bias=False)
    return {"weights": weights, "biases": shapes.conv_parameter_count(channels, filters, kernel_size) - weights}


def two_layers():
    """Parameters of 16 filters of 5 x 5, and of 96 of 11 x 11, on three colours."""
    return [shapes.conv_parameter_count(3, 16, 5), shapes.conv_parameter_count(3, 96, 11)]


def two_layers_as_printed():
    """K (K_before L^2 + 1)."""
    return [16 * (3 * 5**2 + 1), 96 * (3 * 11**2 + 1)]


def alexnet_convolutions():
    """The parameters of AlexNet's five convolutional layers (one tower), from its table."""
    rows = architectures.summary(architectures.alexnet_table(), (3, 227, 227))
    return sum(row.parameters for row in rows if row.kind == "Conv2d")


def alexnet_convolutions_as_printed():
    """The sum over J of K_J (K_(J-1) L_J^2 + 1)."""
    table = ((96, 3, 11), (256, 96, 5), (384, 256, 3), (384, 384, 3), (256, 384, 3))
    return sum(filters * (before * side**2 + 1) for filters, before, side in table)


def single_kernel():
    """A 3 x 3 kernel on one map, without and with its bias."""
    return {
        "weights": shapes.conv_parameter_count(1, 1, 3, bias=False),
        "with the bias": shapes.conv_parameter_count(1, 1, 3),
    }


def powers_of_two(numbers):
    """Which of these numbers are powers of two."""
    return {str(number): math.log2(number).is_integer() for number in numbers}


def all_powers_of_two(numbers):
    """Whether all of them are."""
    return all(powers_of_two(numbers).values())


def weights_of_sides(sides):
    """Weights of one filter on three colours."""
    return [shapes.conv_parameter_count(3, 1, side, bias=False) for side in sides]


def chosen_numbers(kinds, padding=True):
    """How many of K, F, S and, if asked, P a person chooses for these layers: their settings in course_lib.layers."""
    wanted = {"out_channels", "kernel_size", "stride", *(["padding"] if padding else [])}
    return sum(len(wanted & set(inspect.signature(getattr(layers, kind)).parameters)) for kind in kinds)
