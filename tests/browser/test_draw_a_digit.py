"""Drawing a digit: the pen's pure functions against Python, then the sheet in JupyterLab by mouse, finger and keys."""

import itertools

import numpy as np
import pytest
from hand import ask, bring_to_life, contrast, pixels_of, pure_functions, shown_code
from numpy.testing import assert_allclose, assert_array_equal

from course_lib import data, widgets
from course_lib.widgets.draw_a_digit import with_stroke

PAPER = np.zeros((28, 28), np.uint8)


@pytest.fixture(scope="module")
def run(browser):
    with pure_functions(browser, "drawing.js") as run:
        yield run


def test_the_pens_ink_is_that_of_python_to_the_last_bit(run):
    rng = np.random.default_rng(0)
    strokes = [[[3, 4], [3, 4]], [[0, 0], [27, 27]], *rng.uniform(-2, 29, (40, 2, 2)).tolist()]
    for before in (PAPER, data.load_mnist()[2][0]):
        found = run(
            "([p, strokes]) => strokes.map(([a, b]) => f.withStroke(p, a, b))", [before.ravel().tolist(), strokes]
        )
        for (start, end), picture in zip(strokes, found, strict=True):
            assert_array_equal(picture, with_stroke(before, start, end).ravel())


def test_numbers_are_read_strictly_and_never_evaluated(run):
    typed = {"0": 0, "1999": 1999, " 12 ": 12, "007": 7}
    typed |= dict.fromkeys(["", "2000", "-1", "1.5", "1e3", "0x10", "seven", "1 2", "alert(1)", "99999999"])
    assert run("(texts) => texts.map((text) => f.wholeNumber(text, 1999))", list(typed)) == list(typed.values())


@pytest.mark.parametrize("number", [12, None])
def test_the_code_shown_gives_the_very_scores(run, number):
    drawing = widgets.draw_a_digit(number=number)
    if number is None:
        drawing.draw((4, 8), (22, 12))
    code, space = run("(number) => f.digitCode(number)", number), {"drawing": drawing}
    exec(code["course"], space)
    assert_allclose(space["scores"], drawing.scores, atol=1e-3)
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    exec(code["torch"], space)
    assert isinstance(space["scores"], torch.Tensor)
    assert_allclose(space["scores"].detach().numpy(), drawing.scores, atol=1e-3)


# In JupyterLab


@pytest.fixture
def stored(open_lesson):
    """The end of lesson 12 as it lies in the repository, no cell run, with its sheet."""
    page = open_lesson("12_training_a_cnn", part="end")
    page.locator(".course-drawing").wait_for()
    return page


@pytest.fixture
def live(open_lesson, run_command):
    """The beginning of lesson 12, with a sheet where its explorer was, and run."""
    page = open_lesson("12_training_a_cnn", part="beginning")
    set_source = "(text) => jupyterapp.shell.currentWidget.content.widgets[2].model.sharedModel.setSource(text)"
    page.evaluate(set_source, "drawing = widgets.draw_a_digit()\ndrawing")
    bring_to_life(page, run_command)
    page.locator(".course-drawing").wait_for(timeout=30_000)
    return page


def sheet(page):
    return page.locator(".course-drawing canvas").first


def ink(page, place=0):
    """What a canvas shows, as ink: place 0 is the sheet, 1 what the network sees."""
    return 255 - pixels_of(page.locator(".course-drawing canvas").nth(place))[..., 0]


def assert_answered(page, image):
    """The sheet shows this picture, and all else is what Python makes of it."""
    assert_array_equal(ink(page), image)
    expected = widgets.DrawADigit(picture=image)
    page.wait_for_function(
        "(words) => document.querySelector('.course-drawing .course-words').textContent.startsWith(words)",
        arg=expected.answer["words"],
    )
    shown = page.locator(".course-drawing .course-scores td:nth-child(3)").all_inner_texts()
    assert shown == ([f"{score:.1f}" for score in expected.answer["scores"]] or ["\u2013"] * 10)
    assert_array_equal(ink(page, 1).ravel(), expected.answer["seen"])
    assert page.locator(".course-drawing .course-note").inner_text() == ""


def test_one_can_draw_before_any_cell_is_run_and_is_told_where_scores_come_from(stored):
    assert_answered(stored, data.load_mnist()[2][7])
    sheet(stored).focus()
    stored.keyboard.press("Delete")
    assert_array_equal(ink(stored), PAPER)
    stored.keyboard.press("Space")
    assert_array_equal(ink(stored), with_stroke(PAPER, (13, 13), (13, 13)))
    stored.get_by_text("the scores come from Python, which has not answered").wait_for(timeout=5_000)
    assert stored.locator(".course-drawing .course-words").inner_text() == ""
    course, torch = shown_code(stored.locator(".course-drawing"))
    assert "recipes.digits_input(data.centre_digit(image)[None])" in course
    assert "load_state_dict" in torch


def test_a_digit_is_drawn_with_the_mouse(live):
    live.get_by_role("button", name="Clear").click()
    box = sheet(live).bounding_box()
    points = [(5, 8), (5, 19), (22, 13)]

    def place(row, column):
        return box["x"] + (column + 0.5) * box["width"] / 28, box["y"] + (row + 0.5) * box["height"] / 28

    live.mouse.move(*place(*points[0]))
    live.mouse.down()
    for start, end in itertools.pairwise(points):
        for share in (0.5, 1):
            live.mouse.move(*place(*(a + share * (b - a) for a, b in zip(start, end, strict=True))))
    live.mouse.up()
    live.mouse.move(*place(2, 2))  # the pen is up: this draws nothing
    image = ink(live)
    expected = widgets.draw_a_digit(number=None)
    expected.draw(*points)
    assert np.abs(image.astype(int) - expected.image).max() <= 30  # the mouse moves by whole pixels of the screen
    assert image[2, 2] == 0
    assert_answered(live, image)
    live.wait_for_timeout(400)  # Python's echo undoes nothing
    assert_answered(live, image)
    live.get_by_role("button", name="Undo").press("Enter")
    assert_answered(live, PAPER)


def test_a_digit_is_drawn_with_a_finger(live):
    live.get_by_role("button", name="Clear").click()
    touch = """(canvas) => {
      const box = canvas.getBoundingClientRect(), side = box.width / 28;
      const at = (row, column) => ({ pointerId: 1, pointerType: "touch", isPrimary: true, bubbles: true, buttons: 1,
        clientX: box.x + (column + 0.5) * side, clientY: box.y + (row + 0.5) * side });
      const path = [["down", 6, 14], ["move", 14, 14], ["move", 22, 14], ["up", 22, 14], ["move", 2, 2]];
      canvas.setPointerCapture = () => {};  // there is no such finger
      for (const [kind, row, column] of path)
        canvas.dispatchEvent(new PointerEvent(`pointer${kind}`, at(row, column)));
      return getComputedStyle(canvas).touchAction;
    }"""
    assert sheet(live).evaluate(touch) == "none"  # the page does not scroll under the finger
    image = ink(live)
    expected = with_stroke(with_stroke(PAPER, (6, 14), (14, 14)), (14, 14), (22, 14))
    assert np.abs(image.astype(int) - expected).max() <= 1  # half a grey level falls to one side or the other
    assert_answered(live, image)


def test_a_digit_is_drawn_with_keys(live):
    sheet(live).focus()
    for key in ("Delete", "ArrowUp", "Space", *["Shift+ArrowDown"] * 2, "ArrowLeft", "Space", "ArrowDown"):
        live.keyboard.press(key)
    live.get_by_text("Pen up at row 21, column 12.").wait_for()
    image = PAPER
    for start, end in (((12, 13), (16, 13)), ((16, 13), (20, 13)), ((20, 13), (20, 12))):
        image = with_stroke(image, start, end)
    assert_answered(live, image)
    live.keyboard.press("Space")
    live.keyboard.press("Escape")
    assert_answered(live, with_stroke(image, (21, 12), (21, 12)))
    live.keyboard.press("Backspace")
    assert_answered(live, image)
    live.keyboard.press("Backspace")
    assert_answered(live, PAPER)
    live.keyboard.press("Backspace")
    assert_answered(live, data.load_mnist()[2][7])


def test_test_digits_are_taken_by_typing_by_keys_and_by_buttons(live):
    images = data.load_mnist()[2]
    field = live.get_by_role("textbox", name="test digit", exact=True)

    def assert_taken(number):
        live.wait_for_function("(n) => document.querySelector('.course-drawing input').value === n", arg=str(number))
        live.get_by_text(f"It is a {data.load_mnist()[3][number]}:").wait_for()
        assert_answered(live, images[number])

    field.fill("1998")
    field.press("Enter")
    assert_taken(1998)
    field.press("ArrowUp")
    assert_taken(1999)
    live.get_by_role("button", name="next test digit").click()
    assert_taken(0)
    live.get_by_role("button", name="previous test digit").press("Enter")
    assert_taken(1999)
    field.fill("2000")
    assert field.get_attribute("aria-invalid") == "true"
    field.press("Tab")
    assert field.input_value() == "1999"
    live.locator(".course-drawing").get_by_role("button", name="Reset").click()
    assert_taken(7)


def test_python_and_the_page_share_one_picture(live):
    live.get_by_role("button", name="Clear").click()
    sheet(live).focus()
    live.keyboard.press("Space")
    dot = with_stroke(PAPER, (13, 13), (13, 13))
    assert_answered(live, dot)
    assert ask(live, "print(drawing)").strip() == f"DrawADigit({np.count_nonzero(dot)} pixels of ink)"
    ask(live, "drawing.draw((3, 3), (9, 20))")
    live.wait_for_function("document.querySelector('.course-drawing .course-words').textContent.startsWith('The')")
    both = with_stroke(dot, (3, 3), (9, 20))
    live.wait_for_timeout(500)
    assert_answered(live, both)


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_it_can_be_read_in_both_themes_and_in_a_narrow_window(live, run_command, theme):
    run_command("apputils:change-theme", {"theme": theme})
    live.wait_for_function("(dark) => document.body.dataset.jpThemeLight === String(!dark)", arg="Dark" in theme)
    colours = """(e) => [getComputedStyle(e).color, getComputedStyle(e.closest(".course-explorer")).backgroundColor]"""
    for selector in (".course-words", ".course-how", ".course-scores th", ".course-scores caption"):
        assert contrast(*live.locator(f".course-drawing {selector}").first.evaluate(colours)) >= 4.5
    bar = colours.replace("(e).color", "(e).backgroundColor")
    assert contrast(*live.locator(".course-drawing .course-bar").first.evaluate(bar)) >= 3
    live.evaluate("() => jupyterapp.shell.collapseLeft()")
    live.set_viewport_size({"width": 500, "height": 900})
    live.wait_for_function("document.querySelector('.course-drawing').clientWidth < 480")
    assert live.locator(".course-drawing").evaluate("(e) => e.scrollWidth - e.clientWidth") <= 1
