"""2-D convolution as networks use it, its transpose, and the backward pass of both.

Layout: x (N, C, H, W), weight (F, C/groups, KH, KW), out (N, F, OH, OW). The kernel is not turned: cross-correlation.
`stride` and `dilation` are a whole number or (h, w); `padding` is a number of zeros per side, (h, w),
((top, bottom), (left, right)), "valid" (none), "same" (OH = ceil(H / stride), an odd zero goes after) or "full".
Names and meanings are those of torch.nn.functional. Floats keep their dtype; whole numbers are computed in float64.

Three small functions do the work: `_correlate`, and its two derivatives `_scatter` (with respect to x) and
`_correlate_with_gradient` (with respect to weight). A transposed convolution is `_scatter` used forwards. Batches of
small pictures go by `toeplitz` instead.
conv2d's other algorithms are asked for by name; what they need beside this module is in `fourier` and `winograd`.
"""

import dataclasses
import functools
import itertools
import math

import numpy as np

from course_lib import fourier, shapes, toeplitz, winograd
from course_lib.backend import array_module, float_array, summed
from course_lib.shapes import check_layout, checked_sizes, pair

_BLOCK_BYTES = 2**23  # of columns at a time: small enough for the cache, large enough for a quick product
_GPU_BLOCK_BYTES = 2**28  # of columns at a time on a GPU, where each copy has to be started (chosen, not measured)
_RUN = 108  # numbers that should at least lie side by side: each run that NumPy copies costs as much as some 50 numbers


def conv2d(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1, algorithm="auto"):
    """out[n, f, i, j] = bias[f] + sum over c, u, v of weight[f, c, u, v] * padded x[n, c, i*s + u*d, j*s + v*d].

    With `groups` each filter sees only its group's channels. Source: 002_69942b7dd2ea4e29.txt, line 214.

    `algorithm` changes how the sums are made: "loops", "windows" and "im2col" are for learning and need time or memory;
    "fft" pays for large kernels; "winograd" can be quicker for 3x3 and 5x5 kernels with stride 1, where there are many
    channels, filters and pictures, and is in float32 right to 2e-4 of the largest result, where all others are right to
    1e-5; less, where the sums cancel. "auto" chooses only among those that add up the products as they are written:
    "im2col", block by block, so that the columns stay in the cache; or, for 16 pictures or more that are as small as
    LeNet-5's (one group, on the CPU, finite results), row by row, as `toeplitz` explains.

    >>> x = np.arange(16.0).reshape(1, 1, 4, 4)
    >>> conv2d(x, np.ones((1, 1, 3, 3)), bias=[100.0]).tolist()
    [[[[145.0, 154.0], [181.0, 190.0]]]]
    """
    x, weight, bias = _arrays(("x", x), ("weight", weight), ("bias", bias))
    plan = _plan(x.shape, weight.shape, stride, padding, dilation, groups)
    _check_bias(bias, len(weight))
    out = _algorithm(algorithm, plan)(x, weight, plan)
    return out if bias is None else _with_bias(out, bias)


def conv2d_loops(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """conv2d as the sources write it: a loop over filters and places, a product of two small blocks inside.

    Source: 002_69942b7dd2ea4e29.txt, line 214 (there for stride 1, without padding, for one picture).
    """
    x, weight, bias = _arrays(("x", x), ("weight", weight), ("bias", bias))
    plan = _plan(x.shape, weight.shape, stride, padding, dilation, groups)
    _check_bias(bias, len(weight))
    padded = _padded(x, plan)
    out = np.zeros((len(x), len(weight), *plan.out_size), x.dtype)
    (down, right), (spread_down, spread_right) = plan.stride, plan.dilation
    (height, width), per_group = plan.extent, weight.shape[1]
    for n in range(len(x)):
        for f in range(len(weight)):
            first = f // (len(weight) // groups) * per_group  # the first channel of this filter's group
            for i in range(plan.out_size[0]):
                for j in range(plan.out_size[1]):
                    rows = slice(i * down, i * down + height, spread_down)
                    columns = slice(j * right, j * right + width, spread_right)
                    segment = padded[n, first : first + per_group, rows, columns]
                    out[n, f, i, j] = (weight[f] * segment).sum() + (0 if bias is None else bias[f])
    return out


def conv2d_backward(grad_out, x, weight, stride=1, padding=0, dilation=1, groups=1, to_x=True, algorithm="auto"):
    """(grad_x, grad_weight, grad_bias) for grad_out, the gradient with respect to conv2d's result.

    Each x takes part in several sums, so its gradient collects from all of them; each weight likewise. A network's
    first layer hands nothing on: with to_x=False grad_x is None, and its share of the work, about half, is saved.
    `algorithm` is "auto" or "winograd", as in conv2d.

    >>> grads = conv2d_backward(np.ones((1, 1, 2, 2)), np.arange(16.0).reshape(1, 1, 4, 4), np.ones((1, 1, 3, 3)))
    >>> grads[0][0, 0].tolist()
    [[1.0, 2.0, 2.0, 1.0], [2.0, 4.0, 4.0, 2.0], [2.0, 4.0, 4.0, 2.0], [1.0, 2.0, 2.0, 1.0]]
    >>> grads[1].tolist(), grads[2].tolist()
    ([[[[10.0, 14.0, 18.0], [26.0, 30.0, 34.0], [42.0, 46.0, 50.0]]]], [4.0])
    """
    grad_out, x, weight = _arrays(("grad_out", grad_out), ("x", x), ("weight", weight))
    plan = _plan(x.shape, weight.shape, stride, padding, dilation, groups)
    _check_shape("grad_out", grad_out, (len(x), len(weight), *plan.out_size))
    to_input, to_weight = _gradient_algorithms(algorithm, plan)
    grad_x = to_input(grad_out, weight, plan) if to_x else None
    grad_weight = to_weight(grad_out, x, plan).reshape(weight.shape)
    return grad_x, grad_weight, summed(grad_out, (0, 2, 3))


def conv_transpose2d(x, weight, bias=None, stride=1, padding=0, output_padding=0, dilation=1, groups=1):
    """Each x[n, c, i, j] puts a copy of its kernel, times its value, at (i*s, j*s) of the result; overlaps add up.

    It is the gradient of conv2d with respect to its input, used forwards: sizes grow where conv2d's shrink. weight is
    (C, F/groups, KH, KW); `padding` takes rows and columns away from the result and is given in numbers;
    `output_padding`, below stride or dilation, adds to the bottom and right.
    Source: 004_4199e40c61176c52.txt, lines 32-47.

    >>> conv_transpose2d([[[[1, 0], [0, 2]]]], [[[[1, 2], [3, 4]]]], stride=1).tolist()
    [[[[1.0, 2.0, 0.0], [3.0, 6.0, 4.0], [0.0, 6.0, 8.0]]]]
    """
    x, weight, bias = _arrays(("x", x), ("weight", weight), ("bias", bias))
    plan = _transposed_plan(x.shape, weight.shape, stride, padding, output_padding, dilation, groups)
    _check_bias(bias, plan.channels)
    out = _scatter(x, weight, plan)
    return out if bias is None else _with_bias(out, bias)


def conv_transpose2d_backward(grad_out, x, weight, stride=1, padding=0, output_padding=0, dilation=1, groups=1):
    """(grad_x, grad_weight, grad_bias) for grad_out, the gradient with respect to conv_transpose2d's result.

    The gradient of a transposed convolution is the convolution itself.

    >>> grads = conv_transpose2d_backward(np.ones((1, 1, 3, 3)), [[[[1, 0], [0, 2]]]], [[[[1, 2], [3, 4]]]])
    >>> grads[0].tolist(), grads[1].tolist(), grads[2].tolist()
    ([[[[10.0, 10.0], [10.0, 10.0]]]], [[[[3.0, 3.0], [3.0, 3.0]]]], [9.0])
    """
    grad_out, x, weight = _arrays(("grad_out", grad_out), ("x", x), ("weight", weight))
    plan = _transposed_plan(x.shape, weight.shape, stride, padding, output_padding, dilation, groups)
    _check_shape("grad_out", grad_out, (len(x), plan.channels, *plan.in_size))
    grad_x = _correlate(grad_out, weight, plan)
    grad_weight = _correlate_with_gradient(x, grad_out, plan).reshape(weight.shape)
    return grad_x, grad_weight, summed(grad_out, (0, 2, 3))


def output_shape(x_shape, weight_shape, stride=1, padding=0, dilation=1, groups=1):
    """The shape of conv2d's result for x and weight of these shapes, without computing anything.

    >>> output_shape((1, 3, 227, 227), (96, 3, 11, 11), stride=4)
    (1, 96, 55, 55)
    """
    x_shape, weight_shape = checked_sizes("x", x_shape), checked_sizes("weight", weight_shape, "(F, C/groups, KH, KW)")
    plan = _plan(x_shape, weight_shape, stride, padding, dilation, groups)
    return (x_shape[0], weight_shape[0], *plan.out_size)


def im2col(x, kernel_size, stride=1, padding=0, dilation=1):
    """Every window of x as a column: (N, C*KH*KW, OH*OW), rows and columns in the order of torch's unfold.

    >>> im2col(np.arange(9.0).reshape(1, 1, 3, 3), kernel_size=2)[0].tolist()
    [[0.0, 1.0, 3.0, 4.0], [1.0, 2.0, 4.0, 5.0], [3.0, 4.0, 6.0, 7.0], [4.0, 5.0, 7.0, 8.0]]
    """
    (x,) = _arrays(("x", x))
    check_layout("x", x.shape)
    plan = _plan(x.shape, (1, x.shape[1], *pair("kernel_size", kernel_size, 1)), stride, padding, dilation, 1)
    windows = _windows(_padded(x, plan), plan)
    return windows.copy().reshape(len(x), -1, math.prod(plan.out_size))


def col2im(columns, input_shape, kernel_size, stride=1, padding=0, dilation=1):
    """Columns (N, C*KH*KW, OH*OW) put back to where im2col took them from, (N, C, H, W); where windows overlap, added.

    >>> col2im(np.ones((1, 4, 4)), (1, 1, 3, 3), kernel_size=2)[0, 0].tolist()
    [[1.0, 2.0, 1.0], [2.0, 4.0, 2.0], [1.0, 2.0, 1.0]]
    """
    (columns,) = _arrays(("columns", columns))
    _check_input_shape(input_shape, "(N, C, H, W)")
    plan = _plan(input_shape, (1, input_shape[1], *pair("kernel_size", kernel_size, 1)), stride, padding, dilation, 1)
    rows = plan.channels * math.prod(plan.kernel_size)
    _check_shape("columns", columns, (input_shape[0], rows, math.prod(plan.out_size)))
    padded = array_module(columns).zeros((*input_shape[:2], *plan.padded_size), columns.dtype)
    _add_windows(padded, columns.reshape(*input_shape[:2], *plan.kernel_size, *plan.out_size), plan)
    return _cropped(padded, plan)


def convolution_matrix(weight, input_shape, stride=1, padding=0, dilation=1):
    """The matrix (F*OH*OW, C*H*W) with conv2d(x, weight, ...).ravel() = matrix @ x.ravel() for one x of input_shape.

    input_shape is (C, H, W). Column k is what conv2d makes of the k-th unit picture. Its transpose is conv_transpose2d.

    >>> convolution_matrix([[[[1, 2, 3]]]], (1, 1, 5)).astype(int).tolist()
    [[1, 2, 3, 0, 0], [0, 1, 2, 3, 0], [0, 0, 1, 2, 3]]
    """
    _check_input_shape(input_shape, "(C, H, W)")
    weight = float_array("weight", weight)
    pixels = math.prod(input_shape)
    units = array_module(weight).eye(pixels, dtype=weight.dtype).reshape(pixels, *input_shape)
    return conv2d(units, weight, None, stride, padding, dilation).reshape(pixels, -1).T


def conv_transpose2d_loops(x, weight, bias=None, stride=1, padding=0, output_padding=0, dilation=1, groups=1):
    """conv_transpose2d written out: every x lays its kernel, times its value, onto the result."""
    x, weight, bias = _arrays(("x", x), ("weight", weight), ("bias", bias))
    plan = _transposed_plan(x.shape, weight.shape, stride, padding, output_padding, dilation, groups)
    _check_bias(bias, plan.channels)
    padded = np.zeros((len(x), plan.channels, *plan.padded_size), x.dtype)
    (down, right), (spread_down, spread_right) = plan.stride, plan.dilation
    (height, width), per_group = plan.extent, weight.shape[1]
    for n in range(len(x)):
        for c in range(x.shape[1]):
            first = c // (x.shape[1] // groups) * per_group  # the first result channel of this channel's group
            for i in range(plan.out_size[0]):
                for j in range(plan.out_size[1]):
                    rows = slice(i * down, i * down + height, spread_down)
                    columns = slice(j * right, j * right + width, spread_right)
                    padded[n, first : first + per_group, rows, columns] += weight[c] * x[n, c, i, j]
    out = _cropped(padded, plan)
    return out if bias is None else out + bias[:, None, None]


# The geometry of a convolution


@dataclasses.dataclass(frozen=True)
class _Plan:
    """What is known about a convolution before any work is done: (h, w) throughout, seen in conv2d's direction."""

    channels: int
    filters: int
    groups: int
    in_size: tuple
    out_size: tuple
    kernel_size: tuple
    stride: tuple
    dilation: tuple
    padding: tuple  # ((top, bottom), (left, right))

    @property
    def padded_size(self):
        return tuple(size + sum(sides) for size, sides in zip(self.in_size, self.padding, strict=True))

    @property
    def extent(self):
        return tuple(map(shapes.window_extent, self.kernel_size, self.dilation))

    def rows_pay(self, pictures):
        weight_shape = self.filters, self.channels, *self.kernel_size
        return self.groups == 1 and toeplitz.pays(pictures, weight_shape, self.padded_size[1], self.out_size[1])


def _plan(x_shape, weight_shape, stride, padding, dilation, groups):
    """The _Plan of conv2d; whatever does not fit together is refused by name."""
    check_layout("x", x_shape)
    check_layout("weight", weight_shape, "(F, C/groups, KH, KW)")
    groups = shapes.whole_number("groups", groups, 1)
    _, channels, *in_size = x_shape
    filters, per_group, *kernel_size = weight_shape
    if channels != per_group * groups or filters % groups:
        raise ValueError(
            f"x has {channels} channels, and {filters} filters of {per_group} channels each in {groups} group(s) "
            f"need {per_group * groups}; filters must share the groups evenly"
        )
    stride, dilation = pair("stride", stride, 1), pair("dilation", dilation, 1)
    padding = shapes.padding_sides(padding, in_size, kernel_size, stride, dilation)
    out_size = map(shapes.conv_output_size, in_size, kernel_size, stride, padding, dilation)
    sizes = tuple(in_size), tuple(out_size), tuple(kernel_size)
    return _Plan(channels, filters, groups, *sizes, stride, dilation, padding)


def _transposed_plan(x_shape, weight_shape, stride, padding, output_padding, dilation, groups):
    """The _Plan of the conv2d whose transpose is asked for: x is its result, what comes out its input."""
    check_layout("x", x_shape)
    check_layout("weight", weight_shape, "(C, F/groups, KH, KW)")
    groups = shapes.whole_number("groups", groups, 1)
    if isinstance(padding, str):
        raise ValueError(f'a transposed convolution takes its padding in numbers, not "{padding}"')
    if x_shape[1] != weight_shape[0] or x_shape[1] % groups:
        raise ValueError(
            f"x has {x_shape[1]} channels and the weight is for {weight_shape[0]}; both must be equal, "
            f"and {groups} group(s) must share them evenly"
        )
    stride, dilation = pair("stride", stride, 1), pair("dilation", dilation, 1)
    sides = shapes.padding_sides(padding, None, weight_shape[2:], stride, dilation)
    sizes = zip(
        x_shape[2:], weight_shape[2:], stride, sides, pair("output_padding", output_padding, 0), dilation, strict=True
    )
    in_size = tuple(shapes.conv_transpose_output_size(*size) for size in sizes)
    filters, channels, out_size = x_shape[1], weight_shape[1] * groups, tuple(x_shape[2:])
    return _Plan(channels, filters, groups, in_size, out_size, tuple(weight_shape[2:]), stride, dilation, sides)


# The algorithms: (x, weight, plan) -> conv2d without bias


def _by_loops(x, weight, plan):
    return conv2d_loops(x, weight, None, plan.stride, plan.padding, plan.dilation, plan.groups)


def _by_windows(x, weight, plan):
    """A view shows every window; all products of a window and a kernel are added at once."""
    xp, windows = array_module(x), _windows(_padded(x, plan), plan)  # (N, C, KH, KW, OH, OW)
    groups = zip(xp.split(windows, plan.groups, axis=1), xp.split(weight, plan.groups), strict=True)
    out = [xp.tensordot(kernels, seen, axes=((1, 2, 3), (1, 2, 3))) for seen, kernels in groups]  # (F/G, N, OH, OW)
    return xp.ascontiguousarray(xp.concatenate(out).swapaxes(0, 1))


def _by_columns(x, weight, plan):
    """Every window is copied into a column; then the layer is one product of matrices for each picture and group."""
    columns = array_module(x).ascontiguousarray(_windows(_padded(x, plan), plan))
    columns = columns.reshape(len(x), plan.groups, -1, math.prod(plan.out_size))  # (N, G, C/G*KH*KW, OH*OW)
    kernels = weight.reshape(plan.groups, len(weight) // plan.groups, -1)  # (G, F/G, C/G*KH*KW)
    return (kernels @ columns).reshape(len(x), len(weight), *plan.out_size)


def _by_fourier(x, weight, plan):
    return fourier.correlate(_padded(x, plan), weight, plan.stride, plan.dilation, plan.groups)


def _by_winograd(x, weight, plan):
    return winograd.correlate(_padded(x, plan), weight, plan.groups)


def _gradient_of_x_by_winograd(grad_out, weight, plan):
    """Each x gets grad_out back through the kernels turned round: a convolution again, with F and C exchanged."""
    turned = weight[..., ::-1, ::-1].reshape(plan.groups, -1, *weight.shape[1:])  # (G, F/G, C/G, KH, KW)
    kernels = turned.swapaxes(1, 2).reshape(plan.channels, -1, *plan.kernel_size)
    room = [[taps - 1 - side for side in sides] for taps, sides in zip(plan.kernel_size, plan.padding, strict=True)]
    around = [[max(0, side) for side in sides] for sides in room]
    beyond = [[max(0, -side) for side in sides] for sides in room]  # padding wider than the kernel: never x
    spread = _padded(grad_out, dataclasses.replace(plan, in_size=plan.out_size, padding=around))
    return _cropped(winograd.correlate(spread, kernels, plan.groups), dataclasses.replace(plan, padding=beyond))


def _gradient_of_weight_by_winograd(grad_out, x, plan):
    return winograd.weight_gradient(grad_out, _padded(x, plan), plan.kernel_size, plan.groups)


def _by_rows(x, weight, plan):
    return toeplitz.correlate(_padded(x, plan), weight, plan.stride, plan.dilation, plan.out_size)


def _gradient_of_x_by_rows(grad_out, weight, plan):
    return _cropped(toeplitz.gradient_of_x(grad_out, weight, plan.stride, plan.dilation, plan.padded_size), plan)


def _gradient_of_weight_by_rows(grad_out, x, plan):
    return toeplitz.gradient_of_weight(grad_out, _padded(x, plan), plan.stride, plan.dilation, plan.kernel_size)


def _gradient_algorithms(name, plan):
    """The functions for the gradients with respect to x and to weight."""
    if name == "auto":
        return _scatter, _correlate_with_gradient
    if name != "winograd":
        raise ValueError(f'gradients are computed by the algorithm "auto" or "winograd", not {name!r}')
    _check_winograd(plan)
    return _gradient_of_x_by_winograd, _gradient_of_weight_by_winograd


def _algorithm(name, plan):
    """The function of that name, refused where it cannot do what is asked for."""
    algorithms = {
        "auto": _correlate, "loops": _by_loops, "windows": _by_windows, "im2col": _by_columns, "fft": _by_fourier,
        "winograd": _by_winograd,
    }  # fmt: skip
    if name not in algorithms:
        raise ValueError(f"there is no algorithm {name!r}; use one of {', '.join(algorithms)}")
    if name == "winograd":
        _check_winograd(plan)
    return algorithms[name]


def _check_winograd(plan):
    if plan.stride != (1, 1) or plan.dilation != (1, 1) or not set(plan.kernel_size) <= set(winograd.TAPS):
        (height, width), (down, right), (spread_down, spread_right) = plan.kernel_size, plan.stride, plan.dilation
        raise ValueError(
            f"Winograd's algorithm is for kernels 3 or 5 high and wide with stride 1 and dilation 1; this one is "
            f"{height}x{width} with stride ({down}, {right}) and dilation ({spread_down}, {spread_right}): "
            f'algorithm="auto" computes any'
        )


# The work


def _small_pictures(by_rows):
    """Decorates a way by columns: batches of small pictures go by rows instead, unless that meets infinity or nan."""

    def decorated(by_columns):
        @functools.wraps(by_columns)
        def compute(first, second, plan):
            if plan.rows_pay(len(first)) and array_module(first) is np:
                with np.errstate(over="ignore", invalid="ignore"):  # in products that the way by columns does not make
                    found = by_rows(first, second, plan)
                if np.isfinite(found).all():
                    return found
            return by_columns(first, second, plan)

        return compute

    return decorated


@_small_pictures(_by_rows)
def _correlate(x, weight, plan):
    """conv2d without bias: for a block of places at a time, one product of the kernels with the windows as columns."""
    xp, room = array_module(x), None
    out = _zeros(xp, (len(x), len(weight), *plan.out_size), x.dtype)
    flat = out.reshape(len(x), plan.groups, -1, math.prod(plan.out_size))  # (N, G, F/G, OH*OW)
    kernels = weight.reshape(plan.groups, len(weight) // plan.groups, -1)  # (G, F/G, C/G*KH*KW)
    for samples, places, columns in _column_blocks(x, plan):
        block = flat[samples, :, :, places]
        if len(block) == 1:
            xp.matmul(kernels, columns, out=block[0])
            continue
        room = _room(room, (*kernels.shape[:2], columns.shape[-1]), x)
        products = xp.matmul(kernels, columns, out=room)
        block[...] = _samples_first(products.reshape(*block.shape[1:], -1))
    return out


@_small_pictures(_gradient_of_weight_by_rows)
def _correlate_with_gradient(grad_out, x, plan):
    """The gradient with respect to weight, (G, F/G, C/G*KH*KW): each window times the gradient at its place."""
    gradients = grad_out.reshape(len(x), plan.groups, -1, math.prod(plan.out_size))  # (N, G, F/G, OH*OW)
    total = 0
    for samples, places, columns in _column_blocks(x, plan):
        total += _in_one_row(gradients[samples, :, :, places]) @ columns.swapaxes(-1, -2)
    return total


@_small_pictures(_gradient_of_x_by_rows)
def _scatter(grad_out, weight, plan):
    """The gradient with respect to x: each place's gradient goes back through the kernel onto its window."""
    xp, room = array_module(grad_out), None
    kernels = weight.reshape(plan.groups, len(weight) // plan.groups, -1).swapaxes(-1, -2)  # (G, C/G*KH*KW, F/G)
    gradients = grad_out.reshape(len(grad_out), plan.groups, -1, math.prod(plan.out_size))
    out = _zeros(xp, (len(grad_out), plan.channels, *plan.in_size), grad_out.dtype)
    samples, met = _samples_together(plan, grad_out), _places(plan, plan.out_size[0])
    for n in range(0, len(grad_out), samples):
        rows = _in_one_row(gradients[n : n + samples])  # (G, F/G, OH*OW*S)
        room = _room(room, (*kernels.shape[:2], rows.shape[-1]), grad_out)
        columns = xp.matmul(kernels, rows, out=room)
        columns = columns.reshape(plan.channels, *plan.kernel_size, *plan.out_size, -1)
        phases = xp.zeros(_phases_shape(columns.shape[-1], plan), out.dtype)
        for down, right, place in met:
            phases[place] += columns[:, down, right]
        out[n : n + samples] = _samples_first(_from_phases(phases, plan))
    return out


def _in_one_row(gradients):
    """(S, G, F, places) as (G, F, places*S): the places of all samples side by side, for one large product."""
    if len(gradients) == 1:
        return gradients[0]
    _, groups, filters, _ = gradients.shape
    row = array_module(gradients).empty((*gradients.shape[1:], len(gradients)), gradients.dtype)
    _put_samples_last(gradients, row)
    return row.reshape(groups, filters, -1)


def _put_samples_last(x, out):
    """x (S, ...) written into out (..., S). NumPy goes along S: with few samples it is quicker to write one by one."""
    if len(x) >= 16:
        out[...] = x.transpose(*range(1, x.ndim), 0)
        return
    for n, sample in enumerate(x):
        out[..., n] = sample


def _samples_first(x):
    """x (..., S) as a view (S, ...)."""
    return x.transpose(-1, *range(x.ndim - 1))


def _with_bias(out, bias):
    out += bias[:, None, None]
    return out


def _column_blocks(x, plan):
    """(samples, places, columns) block by block: two slices, and the windows there as (G, C/G*KH*KW, places*S).

    Blocks are some samples, or some rows of the result of one sample where it is too large for a block.
    """
    (height, width), depth, room = plan.out_size, plan.channels * math.prod(plan.kernel_size), None
    samples = _samples_together(plan, x)
    rows = height if samples > 1 else max(1, min(height, _block_bytes(x) // (depth * width * x.dtype.itemsize)))
    for n in range(0, len(x), samples):
        copy_windows, together = _window_copier(x[n : n + samples], plan, rows), min(samples, len(x) - n)
        for i in range(0, height, rows):
            room = _room(room, (plan.channels, *plan.kernel_size, min(rows, height - i), width, together), x)
            copy_windows(room, i)
            columns = room.reshape(plan.groups, depth // plan.groups, -1)
            yield slice(n, n + samples), slice(i * width, (i + rows) * width), columns


def _window_copier(x, plan, rows):
    """copy(room, i) fills room (C, KH, KW, up to `rows`, OW, S) with the windows of the result's rows from i on."""
    if array_module(x) is not np:  # one copy of a view should suit a GPU best (not measured)
        windows = _windows(_samples_first(_samples_last(x, plan)), plan).transpose(1, 2, 3, 4, 5, 0)

        def copy(room, i):
            room[...] = windows[:, :, :, i : i + room.shape[3]]

        return copy
    phases, met = _phases(x, plan), _places(plan, rows)

    def copy(room, i):
        below = phases[:, :, :, i:]
        for down, right, place in met:
            room[:, down, right] = below[place][:, :, :, : room.shape[3]]

    return copy


def _block_bytes(batch):
    return _BLOCK_BYTES if array_module(batch) is np else _GPU_BLOCK_BYTES


def _samples_together(plan, batch):
    """How many samples make a block: as many as fill its bytes with their columns, and while the runs of numbers to be
    copied would be shorter than _RUN, up to three times as many."""
    sample_bytes = plan.channels * math.prod(plan.kernel_size) * math.prod(plan.out_size) * batch.dtype.itemsize
    for_runs = min(_RUN // plan.out_size[1], 3 * _block_bytes(batch) // sample_bytes)
    return max(1, min(len(batch), max(_block_bytes(batch) // sample_bytes, for_runs)))


def _room(room, shape, like):
    """The same memory again where it has that shape, for used memory is quicker than new memory; else new memory."""
    return room if room is not None and room.shape == shape else array_module(like).empty(shape, like.dtype)


# Phases: some padded samples in memory as (C, stride, stride, H / stride, W / stride, S): pixels lie together that are
# a stride apart. What a weight meets as its window moves is one block there, whose rows are long runs of numbers, for
# all samples; and where the windows move by more than one pixel, a block holds what several weights meet.


def _phases_shape(samples, plan):
    sizes = (-(-size // step) for size, step in zip(plan.padded_size, plan.stride, strict=True))
    return plan.channels, *plan.stride, *sizes, samples


def _phases(x, plan):
    """x (S, C, H, W), padded, as phases."""
    xp, (channels, down, right, height, width, samples) = array_module(x), _phases_shape(len(x), plan)
    split = _samples_last(x, plan).reshape(channels, height, down, width, right, samples)
    return xp.ascontiguousarray(split.transpose(0, 2, 4, 1, 3, 5))


def _samples_last(x, plan):
    """x (S, C, H, W), padded up to whole strides, as (C, H, W, S)."""
    channels, down, right, height, width, samples = _phases_shape(len(x), plan)
    padded = array_module(x).zeros((channels, height * down, width * right, samples), x.dtype)
    _put_samples_last(x, padded[:, *_inside(plan)])
    return padded


def _from_phases(phases, plan):
    """The way back, without the padding: (C, H, W, S)."""
    channels, down, right, height, width, samples = phases.shape
    padded = phases.transpose(0, 3, 1, 4, 2, 5).reshape(channels, height * down, width * right, samples)
    return padded[:, *_inside(plan)]


@functools.lru_cache(maxsize=64)
def _places(plan, rows):
    """[(weights down, weights right, place)]: slices of a kernel, and phases[place] (C, down, right, rows, OW, S) is
    what its weights there meet in the result's first rows."""
    axes = zip(plan.kernel_size, plan.stride, plan.dilation, (rows, plan.out_size[1]), strict=True)
    across = [list(_met_together(*axis)) for axis in axes]
    return [
        (down, right, (slice(None), down_phases, right_phases, met_down, met_right))
        for (down, down_phases, met_down), (right, right_phases, met_right) in itertools.product(*across)
    ]


def _met_together(size, stride, dilation, places):
    """Along one axis, three slices at a time: of the weights, of their phases, and of the numbers met in each of these.

    Neighbouring weights meet neighbouring phases, until the next one would meet the first phase again, one number on.
    """
    together = stride if dilation == 1 else 1
    for first in range(0, size, together):
        number, (shift, phase) = min(together, size - first), divmod(first * dilation, stride)
        yield slice(first, first + number), slice(phase, phase + number), slice(shift, shift + places)


def _windows(padded, plan):
    """A view of a padded batch (N, C, H, W) in which every window can be seen: (N, C, KH, KW, OH, OW)."""
    *others, down, right = padded.strides
    strides = (
        *others, down * plan.dilation[0], right * plan.dilation[1], down * plan.stride[0], right * plan.stride[1],
    )  # fmt: skip
    shape = (*padded.shape[:2], *plan.kernel_size, *plan.out_size)
    return array_module(padded).lib.stride_tricks.as_strided(padded, shape, strides)


def _add_windows(padded, columns, plan):
    """Add columns (..., C, KH, KW, OH, OW) to the places of padded (..., C, H, W) that _windows shows."""
    for u, v, rows, places in shapes.window_slices(plan.kernel_size, plan.stride, plan.dilation, plan.out_size):
        padded[..., rows, places] += columns[..., u, v, :, :]


def _padded(x, plan):
    if not any(map(any, plan.padding)):
        return x
    padded = array_module(x).zeros((*x.shape[:2], *plan.padded_size), x.dtype)
    padded[..., *_inside(plan)] = x
    return padded


def _cropped(padded, plan):
    return array_module(padded).ascontiguousarray(padded[..., *_inside(plan)])


def _inside(plan):
    """Where x lies in its padded picture: two slices."""
    return tuple(slice(before, before + size) for (before, _), size in zip(plan.padding, plan.in_size, strict=True))


def _zeros(xp, shape, dtype):
    try:
        return xp.zeros(shape, dtype)
    except MemoryError:
        gigabytes = math.prod(shape) * dtype.itemsize / 2**30
        raise MemoryError(
            f"the result {shape} takes {gigabytes:.1f} GB, more than there is; use fewer pictures at a time"
        ) from None


# Checks


def _arrays(*named):
    """The arrays in one float dtype; where there is no bias, None stays None."""
    arrays = [None if name == "bias" and values is None else float_array(name, values) for name, values in named]
    given = [array for array in arrays if array is not None]
    array_module(*given)
    dtype = np.result_type(*(array.dtype for array in given))
    return [None if array is None else array.astype(dtype, copy=False) for array in arrays]


def _check_input_shape(shape, layout):
    if not isinstance(shape, (tuple, list)) or len(shape) != layout.count(",") + 1:
        raise ValueError(f"input_shape is {layout}, not {shape!r}")


def _check_shape(name, array, shape):
    if array.shape != shape:
        raise ValueError(f"{name} has the shape {array.shape}; with these settings it must be {shape}")


def _check_bias(bias, filters):
    if bias is not None and bias.shape != (filters,):
        raise ValueError(f"the bias has one number a filter, ({filters},); this one has the shape {bias.shape}")
