"""Winograd's short convolutions: the numbers of a 3x3 or 5x5 layer with a quarter of the multiplications or fewer.

In one dimension m results of a filter with r taps read T = m + r - 1 numbers d and cost m * r multiplications when each
is computed by itself; together they can be had for T. Take the taps g as a polynomial of degree r - 1, and any m
numbers a as one of degree m - 1. Their product has T coefficients, so its values at T points determine it:

    coefficients of g * a = C ((G g) . (A a))      G, A: the values at the points; C: from values to coefficients

Now y_i = sum over u of g_u d_(i+u) is what a correlation computes, and whatever a may be,

    a . y = sum over i, u of a_i g_u d_(i+u) = d . (g * a) = d . C ((G g) . (A a)) = a . A^T ((G g) . (C^T d))

so y = A^T ((G g) . (B^T d)) with B = C: the T multiplications stand between the two brackets, and the three matrices
hold few and simple numbers. In two dimensions they act on rows and then on columns, which is one product with a
Kronecker matrix when a tile of T x T numbers is written as one column. A tile of 4 x 4 results takes 36 multiplications
in place of 144 for a 3x3 kernel, and 64 in place of 400 for 5x5. Sums over channels are made before A^T, so each of the
T * T places is an ordinary matrix product: filters x channels times channels x tiles.

The price is accuracy, since large numbers cancel: in float32 the result is right to 2e-4 of its largest number (sums of
products as they are written are right to 1e-6), in float64 to 1e-11. One nan or infinity spoils all results of its
tiles. Source: Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", 2015 (arXiv 1509.09308), section 4;
the matrices of `matrices(2, 3)` and `matrices(4, 3)` are theirs up to signs that cancel.
"""

import functools
import math
from fractions import Fraction

import numpy as np

from course_lib.backend import array_module, at_least_single

OUTPUTS = 4  # m, results a tile in each direction: with 2 more is multiplied, with 6 too many digits are lost
TAPS = (3, 5)  # r, heights and widths of kernels
POINTS = tuple(map(Fraction, ("0", "1", "-1", "2", "-2", "1/2", "-1/2")))  # small, and few digits when raised to powers
_BLOCK_BYTES = 2**23  # of tiles at a time, 4 to 8 pictures of AlexNet's layers: they and their products stay in cache


def matrices(outputs, taps):
    """(A^T, G, B^T) as rows of fractions: `outputs` results of a filter with `taps` taps, A^T ((G g) . (B^T d)).

    The points are the first of POINTS and infinity, where a polynomial's value is its leading coefficient.

    >>> for matrix in matrices(2, 3):
    ...     print([[str(number) for number in row] for row in matrix])
    [['1', '1', '1', '0'], ['0', '1', '-1', '1']]
    [['-1', '0', '0'], ['1/2', '1/2', '1/2'], ['1/2', '-1/2', '1/2'], ['0', '0', '1']]
    [['-1', '0', '1', '0'], ['0', '1', '1', '0'], ['0', '-1', '1', '0'], ['0', '-1', '0', '1']]
    """
    if outputs + taps - 2 > len(POINTS):
        raise ValueError(f"{outputs} results of {taps} taps need {outputs + taps - 2} points; there are {len(POINTS)}")
    points = POINTS[: outputs + taps - 2]
    to_results = [[point**i for point in points] + [Fraction(i == outputs - 1)] for i in range(outputs)]
    of_taps, of_numbers = [], []
    for point in points:  # of B^T: the polynomial that is 0 at the other points; what it is here goes to G as a divisor
        others = [other for other in points if other != point]
        here = math.prod(point - other for other in others)
        of_taps.append([point**u / here for u in range(taps)])
        of_numbers.append([*_with_roots(others), Fraction(0)])
    of_taps.append([Fraction(u == taps - 1) for u in range(taps)])
    of_numbers.append(_with_roots(points))
    return to_results, of_taps, of_numbers


def _with_roots(roots):
    """The coefficients of the product of all (t - root), the constant first."""
    coefficients = [Fraction(1)]
    for root in roots:
        times_t, times_root = [Fraction(0), *coefficients], [*(root * number for number in coefficients), Fraction(0)]
        coefficients = [one - other for one, other in zip(times_t, times_root, strict=True)]
    return coefficients


def correlate(x, weight, groups=1):
    """conv2d of x (N, C, H, W), padded by the caller, with weight (F, C/groups, KH, KW): stride and dilation 1.

    KH and KW are 3 or 5. float16 is computed in float32.

    >>> correlate(np.arange(16.0).reshape(1, 1, 4, 4), np.ones((1, 1, 3, 3))).round(9).tolist()
    [[[[45.0, 54.0], [81.0, 90.0]]]]
    """
    dtype, x, weight = x.dtype, at_least_single(x), at_least_single(weight)
    to_results, of_kernels, of_tiles = _kronecker(weight.shape[2:], x)
    kernels = of_kernels @ weight.reshape(-1, of_kernels.shape[1]).T  # (T*T, F*C/G)
    kernels = kernels.reshape(len(kernels), groups, len(weight) // groups, -1).swapaxes(-1, -2)  # (T*T, G, C/G, F/G)
    out = array_module(x).empty((len(x), len(weight), *_out_size(x, weight.shape[2:])), dtype)
    for here, tiles in _tile_blocks(x, weight.shape[2:], groups):  # (T, T, G, S, tile rows, tile columns, C/G)
        products = _transformed(tiles, of_tiles) @ kernels  # (T*T, G, tiles, F/G): T*T ordinary products
        results = to_results @ products.reshape(len(products), -1)  # (m*m, F*tiles)
        _lay_out(results.reshape(OUTPUTS, OUTPUTS, *tiles.shape[2:6], -1), out[here])
    return out


def weight_gradient(grad_out, x, kernel_size, groups=1):
    """The gradient with respect to correlate's weight: each of its steps the other way round, transposed.

    >>> weight_gradient(np.ones((1, 1, 2, 2)), np.arange(16.0).reshape(1, 1, 4, 4), (3, 3)).round(9).tolist()
    [[[[10.0, 14.0, 18.0], [26.0, 30.0, 34.0], [42.0, 46.0, 50.0]]]]
    """
    dtype, grad_out, x = x.dtype, at_least_single(grad_out), at_least_single(x)
    to_results, of_kernels, of_tiles = _kronecker(kernel_size, x)
    total = 0
    for here, tiles in _tile_blocks(x, kernel_size, groups):
        results = _cut_up(grad_out[here], tiles.shape[2:6])  # (m, m, G, S, tile rows, tile columns, F/G)
        products = _transformed(results, to_results.T)  # (T*T, G, tiles, F/G)
        total += products.swapaxes(-1, -2) @ _transformed(tiles, of_tiles)  # (T*T, G, F/G, C/G)
    weights = of_kernels.T @ total.reshape(len(total), -1)  # (KH*KW, F*C/G)
    return weights.T.reshape(grad_out.shape[1], -1, *kernel_size).astype(dtype, order="C")


def _transformed(tiles, matrix):
    """The matrix times each tile (A, B, G, S, tile rows, tile columns, channels) as a column: (T*T, G, tiles, C)."""
    columns = matrix @ tiles.reshape(matrix.shape[1], -1)
    return columns.reshape(len(matrix), tiles.shape[2], -1, tiles.shape[-1])


def _lay_out(results, out):
    """Tiles of results (m, m, G, S, tile rows, tile columns, F/G) put into out (S, F, OH, OW); the last hang over."""
    whole = results.transpose(3, 4, 0, 5, 1, 2, 6)  # (S, tile rows, m, tile columns, m, G, F/G)
    samples, rows, _, columns, *_ = whole.shape
    whole = whole.reshape(samples, rows * OUTPUTS, columns * OUTPUTS, -1)
    out[...] = whole[:, : out.shape[2], : out.shape[3]].transpose(0, 3, 1, 2)


def _cut_up(out, number):
    """The other way: out (S, F, OH, OW) as tiles, `number` of them (G, S, tile rows, tile columns); 0 hangs over."""
    (samples, filters, height, width), (groups, _, rows, columns) = out.shape, number
    whole = array_module(out).zeros((samples, rows * OUTPUTS, columns * OUTPUTS, filters), out.dtype)
    whole[:, :height, :width] = out.transpose(0, 2, 3, 1)
    return whole.reshape(samples, rows, OUTPUTS, columns, OUTPUTS, groups, -1).transpose(2, 4, 5, 0, 1, 3, 6)


def _out_size(x, kernel_size):
    return tuple(size - taps + 1 for size, taps in zip(x.shape[2:], kernel_size, strict=True))


def _kronecker(kernel_size, like):
    """(A^T, G, B^T) for tiles and kernels that are written as columns, in the dtype and on the device of `like`."""
    return [array_module(like).asarray(matrix, like.dtype) for matrix in _kronecker_numbers(*kernel_size)]


@functools.cache
def _kronecker_numbers(height, width):
    down, across = matrices(OUTPUTS, height), matrices(OUTPUTS, width)
    return [np.kron(np.array(one, float), np.array(other, float)) for one, other in zip(down, across, strict=True)]


def _tile_blocks(x, kernel_size, groups):
    """(here, tiles) block by block: a slice of the result, its tiles (T, T, G, S, tile rows, tile columns, C/G).

    A block is a few pictures, or some rows of tiles of one. Tiles overlap by r - 1; outside the picture they hold 0.
    Channels come last: then whole runs of numbers are copied, which for tiles as small as these saves half the time.
    """
    xp, (samples, channels, _, width) = array_module(x), x.shape
    down, across = (OUTPUTS + taps - 1 for taps in kernel_size)
    rows, columns = (-(-size // OUTPUTS) for size in _out_size(x, kernel_size))
    row_bytes = down * across * channels * columns * x.dtype.itemsize
    together = max(1, _BLOCK_BYTES // (row_bytes * rows))
    together = -(-samples // -(-samples // together))  # as many blocks, of even sizes
    rows_together = rows if together > 1 else max(1, min(rows, _BLOCK_BYTES // row_bytes))
    for n in range(0, samples, together):
        for i in range(0, rows, rows_together):
            part = x[n : n + together, :, i * OUTPUTS : (i + rows_together) * OUTPUTS + down - OUTPUTS]
            number = min(rows_together, rows - i)
            covered = number * OUTPUTS + down - OUTPUTS, columns * OUTPUTS + across - OUTPUTS
            whole = xp.zeros((len(part), *covered, channels), x.dtype)
            whole[:, : part.shape[2], :width] = part.transpose(0, 2, 3, 1)
            picture, row, column, channel = whole.strides
            tiles = xp.lib.stride_tricks.as_strided(
                whole, (down, across, groups, len(part), number, columns, channels // groups),
                (row, column, channels // groups * channel, picture, row * OUTPUTS, column * OUTPUTS, channel),
            )  # fmt: skip
            yield (slice(n, n + together), slice(None), slice(i * OUTPUTS, (i + rows_together) * OUTPUTS)), tiles
