"""The graph player: its pure functions in Chromium, and every control by keyboard in JupyterLab."""

import pytest
from hand import ask, contrast, pure_functions, shown_code, wait_for_answer

from course_lib import autograd, widgets
from course_lib.widgets.graph_player import DEEPEST, EXAMPLES, METHODS

LESSON, DRAWN = "02_chain_rule", ".course-graph-player svg .course-value"


@pytest.fixture(scope="module")
def run(browser):
    with pure_functions(browser, "graph_answers.js") as run:
        yield run


# What the page works out by itself


def test_typed_numbers_are_read_and_never_evaluated(run):
    typed = {
        "1": 1, "-4": -4, "\u22124": -4, " 0.25 ": 0.25, ".5": 0.5, "3.": 3, "+7": 7, "0,5": 0.5, "1e-3": 0.001,
        "2/3": 2 / 3, "-1/4": -0.25, "1E2": 100,
    }  # fmt: skip
    typed |= dict.fromkeys(
        ["", "-", "abc", "1/0", "2*3", "alert(1)", "1,2,3", "Infinity", "NaN", "0x10", "1e999", "--1"]
    )
    assert run("(texts) => texts.map(f.typedNumber)", list(typed)) == list(typed.values())


@pytest.mark.parametrize("expression", [*EXAMPLES, "max(x, y*sigmoid(z)) + x*2", "q = x + y; q*q*q*z + log(x*x)"])
def test_every_right_answer_is_right_and_every_known_mistake_gets_its_message(run, expression):
    for blank in widgets.graph_player(expression).answer["graph"]["blanks"]:
        numbers = [blank["right"], *(number for number, _ in blank["mistakes"])]
        judged = run("([texts, blank]) => texts.map((t) => f.judge(t, blank))", [[repr(n) for n in numbers], blank])
        assert [one["state"] for one in judged] == ["right", *["wrong"] * len(blank["mistakes"])]
        assert [one["message"] for one in judged[1:]] == [message for _, message in blank["mistakes"]]
        rounded = run("([text, blank]) => f.judge(text, blank)", [f"{blank['right']:.3g}", blank])
        assert rounded["state"] == "right"


def test_other_answers_are_empty_unreadable_or_wrong(run):
    blank = {"right": -4, "mistakes": [[3, "swapped"]]}
    judged = run("([texts, blank]) => texts.map((t) => f.judge(t, blank))", [["", "  ", "four", "17", "-4.1"], blank])
    assert [one["state"] for one in judged] == ["empty", "empty", "unreadable", "wrong", "wrong"]
    assert judged[3]["message"] == "not yet: incoming gradient times local derivative"
    shares = {"wire": None, "node": 1, "right": 4, "mistakes": []}
    assert run("(blank) => f.judge('99', blank).message", shares) == "not yet: add up the shares that come back"
    nothing = {"right": 0, "mistakes": []}
    states = run("([texts, blank]) => texts.map((t) => f.judge(t, blank).state)", [["0", "-0.0", "0.001"], nothing])
    assert states == ["right", "right", "wrong"]


@pytest.mark.parametrize("depth", range(1, DEEPEST + 1))
def test_the_standing_of_a_race_is_that_of_the_library_after_every_visit(run, depth):
    race = widgets.graph_player(mode="order race").races[depth - 1]
    chain = autograd.doubling_chain(depth)
    order = autograd.topological_order(chain)
    methods = [method for _, method in METHODS]
    for shown, method in zip(race["methods"], methods, strict=True):
        _, visits = autograd.race(chain, method)
        last = len(visits) + 2
        script = "([method, last, size]) => Array.from({ length: last + 1 }, (_, n) => f.standing(method, n, size))"
        for visit, now in enumerate(run(script, [shown, last, depth + 1])):
            made = visits[: min(visit, len(visits))]
            assert now["made"] == len(made)
            assert now["finished"] is (visit >= len(visits))
            assert now["counts"] == [made.count(value) for value in order]
            assert now["at"] == (order.index(made[-1]) if made else None)
            assert now["gradients"] == (shown["final"] if now["finished"] else shown["visits"][max(0, visit - 1)][1])


# In JupyterLab


def player(page):
    return page.locator(".course-graph-player").first


def gradients_shown(page):
    """{node: gradient} from the table, as far as it is filled."""
    rows = player(page).locator(".course-table tbody tr").all()
    cells = [[cell.inner_text() for cell in row.locator("th, td").all()] for row in rows]
    return {name: gradient for name, _, gradient, *_ in cells if gradient}


def expected_gradients(expression, values=None):
    nodes = widgets.graph_player(expression, values).answer["graph"]["nodes"]
    return {node["name"]: node["gradient"] for node in nodes if node["kind"] != "constant"}


def wait_for_gradients(page, expression, values=None):
    expected = expected_gradients(expression, values)
    page.wait_for_function(
        """(names) => [...document.querySelector(".course-graph-player .course-table tbody").rows]
             .map((row) => row.cells[0].textContent).join() === names""",
        arg=",".join(expected),
    )
    assert gradients_shown(page) == expected


def test_it_plays_before_any_cell_is_run(stored):
    slider = player(stored).get_by_role("slider", name="step")
    slider.focus()
    assert gradients_shown(stored) == {}
    for expected in ({}, {}, {"f": "1"}, {"f": "1", "q": "−4", "z": "3"}, expected_gradients("(x + y) * z")):
        slider.press("ArrowRight")
        assert gradients_shown(stored) == expected
    player(stored).get_by_text("∂f/∂x = ∂f/∂q · ∂q/∂x = −4 · 1 = −4").wait_for()
    player(stored).get_by_text("Backward: + at q has received −4 and sends −4 to x and −4 to y.").wait_for()
    slider.press("ArrowLeft")
    slider.press("ArrowLeft")
    player(stored).get_by_text("∂f/∂f = 1", exact=True).wait_for()
    assert gradients_shown(stored) == {"f": "1"}


def test_values_stand_above_the_wires_and_gradients_below_in_another_style(stored):
    player(stored).get_by_role("button", name="last step").press("Enter")
    texts = player(stored).locator("svg :is(.course-value, .course-gradient)")
    found = texts.evaluate_all(
        """(nodes) => nodes.filter((n) => n.textContent).map((n) =>
        [n.getAttribute("class"), n.textContent, Number(n.getAttribute("y")), getComputedStyle(n).fontStyle])"""
    )
    values = [entry for entry in found if "course-value" in entry[0]]
    gradients = [entry for entry in found if "course-gradient" in entry[0]]
    assert [entry[1] for entry in values] == ["−2", "5", "3", "−4", "−12"]
    assert [entry[1] for entry in gradients] == ["◂ −4", "◂ −4", "◂ −4", "◂ 3", "◂ 1"]
    for value, gradient in zip(values, gradients, strict=True):
        assert value[2] < gradient[2]
        assert (value[3], gradient[3]) == ("normal", "italic")


def test_without_python_a_typed_expression_is_answered_in_words(stored):
    player(stored).get_by_role("textbox", name="expression").fill("x * y")
    player(stored).get_by_text("Run the cells down to this one, then type again").wait_for(timeout=10_000)


def test_a_typed_expression_becomes_a_graph(live):
    typed = player(live).get_by_role("textbox", name="expression")
    for expression in ("x * y", "max(x, y*sigmoid(z)) + x*2", "b = a + a; c = b + b"):
        typed.fill(expression)
        wait_for_gradients(live, expression)
    assert player(live).locator("svg rect").count() >= 3
    player(live).get_by_role("combobox", name="example").select_option("log(1 + exp(x))")
    assert typed.input_value() == "log(1 + exp(x))"
    wait_for_gradients(live, "log(1 + exp(x))")


@pytest.mark.parametrize(
    "expression", ["x*x", "x*y + x*z", "x*x*x + x", "q = x*x; q*q + x", "relu(x*y) + x*x*x*x*x*x", "q = x*y; q + q*z"]
)
def test_the_sum_of_many_shares_covers_no_other_number(live, expression):
    player(live).get_by_role("textbox", name="expression").fill(expression)
    wait_for_gradients(live, expression)
    values = {name: value for name, value in {"x": -12.25, "y": -2.75, "z": -0.125}.items() if name in expression}
    for name, value in values.items():
        player(live).get_by_role("textbox", name=f"value of {name}").fill(str(value))
    gradient = expected_gradients(expression, values)["x"]
    player(live).get_by_role("button", name="last step").click()
    player(live).get_by_role("cell", name=gradient, exact=True).first.wait_for()
    sums, numbers = (
        player(live)
        .locator(f"svg {kind}")
        .evaluate_all(
            "(texts) => texts.filter((text) => text.textContent).map((text) => text.getBBox())"
            ".map(({ x, y, width, height }) => [x, y, x + width, y + height])"
        )
        for kind in (".course-sum", ".course-on-wire")
    )
    assert sums
    assert min(left for left, *_ in sums) >= 0
    for left, top, right, bottom in sums:
        for other in numbers:
            assert other[2] <= left or right <= other[0] or other[3] <= top or bottom <= other[1]


def test_a_mistake_is_shown_with_its_place_as_text_and_the_graph_stays(live):
    typed = player(live).get_by_role("textbox", name="expression")
    typed.fill("x + sin(y)")
    player(live).get_by_text("column 5: there is no function sin").wait_for()
    assert player(live).locator(".course-note pre").inner_text() == "x + sin(y)\n    ^^^"
    assert typed.get_attribute("aria-invalid") == "true"
    assert len(gradients_shown(live)) == 5
    typed.fill("<img src=x onerror=alert(1)>")
    player(live).get_by_text("'<' is not understood").wait_for()
    assert player(live).locator("img").count() == 0
    typed.fill("log(x)")
    player(live).get_by_text("log(x) with x = -2: log needs a number above 0").wait_for()
    player(live).get_by_role("textbox", name="value of x").fill("1")
    wait_for_gradients(live, "log(x)", {"x": 1})
    assert typed.get_attribute("aria-invalid") == "false"


def test_inputs_are_edited_by_typing_numbers(live):
    player(live).get_by_role("button", name="last step").press("Enter")
    z = player(live).get_by_role("textbox", name="value of z")
    z.fill("2/4")
    live.wait_for_function("document.querySelector('.course-graph-player .course-table').textContent.includes('0.5')")
    assert gradients_shown(live) == expected_gradients("(x + y) * z", {"z": 0.5})
    z.fill("two")
    assert z.get_attribute("aria-invalid") == "true"
    assert gradients_shown(live) == expected_gradients("(x + y) * z", {"z": 0.5})
    player(live).get_by_role("button", name="Reset").press("Enter")
    live.wait_for_function("document.querySelector('.course-graph-player [aria-label=\"value of z\"]').value === '-4'")


def test_pythons_echo_undoes_no_letter_of_a_quick_hand(live):
    typed = player(live).get_by_role("textbox", name="expression")
    typed.focus()
    live.keyboard.press("ControlOrMeta+a")
    text = "x*y + x*z + y*z + exp(x)*tanh(y) + sigmoid(z)"
    for place, letter in enumerate(text):
        live.keyboard.type(letter)
        live.wait_for_timeout(15 + 4 * (place % 7))
    wait_for_gradients(live, text)
    assert typed.input_value() == text


def test_gradients_are_filled_in_and_mistakes_are_told_by_name(stored):
    page = stored
    player(page).get_by_role("combobox", name="mode").select_option("fill in")
    assert player(page).locator(".course-table").is_hidden()
    gradient_of = lambda name: player(page).get_by_role("textbox", name=f"∂f/∂{name}", exact=True)  # noqa: E731
    gradient_of("q").fill("3")
    player(page).get_by_text("the two factors are swapped").wait_for()
    gradient_of("q").fill("-4")
    gradient_of("z").fill("three")
    player(page).get_by_text("type a number, such as").wait_for()
    gradient_of("z").fill("3")
    gradient_of("x").fill("1")
    player(page).get_by_text("that is the local derivative alone").wait_for()
    gradient_of("x").fill("−4")
    player(page).get_by_text("3 of 4 gradients are right.").wait_for()
    shown = player(page).locator("svg .course-gradient").all_text_contents()
    assert sorted(text for text in shown if text) == ["◂ 1", "◂ 3", "◂ ?", "◂ −4", "◂ −4"]
    gradient_of("y").fill("-4.0")
    player(page).get_by_text("All 4 gradients are right.").wait_for()
    assert gradients_shown(page) == expected_gradients("(x + y) * z")


def test_the_order_race_counts_visits(stored):
    page = stored
    player(page).get_by_role("combobox", name="mode").select_option("order race")
    visit = player(page).get_by_role("slider", name="visit")
    visit.focus()
    visit.press("End")
    results = player(page).locator(".course-result").all_inner_texts()
    assert results == [
        "3 visits, done: ✓ right, gradient of a: 4", "7 visits, done: ✓ right, gradient of a: 4",
        "7 visits, done: ✗ wrong, gradient of a: 6", "3 visits, done: ✗ wrong, gradient of a: 1",
    ]  # fmt: skip
    player(page).get_by_role("slider", name="doublings").press("End")
    player(page).get_by_text("visit 0 of 63").wait_for()
    visit.press("ArrowRight")
    assert player(page).locator(".course-result").first.inner_text() == "1 visit"
    player(page).get_by_role("button", name="Reset").press("Enter")
    player(page).get_by_text("step 0 of 5").wait_for()


def test_python_and_the_page_share_one_state(live):
    player(live).get_by_role("button", name="last step").press("Enter")
    wait_for_answer(live, "print(player.step)", "5")
    ask(live, "player.expression = 'x * x'; player.values = {'x': 3}")
    live.wait_for_function("document.querySelector('.course-graph-player .course-expression').value === 'x * x'")
    player(live).get_by_text("gradients add: ∂f/∂x = 3 + 3 = 6").wait_for()


def test_the_code_panel_follows_what_is_shown(stored):
    course, torch = shown_code(player(stored))
    assert 'autograd.parse("(x + y) * z").value(numbers)' in course
    assert "f.backward()" in torch
    player(stored).get_by_role("combobox", name="mode").select_option("order race")
    assert "autograd.doubling_chain(2)" in player(stored).get_by_label("course_lib code").inner_text()


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_text_can_be_read_in_both_themes(stored, run_command, theme):
    run_command("apputils:change-theme", {"theme": theme})
    stored.wait_for_function("(dark) => document.body.dataset.jpThemeLight === String(!dark)", arg="Dark" in theme)
    ground = player(stored).evaluate("(e) => getComputedStyle(e).backgroundColor")
    player(stored).get_by_role("button", name="last step").press("Enter")
    for selector in (".course-value", ".course-gradient", ".course-name"):
        ink = player(stored).locator(f"svg {selector}").last.evaluate("(e) => getComputedStyle(e).fill")
        assert contrast(ink, ground) >= 4.5
    sign, box = (player(stored).locator(f"svg {selector}").first for selector in (".course-name", ".course-operation"))
    pair = [sign.evaluate("(e) => getComputedStyle(e).fill"), box.evaluate("(e) => getComputedStyle(e).fill")]
    assert contrast(*pair) >= 4.5


def test_nothing_hangs_over_in_a_narrow_window(stored, run_command):
    run_command("application:toggle-left-area")
    stored.set_viewport_size({"width": 500, "height": 900})
    stored.wait_for_function("document.querySelector('.course-explorer').clientWidth < 480")
    for mode in ("play", "fill in", "order race"):
        player(stored).get_by_role("combobox", name="mode").select_option(mode)
        assert player(stored).evaluate("(e) => e.scrollWidth - e.clientWidth") <= 1
        texts = (
            player(stored)
            .locator("svg text:visible")
            .evaluate_all("(nodes) => nodes.filter((n) => n.textContent).map((n) => n.getBoundingClientRect().height)")
        )
        assert not texts or min(texts) >= 10


def test_in_a_narrow_window_what_is_marked_comes_into_sight(live, run_command):
    explorer = player(live)
    explorer.get_by_role("textbox", name="expression").fill("q = x * y; f = q + q * z")
    explorer.get_by_role("combobox", name="mode").select_option("fill in")
    blanks = explorer.locator(".course-sheet input")
    live.wait_for_function("document.querySelectorAll('.course-sheet')[0].querySelectorAll('input').length === 7")
    run_command("application:toggle-left-area")
    live.set_viewport_size({"width": 500, "height": 900})
    live.wait_for_function("document.querySelector('.course-explorer').clientWidth < 480")
    graph = explorer.locator(".course-graph")
    assert graph.evaluate("(e) => e.scrollWidth - e.clientWidth") > 100
    for place in (0, 6, 1):  # at the right end, at the left end, and back
        blanks.nth(place).focus()
        ends = """(e) => [e, [...e.querySelectorAll(".course-wire.course-now")].at(-1)].map((part) => {
          const box = part.getBoundingClientRect(); return [box.left, box.right]; })"""
        (left, right), (_, end) = graph.evaluate(ends)
        assert left < end <= right  # where the gradient stands
