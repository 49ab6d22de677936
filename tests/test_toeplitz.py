"""The way by rows: against the loops and the way by columns, with infinities, in blocks, and where it is taken."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from course_lib import convolution, toeplitz
from course_lib.gradcheck import numerical_gradient

SMALL = {"stride": (2, 1), "padding": ((1, 0), (2, 1)), "dilation": (1, 2)}


@pytest.fixture
def calls(monkeypatch):
    """How often each function of the module is called."""
    counted = dict.fromkeys(("correlate", "gradient_of_x", "gradient_of_weight"), 0)

    def counting(name, function):
        def call(*arguments):
            counted[name] += 1
            return function(*arguments)

        return call

    for name in counted:
        monkeypatch.setattr(toeplitz, name, counting(name, getattr(toeplitz, name)))
    return counted


def arrays(seed, pictures=16, dtype=float):
    """(x, weight, settings, grad_out) at random."""
    rng = np.random.default_rng([16, seed])
    kernel, dilation, channels, filters = *rng.integers(1, 5, (1, 2)), rng.integers(1, 4, 2), *rng.integers(1, 4, 2)
    size = (kernel - 1) * dilation + 1 + rng.integers(0, 6, 2)
    x, weight = rng.normal(size=(pictures, channels, *size)), rng.normal(size=(filters, channels, *kernel))
    settings = {
        "stride": tuple(rng.integers(1, 4, 2).tolist()),
        "padding": tuple(map(tuple, rng.integers(0, 3, (2, 2)).tolist())),
        "dilation": tuple(dilation.tolist()),
    }
    grad_out = rng.normal(size=convolution.output_shape(x.shape, weight.shape, **settings))
    return x.astype(dtype), weight.astype(dtype), settings, grad_out.astype(dtype)


def transposed(grad_out, weight, settings, x):
    """The gradient with respect to x, as a transposed convolution of that size."""
    taps = [(size - 1) * spread + 1 for size, spread in zip(weight.shape[2:], settings["dilation"], strict=True)]
    sizes = zip(x.shape[2:], taps, settings["stride"], settings["padding"], strict=True)
    rest = tuple((size + sum(sides) - extent) % step for size, extent, step, sides in sizes)
    return convolution.conv_transpose2d_loops(grad_out, weight, output_padding=rest, **settings)


@pytest.mark.parametrize("seed", range(30))
def test_results_and_gradients_equal_the_loops(seed, calls):
    x, weight, settings, grad_out = arrays(seed)
    assert_allclose(convolution.conv2d(x, weight, **settings), convolution.conv2d_loops(x, weight, **settings),
                    rtol=1e-10, atol=1e-10)  # fmt: skip
    grad_x, grad_weight, _ = convolution.conv2d_backward(grad_out, x, weight, **settings)
    assert set(calls.values()) == {1}
    assert_allclose(grad_x, transposed(grad_out, weight, settings, x), rtol=1e-10, atol=1e-10)
    one_by_one = [
        convolution.conv2d_backward(grad_out[n : n + 1], x[n : n + 1], weight, **settings)[1] for n in range(len(x))
    ]
    assert set(calls.values()) == {1}  # single pictures go by columns
    assert_allclose(grad_weight, sum(one_by_one), rtol=1e-10, atol=1e-10)


def test_every_gradient_entry_is_the_numerical_one(calls):
    rng = np.random.default_rng(3)
    x, weight = rng.normal(size=(16, 2, 4, 5)), rng.normal(size=(2, 2, 2, 2))
    out = convolution.conv2d(x, weight, **SMALL)
    grad_out = rng.normal(size=out.shape)
    grad_x, grad_weight, _ = convolution.conv2d_backward(grad_out, x, weight, **SMALL)
    loss = lambda x, weight: (convolution.conv2d_loops(x, weight, **SMALL) * grad_out).sum()  # noqa: E731
    assert_allclose(grad_x, numerical_gradient(lambda x: loss(x, weight), x), rtol=1e-6, atol=1e-8)
    assert_allclose(grad_weight, numerical_gradient(lambda weight: loss(x, weight), weight), rtol=1e-6, atol=1e-8)
    assert set(calls.values()) == {1}


def test_single_precision_is_kept_and_right_to_a_hundred_thousandth(calls):
    x, weight, settings, _ = arrays(1, dtype=np.float32)
    found = convolution.conv2d(x, weight, **settings)
    expected = convolution.conv2d_loops(x.astype(float), weight.astype(float), **settings)
    assert found.dtype == np.float32
    assert found.flags.c_contiguous
    assert np.abs(found - expected).max() < 1e-5 * np.abs(expected).max()
    assert calls["correlate"] == 1


def test_transposed_convolutions_go_the_same_way(calls):
    rng = np.random.default_rng(5)
    x, weight = rng.normal(size=(16, 2, 3, 4)), rng.normal(size=(2, 3, 3, 2))
    settings = {"stride": 2, "padding": 1, "output_padding": 1}
    found = convolution.conv_transpose2d(x, weight, **settings)
    assert_allclose(found, convolution.conv_transpose2d_loops(x, weight, **settings), rtol=1e-10, atol=1e-10)
    grad_x, grad_weight, _ = convolution.conv_transpose2d_backward(np.ones_like(found), x, weight, **settings)
    assert set(calls.values()) == {1}
    loss = lambda x, weight: convolution.conv_transpose2d_loops(x, weight, **settings).sum()  # noqa: E731
    assert_allclose(grad_x, numerical_gradient(lambda x: loss(x, weight), x), rtol=1e-6, atol=1e-8)
    assert_allclose(grad_weight, numerical_gradient(lambda weight: loss(x, weight), weight), rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("wild", [np.inf, -np.inf, np.nan])
def test_an_infinity_reaches_only_the_windows_that_see_it(wild):
    rng = np.random.default_rng(7)
    x, weight = rng.normal(size=(16, 1, 6, 9)), rng.normal(size=(2, 1, 3, 3))
    x[4, 0, 2, 3] = wild
    with np.errstate(invalid="ignore"):
        found, expected = convolution.conv2d(x, weight), convolution.conv2d_loops(x, weight)
        grad_x, grad_weight, _ = convolution.conv2d_backward(x[:, :, :4, :7].repeat(2, axis=1), x, weight)
    assert_array_equal(np.isfinite(found), np.isfinite(expected))
    assert_allclose(found, expected, rtol=1e-10)
    assert np.isfinite(grad_x).sum() == grad_x.size - 9
    assert not np.isfinite(grad_weight).any()


def test_products_that_no_weight_takes_part_in_are_not_heard_of():
    x, grad_out = np.zeros((16, 1, 1, 2)), np.zeros((16, 1, 1, 2))
    x[:, :, :, 0], grad_out[:, :, :, 1] = 1e200, 1e200
    with np.errstate(over="raise", invalid="raise"):
        grad_weight = convolution.conv2d_backward(grad_out, x, np.ones((1, 1, 1, 1)))[1]
    assert_array_equal(grad_weight, [[[[0.0]]]])


@pytest.mark.parametrize("room", [1, 2000, 9000])
def test_blocks_of_any_size_give_the_same(room, monkeypatch):
    x, weight, settings, grad_out = arrays(2, pictures=21)
    expected = convolution.conv2d(x, weight, **settings), *convolution.conv2d_backward(grad_out, x, weight, **settings)
    monkeypatch.setattr(toeplitz, "_BLOCK_BYTES", room)
    found = convolution.conv2d(x, weight, **settings), *convolution.conv2d_backward(grad_out, x, weight, **settings)
    for ours, right in zip(found, expected, strict=True):
        assert_allclose(ours, right, rtol=1e-11, atol=1e-11)


def test_it_pays_for_lenet_and_not_for_alexnet():
    assert toeplitz.pays(32, (6, 1, 5, 5), 32, 28)  # C1
    assert toeplitz.pays(32, (120, 16, 5, 5), 5, 1)  # C5
    assert not toeplitz.pays(15, (6, 1, 5, 5), 32, 28)  # too few to share the matrix
    assert not toeplitz.pays(128, (256, 96, 5, 5), 31, 27)  # AlexNet's conv2
    assert toeplitz.pays(16, (32, 1, 1, 1), 64, 32)  # 65,536 numbers
    assert not toeplitz.pays(16, (32, 1, 1, 1), 65, 32)


def test_groups_and_few_pictures_go_by_columns(calls):
    rng = np.random.default_rng(8)
    convolution.conv2d(rng.normal(size=(16, 2, 4, 4)), rng.normal(size=(2, 1, 3, 3)), groups=2)
    convolution.conv2d(rng.normal(size=(15, 2, 4, 4)), rng.normal(size=(2, 2, 3, 3)))
    convolution.conv2d(rng.normal(size=(16, 2, 4, 4)), rng.normal(size=(2, 2, 3, 3)), algorithm="im2col")
    assert set(calls.values()) == {0}
