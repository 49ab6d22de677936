"""The pooling explorer: its pure functions against course_lib on many small grids, and every control in JupyterLab."""

import itertools

import numpy as np
import pytest
from hand import ask, choose, luminance, pure_functions, shown_code, wait_for_answer
from numpy.testing import assert_allclose, assert_array_equal

from course_lib import pooling, widgets
from course_lib.widgets.pooling_explorer import DIRECTIONS, KINDS, POWERS, functions

LESSON, DRAWN = "10_pooling", ".course-pooling .course-cell"
SHAPES = ((4, 4), (4, 6), (5, 4), (7, 5))
WINDOWS = tuple(itertools.product((1, 2, 3, 4), (1, 2, 3, 4)))  # kernel size, stride


@pytest.fixture(scope="module")
def run(browser):
    with pure_functions(browser, "pooling.js") as run:
        yield run


def grids():
    """Small grids: few different numbers, so that most windows hold ties; zeros, fractions, negative numbers."""
    rng = np.random.default_rng(10)
    for shape in SHAPES:
        yield rng.integers(0, 3, shape)
        yield rng.integers(-3, 4, shape)
        yield np.round(rng.normal(scale=100, size=shape), 2)
        yield np.zeros(shape)


def cases(kind, p):
    """(x, state) for every grid and window."""
    for grid, (kernel_size, stride) in itertools.product(grids(), WINDOWS):
        state = {"kind": kind, "p": p, "kernel_size": kernel_size, "stride": stride}
        yield grid.astype(float)[None, None], state


def state_of(explorer):
    return {name: getattr(explorer, name) for name in explorer.state}


@pytest.mark.parametrize(
    ("kind", "p"), [*((kind, 5) for kind in KINDS if kind != "p-norm"), *(("p-norm", p) for p in POWERS)]
)
def test_results_and_gradients_are_those_of_the_library(run, kind, p):
    found = run(
        """(cases) => cases.map(([cells, state]) => {
          const out = f.pooled(cells, state), gradient = f.gradientOf(out, "1, 2, 3");
          return [out, gradient, f.gradientBack(cells, state, gradient)];
        })""",
        [[x[0, 0].tolist(), state] for x, state in cases(kind, p)],
    )
    assert len(found) == 256
    for (x, state), (out, grad_out, grad_x) in zip(cases(kind, p), found, strict=True):
        forward, backward = functions(**state)
        expected = forward(x)
        gradient = np.arange(1.0, expected.size + 1).reshape(expected.shape)
        assert_allclose(out, expected[0, 0], rtol=1e-12, atol=1e-12)
        assert_array_equal(grad_out, gradient[0, 0])
        assert_allclose(grad_x, backward(gradient, x)[0, 0], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(("kind", "p"), [("max", 5), ("p-norm", "max")])
def test_the_winners_are_those_that_the_library_remembers(run, kind, p):
    send = [[x[0, 0].tolist(), state] for x, state in cases(kind, p)]
    found = run("(cases) => cases.map(([cells, state]) => f.countsOf(cells, state))", send)
    for (x, state), counts in zip(cases(kind, p), found, strict=True):
        window = state["kernel_size"], state["stride"]
        _, winners = pooling.max_pool2d(x if kind == "max" else np.abs(x), *window, return_indices=True)
        wins = np.bincount(winners.ravel(), minlength=x.size).reshape(x.shape[2:])
        assert [[cell["wins"] for cell in row] for row in counts] == wins.tolist()
        reads = pooling.avg_pool2d_backward(np.full(winners.shape, window[0] ** 2), x, *window)[0, 0]
        assert [[cell["reads"] for cell in row] for row in counts] == reads.tolist()


def test_cells_in_no_window_are_told(run):
    cells = np.zeros((4, 4)).tolist()
    words = "([cells, state]) => f.unreadWords(f.countsOf(cells, state))"
    assert run(words, [cells, {"kind": "max", "kernel_size": 3, "stride": 2}]) == "No window reads the 7 hatched cells."
    assert run(words, [cells, {"kind": "max", "kernel_size": 2, "stride": 2}]) == ""


def test_windows_are_numbered_in_reading_order_and_subsampling_takes_their_first_cells(run):
    for shape, (kernel_size, stride) in itertools.product(SHAPES, WINDOWS):
        x = np.arange(float(np.prod(shape))).reshape(shape)
        state = {"kernel_size": kernel_size, "stride": stride}
        windows, picked = run(
            "([cells, state]) => [f.windowsOf(cells, state), f.subsampled(cells, state)]", [x.tolist(), state]
        )
        height, width = ((size - kernel_size) // stride + 1 for size in shape)
        assert [(w["i"], w["j"]) for w in windows] == list(np.ndindex(height, width))
        assert all((w["top"], w["left"]) == (w["i"] * stride, w["j"] * stride) for w in windows)
        assert picked == x[::stride, ::stride][:height, :width].tolist()


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_the_grid_moves_as_in_python_and_repeats_its_edge(run, direction):
    explorer = widgets.pooling_explorer(shift=direction)
    for grid in grids():
        explorer.cells = grid
        assert run("([cells, d]) => f.shifted(cells, d)", [explorer.cells, direction]) == explorer.map[0, 0].tolist()


def test_a_shift_to_the_right_brings_each_number_to_its_right_neighbour():
    assert widgets.pooling_explorer(shift="right").map[0, 0, 1].tolist() == [5, 5, 6, 7]


def test_a_change_is_told_in_percent_of_what_was_there(run):
    cases = [([[1, 2], [3, -4]], [[1, 3], [3, -5]]), ([[0, 0]], [[0, 1]]), ([[5]], [[5]])]
    expected = [
        {"percent": 20, "changed": 2, "of": 4},
        {"percent": None, "changed": 1, "of": 2},
        {"percent": 0, "changed": 0, "of": 1},
    ]
    assert run("(cases) => cases.map(([a, b]) => f.changeOf(a, b))", cases) == expected


def test_typed_numbers_are_read_and_never_evaluated(run):
    typed = {"1": 1, "-0.5": -0.5, ".25": 0.25, " 3 ": 3, "+7": 7, "0,5": 0.5, "\u22122": -2, "1000": 1000, "-0": 0}
    typed |= dict.fromkeys(["", "-", "abc", "1/2", "1e3", "2*3", "alert(1)", "1001", "Infinity", "0x10", "1.2.3"])
    assert run("(texts) => texts.map(f.parseCell)", list(typed)) == list(typed.values())


def test_colours_run_from_the_smallest_to_the_largest_or_by_magnitude(run):
    cases = [[[5, 7], [9, 5]], [[-4, 0], [2, 1]], [[3, 3], [3, 3]]]
    tints = [[[0, 0.5], [1, 0]], [[1, 0], [0.5, 0.25]], [[0, 0], [0, 0]]]
    assert run("(cases) => cases.map(f.tintsOf)", cases) == tints


def test_numbers_are_written_short_with_a_real_minus_sign(run):
    values = [0, 6, 4.865160859, -2.5, 123.456, 0.00049, 1000, 0.2998, -0.0001]
    assert run("(v) => v.map((x) => f.written(x))", values) == (
        ["0", "6", "4.865", "\u22122.5", "123.5", "0.00049", "1000", "0.2998", "\u22120.0001"]
    )
    assert run("(v) => v.map(f.writtenShort)", values) == (
        ["0", "6", "4.865", "\u22122.5", "123.5", "0", "1000", "0.3", "0"]
    )


WORDS = [
    ({}, [1, 1, 5, 6], "max(1, 1, 5, 6) = 6"),
    ({"kind": "mean"}, [1, 1, 5, 6], "(1 + 1 + 5 + 6) / 4 = 3.25"),
    ({"kind": "sum"}, [1, -1, 5, 6], "1 + (\u22121) + 5 + 6 = 11"),
    ({"kind": "L2"}, [3, 0, -4, 0], "\u221a(3\u00b2 + 0\u00b2 + |\u22124|\u00b2 + 0\u00b2) = 5"),
    ({"kind": "p-norm", "p": 1}, [1, -1, 5, 6], "((1 + |\u22121| + 5 + 6) / 4) = 3.25"),
    ({"kind": "p-norm", "p": 5}, [2, 4, 7, 8], "((2^5 + 4^5 + 7^5 + 8^5) / 4)^(1/5) = 6.614"),
    ({"kind": "p-norm", "p": "max"}, [2, -9, 7, 8], "max(2, |\u22129|, 7, 8) = 9"),
]


@pytest.mark.parametrize(("change", "values", "words"), WORDS)
def test_a_window_is_written_out_with_its_numbers(run, change, values, words):
    state = {"kind": "max", "p": 5, **change}
    assert run("([values, state]) => f.windowWords(values, state)", [values, state]) == words


ROUTES = [
    ({}, [1, 6, 5, 1], 3, "The gradient 3 goes to the winner alone, the 6."),
    (
        {},
        [2, 2, 2, 1],
        1,
        "The gradient 1 goes to the winner alone, the 2. 3 cells hold it: the first in reading order wins.",
    ),
    ({"kind": "mean"}, [1, 6, 5, 1], 2, "The gradient 2 is shared evenly: each of the 4 cells gets 0.5."),
    ({"kind": "sum"}, [1, 6, 5, 1], 2, "Each of the 4 cells gets the whole gradient, 2."),
    ({"kind": "L2"}, [3, 0, -4, 0], 10, "The gradient 10 is weighted: the \u22124 gets \u22128, the 0 gets 0."),
    ({"kind": "L2"}, [3, 3, 3, 3], 10, "The gradient 10 is weighted; here each of the 4 cells gets 5."),
    (
        {"kind": "L2"},
        [0, 0, 0, 0],
        10,
        "All cells are 0: there the norm has a kink, and no gradient is passed on.",
    ),
]


@pytest.mark.parametrize(("change", "values", "gradient", "words"), ROUTES)
def test_the_way_of_a_gradient_is_put_into_words(run, change, values, gradient, words):
    send = [values, {"kind": "max", "p": 5, **change}, gradient]
    assert run("([values, state, gradient]) => f.gradientWords(values, state, gradient)", send) == words


def test_a_shift_is_told_for_the_grid_the_first_cells_and_the_result(run):
    explorer = widgets.pooling_explorer(shift="right")
    words = run("([cells, state]) => f.shiftWords(cells, state)", [explorer.cells, state_of(explorer)])
    x, moved = (widgets.pooling_explorer(shift=s) for s in ("none", "right"))

    def percent(pick):
        return 100 * np.abs(pick(moved) - pick(x)).sum() / np.abs(pick(x)).sum()

    numbers = [percent(pick) for pick in (lambda e: e.map, lambda e: e.map[:, :, ::2, ::2], lambda e: e.result)]
    assert words == (
        "Moved one cell right: the grid changes by {:.2g} %, the first cells of the windows by {:.2g} %, "
        "the result by {:.2g} % (3 of its 4 numbers). To type, set shift to none.".format(*numbers)
    )
    assert run("([cells, state]) => f.shiftWords(cells, state)", [x.cells, state_of(x)]) == ""


def test_a_change_from_0_has_no_percentage(run):
    words = "([cells, state]) => f.shiftWords(cells, state)"
    explorer = widgets.pooling_explorer(shift="down", cells=[[0, 0, 0, 0], [0, 5, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]])
    found = run(words, [explorer.cells, state_of(explorer)])
    assert "the first cells of the windows by 0 %," in found  # 0 before and after
    explorer = widgets.pooling_explorer(shift="right", cells=[[0, 0, 0, 0], [0, 0, 0, 0], [0, 7, 0, 0], [0, 0, 0, 0]])
    found = run(words, [explorer.cells, state_of(explorer)])
    assert "the first cells of the windows by \u221e % (all of it was 0)," in found


STATES = [
    {},
    {"kind": "mean", "stride": 1, "upstream": "1, 2, 3"},
    {"kind": "sum", "kernel_size": 3, "stride": 1, "shift": "up"},
    {"kind": "L2", "preset": "photograph (camera)", "shift": "left"},
    {"kind": "p-norm", "p": 1.5, "preset": "edges in the photograph", "kernel_size": 3},
    {"kind": "p-norm", "p": 5, "preset": "equal numbers"},
    {"kind": "p-norm", "p": "max", "cells": [[1, -2.5, 3, 0.25]] * 5, "upstream": "1, 2, 3"},
]


@pytest.mark.parametrize("state", STATES)
def test_the_code_shown_gives_the_very_numbers(run, state):
    explorer = widgets.pooling_explorer(**state)
    code = run("([cells, state]) => f.showCode(cells, state)", [explorer.cells, state_of(explorer)])
    space = {}
    exec(code["course"], space)
    assert np.array_equal(space["x"], explorer.map)
    assert np.array_equal(space["out"], explorer.result)
    assert np.array_equal(space["grad_x"], explorer.grad_x)


@pytest.mark.parametrize("state", STATES)
def test_the_pytorch_code_gives_the_same_numbers(run, state):
    pytest.importorskip("torch", reason="PyTorch is not installed")
    explorer = widgets.pooling_explorer(**state)
    code = run("([cells, state]) => f.showCode(cells, state)", [explorer.cells, state_of(explorer)])
    space = {}
    exec(f"{code['course']}\n{code['torch']}", space)
    assert_allclose(space["out"].detach().numpy(), explorer.result, rtol=1e-10)
    assert_allclose(space["grad_x"].numpy(), explorer.grad_x, rtol=1e-10, atol=1e-12)


# In JupyterLab


def first(page):
    return page.locator(".course-pooling").first


def numbers_on(page, place):
    """The numbers of a grid, row after row: place 0 is the grid, 1 the result, 2 and 3 the gradients at these."""
    grid = first(page).locator(".course-cells").nth(place)
    texts = grid.evaluate("(e) => [...e.children].map((c) => c.firstChild.value ?? c.textContent)")
    return [float(text.replace("\u2212", "-").replace(",", ".")) for text in texts]


def assert_shows(page, **state):
    """The page shows the numbers, the winners and the gradients that course_lib computes for this state."""
    explorer = widgets.pooling_explorer(**state)
    assert_allclose(numbers_on(page, 0), explorer.map.ravel(), rtol=5e-4)
    assert_allclose(numbers_on(page, 1), explorer.result.ravel(), rtol=5e-4, atol=5e-4)
    if explorer.gradient:
        assert_allclose(numbers_on(page, 2), explorer.grad_x.ravel(), rtol=5e-4, atol=5e-4)
        assert_allclose(numbers_on(page, 3), explorer.grad_out.ravel())
    assert first(page).locator(".course-cells").nth(2).is_visible() == explorer.gradient
    stars = first(page).locator(".course-cells").first.locator("[data-mark^=\u2605]").count()
    winners = np.count_nonzero(pooling.max_pool2d_backward(np.ones(explorer.result.shape), explorer.map,
                               explorer.kernel_size, explorer.stride))  # fmt: skip
    assert stars == (winners if explorer.kind == "max" else 0)


def test_it_is_alive_before_any_cell_is_run(stored):
    assert_shows(stored)
    choose(first(stored), "numbers", "edges in the photograph")
    choose(first(stored), "kind", "p-norm")
    choose(first(stored), "window size", "3")
    choose(first(stored), "stride", "1")
    state = {"kind": "p-norm", "kernel_size": 3, "stride": 1}
    assert_shows(stored, preset="edges in the photograph", **state)
    first(stored).get_by_role("checkbox", name="show the gradient").press("Space")
    assert_shows(stored, preset="edges in the photograph", gradient=True, **state)


def test_every_control_works_by_keyboard(live):
    page = live
    for kind in ("mean", "sum", "L2", "p-norm"):
        first(page).get_by_role("combobox", name="kind").press("ArrowDown")
        assert_shows(page, kind=kind)
    choose(first(page), "kind", "max")
    first(page).get_by_role("checkbox", name="show the gradient").press("Space")
    choose(first(page), "arriving gradient", "1, 2, 3")
    choose(first(page), "stride", "1")
    choose(first(page), "shift the grid", "left")
    state = {"gradient": True, "upstream": "1, 2, 3", "stride": 1, "shift": "left"}
    assert_shows(page, **state)
    page.get_by_text("Moved one cell left: the grid changes by").first.wait_for()
    first(page).get_by_role("combobox", name="kind").press("End")
    slider = first(page).get_by_role("slider", name="p", exact=True)
    slider.press("Home")
    assert_shows(page, kind="p-norm", p=1, **state)
    slider.press("ArrowRight")
    assert_shows(page, kind="p-norm", p=1.5, **state)
    slider.press("End")
    assert slider.get_attribute("aria-valuetext") == "infinite: the maximum"
    first(page).get_by_role("button", name="Reset").press("Enter")
    assert_shows(page)


def test_the_window_walks_step_by_step_and_says_its_sum(stored):
    frame = first(stored).locator(".course-stage > .course-frame").first
    style = "(e) => [e.style.left, e.style.top, e.style.width]"
    first(stored).get_by_role("button", name="next window").press("Enter")
    first(stored).get_by_text("max(2, 4, 7, 8) = 8", exact=True).wait_for()
    assert frame.evaluate(style) == ["50%", "0%", "50%"]
    first(stored).get_by_role("button", name="last window").press("Enter")
    first(stored).get_by_text("max(1, 0, 3, 4) = 4", exact=True).wait_for()
    assert frame.evaluate(style) == ["50%", "50%", "50%"]
    first(stored).get_by_role("slider", name="window", exact=True).press("ArrowLeft")
    first(stored).get_by_text("max(3, 2, 1, 2) = 3", exact=True).wait_for()
    first(stored).locator(".course-cells").nth(1).locator(".course-cell").nth(1).click()
    first(stored).get_by_text("max(2, 4, 7, 8) = 8", exact=True).wait_for()
    choose(first(stored), "window size", "3")
    first(stored).get_by_text("window 1 of 1").wait_for()
    first(stored).get_by_text("No window reads the 7 hatched cells.", exact=True).wait_for()


def test_cells_are_typed_and_counted_with_the_arrow_keys(live):
    page = live
    cell = first(page).get_by_role("textbox", name="row 0, column 1")
    cell.fill("-7,5")
    cells = [[1, -7.5, 2, 4], [5, 6, 7, 8], [3, 2, 1, 0], [1, 2, 3, 4]]
    assert_shows(page, cells=cells)
    cell.evaluate("(cell) => cell.addEventListener('invalid', () => { cell.dataset.told = true; })")
    cell.fill("many")
    assert cell.get_attribute("aria-invalid") == "true"
    assert cell.evaluate("(cell) => cell.validationMessage") == "a number from \u22121000 to 1000"
    first(page).locator("[data-told]").wait_for(timeout=5_000)  # the browser says so when the hand rests
    assert_shows_result_of(page, cells)
    cell.press("ArrowUp")
    cell.press("Shift+ArrowUp")
    cells[0][1] = 3.5
    assert_shows(page, cells=cells)
    cell.fill("20")
    cells[0][1] = 20
    assert_shows(page, cells=cells)
    assert first(page).get_by_role("textbox", name="row 0, column 1, wins 1 window").count() == 1
    assert first(page).get_by_role("combobox", name="numbers").evaluate("(s) => s.value") == "own numbers"
    choose(first(page), "shift the grid", "down")
    assert first(page).get_by_role("textbox", name="row 0, column 1").evaluate("(input) => input.readOnly")


def test_what_python_writes_reaches_the_cell_that_a_hand_is_in(live):
    def write(value):
        assert ask(live, f"explorer.cells = [[{value}] * 4] * 4") == ""
        first(live).get_by_text(f"max({value}, {value}, {value}, {value}) = {value}", exact=True).wait_for()

    cell = first(live).get_by_role("textbox", name="row 0, column 1")
    cell.focus()
    write(42)
    assert cell.input_value() == "42"
    cell.fill("4 or so")
    write(43)
    assert cell.input_value() == "4 or so"  # no number yet, and still being typed
    cell.blur()
    assert (cell.input_value(), cell.evaluate("(cell) => cell.validationMessage")) == ("43", "")


def assert_shows_result_of(page, cells):
    assert numbers_on(page, 1) == widgets.pooling_explorer(cells=cells).result.ravel().tolist()


def test_pythons_echo_undoes_no_press_of_a_quick_hand(live):
    cell = first(live).get_by_role("textbox", name="row 3, column 0")
    cell.focus()
    for n in range(30):
        live.keyboard.press("ArrowUp")
        live.wait_for_timeout(20 + n)
    live.wait_for_timeout(500)
    assert_shows(live, cells=[[1, 1, 2, 4], [5, 6, 7, 8], [3, 2, 1, 0], [31, 2, 3, 4]])


def test_python_and_the_page_share_one_state(live):
    page = live
    choose(first(page), "kind", "sum")
    first(page).get_by_role("textbox", name="row 0, column 0").fill("10")
    wait_for_answer(page, "print(explorer.preset, explorer.result[0, 0, 0])", "own numbers [22. 21.]")
    first(page).get_by_role(
        "textbox", name="row 0, column 0"
    ).blur()  # while a hand is in the field, nobody else writes there
    ask(page, "explorer.preset = 'equal numbers'; explorer.stride = 1")
    first(page).get_by_text("result 3 \u00d7 3", exact=True).wait_for(timeout=10_000)
    page.wait_for_function("document.querySelector('.course-pooling .course-cells input').value === '0'")
    assert_shows(page, preset="equal numbers", kind="sum", stride=1)


def test_the_code_panel_opens_by_keyboard_and_shows_both_calls(stored):
    course, torch = shown_code(first(stored))
    assert "out = pooling.max_pool2d(x, 2, stride=2)" in course
    assert "out = F.max_pool2d(t, 2, stride=2)" in torch


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_numbers_stand_out_from_the_fullest_tint_in_both_themes(stored, run_command, theme):
    run_command("apputils:change-theme", {"theme": theme})
    stored.wait_for_function("(dark) => document.body.dataset.jpThemeLight === String(!dark)", arg="Dark" in theme)
    cell = first(stored).get_by_role("textbox", name="row 1, column 3")  # the 8
    text, ground, tint, opacity = cell.evaluate(
        """(input) => { const cell = input.parentElement, before = getComputedStyle(cell, "::before");
          return [getComputedStyle(input).color, getComputedStyle(cell).backgroundColor,
            before.backgroundColor, Number(before.opacity)]; }"""
    )
    assert opacity == pytest.approx(0.4)
    colours = [
        np.array([float(part) for part in c[c.index("(") + 1 : -1].split(",")[:3]]) for c in (text, ground, tint)
    ]
    lights = sorted(luminance(*colour) for colour in (colours[0], (1 - opacity) * colours[1] + opacity * colours[2]))
    assert (lights[1] + 0.05) / (lights[0] + 0.05) >= 4.5


def test_nothing_hangs_over_in_a_narrow_window(stored, run_command):
    run_command("application:toggle-left-area")
    stored.set_viewport_size({"width": 500, "height": 900})
    stored.wait_for_function("document.querySelector('.course-explorer').clientWidth < 480")
    choose(first(stored), "numbers", "photograph (camera)")
    first(stored).get_by_role("checkbox", name="show the gradient").press("Space")
    assert first(stored).evaluate("(e) => e.scrollWidth - e.clientWidth") <= 1
    grid, result = (first(stored).locator(".course-stage").nth(place).bounding_box() for place in (0, 1))
    assert result["y"] > grid["y"] + grid["height"]  # one below the other
    run_command("application:toggle-left-area")
