"""Every number of lesson 06's topic: what the source prints, what course_lib computes, and the verdict.

A test's name ends with the ids of the numbers that it settles; tests/test_notebooks.py asks that the lesson shows each.
"""

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from course_lib import activations

LESSON = Path(__file__).resolve().parents[1] / "notebooks" / "06_activations.ipynb"


@pytest.fixture(scope="module")
def lesson():
    """What the lesson's own cells define: the functions and settings that its experiments run with."""
    cells = {cell["id"]: "".join(cell["source"]) for cell in json.loads(LESSON.read_text(encoding="utf-8"))["cells"]}
    space = {}
    for name in ("setup", "why-code", "helper-network", "helper-error", "helper-train", "race-errors", "race-wait"):
        exec(cells[name], space)
    exec(cells["race-run"].split("errors = {}")[0], space)  # the table of settings, without the thirty trainings
    space["cells"] = cells
    return space


def test_the_sigmoid_stays_inside_0_and_1_until_the_float_is_full_ACT_01():
    assert activations.sigmoid(-30).item() == pytest.approx(9.357622968839299e-14, rel=1e-12)
    assert activations.sigmoid(30).item() == 0.9999999999999065
    assert 0 < activations.sigmoid(-700) < activations.sigmoid(36) < 1
    grid = np.arange(3600, 3800) / 100
    assert grid[activations.sigmoid(grid) == 1][0] == 36.74  # the ledger's 36.740000000001054, counted in steps of 0.01
    assert activations.sigmoid(1000) == 1


def test_tanh_stays_inside_minus_1_and_1_and_is_odd_ACT_02():
    assert activations.tanh(10).item() == pytest.approx(0.9999999958776927, rel=1e-15)
    x = np.linspace(0, 15, 301)
    assert (activations.tanh(x) < 1).all()
    assert_array_equal(activations.tanh(-x), -activations.tanh(x))


def test_relu_is_the_larger_of_0_and_x_ACT_03():
    assert activations.relu([-2, 0, 3]).tolist() == [0, 0, 3]


def test_leaky_relu_keeps_a_hundredth_below_0_ACT_04():
    x = np.array([-2.0, 0.0, 3.0])
    assert activations.leaky_relu(x).tolist() == [-0.02, 0, 3]
    assert_array_equal(activations.leaky_relu(x), np.maximum(0.01 * x, x))


def test_maxout_of_x_and_0_is_relu_and_doubles_the_parameters_ACT_05(lesson):
    x = np.linspace(-3, 3, 13)
    lines = np.stack([1 * x + 0, 0 * x + 0], axis=1)
    assert_array_equal(activations.maxout(lines, pieces=2).ravel(), activations.relu(x))
    assert activations.maxout([[2, 0]], pieces=2).item() == 2
    exec(lesson["cells"]["dead-network"], lesson)
    for pieces, parameters in ((1, 3900), (2, 7800)):
        network = lesson["small_network"](lesson["Maxout"](pieces), np.random.default_rng(0), pieces)
        assert network.layers[0].weight.size + network.layers[0].bias.size == parameters
        assert network.forward(lesson["x"][:3]).shape == (3, 10)


def test_elu_joins_at_0_and_is_smooth_for_alpha_1_only_ACT_06():
    assert activations.elu([-2, 0, 3]).tolist() == pytest.approx([-0.8646647167633873, 0, 3], rel=1e-14)
    for alpha in (0.5, 1.0, 2.0):
        assert_allclose(activations.elu([-1e-12, 1e-12], alpha), 0, atol=3e-12)
        below, above = activations.elu_derivative([-1e-12, 1e-12], alpha)
        assert (below, above) == pytest.approx((alpha, 1))


def test_a_saturated_sigmoid_passes_next_to_nothing_ACT_07():
    slopes = activations.sigmoid_derivative([0, 5, 10])
    assert slopes.tolist() == pytest.approx([0.25, 0.006648056670790033, 4.5395807735907655e-05], rel=1e-9)
    by_the_formula = activations.sigmoid([0, 5, 10]) * (1 - activations.sigmoid([0, 5, 10]))
    assert_allclose(slopes, by_the_formula, rtol=1e-9)


@pytest.fixture(scope="module")
def waits(lesson):
    """Iterations to 25 % and to 5 % error for three seeds, at each function's best rate of the lesson."""
    best = {"tanh": ("Tanh", 1.0, 0.4), "ReLU": ("ReLU", lesson["HE"], 0.2), "leaky": ("LeakyReLU", lesson["HE"], 0.2)}
    found = {}
    for name, (layer, gain, rate) in best.items():
        errors = [lesson["errors_of"](lesson[layer], gain, rate, seed) for seed in range(3)]
        found[name] = [np.median(lesson["wait"](errors, goal)).item() for goal in (0.25, 0.05)]
    return found


def test_the_published_six_is_of_tanh_and_not_repeated_by_our_digits_ACT_08_10(waits):
    assert 36 / 6 == 6  # published, for a four-layer convolutional network on CIFAR-10: not to be computed here
    for tanh, relu in zip(waits["tanh"], waits["ReLU"], strict=True):
        assert 0.3 < tanh / relu < 1  # the miniature shows no sixfold gain, nor the direction of it


def test_leaky_relu_runs_level_with_relu_and_the_sigmoid_far_behind_ACT_08_09(lesson, waits):
    assert waits["leaky"][1] == pytest.approx(waits["ReLU"][1], rel=0.3)
    for rate in (1.0, 2.0, 4.0):
        errors = lesson["errors_of"](lesson["Sigmoid"], 1.0, rate, seed=0)
        assert lesson["wait"]([errors], 0.05)[0] == np.inf


def test_the_learning_rates_of_the_race_are_those_that_were_tuned_ACT_10(lesson):
    assert {name: rates for name, (_, _, rates) in lesson["grids"].items()} == {
        "tanh": (0.2, 0.4, 0.8),
        "ReLU": (0.1, 0.2, 0.4),
    }
    network = lesson["network_of"](lesson["Tanh"], 1.0, np.random.default_rng(0))
    assert [layer.weight.shape for layer in network.layers[::2]] == [(40, 64), (40, 40), (40, 40), (10, 40)]


def test_waiting_is_counted_to_the_first_time_the_goal_is_reached_ACT_10(lesson):
    errors = np.ones((3, 30))
    errors[0, 4:] = 0.2  # reached at the fifth measurement
    errors[1, 2] = 0.05  # reached at the third, and lost again
    assert lesson["wait"](errors, 0.2).tolist() == [15, 25, np.inf]
    assert lesson["iterations"][[0, -1]].tolist() == [5, 150]


def test_the_sigmoid_of_1_ACT_11():
    assert activations.sigmoid(1).item() == pytest.approx(0.7310585786300049, rel=1e-15)


def test_the_citation_of_leaky_relu_has_one_wrong_letter_ACT_12():
    printed, right = "Mass et al., 2013", "Maas et al., 2013"
    assert [(a, b) for a, b in zip(printed, right, strict=True) if a != b] == [("s", "a")]


def test_only_tanh_is_centred_on_a_symmetric_grid_ACT_13():
    grid = np.linspace(-6, 6, 25)
    assert activations.sigmoid(grid).mean() == pytest.approx(0.5, abs=1e-15)
    assert activations.tanh(grid).mean() == pytest.approx(0, abs=1e-15)
    assert activations.relu(grid).mean() == pytest.approx(1.56, rel=1e-15)
