"""Sizes and counts, in whole pixels and whole multiplications: arithmetic that needs no array."""

import math
from numbers import Integral


def whole_number(name, value, least):
    """The value as an int; anything that is not a whole number of at least `least` is refused by name."""
    if type(value) is not int and (isinstance(value, bool) or not isinstance(value, Integral)):
        raise TypeError(f"{name} must be a whole number, not {value!r}")
    if value < least:
        raise ValueError(f"{name} must be at least {least}, not {value}")
    return int(value)


def conv_output_size(size, kernel_size, stride=1, padding=0, dilation=1, rounding="floor"):
    """floor((size + padding before + padding after - dilation*(kernel_size - 1) - 1) / stride) + 1, in pixels.

    `padding` is per side: one number for both sides, or (before, after). `rounding` says what happens when the last
    step does not reach the end: "floor" leaves pixels unread, "ceil" lets the last window hang over, "exact" refuses.
    Source: Dumoulin & Visin 2016, relationship 6. The sources' moving average, and AlexNet's first layer:

    >>> conv_output_size(10, kernel_size=3)
    8
    >>> conv_output_size(227, kernel_size=11, stride=4)
    55
    """
    size = whole_number("size", size, 1)
    kernel_size = whole_number("kernel_size", kernel_size, 1)
    stride = whole_number("stride", stride, 1)
    dilation = whole_number("dilation", dilation, 1)
    before, after = _both_sides(padding)
    padded = size + before + after
    room = padded - window_extent(kernel_size, dilation)
    if room < 0:
        raise ValueError(
            f"a kernel that spans {padded - room} pixels does not fit into "
            f"{size} + {before} + {after} = {padded} pixels; "
            "use a smaller kernel or more padding"
        )
    if rounding == "ceil":
        return math.ceil(room / stride) + 1
    if rounding == "exact" and room % stride:
        raise ValueError(
            f"a kernel of {kernel_size} pixels moved by {stride} does not fit {padded} pixels: "
            f"({padded} - {padded - room}) / {stride} + 1 = {room / stride + 1:.2f}"
        )
    if rounding not in ("floor", "exact"):
        raise ValueError(f'rounding must be "floor", "ceil" or "exact", not {rounding!r}')
    return room // stride + 1


def same_padding(size, kernel_size, stride=1, dilation=1):
    """(before, after): the zeros that make the output ceil(size / stride) pixels long; an odd one goes after.

    So do TensorFlow ("SAME") and ONNX (SAME_UPPER). Source: 002_69942b7dd2ea4e29.txt, lines 225-229 (OUT-21, OUT-22).

    >>> same_padding(7, kernel_size=3), same_padding(7, kernel_size=4), same_padding(224, kernel_size=11, stride=4)
    ((1, 1), (1, 2), (3, 4))
    """
    size = whole_number("size", size, 1)
    extent = window_extent(kernel_size, dilation)
    stride = whole_number("stride", stride, 1)
    total = max((math.ceil(size / stride) - 1) * stride + extent - size, 0)
    return total // 2, total - total // 2


def window_extent(kernel_size, dilation=1):
    """dilation * (kernel_size - 1) + 1: the pixels from a kernel's first weight to its last.

    >>> window_extent(3), window_extent(3, dilation=2)
    (3, 5)
    """
    return whole_number("dilation", dilation, 1) * (whole_number("kernel_size", kernel_size, 1) - 1) + 1


def conv_transpose_output_size(size, kernel_size, stride=1, padding=0, output_padding=0, dilation=1):
    """(size - 1)*stride - padding before - padding after + dilation*(kernel_size - 1) + 1 + output_padding, in pixels.

    The size that a convolution with the same numbers would shrink to `size`; several sizes shrink to one, and
    `output_padding`, below the stride (or below the dilation), says which is meant.
    Source: 004_4199e40c61176c52.txt, lines 34-43 (F-TCV-02); Dumoulin & Visin 2016, relationship 14.

    >>> conv_transpose_output_size(3, kernel_size=3, stride=2)
    7
    >>> conv_output_size(8, kernel_size=3, stride=2), conv_transpose_output_size(3, 3, stride=2, output_padding=1)
    (3, 8)
    """
    size, stride = whole_number("size", size, 1), whole_number("stride", stride, 1)
    extent = window_extent(kernel_size, dilation)
    before, after = _both_sides(padding)
    output_padding = whole_number("output_padding", output_padding, 0)
    if output_padding >= max(stride, dilation):
        raise ValueError(
            f"output_padding must be below the stride {stride} or the dilation {dilation}, not {output_padding}: "
            "it chooses among the sizes that the stride makes equal"
        )
    out = (size - 1) * stride + extent + output_padding - before - after
    if out < 1:
        raise ValueError(
            f"nothing is left: {size} pixels spread to {out + before + after}, "
            f"and padding takes away {before} + {after}"
        )
    return out


def grouped_channels(in_channels, out_channels, groups):
    """The three as ints; refused where the groups cannot share the channels evenly.

    >>> grouped_channels(96, 256, 2)
    (96, 256, 2)
    """
    named = ("in_channels", in_channels), ("out_channels", out_channels), ("groups", groups)
    in_channels, out_channels, groups = (whole_number(name, value, 1) for name, value in named)
    if in_channels % groups or out_channels % groups:
        raise ValueError(f"{groups} groups cannot share {in_channels} input and {out_channels} output channels evenly")
    return in_channels, out_channels, groups


def conv_parameter_count(in_channels, out_channels, kernel_size, groups=1, bias=True):
    """Weights, and with `bias` one bias a filter: out_channels * (in_channels / groups * KH * KW + 1).

    `kernel_size` is a number or (h, w). AlexNet's first layer, and the sources' ten filters (PAR-01):

    >>> conv_parameter_count(3, 96, kernel_size=11), conv_parameter_count(3, 10, kernel_size=5)
    (34944, 760)
    """
    in_channels, out_channels, groups = grouped_channels(in_channels, out_channels, groups)
    height, width = pair("kernel_size", kernel_size, 1)
    return out_channels * (in_channels // groups * height * width + (1 if bias else 0))


def conv_multiply_count(in_channels, out_channels, kernel_size, output_size, groups=1):
    """Multiplications (each with an addition) of a convolution for one picture: KH * KW * C / groups for each output.

    `kernel_size` and `output_size` are numbers or (h, w). AlexNet's first layer:

    >>> conv_multiply_count(3, 96, kernel_size=11, output_size=55)
    105415200
    """
    weights = conv_parameter_count(in_channels, out_channels, kernel_size, groups, bias=False)
    height, width = pair("output_size", output_size, 1)
    return weights * height * width


def receptive_field(layers):
    """(pixels, jump): how many input pixels one output pixel of a stack sees, and how far apart neighbours look.

    `layers` holds (kernel_size, stride) or (kernel_size, stride, dilation) from the input on. Each layer adds
    dilation * (kernel_size - 1) of its own input pixels, which lie `jump` picture pixels apart.
    Source: Araujo, Norris & Sim 2019.

    >>> receptive_field([(3, 1), (3, 1)]), receptive_field([(11, 4), (3, 2), (5, 1)])
    ((5, 1), (51, 8))
    """
    pixels, jump = 1, 1
    for layer in layers:
        if not isinstance(layer, (tuple, list)) or len(layer) not in (2, 3):
            raise ValueError(f"a layer is (kernel_size, stride) or (kernel_size, stride, dilation), not {layer!r}")
        kernel_size, stride, *dilation = layer
        pixels += (window_extent(kernel_size, *dilation) - 1) * jump
        jump *= whole_number("stride", stride, 1)
    return pixels, jump


def pair(name, value, least):
    """(height, width) of a setting that is one whole number for both or a pair of them, each at least `least`.

    >>> pair("stride", 2, 1), pair("stride", (2, 3), 1)
    ((2, 2), (2, 3))
    """
    height, width = value if isinstance(value, (tuple, list)) and len(value) == 2 else (value, value)
    return whole_number(name, height, least), whole_number(name, width, least)


def check_layout(name, shape, layout="(N, C, H, W)"):
    """ValueError unless the shape has the four axes of the layout, with a hint where a batch's first one is missing."""
    shape = tuple(shape) if isinstance(shape, (tuple, list)) else (shape,)
    if len(shape) != 4:
        hint = f"; for a single picture, {name}[None] adds the N" if layout[1] == "N" and len(shape) == 3 else ""
        raise ValueError(f"{name} is {layout}, not of shape {shape}{hint}")


def checked_sizes(name, shape, layout="(N, C, H, W)"):
    """A shape that no array has vouched for, as a tuple: check_layout, and each size must be a whole number from 1 on.

    >>> checked_sizes("x", [1, 3, 227, 227])
    (1, 3, 227, 227)
    """
    check_layout(name, shape, layout)
    return tuple(whole_number(f"each size of {name}", size, 1) for size in shape)


def padding_sides(padding, in_size, kernel_size, stride, dilation):
    """Any padding as ((top, bottom), (left, right)): a number, (h, w), the sides, "valid", "same" or "full".

    All other arguments are (h, w).

    >>> padding_sides("same", (7, 8), (3, 4), (1, 1), (1, 1)), padding_sides((0, 2), (7, 8), (3, 4), (1, 1), (1, 1))
    (((1, 1), (1, 2)), ((0, 0), (2, 2)))
    """
    if isinstance(padding, str):
        if padding == "valid":
            return (0, 0), (0, 0)
        if padding == "same":
            return tuple(map(same_padding, in_size, kernel_size, stride, dilation))
        if padding == "full":
            return tuple((extent - 1,) * 2 for extent in map(window_extent, kernel_size, dilation))
        raise ValueError(f'padding is "valid", "same", "full" or in numbers, not {padding!r}')
    if not isinstance(padding, (tuple, list)):
        padding = (padding, padding)
    if len(padding) != 2:
        raise ValueError(f"padding in numbers is p, (h, w) or ((top, bottom), (left, right)), not {padding!r}")
    return tuple(pair("padding", sides, 0) for sides in padding)


def window_slices(kernel_size, stride, dilation, out_size):
    """(u, v, rows, columns) for each weight of a kernel: the slices of the padded picture that it meets as it moves.

    All arguments are (h, w).

    >>> list(window_slices((1, 2), stride=(1, 2), dilation=(1, 1), out_size=(4, 3)))
    [(0, 0, slice(0, 4, 1), slice(0, 5, 2)), (0, 1, slice(0, 4, 1), slice(1, 6, 2))]
    """
    (height, width), (down, right) = out_size, stride
    for u in range(kernel_size[0]):
        for v in range(kernel_size[1]):
            top, left = u * dilation[0], v * dilation[1]
            rows = slice(top, top + down * (height - 1) + 1, down)
            yield u, v, rows, slice(left, left + right * (width - 1) + 1, right)


def _both_sides(padding):
    """(before, after) of a padding along one axis that is one number for both sides or a pair."""
    if isinstance(padding, str):
        raise ValueError(f'along one axis padding is in numbers, not "{padding}"; for "same" there is same_padding()')
    before, after = padding if isinstance(padding, (tuple, list)) and len(padding) == 2 else (padding, padding)
    return whole_number("padding", before, 0), whole_number("padding", after, 0)


def correlation_multiply_count(image_size, kernel_size, valid=False):
    """Multiplications to slide a K x K kernel over an N x N picture, K*K at each position.

    The kernel is placed at every pixel (N*N positions), or with `valid` only where it fits.
    Source: 002_69942b7dd2ea4e29.txt, lines 243-250 (there with M for the picture and N for the kernel).

    >>> correlation_multiply_count(64, 9), correlation_multiply_count(64, 9, valid=True)
    (331776, 254016)
    """
    image_size = whole_number("image_size", image_size, 1)
    kernel_size = whole_number("kernel_size", kernel_size, 1)
    positions = conv_output_size(image_size, kernel_size) if valid else image_size
    return positions**2 * kernel_size**2


def separable_multiply_count(image_size, kernel_size):
    """Multiplications when a K x K kernel is a column times a row: 2*K at each of the N*N pixels.

    >>> separable_multiply_count(64, 9)
    73728
    """
    return whole_number("image_size", image_size, 1) ** 2 * 2 * whole_number("kernel_size", kernel_size, 1)


def fft_multiply_count(image_size, kernel_size):
    """Complex multiplications of a correlation in the frequency domain, estimated.

    Picture and kernel are padded to side S = N + K - 1; three transforms take S*S/2 * log2(S*S) each, the product S*S.
    Real implementations differ by a factor of a few; what matters is that the kernel's size hardly counts.

    >>> fft_multiply_count(64, 9)
    101139
    """
    side = whole_number("image_size", image_size, 1) + whole_number("kernel_size", kernel_size, 1) - 1
    return round(3 * side**2 / 2 * math.log2(side**2) + side**2)
