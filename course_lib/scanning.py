"""Scanning: one small net looks at every window of a picture. Here P-Net, a face detector that was really trained.

`scan` lets every layer sweep over the whole picture, as a convolutional network does. `scan_windows` cuts out each
window and sends it through an ordinary dense net, whose large matrices hold the same few weights. The scores agree.
"""

import numpy as np

from course_lib import activations, convolution, pooling, shapes
from course_lib.backend import float_array

WINDOW, STRIDE = 12, 2  # pixels that P-Net looks at for one score, and from one score to the next


def prelu(x, slopes):
    """x where it is positive, else its channel's slope times x: x (N, C, ...), slopes (C,).

    >>> prelu([[[4, -4], [4, -4]]], [0.5, 0.25]).tolist()
    [[[4.0, -2.0], [4.0, -1.0]]]
    """
    x, slopes = float_array("x", x), float_array("slopes", slopes)
    if x.ndim < 2 or slopes.shape != x.shape[1:2]:
        raise ValueError(f"x (N, C, ...) needs one slope for each channel (C,); {x.shape} and {slopes.shape} came")
    return np.where(x > 0, x, slopes.reshape(-1, *[1] * (x.ndim - 2)) * x)


def window_mask(size, reach):
    """K (size, size): 1 where an output i is connected to an input m, |i - m| <= reach, else 0.

    Source: 000_30c74926aea77aad.txt, lines 1368-1442 (F-TOE-02, F-TOE-05, F-TOE-06).

    >>> window_mask(4, reach=1).tolist()
    [[1, 1, 0, 0], [1, 1, 1, 0], [0, 1, 1, 1], [0, 0, 1, 1]]
    """
    places = np.arange(shapes.whole_number("size", size, 1))
    return (abs(np.subtract.outer(places, places)) <= shapes.whole_number("reach", reach, 0)).astype(int)


class FaceDetector:
    """P-Net: how much do 12 x 12 pixels look like a face, from 0 to 1; a score every 2 pixels.

    Convolution 3 x 3, PReLU, maximum of 2 x 2, twice more convolution 3 x 3 and PReLU, then face against no face.
    `parameters` as data.load_face_detector() gives them; everything is computed in float64. Source: Zhang, Zhang, Li
    and Qiao 2016.
    """

    def __init__(self, parameters):
        self.parameters = {name: array.astype(np.float64) for name, array in parameters.items()}

    def scan(self, image):
        """The scores (OH, OW) of a colour picture uint8 (H, W, 3): each layer sweeps over all of it.

        Score (i, j) is that of the window at row 2i, column 2j. The pooling rounds up: where H or W is odd, a last
        window hangs over the edge by one pixel.
        """
        x = _prepared(image)
        for name in ("conv1", "conv2", "conv3"):
            x = convolution.conv2d(x, *self._weight_and_bias(name))
            x = prelu(x, self.parameters[f"{name}_slopes"])
            if name == "conv1":
                x = pooling.max_pool2d(x, 2, ceil_mode=True)
        return activations.softmax(convolution.conv2d(x, *self._weight_and_bias("face")))[0, 1]

    def scan_windows(self, image, step=STRIDE):
        """The scores (OH, OW) of a colour picture, window by window through the dense net, `step` pixels apart."""
        x = _prepared(image)
        rows, columns = (shapes.conv_output_size(side, WINDOW, step) for side in x.shape[2:])
        windows = convolution.im2col(x, WINDOW, step)[0].T  # (OH*OW, 3*12*12)
        return self.dense_scores(windows).reshape(rows, columns)

    def dense_scores(self, windows):
        """The scores (N,) of windows (N, 432) through the dense net: each is a row of 3 * 12 * 12 numbers, channel by
        channel, and each number (pixel - 127.5) / 128, as the net was trained on."""
        x = float_array("windows", windows)
        if x.ndim != 2 or x.shape[1] != 3 * WINDOW**2 or not np.abs(x).max() <= 1:
            raise ValueError(
                f"windows are (N, {3 * WINDOW**2}) numbers from -1 to 1; these are {x.shape}, up to {np.abs(x).max():g}"
            )
        for name, (matrix, bias) in self.dense_layers().items():
            x = x @ matrix.T + bias  # (N, in) @ (in, out)
            if name != "face":
                maps = prelu(x.reshape(len(x), -1, *_SIZES[name]), self.parameters[f"{name}_slopes"])
                x = (pooling.max_pool2d(maps, 2) if name == "conv1" else maps).reshape(len(x), -1)
        return activations.softmax(x)[:, 1]

    def dense_layers(self):
        """{name: (matrix (out, in), bias (out,))}: each convolution as a layer that reads one window's numbers.

        >>> from course_lib import data
        >>> {name: m.shape for name, (m, _) in FaceDetector(data.load_face_detector()).dense_layers().items()}
        {'conv1': (1000, 432), 'conv2': (144, 250), 'conv3': (32, 144), 'face': (2, 32)}
        """
        layers, size = {}, (WINDOW, WINDOW)
        for name in _SIZES:
            weight, bias = self._weight_and_bias(name)
            matrix = convolution.convolution_matrix(weight, (weight.shape[1], *size))
            layers[name] = matrix, np.repeat(bias, len(matrix) // len(bias))
            size = (5, 5) if name == "conv1" else _SIZES[name]
        return layers

    def _weight_and_bias(self, name):
        return self.parameters[f"{name}_weight"], self.parameters[f"{name}_bias"]


_SIZES = {"conv1": (10, 10), "conv2": (3, 3), "conv3": (1, 1), "face": (1, 1)}  # of the maps that one window gives


def _prepared(image):
    """A colour picture uint8 (H, W, 3) as the net was trained on: (1, 3, H, W), about -1 to 1."""
    wanted = f"the detector looks at colour pictures, uint8 (H, W, 3), of at least {WINDOW} x {WINDOW} pixels"
    if not isinstance(image, np.ndarray) or image.dtype != np.uint8:
        raise TypeError(f"{wanted}; this is {image.dtype if isinstance(image, np.ndarray) else type(image).__name__}")
    if image.ndim != 3 or image.shape[2] != 3 or min(image.shape[:2]) < WINDOW:
        raise ValueError(f"{wanted}; this has the shape {image.shape}")
    return ((image.astype(np.float64) - 127.5) / 128).transpose(2, 0, 1)[None]
