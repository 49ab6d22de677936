"""Layers as forward / backward objects: forward(x) gives the output and remembers just what backward needs;
backward(grad_out) turns the gradient of the loss at the output into the gradient at the input.

x is a batch (N, ...), also of a single example (1, ...); grad_out has the shape of the output. Floats keep their dtype.
A layer that learns has .weight and .bias, and after backward .grad_weight and .grad_bias of the same shapes; where it
is the first of a network, backward(grad_out, to_x=False) leaves out the gradient at x, which nobody waits for.
What is remembered is not copied: between forward and backward, change neither x nor the output in place.
"""

import math

import numpy as np

from course_lib import activations, convolution, normalisation, pooling
from course_lib.backend import array_module, finite_number, float_array, random_generator, summed
from course_lib.shapes import check_layout, grouped_channels, pair, whole_number, window_extent

HE = math.sqrt(2)  # half of what a ReLU gets it turns into 0: the other half must be stronger (He et al. 2015)


class Layer:
    """What all layers share: whether they are training, and the check of what comes back."""

    training = True
    _out_shape = None  # of the last forward pass

    def _came_back(self, grad_out):
        """grad_out as a float array, refused unless it has the shape of the last output."""
        if self._out_shape is None:
            raise RuntimeError(f"{type(self).__name__}.backward needs a forward pass before it: call forward(x) first")
        grad_out = float_array("gradient", grad_out)
        if grad_out.shape != self._out_shape:
            raise ValueError(
                f"the gradient has the shape {grad_out.shape}, but the output of this {type(self).__name__} layer had "
                f"{self._out_shape}: each output needs one gradient"
            )
        return grad_out


def _learnt(name):
    """A property for what is learnt: whatever is put there becomes an array of floats, which steps can move."""

    def put(layer, values):
        setattr(layer, f"_{name}", None if values is None else float_array(name, values))

    return property(lambda layer: getattr(layer, f"_{name}"), put)


class Linear(Layer):
    """out = x @ weight.T + bias: x (N, in_features), weight (out_features, in_features), bias (out_features,).

    The weights start as normal random numbers with standard deviation gain / sqrt(in_features), which keeps the size of
    the signal from layer to layer: gain HE = sqrt(2) for ReLU, 1 for sigmoid and tanh (Glorot and Bengio 2010, for
    equal widths). Biases start at 0; with bias=False there are none, and .bias and .grad_bias are None.

    >>> layer = Linear(2, 1, np.random.default_rng(0))
    >>> layer.weight, layer.bias = np.array([[3.0, -1.0]]), np.array([0.5])
    >>> layer.forward([[1, 2]]).tolist(), layer.backward([[10]]).tolist(), layer.grad_weight.tolist()
    ([[1.5]], [[30.0, -10.0]], [[10.0, 20.0]])
    """

    weight, bias = _learnt("weight"), _learnt("bias")
    grad_weight = grad_bias = None

    def __init__(self, in_features, out_features, rng, dtype=np.float32, bias=True, gain=HE):
        in_features = whole_number("in_features", in_features, 1)
        out_features = whole_number("out_features", out_features, 1)
        self.weight = _random_weight((out_features, in_features), rng, dtype, gain)
        self.bias = np.zeros(out_features, dtype) if bias else None

    def forward(self, x):
        x = float_array("input", x)
        out_features, in_features = self._checked_sizes()
        if x.ndim != 2 or x.shape[1] != in_features:
            raise ValueError(f"this Linear layer takes (N, {in_features}), not {x.shape}")
        self.x, self._out_shape = x, (len(x), out_features)
        out = x @ self.weight.T  # (N, in) @ (in, out) -> (N, out)
        return out if self.bias is None else out + self.bias

    def backward(self, grad_out, to_x=True):
        grad_out = self._came_back(grad_out)
        self.grad_weight = (grad_out.T @ self.x).astype(self.weight.dtype, copy=False)  # (out, N) @ (N, in)
        if self.bias is not None:
            self.grad_bias = summed(grad_out, 0).astype(self.bias.dtype, copy=False)
        return grad_out @ self.weight if to_x else None  # (N, out) @ (out, in) -> (N, in)

    def _checked_sizes(self):
        """(out_features, in_features) of the weights that are there now, refused where the bias does not fit them."""
        if self.weight is None or self.weight.ndim != 2:
            shape = None if self.weight is None else self.weight.shape
            raise ValueError(f"the weight of a Linear layer is (out_features, in_features), not {shape}")
        if self.bias is not None and self.bias.shape != self.weight.shape[:1]:
            raise ValueError(f"{len(self.weight)} outputs need a bias ({len(self.weight)},), not {self.bias.shape}")
        return self.weight.shape


class Conv2d(Layer):
    """out = conv2d(x, weight, bias): x (N, in_channels, H, W), weight (out_channels, in_channels / groups, KH, KW).

    kernel_size, stride, padding, dilation, groups and algorithm as in convolution.conv2d; "winograd" serves the
    gradients too. The weights start as Linear's do, where each output has in_channels / groups * KH * KW inputs.

    >>> layer = Conv2d(1, 1, 2, np.random.default_rng(0))
    >>> layer.weight, layer.bias = np.array([[[[1.0, 2.0], [3.0, 4.0]]]]), np.array([100.0])
    >>> layer.forward([[[[1, 0, 0], [0, 0, 1]]]]).tolist(), layer.backward([[[[1, 0]]]]).tolist()
    ([[[[101.0, 104.0]]]], [[[[1.0, 2.0, 0.0], [3.0, 4.0, 0.0]]]])
    >>> layer.grad_weight.tolist(), layer.grad_bias.tolist()
    ([[[[1.0, 0.0], [0.0, 0.0]]]], [1.0])
    """

    weight, bias = _learnt("weight"), _learnt("bias")
    grad_weight = grad_bias = None

    def __init__(self, in_channels, out_channels, kernel_size, rng, stride=1, padding=0, dilation=1, groups=1,
                 dtype=np.float32, bias=True, gain=HE, algorithm="auto"):  # fmt: skip
        in_channels, out_channels, groups = grouped_channels(in_channels, out_channels, groups)
        shape = (out_channels, in_channels // groups, *pair("kernel_size", kernel_size, 1))
        self.weight = _random_weight(shape, rng, dtype, gain)
        self.bias = np.zeros(out_channels, dtype) if bias else None
        self.settings = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
        self.algorithm = algorithm
        smallest = np.zeros((1, in_channels, *_a_window(kernel_size, dilation)), dtype)
        convolution.conv2d(smallest, self.weight, **self.settings, algorithm=algorithm)  # refuses what never fits

    def forward(self, x):
        x = float_array("input", x)
        out = convolution.conv2d(x, self.weight, self.bias, **self.settings, algorithm=self.algorithm)
        self.x, self._out_shape = x, out.shape
        return out

    def backward(self, grad_out, to_x=True):
        grad_out = self._came_back(grad_out)
        grad_x, grad_weight, grad_bias = convolution.conv2d_backward(
            grad_out, self.x, self.weight, **self.settings, to_x=to_x,
            algorithm="winograd" if self.algorithm == "winograd" else "auto",
        )  # fmt: skip
        self.grad_weight = grad_weight.astype(self.weight.dtype, copy=False)
        if self.bias is not None:
            self.grad_bias = grad_bias.astype(self.bias.dtype, copy=False)
        return grad_x


class PartialConv2d(Conv2d):
    """A convolution whose filters see only some of the maps: connections[f][c] says whether filter f sees map c.

    connections (out_channels, in_channels) of 0 and 1. The weights of what a filter does not see are 0 and stay 0,
    since their gradient is 0; they are not counted as parameters.

    >>> layer = PartialConv2d([[1, 0]], 1, np.random.default_rng(0))
    >>> layer.weight[:] = 3 * layer.connections
    >>> layer.forward([[[[1]], [[100]]]]).tolist(), layer.backward([[[[1]]]]).ravel().tolist()
    ([[[[3.0]]]], [3.0, 0.0])
    >>> layer.grad_weight.ravel().tolist()
    [1.0, 0.0]
    """

    def __init__(self, connections, kernel_size, rng, dtype=np.float32):
        seen = np.asarray(connections)
        if seen.ndim != 2 or not np.isin(seen, (0, 1)).all() or not seen.any(axis=1).all():
            raise ValueError("connections is a table (filters, maps) of 0 and 1, with at least one map for each filter")
        super().__init__(seen.shape[1], seen.shape[0], kernel_size, rng, dtype=dtype)
        self.connections = seen[:, :, None, None].astype(dtype)  # (F, C, 1, 1)
        inputs = seen.sum(axis=1)[:, None, None, None] / seen.shape[1]  # fewer maps, larger weights, as Conv2d has it
        self.weight = (self.weight * self.connections / np.sqrt(inputs)).astype(dtype)

    def backward(self, grad_out, to_x=True):
        grad_x = super().backward(grad_out, to_x)
        self.grad_weight = self.grad_weight * self.connections
        return grad_x


class RBF(Layer):
    """out = -(the squared distance of x from each class's code): x (N, in_features) -> (N, out_features).

    The codes, -1 and 1 at random, stay as they are: nothing is learnt here. The minus makes the nearest code the
    largest score, as with the scores of other networks; the paper takes the distance itself, and its codes are small
    pictures of the characters.

    >>> layer = RBF(2, 1, np.random.default_rng(0))
    >>> layer.codes = np.array([[1.0, -1.0]])
    >>> layer.forward([[3.0, 1.0]]).tolist(), layer.backward([[1.0]]).tolist()
    ([[-8.0]], [[-4.0, -4.0]])
    """

    def __init__(self, in_features, out_features, rng, dtype=np.float32):
        shape = whole_number("out_features", out_features, 1), whole_number("in_features", in_features, 1)
        self.codes = np.sign(_random_weight(shape, rng, dtype, 1))

    def forward(self, x):
        x = float_array("input", x)
        if x.ndim != 2 or x.shape[1] != self.codes.shape[1]:
            raise ValueError(f"this RBF layer takes (N, {self.codes.shape[1]}), not {x.shape}")
        self.away = x[:, None, :] - self.codes  # (N, classes, in)
        self._out_shape = self.away.shape[:2]
        return -(self.away**2).sum(axis=2)

    def backward(self, grad_out):
        return -2 * (self._came_back(grad_out)[:, :, None] * self.away).sum(axis=1)


def _a_window(kernel_size, dilation=1):
    """Height and width of the smallest picture that such a kernel fits into."""
    return tuple(map(window_extent, pair("kernel_size", kernel_size, 1), pair("dilation", dilation, 1)))


class Operation(Layer):
    """A layer without weights: a subclass gives function(x, **settings) and gradient(grad_out, x, **settings).

    The settings are tried on zeros of `shape`, so that those that never fit are refused where they are given.
    """

    def __init__(self, shape, **settings):
        self.settings = settings
        self.function(np.zeros(shape), **settings)

    def forward(self, x):
        x = float_array("input", x)
        out = self.function(x, **self.settings)
        self.x, self._out_shape = x, out.shape
        return out

    def backward(self, grad_out):
        return self.gradient(self._came_back(grad_out), self.x, **self.settings)


class MaxPool2d(Operation):
    """out = the largest number of each window: x (N, C, H, W). The settings are those of pooling.max_pool2d.

    >>> layer = MaxPool2d(2)
    >>> layer.forward([[[[1, 3], [5, 2]]]]).tolist(), layer.backward([[[[8]]]]).tolist()
    ([[[[5.0]]]], [[[[0.0, 0.0], [8.0, 0.0]]]])
    """

    function = staticmethod(pooling.max_pool2d)
    gradient = staticmethod(pooling.max_pool2d_backward)

    def __init__(self, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False):
        super().__init__((1, 1, *_a_window(kernel_size, dilation)), kernel_size=kernel_size, stride=stride,
                         padding=padding, dilation=dilation, ceil_mode=ceil_mode)  # fmt: skip


class AvgPool2d(Operation):
    """out = the mean of each window: x (N, C, H, W). The settings are those of pooling.avg_pool2d.

    >>> layer = AvgPool2d(2)
    >>> layer.forward([[[[1, 3], [5, 3]]]]).tolist(), layer.backward([[[[8]]]]).tolist()
    ([[[[3.0]]]], [[[[2.0, 2.0], [2.0, 2.0]]]])
    """

    function = staticmethod(pooling.avg_pool2d)
    gradient = staticmethod(pooling.avg_pool2d_backward)

    def __init__(self, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True):
        super().__init__((1, 1, *_a_window(kernel_size)), kernel_size=kernel_size, stride=stride, padding=padding,
                         ceil_mode=ceil_mode, count_include_pad=count_include_pad)  # fmt: skip


class Subsample2d(Layer):
    """out = weight[c] * (the sum of each window) + bias[c]: pooling as in 1998, two numbers a map that are learnt.

    x (N, channels, H, W); windows lie side by side. It starts as the mean: weight 1 / (KH * KW), bias 0.

    >>> layer = Subsample2d(1, 2)
    >>> layer.forward([[[[1, 3], [5, 3]]]]).tolist(), layer.backward([[[[8]]]]).tolist()
    ([[[[3.0]]]], [[[[2.0, 2.0], [2.0, 2.0]]]])
    >>> layer.grad_weight.tolist(), layer.grad_bias.tolist()
    ([96.0], [8.0])
    """

    weight, bias = _learnt("weight"), _learnt("bias")
    grad_weight = grad_bias = None

    def __init__(self, channels, kernel_size, dtype=np.float32):
        channels, size = whole_number("channels", channels, 1), pair("kernel_size", kernel_size, 1)
        self.settings, self.pixels = {"kernel_size": kernel_size}, math.prod(size)
        self.weight, self.bias = np.full(channels, 1 / self.pixels, _float_dtype(dtype)), np.zeros(channels, dtype)

    def forward(self, x):
        x = float_array("input", x)
        sums = self.pixels * pooling.avg_pool2d(x, **self.settings)
        if sums.shape[1] != len(self.weight):
            raise ValueError(f"this Subsample2d layer takes {len(self.weight)} maps, not {sums.shape[1]}")
        self.x, self.sums, self._out_shape = x, sums, sums.shape
        return self.weight[:, None, None] * sums + self.bias[:, None, None]

    def backward(self, grad_out):
        grad_out = self._came_back(grad_out)
        self.grad_weight = summed(grad_out * self.sums, (0, 2, 3)).astype(self.weight.dtype, copy=False)
        self.grad_bias = summed(grad_out, (0, 2, 3)).astype(self.bias.dtype, copy=False)
        grad_sums = grad_out * self.weight[:, None, None]
        return self.pixels * pooling.avg_pool2d_backward(grad_sums, self.x, **self.settings)


class LocalResponseNorm(Operation):
    """Each number divided by a power of the activity in `size` neighbouring maps: normalisation.local_response_norm.

    >>> layer = LocalResponseNorm(3, alpha=3.0, beta=1.0, k=5.0)
    >>> layer.forward([[1, 2]]).round(6).tolist(), layer.backward([[1, 0]]).round(6).tolist()
    ([[0.1, 0.2]], [[0.08, -0.04]])
    """

    function = staticmethod(normalisation.local_response_norm)
    gradient = staticmethod(normalisation.local_response_norm_backward)

    def __init__(self, size, alpha=1e-4, beta=0.75, k=1.0):
        super().__init__((1, 1), size=size, alpha=alpha, beta=beta, k=k)


class Flatten(Layer):
    """out = each example's numbers in one row: (N, C, H, W) -> (N, C * H * W), channel by channel, row by row.

    >>> layer = Flatten()
    >>> layer.forward([[[[1, 2], [3, 4]]]]).tolist(), layer.backward([[5, 6, 7, 8]]).tolist()
    ([[1.0, 2.0, 3.0, 4.0]], [[[[5.0, 6.0], [7.0, 8.0]]]])
    """

    def forward(self, x):
        x = float_array("input", x)
        if x.ndim != 2:
            check_layout("x", x.shape, "(N, C, H, W) or (N, C)")
        self._in_shape, self._out_shape = x.shape, (len(x), math.prod(x.shape[1:]))
        return x.reshape(self._out_shape)

    def backward(self, grad_out):
        return self._came_back(grad_out).reshape(self._in_shape)


class Activation(Layer):
    """A function applied entry by entry: a subclass gives value(x) and derivative(x)."""

    def forward(self, x):
        self.x = float_array("input", x)
        self._out_shape = self.x.shape
        return self.value(self.x)

    def backward(self, grad_out):
        return self._came_back(grad_out) * self.derivative(self.x)


class Sigmoid(Activation):
    """out = 1 / (1 + e^-x), any shape.

    >>> layer = Sigmoid()
    >>> layer.forward([0.0]).tolist(), layer.backward([8.0]).tolist()
    ([0.5], [2.0])
    """

    value = staticmethod(activations.sigmoid)
    derivative = staticmethod(activations.sigmoid_derivative)


class Tanh(Activation):
    """out = tanh(x), any shape. As in PyTorch the slope 1 - out^2 is computed from the output, which is kept.

    >>> layer = Tanh()
    >>> layer.forward([0.0]).tolist(), layer.backward([8.0]).tolist()
    ([0.0], [8.0])
    """

    value = staticmethod(activations.tanh)

    def forward(self, x):
        self.out = super().forward(x)
        return self.out

    def derivative(self, _x):
        return 1 - self.out * self.out


class ScaledTanh(Activation):
    """out = 1.7159 tanh(2/3 x), any shape: LeNet-5's, which maps 1 to 1 and -1 to -1.

    >>> layer = ScaledTanh()
    >>> layer.forward([0.0, 1.0]).round(4).tolist(), layer.backward([3.0, 0.0]).round(4).tolist()
    ([0.0, 1.0], [3.4318, 0.0])
    """

    def value(self, x):
        return 1.7159 * activations.tanh(2 / 3 * x)

    def derivative(self, x):
        return 1.7159 * 2 / 3 * activations.tanh_derivative(2 / 3 * x)


class ReLU(Activation):
    """out = max(0, x), any shape. At x = 0 the slope is taken as 0.

    >>> layer = ReLU()
    >>> layer.forward([-2.0, 3.0]).tolist(), layer.backward([8.0, 8.0]).tolist()
    ([0.0, 3.0], [0.0, 8.0])
    """

    value = staticmethod(activations.relu)
    derivative = staticmethod(activations.relu_derivative)


class LeakyReLU(Activation):
    """out = x where x > 0, else negative_slope * x, any shape.

    >>> layer = LeakyReLU(negative_slope=0.25)
    >>> layer.forward([-2.0, 3.0]).tolist(), layer.backward([8.0, 8.0]).tolist()
    ([-0.5, 3.0], [2.0, 8.0])
    """

    def __init__(self, negative_slope=0.01):
        self.negative_slope = finite_number("negative_slope", negative_slope)

    def value(self, x):
        return activations.leaky_relu(x, self.negative_slope)

    def derivative(self, x):
        return activations.leaky_relu_derivative(x, self.negative_slope)


class ELU(Activation):
    """out = x where x > 0, else alpha * (e^x - 1), any shape.

    >>> layer = ELU(alpha=2.0)
    >>> layer.forward([0.0, 3.0]).tolist(), layer.backward([8.0, 8.0]).tolist()
    ([0.0, 3.0], [16.0, 8.0])
    """

    def __init__(self, alpha=1.0):
        self.alpha = finite_number("alpha", alpha)

    def value(self, x):
        return activations.elu(x, self.alpha)

    def derivative(self, x):
        return activations.elu_derivative(x, self.alpha)


class Maxout(Layer):
    """out = the largest of each `pieces` consecutive entries: x (N, units * pieces) -> (N, units).

    Behind a Linear layer each unit is the largest of `pieces` functions w.x + b. The gradient goes to the one that
    won; where two are equally large, to the first.

    >>> layer = Maxout(pieces=2)
    >>> layer.forward([[1.0, 5.0, -2.0, -3.0]]).tolist(), layer.backward([[8.0, 9.0]]).tolist()
    ([[5.0, -2.0]], [[0.0, 8.0, 9.0, 0.0]])
    """

    def __init__(self, pieces=2):
        self.pieces = whole_number("pieces", pieces, 1)

    def forward(self, x):
        x = float_array("input", x)
        if x.ndim != 2:
            raise ValueError(f"a Maxout layer takes (N, units * {self.pieces}), not {x.shape}")
        out = activations.maxout(x, self.pieces)  # (N, units)
        groups = x.reshape(*out.shape, self.pieces)
        self.won = array_module(x).arange(self.pieces) == groups.argmax(axis=2)[..., None]  # (N, units, pieces)
        self._out_shape = out.shape
        return out

    def backward(self, grad_out):
        grad_out = self._came_back(grad_out)
        return (grad_out[..., None] * self.won).reshape(len(grad_out), -1)


class Dropout(Layer):
    """While training, each entry of x becomes 0 with probability p; the others grow by 1 / (1 - p).

    So the expected output stays x, and nothing is left to do when the network is used: with .training False (set by
    Sequential.eval) x passes unchanged. `rng` draws the mask, a new one at every forward pass.

    >>> layer = Dropout(0.5, np.random.default_rng(0))
    >>> layer.forward(np.ones((1, 4))).tolist(), layer.backward(np.ones((1, 4))).tolist()
    ([[2.0, 0.0, 0.0, 0.0]], [[2.0, 0.0, 0.0, 0.0]])
    """

    def __init__(self, p, rng):
        self.p = finite_number("p", p)
        if not 0 <= self.p < 1:
            raise ValueError(f"p, the probability to drop an entry, lies from 0 to below 1; {p} came")
        self.rng = random_generator(rng)

    def forward(self, x):
        x = float_array("input", x)
        self._out_shape = x.shape
        self.mask = self._draw(x) if self.training else None
        return x if self.mask is None else x * self.mask

    def backward(self, grad_out):
        grad_out = self._came_back(grad_out)
        return grad_out if self.mask is None else grad_out * self.mask

    def _draw(self, x):
        """0 or 1 / (1 - p) for each entry, in the dtype of x and on its device."""
        kept = array_module(x).asarray(self.rng.random(x.shape) >= self.p)
        return kept.astype(x.dtype) / (1 - self.p)


def _random_weight(shape, rng, dtype, gain):
    """(out, ...) normal random numbers whose standard deviation is gain / sqrt(inputs of one output)."""
    spread = finite_number("gain", gain) / math.sqrt(math.prod(shape[1:]))
    return (spread * random_generator(rng).normal(size=shape)).astype(_float_dtype(dtype))


def _float_dtype(dtype):
    if np.dtype(dtype).kind != "f":
        raise TypeError(f"weights need a float dtype such as np.float32, not {np.dtype(dtype)}")
    return dtype
