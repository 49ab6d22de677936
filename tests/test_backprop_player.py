"""The backprop player in Python: its table against two_layer, its code out and back in; lesson 04's plots."""

import io

import numpy as np
import pytest
import traitlets
from numpy.testing import assert_allclose, assert_array_equal
from PIL import Image

from course_lib import gradcheck, two_layer, widgets
from course_lib.plots import worked_example as plots
from course_lib.widgets.backprop_code import SHAPES, as_code, checked, parse_code
from course_lib.widgets.backprop_player import LAST_ITERATION, PLAN

NAMES = [entry["name"] for entry in PLAN]


def number(text):
    return float(text.replace("\u2212", "-"))


def values(player, precision=None):
    """{name: text} of everything that the player computes."""
    return dict(zip(NAMES, player.table["runs"][precision or player.precision]["values"], strict=True))


def test_the_plan_has_every_value_of_a_step_in_the_order_of_the_algorithm():
    weights, x, t, learning_rate = two_layer.worked_example()
    labelled = list(two_layer.labelled(two_layer.step(weights, x, t, learning_rate)))
    assert [name for name in NAMES if name not in ("start", "error", "error after")] == labelled
    assert NAMES.index("error") == NAMES.index("o O2") + 1
    assert (NAMES[0], NAMES[-1], len(NAMES)) == ("start", "error after", 35)
    for entry in PLAN:
        assert set(entry["units"]) <= {"I1", "I2", "I3", "H1", "H2", "O1", "O2"}
        assert set(entry["links"]) <= set(two_layer.links(weights))
    lit = {entry["name"]: (entry["units"], entry["links"], entry["back"]) for entry in PLAN}
    assert lit["net H2"] == (["I1", "I2", "I3"], ["I1->H2", "I2->H2", "I3->H2"], False)
    assert lit["delta H1"] == (["O1", "O2"], ["H1->O1", "H1->O2"], True)
    assert lit["change I2->H1"] == (["I2", "H1"], ["I2->H1"], True)


def test_at_the_sources_values_the_printed_digits_appear_and_the_three_wrong_cells_are_named():
    player = widgets.backprop_player()
    shown = values(player)
    remarks = dict(zip(NAMES, player.table["runs"]["source"]["remarks"], strict=True))
    wrong = {name for name, printed in two_layer.PRINTED.items() if shown[name].replace("\u2212", "-") != printed}
    assert wrong == {"change H1->O1", "new H1->O1", "new I2->H1"}
    assert {name for name, remark in remarks.items() if "\u2717" in remark} == wrong
    assert remarks["change H1->O1"].endswith("\u2717 The text prints 0.000469: ten times too small.")
    assert remarks["o H1"] == "Cut off after 4 decimals. \u2713 The text prints 0.9990."
    assert remarks["o H2"] == "Rounded to 4 decimals. \u2713 The text prints 0.0067."
    assert remarks["delta H2"] == "Cut off after 3 significant digits. \u2713 The text prints \u22120.000275."
    assert remarks["net H1"] == "\u2713 The text prints 7."
    assert remarks["error"] == ""


def test_in_full_precision_the_remark_says_how_the_print_differs():
    remarks = dict(zip(NAMES, widgets.backprop_player().table["runs"]["full"]["remarks"], strict=True))
    assert remarks["o H1"] == "\u2260 The text prints 0.9990; with as many digits this would be 0.9991."
    assert remarks["delta H1"].endswith("prints \u22120.0000705; with as many digits this would be \u22120.0000640.")
    assert remarks["o H2"] == "\u2713 The text prints 0.0067."


def test_other_values_are_not_compared_with_the_print():
    for state in ({"x": [10, 30, 21]}, {"iteration": 2}, {"velocity_output": [[0, 0], [0, 0.1]]}):
        player = widgets.backprop_player(**state)
        remarks = "".join(text for run in player.table["runs"].values() for text in run["remarks"])
        assert "The text" not in remarks
    assert "The text" in widgets.backprop_player(momentum=0.9).table["runs"]["full"]["remarks"][1]


@pytest.mark.parametrize("precision", ["full", "source"])
def test_every_iteration_is_the_step_that_two_layer_computes(precision):
    rng = np.random.default_rng(1)
    weights = two_layer.Weights.random(3, 2, 2, rng, bias=False, scale=2)
    velocity = two_layer.Weights.random(3, 2, 2, rng, bias=False)
    x, t = rng.normal(size=3).round(3).tolist(), [0.3, 0.9]
    player = widgets.backprop_player(weights, velocity, x=x, t=t, learning_rate=0.7, momentum=0.6, precision=precision)
    for iteration in range(1, 6):
        player.iteration = iteration
        step = two_layer.step(weights, x, t, 0.7, 0.6, velocity, precision)
        after = two_layer.step(step.new, x, t, 0.7, 0.6, step.change, precision)
        shown = values(player)
        for name, value in two_layer.labelled(step).items():
            assert number(shown[name]) == pytest.approx(value, rel=1e-9, abs=1e-15)
        assert number(shown["error"]) == pytest.approx(step.error, rel=1e-9)
        assert number(shown["error after"]) == pytest.approx(after.error, rel=1e-9)
        run = player.table["runs"][precision]
        exact, now = two_layer.links(two_layer.gradient(step.weights, x, t)), run["now"]
        assert (now["hidden"], now["velocity_output"]) == (step.weights.hidden.tolist(), step.velocity.output.tolist())
        for link, (gradient, difference, apart) in zip(PLAN[0]["links"], run["checks"], strict=True):
            assert number(gradient) == pytest.approx(exact[link], rel=1e-5)
            assert number(difference) == pytest.approx(exact[link], rel=1e-4, abs=1e-10)
            assert apart.startswith("below") or number(apart) < 1e-4
        weights, velocity = step.new, step.change
    player.iteration = 1
    assert values(player) == values(widgets.backprop_player(**player.initial))


def test_the_numbers_written_out_give_the_result():
    player = widgets.backprop_player(momentum=0.5, velocity_output=[[0.1, -0.2], [0.3, 0.4]], precision="full")
    run = player.table["runs"]["full"]
    numbers, results = dict(zip(NAMES, run["numbers"], strict=True)), values(player)
    ways = str.maketrans({"\u2212": "-", "\u00b7": "*", "\u00bd": "0.5*", "\u03c3": "s", "\u00b2": None})
    for name, text in numbers.items():
        if name in ("start", "error", "error after"):
            continue
        computed = eval(text.translate(ways), {"s": lambda net: 1 / (1 + np.exp(-net))})
        assert computed == pytest.approx(number(results[name]), rel=1e-6)
    assert numbers["change H1->O2"].endswith("+ 0.5 \u00b7 0.3")
    assert numbers["change H2->O1"].endswith("+ 0.5 \u00b7 (\u22120.2)")
    assert numbers["error"] == "\u00bd ((1 \u2212 0.7501977304)\u00b2 + (0 \u2212 0.9570987815)\u00b2)"


def test_saturated_units_and_zeros_are_written_in_words_and_raise_no_warning():
    with np.errstate(all="raise", under="ignore"):
        player = widgets.backprop_player(x=[1000, 0, 1000])
    run = player.table["runs"]["full"]
    assert run["checks"][-1] == ["0", "0", "too small to tell"]
    for text in run["values"][1:]:
        assert np.isfinite(number(text))
    tiny = values(widgets.backprop_player(x=[6, 0, 60], precision="full"))
    assert tiny["delta H1"] == "4.231e\u221214"


def test_the_gradient_is_checked_at_the_weights_of_the_iteration():
    player = widgets.backprop_player(iteration=3, precision="full")
    weights, x, t, _ = two_layer.worked_example()
    step = player.step
    assert step.weights.vector().tolist() != weights.vector().tolist()
    numbers = gradcheck.numerical_gradient(
        lambda vector: two_layer.error(step.weights.with_vector(vector), x, t), step.weights.vector()
    )
    exact = two_layer.links(step.weights.with_vector(numbers))
    for link, check in zip(PLAN[0]["links"], player.table["runs"]["full"]["checks"], strict=True):
        assert number(check[1]) == pytest.approx(exact[link], rel=1e-5)


STATES = [
    {},
    {"precision": "full", "x": [1e-7, -3.5, 0], "t": [0.25, 0.5], "learning_rate": 1e-3, "momentum": 0.999},
    {"velocity_hidden": [[0.1, 0, -1e-9], [0, 0, 5]], "hidden": [[1 / 3, -2, 1e6], [0, -0.0, 7]], "iteration": 4},
]


@pytest.mark.parametrize("state", STATES)
def test_the_code_shown_computes_the_very_step_and_is_read_back(state):
    player = widgets.backprop_player(**state)
    code = player.table["runs"][player.precision]["code"]
    space = {}
    exec(code["course"], space)
    assert repr(vars(space["step"])) == repr(vars(player.step))
    for text in (code["course"], f"{code['course']}\n\n{code['torch']}\n", f"# my homework\n{code['course']}"):
        read = parse_code(text)
        again = widgets.backprop_player(**read)
        assert repr(vars(again.step)) == repr(vars(player.step))
        assert set(read) == {*SHAPES, "precision"}


@pytest.mark.parametrize("state", STATES[:2])
def test_the_pytorch_code_gives_the_same_weights(state):
    pytest.importorskip("torch", reason="PyTorch is not installed")
    player = widgets.backprop_player(**{**state, "precision": "full", "velocity_output": [[1, 2], [3, 4]]})
    code = player.table["runs"]["full"]["code"]
    space = {}
    exec(f"{code['course']}\n{code['torch']}", space)
    assert_allclose(space["new_hidden"].numpy(), player.step.new.hidden, rtol=1e-12)
    assert_allclose(space["new_output"].numpy(), player.step.new.output, rtol=1e-12)


def test_pasted_code_sets_the_state_and_its_mistakes_set_nothing():
    player = widgets.backprop_player()
    player.iteration = 5
    other = widgets.backprop_player(x=[1, 2, 3], momentum=0.3, precision="full", velocity_hidden=np.ones((2, 3)))
    player.pasted = {"n": 1, "text": as_code(other.step)}
    assert player.reading == {"n": 1, "problem": ""}
    assert (player.x, player.momentum, player.precision, player.iteration) == ([1, 2, 3], 0.3, "full", 1)
    assert values(player) == values(other)
    before = repr(player)
    player.pasted = {"n": 2, "text": as_code(other.step).replace("0.3", "3.0")}
    assert player.reading["n"] == 2
    assert "line 7, column 66: momentum must be at least 0 and less than 1, not 3.0" in player.reading["problem"]
    assert repr(player) == before


CODE = as_code(two_layer.step(*two_layer.worked_example()[:3], learning_rate=0.1))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("10.0", "ten", "line 5, column 6: a number belongs here, such as 0.25 or -1e-3"),
        ("10.0", "__import__('os').system('ls')", "line 5, column 6: a number belongs here"),
        ("10.0", "True", "line 5, column 6: a number belongs here"),
        ("10.0", "'10'", "line 5, column 6: a number belongs here"),
        ("10.0", "2 * 5", "line 5, column 6: a number belongs here"),
        ("10.0", "--10", "line 5, column 6: a number belongs here"),
        ("10.0", "1e999", "line 5, column 6: the number is too large: up to 1,000,000 will do"),
        ("10.0", "1" + "0" * 400, "line 5, column 6: the number is too large"),
        ("10.0, 30.0", "10.0", "line 5, column 5: a list of 3 numbers in square brackets belongs here"),
        ("x = [10.0, 30.0, 20.0]", "x = (10.0, 30.0, 20.0)", "line 5, column 5: a list of 3 numbers"),
        ("[1.0, 0.0]", "[1.0, 1.5]", "line 6, column 5: t takes targets from 0 to 1"),
        ("learning_rate=0.1", "learning_rate=0", "line 7, column 52: learning_rate must be more than 0, not 0"),
        ("learning_rate=0.1, ", "", "line 7, column 8: learning_rate= is missing"),
        ("momentum=0.0", "momentum=-0.5", "momentum must be at least 0 and less than 1, not -0.5"),
        ('"full"', '"half"', 'precision is "source" or "full"'),
        ("velocity=velocity", "velocity=weights", "velocity=velocity belongs here"),
        ("velocity = two_layer", "# velocity = two_layer", "velocity=velocity belongs here, and velocity = ... in a"),
        ("velocity=velocity", "speed=velocity", "speed= cannot stand here; there are learning_rate"),
        ("learning_rate=0.1", "**learning_rate", r"\*\*= cannot stand here"),
        ("[[1.1, 0.1], [3.1, 1.17]]", "[[1.1, 0.1]]", "a list of 2 rows in square brackets belongs here"),
        (", output=[[1.1, 0.1], [3.1, 1.17]]", "", "line 3, column 11: output= is missing"),
        ("[3.1, 1.17]])", "[3.1, 1.17]], hidden_bias=[1, 2])", "hidden_bias= cannot stand here; there are hidden"),
        ("two_layer.Weights(hidden=[[0.2", "Weights(hidden=[[0.2", "line 3, column 11: two_layer.Weights"),
        ("step(weights, x, t", "step(weights, t, x", "line 7, column 8: two_layer.step"),
        ("two_layer.labelled(step)", "print(step)", "line 8, column 1: only weights = ..., velocity = ..."),
        ("two_layer.labelled(step)", "import os", "line 8, column 1: only weights"),
        ("two_layer.labelled(step)", "x = [1, 2, 3]", "line 8, column 1: x is already there"),
        ("two_layer.labelled(step)", "x = t = [1, 2, 3]", "line 8, column 1: only weights"),
        ("from course_lib import two_layer", "from os import two_layer", "line 1, column 1: only weights"),
        ("t = [1.0, 0.0]\n", "", "the code ends without t = ..."),
        ("x = [10.0", "x = [10.0,,", "line 5, column 11: this is not Python"),
        ("x = [10.0", "x = \0[10.0", "this is not Python"),
        ("x = [10.0", "x = " + "[" * 300 + "10.0", "this is not Python"),
        ("x = [10.0", "x = [" + "-" * 9000 + "10.0", "this is not Python|a number belongs here"),
    ],
)
def test_pasted_code_of_another_form_is_refused_with_its_place(old, new, words):
    assert CODE.count(old) == 1 or old in ("10.0", '"full"', "[1.0, 0.0]")
    with pytest.raises(ValueError, match=words):
        parse_code(CODE.replace(old, new, 1))


def test_pasted_code_may_leave_out_what_has_a_usual_value():
    lines = [line for line in CODE.split("\n") if line and not line.startswith(("velocity", "from", "two_layer"))]
    short = "\n".join(lines).replace(', momentum=0.0, velocity=velocity, precision="full"', "")
    assert parse_code(short) == parse_code(CODE)
    moved = CODE.replace("velocity = two_layer.Weights(hidden=[[0.0", "velocity = two_layer.Weights(hidden=[[9.0")
    assert parse_code(moved)["velocity_hidden"][0] == [9, 0, 0]
    assert parse_code(moved.replace(", velocity=velocity", "")) == parse_code(CODE)  # as Python would
    with pytest.raises(ValueError, match="line 1, column 1: the code ends without weights"):
        parse_code("")
    with pytest.raises(ValueError, match="30000 characters are too many"):
        parse_code(" " * 30_000)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("x", [1, 2], r"x takes 3 numbers, not \[1, 2\]"),
        ("x", [1, 2, np.nan], "x takes numbers up to 1,000,000"),
        ("x", [1, 2, 2e6], "x takes numbers up to 1,000,000"),
        ("x", "123", "x takes 3 numbers, not '123'"),
        ("x", ["1", "2", "3"], "x takes 3 numbers"),
        ("t", [0, 1.1], "t takes targets from 0 to 1, which a sigmoid unit can reach"),
        ("hidden", [[1, 2, 3]], "hidden takes 2 x 3 numbers"),
        ("hidden", [[1, 2, 3], [1, 2]], "hidden takes 2 x 3 numbers"),
        ("output", np.ones((2, 3)), "output takes 2 x 2 numbers"),
        ("learning_rate", 0, "learning_rate must be more than 0, not 0"),
        ("learning_rate", True, "learning_rate takes a number, not True"),
        ("learning_rate", None, "learning_rate takes a number, not None"),
        ("momentum", 1, "momentum must be at least 0 and less than 1"),
        ("velocity_hidden", [[1e7] * 3] * 2, "velocity_hidden takes numbers up to 1,000,000"),
        ("iteration", 0, "iteration"),
        ("iteration", LAST_ITERATION + 1, "iteration"),
        ("precision", "half", "precision"),
        ("at", -1, "at"),
    ],
)
def test_what_the_player_cannot_show_is_refused_in_words(name, value, words):
    player = widgets.backprop_player()
    before = repr(player)
    with pytest.raises(traitlets.TraitError, match=words):
        setattr(player, name, value)
    assert repr(player) == before


def test_numbers_become_floats_and_arrays_lists():
    assert checked("x", (1, 2, 3)) == [1.0, 2.0, 3.0]
    assert checked("hidden", np.ones((2, 3), np.int8)) == [[1.0] * 3] * 2
    assert checked("momentum", np.float32(0.5)) == 0.5
    assert widgets.backprop_player(at=999).at == 34


def test_reset_leads_back_and_the_line_of_text_is_stable():
    player = widgets.backprop_player(precision="full")
    before, table = repr(player), player.table
    player.x, player.iteration, player.at = [1, 2, 3], 4, 12
    assert repr(player) != before
    player.reset()
    assert (repr(player), player.table) == (before, table)
    assert before.startswith(
        "BackpropPlayer(x=[10.0, 30.0, 20.0], t=[1.0, 0.0], learning_rate=0.1, momentum=0.0, hidden="
    )
    assert "\n" not in before


def test_the_front_end_knows_the_same_limits():
    source = widgets.BackpropPlayer._esm
    assert f"LAST_ITERATION = {LAST_ITERATION};" in source
    assert "LARGEST_NUMBER = 1e6;" in source
    assert 'const GIVEN = ["' + '", "'.join(SHAPES) + '"];' in source


# The plots


def texts(axes):
    return [text.get_text() for text in axes.texts]


def test_the_drawn_network_holds_its_weights_and_values():
    weights, x, t, learning_rate = two_layer.worked_example()
    bare = plots.network(weights, x)
    assert {"0.2", "\u22120.1", "3.1", "1.17", "H1", "O2", "x = 30"} <= set(texts(bare.axes[0]))
    assert not any("net" in text for text in texts(bare.axes[0]))
    full = plots.network(weights, x, two_layer.step(weights, x, t, learning_rate))
    assert {"net = 7", "o = 0.99909", "\u03b4 = \u22120.000064018", "net = 3.105"} <= set(texts(full.axes[0]))
    cut = plots.network(weights, x, two_layer.step(weights, x, t, learning_rate, precision="source"))
    assert {"net = 7", "o = 0.9990", "\u03b4 = \u22120.0000705", "net = 1.0996"} <= set(texts(cut.axes[0]))
    assert repr(full) == "<figure: a network with its weights, net, o and delta>"
    assert len(bare.axes[0].lines) == 10 + 7
    with Image.open(io.BytesIO(full.png())) as png:
        assert png.size == (640, 320)
    lone = plots.network(two_layer.Weights([[1.0]], [[2.0]]))
    assert {"I1", "H1", "O1", "1", "2"} == set(texts(lone.axes[0]))


def test_changes_are_bars_with_their_values():
    change = two_layer.Weights([[0.001, -0.02]], [[-0.3]])
    axes = plots.changes(change).axes[0]
    assert_array_equal([bar.get_width() for bar in axes.patches], [0.3, 0.001, 0.02])
    assert texts(axes) == ["\u22120.300000", "+0.001000", "\u22120.020000"]
    assert [bar.get_hatch() for bar in axes.patches] == ["//", "", "//"]
    assert axes.get_xscale() == "log"


def test_the_cost_of_rounding_is_drawn_as_given():
    axes = plots.rounding_cost(np.arange(3), np.array([0, 1, 4]), (1, 1, "here")).axes[0]
    assert_array_equal(axes.lines[0].get_ydata(), [0, 1, 4])
    assert (axes.lines[1].get_xdata(), axes.lines[1].get_ydata()) == ([1], [1])
    assert texts(axes) == ["here"]


def test_numbers_in_the_drawing_stay_short_and_keep_their_sign():
    player = widgets.backprop_player(momentum=0.9, iteration=31)
    short = dict(zip(NAMES, player.table["runs"]["source"]["short"], strict=True))
    for name, value in values(player, "source").items():
        if name.startswith(("net", "o ", "delta", "new")):
            assert len(short[name]) <= 10, name
            assert number(short[name]) == pytest.approx(number(value), rel=5e-5)
    assert short["new I1->H1"] == "\u22120.21936"
    assert short["delta H1"] == "0"
