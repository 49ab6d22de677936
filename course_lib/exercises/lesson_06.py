"""The exercises of lesson 06: activations."""

import numpy as np

from course_lib.exercises.engine import Choice, Function, Mistake, Number

LESSON = "06_activations"


def left_over_solution():
    steepest = 0.25  # the sigmoid's largest slope, at x = 0
    return steepest**5  # one factor for each sigmoid on the way


left_over = Number(
    "06.left_over",
    solution=left_over_solution,
    decimals=5,
    hints=(
        "How steep is the sigmoid where it is steepest? The cell above prints its slope at 0.",
        "Backwards, the gradient is multiplied by the slope of every unit it passes. Five units: five factors.",
        "0.25 * 0.25 * 0.25 * 0.25 * 0.25",
    ),
    mistakes=(
        Mistake(0.25, "that is what one sigmoid leaves; the gradient passes five of them"),
        Mistake(1.25, "the slopes are multiplied, not added: five factors of 0.25"),
        Mistake(0.05, "the slope is not divided by 5; it is multiplied with itself, five factors of 0.25"),
        Mistake(0.5**5, "0.5 is the sigmoid's value at 0; its slope there is 0.5 * (1 - 0.5) = 0.25"),
        Mistake(1, "1 is the largest slope of tanh; the sigmoid's is 0.25"),
        Mistake(4**5, "the gradient shrinks: multiply by 1/4 each time, not by 4"),
        Mistake(
            0.006648056670790155**5,
            "this is what is left where every unit stands at x = 5; the most is left where each stands at 0",
        ),
    ),
    explanation="0.25 to the power 5 is 1/1024: five sigmoids let at most a thousandth of the gradient through.",
)


def bug_solution():
    return "c"  # the mask must ask what came in, x > 0; the sign of the gradient has nothing to do with it


bug = Choice(
    "06.bug",
    options={
        "a": "out = np.maximum(x, 0)",
        "b": "return out, x",
        "c": "mask = grad_out > 0",
        "d": "return grad_out * mask",
    },
    solution=bug_solution,
    hints=(
        "Compare the two printed rows. Where is the first wrong, and what are x and grad_out there?",
        "The slope of ReLU is 1 where x > 0, else 0. Which line decides where the slope is 1?",
    ),
    mistakes=(
        Mistake("a", "that is ReLU: the larger of x and 0. The forward pass is right"),
        Mistake("b", "handing x on is what backward needs: the slope depends on what came in"),
        Mistake("d", "the gradient times the slope is the chain rule; look at how the slope was found"),
    ),
    explanation="The mask must be x > 0: the slope depends on what came in, not on the sign of what comes back.",
)


def elu_slope_solution(x, alpha):
    return np.where(x > 0, 1, alpha * np.exp(x))


_X = (np.array([-3.0, -0.5, 0.0, 0.5, 2.0]), np.array([[0.0, -1.0], [4.0, -2.0]]))

elu_slope = Function(
    "06.elu_slope",
    solution=elu_slope_solution,
    cases=((_X[0], 1.0), (_X[0], 2.5), (_X[1], 0.5)),
    hints=(
        "Two branches: what is the slope of x, and what is the slope of alpha * (e^x - 1)?",
        "e^x is its own derivative, and a constant has the slope 0.",
        "np.where(x > 0, ..., ...) chooses entry by entry; 0 belongs to the second branch.",
    ),
    mistakes=(
        Mistake(lambda x, alpha: (x > 0) * 1.0, "below 0 you have the slope of ReLU, 0; ELU goes on rising there"),
        Mistake(
            lambda x, alpha: np.where(x > 0, 1, alpha * (np.exp(x) - 1)),
            "below 0 this is ELU's value; the slope of alpha * (e^x - 1) loses the constant",
        ),
        Mistake(
            lambda x, alpha: np.where(x > 0, x, alpha * (np.exp(x) - 1)),
            "this is ELU itself; its slope is asked for",
        ),
        Mistake(
            lambda x, alpha: np.where(x >= 0, 1, alpha * np.exp(x)),
            "at x = 0 the other branch counts: x if x > 0, the exponential if x <= 0",
        ),
        Mistake(lambda x, alpha: np.where(x > 0, 1, np.exp(x)), "the factor alpha is missing below 0"),
        Mistake(lambda x, alpha: np.where(x > 0, 1, alpha), "below 0 this is a leaky ReLU with the slope alpha"),
        Mistake(
            lambda x, alpha: np.where(x > 0, x, alpha * np.exp(x)),
            "the slope of x is 1, not x; the other branch is right",
        ),
    ),
    explanation="At 0 the slope jumps from alpha to 1: only for alpha = 1 is there no jump.",
)


def cure_solution():
    return "d"  # at z = -3 ELU's slope is e^-3 = 0.05; ReLU's is 0, and the leaky one's 0.01


cure = Choice(
    "06.cure",
    options={
        "a": "ReLU as it is, trained ten times as long",
        "b": "ReLU as it is, with ten times the learning rate",
        "c": "leaky ReLU with a slope of 0.01 below 0",
        "d": "ELU with alpha = 1",
    },
    solution=cure_solution,
    hints=(
        "What arrives at the units lies around -3. What is each function's slope there?",
        "Ten times 0 is 0. Then compare 0.01 with e^-3.",
    ),
    mistakes=(
        Mistake("a", "the slope is 0 for every unit and every digit: ten times as many steps of size 0 lead nowhere"),
        Mistake("b", "the gradient of the first layer is exactly 0, and ten times 0 is 0"),
        Mistake("c", "no unit is dead then, but a slope of 0.01 is so small that 300 steps change little: see below"),
    ),
    explanation="e^-3 is about 0.05, five times the slope of the leaky ReLU: enough to climb out, as you will see.",
)


def maxout_parameters_solution():
    one_function = 64 + 1  # 64 weights and a bias
    return 60 * 2 * one_function  # two functions for each of the 60 units


maxout_parameters = Number(
    "06.maxout_parameters",
    solution=maxout_parameters_solution,
    hints=(
        "One affine function w.x + b of 64 inputs: how many numbers does it hold?",
        "65 numbers a function, two functions a unit, 60 units.",
    ),
    mistakes=(
        Mistake(3900, "that is an ordinary layer: a maxout unit with two pieces holds two functions, twice as many"),
        Mistake(7680, "the biases are missing: each of the 120 functions has one"),
        Mistake(3840, "both the biases and the second function of each unit are missing"),
        Mistake(7740, "the second function has a bias of its own: 120 biases, not 60"),
        Mistake(130, "that is one unit; the layer has 60"),
    ),
    explanation="60 * 2 * (64 + 1) = 7800, twice the 3900 of an ordinary layer with 60 units.",
)
