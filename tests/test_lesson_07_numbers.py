"""Every number of lesson 07's topics: what the source prints, what course_lib computes, and the verdict.

A test's name ends with the ids of the numbers that it settles; tests/test_notebooks.py asks that the lesson shows each.
"""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from course_lib import data, filters, shapes

PRINTED_MEANS = [
    [0, 10, 20, 30, 30, 30, 20, 10],
    [0, 20, 40, 60, 60, 60, 40, 20],
    [0, 30, 60, 90, 90, 90, 60, 30],
    [0, 30, 50, 80, 80, 90, 60, 30],
    [0, 30, 50, 80, 80, 90, 60, 30],
    [0, 20, 30, 50, 50, 60, 40, 20],
    [10, 20, 30, 30, 30, 30, 20, 10],
    [10, 10, 10, 0, 0, 0, 0, 0],
]


@pytest.fixture
def means():
    return filters.correlate2d(data.moving_average_picture(), filters.box_kernel(3), border="valid")


def test_the_picture_has_25_nineties_MA_01():
    picture = data.moving_average_picture()
    assert picture.shape == (10, 10)
    assert (picture == 90).sum() == 25
    assert picture.sum() == 2250
    assert picture[5, 4] == 0
    assert picture[8, 2] == 90


@pytest.mark.parametrize("row", range(8))
def test_each_printed_row_of_means_is_exact_MA_02_to_09(means, row):
    assert_allclose(means[row], PRINTED_MEANS[row], rtol=0, atol=1e-12)


@pytest.mark.parametrize("count", range(1, 6))
def test_the_first_row_grows_as_printed_MA_10_to_14(means, count):
    assert means[0, :count].round(12).tolist() == [0, 10, 20, 30, 30][:count]


def test_the_averaged_picture_is_8_by_8_MA_15(means):
    assert means.shape == (8, 8) == (shapes.conv_output_size(10, 3),) * 2


def test_the_uniform_weights_are_one_over_the_area_CC_01():
    for k, area in ((1, 9), (2, 25), (3, 49)):
        kernel = filters.box_kernel(2 * k + 1)
        assert kernel.shape == (2 * k + 1, 2 * k + 1)
        assert_array_equal(kernel, 1 / area)


def written_out(picture, kernel, sign):
    """The sources' double sum at every inner place, with + for correlation and - for convolution."""
    k = len(kernel) // 2
    inner = range(k, len(picture) - k)
    places = range(-k, k + 1)
    return [
        [sum(kernel[u + k, v + k] * picture[i + sign * u, j + sign * v] for u in places for v in places) for j in inner]
        for i in inner
    ]


def test_the_printed_double_sums_are_correlation_and_convolution_CC_02_03_04():
    rng = np.random.default_rng(0)
    picture, kernel = rng.normal(size=(6, 6)), rng.normal(size=(3, 3))
    assert_allclose(filters.correlate2d(picture, kernel, "valid"), written_out(picture, kernel, 1), rtol=1e-12)
    assert_allclose(filters.convolve2d(picture, kernel, "valid"), written_out(picture, kernel, -1), rtol=1e-12)


def test_box_and_gaussian_give_the_same_either_way_CC_05():
    camera = data.load_image("camera")
    for kernel in (filters.box_kernel(3), filters.BINOMIAL, filters.gaussian_kernel(5, 1.3)):
        assert np.abs(filters.correlate2d(camera, kernel) - filters.convolve2d(camera, kernel)).max() == 0


def test_the_example_at_all_inner_places_CC_06():
    picture, kernel = data.correlation_example()
    expected = [[52.76, 50.85, 52.88], [27.41, 27.17, 26.80], [15.23, 2.83, 14.41], [61.63, 49.95, 61.97]]
    assert_allclose(filters.correlate2d(picture, kernel, "valid"), expected, rtol=0, atol=1e-9)
    assert_allclose(filters.convolve2d(picture, kernel, "valid"), expected, rtol=0, atol=1e-9)


def test_the_printed_kernel_is_rounded_and_sums_to_97_hundredths_CC_07():
    _, printed = data.correlation_example()
    assert filters.BINOMIAL[:2, :2].tolist() == [[0.0625, 0.125], [0.125, 0.25]]
    assert_array_equal(printed, filters.BINOMIAL.round(2))  # rounds halves to even, as the source does
    assert printed.sum() == pytest.approx(0.97)
    assert filters.BINOMIAL.sum() == 1


def test_the_first_tap_meets_opposite_neighbours_CC_08():
    kernel = np.zeros((3, 3))
    kernel[0, 0] = 1  # only u = v = -1 counts
    picture = np.arange(25.0).reshape(5, 5)
    assert filters.correlate2d(picture, kernel)[2, 2] == picture[1, 1]
    assert filters.convolve2d(picture, kernel)[2, 2] == picture[3, 3]


def test_a_2_by_2_kernel_in_a_3_by_4_picture_gives_2_by_3_CC_09():
    assert filters.correlate2d(np.ones((3, 4)), np.ones((2, 2)), "valid").shape == (2, 3)
    assert (shapes.conv_output_size(3, 2), shapes.conv_output_size(4, 2)) == (2, 3)


RAMP = np.arange(25.0).reshape(5, 5)


def test_identity_changes_nothing_FIL_01():
    assert_array_equal(filters.correlate2d(RAMP, filters.identity_kernel(3)), RAMP)


def test_a_one_on_the_right_shifts_left_under_correlation_and_right_under_convolution_FIL_02():
    kernel = [[0, 0, 0], [0, 0, 1], [0, 0, 0]]
    assert_array_equal(filters.shift_kernel(-1, 0), kernel)
    assert_array_equal(filters.correlate2d(RAMP, kernel)[:, :-1], RAMP[:, 1:])
    assert_array_equal(filters.convolve2d(RAMP, kernel)[:, 1:], RAMP[:, :-1])


def test_nine_ninths_make_1_FIL_03_04():
    assert filters.box_kernel(3).sum() == pytest.approx(1, abs=1e-15)
    assert_array_equal(filters.box_kernel(3), np.full((3, 3), 1 / 9))


def test_twice_the_identity_minus_the_box_sharpens_FIL_05():
    kernel = 2 * filters.identity_kernel(3) - filters.box_kernel(3)
    assert_allclose(kernel, filters.SHARPEN_BOX, rtol=1e-15)
    assert kernel[1, 1] == pytest.approx(17 / 9)
    assert kernel[0, 1] == pytest.approx(-1 / 9)
    assert kernel.sum() == pytest.approx(1)
    picture = data.load_image("coins")[:50, :50].astype(float)
    mean = filters.correlate2d(picture, filters.box_kernel(3), "edge")
    assert_allclose(filters.correlate2d(picture, kernel, "edge"), picture + (picture - mean), atol=1e-10)


def test_the_gaussian_of_sixteenths_is_an_outer_product_and_sums_to_1_FIL_06():
    assert_array_equal(filters.BINOMIAL * 16, [[1, 2, 1], [2, 4, 2], [1, 2, 1]])
    assert_array_equal(filters.BINOMIAL, np.outer([1, 2, 1], [1, 2, 1]) / 16)
    assert filters.BINOMIAL.sum() == 1


def test_the_printed_bell_curve_encloses_only_one_half_FIL_07():
    u, step, sigma = np.arange(-20, 20, 0.05), 0.05, 1.7
    right = filters.gaussian_density(u[:, None], u, sigma)
    printed = np.exp(-(u[:, None] ** 2 + u**2) / sigma**2) / (2 * np.pi * sigma**2)
    assert right.sum() * step**2 == pytest.approx(1.0, abs=1e-12)
    assert printed.sum() * step**2 == pytest.approx(0.5, abs=1e-12)
    fitting, fitting_as_printed = 1 / np.sqrt(2 * np.log(2)), 1 / np.sqrt(np.log(2))
    assert fitting == pytest.approx(0.8493218002880191, rel=1e-12)
    assert fitting_as_printed == pytest.approx(1.2011224087864498, rel=1e-12)
    assert filters.gaussian_density(0, 0, fitting) == pytest.approx(0.2206356001526516, rel=1e-12)
    assert 1 / (2 * np.pi * fitting_as_printed**2) == pytest.approx(0.1103178000763258, rel=1e-12)
    assert_allclose(filters.gaussian_kernel(3, fitting), filters.BINOMIAL, rtol=1e-12)


STEP = np.array([[0, 0, 0, 1, 1, 1]] * 6)


@pytest.mark.parametrize(("kernel", "vertical", "horizontal"), [(-filters.SOBEL_X, 4, 0), (-filters.SOBEL_Y, 0, 4)])
def test_sobels_kernels_answer_to_the_edges_of_their_captions_FIL_08_09(kernel, vertical, horizontal):
    printed = np.array([[1, 0, -1], [2, 0, -2], [1, 0, -1]])
    assert_array_equal(kernel, printed if vertical else printed.T)
    assert kernel.sum() == 0
    assert np.abs(filters.correlate2d(STEP, kernel, "valid")).max() == vertical
    assert np.abs(filters.correlate2d(STEP.T, kernel, "valid")).max() == horizontal


@pytest.mark.parametrize(
    ("kernel", "gain"), [(filters.SHARPEN_AS_PRINTED, 7), (np.array([[-1, 0, -1], [0, 3, 0], [-1, 0, -1]]), -1)]
)
def test_the_printed_sharpening_filter_sums_to_minus_1_in_any_layout_FIL_10(kernel, gain):
    impulse, checkerboard = filters.identity_kernel(3), (-1.0) ** np.add.outer(np.arange(3), np.arange(3))
    assert kernel.sum() == -1
    assert filters.correlate2d(np.full((3, 3), 10), kernel, "valid").item() == -10
    assert filters.correlate2d(checkerboard, kernel, "valid").item() == gain
    assert filters.correlate2d(impulse, kernel, "valid").item() == 3


def test_the_repaired_sharpening_filter_keeps_flat_areas_FIL_11():
    assert_array_equal(filters.SHARPEN, [[0, -1, 0], [-1, 5, -1], [0, -1, 0]])
    laplacian = 4 * filters.identity_kernel(3) + np.array([[0, -1, 0], [-1, 0, -1], [0, -1, 0]])
    assert_array_equal(filters.SHARPEN, filters.identity_kernel(3) + laplacian)
    for kernel in (filters.SHARPEN, filters.SHARPEN_EIGHT, filters.SHARPEN_BOX):
        assert filters.correlate2d(np.full((3, 3), 10), kernel, "valid").item() == pytest.approx(10)


def test_embossing_lights_a_picture_from_the_lower_right():
    assert_array_equal(filters.EMBOSS + filters.EMBOSS[::-1, ::-1], 2 * filters.identity_kernel(3))
    assert_array_equal(filters.EMBOSS - filters.identity_kernel(3), np.add.outer([-1, 0, 1], [-1, 0, 1]))


def test_scanning_costs_M2N2_products_FFT_01():
    assert shapes.correlation_multiply_count(64, 9) == 331776
    assert shapes.correlation_multiply_count(64, 9, valid=True) == 254016


def test_the_frequency_domain_costs_fewer_and_differs_by_rounding_only_FFT_02():
    assert shapes.fft_multiply_count(64, 9) == 101139
    rng = np.random.default_rng(0)
    picture, kernel = rng.normal(size=(64, 64)), rng.normal(size=(9, 9))
    difference = filters.correlate2d_fft(picture, kernel) - filters.correlate2d(picture, kernel)
    assert 0 < np.abs(difference).max() < 1e-12
