"""The live trainer in JupyterLab: buttons, settings while it runs, cells meanwhile, and what it draws."""

import json
import re

import numpy as np
import pytest
from hand import ask, choose, contrast, pixels_of, pure_functions, shown_code
from numpy.testing import assert_allclose, assert_array_equal

from course_lib import widgets
from course_lib.widgets import live_run

LESSON, DRAWN = "12_training_a_cnn", ".course-trainer"


@pytest.fixture(scope="module")
def run(browser):
    with pure_functions(browser, "live_code.js") as run:
        yield run


def test_a_slider_stands_where_its_value_is_nearest(run):
    assert run("() => [0.05, 0.9, 0.04, 0.0001, 1].map((rate) => f.RATES[f.nearest(f.RATES, rate)])") == [
        0.05, 1, 0.05, 0.001, 1,
    ]  # fmt: skip
    assert run("() => [f.nearest(f.MOMENTA, 0.9), f.nearest(f.MOMENTA, 0)]") == [3, 0]


def test_the_parts_of_a_training_are_as_long_as_their_settings_lasted(run):
    curve = {"step": 40, "settings": [[0, 0.05, 0.9], [12, 0.1, 0.9], [30, 0.1, 0]]}
    assert run("(curve) => f.parts(curve)", curve) == [[0.05, 0.9, 12], [0.1, 0.9, 18], [0.1, 0, 10]]


def test_the_code_shown_gives_the_very_losses(run):
    trainer = widgets.live_trainer(seed=3)
    trainer._run = live_run.Run(3, 0.05, 0.9)
    for rate, count in ((0.05, 3), (0.1, 2)):
        while len(trainer.losses) < count + (rate > 0.06) * 3:
            trainer._run.do_a_piece(rate, 0.9)
    code, space = run("(curve) => f.trainerCode(curve, 0.05, 0.9)", trainer._run.curve()), {}
    assert "[(0.05, 0.9, 3), (0.1, 0.9, 2)]" in code["course"]
    exec(code["course"], space)
    assert space["losses"] == trainer.losses
    pytest.importorskip("torch", reason="PyTorch is not installed")
    exec(code["torch"], space)
    assert_allclose(space["torch_losses"], trainer.losses, rtol=1e-3)


# In JupyterLab


@pytest.fixture
def live(live):
    yield live
    ask(live, "trainer.stop()")  # no test trains into the next


def read(page, expression):
    return json.loads(ask(page, f"import json; print(json.dumps({expression}))"))


def step(page):
    return int(page.locator(".course-where").inner_text().partition("step ")[2].partition(",")[0])


def wait_for_step(page, number):
    reached = """(n) => {
      const found = /^(Training|Stopped): step (\\d+)/.exec(document.querySelector(".course-where").textContent);
      return found && Number(found[2]) >= n;
    }"""
    page.wait_for_function(reached, arg=number, timeout=60_000)


def assert_shows(page, filters, maps):
    """The tiles are, in this order, the digit, two rows of filters, six maps, sixteen maps."""
    tiles = [pixels_of(canvas) for canvas in page.locator(".course-looked canvas").all()]
    colours = np.frombuffer(filters, np.uint8).reshape(12, 5, 5, 3)
    grey = np.frombuffer(maps, np.uint8)
    assert_array_equal(255 - tiles[0][..., 0], grey[:784].reshape(28, 28))
    assert_array_equal(tiles[1:13], colours)
    assert_array_equal([tile[..., 1] for tile in tiles[13:19]], grey[784 : 7 * 784].reshape(6, 28, 28))
    assert_array_equal([tile[..., 2] for tile in tiles[19:]], grey[7 * 784 :].reshape(16, 10, 10))


def test_before_any_cell_is_run_it_shows_a_recorded_run_and_says_that_training_needs_python(stored):
    trainer = widgets.live_trainer()
    stored.get_by_text("A recorded run, stopped: step 100, 0.40 epochs, seed 0").first.wait_for()
    assert_shows(stored, trainer.filters, trainer.maps)
    assert stored.locator(".course-fault").count() == live_run.WORST
    worst = trainer.mistakes["worst"][0]
    text = stored.locator(".course-fault").first.inner_text()
    assert f"a {worst['truth']}: {worst['of_truth']:.1f} %" in text
    assert f"taken for {worst['says']}: {worst['percent']:.1f} %" in text
    course, torch = shown_code(stored.locator(DRAWN))
    assert "[(0.05, 0.9, 100)]" in course
    assert "torch.optim.SGD" in torch
    stored.get_by_role("button", name="start", exact=False).first.press("Enter")
    stored.get_by_text("Training needs Python, which has not answered").wait_for(timeout=5_000)


def test_it_starts_answers_cells_follows_the_sliders_stops_and_goes_on(live):
    toggle = live.locator(".course-toggle")
    toggle.click()
    wait_for_step(live, 3)
    assert toggle.inner_text() == "\u25a0 stop"
    assert ask(live, "print(6 * 7)").strip() == "42"  # a cell is answered while it trains
    assert read(live, "trainer.running") is True
    slider = live.get_by_role("slider", name="learning rate")
    slider.press("ArrowRight")
    live.get_by_role("slider", name="momentum").press("Home")
    live.locator(".course-change-text", has_text=re.compile("^0.1, 0$")).wait_for()
    assert read(live, "trainer.curve['settings'][-1][1:]") == [0.1, 0]
    assert live.locator(".course-change").count() == read(live, "len(trainer.curve['settings'])") - 1 >= 1
    toggle.press("Enter")
    live.get_by_text("Stopped: step").first.wait_for()
    live.locator(".course-fault").first.wait_for(timeout=20_000)
    reached = step(live)
    assert reached == read(live, "len(trainer.losses)")
    trainer = read(live, "[trainer.filters.hex(), trainer.maps.hex()]")
    assert_shows(live, *(bytes.fromhex(text) for text in trainer))
    points = live.locator("path.course-loss").get_attribute("d").count("L") + 1
    assert points == reached // live_run.BLOCK
    assert toggle.inner_text() == "\u25b6 go on"
    toggle.press("Space")
    wait_for_step(live, reached + 2)
    assert read(live, "trainer.curve['step'] > trainer.curve['settings'][-1][0]") is True
    live.get_by_role("button", name="start afresh").click()
    live.wait_for_function("() => !document.querySelector('.course-change')")  # a new curve with no change in it
    wait_for_step(live, 1)
    assert read(live, "trainer.curve['settings']") == [[0, 0.1, 0]]
    live.locator(DRAWN).get_by_role("button", name="Reset").click()
    live.get_by_text("A recorded run, stopped: step 100").first.wait_for()
    assert float(slider.get_attribute("aria-valuetext")) == 0.05


def test_a_digit_is_picked_by_number_and_among_the_mistakes(live):
    field = live.get_by_role("textbox", name="test digit", exact=True)
    field.fill("12")
    field.press("Enter")
    live.get_by_text("Test digit 12 is a 2.").wait_for()
    expected = widgets.live_trainer(digit=12)
    shown = read(live, "[trainer.filters.hex(), trainer.maps.hex()]")
    assert_shows(live, *(bytes.fromhex(text) for text in shown))
    scores = live.locator(f"{DRAWN} .course-scores td:nth-child(3)").all_inner_texts()
    assert_allclose([float(score) for score in scores], expected.shown["scores"], atol=0.11)
    number = expected.mistakes["worst"][1]["number"]
    live.locator(".course-fault").nth(1).press("Enter")
    live.get_by_text(f"Test digit {number} is a {expected.mistakes['worst'][1]['truth']}.").wait_for()
    assert field.input_value() == str(number)


def test_the_seed_counts_from_the_next_start_on(live):
    choose(live.locator(DRAWN), "seed", "2")
    live.locator(".course-toggle").press("Enter")
    wait_for_step(live, 1)
    live.get_by_text("seed 2").first.wait_for()
    assert read(live, "trainer._run.seed") == 2
    choose(live.locator(DRAWN), "seed", "4")
    live.get_by_text("Seed 4 counts when you start afresh.").first.wait_for()
    assert read(live, "trainer._run.seed") == 2


def test_taking_the_explorer_off_the_page_stops_its_training(live, run_command):
    live.locator(".course-toggle").click()
    wait_for_step(live, 1)
    live.evaluate("() => { jupyterapp.shell.currentWidget.content.activeCellIndex = 2; }")
    run_command("notebook:clear-cell-output")
    for _ in range(50):
        if read(live, "trainer.running") is False:
            break
        live.wait_for_timeout(100)
    assert read(live, "trainer.running") is False


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_it_can_be_read_in_both_themes_and_in_a_narrow_window(stored, run_command, theme):
    run_command("apputils:change-theme", {"theme": theme})
    stored.wait_for_function("(dark) => document.body.dataset.jpThemeLight === String(!dark)", arg="Dark" in theme)
    behind = "getComputedStyle(e.closest('.course-explorer')).backgroundColor"
    for selector in (".course-where", ".course-words", ".course-fault-title", "figcaption"):
        pair = stored.locator(f"{DRAWN} {selector}").first.evaluate(f"(e) => [getComputedStyle(e).color, {behind}]")
        assert contrast(*pair) >= 4.5
    fault = "(e) => [getComputedStyle(e).color, getComputedStyle(e).backgroundColor]"
    assert contrast(*stored.locator(".course-fault").first.evaluate(fault)) >= 4.5
    for curve in (".course-loss", ".course-accuracy"):
        pair = stored.locator(f"path{curve}").evaluate(f"(e) => [getComputedStyle(e).stroke, {behind}]")
        assert contrast(*pair) >= 3
    stored.evaluate("() => jupyterapp.shell.collapseLeft()")
    stored.set_viewport_size({"width": 500, "height": 900})
    stored.wait_for_function("document.querySelector('.course-trainer').clientWidth < 480")
    assert stored.locator(DRAWN).evaluate("(e) => e.scrollWidth - e.clientWidth") <= 1
