"""Filters against the loops, against SciPy and by hand; odd shapes; what is refused."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from course_lib import backend, data, filters

SCIPY_MODES = {"zero": "constant", "edge": "nearest", "reflect": "mirror", "wrap": "grid-wrap"}
SHAPES = [(1, 1), (1, 7), (6, 1), (5, 5), (7, 4), (4, 9), (9, 8)]
KERNEL_SHAPES = [(1, 1), (1, 3), (3, 1), (3, 3), (5, 3), (3, 5), (7, 7)]


def random_case(shape, kernel_shape, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=shape), rng.integers(-2, 3, kernel_shape) * rng.choice([1, 0.3], kernel_shape)


@pytest.mark.parametrize("border", filters.BORDERS)
@pytest.mark.parametrize("kernel_shape", [*KERNEL_SHAPES, (2, 2), (4, 3)])
def test_correlation_equals_the_loops_on_odd_shapes(border, kernel_shape):
    compared = 0
    for shape in [*SHAPES, (5, 6, 3)]:
        image, kernel = random_case(shape, kernel_shape)
        even = not (kernel_shape[0] % 2 and kernel_shape[1] % 2)
        too_large = kernel_shape[0] > shape[0] or kernel_shape[1] > shape[1]
        if (even and border != "valid") or (too_large and border == "valid"):
            with pytest.raises(ValueError, match="kernel"):
                filters.correlate2d(image, kernel, border)
            continue
        result = filters.correlate2d(image, kernel, border)
        assert_allclose(result, filters.correlate2d_loops(image, kernel, border), rtol=1e-12, atol=1e-12)
        compared += 1
    assert compared > 0 or (even and border != "valid")


@pytest.mark.parametrize("border", SCIPY_MODES)
def test_correlation_and_convolution_equal_scipys(border):
    ndimage = pytest.importorskip("scipy.ndimage")
    for shape in SHAPES:
        for seed, kernel_shape in enumerate(KERNEL_SHAPES):
            image, kernel = random_case(shape, kernel_shape, seed)
            expected = ndimage.correlate(image, kernel, mode=SCIPY_MODES[border])
            assert_allclose(filters.correlate2d(image, kernel, border), expected, rtol=1e-12, atol=1e-12)
            expected = ndimage.convolve(image, kernel, mode=SCIPY_MODES[border])
            assert_allclose(filters.convolve2d(image, kernel, border), expected, rtol=1e-12, atol=1e-12)


def test_valid_equals_scipys_signal_with_even_kernels():
    signal = pytest.importorskip("scipy.signal")
    image, kernel = random_case((8, 9), (2, 4))
    assert_allclose(filters.correlate2d(image, kernel, "valid"), signal.correlate2d(image, kernel, "valid"), atol=1e-12)
    assert_allclose(filters.convolve2d(image, kernel, "valid"), signal.convolve2d(image, kernel, "valid"), atol=1e-12)


@pytest.mark.parametrize("stripe_bytes", [1, 100, 2**20])
@pytest.mark.parametrize("border", filters.BORDERS)
def test_the_height_of_the_stripes_changes_nothing(monkeypatch, stripe_bytes, border):
    image, kernel = random_case((23, 11), (5, 3))
    expected = filters.correlate2d_loops(image, kernel, border)
    monkeypatch.setattr(backend, "_CACHE_BYTES", stripe_bytes)
    assert_allclose(filters.correlate2d(image, kernel, border), expected, rtol=1e-12, atol=1e-12)
    column, row = kernel[:, 0], kernel[0]
    twice = filters.correlate2d_separable(image, column, row, border)
    assert_allclose(twice, filters.correlate2d(image, np.outer(column, row), border), rtol=1e-12, atol=1e-12)


def test_a_colour_picture_is_filtered_channel_by_channel():
    image = data.load_image("coffee")[:40, :30]
    result = filters.correlate2d(image, filters.SHARPEN, "reflect")
    for channel in range(3):
        assert_array_equal(result[..., channel], filters.correlate2d(image[..., channel], filters.SHARPEN, "reflect"))


@pytest.mark.parametrize("function", [filters.correlate2d, filters.convolve2d, filters.correlate2d_loops])
def test_float_dtypes_are_kept_and_whole_numbers_become_float64(function):
    for dtype, expected in [("f4", "f4"), ("f8", "f8"), ("f2", "f2"), ("u1", "f8"), ("i4", "f8")]:
        assert function(np.ones((4, 4), dtype), filters.SOBEL_X).dtype == np.dtype(expected)
    assert filters.correlate2d_fft(np.ones((4, 4), "f4"), filters.SOBEL_X).dtype == np.float32


def test_bytes_do_not_overflow():
    assert filters.correlate2d(np.full((3, 3), 200, np.uint8), np.ones((3, 3)), "valid").item() == 1800


def test_float32_is_close_to_float64():
    image = data.load_image("camera")[:64, :64] / 255
    single = filters.correlate2d(image.astype(np.float32), filters.gaussian_kernel(5, 1.2))
    assert_allclose(single, filters.correlate2d(image, filters.gaussian_kernel(5, 1.2)), rtol=1e-5)


def test_nothing_is_changed_in_place():
    image, kernel = random_case((6, 6), (3, 3))
    before = image.copy(), kernel.copy()
    for border in filters.BORDERS:
        filters.correlate2d(image, kernel, border)
        filters.convolve2d(image, kernel, border)
    filters.correlate2d_separable(image, kernel[0], kernel[1])
    filters.correlate2d_fft(image, kernel)
    filters.sobel_gradient(image)
    filters.to_grey_levels(image)
    assert_array_equal(image, before[0])
    assert_array_equal(kernel, before[1])


def test_a_picture_that_is_a_slice_of_another_is_read_rightly():
    image, kernel = random_case((12, 14), (3, 3))
    for view in (image[::2, ::3], image.T, image[::-1, 2:9]):
        assert_allclose(filters.correlate2d(view, kernel, "wrap"), filters.correlate2d(view.copy(), kernel, "wrap"))
        assert_allclose(filters.correlate2d(view, kernel, "valid"), filters.correlate2d_loops(view, kernel, "valid"))


def test_a_kernel_of_zeros_gives_zeros():
    for border in filters.BORDERS:
        assert not filters.correlate2d(np.ones((5, 5)), np.zeros((3, 3)), border).any()


def test_the_frequency_domain_gives_the_same_picture():
    for shape, kernel_shape in [((8, 8), (3, 3)), ((5, 9), (5, 1)), ((3, 4), (7, 7))]:
        image, kernel = random_case(shape, kernel_shape)
        assert_allclose(filters.correlate2d_fft(image, kernel), filters.correlate2d(image, kernel), atol=1e-12)
    with pytest.raises(ValueError, match=r"takes grey pictures \(H, W\), not an array of shape \(4, 4, 3\)"):
        filters.correlate2d_fft(np.ones((4, 4, 3)), np.ones((3, 3)))


BAD_INPUT = [
    ((np.ones(4), np.ones((3, 3))), ValueError, r"a picture is \(H, W\).*has shape \(4,\)"),
    ((np.ones((4, 4, 2)), np.ones((3, 3))), ValueError, r"this array has shape \(4, 4, 2\)"),
    ((np.ones((1, 4, 4, 3)), np.ones((3, 3))), ValueError, r"this array has shape \(1, 4, 4, 3\)"),
    ((np.ones((0, 4)), np.ones((3, 3))), ValueError, r"the picture is empty: its shape is \(0, 4\)"),
    ((np.ones((4, 4)), np.ones((0, 3))), ValueError, "the kernel is empty"),
    ((np.ones((4, 4)), np.ones(3)), ValueError, r"a kernel has rows and columns.*has shape \(3,\)"),
    (([["a", "b"]], np.ones((1, 1))), TypeError, "the picture must hold real numbers"),
    ((np.ones((4, 4), complex), np.ones((3, 3))), TypeError, "real numbers, not complex128"),
    ((np.ones((4, 4), bool), np.ones((3, 3))), TypeError, "real numbers, not bool"),
    ((None, np.ones((3, 3))), TypeError, "real numbers, not None: did the function that made it forget its return"),
    (([[1, 2], [3]], np.ones((1, 1))), ValueError, "the picture's rows have different lengths"),
    ((np.ones((4, 4)), [[1, 2], [3]]), ValueError, "the kernel's rows have different lengths"),
    (
        (np.ones((4, 4)), np.ones((2, 3))),
        ValueError,
        'a 2x3 kernel has no centre pixel; use odd sizes, or border="valid"',
    ),
    ((np.ones((4, 4)), np.ones((3, 3)), "mirror"), ValueError, "there is no border 'mirror'; choose one of zero, edge"),
    ((np.ones((4, 4)), np.ones((3, 3)), None), ValueError, "there is no border None"),
    ((np.ones((2, 9)), np.ones((3, 3)), "valid"), ValueError, "a 3x3 kernel does not fit into a picture of 2x9 pixels"),
]


@pytest.mark.parametrize("function", [filters.correlate2d, filters.convolve2d, filters.correlate2d_loops])
@pytest.mark.parametrize(("arguments", "error", "words"), BAD_INPUT)
def test_bad_input_is_named(function, arguments, error, words):
    with pytest.raises(error, match=words):
        function(*arguments)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: filters.box_kernel(4), ValueError, "odd size such as 3 or 5, not 4"),
        (lambda: filters.identity_kernel(0), ValueError, "odd size such as 3 or 5, not 0"),
        (lambda: filters.box_kernel(3.0), TypeError, "a kernel's size must be a whole number, not 3.0"),
        (lambda: filters.gaussian_kernel(3, 0), ValueError, "sigma must be more than 0 pixels, not 0"),
        (lambda: filters.gaussian_kernel(3, np.nan), ValueError, "sigma must be a finite number, not nan"),
        (lambda: filters.gaussian_kernel(3, "1"), TypeError, "sigma must be a finite number, not '1'"),
        (lambda: filters.gaussian_kernel(2, 1), ValueError, "odd size"),
        (lambda: filters.gaussian_density(0, 0, -1), ValueError, "sigma must be more than 0 pixels, not -1"),
        (lambda: filters.shift_kernel(0.5, 0), TypeError, "dx must be a whole number, not 0.5"),
        (lambda: filters.shift_kernel(0, True), TypeError, "dy must be a whole number, not True"),
        (
            lambda: filters.correlate2d_separable(np.ones((4, 4)), [[1]], [1]),
            ValueError,
            r"the column .* shape \(1, 1\)",
        ),
        (lambda: filters.correlate2d_separable(np.ones((4, 4)), [1], [1, 2]), ValueError, "1x2 kernel has no centre"),
        (lambda: filters.separate([1, 2]), ValueError, "rows and columns"),
        (lambda: filters.sobel_gradient(np.ones((4, 4, 3))), ValueError, r"a grey picture \(H, W\).*\(4, 4, 3\)"),
        (lambda: filters.to_grey_levels("dark"), TypeError, "the result must hold real numbers"),
    ],
)
def test_bad_arguments_of_the_other_functions_are_named(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_a_shift_kernel_moves_the_picture_the_way_its_name_says():
    image = np.zeros((7, 7))
    image[3, 3] = 1
    for dx, dy in [(0, 0), (1, 0), (-1, 0), (0, 1), (0, -1), (2, -3)]:
        moved = filters.correlate2d(image, filters.shift_kernel(dx, dy))
        assert np.argwhere(moved).tolist() == [[3 + dy, 3 + dx]]


def test_sobel_is_positive_where_it_gets_brighter_to_the_right_and_downwards():
    ramp = np.tile(np.arange(5.0), (5, 1))
    assert (filters.correlate2d(ramp, filters.SOBEL_X, "valid") == 8).all()
    assert (filters.correlate2d(ramp, filters.SOBEL_Y, "valid") == 0).all()
    assert (filters.correlate2d(ramp.T, filters.SOBEL_Y, "valid") == 8).all()
    magnitude, direction = filters.sobel_gradient(3 * ramp + 4 * ramp.T)
    assert magnitude[2, 2] == 40
    assert direction[2, 2] == pytest.approx(np.arctan2(4, 3))


@pytest.mark.parametrize("sigma", [0.01, 0.5, 1.0, 4.0, 1e6])
def test_a_gaussian_kernel_adds_up_to_1_and_falls_off_by_its_formula(sigma):
    kernel = filters.gaussian_kernel(7, sigma)
    assert kernel.sum() == pytest.approx(1, rel=1e-12)
    assert_array_equal(kernel, kernel.T)
    if 0.1 < sigma < 100:
        density = filters.gaussian_density(np.arange(-3, 4)[:, None], np.arange(-3, 4), sigma)
        assert_allclose(kernel / kernel[3, 3], density / density[3, 3], rtol=1e-12)


def test_separate_finds_the_factors_or_says_that_there_are_none():
    for kernel in (filters.SOBEL_X, filters.SOBEL_Y, filters.box_kernel(5), filters.BINOMIAL, np.zeros((3, 3))):
        column, row = filters.separate(kernel)
        assert_allclose(np.outer(column, row), kernel, atol=1e-12)
    for kernel in (filters.SHARPEN, filters.EMBOSS, np.eye(3)):
        assert filters.separate(kernel) is None


def test_random_pictures_kernels_and_borders_agree_with_the_loops():
    hypothesis = pytest.importorskip("hypothesis")
    from hypothesis import strategies as st
    from hypothesis.extra import numpy as hnp

    numbers = st.integers(-50, 50)
    images = hnp.arrays(float, st.tuples(st.integers(1, 8), st.integers(1, 8)), elements=numbers)
    odd = st.sampled_from([1, 3, 5])
    kernels = hnp.arrays(float, st.tuples(odd, odd), elements=numbers)

    @hypothesis.settings(max_examples=200, deadline=None, database=None, derandomize=True)
    @hypothesis.given(images, kernels, st.sampled_from(filters.BORDERS[:4]))
    def agree(image, kernel, border):
        result = filters.correlate2d(image, kernel, border)
        assert_array_equal(result, filters.correlate2d_loops(image, kernel, border))
        assert_array_equal(
            filters.convolve2d(image, kernel, border), filters.correlate2d(image, kernel[::-1, ::-1], border)
        )
        assert_array_equal(filters.correlate2d(2 * image, kernel, border), 2 * result)  # linear
        assert result.shape == image.shape

    agree()


def test_grey_levels_are_rounded_with_halves_up_and_cut_off():
    values = np.array([[-300.0, -0.6, -0.5, 0.49, 0.5], [1.5, 2.5, 254.5, 255.4, 1e6]])
    levels = filters.to_grey_levels(values)
    assert levels.dtype == np.uint8
    assert levels.tolist() == [[0, 0, 0, 0, 1], [2, 3, 255, 255, 255]]


def test_a_half_whose_last_bits_were_lost_goes_up_as_a_half_does():
    assert (0.1 + 0.2) + 0.3 != 0.1 + (0.2 + 0.3)  # the order of a sum decides over its last bits
    assert filters.to_grey_levels(np.array([99.5 - 1e-12, 99.5 - 1e-5, 99.5])).tolist() == [100, 99, 100]


def test_sizes_may_be_small_whole_numbers_of_numpy():
    assert_allclose(filters.box_kernel(np.uint8(17)).sum(), 1)
    assert_array_equal(filters.gaussian_kernel(np.int8(101), 9), filters.gaussian_kernel(101, 9))
    assert filters.shift_kernel(np.int8(100), 0).shape == (201, 201)
    assert_allclose(filters.gaussian_density(np.int8(100), [0, 0], 100), [np.exp(-0.5) / (2e4 * np.pi)] * 2)


def test_a_kernel_of_float32_is_separated_to_its_own_precision():
    column, row = filters.separate(filters.gaussian_kernel(5, 1).astype(np.float32))
    assert_allclose(np.outer(column, row), filters.gaussian_kernel(5, 1), atol=1e-7)
    assert filters.separate(filters.SHARPEN.astype(np.float32)) is None


@pytest.mark.parametrize("number", [np.nan, np.inf])
def test_a_kernel_that_is_not_finite_cannot_be_separated(number):
    with pytest.raises(ValueError, match=f"the kernel must hold finite numbers, not {number}"):
        filters.separate([[number, 1.0], [1.0, 1.0]])
