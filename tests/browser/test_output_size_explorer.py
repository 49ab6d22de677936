"""The output-size explorer: its arithmetic on every legal state up to size 12 against course_lib, then by hand."""

import functools
import itertools
import json
import re

import numpy as np
import pytest
from hand import ask, has_focus, pure_functions, shown_code, wait_for_answer

from course_lib import pooling, shapes, widgets
from course_lib.exercises import practice

LESSON, DRAWN = "09_output_size", ".course-outsize .course-cells"
PADDINGS = (*range(11), "valid", "same", "full")
SETTINGS = list(itertools.product(range(1, 12), range(1, 9), PADDINGS, range(1, 6), ("floor", "ceil", "exact")))
NAMES = ("kernel", "stride", "padding", "dilation", "rounding")


@pytest.fixture(scope="module")
def run(browser):
    with pure_functions(browser, "output_size.js") as run:
        yield run


# For each setting: the padding's two sides, the output, the cells of all windows, the read counts, and whether pooling
# would leave out the last window. As JSON, for speed.
EVERY_STATE = """([size, settings, names]) => JSON.stringify(JSON.parse(settings).map((values) => {
  const axis = f.axisOf({ size, ...Object.fromEntries(names.map((name, n) => [name, values[n]])) });
  const cells = Array.from({ length: axis.out }, (_, place) => f.windowCells(axis, place));
  return [axis.before, axis.after, axis.out, cells, f.readCounts(axis), axis.behind];
}))"""


def one_axis(size, kernel, stride, padding, dilation, rounding):
    """The same by course_lib."""
    (before, after), _ = shapes.padding_sides(padding, (size, 1), (kernel, 1), (stride, 1), (dilation, 1))
    try:
        out = shapes.conv_output_size(size, kernel, stride, (before, after), dilation, rounding)
    except ValueError:
        return [before, after, 0, [], [0] * size, False]
    cells, counts = windows(kernel, stride, dilation, out)
    pooled = pooling._out_size(size, kernel, stride, (before, after), dilation, rounding == "ceil")
    counts = (counts + [0] * (before + size))[before : before + size]
    return [before, after, out, cells, counts, pooled < out]


@functools.cache
def windows(kernel, stride, dilation, out):
    """(the cells of each window, how often each cell of the padded row is read)."""
    slices = [rows for _, _, rows, _ in shapes.window_slices((kernel, 1), (stride, 1), (dilation, 1), (out, 1))]
    taps = [range(each.start, each.stop, each.step) for each in slices]
    counts = [0] * (taps[-1][-1] + 1)
    for cell in itertools.chain.from_iterable(taps):
        counts[cell] += 1
    return [list(window) for window in zip(*taps, strict=True)], counts


@pytest.mark.parametrize("size", range(1, 13))
def test_every_state_has_the_sizes_cells_and_read_counts_of_course_lib(run, size):
    found = json.loads(run(EVERY_STATE, [size, json.dumps(SETTINGS), NAMES]))
    assert len(found) == len(SETTINGS) == 11 * 8 * 14 * 5 * 3
    for setting, state in zip(SETTINGS, found, strict=True):
        assert state == one_axis(size, *setting), setting


def test_two_axes_are_read_as_their_product(run):
    rng = np.random.default_rng(0)
    for _ in range(300):
        settings = {
            "size": rng.integers(1, 13, 2),
            "kernel_size": rng.integers(1, 6, 2),
            "stride": rng.integers(1, 4, 2),
        }
        settings = {name: pair.tolist() for name, pair in settings.items()}
        explorer = widgets.output_size_explorer(
            **settings, padding=rng.integers(0, 4, 2).tolist(), dilation=2, rounding=str(rng.choice(["floor", "ceil"]))
        )
        if explorer.out_size is None:
            continue
        axes = [
            dict(zip(("size", *NAMES), values, strict=True))
            for values in zip(
                explorer.size, explorer.kernel_size, explorer.stride, explorer.padding, explorer.dilation,
                [explorer.rounding] * 2, strict=True,
            )
        ]  # fmt: skip
        rows, columns, unread = run(
            """(axes) => { const counts = axes.map((axis) => f.readCounts(f.axisOf(axis)));
              return [...counts, f.unreadPixels(...counts)]; }""",
            axes,
        )
        np.testing.assert_array_equal(np.outer(rows, columns), explorer.read_counts)
        assert unread == (explorer.read_counts == 0).sum()


def test_same_padding_extent_and_receptive_field_are_those_of_the_library(run):
    cases = list(itertools.product(range(1, 15), range(1, 12), range(1, 9), range(1, 6)))
    found = json.loads(
        run("(cases) => JSON.stringify(JSON.parse(cases).map((c) => f.samePadding(...c)))", json.dumps(cases))
    )
    assert found == [list(shapes.same_padding(*case)) for case in cases]
    stacks = [[layer] * count for layer in itertools.product((1, 3, 11), (1, 2, 8), (1, 5)) for count in (1, 2, 3)]
    found = run("(stacks) => stacks.map(f.receptiveField)", stacks)
    assert found == [list(shapes.receptive_field(stack)) for stack in stacks]


def test_parameters_and_work_are_those_of_the_library(run):
    for channels, filters, kernel, out in (
        (3, 96, (11, 11), (55, 55)),
        (1, 1, (1, 1), (1, 1)),
        (64, 10, (3, 5), (7, 9)),
    ):
        found = run("(c) => [f.parameterCount(...c), f.multiplyCount(...c)]", [channels, filters, kernel, out])
        counted = shapes.conv_parameter_count(channels, filters, kernel)
        assert found == [counted, shapes.conv_multiply_count(channels, filters, kernel, out)]
    assert run("() => [7, 1234, 34944, 1234567].map(f.grouped)") == ["7", "1,234", "34,944", "1,234,567"]


@pytest.mark.parametrize("size", range(1, 13))
def test_the_slips_are_those_of_the_practice_questions(run, size):
    paddings = (0, 1, 3, "same", "full")
    settings = list(itertools.product(range(1, 6), range(1, 5), paddings, (1, 2, 3), ("floor", "ceil", "exact")))
    found = json.loads(
        run(
            """([size, settings, names]) => JSON.stringify(JSON.parse(settings).map((values) => f.sizeMistakes(
              f.axisOf({ size, ...Object.fromEntries(names.map((name, n) => [name, values[n]])) }))))""",
            [size, json.dumps(settings), NAMES],
        )
    )
    for (kernel, stride, padding, dilation, rounding), slips in zip(settings, found, strict=True):
        sides, _ = shapes.padding_sides(padding, (size, 1), (kernel, 1), (stride, 1), (dilation, 1))
        expected = practice.size_mistakes(size, kernel, stride, *sides, dilation, rounding)
        assert slips == [list(slip) for slip in expected]


def square(**settings):
    """The two axes of a square input, as JavaScript takes them."""
    axis = {"size": 7, "kernel": 3, "stride": 1, "padding": 0, "dilation": 1, "rounding": "floor"}
    return [axis | settings] * 2


VERDICTS = [
    ({"stride": 2}, [3, 3], True, "3 \u00d7 3 is right."),
    ({"stride": 2}, [2, 2], False, "Not yet: forgot the + 1: n steps have n + 1 places to stand on."),
    ({"padding": 1}, [6, 7], False, "Not yet. height 6: forgot the + 1: n steps have n + 1 places to stand on."),
    ({"size": 9, "padding": 2}, [9, 9], False, "Not yet: padded one side only: zeros are added before and after."),
    (
        {"stride": 3},
        [3, 3],
        False,
        "Not yet: rounded up: the last window would hang over the end, so it does not count.",
    ),
    ({"dilation": 2, "size": 9, "stride": 2}, [4, 4], False, "Not yet: ignored the dilation: the kernel spans"),
    ({"stride": 3, "rounding": "exact"}, [0, 0], True, "It does not fit, that is right."),
    ({"stride": 3, "rounding": "exact"}, [2, 2], False, "Not yet: it does not fit: the last window would not end"),
    ({}, [40, 40], False, "Not yet: take the window's span from the padded pixels, divide by the stride, add 1."),
]


@pytest.mark.parametrize(("settings", "guess", "right", "text"), VERDICTS)
def test_a_guess_hears_the_name_of_its_mistake(run, settings, guess, right, text):
    found = run("([axes, guess]) => f.verdict(axes.map(f.axisOf), guess)", [square(**settings), guess])
    assert found["right"] == right
    assert found["text"].startswith(text)


FORMULAS = {
    "\u230a(7 + 0 + 0 \u2212 3) / 2\u230b + 1 = \u230a4 / 2\u230b + 1 = 3": {"stride": 2},
    "\u2308(7 + 1 + 1 \u2212 3) / 4\u2309 + 1 = \u23086 / 4\u2309 + 1 = 3": {
        "stride": 4,
        "padding": 1,
        "rounding": "ceil",
    },
    "(7 + 0 + 0 \u2212 3) / 3 + 1 = 4 / 3 + 1 = 2.33: does not fit": {"stride": 3, "rounding": "exact"},
    "\u230a(7 + 0 + 0 \u2212 (2\u00b7(3 \u2212 1) + 1)) / 1\u230b + 1 = \u230a2 / 1\u230b + 1 = 3": {"dilation": 2},
    "\u230a(2 + 0 + 0 \u2212 3) / 1\u230b + 1: a window of 3 does not fit into 2 pixels": {"size": 2},
}


@pytest.mark.parametrize(("text", "settings"), FORMULAS.items())
def test_the_formula_has_the_numbers_in_it(run, text, settings):
    assert run("(axis) => f.formulaText(f.axisOf(axis))", square(**settings)[0]) == text
    assert run("(axis) => f.formulaText(f.axisOf(axis), true)", square(**settings)[0]).endswith(" = ?")


def test_every_puzzle_fits_and_can_be_shown(run):
    puzzles = run("() => Array.from({ length: 500 }, (_, n) => f.puzzle(n))")
    assert puzzles[0] == run("() => f.puzzle(0)")
    assert len({json.dumps(puzzle) for puzzle in puzzles}) > 250
    for puzzle in puzzles:
        assert widgets.output_size_explorer(**puzzle).out_size is not None
    assert {puzzle["stride"][0] for puzzle in puzzles} == {1, 2, 3}


def test_only_whole_numbers_are_read_from_what_is_typed(run):
    typed = {"5": 5, " 12 ": 12, "0": 0}
    typed |= dict.fromkeys(["", "-1", "2.5", "1e2", "alert(1)", "3+4", "12345", "\u0665"])
    assert run("(texts) => texts.map((text) => f.parseWhole(text, 0, 9999))", list(typed)) == list(typed.values())
    assert run("() => f.parseWhole('0', 1, 9)") is None


def test_the_window_nearest_to_a_place_is_found(run):
    axes = square(stride=2)
    places = [[0, 0], [3, 3], [6, 6], [6, 0], [2.4, 4.6]]
    found = run(
        "([axes, places]) => places.map((place) => f.windowAt(...axes.map(f.axisOf), ...place))", [axes, places]
    )
    assert found == [0, 4, 8, 6, 5]


STATES = [
    {"size": 7, "stride": 2},
    {"size": (8, 9), "kernel_size": (4, 3), "padding": "same", "channels": 2, "filters": 5},
    {"size": 7, "stride": 3, "rounding": "ceil"},
    {"size": (12, 7), "stride": (3, 1), "padding": (0, 2), "dilation": (2, 1)},
    {"size": 6, "kernel_size": 3, "padding": "full", "stride": 2},
    {"size": 8, "kernel_size": 1, "stride": 3, "padding": "same", "rounding": "ceil"},
]
CODE = """([state, axes]) => f.showCode(state, axes.map(f.axisOf))"""


def code_of(run, explorer):
    settings = zip(
        explorer.size, explorer.kernel_size, explorer.stride,
        [explorer.padding] * 2 if isinstance(explorer.padding, str) else explorer.padding, explorer.dilation,
        [explorer.rounding] * 2, strict=True,
    )  # fmt: skip
    axes = [dict(zip(("size", *NAMES), values, strict=True)) for values in settings]
    return run(CODE, [{name: getattr(explorer, name) for name in explorer.state}, axes])


@pytest.mark.parametrize("state", STATES)
def test_the_code_shown_gives_this_very_picture(run, state):
    explorer = widgets.output_size_explorer(**state)
    space = {}
    exec(code_of(run, explorer)["course"], space)
    assert (
        space["out"].shape
        == (1, explorer.filters, *explorer.out_size)
        == (1, explorer.filters, space["height"], space["width"])
    )
    np.testing.assert_array_equal(space["read"], explorer.read_counts)


@pytest.mark.parametrize("state", STATES)
def test_the_pytorch_code_gives_the_same_size(run, state):
    pytest.importorskip("torch", reason="PyTorch is not installed")
    explorer = widgets.output_size_explorer(**state)
    space = {}
    exec(code_of(run, explorer)["torch"], space)
    assert tuple(space["out"].shape) == (1, explorer.filters, *explorer.out_size)


@pytest.mark.parametrize("state", [{"stride": 3, "rounding": "exact"}, {"size": 2}])
def test_the_code_of_what_does_not_fit_says_so(run, state):
    code = code_of(run, widgets.output_size_explorer(**state))
    with pytest.raises(ValueError, match="does not fit"):
        exec(code["course"], {})
    assert code["torch"].startswith("# PyTorch")


# In JupyterLab


def numbers(page):
    """The read counts on the page, in reading order."""
    rows = page.locator(".course-outsize").first.locator(".course-counts text").all_text_contents()
    return [int(count) for row in rows for count in row.split(" ") if count.isdigit()]


def assert_shows(page, **state):
    """The page shows the read counts and the output that the explorer has in Python for this state."""
    explorer = widgets.output_size_explorer(**state)
    counts = explorer.read_counts[explorer.read_counts > 0]
    assert numbers(page) == counts.tolist()
    height, width = explorer.out_size
    page.get_by_text(f"output {height} \u00d7 {width}", exact=True).first.wait_for(timeout=5000)


def move(page, label, *keys):
    slider = page.get_by_role("slider", name=label, exact=True).first
    slider.focus()
    for key in keys:
        page.keyboard.press(key)


def test_it_is_alive_before_any_cell_is_run(stored):
    assert_shows(stored, size=7, kernel_size=3, stride=2)
    move(stored, "stride", "ArrowRight")
    assert_shows(stored, size=7, kernel_size=3, stride=3)
    stored.get_by_text("13 of 49 pixels are never read (crosses).").first.wait_for()
    move(stored, "stride", "ArrowRight")
    move(stored, "padding", "ArrowRight")
    stored.get_by_role("combobox", name="rounding").first.select_option("ceil")
    stored.get_by_text('Pooling with "ceil" would leave out the last ones').first.wait_for()


def test_every_setting_moves_by_keyboard(live):
    page = live
    move(page, "input size", "End", *["ArrowLeft"] * 20)
    move(page, "kernel size", "ArrowRight")
    move(page, "stride", "Home")
    move(page, "padding", "ArrowRight", "ArrowRight")
    move(page, "dilation", "ArrowRight")
    assert_shows(page, size=12, kernel_size=4, stride=1, padding=2, dilation=2)
    page.get_by_role("combobox", name="kind of padding").first.select_option("same")
    page.get_by_role("checkbox", name="height = width").first.press("Space")
    move(page, "stride, width", "ArrowRight")
    assert_shows(page, size=12, kernel_size=4, stride=(1, 2), padding="same", dilation=2)
    page.get_by_role("combobox", name="rounding").first.select_option("exact")
    channels = page.get_by_role("textbox", name="input channels").first
    channels.fill("abc")
    assert channels.evaluate("(input) => input.validationMessage") == "a whole number from 1 to 4096"
    channels.press("Tab")
    assert (channels.input_value(), channels.get_attribute("aria-invalid")) == ("3", "false")
    page.get_by_role("button", name="Reset").first.press("Enter")
    assert_shows(page, size=7, kernel_size=3, stride=2)


def test_the_window_follows_arrow_keys_clicks_and_the_player(stored):
    page = stored
    cells = page.locator(".course-outsize .course-cells")
    cells.first.focus()
    for key in ("ArrowRight", "ArrowDown", "ArrowDown", "ArrowLeft"):
        page.keyboard.press(key)
    page.get_by_text("Window 8 fills row 2, column 1, and begins at row 4, column 2").first.wait_for()
    box = cells.nth(1).bounding_box()
    page.mouse.click(box["x"] + 10, box["y"] + 10)
    page.get_by_text("window 1 of 9").first.wait_for()
    box = cells.first.bounding_box()
    page.mouse.click(box["x"] + box["width"] - 10, box["y"] + 10)
    page.get_by_text("window 3 of 9").first.wait_for()
    page.get_by_role("button", name="play").first.press("Enter")
    page.get_by_text("window 9 of 9").first.wait_for(timeout=10_000)
    page.get_by_role("button", name="previous window").first.press("Enter")
    page.get_by_text("window 8 of 9").first.wait_for()


def test_a_prediction_is_asked_for_judged_and_then_shown(stored):
    page = stored
    page.get_by_role("checkbox", name="predict first").first.press("Space")
    page.get_by_text("How large is the output?").first.wait_for()
    assert numbers(page) == []
    field = page.get_by_role("textbox", name="output height").first
    for wrong, text in (("2", "forgot the + 1"), ("5", "forgot the stride"), ("two", "Type a whole number first")):
        field.fill(wrong)
        field.press("Enter")
        page.locator(".course-verdict", has_text=text).first.wait_for()
        assert numbers(page) == []
    field.fill("3")
    field.press("Enter")
    page.get_by_text("3 \u00d7 3 is right.").first.wait_for()
    assert_shows(page, size=7, kernel_size=3, stride=2)
    page.get_by_role("button", name="New puzzle").first.press("Enter")
    page.get_by_text("How large is the output?").first.wait_for()
    assert numbers(page) == []
    page.get_by_role("button", name="Show me").first.press("Enter")
    page.wait_for_function("document.querySelectorAll('.course-outsize .course-counts text').length > 0")
    page.locator(".course-verdict", has_text=re.compile(r"^It (is \d+ \u00d7 \d+|does not fit)\.$")).first.wait_for()
    assert has_focus(page.get_by_role("button", name="New puzzle").first)  # "Show me" is gone


def test_python_and_the_page_share_one_state(live):
    page = live
    move(page, "stride", "ArrowRight")
    wait_for_answer(page, "print(explorer.stride, explorer.out_size)", "[3, 3] (2, 2)")
    ask(page, "explorer.size = 10")
    page.get_by_text("output 3 \u00d7 3", exact=True).first.wait_for(timeout=10_000)
    assert_shows(page, size=10, kernel_size=3, stride=3)


def test_the_code_panel_opens_by_keyboard_and_shows_both_calls(stored):
    course, torch = shown_code(stored.locator(".course-outsize").first)
    assert 'shapes.conv_output_size(7, 3, 2, (0, 0), 1, "floor")' in course
    assert "F.conv2d(x, weight, bias, stride=2, padding=0, dilation=1)" in torch


@pytest.mark.parametrize("width", [500, 1400])
def test_nothing_hangs_over_at_any_width(stored, run_command, width):
    run_command("application:toggle-left-area")
    stored.set_viewport_size({"width": width, "height": 900})
    stored.wait_for_timeout(300)
    stored.get_by_role("checkbox", name="height = width").first.press("Space")
    over = stored.locator(".course-outsize").first.evaluate("(e) => e.scrollWidth - e.clientWidth")
    assert over <= 1
