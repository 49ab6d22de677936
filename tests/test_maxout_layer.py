"""The Maxout layer against loops, its gradient against central differences, and what it refuses."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from course_lib.gradcheck import numerical_gradient
from course_lib.layers import Maxout


def loops(x, pieces):
    return [[max(row[start : start + pieces]) for start in range(0, len(row), pieces)] for row in x.tolist()]


@pytest.mark.parametrize(("examples", "units", "pieces"), [(1, 1, 1), (1, 3, 2), (5, 2, 3), (4, 7, 2)])
def test_each_unit_is_the_largest_of_its_pieces_and_the_gradient_goes_to_the_winner(examples, units, pieces):
    rng = np.random.default_rng(0)
    x, grad_out = rng.normal(size=(examples, units * pieces)), rng.normal(size=(examples, units))
    layer, before = Maxout(pieces), x.copy()
    assert_array_equal(layer.forward(x), loops(x, pieces))
    by_numbers = numerical_gradient(lambda at: (Maxout(pieces).forward(at) * grad_out).sum(), x)
    assert_allclose(layer.backward(grad_out), by_numbers, rtol=1e-7, atol=1e-9)
    assert_array_equal(x, before)


def test_where_two_pieces_are_equal_the_first_gets_the_whole_gradient():
    layer = Maxout(2)
    layer.forward([[3.0, 3.0, 0.0, 0.0]])
    assert layer.backward([[5.0, 7.0]]).tolist() == [[5, 0, 7, 0]]


def test_floats_keep_their_dtype_and_whole_numbers_are_computed_in_float64():
    layer = Maxout(2)
    assert layer.forward(np.ones((2, 4), np.float32)).dtype == np.float32
    assert layer.backward(np.ones((2, 2), np.float32)).dtype == np.float32
    assert layer.forward([[1, 2]]).dtype == np.float64


@pytest.mark.parametrize(
    ("x", "words"),
    [
        ([1.0, 2.0], r"takes \(N, units \* 2\), not \(2,\)"),
        (np.ones((2, 3)), "3 entries along axis 1 cannot be cut into groups of 2"),
        (np.ones((0, 4)), "empty"),
    ],
)
def test_what_cannot_be_grouped_is_refused_in_words(x, words):
    with pytest.raises(ValueError, match=words):
        Maxout(2).forward(x)


def test_a_gradient_of_another_shape_or_before_any_forward_pass_is_refused():
    layer = Maxout(2)
    with pytest.raises(RuntimeError, match="needs a forward pass"):
        layer.backward([[1.0]])
    layer.forward([[1.0, 2.0]])
    with pytest.raises(ValueError, match=r"\(1, 2\)"):
        layer.backward([[1.0, 1.0]])
    with pytest.raises(ValueError, match="pieces"):
        Maxout(0)
