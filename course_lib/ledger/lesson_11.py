"""Recomputed for lesson 11, transposed convolution: over all 1088 cases with n <= 14, F <= 6, S <= 4, P < F."""

import itertools

import numpy as np

from course_lib import convolution, shapes

RANGES = range(1, 15), range(1, 7), range(1, 5), range(6)
CASES = [(n, F, S, P) for n, F, S, P in itertools.product(*RANGES) if P < F <= n + 2 * P]


def size_by_formula(size, kernel_size, stride, padding):
    """S (I - 1) + F - 2P."""
    return stride * (size - 1) + kernel_size - 2 * padding


def size_as_printed(size, kernel_size, stride, padding):
    """The source's unfinished formula, carried to its end: (I + 2 (F - P - 1) - F) / (1/S) + 1."""
    return (size + 2 * (kernel_size - padding - 1) - kernel_size) * stride + 1


def wrong_sizes():
    """In how many cases the printed formula, plus the output padding that the division left over, misses the input."""
    wrong = 0
    for n, F, S, P in CASES:
        size, rest = shapes.conv_output_size(n, F, S, P), (n + 2 * P - F) % S
        by_library = shapes.conv_transpose_output_size(size, F, S, P, rest)
        wrong += not (n == by_library == size_by_formula(size, F, S, P) + rest)
    return {"cases": len(CASES), "wrong": wrong}


def wrong_gathers():
    """In how many cases zeros between, F - P - 1 zeros around and the turned filter do not give the transpose."""
    rng, wrong = np.random.default_rng(1), 0
    for n, F, S, P in CASES:
        size, rest = shapes.conv_output_size(n, F, S, P), (n + 2 * P - F) % S
        x, weight = rng.integers(-9, 10, (1, 1, 1, size)), rng.integers(-9, 10, (1, 1, 1, F))
        spread = np.zeros((1, 1, 1, S * (size - 1) + 1))
        spread[..., ::S] = x
        gathered = convolution.conv2d(spread, weight[..., ::-1], padding=((0, 0), (F - P - 1, F - P - 1 + rest)))
        wrong += not np.array_equal(gathered, convolution.conv_transpose2d(x, weight, None, (1, S), (0, P), (0, rest)))
    return {"cases": len(CASES), "wrong": wrong}


def sizes_are_inverse():
    """Whether each size formula undoes the other wherever the stride divides."""
    dividing = [case for case in CASES if (case[0] + 2 * case[3] - case[1]) % case[2] == 0]
    return all(
        size_by_formula(shapes.conv_output_size(n, F, S, P, rounding="exact"), F, S, P) == n for n, F, S, P in dividing
    )


def are_adjoint():
    """Whether <conv(x), y> = <x, conv_transpose(y)> on 9 x 8 pixels, stride 2, padding 1, output padding (0, 1)."""
    rng = np.random.default_rng(11)
    x, weight = rng.normal(size=(1, 1, 9, 8)), rng.normal(size=(1, 1, 3, 3))
    out = convolution.conv2d(x, weight, stride=2, padding=1)
    y = rng.normal(size=out.shape)
    back = convolution.conv_transpose2d(y, weight, stride=2, padding=1, output_padding=(0, 1))
    return back.shape == x.shape and abs((out * y).sum() - (x * back).sum()) < 1e-12
