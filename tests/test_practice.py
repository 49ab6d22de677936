"""Practice without end: every question's answer is the library's, and is what counting windows gives."""

import itertools
import math
import re

import pytest

from course_lib import shapes
from course_lib.exercises import practice

SEEDS = range(500)
LEVELS = range(1, practice.HIGHEST_LEVEL + 1)


@pytest.fixture(scope="module")
def questions():
    """Some thousand questions of all levels."""
    return [practice.make_question(seed, 1 + seed % 9, level) for seed in SEEDS for level in LEVELS]


def windows(size, kernel, stride=1, padding=0, dilation=1):
    """How many windows fit into a padded row, counted one by one."""
    span = (kernel - 1) * dilation + 1
    return sum(1 for start in range(0, size + 2 * padding, stride) if start + span <= size + 2 * padding)


def setting(name, text, default):
    """The number behind a word of the question, or its default."""
    found = re.search(rf"(?<!output )\b{name} (\d+)", text)
    return int(found.group(1)) if found else default


def read(text):
    """(kernel, stride, padding, dilation) out of the words of a question."""
    kernel = int(re.search(r"(?:kernel of|max pooling of|kernel) (\d+)", text).group(1))
    return kernel, setting("stride", text, 1), setting("padding", text, 0), setting("dilation", text, 1)


def answer_by_counting(question):
    """The answer found from the question's words alone, by counting windows and by trying one number after another."""
    text = question.text
    if question.kind == "output":
        return windows(int(re.search(r"input (\d+) pixels", text).group(1)), *read(text))
    if question.kind == "keeping":
        size = int(re.search(r"input of (\d+) pixels", text).group(1))
        kernel, _, _, dilation = read(text)
        return next(p for p in itertools.count() if windows(size, kernel, 1, p, dilation) == size)
    if question.kind == "input":
        out = int(re.search(r"output is (\d+) pixels", text).group(1))
        possible = [size for size in range(1, 400) if windows(size, *read(text)) == out]
        assert len(possible) == 1 or "est possible" in text
        return possible[-1] if "largest" in text else possible[0]
    if question.kind == "zeros":
        size = int(re.search(r"for (\d+) pixels", text).group(1))
        kernel, stride, _, _ = read(text)
        wanted = len(range(0, size, stride))
        return next(zeros for zeros in itertools.count() if windows(size + zeros, kernel, stride) == wanted)
    if question.kind == "transposed":
        size = int(re.search(r"gets (\d+) pixels", text).group(1))
        kernel, stride, padding, _ = read(text)
        covered = {place * stride + u for place in range(size) for u in range(kernel)}
        return max(covered) + 1 - 2 * padding + setting("output padding", text, 0)
    size, layers = int(re.search(r"input (\d+) pixels", text).group(1)), text.split("goes through ")[1].split("; then ")
    for layer in layers:
        size = windows(size, *read(layer))
    return size


def test_every_answer_is_what_course_lib_computes(questions):
    assert len(questions) == 3000
    for question in questions:
        assert eval(question.call, {"shapes": shapes}) == question.answer, question
        assert type(question.answer) is int


def test_every_answer_is_what_counting_windows_gives(questions):
    for question in questions:
        assert answer_by_counting(question) == question.answer, question.text


def test_every_kind_is_asked_and_its_words_differ(questions):
    assert {question.kind for question in questions} == {"output", "keeping", "input", "zeros", "transposed", "chain"}
    assert len({question.text for question in questions}) > 1500


def test_the_worked_answer_ends_with_the_answer(questions):
    for question in questions:
        numbers = [int(number) for number in re.findall(r"\d+", question.worked)]
        if question.kind == "zeros":
            assert sum(numbers[-2:]) == question.answer
        else:
            assert numbers[-1] == question.answer, question


def test_every_equation_in_a_worked_answer_holds(questions):
    equation = re.compile(r"([(\d][-+*/() \d]*?)(?:,? rounded (up|down),?)? = (\d+)")
    for question in questions:
        found = equation.findall(question.worked)
        assert found or question.kind in ("transposed", "input"), question
        for left, rounding, right in found:
            assert {"up": math.ceil, "down": math.floor, "": float}[rounding](eval(left)) == int(right), question
        if question.kind == "zeros":
            covered, there, before, after = re.search(
                r"= (\d+) pixels, (\d+) are there\. Zeros: (\d+) before, (\d+) after", question.worked
            ).groups()
            assert max(0, int(covered) - int(there)) == int(before) + int(after), question


def test_levels_ask_for_more_and_more():
    for level in LEVELS:
        asked = [practice.make_question(seed, 1, level) for seed in range(300)]
        of_kind = {kind: [q for q in asked if q.kind == kind] for kind in {q.kind for q in asked}}
        for question in of_kind.get("output", []):
            assert ("padding" in question.text) == (level >= 2), question.text
            assert ("stride" in question.text) == (level >= 3), question.text
            assert ("dilation" in question.text) == (level in (4, 6)), question.text
        for question in of_kind.get("keeping", []):
            assert ("dilation" in question.text) == (level >= 4), question.text
            if question.answer:
                assert "both sides need together" in dict(question.mistakes)[2 * question.answer]
        for question in of_kind.get("zeros", []):
            kernel, stride = map(int, re.search(r"kernel (\d+) and stride (\d+)", question.text).groups())
            assert (kernel in (2, 4, 6, 8) and stride == 1) if level <= 4 else (3 <= kernel <= 7 and 2 <= stride <= 4)
        assert {q.text.count("; then ") + 1 for q in of_kind.get("chain", [])} <= {{4: 2, 5: 3, 6: 4}.get(level)}
        padded = ["padding" in question.text for question in of_kind.get("chain", [])]
        assert not padded or 0 < sum(padded) < len(padded)
        windows = re.findall(r"pooling\D*(\d+)", " ".join(q.text for q in of_kind.get("chain", [])))
        assert set(windows) in ({"2", "3"}, set())


def test_every_mistake_is_wrong_has_words_and_comes_once(questions):
    for question in questions:
        wrong = [number for number, _ in question.mistakes]
        assert question.answer not in wrong
        assert len(set(wrong)) == len(wrong) >= 1
        assert all(number >= 0 and text for number, text in question.mistakes)


def test_a_recognised_mistake_is_named():
    for seed, level in itertools.product(range(150), LEVELS):
        mine = practice.shapes_practice(seed)
        mine.level = level
        mine.next()
        for wrong, text in mine.question.mistakes:
            outcome = mine.answer(wrong)
            assert outcome.status == "wrong"
            assert text in outcome.message
        assert mine.answer(mine.question.answer).status == "right"


NAMED = [  # (size, kernel, stride, before, after, dilation, rounding), a wrong answer and its name
    ((7, 3, 2), 2, "forgot the \\+ 1"),
    ((7, 3, 1, 1, 1), 6, "forgot the \\+ 1"),
    ((8, 3, 1, 2, 2), 8, "padded one side only"),
    ((8, 3, 1, 2, 2), 6, "forgot the padding"),
    ((9, 3, 1, 0, 0, 2), 7, "ignored the dilation"),
    ((9, 3, 1, 0, 0, 2), 4, "forgot the \\+ 1"),
    ((7, 3, 3), 3, "rounded up"),
    ((7, 3, 3, 0, 0, 1, "ceil"), 2, "forgot the \\+ 1"),
    ((7, 3, 3, 0, 0, 1, "exact"), 2, "does not fit"),
    ((7, 3, 3, 0, 0, 1, "exact"), 3, "does not fit"),
    ((7, 3, 2), 5, "forgot the stride"),
    ((7, 3, 2), 0, "it does fit"),
    ((10, 3, 4), 3, "forgot to take the kernel away|rounded up"),
    ((10, 2, 3), 4, "rounded up|take the kernel away"),
    ((20, 9, 4), 5, "forgot to take the kernel away"),
    ((21, 9, 4), 6, "forgot to take the kernel away"),
]


@pytest.mark.parametrize(("settings", "wrong", "name"), NAMED)
def test_the_slips_in_a_size_have_names(settings, wrong, name):
    assert re.search(name, dict(practice.size_mistakes(*settings))[wrong])


def test_a_question_depends_on_seed_number_and_level_alone():
    first, second = practice.shapes_practice(5), practice.shapes_practice(5)
    for _ in range(12):
        assert first.next().message == second.next().message
        for mine in (first, second):
            mine.answer(mine.question.answer)
    assert practice.shapes_practice(6).next().message != practice.shapes_practice(5).next().message
    assert practice.make_question(1, 1, 1).text == (
        "With stride 1, a kernel of 5 is to keep an input of 33 pixels at its size. How much padding per side?"
    )


def play(mine, answers):
    """The levels while answers come right (True) or wrong (False) at first."""
    levels = []
    for is_right in answers:
        mine.next()
        mine.answer(mine.question.answer if is_right else mine.question.answer + 1000)
        levels.append(mine.level)
    return levels


def test_two_right_in_a_row_raise_the_level_and_two_wrong_lower_it():
    mine = practice.shapes_practice(seed=3)
    assert play(mine, [True] * 12) == [1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 6]
    assert play(mine, [False] * 3) == [6, 5, 5]
    assert play(mine, [True, False, True, True]) == [5, 5, 5, 6]
    assert play(mine, [False] * 14)[-1] == 1
    assert (mine.asked, mine.right) == (33, 15)
    assert repr(mine).startswith("Practice: 33 asked, 15 right at the first answer, level 1 of 6.")


def test_only_the_first_answer_to_a_question_counts():
    mine = practice.shapes_practice(seed=3)
    mine.next()
    mine.answer(mine.question.answer + 1000)
    for _ in range(5):
        assert mine.answer(mine.question.answer).status == "right"
    assert (mine.right, mine.level) == (0, 1)
    mine.next()
    assert str(mine.question.answer) in mine.solution().message
    mine.answer(mine.question.answer)
    assert mine.right == 0


def test_no_answer_raises_whatever_it_is():
    mine = practice.shapes_practice()
    assert mine.answer(5).message == mine.solution().message == "No question yet: run practice.next() first."
    mine.next()
    assert mine.answer(...).status == "not attempted"
    for odd in ("two", None, [2], 2.5, float("nan"), len, {}, 10**30, True):
        assert mine.answer(odd).status == "wrong"
    assert mine.answer(float(mine.question.answer)).status == "right"
    assert "2 is text" not in mine.answer(2).message


@pytest.mark.parametrize(
    ("seed", "error", "words"),
    [(-1, ValueError, "seed must be at least 0, not -1"), (1.5, TypeError, "seed must be a whole number, not 1.5")],
)
def test_a_seed_that_is_none_is_refused(seed, error, words):
    with pytest.raises(error, match=words):
        practice.shapes_practice(seed)
