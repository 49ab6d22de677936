"""Gradients by central differences: the judge is judged here, on functions whose slopes are known."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from course_lib import losses
from course_lib.gradcheck import numerical_gradient, relative_difference


@pytest.mark.parametrize("shape", [(3,), (2, 3), (1, 1), (2, 1, 3), ()])
def test_every_entry_of_any_shape_gets_its_own_slope(shape):
    x = np.linspace(-1.5, 2.0, int(np.prod(shape))).reshape(shape)
    weights = np.arange(1.0, x.size + 1).reshape(shape)  # all different: mixed-up entries would show
    gradient = numerical_gradient(lambda x: (weights * np.sin(x)).sum(), x)
    assert gradient.shape == shape
    assert_allclose(gradient, weights * np.cos(x), rtol=1e-8, atol=1e-9)


def test_entries_that_work_together_are_moved_one_at_a_time():
    gradient = numerical_gradient(lambda x: x[0] * x[1] ** 2, [3.0, -2.0])
    assert_allclose(gradient, [4, -12], rtol=1e-9)


def test_the_input_is_not_changed_and_whole_numbers_are_moved_by_fractions():
    x = np.array([1, 2, 3])
    assert_allclose(numerical_gradient(lambda x: (x**2).sum(), x), [2, 4, 6], rtol=1e-9)
    assert_array_equal(x, [1, 2, 3])
    floats = np.array([0.1, 0.7])
    before = floats.tobytes()
    numerical_gradient(np.sum, floats)
    assert floats.tobytes() == before


def test_single_precision_is_measured_in_double_precision():
    gradient = numerical_gradient(lambda x: (x**3).sum(), np.array([1.0, 2.0], dtype=np.float32))
    assert gradient.dtype == np.float64
    assert_allclose(gradient, [3, 12], rtol=1e-9)


def test_halving_the_step_quarters_the_error():
    errors = [abs(numerical_gradient(np.exp, 0.0, step) - 1) for step in (0.1, 0.05)]
    assert errors[0] / errors[1] == pytest.approx(4, rel=0.01)


def test_both_sides_count_so_that_a_parabola_is_exact_at_any_step():
    assert numerical_gradient(lambda x: x**2, 3.0, step=0.5) == 6


def test_a_result_of_one_entry_counts_as_a_number():
    assert_allclose(numerical_gradient(lambda x: x[:1] * 2, [1.0, 1.0]), [2, 0], atol=1e-9)


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (0, "step must be more than 0"), (-1e-5, "step must be more than 0"), (np.nan, "step must be a finite number"),
        (np.inf, "step must be a finite number"), (1e-20, "lost beside"),
    ],
)  # fmt: skip
def test_a_step_that_cannot_be_is_refused(step, words):
    with pytest.raises(ValueError, match=words):
        numerical_gradient(np.sum, [1.0], step)
    with pytest.raises(TypeError, match="step must be a finite number, not None"):
        numerical_gradient(np.sum, [1.0], None)


@pytest.mark.parametrize(
    ("function", "x", "words"),
    [
        (lambda x: None, [1.0], "returned nothing: is its return missing"),
        (lambda x: losses.squared_error(x, [0.0]), [1.0], r"returned 2 things; a loss gives \(value, grad\)"),
        ([1.0], np.sum, "the function comes first, then x"),
        (np.sum, ["one"], "the x must hold real numbers, not text"),
    ],
)
def test_what_is_no_function_of_numbers_is_refused(function, x, words):
    with pytest.raises(TypeError, match=words):
        numerical_gradient(function, x)


def test_an_empty_array_is_refused_by_its_shape():
    with pytest.raises(ValueError, match=r"the x is empty: its shape is \(0, 3\)"):
        numerical_gradient(np.sum, np.empty((0, 3)))


def test_a_function_of_several_results_is_refused_by_its_shape():
    with pytest.raises(ValueError, match=r"a single number, not an array of shape \(2,\)"):
        numerical_gradient(lambda x: x, [1.0, 2.0])


def test_relative_differences_of_known_pairs():
    found = relative_difference([1.0, 0.0, -2.0, 0.0, 1e-300], [1.1, 0.0, 2.0, 5.0, 2e-300])
    assert_allclose(found, [0.1 / 1.1, 0, 2, 1, 0.5], rtol=1e-12)


def test_a_relative_difference_is_the_same_both_ways_and_at_every_scale():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 4, 3))
    assert_array_equal(relative_difference(a, b), relative_difference(b, a))
    assert_allclose(relative_difference(1024 * a, 1024 * b), relative_difference(a, b), rtol=1e-14)


def test_gradients_of_different_shapes_are_not_compared():
    with pytest.raises(ValueError, match=r"different shapes cannot be compared: \(2,\) and \(2, 1\)"):
        relative_difference([1.0, 2.0], [[1.0], [2.0]])


def test_a_function_that_works_in_place_gets_its_true_gradient():
    def doubled(x):
        x *= 2
        return x.sum()

    assert_allclose(numerical_gradient(doubled, [1.0, 2.0]), [2, 2], rtol=1e-9)
