"""Figures of lesson 01: every point in its class, the line where w.x is 0, a cross on every wrong point."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from course_lib import perceptron
from course_lib.plots import perceptron as plots

X = np.array([[0.0, 0.0], [2.0, 1.0], [1.0, 3.0], [4.0, 2.0]])
TARGETS = np.array([1, -1, 1, -1])


def test_each_class_has_its_colour_its_shape_and_its_points():
    axes = plots.plane(X, TARGETS, names=("yes", "no"), xlabel="length", ylabel="depth").axes[0]
    plus, minus = axes.collections
    assert_array_equal(plus.get_offsets(), X[TARGETS == 1])
    assert_array_equal(minus.get_offsets(), X[TARGETS == -1])
    assert plus.get_facecolor().tolist() != minus.get_facecolor().tolist()
    assert len(plus.get_paths()[0].vertices) != len(minus.get_paths()[0].vertices)  # a circle and a square
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["yes", "no"]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("length", "depth")


@pytest.mark.parametrize("weights", [[-2.0, 1.0, 0.5], [-1.5, 0.0, 1.0], [1.5, -1.0, 0.0], [1.0, -1.0, 1.0]])
def test_the_line_is_where_the_sum_is_0_and_wrong_points_are_crossed_out(weights):
    axes = plots.plane(X, TARGETS, ("line", weights)).axes[0]
    ends = axes.lines[0].get_xydata()
    assert ends.shape == (2, 2)
    assert_allclose(perceptron.net(ends, weights), 0, atol=1e-12)
    frame = np.array([axes.get_xlim(), axes.get_ylim()]).T
    on_the_frame = np.isclose(ends[:, None], frame[None]).any(axis=(1, 2))
    assert on_the_frame.all()
    wrong = perceptron.output(X, weights) != TARGETS
    crosses = [c for c in axes.collections if c.get_label() == "on the wrong side"]
    assert len(crosses) == int(wrong.any())
    for cross in crosses:
        assert cross.get_zorder() < axes.collections[0].get_zorder()  # the point is seen
        assert_array_equal(cross.get_offsets(), X[wrong])


@pytest.mark.parametrize("weights", [[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [-100.0, 1.0, 1.0]])
def test_a_line_outside_the_picture_is_left_out(weights):
    assert len(plots.plane(X, TARGETS, ("line", weights)).axes[0].lines) == 0


def test_several_lines_differ_in_style_and_are_named_in_the_words():
    figure = plots.plane(X, TARGETS, ("rule", [-2, 1, 0.5]), ("delta", [-1, 1, 0]))
    lines = figure.axes[0].lines
    assert [line.get_label() for line in lines] == ["rule", "delta"]
    assert lines[0].get_linestyle() != lines[1].get_linestyle()
    assert repr(figure) == "<figure: t = +1 and t = -1 in the plane: rule, delta>"


def test_patterns_have_white_at_0_and_a_scale_of_their_own():
    bytes_pattern = np.array([[0, 16], [3, 5]], dtype=np.uint8)
    figure = plots.patterns(("signed", np.array([[-3.0, 1.0]])), ("bytes", bytes_pattern), ("empty", np.zeros((2, 2))))
    limits = [axes.images[0].get_clim() for axes in figure.axes]
    assert limits == [(-3, 3), (-16, 16), (-1, 1)]
    assert_array_equal(figure.axes[1].images[0].get_array(), bytes_pattern)
    assert figure.png().startswith(b"\x89PNG")
