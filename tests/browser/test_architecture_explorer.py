"""The architecture explorer: its arithmetic on random tables against course_lib, then by hand in JupyterLab."""

import itertools
import json
import math
import re

import numpy as np
import pytest
from hand import ask, choose, contrast, has_focus, pure_functions, shown_code, wait_for_answer

from course_lib import architectures, shapes, widgets
from course_lib.widgets.architecture_explorer import ADDED, PRESETS, RULES

LESSON, DRAWN = "13_alexnet", ".course-architecture table"


@pytest.fixture(scope="module")
def run(browser):
    with pure_functions(browser, "architecture_math.js") as run:
        yield run


# Counts are BigInt, which JSON does not know: they come as text.
SUMMARIES = """(cases) => JSON.stringify(JSON.parse(cases).map((state) => f.summarise(...state)),
  (_, value) => (typeof value === "bigint" ? String(value) : value))"""
LIKELY = ("Conv2d", "Conv2d", "Conv2d", "MaxPool2d", "AvgPool2d", "ReLU", "LocalResponseNorm", "Flatten", "Linear")


def random_value(rng, setting, least, most, step):
    """Mostly small, so that several layers fit behind one another; now and then anything."""
    if setting == "padding" and rng.random() < 0.2:
        return "same"
    if not isinstance(step, int):
        return float(rng.choice([least, most, (least + most) / 2]))
    usual = {"kernel_size": 5, "stride": 2, "padding": 2, "groups": 2, "out_channels": 12, "out_features": 50}
    value = int(rng.integers(least, 1 + (most if rng.random() < 0.1 else usual.get(setting, most))))
    return value | 1 if step == 2 else value


def random_table(rng, layers):
    kinds = [str(kind) for kind in rng.choice(LIKELY if rng.random() < 0.7 else list(RULES), layers)]
    return [
        [f"l{n}", kind, {setting: random_value(rng, setting, *rule) for setting, rule in RULES[kind].items()}]
        for n, kind in enumerate(kinds)
    ]


def summed_up(table, channels, size):
    """(rows, refusal, sums) by course_lib, in the form of summarise()."""
    shape, refusal, fitting = (channels, size, size), None, len(table)
    try:
        rows = architectures.summary(table, shape)
    except ValueError as error:
        refusal = str(error)
        names = [name for name, _, _ in table]
        fitting = names.index(re.match(r"layer (\w+):", refusal)[1])
        rows = architectures.summary(table[:fitting], shape)
    listed = [
        {
            "shape": list(row.out_shape),
            "parameters": str(row.parameters),
            "multiplyAdds": str(row.multiply_adds),
            "bytes": str(4 * math.prod(row.out_shape)),
            "seen": row.receptive_field and [str(part) for part in row.receptive_field],
        }
        for row in rows
    ]
    totals = {"parameters": rows.parameters, "multiplyAdds": rows.multiply_adds, "bytes": rows.activation_bytes}
    return listed, refusal, {name: str(total) for name, total in totals.items()}


def assert_agree(run, cases):
    """Every case is summed up in the page as in Python; returns how many fit, and what is said of those that do not."""
    said = []
    for case, found in zip(cases, json.loads(run(SUMMARIES, json.dumps(cases))), strict=True):
        rows, refusal, totals = summed_up(*case)
        notes = [row.pop("note") for row in found["rows"]]
        assert len(notes) == len(rows)
        assert (found["rows"], found["totals"]) == (rows, totals), case
        assert (found["refusal"] and found["refusal"]["message"]) == refusal, case
        said.append(refusal)
    return said.count(None), [refusal for refusal in said if refusal]


def test_random_tables_are_summed_up_and_refused_as_by_course_lib(run):
    rng = np.random.default_rng(13)
    cases = [
        [random_table(rng, int(rng.integers(1, 13))), int(rng.choice([1, 3])), int(2 ** rng.uniform(1, 8))]
        for _ in range(1500)
    ]
    fit, refused = assert_agree(run, cases)
    assert fit > 150
    for words in ("does not fit into", "output channels evenly", "without any picture", "put a Flatten", "takes maps"):
        assert sum(words in refusal for refusal in refused) > 20, words


def test_the_presets_are_summed_up_at_many_input_sizes(run):
    cases = [[each["table"], 1 + 2 * (size % 2), size] for each in PRESETS.values() for size in range(32, 321, 5)]
    fit, refused = assert_agree(run, cases)
    assert fit > 200
    assert refused


def test_counts_stay_exact_far_beyond_what_a_double_holds(run):
    wide = {"out_channels": 4095, "kernel_size": 31, "stride": 1, "padding": 15, "groups": 1}
    narrow = {"out_channels": 1, "kernel_size": 1, "stride": 15, "padding": 0, "groups": 1}
    table = [[f"w{n}", "Conv2d", wide] for n in range(20)] + [[f"n{n}", "Conv2d", narrow] for n in range(20)]
    (found,) = json.loads(run(SUMMARIES, json.dumps([[table, 3, 319]])))
    assert int(found["totals"]["multiplyAdds"]) > 2**53
    assert assert_agree(run, [[table, 3, 319]]) == (1, [])


def test_the_two_sides_of_a_padding_are_the_librarys(run):
    cases = list(itertools.product((1, 7, 13, 55, 224), (1, 2, 3, 4, 11), (1, 2, 3, 4), (0, 2, "same")))
    script = """(cases) => cases.map(([size, kernel_size, stride, padding]) => {
      const { before, after, out } = f.axisOf(size, { kernel_size, stride, padding });
      return [before, after, out];
    })"""
    for (size, kernel, stride, padding), (*sides, out) in zip(cases, run(script, cases), strict=True):
        assert tuple(sides) == shapes.padding_sides(padding, (size, 1), (kernel, 1), (stride, 1), (1, 1))[0]
        assert out == (
            shapes.conv_output_size(size, kernel, stride, tuple(sides)) if size + sum(sides) >= kernel else 0
        )


def refusal_when_exact(size, kernel, stride, sides):
    try:
        shapes.conv_output_size(size, kernel, stride, sides, rounding="exact")
    except ValueError as error:
        return str(error)
    return None


@pytest.mark.parametrize(("count", "words"), [(1, "1 layer, 0 parameters"), (2, "2 layers, 0 parameters")])
def test_layers_are_counted_in_words(run, count, words):
    script = "(table) => f.spokenText(table, f.summarise(table, 3, 8))"
    assert run(script, [["l", "ReLU", {}]] * count).startswith(words)


def test_a_layer_that_does_not_fit_exactly_says_so_in_the_librarys_words(run):
    cases = list(itertools.product((1, 7, 13, 55, 224, 227), (1, 2, 3, 11), (1, 2, 3, 4, 8, 16), (0, 1, 2, "same")))
    script = """(cases) => JSON.stringify(JSON.parse(cases).map(([size, kernel_size, stride, padding]) => {
      const settings = { kernel_size, stride, padding };
      return f.unevenText(settings, f.axisOf(size, settings));
    }))"""
    uneven = 0
    for (size, kernel, stride, padding), text in zip(cases, json.loads(run(script, json.dumps(cases))), strict=True):
        sides, _ = shapes.padding_sides(padding, (size, 1), (kernel, 1), (stride, 1), (1, 1))
        if size + sum(sides) < kernel:
            assert text == ""
            continue
        out = shapes.conv_output_size(size, kernel, stride, sides)
        unread = max(0, size + sides[0] - (out - 1) * stride - kernel)  # pixels of the picture behind the last window
        refusal = refusal_when_exact(size, kernel, stride, sides)
        if refusal is None:
            assert text == ""
            continue
        assert text.startswith(f"{refusal}. Rounded down to {out}: ")
        assert ("only padding is left unread" in text) == (unread == 0)
        assert f"the last {unread} rows and columns of pixels are" in text or unread < 2
        uneven += 1
    assert uneven > 100
    told = run(
        "() => f.unevenText({ kernel_size: 11, stride: 4 }, f.axisOf(224, { kernel_size: 11, stride: 4, padding: 0 }))"
    )
    assert told == (
        "a kernel of 11 pixels moved by 4 does not fit 224 pixels: (224 - 11) / 4 + 1 = 54.25. "
        "Rounded down to 54: the last row and column of pixels are never read."
    )


ADVICE = [
    ("Conv2d", {"out_channels": 6, "kernel_size": 7}, [4, 5, 5], "a kernel of at most 5 or a padding of at least 1"),
    ("Conv2d", {"out_channels": 6, "kernel_size": 3, "groups": 3}, [4, 5, 5], "the number of groups, 1 or 2 would do."),
    ("Conv2d", {"out_channels": 5, "kernel_size": 3, "groups": 2}, [4, 5, 5], "the number of groups, 1 would do."),
    ("MaxPool2d", {"kernel_size": 3, "padding": 3}, [4, 5, 5], "A padding of at most 2 would do."),
    ("Linear", {"out_features": 3}, [4, 5, 5], "Add a Flatten, and move it up before this layer."),
    ("ReLU", {}, [4, 5, 5], None),
    ("Conv2d", {"out_channels": 5, "kernel_size": 3}, [9216], "move this layer up, before it."),
]


@pytest.mark.parametrize(("kind", "settings", "shape", "advice"), ADVICE)
def test_what_does_not_fit_hears_what_would(run, kind, settings, shape, advice):
    settings = {"stride": 1, "padding": 0, "groups": 1, **settings}
    found = run("(layer) => f.outShape(...layer)", [kind, settings, shape])
    if advice is None:
        assert found == {"shape": shape}
        return
    assert found["advice"].endswith(advice if advice.endswith(".") else f"{advice} would do.")
    if advice.startswith("a kernel"):
        for better in ({"kernel_size": 5}, {"padding": 1}):
            assert "shape" in run("(layer) => f.outShape(...layer)", [kind, settings | better, shape])


def test_only_numbers_within_the_rules_are_read_from_what_is_typed(run):
    conv, norm = RULES["Conv2d"], RULES["LocalResponseNorm"]
    rules = {"stride": conv["stride"], "padding": conv["padding"], "size": norm["size"], "alpha": norm["alpha"]}
    typed = {
        ("stride", "4"): 4, ("stride", " 16 "): 16, ("stride", "0"): None, ("stride", "17"): None,
        ("stride", "2.5"): None, ("stride", "1e1"): None, ("stride", "alert(1)"): None, ("stride", ""): None,
        ("stride", "\u0665"): None, ("stride", "same"): None, ("padding", "same"): "same", ("padding", "0"): 0,
        ("size", "5"): 5, ("size", "4"): None, ("alpha", "0.0005"): 0.0005, ("alpha", "5e-4"): 0.0005,
        ("alpha", ".5"): 0.5, ("alpha", "-1"): None, ("alpha", "2"): None, ("alpha", "0x1"): None, ("alpha", "."): None,
    }  # fmt: skip
    found = run(
        "([typed, rules]) => typed.map(([name, text]) => f.parseSetting(text, name, rules[name]))", [list(typed), rules]
    )
    assert found == list(typed.values())


def test_arrow_keys_step_within_the_rules(run):
    steps = [
        (4, RULES["Conv2d"]["stride"], 1, 5), (1, RULES["Conv2d"]["stride"], -1, 1),
        (16, RULES["Conv2d"]["stride"], 1, 16), ("same", RULES["Conv2d"]["padding"], 1, 0),
        (5, RULES["LocalResponseNorm"]["size"], 1, 7), (0.3, RULES["Dropout"]["p"], 1, 0.35),
        (0.0, RULES["Dropout"]["p"], -1, 0), (5e-4, RULES["LocalResponseNorm"]["alpha"], -1, 4e-4),
    ]  # fmt: skip
    found = run("(steps) => steps.map(([value, rule, way]) => f.stepped(value, rule, way))", steps)
    assert found == [after for *_, after in steps]


def test_the_table_is_edited_without_a_change_to_the_one_before(run):
    table = PRESETS["LeNet-5 32"]["table"]
    script = """([table, kinds]) => {
      const before = JSON.stringify(table);
      const made = [f.withSetting(table, 0, "stride", 2), f.withoutLayer(table, 1), f.withMoved(table, 0, 1),
        ...Object.entries(kinds).map(([kind, [stem, settings]]) => f.withLayer(table, 2, kind, stem, settings))];
      return [made, before === JSON.stringify(table)];
    }"""
    (stepped, dropped, moved, *added), unchanged = run(script, [table, ADDED])
    assert unchanged
    assert stepped == [[*table[0][:2], {**table[0][2], "stride": 2}], *table[1:]]
    assert dropped == [table[0], *table[2:]]
    assert moved == [table[1], table[0], *table[2:]]
    names = ["conv1", "pool1", "mean1", "norm1", "relu1", "tanh7", "sigmoid1", "flatten1", "dropout1", "fc1"]
    for made, name, (kind, (_, settings)) in zip(added, names, ADDED.items(), strict=True):
        assert made == [*table[:3], [name, kind, settings], *table[3:]]
        assert widgets.architecture_explorer(table=made).table == made


def test_a_preset_is_known_by_its_table_whatever_the_order_of_its_settings(run):
    script = "([presets, ...state]) => f.presetName(presets, ...state)"
    presets = [list(pair) for pair in PRESETS.items()]
    for name, each in PRESETS.items():
        turned = [[row, kind, dict(sorted(settings.items()))] for row, kind, settings in each["table"]]
        assert run(script, [presets, turned, each["size"], each["channels"]]) == name
        assert run(script, [presets, turned[1:], each["size"], each["channels"]]) == "your own"
        assert run(script, [presets, turned, each["size"] + 1, each["channels"]]) == "your own"


def test_memory_is_told_in_thousands(run):
    bytes_ = [0, 999, 1000, 999_999, 1_161_600, 249_513_376, 10**10]
    found = run("(numbers) => numbers.map((bytes) => f.memoryText(BigInt(bytes)))", bytes_)
    assert found == ["0 B", "999 B", "1 kB", "1000 kB", "1.16 MB", "250 MB", "10 GB"]


def test_boxes_grow_with_height_and_channels(run):
    script = (
        """([table, channels, size]) => f.volumes(table, f.summarise(table, channels, size).rows, channels, size)"""
    )
    state = PRESETS["one tower 227"]
    boxes = run(script, [state["table"], 3, 227])
    names = "input conv1 pool1 conv2 pool2 conv3 conv4 conv5 pool3 flatten fc6 fc7 fc8"
    assert " ".join(box["name"] for box in boxes) == names
    for first, second in itertools.combinations(boxes, 2):
        wide, narrow = sorted((first, second), key=lambda box: -box["shape"][0])
        assert (wide["width"] > narrow["width"]) == (wide["shape"][0] > narrow["shape"][0])
    assert [box["height"] for box in boxes] == sorted((box["height"] for box in boxes), reverse=True)


# The code

CODE = "(state) => f.showCode(...state, f.summarise(...state))"
STATES = [[each["table"], each["channels"], each["size"]] for each in PRESETS.values()] + [
    [widgets.architecture_explorer(table=table).table, 3, size]
    for size, table in (
        (41, [("c", "Conv2d", {"out_channels": 6, "kernel_size": 4, "stride": 3, "padding": "same", "groups": 3}),
              ("p", "MaxPool2d", {"kernel_size": 3, "stride": 2, "padding": 2}), ("f", "Flatten", {})]),
        (32, [("a", "AvgPool2d", {"kernel_size": 4, "stride": 1, "padding": 3}), ("s", "Sigmoid", {}),
              ("n", "LocalResponseNorm", {"size": 3}), ("m", "MaxPool2d", {"kernel_size": 2, "padding": "same"}),
              ("f", "Flatten", {}), ("o", "LocalResponseNorm", {"size": 3}), ("l", "Linear", {"out_features": 7})]),
    )
]  # fmt: skip


@pytest.mark.parametrize("state", STATES)
def test_the_code_shown_is_this_very_table(run, state, monkeypatch):
    built = []
    monkeypatch.setattr(architectures, "build", lambda *table: built.append(table))  # or it draws a quarter of a GB
    space = {}
    exec(run(CODE, state)["course"], space)
    table, channels, size = state
    assert widgets.architecture_explorer(table=space["table"], size=size).table == table
    assert built == [(space["table"], (channels, size, size))]


def test_the_code_of_any_table_holds_every_setting(run, monkeypatch):
    for name in ("summary", "build"):
        monkeypatch.setattr(architectures, name, lambda *_: None)
    rng = np.random.default_rng(14)
    states = [[random_table(rng, int(rng.integers(1, 13))), 3, 64] for _ in range(100)]
    codes = run("(states) => states.map((state) => f.showCode(...state, f.summarise(...state)).course)", states)
    for (table, *_), code in zip(states, codes, strict=True):
        space = {}
        exec(code, space)
        assert widgets.architecture_explorer(table=space["table"]).table == table


@pytest.mark.parametrize("state", STATES)
def test_the_pytorch_code_has_the_same_parameters_and_output(run, state):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    table, channels, size = state
    rows, space = architectures.summary(table, (channels, size, size)), {}
    with torch.device("meta"):  # shapes alone: no memory, no work
        exec(run(CODE, state)["torch"], space)
        out = space["network"](torch.zeros(1, channels, size, size))
    assert sum(weight.numel() for weight in space["network"].parameters()) == rows.parameters
    assert tuple(out.shape[1:]) == rows[-1].out_shape


def test_the_code_of_what_does_not_fit_says_so(run):
    code = run(CODE, [PRESETS["one tower 227"]["table"], 3, 60])
    with pytest.raises(ValueError, match=r"layer pool3: .* does not fit"):
        exec(code["course"], {})
    for text in code.values():
        assert "# layer pool3: a kernel that spans 3 pixels does not fit into 2 + 0 + 0 = 2 pixels" in text
    assert "build" not in code["course"]
    assert "pool3\n" not in code["torch"]


# In JupyterLab


def first(page):
    return page.locator(".course-architecture").first


def field(page, name):
    return first(page).get_by_role("textbox", name=name, exact=True)


def lines(page):
    """The texts of the table's rows on the page: name, output, parameters, multiply-adds, memory, sees, jump."""
    return first(page).locator("tbody tr").evaluate_all(
        """(rows) => rows.slice(1).map((row) => [row.querySelector("button").textContent,
          ...Array.from(row.querySelectorAll("td:not([hidden])"), (cell) => cell.textContent)])"""
    )  # fmt: skip


def assert_shows(page, **state):
    """The page shows the summary that the explorer has in Python for this state, and its sums."""
    explorer = widgets.architecture_explorer(**state)
    expected = []
    for row in explorer.summary:
        seen = ("all", "\u2013") if row.receptive_field is None else tuple(f"{part:,}" for part in row.receptive_field)
        shape = " \u00d7 ".join(map(str, row.out_shape))
        expected.append([row.name, shape, f"{row.parameters:,}", f"{row.multiply_adds:,}", *seen])
    if explorer.refusal:
        expected.append([explorer.table[len(expected)][0], "\u2717"])
    for name, *_ in explorer.table[len(expected) :]:
        expected.append([name, *"?????"])
    found = [[cell[:1] if cell[0] == "\u2717" else cell for n, cell in enumerate(row) if n != 4] for row in lines(page)]
    assert found == expected
    sums = first(page).locator("tfoot td").all_text_contents()
    assert sums[1:3] == [f"{explorer.summary.parameters:,}", f"{explorer.summary.multiply_adds:,}"]
    return explorer


def edited(preset, name, **settings):
    """A preset's table with other settings in one row."""
    return [[row, kind, {**own, **settings} if row == name else own] for row, kind, own in PRESETS[preset]["table"]]


def test_it_is_alive_before_any_cell_is_run(stored):
    for preset in ("LeNet-5 32", "one tower 227", "paper 224"):
        choose(first(stored), "preset", preset)
        assert_shows(stored, preset=preset)
    first(stored).get_by_text("a kernel of 11 pixels moved by 4 does not fit 224 pixels").wait_for()
    first(stored).get_by_text("4 layers do not fit exactly").wait_for()


def test_every_setting_and_the_input_size_can_be_typed_or_stepped(stored):
    page = stored
    choose(first(page), "preset", "one tower 227")
    field(page, "conv1 stride").fill("2")
    field(page, "conv2 groups").press("ArrowUp")
    table = edited("one tower 227", "conv1", stride=2)
    table[4][2] = {**table[4][2], "groups": 2}
    assert_shows(page, table=table)
    assert first(page).get_by_role("combobox", name="preset").evaluate("(e) => e.value") == "your own"
    field(page, "conv3 padding").fill("same")
    table[8][2] = {**table[8][2], "padding": "same"}
    field(page, "input size in pixels").fill("250")
    assert_shows(page, table=table, size=250)
    slider = first(page).get_by_role("slider", name="input size")
    slider.press("ArrowRight")
    choose(first(page), "input channels", "1")
    assert_shows(page, table=table, size=251, channels=1)
    first(page).get_by_role("button", name="Reset").press("Enter")
    assert_shows(page, preset=first(page).get_by_role("combobox", name="preset").evaluate("(e) => e.value"))


def test_what_is_no_setting_is_said_and_changes_nothing(stored):
    page = stored
    choose(first(page), "preset", "one tower 227")
    stride = field(page, "conv1 stride")
    for typed in ("0", "four", "17", ""):
        stride.fill(typed)
        first(page).get_by_role("alert").get_by_text("conv1 stride takes a whole number from 1 to 16").wait_for()
        assert stride.get_attribute("aria-invalid") == "true"
        assert_shows(page, preset="one tower 227")
    page.keyboard.press("Tab")
    assert stride.input_value() == "4"
    assert first(page).get_by_role("alert").count() == 0  # what says nothing is not there


def test_the_last_layer_stays_and_so_does_the_focus(stored):
    tools, layers = first(stored).locator(".course-tools"), len(PRESETS["LeNet-5 32"]["table"])
    choose(first(stored), "preset", "LeNet-5 32")
    rows, drop = first(stored).locator("tbody tr"), tools.get_by_role("button", name="drop the picked layer")
    before = rows.count()
    for _ in range(layers + 2):
        drop.press("Enter")
    assert drop.get_attribute("aria-disabled") == "true"
    assert has_focus(drop)
    assert rows.count() == before - (layers - 1)
    own = first(stored).get_by_label("preset").locator("option", has_text="your own")
    assert own.is_enabled()  # this is what it is now


def test_layers_are_picked_moved_dropped_and_added_by_keyboard(stored):
    page, tools = stored, first(stored).locator(".course-tools")
    choose(first(page), "preset", "LeNet-5 32")
    first(page).get_by_role("button", name="C1", exact=True).press("ArrowDown")
    for _ in range(2):
        page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.textContent") == "C3"
    table = [list(row) for row in PRESETS["LeNet-5 32"]["table"]]
    tools.get_by_role("button", name="move the picked layer down").press("Enter")
    table[3], table[4] = table[4], table[3]
    assert_shows(page, table=table, size=32, channels=1)
    drop = tools.get_by_role("button", name="drop the picked layer")
    drop.press("Enter")
    assert has_focus(drop)
    del table[4]
    assert_shows(page, table=table, size=32, channels=1)
    assert tools.locator("strong").text_content() == "S4"
    choose(tools, "kind of the new layer", "MaxPool2d")
    tools.get_by_role("button", name="add behind it").press("Enter")
    table.insert(5, ["pool1", "MaxPool2d", ADDED["MaxPool2d"][1]])
    assert_shows(page, table=table, size=32, channels=1)
    assert tools.locator("strong").text_content() == "pool1"
    first(page).get_by_text(
        "layer C5: a kernel that spans 5 pixels does not fit into 3 + 0 + 0 = 3 pixels"
    ).first.wait_for()


def test_a_mouse_picks_a_layer_in_the_drawing_and_in_the_table(stored):
    tools = first(stored).locator(".course-tools strong")
    choose(first(stored), "preset", "LeNet-5 32")
    first(stored).locator(".course-volume", has_text="C5").locator("svg").click()
    assert tools.text_content() == "C5"
    first(stored).locator("tbody tr", has_text="tanh3").locator("td").nth(1).click()
    assert tools.text_content() == "tanh3"


def test_the_code_panel_opens_by_keyboard_and_follows(stored):
    choose(first(stored), "preset", "two-tower 227 (Caffe)")
    course, torch = shown_code(first(stored))
    assert '("conv2", "Conv2d", {"out_channels": 256, "kernel_size": 5, "padding": 2, "groups": 2}),' in course
    assert "nn.Conv2d(96, 256, 5, padding=2, groups=2),  # conv2" in torch
    choose(first(stored), "preset", "LeNet-5 32")
    assert "# 61,706" in first(stored).get_by_label("PyTorch code").inner_text()


def test_python_and_the_page_share_one_state(live):
    page = live
    choose(first(page), "preset", "LeNet-5 32")
    for n in range(20):
        field(page, "C1 filters").press("ArrowUp")
        page.wait_for_timeout(10 + n)
    page.wait_for_timeout(500)  # Python's answers have come: none of them undoes a later step
    assert_shows(page, table=edited("LeNet-5 32", "C1", out_channels=26), size=32, channels=1)
    field(page, "C1 filters").fill("8")
    parameters = architectures.summary(edited("LeNet-5 32", "C1", out_channels=8), (1, 32, 32)).parameters
    wait_for_answer(page, "print(explorer.preset, explorer.summary.parameters)", f"your own {parameters}")
    ask(page, "explorer.preset = 'torchvision 224'; explorer.size = 60")
    first(page).get_by_text("layer pool3: a kernel that spans 3 pixels").first.wait_for(timeout=10_000)
    assert_shows(page, table=PRESETS["torchvision 224"]["table"], size=60)


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_words_stand_out_in_both_themes(stored, run_command, theme):
    run_command("apputils:change-theme", {"theme": theme})
    stored.wait_for_function("(dark) => document.body.dataset.jpThemeLight === String(!dark)", arg="Dark" in theme)
    ground = first(stored).evaluate("(e) => getComputedStyle(e).backgroundColor")
    for part in ("tbody td", ".course-handle", ".course-volume span", ".course-kind"):
        colour = first(stored).locator(part).first.evaluate("(e) => getComputedStyle(e).color")
        assert contrast(colour, ground) >= 4.5, part


@pytest.mark.parametrize("width", [500, 1400])
def test_nothing_hangs_over_at_any_width(stored, run_command, width):
    run_command("application:toggle-left-area")
    stored.set_viewport_size({"width": width, "height": 900})
    stored.wait_for_timeout(300)
    choose(first(stored), "preset", "paper 224")
    field(stored, "pool2 kernel").fill("31")
    first(stored).get_by_text("layer pool2: a kernel that spans 31").first.wait_for()
    assert first(stored).evaluate("(e) => e.scrollWidth - e.clientWidth") <= 1
    run_command("application:toggle-left-area")
