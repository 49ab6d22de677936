"""The backprop player in JupyterLab: stepping without Python, editing with it, code out and back in."""

import itertools

import numpy as np
import pytest
from hand import contrast, has_focus, pure_functions, shown_code

from course_lib import widgets

LESSON, DRAWN = "04_worked_example", ".course-backprop"


@pytest.fixture(scope="module")
def run(browser):
    with pure_functions(browser, "backprop_numbers.js") as run:
        yield run


def test_typed_numbers_are_read_strictly_and_never_evaluated(run):
    typed = {"1": 1, "-0.5": -0.5, "\u22120.5": -0.5, ".25": 0.25, "3.": 3, "+7": 7, "0,5": 0.5, " 2 ": 2}
    typed |= {"1e-3": 0.001, "-7.05e-05": -7.05e-5, "2E2": 200, "1000000": 1e6, "-0.00006401842535": -0.00006401842535}
    refused = ["", "-", ".", "e5", "1e", "1/2", "2*3", "two", "1 2", "0x10", "Infinity", "NaN", "1e1000", "1.2.3",
               "1,000,000", "alert(1)", "1_000", "--1", "1000001", "-1e7", "\u0663"]  # fmt: skip
    found = run("(texts) => texts.map((text) => f.readTyped(text, 'number'))", [*typed, *refused])
    assert [entry.get("value") for entry in found] == [*typed.values(), *[None] * len(refused)]
    assert all(entry.get("problem") for entry in found[len(typed) :])
    assert "\u201calert(1)\u201d is not a number" in found[len(typed) + refused.index("alert(1)")]["problem"]
    assert found[-3]["problem"] == found[-2]["problem"] == "numbers up to a million will do"


def test_every_kind_of_number_has_its_range(run):
    for rule, good, bad in (
        ("target", ["0", "1", "0.5"], ["-0.1", "1.001", "2"]),
        ("rate", ["0.1", "1e-9", "5"], ["0", "-1", "0.0"]),
        ("share", ["0", "0.9", "0.999"], ["1", "-0.1", "2"]),
    ):
        found = run("([texts, rule]) => texts.map((text) => f.readTyped(text, rule))", [[*good, *bad], rule])
        assert ["value" in entry for entry in found] == [True] * 3 + [False] * 3


def test_a_number_survives_the_way_into_an_input_and_back(run):
    values = [0, 1.1, -0.1, 1e-7, -7.05e-5, 123456.789, 1 / 3, -1e6, 0.30000000000000004]
    texts = run("(values) => values.map(f.typedText)", values)
    assert texts[:3] == ["0", "1.1", "-0.1"]
    back = run("(texts) => texts.map((text) => f.readTyped(text, 'number').value)", texts)
    np.testing.assert_allclose(back, values, rtol=1e-9)


def test_one_number_is_replaced_and_nothing_else(run):
    state = {"x": [1, 2], "hidden": [[1, 2], [3, 4]], "momentum": 0}
    for name, path, expected in (
        ("x", [1], {**state, "x": [1, 9]}),
        ("hidden", [1, 0], {**state, "hidden": [[1, 2], [9, 4]]}),
        ("momentum", [], {**state, "momentum": 9}),
    ):
        script = "([s, name, path]) => [f.withNumber(s, name, path, 9), s]"
        assert run(script, [state, name, path]) == [expected, state]


def test_after_so_many_steps_so_many_values_are_known(run):
    player = widgets.backprop_player()
    values = player.table["runs"]["source"]["values"]
    for at in (0, 1, 12, 34):
        found = run("([plan, values, at]) => f.known(plan, values, at)", [player.plan, values, at])
        assert found == {entry["name"]: value for entry, value in zip(player.plan[: at + 1], values, strict=False)}


# In JupyterLab


def shown(page):
    """What the player shows: title, numbers, result and remark of the step, and the rows of the table."""
    return page.locator(".course-backprop").evaluate(
        """(root) => ({
        step: [...root.querySelectorAll(".course-step-panel p")].map((p) => p.textContent),
        rows: [...root.querySelectorAll("tbody tr")].map((row) =>
          [...row.children].map((cell) => cell.querySelector("input")?.value ?? cell.textContent)),
        network: [...root.querySelectorAll(".course-network text")].map((text) => text.textContent).filter(Boolean),
        note: root.querySelector(".course-note").textContent,
        })"""
    )


def assert_shows(page, player):
    """The page shows what a player of this state holds, once Python has answered."""
    run, entry = player.table["runs"][player.precision], player.plan[player.at]
    page.wait_for_function(
        """([text, checks]) => {
          const root = document.querySelector(".course-backprop");
          const rows = [...root.querySelectorAll("tbody tr")].map((row) => [...row.children].slice(5));
          const shown = rows.map((cells) => cells.map((cell) => cell.textContent));
          return root.querySelector(".course-result").textContent === text && String(shown) === String(checks);
        }""",
        arg=[f"= {run['values'][player.at]}" if player.at else "", run["checks"]],
    )
    now = shown(page)
    assert now["step"][0].startswith(f"{player.at}. {entry['title']}" if player.at else "The given values")
    assert now["step"][2:] == [
        entry["formula"],
        run["numbers"][player.at],
        f"= {run['values'][player.at]}" if player.at else "",
        run["remarks"][player.at],
    ]
    names = [known["name"] for known in player.plan[: player.at + 1]]
    known, short = (dict(zip(names, run[key], strict=False)) for key in ("values", "short"))
    for row, link, checks in zip(now["rows"], player.plan[0]["links"], run["checks"], strict=True):
        assert row[0] == link.replace("->", "\u2192")
        assert row[3:] == [known.get(f"change {link}", ""), known.get(f"new {link}", ""), *checks]
    for name, value in short.items():
        if name.startswith(("net", "o ", "delta")):
            sign = {"net": "net", "o": "o", "delta": "\u03b4"}[name.split()[0]]
            assert f"{sign} = {value}" in now["network"]


def test_it_plays_before_any_cell_is_run(stored):
    for at in range(3):
        assert_shows(stored, widgets.backprop_player(at=at))
        stored.get_by_role("button", name="next step").click()
    stored.get_by_role("button", name="last step").press("Enter")
    assert_shows(stored, widgets.backprop_player(at=34))
    stored.get_by_role("combobox", name="digits").select_option("in full")
    assert_shows(stored, widgets.backprop_player(at=34, precision="full"))
    stored.get_by_role("slider", name="step").focus()
    for key, at in (("Home", 0), ("ArrowRight", 1), ("ArrowRight", 2), ("ArrowLeft", 1), ("End", 34)):
        stored.keyboard.press(key)
        assert_shows(stored, widgets.backprop_player(at=at, precision="full"))
    stored.locator(".course-network").focus()
    for key, at in (
        ("ArrowLeft", 33),
        ("Home", 0),
        ("ArrowLeft", 0),
        ("ArrowRight", 1),
        ("End", 34),
        ("ArrowRight", 34),
    ):
        stored.keyboard.press(key)
        assert_shows(stored, widgets.backprop_player(at=at, precision="full"))
    stored.get_by_role("button", name="Reset").click()
    assert_shows(stored, widgets.backprop_player())


def test_play_goes_on_by_itself_and_stops_at_a_press(stored):
    stored.get_by_role("button", name="\u25b6 play").click()
    stored.get_by_text("step 2 of 34").wait_for()
    stored.get_by_role("button", name="pause").click()
    now = stored.locator(".course-step").inner_text()
    stored.wait_for_timeout(1500)
    assert stored.locator(".course-step").inner_text() == now


def test_without_python_an_edit_is_kept_and_the_silence_is_put_into_words(stored):
    stored.get_by_role("textbox", name="input x1").fill("12")
    stored.get_by_text("Python has not answered: the numbers below still belong").wait_for(timeout=5000)
    assert stored.get_by_role("textbox", name="input x1").input_value() == "12"
    stored.get_by_role("button", name="next step").click()  # the stored values still play
    assert "10 \u00b7 0.2" in shown(stored)["step"][3]
    stored.get_by_role("button", name="Reset").click()
    assert stored.get_by_role("textbox", name="input x1").input_value() == "10"
    assert shown(stored)["note"] == ""
    stored.locator("summary", has_text="Paste code").click()
    stored.get_by_role("textbox", name="code to read").fill("x = [1, 2, 3]")
    stored.get_by_role("button", name="Read this code").click()
    stored.get_by_text("Run the cells down to this one, then read the code again.").wait_for(timeout=5000)


def test_every_number_can_be_typed_and_is_answered(live):
    page = live
    state = {"at": 34, "precision": "full"}
    page.get_by_role("button", name="last step").click()
    page.get_by_role("combobox", name="digits").select_option("in full")
    typed = {
        "input x2": ("x", (1,), "-2.5"),
        "target t2": ("t", (1,), "0.25"),
        "learning rate": ("learning_rate", (), "0.7"),
        "momentum": ("momentum", (), "0.8"),
        "weight H2\u2192O1": ("output", (0, 1), "1e-3"),
        "weight I3\u2192H2": ("hidden", (1, 2), "\u22120,5"),
        "change of H1\u2192O2 before": ("velocity_output", (1, 0), ".2"),
        "change of I1\u2192H2 before": ("velocity_hidden", (1, 0), "-0.3"),
    }
    values = {name: np.array(getattr(widgets.backprop_player(), name)) for name, _, _ in typed.values()}
    for label, (name, path, text) in typed.items():
        values[name][path] = float(text.replace("\u2212", "-").replace(",", "."))
        page.get_by_role("textbox", name=label, exact=True).fill(text)
        assert_shows(page, widgets.backprop_player(**state | {key: value.tolist() for key, value in values.items()}))


def test_what_cannot_be_is_marked_and_explained_and_changes_nothing(live):
    page = live
    page.get_by_role("button", name="last step").click()
    for label, text, words in (
        ("target t1", "1.5", "target t1: a sigmoid unit reaches only targets from 0 to 1."),
        ("learning rate", "0", "learning rate: it must be more than 0."),
        ("momentum", "1", "momentum: it must be at least 0 and less than 1."),
        ("weight H1\u2192O1", "1/2", "weight H1\u2192O1: \u201c1/2\u201d is not a number"),
        ("input x3", "2000000", "input x3: numbers up to a million will do."),
    ):
        field = page.get_by_role("textbox", name=label, exact=True)
        before = field.input_value()
        field.fill(text)
        assert field.get_attribute("aria-invalid") == "true"
        assert words in shown(page)["note"]
        assert_shows(page, widgets.backprop_player(at=34))
        field.blur()
        assert (field.input_value(), field.get_attribute("aria-invalid"), shown(page)["note"]) == (before, None, "")


def test_iterations_take_the_new_weights_and_the_velocity(live):
    page = live
    page.get_by_role("textbox", name="momentum", exact=True).fill("0.9")
    page.get_by_role("button", name="last step").click()
    for precision, label in (("full", "in full"), ("source", "as the source cuts them")):
        page.get_by_role("combobox", name="digits").select_option(label)
        for button, iteration in (("next iteration", 2), ("10 on", 12), ("iteration before", 11)):
            page.get_by_role("button", name=button).click()
            page.get_by_text(f"iteration {iteration}", exact=True).wait_for()
            player = widgets.backprop_player(momentum=0.9, at=34, precision=precision, iteration=iteration)
            assert_shows(page, player)
            weight = float(page.get_by_role("textbox", name="weight I2\u2192H2", exact=True).input_value())
            assert weight == pytest.approx(player.step.weights.hidden[1, 1], rel=1e-9)
        for _ in range(10):
            page.get_by_role("button", name="iteration before").click()
        page.get_by_text("iteration 1", exact=True).wait_for()
        assert has_focus(page.get_by_role("button", name="iteration before"))  # although it can do nothing now


def test_an_edit_in_a_later_iteration_starts_from_its_weights(live):
    page = live
    page.get_by_role("combobox", name="digits").select_option("in full")
    page.get_by_role("button", name="10 on").click()
    page.get_by_text("iteration 11", exact=True).wait_for()
    assert_shows(page, widgets.backprop_player(iteration=11, precision="full"))
    reached = widgets.backprop_player(iteration=11, precision="full").step
    page.wait_for_timeout(300)
    page.get_by_role("textbox", name="input x1").fill("11")
    page.get_by_role("button", name="last step").click()
    page.get_by_text("iteration 1", exact=True).wait_for()
    expected = widgets.backprop_player(reached.weights, reached.velocity, x=[11, 30, 20], precision="full", at=34)
    assert_shows(page, expected)


def test_code_is_shown_and_read_back(live):
    page = live
    page.get_by_role("textbox", name="input x1").fill("1.5")
    page.get_by_role("textbox", name="momentum", exact=True).fill("0.5")
    page.get_by_role("button", name="last step").press("Enter")
    expected = widgets.backprop_player(x=[1.5, 30, 20], momentum=0.5, at=34)
    assert_shows(page, expected)
    code = "\n\n".join(shown_code(page))
    page.get_by_role("button", name="Reset").click()
    assert_shows(page, widgets.backprop_player())
    page.locator("summary", has_text="Paste code").press("Enter")
    field = page.get_by_role("textbox", name="code to read")
    field.fill(code.replace("1.5", "print(1)"))
    page.get_by_role("button", name="Read this code").click()
    page.get_by_text("Not read: line 5, column 6: a number belongs here, such as 0.25 or -1e-3.").wait_for()
    assert_shows(page, widgets.backprop_player())
    field.fill(code)
    page.get_by_role("button", name="Read this code").press("Enter")
    page.get_by_text("Read. The player shows your numbers.").wait_for()
    page.get_by_role("button", name="last step").press("Enter")
    assert_shows(page, expected)
    page.get_by_role("button", name="Reset").press("Enter")
    assert page.get_by_text("Read. The player shows your numbers.").count() == 0


def test_pythons_echo_undoes_no_key_of_a_quick_hand(live):
    field = live.get_by_role("textbox", name="input x1")
    field.focus()
    for n in range(25):
        field.press("ControlOrMeta+a")
        live.keyboard.type(f"0.{n}7", delay=15)
        live.wait_for_timeout(20 + n)
    live.wait_for_timeout(600)
    assert field.input_value() == "0.247"
    live.get_by_role("button", name="next step").click()
    assert_shows(live, widgets.backprop_player(x=[0.247, 30, 20], at=1))


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_text_can_be_read_in_both_themes(stored, run_command, theme):
    run_command("apputils:change-theme", {"theme": theme})
    stored.wait_for_function("(dark) => document.body.dataset.jpThemeLight === String(!dark)", arg="Dark" in theme)
    stored.get_by_role("button", name="last step").click()
    style = "(e) => { const s = getComputedStyle(e); return [s.color, s.fill, s.backgroundColor]; }"
    panel = stored.locator(".course-backprop").evaluate(style)
    for selector, place in ((".course-network text", 1), (".course-result", 0), (".course-weights td", 0)):
        colour = stored.locator(f".course-backprop {selector}").first.evaluate(style)[place]
        assert contrast(colour, panel[2]) >= 4.5
    for selector in ("input", "button", "select"):
        colour, _, background = stored.locator(f".course-backprop {selector}").first.evaluate(style)
        assert contrast(colour, background) >= 4.5


def test_nothing_hangs_over_in_a_narrow_window_and_the_numbers_stay_readable(stored, run_command):
    run_command("application:toggle-left-area")
    stored.set_viewport_size({"width": 500, "height": 900})
    stored.wait_for_function("document.querySelector('.course-explorer').clientWidth < 480")
    stored.get_by_role("combobox", name="digits").select_option("in full")
    stored.get_by_role("button", name="last step").click()
    over = stored.locator(".course-backprop").evaluate("(e) => e.scrollWidth - e.clientWidth")
    assert over <= 1
    heights = stored.locator(".course-network text").evaluate_all(
        "(texts) => texts.filter((t) => t.textContent).map((t) => t.getBoundingClientRect().height)"
    )
    assert min(heights) >= 11
    boxes = stored.locator(".course-network text").evaluate_all(
        """(texts) => texts.filter((t) => t.textContent).map((t) => t.getBBox())
        .map((b) => [b.x, b.y, b.x + b.width, b.y + b.height])"""
    )
    assert all(left >= 0 and right <= 500 for left, _, right, _ in boxes)
    for one, other in itertools.combinations(boxes, 2):
        wide = min(one[2], other[2]) - max(one[0], other[0])
        high = min(one[3], other[3]) - max(one[1], other[1])
        assert wide <= 0 or high <= 3
