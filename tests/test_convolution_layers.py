"""The layers of a convolutional network: the library's functions with a memory, every gradient, what is refused."""

import itertools

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from course_lib import convolution, normalisation, pooling, shapes
from course_lib.gradcheck import numerical_gradient
from course_lib.layers import HE, AvgPool2d, Conv2d, Flatten, LocalResponseNorm, MaxPool2d, Subsample2d

PARTS = [  # a layer, the function behind it, its settings, a shape for x
    (MaxPool2d(2), pooling.max_pool2d, {"kernel_size": 2}, (2, 3, 4, 5)),
    (MaxPool2d(3, 2, 1), pooling.max_pool2d, {"kernel_size": 3, "stride": 2, "padding": 1}, (1, 2, 6, 5)),
    (MaxPool2d(3, 2, ceil_mode=True), pooling.max_pool2d, {"kernel_size": 3, "stride": 2, "ceil_mode": True},
     (2, 1, 6, 4)),
    (MaxPool2d(2, 1, dilation=2), pooling.max_pool2d, {"kernel_size": 2, "stride": 1, "dilation": 2}, (1, 1, 5, 4)),
    (AvgPool2d(2), pooling.avg_pool2d, {"kernel_size": 2}, (2, 3, 4, 5)),
    (AvgPool2d(3, 2, 1, count_include_pad=False), pooling.avg_pool2d,
     {"kernel_size": 3, "stride": 2, "padding": 1, "count_include_pad": False}, (1, 2, 5, 5)),
    (AvgPool2d(3, 2, ceil_mode=True), pooling.avg_pool2d, {"kernel_size": 3, "stride": 2, "ceil_mode": True},
     (1, 1, 6, 6)),
    (LocalResponseNorm(3, 1.0, 0.75, 2.0), normalisation.local_response_norm,
     {"size": 3, "alpha": 1.0, "beta": 0.75, "k": 2.0}, (2, 5, 2, 3)),
]  # fmt: skip
CONVOLUTIONS = [  # in, out, kernel_size, settings, (N, H, W)
    (1, 1, 1, {}, (1, 1, 1)),
    (2, 3, 3, {"padding": 1}, (2, 4, 5)),
    (3, 2, (3, 2), {"stride": (2, 1), "padding": (0, 1)}, (1, 5, 4)),
    (4, 6, 2, {"groups": 2, "dilation": 2}, (2, 4, 5)),
    (3, 3, 3, {"groups": 3, "padding": "same", "bias": False}, (1, 4, 4)),
]


def rng(seed=0):
    return np.random.default_rng(seed)


@pytest.mark.parametrize(("layer", "function", "settings", "shape"), PARTS)
def test_a_layer_without_weights_gives_what_its_function_gives_and_all_its_gradients(layer, function, settings, shape):
    x = rng().permutation(np.prod(shape)).reshape(shape) / 7  # no two alike: a maximum has a slope
    out = layer.forward(x)
    assert_array_equal(out, function(x, **settings))
    grad_out = rng(1).normal(size=out.shape)
    expected = numerical_gradient(lambda moved: (function(moved, **settings) * grad_out).sum(), x)
    assert_allclose(layer.backward(grad_out), expected, rtol=1e-7, atol=1e-8)


@pytest.mark.parametrize(("in_channels", "out_channels", "kernel_size", "settings", "size"), CONVOLUTIONS)
def test_every_gradient_of_conv2d_agrees_with_central_differences(
    in_channels, out_channels, kernel_size, settings, size
):
    layer = Conv2d(in_channels, out_channels, kernel_size, rng(), dtype=np.float64, **settings)
    x = rng(1).normal(size=(size[0], in_channels, *size[1:]))
    out = layer.forward(x)
    given = {name: value for name, value in settings.items() if name != "bias"}
    assert_array_equal(out, convolution.conv2d(x, layer.weight, layer.bias, **given))
    grad_out = rng(2).normal(size=out.shape)
    grad_x = layer.backward(grad_out)

    def with_value(name, value):
        before = getattr(layer, name)
        setattr(layer, name, value)
        number = (layer.forward(x) * grad_out).sum()
        setattr(layer, name, before)
        return number

    expected = numerical_gradient(lambda moved: (layer.forward(moved) * grad_out).sum(), x)
    assert_allclose(grad_x, expected, rtol=1e-7, atol=1e-8)
    for name in ("weight",) if layer.bias is None else ("weight", "bias"):
        expected = numerical_gradient(lambda moved, name=name: with_value(name, moved), getattr(layer, name))
        assert_allclose(getattr(layer, f"grad_{name}"), expected, rtol=1e-7, atol=1e-8)
    assert (layer.grad_bias is None) == (layer.bias is None)


def test_the_weights_of_conv2d_start_with_the_spread_for_their_number_of_inputs():
    layer = Conv2d(16, 200, (3, 5), rng(), groups=2)
    assert layer.weight.shape == (200, 8, 3, 5)
    assert layer.weight.dtype == layer.bias.dtype == np.float32
    assert layer.weight.std() == pytest.approx(HE / np.sqrt(8 * 3 * 5), rel=0.02)
    assert_array_equal(layer.bias, 0)
    assert Conv2d(1, 1, 1, rng(), dtype=np.float64).weight.dtype == np.float64


def test_flatten_keeps_the_order_and_gives_the_shape_back():
    x = rng().normal(size=(2, 3, 4, 5))
    layer = Flatten()
    out = layer.forward(x)
    assert_array_equal(out, [list(example.flat) for example in x])
    assert_array_equal(layer.backward(out), x)


def test_a_batch_of_one_and_float32_pass_through_all_of_them():
    x = rng().normal(size=(1, 3, 7, 7)).astype(np.float32)
    for layer in (Conv2d(3, 4, 3, rng()), MaxPool2d(3, 2), AvgPool2d(2), LocalResponseNorm(3), Flatten()):
        out = layer.forward(x)
        assert out.dtype == layer.backward(out).dtype == np.float32
        assert layer.backward(out).shape == x.shape


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Conv2d(0, 1, 3, rng()), "in_channels must be at least 1, not 0"),
        (lambda: Conv2d(1, 1, 0, rng()), "kernel_size must be at least 1, not 0"),
        (lambda: Conv2d(3, 4, 3, rng(), groups=2), "2 groups cannot share 3 input and 4 output channels evenly"),
        (lambda: Conv2d(2, 2, 3, rng()).forward(np.ones((1, 3, 5, 5))), "x has 3 channels"),
        (lambda: Conv2d(2, 2, 3, rng()).forward(np.ones((2, 5, 5))), r"x is \(N, C, H, W\), not of shape"),
        (lambda: MaxPool2d(9).forward(np.ones((1, 1, 4, 4))), "does not fit"),
        (lambda: Conv2d(1, 1, 3, rng(), stride=0), "stride must be at least 1, not 0"),
        (lambda: Conv2d(1, 1, 3, rng(), padding="sam"), "sam"),
        (lambda: Conv2d(1, 1, 3, rng(), dilation=0), "dilation must be at least 1, not 0"),
        (lambda: Conv2d(1, 1, 3, rng(), algorithm="quick"), "there is no algorithm 'quick'"),
        (lambda: Conv2d(1, 1, 3, rng(), stride=2, algorithm="winograd"), "Winograd's algorithm is for kernels"),
        (lambda: MaxPool2d(0), "kernel_size must be at least 1, not 0"),
        (lambda: MaxPool2d(3, stride=0), "stride must be at least 1, not 0"),
        (lambda: MaxPool2d(2, padding=2), "padding of 2 leaves windows of 2 pixels without any picture"),
        (lambda: AvgPool2d(2, padding=-1), "padding must be at least 0, not -1"),
        (lambda: LocalResponseNorm(2), "so it is odd; 2 came"),
        (lambda: Flatten().forward(np.ones((3, 4, 4))), r"for a single picture, x\[None\] adds the N"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(make, words):
    with pytest.raises(ValueError, match=words):
        make()


def test_settings_that_fit_a_large_picture_are_not_refused_beforehand():
    x = rng().normal(size=(1, 1, 20, 20))
    settings = itertools.product((1, 2, 3), (1, 2, 3), range(10), (1, 2, 4), (False, True))
    for kernel_size, stride, padding, dilation, ceil_mode in settings:
        if padding < shapes.window_extent(kernel_size, dilation):
            given = (kernel_size, stride, padding, dilation, ceil_mode)
            assert_array_equal(MaxPool2d(*given).forward(x), pooling.max_pool2d(x, *given))


@pytest.mark.parametrize("layer", [Conv2d(1, 1, 1, rng()), MaxPool2d(1), LocalResponseNorm(1), Flatten()])
def test_backward_wants_a_forward_pass_and_a_gradient_of_its_shape(layer):
    with pytest.raises(RuntimeError, match="needs a forward pass before it"):
        layer.backward(np.ones((1, 1)))
    layer.forward(np.ones((1, 1, 2, 2)))
    with pytest.raises(ValueError, match="each output needs one gradient"):
        layer.backward(np.ones((1, 1)))


def test_random_weights_want_a_generator_and_floats():
    with pytest.raises(TypeError, match=r"such as np.random.default_rng\(0\), not 0"):
        Conv2d(1, 1, 1, 0)
    with pytest.raises(TypeError, match=r"a float dtype such as np.float32, not int64"):
        Conv2d(1, 1, 1, rng(), dtype=np.int64)


def test_a_first_layer_may_leave_out_the_gradient_at_its_input():
    layer = Conv2d(2, 3, 3, np.random.default_rng(0), padding=1)
    out = layer.forward(np.random.default_rng(1).normal(size=(2, 2, 4, 5)).astype(np.float32))
    assert layer.backward(out).shape == (2, 2, 4, 5)
    grad_weight, grad_bias = layer.grad_weight, layer.grad_bias
    layer.grad_weight = layer.grad_bias = None
    assert layer.backward(out, to_x=False) is None
    assert_array_equal(layer.grad_weight, grad_weight)
    assert_array_equal(layer.grad_bias, grad_bias)


@pytest.mark.parametrize(
    "make", [lambda: Conv2d(1, 1, 2, np.random.default_rng(0)), lambda: MaxPool2d(2), lambda: Subsample2d(1, 2)]
)
def test_an_input_that_is_refused_leaves_the_one_before(make):
    layer, x = make(), np.arange(4.0).reshape(1, 1, 2, 2)
    layer.forward(x)
    expected = layer.backward([[[[1.0]]]])
    with pytest.raises(ValueError, match=r"\(N, C, H, W\)|channels|maps"):
        layer.forward(np.ones((1, 2, 2, 2)) if hasattr(layer, "weight") else np.ones(3))
    assert_array_equal(layer.backward([[[[1.0]]]]), expected)


def test_subsampling_needs_float_weights():
    with pytest.raises(TypeError, match="weights need a float dtype"):
        Subsample2d(1, 2, dtype=int)
