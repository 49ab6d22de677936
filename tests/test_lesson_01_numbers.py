"""Every number of lesson 01's topics: what the source prints, what course_lib computes, and the verdict.

A test's name ends with the ids of the numbers that it settles; tests/test_notebooks.py asks that the lesson shows each.
"""

import itertools

import numpy as np
import pytest
from numpy.testing import assert_allclose

from course_lib import data, gradcheck, perceptron


def test_the_sign_is_strict_as_printed_PER_01():
    assert {value: int(perceptron.sgn(value)) for value in (-1, 0, 1)} == {-1: -1, 0: -1, 1: 1}  # verdict: exact


def test_the_second_convention_differs_at_equality_only_PER_02():
    fired = {gap: int(perceptron.fires([[gap + 2.5]], [1], threshold=2.5)[0]) for gap in (-1, 0, 1)}
    assert fired == {-1: 0, 0: 1, 1: 1}  # as printed
    bias = perceptron.to_bias([1], 2.5)
    assert bias.tolist() == [-2.5, 1]  # T = -w_0
    signs = {gap: int(perceptron.output([[gap + 2.5]], bias)[0]) for gap in (-1, 0, 1)}
    assert [gap for gap in fired if 2 * fired[gap] - 1 != signs[gap]] == [0]  # verdict: ambiguous


def test_the_factor_of_the_rule_takes_three_values_and_0_where_the_unit_is_right_PER_03():
    factors = {t - o for t, o in itertools.product((-1, 1), repeat=2)}
    assert factors == {-2, 0, 2}  # verdict: exact
    weights, x = np.array([1.0, -2.0, 1.0]), [2.0, 1.0]  # w.x = -2, so o = -1
    assert perceptron.update(weights, x, -1, 0.5).tolist() == weights.tolist()
    assert perceptron.update(weights, x, 1, 0.5).tolist() == (weights + 0.5 * 2 * np.array([1, 2, 1])).tolist()


def test_the_batch_rule_is_the_gradient_of_the_linear_unit_only_PER_04():
    rng = np.random.default_rng(0)
    for _ in range(5):  # seven random examples, four weights
        x, targets, weights = rng.normal(size=(7, 3)), rng.normal(size=7), rng.normal(size=4)
        by_numbers = gradcheck.numerical_gradient(lambda w, x=x, t=targets: perceptron.squared_error(x, t, w), weights)
        gradient = perceptron.gradient(x, targets, weights)
        assert gradcheck.relative_difference(gradient, by_numbers).max() < 1e-7
        rows = list(zip(np.c_[np.ones(7), x], targets, strict=True))
        printed = [sum((t - row @ weights) * row[i] for row, t in rows) for i in range(4)]
        assert_allclose(gradient, -np.array(printed), rtol=1e-12)
        signs = np.sign(targets)
        stairs = gradcheck.numerical_gradient(
            lambda w, x=x, t=signs: perceptron.squared_error(x, t, w, perceptron.output), weights
        )
        assert stairs.tolist() == [0, 0, 0, 0]  # with the deck's own o = sgn(w.x): verdict ambiguous


@pytest.mark.parametrize("n", [1, 2, 3, 7])
def test_the_gradient_has_one_entry_more_than_there_are_inputs_PER_05(n):
    x = np.random.default_rng(n).normal(size=(5, n))
    assert perceptron.gradient(x, np.ones(5), np.zeros(n + 1)).shape == (n + 1,)  # n = 3: 4 entries, verdict exact
    assert perceptron.with_bias(x)[:, 0].tolist() == [1] * 5  # x_0 = 1, which the deck never says


def test_own_digits_have_the_printed_correlations_in_the_printed_order_PER_06_07():
    images, digits = data.load_digits()
    weights = images[:1000][digits[:1000] == 3].mean(axis=0)
    five, three = (perceptron.correlation(images[place], weights) for place in (1044, 1042))
    assert (digits[1044], digits[1042]) == (5, 3)
    assert (round(five, 2), round(three, 2)) == (0.57, 0.82)  # the source's patterns are in its figure only: ambiguous
    assert five < three
    assert five == pytest.approx(np.corrcoef(images[1044].ravel(), weights.ravel())[0, 1], rel=1e-12)


def test_the_numbers_in_the_lessons_own_text_come_out_on_penguins():
    x, labels = data.load_penguins(("Adelie", "Gentoo"), ("bill_length_mm", "bill_depth_mm"))
    fast = perceptron.train(perceptron.standardise(x), 1 - 2 * labels)
    assert (fast.epochs, len(fast.updates), fast.converged) == (2, 2, True)
    assert perceptron.train(x, 1 - 2 * labels).epochs == 12
    assert not (perceptron.output(x, [0, -1, 2.5]) != 1 - 2 * labels).any()
    x, labels = data.load_penguins(("Gentoo", "Chinstrap"), ("bill_length_mm", "body_mass_g"))
    slow = perceptron.train(perceptron.standardise(x), 1 - 2 * labels)
    assert (slow.epochs, len(slow.updates), slow.converged) == (437, 885, True)
    assert perceptron.train(perceptron.standardise(x), 2 * labels - 1).epochs == 411
    assert not perceptron.train(x, 1 - 2 * labels).converged


@pytest.mark.parametrize("rate", [0.01, 0.3, 0.5, 1.0, 7.0])
def test_437_hangs_on_no_last_bit(rate):
    x, labels = data.load_penguins(("Gentoo", "Chinstrap"), ("bill_length_mm", "body_mass_g"))
    z = perceptron.standardise(x)
    result = perceptron.train(z, 1 - 2 * labels, learning_rate=rate)
    assert result.epochs == 437
    sums = np.abs(perceptron.with_bias(z) @ result.history[1:].T)
    assert sums.min() > 1e-6 * rate
    rounded = perceptron.train(z.round(9), 1 - 2 * labels, learning_rate=rate)
    assert [update.example for update in rounded.updates] == [update.example for update in result.updates]


FEATURE_PAIRS = list(itertools.combinations(data.PENGUIN_FEATURES, 2))


@pytest.mark.parametrize("features", FEATURE_PAIRS, ids=" ".join)
def test_no_two_measurements_part_adelie_from_chinstrap(features):
    linprog = pytest.importorskip("scipy.optimize").linprog
    x, labels = data.load_penguins(("Adelie", "Chinstrap"), features)
    rows = (1 - 2 * labels)[:, None] * perceptron.with_bias(perceptron.standardise(x))
    found = linprog(np.zeros(3), A_ub=-rows, b_ub=-np.ones(len(x)), bounds=[(None, None)] * 3)
    assert found.status == 2  # no weights answer all rightly


def test_one_chinstrap_is_a_mixture_of_three_adelies():
    x, labels = data.load_penguins(("Adelie", "Chinstrap"), ("bill_length_mm", "bill_depth_mm"))
    corners, inside = x[[128, 94, 90]], x[215]
    assert labels[[128, 94, 90, 215]].tolist() == [0, 0, 0, 1]
    shares = np.linalg.solve(perceptron.with_bias(corners).T, [1, *inside])
    assert shares.min() > 0.05
    assert shares.sum() == pytest.approx(1)
    assert_allclose(shares @ corners, inside)
