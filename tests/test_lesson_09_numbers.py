"""Every number of lesson 09's topics: what the source prints, what course_lib computes, and the verdict.

A test's name ends with the ids of the numbers that it settles; tests/test_notebooks.py asks that the lesson shows each.
"""

import itertools
import math

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from course_lib import convolution, data, filters, shapes


def out_shape(channels, size, filters, kernel_size, **settings):
    """(depth, height, width) that conv2d makes of a volume."""
    x, weight = np.zeros((1, channels, size, size)), np.zeros((filters, channels, kernel_size, kernel_size))
    return convolution.conv2d(x, weight, **settings).shape[1:]


def places(size, kernel, stride):
    return [start for start in range(0, size, stride) if start + kernel <= size]


# Volumes


def test_a_5_by_5_by_3_filter_makes_a_28_by_28_map_of_32_by_32_by_3_VOL_01_03():
    assert shapes.conv_output_size(32, 5) == 28
    assert out_shape(3, 32, 1, 5) == (1, 28, 28)


def test_each_place_is_a_dot_product_of_75_numbers_plus_a_bias_VOL_02():
    rng = np.random.default_rng(0)
    x, w, b = rng.normal(size=(1, 3, 32, 32)), rng.normal(size=(3, 5, 5)), 0.7
    window = x[0, :, 10:15, 12:17]
    assert window.size == w.size == 75
    assert_allclose(convolution.conv2d(x, w[None], [b])[0, 0, 10, 12], w.ravel() @ window.ravel() + b, rtol=1e-12)
    maps = [filters.correlate2d(x[0, c], w[c], "valid") for c in range(3)]
    assert_allclose(convolution.conv2d(x, w[None], [b])[0, 0], sum(maps) + b, rtol=1e-10)


def test_six_filters_make_a_volume_six_deep_VOL_04():
    assert out_shape(3, 32, 6, 5) == (6, 28, 28)


@pytest.mark.parametrize(("size", "number", "kernel", "stride"), [(227, 96, 11, 4), (32, 6, 5, 1), (32, 10, 5, 1)])
def test_the_depth_of_the_output_is_the_number_of_filters_not_the_inputs_depth_VOL_05(size, number, kernel, stride):
    depth = out_shape(3, size, number, kernel, stride=stride)[0]
    assert depth == number != 3
    with pytest.raises(ValueError, match="3 channels"):  # what must equal the input's depth is the filter's
        convolution.conv2d(np.zeros((1, 3, 8, 8)), np.zeros((1, 4, 3, 3)))


def test_width_and_height_shrink_by_the_same_formula_VOL_06():
    assert out_shape(3, 28, 100, 3) == (100, 26, 26)
    assert [(28 - 3) // 1 + 1] * 2 == [26, 26]


def test_a_photograph_is_height_by_width_by_depth_VOL_07():
    height, width, depth = data.load_image("coffee").shape
    assert (height, width, depth) == (400, 600, 3)


def test_the_kernels_labels_are_flipped_upside_down_which_is_no_turn_by_180_degrees_VOL_08():
    printed, row_by_row = np.array([[7, 8, 9], [4, 5, 6], [1, 2, 3]]), np.arange(1, 10).reshape(3, 3)
    assert_array_equal(printed, row_by_row[::-1])
    assert not np.array_equal(printed, row_by_row[::-1, ::-1])


# Output sizes


@pytest.mark.parametrize(
    ("size", "stride", "printed"),
    [
        pytest.param(6, 1, 4, id="OUT_01"),
        pytest.param(8, 1, 6, id="OUT_02"),
        pytest.param(7, 1, 5, id="OUT_04"),
        pytest.param(7, 2, 3, id="OUT_05"),
        pytest.param(7, 1, 5, id="OUT_08"),
        pytest.param(7, 2, 3, id="OUT_09"),
    ],
)
def test_the_printed_sizes_without_padding_are_exact_OUT_01_02_04_05_08_09(size, stride, printed):
    assert shapes.conv_output_size(size, 3, stride, rounding="exact") == printed == len(places(size, 3, stride))


@pytest.mark.parametrize(
    ("size", "printed"),
    [pytest.param(6, 6, id="OUT_03"), pytest.param(7, 7, id="OUT_10"), pytest.param(7, 7, id="OUT_11")],
)
def test_a_padding_of_1_keeps_the_size_under_a_window_of_3_OUT_03_10_11(size, printed):
    assert shapes.conv_output_size(size, 3, padding=1) == printed


def test_stride_3_on_7_gives_a_third_of_a_place_OUT_06():
    places_by_formula = (7 - 3) / 3 + 1
    assert places_by_formula == pytest.approx(2.3333333333333335, rel=1e-15)
    with pytest.raises(ValueError, match=r"\(7 - 3\) / 3 \+ 1 = 2.33"):
        shapes.conv_output_size(7, 3, stride=3, rounding="exact")


def test_rounded_down_it_is_2_and_one_column_is_never_read_OUT_07():
    assert shapes.conv_output_size(7, 3, stride=3) == 2
    read = convolution.col2im(np.ones((1, 9, 4)), (1, 1, 7, 7), 3, stride=3)[0, 0]
    assert_array_equal(np.flatnonzero(read.sum(axis=0) == 0), [6])
    x = np.random.default_rng(0).normal(size=(1, 1, 7, 7))
    changed = x.copy()
    changed[..., 6] = 1e6
    kernel = np.ones((1, 1, 3, 3))
    assert_array_equal(convolution.conv2d(x, kernel, stride=3), convolution.conv2d(changed, kernel, stride=3))


@pytest.mark.parametrize(
    ("kernel", "printed"),
    [pytest.param(3, 1, id="OUT_12"), pytest.param(5, 2, id="OUT_13"), pytest.param(7, 3, id="OUT_14")],
)
def test_half_of_F_minus_1_keeps_every_size_OUT_12_13_14_15(kernel, printed):
    assert (kernel - 1) // 2 == printed
    for size in range(kernel, 60):
        assert shapes.conv_output_size(size, kernel, padding=printed) == size
        assert shapes.same_padding(size, kernel) == (printed, printed)


def test_the_general_rule_counts_the_places_OUT_16_17():
    for size, padding, kernel, stride in itertools.product(range(1, 16), range(3), range(1, 8), range(1, 5)):
        if size + 2 * padding >= kernel:
            counted = len(places(size + 2 * padding, kernel, stride))
            assert (size + 2 * padding - kernel) // stride + 1 == counted
            assert shapes.conv_output_size(size, kernel, stride, padding) == counted


def test_ten_5_by_5_filters_with_padding_2_keep_32_and_make_ten_maps_OUT_18_19_20_25():
    assert shapes.conv_output_size(32, 5, stride=1, padding=2) == 32
    assert out_shape(3, 32, 10, 5, padding=2) == (10, 32, 32)


def test_odd_and_even_filters_keep_the_size_with_L_minus_1_zeros_OUT_21():
    for size, kernel in itertools.product(range(3, 30), range(1, 9)):
        half = kernel // 2
        sides = (half, half) if kernel % 2 else (half - 1, half)
        assert size + sum(sides) == size + kernel - 1
        assert shapes.conv_output_size(size, kernel, padding=sides) == size
        assert shapes.same_padding(size, kernel) == sides


def test_with_a_stride_the_size_becomes_N_over_S_rounded_up_and_the_first_step_is_not_needed_OUT_22():
    cases = list(itertools.product(range(1, 40), range(1, 8), range(1, 6)))
    assert len(cases) == 1365
    for size, kernel, stride in cases:
        wanted = math.ceil(size / stride)
        multiple = size + stride * math.ceil(size / stride) - size
        assert shapes.conv_output_size(multiple, kernel, stride, (0, kernel - 1)) == wanted
        assert shapes.conv_output_size(size, kernel, stride, (0, kernel - 1)) == wanted
        assert shapes.conv_output_size(size, kernel, stride, shapes.same_padding(size, kernel, stride)) == wanted
    size, stride = 7, 1
    assert stride * size / stride - size == 0  # as printed, without the brackets of rounding up, nothing is added


def test_a_stride_above_1_cannot_keep_the_size_OUT_23():
    for size, stride in itertools.product(range(2, 40), range(2, 8)):
        sides = shapes.same_padding(size, 3, stride)
        assert shapes.conv_output_size(size, 3, stride, sides) == math.ceil(size / stride) < size


def test_the_padded_row_has_9_cells_OUT_24():
    assert len(np.pad(np.ones(7), 1)) == 7 + 2 * 1 == 9


def test_more_padding_than_same_enlarges_OUT_26():
    assert shapes.conv_output_size(200, 5, padding=4) == 204
    (sides, _) = shapes.padding_sides("full", (200, 200), (5, 5), (1, 1), (1, 1))
    assert sides == (4, 4)


def test_without_padding_the_map_shrinks_OUT_27():
    assert shapes.conv_output_size(32, 5) == 28


def test_28_by_28_with_3_by_3_needs_a_padding_of_1_OUT_28():
    assert shapes.same_padding(28, 3) == (1, 1)
    assert shapes.conv_output_size(28, 3, padding=1) == 28


# Parameters


@pytest.mark.parametrize(
    ("channels", "number", "kernel", "printed"),
    [
        pytest.param(3, 1, 3, 28, id="PAR_01"),
        pytest.param(3, 100, 3, 2800, id="PAR_02"),
        pytest.param(3, 1, 5, 76, id="PAR_03"),
        pytest.param(3, 10, 5, 760, id="PAR_04"),
        pytest.param(3, 10, 5, (5 * 5 * 3 + 1) * 10, id="PAR_05"),
        pytest.param(3, 16, 5, 1216, id="PAR_07_first"),
        pytest.param(3, 96, 11, 34944, id="PAR_07_alexnet"),
        pytest.param(16, 32, 3, 4640, id="PAR_10"),
    ],
)
def test_the_printed_counts_are_those_of_the_arrays_PAR_01_to_05_07_10(channels, number, kernel, printed):
    weight, bias = np.zeros((number, channels, kernel, kernel)), np.zeros(number)
    assert shapes.conv_parameter_count(channels, number, kernel) == printed == weight.size + bias.size
    assert number * (channels * kernel**2 + 1) == printed


def test_ten_filters_have_750_weights_and_10_biases_PAR_06():
    weights = shapes.conv_parameter_count(3, 10, 5, bias=False)
    assert (weights, shapes.conv_parameter_count(3, 10, 5) - weights) == (750, 10)


def test_the_convolutional_layers_of_alexnet_have_3747200_parameters_PAR_08():
    layers = ((96, 3, 11), (256, 96, 5), (384, 256, 3), (384, 384, 3), (256, 384, 3))
    assert sum(shapes.conv_parameter_count(before, number, side) for number, before, side in layers) == 3747200


def test_a_filter_has_its_size_times_the_maps_before_PAR_09():
    assert shapes.conv_parameter_count(3, 1, 3, bias=False) == 3 * 3 * 3 == 27


def test_a_single_3_by_3_kernel_has_9_weights_and_10_with_bias_PAR_11():
    assert (shapes.conv_parameter_count(1, 1, 3, bias=False), shapes.conv_parameter_count(1, 1, 3)) == (9, 10)


# Hyperparameters


def test_the_numbers_of_first_filters_are_powers_of_two_HYP_01():
    assert [math.log2(number) for number in (2, 4, 8, 16, 32)] == [1, 2, 3, 4, 5]


def test_typical_filters_on_colours_have_75_27_and_3_weights_HYP_02():
    assert [shapes.conv_parameter_count(3, 1, side, bias=False) for side in (5, 3, 1)] == [75, 27, 3]


def test_the_common_setting_keeps_the_size_HYP_03():
    assert shapes.conv_output_size(32, 3, stride=1, padding=1) == 32


def test_a_layer_has_four_numbers_to_choose_and_with_its_pooling_five_without_padding_HYP_04_05():
    layer, pooling = {"K", "F", "S", "P"}, {"block", "stride"}
    assert len(layer) == 4
    assert len(layer - {"P"}) + len(pooling) == 5


def test_one_of_the_printed_numbers_of_filters_is_a_power_of_two_HYP_06():
    powers = {number: math.log2(number).is_integer() for number in (96, 256, 384, 100, 20, 10, 6)}
    assert powers == {96: False, 256: True, 384: False, 100: False, 20: False, 10: False, 6: False}


# The slip in the full-padding formula that the lesson asks for


def test_the_printed_form_for_full_padding_is_right_for_stride_1_only():
    for size, kernel, stride in itertools.product(range(3, 30), range(2, 6), range(1, 6)):
        true = (size + kernel - 2) / stride + 1
        assert ((size + kernel) / stride - 1 == pytest.approx(true)) == (stride == 1)
        assert shapes.conv_output_size(size, kernel, stride, padding=kernel - 1) == math.floor(true)
