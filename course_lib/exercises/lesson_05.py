"""The exercises of lesson 05: cross-entropy, and training that generalises."""

import numpy as np

from course_lib.activations import sigmoid
from course_lib.exercises.engine import Choice, Function, Mistake, Number

LESSON = "05_cross_entropy"


def surprise_solution():
    net, target = 1000, 0
    return max(net, 0) - net * target  # -log(1 - s) = log(1 + e^1000), which is 1000 to all digits


surprise = Number(
    "05.surprise",
    solution=surprise_solution,
    decimals=3,
    hints=(
        "With target 0 only the term -log(1 - s) is left, and 1 - s = 1 / (1 + e^1000).",
        "-log(1 / (1 + e^1000)) = log(1 + e^1000). Beside e^1000 the 1 does not count.",
    ),
    mistakes=(
        Mistake(np.inf, "a computer that takes log(0) says so; by hand, log(1 + e^1000) is an ordinary number"),
        Mistake(0.5, "that is the squared error, 1/2 * 1^2: it cannot tell a slip from a scandal"),
        Mistake(1, "1 is the gradient s - y, how hard the net input is pushed; the loss is asked for"),
        Mistake(0, "0 would be right for target 1; here the unit is certain and wrong"),
        Mistake(-1000, "the logarithm of a probability is negative, and the loss is minus that logarithm"),
    ),
    explanation="A wrong unit pays what its net input is worth. The squared error never asks for more than 1/2.",
)


def net_gradient_solution(output, target):
    return output - target


_rng = np.random.default_rng(5)
_TARGETS = (np.array([1.0, 0.0, 1.0]), np.array([[0.0, 1.0], [1.0, 0.0]]))
_OUTPUTS = tuple(_rng.uniform(0.1, 0.9, target.shape).round(2) for target in _TARGETS)

net_gradient = Function(
    "05.net_gradient",
    solution=net_gradient_solution,
    cases=tuple(zip(_OUTPUTS, _TARGETS, strict=True)),
    hints=(
        "Multiply the slope -y/s + (1 - y)/(1 - s) by s(1 - s), one term after the other.",
        "The first term becomes -y(1 - s), the second (1 - y)s. Add them up: what is left of the products y*s?",
        "-y + ys + s - ys. The two products cancel.",
    ),
    mistakes=(
        Mistake(
            lambda output, target: target - output,
            "the sign: with output 0.9 and target 0 the loss grows with the net input, so the gradient is above 0",
        ),
        Mistake(
            lambda output, target: (output - target) * output * (1 - output),
            "this is the squared error's gradient: with cross-entropy s(1 - s) has cancelled, do not multiply again",
        ),
        Mistake(
            lambda output, target: -target / output + (1 - target) / (1 - output),
            "this is the slope at the output; for the net input it has to be multiplied by s(1 - s)",
        ),
        Mistake(
            lambda output, target: -target * (1 - output) - (1 - target) * output,
            "this is what the printed sign leads to: targets of 0 get the wrong direction",
        ),
        Mistake(
            lambda output, target: np.sum(output - target),
            "added up, the units' gradients are mixed: each net input gets its own",
        ),
        Mistake(lambda output, target: np.mean(output - target), "each net input gets its own, not the mean"),
    ),
    explanation="The shortest gradient of this course. The factor s(1 - s), which silences saturated units, is gone.",
)


def sign_solution():
    return "b"  # with target 0 only the second term is left, and there the two disagree


sign = Choice(
    "05.sign",
    options={
        "a": "-y/s must be +y/s",
        "b": "-(1 - y)/(1 - s) must be +(1 - y)/(1 - s)",
        "c": "both terms have the wrong sign",
        "d": "neither: central differences are only approximate",
    },
    solution=sign_solution,
    hints=(
        "Look at the unit with target 1. Which of the two terms is left there, and do the two columns agree?",
        "With target 0 the term y/s is 0. So the other one alone gives the printed number.",
    ),
    mistakes=(
        Mistake("a", "with target 1 only y/s is left, and there printed and numerical slope agree"),
        Mistake("c", "with target 1 the two agree: the first term is right"),
        Mistake("d", "central differences are wrong in the tenth digit, not in the sign"),
    ),
    explanation="As printed, a unit with target 0 believes that a larger output would cost less.",
)


def stable_loss_solution(net, target):
    return np.maximum(net, 0) - net * target + np.log1p(np.exp(-np.abs(net)))


def _quietly(loss):
    """The loss as an array, whatever overflows on the way."""

    def quiet(net, target):
        with np.errstate(all="ignore"):
            return loss(net, target)

    return quiet


def _naive(net, target, room=0.0):
    s = sigmoid(net)
    return -(target * np.log(s + room) + (1 - target) * np.log(1 - s + room))


_NETS = np.array([-1000.0, -3.0, 0.0, 2.0, 1000.0])

stable_loss = Function(
    "05.stable_loss",
    solution=stable_loss_solution,
    cases=((_NETS, np.zeros(5)), (_NETS, np.ones(5))),
    hints=(
        "np.log1p(a) is log(1 + a), exact for a small a. np.abs and np.maximum work on whole arrays.",
        "The first part is 0 on the right side. For target 0 it is max(z, 0); for target 1, subtract z.",
        "np.maximum(net, 0) - net * target is the first part; the second is np.log1p(np.exp(-np.abs(net))).",
    ),
    mistakes=(
        Mistake(_quietly(_naive), "log(0) and 0 * log(0) again: use the formula without the output s"),
        Mistake(
            _quietly(lambda net, target: _naive(net, target, 1e-12)),
            "a small number inside the logarithm hides the infinity and makes the loss wrong: 27.6 instead of 1000",
        ),
        Mistake(
            _quietly(lambda net, target: np.maximum(net, 0) - net * target + np.log1p(np.exp(-net))),
            "e^(-z) overflows for z = -1000: it must be e^(-|z|)",
        ),
        Mistake(
            _quietly(lambda net, target: np.maximum(net, 0) - net * target + np.log1p(np.exp(np.abs(net)))),
            "the minus sign in the exponent is missing: e^(-|z|) never overflows, e^|z| does",
        ),
        Mistake(
            _quietly(lambda net, target: np.log1p(np.exp(net)) - net * target),
            "log(1 + e^z) overflows for z = 1000: take max(z, 0) out of the logarithm",
        ),
        Mistake(
            lambda net, target: np.maximum(net, 0) + np.log1p(np.exp(-np.abs(net))),
            "the target does not appear: subtract net * target",
        ),
        Mistake(
            lambda net, target: np.maximum(net, 0) - net * target,
            "the part log(1 + e^-|z|) is missing: at z = 0 the loss is log 2, not 0",
        ),
    ),
    explanation="losses.binary_cross_entropy_with_logits does the same: libraries ask for logits, not for outputs.",
)


def dropout_solution(x, mask, p):
    return x * mask / (1 - p)


_X = np.array([[2.0, -1.0, 4.0, 3.0]])

dropout = Function(
    "05.dropout",
    solution=dropout_solution,
    cases=((_X, np.array([[1, 0, 1, 0]]), 0.5), (_X, np.array([[1, 1, 0, 1]]), 0.2)),
    hints=(
        "The mask holds 1 for a unit that stays and 0 for one that is dropped.",
        "Only a share 1 - p of the units is left. By what must they grow, so that the sum stays the same on average?",
    ),
    mistakes=(
        Mistake(lambda x, mask, p: x * mask, "the sum shrinks by p on average: what stays must grow by 1 / (1 - p)"),
        Mistake(lambda x, mask, p: x * mask * (1 - p), "this shrinks what is left once more: divide by 1 - p"),
        Mistake(lambda x, mask, p: x * mask / p, "p is the share that is dropped; divide by the share that stays"),
        Mistake(lambda x, mask, p: x * (1 - mask) / (1 - p), "this keeps the dropped units: 1 in the mask means stay"),
        Mistake(lambda x, mask, p: x * mask + x * (1 - p), "a dropped unit puts out 0, exactly"),
    ),
    explanation="This is layers.Dropout: in use nothing is dropped, and nothing has to be rescaled.",
)


def stop_solution():
    losses = [0.90, 0.62, 0.51, 0.47, 0.49, 0.46, 0.48, 0.52, 0.55]
    best, patience = 0, 2
    for epoch, loss in enumerate(losses):
        if loss < losses[best]:
            best = epoch
        if epoch - best == patience:
            break
    return best


stop = Number(
    "05.stop",
    solution=stop_solution,
    hints=(
        "Walk along the list and note the smallest loss so far. When have two epochs in a row brought nothing better?",
        "Epoch 4 is worse than 3, but epoch 5 is better again: training goes on. Epochs 6 and 7 are worse than 5.",
    ),
    mistakes=(
        Mistake(7, "training stops after epoch 7, but the weights kept are those of the best epoch so far"),
        Mistake(3, "epoch 4 is only one epoch without progress, and the patience is two: epoch 5 is better than 3"),
        Mistake(8, "training never comes to epoch 8"),
        Mistake(6, "epochs count from 0 here: 0.90 is epoch 0"),
        Mistake(0.46, "0.46 is the loss; the number of its epoch is asked for"),
    ),
    explanation="Stop after epoch 7, go back to the weights of epoch 5. A patience of one would have kept epoch 3.",
)


def functions_solution():
    rows = 2**5  # of the truth table, one for each combination of the inputs
    return 2**rows  # each row can be 0 or 1


functions = Number(
    "05.functions",
    solution=functions_solution,
    hints=(
        "How many rows has the truth table of five inputs?",
        "It has 2^5 = 32 rows. Each row of the result can be 0 or 1, independently of the others.",
    ),
    mistakes=(
        Mistake(110, "22n is what is left of 2^(2^n) when the superscripts are lost"),
        Mistake(1024, "(2^2)^5: the exponent is 2^5 = 32, not 2 * 5"),
        Mistake(32, "32 is the number of rows of the truth table; how many ways are there to fill them?"),
        Mistake(64, "each row doubles the number of functions: 2 * 2 * 2 ..., 32 times, not 2 * 32"),
        Mistake(65536, "2^16 is right for four inputs; with five the table has twice as many rows"),
        Mistake(25, "5^2 counts pairs of inputs"),
    ),
    explanation="2^32: more than four thousand million functions of five switches. Learning must prefer some.",
)
