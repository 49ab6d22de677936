"""Drawing a digit, in Python: the pen's ink, the way to the network, the words, the state."""

import io
import math

import numpy as np
import pytest
import traitlets
from numpy.testing import assert_allclose, assert_array_equal
from PIL import Image

from course_lib import data, recipes, widgets
from course_lib.activations import softmax
from course_lib.widgets.draw_a_digit import RADIUS, in_words, with_stroke

PAPER = np.zeros((28, 28), np.uint8)
FAINT = np.zeros((28, 28), np.uint8)
FAINT[[0, 27, 22, 12], [15, 8, 0, 27]] = 1


# The pen


def ink_at(row, column, start, end):
    """One pixel's ink, by the nearest of very many points of the stroke."""
    points = np.linspace(start, end, 20_001)
    reach = RADIUS + 0.5 - np.hypot(points[:, 0] - row, points[:, 1] - column).min()
    return math.floor(255 * min(max(reach, 0), 1) + 0.5)


@pytest.mark.parametrize(
    ("start", "end"), [((5, 5), (5, 5)), ((3.2, 4), (20, 17.7)), ((-1, 30), (27, 12)), ((9, 2), (9, 8))]
)
def test_a_pixels_ink_comes_from_its_distance_to_the_stroke(start, end):
    drawn = with_stroke(PAPER, start, end)
    for row, column in np.ndindex(28, 28):
        assert abs(int(drawn[row, column]) - ink_at(row, column, start, end)) <= 1


def test_a_stroke_takes_no_ink_away_and_changes_nothing_in_place():
    before = np.full((28, 28), 100, np.uint8)
    after = with_stroke(before, (10, 10), (10, 20))
    assert (before == 100).all()
    assert after.min() == 100
    assert after[10, 15] == 255


# The way to the network


def test_a_test_digit_comes_back_from_the_centring_as_it_is():
    for image in data.load_mnist()[2]:
        assert_array_equal(data.centre_digit(image), image)


@pytest.mark.parametrize(("down", "right"), [(-4, -4), (3, -2), (0, 4)])
def test_where_a_digit_was_drawn_makes_no_difference(down, right):
    image = data.load_mnist()[2][7]
    assert_array_equal(data.centre_digit(np.roll(image, (down, right), (0, 1))), image)


def test_a_small_digit_is_made_larger_and_a_large_one_smaller():
    for drawn in (with_stroke(PAPER, (12, 13), (17, 14)), with_stroke(PAPER, (0, 0), (27, 27))):
        centred = data.centre_digit(drawn)
        rows, columns = np.nonzero(centred)
        longer = max(rows.max() - rows.min(), columns.max() - columns.min()) + 1
        assert 18 <= longer <= 20
        for axis in (0, 1):
            middle = centred.sum(axis=1 - axis) @ np.arange(28) / centred.sum()
            assert 13.5 <= middle < 14.5


def test_ink_at_one_end_stays_within_the_frame():
    drawn = PAPER.copy()
    drawn[0, :] = 255
    drawn[1:28, 0] = 1
    assert np.count_nonzero(data.centre_digit(drawn)) > 20


@pytest.mark.parametrize(
    ("picture", "error", "words"),
    [
        (PAPER, ValueError, "there is no ink in this picture"),
        (FAINT, ValueError, "the ink in this picture is too faint"),
        (np.ones((8, 8), np.uint8), ValueError, r"28 x 28 grey pixels, not \(8, 8\)"),
        (np.ones((28, 28)), TypeError, "float64"),
        ([[1]], TypeError, "list"),
    ],
)
def test_what_cannot_be_centred_is_refused_in_words(picture, error, words):
    with pytest.raises(error, match=words):
        data.centre_digit(picture)


# The explorer


def test_its_answer_is_what_the_shown_code_computes():
    explorer = widgets.draw_a_digit(number=None)
    explorer.draw((4, 8), (4, 18), (22, 12))
    x = recipes.digits_input(data.centre_digit(explorer.image)[None])
    expected = 100 * softmax(recipes.trained_lenet5().forward(x))[0]
    assert_allclose(explorer.scores, expected, atol=1e-3)
    assert_allclose(explorer.answer["scores"], expected, atol=0.06)
    assert_array_equal(np.reshape(explorer.answer["seen"], (32, 32))[2:30, 2:30], data.centre_digit(explorer.image))
    assert explorer.answer["scores"].index(max(explorer.answer["scores"])) == 7


def test_test_digits_are_taken_by_number_and_named_as_what_they_are():
    _, _, images, labels = data.load_mnist()
    explorer = widgets.draw_a_digit(number=0)
    for number in (3, 1999, 100):
        explorer.number = number
        assert_array_equal(explorer.image, images[number])
        assert explorer.truth == labels[number]
        assert f"It is a {labels[number]}:" in explorer.answer["words"]


def test_drawing_over_a_test_digit_makes_it_a_drawing():
    explorer = widgets.draw_a_digit(number=3)
    explorer.draw((1, 1), (1, 26))
    assert (explorer.number, explorer.truth) == (None, None)
    assert "It is a" not in explorer.answer["words"]
    explorer.reset()
    assert repr(explorer) == "DrawADigit(number=3)"
    assert_array_equal(explorer.image, data.load_mnist()[2][3])


@pytest.mark.parametrize("asked", ["number", "picture"])
def test_each_change_of_the_page_gets_an_answer_that_names_it(asked):
    explorer = widgets.draw_a_digit(number=3)
    values = (
        {"number": 12}
        if asked == "number"
        else {"number": None, "picture": with_stroke(PAPER, (3, 3), (9, 9)).ravel().tolist()}
    )
    explorer.set_state({**values, "asked": 1})
    assert explorer.answer["asked"] == 1
    assert explorer.number == values["number"]
    before = dict(explorer.answer)
    explorer.set_state({"asked": 2})  # nothing else is new
    assert explorer.answer == {**before, "asked": 2}


def test_an_empty_sheet_has_no_scores_and_says_so():
    explorer = widgets.draw_a_digit(number=None)
    assert explorer.answer["scores"] == []
    assert explorer.answer["words"] == "There is no ink yet: draw a digit."
    assert not any(explorer.answer["seen"])


def test_the_words_tell_sure_from_unsure_and_right_from_wrong():
    scores = np.zeros(10)
    scores[[4, 9]] = 41.26, 38.0
    assert in_words(scores) == "The network is not sure: it says 4, with 41.3 %, then 9, with 38.0 %."
    scores[4] = 100.0
    scores[9] = 0.01
    assert in_words(scores, 4) == "The network says 4, with 100.0 %. It is a 4: the network is right."
    assert in_words(scores, 9).endswith("It is a 9: the network is wrong.")


@pytest.mark.parametrize(
    "state", [{}, {"number": 55}, {"number": None}, {"picture": with_stroke(PAPER, (2, 9), (24, 18))}]
)
def test_it_can_be_made_again_from_its_own_state(state):
    explorer = widgets.draw_a_digit(**state)
    again = widgets.DrawADigit(**{name: getattr(explorer, name) for name in explorer.state})
    assert repr(again) == repr(explorer)
    assert again.answer == explorer.answer
    assert again.picture == explorer.picture


def test_its_line_of_text_is_short():
    assert repr(widgets.draw_a_digit(number=9)) == "DrawADigit(number=9)"
    assert repr(widgets.draw_a_digit(number=None)) == "DrawADigit(0 pixels of ink)"


def test_it_shows_a_still_picture_with_and_without_ink():
    for number in (7, None):
        with Image.open(io.BytesIO(widgets.draw_a_digit(number).still().png())) as picture:
            assert picture.size == (640, 232)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("number", 2000, "number"), ("number", -1, "number"), ("number", "7", "number"),
        ("picture", [0] * 783, r"28 x 28 whole numbers from 0, paper, to 255.* not int64 .* \(783,\)"),
        ("picture", [0.5] * 784, "float64"), ("picture", [256] * 784, "255"),
        ("picture", [[1], [1, 2]], r"not \[\[1\]"),
        ("picture", "ink", "not <U3"),
    ],
)  # fmt: skip
def test_what_it_cannot_show_is_refused_in_words(name, value, words):
    explorer = widgets.draw_a_digit(number=5)
    before = explorer.get_state()
    with pytest.raises(traitlets.TraitError, match=words):
        setattr(explorer, name, value)
    assert explorer.get_state() == before
