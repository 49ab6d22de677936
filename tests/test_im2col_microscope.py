"""The im2col microscope in Python: its numbers are those of course_lib, what it refuses; and lesson 14's plots."""

import re

import numpy as np
import pytest
import traitlets
from numpy.testing import assert_array_equal

from course_lib import convolution, widgets
from course_lib.plots import algorithms as plots
from course_lib.widgets import base
from course_lib.widgets.im2col_microscope import RANGES, WEIGHT


def test_the_first_view_by_hand():
    explorer = widgets.im2col_microscope()
    assert explorer.columns[:, 0].tolist() == [1, 2, 3, 6, 7, 8, 11, 12, 13]
    assert explorer.columns[4].tolist() == [7, 8, 9, 12, 13, 14, 17, 18, 19]
    assert explorer.product[0, 4] == 1 * 7 + 2 * 8 + 1 * 13 - 1 * 14 + 2 * 17 + 1 * 19
    assert explorer.folded[0, 0, 0].tolist() == [1, 2 * 2, 3 * 3, 2 * 4, 5]
    assert explorer.folded[0, 0, 2, 2] == 9 * 13


@pytest.mark.parametrize("height", range(3, 9))
def test_the_product_is_the_convolution(height):
    for n, width in enumerate(range(3, 9)):
        explorer = widgets.im2col_microscope(
            (height, width), n % 4 + 1, stride=n % 3 + 1, padding=2 - n % 3, channels=n % 2 + 1, filters=n % 3 + 1
        )
        assert_array_equal(explorer.product.reshape(explorer.out.shape), explorer.out)
        counts = convolution.col2im(
            np.ones((1, *explorer.columns.shape)), explorer.input.shape, explorer.kernel_size, **explorer.settings
        )
        assert_array_equal(explorer.folded, counts * explorer.input)


def test_settings_that_the_library_refuses_are_kept_and_the_refusal_told():
    explorer = widgets.im2col_microscope(3, kernel_size=4)
    assert explorer.refusal.startswith("a kernel that spans 4 pixels does not fit into 3 + 0 + 0 = 3 pixels")
    assert [axes.get_title() for axes in explorer.still().axes] == ["input", "filter 0"]
    explorer.padding = 1
    assert explorer.refusal is None


def test_height_and_width_are_linked_while_they_are_the_same():
    assert widgets.im2col_microscope(6).linked
    explorer = widgets.im2col_microscope((4, 7))
    assert not explorer.linked
    explorer.reset()
    assert explorer.size == [4, 7]
    explorer = widgets.im2col_microscope(6)
    explorer.size = (6, 5)
    assert not explorer.linked


@pytest.mark.parametrize(
    "state", [{}, {"size": (4, 7), "channels": 2, "direction": "col2im"}, {"row": 500, "column": 500}]
)
def test_it_can_be_made_again_from_its_own_state(state):
    explorer = widgets.im2col_microscope(**state)
    again = widgets.Im2colMicroscope(**{name: getattr(explorer, name) for name in explorer.state})
    assert repr(again) == repr(explorer)
    assert re.fullmatch(r"Im2colMicroscope\(size=.*, filter=0\)", repr(explorer))
    assert len(explorer.still().png()) > 1000


def test_the_still_picture_marks_the_column_the_row_and_their_entry():
    explorer = widgets.im2col_microscope(row=2, column=5, filter=1)
    shown = {axes.get_title(): axes for axes in explorer.still().axes}
    assert list(shown) == ["picture", "column matrix 9 x 9", "weights 2 x 9", "product 2 x 9"]
    assert_array_equal(shown["column matrix 9 x 9"].images[0].get_array(), explorer.columns)
    assert_array_equal(shown["product 2 x 9"].images[0].get_array(), explorer.product)
    frames = {
        title: [(patch.get_xy(), patch.get_width(), patch.get_height()) for patch in axes.patches]
        for title, axes in shown.items()
    }
    assert frames["column matrix 9 x 9"] == [((4.5, -0.5), 1, 9), ((4.5, 1.5), 1, 1)]
    assert frames["weights 2 x 9"] == [((-0.5, 0.5), 9, 1)]
    assert frames["product 2 x 9"] == [((4.5, 0.5), 1, 1)]
    assert frames["picture"] == [((1.5, 0.5), 3, 3), ((3.5, 0.5), 1, 1)]


def test_the_still_picture_shows_the_padded_channel_that_the_entry_comes_from():
    settings = {"kernel_size": 2, "stride": 2, "padding": 1, "dilation": 2, "channels": 2}
    explorer = widgets.im2col_microscope((4, 6), **settings, row=6, column=2)
    axes = explorer.still().axes[0]
    picture = axes.images[0].get_array()
    assert axes.get_title() == "channel 1, padded"
    assert_array_equal(picture, np.pad(explorer.input[0, 1], 1))
    (window, pixel) = axes.patches  # their corners are half a cell before the first number
    assert (window.get_xy(), window.get_width(), window.get_height()) == ((3.5, -0.5), 3, 3)
    (column, row) = (int(half + 0.5) for half in pixel.get_xy())
    assert picture[row, column] == explorer.columns[6, 2] == 34


def test_the_still_picture_of_the_way_back_has_the_sums():
    explorer = widgets.im2col_microscope(channels=2, direction="col2im")
    figure = explorer.still()
    assert_array_equal(figure.axes[0].images[0].get_array(), explorer.columns)
    assert_array_equal(figure.axes[1].images[0].get_array(), explorer.folded[0].reshape(10, 5))


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("size", 2, "size must be at least 3, not 2"),
        ("size", (3, 9), "size goes up to 8 in this explorer, not 9"),
        ("size", "large", "size must be a whole number, not 'large'"),
        ("kernel_size", 5, "kernel_size"),
        ("stride", 0, "stride"),
        ("padding", 3, "padding"),
        ("dilation", 3, "dilation"),
        ("channels", 3, "channels"),
        ("filters", 4, "filters"),
        ("direction", "both", "direction"),
        ("row", -1, "row"),
        ("column", -1, "column"),
        ("filter", -1, "filter"),
    ],
)
def test_what_it_cannot_show_is_refused_in_words(name, value, words):
    explorer = widgets.im2col_microscope()
    before = repr(explorer)
    with pytest.raises(traitlets.TraitError, match=words):
        setattr(explorer, name, value)
    assert repr(explorer) == before


def test_there_are_weights_for_every_setting_and_no_two_filters_are_alike():
    weight = np.array(WEIGHT)
    assert weight.shape == (RANGES["filters"][1], RANGES["channels"][1], *[RANGES["kernel_size"][1]] * 2)
    assert np.abs(weight).max() <= 2
    assert len(np.unique(weight.reshape(3, -1), axis=0)) == 3


def test_the_drawing_code_computes_no_convolution():
    source = (base.HERE / "im2col_microscope.js").read_text(encoding="utf-8")
    assert re.findall(r"\.reduce\(|\+= |\* *state\.|stride \*|\* stride|dilation \*|plan\.weight", source) == []


def test_points_hold_every_measured_number_and_bars_end_at_the_least():
    values = {"loops": np.array([3.0, 2.0, 4.0]), "product": np.array([0.02, 0.01, 0.05])}
    axes = plots.points(values, "seconds", "two").axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["loops", "product"]
    assert [line.get_xdata().tolist() for line in axes.lines] == [numbers.tolist() for numbers in values.values()]
    assert [bar.get_x() + bar.get_width() for bar in axes.patches] == pytest.approx([2.0, 0.01])
    assert axes.get_xscale() == "log"
    assert axes.yaxis_inverted()
