"""The activation explorer in Python: its numbers against the library, its table, what it refuses; lesson 06's plots."""

import json

import numpy as np
import pytest
import traitlets
from numpy.testing import assert_allclose, assert_array_equal

from course_lib import activations, data, gradcheck, widgets
from course_lib.plots import activations as plots

NAMES = ("sigmoid", "tanh", "ReLU", "leaky ReLU", "ELU", "maxout")
AWAY_FROM_KINKS = np.array([-9.7, -3.3, -0.4, 0.3, 1.9, 8.1])


@pytest.mark.parametrize("name", NAMES)
def test_value_and_slope_are_the_librarys_and_agree_with_central_differences(name):
    explorer = widgets.activation_explorer(name, alpha=2.5, negative_slope=0.2, lines=[1.5, 0.5, -2, 0.25])
    library = {
        "sigmoid": activations.sigmoid,
        "tanh": activations.tanh,
        "ReLU": activations.relu,
        "leaky ReLU": lambda x: activations.leaky_relu(x, 0.2),
        "ELU": lambda x: activations.elu(x, 2.5),
        "maxout": lambda x: np.maximum(1.5 * x + 0.5, -2 * x + 0.25),
    }[name]
    values, slopes = explorer.value_and_slope(AWAY_FROM_KINKS)
    assert_array_equal(values, library(AWAY_FROM_KINKS))
    by_numbers = [gradcheck.numerical_gradient(library, x).item() for x in AWAY_FROM_KINKS]
    assert_allclose(slopes, by_numbers, rtol=1e-7, atol=1e-9)
    assert explorer.value_and_slope(0.3)[0].shape == ()


def test_where_maxouts_lines_meet_the_first_ones_slope_counts():
    meeting = widgets.activation_explorer("maxout", lines=[1, 0, -2, 0])
    assert [float(number) for number in meeting.value_and_slope(0.0)] == [0, 1]


@pytest.mark.parametrize(("scale", "shift"), [(0.25, -6.0), (1.0, 0.0), (4.0, -2.0), (16.0, 6.0)])
@pytest.mark.parametrize("name", NAMES)
def test_the_layers_numbers_are_those_of_60_units_on_200_real_digits(name, scale, shift):
    setting = widgets.activation_explorer(name, view="a layer", scale=scale, shift=shift).setting
    pieces = 2 if name == "maxout" else 1
    x = data.load_digits()[0][:200].reshape(200, 64) / 16
    weight = scale * np.random.default_rng(6).normal(size=(60 * pieces, 64)) / 8
    z = x @ weight.T + shift
    if name == "maxout":
        out, flat = z.reshape(200, 60, 2).max(axis=2), np.zeros((200, 60), bool)
    else:
        function = name.lower().replace(" ", "_")
        out = getattr(activations, function)(z)
        flat = getattr(activations, f"{function}_derivative")(z) < 0.01
    assert setting["mean"] == pytest.approx(out.mean(), abs=0.0005001)
    assert setting["flat"] == pytest.approx(100 * flat.mean(), abs=0.05001)
    assert setting["dead"] == sum(column.all() for column in flat.T)
    assert setting["low"] <= out.min() <= out.max() <= setting["high"]
    width = (setting["high"] - setting["low"]) / 20
    place = np.minimum(((out - setting["low"]) / width).astype(int), 19)
    counted = 100 * np.bincount(place.ravel(), minlength=20) / 12000
    assert np.abs(setting["shares"] - counted).max() < 0.1
    assert sum(setting["shares"]) == pytest.approx(100, abs=1)


def test_the_layer_tells_the_story_of_the_lesson():
    def setting(name, scale, shift):
        return widgets.activation_explorer(name, view="a layer", scale=scale, shift=shift).setting

    assert setting("ReLU", 1.0, -4.0)["dead"] == 60
    assert setting("leaky ReLU", 1.0, -4.0)["dead"] == setting("maxout", 1.0, -4.0)["dead"] == 0
    assert setting("tanh", 1.0, 0.0)["flat"] < 1 < 50 < setting("tanh", 16.0, 0.0)["flat"]
    assert setting("sigmoid", 1.0, 0.0)["mean"] > 0.4 > abs(setting("tanh", 1.0, 0.0)["mean"])


def test_the_table_is_small_enough_to_be_stored():
    assert len(json.dumps(widgets.activation_explorer().table)) < 80_000


def test_reset_brings_back_the_state_of_the_start():
    explorer = widgets.activation_explorer("ELU", x=-2.0, alpha=2.0)
    start = repr(explorer)
    explorer.activation, explorer.x, explorer.view, explorer.lines = "maxout", 3.0, "a layer", (1, 2, 3, 4)
    assert explorer.lines == [1, 2, 3, 4]
    explorer.reset()
    assert repr(explorer) == start
    assert start.startswith("ActivationExplorer(view='one unit', activation='ELU', x=-2.0, negative_slope=0.01")


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("x", 11.0, "x"),
        ("x", "3", "x"),
        ("activation", "swish", "sigmoid"),
        ("view", "both", "one unit"),
        ("scale", 3.0, "0.25"),
        ("shift", 0.5, "-6"),
        ("alpha", 0.0, "alpha"),
        ("negative_slope", 0.6, "negative_slope"),
        ("lines", [1, 2, 3], r"four numbers from -100 to 100, w1, b1, w2, b2; not \[1, 2, 3\]"),
        ("lines", [1, 2, 3, np.nan], "four numbers"),
        ("lines", [1, 2, 3, 101], "four numbers"),
        ("lines", "abcd", "four numbers"),
    ],
)
def test_what_the_explorer_cannot_show_is_refused_in_words(name, value, words):
    explorer = widgets.activation_explorer()
    before = repr(explorer)
    with pytest.raises(traitlets.TraitError, match=words):
        setattr(explorer, name, value)
    assert repr(explorer) == before


def test_the_still_picture_marks_the_point_and_the_flat_places():
    figure = widgets.activation_explorer("sigmoid", x=5.03).still()
    assert figure.description == "sigmoid: value and slope, with the point x = 5.03"
    point = figure.axes[0].lines[1]
    assert point.get_xydata().tolist() == [[5.03, activations.sigmoid(5.03).item()]]
    curve = figure.axes[1].lines[0].get_xydata()
    assert_array_equal(curve[:, 1], activations.sigmoid_derivative(curve[:, 0]))
    edges = {round(abs(x), 2) for path in figure.axes[1].collections[0].get_paths() for x in path.vertices[:, 0]}
    assert min(edges) == 4.6  # the slope falls below 0.01 at 4.595


def test_the_still_picture_of_a_layer_shows_its_shares_and_mean():
    explorer = widgets.activation_explorer("tanh", view="a layer", scale=8.0)
    figure = explorer.still()
    assert [bar.get_height() for bar in figure.axes[0].patches] == explorer.setting["shares"]
    assert figure.axes[0].lines[0].get_xdata()[0] == explorer.setting["mean"]


def test_function_panels_hold_value_and_slope_of_each():
    x = np.linspace(-1, 1, 5)
    figure = plots.functions(x, ("one", x, x**2), ("two", -x, x), ("three", x, x), ("four", 2 * x, x))
    assert [axes.get_title() for axes in figure.axes][:4] == ["one", "two", "three", "four"]
    assert [line.get_ydata().tolist() for line in figure.axes[0].lines] == [x.tolist(), (x**2).tolist()]
    assert len({line.get_linestyle() for line in figure.axes[0].lines}) == 2  # not by colour alone
    assert len(plots.functions(x, ("one", x, x)).axes) == 1


def test_spikes_stand_where_the_unit_fired():
    figure = plots.spikes(["slow", "quick"], np.array([[0, 1, 0, 0], [1, 1, 0, 1]], dtype=bool))
    places = [
        sorted({x for segment in row.get_segments() for x in segment[:, 0]}) for row in figure.axes[0].collections
    ]
    assert places == [[1], [0, 1, 3]]
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["slow", "quick"]


def test_sizes_by_layer_are_counted_from_1_on_a_logarithmic_axis():
    figure = plots.by_layer(("a", [1e-3, 1]), ("b", [2, 3]), ylabel="size", description="sizes")
    assert figure.axes[0].get_yscale() == "log"
    assert figure.axes[0].lines[0].get_xydata().tolist() == [[1, 1e-3], [2, 1]]
    assert len({(line.get_linestyle(), line.get_marker()) for line in figure.axes[0].lines}) == 2


def test_gradient_pairs_are_points_around_a_cross_at_0():
    pairs = np.array([[1.0, -2.0], [0.5, 0.25]])
    figure = plots.gradient_pairs(("left", pairs), ("right", -pairs))
    assert_array_equal(figure.axes[0].lines[2].get_xydata(), pairs)
    assert figure.axes[1].get_xlim() == figure.axes[1].get_ylim() == pytest.approx((-2.2, 2.2))


def test_a_race_shows_every_seed_in_percent_and_their_median():
    errors = np.array([[0.9, 0.1], [0.7, 0.2], [0.8, 0.6]])
    figure = plots.race(np.array([5, 10]), ("tanh", errors), goals=(0.25,))
    drawn = [line.get_ydata() for line in figure.axes[0].lines]
    assert_allclose(drawn[:3], 100 * errors)
    assert_allclose(drawn[3], [80, 20])
    assert_allclose(drawn[4], 25)
