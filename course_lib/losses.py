"""Losses: how wrong an output is, as one number, together with the gradient that training follows.

Each loss returns (value, grad): a Python float and an array of the shape and float dtype of its first argument, on its
device. No finite input gives a NaN; what is too large for its dtype becomes infinite. Targets and labels of the wrong
kind are refused by name.
"""

import math

import numpy as np

from course_lib.activations import log_softmax, sigmoid
from course_lib.backend import array_module, at_least_single, finite_array, finite_number, float_array
from course_lib.shapes import whole_number


def squared_error(output, target):
    """1/2 * sum of (target - output)^2; its gradient is output - target.

    Source: 001_4aa9bd5242e78f22.txt, lines 45-47 (F-PER-07).

    >>> value, grad = squared_error([0.5, 2], [1, 0])
    >>> value, grad.tolist()
    (2.125, [-0.5, 2.0])
    """
    output, target = _pair("output", output, target)
    with np.errstate(over="ignore"):  # the square of a very large float is infinite, and no mistake
        grad = output - target
        return float((grad.astype(np.float64) ** 2).sum() / 2), grad


def binary_cross_entropy_with_logits(logits, target, reduction="mean"):
    """-(y log s + (1 - y) log(1 - s)) with s = sigmoid(logit) and y = target, from 0 to 1; its gradient is s - y.

    The mean over all entries, or with reduction "sum" their sum, as the sources take it over the K outputs of one
    example. Written without s, whose logarithm a logit of -1000 would make infinite: with e^-|z|, and |z| itself where
    the logit z stands on the wrong side. Source: 000_30c74926aea77aad.txt, lines 15-51 (F-CE-01).

    >>> value, grad = binary_cross_entropy_with_logits([0, 1000], [1, 0], reduction="sum")
    >>> round(value, 6), grad.tolist()
    (1000.693147, [-0.5, 1.0])
    """
    logits, target = _pair("logits", logits, target)
    xp = array_module(logits)
    if not ((target >= 0) & (target <= 1)).all():
        lowest, highest = float(target.min()), float(target.max())
        raise ValueError(f"the target of a sigmoid lies from 0 to 1; these go from {lowest:g} to {highest:g}")
    count = _count(logits.size, reduction)
    size = xp.abs(logits)
    wrong_side = xp.where(logits >= 0, 1 - target, target)
    losses = wrong_side * size + xp.log1p(xp.exp(-size))
    grad = (1 - target) * sigmoid(logits) - target * sigmoid(-logits)  # s - y, with all digits also near 0 and 1
    return _total(losses, count), _divided(grad, count)


def cross_entropy(logits, labels, reduction="mean"):
    """-log softmax(logits)[label] of each row: logits (N, C), labels (N,) whole numbers from 0 to C - 1.

    The gradient is softmax(logits) - 1 at the label, - 0 elsewhere. The mean over the N rows, or with reduction "sum"
    their sum.

    >>> value, grad = cross_entropy([[0, 0], [1000, 0]], [0, 1])
    >>> round(value, 6), grad.tolist()
    (500.346574, [[-0.25, 0.25], [0.5, -0.5]])
    """
    logits = _finite("logits", logits)
    if logits.ndim != 2:
        raise ValueError(f"logits are (N, C), a row of C numbers for each example; these have the shape {logits.shape}")
    labels = _checked_labels(logits, labels)
    count = _count(len(logits), reduction)
    rows = array_module(logits).arange(len(logits))
    log_probabilities = log_softmax(logits, axis=1)  # (N, C)
    grad = array_module(logits).exp(log_probabilities)
    grad[rows, labels] -= 1
    return _total(-log_probabilities[rows, labels], count), _divided(grad, count)


def binary_cross_entropy_slope(output, target):
    """-y/s + (1 - y)/(1 - s): the derivative of the binary cross-entropy with respect to an output s in (0, 1).

    With it the sources start their backward pass. Source: 000_30c74926aea77aad.txt, lines 457-467, where the second
    term has a minus sign (CE-10).

    >>> binary_cross_entropy_slope([0.2, 0.8], [0, 1]).tolist()
    [1.25, -1.25]
    """
    output, target = _pair("output", output, target)
    if not ((output > 0) & (output < 1)).all():
        raise ValueError("at an output of exactly 0 or 1 the slope is infinite: binary_cross_entropy_with_logits copes")
    return (1 - target) / (1 - output) - target / output


def l2_penalty(weights, strength, examples):
    """strength / (2 examples) * sum of w^2 over all the arrays in `weights`, and strength / examples * w for each.

    Source: 000_30c74926aea77aad.txt, lines 34-51 and 93-95 (F-CE-01, CE-02), with lambda for strength, m for examples.

    >>> value, grads = l2_penalty([[1, 2], [3]], strength=5, examples=10)
    >>> value, [grad.tolist() for grad in grads]
    (3.5, [[0.5, 1.0], [1.5]])
    """
    strength = finite_number("strength", strength)
    if strength < 0:
        raise ValueError(f"strength must be at least 0: below, large weights would be rewarded; {strength} came")
    share = strength / whole_number("examples", examples, 1)
    weights = [float_array("weights", array) for array in weights]
    with np.errstate(over="ignore"):  # each weight is made small before it is squared: 0 times infinity is nan
        squares = sum(float(((math.sqrt(share / 2) * array.astype(np.float64)) ** 2).sum()) for array in weights)
    return squares, [share * array for array in weights]


def _pair(name, values, target):
    """Both as float arrays of one shape; the target in the dtype of the values."""
    values, target = _finite(name, values), _finite("target", target)
    if values.shape != target.shape:
        raise ValueError(f"{name} and target must have the same shape, not {values.shape} and {target.shape}")
    return values, target.astype(values.dtype, copy=False)


def _finite(name, values):
    return finite_array(name, values, hint="; if they came out of training, the steps were too large")


def _checked_labels(logits, labels):
    """The labels as an array of integers, one for each row of logits."""
    rows, classes = logits.shape
    shape = float_array("labels", labels).shape
    if shape != (rows,):
        raise ValueError(f"{rows} rows of logits need {rows} labels, of shape ({rows},); these have {shape}")
    labels = array_module(logits).asarray(labels)
    if labels.dtype.kind not in "iu":
        raise TypeError(f"labels are whole numbers, the places of the right classes; {labels.dtype} came")
    lowest, highest = int(labels.min()), int(labels.max())
    if lowest < 0 or highest >= classes:
        raise ValueError(f"{classes} logits a row: labels go from 0 to {classes - 1}, not from {lowest} to {highest}")
    return labels


def _count(count, reduction):
    """What the sum is divided by."""
    if reduction not in ("mean", "sum"):
        raise ValueError(f'reduction must be "mean" or "sum", not {reduction!r}')
    return count if reduction == "mean" else 1


def _divided(grad, count):
    """grad / count, where a float16 could not hold the count."""
    return (at_least_single(grad) / count).astype(grad.dtype, copy=False)


def _total(losses, count):
    """The sum of the losses, each divided by count first, so that a mean of large floats does not overflow."""
    with np.errstate(over="ignore"):
        return float((losses.astype(np.float64) / count).sum())
