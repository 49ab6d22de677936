"""Layers: outputs by hand and by loops, every gradient entry against central differences, what is refused."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from course_lib import activations
from course_lib.gradcheck import numerical_gradient
from course_lib.layers import ELU, HE, Conv2d, Dropout, LeakyReLU, Linear, ReLU, Sigmoid, Subsample2d, Tanh

ACTIVATIONS = [
    (Sigmoid(), activations.sigmoid),
    (Tanh(), activations.tanh),
    (ReLU(), activations.relu),
    (LeakyReLU(), activations.leaky_relu),
    (LeakyReLU(0.3), lambda x: activations.leaky_relu(x, 0.3)),
    (ELU(), activations.elu),
    (ELU(0.5), lambda x: activations.elu(x, 0.5)),
]
by_activation = pytest.mark.parametrize(("layer", "function"), ACTIVATIONS)


def rng(seed=0):
    return np.random.default_rng(seed)


def weighted_output(layer, x, grad_out):
    """A single number whose gradient at the output is grad_out."""
    return (layer.forward(x) * grad_out).sum()


def test_linear_multiplies_and_adds_as_loops_do():
    layer = Linear(3, 2, rng(), dtype=np.float64)
    layer.bias = np.array([0.5, -1.0])
    x = rng(1).normal(size=(4, 3))
    out = layer.forward(x)
    for n in range(4):
        for j in range(2):
            expected = layer.bias[j] + sum(layer.weight[j, i] * x[n, i] for i in range(3))
            assert out[n, j] == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 3, 2), (5, 2, 4), (2, 7, 1)])
def test_every_gradient_of_linear_agrees_with_central_differences(shape, bias):
    count, in_features, out_features = shape
    layer = Linear(in_features, out_features, rng(), dtype=np.float64, bias=bias)
    x, grad_out = rng(1).normal(size=(count, in_features)), rng(2).normal(size=(count, out_features))

    def with_value(name, value):
        before = getattr(layer, name)
        setattr(layer, name, value)
        number = weighted_output(layer, x, grad_out)
        setattr(layer, name, before)
        return number

    layer.forward(x)
    grad_x = layer.backward(grad_out)
    numerical = numerical_gradient(lambda x: weighted_output(layer, x, grad_out), x)
    assert_allclose(grad_x, numerical, rtol=1e-7, atol=1e-9)
    numerical = numerical_gradient(lambda weight: with_value("weight", weight), layer.weight)
    assert_allclose(layer.grad_weight, numerical, rtol=1e-7, atol=1e-9)
    if bias:
        numerical = numerical_gradient(lambda bias: with_value("bias", bias), layer.bias)
        assert_allclose(layer.grad_bias, numerical, rtol=1e-7, atol=1e-9)
    else:
        assert layer.bias is None
        assert layer.grad_bias is None


def test_weights_start_random_with_the_spread_named_and_biases_at_0():
    for gain, expected in [(HE, math.sqrt(2 / 400)), (1, 0.05)]:
        layer = Linear(400, 300, rng(), gain=gain)
        assert layer.weight.shape == (300, 400)
        assert layer.weight.std() == pytest.approx(expected, rel=0.01)
        assert abs(layer.weight.mean()) < 0.001
        assert not layer.bias.any()
    assert_array_equal(Linear(5, 3, rng(4)).weight, Linear(5, 3, rng(4)).weight)
    assert (Linear(5, 3, rng(4)).weight != Linear(5, 3, rng(5)).weight).all()
    assert Linear(5, 3, rng()).grad_weight is None


def test_the_signal_keeps_its_size_through_many_layers():
    generator, x = rng(), rng(1).normal(size=(200, 256))
    for _ in range(10):
        x = ReLU().forward(Linear(256, 256, generator).forward(x))
    assert 0.5 < np.sqrt((x**2).mean()) < 2


def test_linear_keeps_float_dtypes():
    for dtype in (np.float32, np.float64):
        layer = Linear(2, 3, rng(), dtype=dtype)
        out = layer.forward(np.ones((4, 2), dtype))
        grad_x = layer.backward(np.ones((4, 3), dtype))
        found = {a.dtype for a in (layer.weight, layer.bias, out, grad_x, layer.grad_weight, layer.grad_bias)}
        assert found == {np.dtype(dtype)}
    assert Linear(2, 3, rng()).weight.dtype == np.float32
    layer = Linear(2, 3, rng())
    assert layer.forward(np.ones((4, 2))).dtype == np.float64
    layer.backward(np.ones((4, 3)))
    assert layer.grad_weight.dtype == layer.grad_bias.dtype == np.float32


@by_activation
@pytest.mark.parametrize("shape", [(1, 1), (3, 4), (2, 3, 2, 2), (5,)])
def test_an_activation_layer_is_the_function_and_its_slope(layer, function, shape):
    x = rng().uniform(0.1, 3, size=shape) * rng(1).choice([-1, 1], size=shape)  # away from the kink
    grad_out = rng(2).normal(size=shape)
    assert_array_equal(layer.forward(x), function(x))
    grad_x = layer.backward(grad_out)
    numerical = numerical_gradient(lambda x: (function(x) * grad_out).sum(), x)
    assert_allclose(grad_x, numerical, rtol=1e-7, atol=1e-9)


@by_activation
def test_an_activation_layer_keeps_float32_and_changes_nothing_in_place(layer, function):
    x, grad_out = rng().normal(size=(3, 2)).astype(np.float32), np.ones((3, 2), np.float32)
    before = x.copy()
    assert layer.forward(x).dtype == np.float32
    assert layer.backward(grad_out).dtype == np.float32
    assert_array_equal(x, before)
    assert (grad_out == 1).all()


def test_dropout_zeroes_a_share_and_keeps_the_expected_output():
    for p in (0.0, 0.2, 0.5, 0.9):
        layer = Dropout(p, rng())
        out = layer.forward(np.ones((400, 250), np.float32))
        assert out.dtype == np.float32
        assert set(np.unique(out)) <= {np.float32(0), np.float32(1 / (1 - p))}
        assert (out == 0).mean() == pytest.approx(p, abs=0.005)
        assert out.mean() == pytest.approx(1, abs=0.02)


def test_dropout_sends_gradients_back_through_the_very_mask_of_the_forward_pass():
    layer = Dropout(0.4, rng())
    x, grad_out = rng(1).normal(size=(6, 5)), rng(2).normal(size=(6, 5))
    out = layer.forward(x)
    grad_x = layer.backward(grad_out)
    assert_allclose(grad_x, grad_out * (out / x), rtol=1e-14)
    assert 0 < (out == 0).sum() < out.size
    assert (layer.forward(x) != out).any()  # a new mask every time


def test_dropout_lets_everything_pass_when_the_network_is_used():
    layer = Dropout(0.4, rng())
    layer.training = False
    x = rng(1).normal(size=(6, 5))
    assert_array_equal(layer.forward(x), x)
    assert_array_equal(layer.backward(2 * x), 2 * x)


@pytest.mark.parametrize("make", [lambda: Linear(3, 2, rng()), Sigmoid, lambda: Dropout(0.5, rng())])
def test_backward_before_forward_is_refused(make):
    with pytest.raises(RuntimeError, match=r"backward needs a forward pass before it: call forward\(x\) first"):
        make().backward(np.ones((1, 2)))


@pytest.mark.parametrize("make", [lambda: Linear(3, 2, rng()), Tanh, ELU, lambda: Dropout(0.5, rng())])
def test_a_gradient_of_another_shape_is_refused_and_leaves_the_layer_as_it_was(make):
    layer = make()
    out = layer.forward(np.ones((4, 3)))
    for shape in [(4, 5), (1, *out.shape[1:]), (), (out.size,)]:
        with pytest.raises(ValueError, match=r"each output needs one gradient"):
            layer.backward(np.ones(shape))
    assert getattr(layer, "grad_weight", None) is None


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: Linear(0, 2, rng()), ValueError, "in_features must be at least 1, not 0"),
        (lambda: Linear(2, 2.5, rng()), TypeError, "out_features must be a whole number, not 2.5"),
        (lambda: Linear(2, 2, 0), TypeError, r"random generator such as np.random.default_rng\(0\), not 0"),
        (lambda: Linear(2, 2, rng(), dtype=int), TypeError, "a float dtype such as np.float32, not int64"),
        (lambda: Linear(2, 2, rng(), gain=float("inf")), ValueError, "gain must be a finite number, not inf"),
        (lambda: Linear(2, 2, rng()).forward(np.ones(2)), ValueError, r"takes \(N, 2\), not \(2,\)"),
        (lambda: Linear(2, 2, rng()).forward(np.ones((4, 3))), ValueError, r"takes \(N, 2\), not \(4, 3\)"),
        (lambda: Linear(2, 2, rng()).forward(np.ones((0, 2))), ValueError, r"is empty: its shape is \(0, 2\)"),
        (lambda: Linear(2, 2, rng()).forward("ab"), TypeError, "the input must hold real numbers"),
        (lambda: LeakyReLU("a"), TypeError, "negative_slope must be a finite number, not 'a'"),
        (lambda: ELU(float("nan")), ValueError, "alpha must be a finite number, not nan"),
        (lambda: Dropout(1.0, rng()), ValueError, "p, the probability .* lies from 0 to below 1; 1.0 came"),
        (lambda: Dropout(-0.1, rng()), ValueError, "-0.1 came"),
        (lambda: Dropout("half", rng()), TypeError, "p must be a finite number"),
        (lambda: Dropout(0.5, 3), TypeError, "rng must be a random generator"),
        (lambda: Dropout(0.5, rng()).forward([]), ValueError, "the input is empty"),
        (lambda: ReLU().forward([[1], [2, 3]]), ValueError, "rows have different lengths"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_in_words(call, error, words):
    with pytest.raises(error, match=words):
        call()


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("bias", np.zeros(4), r"2 outputs need a bias \(2,\), not \(4,\)"), ("bias", 0.0, r"not \(\)"),
        ("weight", np.ones(3), r"a Linear layer is \(out_features, in_features\), not \(3,\)"),
        ("weight", None, "not None"),
    ],
)  # fmt: skip
def test_weights_that_do_not_fit_are_refused(name, value, words):
    layer = Linear(3, 2, rng())
    setattr(layer, name, value)
    with pytest.raises(ValueError, match=words):
        layer.forward(np.ones((2, 3)))


@pytest.mark.parametrize(
    "make",
    [
        lambda: Linear(2, 2, rng(), np.float16),
        lambda: Conv2d(2, 2, 1, rng(), dtype=np.float16),
        lambda: Subsample2d(2, 1, np.float16),
    ],
)
def test_half_precision_counts_beyond_2048(make):
    layer = make()
    layer.forward(np.ones((5000, 2, 1, 1) if not isinstance(layer, Linear) else (5000, 2), np.float16))
    layer.backward(np.ones(layer._out_shape, np.float16))
    assert layer.grad_bias.tolist() == [5000, 5000]
    assert (layer.grad_weight == 5000).all()


def test_an_input_that_is_refused_leaves_the_one_before():
    layer = Linear(2, 3, rng())
    layer.forward([[1.0, 2.0]])
    with pytest.raises(ValueError, match="this Linear layer takes"):
        layer.forward(np.ones((1, 5)))
    layer.backward(np.ones((1, 3)))
    assert layer.grad_weight.tolist() == [[1.0, 2.0]] * 3
