"""Losses against loops, SciPy and hand values; gradients against central differences; extremes; what is refused."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from course_lib import losses
from course_lib.activations import sigmoid
from course_lib.gradcheck import numerical_gradient

LARGEST = np.finfo(np.float64).max
EXTREMES = [-LARGEST, -1e30, -1000, -36.8, -1e-300, -0.0, 0.0, 1e-300, 36.8, 1000, 1e30, LARGEST]
REDUCTIONS = pytest.mark.parametrize("reduction", ["mean", "sum"])
SHAPES = pytest.mark.parametrize("shape", [(1,), (1, 1), (4, 3), (2, 3, 2)])


def rng(seed=0):
    return np.random.default_rng(seed)


def binary_loops(logits, target):
    """The sum as the sources write it, one entry at a time."""
    total = 0.0
    for z, y in zip(np.ravel(logits), np.ravel(target), strict=True):
        s = 1 / (1 + math.exp(-z))
        total -= y * math.log(s) + (1 - y) * math.log(1 - s)
    return total


def softmax_loops(logits, labels):
    """The sum over rows, one exponential at a time."""
    total = 0.0
    for row, label in zip(logits, labels, strict=True):
        total -= math.log(math.exp(row[label]) / sum(math.exp(z) for z in row))
    return total


@SHAPES
def test_squared_error_equals_the_loop_and_its_gradient_central_differences(shape):
    output, target = rng().normal(size=shape), rng(1).normal(size=shape)
    value, grad = losses.squared_error(output, target)
    assert value == pytest.approx(sum((t - o) ** 2 for o, t in zip(output.flat, target.flat, strict=True)) / 2)
    numerical = numerical_gradient(lambda output: losses.squared_error(output, target)[0], output)
    assert_allclose(grad, numerical, rtol=1e-7, atol=1e-9)


@SHAPES
@REDUCTIONS
@pytest.mark.parametrize("hard", [True, False])
def test_binary_cross_entropy_equals_the_loop_and_its_gradient_central_differences(shape, reduction, hard):
    logits = rng().normal(0, 3, size=shape)
    target = rng(1).integers(0, 2, size=shape) if hard else rng(1).random(shape)
    value, grad = losses.binary_cross_entropy_with_logits(logits, target, reduction)
    share = logits.size if reduction == "mean" else 1
    assert value == pytest.approx(binary_loops(logits, target) / share, rel=1e-12)
    numerical = numerical_gradient(
        lambda logits: losses.binary_cross_entropy_with_logits(logits, target, reduction)[0], logits
    )
    assert_allclose(grad, numerical, rtol=1e-7, atol=1e-9)
    assert_allclose(grad * share, sigmoid(logits) - target, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("shape", [(1, 1), (1, 4), (5, 3), (3, 10)])
@REDUCTIONS
def test_cross_entropy_equals_the_loop_and_its_gradient_central_differences(shape, reduction):
    logits, labels = rng().normal(0, 3, size=shape), rng(1).integers(0, shape[1], shape[0])
    value, grad = losses.cross_entropy(logits, labels, reduction)
    share = shape[0] if reduction == "mean" else 1
    assert value == pytest.approx(softmax_loops(logits, labels) / share, rel=1e-12, abs=1e-15)
    numerical = numerical_gradient(lambda logits: losses.cross_entropy(logits, labels, reduction)[0], logits)
    assert_allclose(grad, numerical, rtol=1e-7, atol=1e-9)
    assert_allclose(grad.sum(axis=1), 0, atol=1e-15)


def test_cross_entropy_equals_scipys_log_softmax():
    special = pytest.importorskip("scipy.special")
    logits, labels = rng().normal(0, 200, size=(50, 7)), rng(1).integers(0, 7, 50)
    expected = -special.log_softmax(logits, axis=1)[np.arange(50), labels]
    assert losses.cross_entropy(logits, labels)[0] == pytest.approx(expected.mean(), rel=1e-13)


def test_two_classes_are_one_sigmoid_on_the_difference():
    logits, labels = rng().normal(0, 5, size=(20, 2)), rng(1).integers(0, 2, 20)
    by_rows, grad_rows = losses.cross_entropy(logits, labels)
    by_sigmoid, grad = losses.binary_cross_entropy_with_logits(logits[:, 1] - logits[:, 0], labels)
    assert by_rows == pytest.approx(by_sigmoid, rel=1e-13)
    assert_allclose(grad_rows[:, 1], grad, rtol=1e-12, atol=1e-16)


def test_values_worked_out_by_hand():
    log_3 = math.log(3)  # sigmoid(log 3) = 3/4
    value, grad = losses.binary_cross_entropy_with_logits([log_3, log_3], [1, 0], reduction="sum")
    assert value == pytest.approx(math.log(4 / 3) + math.log(4), rel=1e-14)
    assert_allclose(grad, [-0.25, 0.75], rtol=1e-14)
    value, grad = losses.cross_entropy([[0, log_3], [0, 0]], [0, 1])
    assert value == pytest.approx((math.log(4) + math.log(2)) / 2, rel=1e-14)
    assert_allclose(grad, [[-0.375, 0.375], [0.25, -0.25]], rtol=1e-14)
    assert losses.squared_error([[1, 2]], [[4, 0]])[0] == 6.5


@REDUCTIONS
@pytest.mark.parametrize("label", [0, 1, 0.3])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_binary_cross_entropy_copes_with_every_finite_float(reduction, label, dtype):
    logits = np.clip(EXTREMES, np.finfo(dtype).min, np.finfo(dtype).max).astype(dtype)
    with np.errstate(all="raise", under="ignore"):
        for logit in logits:
            value, grad = losses.binary_cross_entropy_with_logits([logit], [label], reduction)
            assert 0 <= value <= LARGEST
            assert np.isfinite(grad).all()
            assert np.abs(grad).max() <= 1
        value, grad = losses.binary_cross_entropy_with_logits(logits, np.full(12, label), reduction)
    assert value >= 0
    assert np.isfinite(grad).all()
    if reduction == "mean":
        assert np.isfinite(value)


def test_binary_cross_entropy_of_plus_and_minus_1000():
    value, grad = losses.binary_cross_entropy_with_logits([1000, -1000, 1000, -1000], [1, 0, 0, 1], reduction="sum")
    assert value == 2000
    assert grad.tolist() == [0, 0, 1, -1]


def test_a_right_and_confident_unit_keeps_the_digits_of_its_small_loss_and_gradient():
    value, grad = losses.binary_cross_entropy_with_logits([40.0], [1])
    assert value == pytest.approx(math.exp(-40), rel=1e-12)
    assert grad.item() == pytest.approx(-math.exp(-40), rel=1e-12)


@REDUCTIONS
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_cross_entropy_copes_with_every_finite_float(reduction, dtype):
    numbers = np.clip(EXTREMES, np.finfo(dtype).min, np.finfo(dtype).max).astype(dtype)
    with np.errstate(all="raise", under="ignore"):
        for first in numbers:
            logits = np.stack([np.full(12, first), numbers], axis=1)
            for label in (0, 1):
                value, grad = losses.cross_entropy(logits, np.full(12, label), reduction)
                assert value >= 0
                assert np.isfinite(grad).all()
                assert reduction == "sum" or np.isfinite(value)


def test_cross_entropy_of_plus_and_minus_1000():
    value, grad = losses.cross_entropy([[1000, -1000], [-1000, 1000]], [0, 0], reduction="sum")
    assert value == 2000
    assert grad.tolist() == [[0, 0], [-1, 1]]


def test_squared_errors_of_huge_numbers_are_infinite_without_a_warning():
    with np.errstate(all="raise"):
        value, grad = losses.squared_error([LARGEST, 1.0], [-LARGEST, 0.0])
    assert value == math.inf
    assert grad.tolist() == [math.inf, 1]


def test_float_dtypes_are_kept_and_nothing_changes_in_place():
    for dtype, expected in [("f4", "f4"), ("f8", "f8"), ("i4", "f8")]:
        logits, target = np.array([[1, 0], [2, 1]], dtype), np.array([[1, 0], [1, 1]])
        labels, before = np.array([1, 0]), logits.copy()
        for function, right in [
            (losses.squared_error, target),
            (losses.binary_cross_entropy_with_logits, target),
            (losses.cross_entropy, labels),
        ]:
            value, grad = function(logits, right)
            assert type(value) is float
            assert grad.dtype == np.dtype(expected)
            assert grad.shape == logits.shape
        assert_array_equal(logits, before)
        assert_array_equal(labels, [1, 0])
    assert losses.l2_penalty([np.ones(3, np.float32)], 0.1, 10)[1][0].dtype == np.float32


def test_the_slope_at_the_output_is_the_derivative_of_the_loss():
    output, target = rng().uniform(0.05, 0.95, size=(4, 3)), rng(1).integers(0, 2, size=(4, 3))
    loss = lambda s: -(target * np.log(s) + (1 - target) * np.log(1 - s)).sum()  # noqa: E731
    slope = losses.binary_cross_entropy_slope(output, target)
    assert_allclose(slope, numerical_gradient(loss, output), rtol=1e-7)
    assert_allclose(slope * output * (1 - output), output - target, rtol=1e-12)


def test_the_penalty_equals_the_sources_double_sums_and_its_gradient_central_differences():
    weights = [rng().normal(size=(3, 4)), rng(1).normal(size=(4, 2)), rng(2).normal(size=5)]
    value, grads = losses.l2_penalty(weights, strength=0.7, examples=10)
    assert value == pytest.approx(0.7 / 20 * sum(float(w) ** 2 for array in weights for w in array.flat), rel=1e-13)
    for place, array in enumerate(weights):

        def penalty(changed, place=place):
            return losses.l2_penalty([*weights[:place], changed, *weights[place + 1 :]], 0.7, 10)[0]

        assert_allclose(grads[place], numerical_gradient(penalty, array), rtol=1e-7)
    assert losses.l2_penalty(weights, 0, 1)[0] == 0


binary, rows = losses.binary_cross_entropy_with_logits, losses.cross_entropy


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: losses.squared_error([1, 2], [1]), ValueError, r"output and target must have the same shape, not"),
        (lambda: losses.squared_error([], []), ValueError, "the output is empty"),
        (lambda: losses.squared_error([math.nan], [1]), ValueError, "the output must hold finite numbers, not nan"),
        (lambda: binary([[1.0]], [1]), ValueError, r"same shape, not \(1, 1\) and \(1,\)"),
        (lambda: binary([1.0], [1.5]), ValueError, "of a sigmoid lies from 0 to 1; these go from 1.5 to 1.5"),
        (lambda: binary([1.0, 2], [-1, 1]), ValueError, "these go from -1 to 1"),
        (lambda: binary([1.0], [math.nan]), ValueError, "the target must hold finite numbers, not nan"),
        (lambda: binary([math.inf], [1]), ValueError, "not inf; if they came out of training"),
        (lambda: binary(["a"], [1]), TypeError, "the logits must hold real numbers"),
        (lambda: binary([1.0], [1], "average"), ValueError, 'reduction must be "mean" or "sum", not \'average\''),
        (lambda: rows([1.0, 2], [0]), ValueError, r"logits are \(N, C\), .* these have the shape \(2,\)"),
        (lambda: rows(np.ones((0, 3)), []), ValueError, "the logits is empty"),
        (lambda: rows(np.ones((2, 3)), [0]), ValueError, r"2 rows of logits need 2 labels, of shape \(2,\); .* \(1,\)"),
        (lambda: rows(np.ones((2, 3)), np.eye(3)[:2]), ValueError, r"these have \(2, 3\)"),
        (lambda: rows(np.ones((2, 3)), [0.0, 1.0]), TypeError, "labels are whole numbers, .*; float64 came"),
        (lambda: rows(np.ones((2, 3)), ["a", "b"]), TypeError, "the labels must hold real numbers"),
        (lambda: rows(np.ones((2, 3)), [True, False]), TypeError, "not bool"),
        (lambda: rows(np.ones((2, 3)), [0, 3]), ValueError, "3 logits a row: labels go from 0 to 2, not from 0 to 3"),
        (lambda: rows(np.ones((2, 3)), [-1, 0]), ValueError, "not from -1 to 0"),
        (lambda: rows(np.ones((2, 3)), [0, 1], None), ValueError, "reduction must be"),
        (lambda: losses.binary_cross_entropy_slope([1.0], [1]), ValueError, "the slope is infinite"),
        (lambda: losses.l2_penalty([[1]], -1, 10), ValueError, "strength must be at least 0"),
        (lambda: losses.l2_penalty([[1]], math.nan, 10), ValueError, "strength must be a finite number, not nan"),
        (lambda: losses.l2_penalty([[1]], 1, 0), ValueError, "examples must be at least 1, not 0"),
        (lambda: losses.l2_penalty([[1]], 1, 2.5), TypeError, "examples must be a whole number"),
        (lambda: losses.l2_penalty([[]], 1, 2), ValueError, "the weights is empty"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_in_words(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_half_precision_holds_the_gradients_of_many_examples():
    many = 70_000  # more than a float16 can count
    _, grad = losses.binary_cross_entropy_with_logits(np.zeros(many, np.float16), np.ones(many, np.float16))
    assert_allclose(grad, -0.5 / many, rtol=0.01)
    _, grad = losses.cross_entropy(np.zeros((many, 2), np.float16), np.zeros(many, int))
    assert_allclose(grad[:, 1], 0.5 / many, rtol=0.01)
    assert grad.dtype == np.float16


def test_without_strength_there_is_no_penalty_however_large_the_weights():
    assert losses.l2_penalty([[1e200]], strength=0, examples=1)[0] == 0
