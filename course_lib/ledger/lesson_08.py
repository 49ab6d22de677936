"""Recomputed for lesson 08: counting weights, the Neocognitron, scanning, the Toeplitz matrix."""

import itertools
import re
from fractions import Fraction

import numpy as np

from course_lib import convolution, data, filters, pooling, scanning, shapes

PATCH = data.load_image("camera")[100:106, 230:236].astype(float)  # any picture without symmetry would do
NINE = np.arange(9.0).reshape(3, 3)
SHARED = [[[[5, 3, 2]]]]  # w_1, w_0, w_-1: laid out, it is turned
ROW = np.array([1.0, -2, 4, 0, 3])


def colour_factor():
    """Weights for a colour picture over weights for a grey one."""
    colour, grey = (shapes.conv_parameter_count(side * 200 * 200, 40_000, 1, bias=False) for side in (3, 1))
    return colour / grey


def full_padding(side):
    """The zeros per side with which a window of this side overlaps the picture by one pixel at least."""
    return shapes.padding_sides("full", None, (side, side), (1, 1), (1, 1))[0][0]


def full_sizes(strides):
    """(200 + 5 - 2) / s + 1 for each stride, before rounding down."""
    return [str(Fraction(200 + 2 * full_padding(5) - 5, stride) + 1) for stride in strides]


def full_sizes_as_printed(strides):
    """(200 + 5) / s - 1."""
    return [str(Fraction(200 + 5, stride) - 1) for stride in strides]


def neurons(padding):
    """The outputs of 20 filters of 5 x 5 on 200 x 200 pixels."""
    return 20 * shapes.conv_output_size(200, 5, padding=padding) ** 2


def with_pooling():
    """The outputs left after pooling 2 x 2, and those of both layers together."""
    pooled = 20 * shapes.conv_output_size(shapes.conv_output_size(200, 5, padding=4), 2, stride=2) ** 2
    return {"after pooling": pooled, "both layers": neurons(4) + pooled}


def dense_against_shared():
    """The weights of both layers, and how many times more the dense one has."""
    dense, shared = (
        shapes.conv_parameter_count(120_000, 40_000, 1, bias=False),
        shapes.conv_parameter_count(3, 20, 5, bias=False),
    )
    return {"dense": dense, "shared": shared, "ratio": dense / shared}


def hebb_is_input_times_output():
    """Whether a shared weight's Hebbian change is the sum of input times output over its links."""
    x, ones = data.load_digits()[0][4][None, None] / 16, np.ones((1, 1, 3, 3))
    y = convolution.conv2d(x, ones)
    _, change, _ = convolution.conv2d_backward(y, x, ones)
    return np.allclose(change.ravel(), y.ravel() @ convolution.im2col(x, 3)[0].T, rtol=1e-12)


def first_formula():
    """How the formula with offsets (l, k) for the weight w(k, l) reads its kernel."""
    sums = [[sum(NINE[k, m] * PATCH[i + m, j + k] for k, m in np.ndindex(3, 3)) for j in range(4)] for i in range(4)]
    agrees = [np.allclose(sums, filters.correlate2d(PATCH, kernel, "valid")) for kernel in (NINE, NINE.T)]
    return {"as laid out": agrees[0], "transposed": agrees[1]}


def plane():
    """A small random S-plane."""
    return np.random.default_rng(0).normal(size=120)[84:].reshape(6, 6)


def c_cells():
    """The C-cells of row 1 of that plane: the maximum of the 2 x 2 block at each place."""
    return pooling.max_pool2d(plane()[None, None], 2, stride=1)[0, 0, 1]


def c_cells_as_printed():
    """The printed maximum runs over an index that does not occur in what it is taken of: one number stays."""
    return [max(number for _ in range(4)) for number in plane()[1, :5]]


def fields(simple, complex_):
    """How many inputs an S-cell and a C-cell of these sides see."""
    seen = pooling.avg_pool2d_backward(np.ones((1, 1, 1, 1)), np.zeros((1, 1, complex_, complex_)), complex_)
    return [shapes.conv_parameter_count(1, 1, simple, bias=False), np.count_nonzero(seen)]


def max_and_majority():
    """Maximum and majority of the S-cells 0, 0, 1."""
    cells = np.array([0.0, 0, 1])[None, None, None]
    majority = pooling.avg_pool2d(cells, (1, 3)).item() > 0.5
    return {"maximum": pooling.max_pool2d(cells, (1, 3)).item(), "majority": int(majority)}


def maximum_is_or():
    """Whether the maximum is a logical OR, for all sixteen rows of four zeros and ones."""
    rows = list(itertools.product((0.0, 1.0), repeat=4))
    found = [pooling.max_pool2d(np.array(row)[None, None, None], (1, 4)).item() for row in rows]
    return found == [float(any(row)) for row in rows]


def maxima_of_a_scan():
    """The different maxima that a scan for 1, 2, 3 gives when the pattern lies at each of 18 places."""
    pattern, found = np.array([1.0, 2, 3]), set()
    for place in range(18):
        signal = np.zeros(20)
        signal[place : place + 3] = pattern
        found.add(convolution.conv2d(signal[None, None, None], pattern[None, None, None]).max())
    return sorted(found)


def products(size):
    """Multiplications of two layers of 3 x 3: block by block, and layer by layer."""
    first = shapes.conv_output_size(size, 3)
    last = shapes.conv_output_size(first, 3)
    count = [[shapes.conv_multiply_count(1, 1, 3, side) for side in sides] for sides in ((3, 1), (first, last))]
    return {"block by block": last**2 * sum(count[0]), "layer by layer": sum(count[1])}


def scan_size(width, height, stride=1):
    """What conv2d makes of a map, as (width, height), with a 3 x 3 filter."""
    return convolution.conv2d_loops(np.ones((1, 1, width, height)), np.ones((1, 1, 3, 3)), stride=stride).shape[2:]


def without_the_bias():
    """By how much the pseudo-code's inner product falls short where the bias is 7."""
    x, w = (array[None, None] for array in data.scanning_example())
    return np.unique(convolution.conv2d_loops(x, w, [7.0]) - convolution.conv2d_loops(x, w)).item()


def rows_read(offset=1):
    """The first and the last row of a 6 x 6 map that x(i + k - offset, ...) reads, for i = 1..4 and k = 1..3."""
    rows = [i + k - offset for i in range(1, 5) for k in (1, 2, 3)]
    return [min(rows), max(rows)]


def scanning_example(stride):
    """The 5 x 5 example in its standard reading."""
    x, w = data.scanning_example()
    return convolution.conv2d_loops(x[None, None], w[None, None], [0.0], stride)[0, 0]


def connections():
    """The links of a local layer of five, and the labels that the text has for them."""
    labels = re.findall("w..", "w11 w12 w12 w21 w22 w23 w23 w32 w33 w34 w34 w43 w44 w45 w45 w54 w55")
    return {"connections": scanning.window_mask(5, 1).sum(), "labels": len(labels), "different": len(set(labels))}


def mask_is_toeplitz():
    """Whether each row of the mask is the one above, moved by one place."""
    mask = scanning.window_mask(5, 1)
    return np.array_equal(mask[1:, 1:], mask[:-1, :-1])


def links(reaches):
    """The links of a layer of five for each band width."""
    return [scanning.window_mask(5, reach).sum() for reach in reaches]


def links_by_formula(reaches):
    """n (2 theta + 1) - theta (theta + 1)."""
    return [5 * (2 * reach + 1) - reach * (reach + 1) for reach in reaches]


def shared_row():
    """The matrix of the shared layer times x = (1, -2, 4, 0, 3)."""
    return convolution.convolution_matrix(SHARED, (1, 1, 5), padding=(0, 1)) @ ROW


def shared_row_as_printed():
    """The printed sum of x_m w_(i-m), with w_-1 = 2, w_0 = 3, w_1 = 5."""
    w = {-1: 2, 0: 3, 1: 5}
    return [sum(ROW[m] * w[i - m] for m in range(5) if abs(i - m) <= 1) for i in range(5)]


def shared_plane():
    """Whether the printed double sum is a convolution of the same size."""
    x, sums = PATCH[:5, :5], np.zeros((5, 5))
    for i, j, m, n in np.ndindex(5, 5, 5, 5):
        if abs(i - m) <= 1 and abs(j - n) <= 1:
            sums[i, j] += x[m, n] * NINE[i - m + 1, j - n + 1]
    return np.allclose(sums, filters.convolve2d(x, NINE), rtol=1e-12)


def local_plane():
    """The weights of an unshared 5 x 5 layer: what conv2d's matrix links."""
    return np.count_nonzero(convolution.convolution_matrix(np.ones((1, 1, 3, 3)), (1, 5, 5), padding=1))


def local_plane_as_printed():
    """The pairs of places for which the printed K(i - m, j - n) is 1."""
    return sum(abs(i - m) <= 1 and abs(j - n) <= 1 for i, j, m, n in np.ndindex(5, 5, 5, 5))


def kept_units():
    """Which of five units a stride of 2 keeps, counted from 1 and from 0; how many the size formula leaves."""
    from_one, from_zero = [i for i in range(1, 6) if i % 2 == 0], [i for i in range(5) if i % 2 == 0]
    return {"from 1": from_one, "from 0": from_zero, "by the formula": shapes.conv_output_size(5, 3, 2, 1)}


def stride_drops_rows():
    """Whether the matrix with stride 2 is every second row of the matrix without."""
    every, second = (convolution.convolution_matrix(SHARED, (1, 1, 5), (1, s), (0, 1)) for s in (1, 2))
    return np.array_equal(second, every[::2])


def padded_sizes():
    """Outputs of five inputs under a window of 3: "same" and "valid"."""
    return [len(convolution.convolution_matrix(SHARED, (1, 1, 5), padding=kind)) for kind in ("same", "valid")]


def shift_commutes():
    """Whether convolving a shifted signal is shifting the convolved one, on a circle."""
    x, w = np.random.default_rng(1).normal(size=(1, 12)), np.array([[2.0, 3, 5]])
    after = np.roll(filters.convolve2d(x, w, "wrap"), 4, axis=1)
    return np.allclose(filters.convolve2d(np.roll(x, 4, axis=1), w, "wrap"), after, rtol=1e-13)


def layer(kind):
    """{"weights": different ones, "products", "outputs"} of a "dense", "local", "shared" or "strided" layer of five."""
    different = np.arange(1, 26).reshape(5, 5)
    matrix = {
        "dense": lambda: different,
        "local": lambda: different * scanning.window_mask(5, 1),
        "shared": lambda: convolution.convolution_matrix(SHARED, (1, 1, 5), padding=(0, 1)),
        "strided": lambda: convolution.convolution_matrix(SHARED, (1, 1, 5), stride=(1, 2), padding=(0, 1)),
    }[kind]()
    return {
        "weights": np.unique(matrix[matrix != 0]).size,
        "products": np.count_nonzero(matrix),
        "outputs": len(matrix),
    }


def layers(before, after):
    """Both layers' weights, products and outputs: [before, after]."""
    pair = layer(before), layer(after)
    return {name: [each[name] for each in pair] for name in pair[0]}


def sharing():
    """What sharing does to a local layer."""
    counts = layers("local", "shared")
    return {
        "fewer weights": counts["weights"][1] < counts["weights"][0],
        "as many products": len(set(counts["products"])) == 1,
    }


def locality():
    """What locality does to a dense layer."""
    counts = layers("dense", "local")
    return {"fewer products": counts["products"][1] < counts["products"][0]}


def stored_weights():
    """Weights of the dense, the local and the shared layer."""
    return [layer(kind)["weights"] for kind in ("dense", "local", "shared")]
