"""Training one step at a time: the very losses and weights of fit()."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from course_lib import data, network
from course_lib.layers import Conv2d, Flatten, Linear, Tanh


def digits(count):
    images, labels = data.load_digits()
    return images[:count, None] / np.float32(16), labels[:count]


def small_network():
    rng = np.random.default_rng(0)
    return network.Sequential([Conv2d(1, 4, 3, rng), Tanh(), Flatten(), Linear(144, 10, rng)])


def test_the_steps_of_two_epochs_are_those_of_fit_to_the_last_bit():
    x, labels = digits(50)
    ours, fitted = small_network(), small_network()
    history = network.fit(fitted, x, labels, network.SGD(fitted, 0.1, 0.9), 2, 16, np.random.default_rng(1))
    steps = network.training_steps(ours, x, labels, network.SGD(ours, 0.1, 0.9), 16, np.random.default_rng(1))
    losses = [next(steps) for _ in range(8)]  # 16, 16, 16 and 2 examples, twice
    means = [sum(value * count for value, count in zip(part, (16, 16, 16, 2), strict=True)) / 50
             for part in (losses[:4], losses[4:])]  # fmt: skip
    assert means == history.loss
    for place in (0, 3):
        assert_array_equal(ours.layers[place].weight, fitted.layers[place].weight)
        assert_array_equal(ours.layers[place].bias, fitted.layers[place].bias)


def test_the_learning_rate_may_be_changed_between_two_steps():
    x, labels = digits(50)
    net = small_network()
    sgd = network.SGD(net, 0.1)
    steps = network.training_steps(net, x, labels, sgd, 50, np.random.default_rng(1))
    next(steps)
    before, bias = net.layers[3].weight.copy(), net.layers[3].bias.copy()
    sgd.learning_rate = 0.001
    next(steps)
    assert_array_equal(net.layers[3].weight, before - 0.001 * net.layers[3].grad_weight)
    assert_array_equal(net.layers[3].bias, bias - 0.001 * net.layers[3].grad_bias)


@pytest.mark.parametrize(
    ("labels", "size", "error", "words"),
    [
        ([1, 2], 4, ValueError, "3 examples and labels of shape"),
        ([1, 2, 3], 0, ValueError, "batch_size must be at least 1"),
        ([1, 2, 3], 1.5, TypeError, "batch_size must be a whole number"),
    ],
)
def test_bad_input_is_refused_before_the_first_step(labels, size, error, words):
    net = small_network()
    with pytest.raises(error, match=words):
        network.training_steps(net, digits(3)[0], labels, network.SGD(net, 0.1), size, np.random.default_rng(0))
