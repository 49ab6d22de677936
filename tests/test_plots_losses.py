"""The figures of lesson 05 hold the numbers that they are given, in the places where their axes say so."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from course_lib.plots import losses as plots


def drawn(axes):
    """{label: its points (n, 2)} of the axes' lines."""
    return {line.get_label(): line.get_xydata() for line in axes.lines}


def test_two_losses_show_values_left_and_gradients_right_with_the_unit_marked():
    units = [{"squared": {"value": n, "gradient": 10 + n}, "cross": {"value": 5 * n, "gradient": None}} for n in (1, 2)]
    at = {"squared": {"value": 0.5, "gradient": 0.25}, "cross": {"value": 7.0, "gradient": None}}
    left, right = plots.two_losses([-1, 1], units, ["squared", "cross"], 3.0, at).axes
    assert_array_equal(drawn(left)["squared error"], [[-1, 1], [1, 2]])
    assert_array_equal(drawn(left)["cross-entropy"], [[-1, 5], [1, 10]])
    assert_array_equal(drawn(right)["squared error"], [[-1, 11], [1, 12]])
    assert "cross-entropy" not in drawn(right)  # it has no gradient there
    assert [line.get_xydata().tolist() for line in left.lines if line.get_marker() == "o"] == [[[3, 0.5]], [[3, 7.0]]]
    assert [line.get_xydata().tolist() for line in right.lines if line.get_marker() == "o"] == [[[3, 0.25]]]
    assert (left.get_ylabel(), right.get_ylabel()) == ("loss", "gradient at the net input")


def test_descent_shows_each_output_step_by_step():
    (axes,) = plots.descent({"squared": [0.5, 0.4], "cross": [0.5, 0.1]}).axes
    assert_array_equal(drawn(axes)["squared error"], [[0, 0.5], [1, 0.4]])
    assert_array_equal(drawn(axes)["cross-entropy"], [[0, 0.5], [1, 0.1]])
    assert {line.get_linestyle() for line in axes.lines} == {"-", "--"}  # told apart without colours, too


def test_penalty_shows_the_penguins_the_chosen_curve_and_both_losses():
    table = {
        "points": [[190, 0], [200, 1], [192, 0]], "flippers": [180, 210], "strengths": [0, 0.1],
        "curves": [[0, 1], [0.4, 0.6]], "training": [0.1, 0.3], "validation": [0.5, 0.2],
    }  # fmt: skip
    figure = plots.penalty(table, 1)
    left, right = figure.axes
    assert_array_equal(drawn(left)["Adelie"], [[190, 0], [192, 0]])
    assert_array_equal(drawn(left)["Chinstrap"], [[200, 1]])
    assert_array_equal(left.lines[2].get_xydata(), [[180, 0.4], [210, 0.6]])
    assert left.get_title() == "strength 0.1"
    assert_array_equal(drawn(right)["training"], [[0, 0.1], [1, 0.3]])
    assert_array_equal(drawn(right)["validation"], [[0, 0.5], [1, 0.2]])
    assert_array_equal(right.lines[2].get_xdata(), [1, 1])  # the chosen strength
    assert [label.get_text() for label in right.get_xticklabels()] == ["0", "0.1"]


def test_a_valley_shows_its_paths_over_its_heights():
    (axes,) = plots.valley(lambda a, b: a**2 + 25 * b**2, ("one", [(10, 1), (5, 0)]), ("two", [(9, -1), (0, 0)])).axes
    assert_array_equal(drawn(axes)["one"], [[10, 1], [5, 0]])
    assert_array_equal(drawn(axes)["two"], [[9, -1], [0, 0]])
    contours = axes.collections[0]
    for level, path in zip(contours.levels, contours.get_paths(), strict=True):
        inside = path.vertices[(abs(path.vertices[:, 0]) < 10) & (abs(path.vertices[:, 1]) < 1.5)]
        assert_allclose(inside[:, 0] ** 2 + 25 * inside[:, 1] ** 2, level, atol=0.1)


def test_a_staircase_has_a_picture_for_each_approximation():
    x = np.array([0.0, 1.0, 2.0])
    left, right = plots.staircase(x, x**2, ("4 units", x + 1), ("16 units", x - 1)).axes
    for axes, title, values in ((left, "4 units", x + 1), (right, "16 units", x - 1)):
        assert axes.get_title() == title
        assert_array_equal(axes.lines[0].get_xydata(), np.column_stack([x, x**2]))
        assert_array_equal(axes.lines[1].get_xydata(), np.column_stack([x, values]))


@pytest.mark.parametrize(("answer", "title"), [(3, "3"), (8, "3, taken for 8")])
def test_wrong_digits_say_what_they_were_taken_for(answer, title):
    image = np.zeros((8, 8))
    image[2, 5] = 16
    (axes,) = plots.wrong_digits([image], [3], [answer]).axes
    assert axes.get_title() == title
    shown = axes.images[0].get_array()
    assert (shown[2, 5], shown[0, 0]) == (0, 255)  # ink is dark
