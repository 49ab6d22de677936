"""Filtering pictures: slide a kernel over every pixel and add up the products.

Pictures are (H, W), or (H, W, 3) filtered channel by channel. `correlate2d` lays the kernel on the picture as it is
(what deep learning calls convolution); `convolve2d` turns it by 180 degrees first.
"""

import math

import numpy as np

from course_lib.backend import array_module, finite_array, finite_number, float_array, in_pieces, to_numpy
from course_lib.shapes import whole_number

BORDERS = ("zero", "edge", "reflect", "wrap", "valid")

# Kernels explain themselves: Sobel's are an outer product of "difference" and "smooth".
SOBEL_DIFFERENCE, SOBEL_SMOOTH = np.array([-1.0, 0.0, 1.0]), np.array([1.0, 2.0, 1.0])
SOBEL_X = np.outer(SOBEL_SMOOTH, SOBEL_DIFFERENCE)  # positive where brightness grows to the right
SOBEL_Y = np.outer(SOBEL_DIFFERENCE, SOBEL_SMOOTH)  # positive where brightness grows downwards
BINOMIAL = np.outer(SOBEL_SMOOTH, SOBEL_SMOOTH) / 16  # 1/16 [1 2 1; 2 4 2; 1 2 1], the smallest Gaussian-like blur
SHARPEN = np.array([[0.0, -1.0, 0.0], [-1.0, 5.0, -1.0], [0.0, -1.0, 0.0]])  # identity + what differs from 4 neighbours
SHARPEN_EIGHT = np.array([[-1.0, -1.0, -1.0], [-1.0, 9.0, -1.0], [-1.0, -1.0, -1.0]])  # ... from 8 neighbours
SHARPEN_BOX = np.array([[-1.0, -1.0, -1.0], [-1.0, 17.0, -1.0], [-1.0, -1.0, -1.0]]) / 9  # 2 * identity - box
SHARPEN_AS_PRINTED = np.array([[0.0, -1.0, 0.0], [-1.0, 3.0, -1.0], [0.0, -1.0, 0.0]])  # a source's slip: sums to -1
EMBOSS = np.array([[-2.0, -1.0, 0.0], [-1.0, 1.0, 1.0], [0.0, 1.0, 2.0]])  # lit from the lower right


def identity_kernel(size):
    """(size, size) zeros with a one in the centre: the filter that changes nothing. `size` is odd.

    >>> identity_kernel(3).tolist()
    [[0.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 0.0]]
    """
    kernel = np.zeros((_odd(size), size))
    kernel[size // 2, size // 2] = 1
    return kernel


def shift_kernel(dx, dy):
    """The kernel that moves a picture `dx` pixels to the right and `dy` down under correlate2d; at least 3 x 3.

    The one sits on the opposite side: the new pixel is fetched from where the picture comes from.

    >>> shift_kernel(-1, 0).tolist()
    [[0.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, 0.0]]
    """
    dx, dy = whole_number("dx", dx, -math.inf), whole_number("dy", dy, -math.inf)
    reach = max(abs(dx), abs(dy), 1)
    kernel = np.zeros((2 * reach + 1, 2 * reach + 1))
    kernel[reach - dy, reach - dx] = 1
    return kernel


def box_kernel(size):
    """(size, size) equal weights that add up to 1: the moving average. `size` is odd.

    >>> bool((box_kernel(3) == 1 / 9).all())
    True
    """
    size = _odd(size)
    return np.full((size, size), 1 / size**2)


def gaussian_kernel(size, sigma):
    """exp(-(u*u + v*v) / (2 sigma*sigma)) on a (size, size) grid centred on 0, divided by its sum. `size` is odd.

    `sigma` is in pixels.

    >>> gaussian_kernel(3, 0.8493218).round(4).tolist()
    [[0.0625, 0.125, 0.0625], [0.125, 0.25, 0.125], [0.0625, 0.125, 0.0625]]
    """
    size = _odd(size)
    distance = (np.arange(size) - size // 2) / _width(sigma)
    profile = np.exp(-(distance**2) / 2)
    profile = profile / profile.sum()
    return np.outer(profile, profile)


def gaussian_density(u, v, sigma):
    """1 / (2 pi sigma*sigma) * exp(-(u*u + v*v) / (2 sigma*sigma)): the bell curve over the plane, of volume 1.

    u, v: numbers or arrays, in pixels from the centre; sigma in pixels. Source: 003_7b594a0dab4ccf8d.txt, line 466,
    with the 2 that its exponent lacks (FIL-07).

    >>> float(round(gaussian_density(0, 0, sigma=1), 4))
    0.1592
    """
    u, v, variance = float_array("u", u), float_array("v", v), _width(sigma) ** 2
    return array_module(u, v).exp(-(u**2 + v**2) / (2 * variance)) / (2 * math.pi * variance)


def correlate2d(image, kernel, border="zero"):
    """out[i, j] = sum over u, v of kernel[u, v] * image[i + u, j + v], with u, v counted from the kernel's centre.

    image: (H, W), or (H, W, 3) filtered channel by channel; kernel: (KH, KW) of odd size, even only with "valid".
    border says what lies outside the picture: "zero" (black), "edge" (the last pixel again), "reflect" (mirrored, the
    last pixel not repeated), "wrap" (the other side of the picture); "valid" keeps to places where the kernel fits, so
    that the result is (H - KH + 1, W - KW + 1). Floats keep their dtype, whole numbers are computed in float64. Weights
    of 0 are left out, also where the picture is not finite. Source: 003_7b594a0dab4ccf8d.txt, lines 415-424 (CC-02).

    >>> correlate2d([[1, 2, 3, 4]], [[-1, 0, 1]], border="edge").tolist()
    [[1.0, 2.0, 2.0, 1.0]]
    """
    image, kernel = _checked(image, kernel, border)
    return _slide(image, [kernel], border)


def correlate2d_separable(image, column, row, border="zero"):
    """correlate2d with the kernel np.outer(column, row), in two passes: first the row, then the column.

    A K x K kernel then costs 2 K products a pixel instead of K * K. `column` and `row` are 1-D; see separate().

    >>> step = [[0, 0, 1], [0, 0, 1], [0, 0, 1]]
    >>> correlate2d_separable(step, SOBEL_SMOOTH, SOBEL_DIFFERENCE, border="valid").tolist()
    [[4.0]]
    """
    column, row = (float_array(name, values) for name, values in (("column", column), ("row", row)))
    for name, values in (("column", column), ("row", row)):
        if values.ndim != 1:
            raise ValueError(f"the {name} of a separable kernel has one dimension; this array has shape {values.shape}")
    image, _ = _checked(image, array_module(column, row).outer(column, row), border)
    column, row = to_numpy(column).astype(np.float64), to_numpy(row).astype(np.float64)
    return _slide(image, [row[None, :], column[:, None]], border)


def convolve2d(image, kernel, border="zero"):
    """out[i, j] = sum over u, v of kernel[u, v] * image[i - u, j - v]: correlate2d, the kernel turned by 180 degrees.

    Arguments as for correlate2d. Source: 003_7b594a0dab4ccf8d.txt, lines 474-485 (CC-03).

    >>> convolve2d([[0, 0, 1, 0, 0]], [[1, 2, 3]]).tolist()
    [[0.0, 1.0, 2.0, 3.0, 0.0]]
    """
    image, kernel = _checked(image, kernel, border)
    return _slide(image, [kernel[::-1, ::-1]], border)


def correlate2d_loops(image, kernel, border="zero"):
    """correlate2d written out, one product at a time: slow, and easy to check against the formula.

    >>> correlate2d_loops([[1, 2, 3, 4]], [[-1, 0, 1]], border="edge").tolist()
    [[1.0, 2.0, 2.0, 1.0]]
    """
    image, kernel = _checked(image, kernel, border)
    reach = [size // 2 if border != "valid" else 0 for size in kernel.shape]
    padded = _padded(
        image, *(_border_places(size, pixels, border) for size, pixels in zip(image.shape, reach, strict=False))
    )
    height, width = _output_shape(padded, kernel)
    out = array_module(image).zeros((height, width, *image.shape[2:]), dtype=image.dtype)
    for i in range(height):
        for j in range(width):
            for u in range(kernel.shape[0]):
                for v in range(kernel.shape[1]):
                    out[i, j] += kernel[u, v] * padded[i + u, j + v]
    return out


def correlate2d_fft(image, kernel):
    """correlate2d with a "zero" border for (H, W) pictures through the frequency domain: three transforms, one product.

    Equal up to rounding; worth it for large kernels. Source: 002_69942b7dd2ea4e29.txt, lines 249-250 (FFT-02).

    >>> correlate2d_fft([[1, 2, 3, 4]], [[-1, 0, 1]]).round(12).tolist()
    [[2.0, 2.0, 2.0, -3.0]]
    """
    image, kernel = _checked(image, kernel, "zero")
    if image.ndim != 2:
        raise ValueError(
            f"the frequency domain version takes grey pictures (H, W), not an array of shape {image.shape}"
        )
    xp = array_module(image)
    height, width = image.shape
    shape = (height + kernel.shape[0] - 1, width + kernel.shape[1] - 1)
    spectrum = xp.fft.rfft2(image, shape) * xp.fft.rfft2(xp.asarray(kernel[::-1, ::-1]), shape)
    top, left = kernel.shape[0] // 2, kernel.shape[1] // 2
    return xp.fft.irfft2(spectrum, shape)[top : top + height, left : left + width].astype(image.dtype)


def sobel_gradient(image, border="edge"):
    """(magnitude, direction) of the brightness gradient at each pixel of `image` (H, W), by Sobel's two filters.

    The direction is in radians, from the x axis (right) towards the y axis (down): 0 where it gets brighter to the
    right, pi/2 where it gets brighter downwards.

    >>> magnitude, direction = sobel_gradient([[0, 0, 1], [0, 0, 1], [0, 0, 1]])
    >>> magnitude[1].tolist(), direction[1, 1].item()
    ([0.0, 4.0, 4.0], 0.0)
    """
    image = float_array("picture", image)
    if image.ndim != 2:
        raise ValueError(f"the gradient is that of a grey picture (H, W); this array has shape {image.shape}")
    xp = array_module(image)
    smooth, difference = xp.asarray(SOBEL_SMOOTH), xp.asarray(SOBEL_DIFFERENCE)
    along_x = correlate2d_separable(image, smooth, difference, border)
    along_y = correlate2d_separable(image, difference, smooth, border)
    return xp.hypot(along_x, along_y), xp.arctan2(along_y, along_x)


def separate(kernel):
    """(column, row) with np.outer(column, row) equal to the kernel, or None if no such pair exists.

    >>> column, row = separate(SOBEL_X)
    >>> (column / column[0]).round(9).tolist()
    [1.0, 2.0, 1.0]
    >>> separate(SHARPEN) is None
    True
    """
    kernel = finite_array("kernel", kernel)
    precision = 1e-6 if kernel.dtype == np.float32 else 1e-12
    left, strength, right = np.linalg.svd(_checked_kernel(kernel))
    if np.any(strength[1:] > precision * strength[0]):
        return None
    sign = -1 if left[:, 0].sum() < 0 else 1
    return sign * left[:, 0] * np.sqrt(strength[0]), sign * right[0] * np.sqrt(strength[0])


def to_grey_levels(result):
    """A filtered picture as it can be shown: rounded to whole numbers (halves up) and cut off at 0 and 255; uint8.

    What is a half but for a millionth goes up as well: 99.49999999999999 is a sum of 99.5 whose last bits were lost.

    >>> to_grey_levels(np.array([-3.0, 99.5, 254.4, 400.0])).tolist()
    [0, 100, 254, 255]
    """
    result = float_array("result", result)
    xp = array_module(result)
    return xp.clip(xp.floor(result + 0.5000005), 0, 255).astype(np.uint8)


def _slide(image, kernels, border):
    """Correlate the picture with one kernel after the other, in stripes of rows.

    A stripe stays in the processor's cache for all its products, which halves the time for large pictures.
    """
    xp = array_module(image)
    reach = [sum(kernel.shape[axis] // 2 for kernel in kernels) if border != "valid" else 0 for axis in (0, 1)]
    places = [_border_places(size, pixels, border) for size, pixels in zip(image.shape, reach, strict=False)]
    lost = [sum(kernel.shape[axis] - 1 for kernel in kernels) for axis in (0, 1)]
    height, width = (len(places[axis]) - lost[axis] for axis in (0, 1))
    out = xp.empty((height, width, *image.shape[2:]), dtype=image.dtype)
    for rows in in_pieces(out):
        stripe = _padded(image, places[0][rows.start : rows.stop + lost[0]], places[1])
        for kernel in kernels:
            stripe = _add_products(stripe, kernel)
        out[rows] = stripe
    return out


def _border_places(size, pixels, border):
    """For each place of a row with `pixels` of border on both sides, the pixel that it copies; -1 for a black one."""
    if border == "valid":
        return np.arange(size)
    mode = {"mode": "constant", "constant_values": -1} if border == "zero" else {"mode": border}
    return np.pad(np.arange(size), pixels, **mode)


def _padded(image, source_rows, source_columns):
    """The picture with its border: the pixel at [i, j] is that of row source_rows[i] and column source_columns[j]."""
    xp = array_module(image)
    pixels = (len(source_columns) - image.shape[1]) // 2
    padded = xp.empty((len(source_rows), len(source_columns), *image.shape[2:]), dtype=image.dtype)
    inner = padded[:, pixels : len(source_columns) - pixels]
    inner[:] = image[xp.asarray(source_rows)]
    for column in [*range(pixels), *range(len(source_columns) - pixels, len(source_columns))]:
        padded[:, column] = inner[:, source_columns[column]] if source_columns[column] >= 0 else 0
    padded[xp.asarray(source_rows < 0)] = 0
    return padded


def _add_products(padded, kernel):
    """The sum of kernel[u, v] times the picture moved by (u, v), in the order of the kernel's rows.

    The picture is read as one long line: moving the window is then moving along the line, and what runs over a row's
    end is cut off last. Contiguous reads are what makes this fast.
    """
    xp = array_module(padded)
    height, width = _output_shape(padded, kernel)
    line, channels = padded.reshape(-1), padded[0, 0].size
    sums = xp.empty((height, *padded.shape[1:]), dtype=padded.dtype)
    length = sums.size - (kernel.shape[1] - 1) * channels
    total, product = sums.reshape(-1)[:length], xp.empty(length, dtype=padded.dtype)
    for n, (u, v) in enumerate(np.argwhere(kernel).tolist() or [(0, 0)]):
        start = (u * padded.shape[1] + v) * channels
        window, weight = line[start : start + length], padded.dtype.type(kernel[u, v])
        if n == 0:
            xp.multiply(window, weight, out=total)
        elif abs(weight) == 1:  # two products saved in each of Sobel's factors
            (xp.add if weight == 1 else xp.subtract)(total, window, out=total)
        else:
            total += xp.multiply(window, weight, out=product)
    return sums[:, :width]


def _output_shape(padded, kernel):
    return padded.shape[0] - kernel.shape[0] + 1, padded.shape[1] - kernel.shape[1] + 1


def _checked(image, kernel, border):
    """The picture as a float array on its device and the kernel as a float64 NumPy array, both known to fit."""
    array_module(image, kernel)
    kernel = _checked_kernel(kernel)
    image = float_array("picture", image)
    if image.ndim not in (2, 3) or (image.ndim == 3 and image.shape[2] != 3):
        raise ValueError(f"a picture is (H, W), or (H, W, 3) in colour; this array has shape {image.shape}")
    if border not in BORDERS:
        raise ValueError(f"there is no border {border!r}; choose one of {', '.join(BORDERS)}")
    if border != "valid" and not (kernel.shape[0] % 2 and kernel.shape[1] % 2):
        raise ValueError(
            f'a {kernel.shape[0]}x{kernel.shape[1]} kernel has no centre pixel; use odd sizes, or border="valid"'
        )
    if border == "valid" and (kernel.shape[0] > image.shape[0] or kernel.shape[1] > image.shape[1]):
        raise ValueError(
            f"a {kernel.shape[0]}x{kernel.shape[1]} kernel does not fit into a picture of {image.shape[0]}x"
            f'{image.shape[1]} pixels; use a smaller kernel or another border than "valid"'
        )
    return image, kernel


def _checked_kernel(kernel):
    kernel = to_numpy(float_array("kernel", kernel)).astype(np.float64)
    if kernel.ndim != 2:
        raise ValueError(f"a kernel has rows and columns, such as (3, 3); this array has shape {kernel.shape}")
    return kernel


def _width(sigma):
    if finite_number("sigma", sigma) <= 0:
        raise ValueError(f"sigma must be more than 0 pixels, not {sigma}")
    return float(sigma)


def _odd(size):
    if whole_number("a kernel's size", size, 0) % 2 == 0:
        raise ValueError(f"a kernel with a centre pixel has an odd size such as 3 or 5, not {size}")
    return int(size)
