"""The kernel playground in JupyterLab: every control by keyboard, and the picture equal to what course_lib computes."""

import io

import numpy as np
import pytest
from hand import ask, choose, contrast, playground_pixels, shown_code, wait_for_answer
from PIL import Image

from course_lib import data, widgets

LESSON, DRAWN = "07_filters", '.course-playground canvas:not([width="1"]) >> nth=1'


def assert_shows(page, **state):
    """The page shows the picture and the result that course_lib computes for this state."""
    playground = widgets.kernel_playground(**state)
    expected = [playground.image, playground.shown]
    for place, picture in enumerate(expected):
        picture = picture if picture.ndim == 3 else np.dstack([picture] * 3)
        np.testing.assert_array_equal(playground_pixels(page, place), picture)


def test_it_is_alive_before_any_cell_is_run(stored):
    assert_shows(stored, picture="camera", preset="Sobel x", border="edge")
    choose(stored, "preset", "box")
    choose(stored, "border", "wrap")
    assert_shows(stored, picture="camera", preset="box", border="wrap")


def test_without_python_another_photograph_is_asked_for_in_words(stored):
    choose(stored, "photograph", "coins")
    stored.get_by_text("Run the cells down to this one, then choose again.").wait_for(timeout=10_000)


def test_pythons_echo_undoes_no_press_of_a_quick_hand(live):
    choose(live, "preset", "identity")
    weight = live.get_by_role("textbox", name="weight in row 2, column 2")
    weight.focus()
    for n in range(40):
        live.keyboard.press("ArrowUp")
        live.wait_for_timeout(50 + n)
    assert weight.input_value() == "41"
    live.wait_for_timeout(500)
    kernel = np.zeros((3, 3))
    kernel[1, 1] = 41
    assert_shows(live, picture="camera", kernel=kernel, signed=False)


def test_every_control_works_by_keyboard(live):
    page = live
    choose(page, "photograph", "chelsea")
    page.get_by_text("chelsea, 300 × 451 pixels").wait_for()
    choose(page, "preset", "sharpen")
    assert_shows(page, picture="chelsea", preset="sharpen")
    choose(page, "operation", "convolution")
    choose(page, "border", "reflect")
    choose(page, "kernel size", "5")
    page.get_by_role("checkbox", name="in grey").press("Space")
    assert_shows(page, picture="chelsea", preset="sharpen", flip=True, border="reflect", size=5, grey=False)
    choose(page, "preset", "Gaussian")
    page.get_by_role("slider", name="sigma in pixels").press("End")
    assert_shows(page, picture="chelsea", preset="Gaussian", sigma=3.0, border="reflect", size=5, grey=False)
    page.get_by_role("checkbox", name="show signs").press("Space")
    assert_shows(page, picture="chelsea", preset="Gaussian", sigma=3.0, border="reflect", size=5, signed=True)
    page.get_by_role("button", name="Reset").press("Enter")
    page.get_by_text("camera, 512 × 512 pixels").wait_for()
    assert_shows(page, picture="camera", preset="Sobel x", border="edge")


def test_weights_follow_typing_arrow_keys_and_the_mouse(live):
    page = live
    choose(page, "preset", "identity")
    weight = page.get_by_role("textbox", name="weight in row 1, column 3")
    weight.fill("-1/2")
    kernel = [[0, 0, -0.5], [0, 1, 0], [0, 0, 0]]
    assert_shows(page, kernel=kernel)
    page.get_by_text("sum 0.5: flat areas get 50 % darker").first.wait_for()
    weight.fill("two")
    assert weight.get_attribute("aria-invalid") == "true"
    limits = "a number or a fraction, like 1/9, from \u22121000 to 1000"
    assert weight.evaluate("(weight) => weight.validationMessage") == limits
    assert_shows(page, kernel=kernel)
    centre = page.get_by_role("textbox", name="weight in row 2, column 2")
    centre.press("ArrowUp")
    centre.press("Shift+ArrowDown")
    kernel[1][1] = 1.9
    assert_shows(page, kernel=kernel)
    corner = page.get_by_role("textbox", name="weight in row 3, column 1").bounding_box()
    page.mouse.move(corner["x"] + 10, corner["y"] + 10)
    page.mouse.down()
    page.mouse.move(corner["x"] + 10, corner["y"] - 30, steps=8)
    page.mouse.up()
    kernel[2][0] = 1.0
    assert_shows(page, kernel=kernel)
    assert page.get_by_role("combobox", name="preset").evaluate("(select) => select.value") == "custom"


def test_a_weight_moved_after_any_other_change_gives_the_whole_sum(live):
    choose(live, "preset", "box")
    live.get_by_role("checkbox", name="in grey").press("Space")
    kernel, state = np.full((3, 3), 1 / 9), {"grey": False}

    def press(row, column, times):
        field = live.get_by_role("textbox", name=f"weight in row {row + 1}, column {column + 1}")
        for _ in range(times):
            field.press("ArrowUp")
            kernel[row, column] = round(kernel[row, column] + 1, 6)
            assert_shows(live, kernel=kernel, **state)

    press(2, 0, 2)
    press(1, 1, 2)
    press(2, 2, 1)
    press(0, 1, 1)
    choose(live, "border", "wrap")
    state["border"] = "wrap"
    press(2, 0, 2)
    choose(live, "operation", "convolution")
    state["flip"] = True
    press(1, 2, 2)
    choose(live, "photograph", "coffee")
    live.get_by_text("coffee, 341 × 512 pixels").wait_for()
    state["picture"] = "coffee"
    press(0, 0, 2)


def test_the_window_moves_with_arrow_keys_and_shows_its_sum(live):
    canvas = live.locator(".course-playground canvas").first
    canvas.focus()
    canvas.press("ArrowDown")
    canvas.press("Shift+ArrowRight")
    playground = widgets.kernel_playground()
    expected = int(playground.result[151, 236])
    text = f"At row 151, column 236 the products add up to {expected}.".replace("-", "\u2212")
    live.get_by_text(text).first.wait_for()
    cells = live.locator(".course-numbers").first.locator("td").all_inner_texts()
    assert [int(cell) for cell in cells] == playground.image[150:153, 235:238].ravel().tolist()


def test_python_and_the_page_share_one_state(live):
    page = live
    choose(page, "preset", "emboss")
    value = widgets.kernel_playground(preset="emboss").result[200, 300]
    wait_for_answer(page, "print(playground.preset, playground.result[200, 300])", f"emboss {value}")
    ask(page, "playground.border = 'zero'")
    page.wait_for_function("document.querySelector('.course-playground [aria-label=border]').value === 'zero'")
    assert_shows(page, preset="emboss", border="zero")


def file_of(picture, kind, **options):
    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, kind, **options)
    return stream.getvalue()


def test_a_file_of_ones_own_is_filtered(live):
    own = data.load_image("coffee")[:200, :300]
    upload = live.get_by_label("your own PNG or JPEG file")
    upload.set_input_files({"name": "cup.png", "mimeType": "image/png", "buffer": file_of(own, "PNG")})
    live.get_by_text("own file, 200 × 300 pixels").wait_for()
    choose(live, "preset", "box")
    np.testing.assert_array_equal(playground_pixels(live, 0)[..., 0], data.to_grey(own))
    upload.set_input_files(
        {"name": "big.jpg", "mimeType": "image/jpeg", "buffer": file_of(np.tile(own, (6, 5, 1)), "JPEG")}
    )
    live.get_by_text("own file, 410 × 512 pixels").wait_for()


@pytest.mark.parametrize("shape", [(900, 3), (3, 900), (1, 1)])
def test_a_picture_of_any_shape_is_shown_on_one_screen(live, shape):
    own = np.full((*shape, 3), 90, np.uint8)
    upload = live.get_by_label("your own PNG or JPEG file")
    choose(live, "border", "valid")
    upload.set_input_files({"name": "thin.png", "mimeType": "image/png", "buffer": file_of(own, "PNG")})
    height, width = (max(1, round(side * min(1, 512 / max(shape)))) for side in shape)
    live.get_by_text(f"own file, {height} × {width} pixels").wait_for()
    assert live.locator(".course-playground").bounding_box()["height"] < 1500


BAD_FILES = [
    ("notes.txt", b"these are words", "notes.txt is neither a PNG nor a JPEG picture."),
    ("broken.png", b"\x89PNG\r\n\x1a\n and then nothing", "broken.png looks like a picture but cannot be read"),
    ("<img src=x onerror=alert(1)>.png", b"no", "<img src=x onerror=alert(1)>.png is neither"),
]


@pytest.mark.parametrize(("name", "content", "message"), BAD_FILES)
def test_any_other_file_gets_a_clear_message(stored, name, content, message):
    stored.get_by_label("your own PNG or JPEG file").set_input_files(
        {"name": name, "mimeType": "image/png", "buffer": content}
    )
    stored.get_by_text(message).wait_for()
    assert_shows(stored, picture="camera", preset="Sobel x", border="edge")


def test_a_huge_file_gets_a_clear_message(stored, tmp_path):
    (tmp_path / "huge.png").write_bytes(b"\x89PNG" + bytes(20 * 2**20))
    stored.get_by_label("your own PNG or JPEG file").set_input_files(tmp_path / "huge.png")
    stored.get_by_text("huge.png has 21 MB; up to 20 MB will do.").wait_for()
    assert_shows(stored, picture="camera", preset="Sobel x", border="edge")


def test_valid_says_where_no_window_fits(stored):
    choose(stored, "border", "valid")
    assert_shows(stored, picture="camera", preset="Sobel x", border="valid")
    canvas = stored.locator(".course-playground canvas").first
    canvas.focus()
    for _ in range(16):
        canvas.press("Shift+ArrowUp")
    stored.get_by_text("At row 0, column 226 the window would hang over the edge").wait_for()
    cells = stored.locator(".course-window table")
    assert [cells.nth(n).locator("td").all_inner_texts() == ["\u00a0"] * 9 for n in (0, 2)] == [True, True]


def test_the_code_panel_opens_by_keyboard_and_shows_both_calls(stored):
    course, torch = shown_code(stored)
    assert 'filters.correlate2d(image, kernel, border="edge")' in course
    assert "F.conv2d(x, weight)" in torch


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_text_can_be_read_in_both_themes(stored, run_command, theme):
    run_command("apputils:change-theme", {"theme": theme})
    stored.wait_for_function("(dark) => document.body.dataset.jpThemeLight === String(!dark)", arg="Dark" in theme)
    colours = stored.locator(".course-explorer").first.evaluate(
        "(e) => [getComputedStyle(e).color, getComputedStyle(e).backgroundColor]"
    )
    assert contrast(*colours) >= 4.5
    for selector in ("select", "button", ".course-kernel input"):
        pair = stored.locator(f".course-playground {selector}").first.evaluate(
            "(e) => [getComputedStyle(e).color, getComputedStyle(e).backgroundColor]"
        )
        assert contrast(*pair) >= 4.5


def test_nothing_hangs_over_in_a_narrow_window(stored, run_command):
    run_command("application:toggle-left-area")
    stored.set_viewport_size({"width": 420, "height": 900})
    stored.wait_for_function("document.querySelector('.course-explorer').clientWidth < 400")
    over = stored.locator(".course-explorer").first.evaluate("(e) => e.scrollWidth - e.clientWidth")
    assert over <= 1
    pictures = [stored.locator(".course-playground canvas").nth(place).bounding_box() for place in (0, 1)]
    assert pictures[0]["x"] == pictures[1]["x"]  # one below the other
    assert pictures[0]["width"] > 250
