"""Exercises of lesson 10: pooling."""

import numpy as np

from course_lib import pooling
from course_lib.exercises.engine import Array, Choice, Function, Mistake, Number

LESSON = "10_pooling"


def pool_max_solution(x, size, stride):
    rows = (len(x) - size) // stride + 1
    columns = (len(x[0]) - size) // stride + 1
    out = np.zeros((rows, columns))
    for i in range(rows):
        for j in range(columns):
            top, left = i * stride, j * stride
            out[i, j] = x[top : top + size, left : left + size].max()
    return out


def _pool_with(pick=np.max, move="stride", extent="size"):
    """A loop over windows like the solution's, with one thing done otherwise."""

    def pool(x, size, stride):
        named = {"size": size, "stride": stride}
        step, reach = named[move], named[extent]
        corners = [range(0, length - size + 1, step) for length in x.shape]
        return np.array([[pick(x[i : i + reach, j : j + reach]) for j in corners[1]] for i in corners[0]])

    return pool


def _begins_at_i_j(x, size, stride):
    rows, columns = pool_max_solution(x, size, stride).shape
    return np.array([[x[i : i + size, j : j + size].max() for j in range(columns)] for i in range(rows)])


_rng = np.random.default_rng(10)
_MAPS = tuple(_rng.permutation(np.arange(-12.0, 30.0))[: rows * columns].reshape(rows, columns) for rows, columns in
              ((4, 6), (7, 5), (6, 6)))  # fmt: skip

pool_max = Function(
    "10.pool_max",
    solution=pool_max_solution,
    cases=((_MAPS[0], 2, 2), (_MAPS[1], 3, 2), (_MAPS[2], 3, 1), (-np.abs(_MAPS[0]), 2, 1)),
    hints=(
        "Window (i, j) of the result begins at row i * stride and column j * stride.",
        "It ends `size` rows and columns later: x[top : top + size, left : left + size].",
        "Take .max() of the window and put it into out[i, j].",
    ),
    mistakes=(
        Mistake(_pool_with(np.mean), "this is mean pooling: take the largest number of each window"),
        Mistake(
            _pool_with(move="size"),
            "your windows move by their size and not by the stride, so they never overlap",
        ),
        Mistake(
            _begins_at_i_j,
            "your windows begin at i and j; with a stride, window (i, j) begins at i * stride, j * stride",
        ),
        Mistake(
            _pool_with(extent="stride"),
            "your windows are as long as the stride: that is the source's printed range, right only for size = stride",
        ),
        Mistake(
            lambda x, size, stride: pool_max_solution(np.abs(x), size, stride),
            "you took the largest magnitude: of -7 and 3 the larger number is 3",
        ),
        Mistake(
            lambda x, size, stride: np.maximum(pool_max_solution(x, size, stride), 0),
            "your largest so far begins at 0, so a window with only negative numbers becomes 0: begin with its first",
        ),
        Mistake(
            lambda x, size, stride: x[: len(x) - size + 1 : stride, : len(x[0]) - size + 1 : stride],
            "this keeps the first number of each window: the sizes are right, but nothing is compared",
        ),
    ),
    explanation="pooling.max_pool2d does the same for a batch of maps, and remembers the winners if you ask for them.",
)


def wrong_cell_solution():
    return "b"  # ((2^5 + 4^5 + 7^5 + 8^5) / 4)^(1/5) = 6.61; 8 is the largest number of the block


wrong_cell = Choice(
    "10.wrong_cell",
    options={
        "a": "4.86, from 1, 1, 5, 6",
        "b": "8, from 2, 4, 7, 8",
        "c": "2.38, from 3, 2, 1, 2",
        "d": "3.16, from 1, 0, 3, 4",
    },
    solution=wrong_cell_solution,
    hints=(
        "A p-norm that divides by the number of cells lies between the mean and the largest number.",
        "It reaches the largest number only if all numbers are equal. Which printed cell has reached it?",
    ),
    mistakes=(
        Mistake(
            "a",
            "the formula gives 4.865: cut off after two digits that is 4.86, rounded it would be 4.87. A slip in the "
            "last digit only; another cell is wrong by more than 1",
        ),
        Mistake("c", "the formula gives 2.384, printed as 2.38: right. Remember to divide by 4 before the fifth root"),
        Mistake("d", "the formula gives 3.164, printed as 3.16: right. The 0 counts as one of the four cells"),
    ),
    explanation="The formula gives 6.61. The 8 is the block's maximum: the p-norm would reach it only for infinite p.",
)


def overlapping_solution():
    size, window, stride = 28, 3, 2
    return (size - window) // stride + 1  # 25 // 2 + 1: the last column is read by no window


overlapping = Number(
    "10.overlapping",
    solution=overlapping_solution,
    hints=(
        "The first window covers the pixels 0, 1, 2; the next 2, 3, 4. Where does the last one that fits begin?",
        "(size - window) / stride + 1, with the quotient rounded down.",
    ),
    mistakes=(
        Mistake(14, "14 is 28 / 2, the source's W / s: a fourteenth window would need pixel 28, the last one is 27"),
        Mistake(13.5, "a window fits or it does not: round the quotient (28 - 3) / 2 = 12.5 down before you add 1"),
        Mistake(12, "you forgot the + 1: twelve steps lead from the first window to the thirteenth"),
        Mistake(26, "that is with stride 1; here the window moves by two"),
        Mistake(9, "that is with windows side by side, stride 3; here they overlap by one pixel"),
        Mistake(169, "169 is the number of windows of the whole map; the question is how many lie in one row"),
    ),
    explanation="floor((28 - 3) / 2) + 1 = 13. No window reads the last pixel of a row, unless ceil_mode is on.",
)

ROUTE_MAP = np.array([[1.0, 4, 2], [6, 5, 3], [0, 7, 7]])
ROUTE_GRADIENT = np.array([[10.0, 20], [30, 40]])


def route_solution():
    grad = np.zeros((3, 3))
    grad[1, 0] = 10  # the window 1 4 6 5 is won by the 6
    grad[1, 1] = 20  # 4 2 5 3 by the 5
    grad[2, 1] = 30 + 40  # 6 5 0 7 by the 7; 5 3 7 7 by the first 7 in reading order, which is the same cell
    return grad


route = Array(
    "10.route",
    solution=route_solution,
    hints=(
        "Write down the four windows and mark the largest number of each. Of equal ones the first wins.",
        "Each gradient goes to the cell that won its window, as a whole.",
        "One cell wins two windows: its two gradients add up.",
    ),
    mistakes=(
        Mistake(
            pooling.avg_pool2d_backward(ROUTE_GRADIENT[None, None], ROUTE_MAP[None, None], 2, stride=1)[0, 0],
            "here each gradient is shared evenly by its window: that is mean pooling. A maximum has one winner",
        ),
        Mistake(
            [[0, 0, 0], [10, 20, 0], [0, 40, 0]],
            "one cell won two windows: its gradients add up, and the later one does not replace the earlier",
        ),
        Mistake(
            [[10, 20, 0], [30, 40, 0], [0, 0, 0]],
            "you put each gradient at the first cell of its window; it goes to the cell with the largest number",
        ),
        Mistake(
            [[0, 0, 0], [10, 20, 0], [0, 30, 40]],
            "the last window holds two sevens: of equal numbers the first in reading order wins, the one in the middle",
        ),
        Mistake(
            [[0, 0, 0], [10, 20, 0], [0, 50, 20]],
            "the last window holds two sevens: they do not share the gradient, the first in reading order gets it all",
        ),
        Mistake(
            [[0, 0, 0], [6, 5, 0], [0, 7, 0]],
            "these are the winners themselves; what goes back to them is the gradient that arrived at their window",
        ),
    ),
    explanation="The cells that won nothing get 0: a small change of theirs would not have changed the result.",
)
