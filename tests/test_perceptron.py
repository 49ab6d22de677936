"""The perceptron against rules written out, central differences and hand examples; what is refused."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from course_lib import data, gradcheck, perceptron


def random_case(count=9, inputs=2, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(count, inputs)), rng.choice([-1, 1], count), rng.normal(size=inputs + 1)


def train_in_loops(x, targets, learning_rate, weights, max_epochs):
    """The rule one example and one weight at a time: [(epoch, example, weights after)] and whether it ended."""
    weights, updates = [float(weight) for weight in weights], []
    for epoch in range(1, max_epochs + 1):
        mistakes = 0
        for place, (row, target) in enumerate(zip(x.tolist(), targets.tolist(), strict=True)):
            total = weights[0]
            for weight, value in zip(weights[1:], row, strict=True):
                total = total + value * weight
            out = 1 if total > 0 else -1
            if out != target:
                weights = [
                    w + learning_rate * (target - out) * value for w, value in zip(weights, [1.0, *row], strict=True)
                ]
                mistakes += 1
                updates.append((epoch, place, weights))
        if mistakes == 0:
            return updates, True
    return updates, False


@pytest.mark.parametrize(("count", "inputs"), [(1, 1), (1, 4), (2, 1), (7, 3), (20, 2), (40, 9)])
@pytest.mark.parametrize("rate", [0.1, 1.0])
def test_training_equals_the_loops_bit_for_bit(count, inputs, rate):
    x, targets, weights = random_case(count, inputs, seed=count)
    result = perceptron.train(x, targets, rate, weights, max_epochs=30)
    expected, ended = train_in_loops(x, targets, rate, weights, max_epochs=30)
    assert [(update.epoch, update.example) for update in result.updates] == [update[:2] for update in expected]
    assert [update.after.tolist() for update in result.updates] == [update[2] for update in expected]
    assert result.converged == ended


def test_and_is_learnt_as_by_hand():
    x, targets = perceptron.gate("AND")
    result = perceptron.train(x, targets)
    by_hand = [[0, 0, 0], [2, 2, 2], [0, 2, 2], [-2, 2, 0], [0, 4, 2], [-2, 4, 0], [-4, 2, 0], [-2, 4, 2], [-4, 2, 2],
               [-2, 4, 4], [-4, 4, 2]]  # fmt: skip
    assert result.history.tolist() == by_hand
    assert result.mistakes == [1, 3, 3, 2, 1, 0]
    assert [update.example for update in result.updates] == [3, 0, 1, 3, 1, 2, 3, 2, 3, 1]
    assert perceptron.net(x, result.weights).tolist() == [-4, -2, 0, 2]  # (1, 0) lies on the line


def test_every_update_is_kept_with_what_led_to_it():
    x, targets, start = random_case(30)
    result = perceptron.train(x, targets, 0.3, start, max_epochs=20)
    assert_array_equal(result.history[0], start)
    assert len(result.history) == len(result.updates) + 1
    assert sum(result.mistakes) == len(result.updates)
    for place, update in enumerate(result.updates):
        assert_array_equal(update.before, result.history[place])
        assert_array_equal(update.after, result.history[place + 1])
        assert update.output == perceptron.output(x[update.example][None], update.before)[0] == -update.target
        assert update.target == targets[update.example]
        assert_array_equal(
            update.after, perceptron.update(update.before, x[update.example], update.target, learning_rate=0.3)
        )
    assert [update.epoch for update in result.updates] == sorted(update.epoch for update in result.updates)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 30), st.integers(1, 4))
def test_separable_data_are_always_learnt_and_the_result_says_so(seed, count, inputs):
    rng = np.random.default_rng(seed)
    x, line = rng.integers(-5, 6, (count, inputs)).astype(float), rng.integers(-5, 6, inputs + 1)
    clear = np.abs(perceptron.net(x, line)) > 1
    if not clear.any():
        return
    x = x[clear]
    targets = perceptron.output(x, line)
    result = perceptron.train(x, targets, max_epochs=20_000)
    assert result.converged
    assert result.mistakes[-1] == 0
    assert_array_equal(perceptron.output(x, result.weights), targets)


def test_data_that_no_line_separates_stop_and_say_so_without_an_exception():
    x, targets = perceptron.gate("XOR")
    result = perceptron.train(x, targets, max_epochs=25)
    assert not result.converged
    assert result.epochs == 25
    assert result.note == (
        "stopped after 25 epochs and 97 updates: the last epoch still had 4 mistakes; "
        "either no line separates these data, or it takes longer"
    )
    assert repr(result) == f"<perceptron training: {result.note}>"
    once = perceptron.train([[1.0]], [1], max_epochs=1)
    assert "after 1 epochs and 1 update: the last epoch still had 1 mistake;" in once.note


def test_data_that_are_right_from_the_start_need_one_epoch_and_no_update():
    result = perceptron.train([[1.0], [2.0]], [-1, -1])
    assert (result.epochs, result.updates, result.converged) == (1, [], True)
    assert result.history.tolist() == [[0, 0]]
    assert result.note == "all 2 right in epoch 1, after 0 updates"


def test_from_zero_weights_the_learning_rate_only_stretches_the_weights():
    x, labels = data.load_penguins(("Gentoo", "Chinstrap"), ("bill_length_mm", "body_mass_g"))
    z, targets = perceptron.standardise(x), 1 - 2 * labels
    one, half = (perceptron.train(z, targets, rate, max_epochs=50) for rate in (1.0, 0.5))
    assert [update.example for update in one.updates] == [update.example for update in half.updates]
    assert_array_equal(one.history, 2 * half.history)


def test_both_conventions_are_one_unit_except_on_the_line():
    x, _, weights = random_case(200, 3)
    bare, threshold = perceptron.to_threshold(weights)
    assert_array_equal(perceptron.to_targets(perceptron.fires(x, bare, threshold)), perceptron.output(x, weights))
    assert_array_equal(perceptron.to_bias(bare, threshold), weights)
    assert perceptron.to_threshold([0.0, 1.0])[1] == 0
    assert np.copysign(1, perceptron.to_threshold([0.0, 1.0])[1]) == 1  # not -0.0, which would be printed
    on_the_line, unit = [[1.0, 1.0]], [-2.0, 1.0, 1.0]
    assert perceptron.output(on_the_line, unit).tolist() == [-1]
    assert perceptron.fires(on_the_line, *perceptron.to_threshold(unit)).tolist() == [1]


def test_labels_and_targets_turn_into_one_another():
    labels = np.array([0, 1, 1, 0])
    assert_array_equal(perceptron.to_labels(perceptron.to_targets(labels)), labels)
    assert perceptron.to_targets([0.0, 1.0]).dtype == perceptron.to_labels([-1.0, 1.0]).dtype == np.int64


def test_the_net_input_is_the_matrix_product():
    for count, inputs in [(1, 1), (5, 2), (3, 64)]:
        x, _, weights = random_case(count, inputs)
        assert_allclose(perceptron.net(x, weights), np.c_[np.ones(count), x] @ weights, rtol=1e-12)


def test_the_gates_are_true_where_they_should_be():
    x, _ = perceptron.gate("AND")
    for name, truth in (("AND", np.all(x == 1, axis=1)), ("OR", np.any(x == 1, axis=1)), ("XOR", x[:, 0] != x[:, 1])):
        assert_array_equal(perceptron.gate(name)[1] == 1, truth)


def test_of_xor_three_are_right_at_most():
    x, targets = perceptron.gate("XOR")
    tried = itertools.product(np.arange(-2, 2.25, 0.25), repeat=3)
    assert max((perceptron.output(x, weights) == targets).sum() for weights in tried) == 3


def test_distances_are_signed_and_scaling_the_weights_changes_none():
    x, targets, weights = random_case(20, 3)
    distances = perceptron.distances(x, weights)
    assert_allclose(distances, perceptron.distances(x, 7 * weights))
    feet = x - distances[:, None] * weights[1:] / np.linalg.norm(weights[1:])
    assert_allclose(perceptron.net(feet, weights), 0, atol=1e-12)  # going back by the distance leads to the line
    assert_array_equal(distances > 0, perceptron.output(x, weights) == 1)
    assert perceptron.margin(x, targets, weights) == pytest.approx((targets * distances).min())


def test_the_margin_is_negative_where_one_is_wrong_and_never_minus_zero():
    assert perceptron.margin([[3, 4], [0, 0]], [1, 1], [-5, 3, 4]) == -1
    assert str(perceptron.margin([[1, 1]], [-1], [-2, 1, 1])) == "0.0"


@pytest.mark.parametrize(("count", "inputs"), [(1, 1), (1, 5), (7, 3), (30, 2)])
def test_the_gradient_agrees_with_central_differences_in_every_entry(count, inputs):
    x, _, weights = random_case(count, inputs, seed=count)
    targets = np.random.default_rng(9).normal(size=count)
    by_numbers = gradcheck.numerical_gradient(lambda w: perceptron.squared_error(x, targets, w), weights)
    assert gradcheck.relative_difference(perceptron.gradient(x, targets, weights), by_numbers).max() < 1e-7


def test_the_threshold_units_error_is_made_of_stairs():
    x, targets, weights = random_case(12)
    errors = {perceptron.squared_error(x, targets, weights + [step, 0, 0], perceptron.output) for step in (0, 1e-9)}
    assert len(errors) == 1
    assert errors.pop() == 2 * (perceptron.output(x, weights) != targets).sum()  # 1/2 * 2^2 for each mistake


def test_a_batch_step_goes_against_the_gradient():
    x, targets, weights = random_case(8, 3)
    result = perceptron.delta_rule(x, targets, 0.02, epochs=4, weights=weights)
    for before, after in itertools.pairwise(result.history):
        assert_allclose(after, before - 0.02 * perceptron.gradient(x, targets, before), rtol=1e-12)
    assert_allclose(result.errors, [perceptron.squared_error(x, targets, w) for w in result.history], rtol=1e-12)


def test_the_stochastic_form_steps_after_each_example_in_order():
    x, targets, weights = random_case(5, 2)
    result = perceptron.delta_rule(x, targets, 0.1, epochs=3, mode="stochastic", weights=weights)
    expected, by_hand = [weights], weights.copy()
    for _ in range(3):
        for row, target in zip(np.c_[np.ones(5), x], targets, strict=True):
            by_hand = by_hand + 0.1 * (target - row @ by_hand) * row
        expected.append(by_hand)
    assert_allclose(result.history, expected, rtol=1e-12)


def test_with_one_example_batch_and_stochastic_are_the_same():
    one, other = (perceptron.delta_rule([[2.0, 1.0]], [0.5], 0.1, 5, mode) for mode in ("batch", "stochastic"))
    assert_array_equal(one.history, other.history)


def test_the_delta_rule_ends_at_the_least_squares_solution():
    x, labels = data.load_penguins(("Adelie", "Chinstrap"), ("bill_length_mm", "bill_depth_mm"))
    z, targets = perceptron.standardise(x), 1 - 2 * labels
    result = perceptron.delta_rule(z, targets, 0.005, epochs=200)
    best = np.linalg.lstsq(perceptron.with_bias(z), targets, rcond=None)[0]
    assert_allclose(result.weights, best, rtol=1e-9)
    assert (np.diff(result.errors) <= 1e-9).all()
    assert not result.diverged
    assert result.note == "the error went from 110 to 21.7 in 200 of 200 epochs"


def test_steps_that_are_too_long_are_named_and_give_no_nan():
    x, targets, _ = random_case(50)
    for epochs in (30, 3000):  # the second one overflows on its way
        result = perceptron.delta_rule(10 * x, targets, 0.1, epochs)
        assert result.diverged
        assert np.isfinite(result.errors).all()
        assert np.isfinite(result.history).all()
        assert len(result.errors) == len(result.history) <= epochs + 1
        assert "it grows, so take a smaller learning rate" in result.note
    assert repr(result) == f"<delta rule: {result.note}>"
    assert perceptron.delta_rule(x, targets, 1e200, epochs=1).diverged  # overflows before anything was kept


def test_the_delta_rule_leaves_a_penguin_on_the_wrong_side_of_separable_data():
    x, labels = data.load_penguins(("Adelie", "Gentoo"), ("bill_length_mm", "bill_depth_mm"))
    z, targets = perceptron.standardise(x), 1 - 2 * labels
    result = perceptron.delta_rule(z, targets, 0.001, epochs=500)
    sums = targets * perceptron.net(z, result.weights)
    assert (sums <= 0).sum() == 1
    assert np.abs(sums).min() > 1e-3  # on no last bit


def test_correlation_is_pearsons_and_does_not_see_brightness():
    images, _ = data.load_digits()
    one, other = images[3].astype(float), images[8].astype(float)
    expected = np.corrcoef(one.ravel(), other.ravel())[0, 1]
    assert perceptron.correlation(one, other) == pytest.approx(expected, rel=1e-12)
    assert perceptron.correlation(3 * one + 5, other) == pytest.approx(expected, rel=1e-12)
    assert perceptron.correlation(one, one) == pytest.approx(1)
    assert perceptron.correlation(one, -one) == pytest.approx(-1)


def test_ten_units_on_digits_compute_without_any_rounding():
    images, digits = data.load_digits()
    pixels = images.reshape(-1, 64) / 16
    result = perceptron.train(pixels[:200], np.where(digits[:200] == 3, 1, -1), max_epochs=20)
    assert_array_equal(result.weights * 8, (result.weights * 8).round())


def test_standardised_columns_have_mean_0_and_spread_1():
    x, _ = data.load_penguins(data.PENGUIN_SPECIES, data.PENGUIN_FEATURES)
    z = perceptron.standardise(x)
    assert_allclose(z.mean(axis=0), 0, atol=1e-12)
    assert_allclose(z.std(axis=0), 1, rtol=1e-12)


def test_float_dtypes_are_kept_and_whole_numbers_become_float64():
    for dtype, expected in [("f4", "f4"), ("f8", "f8"), ("i4", "f8"), ("u1", "f8")]:
        x, targets = np.array([[0, 1], [2, 3], [4, 4]], dtype), [1, -1, 1]
        expected = np.dtype(expected)
        assert perceptron.train(x, targets).history.dtype == expected
        assert perceptron.delta_rule(x, targets, 0.01, 3).history.dtype == expected
        assert perceptron.net(x, [1, 2, 3]).dtype == expected
        assert perceptron.update([1.0, 2, 3], x[1], 1, 0.5).dtype == expected
        assert perceptron.standardise(x).dtype == expected
        assert perceptron.gradient(x, targets, [0, 0, 0]).dtype == expected


def test_nothing_is_changed_in_place():
    x, targets, weights = random_case(20)
    before = x.copy(), targets.copy(), weights.copy()
    perceptron.train(x, targets, 1.0, weights, 10)
    perceptron.update(weights, x[0], -targets[0], 1.0)
    perceptron.delta_rule(x, targets, 0.01, 3, "stochastic", weights)
    perceptron.gradient(x, targets, weights)
    perceptron.margin(x, targets, weights)
    perceptron.correlation(x, x + 1)
    perceptron.standardise(x)
    for array, kept in zip((x, targets, weights), before, strict=True):
        assert_array_equal(array, kept)


X, T, W = [[1.0, 2.0], [3.0, 4.0]], [1, -1], [0.0, 0.0, 0.0]
BAD_DATA = [
    ([[1, 2], [3]], ValueError, "the data's rows have different lengths"),
    ([], ValueError, "the data is empty"),
    (np.zeros((0, 2)), ValueError, r"the data is empty: its shape is \(0, 2\)"),
    ([1.0, 2.0], ValueError, r"one example a row; this array has shape \(2,\)"),
    ([["a", "b"], ["c", "d"]], TypeError, "the data must hold real numbers"),
    ([[1, np.nan], [3, 4]], ValueError, "the data must hold finite numbers, not nan"),
    ([[1, np.inf], [3, 4]], ValueError, "the data must hold finite numbers, not inf"),
]


@pytest.mark.parametrize(("x", "error", "words"), BAD_DATA)
def test_bad_data_are_refused_by_name(x, error, words):
    calls = (
        lambda: perceptron.train(x, T),
        lambda: perceptron.delta_rule(x, T),
        lambda: perceptron.output(x, W),
        lambda: perceptron.fires(x, W[1:], 0),
        lambda: perceptron.squared_error(x, T, W),
        lambda: perceptron.gradient(x, T, W),
        lambda: perceptron.margin(x, T, [0, 1, 1]),
        lambda: perceptron.standardise(x),
        lambda: perceptron.with_bias(x),
    )
    for call in calls:
        with pytest.raises(error, match=words):
            call()


@pytest.mark.parametrize(
    ("targets", "error", "words"),
    [
        ([0, 1], ValueError, r"targets are -1 and \+1, but 0 came; to_targets\(labels\) makes them so"),
        ([1, 2], ValueError, r"targets are -1 and \+1, but 2 came$"),
        ([1, 0.5], ValueError, r"but 0.5 came$"),
        ([1, np.nan], ValueError, "the targets must hold finite numbers, not nan"),
        (["yes", "no"], TypeError, "the targets must hold real numbers"),
        ([True, False], TypeError, "the targets must hold real numbers, not bool"),
        ([1], ValueError, r"2 examples need 2 targets, one each; these have shape \(1,\)"),
        ([[1], [-1]], ValueError, r"these have shape \(2, 1\)"),
    ],
)
def test_labels_of_the_wrong_kind_are_refused_by_name(targets, error, words):
    for call in (
        lambda: perceptron.train(X, targets),
        lambda: perceptron.margin(X, targets, [0, 1, 1]),
    ):
        with pytest.raises(error, match=words):
            call()


def test_the_other_kind_of_labels_is_named_both_ways():
    with pytest.raises(ValueError, match=r"labels are 0 and \+1, but -1 came; to_labels\(targets\) makes them so"):
        perceptron.to_targets([-1, 1])
    with pytest.raises(ValueError, match=r"but 3 came$"):
        perceptron.to_targets([0, 1, 3])
    with pytest.raises(ValueError, match=r"to_targets\(labels\) makes them so"):
        perceptron.to_labels([0, 1])
    with pytest.raises(ValueError, match=r"targets are -1 and \+1, but 0 came"):
        perceptron.update(W, [1.0, 2.0], 0, 1.0)


@pytest.mark.parametrize(
    ("rate", "words"),
    [
        (0, "learning_rate must be more than 0, not 0: at 0 nothing is learnt"),
        (-0.5, "learning_rate must be more than 0, not -0.5"),
        (np.nan, "learning_rate must be a finite number, not nan"),
        (np.inf, "learning_rate must be a finite number, not inf"),
    ],
)
def test_learning_rates_that_teach_nothing_are_refused(rate, words):
    for call in (
        lambda: perceptron.train(X, T, rate),
        lambda: perceptron.delta_rule(X, T, rate),
        lambda: perceptron.update(W, X[0], 1, rate),
    ):
        with pytest.raises(ValueError, match=words):
            call()


@pytest.mark.parametrize("rate", ["fast", True, None])
def test_a_learning_rate_is_a_number(rate):
    for call in (lambda: perceptron.train(X, T, rate), lambda: perceptron.update(W, X[0], 1, rate)):
        with pytest.raises(TypeError, match=f"learning_rate must be a finite number, not {rate!r}"):
            call()


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: perceptron.train(X, T, weights=[1, 2]), ValueError, r"2 inputs need 3 weights, the bias first"),
        (lambda: perceptron.net(X, [1, 2, 3, 4]), ValueError, r"these have shape \(4,\)"),
        (lambda: perceptron.net(X, [1, np.nan, 3]), ValueError, "the weights must hold finite numbers, not nan"),
        (lambda: perceptron.to_threshold([[1.0, 2]]), ValueError, r"one row of numbers; these have the shape \(1, 2\)"),
        (lambda: perceptron.to_bias(1.0, 0), ValueError, r"one row of numbers; these have the shape \(\)"),
        (lambda: perceptron.train(X, T, max_epochs=0), ValueError, "max_epochs must be at least 1, not 0"),
        (lambda: perceptron.train(X, T, max_epochs=2.5), TypeError, "max_epochs must be a whole number"),
        (lambda: perceptron.delta_rule(X, T, epochs=-1), ValueError, "epochs must be at least 1, not -1"),
        (lambda: perceptron.delta_rule(X, T, mode="online"), ValueError, 'mode is "batch" or "stochastic"'),
        (lambda: perceptron.delta_rule(X, [1, np.nan]), ValueError, "the targets must hold finite numbers, not nan"),
        (lambda: perceptron.gate("NAND"), ValueError, "there is no gate 'NAND'; the gates are AND, OR, XOR"),
        (lambda: perceptron.distances(X, [1, 0, 0]), ValueError, "there is no line that could have a distance"),
        (lambda: perceptron.fires(X, [1, 1], np.nan), ValueError, "threshold must be a finite number"),
        (lambda: perceptron.standardise([[1, 2], [1, 3]]), ValueError, "column 0 of the data holds one value only"),
        (lambda: perceptron.standardise([[1, 2]]), ValueError, "column 0 of the data holds one value only"),
        (lambda: perceptron.correlation([1, 2], [1, 2, 3]), ValueError, r"has the shape \(2,\), the weights \(3,\)"),
        (lambda: perceptron.correlation([1, 1], [1, 2]), ValueError, "its correlation is 0 / 0"),
    ],
)
def test_what_cannot_be_computed_is_refused_by_name(call, error, words):
    with pytest.raises(error, match=words):
        call()


@pytest.mark.parametrize("value", [0.1, 1e200, 1 / 3])
def test_a_column_or_pattern_of_one_value_is_refused_however_its_mean_rounds(value):
    with pytest.raises(ValueError, match="column 1 of the data holds one value only"):
        perceptron.standardise([[1.0, value], [2.0, value], [4.0, value]])
    with pytest.raises(ValueError, match="resembles nothing"):
        perceptron.correlation([value] * 3, [1, 2, 3])


def test_a_correlation_is_at_most_1_and_what_comes_back_is_the_callers_own():
    rng = np.random.default_rng(0)
    for pattern in rng.normal(size=(200, 5)):
        assert perceptron.correlation(pattern, 3 * pattern) <= 1
    weights = np.array([1.0, 2.0])
    perceptron.to_threshold(weights)[0][:] = 9
    assert weights.tolist() == [1, 2]


@pytest.mark.parametrize("function", [perceptron.net, perceptron.output])
def test_weights_that_are_none_are_refused_where_nothing_is_trained(function):
    with pytest.raises(TypeError, match="weights must hold real numbers"):
        function([[1.0]], None)


@pytest.mark.parametrize("unit", [1e-200, 1e200])
def test_numbers_that_cannot_be_squared_are_refused(unit):
    with pytest.raises(ValueError, match="too large or too small to be squared"):
        perceptron.standardise([[1.0, unit], [2.0, 2 * unit]])
    with pytest.raises(ValueError, match="too large or too small to be squared"):
        perceptron.correlation([unit, 2 * unit, 4 * unit], [1, 2, 3])
    with pytest.raises(ValueError, match="too large or too small to be squared"):
        perceptron.distances([[3.0, 4.0]], [0, unit, unit])


@pytest.mark.parametrize("inputs", [8, 9, 40, 784])
def test_the_net_input_is_added_from_left_to_right_for_one_row_too(inputs):
    rng = np.random.default_rng(inputs)
    x, weights = rng.normal(size=(5, inputs)), rng.normal(size=inputs + 1)
    expected = []
    for row in x:
        total = weights[0]
        for number, weight in zip(row, weights[1:], strict=True):
            total += number * weight
        expected.append(total)
    assert_array_equal(perceptron.net(x, weights), expected)
    assert [perceptron.net(row[None], weights).item() for row in x] == expected
