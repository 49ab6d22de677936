"""The scanner in Python: its tables are the detector's scores, and what it refuses."""

import re

import numpy as np
import pytest
import traitlets
from numpy.testing import assert_allclose, assert_array_equal

from course_lib import data, scanning, widgets
from course_lib.widgets import base
from course_lib.widgets.scanner import CROPS, MARGIN, SIDE, UNITS, all_scores, detector, photographs

BEYOND = SIDE - scanning.WINDOW + 1


def table(content):
    return np.frombuffer(content, "<u4").reshape(len(CROPS), BEYOND, BEYOND) / UNITS


def test_the_photographs_are_squares_of_64_pixels():
    assert list(photographs()) == ["astronaut", "cat", "cup"]
    assert {image.shape for image in photographs().values()} == {(64, 64, 3)}
    assert_array_equal(photographs()["astronaut"], data.scale_down(data.load_image("astronaut"), 64))
    assert widgets.scanner().pixels == b"".join(image.tobytes() for image in photographs().values())


def test_both_tables_hold_the_score_of_every_window():
    explorer = widgets.scanner()
    by_scan, by_window = table(explorer.scores_by_scan), table(explorer.scores_by_window)
    for n, image in enumerate(photographs().values()):
        for row, column in ((0, 0), (10, 22), (11, 23), (52, 52), (7, 40), (40, 7)):
            score = detector().scan(image[row : row + 12, column : column + 12])[0, 0]
            assert by_scan[n, row, column] == pytest.approx(score, abs=1e-8)
            assert by_window[n, row, column] == pytest.approx(score, abs=1e-8)
    assert_array_equal(by_scan, by_window)
    assert explorer.decimals == 12


def test_no_score_lies_where_another_computer_would_round_it_otherwise():
    for scores in all_scores():
        fractions = scores * UNITS % 1
        assert np.abs(fractions - 0.5).min() > 1e-5  # 1e-13 of a score: a hundred times the differences of two sums


@pytest.mark.parametrize(("right", "down"), [(0, 0), (2, -4), (-6, 6), (1, 0), (-3, 5)])
def test_the_map_of_a_moved_photograph_is_a_part_of_the_table(right, down):
    explorer = widgets.scanner("cup", right, down, row=3, column=20)
    top, left = MARGIN - down, MARGIN - right
    assert_array_equal(explorer.image, photographs()["cup"][top : top + 52, left : left + 52])
    every = all_scores()[0][2]
    assert_allclose(explorer.scores, every[top : top + 41 : 2, left : left + 41 : 2], rtol=0, atol=1e-13)
    assert explorer.window_score == pytest.approx(every[top + 3, left + 20], abs=1e-13)


def test_an_even_move_moves_the_map_and_keeps_its_maximum():
    before, after = widgets.scanner().scores, widgets.scanner(right=4, down=-2).scores
    assert_allclose(after[:-1, 2:], before[1:, :-2], rtol=0, atol=1e-13)
    assert after.max() == pytest.approx(before.max(), abs=1e-13)
    odd = widgets.scanner(right=1).scores
    assert np.abs(odd - before).max() > 0.5


@pytest.mark.parametrize("state", [{}, {"picture": "cat", "right": -5, "form": "window by window", "step": 441}])
def test_it_can_be_made_again_from_its_own_state(state):
    explorer = widgets.scanner(**state)
    again = widgets.Scanner(**{name: getattr(explorer, name) for name in explorer.state})
    assert repr(again) == repr(explorer)
    assert re.fullmatch(r"Scanner\(picture='\w+', right=.*, step=\d+\)", repr(explorer))
    explorer.row, explorer.down = 0, 3
    explorer.reset()
    assert repr(explorer) == repr(again)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("picture", "lena"), ("right", 7), ("down", -7), ("row", 41), ("column", -1), ("form", "both"), ("step", 442),
        ("right", 0.5),
    ],
)  # fmt: skip
def test_what_it_cannot_show_is_refused(name, value):
    explorer = widgets.scanner()
    before = repr(explorer)
    with pytest.raises(traitlets.TraitError, match=name):
        setattr(explorer, name, value)
    assert repr(explorer) == before


def test_the_still_picture_frames_the_window_and_its_place():
    left, right = widgets.scanner(row=4, column=16).still().axes
    assert left.patches[0].get_xy() == (15.5, 3.5)
    assert right.patches[0].get_xy() == (7.5, 1.5)
    assert (left.patches[0].get_width(), right.patches[0].get_width()) == (12, 1)
    assert_array_equal(right.images[0].get_array(), widgets.scanner().scores)


def test_the_drawing_code_computes_no_score():
    source = (base.HERE / "scanner.js").read_text(encoding="utf-8")
    assert re.findall(r"Math\.(max|pow|abs|sqrt|exp|round)|\.reduce\(|for \(let", source) == []
