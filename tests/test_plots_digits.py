"""The still pictures of lesson 12's explorers hold what the explorers show."""

import numpy as np
from numpy.testing import assert_array_equal

from course_lib.plots import digits as plots


def test_scores_show_the_digit_what_is_seen_of_it_and_ten_bars():
    image, seen, percent = np.zeros((28, 28)), np.full((32, 32), 7.0), np.arange(10) * 100 / 45
    image[3, 4] = 255
    figure = plots.scores(image, seen, percent, "it looks like a 9")
    left, middle, right = figure.axes
    assert_array_equal(left.images[0].get_array(), image)
    assert left.images[0].get_cmap().name == "gray_r"  # ink is dark
    assert_array_equal(middle.images[0].get_array(), seen)
    assert_array_equal([bar.get_width() for bar in right.patches], percent)
    assert [bar.get_y() + bar.get_height() / 2 for bar in right.patches] == list(range(10))
    assert [text.get_text() for text in right.texts][:3] == ["0.0", "2.2", "4.4"]
    assert figure.get_supxlabel() == "it looks like a 9"
    assert not plots.scores(image, seen, [], "nothing drawn").axes[2].patches


def test_a_training_shows_its_curves_and_the_newest_filters_over_their_maps():
    curve = {"step": 40, "block": 20, "loss": [2.0, 1.0], "accuracy": [0, 10.0, 40, 80.0]}
    filters = np.arange(2 * 6 * 5 * 5 * 3, dtype=np.uint16).astype(np.uint8)
    maps = np.arange(784 + 6 * 784, dtype=np.uint32).astype(np.uint8)
    figure = plots.training(curve, filters.tobytes(), maps.tobytes())
    left, right, *small = figure.axes
    assert_array_equal(left.lines[0].get_xydata(), [[20, 2.0], [40, 1.0]])
    assert_array_equal(right.lines[0].get_xydata(), [[0, 10], [40, 80]])
    shown = [axes for axes in small if axes.get_title()], [axes for axes in small if not axes.get_title()]
    for n, (filter_axes, map_axes) in enumerate(zip(*shown, strict=True)):
        assert filter_axes.get_title() == f"filter {n + 1}"
        assert_array_equal(filter_axes.images[0].get_array(), filters.reshape(2, 6, 5, 5, 3)[1, n])
        assert_array_equal(map_axes.images[0].get_array(), maps[784:].reshape(6, 28, 28)[n])
