"""Every number of lesson 11's topic: what the source prints, what course_lib computes, and the verdict.

A test's name ends with the ids of the numbers that it settles; tests/test_notebooks.py asks that the lesson shows each.
"""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from course_lib import convolution, data, shapes
from course_lib.ledger.lesson_11 import CASES
from course_lib.ledger.lesson_11 import size_as_printed as printed_size
from course_lib.ledger.lesson_11 import size_by_formula as true_size
from course_lib.plots import transposed as plots


def test_the_output_size_is_right_with_output_padding_in_every_case_TCV_01():
    assert len(CASES) == 1088
    violations, without = 0, 0
    for n, F, S, P in CASES:
        size, a = shapes.conv_output_size(n, F, S, P), (n + 2 * P - F) % S
        assert shapes.conv_transpose_output_size(size, F, S, P, a) == true_size(size, F, S, P) + a
        violations += shapes.conv_transpose_output_size(size, F, S, P, a) != n
        without += true_size(size, F, S, P) == n
    assert (violations, without) == (0, 577)


def test_the_stamps_are_the_transpose_of_the_convolutions_matrix_TCV_01():
    rng = np.random.default_rng(0)
    for n, F, S, P in CASES:
        weight, a = rng.integers(-9, 10, (1, 1, 1, F)), (n + 2 * P - F) % S
        matrix = convolution.convolution_matrix(weight, (1, 1, n), (1, S), (0, P))
        v = rng.integers(-9, 10, len(matrix)).astype(float)
        back = convolution.conv_transpose2d(v.reshape(1, 1, 1, -1), weight, None, (1, S), (0, P), (0, a))
        assert_array_equal(matrix.T @ v, back.ravel())


def test_the_output_is_as_deep_as_there_are_filters_TCV_01():
    out = convolution.conv_transpose2d(np.ones((1, 3, 5, 6)), np.ones((3, 8, 4, 4)), stride=2, padding=1)
    assert out.shape == (1, 8, 10, 12)
    assert (true_size(5, 4, 2, 1), true_size(6, 4, 2, 1)) == (10, 12)


def test_zeros_between_padding_and_the_turned_filter_give_the_same_TCV_02():
    rng = np.random.default_rng(1)
    for n, F, S, P in CASES:
        size, a = shapes.conv_output_size(n, F, S, P), (n + 2 * P - F) % S
        x, weight = rng.integers(-9, 10, (1, 1, size, size)), rng.integers(-9, 10, (1, 1, F, F))
        spread = np.zeros((1, 1, S * (size - 1) + 1, S * (size - 1) + 1))
        spread[:, :, ::S, ::S] = x
        sides = ((F - P - 1, F - P - 1 + a),) * 2
        gathered = convolution.conv2d(spread, weight[:, :, ::-1, ::-1], padding=sides)
        assert_array_equal(gathered, convolution.conv_transpose2d(x, weight, None, S, P, a))
        assert gathered.shape[2:] == (n, n)
        if F > 1 and a == 0:
            assert np.array_equal(convolution.conv2d(spread, weight, padding=sides), gathered) == np.array_equal(
                convolution.conv_transpose2d(x, weight[:, :, ::-1, ::-1], None, S, P), gathered
            )  # without turning it is the transpose for the turned kernel


def test_the_unfinished_derivation_finished_TCV_03():
    assert (printed_size(5, 4, 2, 1), true_size(5, 4, 2, 1)) == (11, 10)
    assert shapes.conv_transpose_output_size(5, 4, 2, 1) == 10
    mismatches = 0
    for n, F, S, P in CASES:
        size = shapes.conv_output_size(n, F, S, P)
        printed, true = printed_size(size, F, S, P), true_size(size, F, S, P)
        assert printed == S * (size + F - 2 * P - 2) + 1
        assert printed - true == (S - 1) * (F - 2 * P - 1)
        assert (printed == true) == (S == 1 or F == 2 * P + 1)
        assert S * (size - 1) + 1 + 2 * (F - P - 1) - F + 1 == true  # zeros between, padding, stride 1
        mismatches += printed != true
    assert mismatches == 690


def test_the_output_can_be_smaller_than_the_input_TCV_04():
    assert shapes.conv_transpose_output_size(5, kernel_size=3, stride=1, padding=2) == 3
    assert convolution.conv_transpose2d(np.ones((1, 1, 5, 5)), np.ones((1, 1, 3, 3)), padding=2).shape == (1, 1, 3, 3)


def test_the_two_size_formulas_are_inverse_where_the_stride_divides_TCV_05():
    dividing = [case for case in CASES if (case[0] + 2 * case[3] - case[1]) % case[2] == 0]
    assert len(dividing) == 577
    for n, F, S, P in dividing:
        size = shapes.conv_output_size(n, F, S, P, rounding="exact")
        assert shapes.conv_transpose_output_size(size, F, S, P) == n
        assert shapes.conv_output_size(true_size(size, F, S, P), F, S, P, rounding="exact") == size


def test_a_convolution_and_its_transpose_are_adjoint_on_nine_by_eight_pixels_TCV_06():
    rng = np.random.default_rng(11)
    x, weight = rng.normal(size=(1, 1, 9, 8)), rng.normal(size=(1, 1, 3, 3))
    out = convolution.conv2d(x, weight, stride=2, padding=1)
    a = tuple((size + 2 - 3) % 2 for size in (9, 8))
    assert a == (0, 1)
    y = rng.normal(size=out.shape)
    back = convolution.conv_transpose2d(y, weight, stride=2, padding=1, output_padding=a)
    assert back.shape == x.shape
    assert abs((out * y).sum() - (x * back).sum()) < 1e-13
    assert_array_equal(convolution.conv2d_backward(y, x, weight, stride=2, padding=1)[0], back)


# The lesson's other claims


def ripple(kernel):
    flat = convolution.conv_transpose2d(np.ones((1, 1, 8, 8)), kernel[None, None], stride=2)
    inside = flat[..., 6:-6, 6:-6]
    return (inside.max() - inside.min()) / inside.mean()


@pytest.mark.parametrize(("side", "counts"), [(2, {1}), (3, {1, 2, 4}), (4, {4}), (5, {4, 6, 9}), (6, {9})])
def test_equal_weights_are_flat_where_the_stride_divides_the_kernel(side, counts):
    stamps = convolution.conv_transpose2d(np.ones((1, 1, 8, 8)), np.ones((1, 1, side, side)), stride=2)
    assert set(stamps[0, 0, 6:-6, 6:-6].ravel()) == counts
    assert (ripple(np.ones((side, side))) == 0) == (side % 2 == 0)


def test_the_tent_is_flat_though_its_stamps_are_uneven_and_no_kernel_ripples_after_repeating():
    assert ripple(np.outer([1.0, 2, 1], [1, 2, 1])) == 0
    flat = np.ones((1, 1, 16, 16))
    out = convolution.conv2d(flat, np.random.default_rng(0).uniform(size=(1, 1, 3, 3)))
    assert np.ptp(out) < 1e-12


def test_kernel_three_draws_a_checkerboard_over_the_photograph_and_kernel_four_does_not():
    eye = data.to_grey(data.load_image("chelsea"))[70:134, 110:174]
    half = eye.reshape(32, 2, 32, 2).mean(axis=(1, 3))[None, None]
    three = convolution.conv_transpose2d(half, np.full((1, 1, 3, 3), 4 / 9), stride=2, padding=1, output_padding=1)
    four = convolution.conv_transpose2d(half, np.full((1, 1, 4, 4), 1 / 4), stride=2, padding=1)
    off = [np.abs(out[0, 0] - eye)[2:-2, 2:-2].mean() for out in (three, four)]
    assert off == pytest.approx([42.8, 7.3], abs=0.05)


def test_the_stamps_of_a_row_stand_where_they_are_added():
    figure = plots.stamps(np.array([1.0, 2]), np.array([1.0, -3]), stride=1, padding=1)
    texts = [(text.get_position()[0], text.get_text()) for text in figure.axes[0].texts]
    assert texts == [
        (0.5, "1"), (0.5, "1"), (1.5, "\u22123"),
        (1.5, "2"), (1.5, "2"), (2.5, "\u22126"),
        (0.5, "1"), (1.5, "\u22121"), (2.5, "\u22126"),
    ]  # fmt: skip
    sums = figure.axes[0].patches[-3:]
    assert len({patch.get_facecolor() for patch in sums}) == 2
    assert sums[0].get_facecolor() == sums[2].get_facecolor() != sums[1].get_facecolor()
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["input", "stamp 1", "stamp 2", "sum"]


def test_a_drawn_matrix_leaves_zeros_blank_and_large_ones_have_no_numbers():
    matrix = np.array([[1.0, 0, -2], [0, 3, 0]])
    figure = plots.matrices(("A", matrix), ("A transposed", matrix.T))
    assert [text.get_text() for text in figure.axes[0].texts] == ["1", "\u22122", "3"]
    assert_array_equal(figure.axes[0].images[0].get_array(), matrix)
    assert_array_equal(figure.axes[1].images[0].get_array(), matrix.T)
    assert figure.axes[0].images[0].get_clim() == pytest.approx((-4.8, 4.8))
    large = plots.matrices(("large", np.eye(60)))
    assert len(large.axes[0].texts) == 0
    assert large.axes[0].images[0].get_clim() == pytest.approx((0, 1.6))
