"""How long functions take, measured side by side: what slows the machine down for a while slows all of them."""

import time

import numpy as np

from course_lib.shapes import whole_number


def interleaved(functions, rounds=5):
    """{name: seconds of each round}, for functions {name: function without arguments}, called in turn, round by round.

    Each is called once before, unmeasured: a first call also loads code and fetches memory. Of the seconds, the least
    says what the machine can do, the median what to expect. Work that a GPU does behind the program's back must be
    waited for by the function itself.

    >>> seconds = interleaved({"sum": lambda: sum(range(10)), "sort": lambda: sorted([3, 1, 2])}, rounds=3)
    >>> {name: times.shape for name, times in seconds.items()}
    {'sum': (3,), 'sort': (3,)}
    """
    if not functions:
        raise ValueError("there is nothing to time: functions is {name: function without arguments}")
    rounds = whole_number("rounds", rounds, 1)
    for name, function in functions.items():
        if not callable(function):
            raise TypeError(f"{name!r} is no function but {function!r}: put lambda: before what is to be timed")
    for function in functions.values():
        function()
    seconds = {name: np.zeros(rounds) for name in functions}
    for number in range(rounds):
        for name, function in functions.items():
            start = time.perf_counter()
            function()
            seconds[name][number] = time.perf_counter() - start
    return seconds
