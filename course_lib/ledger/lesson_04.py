"""Recomputed for lesson 04, the worked example: from the source's own cut digits, and in full."""

import numpy as np

from course_lib import two_layer

WEIGHTS, X, T, LEARNING_RATE = two_layer.worked_example()
SIGNALS = {"I1": 10.0, "I2": 30.0, "I3": 20.0}


def given():
    """Inputs, targets and learning rate."""
    return {"x": X, "t": T, "eta": LEARNING_RATE}


def as_cut(name):
    """A value with the digits that the source keeps, by two_layer.labelled()'s names."""
    return two_layer.labelled(two_layer.step(WEIGHTS, X, T, LEARNING_RATE, precision="source"))[name]


def in_full(name):
    """A value in full precision, by two_layer.labelled()'s names: "net O1", "delta H1", "new H1->O1"."""
    return two_layer.labelled(two_layer.step(WEIGHTS, X, T, LEARNING_RATE))[name]


def from_print(name):
    """A value of the forward pass, or a delta, from the source's cut factors, before it is cut itself."""
    step, unit = two_layer.step(WEIGHTS, X, T, LEARNING_RATE, precision="source"), int(name[-1]) - 1
    o, used = step.o_hidden[unit], step.o_used[unit]
    return {
        "net H": WEIGHTS.hidden[unit] @ X,
        "o H": two_layer.sigmoid(step.net_hidden[unit]),
        "net O": WEIGHTS.output[unit] @ step.o_hidden,
        "o O": two_layer.sigmoid(step.net_output[unit]),
        "delta O": used * (1 - used) * (T[unit] - used),
        "delta H": o * (1 - o) * (WEIGHTS.output[:, unit] @ step.delta_output),
    }[name[:-1]]


def change_from_print(link):
    """eta times the receiver's printed delta times the sender's printed signal: change_from_print("H1->O1")."""
    sender, receiver = link.split("->")
    signal = SIGNALS[sender] if sender in SIGNALS else as_cut(f"o {sender}")
    return LEARNING_RATE * as_cut(f"delta {receiver}") * signal


def new_from_print(link):
    """The old weight plus that change."""
    return two_layer.links(WEIGHTS)[link] + change_from_print(link)


def hidden_changes(layer):
    """The six changes of the hidden units' weights, with the deltas of "H" or, as the table is headed, of "O"."""
    return LEARNING_RATE * np.outer([as_cut(f"delta {layer}{unit}") for unit in (1, 2)], X)


def errors():
    """E before the step, and after it with each set of new weights."""
    links = two_layer.links(WEIGHTS)
    printed = {link: float(two_layer.PRINTED[f"new {link}"]) for link in links}
    corrected = {link: round(new_from_print(link), 7) for link in links}
    return {
        "before": two_layer.error(WEIGHTS, X, T),
        "after, in full": two_layer.error(two_layer.step(WEIGHTS, X, T, LEARNING_RATE).new, X, T),
        "after, as printed": two_layer.error(two_layer.replaced(WEIGHTS, printed), X, T),
        "after, as corrected": two_layer.error(two_layer.replaced(WEIGHTS, corrected), X, T),
    }


def momentum_change():
    """The second change of the output units' weights with momentum 0.9, as two_layer makes it."""
    first = two_layer.step(WEIGHTS, X, T, LEARNING_RATE)
    return two_layer.step(WEIGHTS, X, T, LEARNING_RATE, momentum=0.9, velocity=first.change).change.output


def momentum_change_as_printed():
    """The same with delta_i, the sender's delta, in place of the receiver's."""
    first = two_layer.step(WEIGHTS, X, T, LEARNING_RATE)
    senders = LEARNING_RATE * np.outer([1, 1], first.delta_hidden * first.o_hidden)
    return senders + 0.9 * first.change.output


def end_of_a_constant_push(alpha):
    """Where change = 1 + alpha * change ends: 1 / (1 - alpha)."""
    change = 0.0
    for _ in range(400):
        change = 1 + alpha * change
    return change
