"""The transposed explorer: its pure functions against course_lib in every state, and every control in JupyterLab."""

import itertools
import json
import re

import numpy as np
import pytest
from hand import ask, contrast, pure_functions, shown_code, wait_for_answer
from numpy.testing import assert_array_equal

from course_lib import convolution, shapes, widgets
from course_lib.widgets.transposed_explorer import COUNTING, LARGEST

LESSON, DRAWN = "11_transposed_convolution", ".course-transposed .course-sheet"
NAMES = tuple(LARGEST)
RANGES = {name: range(0 if name.endswith("padding") else 1, most + 1) for name, most in LARGEST.items()}
EVERY = [dict(zip(NAMES, values, strict=True)) for values in itertools.product(*RANGES.values())]
BY_KERNEL = {kernel: [state for state in EVERY if state["kernel_size"] == kernel] for kernel in RANGES["kernel_size"]}
RNG = np.random.default_rng(11)
X, WEIGHT = RNG.integers(-9, 10, (2, 5, 5))
every_kernel = pytest.mark.parametrize("kernel_size", RANGES["kernel_size"])


@pytest.fixture(scope="module")
def run(browser):
    with pure_functions(browser, "transposed.js") as run:
        yield run


def of_states(run, states, expression):
    """What a JavaScript expression in `state` and `axis` gives for each state; texts travel faster than lists."""
    script = """([states, grids]) => JSON.stringify(JSON.parse(states).map((settings) => {
      const state = { ...settings, ...grids }, axis = f.axisOf(state);
      return %s;
    }))"""
    grids = {"x": X.tolist(), "weight": WEIGHT.tolist()}
    return json.loads(run(script % expression, [json.dumps(states), grids]))


def arrays(state):
    """(x, weight, settings) for course_lib."""
    size, kernel = state["size"], state["kernel_size"]
    settings = {name: state[name] for name in ("stride", "padding", "output_padding", "dilation")}
    x, weight = (grid[None, None, :side, :side].astype(float) for grid, side in ((X, size), (WEIGHT, kernel)))
    return x, weight, settings


def refusal(state):
    try:
        shapes.conv_transpose_output_size(**state)
    except ValueError as error:
        return str(error)
    return None


def test_there_are_four_thousand_states_most_of_them_legal():
    assert len(EVERY) == 4000
    assert sum(refusal(state) is None for state in EVERY) == 2197


@every_kernel
def test_what_course_lib_refuses_is_refused_in_its_words_and_what_would_do_does(run, kernel_size):
    states = BY_KERNEL[kernel_size]
    for state, text in zip(states, of_states(run, states, "axis.refused"), strict=True):
        expected = refusal(state)
        if expected is None:
            assert text == ""
            continue
        remedy = text.removeprefix(f"{expected}. ")
        assert remedy != text
        numbers = [int(word.rstrip(",.")) for word in remedy.split() if word.rstrip(",.").isdigit()]
        if remedy.startswith("An output padding of at most"):
            cured = [{**state, "output_padding": numbers[0]}, {**state, "stride": numbers[1]}]
            assert all("output_padding must" not in (refusal(one) or "") for one in cured)
            assert "output_padding must" in refusal({**state, "output_padding": numbers[0] + 1})
            assert numbers[1] <= LARGEST["stride"]
        else:
            assert remedy.startswith("A padding of at most")
            assert refusal({**state, "padding": numbers[0]}) is None
            assert refusal({**state, "padding": numbers[0] + 1})


@every_kernel
def test_scatter_gather_and_overlap_are_those_of_the_library_in_every_legal_state(run, kernel_size):
    states = [state for state in BY_KERNEL[kernel_size] if refusal(state) is None]
    found = of_states(
        run, states, "[f.canvasAfter(state, axis, axis.size ** 2), f.gatheredOutput(state, axis), f.overlapMap(axis)]"
    )
    for state, (canvas, gathered, overlap) in zip(states, found, strict=True):
        x, weight, settings = arrays(state)
        out = convolution.conv_transpose2d(x, weight, **settings)[0, 0].tolist()
        ones = convolution.conv_transpose2d(np.ones(x.shape), np.ones(weight.shape), **settings)[0, 0].tolist()
        padding = state["padding"]
        kept = slice(padding, len(canvas["sums"]) - padding)
        assert gathered == out
        assert overlap == ones
        assert [row[kept] for row in canvas["sums"][kept]] == out
        assert [row[kept] for row in canvas["counts"][kept]] == ones


@every_kernel
def test_the_canvas_on_the_way_and_what_the_window_slides_over_are_those_of_python(run, kernel_size):
    states = [state for state in BY_KERNEL[kernel_size] if refusal(state) is None]
    for n, state in enumerate(states):
        state["stamps"] = n % (state["size"] ** 2 + 1)
    expression = "[f.canvasAfter(state, axis, state.stamps).sums, f.gatheredInput(state, axis), axis]"
    for state, (canvas, gathered, axis) in zip(states, of_states(run, states, expression), strict=True):
        stamps = state.pop("stamps")
        explorer = widgets.transposed_explorer(x=X, weight=WEIGHT, stamp=stamps, **state)
        assert canvas == explorer.canvas[0, 0].tolist()
        assert gathered == explorer.gathered[0, 0].tolist()
        sides = (len(canvas), len(gathered), explorer.out.shape[-1])
        assert (axis["canvas"], axis["gathered"], axis["out"]) == sides


@every_kernel
def test_each_window_meets_as_many_numbers_as_its_cell_gets_stamps(run, kernel_size):
    states = [state for state in BY_KERNEL[kernel_size] if refusal(state) is None and state["size"] <= 3]
    expression = """f.overlapMap(axis).map((row, i) => row.map((count, j) => {
      const met = f.meetings(state, axis, i, j);
      return [met.length - count, met.reduce((sum, [number, weight]) => sum + number * weight, 0)];
    }))"""
    for state, cells in zip(states, of_states(run, states, expression), strict=True):
        x, weight, settings = arrays(state)
        expected = convolution.conv_transpose2d(x, weight, **settings)[0, 0]
        assert_array_equal(np.array(cells)[..., 0], 0)
        assert_array_equal(np.array(cells)[..., 1], expected)


def test_the_counts_inside_are_those_of_a_large_map(run):
    for kernel, stride, dilation in itertools.product(range(1, 6), range(1, 5), (1, 2)):
        found = run("(axis) => f.insideCounts(axis)", {"kernel": kernel, "stride": stride, "dilation": dilation})
        ones = np.ones((1, 1, 40, 40)), np.ones((1, 1, kernel, kernel))
        counts = convolution.conv_transpose2d(*ones, stride=stride, dilation=dilation)[0, 0, 12:-12, 12:-12]
        assert found == np.unique(counts).tolist()


def test_the_sizes_that_a_convolution_makes_equal_are_all_found(run):
    legal = [state for state in EVERY if refusal(state) is None]
    for state, sizes in zip(legal, of_states(run, legal, "f.sizesBack(axis)"), strict=True):
        kernel = {name: state[name] for name in ("kernel_size", "stride", "padding", "dilation")}
        extent = shapes.window_extent(state["kernel_size"], state["dilation"])
        candidates = (n for n in range(1, 40) if n + 2 * state["padding"] >= extent)
        assert sizes == [n for n in candidates if shapes.conv_output_size(n, **kernel) == state["size"]]


def test_every_cell_of_the_stretched_input_has_its_kind(run):
    state = {"size": 2, "kernel_size": 2, "stride": 2, "padding": 0, "output_padding": 1, "dilation": 1}
    expression = """Array.from({ length: axis.gathered }, (_, i) =>
      Array.from({ length: axis.gathered }, (_, j) => f.kindAt(axis, i, j)[0]).join(""))"""
    expected = ["pppppe", "pibipe", "pbbbpe", "pibipe", "pppppe", "eeeeee"]
    assert of_states(run, [state], expression) == [expected]


def test_the_nearest_stamp_and_window_are_found(run):
    state = {"size": 3, "kernel_size": 3, "stride": 2, "padding": 0, "output_padding": 0, "dilation": 1}
    near = of_states(run, [state], "[[0, 0], [3, 3], [6, 6], [6, 0], [1, 5]].map((p) => f.stampNear(axis, ...p))")
    assert near == [[0, 4, 8, 6, 2]]
    near = of_states(run, [state], "[[0, 0], [2.4, 3.6], [9, -1]].map((p) => f.windowNear(axis, ...p))")
    assert near == [[0, 18, 42]]


def test_typed_digits_are_read_and_never_evaluated(run):
    typed = {"1": 1, "-9": -9, " 3 ": 3, "+7": 7, "\u22122": -2, "-0": 0}
    typed |= dict.fromkeys(["", "-", "a", "10", "1.5", "1e1", "2*3", "alert(1)", "\u0663", "--1"])
    assert run("(texts) => texts.map(f.parseDigit)", list(typed)) == list(typed.values())
    assert run("() => [f.steppedDigit(9, 1), f.steppedDigit(-9, -1), f.steppedDigit(0, -1)]") == [9, -9, -1]


def test_fillings_are_what_they_are_called(run):
    assert run("() => f.filling('1 2 3', 3)") == COUNTING
    assert run("() => f.filling('ones', 2)") == np.ones((5, 5)).tolist()
    for side, row in {1: [1], 2: [1, 1], 3: [1, 2, 1], 4: [1, 3, 3, 1], 5: [1, 2, 3, 2, 1]}.items():
        tent = np.array(run("(side) => f.filling('tent', side)", side))
        assert_array_equal(tent[:side, :side], np.outer(row, row))
        assert np.array(run("(side) => f.filling('one dot', side)", side))[:side, :side].sum() == 1
    assert np.argwhere(run("() => f.filling('one dot', 3)")).tolist() == [[1, 1]]


FIRST = {"size": 3, "kernel_size": 3, "stride": 2, "padding": 0, "output_padding": 0, "dilation": 1}
WORDS = [
    ({}, "f.sizeText(axis)", "2\u00b7(3 \u2212 1) + 3 \u2212 2\u00b70 + 0 = 7"),
    ({"dilation": 2, "padding": 1, "output_padding": 1}, "f.sizeText(axis)",
     "2\u00b7(3 \u2212 1) + 2\u00b7(3 \u2212 1) + 1 \u2212 2\u00b71 + 1 = 8"),
    ({"size": 1, "padding": 2}, "f.sizeText(axis)", "2\u00b7(1 \u2212 1) + 3 \u2212 2\u00b72 + 0 = \u22121"),
    ({"padding": 1, "output_padding": 1}, "f.gatherText(axis)",
     "stretched to 2\u00b7(3 \u2212 1) + 1 = 5; 1 zero before and 2 after: 8; 8 \u2212 3 + 1 = 6"),
    ({"kernel_size": 1, "padding": 1}, "f.gatherText(axis)",
     "stretched to 2\u00b7(3 \u2212 1) + 1 = 5; \u22121 before and \u22121 after (below 0: cells taken away): 3; "
     "3 \u2212 1 + 1 = 3"),
    ({}, "f.sizesText(axis)",
     "A convolution with the same numbers makes 3 of 7 or 8: output padding says which is meant."),
    ({"stride": 1}, "f.sizesText(axis)", "A convolution with the same numbers makes 3 of 5."),
    ({"stride": 1, "dilation": 2, "output_padding": 1}, "f.sizesText(axis)",
     "A convolution with the same numbers makes 3 of 7. Here the output padding is not below the stride, and 8 is none "
     "of these."),
    ({}, "f.stampText(state, axis, 0)", "The canvas is empty."),
    ({}, "f.stampText(state, axis, 1)",
     "Stamp 1: 1 times the kernel, from row 0, column 0 of the canvas on. All its cells were empty."),
    ({}, "f.stampText(state, axis, 5)",
     "Stamp 5: \u22125 times the kernel, from row 2, column 2 of the canvas on. 5 of its 9 cells had a stamp already: "
     "there it adds."),
    ({}, "f.windowText(state, axis, 0)", "No window yet."),
    ({}, "f.windowText(state, axis, 17)",
     "Row 2, column 2: 4 of 9 weights meet a number of the input: "
     "1\u00b79 + 2\u00b77 + 4\u00b73 + (\u22125)\u00b71 = 30."),
    ({}, "f.windowText(state, axis, 9)", "Row 1, column 1: 1 of 9 weights meets a number of the input: 1\u00b75 = 5."),
    ({"kernel_size": 1}, "f.windowText(state, axis, 2)",
     "Row 0, column 1: 0 of 1 weight meet a number of the input: 0."),
    ({}, "f.overlapText(axis)",
     "Inside, far from the edges, cells get 1, 2 or 4 stamps: an uneven pattern, for kernel size 3 with stride 2."),
    ({"kernel_size": 2, "dilation": 3, "stride": 4}, "f.overlapText(axis)",
     "Inside, far from the edges, cells get 0 or 1 stamps: an uneven pattern, for kernel size 2, dilation 3 with "
     "stride 4. Cells with a cross get none: they stay 0."),
    ({"kernel_size": 4}, "f.overlapText(axis)", "Inside, far from the edges, every cell gets 4 stamps: even."),
    ({"kernel_size": 1}, "f.overlapText(axis)",
     "Inside, far from the edges, cells get 0 or 1 stamps: an uneven pattern, for kernel size 1 with stride 2. Cells "
     "with a cross get none: they stay 0."),
]  # fmt: skip


@pytest.mark.parametrize(("change", "expression", "words"), WORDS)
def test_the_words_have_the_numbers_in_them(run, change, expression, words):
    x = [[1, 2, 3], [4, -5, 6], [7, 8, 9]]
    state = {**FIRST, **change, "x": x, "weight": COUNTING}
    assert run(f"(state) => {{ const axis = f.axisOf(state); return {expression}; }}", state) == words


def test_long_sums_are_cut_short(run):
    state = {**FIRST, "size": 4, "kernel_size": 4, "stride": 1, "x": COUNTING, "weight": COUNTING}
    words = run("(state) => f.windowText(state, f.axisOf(state), 25)", state)
    total = convolution.conv_transpose2d(*np.array(COUNTING)[None, None, None, :4, :4].repeat(2, 0))[0, 0, 3, 3]
    assert words.startswith("Row 3, column 3: 16 of 16 weights meet a number of the input: 1\u00b7")
    assert words.endswith(f" + \u2026 = {total:.0f}.")


STATES = [
    {},
    {"padding": 1, "output_padding": 1},
    {"size": 2, "kernel_size": 4, "stride": 3, "padding": 2, "x": [[-1, 2], [3, -4]]},
    {"size": 5, "kernel_size": 1, "stride": 1, "padding": 2, "output_padding": 1, "dilation": 2},
    {"size": 4, "kernel_size": 1, "stride": 2, "padding": 1, "output_padding": 1},
    {"size": 5, "kernel_size": 3, "stride": 4, "padding": 3, "output_padding": 3, "dilation": 2},
]
CODE = "(state) => f.showCode(state, f.axisOf(state))"


def code_of(run, explorer):
    return run(CODE, {name: getattr(explorer, name) for name in explorer.state})


@pytest.mark.parametrize("state", STATES)
def test_the_code_shown_gives_the_very_numbers(run, state):
    explorer = widgets.transposed_explorer(**state)
    space = {}
    exec(code_of(run, explorer)["course"], space)
    assert np.array_equal(space["out"], explorer.out)
    assert np.array_equal(space["same"], explorer.out)
    assert np.array_equal(space["stamps"], explorer.counts)


@pytest.mark.parametrize("state", STATES)
def test_the_pytorch_code_gives_the_same_numbers(run, state):
    pytest.importorskip("torch", reason="PyTorch is not installed")
    explorer = widgets.transposed_explorer(**state)
    code, space = code_of(run, explorer), {}
    exec(f"{code['course']}\n{code['torch']}", space)
    assert np.array_equal(space["out"].numpy(), explorer.out)


@pytest.mark.parametrize("state", [{"output_padding": 2}, {"size": 1, "padding": 3}])
def test_the_code_of_refused_settings_says_so(run, state):
    explorer = widgets.transposed_explorer(**state)
    code = code_of(run, explorer)
    with pytest.raises(ValueError, match=f"^{re.escape(explorer.refusal)}$"):
        exec(code["course"], {})
    assert code["torch"].endswith("# PyTorch refuses as well")


# In JupyterLab


def first(page):
    return page.locator(".course-transposed").first


def written_in(page, label):
    """The numbers that a drawing shows, row after row, faint ones and others apart."""
    groups = first(page).get_by_label(label).locator(".course-numbers").all()
    rows = [text for group in groups for text in group.locator("text").all_text_contents()]
    return [int(number.replace("\u2212", "-")) for row in rows for number in row.split()]


def assert_shows(page, **state):
    """The page shows the canvas, the output and the overlap map that Python has for this state."""
    explorer = widgets.transposed_explorer(**state)
    stamps, windows = min(explorer.stamp, explorer.size**2), min(explorer.window, explorer.out.size)
    first(page).get_by_text(f"stamp {stamps} of {explorer.size**2}", exact=True).wait_for(timeout=10_000)
    first(page).get_by_text(f"window {windows} of {explorer.out.size}", exact=True).wait_for(timeout=10_000)
    touched = widgets.TransposedExplorer(**{**{n: getattr(explorer, n) for n in explorer.state}, "padding": 0})
    touched.x, touched.weight = np.ones((2, 5, 5))
    assert written_in(page, "canvas: arrow") == explorer.canvas[touched.canvas > 0].tolist()
    assert written_in(page, "output: arrow") == explorer.out.ravel()[:windows].tolist()
    assert written_in(page, "overlap map") == explorer.counts[explorer.counts > 0].tolist()
    assert sorted(written_in(page, "stretched input")) == sorted(explorer.gathered.ravel().tolist())
    assert written_in(page, "the kernel, turned") == explorer.kernel[0, 0, ::-1, ::-1].ravel().tolist()


def move(page, label, *keys):
    slider = first(page).get_by_role("slider", name=label, exact=True)
    slider.focus()
    for key in keys:
        page.keyboard.press(key)


def test_it_is_alive_before_any_cell_is_run(stored):
    assert_shows(stored)
    move(stored, "kernel size", "ArrowRight")
    assert_shows(stored, kernel_size=4)
    first(stored).get_by_text("every cell gets 4 stamps: even.").wait_for()
    first(stored).get_by_role("button", name="fill the kernel with tent").press("Enter")
    tent = np.outer([1, 3, 3, 1], [1, 3, 3, 1])
    assert_shows(stored, kernel_size=4, weight=tent)


def test_every_setting_moves_by_keyboard_and_what_is_refused_says_why(live):
    page = live
    move(page, "input size", "Home", "ArrowRight")
    move(page, "kernel size", "ArrowLeft")
    move(page, "stride", "ArrowRight")
    move(page, "padding", "ArrowRight")
    move(page, "output padding", "ArrowRight", "ArrowRight")
    move(page, "dilation", "ArrowRight")
    state = {"size": 2, "kernel_size": 2, "stride": 3, "padding": 1, "output_padding": 2, "dilation": 2}
    assert_shows(page, **state)
    move(page, "output padding", "ArrowRight")
    text = "Refused: output_padding must be below the stride 3 or the dilation 2, not 3"
    first(page).get_by_text(text).first.wait_for()
    assert first(page).get_by_label("canvas: arrow").is_hidden()
    first(page).get_by_role("button", name="Reset").press("Enter")
    assert_shows(page)


def test_stamps_and_windows_follow_buttons_arrow_keys_and_clicks(stored):
    page, line = stored, first(stored).locator(".course-said")
    first(page).get_by_role("button", name="next stamp").press("Enter")
    assert_shows(page, stamp=6)
    first(page).get_by_label("canvas: arrow").focus()
    for key in ("ArrowDown", "ArrowLeft", "ArrowRight", "ArrowUp", "ArrowUp"):
        page.keyboard.press(key)
    assert_shows(page, stamp=3)
    assert line.first.inner_text().startswith("Stamp 3: 3 times the kernel, from row 0, column 4 of the canvas on.")
    first(page).get_by_label("output: arrow").focus()
    for key in ("ArrowDown", "ArrowLeft", "ArrowRight", "ArrowUp", "ArrowLeft"):
        page.keyboard.press(key)
    assert_shows(page, stamp=3, window=24)
    assert (
        line.nth(1).inner_text()
        == "Row 3, column 2: 2 of 9 weights meet a number of the input: 4\u00b71 + 5\u00b71 = 9."
    )
    box = first(page).get_by_label("canvas: arrow").bounding_box()
    page.mouse.click(box["x"] + box["width"] - 5, box["y"] + box["height"] - 5)
    assert_shows(page, stamp=9, window=24)
    box = first(page).get_by_label("output: arrow").bounding_box()
    page.mouse.click(box["x"] + 5, box["y"] + 5)
    assert_shows(page, stamp=9, window=1)


def test_autoplay_runs_to_the_end(stored):
    first(stored).get_by_role("button", name="play").nth(1).press("Enter")
    first(stored).get_by_text("window 49 of 49", exact=True).wait_for(timeout=20_000)
    assert_shows(stored, window=49)
    first(stored).get_by_role("button", name="play").first.press("Enter")
    first(stored).get_by_text("stamp 9 of 9", exact=True).wait_for(timeout=15_000)
    assert_shows(stored, stamp=9, window=49)


def test_numbers_are_typed_and_counted_with_the_arrow_keys(live):
    page = live
    x, weight = np.array(COUNTING), np.ones((5, 5), int)
    cell = first(page).get_by_role("textbox", name="input, row 0, column 1")
    cell.fill("-7")
    x[0, 1] = -7
    assert_shows(page, x=x)
    cell.fill("12")
    assert cell.get_attribute("aria-invalid") == "true"
    assert_shows(page, x=x)
    cell.press("ArrowDown")
    x[0, 1] = -8
    assert cell.input_value() == "\u22128"
    assert_shows(page, x=x)
    first(page).get_by_role("textbox", name="kernel, row 2, column 0").press("ArrowUp")
    weight[2, 0] = 2
    assert_shows(page, x=x, weight=weight)
    first(page).get_by_role("button", name="fill the input with one dot").press("Enter")
    first(page).get_by_role("button", name="fill the kernel with 1 2 3").press("Enter")
    dot = np.zeros((5, 5), int)
    dot[1, 1] = 1
    assert_shows(page, x=dot, weight=COUNTING)


def test_pythons_echo_undoes_no_press_of_a_quick_hand(live):
    slider = first(live).get_by_role("slider", name="window", exact=True)
    slider.focus()
    for n in range(20):
        live.keyboard.press("ArrowRight")
        live.wait_for_timeout(20 + n)
    live.wait_for_timeout(500)
    assert_shows(live, window=45)


def test_python_and_the_page_share_one_state(live):
    page = live
    move(page, "stride", "ArrowRight")
    wait_for_answer(page, "print(explorer.stride, explorer.out.shape)", "3 (1, 1, 9, 9)")
    ask(page, "explorer.size = 2")
    first(page).get_by_text("output 6 \u00d7 6", exact=True).wait_for(timeout=10_000)
    assert_shows(page, stride=3, size=2)


def test_the_code_panel_opens_by_keyboard_and_shows_both_calls(stored):
    course, torch = shown_code(first(stored))
    call = "conv_transpose2d(x, weight, stride=2, padding=0, output_padding=0, dilation=1)"
    assert f"out = convolution.{call}" in course
    assert "out = F.conv_transpose2d(t, w, stride=2, padding=0, output_padding=0, dilation=1)" in torch


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_numbers_stand_out_from_their_cells_in_both_themes(stored, run_command, theme):
    run_command("apputils:change-theme", {"theme": theme})
    stored.wait_for_function("(dark) => document.body.dataset.jpThemeLight === String(!dark)", arg="Dark" in theme)
    colours = first(stored).evaluate(
        """(e) => [".course-numbers text", ".course-outer", ".course-quiet", ".course-ground"].map(
          (name) => getComputedStyle(e.querySelector(name)).fill)"""
    )
    for ground in colours[1:]:
        assert contrast(colours[0], ground) >= 4.5


@pytest.mark.parametrize("width", [500, 1400])
def test_nothing_hangs_over_at_any_width(stored, run_command, width):
    run_command("application:toggle-left-area")
    stored.set_viewport_size({"width": width, "height": 900})
    stored.wait_for_timeout(300)
    for name in ("input size", "kernel size"):
        move(stored, name, "End")
    assert first(stored).evaluate("(e) => e.scrollWidth - e.clientWidth") <= 1
