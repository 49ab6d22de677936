"""The output-size explorer and its figures, in Python."""

import itertools

import numpy as np
import pytest
import traitlets
from numpy.testing import assert_array_equal

from course_lib import convolution, shapes, widgets
from course_lib.plots import output_size as plots


def test_the_explorer_knows_sizes_sides_and_read_counts():
    explorer = widgets.output_size_explorer(size=7, kernel_size=3, stride=3)
    assert explorer.out_size == (2, 2)
    assert explorer.sides == ((0, 0), (0, 0))
    assert_array_equal(explorer.read_counts[6], 0)
    assert_array_equal(explorer.read_counts[:6, :6], 1)
    explorer.rounding = "ceil"
    assert explorer.out_size == (3, 3)
    assert explorer.read_counts.min() == 1
    explorer.rounding = "exact"
    assert explorer.out_size is None
    assert explorer.window is None
    assert explorer.read_counts.sum() == 0


def test_read_counts_are_what_loops_count():
    settings = itertools.product(
        (5, (4, 6)), (2, (3, 1)), (1, (2, 3)), (0, (1, 2), "same", "full"), (1, 2), ("floor", "ceil")
    )
    for size, kernel, stride, padding, dilation, rounding in settings:
        explorer = widgets.output_size_explorer(size, kernel, stride, padding, dilation, rounding=rounding)
        if explorer.out_size is None:
            continue
        (top, _), (left, _) = explorer.sides
        counts = np.zeros(explorer.size, int)
        for step in range(1, np.prod(explorer.out_size) + 1):
            explorer.step = step
            for row, column in itertools.product(*explorer.window):
                if 0 <= row - top < counts.shape[0] and 0 <= column - left < counts.shape[1]:
                    counts[row - top, column - left] += 1
        assert_array_equal(explorer.read_counts, counts)
        if rounding == "floor":
            x, weight = np.zeros((1, 1, *explorer.size)), np.zeros((1, 1, *explorer.kernel_size))
            out = convolution.conv2d(x, weight, None, explorer.stride, padding, explorer.dilation)
            assert out.shape[2:] == explorer.out_size


def test_one_number_becomes_both_and_two_different_ones_unlink():
    explorer = widgets.output_size_explorer(size=9, padding="same")
    assert (explorer.size, explorer.stride, explorer.linked) == ([9, 9], [1, 1], True)
    explorer.stride = (1, 2)
    assert (explorer.stride, explorer.linked) == ([1, 2], False)
    assert not widgets.output_size_explorer(size=(8, 9)).linked
    explorer.reset()
    assert repr(explorer) == repr(widgets.output_size_explorer(size=9, padding="same"))


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("size", 33, "size goes up to 32 in this explorer, not 33"),
        ("kernel_size", 12, "kernel_size goes up to 11"),
        ("stride", (1, 9), "stride goes up to 8 in this explorer, not 9"),
        ("padding", 11, "padding goes up to 10"),
        ("dilation", 6, "dilation goes up to 5"),
        ("size", 0, "size must be at least 1, not 0"),
        ("stride", 1.5, "stride must be a whole number, not 1.5"),
        ("padding", "half", "padding must be a whole number, not 'half'"),
        ("guess", (1, -1), "guess must be at least 0, not -1"),
        ("rounding", "up", "floor"),
        ("channels", 0, "channels"),
    ],
)
def test_what_it_cannot_show_is_refused_in_words(name, value, words):
    explorer = widgets.output_size_explorer()
    before = repr(explorer)
    with pytest.raises(traitlets.TraitError, match=words):
        setattr(explorer, name, value)
    assert repr(explorer) == before


def texts(axes):
    return [text.get_text() for text in axes.texts]


def test_the_still_picture_shows_the_read_counts_and_hides_them_before_a_prediction():
    explorer = widgets.output_size_explorer(size=(4, 5), kernel_size=3, stride=2, step=2)
    figure = explorer.still()
    numbers = [int(text) if text != "\u00d7" else 0 for text in texts(figure.axes[0])]
    assert_array_equal(np.reshape(numbers, (4, 5)), explorer.read_counts)
    assert figure.axes[1].get_title() == "output 1 \u00d7 2"
    explorer.predict = True
    assert texts(explorer.still().axes[0]) == []
    assert explorer.still().axes[1].get_title() == "output: ?"
    explorer.guess = (1, 2)
    assert explorer.still().axes[1].get_title() == "output 1 \u00d7 2"


def bars(axes):
    """The bars of each window in a figure of rows: {line: first pixels}."""
    found = {}
    for patch in axes.patches:
        if patch.get_height() == 0.5:
            found.setdefault(round(patch.get_y() - 1.25), []).append(round(patch.get_x() - 0.1))
    return found


def test_a_row_shows_every_window_and_marks_unread_pixels():
    settings = {"size": 9, "kernel_size": 3, "stride": 4, "padding": (0, 1), "dilation": 2}
    axes = plots.rows(("a row", settings)).axes[0]
    assert bars(axes) == {0: [0, 2, 4], 1: [4, 6, 8]}
    assert texts(axes) == ["0", "\u00d7", "2", "\u00d7", "4", "\u00d7", "6", "\u00d7", "8", "0"]
    ceil = plots.rows(("hangs over", {"size": 7, "kernel_size": 3, "stride": 3, "rounding": "ceil"})).axes[0]
    assert bars(ceil)[2] == [6, 7, 8]
    assert texts(ceil) == [*map(str, range(7)), "", ""]


def test_a_stack_colours_the_receptive_field():
    for layers in ([(3, 1)], [(3, 1), (3, 2), (3, 1)], [(2, 2), (3, 1, 2)]):
        figure = plots.stack(layers)
        below = [patch for patch in figure.axes[0].patches if round(patch.get_y() + 0.25) == len(layers)]
        coloured = [patch for patch in below if patch.get_facecolor()[:3] != (1, 1, 1)]
        reach = coloured[-1].get_x() - coloured[0].get_x() + 1
        assert round(reach) == shapes.receptive_field(layers)[0]


def test_maps_stand_in_rows_of_four():
    figure = plots.maps(*((str(n), np.full((4, 4), 50 * n)) for n in range(6)))
    shown = [axes for axes in figure.axes if axes.images]
    assert [axes.get_title() for axes in shown] == list("012345")
    assert_array_equal(shown[3].images[0].get_array(), np.full((4, 4), 150))
