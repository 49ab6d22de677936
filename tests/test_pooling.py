"""Pooling against loops, central differences and by hand; ties, padding, odd shapes; what is refused."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from course_lib import backend, pooling

SEEDS = range(20)
CONFIGURATIONS_PER_SEED = 40
KINDS = ("max", "avg", "lp")


def functions(kind):
    name = f"{kind}_pool2d"
    return [getattr(pooling, full) for full in (name, f"{name}_loops", f"{name}_backward")]


def random_pair(rng, low, high):
    return int(rng.integers(low, high)) if rng.random() < 0.5 else tuple(rng.integers(low, high, 2).tolist())


def random_padding(rng):
    if rng.random() < 0.3:
        return str(rng.choice(["valid", "same"]))
    return random_pair(rng, 0, 3) if rng.random() < 0.6 else tuple(map(tuple, rng.integers(0, 3, (2, 2)).tolist()))


def configurations(seed, kind):
    """Settings that fit, at random: (x, the settings in the functions' order)."""
    rng = np.random.default_rng([seed, KINDS.index(kind)])
    found = 0
    while found < CONFIGURATIONS_PER_SEED:
        x = rng.permutation(rng.integers(1, 3) * 2 * 49 * 4)[: 2 * 2 * 7 * 6] / 10 - 4  # all different: no ties
        x = x.reshape(2, 2, 7, 6)[: rng.integers(1, 3), :, : rng.integers(1, 8), : rng.integers(1, 7)]
        settings = [random_pair(rng, 1, 5), random_pair(rng, 1, 4) if rng.random() < 0.7 else None, random_padding(rng)]
        if kind == "max":
            settings += [random_pair(rng, 1, 3), bool(rng.integers(2))]
        elif kind == "avg":
            settings += [bool(rng.integers(2)), bool(rng.integers(2))]
        else:
            settings = [float(rng.choice([1, 2, 3.5, 5])), *settings, bool(rng.integers(2))]
        try:
            functions(kind)[0](x, *settings)
        except ValueError:
            continue
        found += 1
        yield x, settings


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("kind", KINDS)
def test_forward_equals_the_loops(seed, kind):
    forward, loops, _ = functions(kind)
    for x, settings in configurations(seed, kind):
        expected = loops(x, *settings)
        assert_allclose(forward(x, *settings), expected, rtol=1e-10, atol=1e-12)
        single = forward(x.astype(np.float32), *settings)
        assert single.dtype == np.float32
        assert_allclose(single, expected, rtol=1e-5, atol=1e-5)
        if kind == "max":
            found, wanted = (f(x, *settings, return_indices=True)[1] for f in (forward, loops))
            assert_array_equal(found, wanted)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("kind", KINDS)
def test_backward_agrees_with_central_differences(seed, kind):
    forward, _, backward = functions(kind)
    for number, (x, settings) in enumerate(configurations(seed, kind)):
        if number % 4:
            continue  # one in four: every entry is moved twice
        x = x + 0.037  # away from |x| = 0
        grad_out = np.random.default_rng(seed).normal(size=forward(x, *settings).shape)
        found = backward(grad_out, x, *settings)
        assert_allclose(found, central_differences(forward, grad_out, x, settings), rtol=1e-7, atol=1e-7)


def central_differences(forward, grad_out, x, settings, step=1e-5):
    """The gradient of (grad_out * forward(x)).sum(): of each example a batch, in every copy another entry moved."""
    moves = step * np.eye(x[0].size).reshape(-1, *x[0].shape)

    def sums(example, weights, moves):
        return (weights * forward(example + moves, *settings)).sum(axis=(1, 2, 3))

    pairs = zip(x, grad_out, strict=True)
    return np.reshape([(sums(*pair, moves) - sums(*pair, -moves)) / (2 * step) for pair in pairs], x.shape)


def test_torch_agrees_where_it_is_installed():
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    compared = 0
    for seed in range(8):
        for kind in ("max", "avg"):
            for x, settings in configurations(seed, kind):
                kernel, padding = np.broadcast_to(settings[0], 2), settings[2]
                sides = isinstance(padding, str) or (isinstance(padding, tuple) and isinstance(padding[0], tuple))
                if sides or (2 * np.broadcast_to(padding, 2) > kernel).any():
                    continue  # PyTorch pads alike on both sides and by half the kernel at most
                tensor = torch.from_numpy(x.copy()).requires_grad_()
                out = getattr(torch.nn.functional, f"{kind}_pool2d")(tensor, *settings)
                forward, _, backward = functions(kind)
                assert_allclose(forward(x, *settings), out.detach().numpy(), rtol=1e-10)
                out.backward(torch.ones_like(out))
                assert_allclose(backward(np.ones(out.shape), x, *settings), tensor.grad.numpy(), rtol=1e-10)
                compared += 1
    assert compared > 100


def test_the_first_of_equal_numbers_wins_in_reading_order():
    x = np.array([[[[1, 2, 2], [2, 2, 1], [0, 2, 2]]]])
    out, indices = pooling.max_pool2d(x, 2, stride=1, return_indices=True)
    assert out.tolist() == [[[[2, 2], [2, 2]]]]
    assert indices.tolist() == [[[[1, 1], [3, 4]]]]
    grad = pooling.max_pool2d_backward(np.array([[[[1, 10], [100, 1000]]]]), x, 2, stride=1)
    assert grad.tolist() == [[[[0, 11, 0], [100, 1000, 0], [0, 0, 0]]]]


@pytest.mark.parametrize("value", [-5.0, -np.inf])
def test_padding_never_wins(value):
    x = np.full((1, 1, 3, 3), value)
    out, indices = pooling.max_pool2d(x, 3, stride=2, padding=2, return_indices=True)
    assert (out == value).all()
    assert indices.tolist() == [[[[0, 0, 2], [0, 0, 2], [6, 6, 8]]]]
    grad = pooling.max_pool2d_backward(np.ones((1, 1, 3, 3)), x, 3, stride=2, padding=2)
    assert grad.tolist() == [[[[4, 0, 2], [0, 0, 0], [2, 0, 1]]]]


def test_not_a_number_is_shown_and_not_hidden():
    x = np.array([[[[1.0, np.nan, 3.0, 4.0]]]])
    assert np.isnan(pooling.max_pool2d(x, (1, 2))).tolist() == [[[[True, False]]]]


def test_half_precision_is_averaged_without_overflow():
    """The sum is 149,460 here, and a window holds more pixels than float16 can count; it ends at 65,504."""
    x = np.full((1, 1, 47, 53), 60, np.float16)
    mean, grad = (
        pooling.avg_pool2d(x, (47, 53)),
        pooling.avg_pool2d_backward(np.full((1, 1, 1, 1), 2491.0), x, (47, 53)),
    )
    assert (mean.dtype, mean.tolist()) == (np.float16, [[[[60.0]]]])
    assert (grad.dtype, np.unique(grad).tolist()) == (np.float16, [1.0])


@pytest.mark.parametrize("function", [pooling.max_pool2d, pooling.avg_pool2d])
def test_the_result_shares_no_memory_with_x_and_lies_in_order(function):
    x = np.arange(48.0).reshape(4, 4, 3, 1).transpose(3, 2, 0, 1)  # a view, channels last in memory
    for kernel, stride in ((1, 1), ((1, 2), 1), (2, 2)):
        before, out = x.copy(), function(x, kernel, stride)
        assert out.flags.c_contiguous
        out[...] = -1
        assert_array_equal(x, before)


def test_ceil_mode_lets_a_window_hang_over_but_not_start_in_the_padding():
    x = np.arange(1.0, 8.0).reshape(1, 1, 1, 7)
    assert pooling.max_pool2d(x, (1, 2)).tolist() == [[[[2, 4, 6]]]]
    assert pooling.max_pool2d(x, (1, 2), ceil_mode=True).tolist() == [[[[2, 4, 6, 7]]]]
    assert pooling.max_pool2d(x[..., :6], (1, 2), padding=((0, 0), (0, 1)), ceil_mode=True).tolist() == [[[[2, 4, 6]]]]
    means = pooling.avg_pool2d(x, (1, 2), ceil_mode=True)
    assert means.tolist() == [[[[1.5, 3.5, 5.5, 7.0]]]]


def test_zeros_of_the_padding_count_or_not():
    x = np.full((1, 1, 2, 2), 12.0)
    assert pooling.avg_pool2d(x, 2, padding=1).tolist() == [[[[3, 3], [3, 3]]]]
    assert pooling.avg_pool2d(x, 2, padding=1, count_include_pad=False).tolist() == [[[[12, 12], [12, 12]]]]


def test_the_p_norm_runs_from_the_sum_to_the_largest():
    x = np.array([[[[1.0, 2.0], [3.0, -10.0]]]])
    norms = [float(pooling.lp_pool2d(x, p, 2).squeeze()) for p in (1, 2, 5, 1000)]
    assert_allclose(norms, [16, np.sqrt(114), (1 + 32 + 243 + 10**5) ** 0.2, 10], rtol=1e-12)
    assert norms == sorted(norms, reverse=True)
    means = [float(pooling.lp_pool2d(x, p, 2, mean=True).squeeze()) for p in (1, 2, 5, 1000)]
    assert means == sorted(means)
    assert means[0] == 4
    assert_allclose(pooling.lp_pool2d(x * 1e300, 5, 2), norms[2] * 1e300)


def test_a_window_of_zeros_gets_no_gradient_from_the_p_norm():
    for p in (1, 2, 7):
        assert (pooling.lp_pool2d_backward(np.ones((1, 1, 1, 1)), np.zeros((1, 1, 2, 2)), p, 2) == 0).all()


def test_pixels_that_no_window_reaches_get_no_gradient():
    x = np.arange(25.0).reshape(1, 1, 5, 5)
    grad = pooling.avg_pool2d_backward(np.ones((1, 1, 2, 2)), x, 2)
    assert (grad[..., 4] == 0).all()
    assert (grad[..., :4, :4] == 0.25).all()


def test_nothing_is_changed_in_place_and_whole_numbers_are_welcome():
    x = np.arange(16).reshape(1, 1, 4, 4)
    before = x.copy()
    for kind, settings in (("max", [2]), ("avg", [2]), ("lp", [2, 2])):
        forward, _, backward = functions(kind)
        out = forward(x, *settings)
        assert out.dtype == np.float64
        backward(out, x, *settings)
        assert_array_equal(x, before)


X = np.zeros((1, 2, 4, 4))
REFUSED = [
    (X[0], [2], ValueError, r"x is \(N, C, H, W\), not of shape \(2, 4, 4\); for a single picture"),
    (X[:0], [2], ValueError, "the x is empty"),
    (X, [0], ValueError, "kernel_size must be at least 1"),
    (X, [5], ValueError, "a kernel that spans 5 pixels does not fit into 4"),
    (X, [2, 0], ValueError, "stride must be at least 1"),
    (X, [2, 1.5], TypeError, "stride must be a whole number, not 1.5"),
    (X, [2, 2, 2], ValueError, "padding of 2 leaves windows of 2 pixels without any picture"),
    (X, [2, 2, -1], ValueError, "padding must be at least 0"),
    (X, [2, 2, "some"], ValueError, 'padding is "valid", "same", "full" or in numbers'),
]


@pytest.mark.parametrize(("x", "settings", "error", "message"), REFUSED)
def test_what_does_not_fit_is_refused_in_words(x, settings, error, message):
    for function in (pooling.max_pool2d, pooling.avg_pool2d, pooling.max_pool2d_loops, pooling.avg_pool2d_loops):
        with pytest.raises(error, match=message):
            function(x, *settings)
    for function in (pooling.lp_pool2d, pooling.lp_pool2d_loops):
        with pytest.raises(error, match=message):
            function(x, 2, *settings)


def test_an_infinite_gradient_goes_to_the_winner_and_to_nobody_else():
    for stride in (1, 2):  # with 1 the windows overlap
        x = np.array([[[[1.0, 2, 0], [3, 4, 0]]]])
        out = pooling.max_pool2d(x, 2, stride)
        grad = pooling.max_pool2d_backward(np.full(out.shape, np.inf), x, 2, stride)
        assert grad.tolist() == [[[[0, 0, 0], [0, np.inf, 0]]]]


@pytest.mark.parametrize("shape", [(1, 3, -8, 5), 8, (3, 8, 5)])
def test_the_output_shape_of_what_is_no_batch_is_refused(shape):
    with pytest.raises(ValueError, match=r"each size of x must be at least 1, not -8|x is \(N, C, H, W\)"):
        pooling.output_shape(shape, 2)


def test_windows_on_padding_alone_and_gradients_of_a_wrong_shape_are_refused():
    with pytest.raises(ValueError, match="a window lies on padding alone"):
        pooling.max_pool2d(X[..., :1, :1], 2, 1, 2, dilation=3)
    with pytest.raises(ValueError, match=r"grad_out has the shape \(1, 2, 3, 3\); .* must be \(1, 2, 2, 2\)"):
        pooling.max_pool2d_backward(np.zeros((1, 2, 3, 3)), X, 2)


@pytest.mark.parametrize(
    ("p", "error", "words"),
    [
        (0.5, ValueError, "p must be at least 1, not 0.5"),
        (np.inf, ValueError, "p must be finite; for the largest number of a window, use max_pool2d"),
        (np.nan, ValueError, "p must be a finite number, not nan"),
        (True, TypeError, "p must be a finite number, not True"),
        ("2", TypeError, "p must be a finite number, not '2'"),
    ],
)
def test_a_power_that_makes_no_norm_is_refused(p, error, words):
    with pytest.raises(error, match=words):
        pooling.lp_pool2d(X, p, 2)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_large_windows_tell_their_winners_places_and_give_them_the_gradient(dtype):
    """A byte could count 256 of a window's 374 places."""
    x = np.random.default_rng(1).permutation(1200).reshape(2, 1, 24, 25).astype(dtype)
    out, indices = pooling.max_pool2d(x, (17, 22), 5, return_indices=True)
    expected = pooling.max_pool2d_loops(x, (17, 22), 5, return_indices=True)
    assert_array_equal(out, expected[0])
    assert_array_equal(indices, expected[1])
    grad = pooling.max_pool2d_backward(np.ones(out.shape), x, (17, 22), 5)
    assert grad.dtype == dtype
    counts = [np.bincount(places.ravel(), minlength=600) for places in indices]
    assert_array_equal(grad.reshape(2, -1), counts)


def test_nan_is_shown_by_the_loops_too_and_its_last_place_is_told_and_given_the_gradient():
    x = np.array([[[[1.0, np.nan, 3.0], [np.nan, 2.0, 5.0]]]])
    for function in (pooling.max_pool2d, pooling.max_pool2d_loops):
        out, indices = function(x, 2, stride=1, return_indices=True)
        assert np.isnan(out).all()
        assert indices.tolist() == [[[[3, 1]]]]
    assert pooling.max_pool2d_backward([[[[10, 20]]]], x, 2, stride=1).tolist() == [[[[0, 20, 0], [10, 0, 0]]]]


@pytest.mark.parametrize("mean", [False, True])
def test_a_norm_with_infinity_is_infinite_without_a_warning(mean):
    x = np.array([[[[np.inf, 1.0, 2.0, 0.0], [2.0, 3.0, 0.0, 0.0]]]])
    found, expected = pooling.lp_pool2d(x, 2, 2, mean=mean), pooling.lp_pool2d_loops(x, 2, 2, mean=mean)
    assert_array_equal(found, expected)
    assert found[0, 0, 0, 0] == np.inf


def test_pictures_taken_one_by_one_or_two_by_two_give_the_same(monkeypatch):
    rng = np.random.default_rng(0)
    x, grad_out = rng.normal(size=(5, 3, 6, 7)), rng.normal(size=(5, 3, 3, 3))
    means, gradient = pooling.avg_pool2d(x, 3, 2, 1), pooling.max_pool2d_backward(grad_out, x, 2)
    largest = pooling.max_pool2d(x, 2, return_indices=True)
    for pictures in (0.5, 1, 2, 3):
        monkeypatch.setattr(backend, "_CACHE_BYTES", int(pictures * x[0].nbytes))
        assert_array_equal(pooling.avg_pool2d(x, 3, 2, 1), means)
        assert_array_equal(pooling.max_pool2d_backward(grad_out, x, 2), gradient)
        assert_array_equal(pooling.max_pool2d(x, 2, return_indices=True), largest)


def test_a_place_that_won_nothing_gets_no_minus_zero():
    x, grad_out = np.arange(49.0).reshape(1, 1, 7, 7), -np.ones((1, 1, 3, 3))
    assert np.signbit(pooling.max_pool2d_backward(grad_out, x, 3, 2)).sum() == 9
    found = pooling.max_pool2d_backward([[[[-1.0]]]], [[[[1, 2], [3, 4]]]], 2)
    assert str(found.tolist()) == "[[[[0.0, 0.0], [0.0, -1.0]]]]"


def test_norms_of_large_windows_in_half_precision_count_on():
    norms = pooling.lp_pool2d(np.ones((1, 1, 64, 64), np.float16), 1, 64)
    assert (norms.dtype, norms.tolist()) == (np.float16, [[[[4096.0]]]])
    x = np.full((1, 1, 64, 64), 60000, np.float16)
    assert pooling.lp_pool2d(x, 2, 64, mean=True).tolist() == [[[[60000.0]]]]
