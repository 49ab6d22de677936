"""The figures of lesson 08 hold the data that they were given."""

import numpy as np
from numpy.testing import assert_array_equal

from course_lib.plots import scanning as plots


def test_matrices_share_one_scale_around_zero():
    small, large = np.array([[1.0, -0.5]]), np.array([[0.0, 4.0], [-2.0, 0.0]])
    figure = plots.matrices(("small", small), ("large", large))
    assert [axes.get_title() for axes in figure.axes] == ["small", "large"]
    for axes, matrix in zip(figure.axes, (small, large), strict=True):
        assert_array_equal(axes.images[0].get_array(), matrix)
        assert axes.images[0].get_clim() == (-4, 4)
    assert plots.matrices(("zero", np.zeros((2, 2)))).axes[0].images[0].get_clim() == (-1, 1)


def test_a_photograph_stands_beside_its_scores_with_the_window_and_the_largest_marked():
    image, scores = np.full((16, 16, 3), 90, np.uint8), np.array([[0.1, 0.2, 0.0], [0.3, 0.9, 0.5], [0.0, 0.0, 0.0]])
    figure = plots.photograph_and_scores(image, scores, 3, 2, window=12, stride=2)
    left, right = figure.axes
    assert_array_equal(left.images[0].get_array(), image)
    assert_array_equal(right.images[0].get_array(), scores)
    assert right.images[0].get_clim() == (0, 1)
    assert left.patches[0].get_xy() == (1.5, 2.5)
    assert right.patches[0].get_xy() == (0.5, 1.0)
    assert right.lines[0].get_xydata().tolist() == [[1, 1]]
    assert repr(figure) == "<figure: a photograph with a window, and its score map>"
