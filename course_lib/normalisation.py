"""Local response normalisation: each number is divided by a power of the activity of the neighbouring maps."""

import numpy as np

from course_lib.backend import array_module, finite_number, float_array, in_pieces
from course_lib.shapes import check_layout, whole_number


def local_response_norm(x, size, alpha=1e-4, beta=0.75, k=1.0):
    """out[n, c] = x[n, c] / (k + alpha / size * sum of x[n, j]^2)^beta, the sum over `size` maps with c in the middle.

    x is (N, C, H, W) or (N, C); maps outside count as 0; size is odd. As in PyTorch and ONNX alpha is divided by
    size; Krizhevsky, Sutskever and Hinton (2012) do not divide: their alpha is ours / size. Floats keep their dtype.

    >>> local_response_norm([[1.0, 2.0, 0.0]], size=3, alpha=3.0, beta=0.5, k=4.0).round(6).tolist()
    [[0.333333, 0.666667, 0.0]]
    """
    x, beta, share, k = _checked(x, size, alpha, beta, k)
    out = array_module(x).empty(x.shape, x.dtype)
    for some in in_pieces(x):
        array_module(x).divide(x[some], _power(_sums(x[some], size, share, k), beta), out=out[some])
    return out


def local_response_norm_backward(grad_out, x, size, alpha=1e-4, beta=0.75, k=1.0):
    """grad_x: each x counts once as the number divided, and once in the sum of each of its `size` neighbours.

    >>> local_response_norm_backward([[1, 0]], [[1, 2]], size=3, alpha=3.0, beta=1.0, k=5.0).round(6).tolist()
    [[0.08, -0.04]]
    """
    x, beta, share, k = _checked(x, size, alpha, beta, k)
    grad_out = float_array("gradient", grad_out)
    if grad_out.shape != x.shape:
        raise ValueError(f"the gradient has the shape {grad_out.shape}, the output {x.shape}: each needs one gradient")
    grad_x = array_module(x).empty(x.shape, np.result_type(grad_out.dtype, x.dtype))
    for some in in_pieces(x):
        sums = _sums(x[some], size, share, k)
        direct = grad_out[some] / _power(sums, beta)
        through_sums = _window_sums(direct * x[some] / sums, size)
        through_sums *= 2 * share * beta
        through_sums *= x[some]
        array_module(x).subtract(direct, through_sums, out=grad_x[some])
    return grad_x


def local_response_norm_loops(x, size, alpha=1e-4, beta=0.75, k=1.0):
    """local_response_norm number by number, as the formula is written."""
    x, beta, share, k = _checked(x, size, alpha, beta, k)
    out = np.zeros_like(x)
    for n, c, *place in np.ndindex(x.shape):
        total = 0.0
        for j in range(max(0, c - size // 2), min(x.shape[1], c + size // 2 + 1)):
            total += x[(n, j, *place)] ** 2
        out[(n, c, *place)] = x[(n, c, *place)] / (k + share * total) ** beta
    return out


def _checked(x, size, alpha, beta, k):
    """(x as floats, beta, alpha / size, k)."""
    x = float_array("x", x)
    if x.ndim != 2:
        check_layout("x", x.shape, "(N, C, H, W) or (N, C)")
    if whole_number("size", size, 1) % 2 == 0:
        raise ValueError(f"size counts a map and its neighbours on both sides, so it is odd; {size} came")
    share, k = finite_number("alpha", alpha) / size, finite_number("k", k)
    if share < 0 or k <= 0:
        raise ValueError(f"alpha must be at least 0 and k more than 0, or silence divides by 0; {alpha} and {k} came")
    return x, finite_number("beta", beta), share, k


def _sums(x, size, share, k):
    """k + share * sum of x^2 over `size` neighbouring maps."""
    sums = _window_sums(x * x, size)
    sums *= share
    sums += k
    return sums


def _window_sums(values, size):
    """The sum over `size` neighbouring maps with each map in the middle; there is nothing outside."""
    sums, channels = values.copy(), values.shape[1]
    for shift in range(1, min(size // 2, channels - 1) + 1):
        sums[:, shift:] += values[:, : channels - shift]
        sums[:, : channels - shift] += values[:, shift:]
    return sums


def _power(values, exponent):
    """values ** exponent; for 3/4, AlexNet's, by square roots, which in float32 take half the time."""
    if exponent != 0.75:
        return values**exponent
    roots = array_module(values).sqrt(values)
    fourth_roots = array_module(values).sqrt(roots)
    fourth_roots *= roots
    return fourth_roots
