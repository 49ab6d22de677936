"""Timing: every function in its turn, round by round, after a call that does not count. No time itself is tested."""

import re

import numpy as np
import pytest

from course_lib import timing


class Clock:
    """Stands still between calls of a function; each moves it by as many seconds as it takes."""

    def __init__(self):
        self.now, self.calls = 0.0, []

    def taking(self, name, seconds):
        remaining = list(seconds)

        def function():
            self.calls.append(name)
            self.now += remaining.pop(0)

        return function


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(timing.time, "perf_counter", lambda: clock.now)
    return clock


def test_each_round_calls_every_function_in_turn_and_the_first_call_does_not_count(clock):
    functions = {"quick": clock.taking("quick", [99, 1, 2]), "slow": clock.taking("slow", [77, 10, 20])}
    seconds = timing.interleaved(functions, rounds=2)
    assert clock.calls == ["quick", "slow"] * 3
    assert list(seconds) == ["quick", "slow"]
    np.testing.assert_array_equal(seconds["quick"], [1, 2])
    np.testing.assert_array_equal(seconds["slow"], [10, 20])


def test_there_are_five_rounds_unless_asked_otherwise():
    assert timing.interleaved({"nothing": lambda: None})["nothing"].shape == (5,)


def test_times_of_the_real_clock_are_positive_and_finite():
    seconds = timing.interleaved({"sum": lambda: sum(range(10_000))}, rounds=3)["sum"]
    assert np.isfinite(seconds).all()
    assert (seconds > 0).all()


@pytest.mark.parametrize(
    ("functions", "rounds", "words"),
    [
        ({}, 5, "there is nothing to time"), ({"a": int}, 0, "rounds must be at least 1, not 0"),
        ({"a": int}, 2.5, "rounds must be a whole number, not 2.5"),
        ({"a": 3}, 5, "'a' is no function but 3: put lambda:"),
    ],
)  # fmt: skip
def test_nothing_to_do_is_refused_in_words(functions, rounds, words):
    with pytest.raises((TypeError, ValueError), match=re.escape(words)):
        timing.interleaved(functions, rounds)


def test_what_a_function_raises_is_not_hidden():
    with pytest.raises(ZeroDivisionError):
        timing.interleaved({"broken": lambda: 1 / 0})
