"""Training a network of two layers: fast against plain steps, what is kept, what is reported, what is refused."""

import itertools

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from course_lib import data, two_layer
from course_lib.two_layer import Weights, train, train_loops

CORNERS, XOR = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([[0], [1], [1], [0]])


def start(n_hidden=3, seed=1, n_in=2, n_out=1, bias=True):
    return Weights.random(n_in, n_hidden, n_out, np.random.default_rng(seed), bias=bias, scale=1)


SIZES = list(itertools.product((1, 3), (1, 2), (1, 5), (1, 4)))  # n_in, n_out, n_hidden, examples


@pytest.mark.parametrize("order", ["stochastic", "batch"])
@pytest.mark.parametrize("bias", [True, False])
def test_training_is_one_step_after_another(order, bias):
    for n_in, n_out, n_hidden, count in SIZES:
        rng = np.random.default_rng(n_in + 10 * n_out)
        x, t = rng.normal(size=(count, n_in)), rng.random((count, n_out))
        weights = start(n_hidden, 0, n_in, n_out, bias)
        arguments = {"learning_rate": 0.7, "momentum": 0.6, "epochs": 6, "order": order}
        fast = train(weights, x, t, **arguments, rng=np.random.default_rng(5))
        slow, errors = train_loops(weights, x, t, **arguments, rng=np.random.default_rng(5))
        assert_allclose(fast.weights.vector(), slow.vector(), rtol=1e-12)
        assert_allclose(fast.error, errors, rtol=1e-12)


def test_one_epoch_of_one_example_is_the_step_of_the_sources():
    weights, x, t, learning_rate = two_layer.worked_example()
    training = train(weights, [x], [t], learning_rate, epochs=1)
    step = two_layer.step(weights, x, t, learning_rate)
    assert_allclose(training.weights.vector(), step.new.vector(), rtol=1e-14)
    assert training.error[0] == pytest.approx(step.error, rel=1e-14)
    assert training.weights.hidden_bias is None


def test_momentum_carries_the_change_of_the_step_before():
    weights, x, t, learning_rate = two_layer.worked_example()
    first = two_layer.step(weights, x, t, learning_rate)
    second = two_layer.step(first.new, x, t, learning_rate, 0.9, first.change)
    training = train(weights, [x], [t], learning_rate, 0.9, epochs=2)
    assert_allclose(training.weights.vector(), second.new.vector(), rtol=1e-14)


def test_one_batch_epoch_goes_down_the_gradient():
    weights = start()
    training = train(weights, CORNERS, XOR, 0.3, epochs=1, order="batch")
    gradient = two_layer.gradient(weights, CORNERS, XOR)
    assert_allclose(training.weights.vector(), weights.vector() - 0.3 * gradient.vector(), rtol=1e-12)


def test_stochastic_takes_the_examples_as_given_or_in_an_order_of_the_rngs():
    def trained(rng):
        return train(start(), CORNERS, XOR, 0.5, epochs=3, rng=rng).weights.vector()

    assert_array_equal(trained(None), trained(None))
    assert_array_equal(trained(np.random.default_rng(2)), trained(np.random.default_rng(2)))
    assert np.abs(trained(None) - trained(np.random.default_rng(2))).max() > 1e-6


def test_every_example_has_its_turn_once_an_epoch():
    rate = 1e-6  # so small that the order within the epoch makes no difference
    training = train(start(), CORNERS, XOR, rate, epochs=1, rng=np.random.default_rng(2))
    change = training.weights.vector() - start().vector()
    assert_allclose(change, -rate * two_layer.gradient(start(), CORNERS, XOR).vector(), rtol=1e-3)


def test_the_weights_are_kept_at_evenly_spread_epochs_with_the_start_and_the_end():
    weights = start()
    training = train(weights, CORNERS, XOR, 0.5, epochs=10, keep=4)
    assert training.epochs == (0, 2, 5, 7, 10)
    assert len(training.error) == 11
    assert_array_equal(training.kept[0].vector(), weights.vector())
    for epoch, kept in zip(training.epochs, training.kept, strict=True):
        assert training.error[epoch] == pytest.approx(two_layer.error(kept, CORNERS, XOR), rel=1e-14)
    assert training.weights is training.kept[-1]
    assert train(weights, CORNERS, XOR, 0.5, epochs=3, keep=40).epochs == (0, 1, 2, 3)


def test_xor_is_learned():
    training = train(start(), CORNERS, XOR, 0.5, 0.9, epochs=400)
    assert training.outcome == "learned"
    assert training.learned.tolist() == [True] * 4
    assert (two_layer.forward(training.weights, CORNERS).o_output.round() == XOR).all()
    assert "learned, 4 of 4 examples within 0.4" in repr(training)


def test_two_moons_are_learned():
    x, labels = data.two_moons(100)
    training = train(start(4), x, labels[:, None], 0.1, 0.9, epochs=300, order="batch")
    assert training.outcome == "learned"


def test_one_hidden_unit_does_not_learn_xor_and_the_result_says_so():
    training = train(start(1), CORNERS, XOR, 0.5, 0.9, epochs=400, order="batch")
    assert training.outcome == "not learned"
    assert training.learned.sum() == 3
    assert "not learned, 3 of 4 examples" in repr(training)


def test_equal_units_stay_equal():
    equal = Weights([[0.3, 0.3]] * 2, [[0.3, 0.3]], [0.3, 0.3], [0.3])
    training = train(equal, CORNERS, XOR, 0.5, 0.9, epochs=1000)
    assert_array_equal(training.weights.hidden[0], training.weights.hidden[1])
    assert training.outcome == "not learned"


def test_steps_that_are_too_long_are_reported_as_diverged():
    x, labels = data.two_moons(100)
    training = train(start(8, seed=1), x, labels[:, None], 50.0, 0.9, epochs=20, order="batch")
    assert training.error[-1] > training.error[0]
    assert training.outcome == "diverged"


@pytest.mark.parametrize("order", ["stochastic", "batch"])
def test_weights_beyond_the_range_of_floats_end_the_training_at_the_epoch_before(order):
    training = train(start(), CORNERS, np.ones((4, 1)), 1e308, 0.999, epochs=500, order=order)
    assert training.overflowed
    assert training.outcome == "diverged"
    assert len(training.error) == training.epochs[-1] + 1 < 501
    assert len(training.kept) == len(training.epochs)
    assert np.isfinite(training.weights.vector()).all()
    assert np.isfinite(training.error).all()


def test_nothing_is_changed_in_place():
    weights, x, t = start(), CORNERS.astype(float), XOR.astype(float)
    before = weights.vector(), x.copy(), t.copy()
    train(weights, x, t, 0.5, 0.9, epochs=5)
    train_loops(weights, x, t, 0.5, 0.9, epochs=5)
    for old, new in zip(before, (weights.vector(), x, t), strict=True):
        assert_array_equal(old, new)


@pytest.mark.parametrize("function", [train, train_loops])
@pytest.mark.parametrize(
    ("changed", "error", "words"),
    [
        ({"learning_rate": 0}, ValueError, "the learning rate must be more than 0, not 0"),
        ({"learning_rate": -0.1}, ValueError, "more than 0, not -0.1"),
        ({"learning_rate": float("nan")}, ValueError, "must be a finite number, not nan"),
        ({"momentum": 1}, ValueError, "at least 0 and less than 1, not 1"),
        ({"epochs": 0}, ValueError, "epochs must be at least 1"),
        ({"epochs": 2.5}, TypeError, "epochs must be a whole number"),
        ({"order": "mini-batch"}, ValueError, 'order must be "stochastic" or "batch", not \'mini-batch\''),
        ({"rng": 3}, TypeError, r"np\.random\.default_rng\(0\), not 3"),
        ({"t": [[0], [2], [1], [0]]}, ValueError, "it can never reach the target 2"),
        ({"t": [[0], [-1], [1], [0]]}, ValueError, "it can never reach the target -1"),
        ({"t": [[0], [1]]}, ValueError, "4 examples and 2 targets"),
        ({"t": [0, 1, 1, 0]}, ValueError, "the targets must be a table of numbers"),
        ({"t": [[0, 1]] * 4}, ValueError, "the network has 1 output unit"),
        ({"x": [[0, 0], [0], [1, 0], [1, 1]]}, ValueError, "rows have different lengths"),
        ({"x": np.zeros((0, 2))}, ValueError, "empty"),
        ({"x": np.zeros((4, 3))}, ValueError, "2 weights each, but an example has 3 inputs"),
        ({"x": [[0, 0], [0, np.inf], [1, 0], [1, 1]]}, ValueError, "finite"),
        ({"weights": [[1, 2]]}, TypeError, r"two_layer\.Weights"),
    ],
)
def test_what_cannot_be_trained_is_refused_in_words(function, changed, error, words):
    arguments = {"weights": start(), "x": CORNERS, "t": XOR, "learning_rate": 0.5, "epochs": 2} | changed
    with pytest.raises(error, match=words):
        function(**arguments)


@pytest.mark.parametrize("keep", [0, -1])
def test_at_least_the_end_is_kept(keep):
    with pytest.raises(ValueError, match="keep must be at least 1"):
        train(start(), CORNERS, XOR, 0.5, epochs=2, keep=keep)


def test_batch_and_loops_agree_with_pytorch():
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    weights = start()
    layers = [torch.nn.Linear(2, 3), torch.nn.Sigmoid(), torch.nn.Linear(3, 1), torch.nn.Sigmoid()]
    network = torch.nn.Sequential(*layers).double()
    with torch.no_grad():
        given = (weights.hidden, weights.hidden_bias, weights.output, weights.output_bias)
        for own, values in zip(network.parameters(), given, strict=True):
            own.copy_(torch.tensor(values))
    optimizer = torch.optim.SGD(network.parameters(), lr=0.5, momentum=0.9)
    for _ in range(30):
        optimizer.zero_grad()
        loss = 0.5 * ((torch.tensor(XOR) - network(torch.tensor(CORNERS).double())) ** 2).sum()
        loss.backward()
        optimizer.step()
    training = train(weights, CORNERS, XOR, 0.5, 0.9, epochs=30, order="batch")
    outputs = two_layer.forward(training.weights, CORNERS).o_output
    assert_allclose(network(torch.tensor(CORNERS).double()).detach().numpy(), outputs, rtol=1e-10)
