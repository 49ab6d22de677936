"""The exercise engine: every outcome of every kind of exercise, in words, in HTML and in a real kernel."""

import builtins
import decimal
import fractions
import functools
import importlib
import json
import math
import subprocess
import sys
import textwrap
import warnings
from pathlib import Path

import numpy as np
import pytest
from jupyter_client.manager import start_new_kernel

import course_lib.exercises
from course_lib.exercises import progress
from course_lib.exercises.engine import (
    NOT_ATTEMPTED,
    Array,
    Choice,
    Exercise,
    Function,
    Mistake,
    Number,
    show,
    tolerance,
)

REPOSITORY = Path(__file__).resolve().parents[1]


@pytest.fixture(autouse=True)
def own_progress(tmp_path, monkeypatch):
    """Every test starts without progress, and leaves the repository's alone."""
    monkeypatch.setenv("COURSE_PROGRESS", str(tmp_path / "progress.json"))


def seven():
    return 7


def root_of_two():
    return 2**0.5


def number(solution=seven, **rest):
    return Number("07.size", solution=solution, **rest)


def array(value, **rest):
    return Array("07.kernel", solution=lambda: value, **rest)


def add_rows(image, amount):
    """The exercise that most tests use: every row moved up by `amount`."""
    return image + amount


IMAGE = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
CASES = ((IMAGE, 1), (IMAGE * 2, -3))


def function(solution=add_rows, cases=CASES, **rest):
    return Function("07.add_rows", solution=solution, cases=cases, **rest)


def html_of(box):
    return box._repr_mimebundle_()["text/html"]


# Numbers


@pytest.mark.parametrize(
    "attempt", [7, 7.0, np.int64(7), np.uint8(7), np.float32(7), np.array(7), fractions.Fraction(7), decimal.Decimal(7)]
)
def test_a_right_number_is_right_in_every_python_type(attempt):
    outcome = number(explanation="(9 - 3) + 1 = 7").check(attempt)
    assert outcome.status == "right"
    assert outcome.message == "Right.\n(9 - 3) + 1 = 7"


def test_a_right_answer_without_explanation_says_only_right():
    assert number().check(7).message == "Right."


def test_a_wrong_number_is_shown_but_the_right_one_is_not():
    outcome = number(hints=("count again",)).check(5)
    assert outcome.status == "wrong"
    assert outcome.message == "Not yet: got 5, that is not it\nexercises.size.hint() gives a hint."
    assert number().check(np.float64(5.5)).message == "Not yet: got 5.5, that is not it"


def test_whole_numbers_are_compared_exactly():
    big = number(lambda: 62_378_344)
    assert big.check(62_378_344).status == "right"
    assert big.check(62_378_345).status == "wrong"
    assert big.check(62_378_344.01).status == "wrong"
    assert number(lambda: 3).check(0.1 * 3 * 10).status == "right"  # 3.0000000000000004
    assert number(lambda: 3).check(3 + 2e-9).status == "wrong"
    assert number(lambda: 255).check(np.uint8(0)).status == "wrong"


def test_other_numbers_are_compared_to_nine_digits():
    exercise = number(root_of_two)
    assert exercise.check(2**0.5 * (1 + 0.9e-9)).status == "right"
    assert exercise.check(2**0.5 * (1 + 1.1e-9)).status == "wrong"
    assert exercise.check(-(2**0.5)).status == "wrong"
    assert exercise.check(1.41421356).status == "wrong"
    assert number(lambda: 2e6**0.5).check(1414.213562).status == "right"


def test_zero_and_infinity_can_be_right():
    assert number(lambda: 0.0).check(1e-16).status == "right"
    assert number(lambda: 0.0).check(1e-8).status == "wrong"
    assert number(lambda: math.inf).check(math.inf).status == "right"
    assert number(lambda: math.inf).check(1e300).status == "wrong"
    assert number(lambda: math.inf).check(-math.inf).status == "wrong"
    assert number(lambda: 1.0).check(math.inf).status == "wrong"


def test_single_precision_is_compared_to_five_digits():
    exercise = number(lambda: np.float32(0.1))
    assert exercise.check(0.1 * (1 + 0.9e-5)).status == "right"
    assert exercise.check(0.1 * (1 + 1.2e-5)).status == "wrong"
    assert number(lambda: 0.1).check(np.float32(0.1)).status == "right"


@pytest.mark.parametrize(
    ("attempt", "status"), [(1.41, "right"), (1.414, "right"), (1.4192, "right"), (1.4193, "wrong"), (1.4092, "wrong")]
)
def test_decimals_take_half_a_unit_of_the_last_place(attempt, status):
    assert number(root_of_two, decimals=2).check(attempt).status == status


def test_decimals_take_both_ways_of_rounding_a_half():
    exercise = number(lambda: 0.125, decimals=2)
    assert [exercise.check(value).status for value in (0.12, 0.13, 0.119, 0.131)] == [
        "right",
        "right",
        "wrong",
        "wrong",
    ]


def test_decimals_are_named_after_a_wrong_number():
    message = number(root_of_two, decimals=2).check(1.5).message
    assert message == "Not yet: got 1.5, that is not it (2 decimal places are enough)"
    assert number(root_of_two, decimals=1).check(2.5).message.endswith("(1 decimal place is enough)")


def test_a_known_wrong_number_gets_its_own_message():
    mistakes = (Mistake(5, "you padded one side only"), Mistake(6, "you forgot the + 1"))
    exercise = number(mistakes=mistakes)
    assert exercise.check(6).message == "Not yet: you forgot the + 1"
    assert exercise.check(5.0).message == "Not yet: you padded one side only"
    assert exercise.check(4).message == "Not yet: got 4, that is not it"
    rounded = number(root_of_two, decimals=2, mistakes=(Mistake(3**0.5, "that is the root of three"),))
    assert rounded.check(1.73).message == "Not yet: that is the root of three"


@pytest.mark.parametrize(
    ("attempt", "words"),
    [
        ("5", "a number is expected, '5' is text"),
        (True, "a number is expected, True is a truth value"),
        (np.True_, "a number is expected, True is a truth value"),
        (None, "a number is expected, but None came: a function without return gives None, and so does print"),
        (1 + 2j, "a number is expected, (1+2j) is complex"),
        (math.nan, "got nan (not a number: it comes from 0 / 0, inf - inf and the like), that is not it"),
        (np.array([7]), "a number is expected, but [7] is still packed up: take the number out with [0]"),
        ([[7]], "a number is expected, but [[7]] is still packed up: take the number out with [0][0]"),
        ([1, 2, 3], "a number is expected, but an array came, 3 long"),
        (np.zeros((2, 3)), "a number is expected, but an array came, 2 x 3"),
        ([], "a number is expected, but an array came, 0 long"),
        ([[1, 2], [3]], "a number is expected, but the rows of your list have different lengths"),
        (seven, "a number is expected, but a function came: call it, with its arguments in brackets"),
        (len, "a number is expected, but a function came: call it, with its arguments in brackets"),
        (["5"], "a number is expected, ['5'] is not made of numbers"),
    ],
)
def test_what_is_no_number_is_named(attempt, words):
    outcome = number().check(attempt)
    assert outcome.status == "wrong"
    assert outcome.message == f"Not yet: {words}"


@pytest.mark.parametrize("attempt", [{7}, {"size": 7}, object(), [None], 10**400])
def test_what_cannot_be_read_as_numbers_says_so(attempt):
    outcome = number().check(attempt)
    assert outcome.status == "wrong"
    assert f"but a {type(attempt).__name__} came that cannot be read as numbers" in outcome.message


def test_an_object_that_numpy_can_take_is_fine_and_one_that_refuses_is_wrong():
    class Tensor:
        def __init__(self, value):
            self.value = value

        def __array__(self, dtype=None, copy=None):
            if self.value is None:
                raise RuntimeError("call detach() first")
            return np.array(self.value)

    assert number().check(Tensor(7)).status == "right"
    assert array(IMAGE).check(Tensor(IMAGE)).status == "right"
    outcome = number().check(Tensor(None))
    assert outcome.status == "wrong"
    assert "a Tensor came that cannot be read as numbers (call detach() first)" in outcome.message


def test_an_object_that_raises_while_it_is_looked_at_is_reported_not_raised():
    class Spoilt:
        def __array__(self, dtype=None, copy=None):
            raise KeyError("gone")

    outcome = number().check(Spoilt())
    assert outcome.status == "raised"
    assert outcome.message.startswith(f"Your code raised KeyError: 'gone'\n{__name__}, line ")
    assert 'raise KeyError("gone")' in outcome.message

    class Nameless:
        def __repr__(self):
            raise ValueError("no name")

        def __array__(self, dtype=None, copy=None):
            return np.array("text")

    assert number().check(Nameless()).message == (
        "Not yet: a number is expected, (a Nameless that cannot be shown) is not made of numbers"
    )


def test_a_list_that_holds_itself_does_not_break_the_check():
    endless = []
    endless.append(endless)
    outcome = number().check(endless)
    assert outcome.status == "raised"
    assert outcome.message.startswith("Your code raised RecursionError: maximum recursion depth exceeded")
    assert "holds_ellipsis" not in outcome.message


# Arrays


def test_a_right_array_may_come_as_nested_lists():
    exercise = array(np.array([[1, 2], [3, 4]]), explanation="Row by row.")
    assert exercise.check([[1, 2], [3, 4]]).message == "Right.\nRow by row."
    assert exercise.check(((1.0, 2.0), (3.0, 4.0))).status == "right"


def test_a_wrong_shape_is_named_before_anything_else():
    exercise = array(np.zeros((3, 3)))
    assert exercise.check(np.ones((3, 2))).message == "Not yet: your array is 3 x 2, expected is 3 x 3"
    assert exercise.check([1, 2]).message == "Not yet: your array is 2 long, expected is 3 x 3"
    assert exercise.check(5).message == "Not yet: an array 3 x 3 is expected, 5 is a single number"
    assert exercise.check("no").message == "Not yet: an array 3 x 3 is expected, 'no' is text"
    assert exercise.check(np.zeros((3, 3), bool)).message == (
        "Not yet: an array 3 x 3 is expected, each of your entries is a truth value"
    )
    assert exercise.check(None).status == "wrong"


def test_wrong_entries_are_counted_and_the_first_is_placed_without_its_right_value():
    exercise = array(np.array([[1, 2, 3], [4, 5, 6]]))
    assert exercise.check([[1, 2, 0], [0, 5, 0]]).message == (
        "Not yet: 3 of 6 entries differ, the first at row 0, column 2 (counted from 0)"
    )
    assert exercise.check([[1, 2, 3], [4, 9, 6]]).message == (
        "Not yet: 1 of 6 entries differs, the first at row 1, column 1 (counted from 0)"
    )
    assert array(np.arange(4)).check([0, 1, 2, 4]).message == (
        "Not yet: 1 of 4 entries differs, the first at index 3 (counted from 0)"
    )
    assert "the first at index 0, 1, 1 (counted" in array(np.zeros((1, 2, 2))).check([[[0, 0], [0, 1]]]).message


def test_entries_that_are_not_a_number_are_named():
    exercise = array(np.array([1.0, 2.0, 3.0]))
    assert "; 1 of them is nan (not a number)" in exercise.check([1, math.nan, 3]).message
    assert "2 of 3 entries differ" in exercise.check([math.nan, math.nan, 3]).message
    assert "; 2 of them are nan (not a number)" in exercise.check([math.nan, math.nan, 3]).message
    assert "nan" not in exercise.check([1, 2, 4]).message
    assert array(np.array([1.0, math.nan])).check([1, math.nan]).status == "right"


def test_array_tolerance_follows_the_coarser_dtype():
    double = np.array([1.0, 100.0])
    assert array(double).check(double + [0, 0.9e-7]).status == "right"
    assert array(double).check(double + [0, 1.1e-7]).status == "wrong"
    single = double.astype(np.float32)
    assert array(single).check(single + np.float32([0, 0.9e-3])).status == "right"
    assert array(single).check(single + np.float32([0, 1.1e-3])).status == "wrong"
    assert array(double).check((double + [0, 0.9e-3]).astype(np.float32)).status == "right"
    whole = np.array([1, 100])
    assert array(whole).check(whole + [0, 1]).status == "wrong"
    assert array(whole).check(whole + [0, 1e-10]).status == "right"
    assert array(whole).check(whole + [0, 1e-8]).status == "wrong"


def test_small_unsigned_integers_do_not_wrap_around():
    exercise = array(np.array([0, 255], np.uint8))
    assert exercise.check([0, 255]).status == "right"
    assert exercise.check([-1, 255]).status == "wrong"
    assert exercise.check([256, 255]).status == "wrong"


def test_tolerance_is_measured_against_the_largest_finite_entry():
    assert tolerance(np.zeros(2), np.array([math.inf, 50.0])) == pytest.approx(5e-8)
    assert tolerance(np.zeros(2), np.zeros(2)) == 1e-9
    assert tolerance(np.zeros(2, np.complex64), np.ones(2, np.complex64)) == pytest.approx(1e-5)


def test_a_known_wrong_array_gets_its_own_message():
    exercise = array(IMAGE, mistakes=(Mistake(IMAGE.T, "rows and columns are swapped"),))
    assert exercise.check(IMAGE.T.tolist()).message == "Not yet: rows and columns are swapped"
    assert exercise.check(IMAGE[::-1]).message.startswith("Not yet: 6 of 6 entries differ")


def test_truth_values_and_complex_numbers_can_be_expected():
    assert array(np.array([True, False])).check([True, False]).status == "right"
    assert array(np.array([True, False])).check([True, True]).status == "wrong"
    assert array(np.array([1j, 2])).check([1j, 2]).status == "right"
    assert array(np.array([1j, 2])).check([1, 2]).status == "wrong"
    assert array(np.array([1 + 0j, 2])).check([1, 2]).status == "right"
    assert number(lambda: True).check(1).message == "Not yet: True or False is expected, 1 is a number"


# Choices


def choice(right="b", **rest):
    options = {"a": "to the left", "b": "to the right", "c": "nowhere"}
    return Choice("07.way", options=options, solution=lambda: right, **rest)


@pytest.mark.parametrize("attempt", ["b", "B", " b\n", ["b"], {"B"}])
def test_a_right_choice_is_right_in_small_and_capital_letters(attempt):
    assert choice(explanation="Towards the one.").check(attempt).message == "Right.\nTowards the one."


def test_a_wrong_choice_is_named_and_a_known_one_gets_its_message():
    exercise = choice(mistakes=(Mistake("a", "that is convolution"),), hints=("flip it",))
    assert exercise.check("C").message == ("Not yet: you chose c, that is not it\nexercises.way.hint() gives a hint.")
    assert exercise.check("A").message == "Not yet: that is convolution\nexercises.way.hint() gives a hint."
    assert exercise.check("A").status == "wrong"


@pytest.mark.parametrize(
    "attempt", ["d", "ab", "to the right", 2, None, True, ["a", "b"], [], [["b"]], [1, "b"], {"b": 1}]
)
def test_anything_else_is_answered_with_the_choices(attempt):
    outcome = choice().check(attempt)
    assert outcome.status == "wrong"
    assert outcome.message == f"Not yet: choose one of a, b, c; {attempt!r} came"


@pytest.mark.parametrize("attempt", ["ac", "CA", "a, c", " a c ", ["a", "c"], ("c", "A"), {"a", "c"}, frozenset("ac")])
def test_several_right_choices_come_as_text_list_tuple_or_set(attempt):
    assert choice({"a", "c"}).check(attempt).status == "right"


def test_several_choices_must_be_exactly_the_right_ones():
    exercise = choice({"a", "c"}, mistakes=(Mistake({"a", "b", "c"}, "one is too many"),))
    assert exercise.check("a").message == "Not yet: you chose a: 1 of 1 is right, and 1 more is missing"
    assert exercise.check("bc").message == "Not yet: you chose b, c: 1 of 2 is right, and 1 more is missing"
    assert exercise.check("b").message == "Not yet: you chose b: none is right, and 2 are missing"
    without = choice({"a", "c"})
    assert without.check("abc").message == "Not yet: you chose a, b, c: 2 of 3 are right"
    assert exercise.check("abc").message == "Not yet: one is too many"
    assert exercise.check("ad").message == "Not yet: choose one or more of a, b, c; 'ad' came"


def test_a_choice_shows_its_options():
    assert repr(choice()).splitlines()[1:] == ["  a: to the left", "  b: to the right", "  c: nowhere"]


# Functions


def test_a_right_function_is_right():
    outcome = function(explanation="Broadcasting does the rest.").check(lambda image, amount: amount + image)
    assert outcome.status == "right"
    assert outcome.message == "Right.\nBroadcasting does the rest."


def test_a_wrong_function_is_shown_its_first_wrong_case():
    outcome = function(hints=("add",)).check(lambda image, amount: image + abs(amount))
    assert outcome.status == "wrong"
    assert outcome.message == textwrap.dedent("""\
        Not yet: 6 of 6 entries differ, the first at row 0, column 0 (counted from 0)
        exercises.add_rows.hint() gives a hint.

        add_rows(image, amount) with
          image = [[ 2.,  4.,  6.],
                   [ 8., 10., 12.]]
          amount = -3
        your result = [[ 5.,  7.,  9.],
                       [11., 13., 15.]]
        expected    = [[-1.,  1.,  3.],
                       [ 5.,  7.,  9.]]""")


def test_a_large_array_is_abbreviated():
    message = function(cases=((np.zeros((256, 256), np.float32), 1),)).check(lambda image, amount: image).message
    assert "256 x 256, float32:\n" in message
    assert len(message) < 1000


def test_wrong_types_and_shapes_of_a_result_are_named():
    assert (
        function()
        .check(lambda image, amount: image.T)
        .message.startswith("Not yet: your array is 3 x 2, expected is 2 x 3\n")
    )
    assert (
        function()
        .check(lambda image, amount: "done")
        .message.startswith("Not yet: an array 2 x 3 is expected, 'done' is text\n")
    )
    assert (
        function()
        .check(lambda image, amount: 5)
        .message.startswith("Not yet: an array 2 x 3 is expected, 5 is a single number\n")
    )


def test_a_missing_return_is_named():
    def forgetful(image, amount):
        image = image + amount

    outcome = function().check(forgetful)
    assert outcome.status == "wrong"
    assert outcome.message.startswith("Not yet: your function returned None: did you forget return?\n")


def is_big(size):
    return size > 2


def size_and_sum(image):
    return image.shape[0], image.sum()


def test_functions_may_return_truth_values_and_tuples():
    exercise = function(is_big, ((1,), (5,)))
    assert exercise.check(lambda size: np.bool_(size > 2)).status == "right"
    assert exercise.check(lambda size: size).message.startswith("Not yet: True or False is expected, 1 is a number\n")
    pair = function(size_and_sum, ((IMAGE,),))
    assert pair.check(lambda image: (2, 21.0)).status == "right"
    assert pair.check(lambda image: [2, 21.0]).status == "right"
    assert pair.check(lambda image: (2, 20.0)).message.startswith("Not yet: value 2 of 2: got 20.0, that is not it\n")
    assert pair.check(lambda image: 2).message.startswith("Not yet: 2 values are expected, as in return a, b; 2 came")
    assert pair.check(lambda image: np.array([2, 21.0])).status == "right"
    assert "as in return a, b; 3 came" in pair.check(lambda image: np.array([2, 21.0, 0])).message
    assert "as in return a, b; 3 came" in pair.check(lambda image: (2, 21.0, 0)).message
    assert "your result = (2, 20.0)\nexpected    = (2, 21.0)" in pair.check(lambda image: (2, 20.0)).message


def test_a_mistake_is_recognised_only_where_it_agrees_on_all_cases():
    mistakes = (
        Mistake(lambda image, amount: image - amount, "you subtracted"),
        Mistake(lambda image, amount: image + abs(amount), "you dropped the sign"),
    )
    exercise = function(mistakes=mistakes)
    outcome = exercise.check(lambda image, amount: image - amount)
    assert outcome.status == "wrong"
    assert outcome.message.startswith("Not yet: you subtracted\n")
    assert "expected    = [[2., 3., 4.],\n" in outcome.message
    assert exercise.check(lambda image, amount: image + abs(amount)).message.startswith(
        "Not yet: you dropped the sign\n"
    )
    mixed = exercise.check(lambda image, amount: image - amount if amount > 0 else image + abs(amount) * 2)
    assert mixed.message.startswith("Not yet: 6 of 6 entries differ")


def test_a_wrong_first_case_counts_more_than_an_error_in_a_later_one():
    def partly(image, amount):
        return image if amount > 0 else 1 / 0

    outcome = function(mistakes=(Mistake(lambda image, amount: image, "nothing was added"),)).check(partly)
    assert outcome.status == "wrong"
    assert outcome.message.startswith("Not yet: 6 of 6 entries differ")


@pytest.mark.parametrize("attempt", [5, "add_rows", None, IMAGE, [add_rows]])
def test_what_is_no_function_is_asked_for_without_brackets(attempt):
    outcome = function().check(attempt)
    assert outcome.status == "wrong"
    assert outcome.message == "Not yet: check needs your function itself, without brackets: check(name)"


def test_wrong_parameters_are_named():
    outcome = function().check(lambda image: image)
    assert outcome.status == "wrong"
    assert outcome.message == "Not yet: your function takes (image), but check calls it with (image, amount)"
    assert function().check(lambda image, amount, more=0: image + amount).status == "right"
    assert function().check(lambda *values: sum(values)).status == "right"
    assert function().check(functools.partial(lambda more, image, amount: image + amount, 0)).status == "right"
    assert function().check(np.add).status == "right"


def test_a_function_that_changes_its_argument_is_told_so_only_where_its_result_is_right():
    def in_place(image, amount):
        image += amount
        return image

    exercise = function()
    before = [image.copy() for image, _ in CASES]
    for _ in range(2):  # the second time it must not meet what it changed the first time
        outcome = exercise.check(in_place)
        assert outcome.status == "wrong"
        assert (
            outcome.message
            == "Not yet: the result is right, but your function changed its argument image; work on a copy"
        )
    assert all(np.array_equal(image, old) for (image, _), old in zip(CASES, before, strict=True))

    def only_in_the_first_case(image, amount):
        return in_place(image, amount) if amount > 0 else image + amount

    assert "changed its argument image" in exercise.check(only_in_the_first_case).message

    def in_place_and_wrong(image, amount):
        image += 2 * amount
        return image

    assert exercise.check(in_place_and_wrong).message.startswith("Not yet: 6 of 6 entries differ")


def total(values):
    return float(np.sum(values[0]))


@pytest.mark.parametrize(
    "change",
    [
        lambda values: values.append(1),
        lambda values: values[0].append(0),
        lambda values: values[0].__setitem__(1, 5.5),
        lambda values: values[0].__setitem__(1, np.array(2.0)),
        lambda values: values[1].update(a=2),
        lambda values: values[2].__setitem__(0, 9),
        lambda values: values[2].__setattr__("shape", (1, 2)),
    ],
)
@pytest.mark.filterwarnings("ignore:Setting the shape:DeprecationWarning")
def test_changes_deep_in_lists_and_dicts_are_seen(change):
    exercise = function(total, (([[1.0, 2.0], {"a": 1}, np.arange(2.0)],),))

    def attempt(values):
        result = total(values)
        change(values)
        return result

    assert "changed its argument values" in exercise.check(attempt).message
    assert exercise.check(total).status == "right"


def test_a_generator_that_moves_on_and_nan_that_stays_are_not_changes():
    def draw(rng, values):
        return rng.random() + values[0]

    exercise = function(
        draw, ((np.random.default_rng(1), [1.0, math.nan]), (np.random.default_rng(2), [2.0, math.nan]))
    )
    assert exercise.check(lambda rng, values: values[0] + rng.random()).status == "right"


def test_what_the_function_prints_is_seen_and_warnings_stay_warnings(capsys):
    def chatty(image, amount):
        print("amount is", amount)
        np.array([0.0]) / 0
        return image + amount

    with pytest.warns(RuntimeWarning, match="invalid value"):
        outcome = function().check(chatty)
    assert outcome.status == "right"
    assert capsys.readouterr().out == "amount is 1\namount is -3\n"


def test_comparing_infinities_warns_about_nothing():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert array(np.array([math.inf, 1.0])).check([math.inf, 1.0]).status == "right"
        assert array(np.array([math.inf, 1.0])).check([math.nan, 1.0]).status == "wrong"


# Not attempted


@pytest.mark.parametrize(
    "attempt", [..., [...], [1, [2, ...]], (1, ...), {...}, {"a": ...}, {...: 1}, np.array([1, ...])]
)
@pytest.mark.parametrize(
    "exercise", [number(), array(IMAGE), choice(), function()], ids=["number", "array", "choice", "function"]
)
def test_a_value_that_holds_dots_is_not_attempted(exercise, attempt):
    outcome = exercise.check(attempt)
    assert outcome.status == "not attempted"
    assert outcome.message == NOT_ATTEMPTED
    assert outcome.message.startswith("Not attempted yet: replace the ... above and run this cell again.\n")


@pytest.mark.parametrize("attempt", ["", "  ", "...", " ... ", "…"])
def test_an_empty_text_is_no_choice_yet(attempt):
    assert choice().check(attempt).status == "not attempted"
    assert number().check(attempt).status == "wrong"


def stub_that_returns_dots(image, amount):
    return ...


def stub_that_returns_dots_in_a_tuple(image, amount):
    return image, ...


def stub_without_return(image, amount): ...


def stub_that_assigns(image, amount):
    result = ...
    assert result


def stub_that_raises(image, amount):
    return image + ...


def stub_in_a_loop(image, amount):
    for row in range(...):
        image[row] = 0
    return image


def stub_with_a_nested_function(image, amount):
    def inner(x):
        return x + ...

    return inner(image)


def stub_inside_an_index(image, amount):
    return image[0 + ..., 1]


def stub_with_two_dots_in_one_index(image, amount):
    return image[..., ...]


def stub_in_the_second_case(image, amount):
    return image + amount if amount > 0 else ...


STUBS = [value for name, value in list(globals().items()) if name.startswith("stub_")]


@pytest.mark.parametrize("stub", STUBS, ids=lambda stub: stub.__name__)
def test_a_function_that_still_holds_dots_is_not_attempted(stub):
    assert len(STUBS) == 10
    assert function().check(stub).message == NOT_ATTEMPTED


def test_dots_are_found_without_source_too():
    names = {}
    exec("def stub(image, amount):\n    def inner(x):\n        return x + ...\n    return inner(image)", names)
    exec("def broken(image, amount):\n    return image + no_such_name", names)
    exec("def empty(image, amount):\n    pass", names)
    assert function().check(names["stub"]).status == "not attempted"
    assert function().check(names["broken"]).status == "raised"
    assert function().check(names["empty"]).status == "wrong"


def test_dots_as_an_index_are_no_placeholder():
    def one_axis_too_many(image, amount):
        return image[..., ::2, amount, amount, 0]

    def right(image, amount):
        return image[...] + amount

    assert function().check(one_axis_too_many).status == "raised"
    assert function().check(right).status == "right"


def test_a_finished_function_may_keep_dots_that_do_no_harm():
    def right(image, amount):
        ...
        return image + amount

    assert function().check(right).status == "right"


# Raised


def helper_that_divides(amount):
    return 1 / (amount - amount)


def test_an_exception_is_shown_at_the_learners_line_with_the_arguments_and_no_engine_frame():
    def attempt(image, amount):
        result = image + amount
        return result * helper_that_divides(amount)

    line = attempt.__code__.co_firstlineno + 2
    outcome = function().check(attempt)
    assert outcome.status == "raised"
    headline, place = outcome.message.splitlines()[:2]
    assert headline == "Your code raised ZeroDivisionError: division by zero"
    helper_line = helper_that_divides.__code__.co_firstlineno + 1
    assert place == f"{__name__}, line {helper_line}: return 1 / (amount - amount)"
    assert outcome.details == textwrap.dedent(f"""\
        add_rows(image, amount) with
          image = [[1., 2., 3.],
                   [4., 5., 6.]]
          amount = 1

        From your function down to the error:
          {__name__}, line {line}, in attempt
              return result * helper_that_divides(amount)
          {__name__}, line {helper_line}, in helper_that_divides
              return 1 / (amount - amount)
          ZeroDivisionError: division by zero""")


def test_an_exception_inside_a_library_is_shown_at_the_learners_line():
    def attempt(image, amount):
        return json.loads("[1,")

    outcome = function().check(attempt)
    line = attempt.__code__.co_firstlineno + 1
    assert outcome.message.splitlines()[1] == f'{__name__}, line {line}: return json.loads("[1,")'
    assert "json.decoder, line " in outcome.details
    assert "site-packages" not in outcome.message
    assert str(Path(json.__file__).parent) not in outcome.message


def endless_recursion(image, amount):
    return endless_recursion(image, amount)


def test_endless_recursion_gets_a_short_traceback():
    outcome = function().check(endless_recursion)
    assert outcome.status == "raised"
    assert outcome.message.startswith("Your code raised RecursionError: maximum recursion depth exceeded")
    assert len(outcome.message.splitlines()) < 30
    assert " more calls ..." in outcome.message


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (SystemExit(3), "SystemExit: 3"),
        (AssertionError(), "AssertionError"),
        (KeyError("x"), "KeyError: 'x'"),
        (MemoryError("full"), "MemoryError: full"),
        (Warning("beware"), "Warning: beware"),
    ],
)
def test_every_kind_of_exception_is_caught(error, words):
    def attempt(image, amount):
        raise error

    outcome = function().check(attempt)
    assert outcome.status == "raised"
    assert outcome.message.splitlines()[0] == f"Your code raised {words}"


def test_an_exception_whose_text_raises_is_still_shown():
    class Odd(Exception):
        def __str__(self):
            raise ValueError

    def attempt(image, amount):
        raise Odd

    message = function().check(attempt).message
    assert "Odd: <exception str() failed>" in message.splitlines()[0]


def test_a_syntax_error_in_evaluated_text_names_itself_on_the_first_line():
    outcome = function().check(lambda image, amount: eval("1 +"))
    assert outcome.message.splitlines()[0] == "Your code raised SyntaxError: invalid syntax"


def test_an_exception_in_a_built_in_without_python_lines_is_shown():
    outcome = function(cases=(("a", 1),)).check(builtins.divmod)
    assert outcome.status == "raised"
    assert outcome.message.startswith("Your code raised TypeError: unsupported operand type(s) for divmod()")
    assert "From your function" not in outcome.message


# What is shown


def test_learners_text_is_escaped_in_html():
    nasty = "<script>alert('x')</script>"

    def raising(image, amount):
        raise ValueError(nasty)

    boxes = [number().check(nasty), function().check(lambda image, amount: nasty), function().check(raising)]
    boxes.append(choice().check(nasty))
    for box in boxes:
        assert "<script>" in box.message
        assert "<script" not in html_of(box)
        assert "&lt;script&gt;" in html_of(box)


def test_html_tells_outcomes_apart_by_sign_and_word_and_colour():
    def raising(image, amount):
        raise ValueError("no")

    boxes = [number().check(7), number().check(5), number().check(...), function().check(raising)]
    looks = [("✓", "Right."), ("✗", "Not yet:"), ("○", "Not attempted yet:"), ("!", "Your code raised ValueError:")]
    colours = ["success", "warn", "info", "error"]
    for box, (sign, word), colour in zip(boxes, looks, colours, strict=True):
        assert f'<span aria-hidden="true">{sign}</span> <strong>{word}</strong>' in html_of(box)
        assert f"border-left: 6px solid var(--jp-{colour}-color1, " in html_of(box)
        assert "color: var(--jp-content-font-color1, inherit)" in html_of(box)
        assert box._repr_mimebundle_()["text/plain"] == box.message == repr(box)


def test_details_stand_in_fixed_width_below_the_text():
    html = html_of(function(hints=("add",)).check(lambda image, amount: image))
    assert "(counted from 0)<br>exercises.add_rows.hint() gives a hint.<pre style=" in html
    assert "add_rows(image, amount) with\n  image = [[1., 2., 3.],\n" in html


def test_hints_come_one_by_one_and_then_all_together():
    exercise = number(hints=("look at the border", "count the windows"))
    assert exercise.hint().message == "Hint 1 of 2: look at the border"
    assert exercise.hint().message == "Hint 2 of 2: count the windows"
    after = "That was the last hint. exercises.size.solution() shows the answer."
    after += "\n1. look at the border\n2. count the windows"
    assert exercise.hint().message == after
    assert exercise.hint().message == after
    assert number().hint().message == "This exercise has no hints. exercises.size.solution() shows the answer."
    assert "<strong>Hint 1 of 1:</strong> a &lt; b" in html_of(number(hints=("a < b",)).hint())


def test_the_solution_is_shown_from_its_source():
    bundle = function().solution()._repr_mimebundle_()
    assert bundle["text/plain"].startswith("def add_rows(image, amount):\n")
    assert bundle["text/plain"].endswith("    return image + amount")
    assert bundle["text/markdown"] == f"```python\n{bundle['text/plain']}\n```"
    assert repr(number().solution()) == "def seven():\n    return 7"

    def indented():
        return 7

    assert repr(number(indented).solution()) == "def indented():\n    return 7"


def test_the_answer_of_every_kind_is_right():
    for exercise in (number(), array(IMAGE), choice({"a", "b"}), function()):
        assert exercise.check(exercise.answer()).status == "right"


def test_an_exercise_names_its_calls_in_one_line():
    assert repr(number()) == (
        "Exercise size: exercises.size.check(your answer), exercises.size.hint(), exercises.size.solution()"
    )


def test_slips_in_a_definition_are_refused():
    with pytest.raises(ValueError, match=r"an id is the lesson and a name, as in \"07\.shift\", not 'shift'"):
        Number("shift", solution=seven)
    with pytest.raises(TypeError, match=r"07\.size: hints is a tuple"):
        number(hints="count again")
    with pytest.raises(TypeError, match=r"07\.size: mistakes is a tuple"):
        number(mistakes=Mistake(5, "no"))


def test_values_are_shown_compactly():
    assert show(np.float64(2.5)) == "2.5"
    assert show((np.array([1, 2]), np.int64(3))) == "([1, 2], 3)"
    assert show("x" * 400) == "'" + "x" * 299 + " ..."


# Progress


def test_attempts_are_written_down_but_empty_ones_are_not():
    number().check(...)
    assert progress.load() == {}
    number().check(5)
    function().check(lambda image, amount: 1 / 0)
    number().check(7)
    number().check(5)
    assert progress.load() == {
        "07.size": {"attempts": 3, "right": True},
        "07.add_rows": {"attempts": 1, "right": False},
    }


def test_trouble_with_the_progress_file_is_told_below_the_outcome(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("COURSE_PROGRESS", str(tmp_path / "file" / "progress.json"))
    outcome = number().check(7)
    assert outcome.status == "right"
    assert outcome.message.startswith("Right.\n(Your progress could not be saved, but your answer was checked")


# The list of all exercises

LESSON = """
from course_lib.exercises.engine import Number

LESSON = "{lesson}"

def one():
    return 1

zebra = Number("{number}.zebra", solution=one)
ant = Number("{number}.{ant}", solution=one)
"""


@pytest.fixture
def lessons(tmp_path, monkeypatch):
    """A function that writes a lesson's module where the package looks for lessons; nothing of it stays."""
    monkeypatch.setattr(course_lib.exercises, "__path__", [str(tmp_path)])
    written = []

    def write(number, lesson, ant="ant"):
        written.append(f"lesson_{number}")
        (tmp_path / f"lesson_{number}.py").write_text(LESSON.format(number=number, lesson=lesson, ant=ant))
        importlib.invalidate_caches()

    yield write
    for name in written:
        sys.modules.pop(f"course_lib.exercises.{name}", None)
        vars(course_lib.exercises).pop(name, None)


def test_all_exercises_come_by_lesson_in_the_order_of_definition(lessons):
    lessons("98", "98_later")
    lessons("97", "97_sooner")
    found = course_lib.exercises.all_exercises()
    assert list(found) == ["97_sooner", "98_later"]
    assert [exercise.id for exercise in found["97_sooner"]] == ["97.zebra", "97.ant"]


def test_an_id_that_is_not_the_exercises_name_is_refused(lessons):
    lessons("96", "96_copied", ant="zebra")
    with pytest.raises(ValueError, match=r"lesson_96.ant has the id '96.zebra', not '96.ant'"):
        course_lib.exercises.all_exercises()


def test_the_real_exercises_can_be_listed():
    for lesson, exercises in course_lib.exercises.all_exercises().items():
        assert exercises, f"{lesson} has no exercises"
        assert all(isinstance(exercise, Exercise) for exercise in exercises)


def test_importing_the_package_loads_neither_numpy_nor_jupyter():
    code = "import course_lib.exercises, sys; print(sorted({'numpy', 'IPython', 'filelock'} & set(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert found.stdout == "[]\n"


# In a real kernel


@pytest.fixture(scope="module")
def kernel(tmp_path_factory):
    """A real Jupyter kernel that knows one exercise, `exercise`; run(code) gives reply, outputs and printed text."""
    folder = tmp_path_factory.mktemp("kernel")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COURSE_PROGRESS", str(folder / "progress.json"))
        manager, client = start_new_kernel(cwd=str(REPOSITORY))

    def run(code, on_stream=lambda text: None):
        outputs, printed = [], []

        def collect(message):
            if message["msg_type"] == "stream":
                printed.append(message["content"]["text"])
                on_stream(message["content"]["text"])
            elif message["msg_type"] in ("execute_result", "display_data", "error"):
                outputs.append(message["content"])

        reply = client.execute_interactive(code, output_hook=collect, timeout=60)
        return reply["content"], outputs, "".join(printed)

    run.interrupt = manager.interrupt_kernel
    setup = """
        from course_lib.exercises.engine import Function
        def double(x):
            return 2 * x
        exercise = Function("07.double", solution=double, cases=((1,), (2,)))
    """
    assert run(textwrap.dedent(setup))[0]["status"] == "ok"
    yield run
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def test_a_kernel_shows_the_cell_and_line_that_raised(kernel):
    reply, _, _ = kernel("def helper(x):\n    return x / 0")
    helper_cell = reply["execution_count"]
    reply, _, _ = kernel("def attempt(x):\n    y = x + 1\n    return helper(y)")
    cell = reply["execution_count"]
    reply, outputs, _ = kernel("exercise.check(attempt)")
    assert reply["status"] == "ok"
    text = outputs[0]["data"]["text/plain"]
    assert text == textwrap.dedent(f"""\
        Your code raised ZeroDivisionError: division by zero
        Cell In[{helper_cell}], line 2: return x / 0

        double(x) with
          x = 1

        From your function down to the error:
          Cell In[{cell}], line 3, in attempt
              return helper(y)
          Cell In[{helper_cell}], line 2, in helper
              return x / 0
          ZeroDivisionError: division by zero""")
    assert (
        "<strong>Your code raised ZeroDivisionError:</strong> division by zero<br>Cell In["
        in outputs[0]["data"]["text/html"]
    )


def test_a_kernel_runs_on_over_every_stub_and_shows_the_solution(kernel):
    reply, outputs, _ = kernel("def attempt(x):\n    return x + ...\n\nexercise.check(attempt)")
    assert reply["status"] == "ok"
    assert outputs[0]["data"]["text/plain"] == NOT_ATTEMPTED
    _, outputs, _ = kernel("exercise.solution()")
    assert outputs[0]["data"]["text/markdown"] == "```python\ndef double(x):\n    return 2 * x\n```"


def test_an_endless_loop_can_be_stopped_and_the_kernel_goes_on(kernel):
    code = "def attempt(x):\n    print('started', flush=True)\n    while True:\n        x = -x"
    reply, _, _ = kernel(code)
    cell = reply["execution_count"]
    reply, outputs, _ = kernel("outcome = exercise.check(attempt)\noutcome", on_stream=lambda text: kernel.interrupt())
    assert reply["status"] == "ok"
    first, place = outputs[0]["data"]["text/plain"].splitlines()[:2]
    assert first == "You stopped it: your function was still running. Does its loop end?"
    assert place in (
        f"Cell In[{cell}], line 2: print('started', flush=True)",
        f"Cell In[{cell}], line 3: while True:",
        f"Cell In[{cell}], line 4: x = -x",
    )
    _, outputs, _ = kernel("outcome.status, exercise.check(lambda x: x + x).status")
    assert outputs[0]["data"]["text/plain"] == "('raised', 'right')"


def test_a_stopped_function_with_dots_left_is_still_told_that_it_was_stopped(kernel):
    code = "def attempt(x):\n    y = ...\n    print('started', flush=True)\n    while True:\n        x = -x"
    kernel(code)
    _, outputs, _ = kernel("exercise.check(attempt)", on_stream=lambda text: kernel.interrupt())
    assert outputs[0]["data"]["text/plain"].startswith("You stopped it: ")


def test_endless_recursion_in_a_kernel_gets_a_short_traceback(kernel):
    kernel("def attempt(x):\n    return attempt(x)")
    _, outputs, _ = kernel("exercise.check(attempt)")
    text = outputs[0]["data"]["text/plain"]
    assert text.startswith("Your code raised RecursionError: ")
    assert len(text.splitlines()) < 30
