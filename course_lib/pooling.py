"""Pooling: each window of each map becomes one number; its maximum, its mean or its p-norm.

Layout: x (N, C, H, W), out (N, C, OH, OW). `kernel_size`, `stride` (as the kernel, unless given) and `dilation` are a
whole number or (h, w); `padding` as in convolution, below the window's extent. With `ceil_mode` a last window may hang
over, if it starts inside; the first must fit. Names and meanings are those of torch.nn.functional. Floats keep their
dtype; whole numbers are computed in float64.
"""

import dataclasses
import functools
import math

import numpy as np

from course_lib import shapes
from course_lib.backend import array_module, at_least_single, finite_number, float_array, in_pieces
from course_lib.shapes import check_layout, checked_sizes, pair


def max_pool2d(x, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False):
    """The largest number of each window; padding never wins, and of equal numbers the first in reading order does.

    With `return_indices`: (out, indices), where indices says which place of the (H, W) plane, counted row by row, won.
    Source: 002_69942b7dd2ea4e29.txt, lines 337-388 (F-POOL-13, F-POOL-14).

    >>> out, indices = max_pool2d([[[[1, 3, 2, 4], [5, 5, 0, 1]]]], 2, return_indices=True)
    >>> out.tolist(), indices.tolist()
    ([[[[5.0, 4.0]]]], [[[[4, 3]]]])
    """
    x = _checked(x)
    plan = _plan(x, kernel_size, stride, padding, dilation, ceil_mode)
    if not return_indices:
        return _maximum(x, plan)
    xp, shape = array_module(x), (*x.shape[:2], *plan.out_size)
    out, indices = xp.empty(shape, x.dtype), xp.empty(shape, int)
    for some in in_pieces(x):
        out[some], indices[some] = _winners(x[some], plan)
    return out, indices


def max_pool2d_backward(grad_out, x, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False):
    """grad_x: each gradient goes to the place that won, and adds up where a place won several windows.

    In a window with a nan the last nan wins.

    >>> max_pool2d_backward([[[[10, 20]]]], [[[[1, 3, 2, 4], [5, 5, 0, 1]]]], 2).astype(int).tolist()
    [[[[0, 0, 0, 20], [10, 0, 0, 0]]]]
    """
    x = _checked(x)
    plan = _plan(x, kernel_size, stride, padding, dilation, ceil_mode)
    grad_out = _checked_gradient(grad_out, x, plan)
    xp, size = array_module(x), math.prod(x.shape[2:])
    grad_x = xp.zeros(x.shape, x.dtype)
    for some in in_pieces(x):
        _, indices = _winners(x[some], plan)
        planes = xp.arange(math.prod(indices.shape[:2])).reshape(*indices.shape[:2], 1, 1)
        xp.add.at(grad_x[some].reshape(-1), (planes * size + indices).reshape(-1), grad_out[some].reshape(-1))
    return grad_x


def avg_pool2d(x, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True):
    """The mean of each window. Zeros of the padding count as pixels, or with count_include_pad=False are left out.

    float16 is summed in float32. Source: 002_69942b7dd2ea4e29.txt, line 272 (F-POOL-04).

    >>> avg_pool2d([[[[1, 3, 2, 4], [5, 5, 0, 1]]]], 2).tolist()
    [[[[3.5, 1.75]]]]
    """
    x = _checked(x)
    plan = _plan(x, kernel_size, stride, padding, 1, ceil_mode)
    xp, counts = array_module(x), _counts(x, plan, count_include_pad)
    means = xp.empty((*x.shape[:2], *plan.out_size), x.dtype)
    for some in in_pieces(x):
        padded = _padded(at_least_single(x[some]), plan)
        sums = _joined(xp.add, _joined(xp.add, padded, plan, 0), plan, 1)
        xp.divide(sums, counts, out=means[some], casting="same_kind")
    return means


def avg_pool2d_backward(grad_out, x, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True):
    """grad_x: each gradient is shared evenly by the pixels of its window.

    >>> avg_pool2d_backward([[[[4, 8]]]], np.zeros((1, 1, 2, 4)), 2).tolist()
    [[[[1.0, 1.0, 2.0, 2.0], [1.0, 1.0, 2.0, 2.0]]]]
    """
    x = _checked(x)
    plan = _plan(x, kernel_size, stride, padding, 1, ceil_mode)
    shares = _checked_gradient(grad_out, x, plan) / _counts(x, plan, count_include_pad)
    return _spread(shares, plan).astype(x.dtype, copy=False)


def lp_pool2d(x, p, kernel_size, stride=None, padding=0, mean=False):
    """(sum of |x|^p)^(1/p) over each window, p >= 1: the sum of magnitudes for p = 1, towards the largest as p grows.

    With `mean` the sum is divided by the number of places in the window, as the sources define it; p = 1 is then the
    mean. Source: 002_69942b7dd2ea4e29.txt, lines 273-279 (F-POOL-05).

    >>> lp_pool2d([[[[3, 0], [4, 0]]]], 2, 2).tolist(), lp_pool2d([[[[3, 0], [4, 0]]]], 2, 2, mean=True).tolist()
    ([[[[5.0]]]], [[[[2.5]]]])
    """
    x, p = _checked(x), _checked_power(p)
    plan = _plan(x, kernel_size, stride, padding, 1, False)
    return (_norms(x, p, plan) * _share(p, plan, mean)).astype(x.dtype, copy=False)


def lp_pool2d_backward(grad_out, x, p, kernel_size, stride=None, padding=0, mean=False):
    """grad_x: sign(x) * (|x| / norm)^(p - 1) times the gradient; a window of zeros has a kink there and passes 0.

    >>> lp_pool2d_backward([[[[10]]]], [[[[3, 0], [-4, 0]]]], 2, 2).round(12).tolist()
    [[[[6.0, 0.0], [-8.0, 0.0]]]]
    """
    x, p = _checked(x), _checked_power(p)
    plan = _plan(x, kernel_size, stride, padding, 1, False)
    xp, grad_out = array_module(x), _checked_gradient(grad_out, x, plan) * _share(p, plan, mean)
    norms, padded = _norms(x, p, plan), _padded(x, plan)
    norms = xp.where(norms == 0, 1, norms)
    grad = xp.zeros_like(padded)
    for _, _, rows, columns in plan.slices():
        window = padded[:, :, rows, columns]
        grad[:, :, rows, columns] += grad_out * xp.sign(window) * (xp.abs(window) / norms) ** (p - 1)
    return _cropped(grad, plan)


def output_shape(x_shape, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False):
    """The shape of a pooling's result for x of that shape, without computing anything.

    >>> output_shape((1, 96, 55, 55), kernel_size=3, stride=2)
    (1, 96, 27, 27)
    """
    x_shape = checked_sizes("x", x_shape)
    x = np.broadcast_to(0.0, x_shape)  # a shape without memory
    return (*x_shape[:2], *_plan(x, kernel_size, stride, padding, dilation, ceil_mode).out_size)


def max_pool2d_loops(x, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False):
    """max_pool2d place by place: keep the best so far, and where it stood."""
    x = _checked(x)
    plan = _plan(x, kernel_size, stride, padding, dilation, ceil_mode)
    out, indices = np.zeros((*x.shape[:2], *plan.out_size), x.dtype), np.zeros((*x.shape[:2], *plan.out_size), int)
    for n, c, i, j in np.ndindex(out.shape):
        pixels = list(_pixels(x, plan, i, j))
        values = [x[n, c, row, column] for row, column in pixels]
        best = 0
        for place, value in enumerate(values):
            if value > values[best] or value != value:  # of equals the first stays; nan is shown, not hidden
                best = place
        out[n, c, i, j], indices[n, c, i, j] = values[best], pixels[best][0] * x.shape[3] + pixels[best][1]
    return (out, indices) if return_indices else out


def avg_pool2d_loops(x, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True):
    """avg_pool2d place by place."""
    x = _checked(x)
    plan = _plan(x, kernel_size, stride, padding, 1, ceil_mode)
    out = np.zeros((*x.shape[:2], *plan.out_size), x.dtype)
    for n, c, i, j in np.ndindex(out.shape):
        values = [x[n, c, row, column] for row, column in _pixels(x, plan, i, j)]
        out[n, c, i, j] = sum(values) / (len(list(_pixels(x, plan, i, j, True))) if count_include_pad else len(values))
    return out


def lp_pool2d_loops(x, p, kernel_size, stride=None, padding=0, mean=False):
    """lp_pool2d place by place."""
    x = _checked(x)
    plan = _plan(x, kernel_size, stride, padding, 1, False)
    out = np.zeros((*x.shape[:2], *plan.out_size), x.dtype)
    for n, c, i, j in np.ndindex(out.shape):
        total = sum(abs(x[n, c, row, column]) ** p for row, column in _pixels(x, plan, i, j))
        out[n, c, i, j] = (total / (math.prod(plan.kernel_size) if mean else 1)) ** (1 / p)
    return out


def _pixels(x, plan, i, j, with_padding=False):
    """The (row, column) of x that window (i, j) reads, in reading order; also those of the padding, if asked for."""
    (top, bottom), (left, right) = plan.padding if with_padding else ((0, 0), (0, 0))
    for u in range(plan.kernel_size[0]):
        for v in range(plan.kernel_size[1]):
            row = i * plan.stride[0] + u * plan.dilation[0] - plan.padding[0][0]
            column = j * plan.stride[1] + v * plan.dilation[1] - plan.padding[1][0]
            if -top <= row < x.shape[2] + bottom and -left <= column < x.shape[3] + right:
                yield row, column


# The geometry


@dataclasses.dataclass(frozen=True)
class _Plan:
    """What is known before any work is done: (h, w) throughout, and the padding's ((top, bottom), (left, right))."""

    in_size: tuple
    out_size: tuple
    kernel_size: tuple
    stride: tuple
    dilation: tuple
    padding: tuple

    @property
    def reach(self):
        """The size of what the windows cover, from the padding's first pixel on: it may end before or after x does."""
        sizes = zip(self.out_size, self.stride, self.kernel_size, self.dilation, strict=True)
        return tuple((out - 1) * step + shapes.window_extent(size, spread) for out, step, size, spread in sizes)

    def slices(self):
        return shapes.window_slices(self.kernel_size, self.stride, self.dilation, self.out_size)


def _plan(x, kernel_size, stride, padding, dilation, ceil_mode):
    kernel_size = pair("kernel_size", kernel_size, 1)
    stride = kernel_size if stride is None else pair("stride", stride, 1)
    dilation, in_size = pair("dilation", dilation, 1), x.shape[2:]
    padding = shapes.padding_sides(padding, in_size, kernel_size, stride, dilation)
    return _checked_plan(in_size, kernel_size, stride, padding, dilation, ceil_mode)


@functools.lru_cache(maxsize=64)
def _checked_plan(in_size, kernel_size, stride, padding, dilation, ceil_mode):
    for extent, sides in zip(map(shapes.window_extent, kernel_size, dilation), padding, strict=True):
        if max(sides) >= extent:
            raise ValueError(f"padding of {max(sides)} leaves windows of {extent} pixels without any picture in them")
    settings = zip(in_size, kernel_size, stride, padding, dilation, strict=True)
    out_size = tuple(_out_size(*setting, ceil_mode) for setting in settings)
    plan = _Plan(in_size, out_size, kernel_size, stride, dilation, padding)
    for real in _inside(plan, padded=False):
        if not real.any(axis=0).all():
            raise ValueError("with this dilation and padding a window lies on padding alone; use less of either")
    return plan


def _out_size(size, kernel_size, stride, sides, dilation, ceil_mode):
    out = shapes.conv_output_size(size, kernel_size, stride, sides, dilation, "ceil" if ceil_mode else "floor")
    return out - 1 if ceil_mode and (out - 1) * stride >= size + sides[0] else out  # must not start in the padding


@functools.lru_cache(maxsize=64)
def _inside(plan, padded):
    """For rows and for columns, which of a window's places (KH, OH) lie on the picture, or on the padded picture."""
    found = []
    for axis in range(2):
        places = np.arange(plan.out_size[axis]) * plan.stride[axis] - plan.padding[axis][0]
        places = places + np.arange(plan.kernel_size[axis])[:, None] * plan.dilation[axis]
        before, after = plan.padding[axis] if padded else (0, 0)
        found.append((places >= -before) & (places < plan.in_size[axis] + after))
    return found


def _padded(x, plan, fill=0):
    """What the windows cover: x with `fill` around it, or without its last pixels where no window reaches them."""
    (top, _), (left, _) = plan.padding
    if top == left == 0 and all(reach <= size for reach, size in zip(plan.reach, plan.in_size, strict=True)):
        return x[:, :, : plan.reach[0], : plan.reach[1]]  # a view
    height, width = min(x.shape[2], plan.reach[0] - top), min(x.shape[3], plan.reach[1] - left)
    padded = array_module(x).full((*x.shape[:2], *plan.reach), fill, x.dtype)
    padded[:, :, top : top + height, left : left + width] = x[:, :, :height, :width]
    return padded


def _cropped(padded, plan):
    """The gradient of x from that of _padded(x): padding dropped, pixels that no window reached 0."""
    (top, _), (left, _), (height, width) = *plan.padding, plan.in_size
    if top == left == 0 and plan.reach == plan.in_size:
        return padded
    grad = array_module(padded).zeros((*padded.shape[:2], height, width), padded.dtype)
    part = padded[:, :, top : top + height, left : left + width]
    grad[:, :, : part.shape[2], : part.shape[3]] = part
    return grad


# The work


def _maximum(x, plan):
    """max_pool2d without the indices, some three times faster than with them; nan is shown, not hidden."""
    maximum = array_module(x).maximum
    return _joined(maximum, _joined(maximum, _padded(x, plan, -math.inf), plan, 0), plan, 1)


def _joined(join, values, plan, axis):
    """The values of each window joined along one axis; both axes in turn take KH + KW steps instead of KH * KW."""
    first, *others = (values[place] for place in _places(plan, axis))
    if not others:
        return first.copy()
    joined = array_module(values).empty(first.shape, first.dtype)
    join(first, others[0], out=joined)
    for other in others[1:]:
        join(joined, other, out=joined)
    return joined


def _winners(x, plan):
    """(out, indices) of max_pool2d: the best of each of a window's rows first, then the best of these."""
    xp, padded = array_module(x), _padded(x, plan, -math.inf)
    (height, width), has_nan = plan.kernel_size, bool(xp.isnan(padded).any())
    best, numbers = padded, xp.zeros(padded.shape, np.min_scalar_type(height * width - 1))
    for axis, step in ((1, 1), (0, width)):
        best, numbers = _first_best(best, numbers, step, plan, axis, has_nan)
    down, right = (xp.arange(size) * spread for size, spread in zip(plan.kernel_size, plan.dilation, strict=True))
    starts = zip(plan.out_size, plan.stride, plan.padding, strict=True)
    top, left = (xp.arange(out) * step - before for out, step, (before, _) in starts)
    places = (down[:, None] * x.shape[3] + right).reshape(-1)  # of the window's pixels in the plane, row by row
    return best, places[numbers] + (top[:, None] * x.shape[3] + left)


def _first_best(values, numbers, step, plan, axis, has_nan):
    """Along one axis: of each window the largest value, and its number, which is `step` more from place to place.

    Of equals the first wins, of nans the last; padding loses even to -inf.
    """
    xp, real = array_module(values), _inside(plan, padded=False)[axis]
    first, *others = _places(plan, axis)
    best, found = values[first], numbers[first]
    for n, place in enumerate(others, 1):
        won = values[place] > best
        if has_nan:
            won |= values[place] != values[place]
        only_padding = real[n] & ~real[:n].any(axis=0)
        if only_padding.any():
            won |= xp.asarray(only_padding if axis else only_padding[:, None])
        found = xp.maximum(found, (numbers[place] + n * step) * won)  # a later place has a larger number
        best = xp.maximum(best, values[place])
    return best, found


def _places(plan, axis):
    """For each of a window's places along one axis: the slices of the values that it meets as the window moves."""
    for place in range(plan.kernel_size[axis]):
        start, step = place * plan.dilation[axis], plan.stride[axis]
        met = slice(start, start + (plan.out_size[axis] - 1) * step + 1, step)
        yield (..., met) if axis else (..., met, slice(None))


def _spread(grad_out, plan):
    """The gradient of the windows' sums with respect to x: every pixel of a window gets the window's gradient."""
    for axis in (1, 0):
        shape = list(grad_out.shape)
        shape[2 + axis] = plan.reach[axis]
        grad = array_module(grad_out).zeros(shape, grad_out.dtype)
        for place in _places(plan, axis):
            if plan.stride[axis] < plan.kernel_size[axis]:
                grad[place] += grad_out
            else:  # no pixel lies in two windows
                grad[place] = grad_out
        grad_out = grad
    return _cropped(grad_out, plan)


def _counts(x, plan, count_include_pad):
    """By how many each window's sum is divided: (OH, OW), or (1, 1) where all are the same."""
    return array_module(x).asarray(_numbers_inside(plan, count_include_pad), np.result_type(x.dtype, np.float32))


@functools.lru_cache(maxsize=64)
def _numbers_inside(plan, padded):
    rows, columns = (inside.sum(axis=0) for inside in _inside(plan, padded))
    if (rows == rows[0]).all() and (columns == columns[0]).all():
        rows, columns = rows[:1], columns[:1]
    return np.outer(rows, columns)


def _norms(x, p, plan):
    """(sum of |x|^p)^(1/p), each window divided by its largest finite magnitude first: no power overflows."""
    xp, x = array_module(x), at_least_single(x)
    padded, largest = xp.abs(_padded(x, plan)), xp.zeros((*x.shape[:2], *plan.out_size), x.dtype)
    for _, _, rows, columns in plan.slices():
        largest = xp.maximum(largest, padded[:, :, rows, columns])
    scale = xp.where((largest == 0) | (largest == math.inf), 1, largest)
    total = sum((padded[:, :, rows, columns] / scale) ** p for _, _, rows, columns in plan.slices())
    return scale * total ** (1 / p)


def _share(p, plan, mean):
    return math.prod(plan.kernel_size) ** (-1 / p) if mean else 1


# Checks


def _checked(x):
    x = float_array("x", x)
    check_layout("x", x.shape)
    return x


def _checked_gradient(grad_out, x, plan):
    grad_out = float_array("grad_out", grad_out)
    array_module(grad_out, x)
    if grad_out.shape != (*x.shape[:2], *plan.out_size):
        raise ValueError(
            f"grad_out has the shape {grad_out.shape}; with these settings it must be {(*x.shape[:2], *plan.out_size)}"
        )
    return grad_out.astype(x.dtype, copy=False)


def _checked_power(p):
    if isinstance(p, float) and p == math.inf:
        raise ValueError("p must be finite; for the largest number of a window, use max_pool2d")
    p = finite_number("p", p)
    if p < 1:
        raise ValueError(f"p must be at least 1, not {p}")
    return p
