"""The activation explorer: its pure functions against course_lib, and every control in JupyterLab."""

import contextlib
import io
import itertools
import re

import numpy as np
import pytest
from hand import ask, choose, pure_functions, shown_code, wait_for_answer

from course_lib import activations, widgets

LESSON, DRAWN = "06_activations", ".course-activations .course-chart"
NAMES = ("sigmoid", "tanh", "ReLU", "leaky ReLU", "ELU", "maxout")
OPTIONS = [
    {},
    {"alpha": 2.7, "negative_slope": 0.3, "lines": [0.5, -1, -2, 0.3]},
    {"alpha": 0.1, "negative_slope": 0.0, "lines": [0, 0, 0, 0]},
    {"lines": [1, 0, -2, 0]},  # they meet at 0
]
PLACES = [-10.0, -7.35, -3.0, -1e-3, 0.0, 1e-9, 0.05, 1.0, 4.6, 9.95, 10.0]


@pytest.fixture(scope="module")
def run(browser):
    with pure_functions(browser, "activations.js") as run:
        yield run


def state_of(explorer):
    return {name: getattr(explorer, name) for name in explorer.state}


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("name", NAMES)
def test_values_and_slopes_are_those_of_the_library(run, name, options):
    explorer = widgets.activation_explorer(name, **options)
    places = [*PLACES, *np.random.default_rng(0).uniform(-10, 10, 300).tolist()]
    found = run(
        "([name, p, xs]) => xs.map((x) => [f.valueAt(name, x, p), f.slopeAt(name, x, p)])",
        [name, state_of(explorer), places],
    )
    expected = np.transpose(explorer.value_and_slope(places))
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=0)
    if name in ("ReLU", "leaky ReLU", "maxout"):
        np.testing.assert_array_equal(found, expected)


def test_the_curve_is_the_library_at_401_places_and_flat_stretches_are_where_its_slope_is_small(run):
    for name, options in itertools.product(NAMES, OPTIONS):
        explorer = widgets.activation_explorer(name, **options)
        points, stretches = run(
            "([name, p]) => { const s = f.samples(name, p, 10); return [s, f.flatStretches(s, 0.01)]; }",
            [name, state_of(explorer)],
        )
        x = np.arange(401) * 10 / 200 - 10
        values, slopes = explorer.value_and_slope(x)
        np.testing.assert_array_equal(np.array(points)[:, 0], x)
        np.testing.assert_allclose(np.array(points)[:, 1:], np.transpose([values, slopes]), rtol=1e-12)
        inside = np.zeros(401, bool)
        for low, high in stretches:
            inside |= (x >= low) & (x <= high)
        np.testing.assert_array_equal(inside, np.abs(slopes) < 0.01)


def test_what_is_left_of_a_gradient_is_a_power_of_the_slope(run):
    slopes = activations.sigmoid_derivative(PLACES).tolist()
    found = run("(slopes) => slopes.map((slope) => [1, 5, 10].map((units) => f.left(slope, units)))", slopes)
    np.testing.assert_allclose(found, [[slope**units for units in (1, 5, 10)] for slope in slopes], rtol=1e-12)


def test_a_layers_setting_is_found_in_the_table(run):
    for name, scale, shift in itertools.product(NAMES, (0.25, 4.0, 16.0), (-6.0, 0.0, 1.0)):
        explorer = widgets.activation_explorer(name, view="a layer", scale=scale, shift=shift)
        assert run("([table, s]) => f.settingOf(table, s)", [explorer.table, state_of(explorer)]) == explorer.setting


def test_typed_numbers_are_read_and_never_evaluated(run):
    typed = {"3": 3, "-0.5": -0.5, ".25": 0.25, "0,5": 0.5, "\u22122": -2, " +7 ": 7, "10": 10}
    typed |= dict.fromkeys(["", "-", "11", "1e1", "2*3", "alert(1)", "1/2", "Infinity", "0x1", "1 2"])
    assert run("(texts) => texts.map((text) => f.parseDecimal(text, 10))", list(typed)) == list(typed.values())


def test_a_range_holds_everything_with_a_little_air(run):
    assert run("() => f.rangeOf([2, 5], 0, 1)") == pytest.approx([-0.3, 5.3])


def test_the_state_is_put_into_words(run):
    assert run("() => f.flatText(0, 0.01)").startswith("The slope is 0: nothing comes through")
    assert run("() => f.flatText(-0.005, 0.01)") == "The slope is below 0.01: the unit is saturated here."
    assert run("() => f.flatText(0.25, 0.01)") == "It multiplies the gradient by 0.25."
    setting = {"mean": 0.2, "flat": 83.5, "dead": 20}
    text = run("(setting) => f.layerText(setting, 60, 0.01)", setting)
    assert text == (
        "Mean output 0.2; at 83.5 % of the outputs the slope is below 0.01; 20 of 60 units are as flat for every digit."
    )
    for dead, words in ((0, "no unit is as flat for every digit."), (60, "every unit is as flat for every digit.")):
        assert run("(setting) => f.layerText(setting, 60, 0.01)", {**setting, "dead": dead}).endswith(words)


STATES = [
    {"activation": name, "x": x, **OPTIONS[1]} for name, x in itertools.product(NAMES, (-3.3, 2.0))
] + [
    {"activation": name, "view": "a layer", "scale": 4.0, "shift": -2.0} for name in NAMES
]  # fmt: skip


def printed_by(code, space):
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(code, space)
    return [float(number) for number in re.findall(r"-?[\d.]+(?:e-?\d+)?", out.getvalue())]


def expected_numbers(explorer):
    if explorer.view == "a layer":
        return None
    value, slope = (float(number) for number in explorer.value_and_slope(explorer.x))
    return [value, slope, slope**5, slope**10]


@pytest.mark.parametrize("state", STATES)
def test_the_code_shown_prints_the_numbers_shown(run, state):
    explorer = widgets.activation_explorer(**state)
    printed = printed_by(run("(state) => f.showCode(state)", state_of(explorer))["course"], {})
    if explorer.view == "one unit":
        np.testing.assert_allclose(printed, expected_numbers(explorer), rtol=1e-12)
    else:
        mean, flat, dead = printed
        assert round(mean, 3) == explorer.setting["mean"]
        assert (round(flat, 1), dead) == (explorer.setting["flat"], explorer.setting["dead"])


@pytest.mark.parametrize("state", STATES)
def test_the_pytorch_code_prints_the_same_numbers(run, state):
    pytest.importorskip("torch", reason="PyTorch is not installed")
    explorer = widgets.activation_explorer(**state)
    code = run("(state) => f.showCode(state)", state_of(explorer))
    space = {}
    course = printed_by(code["course"], space)
    np.testing.assert_allclose(printed_by(code["torch"], space), course, rtol=1e-9)


# In JupyterLab


def readable(value):
    """As chart.js writes a number of four digits."""
    text = f"{value:.3e}" if value != 0 and abs(value) < 1e-4 else f"{float(f'{value:.4g}'):g}"
    return re.sub(r"e-0?(\d)", r"e-\1", text).replace("-", "\u2212")


def assert_shows(page, **state):
    """The tables show what course_lib computes for this state."""
    explorer = widgets.activation_explorer(**state)
    if explorer.view == "one unit":
        value, slope, five, ten = expected_numbers(explorer)
        expected = [readable(number) for number in (value, slope, slope, five, ten)]
    else:
        setting = explorer.setting
        expected = [readable(setting["mean"]), f"{readable(setting['flat'])} % of the outputs"]
        expected += [f"{setting['dead']} of 60 units"]
    cells = page.locator(".course-activations .course-readings:visible td").all_inner_texts()
    assert cells == expected


def test_it_is_alive_before_any_cell_is_run_in_both_views(stored):
    assert_shows(stored, activation="sigmoid", x=1.0)
    choose(stored, "activation", "tanh")
    assert_shows(stored, activation="tanh", x=1.0)
    choose(stored, "view", "a layer")
    assert_shows(stored, view="a layer", activation="tanh")
    stored.get_by_role("slider", name="weight scale").press("End")
    assert_shows(stored, view="a layer", activation="tanh", scale=16.0)


def test_every_control_of_one_unit_works_by_keyboard(stored):
    page = stored
    x = page.get_by_role("slider", name="x", exact=True)
    x.press("ArrowRight")
    assert_shows(page, activation="sigmoid", x=1.05)
    x.press("Home")
    assert_shows(page, activation="sigmoid", x=-10.0)
    x.press("End")
    page.get_by_text("sigmoid at x = 10: value 0.99995, slope").first.wait_for()  # not 1
    typed = page.get_by_role("textbox", name="x, typed")
    typed.fill("-3.3")
    assert_shows(page, activation="sigmoid", x=-3.3)
    typed.fill("far")
    assert typed.get_attribute("aria-invalid") == "true"
    assert_shows(page, activation="sigmoid", x=-3.3)
    choose(page, "activation", "leaky ReLU")
    page.get_by_role("slider", name="slope below 0").press("End")
    assert_shows(page, activation="leaky ReLU", negative_slope=0.5, x=-3.3)
    choose(page, "activation", "ELU")
    page.get_by_role("slider", name="alpha").press("End")
    assert_shows(page, activation="ELU", alpha=3.0, x=-3.3)
    choose(page, "activation", "maxout")
    page.get_by_role("textbox", name="w2").fill("-2")
    page.get_by_role("textbox", name="b2").fill("0,5")
    assert_shows(page, activation="maxout", lines=[1, 0, -2, 0.5], x=-3.3)
    page.get_by_text("maxout at x = \u22123.3: value 7.1, slope \u22122.").first.wait_for()
    page.get_by_role("button", name="Reset").press("Enter")
    assert_shows(page, activation="sigmoid", x=1.0)


def test_the_point_follows_the_pointer_and_then_the_arrow_keys(stored):
    box = stored.locator(".course-activations .course-chart").nth(1).bounding_box()
    stored.mouse.move(box["x"] + box["width"] / 2, box["y"] + 60)
    stored.mouse.down()
    stored.mouse.move(box["x"] + box["width"] * (52 + 358 * 0.75) / 420, box["y"] + 80, steps=5)
    stored.mouse.up()
    at = float(stored.get_by_role("slider", name="x", exact=True).input_value())
    assert at == pytest.approx(5, abs=0.11)
    assert_shows(stored, activation="sigmoid", x=at)
    stored.keyboard.press("ArrowLeft")
    assert_shows(stored, activation="sigmoid", x=round(at - 0.05, 2))


def test_a_layer_shows_its_histogram_and_its_dead_units(stored):
    choose(stored, "view", "a layer")
    choose(stored, "activation", "ReLU")
    shift = stored.get_by_role("slider", name="bias shift")
    for _ in range(3):
        shift.press("ArrowLeft")
    assert_shows(stored, view="a layer", activation="ReLU", shift=-4.0)
    dead = widgets.activation_explorer("ReLU", view="a layer", shift=-4.0).setting["dead"]
    marks = stored.locator(".course-dot").all_inner_texts()
    assert marks.count("\u2715") == dead == 60
    shift.press("End")
    setting = widgets.activation_explorer("ReLU", view="a layer", shift=6.0).setting
    bars = stored.locator(".course-bar")
    assert bars.count() == sum(share > 0 for share in setting["shares"])
    heights = [float(bars.nth(n).get_attribute("height")) for n in range(bars.count())]
    np.testing.assert_allclose(heights, [2.2 * share for share in setting["shares"] if share > 0], rtol=1e-9)


def test_python_and_the_page_share_one_state(live):
    choose(live, "activation", "ELU")
    wait_for_answer(live, "explorer = _; print(explorer.activation)", "ELU")
    ask(live, "explorer.x = -2.0")
    live.wait_for_function("document.querySelector('.course-activations td').textContent === '\u22120.8647'")
    assert_shows(live, activation="ELU", x=-2.0)


def test_the_code_panel_opens_by_keyboard_and_shows_both_calls(stored):
    course, torch = shown_code(stored)
    assert "activations.sigmoid_derivative(x)" in course
    assert "torch.sigmoid(x)" in torch


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_table_text_can_be_read_in_both_themes(stored, run_command, theme):
    run_command("apputils:change-theme", {"theme": theme})
    stored.wait_for_function("(dark) => document.body.dataset.jpThemeLight === String(!dark)", arg="Dark" in theme)
    cell, ground = stored.locator(".course-activations").evaluate(
        "(e) => [getComputedStyle(e.querySelector('td')).color, getComputedStyle(e).backgroundColor]"
    )
    light = [sum(float(part) for part in re.findall(r"[\d.]+", colour)[:3]) / 3 for colour in (cell, ground)]
    assert (light[0] < 128 < light[1]) if "Light" in theme else (light[1] < 80)


def test_nothing_hangs_over_in_a_narrow_window(stored, run_command):
    run_command("application:toggle-left-area")
    stored.set_viewport_size({"width": 500, "height": 900})
    stored.wait_for_function("document.querySelector('.course-explorer').clientWidth < 480")
    for view in ("one unit", "a layer"):
        choose(stored, "view", view)
        over = stored.locator(".course-explorer").first.evaluate("(e) => e.scrollWidth - e.clientWidth")
        assert over <= 1
