"""The graph player in Python: what it sends to the page, what it refuses, and where the drawing's boxes go."""

import itertools
import json
import re

import pytest
import traitlets

from course_lib import autograd, widgets
from course_lib.autograd import ExpressionError
from course_lib.plots import graphs
from course_lib.widgets.graph_player import DEEPEST, EXAMPLES, METHODS

EXPRESSIONS = (
    *EXAMPLES,
    "max(x, y*sigmoid(z)) + x*2",
    "x*y + x/y - exp(x)*y**2",
    "q = x + y; q*q*q*z + log(x*x)",
    "-x",
    "x*x*x*x*x*x*x*x*x*x",
    "exp(2*3)*x - max(x, 0)",
    "tanh(relu(x) - 1.5) / 3",
)


def graph_of(expression, **values):
    return widgets.graph_player(expression, values).answer["graph"]


def lines(graph):
    return [product for step in graph["steps"] for _, product in step["lines"]]


# What is played


def test_the_running_example_is_written_out_step_by_step():
    graph = graph_of("(x + y) * z")
    assert lines(graph) == [
        "q = x + y = (−2) + 5 = 3",
        "f = q · z = 3 · (−4) = −12",
        "∂f/∂f = 1",
        "∂f/∂q = ∂f/∂f · ∂f/∂q = 1 · (−4) = −4",
        "∂f/∂z = ∂f/∂f · ∂f/∂z = 1 · 3 = 3",
        "∂f/∂x = ∂f/∂q · ∂q/∂x = −4 · 1 = −4",
        "∂f/∂y = ∂f/∂q · ∂q/∂y = −4 · 1 = −4",
    ]
    locals_ = [local for step in graph["steps"] for local, _ in step["lines"] if local]
    assert locals_ == ["local: ∂f/∂q = z = −4", "local: ∂f/∂z = q = 3", "local: ∂q/∂x = 1", "local: ∂q/∂y = 1"]
    assert [step["direction"] for step in graph["steps"]] == ["given", "forward", "forward", "start", *["backward"] * 2]
    assert graph["steps"][4]["said"] == "Backward: × at f has received 1 and sends −4 to q and 3 to z."


def test_shares_of_a_value_that_is_used_twice_are_added_in_words():
    found = lines(graph_of("b = a + a; c = b + b"))
    assert "share of ∂c/∂a through b: ∂c/∂b · ∂b/∂a = 2 · 1 = 2" in found
    assert found[-1] == "gradients add: ∂c/∂a = 2 + 2 = 4"
    assert [node["sum"] for node in graph_of("b = a + a; c = b + b")["nodes"]] == ["sum 4", "sum 2", ""]


def test_a_router_says_its_rule():
    found = [local for step in graph_of("max(x, y)")["steps"] for local, _ in step["lines"]]
    assert "local: ∂f/∂x = 0 (1 if x is the larger, else 0)" in found


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_every_value_and_gradient_appears_at_the_step_that_computes_it(expression):
    graph = graph_of(expression)
    for place, node in enumerate(graph["nodes"]):
        if node["kind"] == "operation":
            step = graph["steps"][node["value_at"]]
            assert (step["direction"], step["node"]) == ("forward", place)
        elif node["kind"] == "input":
            assert node["value_at"] == 0
    start = next(n for n, step in enumerate(graph["steps"]) if step["direction"] == "start")
    for wire in graph["wires"]:
        if wire["target"] is None:
            assert wire["gradient_at"] == start
        elif wire["gradient"]:
            step = graph["steps"][wire["gradient_at"]]
            assert (step["direction"], step["node"]) == ("backward", wire["target"])
            assert graph["nodes"][wire["source"]]["gradient_at"] >= wire["gradient_at"] > start
        else:
            assert graph["nodes"][wire["source"]]["kind"] == "constant"


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_every_gradient_has_its_finite_difference_beside_it(expression):
    for node in graph_of(expression)["nodes"]:
        assert node["agrees"] is (None if node["kind"] == "constant" else True)
        if node["kind"] != "constant":
            difference, gradient = (float(node[name].replace("−", "-")) for name in ("difference", "gradient"))
            assert difference == pytest.approx(gradient, rel=1e-3, abs=1e-6)


def test_at_a_kink_the_finite_difference_disagrees_and_at_the_edge_there_is_none():
    x, y, _ = graph_of("max(x, y)", x=2, y=2)["nodes"]
    assert (x["gradient"], x["difference"], x["agrees"]) == ("1", "0.500000", False)
    assert (y["gradient"], y["difference"], y["agrees"]) == ("0", "0.500000", False)
    x, _ = graph_of("log(x)", x=1e-6)["nodes"]
    assert (x["difference"], x["agrees"]) == ("outside the domain", None)


# Fill-in


def mistakes(expression, label, **values):
    blank = next(blank for blank in graph_of(expression, **values)["blanks"] if blank["label"] == label)
    return blank["right"], {number: message for number, message in blank["mistakes"]}


def test_typical_mistakes_have_names():
    right, known = mistakes("q = x * y; f = q + q * z", "∂f/∂x", x=3, y=-2, z=4)
    assert right == -10
    for number, words in {
        15: "the two factors are swapped",
        -2: "q is used 2 times: add up its shares before you pass them on",
        -8: "q is used 2 times: add up its shares",
        10: "the sign is wrong: 5 · (−2)",
        5: "that is the incoming gradient unchanged",
        3: "that is the value of the forward pass",
    }.items():
        assert words in known[number]
    right, known = mistakes("(x + y) * z", "∂f/∂x")
    assert "that is the local derivative alone" in known[1]


def test_the_sum_of_the_shares_is_asked_for_on_its_own():
    right, known = mistakes("q = x * y; f = q + q * z", "∂f/∂q, all shares together", x=3, y=-2, z=4)
    assert right == 5
    assert "the shares add up" in known[1]
    assert "added, not multiplied" in mistakes("x * x", "∂f/∂x, all shares together", x=3)[1][9]
    assert "this wire carries one share" in mistakes("x * x", "∂f/∂x, share through f, input 1", x=3)[1][6]


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_there_is_a_blank_for_every_gradient_and_no_mistake_is_the_right_answer(expression):
    player = widgets.graph_player(expression)
    trace, blanks = player.trace, player.answer["graph"]["blanks"]
    assert [blank["right"] for blank in blanks if blank["wire"]] == [edge.outgoing for edge in trace.edges]
    assert [blank["wire"] for blank in blanks if blank["wire"]] == [[edge.target, edge.place] for edge in trace.edges]
    used_twice = [p for p, node in enumerate(trace.nodes) if sum(edge.source == p for edge in trace.edges) > 1]
    assert sorted(blank["node"] for blank in blanks if not blank["wire"]) == used_twice
    assert len({blank["label"] for blank in blanks}) == len(blanks)
    for blank in blanks:
        numbers = [blank["right"], *(number for number, _ in blank["mistakes"])]
        for a, b in itertools.combinations(numbers, 2):
            assert abs(a - b) > 0.01 * max(abs(a), abs(b))


# The order race


@pytest.mark.parametrize("depth", range(1, DEEPEST + 1))
def test_the_race_shows_each_methods_visits_and_result(depth):
    race = widgets.graph_player(mode="order race").races[depth - 1]
    chain = autograd.doubling_chain(depth)
    order = autograd.topological_order(chain)
    for shown, (title, method) in zip(race["methods"], METHODS, strict=True):
        gradients, visits = autograd.race(chain, method)
        assert shown["title"] == title
        assert [place for place, _ in shown["visits"]] == [order.index(value) for value in visits]
        assert shown["final"] == [graphs.written(gradients[value]) for value in order]
        assert shown["visits"][0][1] == ["0"] * depth + ["1"]
    assert [method["right"] for method in race["methods"]] == [True, True, depth == 1, False]
    assert [len(method["visits"]) for method in race["methods"]] == [depth + 1, *[2 ** (depth + 1) - 1] * 2, depth + 1]


# Typing


def test_python_answers_to_what_is_typed():
    player = widgets.graph_player()
    player.expression = "x * w"
    assert player.answer["problem"] is None
    assert player.answer["graph"]["inputs"] == [["x", -2.0], ["w", 2.0]]
    player.values = {"w": 7, "z": 1}
    assert player.answer["graph"]["inputs"] == [["x", -2.0], ["w", 7.0]]
    assert (player.answer["expression"], player.answer["values"]) == ("x * w", {"w": 7.0, "z": 1.0})
    player.reset()
    assert repr(player) == repr(widgets.graph_player())


def test_after_a_mistake_the_last_graph_stays_and_the_place_is_marked():
    player = widgets.graph_player("x * y")
    before = player.answer["graph"]
    player.expression = "x * sin(y)"
    problem = player.answer["problem"]
    assert problem["text"].startswith("column 5: there is no function sin")
    assert problem["marked"] == ["x * sin(y)", "    ^^^"]
    assert player.answer["graph"] == before
    player.expression = "log(x)"
    assert player.answer["problem"]["text"] == "column 1: log(x) with x = -2: log needs a number above 0"
    player.values = {"x": 1}
    assert player.answer["problem"] is None
    player.expression = ""
    assert "type an expression" in player.answer["problem"]["text"]
    player.expression = "x * 1e-300 * 1e200 * 1e200 * 1e200"
    player.values = {"x": 1e-5}
    assert "is too large for a float" in player.answer["problem"]["text"]


def test_a_player_made_with_a_mistake_is_refused_and_so_are_names_that_are_not_there():
    with pytest.raises(ExpressionError, match="column 2: an operation is missing"):
        widgets.graph_player("2x")
    with pytest.raises(ValueError, match="the expression has no z; its names are x, y"):
        widgets.graph_player("x * y", {"x": 1, "z": 2})


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("values", {"x": float("nan")}, "finite numbers by name, not 'x': nan"),
        ("values", {"x": "3"}, "not 'x': '3'"),
        ("values", {"x": True}, "not 'x': True"),
        ("values", {1: 2.0}, "not 1: 2.0"),
        ("answers", {"0": 3}, "answers are texts by place"),
        ("mode", "watch", "fill in"),
        ("step", -1, "step"),
        ("depth", DEEPEST + 1, "depth"),
        ("visit", "3", "visit"),
    ],
)
def test_what_the_player_cannot_show_is_refused_in_words(name, value, words):
    player = widgets.graph_player()
    before = repr(player)
    with pytest.raises(traitlets.TraitError, match=re.escape(words)):
        setattr(player, name, value)
    assert repr(player) == before


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_a_player_can_be_made_again_from_its_state(expression):
    player = widgets.graph_player(expression, mode="fill in", step=3, answers={"0": "1"})
    again = widgets.GraphPlayer(**{name: getattr(player, name) for name in player.state})
    assert repr(again) == repr(player)
    assert again.answer == player.answer
    assert json.loads(json.dumps(player.answer, allow_nan=False))["graph"]["blanks"] == player.answer["graph"]["blanks"]


def test_the_still_picture_hides_the_gradients_that_are_to_be_filled_in():
    pictures = {mode: widgets.graph_player(mode=mode).still() for mode in ("play", "fill in", "order race")}
    texts = {mode: [text.get_text() for axes in f.axes for text in axes.texts] for mode, f in pictures.items()}
    assert texts["play"].count("−4") == 4  # the value of z, and the gradients of x, y and q
    assert texts["fill in"].count("−4") == 1
    assert pictures["order race"].description == "the graph of a value that is doubled 2 times"


# Code


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_the_code_shown_gives_these_very_gradients(expression):
    player = widgets.graph_player(expression)
    space = {}
    exec(player.answer["graph"]["code"]["course"], space)
    assert space["gradients"] == {node.name: node.gradient for node in player.trace.nodes}


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_the_pytorch_code_gives_the_same_numbers(expression):
    pytest.importorskip("torch", reason="PyTorch is not installed")
    player = widgets.graph_player(expression)
    space = {}
    exec(player.answer["graph"]["code"]["torch"], space)
    expected = {node.name: node.gradient for node in player.trace.nodes}
    for name, gradient in space["gradients"].items():
        assert gradient.item() == pytest.approx(expected[name], rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("depth", [1, DEEPEST])
def test_the_code_of_the_race_gives_what_the_race_shows(depth):
    race = widgets.graph_player(mode="order race").races[depth - 1]
    space = {}
    exec(race["code"]["course"], space)
    assert [(graphs.written(gradient), visits) for gradient, visits in space["found"]] == [
        (method["final"][0], len(method["visits"])) for method in race["methods"]
    ]
    pytest.importorskip("torch", reason="PyTorch is not installed")
    exec(race["code"]["torch"], space)
    assert space["gradient"].item() == 2**depth


# Where things go


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_boxes_stand_apart_inside_the_drawing_and_wires_run_to_the_right(expression):
    trace = widgets.graph_player(expression).trace
    found = graphs.layout(trace)
    for (x0, y0), (x1, y1) in itertools.combinations(found["boxes"], 2):
        assert abs(x0 - x1) > graphs.WIDTH or abs(y0 - y1) > graphs.HEIGHT
    for x, y in found["boxes"]:
        assert graphs.WIDTH / 2 <= x <= found["width"] - graphs.WIDTH / 2
        assert graphs.HEIGHT / 2 <= y <= found["height"] - graphs.HEIGHT / 2
    wires = [(wire["source"], wire["target"], wire["place"]) for wire in found["wires"]]
    uses = [(s, t, place) for t, node in enumerate(trace.nodes) for place, s in enumerate(node.inputs)]
    assert wires == [*uses, (len(trace.nodes) - 1, None, 0)]
    for wire in found["wires"]:
        points = wire["points"]
        assert all(left[0] < right[0] for left, right in itertools.pairwise(points))
        assert points[0] == [found["boxes"][wire["source"]][0] + graphs.WIDTH / 2, found["boxes"][wire["source"]][1]]
        if wire["target"] is not None:
            x, y = found["boxes"][wire["target"]]
            assert points[-1][0] == x - graphs.WIDTH / 2
            assert abs(points[-1][1] - y) < graphs.HEIGHT / 2


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_no_wire_runs_through_a_box(expression):
    found = graphs.layout(widgets.graph_player(expression).trace)
    for wire in found["wires"]:
        for (x0, y0), (x1, y1) in itertools.pairwise(wire["points"]):
            for x, y in found["boxes"]:
                left, right = x - graphs.WIDTH / 2, x + graphs.WIDTH / 2
                crosses = max(x0, left) < min(x1, right)
                assert not (crosses and min(y0, y1) < y + graphs.HEIGHT / 2 and max(y0, y1) > y - graphs.HEIGHT / 2)


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_the_numbers_on_the_wires_do_not_cover_one_another(expression):
    labels = [wire["label"] for wire in graphs.layout(widgets.graph_player(expression).trace)["wires"]]
    for (x0, y0), (x1, y1) in itertools.combinations(labels, 2):
        assert abs(x0 - x1) >= graphs.COLUMN - graphs.WIDTH or abs(y0 - y1) >= 36  # two lines of text


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.0, "0"), (-4.0, "−4"), (2 / 3, "0.6667"), (1e-5, "1e−05"), (0.1 + 0.2, "0.3"), (16807.0, "16807"),
        (-123456.4, "−123456"), (9999999.0, "9999999"), (12345678.0, "1.235e+07"),
    ],
)  # fmt: skip
def test_numbers_are_written_with_four_digits_and_all_before_the_point(number, text):
    assert graphs.written(number) == text
