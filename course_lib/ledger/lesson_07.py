"""Recomputed for lesson 07, filters."""

import math

import numpy as np

from course_lib import convolution, data, filters, shapes

RAMP = np.arange(25.0).reshape(5, 5)
KERNELS = {
    "box": filters.box_kernel(3),
    "binomial": filters.BINOMIAL,
    "sharpen": filters.SHARPEN,
    "sharpen as printed": filters.SHARPEN_AS_PRINTED,
}


def picture():
    """The 10 x 10 picture of the moving average: its nineties and its sum."""
    pixels = data.moving_average_picture()
    return {"nineties": (pixels == 90).sum(), "sum": pixels.sum()}


def means():
    """The 3 x 3 means of that picture, to twelve decimals: sums of nines and ninths."""
    return filters.correlate2d(data.moving_average_picture(), filters.box_kernel(3), border="valid").round(12)


def means_row(row, count=8):
    """The first `count` means of one row, counted from 1 as the picture's rows."""
    return means()[row - 1, :count]


def means_size():
    """Height and width of the averaged picture."""
    return means().shape


def box_weights(largest):
    """The equal weights of windows of side 2k + 1, for k = 1, 2, ..."""
    return [filters.box_kernel(2 * k + 1)[0, 0] for k in range(1, largest + 1)]


def box_weights_as_printed(largest):
    """1 / (2k + 1)^2."""
    return [1 / (2 * k + 1) ** 2 for k in range(1, largest + 1)]


def written_out(name):
    """Whether the printed double sum gives what filters does: + for "correlate2d", - for "convolve2d"."""
    rng = np.random.default_rng(0)
    x, h, sign = rng.normal(size=(6, 6)), rng.normal(size=(3, 3)), {"correlate2d": 1, "convolve2d": -1}[name]
    near = (-1, 0, 1)
    sums = [
        [sum(h[u + 1, v + 1] * x[i + sign * u, j + sign * v] for u in near for v in near) for j in range(1, 5)]
        for i in range(1, 5)
    ]
    return np.allclose(sums, getattr(filters, name)(x, h, "valid"), rtol=1e-12)


def largest_difference():
    """Between correlation and convolution of a photograph, with the box and with the binomial kernel."""
    camera = data.load_image("camera")
    pairs = [(filters.correlate2d(camera, k), filters.convolve2d(camera, k)) for k in list(KERNELS.values())[:2]]
    return max(np.abs(a - b).max() for a, b in pairs)


def example():
    """The printed kernel over the printed 6 x 5 picture, at all inner places."""
    return filters.correlate2d(*data.correlation_example(), "valid").round(9)


def first_tap():
    """Where the pixel lies, from (i, j), that the kernel's first entry (u = v = -1) meets."""
    kernel, ramp = np.zeros((3, 3)), RAMP
    kernel[0, 0] = 1
    places = {
        "correlation": filters.correlate2d(ramp, kernel)[2, 2],
        "convolution": filters.convolve2d(ramp, kernel)[2, 2],
    }
    return {name: [int(value) // 5 - 2, int(value) % 5 - 2] for name, value in places.items()}


def conv_does_not_turn():
    """Whether conv2d is the correlation, and not the convolution, of a 3 x 4 input with a 2 x 2 kernel."""
    x, h = np.arange(12.0).reshape(3, 4) ** 2, np.array([[1.0, 2], [3, 5]])
    out = convolution.conv2d(x[None, None], h[None, None])[0, 0]
    return np.array_equal(out, filters.correlate2d(x, h, "valid")) and not np.allclose(
        out, filters.convolve2d(x, h, "valid")
    )


def identity_changes_nothing():
    """Whether the identity kernel gives the picture back."""
    return np.array_equal(filters.correlate2d(RAMP, filters.identity_kernel(3)), RAMP)


def shift_of(name):
    """Where a picture goes under a kernel with its one at the right of the centre: "left" or "right"."""
    moved = getattr(filters, name)(RAMP, [[0, 0, 0], [0, 0, 1], [0, 0, 0]])
    return "left" if np.array_equal(moved[:, :-1], RAMP[:, 1:]) else "right"


def sum_of_weights(name):
    """What the weights of a named kernel add up to."""
    return KERNELS[name].sum()


def sharpen_box():
    """The library's kernel that adds the deviation from the local mean."""
    kernel = filters.SHARPEN_BOX
    return {"centre": kernel[1, 1], "others": kernel[0, 0], "sum": kernel.sum()}


def sharpen_box_as_printed():
    """Twice the identity minus a box of ninths."""
    return {"centre": 2 - 1 / 9, "others": -1 / 9, "sum": 2 - 9 / 9}


def area_under_the_bell(sigma, factor=2):
    """The volume under 1 / (2 pi sigma^2) exp(-(u^2 + v^2) / (factor sigma^2)): 1 with the factor 2."""
    u, step = np.arange(-20, 20, 0.05), 0.05
    heights = np.exp(-(u[:, None] ** 2 + u**2) / (factor * sigma**2)) / (2 * math.pi * sigma**2)
    return (heights.sum() * step**2).round(9)


def sobel(direction):
    """The kernel as the captions need it, and its largest answers to a vertical and to a horizontal step."""
    kernel = -filters.SOBEL_X if direction == "x" else -filters.SOBEL_Y
    step = np.array([[0, 0, 0, 1, 1, 1]] * 6)
    answers = [np.abs(filters.correlate2d(image, kernel, "valid")).max() for image in (step, step.T)]
    return {"kernel": kernel + 0.0, "vertical step": answers[0], "horizontal step": answers[1]}


def flat_ten(name):
    """What becomes of a flat picture of tens."""
    return filters.correlate2d(np.full((3, 3), 10), KERNELS[name], "valid").item()


def by_fourier(size, side):
    """Whether correlation by FFT agrees with scanning; the products of scanning, and the estimate for the FFT."""
    rng = np.random.default_rng(0)
    x, h = rng.normal(size=(size, size)), rng.normal(size=(side, side))
    agree = np.allclose(filters.correlate2d_fft(x, h), filters.correlate2d(x, h), rtol=0, atol=1e-11)
    products = shapes.correlation_multiply_count(size, side), shapes.fft_multiply_count(size, side)
    return {"same result": agree, "by scanning": products[0], "by FFT": products[1]}


def both_written_out():
    """Both, as another text prints them once more."""
    return [written_out("correlate2d"), written_out("convolve2d")]


def example_kernel():
    """The kernel that the example's printed weights round: 1 2 1 / 2 4 2 / 1 2 1 over 16."""
    return filters.BINOMIAL
