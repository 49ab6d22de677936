"""Exercises of lesson 11: transposed convolution."""

import numpy as np

from course_lib.exercises.engine import Choice, Function, Mistake, Number

LESSON = "11_transposed_convolution"


def stamp_row_solution(x, kernel, stride):
    out = np.zeros((len(x) - 1) * stride + len(kernel))
    for i, value in enumerate(x):
        start = i * stride
        out[start : start + len(kernel)] += value * kernel
    return out


def _replacing(x, kernel, stride):
    out = np.zeros((len(x) - 1) * stride + len(kernel))
    for i, value in enumerate(x):
        out[i * stride : i * stride + len(kernel)] = value * kernel
    return out


def _without_stride(x, kernel, stride):
    out = np.zeros((len(x) - 1) * stride + len(kernel))
    for i, value in enumerate(x):
        out[i : i + len(kernel)] += value * kernel
    return out


_CASES = (
    ([1, 2, 3], [1, 1, 1], 2),
    ([2, -1, 4, 0.5], [1, 2, 3], 1),
    ([3, 1], [1, -2], 3),
    ([5, 2, 7], [4, 0, 1, 2], 2),
)

stamp_row = Function(
    "11.stamp_row",
    solution=stamp_row_solution,
    cases=tuple((np.array(x, float), np.array(kernel, float), stride) for x, kernel, stride in _CASES),
    hints=(
        "Where does the stamp of x[0] begin, and where that of x[1]? They lie `stride` cells apart.",
        "The stamp of x[i] covers out[i * stride : i * stride + len(kernel)].",
        "What is stamped is value * kernel, and += adds it to what lies there already.",
    ),
    mistakes=(
        Mistake(
            _replacing, "where stamps overlap, the later one replaced the earlier: they add up, so += instead of ="
        ),
        Mistake(_without_stride, "your stamps begin at i; with a stride they begin at i * stride"),
        Mistake(
            lambda x, kernel, stride: stamp_row_solution(x, kernel[::-1], stride),
            "you turned the kernel. A stamp is the kernel as it is; only the window that gathers needs it turned",
        ),
        Mistake(
            lambda x, kernel, stride: stamp_row_solution(np.ones(len(x)), kernel, stride),
            "every stamp is the bare kernel: multiply it by the number that it comes from",
        ),
        Mistake(
            lambda x, kernel, stride: stamp_row_solution(x, np.ones(len(kernel)), stride),
            "every cell of a stamp got the input's number: multiply it by the kernel's weights",
        ),
    ),
    explanation="The loop is the whole operation. conv_transpose2d does it for rows and columns, maps and batches.",
)


def size_solution():
    spread = (5 - 1) * 3 + 6  # the last stamp begins at 12 and is 6 long
    return spread - 2 * 1


size = Number(
    "11.size",
    solution=size_solution,
    hints=(
        "Where does the last of the 5 stamps begin? It is 4 steps of 3 away from the first.",
        "It begins at 12 and is 6 long: 18 cells. What does the padding do to them?",
    ),
    mistakes=(
        Mistake(18, "forgot the padding: it takes one cell away at each end"),
        Mistake(17, "took the padding away at one end only"),
        Mistake(20, "padding makes a convolution's output larger; from a transposed one it takes cells away"),
        Mistake(19, "5 stamps lie 4 steps apart, not 5"),
        Mistake(15, "5 * 3 is right only where the kernel is as long as stride + 2 * padding"),
        Mistake(1, "that is what the convolution makes of 5; the transposed one goes the other way"),
    ),
    explanation="3 * (5 - 1) + 6 - 2 * 1 = 16. And the convolution makes 5 of 16: (16 + 2 - 6) / 3 + 1.",
)


def output_padding_solution():
    without = 3 * (7 - 1) + 5 - 2 * 1  # 21 rows
    return 23 - without


output_padding = Number(
    "11.output_padding",
    solution=output_padding_solution,
    hints=(
        "How many rows come out without any output padding? The size formula says it.",
        "s (W - 1) + K - 2p is 3 * 6 + 5 - 2 = 21. How many are missing?",
    ),
    mistakes=(
        Mistake(0, "without output padding 21 rows come out: the two last of the padded ones were never read"),
        Mistake(1, "that gives 22 rows"),
        Mistake(3, "output padding stays below the stride, 3: else the convolution would make 8 of it, not 7"),
        Mistake(4, "took the padding away twice: it is 1 row at each end, so 21 rows come out, not 19"),
        Mistake(21, "that is the size without output padding; the question is how many rows are missing to make 23"),
        Mistake(2 / 3, "(23 + 2 - 5) / 3 leaves a remainder: it is the remainder itself that is asked for"),
    ),
    explanation="(23 + 2 - 5) mod 3 = 2: so many of the 25 padded rows were left unread, and so many must be added.",
)


def printed_solution():
    return "c"


printed = Choice(
    "11.printed",
    options={
        "a": "always",
        "b": "for s = 1 only",
        "c": "for s = 1, and for K = 2p + 1",
        "d": "for p = 0 only",
    },
    solution=printed_solution,
    hints=(
        "Take the right form s (W - 1) + K - 2p away from the printed one, s (W + K - 2p - 2) + 1.",
        "What is left is (s - 1)(K - 2p - 1). When is a product 0?",
    ),
    mistakes=(
        Mistake("a", "for W = 5, K = 4, s = 2, p = 1 the printed form gives 11, and 10 is right"),
        Mistake("b", "true for s = 1; but look at K = 3, p = 1: there it is right for every stride"),
        Mistake("d", "for p = 0, K = 3, s = 2, W = 3 the printed form gives 9, and 7 is right"),
    ),
    explanation="The difference is (s - 1)(K - 2p - 1). K = 3 with p = 1 is common, so the slip is easily overlooked.",
)


def even_solution():
    return {"b", "d"}  # 4 is a multiple of 2, and 6 of 3


even = Choice(
    "11.even",
    options={
        "a": "kernel 3, stride 2",
        "b": "kernel 4, stride 2",
        "c": "kernel 5, stride 3",
        "d": "kernel 6, stride 3",
    },
    solution=even_solution,
    hints=(
        "Along a row, each cell gets kernel / stride stamps on average. Which averages are whole numbers?",
        "Two of them. Try a, b and c in the explorer; d works like b.",
    ),
    mistakes=(
        Mistake("b", "one of two: a larger kernel here is a multiple of its stride as well"),
        Mistake("d", "one of two: a smaller kernel here is a multiple of its stride as well"),
        Mistake({"a", "c"}, "these two are the uneven ones: 3 / 2 and 5 / 3 stamps are no whole numbers"),
        Mistake({"a", "b"}, "3 is no multiple of 2: along a row the cells get 1, 2, 1, 2 stamps"),
        Mistake(
            {"a", "b", "d"}, "b and d are right; 3 is no multiple of 2: along a row the cells get 1, 2, 1, 2 stamps"
        ),
        Mistake({"b", "c", "d"}, "b and d are right; 5 is no multiple of 3: along a row the cells get 1, 2, 2 stamps"),
        Mistake({"a", "b", "c", "d"}, "two of them do not: 3 / 2 and 5 / 3 stamps are no whole numbers"),
        Mistake({"b", "c"}, "5 is no multiple of 3: along a row the cells get 1, 2, 2, 1, 2, 2 stamps"),
    ),
    explanation="Where the stride divides the kernel size, every cell inside gets the same number of stamps.",
)
