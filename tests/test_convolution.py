"""Convolution and its transpose against loops, matrices and central differences; odd shapes; what is refused."""

import itertools
import math
import types

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from course_lib import convolution, shapes
from course_lib.gradcheck import numerical_gradient

SEEDS = range(20)
CONFIGURATIONS_PER_SEED = 60


def random_padding(rng, transposed):
    kinds = [
        int(rng.integers(0, 3)),
        tuple(rng.integers(0, 3, 2).tolist()),
        tuple(map(tuple, rng.integers(0, 3, (2, 2)).tolist())),
        "valid",
        "same",
        "full",
    ]
    return kinds[rng.integers(0, 3 if transposed else 6)]


def random_pair(rng, low, high):
    return int(rng.integers(low, high)) if rng.random() < 0.5 else tuple(rng.integers(low, high, 2).tolist())


def configurations(seed, transposed=False):
    """Settings that fit, at random: (x, weight, bias, settings by name)."""
    rng = np.random.default_rng([seed, transposed])
    found = 0
    while found < CONFIGURATIONS_PER_SEED:
        groups = int(rng.choice([1, 1, 2, 3]))
        first, second = groups * rng.integers(1, 3, 2)
        kernel = rng.integers(1, 5, 2)
        x = rng.normal(size=(rng.integers(1, 3), first, *rng.integers(1, 8, 2)))
        settings = {
            "stride": random_pair(rng, 1, 4),
            "padding": random_padding(rng, transposed),
            "dilation": random_pair(rng, 1, 4),
            "groups": groups,
        }
        if transposed:
            settings["output_padding"] = random_pair(rng, 0, 3)
            weight = rng.normal(size=(first, second // groups, *kernel))
        else:
            weight = rng.normal(size=(second, first // groups, *kernel))
        bias = rng.normal(size=second) if rng.random() < 0.5 else None
        function = convolution.conv_transpose2d if transposed else convolution.conv2d
        try:
            function(x, weight, bias, **settings)
        except ValueError:
            continue
        found += 1
        yield x, weight, bias, settings


def assert_close(found, expected, tolerance):
    assert found.shape == expected.shape
    assert_allclose(found, expected, rtol=0, atol=tolerance * max(1, np.abs(expected).max()))


def like_a_gpu(monkeypatch):
    """From here on convolution takes the ways it has for arrays on a GPU; NumPy walks them, under another name."""
    monkeypatch.setattr(convolution, "array_module", lambda *arrays: types.SimpleNamespace(**vars(np)))


def backward_loops(grad_out, x, weight, loops, settings):
    """Gradients from the loop version alone: it is linear in x and in weight, so units show what each entry does."""
    grad_x, grad_weight = np.zeros_like(x), np.zeros_like(weight)
    for place in np.ndindex(x.shape):
        unit = np.zeros_like(x)
        unit[place] = 1
        grad_x[place] = (grad_out * loops(unit, weight, None, **settings)).sum()
    for place in np.ndindex(weight.shape):
        unit = np.zeros_like(weight)
        unit[place] = 1
        grad_weight[place] = (grad_out * loops(x, unit, None, **settings)).sum()
    return grad_x, grad_weight, grad_out.sum(axis=(0, 2, 3))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("transposed", [False, True], ids=["conv2d", "conv_transpose2d"])
def test_forward_equals_the_loops(seed, transposed):
    name = "conv_transpose2d" if transposed else "conv2d"
    fast, loops = getattr(convolution, name), getattr(convolution, f"{name}_loops")
    for x, weight, bias, settings in configurations(seed, transposed):
        expected = loops(x, weight, bias, **settings)
        assert_close(fast(x, weight, bias, **settings), expected, 1e-10)
        single = [None if array is None else array.astype(np.float32) for array in (x, weight, bias)]
        found = fast(*single, **settings)
        assert found.dtype == np.float32
        assert_close(found, expected, 1e-5)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("transposed", [False, True], ids=["conv2d", "conv_transpose2d"])
def test_the_ways_of_a_gpu_lead_to_the_same(monkeypatch, seed, transposed):
    name, rng = "conv_transpose2d" if transposed else "conv2d", np.random.default_rng(seed)
    forward, backward = getattr(convolution, name), getattr(convolution, f"{name}_backward")
    by_numpy = []
    for x, weight, bias, settings in configurations(seed, transposed):
        out = forward(x, weight, bias, **settings)
        grad_out = rng.normal(size=out.shape)
        by_numpy.append((x, weight, bias, settings, out, grad_out, backward(grad_out, x, weight, **settings)))
    like_a_gpu(monkeypatch)
    for x, weight, bias, settings, out, grad_out, gradients in by_numpy:
        assert_close(forward(x, weight, bias, **settings), out, 1e-12)
        for one, other in zip(backward(grad_out, x, weight, **settings), gradients, strict=True):
            assert_close(one, other, 1e-12)


@pytest.mark.parametrize("seed", SEEDS)
def test_backward_is_the_transpose_of_forward(seed):
    """<conv(x, w), g> = <x, grad_x> = <w, grad_w>, for each of the configurations and for its transpose."""
    for transposed in (False, True):
        name = "conv_transpose2d" if transposed else "conv2d"
        forward, backward = getattr(convolution, name), getattr(convolution, f"{name}_backward")
        for x, weight, _, settings in configurations(seed, transposed):
            out = forward(x, weight, **settings)
            grad_out = np.random.default_rng(seed).normal(size=out.shape)
            grad_x, grad_weight, grad_bias = backward(grad_out, x, weight, **settings)
            assert (grad_x.shape, grad_weight.shape) == (x.shape, weight.shape)
            scale = 1e-10 * max(1, np.abs(out).sum())
            assert abs((out * grad_out).sum() - (x * grad_x).sum()) < scale
            assert abs((out * grad_out).sum() - (weight * grad_weight).sum()) < scale
            assert_allclose(grad_bias, grad_out.sum(axis=(0, 2, 3)), atol=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("transposed", [False, True], ids=["conv2d", "conv_transpose2d"])
def test_backward_equals_the_loops_entry_by_entry(seed, transposed):
    name = "conv_transpose2d" if transposed else "conv2d"
    loops = getattr(convolution, f"{name}_loops")
    for x, weight, _, settings in itertools.islice(configurations(seed, transposed), 5):
        grad_out = np.random.default_rng(seed).normal(size=loops(x, weight, **settings).shape)
        expected = backward_loops(grad_out, x, weight, loops, settings)
        found = getattr(convolution, f"{name}_backward")(grad_out, x, weight, **settings)
        for one, other in zip(found, expected, strict=True):
            assert_close(one, other, 1e-10)


@pytest.mark.parametrize("transposed", [False, True], ids=["conv2d", "conv_transpose2d"])
def test_gradients_match_central_differences_in_every_entry(transposed):
    rng = np.random.default_rng(5)
    name = "conv_transpose2d" if transposed else "conv2d"
    forward, backward = getattr(convolution, name), getattr(convolution, f"{name}_backward")
    settings = {"stride": (2, 1), "padding": ((1, 0), (2, 1)), "dilation": (1, 2), "groups": 2}
    x, weight, bias = rng.normal(size=(2, 4, 5, 6)), rng.normal(size=(4, 2, 3, 2)), rng.normal(size=4)
    grad_out = rng.normal(size=forward(x, weight, bias, **settings).shape)
    found = backward(grad_out, x, weight, **settings)
    for place in range(3):

        def loss(changed, place=place):
            arrays = [x, weight, bias]
            arrays[place] = changed
            return (grad_out * forward(*arrays, **settings)).sum()

        assert_allclose(found[place], numerical_gradient(loss, [x, weight, bias][place]), rtol=1e-7, atol=1e-8)


def test_scipy_agrees_where_it_can():
    signal = pytest.importorskip("scipy.signal")
    rng = np.random.default_rng(0)
    x, weight = rng.normal(size=(2, 3, 7, 9)), rng.normal(size=(4, 3, 3, 4))
    for mode in ("valid", "full"):
        expected = [[sum(map(lambda a, b: signal.correlate2d(a, b, mode), one, w)) for w in weight] for one in x]
        assert_allclose(convolution.conv2d(x, weight, padding=mode), expected, atol=1e-12)


@pytest.mark.parametrize("seed", range(4))
def test_torch_agrees_where_it_is_installed(seed):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    for transposed in (False, True):
        name = "conv_transpose2d" if transposed else "conv2d"
        for x, weight, bias, settings in configurations(seed, transposed):
            padding = settings["padding"]
            if isinstance(padding, str) or (isinstance(padding, tuple) and isinstance(padding[0], tuple)):
                continue  # PyTorch has neither "full" nor sides apart, and "same" for stride 1 only
            tensors = [None if a is None else torch.from_numpy(a).requires_grad_() for a in (x, weight, bias)]
            out = getattr(torch.nn.functional, name)(*tensors, **settings)
            assert_close(getattr(convolution, name)(x, weight, bias, **settings), out.detach().numpy(), 1e-10)
            grad_out = np.random.default_rng(seed).normal(size=tuple(out.shape))
            out.backward(torch.from_numpy(grad_out))
            found = getattr(convolution, f"{name}_backward")(grad_out, x, weight, **settings)
            assert_close(found[0], tensors[0].grad.numpy(), 1e-10)
            assert_close(found[1], tensors[1].grad.numpy(), 1e-10)


@pytest.mark.parametrize("batch", [5, 19])
@pytest.mark.parametrize("block_bytes", [1, 2500, 5000, 100_000])  # a sample's columns take 4608
@pytest.mark.parametrize("blocks_of", ["_BLOCK_BYTES", "_GPU_BLOCK_BYTES"])
def test_the_size_of_the_blocks_changes_nothing(monkeypatch, blocks_of, block_bytes, batch):
    rng = np.random.default_rng(1)
    x, weight = rng.normal(size=(batch, 4, 9, 11)), rng.normal(size=(6, 2, 3, 3))
    settings = {"stride": (2, 3), "padding": ((1, 0), (2, 3)), "dilation": (1, 2), "groups": 2}
    expected = convolution.conv2d_loops(x, weight, **settings)
    grad_out = rng.normal(size=expected.shape)
    gradients = convolution.conv2d_backward(grad_out, x, weight, **settings)
    monkeypatch.setattr(convolution, blocks_of, block_bytes)
    if blocks_of == "_GPU_BLOCK_BYTES":
        like_a_gpu(monkeypatch)
    assert_allclose(convolution.conv2d(x, weight, **settings), expected, atol=1e-12)
    for found, wanted in zip(convolution.conv2d_backward(grad_out, x, weight, **settings), gradients, strict=True):
        assert_allclose(found, wanted, atol=1e-12)


@pytest.mark.parametrize(
    ("x_shape", "weight_shape", "settings", "samples"),
    [
        ((8, 3, 227, 227), (96, 3, 11, 11), {"stride": 4}, 1),  # 4.4 MB a sample, rows of 55
        ((8, 96, 27, 27), (256, 96, 5, 5), {"padding": 2}, 3),  # 7 MB, rows of 27
        ((8, 384, 13, 13), (256, 384, 3, 3), {"padding": 1}, 8),  # 2.3 MB, rows of 13
        ((32, 1, 32, 32), (6, 1, 5, 5), {}, 32),  # 78 kB
        ((3, 512, 224, 224), (64, 512, 3, 3), {"padding": 1}, 1),  # 925 MB
    ],
)
def test_samples_are_joined_as_far_as_memory_goes_and_runs_are_short(x_shape, weight_shape, settings, samples):
    plan = convolution._plan(
        x_shape, weight_shape, **{"stride": 1, "padding": 0, "dilation": 1, "groups": 1, **settings}
    )
    assert convolution._samples_together(plan, np.broadcast_to(np.float32(0), x_shape)) == samples


def test_a_gpu_gets_larger_blocks(monkeypatch):
    x = np.ones((40, 96, 29, 29), np.float32)
    plan = convolution._plan(x.shape, (256, 96, 5, 5), 1, 1, 1, 1)  # 7 MB of columns a sample
    assert convolution._samples_together(plan, x) == 3
    like_a_gpu(monkeypatch)
    assert convolution._samples_together(plan, x) == 38


def test_columns_are_the_callers_own():
    x = np.arange(6.0).reshape(1, 1, 2, 3)
    convolution.im2col(x, kernel_size=1)[:] = 9
    assert_array_equal(x.ravel(), np.arange(6))


def test_im2col_and_col2im_are_each_others_transpose():
    rng = np.random.default_rng(2)
    settings = {"kernel_size": (3, 2), "stride": (1, 2), "padding": ((1, 2), (0, 1)), "dilation": (2, 1)}
    x = rng.normal(size=(2, 3, 6, 7))
    columns = convolution.im2col(x, **settings)
    assert columns.shape == (2, 3 * 6, 5 * 4)
    other = rng.normal(size=columns.shape)
    back = convolution.col2im(other, x.shape, **settings)
    assert abs((columns * other).sum() - (x * back).sum()) < 1e-10


def test_col2im_counts_how_often_a_pixel_is_read():
    counts = convolution.col2im(np.ones((1, 9, 9)), (1, 1, 7, 7), kernel_size=3, stride=2)
    assert_array_equal(counts[0, 0], np.outer(*[[1, 1, 2, 1, 2, 1, 1]] * 2))


def test_im2col_writes_window_by_window_what_a_loop_reads():
    x = np.arange(2 * 3 * 5 * 4.0).reshape(2, 3, 5, 4)
    columns = convolution.im2col(x, kernel_size=(2, 3), stride=(2, 1))
    for n, i, j in itertools.product(range(2), range(2), range(2)):
        window = x[n, :, 2 * i : 2 * i + 2, j : j + 3]
        assert_array_equal(columns[n, :, 2 * i + j], window.ravel())


def test_a_convolution_and_its_transpose_are_one_matrix_and_its_transpose():
    rng = np.random.default_rng(3)
    weight, settings = rng.normal(size=(3, 2, 2, 3)), {"stride": (2, 1), "padding": (1, 0)}
    matrix = convolution.convolution_matrix(weight, (2, 5, 6), **settings)
    x = rng.normal(size=(1, 2, 5, 6))
    out = convolution.conv2d(x, weight, **settings)
    assert matrix.shape == (out.size, x.size)
    assert_allclose(matrix @ x.ravel(), out.ravel(), atol=1e-12)
    back = convolution.conv_transpose2d(out, weight, output_padding=(1, 0), **settings)
    assert_allclose(matrix.T @ out.ravel(), back.ravel(), atol=1e-12)
    assert math.isclose(out.ravel() @ matrix @ x.ravel(), (matrix.T @ out.ravel()) @ x.ravel())


def test_whole_numbers_are_computed_exactly_and_nothing_is_changed_in_place():
    x, weight = np.arange(16).reshape(1, 1, 4, 4), np.ones((1, 1, 2, 2), int)
    copies = x.copy(), weight.copy()
    out = convolution.conv2d(x, weight)
    assert out.dtype == np.float64
    assert out.tolist() == [[[[10, 14, 18], [26, 30, 34], [42, 46, 50]]]]
    convolution.conv2d_backward(out, x, weight)
    convolution.conv_transpose2d(x, weight)
    assert_array_equal(x, copies[0])
    assert_array_equal(weight, copies[1])


X, W = np.zeros((1, 2, 4, 4)), np.zeros((3, 2, 3, 3))
REFUSED = [
    (X[0], W, {}, ValueError, r"x is \(N, C, H, W\), not of shape \(2, 4, 4\); for a single picture, x\[None\]"),
    (X[:0], W, {}, ValueError, "the x is empty"),
    (None, W, {}, TypeError, "the x must hold real numbers"),
    (X, None, {}, TypeError, "the weight must hold real numbers"),
    (X, W[0], {}, ValueError, r"weight is \(F, C/groups, KH, KW\), not of shape \(2, 3, 3\)"),
    (X, W[:, :1], {}, ValueError, "x has 2 channels, and 3 filters of 1 channels each"),
    (X, W[:, :1], {"groups": 2}, ValueError, "filters must share the groups evenly"),
    (X, W, {"groups": 0}, ValueError, "groups must be at least 1"),
    (X, W, {"stride": 0}, ValueError, "stride must be at least 1, not 0"),
    (X, W, {"stride": -1}, ValueError, "stride must be at least 1, not -1"),
    (X, W, {"stride": 1.5}, TypeError, "stride must be a whole number, not 1.5"),
    (X, W, {"stride": (1, 2, 3)}, TypeError, "stride must be a whole number"),
    (X, W, {"dilation": 2}, ValueError, r"a kernel that spans 5 pixels does not fit into 4 \+ 0 \+ 0 = 4 pixels"),
    (X, W, {"padding": -1}, ValueError, "padding must be at least 0"),
    (X, W, {"padding": "some"}, ValueError, 'padding is "valid", "same", "full" or in numbers'),
    (X, W, {"padding": (1, 2, 3)}, ValueError, r"padding in numbers is p, \(h, w\) or"),
    (X, W, {"bias": [0.0]}, ValueError, r"the bias has one number a filter, \(3,\)"),
    (X.astype(str), W, {}, TypeError, "the x must hold real numbers"),
]


@pytest.mark.parametrize(("x", "weight", "settings", "error", "message"), REFUSED)
def test_what_does_not_fit_is_refused_in_words(x, weight, settings, error, message):
    for function in (convolution.conv2d, convolution.conv2d_loops):
        with pytest.raises(error, match=message):
            function(x, weight, **settings)


def test_what_a_transposed_convolution_refuses():
    x, weight = np.zeros((1, 2, 3, 3)), np.zeros((2, 1, 3, 3))
    for padding in ("same", "full", "valid"):
        with pytest.raises(ValueError, match="takes its padding in numbers"):
            convolution.conv_transpose2d(x, weight, padding=padding)
    with pytest.raises(ValueError, match="output_padding must be below the stride 2"):
        convolution.conv_transpose2d(x, weight, stride=2, output_padding=2)
    with pytest.raises(ValueError, match="nothing is left: 3 pixels spread to 5"):
        convolution.conv_transpose2d(x, weight, padding=3)
    with pytest.raises(ValueError, match="x has 2 channels and the weight is for 3"):
        convolution.conv_transpose2d(x, np.zeros((3, 1, 3, 3)))
    with pytest.raises(ValueError, match=r"the bias has one number a filter, \(1,\); this one has the shape \(5,\)"):
        convolution.conv_transpose2d(x, weight, bias=np.zeros(5))


def test_gradients_of_a_wrong_shape_are_refused():
    with pytest.raises(ValueError, match=r"grad_out has the shape \(1, 3, 3, 3\); .* must be \(1, 3, 2, 2\)"):
        convolution.conv2d_backward(np.zeros((1, 3, 3, 3)), X, W)
    with pytest.raises(ValueError, match=r"must be \(1, 1, 5, 5\)"):
        convolution.conv_transpose2d_backward(X[:, :1], np.zeros((1, 2, 3, 3)), np.zeros((2, 1, 3, 3)))
    for shape in (3, (1, 3, 3), None):
        with pytest.raises(ValueError, match=r"input_shape is \(N, C, H, W\), not"):
            convolution.col2im(np.ones((1, 4, 4)), shape, 2)
    for shape in (5, (1, 1, 5, 5)):
        with pytest.raises(ValueError, match=r"input_shape is \(C, H, W\), not"):
            convolution.convolution_matrix([[[[1, 2, 3]]]], shape)
    with pytest.raises(ValueError, match=r"columns has the shape .* must be \(1, 4, 4\)"):
        convolution.col2im(np.zeros((1, 4, 5)), (1, 1, 3, 3), 2)


def test_memory_that_cannot_be_had_is_named():
    with pytest.raises(MemoryError, match=r"the result \(1, 1, 100000, 100000000\) takes .* GB, more than there is"):
        convolution.conv_transpose2d(
            np.zeros((1, 1, 1, 1)), np.zeros((1, 1, 1, 1)), stride=(10**5, 10**8), output_padding=(10**5 - 1, 10**8 - 1)
        )


def test_sizes_follow_the_shapes_module():
    for seed in range(3):
        for x, weight, _, settings in configurations(seed, True):
            out = convolution.conv_transpose2d(x, weight, **settings)
            back = convolution.conv2d(
                out, weight, stride=settings["stride"], padding=settings["padding"], dilation=settings["dilation"],
                groups=settings["groups"],
            )  # fmt: skip
            sizes = zip(back.shape[2:], x.shape[2:], np.broadcast_to(settings["output_padding"], 2),
                        np.broadcast_to(settings["stride"], 2), strict=True)  # fmt: skip
            for found, size, extra, stride in sizes:
                assert found == size + extra // stride
    assert shapes.conv_output_size(7, 3, 2, (1, 0)) == 3


def test_columns_of_what_is_no_batch_are_refused():
    with pytest.raises(ValueError, match=r"x is \(N, C, H, W\), not of shape \(4,\)"):
        convolution.im2col(np.ones(4), 2)


@pytest.mark.parametrize(
    ("shapes", "error", "words"),
    [
        (((1, 3, 8, 8), (2.5, 3, 3, 3)), TypeError, r"each size of weight must be a whole number, not 2\.5"),
        (((1, 3, 8, 8), ("x", 3, 3, 3)), TypeError, "each size of weight must be a whole number, not 'x'"),
        (((0, 3, 8, 8), (2, 3, 3, 3)), ValueError, "each size of x must be at least 1, not 0"),
        (((3, 8, 8), (2, 3, 3, 3)), ValueError, r"x is \(N, C, H, W\), not of shape \(3, 8, 8\)"),
    ],
)
def test_a_shape_that_no_array_has_is_refused(shapes, error, words):
    with pytest.raises(error, match=words):
        convolution.output_shape(*shapes)


def test_a_shape_may_come_as_a_list():
    assert convolution.output_shape([2, 3, 8, 8], [4, 3, 3, 3]) == (2, 4, 6, 6)
