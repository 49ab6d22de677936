"""Every number of lesson 08's topics: what the sources print, what course_lib computes, and the verdict.

A test's name ends with the ids of the numbers that it settles; tests/test_notebooks.py asks that the lesson shows each.
"""

import itertools
import re
from fractions import Fraction

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from course_lib import convolution, data, filters, pooling, scanning, shapes

PICTURE, FILTER = data.scanning_example()
CAMERA = data.load_image("camera").astype(float)
KERNEL = [[[[5, 3, 2]]]]  # w_1, w_0, w_-1: laid out, it is turned


def banded(n, reach, stride=1):
    """The number of products of a layer with n inputs, each output seeing up to `reach` neighbours on both sides."""
    return int(scanning.window_mask(n, reach)[::stride].sum())


# MLP against CNN


@pytest.mark.parametrize(("colours", "weights"), [(1, 1_600_000_000), (3, 4_800_000_000)])
def test_a_dense_layer_has_billions_of_weights_CNT_01_02_03_14(colours, weights):
    inputs = colours * 200 * 200
    assert shapes.conv_parameter_count(inputs, 40_000, kernel_size=1, bias=False) == weights == inputs * 40_000
    assert shapes.conv_parameter_count(inputs, 40_000, kernel_size=1) == weights + 40_000
    if colours == 3:
        assert (weights, inputs) == (3 * 1_600_000_000, 120_000)


def test_the_answer_slides_print_three_zeros_too_few_CNT_04():
    printed, right = 4_800_000, shapes.conv_parameter_count(120_000, 40_000, 1, bias=False)
    assert right / printed == 1000
    assert shapes.conv_parameter_count(120_000, 40, 1, bias=False) == printed


def test_twenty_filters_have_1500_weights_CNT_05_13():
    assert shapes.conv_parameter_count(3, 20, kernel_size=5, bias=False) == 1500
    assert shapes.conv_parameter_count(3, 20, kernel_size=5) == 1520
    assert 4_800_000_000 / 1500 == 3_200_000


def test_a_padding_of_four_is_the_largest_overlap_CNT_06():
    assert shapes.padding_sides("full", None, (5, 5), (1, 1), (1, 1)) == ((4, 4), (4, 4))
    one_more = convolution.conv2d(np.ones((1, 1, 7, 7)), np.ones((1, 1, 5, 5)), padding=5)[0, 0]
    assert one_more[0].tolist() == [0] * 13  # such a window would see nothing but padding


def test_the_printed_output_size_is_right_CNT_07():
    assert shapes.conv_output_size(200, 5, stride=1, padding=4) == 204 == (200 - 5 + 2 * 4) // 1 + 1
    for m, p, d, s in itertools.product((9, 10, 23), (2, 3, 5), (0, 1, 2), (1, 2, 3)):
        assert shapes.conv_output_size(m, p, s, d) == (m - p + 2 * d) // s + 1
    assert shapes.conv_output_size(10, 3, stride=2) == 4 != (10 - 3) / 2 + 1  # it needs rounding down


@pytest.mark.parametrize(
    ("stride", "true", "floor", "printed"),
    [(1, "204", 204, "204"), (2, "205/2", 102, "203/2"), (3, "206/3", 68, "202/3"), (4, "207/4", 51, "201/4")],
)
def test_the_short_formula_holds_for_stride_one_only_CNT_08(stride, true, floor, printed):
    assert Fraction(200 + 5 - 2, stride) + 1 == Fraction(true)
    assert Fraction(200 + 5, stride) - 1 == Fraction(printed)
    assert Fraction(printed) - Fraction(true) == Fraction(2, stride) - 2
    assert shapes.conv_output_size(200, 5, stride, padding=4) == floor == int(Fraction(true))


def test_the_example_has_832320_neurons_CNT_09_10_12():
    full, same = (shapes.conv_output_size(200, 5, padding=padding) for padding in (4, 2))
    assert (20 * full**2, 20 * same**2) == (832_320, 800_000)
    assert full == (200 + 5) / 1 - 1
    assert round(20 * full**2, -4) == 830_000
    for p in (1, 3, 5, 7):
        assert shapes.conv_output_size(200, p, padding=(p - 1) // 2) == 200
    assert shapes.conv_output_size(200, 4, padding=1) == 199  # an even filter does not keep it


def test_only_convolution_and_pooling_together_have_more_neurons_CNT_11():
    conv = np.zeros((1, 20, 204, 204))
    pooled = pooling.max_pool2d(conv, 2)
    assert (pooled.size, conv.size + pooled.size) == (208_080, 1_040_400)


# Hubel and Wiesel, Neocognitron


def test_figures_that_are_quoted_BIO_01_02_07():
    assert ("20 ms", 1900 + 80) == ("20 ms", 1980)  # a measurement of theirs, and Fukushima's paper: not to be computed
    assert "Huberman and Neil, 2011" != "Huberman and Niell, 2011"


def test_hebb_changes_a_weight_by_input_times_output_BIO_03():
    assert 0.5 * 2 == 1.0
    x = data.load_digits()[0][4][None, None] / 16  # a real digit; the weights of one plane, all its cells
    y = convolution.conv2d(x, np.ones((1, 1, 3, 3)))
    _, change, _ = convolution.conv2d_backward(y, x, np.ones((1, 1, 3, 3)))
    assert_allclose(change.ravel(), y.ravel() @ convolution.im2col(x, 3)[0].T, rtol=1e-12)


def test_the_s_formula_lays_its_kernel_transposed_BIO_04():
    x, w = CAMERA[100:106, 230:236], np.arange(9.0).reshape(3, 3)
    printed = [[sum(w[k, m] * x[i + m, j + k] for k, m in np.ndindex(3, 3)) for j in range(4)] for i in range(4)]
    assert_allclose(printed, filters.correlate2d(x, w.T, "valid"), rtol=1e-12)
    assert not np.allclose(printed, filters.correlate2d(x, w, "valid"))


def test_a_c_cell_takes_the_maximum_of_its_block_BIO_05():
    plane, size = np.random.default_rng(0).normal(size=120)[84:].reshape(6, 6), 2
    largest = pooling.max_pool2d(plane[None, None], size, stride=1)[0, 0]
    assert largest[1, 2] == plane[1:3, 2:4].max() == pytest.approx(-0.4327858471825968, rel=1e-15)
    as_printed = np.array([[max(plane[i, j] for _ in range(size * size)) for j in range(5)] for i in range(5)])
    assert_array_equal(as_printed, plane[:5, :5])  # the maximum over one number
    assert (largest > as_printed).any()


def test_fields_are_squares_BIO_06():
    s = shapes.conv_parameter_count(1, 1, kernel_size=3, bias=False)
    assert (s, pooling.avg_pool2d_backward(np.full((1, 1, 1, 1), 4.0), np.zeros((1, 1, 2, 2)), 2).sum()) == (9, 4)


def test_a_maximum_is_no_majority_BIO_08():
    cells = np.array([0.0, 0, 1])[None, None, None]
    assert pooling.max_pool2d(cells, (1, 3)).item() == 1
    assert int(pooling.avg_pool2d(cells, (1, 3)).item() > 0.5) == 0


# Scanning


def test_the_maximum_is_a_logical_or_SCAN_01():
    answers = list(itertools.product((0.0, 1.0), repeat=4))
    assert len(answers) == 16
    for four in answers:
        assert pooling.max_pool2d(np.array(four)[None, None, None], (1, 4)).item() == float(any(four))


def test_the_maximum_of_a_scan_does_not_depend_on_the_place_SCAN_02():
    pattern = np.array([1.0, 2, 3])
    fixed, scanned = [], []
    for place in range(18):
        signal = np.zeros(20)
        signal[place : place + 3] = pattern
        out = convolution.conv2d(signal[None, None, None], pattern[None, None, None])
        fixed.append(out[0, 0, 0, 5])
        scanned.append(out.max())
    assert set(scanned) == {14.0}
    assert fixed[3:8] == [3, 8, 14, 8, 3]
    assert set(fixed) == {0, 3, 8, 14}


def test_block_by_block_costs_more_than_layer_by_layer_SCAN_03():
    def products(sides):
        return sum(shapes.conv_multiply_count(1, 1, 3, side) for side in sides)

    places = shapes.conv_output_size(shapes.conv_output_size(32, 3), 3) ** 2
    assert places == 28 * 28
    assert (places * products((3, 1)), products((30, 28))) == (70_560, 15_156)
    assert shapes.conv_multiply_count(1, 1, 5, 28) == 28 * 28 * shapes.conv_multiply_count(1, 1, 5, 1) == 19_600


def test_the_loop_bounds_count_from_one_SCAN_04():
    x, w = CAMERA[None, None, :9, :8], np.arange(9.0).reshape(1, 1, 3, 3)
    w_bound, h_bound = 9 - 3 + 1, 8 - 3 + 1
    z = [
        [(x[0, 0, i - 1 : i + 2, j - 1 : j + 2] * w).sum() for j in range(1, h_bound + 1)]
        for i in range(1, w_bound + 1)
    ]
    assert np.shape(z) == (7, 6)
    assert_allclose(z, convolution.conv2d_loops(x, w)[0, 0], rtol=1e-12)
    assert len(range(1, w_bound)) == 6  # copied to Python, the bounds lose a place


def test_the_pseudo_code_leaves_out_the_bias_SCAN_05():
    without = convolution.conv2d_loops(PICTURE[None, None], FILTER[None, None])
    assert_array_equal(convolution.conv2d_loops(PICTURE[None, None], FILTER[None, None], [7.0]), without + 7)


def test_a_strided_loop_needs_a_second_counter_SCAN_06():
    assert [shapes.conv_output_size(side, 3, stride=2) for side in (9, 8)] == [4, 3]
    assert list(enumerate(range(1, 8, 2), start=1)) == [(1, 1), (2, 3), (3, 5), (4, 7)]
    out = convolution.conv2d_loops(CAMERA[None, None, :9, :8], FILTER[None, None], stride=2)
    assert out.shape == (1, 1, 4, 3)


def test_a_filter_reaches_through_all_maps_SCAN_07():
    assert shapes.conv_parameter_count(3, 1, kernel_size=3, bias=False) == 27


def test_the_first_formula_transposes_the_filter_SCAN_08():
    x, w = CAMERA[100:106, 230:236], np.arange(9.0).reshape(3, 3)
    pairs = list(itertools.product((1, 2, 3), repeat=2))  # indices from 1, as printed
    z = [[sum(w[k - 1, m - 1] * x[i + m - 2, j + k - 2] for k, m in pairs) for j in range(1, 5)] for i in range(1, 5)]
    assert_allclose(z, filters.correlate2d(x, w.T, "valid"), rtol=1e-12)
    read_again = [
        [sum(w[k - 1, m - 1] * x[i + k - 2, j + m - 2] for k, m in pairs) for j in range(1, 5)] for i in range(1, 5)
    ]
    assert_allclose(read_again, filters.correlate2d(x, w, "valid"), rtol=1e-12)


def test_the_second_formula_is_off_by_one_SCAN_09():
    x, w = CAMERA[100:106, 230:236], np.arange(9.0).reshape(3, 3)
    pairs = list(itertools.product((1, 2, 3), repeat=2))
    from_zero = [[sum(w[k - 1, m - 1] * x[i + k - 1, j + m - 1] for k, m in pairs) for j in range(4)] for i in range(4)]
    assert_allclose(from_zero, filters.correlate2d(x, w, "valid"), rtol=1e-12)  # right only if i and j begin at 0
    rows = {i + k for i in range(1, 5) for k in (1, 2, 3)}  # they begin at 1: of rows 1 to 6
    assert (1 in rows, max(rows)) == (False, 7)


@pytest.mark.parametrize(("stride", "expected"), [(1, [[4, 3, 4], [2, 4, 3], [2, 3, 4]]), (2, [[4, 4], [2, 4]])])
def test_the_example_of_five_by_five_pixels_SCAN_10(stride, expected):
    assert (int(PICTURE.sum()), FILTER.size, int(PICTURE.sum()) + FILTER.size) == (13, 9, 22)
    assert int(PICTURE.sum() + FILTER.sum()) == 18  # of the 22 digits, fourteen and four are ones
    for conv in (convolution.conv2d, convolution.conv2d_loops):
        assert conv(PICTURE[None, None], FILTER[None, None], [0.0], stride)[0, 0].tolist() == expected


# The Toeplitz matrix


def test_a_local_layer_of_five_has_thirteen_connections_TOE_01_02_16():
    mask = scanning.window_mask(5, reach=1)
    assert mask.tolist() == [[1, 1, 0, 0, 0], [1, 1, 1, 0, 0], [0, 1, 1, 1, 0], [0, 0, 1, 1, 1], [0, 0, 0, 1, 1]]
    names = re.findall("w..", "w11 w12 w12 w21 w22 w23 w23 w32 w33 w34 w34 w43 w44 w45 w45 w54 w55")
    assert len(names) == 17
    assert set(names) == {f"w{m + 1}{i + 1}" for i, m in np.argwhere(mask)}
    assert (mask.size, mask.sum()) == (25, 13)


def test_the_mask_is_a_toeplitz_matrix_TOE_03():
    mask = scanning.window_mask(5, reach=1)
    assert_array_equal(mask[1:, 1:], mask[:-1, :-1])
    weights = mask * np.arange(1, 26).reshape(5, 5)  # a local layer's are none
    assert (weights[1:, 1:] != weights[:-1, :-1]).any()


@pytest.mark.parametrize(("reach", "connections"), [*enumerate([5, 13, 19, 23, 25])])
def test_the_band_width_is_a_parameter_TOE_04(reach, connections):
    assert banded(5, reach) == connections == 5 * (2 * reach + 1) - reach * (reach + 1)


def test_k_stands_on_the_right_hand_side_TOE_05():
    x, w, mask = np.array([1.0, -2, 4, 0, 3]), np.arange(25.0).reshape(5, 5), scanning.window_mask(5, 1)
    under_the_sum = [sum(x[m] * w[m, i] * mask[i, m] for m in range(5)) for i in range(5)]
    assert_allclose(under_the_sum, (w.T * mask) @ x)  # K is a factor of each term, and h stands alone on the left


def test_shared_weights_make_a_true_convolution_TOE_06():
    x, w = np.array([1.0, -2, 4, 0, 3]), {-1: 2, 0: 3, 1: 5}
    by_formula = [sum(x[m] * w[i - m] for m in range(5) if abs(i - m) <= 1) for i in range(5)]
    matrix = convolution.convolution_matrix(KERNEL, (1, 1, 5), padding=(0, 1))
    assert by_formula == (matrix @ x).tolist() == np.convolve(x, [2, 3, 5], "same").tolist() == [-1, 7, 2, 26, 9]
    assert_array_equal(matrix[1:, 1:], matrix[:-1, :-1])


def test_shared_weights_in_two_dimensions_are_a_convolution_TOE_07():
    x, w = CAMERA[100:105, 230:235], np.arange(9.0).reshape(3, 3)
    by_formula = np.zeros((5, 5))
    for i, j, m, n in np.ndindex(5, 5, 5, 5):
        if abs(i - m) <= 1 and abs(j - n) <= 1:
            by_formula[i, j] += x[m, n] * w[i - m + 1, j - n + 1]
    matrix = convolution.convolution_matrix(w[None, None, ::-1, ::-1], (1, 5, 5), padding=1)
    assert_allclose(by_formula, filters.convolve2d(x, w), rtol=1e-12)
    assert_allclose((matrix @ x.ravel()).reshape(5, 5), by_formula, rtol=1e-12)


def test_an_unshared_layer_in_two_dimensions_has_169_weights_TOE_08():
    connected = np.kron(scanning.window_mask(5, 1), scanning.window_mask(5, 1))
    assert (connected.size, connected.sum()) == (625, 169)
    matrix = convolution.convolution_matrix(np.ones((1, 1, 3, 3)), (1, 5, 5), padding=1)
    assert_array_equal(matrix, connected)


def test_stride_keeps_the_rows_counted_from_zero_TOE_09_10():
    shared = convolution.convolution_matrix(KERNEL, (1, 1, 5), padding=(0, 1))
    strided = convolution.convolution_matrix(KERNEL, (1, 1, 5), stride=(1, 2), padding=(0, 1))
    assert_array_equal(strided, shared[[0, 2, 4]])
    assert shapes.conv_output_size(5, 3, stride=2, padding=1) == 3
    assert [i for i in range(1, 6) if i % 2 == 0] == [2, 4]


def test_same_keeps_five_and_valid_leaves_three_TOE_11():
    assert convolution.convolution_matrix(KERNEL, (1, 1, 5), padding="same").shape == (5, 5)
    assert convolution.convolution_matrix(KERNEL, (1, 1, 5), padding="valid").shape == (3, 5)


def test_convolution_and_shift_change_places_TOE_12():
    x = np.random.default_rng(1).normal(size=(1, 12))
    w = np.array([[2.0, 3, 5]])

    def f(signal, border="wrap"):
        return filters.convolve2d(signal, w, border=border)

    assert_allclose(f(np.roll(x, 4, axis=1)), np.roll(f(x), 4, axis=1), rtol=1e-13)
    differ = ~np.isclose(f(np.roll(x, 4, axis=1), "zero"), np.roll(f(x, "zero"), 4, axis=1))
    assert np.flatnonzero(differ).tolist() == [0, 3, 4, 11]  # at the border, and where it was
    every_second = [f(np.roll(x, shift, axis=1))[:, ::2] for shift in (0, 4, 3)]
    assert_allclose(every_second[1], np.roll(every_second[0], 2, axis=1), rtol=1e-13)
    assert min(np.abs(every_second[2] - np.roll(every_second[0], n, axis=1)).max() for n in range(6)) > 0.1


@pytest.mark.parametrize(
    ("matrix", "weights", "products", "outputs"),
    [
        (np.arange(1, 26).reshape(5, 5), 25, 25, 5),
        (np.arange(1, 26).reshape(5, 5) * scanning.window_mask(5, 1), 13, 13, 5),
        (convolution.convolution_matrix(KERNEL, (1, 1, 5), padding=(0, 1)), 3, 13, 5),
        (convolution.convolution_matrix(KERNEL, (1, 1, 5), stride=(1, 2), padding=(0, 1)), 3, 7, 3),
    ],
)
def test_storage_and_time_of_dense_local_shared_and_strided_layers_TOE_13_14_15_16(matrix, weights, products, outputs):
    assert np.unique(matrix[matrix != 0]).size == weights
    assert np.count_nonzero(matrix) == products
    assert len(matrix) == outputs
    assert banded(5, 1) == 13
    assert banded(5, 1, stride=2) == 7
