"""Every number of lesson 13's topics: what the source prints, what course_lib computes, and the verdict.

A test's name ends with the ids of the numbers that it settles; tests/test_notebooks.py asks that the lesson shows each.
"""

from fractions import Fraction

import numpy as np
import pytest
from numpy.testing import assert_allclose

from course_lib import architectures, network, shapes
from course_lib.plots import alexnet as plots

TABLE = architectures.alexnet_table()
SUMMARY = architectures.summary(TABLE, (3, 227, 227))
TOWERS = architectures.summary(architectures.alexnet_table("two_tower"), (3, 227, 227))
SHAPE = {row.name: row.out_shape for row in SUMMARY}


def parameters(summary):
    return {row.name: row.parameters for row in summary if row.parameters}


# Shapes


@pytest.mark.parametrize(
    ("name", "side", "before", "kernel", "stride", "padding"),
    [
        pytest.param("conv1", 55, 227, 11, 4, 0, id="ALX_01"),
        pytest.param("pool1", 27, 55, 3, 2, 0, id="ALX_02"),
        pytest.param("conv2", 27, 27, 5, 1, 2, id="ALX_03"),
        pytest.param("pool2", 13, 27, 3, 2, 0, id="ALX_04"),
        pytest.param("conv3", 13, 13, 3, 1, 1, id="ALX_05"),
        pytest.param("conv4", 13, 13, 3, 1, 1, id="ALX_06"),
        pytest.param("conv5", 13, 13, 3, 1, 1, id="ALX_07"),
        pytest.param("pool3", 6, 13, 3, 2, 0, id="ALX_08"),
    ],
)
def test_the_maps_have_the_printed_sides_and_everything_fits_ALX_01_02_03_04_05_06_07_08(
    name, side, before, kernel, stride, padding
):
    assert SHAPE[name][1:] == (side, side)
    assert shapes.conv_output_size(before, kernel, stride, padding, rounding="exact") == side


def test_227_fits_224_does_not_and_with_padding_2_is_rounded_down_to_55_ALX_09():
    sizes = {size: Fraction(size - 11, 4) + 1 for size in (227, 224)}
    assert sizes == {227: 55, 224: Fraction(217, 4)}
    with pytest.raises(ValueError, match=r"54\.25"):
        shapes.conv_output_size(224, 11, 4, rounding="exact")
    assert shapes.conv_output_size(224, 11, 4, padding=2) == 55
    assert sum(shapes.same_padding(224, 11, 4)) == 7
    assert shapes.conv_output_size(224, 11, 4, padding=shapes.same_padding(224, 11, 4)) == 56


@pytest.mark.parametrize(
    ("variant", "size", "sides", "features"),
    [
        ("two_tower", 224, [54, 26, 26, 12, 12, 12, 12, 5], 6400),
        ("two_tower", 227, [55, 27, 27, 13, 13, 13, 13, 6], 9216),
        ("torchvision", 224, [55, 27, 27, 13, 13, 13, 13, 6], 9216),
        ("same", 224, [56, 27, 27, 13, 13, 13, 13, 6], 9216),
    ],
)
def test_three_of_the_four_ways_with_224_and_227_arrive_at_6_by_6_ALX_09(variant, size, sides, features):
    rows = architectures.summary(architectures.alexnet_table(variant), (3, size, size))
    assert [row.out_shape[1] for row in rows if row.kind in ("Conv2d", "MaxPool2d")] == sides
    assert next(row.out_shape for row in rows if row.kind == "Flatten") == (features,)


def test_conv1_puts_out_55_by_55_by_96_numbers_ALX_11():
    assert SHAPE["conv1"] == (96, 55, 55)
    assert np.prod(SHAPE["conv1"]) == 290_400


def test_normalisation_keeps_the_shapes_ALX_25_26():
    assert SHAPE["norm1"] == SHAPE["pool1"] == (96, 27, 27)
    assert SHAPE["norm2"] == SHAPE["pool2"] == (256, 13, 13)


def test_the_dense_layers_take_9216_numbers_and_put_out_4096_4096_and_1000_ALX_16_27():
    assert SHAPE["flatten"] == (6 * 6 * 256,) == (9216,)
    assert [SHAPE[name] for name in ("fc6", "fc7", "fc8")] == [(4096,), (4096,), (1000,)]


# Counts


def test_conv1_has_34848_weights_printed_as_35k_without_the_biases_ALX_10():
    weights = shapes.conv_parameter_count(3, 96, 11, bias=False)
    assert weights == 11 * 11 * 3 * 96 == 34_848
    assert shapes.conv_parameter_count(3, 96, 11) == 34_944
    assert round(weights, -3) == round(34_944, -3) == 35_000


def test_pooling_learns_nothing_ALX_12():
    assert {row.parameters for row in SUMMARY if row.kind == "MaxPool2d"} == {0}


def test_one_tower_has_62378344_parameters_ALX_13():
    assert parameters(SUMMARY) == {
        "conv1": 34944, "conv2": 614656, "conv3": 885120, "conv4": 1327488, "conv5": 884992,
        "fc6": 37752832, "fc7": 16781312, "fc8": 4097000,
    }  # fmt: skip
    assert SUMMARY.parameters == 62_378_344
    assert SUMMARY.parameters - biases(SUMMARY) == 62_367_776
    assert sum(row.parameters for row in SUMMARY if row.kind == "Conv2d") == 3_747_200
    assert sum(row.parameters for row in SUMMARY if row.kind == "Linear") == 58_631_144


def test_two_towers_have_60965224_parameters_ALX_14():
    assert parameters(TOWERS) == {
        "conv1": 34944, "conv2": 307456, "conv3": 885120, "conv4": 663936, "conv5": 442624,
        "fc6": 37752832, "fc7": 16781312, "fc8": 4097000,
    }  # fmt: skip
    assert TOWERS.parameters == 60_965_224
    assert TOWERS.parameters - biases(TOWERS) == 60_954_656


def biases(summary):
    return sum(row.out_shape[0] for row in summary if row.parameters)


def test_there_are_659272_units_which_the_paper_rounds_to_650000_ALX_15():
    assert sum(np.prod(row.out_shape) for row in SUMMARY if row.kind in ("Conv2d", "Linear")) == 659_272


def test_the_rest_of_what_the_lesson_says_of_costs():
    assert SUMMARY.multiply_adds == 1_135_256_096
    assert TOWERS.multiply_adds == 724_406_816
    convolutions = sum(row.multiply_adds for row in SUMMARY if row.kind == "Conv2d")
    assert_allclose(convolutions / SUMMARY.multiply_adds, 0.948, atol=5e-4)
    assert {row.name: row.receptive_field for row in SUMMARY}["pool3"] == (195, 32)


# Settings


def test_dropout_has_the_printed_0_5_ALX_17():
    assert [settings["p"] for _, kind, settings in TABLE if kind == "Dropout"] == [0.5, 0.5]


def test_the_printed_settings_of_training_are_those_of_the_paper_ALX_18_19_20_21():
    printed = {"batch size": "128", "momentum": "0.9", "learning rate": "1e-2", "weight decay": "5e-4"}
    paper = {"batch size": 128, "momentum": 0.9, "learning rate": 0.01, "weight decay": 0.0005}
    assert {name: float(text) for name, text in printed.items()} == paper
    sgd, seen = network.SGD(None, 0.01), network.History()
    schedule = network.ReduceLROnPlateau(factor=0.1, patience=1)  # divided by ten where nothing gets better
    for loss in (1.0, 1.0):
        seen.loss.append(loss)
        schedule(sgd, seen)
    assert_allclose(sgd.learning_rate, 0.001)


def test_seven_nets_gain_2_8_points_of_validation_error_with_two_pre_trained_ones_ALX_22():
    one, five, seven = 18.2, 16.4, 15.4
    assert round(one - seven, 1) == 2.8
    assert round(one - five, 1) == 1.8  # without the two that saw more pictures


def test_15_4_is_the_validation_error_and_the_official_test_error_is_15_3_ALX_23():
    validation, test = 15.4, 15.3
    assert validation != test
    assert (round(100 - validation, 1), round(100 - test, 1)) == (84.6, 84.7)


def test_relu_was_used_long_before_alexnet_ALX_24():
    assert [2012 - year for year in (1969, 2010, 2011)] == [43, 2, 1]


# History


def test_threshold_logic_is_of_1943_HIS_01():
    assert 2012 - 1943 == 69


def test_alexnets_85_per_cent_is_84_7_rounded_HIS_02():
    assert round(100 - 15.3, 1) == 84.7
    assert round(84.7) == round(84.6 + 1e-9) == 85


def test_the_75_per_cent_before_is_74_3_of_another_year_or_73_8_of_the_same_HIS_03():
    before_2010, alexnet_2010, second_2012, alexnet_2012 = 100 - 25.7, 100 - 17.0, 100 - 26.2, 100 - 15.3
    assert [round(x, 1) for x in (before_2010, alexnet_2010, second_2012, alexnet_2012)] == [74.3, 83.0, 73.8, 84.7]
    assert round(before_2010) == round(second_2012) == 74  # neither is 75
    assert round(alexnet_2012 - second_2012, 1) == 10.9


def test_96_5_per_cent_is_96_43_and_rounds_to_96_4_HIS_04():
    assert round(100 - 3.57, 2) == 96.43
    assert round(96.43, 1) == 96.4


def test_comparable_to_humans_means_above_the_usual_94_9_HIS_05():
    assert round(100 - 5.1, 1) == 94.9
    assert 84.7 < 94.9 < 96.43


def test_between_lenet_and_alexnet_lie_23_and_14_years_HIS_06():
    assert [2012 - year for year in (1989, 1998)] == [23, 14]


def test_from_10_to_100_objects_is_a_factor_of_10_and_imagenet_has_1000_HIS_07():
    assert 100 / 10 == 10.0
    assert SHAPE["fc8"] == (1000,)


@pytest.mark.parametrize("years", [[2012, 2013, 2015]])
def test_the_timeline_shows_the_years_that_the_sources_cite_HIS_08_09_10_11(years):
    events = [(1980, "Neocognitron"), (1989, "trained by backpropagation"), (1991, "tanh"), *((y, "") for y in years)]
    figure = plots.timeline(events)
    assert [int(x) for x in figure.axes[0].collections[0].get_offsets()[:, 0]] == [1980, 1989, 1991, *years]
    assert years == sorted(years)
    assert 1989 - 1980 == 9
