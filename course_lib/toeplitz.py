"""Convolution of a batch of small pictures as the product of their rows with one banded matrix, a Toeplitz matrix.

A row of the result comes from KH rows of the picture. These, of all channels side by side, are KH*C*W numbers; a matrix
(KH*C*W, F*OW), in which every weight stands once for each place of its window, turns them into that row of all filters.
im2col copies a pixel up to KH*KW times, this way KH times; for that it multiplies W / KW times as much, mostly by zero.
While the matrix is small, as in LeNet-5, copying takes longer than multiplying.

The sums have the accuracy of im2col's, but a zero times infinity is nan: one infinity spoils its row of results.
Source: Goodfellow, Bengio and Courville, Deep Learning, 2016, section 9.1 (convolution as such a matrix).
"""

import math

import numpy as np
from numpy.lib.stride_tricks import as_strided

_LARGEST = 2**16  # numbers in a matrix that still pays
_BATCH = 16  # pictures that share it, at least
_BLOCK_BYTES = 2**23  # of rows at a time


def pays(pictures, weight_shape, width, out_width):
    """Is this way quicker than im2col for so many pictures of that width, padded? Measured for NumPy with OpenBLAS."""
    filters, channels, height, _ = weight_shape
    return pictures >= _BATCH and height * channels * width * filters * out_width <= _LARGEST


def correlate(padded, weight, stride, dilation, out_size):
    """conv2d without bias of padded pictures (N, C, H, W): (N, F, OH, OW).

    >>> correlate(np.array([[[[1.0, 2, 3, 4]]]]), np.array([[[[10.0, 1]]]]), (1, 2), (1, 1), (1, 2)).tolist()
    [[[[12.0, 34.0]]]]
    """
    out = np.empty((len(padded), len(weight), *out_size), padded.dtype)
    matrix = _matrix(weight, padded.shape[3], out_size[1], stride[1], dilation[1])
    for some in _blocks(padded, weight.shape[2], out_size[0]):
        rows = _rows_met(padded[some], weight.shape[2], out_size[0], stride[0], dilation[0])
        _as_rows(out[some])[...] = (rows @ matrix).reshape(-1, out_size[0], len(weight), out_size[1])
    return out


def gradient_of_x(grad_out, weight, stride, dilation, padded_size):
    """The gradient of the padded pictures, (N, C, H, W), for that of the result, (N, F, OH, OW).

    >>> gradient_of_x(np.array([[[[1.0, 2]]]]), np.array([[[[10.0, 1]]]]), (1, 2), (1, 1), (1, 5)).tolist()
    [[[[10.0, 1.0, 20.0, 2.0, 0.0]]]]
    """
    _, channels, height, _ = weight.shape
    grad = np.zeros((len(grad_out), channels, *padded_size), grad_out.dtype)
    matrix = _matrix(weight, padded_size[1], grad_out.shape[3], stride[1], dilation[1])
    for some in _blocks(grad, height, grad_out.shape[2]):
        rows = _as_rows(grad_out[some])
        met = (rows.reshape(-1, matrix.shape[1]) @ matrix.T).reshape(*rows.shape[:2], height, channels, -1)
        for u in range(height):
            first, last = u * dilation[0], u * dilation[0] + (rows.shape[1] - 1) * stride[0]
            _as_rows(grad[some])[:, first : last + 1 : stride[0]] += met[:, :, u]
    return grad


def gradient_of_weight(grad_out, padded, stride, dilation, kernel_size):
    """The gradient of the weights, (F, C, KH, KW): each adds up what its places in the matrix would get.

    >>> gradient_of_weight(np.array([[[[1.0, 2]]]]), np.array([[[[1.0, 2, 3, 4]]]]), (1, 2), (1, 1), (1, 2)).tolist()
    [[[[7.0, 10.0]]]]
    """
    _, filters, out_height, out_width = grad_out.shape
    grad, (height, taps) = 0, kernel_size
    for some in _blocks(padded, height, out_height):
        gradients = _as_rows(grad_out[some]).reshape(-1, filters * out_width)
        grad += _rows_met(padded[some], height, out_height, stride[0], dilation[0]).T @ gradients
    grad = grad.reshape(height, padded.shape[1], padded.shape[3], filters, out_width)
    return _where_weights_stand(grad, taps, stride[1], dilation[1]).sum(axis=-1).transpose(3, 1, 0, 2)


def _blocks(padded, height, out_height):
    """Slices of some pictures at a time."""
    picture_bytes = out_height * height * math.prod(padded.shape[1::2]) * padded.itemsize
    together = max(1, _BLOCK_BYTES // picture_bytes)
    return [slice(n, n + together) for n in range(0, len(padded), together)]


def _matrix(weight, width, out_width, step, spread):
    """(KH*C*W, F*OW): weight[f, c, u, v] stands where pixel j*step + v*spread of a row meets place j of the result."""
    filters, channels, height, taps = weight.shape
    matrix = np.zeros((height, channels, width, filters, out_width), weight.dtype)
    _where_weights_stand(matrix, taps, step, spread)[...] = weight.transpose(2, 1, 3, 0)[..., None]
    return matrix.reshape(-1, filters * out_width)


def _where_weights_stand(matrix, taps, step, spread):
    """A view (KH, C, KW, F, OW) of a matrix (KH, C, W, F, OW): for each weight its numbers on the diagonals."""
    height, channels, _, filters, out_width = matrix.shape
    row, channel, pixel, kernel, place = matrix.strides
    strides = row, channel, pixel * spread, kernel, place + pixel * step
    return as_strided(matrix, (height, channels, taps, filters, out_width), strides)


def _rows_met(padded, height, out_height, step, spread):
    """(N*OH, KH*C*W): the rows of the pictures that each row of the result comes from."""
    across = np.ascontiguousarray(_as_rows(padded))  # (N, H, C, W)
    picture, row, channel, pixel = across.strides
    shape = len(across), out_height, height, *across.shape[2:]
    met = as_strided(across, shape, (picture, row * step, row * spread, channel, pixel))
    return np.ascontiguousarray(met).reshape(len(across) * out_height, -1)


def _as_rows(maps):
    """A view (N, H, C, W) of maps (N, C, H, W)."""
    return maps.swapaxes(1, 2)
