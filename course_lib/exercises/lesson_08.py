"""The exercises of lesson 08: why convolution."""

import numpy as np

from course_lib import scanning, shapes
from course_lib.exercises.engine import Choice, Function, Mistake, Number

LESSON = "08_why_convolution"


def printed_for_solution():
    inputs = 200 * 200 * 3  # every neuron has one weight for each of them
    return 4_800_000 / inputs


printed_for = Number(
    "08.printed_for",
    solution=printed_for_solution,
    hints=(
        "One neuron of a dense layer has as many weights as there are inputs. How many inputs has the colour picture?",
        "4,800,000 divided by 200 * 200 * 3.",
    ),
    mistakes=(
        Mistake(120, "this divides by a grey picture's 200 * 200 inputs; the picture has three colours"),
        Mistake(40_000, "40,000 neurons are what the slide asks for; they need a thousand times as many weights"),
        Mistake(24_000, "this divides by 200: a neuron is connected to every pixel, not to one row"),
    ),
    explanation="4,800,000 / 120,000 = 40 neurons: the k of 40k got lost, and with it three zeros.",
)


def local_weights_solution():
    mask = scanning.window_mask(8, reach=1)
    return mask.sum()  # three for each output, but the first and the last have only one neighbour


local_weights = Number(
    "08.local_weights",
    solution=local_weights_solution,
    hints=(
        "An output in the middle has three connections. How many has the first one?",
        "Six outputs have 3 connections, the two at the ends have 2.",
    ),
    mistakes=(
        Mistake(24, "the outputs at the two ends have only one neighbour: one connection less each"),
        Mistake(64, "64 are the weights of the dense layer: here each output sees only its neighbours"),
        Mistake(3, "3 is right once the weights are shared; here each connection has a weight of its own"),
        Mistake(23, "there are two ends: one connection less at each"),
    ),
    explanation="6 * 3 + 2 * 2 = 22, or by the formula n (2 theta + 1) - theta (theta + 1) = 24 - 2.",
)


def scan_solution(image, kernel, bias, stride):
    size = len(kernel)
    rows = (len(image) - size) // stride + 1
    columns = (len(image[0]) - size) // stride + 1
    out = np.zeros((rows, columns))
    for i, j in np.ndindex(rows, columns):
        segment = image[i * stride : i * stride + size, j * stride : j * stride + size]
        out[i, j] = (kernel * segment).sum() + bias
    return out


def _scan_with(entry):
    """A scan whose every entry is entry(segment, kernel, bias)."""

    def scan(image, kernel, bias, stride):
        rows, columns = ((side - len(kernel)) // stride + 1 for side in image.shape)
        starts = [[(i * stride, j * stride) for j in range(columns)] for i in range(rows)]
        size = len(kernel)
        return np.array(
            [[entry(image[top : top + size, left : left + size], kernel, bias) for top, left in row] for row in starts]
        )

    return scan


def _scan_without_stride(image, kernel, bias, stride):
    rows, columns = (shapes.conv_output_size(side, len(kernel), stride) for side in image.shape)
    return scan_solution(image, kernel, bias, 1)[:rows, :columns]


_rng = np.random.default_rng(8)
_CASES = tuple(
    (_rng.integers(0, 10, shape).astype(float), _rng.integers(-3, 4, (size, size)).astype(float), bias, stride)
    for shape, size, bias, stride in (((5, 6), 3, 1, 1), ((7, 5), 3, -2, 2), ((5, 8), 2, 5, 3))
)

scan = Function(
    "08.scan",
    solution=scan_solution,
    cases=_CASES,
    hints=(
        "segment is the part of the picture under the filter. It begins at row i * stride, column j * stride.",
        "segment = image[i * stride : i * stride + size, and the same for the columns]",
        "Multiply entry by entry, add everything up, add the bias: (kernel * segment).sum() + bias",
    ),
    mistakes=(
        Mistake(_scan_with(lambda segment, kernel, bias: (kernel * segment).sum()), "the bias is missing"),
        Mistake(
            _scan_without_stride,
            "the window moves by one pixel only: place i begins at row i * stride",
        ),
        Mistake(
            _scan_with(lambda segment, kernel, bias: (kernel * segment + bias).sum()),
            "the bias is added once for each place, not once for each weight: put it behind the sum",
        ),
        Mistake(
            _scan_with(lambda segment, kernel, bias: (kernel.T * segment).sum() + bias),
            "rows and columns of the filter are swapped",
        ),
        Mistake(
            _scan_with(lambda segment, kernel, bias: (kernel[::-1, ::-1] * segment).sum() + bias),
            "the filter is turned: that is a true convolution; a net scans with the filter as it is",
        ),
        Mistake(
            _scan_with(lambda segment, kernel, bias: (kernel @ segment).sum() + bias),
            "@ is the matrix product; here each weight meets the one pixel under it: use *",
        ),
    ),
    explanation="Two lines in a loop: this is the whole of a convolutional layer, for one filter and one map.",
)


def odd_shift_solution():
    return "c"  # 5 pixels are two and a half places


odd_shift = Choice(
    "08.odd_shift",
    options={
        "a": "it moves by 5 places",
        "b": "it stays exactly as it was",
        "c": "it moves by about 2 places, with other scores: it is no moved copy",
        "d": "it moves by exactly 2 places, with the same scores",
    },
    solution=odd_shift_solution,
    hints=(
        "With stride 2, two pixels are one place of the map. How many places are 5 pixels?",
        "Does any window of the new map see exactly the pixels that a window of the old map saw?",
    ),
    mistakes=(
        Mistake("a", "one place of the map is 2 pixels of the photograph"),
        Mistake("b", "the map follows the photograph; what stays is the largest score, and that only for even shifts"),
        Mistake("d", "this would be 4 pixels; the fifth pixel shows every window something new"),
    ),
    explanation="5 / 2 is no whole number: every window lies one pixel beside an old one. Only whole strides count.",
)


def shared_gradient_solution(windows, grad_out):
    each_copy = grad_out[:, None] * windows  # (places, weights): what each copy would like to change
    return each_copy.sum(axis=0)


_WINDOWS = tuple(_rng.integers(-4, 5, shape).astype(float) for shape in ((4, 3), (5, 2)))
_GRADIENTS = tuple(_rng.integers(-4, 5, len(windows)).astype(float) for windows in _WINDOWS)

shared_gradient = Function(
    "08.shared_gradient",
    solution=shared_gradient_solution,
    cases=tuple(zip(_WINDOWS, _GRADIENTS, strict=True)),
    hints=(
        "Take one copy, one row of windows: out = w . row. How does out change with w? Times its entry of grad_out.",
        "grad_out[:, None] * windows holds the gradients of all copies, one a row. There is one w: what adds up?",
        "(grad_out[:, None] * windows).sum(axis=0)",
    ),
    mistakes=(
        Mistake(
            lambda windows, grad_out: (grad_out[:, None] * windows).mean(axis=0),
            "this is the mean over the copies; a nudge of the shared weight moves all of them, so they add up",
        ),
        Mistake(
            lambda windows, grad_out: grad_out[:, None] * windows,
            "these are the gradients of the copies, one a row; the shared weights need one gradient: add the rows up",
        ),
        Mistake(lambda windows, grad_out: windows.sum(axis=0), "each copy counts as much as its gradient says"),
        Mistake(
            lambda windows, grad_out: (grad_out[:, None] * windows).sum(axis=1),
            "summed along the wrong axis: there should be one number for each weight, not for each place",
        ),
        Mistake(lambda windows, grad_out: grad_out[0] * windows[0], "this is the first copy's alone: all copies count"),
    ),
    explanation="In one product: grad_out @ windows. conv2d_backward does just this, with the windows as columns.",
)
