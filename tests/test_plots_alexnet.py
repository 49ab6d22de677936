"""The plots of lesson 13 draw what they are given."""

import numpy as np
from matplotlib.patches import Rectangle
from numpy.testing import assert_allclose

from course_lib import shapes
from course_lib.plots import alexnet as plots


def test_bars_are_as_long_as_the_values_and_only_the_first_panel_names_the_layers():
    figure = plots.bars(["a", "b"], ("one", [3, 1]), ("two", [5, 8]))
    assert [[bar.get_width() for bar in axes.patches] for axes in figure.axes] == [[3, 1], [5, 8]]
    assert [[text.get_text() for text in axes.get_yticklabels()] for axes in figure.axes] == [["a", "b"], ["", ""]]


def windows(axes):
    """(left, right) of the two bars below the row."""
    return [(bar.get_x(), bar.get_x() + bar.get_width()) for bar in axes.patches if bar.get_y() > 1]


def test_the_last_windows_end_where_the_sizes_say():
    figure = plots.row_ends(("227", 227, 0), ("224", 224, 0), ("padded", 224, 2), ("same", 224, (3, 4)))
    ends = [windows(axes)[-1][1] for axes in figure.axes]
    assert ends == [26, 25, 25, 26]  # of 26 pixels shown
    for axes in figure.axes:
        before, last = windows(axes)
        assert last[0] - before[0] == 4
        assert last[1] - last[0] == 11
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    sizes = [shapes.conv_output_size(size, 11, 4, pad) for size, pad in ((227, 0), (224, 0), (224, 2), (224, (3, 4)))]
    assert [int(title.split(": ")[1].split()[0]) for title in titles] == sizes == [55, 54, 55, 56]
    assert [[text.get_text() for text in axes.texts] for axes in figure.axes] == [
        [],
        ["\u00d7"],
        ["0", "\u00d7"],
        ["0"] * 4,
    ]


def test_a_row_of_dots_for_each_name_and_a_line_at_its_mean():
    axes = plots.spread(("all", [1.0, 3.0]), ("none", [5.0])).axes[0]
    dots, means = axes.lines[::2], axes.lines[1::2]
    assert [list(line.get_xdata()) for line in dots] == [[1, 3], [5]]
    assert [list(line.get_xdata()) for line in means] == [[2, 2], [5, 5]]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["all", "none"]


def test_curves_start_at_epoch_1_and_a_mark_stands_behind_its_epoch():
    axes = plots.history(("a", [3, 2, 1]), ylabel="loss", marks=(2,)).axes[0]
    assert list(axes.lines[0].get_xdata()) == [1, 2, 3]
    assert list(axes.lines[1].get_xdata()) == [2.5, 2.5]


def test_each_filter_goes_from_its_darkest_to_its_brightest():
    grey = plots.filters(np.arange(8.0).reshape(2, 1, 2, 2), columns=3).axes
    assert [axes.images[0].get_array().tolist() for axes in grey[:2]] == [[[0, 85], [170, 255]]] * 2
    assert not grey[2].images
    colour = plots.filters(np.arange(12.0).reshape(1, 3, 2, 2)).axes[0].images[0].get_array()
    assert colour.shape == (2, 2, 3)
    assert (colour.min(), colour.max()) == (0, 255)
    assert plots.filters(np.ones((1, 1, 2, 2))).axes[0].images[0].get_array().max() == 0  # nothing divided by 0


def test_the_input_stands_before_its_maps():
    figure = plots.maps(np.zeros((4, 4, 3)), np.ones((2, 3, 3)))
    assert [axes.get_title() for axes in figure.axes] == ["input", "map 1", "map 2"]


def test_the_groups_show_mean_and_range():
    axes = plots.groups([1.0, 2.0], [0.0, 1.5], [3.0, 2.5]).axes[0]
    assert axes.lines[0].get_xydata().tolist() == [[1, 1], [2, 2]]
    corners = axes.collections[0].get_paths()[0].vertices
    assert {(1, 0), (1, 3), (2, 1.5), (2, 2.5)} <= {tuple(corner) for corner in corners}


def test_a_pixel_before_and_after_stands_in_one_bar_a_map():
    before, after = plots.neighbours(np.array([1.0, 6.0]), np.array([0.5, 2.0])).axes
    assert [bar.get_height() for bar in before.patches if isinstance(bar, Rectangle)] == [1, 6]
    assert [bar.get_height() for bar in after.patches if isinstance(bar, Rectangle)] == [0.5, 2]
    assert before.get_ylim() == after.get_ylim()


def test_the_timeline_puts_each_event_at_its_year():
    axes = plots.timeline([(1943, "one"), (2012, "two")]).axes[0]
    assert_allclose(axes.collections[0].get_offsets(), [[1943, 0], [2012, 1]])
    assert [text.get_text() for text in axes.texts] == ["1943  one", "2012  two"]
