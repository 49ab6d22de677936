"""The exercises of lesson 04: the worked example."""

import numpy as np

from course_lib.exercises.engine import Choice, Function, Mistake, Number

LESSON = "04_worked_example"


def delta_h1_solution():
    o_h1 = 0.99908895
    blame = 1.1 * 0.04681322 + 3.1 * -0.03929915  # the output units' deltas, through the weights to them
    return round(o_h1 * (1 - o_h1) * blame, 7)


delta_h1 = Number(
    "04.delta_h1",
    decimals=7,
    solution=delta_h1_solution,
    hints=(
        "delta_h = o (1 - o) times the sum of weight times delta over both output units.",
        "The sum is 1.1 * 0.04681322 + 3.1 * (-0.03929915). Is it more or less than 0?",
        "o (1 - o) is 0.99908895 * 0.00091105. Keep all digits of 1 - o: it is a small number.",
    ),
    mistakes=(
        Mistake(-0.0703328, "that is the sum alone: it still has to be multiplied by o (1 - o)"),
        Mistake(0.0000640, "the size is right, the sign is not: delta_O2 is negative and has the larger weight"),
        Mistake(-0.0000705, "that is what the text prints, computed from o cut off at 0.9990 and from cut deltas"),
        Mistake(-0.0000703, "you took o as 0.999: then 1 - o is 0.001 instead of 0.00091, almost 10 percent too much"),
        Mistake(-0.0000632, "you rounded o to 0.9991 before taking 1 - o: the small number 1 - o lost its digits"),
        Mistake(0.0001578, "the minus sign of delta_O2 was lost on the way"),
    ),
    explanation="A weak signal: the unit is almost fully on, so o (1 - o) is below a thousandth.",
)


def rounding_solution():
    printed, exact = -0.0000705, -0.0000640184
    return round(100 * (printed / exact - 1), 1)


rounding = Number(
    "04.rounding",
    decimals=1,
    solution=rounding_solution,
    hints=(
        "Divide the printed value by the exact one. What would the quotient be if they were the same?",
        "The quotient is about 1.10. The part above 1, times 100, is in percent.",
    ),
    mistakes=(
        Mistake(9.2, "you divided by the printed value; how wrong a value is, is counted from the right one"),
        Mistake(0.0, "o itself is off by 0.009 percent; asked for is its effect on delta_H1, which is much larger"),
        Mistake(110.1, "that is the whole quotient in percent; only the part above 100 is the mistake"),
        Mistake(-9.2, "you divided by the printed value, and the printed one is the larger of the two"),
        Mistake(-10.1, "the size is right; the printed value is further away from 0 than the exact one, so: more"),
        Mistake(0.1, "that is the share; in percent it is a hundred times as much"),
        Mistake(
            9.8, "that is what 1 - o alone is off; delta_H1 has the rounded o and deltas in it too: divide the values"
        ),
        Mistake(10, "nearly: give one decimal"),
    ),
    explanation="An error of 0.009 percent in o has grown a thousand times, because 1 - o is so small.",
)


def wrong_cells_solution():
    # 0.1 * 0.0469 * 0.999 = 0.00469 (a), so 1.1 + 0.00469 = 1.10469 (b); -0.1 - 0.0002115 = -0.1002115 (e)
    return {"a", "b", "e"}


wrong_cells = Choice(
    "04.wrong_cells",
    options={
        "a": "H1 to O1: change 0.000469",
        "b": "H1 to O1: new weight 1.100469",
        "c": "H1 to O2: change -0.00394",
        "d": "I2 to H1: change -0.0002115",
        "e": "I2 to H1: new weight -0.1000705",
        "f": "I3 to H2: new weight 1.19945",
    },
    solution=wrong_cells_solution,
    hints=(
        "Each change is 0.1 times delta times signal. Multiply out the first row: 0.1 * 0.0469 * 0.999.",
        "Each new weight is the old one plus the change in the same row. Compare the digits behind the point.",
        "Three cells are wrong. One of them only because it was computed from another one.",
    ),
    mistakes=(
        Mistake({"a", "b"}, "both are wrong, and there is one more: add old weight and change in the other table"),
        Mistake({"a", "e"}, "both are wrong, and so is what was computed from one of them"),
        Mistake({"b", "e"}, "both are wrong; but look at where 1.100469 comes from, in the cell to its left"),
        Mistake({"a"}, "that cell is wrong; two more are: add up old weight and change in every row"),
        Mistake({"e"}, "that cell is wrong; two more are: multiply out the changes of the first table as well"),
        Mistake({"a", "b", "d", "e"}, "I2's change is right: 0.1 * (-0.0000705) * 30. It was added wrongly: only e"),
        Mistake({"a", "b", "e", "f"}, "f is right: 1.2 - 0.00055 = 1.19945; the other three are wrong indeed"),
        Mistake({"b"}, "that cell is wrong, and so is the one that it was computed from; look at the other table, too"),
        Mistake({"a", "b", "c", "e"}, "-0.00394 is right: 0.1 * (-0.0394) * 0.999 = -0.003936, rounded"),
    ),
    explanation="One factor of ten, the sum that follows from it, and I1\u2192H1's change in place of I2\u2192H1's.",
)


def largest_solution():
    return "b"  # 0.1 * 0.0468 * 0.999 = 0.0047; the next largest is H1 to O2 with -0.0039


largest = Choice(
    "04.largest",
    options={
        "a": "I2 to H2: its input is the largest signal of all, 30, and its weight -1.2 is large, too",
        "b": "H1 to O1: O1 has the largest delta, and the signal from H1 is almost 1",
        "c": "H2 to O2: o of O2 is furthest from its target",
        "d": "H1 to O2: its weight, 3.1, is the largest",
    },
    solution=largest_solution,
    hints=(
        "A change is learning rate times delta times signal. The old weight is not among the factors.",
        "Compare 0.0468 * 0.999, 0.0393 * 0.999, 0.0393 * 0.0067 and 0.000275 * 30.",
    ),
    mistakes=(
        Mistake("a", "30 is the largest signal, but H2's delta is only 0.000275: the product is 0.008, not 0.047"),
        Mistake("c", "O2 is far off, but H2 sends 0.0067: a weight is hardly to blame for a signal that is not there"),
        Mistake("d", "close, it comes second: but a weight's own size plays no part in its change"),
    ),
    explanation="Change = learning rate * delta of the receiver * signal of the sender. All else does not matter.",
)


def update_solution(w_output, o_hidden, delta_output, learning_rate, momentum, previous):
    delta_hidden = o_hidden * (1 - o_hidden) * (w_output.T @ delta_output)  # with the weights that made the mistake
    change = learning_rate * np.outer(delta_output, o_hidden) + momentum * previous
    return w_output + change, delta_hidden


def _update_with(change=None, back=None, slope=True, updated=False, sign=1):
    """The solution with one thing done otherwise."""

    def update(w_output, o_hidden, delta_output, learning_rate, momentum, previous):
        step = learning_rate * np.outer(delta_output, o_hidden) + momentum * previous
        if change:
            step = change(np.outer(delta_output, o_hidden), learning_rate, momentum, previous)
        new = w_output + sign * step
        used = new if updated else w_output
        blame = back(used, delta_output) if back else used.T @ delta_output
        return new, (o_hidden * (1 - o_hidden) if slope else 1) * blame

    return update


_CASES = (
    (
        np.array([[1.1, 0.1], [3.1, -1.2]]), np.array([0.9, 0.2]), np.array([0.05, -0.04]), 0.5, 0.9,
        np.array([[0.1, -0.3], [0.2, 0.4]]),
    ),
    (
        np.array([[-0.5, 2.0], [0.7, 0.3]]), np.array([0.3, 0.8]), np.array([-0.2, 0.1]), 0.1, 0.5,
        np.array([[0.0, 0.5], [-0.6, 0.1]]),
    ),
)  # fmt: skip

update = Function(
    "04.update",
    solution=update_solution,
    cases=_CASES,
    hints=(
        "np.outer(delta_output, o_hidden) holds delta_j * x_ji for all four weights at once.",
        "The change is learning_rate * np.outer(delta_output, o_hidden) + momentum * previous; add it to the weights.",
        "delta_hidden needs the sum over k of w_kh * delta_k, with the old weights: w_output.T @ delta_output.",
    ),
    mistakes=(
        Mistake(
            _update_with(change=lambda uphill, eta, alpha, before: eta * uphill),
            "the momentum is missing: add momentum * previous to the change",
        ),
        Mistake(
            _update_with(updated=True),
            "delta_hidden was computed with the updated weights; blame goes back through the weights that were used",
        ),
        Mistake(
            _update_with(sign=-1),
            "the sign: delta already holds t - o, so the change is added, not subtracted",
        ),
        Mistake(
            _update_with(change=lambda uphill, eta, alpha, before: eta * uphill - alpha * before),
            "the sign of the momentum: a share of the previous change is added",
        ),
        Mistake(
            _update_with(change=lambda uphill, eta, alpha, before: eta * (uphill + alpha * before)),
            "the previous change already holds the learning rate: do not multiply it by it again",
        ),
        Mistake(
            _update_with(back=lambda w, delta: w @ delta),
            "the sum runs over the wrong index: h's weights stand in column h of w_output, so transpose it",
        ),
        Mistake(
            _update_with(change=lambda uphill, eta, alpha, before: eta * uphill.T + alpha * before),
            "the outer product is turned over: rows belong to the receiving units, np.outer(delta_output, o_hidden)",
        ),
        Mistake(
            _update_with(change=lambda outer, rate, momentum, previous: rate * np.diag(outer) + momentum * previous),
            "delta_output * o_hidden pairs unit with unit; every link needs its product: np.outer",
        ),
        Mistake(_update_with(slope=False), "delta_hidden lacks its factor o (1 - o)"),
    ),
    explanation="The order matters: first all deltas with the old weights, then the new weights.",
)
