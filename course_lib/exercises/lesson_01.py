"""The exercises of lesson 01: the perceptron."""

import itertools

import numpy as np

from course_lib import perceptron
from course_lib.exercises.engine import Array, Choice, Function, Mistake, Number

LESSON = "01_perceptron"


def bias_solution():
    threshold = 4
    return -threshold  # 2 x1 + 3 x2 >= 4 says the same as -4 + 2 x1 + 3 x2 >= 0


bias = Number(
    "01.bias",
    solution=bias_solution,
    hints=(
        "Bring the threshold to the other side of 2 x1 + 3 x2 >= 4, so that 0 stands on the right.",
        "What is now added to 2 x1 + 3 x2? It is the weight of the input x_0 = 1.",
    ),
    mistakes=(
        Mistake(4, "the sign: on the other side of the inequality, the threshold is taken away, not added"),
        Mistake(0, "with w_0 = 0 the unit would fire from a sum of 0 on, not of 4"),
        Mistake(1, "1 is the input x_0 of the bias; its weight is asked for"),
        Mistake(-5, "2 and 3 are the weights of x1 and x2; w_0 holds the threshold"),
    ),
    explanation="w_0 = -T. A high threshold is a bias that holds the unit back.",
)


def step_solution():
    weights, x = np.array([1.0, -2.0, 1.0]), np.array([1.0, 2.0, 1.0])  # x begins with x_0 = 1
    target, output, learning_rate = 1, -1, 0.5  # w.x = 1 - 4 + 1 = -2, so the output is -1
    return weights + learning_rate * (target - output) * x


step = Array(
    "01.step",
    solution=step_solution,
    hints=(
        "First the output: w.x = 1 * 1 + (-2) * 2 + 1 * 1. Is it more than 0?",
        "t - o = 1 - (-1) = 2, and 0.5 * 2 = 1. So the inputs themselves are added, x_0 = 1 among them.",
    ),
    mistakes=(
        Mistake([1, 0, 2], "w_0 has not moved: the bias has an input too, x_0 = 1, and learns like the others"),
        Mistake([0, -4, 0], "the sign: the sum was too small for t = +1, so the inputs must be added, not taken away"),
        Mistake([1.5, -1, 1.5], "t - o is 1 - (-1) = 2, not 1: the whole correction is twice as long"),
        Mistake([3, 2, 3], "the learning rate 0.5 has been forgotten"),
        Mistake([1, -2, 1], "these are the old weights: the unit says -1 and the target is +1, so they must change"),
        Mistake([2.5, 1, 2.5], "this takes t - w.x = 3, without the threshold: that is the delta rule of section 6"),
        Mistake([1, 2, 1], "this is the correction 0.5 * 2 * x; add it to the old weights"),
    ),
    explanation="The new w.x is 2 * 1 + 0 * 2 + 2 * 1 = 4, more than 0: this example is now answered rightly.",
)


def update_solution(weights, x, target, learning_rate):
    output = 1 if weights @ x > 0 else -1
    return weights + learning_rate * (target - output) * x


def _update_with(rule):
    """A wrong update: rule(w.x, target, learning_rate) is what multiplies the inputs."""
    return lambda weights, x, target, learning_rate: weights + rule(weights @ x, target, learning_rate) * x


def _sign(value):
    return 1 if value > 0 else -1


update = Function(
    "01.update",
    solution=update_solution,
    cases=(
        (np.array([1.0, -2.0, 1.0]), np.array([1.0, 2.0, 1.0]), 1, 0.5),
        (np.array([0.5, 1.0, -1.0]), np.array([1.0, 3.0, 2.0]), -1, 0.1),
        (np.array([0.5, 1.0, -1.0]), np.array([1.0, 3.0, 2.0]), 1, 0.1),
        (np.array([0.0, 0.0]), np.array([1.0, 4.0]), -1, 2.0),
    ),
    hints=(
        "Two lines: the output is 1 if weights @ x > 0 else -1, and then the rule.",
        "The bracket holds target - output. What is it multiplied by, and to what is the product added?",
    ),
    mistakes=(
        Mistake(
            _update_with(lambda value, target, rate: rate * (target - value)),
            "this takes w.x itself for the output: send it through the threshold first",
        ),
        Mistake(
            _update_with(lambda value, target, rate: rate * (_sign(value) - target)),
            "output - target has the wrong sign: the weights run away from the target",
        ),
        Mistake(_update_with(lambda value, target, rate: target - _sign(value)), "the learning rate is missing"),
        Mistake(
            _update_with(lambda value, target, rate: rate * target * (_sign(value) != target)),
            "target - output is -2 or +2 where the unit is wrong; this takes half of it",
        ),
        Mistake(
            _update_with(lambda value, target, rate: rate * target),
            "this moves the weights even where the unit is right: (target - output) would be 0 there",
        ),
        Mistake(
            _update_with(lambda value, target, rate: rate * (target - (1 if value >= 0 else -1))),
            "at w.x = 0 the output is -1 here: the sum must be more than 0, not equal",
        ),
        Mistake(
            _update_with(lambda value, target, rate: rate * (target - (1 if value > 0 else 0))),
            "the output is -1 or +1 in this convention, not 0 or 1",
        ),
        Mistake(
            _update_with(lambda value, target, rate: rate * (target - np.sign(value))),
            "np.sign gives 0 at w.x = 0; this unit answers -1 there, since 0 is not more than 0",
        ),
        Mistake(
            lambda weights, x, target, learning_rate: learning_rate * (target - _sign(weights @ x)) * x,
            "this is the correction alone: add it to the weights",
        ),
    ),
    explanation="perceptron.update does this and puts the x_0 = 1 in front itself; perceptron.train goes on until an "
    "epoch passes without a mistake.",
)


def most_solution():
    x, targets = perceptron.gate("XOR")
    tried = itertools.product(np.arange(-2, 2.5, 0.5), repeat=3)  # 9 values for each of the three weights
    return max(int((perceptron.output(x, weights) == targets).sum()) for weights in tried)


most = Number(
    "01.most",
    solution=most_solution,
    hints=(
        "Draw the four corners of a square, put a line anywhere, and count.",
        "Let a search help: try many weights and keep the best (perceptron.output(x, weights) == targets).sum().",
    ),
    mistakes=(
        Mistake(4, "four would mean that a line has both true corners on one side and both false ones on the other"),
        Mistake(2, "two is what guessing gives; a line that cuts off one corner does better"),
        Mistake(0, "turn such a unit's weights around, and it would get almost everything right"),
        Mistake(1, "turn such a unit's weights around, and it would get three right"),
    ),
    explanation="A line can cut off one corner and get three right; the fourth stays wrong, whatever the weights.",
)


def why_solution():
    return "c"


why = Choice(
    "01.why",
    options={
        "a": "the learning rate was too large",
        "b": "four examples are too few to learn from",
        "c": "the sums w.x at (0, 0) and (1, 1) add up to the same as those at (0, 1) and (1, 0)",
        "d": "the start weights were badly chosen",
    },
    solution=why_solution,
    hints=(
        "Write down w.x for each of the four corners: w_0, w_0 + w_1, w_0 + w_2, w_0 + w_1 + w_2.",
        "Add the first to the last, and the two in the middle. Which signs would XOR need?",
    ),
    mistakes=(
        Mistake("a", "no learning rate helps: the search over weights needed none, and found none that do it"),
        Mistake("b", "AND and OR have four examples as well, and were learnt"),
        Mistake("d", "the rule forgets where it started: there is no goal that it could reach from anywhere"),
    ),
    explanation=(
        "Both sums are 2 w_0 + w_1 + w_2. XOR needs the first to be at most 0 and the second to be more than 0: "
        "no number is both."
    ),
)


def distance_solution():
    weights, x = np.array([-5.0, 3.0, 4.0]), np.array([1.0, 3.0, 4.0])
    return weights @ x / np.sqrt(weights[1] ** 2 + weights[2] ** 2)  # (-5 + 9 + 16) / 5


distance = Number(
    "01.distance",
    solution=distance_solution,
    hints=(
        "w.x = -5 + 3 * 3 + 4 * 4. Then divide by the length of the arrow (w_1, w_2).",
        "The arrow (3, 4) has the length 5.",
    ),
    mistakes=(
        Mistake(20, "20 is w.x; doubling all weights would double it without moving the line. Divide by the length"),
        Mistake(20 / np.sqrt(50), "the bias is not part of the arrow: only w_1 and w_2 count into the length"),
        Mistake(5, "5 is the length of the arrow (3, 4): w.x is to be divided by it"),
        Mistake(20 / 7, "20 / 7: the length of the arrow is not 3 + 4, but the square root of 3^2 + 4^2"),
        Mistake(0.8, "20 / 25: the length is the square root of 3^2 + 4^2"),
    ),
    explanation="20 / 5 = 4: the point lies 4 units from the line, on the side where the unit says +1.",
)


def stopped_solution():
    return "b"


stopped = Choice(
    "01.stopped",
    options={
        "a": "no line separates the data",
        "b": "either no line does, or more epochs are needed: one cannot tell",
        "c": "a smaller learning rate is needed",
        "d": "the weights found are the best ones there are",
    },
    solution=stopped_solution,
    hints=(
        "The pair of section 5 had mistakes left after 400 epochs. What happened in epoch 437?",
        "From zero weights, what does the learning rate change? Look at section 3.",
    ),
    mistakes=(
        Mistake("a", "it may be so; but the pair of section 5 had mistakes left in epoch 436, and a line separates it"),
        Mistake("c", "from zero weights the learning rate only scales all weights; the line stays the same"),
        Mistake("d", "the rule jumps with every mistake: the last weights may be worse than earlier ones"),
    ),
    explanation="The rule ends when a line exists, but nobody knows when; until then it cannot tell slow from never.",
)
