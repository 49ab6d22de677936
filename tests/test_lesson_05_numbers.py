"""Every number of lesson 05's topics: what the source prints, what course_lib computes, and the verdict.

A test's name ends with the ids of the numbers that it settles; tests/test_notebooks.py asks that the lesson shows each.
The numbers in the ledger that depend on a network came from random weights of an unknown kind; here the network is the
lesson's: 3-4-5-2, normal weights of standard deviation 2 / sqrt(inputs), seed 0, x = (0.5, -1, 2).
"""

import itertools
import json
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

from course_lib import activations, losses
from course_lib.gradcheck import numerical_gradient
from course_lib.layers import Linear
from course_lib.ledger import lesson_05
from course_lib.ledger.lesson_05 import EXAMPLES, SIZES, STRENGTH, X, Y, central_differences
from course_lib.ledger.lesson_05 import loss_as_printed as energy
from course_lib.network import Sequential


@pytest.fixture
def net():
    return lesson_05.network()


def gradients(net, start):
    net.backward(start)
    return [layer.grad_weight + STRENGTH / EXAMPLES * layer.weight for layer in net.layers[::2]]


def slope_as_printed(s, y):
    return -y / s - (1 - y) / (1 - s)


def test_the_loss_is_that_of_the_library_CE_01(net):
    logits = Sequential(net.layers[:-1]).forward(X)
    surprise, _ = losses.binary_cross_entropy_with_logits(logits, Y, reduction="sum")
    penalty, _ = losses.l2_penalty([layer.weight for layer in net.layers[::2]], STRENGTH, EXAMPLES)
    assert surprise + penalty == pytest.approx(energy(net), rel=1e-13)
    assert energy(net) == pytest.approx(3.050357, abs=1e-6)


def test_half_the_strength_in_the_loss_is_all_of_it_in_the_gradient_CE_02():
    value, (gradient,) = losses.l2_penalty([[1.0]], STRENGTH, EXAMPLES)
    assert gradient.item() == 0.06999999999999999
    assert value == pytest.approx(0.035, rel=1e-15)
    moved = numerical_gradient(lambda w: losses.l2_penalty([w], STRENGTH, EXAMPLES)[0], [1.0])
    assert moved.item() == pytest.approx(0.07, rel=1e-9)


def test_net_inputs_are_the_written_out_sums_CE_03(net):
    net.forward(X)
    incoming = X[0]
    for linear, sigmoid in zip(net.layers[::2], net.layers[1::2], strict=True):
        w = linear.weight.T  # w[k, j], as the sources write it
        sums = [sum(w[k, j] * incoming[k] for k in range(len(incoming))) for j in range(w.shape[1])]
        assert_allclose(sigmoid.x[0], sums, rtol=1e-13)
        assert linear.bias is None
        incoming = activations.sigmoid(sums)


def test_the_sigmoids_derivative_belongs_to_the_end_of_the_link_CE_04(net):
    net.forward(X)
    sum2, sum3 = net.layers[3].x[0], net.layers[5].x[0]
    right, as_printed = activations.sigmoid_derivative(sum3[1]), activations.sigmoid_derivative(sum2[0])
    s = activations.sigmoid(sum3[1])
    assert right == pytest.approx(s * (1 - s), rel=1e-13)
    assert right == pytest.approx(0.1761, abs=5e-5)
    assert as_printed == pytest.approx(0.0600, abs=5e-5)


def test_a_net_input_grows_by_the_activation_at_the_start_of_the_link_CE_05():
    layer = Linear(4, 3, np.random.default_rng(1), np.float64, bias=False)
    incoming = np.array([[0.2, 0.4, 0.6, 0.8]])

    def third_sum(weight):
        layer.weight = weight
        return layer.forward(incoming)[0, 2]

    moved = numerical_gradient(third_sum, layer.weight)
    assert_allclose(moved[2], incoming[0], rtol=1e-9)
    assert not moved[:2].any()
    layer.forward(incoming)
    layer.backward([[0, 0, 1]])
    assert_allclose(layer.grad_weight, moved, rtol=1e-9)


def test_the_right_gradient_agrees_with_central_differences_in_every_weight_CE_06_12(net):
    expected = central_differences(net)
    found = gradients(net, losses.binary_cross_entropy_slope(net.forward(X), Y))
    for right, measured in zip(found, expected, strict=True):
        assert np.abs(right - measured).max() < 1e-9
        assert_allclose(right, measured, rtol=1e-7, atol=1e-9)


def test_the_printed_indices_of_slides_6_8_and_11_give_other_signals_CE_07_08_09(net):
    start = losses.binary_cross_entropy_slope(net.forward(X), Y)
    signals = [start]
    for layer in reversed(net.layers):
        signals.append(layer.backward(signals[-1]))
    sums, w = net.layers[5].x[0], net.layers[4].weight.T
    signal, right = start[0] * activations.sigmoid_derivative(sums), signals[2][0]
    collected = [sum(signal[p] * w[j, p] for p in range(2)) for j in range(5)]
    assert_allclose(collected, right, rtol=1e-12)
    slides_8_and_11 = [sum(signal[j] * w[j, p] for p in range(2)) for j in range(2)]
    assert np.abs(slides_8_and_11 - right[:2]).min() > 0.1
    with pytest.raises(IndexError):
        signal[2]  # unit 3 of layer 2 has no partner in layer 3
    slide_6 = signal[1] * w[1, 1]
    assert slide_6 == pytest.approx(0.5412, abs=5e-5)
    assert right[4] == pytest.approx(1.2921, abs=5e-5)


SLOPES = [
    (0, 0.2, 1.25, -1.25, 0.2, -0.2),
    (0, 0.8, 5.000000000000001, -5.000000000000001, 0.8, -0.8),
    (1, 0.2, -5.0, -5.0, -0.8, -0.8),
    (1, 0.8, -1.25, -1.25, -0.19999999999999996, -0.19999999999999996),
]


@pytest.mark.parametrize(("y", "s", "right", "printed", "at_net", "at_net_printed"), SLOPES)
def test_the_second_term_needs_a_plus_and_the_product_is_s_minus_y_CE_10_11(
    y, s, right, printed, at_net, at_net_printed
):
    slope = losses.binary_cross_entropy_slope([s], [y]).item()
    assert slope == pytest.approx(right, rel=1e-15)
    assert slope_as_printed(s, y) == pytest.approx(printed, rel=1e-15)
    assert slope * s * (1 - s) == pytest.approx(at_net, rel=1e-15)
    assert slope_as_printed(s, y) * s * (1 - s) == pytest.approx(at_net_printed, rel=1e-15)
    logit = np.log(s / (1 - s))
    _, gradient = losses.binary_cross_entropy_with_logits([logit], [y])
    assert gradient.item() == pytest.approx(s - y, rel=1e-14)


def test_the_check_of_all_weights_finds_the_wrong_sign_in_every_layer_CE_10(net):
    expected = central_differences(net)
    found = gradients(net, slope_as_printed(net.forward(X), Y))
    gaps = [np.abs(a - b).max() for a, b in zip(found, expected, strict=True)]
    assert_allclose(gaps, [0.3558, 0.4214, 1.1618], rtol=0, atol=5e-5)


def test_a_step_goes_down_CE_13(net):
    before = energy(net)
    found = gradients(net, losses.binary_cross_entropy_slope(net.forward(X), Y))
    for layer, gradient in zip(net.layers[::2], found, strict=True):
        layer.weight = layer.weight - 0.05 * gradient
    assert energy(net) - before == pytest.approx(-0.0800, abs=5e-5)


def test_the_ranges_of_the_weights_are_those_of_the_regulariser_CE_14(net):
    last = len(SIZES) - 1
    needed = [(SIZES[n - 1], SIZES[n]) for n in range(1, last + 1)]
    assert [layer.weight.T.shape for layer in net.layers[::2]] == needed == [(3, 4), (4, 5), (5, 2)]
    assert [(SIZES[n], SIZES[n + 1]) for n in range(1, last)] == [(4, 5), (5, 2)]
    with pytest.raises(IndexError):
        SIZES[last + 1]


def test_the_printed_loop_updates_neither_the_first_nor_the_last_weights_CE_15():
    last = len(SIZES) - 1
    assert list(range(last - 1, 1, -1)) == [2]
    assert list(range(last, 0, -1)) == [3, 2, 1]


def test_updating_inside_the_loop_spoils_all_but_the_last_gradient_CE_16():
    gaps = lesson_05.gradient_gaps(updates_inside=True)
    assert_allclose(gaps[:2], [0.0463, 0.0511], rtol=0, atol=5e-5)
    assert gaps[2] < 1e-9


def test_there_is_a_term_for_each_output_CE_17(net):
    output = net.forward(X)[0]
    assert len(output) == SIZES[-1] == 2
    terms = [
        losses.binary_cross_entropy_with_logits([np.log(s / (1 - s))], [y])[0]
        for s, y in zip(output, Y[0], strict=True)
    ]
    whole, _ = losses.binary_cross_entropy_with_logits(Sequential(net.layers[:-1]).forward(X), Y, reduction="sum")
    assert sum(terms) == pytest.approx(whole, rel=1e-13)


def test_a_right_answer_still_has_a_gradient_CE_18():
    _, gradient = losses.binary_cross_entropy_with_logits([np.log(4)], [1])
    assert gradient.item() == pytest.approx(-0.19999999999999996, rel=1e-15)


@pytest.mark.parametrize(("n", "count"), [(1, 4), (2, 16), (3, 256), (4, 65536)])
def test_n_switches_have_2_to_the_2_to_the_n_functions_REG_01(n, count):
    rows = list(itertools.product((0, 1), repeat=n))
    assert 2 ** len(rows) == count
    assert n > 3 or len(set(itertools.product((0, 1), repeat=len(rows)))) == count
    assert count != 22 * n


def test_three_nodes_have_eight_masks_whose_probabilities_add_up_to_1_REG_02():
    masks = list(itertools.product((0, 1), repeat=3))
    assert len(masks) == 8
    for stay in (0.5, 0.8):
        chances = [np.prod([stay if kept else 1 - stay for kept in mask]) for mask in masks]
        assert sum(chances) == pytest.approx(1, rel=1e-15)


def test_inverted_dropout_is_the_average_over_all_masks_of_a_linear_output_REG_02():
    rng = np.random.default_rng(0)
    hidden, last, stay = rng.normal(size=(4, 3)), Linear(3, 2, rng, np.float64), 0.7
    mixture = sum(
        np.prod([stay if kept else 1 - stay for kept in mask]) * last.forward(hidden * mask / stay)
        for mask in itertools.product((0, 1), repeat=3)
    )
    assert_allclose(mixture, last.forward(hidden), rtol=1e-13)


PRINTED_SECTIONS = {"6.4", "7.1", "7.12", "7.11", "7.4", "7.14", "7.7", "7.9", "7.10", "9 & 10"}


def test_the_lesson_lists_the_sections_as_printed_REG_03_to_12():
    path = Path(__file__).resolve().parents[1] / "notebooks" / "05_cross_entropy.ipynb"
    cells = {cell["id"]: cell for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]}
    lines = "".join(cells["book"]["outputs"][0]["text"]).splitlines()
    assert {line[:7].strip() for line in lines} == PRINTED_SECTIONS
    assert len(lines) == 10


def test_two_measures_of_the_same_residuals_differ_REG_13():
    residuals = np.array([1.0, 3.0])
    assert np.abs(residuals).mean() == 2.0
    assert (residuals**2).sum() == 10
    assert 2 * losses.squared_error(residuals, [0, 0])[0] == 10
