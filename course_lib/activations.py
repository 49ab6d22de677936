"""Activation functions and their derivatives, entry by entry on arrays of any shape.

`x` may be a number, nested lists or an array on the computer or the GPU; the result has the same shape.
Floats keep their dtype, whole numbers are computed in float64. No finite x gives a NaN, or a warning as long as the
result can be held by its dtype.
"""

from numbers import Integral

import numpy as np

from course_lib.backend import array_module, finite_number, float_array, summed
from course_lib.shapes import whole_number


def sigmoid(x):
    """1 / (1 + e^-x), in (0, 1). Written with e^-|x|, which cannot overflow.

    Source: 001_4aa9bd5242e78f22.txt, line 353 (MLP-01).

    >>> sigmoid([0, 7, -5]).round(6).tolist()
    [0.5, 0.999089, 0.006693]
    """
    x, xp = _array(x)
    small = xp.exp(-xp.abs(x))  # in (0, 1]
    return xp.where(x >= 0, 1, small) / (1 + small)


def sigmoid_derivative(x):
    """sigmoid(x) * (1 - sigmoid(x)), at most 1/4; 1 - sigmoid(x) is taken as sigmoid(-x), which loses no digits.

    Source: 001_4aa9bd5242e78f22.txt, line 355 (MLP-02).

    >>> sigmoid_derivative([0, 10]).tolist()
    [0.25, 4.5395807735951673e-05]
    """
    x, _ = _array(x)
    return sigmoid(x) * sigmoid(-x)


def tanh(x):
    """(e^x - e^-x) / (e^x + e^-x), in (-1, 1): odd, so that its mean over symmetric inputs is 0.

    Source: 001_4aa9bd5242e78f22.txt, lines 639-643 (F-ACT-07).

    >>> tanh([0, 1]).round(6).tolist()
    [0.0, 0.761594]
    """
    x, xp = _array(x)
    return xp.tanh(x)


def tanh_derivative(x):
    """1 - tanh(x)^2, at most 1; computed as 4 e / (1 + e)^2 with e = e^(-2|x|), which keeps its digits far out.

    >>> tanh_derivative([0, 1]).round(6).tolist()
    [1.0, 0.419974]
    """
    x, xp = _array(x)
    small = xp.exp(-2 * xp.minimum(xp.abs(x), 1e4))  # beyond, it is 0 in any case, and 2 * x must not overflow
    return 4 * small / (1 + small) ** 2


def relu(x):
    """max(0, x).

    Source: 001_4aa9bd5242e78f22.txt, lines 649-656 (F-ACT-08).

    >>> relu([-2, 0, 3]).tolist()
    [0.0, 0.0, 3.0]
    """
    x, xp = _array(x)
    return xp.maximum(x, 0)


def relu_derivative(x):
    """1 where x > 0, else 0: at the kink x = 0 the slope is taken as 0.

    >>> relu_derivative([-2, 0, 3]).tolist()
    [0.0, 0.0, 1.0]
    """
    x, _ = _array(x)
    return (x > 0).astype(x.dtype)


def leaky_relu(x, negative_slope=0.01):
    """x where x > 0, else negative_slope * x.

    Source: 001_4aa9bd5242e78f22.txt, lines 680-688 (F-ACT-10).

    >>> leaky_relu([-2, 0, 3]).tolist()
    [-0.02, 0.0, 3.0]
    """
    x, xp = _array(x)
    return xp.where(x > 0, x, finite_number("negative_slope", negative_slope) * xp.minimum(x, 0))


def leaky_relu_derivative(x, negative_slope=0.01):
    """1 where x > 0, else negative_slope.

    >>> leaky_relu_derivative([-2, 0, 3]).tolist()
    [0.01, 0.01, 1.0]
    """
    x, xp = _array(x)
    return xp.where(x > 0, 1, finite_number("negative_slope", negative_slope)).astype(x.dtype)


def elu(x, alpha=1.0):
    """x where x > 0, else alpha * (e^x - 1).

    Source: 001_4aa9bd5242e78f22.txt, line 599 (F-ACT-12).

    >>> elu([-2, 0, 3]).round(6).tolist()
    [-0.864665, 0.0, 3.0]
    """
    x, xp = _array(x)
    return xp.where(x > 0, x, finite_number("alpha", alpha) * xp.expm1(xp.minimum(x, 0)))


def elu_derivative(x, alpha=1.0):
    """1 where x > 0, else alpha * e^x: without a jump at 0 only for alpha = 1.

    >>> elu_derivative([-2, 0, 3]).round(6).tolist()
    [0.135335, 1.0, 1.0]
    """
    x, xp = _array(x)
    return xp.where(x > 0, 1, finite_number("alpha", alpha) * xp.exp(xp.minimum(x, 0))).astype(x.dtype)


def maxout(x, pieces, axis=1):
    """The largest of `pieces` consecutive entries along `axis`, whose length becomes a `pieces`-th.

    Each piece is one affine function w.x + b of the layer below, so a unit costs `pieces` times the parameters.
    Source: 001_4aa9bd5242e78f22.txt, line 587 (F-ACT-11), for two pieces.

    >>> maxout([[1, 5, -2, -3]], pieces=2).tolist()
    [[5.0, -2.0]]
    """
    x, _ = _array(x)
    axis, pieces = _axis(x, axis), whole_number("pieces", pieces, 1)
    if x.shape[axis] % pieces:
        raise ValueError(f"{x.shape[axis]} entries along axis {axis} cannot be cut into groups of {pieces}")
    return x.reshape(*x.shape[:axis], -1, pieces, *x.shape[axis + 1 :]).max(axis=axis + 1)


def softmax(x, axis=1):
    """e^x / sum of e^x along `axis`: positive, adding up to 1. The largest x is subtracted first: nothing overflows.

    >>> softmax([[0, 1000, 1000]]).tolist()
    [[0.0, 0.5, 0.5]]
    """
    x, xp = _array(x)
    powers = xp.exp(_below_the_largest(x, axis))
    return powers / summed(powers, axis, keepdims=True)


def log_softmax(x, axis=1):
    """log(softmax(x)), without a logarithm of 0 where a softmax is too small for a float; never below the lowest float.

    >>> log_softmax([[0, 1000]]).tolist()
    [[-1000.0, 0.0]]
    """
    x, xp = _array(x)
    x = _below_the_largest(x, axis)
    return x - xp.log(summed(xp.exp(x), axis, keepdims=True))


def _below_the_largest(x, axis):
    """x minus its largest entry along the axis, cut off at the lowest float: differences of floats can overflow."""
    lowest = np.finfo(x.dtype).min
    with np.errstate(over="ignore"):
        return (x - x.max(axis=_axis(x, axis), keepdims=True)).clip(lowest, 0)


def _array(x):
    """x as a float array, and the array library that it belongs to."""
    x = float_array("input", x)
    return x, array_module(x)


def _axis(x, axis):
    if isinstance(axis, bool) or not isinstance(axis, Integral):
        raise TypeError(f"axis must be a whole number, not {axis!r}")
    if not -x.ndim <= axis < x.ndim:
        raise ValueError(f"the input has {x.ndim} axes, of shape {x.shape}; there is no axis {axis}")
    return axis % x.ndim
