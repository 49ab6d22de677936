"""The exercises of lesson 02: the chain rule on a graph."""

import numpy as np

from course_lib import autograd
from course_lib.exercises.engine import Choice, Function, Mistake, Number

LESSON = "02_chain_rule"


def by_hand_solution():
    x, y, z = autograd.Value(4, "x"), autograd.Value(-1, "y"), autograd.Value(5, "z")
    q = x + y  # 3
    f = q * z  # 15
    f.backward()  # df/dq = z = 5, and the sum hands it on unchanged
    return y.grad


by_hand = Number(
    "02.by_hand",
    solution=by_hand_solution,
    hints=(
        "Two nodes lie between f and y. Begin at f: which number comes back to q?",
        "The product sends the other factor to q, so z. What does the sum do with it on the way to y?",
        "Chain rule: incoming gradient times local derivative. The local derivative of a sum is 1.",
    ),
    mistakes=(
        Mistake(1, "1 is the local derivative of the sum alone; multiply it with the gradient that comes in from f"),
        Mistake(3, "3 is q, the gradient of z: a product sends each input the other factor"),
        Mistake(-4, "-4 belongs to the first example, where z = -4; here z is 5"),
        Mistake(15, "15 is the value of f; asked is how fast f moves when y moves"),
        Mistake(-5, "the sign is wrong: a larger y makes q larger, and z is above 0, so f grows"),
        Mistake(-1, "-1 is the value of y itself, which the gradient does not need"),
    ),
    explanation="df/dq = z = 5, dq/dy = 1, and 5 * 1 = 5: move y up by 0.01, and f moves up by 0.05.",
)


def mul_backward_solution(a, b, grad_out):
    return grad_out * b, grad_out * a


_GATE_CASES = ((3.0, -1.0, 2.0), (0.5, 4.0, -1.5), (-2.0, 7.0, 0.25))

mul_backward = Function(
    "02.mul_backward",
    solution=mul_backward_solution,
    cases=_GATE_CASES,
    hints=(
        "out = a * b. When only a moves, how fast does out move?",
        "The local derivatives are b for a, and a for b: each input gets the other one.",
        "Multiply both with grad_out and return them as two values: return grad_a, grad_b.",
    ),
    mistakes=(
        Mistake(
            lambda a, b, grad_out: (grad_out * a, grad_out * b),
            "the two are swapped: the slope with respect to a is b, and the other way round",
        ),
        Mistake(
            lambda a, b, grad_out: (b, a),
            "these are the local derivatives; the incoming gradient grad_out is missing",
        ),
        Mistake(
            lambda a, b, grad_out: (grad_out, grad_out),
            "this is what a sum does: it hands the gradient on unchanged. A product scales it",
        ),
        Mistake(
            lambda a, b, grad_out: (grad_out + b, grad_out + a),
            "along a path slopes are multiplied; only at a value that is used twice are they added",
        ),
        Mistake(
            lambda a, b, grad_out: (grad_out * a * b, grad_out * a * b),
            "this multiplies with the result a * b; each input needs the other factor only",
        ),
    ),
    explanation="Each input gets the gradient times the other input. Every dense layer does this, with matrices.",
)


def sigmoid_backward_solution(out, grad_out):
    return grad_out * out * (1 - out)  # out is s(x) already: x itself is not needed


sigmoid_backward = Function(
    "02.sigmoid_backward",
    solution=sigmoid_backward_solution,
    cases=((0.5, 2.0), (0.9, 1.0), (0.01, -3.0), (0.73, 0.4)),
    hints=(
        "The slope of s(x) is s(x) * (1 - s(x)), and out is s(x).",
        "Local derivative out * (1 - out), times what comes in.",
    ),
    mistakes=(
        Mistake(lambda out, grad_out: out * (1 - out), "the local derivative is right; multiply it with grad_out"),
        Mistake(
            lambda out, grad_out: grad_out * _sigmoid(out) * (1 - _sigmoid(out)),
            "out is the sigmoid's output already; your function takes the sigmoid a second time",
        ),
        Mistake(lambda out, grad_out: grad_out * (1 - out), "the factor out is missing: the slope is out * (1 - out)"),
        Mistake(lambda out, grad_out: grad_out * out, "the factor (1 - out) is missing: the slope is out * (1 - out)"),
        Mistake(
            lambda out, grad_out: grad_out * (1 - out**2),
            "1 - out**2 is the slope of tanh; the sigmoid's is out * (1 - out)",
        ),
        Mistake(
            lambda out, grad_out: grad_out * out * (out - 1),
            "the sign is wrong: the sigmoid always rises, so its slope is above 0",
        ),
    ),
    explanation="The output is enough: that is why networks keep it. At out = 0.5 the slope is largest, 1/4.",
)


def _sigmoid(x):
    return 1 / (1 + np.exp(-x))


def bug_solution():
    return "c"  # a value that is used twice gets two shares; = throws the first away


bug = Choice(
    "02.bug",
    options={
        "a": "line 1: the output must start with 0, not with 1",
        "b": "line 2: the order must not be reversed",
        "c": "line 4: the shares must be added with += instead of =",
        "d": "line 4: the two factors must be added, not multiplied",
    },
    solution=bug_solution,
    hints=(
        "Which of the four lines runs more than once for the same value, if that value is used twice?",
        "At x * x, line 4 sets the gradient of x to 3, and then again to 3. What should it be?",
    ),
    mistakes=(
        Mistake("a", "with 0 at the output every gradient would be 0: the output moves exactly as fast as itself"),
        Mistake(
            "b", "backward has to begin at the output; forward order would pass on gradients that are not there yet"
        ),
        Mistake("d", "along one path slopes are multiplied: that is the chain rule, and this line has it right"),
    ),
    explanation="With = only the last use counts: 3 instead of 6. With += the shares of all uses add up.",
)


def twice_solution():
    a = autograd.Value(3, "a")
    b = a + a
    c = b + b
    c.backward()
    return a.grad  # b gathers 1 + 1 = 2, then a gathers 2 + 2 = 4


twice = Number(
    "02.twice",
    solution=twice_solution,
    hints=(
        "How many paths lead from c back to a?",
        "First b: it is used twice in c, so its gradient is 1 + 1. Then a, which is used twice in b.",
    ),
    mistakes=(
        Mistake(1, "each path brings 1, but there are several paths, and their shares add up"),
        Mistake(2, "2 is the gradient of b; a is used twice in b, so it gathers two shares of 2"),
        Mistake(6, "6 comes out if b passes its gradient on before both shares have arrived: the first travels twice"),
        Mistake(3, "3 is the value of a; the gradient does not depend on it here"),
        Mistake(12, "12 is the value of c; asked is how fast c moves when a moves"),
        Mistake(8, "one doubling too many: from a to c there are two"),
    ),
    explanation="c = 2b = 4a, so the slope is 4. Four paths, each with the product 1 * 1.",
)
