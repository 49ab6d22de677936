"""Every number of lesson 04's topic, the worked 3-2-2 example: what the text prints, what course_lib computes, verdict.

A test's name ends with the ids of the numbers that it settles, or its parameters name them; tests/test_notebooks.py
asks that the lesson shows each. PRINTED holds the printed digits; this file holds them again, typed from the text.
"""

from decimal import Decimal

import numpy as np
import pytest
from numpy.testing import assert_allclose

from course_lib import gradcheck, two_layer
from course_lib.ledger import lesson_04

WEIGHTS, X, T, LEARNING_RATE = two_layer.worked_example()
STEPS = {name: two_layer.step(WEIGHTS, X, T, LEARNING_RATE, precision=name) for name in ("source", "full")}
VALUES = {name: two_layer.labelled(step) for name, step in STEPS.items()}


def decimals(text):
    """How many digits stand after the point."""
    return len(text.partition(".")[2])


def rounded(value, text):
    """The value rounded to as many decimals as the text has."""
    return f"{Decimal(repr(float(value))):.{decimals(text)}f}"


def test_the_given_values_and_the_recovered_weights_EX_01():
    assert X.tolist() == [10, 30, 20]
    assert T.tolist() == [1, 0]
    assert LEARNING_RATE == 0.1
    assert WEIGHTS.hidden.tolist() == [[0.2, -0.1, 0.4], [0.7, -1.2, 1.2]]
    assert WEIGHTS.output.tolist() == [[1.1, 0.1], [3.1, 1.17]]
    assert (WEIGHTS.hidden_bias, WEIGHTS.output_bias) == (None, None)


# name: printed, with the source's digits in full (before that value itself is cut), in full precision,
# and whether the print is right, digit by digit, as a rounding of each
FORWARD = [
    ("EX-02", "net H1", "7", 7, 7.0, True, True),
    ("EX-03", "o H1", "0.9990", 0.99908894880559935, 0.99908894880559935, False, False),
    ("EX-04", "net H2", "-5", -5, -5.0, True, True),
    ("EX-05", "o H2", "0.0067", 0.0066928509242848556, 0.0066928509242848556, True, True),
    ("EX-06, EX-06b", "net O1", "1.0996", 1.09957, 1.0996671287785877, True, False),
    ("EX-07", "o O1", "0.7501", 0.75018515014095405, 0.75019773035890189, False, False),
    ("EX-08, EX-08b", "net O2", "3.1047", 3.104739, 3.1050063768787713, True, False),
    ("EX-09", "o O2", "0.9571", 0.95708619967086432, 0.95709878148310094, True, True),
    ("EX-10, EX-10b", "delta O1", "0.0469", 0.046875, 0.046813219044897589, True, False),
    ("EX-11, EX-11b", "delta O2", "-0.0394", -0.039381507, -0.039299149733332767, True, False),
    ("EX-12, EX-12b", "delta H1", "-0.0000705", -0.00007047945, -0.0000640184253561983, True, False),
    ("EX-13, EX-13b", "delta H2", "-0.000275", -0.00027557479488, -0.000274555986897785713, False, True),
]


@pytest.mark.parametrize(("ids", "name", "printed", "from_print", "full", "right", "right_in_full"), FORWARD)
def test_forward_pass_and_deltas(ids, name, printed, from_print, full, right, right_in_full):
    assert two_layer.PRINTED[name] == printed
    assert two_layer.written(name, VALUES["source"][name]) == printed
    assert lesson_04.from_print(name) == pytest.approx(from_print, rel=1e-12)
    assert VALUES["full"][name] == pytest.approx(full, rel=1e-12)
    assert (rounded(from_print, printed) == printed) is right
    assert (rounded(full, printed) == printed) is right_in_full


def test_o_h1_was_cut_off_and_costs_ten_percent_EX_03_12b():
    o = STEPS["full"].o_hidden[0]
    assert f"{o:.4f}" == "0.9991"
    assert (o - 0.9990) / (1 - o) == pytest.approx(0.0976, abs=5e-5)
    assert 0.999 * 0.001 / (o * (1 - o)) == pytest.approx(1.09753543624011372962614831883, rel=1e-12)
    assert -0.0000705 / STEPS["full"].delta_hidden[0] == pytest.approx(1.1012, abs=5e-5)


# ids, link, change: printed and from the printed factors; new weight: printed, from the printed factors, in full
ROWS = [
    ("EX-14", "H1->O1", "0.000469", 0.00468531, "1.100469", 1.10468531, 1.10467705698057729965),
    ("EX-15", "H1->O2", "-0.00394", -0.00393606, "3.09606", 3.09606394, 3.09607366538039707154),
    ("EX-16", "H2->O1", "0.0000314", 0.000031423, "0.1000314", 0.100031423, 0.100031331389635339223),
    ("EX-17", "H2->O2", "-0.0000264", -0.000026398, "1.1699736", 1.169973602, 1.16997369766493836548),
    ("EX-18", "I1->H1", "-0.0000705", -0.0000705, "0.1999295", 0.1999295, 0.199935981574643801676),
    ("EX-19", "I1->H2", "-0.000275", -0.000275, "0.699725", 0.699725, 0.699725444013102214286),
    ("EX-20", "I2->H1", "-0.0002115", -0.0002115, "-0.1000705", -0.1002115, -0.100192055276068594971),
    ("EX-21", "I2->H2", "-0.000825", -0.000825, "-1.200825", -1.200825, -1.20082366796069335713),
    ("EX-22", "I3->H1", "-0.000141", -0.000141, "0.399859", 0.399859, 0.399871963149287603352),
    ("EX-23", "I3->H2", "-0.00055", -0.00055, "1.19945", 1.19945, 1.19945088802620442857),
]
WRONG = {"change H1->O1", "new H1->O1", "new I2->H1"}


@pytest.mark.parametrize(("ids", "link", "change", "change_from_print", "new", "new_from_print", "full"), ROWS)
def test_rows_of_both_tables_a_b_c(ids, link, change, change_from_print, new, new_from_print, full):
    source, step = VALUES["source"], STEPS["source"]
    signals = {"H1": 0.999, "H2": 0.0067, "I1": 10, "I2": 30, "I3": 20}
    deltas = {"O1": 0.0469, "O2": -0.0394, "H1": -0.0000705, "H2": -0.000275}
    sender, receiver = link.split("->")
    assert 0.1 * deltas[receiver] * signals[sender] == pytest.approx(change_from_print, rel=1e-12)
    assert two_layer.links(step.weights)[link] + change_from_print == pytest.approx(new_from_print, rel=1e-12)
    assert VALUES["full"][f"new {link}"] == pytest.approx(full, rel=1e-12)
    for name, printed in ((f"change {link}", change), (f"new {link}", new)):
        assert two_layer.PRINTED[name] == printed
        assert (two_layer.written(name, source[name]) == printed) is (name not in WRONG)
    assert float(new) - full == pytest.approx(
        {"H1->O1": -4.208e-3, "H1->O2": -1.367e-5, "H2->O1": 6.861e-8, "H2->O2": -9.766e-8, "I1->H1": -6.482e-6,
         "I1->H2": -4.440e-7, "I2->H1": 1.216e-4, "I2->H2": -1.332e-6, "I3->H1": -1.296e-5, "I3->H2": -8.880e-7}[link],
        rel=1e-3,
    )  # fmt: skip


def test_the_two_slips_are_a_factor_of_ten_and_a_neighbours_change_EX_14a_14b_20b():
    source = VALUES["source"]
    assert float(f"{source['change H1->O1'] / 10:.3g}") == float("0.000469")
    assert WEIGHTS.output[0, 0] + 0.000469 == pytest.approx(1.100469, rel=1e-15)
    assert -0.1 + source["change I1->H1"] == pytest.approx(-0.1000705, rel=1e-12)


def test_the_hidden_table_is_headed_by_the_wrong_delta_EX_24():
    change, hidden, output = (STEPS["source"].change.hidden, VALUES["source"], VALUES["source"])
    with_hidden_deltas = LEARNING_RATE * np.outer([hidden["delta H1"], hidden["delta H2"]], X)
    with_output_deltas = LEARNING_RATE * np.outer([output["delta O1"], output["delta O2"]], X)
    assert_allclose(change, with_hidden_deltas, rtol=1e-10)
    assert np.abs(change / with_output_deltas).max() < 0.01


def test_the_error_before_and_after_EX_25():
    as_printed = two_layer.replaced(WEIGHTS, {row[1]: float(two_layer.PRINTED[f"new {row[1]}"]) for row in ROWS})
    # From the printed factors, with seven decimals, as the print has them where it has most.
    seven_decimals = two_layer.replaced(WEIGHTS, {row[1]: round(row[5], 7) for row in ROWS})
    corrected = STEPS["source"].new  # with three significant digits of each change to an output unit
    assert two_layer.error(WEIGHTS, X, T) == pytest.approx(0.4892196257171403, rel=1e-12)
    assert two_layer.error(STEPS["full"].new, X, T) == pytest.approx(0.48883609174712656, rel=1e-12)
    assert two_layer.error(as_printed, X, T) == pytest.approx(0.48903193986215265, rel=1e-12)
    assert two_layer.error(seven_decimals, X, T) == pytest.approx(0.4888352480991959, abs=1e-11)
    assert two_layer.error(corrected, X, T) == pytest.approx(0.4888352, abs=5e-7)
    assert STEPS["full"].error == pytest.approx(0.4892196257171403, rel=1e-12)


def test_the_momentum_change_uses_the_receivers_delta_EX_26():
    velocity = STEPS["full"].change
    step = two_layer.step(WEIGHTS, X, T, LEARNING_RATE, momentum=0.9, velocity=velocity)
    numbers = gradcheck.numerical_gradient(
        lambda vector: two_layer.error(WEIGHTS.with_vector(vector), X, T), WEIGHTS.vector()
    )
    assert_allclose(step.change.vector(), -LEARNING_RATE * numbers + 0.9 * velocity.vector(), rtol=1e-6)
    senders = LEARNING_RATE * np.outer(step.o_hidden, step.delta_hidden).T  # delta_i, the sender's, from H to O
    assert np.abs(step.change.output - 0.9 * velocity.output - senders).min() > 1e-5


def test_a_constant_push_ends_at_one_over_one_minus_alpha_EX_27():
    change = 0.0
    for _ in range(400):
        change = 1 + 0.9 * change
    assert change == pytest.approx(10.000000000000002, rel=1e-12)
    for bad in (1, 1.5, -0.1):
        with pytest.raises(ValueError, match="momentum must be at least 0 and less than 1"):
            two_layer.step(WEIGHTS, X, T, LEARNING_RATE, momentum=bad)
