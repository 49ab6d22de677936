"""Every number of lesson 03's topics: what the source prints, what course_lib computes, and the verdict.

A test's name ends with the ids of the numbers that it settles; tests/test_notebooks.py asks that the lesson shows each.
"""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from course_lib import activations, two_layer
from course_lib.gradcheck import numerical_gradient, relative_difference

WEIGHTS, X, T, LEARNING_RATE = two_layer.worked_example()
STEP = two_layer.step(WEIGHTS, X, T, LEARNING_RATE)
RIGHT_HIDDEN_DELTA = [-6.401842535619517e-05, -0.00027455598689778496]


def error_of_net_output(net):
    return 0.5 * ((T - activations.sigmoid(net)) ** 2).sum()


def error_of_net_hidden(net):
    return error_of_net_output(WEIGHTS.output @ activations.sigmoid(net))


def error_of_weights(vector):
    return two_layer.error(WEIGHTS.with_vector(vector), X, T)


@pytest.fixture(scope="module")
def dE_dw():
    """Measured, hidden weights before output weights: (10,)."""
    return numerical_gradient(error_of_weights, WEIGHTS.vector())


def test_the_sigmoid_is_as_printed_MLP_01():
    y = np.array([0.0, 7.0, -5.0])
    expected = [0.5, 0.999088948805599354642136676230, 0.00669285092428485555936198038131]
    assert_allclose(activations.sigmoid(y), expected, rtol=1e-15)
    assert_allclose(activations.sigmoid(y), 1 / (1 + np.exp(-y)), rtol=1e-14)


def test_its_derivative_comes_from_its_own_value_MLP_02():
    y = np.linspace(-6, 6, 25)
    o = activations.sigmoid(y)
    measured = numerical_gradient(lambda y: activations.sigmoid(y).sum(), y)
    assert np.abs(o * (1 - o) - measured).max() < 1e-9
    assert_allclose(activations.sigmoid_derivative(y), o * (1 - o), rtol=1e-12)
    assert (o * (1 - o)).max() == 0.25 == activations.sigmoid_derivative(0)
    assert y[np.argmax(o * (1 - o))] == 0


def test_half_the_squares_are_summed_over_examples_and_outputs_MLP_03():
    half = two_layer.Weights(np.zeros((1, 3)), np.zeros((2, 1)))  # all net inputs are 0, all outputs 0.5
    assert two_layer.error(half, X, T) == 0.25
    assert two_layer.error(half, [X, X, X], [T, T, T]) == 0.75


def test_the_output_deltas_are_minus_the_measured_slopes_MLP_04():
    formula = STEP.o_output * (1 - STEP.o_output) * (T - STEP.o_output)
    assert_allclose(formula, [0.04681321904489758, -0.039299149733332706], rtol=1e-13)
    assert_array_equal(STEP.delta_output, formula)
    measured = numerical_gradient(error_of_net_output, STEP.net_output)
    assert relative_difference(STEP.delta_output, -measured).max() < 1e-7


def test_the_hidden_deltas_are_minus_the_measured_slopes_MLP_05():
    formula = STEP.o_hidden * (1 - STEP.o_hidden) * (WEIGHTS.output.T @ STEP.delta_output)
    assert_allclose(formula, RIGHT_HIDDEN_DELTA, rtol=1e-12)
    assert_allclose(STEP.delta_hidden, formula, rtol=1e-12)
    measured = numerical_gradient(error_of_net_hidden, STEP.net_hidden, step=1e-4)
    assert relative_difference(STEP.delta_hidden, -measured).max() < 1e-7


def test_every_change_is_minus_eta_times_the_measured_slope_MLP_06(dE_dw):
    assert np.abs(STEP.change.vector() / LEARNING_RATE + dE_dw).max() < 5e-9
    assert_allclose(STEP.change.hidden, LEARNING_RATE * np.outer(STEP.delta_hidden, X), rtol=1e-14)
    assert_allclose(STEP.change.output, LEARNING_RATE * np.outer(STEP.delta_output, STEP.o_hidden), rtol=1e-14)


def test_the_error_of_the_example_DER_01():
    assert STEP.error == pytest.approx(0.4892196257171403, rel=1e-14)
    assert two_layer.error(WEIGHTS, X, T) == pytest.approx(0.4892196257171403, rel=1e-14)
    assert 0.5 * ((T - STEP.o_output) ** 2).sum() == pytest.approx(STEP.error, rel=1e-15)


def test_a_weight_acts_only_through_its_net_input_DER_02(dE_dw):
    by_hidden = np.outer(numerical_gradient(error_of_net_hidden, STEP.net_hidden), X)
    by_output = np.outer(numerical_gradient(error_of_net_output, STEP.net_output), STEP.o_hidden)
    assert np.abs(np.append(by_hidden, by_output) - dE_dw).max() < 5e-9


def test_the_first_factor_of_case_1_DER_03():
    formula = -(T - STEP.o_output)
    assert_allclose(formula, [-0.24980226964109808, 0.957098781483101], rtol=1e-14)
    measured = numerical_gradient(lambda o: 0.5 * ((T - o) ** 2).sum(), STEP.o_output)
    assert relative_difference(formula, measured).max() < 1e-7


def test_the_second_factor_of_case_1_DER_04():
    formula = STEP.o_output * (1 - STEP.o_output)
    assert_allclose(
        formula, [0.18740109572325422, 0.04106070396666427], rtol=1e-9
    )  # the ledger's come from differences
    measured = numerical_gradient(lambda net: activations.sigmoid(net).sum(), STEP.net_output)
    assert relative_difference(formula, measured).max() < 1e-7


def test_the_boxed_rule_of_case_1_DER_05(dE_dw):
    o = STEP.o_output
    boxed = LEARNING_RATE * np.outer((T - o) * o * (1 - o), STEP.o_hidden).ravel()
    expected = [0.004677056980577299, 3.133138963533919e-05, -0.003926334619602923, -2.630233506163445e-05]
    assert_allclose(boxed, expected, rtol=1e-12)
    assert_allclose(STEP.change.output.ravel(), expected, rtol=1e-12)
    assert np.abs(boxed + LEARNING_RATE * dE_dw[6:]).max() < 1e-9


def test_the_sum_over_the_downstream_units_of_case_2_DER_06():
    o = STEP.o_hidden
    formula = sum(-STEP.delta_output[k] * WEIGHTS.output[k] * o * (1 - o) for k in (0, 1))
    assert_allclose(formula, [6.401842535619517e-05, 0.00027455598689778496], rtol=1e-12)
    measured = numerical_gradient(error_of_net_hidden, STEP.net_hidden)
    assert_allclose(measured, formula, rtol=0, atol=2e-10)


def test_the_printed_hidden_delta_has_the_wrong_sign_DER_07():
    o = STEP.o_hidden
    as_printed = o * (1 - o) * (WEIGHTS.output.T @ -STEP.delta_output)
    assert_allclose(as_printed, [6.401842535619517e-05, 0.00027455598689778496], rtol=1e-12)
    assert_allclose(STEP.delta_hidden, RIGHT_HIDDEN_DELTA, rtol=1e-12)
    measured = -numerical_gradient(error_of_net_hidden, STEP.net_hidden, step=1e-4)
    assert relative_difference(measured, STEP.delta_hidden).max() < 1e-7
    assert relative_difference(measured, as_printed).min() > 1.9  # as large, and of the other sign


@pytest.mark.parametrize(("sign", "falls"), [(1, True), (-1, False)])
def test_with_the_printed_sign_hidden_weights_climb_the_error_DER_07(sign, falls):
    corners, xor = [[0, 0], [0, 1], [1, 0], [1, 1]], [[0], [1], [1], [0]]
    weights = two_layer.Weights.random(2, 3, 1, np.random.default_rng(1), scale=1)
    errors = []
    for _ in range(101):
        errors.append(two_layer.error(weights, corners, xor))
        up = two_layer.gradient(weights, corners, xor)
        bias = weights.hidden_bias - sign * 0.5 * up.hidden_bias
        hidden = weights.hidden - sign * 0.5 * up.hidden
        weights = two_layer.Weights(hidden, weights.output, bias, weights.output_bias)
    assert np.all(np.diff(errors) * (-1 if falls else 1) > 0)


def test_the_update_has_the_same_form_in_case_2_DER_08(dE_dw):
    expected = [
        -6.401842535619517e-05, -0.00019205527606858553, -0.00012803685071239034,
        -0.00027455598689778496, -0.0008236679606933549, -0.0005491119737955699,
    ]  # fmt: skip
    assert_allclose(STEP.change.hidden.ravel(), expected, rtol=1e-12)
    assert np.abs(STEP.change.hidden.ravel() + LEARNING_RATE * dE_dw[:6]).max() < 1e-9
