"""The loss explorer: its pure functions against course_lib.losses, then every control in JupyterLab."""

import numpy as np
import pytest
from hand import ask, choose, pure_functions, shown_code, wait_for_answer
from numpy.testing import assert_allclose, assert_array_equal

from course_lib import losses, widgets
from course_lib.activations import sigmoid, sigmoid_derivative
from course_lib.widgets.loss_explorer import STEPS, unit_losses

LESSON, DRAWN = "05_cross_entropy", ".course-losses .course-chart"
NAMES = ("squared", "cross", "printed")


@pytest.fixture(scope="module")
def run(browser):
    with pure_functions(browser, "loss_math.js") as run:
        yield run


@pytest.mark.parametrize("target", [0, 1])
def test_losses_slopes_and_gradients_are_those_of_the_library(run, target):
    nets = [*np.linspace(-10, 10, 81).tolist(), 30.0, -30.0]
    found = run("([nets, y]) => nets.map((z) => f.lossesAt(z, y))", [nets, target])
    for net, at in zip(nets, found, strict=True):
        expected = unit_losses(net, target)
        assert at["output"] == pytest.approx(sigmoid(net).item(), rel=1e-12)
        assert at["factor"] == pytest.approx(sigmoid_derivative(net).item(), rel=1e-12)
        for name in NAMES:
            for what in ("value", "slope", "gradient"):
                if expected[name][what] is None:
                    assert at[name][what] is None
                else:
                    assert at[name][what] == pytest.approx(expected[name][what], rel=1e-12, abs=1e-12), (net, name)
        value, gradient = losses.binary_cross_entropy_with_logits([net], [target])
        assert at["cross"]["value"] == pytest.approx(value, rel=1e-12)
        assert at["cross"]["gradient"] == pytest.approx(gradient.item(), rel=1e-12)


@pytest.mark.parametrize(("start", "target", "rate"), [(8, 0, 1), (-10, 1, 5), (0.3, 1, 0.1), (9.5, 0, 2.5)])
def test_the_descent_is_that_of_python(run, start, target, rate):
    explorer = widgets.loss_explorer(target=target, start=start, rate=rate)
    for name in NAMES:
        found = run("([name, start, y, rate]) => f.descent(name, start, y, rate)", [name, start, target, rate])
        assert len(found) == STEPS + 1
        assert_allclose(found, explorer.descent[name], rtol=1e-11, atol=1e-12)


def test_a_curve_goes_through_the_losses_over_the_net_input_or_the_output(run):
    for axis in ("net input", "output"):
        points = np.array(run("(axis) => f.curve('cross', 'gradient', 1, axis)", axis))
        nets = np.arange(-100, 101) / 10
        assert_allclose(points[:, 0], sigmoid(nets) if axis == "output" else nets, rtol=1e-12)
        assert_allclose(points[:, 1], sigmoid(nets) - 1, rtol=1e-9, atol=1e-12)


def test_the_net_input_of_an_output_is_found_and_kept_within_the_chart(run):
    outputs = [0.5, 0.9, 0.2, 0, 1, -0.1, 1.1]
    expected = [0, np.log(9), np.log(0.25), -10, 10]
    assert_allclose(run("(outputs) => outputs.map(f.netOf)", outputs)[:5], expected, rtol=1e-12, atol=1e-12)
    assert all(abs(net) <= 10 for net in run("(outputs) => outputs.map(f.netOf)", outputs))


def test_the_step_at_which_the_unit_turns_is_named(run):
    for nets, target, words in (
        ([8, 3, -1, -2], 0, "right from step 2 on"), ([-1], 0, "right from the start"),
        ([8, 7, 6], 0, "still wrong after 2 steps"),
        ([-8, 0, 1], 1, "right from step 2 on"), ([0, -1, 0], 1, "still wrong after 2 steps"),
        ([-1, -2, 3], 0, "wrong from step 2 on"), ([1, -1, 2, -3], 1, "wrong from step 3 on"),
        ([2, -1, 3], 1, "right from step 2 on"),
    ):  # fmt: skip
        assert run("([nets, target]) => f.standing(nets, target)", [nets, target]) == words


def test_typed_numbers_are_read_and_never_evaluated(run):
    typed = {"1": 1, "-0.5": -0.5, ".25": 0.25, " 3 ": 3, "+7": 7, "0,5": 0.5, "\u22122": -2, "8.": 8}
    typed |= dict.fromkeys(["", "-", "abc", "1/2", "1e3", "2*3", "alert(1)", "Infinity", "0x10", "1 2", "."])
    assert run("(texts) => texts.map((text) => f.parseNumber(text, 10))", list(typed)) == list(typed.values())


STATES = [
    {"view": "compare", "target": 0, "net": 8.0},
    {"view": "compare", "target": 1, "net": -2.5, "printed": True},
    {"view": "descend", "target": 0, "start": 8.0, "rate": 1.5, "printed": True},
    {"view": "descend", "target": 1, "start": -3.25, "rate": 0.3},
    {"view": "penalty", "strength": 3},
]


def code_of(run, explorer):
    state = {name: getattr(explorer, name) for name in (*explorer.state, "penalty")}
    return run("(state) => f.lossCode(state)", state)


@pytest.mark.parametrize("state", STATES)
def test_the_code_shown_gives_the_very_numbers(run, state):
    explorer, space = widgets.loss_explorer(**state), {}
    exec(code_of(run, explorer)["course"], space)
    if state["view"] == "compare":
        for name in ("squared", "cross"):
            assert space[name] == pytest.approx(explorer.at[name]["value"], rel=1e-12)
            assert space[f"{name}_gradient"].item() == pytest.approx(explorer.at[name]["gradient"], rel=1e-12)
        if explorer.printed:
            assert space["printed_gradient"].item() == pytest.approx(explorer.at["printed"]["gradient"], rel=1e-9)
    elif state["view"] == "descend":
        for name in NAMES[: 3 if explorer.printed else 2]:
            assert_allclose(np.ravel(space[name]), explorer.descent[name], rtol=1e-11, atol=1e-12)
    else:
        training, logits, target = space["training"], space["logits"], space["target"]
        value, _ = losses.binary_cross_entropy_with_logits(logits[training], target[training])
        assert value == pytest.approx(explorer.penalty["training"][3], abs=5e-5)
        others = np.delete(np.arange(len(target)), training)
        value, _ = losses.binary_cross_entropy_with_logits(logits[others], target[others])
        assert value == pytest.approx(explorer.penalty["validation"][3], abs=5e-5)


@pytest.mark.parametrize("state", STATES)
def test_the_pytorch_code_gives_the_same_numbers(run, state):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    explorer, space = widgets.loss_explorer(**state), {}
    code = code_of(run, explorer)
    exec(code["course"], space)
    names = {"compare": ("squared", "cross", "squared_gradient", "cross_gradient"), "descend": ("cross",)}
    expected = {name: np.ravel(space[name]) for name in names.get(state["view"], ("logits",))}
    exec(code["torch"], space)
    for name, values in expected.items():
        found = torch.cat(space[name]) if isinstance(space[name], list) else space[name]
        assert_allclose(np.ravel(found.detach().numpy()), values, rtol=1e-6, atol=1e-9)


def test_python_state_and_still_pictures():
    explorer = widgets.loss_explorer(net=8)
    assert repr(explorer).startswith("LossExplorer(view='compare', target=0, net=8.0, axis='net input', printed=False")
    assert explorer.at["squared"]["gradient"] == pytest.approx(0.000335, rel=1e-2)
    assert explorer.at["cross"]["gradient"] == pytest.approx(0.99966, rel=1e-4)
    for view in ("compare", "descend", "penalty"):
        for printed in (False, True):
            explorer.view, explorer.printed = view, printed
            assert explorer.still().png().startswith(b"\x89PNG")
    explorer.reset()
    assert (explorer.view, explorer.printed) == ("compare", False)


def test_the_penalty_table_shows_too_little_and_too_much():
    table = widgets.loss_explorer().penalty
    assert (np.diff(table["training"]) >= 0).all()
    assert (np.diff(table["weights"]) < 0).all()
    best = int(np.argmin(table["validation"]))
    assert 0 < best < len(table["strengths"]) - 1
    assert table["validation"][0] > 2 * table["validation"][best]
    assert_array_equal(np.shape(table["curves"]), (len(table["strengths"]), len(table["flippers"])))


@pytest.mark.parametrize(
    ("name", "value"),
    [("net", 11), ("net", "two"), ("target", 2), ("axis", "time"), ("rate", 0), ("step", 61), ("strength", 8)],
)
def test_what_the_explorer_cannot_show_is_refused(name, value):
    explorer = widgets.loss_explorer()
    before = repr(explorer)
    with pytest.raises(Exception, match=name):
        setattr(explorer, name, value)
    assert repr(explorer) == before


# In JupyterLab


def table_numbers(page):
    """The numbers of the table that can be seen, column by column."""
    rows = page.locator(".course-losses .course-table").first.locator("tbody tr")
    cells = [rows.nth(n).locator("td:visible").all_inner_texts() for n in range(4)]
    return [[number(cell) for cell in column] for column in zip(*cells, strict=True)]


def number(cell):
    return None if cell == "\u2013" else float(cell.replace("\u2212", "-"))


def assert_shows(page, net, target, names=("squared", "cross")):
    """The table shows what course_lib computes, to the digits shown."""
    expected = unit_losses(net, target)
    factor = sigmoid_derivative(net).item()
    for column, name in zip(table_numbers(page), names, strict=True):
        at = expected[name]
        assert (column[0] is None) == (at["value"] is None)
        assert column[0] is None or column[0] == pytest.approx(at["value"], rel=2e-3)
        assert column[1:] == pytest.approx([at["slope"], factor, at["gradient"]], rel=2e-3), name


def test_it_is_alive_before_any_cell_is_run(stored):
    assert_shows(stored, 2.0, 0)
    choose(stored.locator(".course-losses"), "target", "1")
    assert_shows(stored, 2.0, 1)
    choose(stored.locator(".course-losses"), "view", "descend")
    stored.get_by_role("button", name="last step").click()
    stored.get_by_text("Step 60, target 1:").wait_for()
    choose(stored.locator(".course-losses"), "view", "penalty")
    stored.get_by_text("Strength 0: loss").wait_for()


def test_the_unit_follows_keys_typing_slider_and_mouse(live):
    page = live
    chart = page.get_by_role("slider", name="loss of the unit: move the unit")
    chart.focus()
    chart.press("ArrowRight")
    chart.press("Shift+ArrowRight")
    assert_shows(page, 3.1, 0)
    field = page.get_by_role("textbox", name="net input", exact=True)
    field.fill("-7,5")
    assert_shows(page, -7.5, 0)
    field.fill("seven")
    assert field.get_attribute("aria-invalid") == "true"
    field.fill("99")
    assert field.get_attribute("aria-invalid") == "true"
    assert_shows(page, -7.5, 0)
    field.fill("4")
    field.press("ArrowDown")
    assert_shows(page, 3.9, 0)
    page.get_by_role("slider", name="net input, by slider").press("End")
    assert_shows(page, 10.0, 0)
    box = chart.bounding_box()
    middle = box["x"] + box["width"] * (52 + 358 / 2) / 420
    page.mouse.move(middle + 40, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(middle, box["y"] + 80, steps=5)
    page.mouse.up()
    assert abs(float(field.input_value().replace("\u2212", "-"))) < 0.2
    page.wait_for_timeout(400)  # Python's echo undoes nothing
    assert abs(float(field.input_value().replace("\u2212", "-"))) < 0.2


def test_the_wrong_sign_and_the_output_axis_can_be_switched_on(live):
    page = live
    page.locator(".course-losses").get_by_role("checkbox", name="with the sign as printed").press("Space")
    assert_shows(page, 2.0, 0, ("squared", "cross", "printed"))
    choose(page.locator(".course-losses"), "horizontal axis", "output")
    page.locator(".course-losses .course-chart text", has_text="output s").first.wait_for()
    page.get_by_role("slider", name="gradient at the net input: move the unit").press("ArrowLeft")
    assert_shows(page, 1.9, 0, ("squared", "cross", "printed"))


def test_the_descent_plays_and_its_settings_start_it_anew(live):
    page = live
    choose(page.locator(".course-losses"), "view", "descend")
    page.get_by_role("button", name="next step").press("Enter")
    page.get_by_text("step 1 of 60").wait_for()
    page.get_by_role("button", name="play").click()
    page.wait_for_function("document.querySelector('.course-losses [aria-label=step]').value >= 4")
    page.get_by_role("button", name="pause").click()
    page.get_by_role("slider", name="step", exact=True).press("End")
    end = sigmoid(widgets.loss_explorer().descent["cross"][-1]).item()
    page.get_by_text(
        f"squared error: output 0.9997, still wrong after 60 steps; cross-entropy: output {end:.4g},"
    ).wait_for()
    page.get_by_role("slider", name="learning rate").press("End")
    page.get_by_text("step 0 of 60").wait_for()
    page.get_by_role("textbox", name="start", exact=True).fill("-3")
    page.get_by_text("right from the start").first.wait_for()


def test_the_penalty_slider_shows_each_trained_network(live):
    page = live
    choose(page.locator(".course-losses"), "view", "penalty")
    table = widgets.loss_explorer().penalty
    slider = page.get_by_role("slider", name="strength of the penalty")
    before = page.locator(".course-losses path.course-fit").get_attribute("d")
    for _ in range(5):
        slider.press("ArrowRight")
    page.get_by_text(f"Strength {table['strengths'][5]}: loss").wait_for()
    row = page.locator(".course-losses tr[aria-current=true] td").all_inner_texts()
    assert row[1:4] == [str(table["strengths"][5]), f"{table['training'][5]:.3f}", f"{table['validation'][5]:.3f}"]
    after = page.locator(".course-losses path.course-fit").get_attribute("d")
    assert after != before


def test_python_and_the_page_share_one_state(live):
    page = live
    page.get_by_role("textbox", name="net input", exact=True).fill("8")
    wait_for_answer(page, "print(explorer.net, round(explorer.at['cross']['value'], 5))", "8.0 8.00034")
    ask(page, "explorer.target = 1")
    page.wait_for_function("document.querySelector('.course-losses [aria-label=target]').value === '1'")
    assert_shows(page, 8.0, 1)
    page.locator(".course-losses").get_by_role("button", name="Reset").press("Enter")
    assert_shows(page, 2.0, 0)


def test_the_code_panel_opens_by_keyboard(stored):
    course, _ = shown_code(stored.locator(".course-losses"))
    assert "losses.binary_cross_entropy_with_logits(net, target)" in course


@pytest.mark.parametrize("view", ["compare", "descend", "penalty"])
def test_nothing_hangs_over_in_a_narrow_window(stored, view):
    choose(stored.locator(".course-losses"), "view", view)
    stored.evaluate("() => jupyterapp.shell.collapseLeft()")  # whether it is open or not
    stored.set_viewport_size({"width": 500, "height": 900})
    stored.wait_for_function("document.querySelector('.course-losses').clientWidth < 480")
    over = stored.locator(".course-losses").evaluate("(e) => e.scrollWidth - e.clientWidth")
    assert over <= 1
