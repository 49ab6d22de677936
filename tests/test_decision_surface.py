"""The decision surface in Python, and the plots of lesson 03: they hold what two_layer computes."""

import numpy as np
import pytest
import traitlets
from numpy.testing import assert_allclose, assert_array_equal

from course_lib import data, two_layer, widgets
from course_lib.plots import two_layer as plots
from course_lib.plots.base import DIVERGING
from course_lib.widgets.decision_surface import EPOCHS, LEARNING_RATES, MOMENTA, SNAPSHOTS

CORNERS, XOR = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([0, 1, 1, 0])
BY_HAND = two_layer.Weights([[20, 20], [20, 20]], [[20, -20]], [-10, -30], [-10])


@pytest.mark.parametrize("state", [{}, {"hidden": 3, "seed": 4, "momentum": 0.5}, {"preset": "two moons"}])
def test_the_page_plays_what_two_layer_trains(state):
    surface = widgets.decision_surface(**state)
    x, labels = (CORNERS, XOR) if surface.preset == "XOR" else data.two_moons(100)
    start = two_layer.Weights.random(2, surface.hidden, 1, np.random.default_rng(surface.seed), scale=1)
    rates = surface.learning_rate, surface.momentum
    training = two_layer.train(start, x, labels[:, None], *rates, epochs=EPOCHS, order="batch", keep=SNAPSHOTS)
    sent = surface.training
    assert sent["settings"] == {name: getattr(surface, name) for name in sent["settings"]}
    assert sent["epochs"] == list(training.epochs)
    assert_allclose(sent["error"], training.error, rtol=0, atol=5e-7)
    for kept, weights in zip(sent["kept"], training.kept, strict=True):
        assert_allclose(two_layer.Weights(**kept).vector(), weights.vector(), rtol=0, atol=5e-7)
    assert sent["summary"] == f"At the end: {training.outcome}."
    points = surface.presets[surface.preset]
    assert_allclose(points["points"], x, rtol=0, atol=5e-5)
    assert points["labels"] == labels.tolist()


def test_it_trains_again_when_a_setting_changes_and_only_then():
    surface = widgets.decision_surface()
    before = surface.training
    surface.snapshot, surface.lines, surface.point = 3, False, [0.25, 0.75]
    assert surface.training is before
    for name, value in {"hidden": 5, "learning_rate": 1.0, "momentum": 0.0, "seed": 7, "preset": "two moons"}.items():
        setattr(surface, name, value)
        assert surface.training["settings"][name] == value
        assert len(surface.training["kept"][0]["hidden"]) == surface.hidden
    surface.reset()
    assert surface.training == before
    assert repr(surface) == repr(widgets.decision_surface())


def test_a_seed_that_gets_stuck_is_called_so():
    assert widgets.decision_surface().training["summary"] == "At the end: learned."
    assert widgets.decision_surface(seed=11).training["summary"] == "At the end: not learned."
    assert widgets.decision_surface(hidden=1).training["summary"] == "At the end: not learned."


def test_no_setting_makes_a_training_that_the_page_could_not_play():
    for hidden, rate, momentum in ((1, 10.0, 0.95), (8, 10.0, 0.95), (8, 0.01, 0.0)):
        for preset in ("XOR", "two moons"):
            state = {"hidden": hidden, "learning_rate": rate, "momentum": momentum, "preset": preset}
            training = widgets.decision_surface(**state).training
            assert len(training["kept"]) == SNAPSHOTS + 1
            assert training["highest"] > 0


def test_a_preset_brings_settings_with_which_it_learns():
    moons = widgets.decision_surface("two moons")
    assert (moons.hidden, moons.learning_rate, moons.momentum) == (4, 0.1, 0.9)
    assert moons.training["summary"] == "At the end: learned."
    assert widgets.decision_surface("two moons", hidden=2).hidden == 2


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("preset", "spiral"), ("hidden", 0), ("hidden", 9), ("learning_rate", 0), ("learning_rate", 0.3),
        ("momentum", 1), ("seed", -1), ("snapshot", 31), ("point", [1.0]), ("point", "ab"),
    ],
)  # fmt: skip
def test_what_cannot_be_shown_is_refused(name, value):
    surface = widgets.decision_surface()
    with pytest.raises(traitlets.TraitError, match=name):
        setattr(surface, name, value)
    assert repr(surface) == repr(widgets.decision_surface())


def test_the_choices_stand_in_one_place():
    surface = widgets.decision_surface()
    assert surface.learning_rates == list(LEARNING_RATES)
    assert surface.momenta == list(MOMENTA)


def test_the_stored_state_stays_small():
    assert len(repr(widgets.decision_surface("two moons", hidden=8).training)) < 40_000


def test_the_still_picture_is_that_of_the_state():
    surface = widgets.decision_surface(snapshot=10)
    left, right = surface.still().axes
    assert left.get_title() == "after epoch 100"
    assert_array_equal(right.lines[0].get_ydata(), surface.training["error"])
    assert right.lines[1].get_xdata() == [100]
    assert right.lines[1].get_ydata() == surface.training["error"][100]


def test_a_surface_holds_the_outputs_its_lines_and_its_points():
    figure = plots.surfaces(("one", BY_HAND), ("two", BY_HAND), x=CORNERS, labels=XOR, box=((-1, 3), (-2, 2)))
    assert [axes.get_title() for axes in figure.axes] == ["one", "two"]
    axes = figure.axes[0]
    image = axes.images[0]
    assert image.get_extent() == [-1, 3, -2, 2]
    assert (image.get_clim(), image.get_cmap().name) == ((0, 1), DIVERGING.name)
    size = image.get_array().shape[0]
    middle = [-1 + 4 * (10 + 0.5) / size, -2 + 4 * (70 + 0.5) / size]  # column 10, row 70 from below
    assert image.get_array()[70, 10] == pytest.approx(two_layer.forward(BY_HAND, middle).o_output[0], rel=1e-12)
    dashed = [line for line in axes.lines if line.get_linestyle() == "--"]
    for line, bias in zip(dashed, BY_HAND.hidden_bias, strict=True):
        assert_allclose(line.get_xydata() @ [20, 20] + bias, 0, atol=1e-9)
    assert [text.get_text() for text in axes.texts] == ["1", "2"]
    for text, bias in zip(axes.texts, BY_HAND.hidden_bias, strict=True):
        assert np.dot(text.get_position(), [20, 20]) + bias > 0  # on the side where the unit answers more
    circles, squares = axes.lines[-2:]
    assert (circles.get_marker(), squares.get_marker()) == ("o", "s")  # not by colour alone
    assert_array_equal(circles.get_xydata(), CORNERS[XOR == 0])
    assert_array_equal(squares.get_xydata(), CORNERS[XOR == 1])


def test_lines_can_be_left_out_and_a_unit_without_weights_has_none():
    flat = two_layer.Weights([[0, 0], [1, 0]], [[1, 1]], [0, 0], [0])
    assert len(plots.surfaces(("flat", flat), x=CORNERS, labels=XOR).axes[0].texts) == 1
    hidden = plots.surfaces(("hand", BY_HAND), x=CORNERS, labels=XOR, lines=False)
    assert [line.get_linestyle() for line in hidden.axes[0].lines] == ["None", "None"]


def test_the_hidden_space_shows_the_points_where_the_hidden_units_put_them():
    left, right = plots.hidden_space(BY_HAND, CORNERS, XOR).axes
    o_hidden = two_layer.forward(BY_HAND, CORNERS).o_hidden
    assert_array_equal(left.lines[-1].get_xydata(), CORNERS[XOR == 1])
    assert_array_equal(right.lines[-2].get_xydata(), o_hidden[XOR == 0])
    assert_array_equal(right.lines[-1].get_xydata(), o_hidden[XOR == 1])
    image = right.images[0].get_array()
    assert image[0, -1] > 0.9  # right below: o_1 = 1, o_2 = 0
    assert max(image[0, 0], image[-1, 0], image[-1, -1]) < 0.1


def test_the_network_shows_every_weight_and_unit():
    weights, *_ = two_layer.worked_example()
    written = [text.get_text().replace("\u2212", "-") for text in plots.network(weights).axes[0].texts]
    assert sorted(written[:10], key=float) == sorted((f"{w:g}" for w in weights.vector()), key=float)
    assert written[10:] == ["I1", "I2", "I3", "H1", "H2", "O1", "O2"]


def test_regions_go_to_the_output_unit_that_answers_most():
    weights = two_layer.Weights.random(2, 3, 3, np.random.default_rng(0))
    x, labels = np.random.default_rng(1).normal(size=(30, 2)), np.arange(30) % 3
    axes = plots.regions(weights, x, labels, ("a", "b", "c"), "x", "y").axes[0]
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["a", "b", "c"]
    assert len({line.get_marker() for line in axes.lines}) == 3
    for label, line in enumerate(axes.lines):
        assert_array_equal(line.get_xydata(), x[labels == label])
