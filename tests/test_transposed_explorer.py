"""The transposed explorer in Python: its numbers are those of course_lib, and what it refuses."""

import itertools
import re

import numpy as np
import pytest
import traitlets
from numpy.testing import assert_array_equal

from course_lib import convolution, widgets
from course_lib.widgets import base
from course_lib.widgets.transposed_explorer import COUNTING, LARGEST


def test_the_first_view_by_hand():
    explorer = widgets.transposed_explorer(stamp=2)
    row = [1, 1, 3, 2, 2, 0, 0]
    assert_array_equal(explorer.canvas[0, 0], [row] * 3 + [[0] * 7] * 4)
    assert_array_equal(explorer.out[0, 0, 0], [1, 1, 3, 2, 5, 3, 3])
    assert_array_equal(explorer.counts[0, 0], np.outer([1, 1, 2, 1, 2, 1, 1], [1, 1, 2, 1, 2, 1, 1]))
    assert_array_equal(explorer.gathered[0, 0, 2], [0, 0, 1, 0, 2, 0, 3, 0, 0])


def test_padding_takes_the_canvas_edges_away_and_output_padding_adds_at_the_end():
    explorer = widgets.transposed_explorer(padding=1, output_padding=1, stamp=9)
    assert explorer.canvas.shape == (1, 1, 8, 8)
    assert_array_equal(explorer.canvas[..., 7], 0)
    assert_array_equal(explorer.out, explorer.canvas[..., 1:7, 1:7])


@pytest.mark.parametrize("kernel_size", range(1, LARGEST["kernel_size"] + 1))
def test_sliding_the_turned_kernel_gives_the_stamps_in_every_state(kernel_size):
    explorer, compared = widgets.transposed_explorer(kernel_size=kernel_size, weight=COUNTING), 0
    for size, stride, padding, extra, dilation in itertools.product(
        range(1, 6), range(1, 5), range(5), range(4), (1, 2)
    ):
        with explorer.hold_trait_notifications():
            explorer.set_trait("size", size)
            explorer.set_trait("stride", stride)
            explorer.set_trait("padding", padding)
            explorer.set_trait("output_padding", extra)
            explorer.set_trait("dilation", dilation)
        if explorer.refusal:
            assert explorer.out is explorer.counts is explorer.canvas is None
            continue
        turned = explorer.kernel[..., ::-1, ::-1]
        assert_array_equal(convolution.conv2d(explorer.gathered, turned, dilation=dilation), explorer.out)
        compared += 1
    assert compared >= 300


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"output_padding": 2}, "output_padding must be below the stride 2 or the dilation 1, not 2"),
        ({"size": 1, "padding": 2}, "nothing is left: 1 pixels spread to 3, and padding takes away 2 [+] 2"),
    ],
)
def test_settings_that_the_library_refuses_are_kept_and_the_refusal_told(settings, words):
    explorer = widgets.transposed_explorer(**settings)
    assert re.match(words, explorer.refusal)
    assert len(explorer.still().axes) == 2
    explorer.reset()
    assert explorer.refusal


def test_grids_smaller_than_five_are_filled_up_with_zeros():
    explorer = widgets.transposed_explorer(x=[[1, -2]], weight=np.full((2, 1), 9.0))
    assert explorer.x == [[1, -2, 0, 0, 0]] + [[0] * 5] * 4
    assert explorer.kernel.tolist() == [[[[9, 0, 0], [9, 0, 0], [0, 0, 0]]]]


@pytest.mark.parametrize("state", [{}, {"x": [[3]], "dilation": 2, "kernel_size": 4}, {"output_padding": 3}])
def test_it_can_be_made_again_from_its_own_state(state):
    explorer = widgets.transposed_explorer(**state)
    again = widgets.TransposedExplorer(**{name: getattr(explorer, name) for name in explorer.state})
    assert repr(again) == repr(explorer)
    assert re.fullmatch(r"TransposedExplorer\(x=.*, window=25\)", repr(explorer))


def test_the_still_picture_shows_both_ways_as_far_as_they_have_come():
    explorer = widgets.transposed_explorer(stamp=5, window=25, padding=1)
    figure = explorer.still()
    shown = {axes.get_title(): axes for axes in figure.axes}
    assert list(shown) == [
        "input", "kernel", "scatter: stamps on a canvas", "gather: a window over", "output", "stamps on each cell",
    ]  # fmt: skip
    for title, grid in (
        ("scatter: stamps on a canvas", explorer.canvas),
        ("gather: a window over", explorer.gathered),
        ("output", explorer.out),
        ("stamps on each cell", explorer.counts),
    ):
        assert_array_equal(shown[title].images[0].get_array(), grid[0, 0])
    corners = {title: axes.patches[0].get_xy() for title, axes in shown.items() if axes.patches}
    assert corners == {
        "input": (0.5, 0.5),  # stamp 5 is the middle cell
        "scatter: stamps on a canvas": (1.5, 1.5),
        "gather: a window over": (3.5, 3.5),  # window 25 of 5 x 5 is the last
        "output": (3.5, 3.5),
    }


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("x", np.ones((6, 2)), "x is a grid of 1 to 5 rows and columns"),
        ("x", [[1, 2], [3]], r"not \[\[1, 2\], \[3\]\]"),
        ("x", [[0.5]], "whole numbers from -9 to 9"),
        ("weight", [[10]], "weight is a grid .* from -9 to 9"),
        ("weight", [[float("nan")]], "whole numbers"),
        ("weight", "numbers", "not 'numbers'"),
        ("size", 6, "size"),
        ("kernel_size", 0, "kernel_size"),
        ("stride", 5, "stride"),
        ("padding", -1, "padding"),
        ("output_padding", 4, "output_padding"),
        ("dilation", 3, "dilation"),
        ("stamp", -1, "stamp"),
        ("window", -1, "window"),
    ],
)
def test_what_it_cannot_show_is_refused_in_words(name, value, words):
    explorer = widgets.transposed_explorer()
    before = repr(explorer)
    with pytest.raises(traitlets.TraitError, match=words):
        setattr(explorer, name, value)
    assert repr(explorer) == before


def test_the_drawing_code_computes_no_convolution():
    source = (base.HERE / "transposed_explorer.js").read_text(encoding="utf-8")
    assert re.findall(r"\.reduce\(|\+= |\* *state\.|dilation \*", source) == []
