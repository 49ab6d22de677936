"""Correlation by the fast Fourier transform: in the transformed domain a convolution is one product per frequency.

For out[i] = sum over u of w[u] x[i + u] the transforms satisfy out^ = x^ times the conjugate of w^; the conjugate is
what turns the kernel, a convolution would come without it. Transforms are of pictures that repeat, so results whose
window runs over the edge and on at the other side are wrong; they are exactly the ones that are not kept, and x needs
no zeros beyond its own padding. Sums over channels are made between the transforms: filters x channels times channels x
pictures at every frequency.

The cost hardly depends on the kernel's size: it pays for large kernels, where a direct sum pays for each weight.
Rounding errors are spread evenly over the result: relative to its largest number it is right to 1e-5 in float32 and
1e-12 in float64, and numbers far smaller than that one have fewer right digits. One nan or infinity spoils its picture.
Source: Mathieu, Henaff and LeCun, "Fast Training of Convolutional Networks through FFTs", 2014 (arXiv 1312.5851).
"""

from course_lib.backend import array_module
from course_lib.shapes import whole_number, window_extent

_BLOCK_BYTES = 2**26  # of transforms of the result at a time


def correlate(x, weight, stride=(1, 1), dilation=(1, 1), groups=1):
    """conv2d of x (N, C, H, W), padded by the caller, with weight (F, C/groups, KH, KW).

    The result is computed at every place and then kept at each stride-th; dilation puts zeros between the weights.

    >>> import numpy as np
    >>> correlate(np.arange(16.0).reshape(1, 1, 4, 4), np.ones((1, 1, 3, 3))).round(9).tolist()
    [[[[45.0, 54.0], [81.0, 90.0]]]]
    """
    xp, weight = array_module(x, weight), _spread(weight, dilation)
    height, width = (size - taps + 1 for size, taps in zip(x.shape[2:], weight.shape[2:], strict=True))
    out = xp.empty((len(x), len(weight), -(-height // stride[0]), -(-width // stride[1])), x.dtype)
    size = tuple(map(good_size, x.shape[2:]))
    filters, channels = len(weight) // groups, weight.shape[1]
    together = max(1, _BLOCK_BYTES // (size[0] * size[1] * x.dtype.itemsize * max(len(x), channels)))
    for group in range(groups):
        pictures = _spectra(x[:, group * channels : (group + 1) * channels], size).swapaxes(-1, -2)  # (h, w, C, N)
        for first in range(group * filters, (group + 1) * filters, together):
            here = slice(first, min(first + together, (group + 1) * filters))
            products = _spectra(weight[here], size).conj() @ pictures  # (h, w, F, N)
            results = xp.fft.irfft2(products.transpose(3, 2, 0, 1), size)  # (N, F, H, W)
            out[:, here] = results[:, :, : height : stride[0], : width : stride[1]]
    return out


def good_size(size):
    """The next size from `size` on with no prime factors but 2, 3 and 5: FFTs of such sizes are quick.

    The transform of a prime number of pixels takes several times as long as that of its neighbours.

    >>> good_size(227), good_size(31)
    (240, 32)
    """
    size = whole_number("size", size, 1)
    while not _has_small_factors(size):
        size += 1
    return size


def _has_small_factors(size):
    for prime in (2, 3, 5):
        while size % prime == 0:
            size //= prime
    return size == 1


def _spectra(planes, size):
    """The transforms of planes (A, B, H, W) with the frequencies first: (h, w, A, B), ready for a product at each."""
    xp = array_module(planes)
    return xp.ascontiguousarray(xp.fft.rfft2(planes, size).transpose(2, 3, 0, 1))


def _spread(weight, dilation):
    """The kernels with their zeros written out."""
    extent = map(window_extent, weight.shape[2:], dilation)
    spread = array_module(weight).zeros((*weight.shape[:2], *extent), weight.dtype)
    spread[:, :, :: dilation[0], :: dilation[1]] = weight
    return spread
