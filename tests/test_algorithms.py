"""The algorithms of conv2d against its loops and against each other; Winograd's matrices; accuracy; what is refused."""

import tracemalloc
from fractions import Fraction

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from course_lib import convolution, fourier, layers, winograd
from course_lib.gradcheck import numerical_gradient

EXACT = ["auto", "windows", "im2col", "fft"]
ALEXNET = {  # name: (channels, filters, size, kernel, padding, groups)
    "conv2": (96, 256, 27, 5, 2, 1), "conv2 in two towers": (96, 256, 27, 5, 2, 2), "conv3": (256, 384, 13, 3, 1, 1),
    "conv4": (384, 384, 13, 3, 1, 1), "conv5": (384, 256, 13, 3, 1, 1),
}  # fmt: skip


def error(found, expected):
    """The largest difference, relative to the largest number."""
    assert found.shape == expected.shape
    return np.abs(found - expected).max() / np.abs(expected).max()


def random_arrays(rng, kernel, room):
    """(x, weight, bias, groups) with a few channels; x is up to `room` pixels wider than the kernel."""
    groups = int(rng.choice([1, 1, 2, 3]))
    channels, filters = groups * rng.integers(1, 4, 2)
    x = rng.normal(size=(rng.integers(1, 4), channels, *(np.array(kernel) + rng.integers(0, room, 2))))
    return x, rng.normal(size=(filters, channels // groups, *kernel)), rng.normal(size=filters), groups


def any_configurations(seed, number):
    """Arrays and settings at random: any stride and dilation, padding different on each side."""
    rng = np.random.default_rng([14, seed])
    for _ in range(number):
        kernel, dilation = rng.integers(1, 5, 2), rng.integers(1, 4, 2)
        x, weight, bias, groups = random_arrays(rng, (kernel - 1) * dilation + 1, 6)
        weight = np.ascontiguousarray(weight[:, :, :: dilation[0], :: dilation[1]])
        padding = tuple(map(tuple, rng.integers(0, 3, (2, 2)).tolist()))
        settings = {"stride": tuple(rng.integers(1, 4, 2).tolist()), "padding": padding, "groups": groups}
        yield x, weight, bias, {**settings, "dilation": tuple(dilation.tolist())}


def winograd_configurations(seed, number):
    """Kernels 3 or 5 high and wide with stride 1; padding also wider than the kernel; sizes that no tile divides."""
    rng = np.random.default_rng([15, seed])
    for _ in range(number):
        x, weight, bias, groups = random_arrays(rng, rng.choice([3, 5], 2), 12)
        yield x, weight, bias, {"padding": tuple(map(tuple, rng.integers(0, 7, (2, 2)).tolist())), "groups": groups}


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("algorithm", EXACT)
def test_exact_algorithms_equal_the_loops(algorithm, seed):
    for x, weight, bias, settings in any_configurations(seed, 10):
        expected = convolution.conv2d_loops(x, weight, bias, **settings)
        found = convolution.conv2d(x, weight, bias, **settings, algorithm=algorithm)
        assert found.flags.c_contiguous
        assert error(found, expected) < 1e-10
        single = [array.astype(np.float32) for array in (x, weight, bias)]
        found = convolution.conv2d(*single, **settings, algorithm=algorithm)
        assert found.dtype == np.float32
        assert error(found, expected) < 1e-5


def test_loops_are_the_loops():
    for x, weight, bias, settings in any_configurations(0, 3):
        found = convolution.conv2d(x, weight, bias, **settings, algorithm="loops")
        assert error(found, convolution.conv2d_loops(x, weight, bias, **settings)) < 1e-14


@pytest.mark.parametrize("seed", range(8))
def test_winograd_equals_the_sums_as_they_are_written(seed):
    for x, weight, bias, settings in winograd_configurations(seed, 25):
        expected = convolution.conv2d(x, weight, bias, **settings)
        found = convolution.conv2d(x, weight, bias, **settings, algorithm="winograd")
        assert found.flags.c_contiguous
        assert error(found, expected) < 1e-11
        single = [array.astype(np.float32) for array in (x, weight, bias)]
        found = convolution.conv2d(*single, **settings, algorithm="winograd")
        assert found.dtype == np.float32
        assert error(found, expected) < 2e-4


@pytest.mark.parametrize("layer", ALEXNET)
def test_accuracy_on_the_layers_of_alexnet(layer):
    channels, filters, size, kernel, padding, groups = ALEXNET[layer]
    rng = np.random.default_rng(3)
    x = np.maximum(rng.normal(size=(1, channels, size, size)), 0)  # as a ReLU leaves it: the mean is not 0
    weight = rng.normal(size=(filters, channels // groups, kernel, kernel))
    expected = convolution.conv2d(x, weight, padding=padding, groups=groups)
    x, weight = x.astype(np.float32), weight.astype(np.float32)
    for algorithm, bound in (("auto", 1e-5), ("fft", 1e-5), ("winograd", 2e-4)):
        found = convolution.conv2d(x, weight, padding=padding, groups=groups, algorithm=algorithm)
        assert error(found, expected) < bound


def test_one_channel_one_filter_and_one_result_are_enough():
    x, weight = np.arange(25.0).reshape(1, 1, 5, 5), np.arange(25.0).reshape(1, 1, 5, 5) - 12
    for algorithm in ["loops", *EXACT, "winograd"]:
        assert_allclose(convolution.conv2d(x, weight, algorithm=algorithm), [[[[1300.0]]]], rtol=1e-12)


@pytest.mark.parametrize("algorithm", ["loops", *EXACT, "winograd"])
def test_arguments_stay_as_they_are_and_may_be_views_and_whole_numbers(algorithm):
    rng = np.random.default_rng(4)
    whole = rng.integers(-9, 9, (7, 9, 3, 2)), rng.integers(-9, 9, (5, 3, 3, 4))
    before = [array.copy() for array in whole]
    x, weight = whole[0].transpose(3, 2, 0, 1), whole[1].transpose(3, 2, 0, 1)[..., ::-1]  # (2, 3, 7, 9), (4, 3, 5, 3)
    found = convolution.conv2d(x, weight, algorithm=algorithm)
    assert found.dtype == np.float64
    assert error(found, convolution.conv2d_loops(x, weight)) < 1e-11
    for array, kept in zip(whole, before, strict=True):
        assert_array_equal(array, kept)


@pytest.mark.parametrize("algorithm", ["fft", "winograd"])
def test_half_precision_is_kept_and_only_the_result_is_rounded_to_it(algorithm):
    rng = np.random.default_rng(5)
    x, weight = rng.normal(size=(1, 8, 9, 9)).astype(np.float16), rng.normal(size=(2, 8, 3, 3)).astype(np.float16)
    found = convolution.conv2d(x, weight, algorithm=algorithm)
    assert found.dtype == np.float16
    assert error(found, convolution.conv2d(x.astype(float), weight.astype(float))) < 1e-3
    if algorithm == "winograd":
        grad_weight = winograd.weight_gradient(found, x, (3, 3))
        expected = winograd.weight_gradient(found.astype(float), x.astype(float), (3, 3))
        assert grad_weight.dtype == np.float16
        assert error(grad_weight, expected) < 1e-3


def test_each_name_means_its_own_algorithm():
    rng = np.random.default_rng(9)
    x, weight = rng.normal(size=(1, 4, 90, 90)), rng.normal(size=(2, 4, 5, 5))
    grad_out = rng.normal(size=(1, 2, 86, 86))
    assert_array_equal(convolution.conv2d(x, weight, algorithm="winograd"), winograd.correlate(x, weight))
    assert_array_equal(convolution.conv2d(x, weight, algorithm="fft"), fourier.correlate(x, weight))
    _, grad_weight, _ = convolution.conv2d_backward(grad_out, x, weight, algorithm="winograd")
    assert_array_equal(grad_weight, winograd.weight_gradient(grad_out, x, (5, 5)))


def peak_bytes(function):
    tracemalloc.start()
    function()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def test_columns_are_held_whole_or_block_by_block():
    x, weight = np.ones((1, 8, 180, 180)), np.ones((1, 8, 5, 5))
    columns = convolution.im2col(x, 5).nbytes
    for algorithm in ("windows", "im2col"):
        assert peak_bytes(lambda algorithm=algorithm: convolution.conv2d(x, weight, algorithm=algorithm)) > columns
    assert peak_bytes(lambda: convolution.conv2d(x, weight)) < columns / 2


def test_blocks_of_any_size_give_the_same(monkeypatch):
    arguments = list(winograd_configurations(20, 8))
    expected = [convolution.conv2d(x, weight, **settings) for x, weight, _, settings in arguments]
    for room in (1, 3000, 20000):  # from one row of tiles of one picture, and one filter, upwards
        monkeypatch.setattr(winograd, "_BLOCK_BYTES", room)
        monkeypatch.setattr(fourier, "_BLOCK_BYTES", room)
        for (x, weight, _, settings), right in zip(arguments, expected, strict=True):
            assert error(convolution.conv2d(x, weight, **settings, algorithm="winograd"), right) < 1e-11
            assert error(convolution.conv2d(x, weight, **settings, algorithm="fft"), right) < 1e-11
            grad_x, grad_weight, _ = convolution.conv2d_backward(right, x, weight, **settings, algorithm="winograd")
            auto_x, auto_weight, _ = convolution.conv2d_backward(right, x, weight, **settings)
            assert max(error(grad_x, auto_x), error(grad_weight, auto_weight)) < 1e-11


# Gradients


@pytest.mark.parametrize("seed", range(6))
def test_gradients_by_winograd_equal_the_others(seed):
    for x, weight, _, settings in winograd_configurations(30 + seed, 10):
        grad_out = np.random.default_rng(seed).normal(size=convolution.conv2d(x, weight, **settings).shape)
        expected = convolution.conv2d_backward(grad_out, x, weight, **settings)
        found = convolution.conv2d_backward(grad_out, x, weight, **settings, algorithm="winograd")
        single = [array.astype(np.float32) for array in (grad_out, x, weight)]
        rough = convolution.conv2d_backward(*single, **settings, algorithm="winograd")
        for right, double, float32 in zip(expected, found, rough, strict=True):
            assert error(double, right) < 1e-11
            assert error(float32, right) < 2e-4
            assert float32.dtype == np.float32
            assert double.flags.c_contiguous


def test_gradients_by_winograd_match_central_differences_in_every_entry():
    rng = np.random.default_rng(6)
    x, weight = rng.normal(size=(2, 4, 5, 6)), rng.normal(size=(2, 2, 3, 5))
    settings = {"padding": ((1, 0), (2, 5)), "groups": 2, "algorithm": "winograd"}
    grad_out = rng.normal(size=convolution.conv2d(x, weight, **settings).shape)
    grad_x, grad_weight, _ = convolution.conv2d_backward(grad_out, x, weight, **settings)
    expected = numerical_gradient(lambda x: (grad_out * convolution.conv2d(x, weight, **settings)).sum(), x)
    assert_allclose(grad_x, expected, rtol=0, atol=1e-7 * np.abs(expected).max())
    expected = numerical_gradient(lambda weight: (grad_out * convolution.conv2d(x, weight, **settings)).sum(), weight)
    assert_allclose(grad_weight, expected, rtol=0, atol=1e-7 * np.abs(expected).max())


def test_gradients_by_winograd_are_accurate_on_a_layer_of_alexnet():
    rng = np.random.default_rng(7)
    x, weight = np.maximum(rng.normal(size=(2, 256, 13, 13)), 0), rng.normal(size=(384, 256, 3, 3))
    grad_out = rng.normal(size=(2, 384, 13, 13))
    expected = convolution.conv2d_backward(grad_out, x, weight, padding=1)
    single = [array.astype(np.float32) for array in (grad_out, x, weight)]
    found = convolution.conv2d_backward(*single, padding=1, algorithm="winograd")
    assert error(found[0], expected[0]) < 2e-4
    assert error(found[1], expected[1]) < 2e-4


def test_a_first_layer_needs_no_gradient_of_x():
    x, weight, grad_out = np.ones((1, 1, 4, 4)), np.ones((1, 1, 3, 3)), np.ones((1, 1, 2, 2))
    grad_x, grad_weight, _ = convolution.conv2d_backward(grad_out, x, weight, to_x=False, algorithm="winograd")
    assert grad_x is None
    assert_allclose(grad_weight, np.full((1, 1, 3, 3), 4.0))


@pytest.mark.parametrize("algorithm", ["windows", "fft", "winograd"])
def test_a_layer_passes_its_algorithm_on(algorithm):
    rng = np.random.default_rng(8)
    plain = layers.Conv2d(3, 4, 3, np.random.default_rng(1), padding=1, dtype=np.float64)
    layer = layers.Conv2d(3, 4, 3, np.random.default_rng(1), padding=1, dtype=np.float64, algorithm=algorithm)
    x, grad_out = rng.normal(size=(2, 3, 7, 6)), rng.normal(size=(2, 4, 7, 6))
    found, right = layer.forward(x), plain.forward(x)
    assert error(found, right) < 1e-11
    assert_array_equal(found, convolution.conv2d(x, layer.weight, layer.bias, padding=1, algorithm=algorithm))
    assert error(layer.backward(grad_out), plain.backward(grad_out)) < 1e-11
    assert error(layer.grad_weight, plain.grad_weight) < 1e-11
    if algorithm == "winograd":  # its gradients are its own
        expected = convolution.conv2d_backward(grad_out, x, layer.weight, padding=1, algorithm="winograd")
        assert_array_equal(layer.grad_weight, expected[1])


# The parts


@pytest.mark.parametrize(("outputs", "taps"), [(1, 3), (2, 3), (4, 3), (4, 5), (3, 2), (6, 2)])
def test_winograds_matrices_give_a_correlation_exactly(outputs, taps):
    """Result i is the sum of g_u d_(i+u): the product of the three matrices is 1 just where j = i + u."""
    to_results, of_taps, of_numbers = winograd.matrices(outputs, taps)
    assert len(of_taps) == len(of_numbers) == outputs + taps - 1
    for i, u, j in np.ndindex(outputs, taps, outputs + taps - 1):
        places = zip(to_results[i], of_taps, of_numbers, strict=True)
        assert sum(one * g[u] * d[j] for one, g, d in places) == Fraction(j == i + u)


def test_winograds_matrices_are_those_of_lavin_and_gray():
    to_results, of_taps, of_numbers = winograd.matrices(4, 3)
    assert to_results == [[1, 1, 1, 1, 1, 0], [0, 1, -1, 2, -2, 0], [0, 1, 1, 4, 4, 0], [0, 1, -1, 8, -8, 1]]
    assert [[24 * number for number in row] for row in of_taps] == [
        [6, 0, 0], [-4, -4, -4], [-4, 4, -4], [1, 2, 4], [1, -2, 4], [0, 0, 24],
    ]  # fmt: skip
    assert of_numbers == [
        [4, 0, -5, 0, 1, 0], [0, -4, -4, 1, 1, 0], [0, 4, -4, -1, 1, 0],
        [0, -2, -1, 2, 1, 0], [0, 2, -1, -2, 1, 0], [0, 4, 0, -5, 0, 1],
    ]  # fmt: skip


def test_good_sizes_have_small_factors_and_are_the_next_ones():
    good = sorted({2**a * 3**b * 5**c for a in range(11) for b in range(7) for c in range(5)})
    for size in range(1, 1025):
        assert fourier.good_size(size) == next(number for number in good if number >= size)


def test_a_nan_is_never_lost():
    x, weight = np.zeros((2, 1, 9, 9)), np.ones((1, 1, 3, 3))
    x[0, 0, 4, 4] = np.nan
    for algorithm in ["loops", *EXACT, "winograd"]:
        out = convolution.conv2d(x, weight, algorithm=algorithm)
        assert np.isnan(out[0, 0, 2:5, 2:5]).all()
        assert_array_equal(out[1], 0)  # the other picture


# What is refused


def test_more_points_than_there_are_are_refused():
    assert len(winograd.matrices(6, 3)[2]) == 8
    with pytest.raises(ValueError, match="5 results of 5 taps need 8 points; there are 7"):
        winograd.matrices(5, 5)


def test_a_good_size_is_found_however_far_it_is():
    assert fourier.good_size(100_001) == 101_250 == 2 * 3**4 * 5**4
    with pytest.raises(ValueError, match="size must be at least 1, not 0"):
        fourier.good_size(0)


def test_an_unknown_algorithm_is_refused_with_the_list():
    x, weight = np.ones((1, 1, 4, 4)), np.ones((1, 1, 3, 3))
    with pytest.raises(ValueError, match="no algorithm 'winogard'; use one of auto, loops, windows, im2col, fft, wino"):
        convolution.conv2d(x, weight, algorithm="winogard")
    with pytest.raises(ValueError, match="no algorithm 'winogard'"):
        layers.Conv2d(1, 1, 3, np.random.default_rng(0), algorithm="winogard").forward(x)


@pytest.mark.parametrize(
    ("kernel", "settings", "words"),
    [
        ((3, 3), {"stride": 2}, r"3x3 with stride \(2, 2\) and dilation \(1, 1\)"),
        ((3, 5), {"dilation": (1, 2)}, r"3x5 with stride \(1, 1\) and dilation \(1, 2\)"),
        ((7, 7), {}, "7x7 with stride"),
        ((1, 3), {}, "1x3 with stride"),
        ((3, 4), {}, "3x4 with stride"),
    ],
)
def test_winograd_refuses_what_it_cannot_do_and_says_what_would(kernel, settings, words):
    x, weight = np.ones((1, 1, 12, 12)), np.ones((1, 1, *kernel))
    with pytest.raises(ValueError, match=f'kernels 3 or 5 high.*{words}.*: algorithm="auto" computes any'):
        convolution.conv2d(x, weight, **settings, algorithm="winograd")
    grad_out = np.ones(convolution.output_shape(x.shape, weight.shape, **settings))
    with pytest.raises(ValueError, match=words):
        convolution.conv2d_backward(grad_out, x, weight, **settings, algorithm="winograd")


def test_gradients_are_auto_or_winograd():
    x, weight = np.ones((1, 1, 4, 4)), np.ones((1, 1, 3, 3))
    with pytest.raises(ValueError, match='gradients are computed by the algorithm "auto" or "winograd", not \'fft\''):
        convolution.conv2d_backward(np.ones((1, 1, 2, 2)), x, weight, algorithm="fft")
