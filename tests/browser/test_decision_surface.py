"""The decision surface: its pure functions against course_lib, and the explorer by keyboard and pointer."""

import numpy as np
import pytest
from hand import ask, choose, pixels_of, pure_functions, shown_code, wait_for_answer
from numpy.testing import assert_allclose

from course_lib import two_layer, widgets
from course_lib.plots.base import NEGATIVE, POSITIVE, ZERO

LESSON, DRAWN = "03_two_layer_network", ".course-surface canvas"
BOX = {"x": [-1.5, 2.5], "y": [-1, 1.5]}


@pytest.fixture(scope="module")
def run(browser):
    with pure_functions(browser, "decision_surface_math.js") as run:
        yield run


def weights_of(n_hidden, seed, scale=3.0):
    return two_layer.Weights.random(2, n_hidden, 1, np.random.default_rng(seed), scale=scale)


def sent(weights):
    return {name: getattr(weights, name).tolist() for name in ("hidden", "output", "hidden_bias", "output_bias")}


def cell_middles(columns, rows):
    """The middles of the map's cells, row by row from the top: (rows * columns, 2)."""
    (left, right), (low, high) = BOX["x"], BOX["y"]
    a = left + (np.arange(columns) + 0.5) / columns * (right - left)
    b = high - (np.arange(rows) + 0.5) / rows * (high - low)
    return np.column_stack([np.tile(a, rows), np.repeat(b, columns)])


@pytest.mark.parametrize("n_hidden", [1, 2, 3, 8])
@pytest.mark.parametrize("scale", [0.5, 3.0, 300.0])
def test_the_map_is_the_forward_pass_at_every_cell(run, n_hidden, scale):
    weights = weights_of(n_hidden, n_hidden, scale)
    found = run("([w, box]) => [...f.surface(w, box, 23, 17)]", [sent(weights), BOX])
    assert_allclose(found, two_layer.forward(weights, cell_middles(23, 17)).o_output[:, 0], rtol=1e-12, atol=1e-12)


def test_an_array_to_be_filled_again_is_filled_again(run):
    first, second = sent(weights_of(2, 1)), sent(weights_of(2, 2))
    again, same, fresh = run(
        """([one, two, box]) => { const old = f.surface(one, box, 9, 8), again = f.surface(two, box, 9, 8, old);
        return [[...again], again === old, [...f.surface(two, box, 9, 8)]]; }""",
        [first, second, BOX],
    )
    assert same
    assert again == fresh


@pytest.mark.parametrize("n_hidden", [1, 4])
def test_the_outputs_at_a_point_are_those_of_the_forward_pass(run, n_hidden):
    weights = weights_of(n_hidden, 5)
    for point in ([0, 0], [0.3, -2.0], [1e3, 1e3], [-1e3, 0.5]):
        found = run("([w, point]) => f.unitsAt(w, point)", [sent(weights), point])
        out = two_layer.forward(weights, point)
        assert_allclose(found["hidden"], out.o_hidden, rtol=1e-12, atol=1e-300)
        assert_allclose(found["output"], out.o_output[0], rtol=1e-12)


def test_outputs_are_blue_at_0_white_at_a_half_and_orange_at_1(run):
    rgba = run("(values) => [...f.outputColours(Float64Array.from(values))]", [0, 0.25, 0.5, 0.75, 1])
    colours = np.reshape(rgba, (5, 4))
    assert colours[:, 3].tolist() == [255] * 5
    assert colours[0, :3].tolist() == list(NEGATIVE)
    assert colours[2, :3].tolist() == list(ZERO)
    assert colours[4, :3].tolist() == list(POSITIVE)
    assert colours[1, :3].tolist() == [140, 175, 210]  # half way, halves up
    assert colours[3, :3].tolist() == [213, 168, 127]


@pytest.mark.parametrize("seed", range(6))
def test_the_black_line_runs_where_the_output_is_a_half(run, seed):
    weights = weights_of(4, seed)
    pieces = run("([w, box]) => f.boundary(f.surface(w, box, 80, 60), box, 80, 60)", [sent(weights), BOX])
    ends = np.array(pieces).reshape(-1, 2)
    outputs = two_layer.forward(weights, cell_middles(80, 60)).o_output[:, 0].reshape(60, 80) > 0.5
    assert (len(ends) > 0) == (outputs.any() and not outputs.all())
    changes = (outputs[:, 1:] != outputs[:, :-1]).sum() + (outputs[1:] != outputs[:-1]).sum()
    assert changes * 2 - 40 <= len(ends) <= changes * 2  # a crossing inside the map ends two pieces, at its rim one
    if len(ends):
        # Straight between two cells, so off by what the output bends in one cell.
        assert np.abs(two_layer.forward(weights, ends).o_output - 0.5).max() < 0.003


def test_a_saddle_of_the_map_gives_two_pieces(run):
    values = [0.9, 0.1, 0.2, 0.7]
    pieces = run("(values) => f.boundary(Float64Array.from(values), { x: [0, 2], y: [0, 2] }, 2, 2)", values)
    assert np.shape(pieces) == (2, 2, 2)


@pytest.mark.parametrize("seed", range(12))
def test_a_hidden_units_line_is_where_its_net_input_is_0(run, seed):
    rng = np.random.default_rng(seed)
    pair, bias = rng.normal(size=2), rng.normal()
    found = run("([pair, bias, box]) => f.hiddenLine(pair, bias, box)", [pair.tolist(), bias, BOX])
    corners = [[a, b] for a in BOX["x"] for b in BOX["y"]]
    signs = {bool(np.dot(pair, corner) + bias > 0) for corner in corners}
    assert (found is not None) == (len(signs) == 2)
    if found:
        assert_allclose(np.array(found["ends"]) @ pair + bias, 0, atol=1e-12)
        for a, b in found["ends"]:
            assert min(abs(a + 1.5), abs(a - 2.5), abs(b + 1), abs(b - 1.5)) < 1e-12


@pytest.mark.parametrize(("pair", "bias"), [([1, 0], -0.5), ([0, -2], 0.4), ([1, 1], -0.5), ([-3, 1], 0.1)])
def test_the_units_number_stands_on_the_side_where_it_answers_more(run, pair, bias):
    found = run("([pair, bias, box]) => f.hiddenLine(pair, bias, box)", [pair, bias, BOX])
    assert np.dot(pair, found["label"]) + bias > 0


@pytest.mark.parametrize(("pair", "bias"), [([0, 0], 1), ([0, 0], 0), ([1, 0], 9), ([0, 1], -9)])
def test_a_line_outside_the_box_is_not_drawn(run, pair, bias):
    assert run("([pair, bias, box]) => f.hiddenLine(pair, bias, box)", [pair, bias, BOX]) is None


def test_points_are_judged_by_the_side_of_a_half(run):
    by_hand = two_layer.Weights([[20, 20], [20, 20]], [[20, -20]], [-10, -30], [-10])
    corners = [[0, 0], [0, 1], [1, 0], [1, 1]]
    script = "([w, points, labels]) => f.judged(w, points, labels)"
    assert run(script, [sent(by_hand), corners, [0, 1, 1, 0]]) == [True] * 4
    assert run(script, [sent(by_hand), corners, [0, 1, 1, 1]]) == [True, True, True, False]


def test_a_point_moves_in_hundredths_of_the_box_and_stays_in_it(run):
    moves = "([point, by, box]) => f.moved(point, by, box)"
    assert run(moves, [[0, 0], [10, -10], BOX]) == [0.4, -0.25]
    assert run(moves, [[2.45, -0.99], [10, -10], BOX]) == [2.5, -1]
    assert run(moves, [[7, -7], [0, 0], BOX]) == [2.5, -1]


STATES = [{"snapshot": 12}, {"hidden": 3, "learning_rate": 1.0, "momentum": 0.0, "seed": 5}, {"preset": "two moons"}]


def code_of(run, surface):
    state = {name: getattr(surface, name) for name in surface.state}
    return run("([state, training]) => f.showCode(state, training)", [state, surface.training])


@pytest.mark.parametrize("state", STATES)
def test_the_code_shown_gives_the_network_shown(run, state):
    surface, space = widgets.decision_surface(**state), {}
    exec(code_of(run, surface)["course"], space)
    assert_allclose(space["weights"].vector(), surface.weights.vector(), rtol=0, atol=1e-6)


@pytest.mark.parametrize("state", STATES)
def test_the_pytorch_code_gives_the_same_outputs(run, state):
    pytest.importorskip("torch", reason="PyTorch is not installed")
    surface, space = widgets.decision_surface(**state), {}
    code = code_of(run, surface)
    exec(f"{code['course']}\n{code['torch']}", space)
    course = two_layer.forward(space["weights"], space["x"]).o_output
    assert_allclose(space["outputs"].numpy(), course, rtol=1e-8)


# In JupyterLab


def shown_map(page):
    return pixels_of(page.locator(".course-surface canvas")).astype(int)


def assert_shows(page, **state):
    """Within five seconds, the map is what two_layer answers with this state's weights, to one level of colour."""
    surface = widgets.decision_surface(**state)
    height, width, _ = shown_map(page).shape
    box = surface.presets[surface.preset]
    a = box["x"][0] + (np.arange(width) + 0.5) / width * np.ptp(box["x"])
    b = box["y"][1] - (np.arange(height) + 0.5) / height * np.ptp(box["y"])
    points = np.column_stack([np.tile(a, height), np.repeat(b, width)])
    o = two_layer.forward(surface.weights, points).o_output.reshape(height, width, 1)
    end = np.where(o < 0.5, NEGATIVE, POSITIVE)
    expected = np.array(ZERO) + (end - np.array(ZERO)) * np.abs(2 * o - 1)
    for _ in range(50):
        off = np.abs(shown_map(page) - expected).max()
        if off <= 1:
            return
        page.wait_for_timeout(100)
    pytest.fail(f"the map is off by {off} levels of colour")


@pytest.fixture
def live(live):
    live.get_by_text("After epoch 300 of 300").wait_for()
    return live


def test_it_plays_before_any_cell_is_run(stored):
    stored.get_by_text("After epoch 300 of 300: error 0.007, 4 of 4 points on the right side.").wait_for()
    assert_shows(stored)
    stored.get_by_role("button", name="first snapshot").press("Enter")
    stored.get_by_text("After epoch 0 of 300: error 0.567, 2 of 4 points on the right side.").wait_for()
    assert stored.locator(".course-surface .course-wrong").count() == 2
    assert_shows(stored, snapshot=0)
    stored.get_by_role("slider", name="snapshot").press("ArrowRight")
    assert_shows(stored, snapshot=1)
    stored.get_by_role("button", name="play").click()
    stored.wait_for_function("() => document.querySelector('.course-player input').value >= 5")
    stored.get_by_role("button", name="pause").click()


def test_without_python_another_network_is_asked_for_in_words(stored):
    choose(stored, "hidden units", "3")
    stored.get_by_text("Run the cells down to this one, then choose again.").wait_for(timeout=10_000)
    stored.get_by_role("button", name="Reset").press("Enter")
    stored.get_by_text("Run the cells down to this one, then choose again.").wait_for(state="hidden")
    assert_shows(stored)


def test_every_control_works_by_keyboard(live):
    page = live
    choose(page, "hidden units", "3")
    assert_shows(page, hidden=3)
    choose(page, "hidden units", "2")
    seed = page.get_by_role("slider", name="seed of the random start")
    seed.focus()
    for _ in range(11):
        seed.press("ArrowRight")
    page.get_by_text("At the end: not learned.").wait_for()
    assert_shows(page, seed=11)
    choose(page, "learning rate", "0.05")
    assert_shows(page, seed=11, learning_rate=0.05)
    choose(page, "points", "two moons")
    page.get_by_text("100 of 100 points on the right side. At the end: learned.").wait_for()
    assert_shows(page, preset="two moons", seed=11)
    lines = page.get_by_role("checkbox", name="lines of the hidden units")
    assert page.locator(".course-surface .course-units text").count() == 4
    lines.press("Space")
    assert page.locator(".course-surface .course-units text").count() == 0
    page.get_by_role("button", name="Reset").press("Enter")
    page.get_by_text("error 0.007, 4 of 4 points").wait_for()
    assert_shows(page)


def test_the_ring_moves_by_arrow_keys_and_pointer_and_tells_the_outputs(stored):
    plane = stored.locator(".course-surface .course-map svg")
    plane.focus()
    plane.press("ArrowRight")
    plane.press("Shift+ArrowUp")
    out = two_layer.forward(widgets.decision_surface().weights, [0.54, 0.7])
    text = f"At (0.54, 0.70): hidden units {out.o_hidden[0]:.2f}, {out.o_hidden[1]:.2f}; output {out.o_output[0]:.2f}."
    stored.get_by_text(text).wait_for()
    box = plane.bounding_box()
    stored.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.5)
    stored.mouse.down()
    stored.mouse.move(box["x"] + box["width"] * 5, box["y"] - 300, steps=4)
    stored.mouse.up()
    stored.get_by_text("At (1.50, 1.50):").wait_for()


def test_python_and_the_page_share_one_state(live):
    page = live
    choose(page, "hidden units", "4")
    wait_for_answer(page, "print(surface.hidden, len(surface.weights.hidden))", "4 4")
    ask(page, "surface.seed = 3")
    page.wait_for_function("document.querySelector('.course-seed').textContent === '3'")
    assert_shows(page, hidden=4, seed=3)


def test_the_code_panel_opens_by_keyboard_and_shows_both_calls(stored):
    course, torch = shown_code(stored)
    assert "two_layer.train(start, x, t, 0.5, 0.9" in course
    assert "torch.optim.SGD" in torch


def test_nothing_hangs_over_in_a_narrow_window(stored, run_command):
    run_command("application:toggle-left-area")
    stored.set_viewport_size({"width": 420, "height": 900})
    stored.wait_for_function("document.querySelector('.course-explorer').clientWidth < 400")
    over = stored.locator(".course-explorer").first.evaluate("(e) => e.scrollWidth - e.clientWidth")
    assert over <= 1
    charts = [stored.locator(".course-surface .course-chart").nth(place).bounding_box() for place in (0, 1)]
    assert charts[0]["y"] + charts[0]["height"] <= charts[1]["y"]  # one below the other
    assert min(chart["height"] for chart in charts) > 150
    canvas = stored.locator(".course-surface canvas").bounding_box()
    frame = stored.locator(".course-surface .course-map .course-frame-line").bounding_box()
    for name in ("x", "y", "width", "height"):
        assert canvas[name] == pytest.approx(frame[name], abs=1.5)  # the map lies under its axes
