"""Every number of lesson 02's topics: what the source prints, what course_lib computes, and the verdict.

A test's name ends with the ids of the numbers that it settles; tests/test_notebooks.py asks that the lesson shows each.
All eleven are exact: the source's formulas are right.
"""

import pytest

from course_lib import autograd, gradcheck
from course_lib.autograd import Value


@pytest.fixture
def example():
    """x, y, z, q and f of f = (x + y) z, after the backward pass."""
    x, y, z = Value(-2, "x"), Value(5, "y"), Value(-4, "z")
    q = x + y
    f = q * z
    f.backward()
    return x, y, z, q, f


def turned(place):
    """The central difference of the example's f for one of x, y, z."""
    gradient = gradcheck.numerical_gradient(lambda knobs: (knobs[0] + knobs[1]) * knobs[2], [-2, 5, -4])
    return gradient[place]


def test_the_running_example_gives_q_3_and_f_minus_12_CG_01(example):
    _, _, _, q, f = example
    assert (q.data, f.data) == (3, -12)


def test_both_local_derivatives_of_the_sum_are_1_CG_02(example):
    assert example[3].local == (1, 1)


def test_each_local_derivative_of_the_product_is_the_other_factor_CG_03(example):
    _, _, z, q, f = example
    assert f.local == (z.data, q.data) == (-4, 3)


def test_the_backward_pass_starts_with_1_CG_04(example):
    assert example[4].grad == 1


def test_the_gradient_of_y_is_upstream_times_local_CG_05(example):
    _, y, _, q, _ = example
    assert y.grad == q.grad * q.local[1] == -4
    assert turned(1) == pytest.approx(-4, rel=1e-7)


def test_the_gradient_of_x_is_upstream_times_local_CG_06(example):
    x, _, _, q, _ = example
    assert x.grad == q.grad * q.local[0] == -4
    assert turned(0) == pytest.approx(-4, rel=1e-7)


def test_the_gradient_of_z_is_q_CG_07(example):
    _, _, z, q, _ = example
    assert z.grad == q.data == 3
    assert turned(2) == pytest.approx(3, rel=1e-7)


def test_a_general_node_multiplies_what_comes_in_with_its_local_derivatives_CG_08():
    x, y = Value(5), Value(3)
    z = x * y
    loss = 2 * z
    loss.backward()
    assert z.grad == 2
    assert (x.grad, y.grad) == (6, 10)


@pytest.mark.parametrize(
    ("gate", "expected"),
    [
        pytest.param(lambda a, b: a + b, (2, 2), id="add_GATE_01"),
        pytest.param(autograd.maximum, (2, 0), id="max_GATE_02"),
        pytest.param(lambda a, b: a * b, (-2, 6), id="mul_GATE_03"),
    ],
)
def test_what_each_gate_sends_back_when_2_comes_in_GATE_01_02_03(gate, expected):
    a, b = Value(3), Value(-1)
    (2 * gate(a, b)).backward()
    assert (a.grad, b.grad) == expected
    moved = gradcheck.numerical_gradient(lambda knobs: (2 * gate(*(Value(knob) for knob in knobs))).data, [3, -1])
    assert tuple(moved) == pytest.approx(expected, rel=1e-7, abs=1e-9)


def test_at_a_tie_of_max_the_first_input_gets_the_gradient_GATE_02():
    a, b = Value(3), Value(3)
    (2 * autograd.maximum(a, b)).backward()
    assert (a.grad, b.grad) == (2, 0)
