"""The exercises of lesson 03: a network of two layers and its derivatives."""

import numpy as np

from course_lib import activations
from course_lib.exercises.engine import Choice, Function, Mistake, Number

LESSON = "03_two_layer_network"


def xor_solution(a, b):
    h1 = 20 * a + 20 * b - 10 > 0  # fires for "a or b"
    h2 = 20 * a + 20 * b - 30 > 0  # fires for "a and b"
    return bool(20 * h1 - 20 * h2 - 10 > 0)  # the first, and not the second


xor = Function(
    "03.xor",
    solution=xor_solution,
    cases=((0, 0), (0, 1), (1, 0), (1, 1)),
    hints=(
        "h1 is right for three of the four corners. Which corner must the second line cut off?",
        "Let h2 fire for (1, 1) only: 20 a + 20 b must be larger than a number between 20 and 40.",
        "In the output, h1 counts for it and h2 against it, as strongly: 20 * h1 - 20 * h2 - 10 > 0.",
    ),
    mistakes=(
        Mistake(
            lambda a, b: a + b > 0, "this is OR: the corner (1, 1) is still True. h2 must fire there and vote against"
        ),
        Mistake(lambda a, b: a + b > 1, "this is AND: only (1, 1) is True, and that corner should be False"),
        Mistake(lambda a, b: a == b, "all four are the wrong way round: turn the signs of the last line"),
        Mistake(
            lambda a, b: False, "your network never fires: is the last line's bias too low, or does h2 always fire?"
        ),
        Mistake(lambda a, b: True, "your network always fires: is the bias of the last line too high?"),
        Mistake(lambda a, b: b > a, "only (0, 1) is True; (1, 0) is missing"),
        Mistake(lambda a, b: a > b, "only (1, 0) is True; (0, 1) is missing"),
    ),
    explanation="Two lines and a unit that combines them do what no single line can.",
)


def slope_solution(y):
    o = activations.sigmoid(y)
    return o * (1 - o)


slope = Function(
    "03.slope",
    solution=slope_solution,
    cases=((0.0,), (np.array([-5.0, -1.0, 0.5, 3.0]),), (7.0,)),
    hints=(
        "First compute the sigmoid's own value, o = activations.sigmoid(y).",
        "The slope is o times (1 - o). No exponential is needed any more.",
    ),
    mistakes=(
        Mistake(lambda y: y * (1 - y), "you used y where its sigmoid belongs: o (1 - o), with o = sigmoid(y)"),
        Mistake(activations.sigmoid, "this is the sigmoid itself: the factor (1 - o) is missing"),
        Mistake(lambda y: 1 - activations.sigmoid(y), "the factor o is missing"),
        Mistake(
            lambda y: activations.sigmoid(y) * (activations.sigmoid(y) - 1),
            "the sign: the sigmoid rises everywhere, so its slope is positive",
        ),
        Mistake(
            lambda y: activations.sigmoid(y) * (1 - y),
            "the second factor is 1 - o, with the sigmoid's value, not 1 - y",
        ),
        Mistake(lambda y: activations.sigmoid_derivative(activations.sigmoid(y)), "the sigmoid was taken twice"),
    ),
    explanation="One product replaces the derivative: the backward pass uses what the forward pass has computed.",
)


def delta_solution():
    o, t = 0.8, 1
    return o * (1 - o) * (t - o)


delta = Number(
    "03.delta",
    solution=delta_solution,
    hints=(
        "Three factors: o, how much room is left to 1, and how far the target is away.",
        "The slope is 0.8 times what is left to 1, 0.2. What is still to be multiplied by it?",
    ),
    mistakes=(
        Mistake(0.2, "this is t - o; the slope of the unit, o (1 - o), is missing"),
        Mistake(0.16, "this is the slope o (1 - o); it is still to be multiplied by t - o"),
        Mistake(-0.032, "the sign: delta is o (1 - o) (t - o), and here the target is above the output"),
        Mistake(0.04, "the factor o is missing"),
        Mistake(0.128, "check the factors: (1 - o) is 0.2 and (t - o) is 0.2"),
    ),
    explanation="0.8 * 0.2 * 0.2 = 0.032: positive, so the weights will move to raise this output.",
)


def hidden_delta_solution(o_hidden, output_weights, delta_output):
    blame = output_weights.T @ delta_output  # for each hidden unit the sum over the output units it feeds
    return o_hidden * (1 - o_hidden) * blame


_CASES = (  # square matrices, so that a sum over the wrong index runs through and is recognised
    (np.array([0.9, 0.2]), np.array([[1.1, 0.1], [3.1, 1.17]]), np.array([0.05, -0.04])),
    (
        np.array([0.3, 0.6, 0.5]),
        np.array([[1.0, -2.0, 0.5], [0.0, 3.0, 1.0], [2.0, 0.25, -1.0]]),
        np.array([0.1, 0.2, -0.3]),
    ),
)


def _with_updated_weights(o_hidden, output_weights, delta_output):
    updated = output_weights + 0.1 * np.outer(delta_output, o_hidden)
    return hidden_delta_solution(o_hidden, updated, delta_output)


hidden_delta = Function(
    "03.hidden_delta",
    solution=hidden_delta_solution,
    cases=_CASES,
    hints=(
        "output_weights has a row for each output unit k and a column for each hidden unit h. Which index is summed?",
        "The sum over k of w_kh delta_k, for all h at once, is output_weights.T @ delta_output.",
        "Multiply it by the slope of the hidden unit, o_hidden * (1 - o_hidden).",
    ),
    mistakes=(
        Mistake(
            lambda o, w, d: w.T @ d, "the slope of the hidden unit is missing: multiply by o_hidden * (1 - o_hidden)"
        ),
        Mistake(
            lambda o, w, d: o * (1 - o) * (w @ d),
            "you summed over the wrong index: w_kh is summed over k, the rows, so transpose: output_weights.T",
        ),
        Mistake(
            lambda o, w, d: -o * (1 - o) * (w.T @ d),
            "the sign: this is what the derivation of the source prints, and section 7 shows where it leads",
        ),
        Mistake(
            _with_updated_weights,
            "these are the weights after their change: every delta is computed with the old weights",
        ),
        Mistake(lambda o, w, d: o * (w.T @ d), "the slope is o (1 - o); the factor (1 - o) is missing"),
        Mistake(
            lambda o, w, d: o * (1 - o) * w.sum(axis=0) * d.sum(), "sum the products w_kh delta_k, not each by itself"
        ),
        Mistake(lambda o, w, d: o * (1 - o) * d, "the weights are missing: each delta_k comes back through its w_kh"),
    ),
    explanation="The same links as in the forward pass, walked the other way: that is the transpose.",
)


def sign_solution():
    return "b"  # measured, -dE/dnet is the printed line with the opposite sign, in both units


sign = Choice(
    "03.sign",
    options={
        "a": "the line is right as printed",
        "b": "the minus sign inside the sum must go",
        "c": "the factor o_j (1 - o_j) must go",
        "d": "w_kj must be the weight after its change",
    },
    solution=sign_solution,
    hints=(
        "Compare the two printed rows: in which way do the numbers differ?",
        "The sizes agree. What is left to differ?",
    ),
    mistakes=(
        Mistake("a", "then the row as printed would be equal to the measured one, and it is not: look at the signs"),
        Mistake("c", "without this factor the sizes would differ, by up to a thousand; they agree"),
        Mistake("d", "that would change the digits a little; here all digits agree and something else does not"),
    ),
    explanation="The two minus signs cancel: dE/dnet_j has one, and delta_j is its negative.",
)
