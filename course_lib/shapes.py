"""Sizes and counts, in whole pixels and whole multiplications: arithmetic that needs no array."""

import math
from numbers import Integral


def whole_number(name, value, least):
    """The value as an int; anything that is not a whole number of at least `least` is refused by name."""
    if isinstance(value, bool) or not isinstance(value, Integral):
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
    before, after = padding if isinstance(padding, tuple) and len(padding) == 2 else (padding, padding)
    padded = size + whole_number("padding", before, 0) + whole_number("padding", after, 0)
    room = padded - dilation * (kernel_size - 1) - 1
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
            f"a {kernel_size}-pixel kernel moved by {stride} does not fit {padded} pixels: "
            f"({padded} - {padded - room}) / {stride} + 1 = {room / stride + 1:.2f}"
        )
    if rounding not in ("floor", "exact"):
        raise ValueError(f'rounding must be "floor", "ceil" or "exact", not {rounding!r}')
    return room // stride + 1


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
