"""Activations against hand values, loops and SciPy; their derivatives against central differences; extremes."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from course_lib import activations, gradcheck

PAIRS = [  # a function, its derivative, further arguments, the same function for one number
    ("sigmoid", {}, lambda x: 1 / (1 + math.exp(-x))),
    ("tanh", {}, lambda x: (math.exp(x) - math.exp(-x)) / (math.exp(x) + math.exp(-x))),
    ("relu", {}, lambda x: x if x > 0 else 0.0),
    ("leaky_relu", {"negative_slope": 0.2}, lambda x: x if x > 0 else 0.2 * x),
    ("leaky_relu", {}, lambda x: x if x > 0 else 0.01 * x),
    ("elu", {"alpha": 1.7}, lambda x: x if x > 0 else 1.7 * (math.exp(x) - 1)),
    ("elu", {}, lambda x: x if x > 0 else math.exp(x) - 1),
]
pairs = pytest.mark.parametrize(("name", "options", "loop"), PAIRS)
LARGEST, SMALLEST = np.finfo(np.float64).max, np.finfo(np.float64).smallest_subnormal


def both(name, options):
    """The function and its derivative, of x alone."""
    value, slope = getattr(activations, name), getattr(activations, f"{name}_derivative")
    return lambda x: value(x, **options), lambda x: slope(x, **options)


@pairs
@pytest.mark.parametrize("shape", [(7,), (1, 1), (3, 5), (2, 1, 4), ()])
def test_every_entry_is_what_the_formula_gives_for_one_number(name, options, loop, shape):
    x = np.random.default_rng(0).normal(0, 3, size=shape)
    value, _ = both(name, options)
    expected = np.array([loop(entry) for entry in np.ravel(x)]).reshape(shape)
    assert value(x).shape == shape
    assert_allclose(value(x), expected, rtol=1e-13, atol=1e-15)


@pairs
def test_every_derivative_agrees_with_central_differences(name, options, loop):
    x = np.array([-30.0, -7, -2.5, -0.3, -1e-2, 1e-2, 0.4, 1, 2.5, 8, 30])  # away from the kink at 0
    value, slope = both(name, options)
    numerical = [gradcheck.numerical_gradient(value, entry).item() for entry in x]
    assert_allclose(slope(x), numerical, rtol=1e-7, atol=1e-10)


def test_values_worked_out_by_hand():
    assert activations.sigmoid(math.log(3)) == pytest.approx(0.75, rel=1e-15)
    assert activations.sigmoid_derivative(math.log(3)) == pytest.approx(3 / 16, rel=1e-15)
    assert activations.tanh(math.log(2)) == pytest.approx(0.6, rel=1e-15)
    assert activations.tanh_derivative(math.log(2)) == pytest.approx(0.64, rel=1e-15)
    assert activations.elu(-math.log(4), alpha=2).item() == pytest.approx(-1.5)
    assert activations.elu_derivative(-math.log(4), alpha=2).item() == pytest.approx(0.5)
    assert activations.leaky_relu(-5, negative_slope=0.1).item() == -0.5
    assert activations.maxout([[3, 1, 2], [0, 7, -1]], pieces=3).tolist() == [[3], [7]]
    assert_allclose(activations.softmax([[0, math.log(3)]]), [[0.25, 0.75]], rtol=1e-15)
    assert_allclose(activations.log_softmax([[0, math.log(3)]]), np.log([[0.25, 0.75]]), rtol=1e-15)


def test_the_slope_at_the_kink_is_that_of_the_left_side():
    assert activations.relu_derivative([0.0, -0.0]).tolist() == [0, 0]
    assert activations.leaky_relu_derivative(0.0).item() == 0.01
    assert activations.elu_derivative(0.0, alpha=0.5).item() == 0.5


def test_sigmoid_equals_scipys_also_where_it_is_tiny():
    special = pytest.importorskip("scipy.special")
    x = np.linspace(-350, 350, 2801)
    assert_allclose(activations.sigmoid(x), special.expit(x), rtol=1e-14, atol=0)
    assert_allclose(activations.sigmoid_derivative(x), special.expit(x) * special.expit(-x), rtol=1e-14, atol=0)
    doubled = 4 * special.expit(2 * x) * special.expit(-2 * x)
    assert_allclose(activations.tanh_derivative(x), doubled, rtol=1e-13, atol=0)


@pytest.mark.parametrize("axis", [0, 1, 2, -1])
def test_softmax_and_its_logarithm_equal_scipys_along_every_axis(axis):
    special = pytest.importorskip("scipy.special")
    x = np.random.default_rng(1).normal(0, 40, size=(2, 5, 3))
    assert_allclose(activations.softmax(x, axis), special.softmax(x, axis), rtol=1e-13)
    assert_allclose(activations.log_softmax(x, axis), special.log_softmax(x, axis), rtol=1e-13)


def test_softmax_rows_add_up_to_1_and_a_common_shift_changes_nothing():
    x = np.random.default_rng(2).normal(0, 5, size=(4, 6))
    assert_allclose(activations.softmax(x).sum(axis=1), 1, rtol=1e-15)
    assert_allclose(activations.softmax(x + 1000), activations.softmax(x), rtol=1e-10)


@pairs
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_no_finite_float_gives_a_warning_or_a_nan(name, options, loop, dtype):
    largest = np.finfo(dtype).max
    x = np.array([-largest, -1e30, -1000, -88.8, -1e-30, -0.0, 0, 1e-30, 88.8, 1000, 1e30, largest], dtype)
    value, slope = both(name, options)
    with np.errstate(all="raise", under="ignore"):
        assert np.isfinite(value(x)).all()
        assert np.isfinite(slope(x)).all()
    assert (np.diff(value(x)) >= 0).all()


def test_extremes_have_the_values_of_the_limits():
    assert activations.sigmoid([-LARGEST, LARGEST]).tolist() == [0, 1]
    assert activations.sigmoid(-745.0).item() == pytest.approx(SMALLEST)
    assert activations.tanh([-LARGEST, LARGEST]).tolist() == [-1, 1]
    assert activations.elu(-LARGEST, alpha=3).item() == -3
    assert activations.relu([-LARGEST, LARGEST]).tolist() == [0, LARGEST]
    for slope in (activations.sigmoid_derivative, activations.tanh_derivative):
        assert slope([-LARGEST, LARGEST]).tolist() == [0, 0]


@pytest.mark.parametrize("function", [activations.softmax, activations.log_softmax])
def test_softmax_copes_with_the_largest_floats(function):
    with np.errstate(all="raise", under="ignore"):
        for row in ([-LARGEST, LARGEST], [LARGEST, LARGEST], [-LARGEST, -LARGEST], [0, LARGEST], [-1000, 1000]):
            assert np.isfinite(function([row])).all()
    assert activations.softmax([[-LARGEST, LARGEST]]).tolist() == [[0, 1]]
    assert_allclose(activations.log_softmax([[LARGEST, LARGEST]]), np.log([[0.5, 0.5]]), rtol=1e-15)


SHAPE_KEEPING = ["sigmoid", "tanh", "relu", "leaky_relu", "elu", "softmax", "log_softmax"]
SHAPE_KEEPING += [f"{name}_derivative" for name in SHAPE_KEEPING[:5]]


@pytest.mark.parametrize("name", SHAPE_KEEPING)
def test_float_dtypes_are_kept_whole_numbers_become_float64_and_nothing_changes_in_place(name):
    function = getattr(activations, name)
    for dtype, expected in [("f4", "f4"), ("f8", "f8"), ("f2", "f2"), ("u1", "f8"), ("i8", "f8")]:
        x = np.array([[0, 1, 2], [3, 2, 1]], dtype)
        before = x.copy()
        assert function(x).dtype == np.dtype(expected)
        assert function(x).shape == x.shape
        assert_array_equal(x, before)


def test_numbers_given_as_numpy_scalars_leave_float32_alone():
    x = np.ones(3, np.float32)
    assert activations.leaky_relu(x, np.float64(0.1)).dtype == np.float32
    assert activations.elu_derivative(x, np.float64(0.1)).dtype == np.float32


def test_bytes_do_not_wrap_around():
    assert activations.relu(np.array([200], np.uint8)).tolist() == [200]
    assert activations.sigmoid(np.array([200], np.uint8)).tolist() == [1]


def test_maxout_takes_the_largest_of_consecutive_pieces_along_any_axis():
    x = np.random.default_rng(3).normal(size=(4, 6, 3))
    for axis, pieces in [(1, 2), (1, 3), (1, 6), (1, 1), (0, 4), (-1, 3)]:
        groups = np.split(x, x.shape[axis] // pieces, axis=axis)
        expected = np.concatenate([group.max(axis=axis, keepdims=True) for group in groups], axis=axis)
        assert_array_equal(activations.maxout(x, pieces, axis), expected)
    assert activations.maxout(np.ones((1, 4), np.float32), 2).dtype == np.float32


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: activations.sigmoid([]), ValueError, "the input is empty"),
        (lambda: activations.relu(np.zeros((0, 3))), ValueError, r"its shape is \(0, 3\)"),
        (lambda: activations.tanh([[1, 2], [3]]), ValueError, "rows have different lengths"),
        (lambda: activations.elu("three"), TypeError, "must hold real numbers"),
        (lambda: activations.sigmoid(1j), TypeError, "not complex128"),
        (lambda: activations.relu([True]), TypeError, "not bool"),
        (lambda: activations.leaky_relu(1.0, "steep"), TypeError, "negative_slope must be .* not 'steep'"),
        (lambda: activations.elu(1.0, float("nan")), ValueError, "alpha must be a finite number, not nan"),
        (lambda: activations.elu_derivative(1.0, True), TypeError, "alpha must be a finite number, not True"),
        (lambda: activations.softmax([1.0, 2.0]), ValueError, r"1 axes, of shape \(2,\); there is no axis 1"),
        (lambda: activations.log_softmax(np.ones((2, 3)), axis=-3), ValueError, "there is no axis -3"),
        (lambda: activations.softmax([1.0, 2.0], None), TypeError, "axis must be a whole number, not None"),
        (lambda: activations.maxout(np.ones((2, 5)), 2), ValueError, "5 entries along axis 1 cannot be cut"),
        (lambda: activations.maxout(np.ones((2, 4)), 0), ValueError, "pieces must be at least 1, not 0"),
        (lambda: activations.maxout(np.ones((2, 4)), 2.0), TypeError, "pieces must be a whole number"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_in_words(call, error, words):
    with pytest.raises(error, match=words):
        call()


@pytest.mark.parametrize("slope", [2, -3.0, 0.01])
def test_a_large_input_overflows_on_no_side_that_is_not_taken(slope):
    assert activations.leaky_relu([1e308, 1.0], slope).tolist() == [1e308, 1.0]


def test_shares_of_many_classes_in_half_precision_add_up_to_one():
    x = np.zeros((1, 5000, 2, 2), np.float16)
    shares, logs = activations.softmax(x, axis=1), activations.log_softmax(x, axis=1)
    assert (shares.dtype, logs.dtype) == (np.float16, np.float16)
    assert_allclose(shares.astype(float).sum(axis=1), 1, rtol=1e-3)
    assert_allclose(logs, -np.log(5000), rtol=1e-3)
