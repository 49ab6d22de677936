"""The im2col microscope: its pure functions against course_lib in every small state, each control in JupyterLab."""

import itertools
import json

import numpy as np
import pytest
from hand import ask, contrast, pure_functions, shown_code, wait_for_answer

from course_lib import convolution, widgets
from course_lib.widgets.im2col_microscope import RANGES, WEIGHT

LESSON, DRAWN = "14_from_loops_to_gpu", ".course-im2col .course-sheet"


@pytest.fixture(scope="module")
def run(browser):
    with pure_functions(browser, "im2col_math.js") as run:
        yield run


def every_setting(size):
    """Every setting of pictures of that height, as dicts; widths, channels and filters change along with the others."""
    names = ("width", "channels", "kernel_size", "stride", "padding", "dilation")
    ranges = [range(RANGES[name][0], RANGES[name][1] + 1) for name in ("size", *names[1:])]
    for n, values in enumerate(itertools.product(*ranges)):
        width, *others = values
        place = {"row": 7 * n % 40, "column": 11 * n % 150, "filter": n % 3}
        yield {
            "size": [size, width], **dict(zip(names[1:], others, strict=True)), "filters": n % 3 + 1, **place,
            "linked": False, "direction": "im2col",
        }  # fmt: skip


def of_states(run, states, expression):
    """What a JavaScript expression in `plan` gives for each state; texts travel faster than lists."""
    script = """([states, weight]) => JSON.stringify(JSON.parse(states).map((state) => {
      const plan = f.planOf({ ...state, weight });
      return %s;
    }))"""
    return json.loads(run(script % expression, [json.dumps(states), WEIGHT]))


NUMBERS = """plan.refused ? [plan.refused] : (() => { const product = f.productMatrix(plan); return [plan.refused,
  f.paddedInput(plan), f.columnMatrix(plan), f.weightMatrix(plan), product, f.outputMaps(plan, product),
  f.foldedBack(plan), f.readCounts(plan)]; })()"""
ORACLES = ("padded", "columns", "weights", "product", "out", "folded", "counts")


def oracles(state):
    """The same as NUMBERS, from course_lib; or the words in which it refuses."""
    channels, size, kernel = state["channels"], state["size"], state["kernel_size"]
    settings = {name: state[name] for name in ("stride", "padding", "dilation")}
    x = np.arange(1.0, channels * size[0] * size[1] + 1).reshape(1, channels, *size)
    weight = np.array(WEIGHT, float)[: state["filters"], :channels, :kernel, :kernel]
    try:
        columns = convolution.im2col(x, kernel, **settings)
    except ValueError as error:
        return str(error)
    edge = state["padding"]
    padded = np.pad(x[0], ((0, 0), (edge, edge), (edge, edge)))
    one = 1, 1, *padded.shape[1:]
    ones = np.ones((1, kernel**2, columns.shape[2]))
    counts = convolution.col2im(ones, one, kernel, state["stride"], 0, state["dilation"])[0, 0]
    out = convolution.conv2d(x, weight, **settings)[0]
    rows = weight.reshape(len(weight), -1)
    folded = convolution.col2im(columns, x.shape, kernel, **settings)[0]
    return padded, columns[0], rows, out.reshape(len(out), -1), out, folded, counts


@pytest.mark.parametrize("height", range(3, 9))
def test_all_numbers_are_those_of_course_lib_in_every_state(run, height):
    compared, states = 0, list(every_setting(height))
    for state, (refused, *found) in zip(states, of_states(run, states, NUMBERS), strict=True):
        expected = oracles(state)
        if isinstance(expected, str):
            assert refused == expected
            continue
        assert refused == ""
        for name, numbers, oracle in zip(ORACLES, found, expected, strict=True):
            assert numbers == oracle.tolist(), (name, state)
        compared += 1
    assert len(states) == 864
    assert compared >= 600


def legal(height):
    return [state for state in every_setting(height) if not isinstance(oracles(state), str)]


def test_the_place_looked_at_and_all_marks_are_the_matrixs_own(run):
    """An entry's place in the padded picture holds it, and the entries marked as its copies are all there are."""
    states = legal(4)
    expression = "[f.marksOf(plan), plan.row, plan.column, plan.filter, f.termsOf(plan, plan.filter, plan.column)]"
    for state, (marks, row, column, filter, terms) in zip(states, of_states(run, states, expression), strict=True):
        padded, columns, weights, product, out, *_ = oracles(state)
        assert (row, column) == tuple(np.minimum((state["row"], state["column"]), np.array(columns.shape) - 1))
        assert filter == min(state["filter"], state["filters"] - 1)
        channel, i, j = (marks["source"][name] for name in ("channel", "i", "j"))
        assert padded[channel, i, j] == columns[row, column]
        assert [padded[channel, y, x] for y, x in marks["taps"]] == columns[
            channel * state["kernel_size"] ** 2 : (channel + 1) * state["kernel_size"] ** 2, column
        ].tolist()
        top, left, high, wide = marks["frame"]
        assert marks["taps"][0] == [top, left]
        assert marks["taps"][-1] == [top + high - 1, left + wide - 1]
        numbered = np.arange(1.0, padded.size + 1).reshape(1, *padded.shape)  # padding has numbers of its own here
        settings = state["kernel_size"], state["stride"], 0, state["dilation"]
        same = convolution.im2col(numbered, *settings)[0] == numbered[0, channel, i, j]
        assert sorted(marks["entries"]) == np.argwhere(same).tolist()
        assert (marks["pixel"] is None) == (columns[row, column] == 0)
        assert out[filter][tuple(marks["cell"])] == product[filter, column]
        assert terms == np.stack([weights[filter], columns[:, column]], axis=1).tolist()


def test_moves_end_at_the_edges_and_jump_over_pixels_that_no_window_reads(run):
    gaps = {
        "size": [5, 5], "channels": 1, "kernel_size": 2, "stride": 3, "padding": 0, "dilation": 1, "filters": 2,
        "row": 1, "column": 0, "filter": 0,
    }  # fmt: skip
    (found,) = of_states(run, [gaps], """[f.pixelMoved(plan, 0, 1), f.pixelMoved(plan, 0, -1), f.pixelMoved(plan, 1, 0),
      f.pixelMoved(plan, -1, 0), f.entryAt(plan, 0, 2, 2), f.entryAt(plan, 0, 4, 4), f.entryMoved(plan, 9, -1),
      f.entryMoved(plan, -1, 2), f.productMoved(plan, 1, 1), f.productMoved(plan, 9, 9), f.outputMoved(plan, 1, 0),
      f.outputMoved(plan, -1, 1), f.nearest(-0.6, 7.2, 3, 4), f.nearest(1.4, 1.6, 3, 4)]""")  # fmt: skip
    assert found == [
        {"row": 0, "column": 1}, {"row": 0, "column": 0}, {"row": 3, "column": 0}, {"row": 1, "column": 0}, None,
        {"row": 3, "column": 3}, {"row": 3, "column": 0}, {"row": 0, "column": 2}, {"filter": 1, "column": 1},
        {"filter": 1, "column": 3}, {"column": 2}, {"column": 1}, [0, 3], [1, 2],
    ]  # fmt: skip


FIRST = {
    "size": [5, 5], "channels": 1, "kernel_size": 3, "stride": 1, "padding": 0, "dilation": 1, "filters": 2, "row": 4,
    "column": 4, "filter": 0,
}  # fmt: skip
WORDS = [
    ({}, "sizeText",
     "Column matrix: C\u00b7KH\u00b7KW = 1\u00b73\u00b73 = 9 rows, OH\u00b7OW = 3\u00b73 = 9 columns. The input's 25 "
     "numbers become 81: 3.24 times as many."),
    ({}, "sumText",
     "Output cell row 1, column 1 of filter 0 = row 0 of the weights times column 4: 1\u00b77 + 2\u00b78 + 0\u00b79 + "
     "0\u00b712 + 1\u00b713 + (\u22121)\u00b714 + 2\u00b717 + 0\u00b718 + 1\u00b719 = 75."),
    ({"kernel_size": 2, "filter": 1, "column": 0}, "sumText",
     "Output cell row 0, column 0 of filter 1 = row 1 of the weights times column 0: (\u22121)\u00b71 + 0\u00b72 + "
     "(\u22122)\u00b76 + 0\u00b77 = \u221213."),
    ({}, "entryText",
     "Entry in row 4, column 4: the 13 in row 2, column 2 of the input, where the window of output cell (1, 1) has its "
     "weight (1, 1). It is read 9 times: columns 0, 1, 2, 3, 4, 5, 6, 7, 8."),
    ({"channels": 2, "row": 9, "column": 0}, "entryText",
     "Entry in row 9, column 0: the 26 in row 0, column 0 of channel 1 of the input, where the window of output cell "
     "(0, 0) has its weight (0, 0). It is read 1 time: column 0."),
    ({"padding": 1, "row": 0, "column": 0}, "entryText",
     "Entry in row 0, column 0: a zero of the padding, where the window of output cell (0, 0) has its weight (0, 0). "
     "It is read 1 time: column 0."),
    ({"stride": 2, "row": 2, "column": 0}, "foldText",
     "col2im adds up all 2 entries of row 0, column 2: 3 + 3 = 2 \u00d7 3 = 6."),
    ({"row": 0, "column": 0}, "foldText", "col2im finds one entry of row 0, column 0: 1."),
    ({"padding": 1, "row": 0, "column": 0}, "foldText",
     "col2im adds up what lies over the padding too, and cuts it off."),
]  # fmt: skip


@pytest.mark.parametrize(("change", "name", "words"), WORDS)
def test_the_words_have_the_numbers_in_them(run, change, name, words):
    assert of_states(run, [{**FIRST, **change}], f"f.{name}(plan)") == [words]


STATES = [
    {},
    {"channels": 2, "filters": 3, "padding": 2, "stride": 2, "size": (4, 7)},
    {"kernel_size": 1, "filters": 1, "size": 3},
    {"kernel_size": 2, "dilation": 2, "stride": 3, "size": (8, 6)},
]


def code_of(run, explorer):
    state = {name: getattr(explorer, name) for name in explorer.state}
    return of_states(run, [state], "f.showCode(plan)")[0]


@pytest.mark.parametrize("state", STATES)
def test_the_code_shown_gives_the_very_numbers(run, state):
    explorer, space = widgets.im2col_microscope(**state), {}
    exec(code_of(run, explorer)["course"], space)
    assert np.array_equal(space["columns"][0], explorer.columns)
    assert np.array_equal(space["product"], explorer.product)
    assert np.array_equal(space["out"], explorer.out[0])
    assert np.array_equal(space["back"], explorer.folded)


@pytest.mark.parametrize("state", STATES)
def test_the_pytorch_code_gives_the_same_numbers(run, state):
    pytest.importorskip("torch", reason="PyTorch is not installed")
    explorer, space = widgets.im2col_microscope(**state), {}
    code = code_of(run, explorer)
    exec(f"{code['course']}\n{code['torch']}", space)
    assert np.array_equal(space["columns"][0].numpy(), explorer.columns)
    assert np.array_equal(space["out"].numpy(), explorer.out[0])
    assert np.array_equal(space["back"].numpy(), explorer.folded)


def test_the_code_of_refused_settings_says_so(run):
    explorer = widgets.im2col_microscope(3, 4)
    code = code_of(run, explorer)
    with pytest.raises(ValueError, match=r"^a kernel that spans 4 pixels does not fit into 3 "):
        exec(code["course"], {})
    assert code["torch"].endswith("# PyTorch refuses as well")


# In JupyterLab


def first(page):
    return page.locator(".course-im2col").first


def drawing(page, label):
    return first(page).get_by_label(f"{label}: arrow keys choose")


def written_in(page, label):
    """The numbers that a drawing shows, row by row: each row has two texts, with as many characters for every cell."""
    texts = drawing(page, label).locator("text").all_text_contents()
    columns = int(float(drawing(page, label).get_attribute("width")) / cell_side(page, label))
    rows = []
    for first_text, second_text in zip(texts[::2], texts[1::2], strict=True):
        slots = len(first_text) // columns
        cells = [slice(n * slots, (n + 1) * slots) for n in range(columns)]
        assert len(first_text) == len(second_text) == slots * columns
        assert all(min(len(text[cell].strip()) for text in (first_text, second_text)) == 0 for cell in cells)
        numbers = [first_text[cell].strip() or second_text[cell].strip() for cell in cells]
        rows.append([int(number.replace("\u2212", "-")) for number in numbers])
    return rows


def cell_side(page, label):
    """Pixels of a cell: the first row of numbers stands in its middle."""
    return 2 * float(drawing(page, label).locator("text").first.get_attribute("y"))


def said(page, name, text):
    first(page).locator(f".course-{name}").filter(has_text=text).wait_for(timeout=10_000)


def assert_shows(page, **state):
    """The page shows the numbers that Python has for this state, and marks the place looked at."""
    explorer = widgets.im2col_microscope(**state)
    rows, columns = explorer.columns.shape
    row, column, filter = min(explorer.row, rows - 1), min(explorer.column, columns - 1), explorer.filter
    said(page, "copied-from", f"Entry in row {row}, column {column}:")
    assert written_in(page, "column matrix") == explorer.columns.tolist()
    if explorer.direction == "im2col":
        total = str(int(explorer.product[filter, column])).replace("-", "\u2212")
        said(page, "sum", f"of filter {filter} = row {filter} of the weights times column {column}:")
        assert first(page).locator(".course-sum").inner_text().endswith(f"= {total}.")
        assert written_in(page, "weight matrix") == explorer.kernels.reshape(explorer.filters, -1).tolist()
        assert written_in(page, "product") == explorer.product.tolist()
        for n, map in enumerate(explorer.out[0]):
            assert written_in(page, f"output, filter {n}") == map.tolist()
    else:
        assert not drawing(page, "product").is_visible()
        for n, map in enumerate(explorer.folded[0]):
            assert written_in(page, f"added up, channel {n}") == map.tolist()


def press(page, label, *keys):
    drawing(page, label).focus()
    for key in keys:
        page.keyboard.press(key)


def slide(page, label, *keys):
    first(page).get_by_role("slider", name=label, exact=True).focus()
    for key in keys:
        page.keyboard.press(key)


def test_it_is_alive_before_any_cell_is_run_and_every_setting_moves(stored):
    page = stored
    assert_shows(page)
    slide(page, "kernel size", "ArrowLeft")
    assert_shows(page, kernel_size=2)
    slide(page, "height", "ArrowRight")
    assert_shows(page, kernel_size=2, size=6)
    first(page).get_by_role("checkbox", name="height = width").press("Space")
    slide(page, "width", "ArrowLeft", "ArrowLeft")
    assert_shows(page, kernel_size=2, size=(6, 4))
    for name in ("channels", "padding", "dilation", "stride", "filters"):
        slide(page, name, "ArrowRight")
    changed = {"channels": 2, "padding": 1, "dilation": 2, "stride": 2, "filters": 3}
    assert_shows(page, kernel_size=2, size=(6, 4), **changed)
    first(page).get_by_role("checkbox", name="height = width").press("Space")
    assert_shows(page, kernel_size=2, size=6, **changed)
    first(page).get_by_role("button", name="Reset").press("Enter")
    assert_shows(page)


def test_the_place_is_chosen_by_arrow_keys_on_every_drawing(stored):
    page = stored
    press(page, "output, filter 1", "ArrowRight")
    assert_shows(page, filter=1, column=5)
    press(page, "column matrix", "ArrowDown", "ArrowLeft", "ArrowLeft")
    assert_shows(page, filter=1, row=5, column=3)
    press(page, "product", "ArrowUp", "ArrowLeft")
    assert_shows(page, filter=0, row=5, column=2)
    press(page, "weight matrix", "ArrowRight", "ArrowDown")
    assert_shows(page, filter=1, row=6, column=2)
    press(page, "input, channel 0", "ArrowUp")
    assert_shows(page, filter=1, row=3, column=2)


def test_the_place_is_chosen_with_the_mouse(stored):
    page = stored
    for label, x, y, state in (
        ("column matrix", 8.5 / 9, 0.5 / 9, {"row": 0, "column": 8}),
        ("input, channel 0", 0.5 / 5, 0.5 / 5, {"row": 0, "column": 0}),
        ("output, filter 1", 2.5 / 3, 1.5 / 3, {"row": 0, "column": 5, "filter": 1}),
        ("product", 1.5 / 9, 0.5 / 2, {"row": 0, "column": 1, "filter": 0}),
    ):
        box = drawing(page, label).bounding_box()
        drawing(page, label).click(position={"x": x * box["width"], "y": y * box["height"]})
        assert_shows(page, **state)


def test_the_way_back_adds_up_all_copies_of_a_pixel(stored):
    page = stored
    first(page).get_by_role("button", name="col2im").press("Enter")
    assert_shows(page, direction="col2im")
    press(page, "added up, channel 0", "ArrowUp", "ArrowUp")
    words = "col2im adds up all 3 entries of row 0, column 2: 3 + 3 + 3 = 3 \u00d7 3 = 9."
    said(page, "fold", words)
    said(page, "unseen", words)
    first(page).get_by_role("button", name="im2col").press("Enter")
    assert_shows(page, row=2, column=0)


def test_settings_that_do_not_fit_are_refused_in_words_and_nothing_is_drawn(stored):
    page = stored
    slide(page, "height", "Home")
    slide(page, "kernel size", "End")
    said(page, "note", "Refused: a kernel that spans 4 pixels does not fit into 3 + 0 + 0 = 3 pixels")
    assert not drawing(page, "column matrix").is_visible()
    slide(page, "padding", "ArrowRight")
    assert_shows(page, size=3, kernel_size=4, padding=1)


def test_python_and_the_page_share_one_state(live):
    page = live
    press(page, "column matrix", "ArrowRight")
    wait_for_answer(page, "print(explorer.column, explorer.columns.shape)", "5 (9, 9)")
    ask(page, "explorer.stride = 2")
    said(page, "size", "OH\u00b7OW = 2\u00b72 = 4 columns")
    assert_shows(page, stride=2)


def test_the_code_panel_shows_both_calls(stored):
    course, torch = shown_code(first(stored))
    assert "columns = convolution.im2col(x, kernel_size=3, stride=1, padding=0, dilation=1)" in course
    assert "columns = F.unfold(t, kernel_size=3, stride=1, padding=0, dilation=1)" in torch


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_numbers_stand_out_from_their_cells_and_nothing_hangs_over_at_500_pixels(stored, run_command, theme):
    run_command("apputils:change-theme", {"theme": theme})
    stored.wait_for_function("(dark) => document.body.dataset.jpThemeLight === String(!dark)", arg="Dark" in theme)
    colours = first(stored).evaluate(
        """(e) => [".course-numbers text", ".course-outer", ".course-ground"].map(
          (name) => getComputedStyle(e.querySelector(name)).fill)"""
    )
    for ground in colours[1:]:
        assert contrast(colours[0], ground) >= 4.5
    run_command("application:toggle-left-area")
    stored.set_viewport_size({"width": 500, "height": 900})
    slide(stored, "height", "End")
    slide(stored, "channels", "End")
    stored.wait_for_timeout(300)
    assert first(stored).evaluate("(e) => e.scrollWidth - e.clientWidth") <= 1
