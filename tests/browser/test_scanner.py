"""The scanner: its pure functions against course_lib, and every control in JupyterLab."""

import numpy as np
import pytest
from hand import ask, choose, contrast, pixels_of, pure_functions, shown_code, wait_for_answer
from numpy.testing import assert_allclose

from course_lib import scanning, shapes, widgets
from course_lib.plots.scanning import FACE, NO_FACE, SCORES
from course_lib.widgets.scanner import CROPS, LAST, PLACES, all_scores, detector

LESSON, DRAWN = "08_why_convolution", ".course-scanner canvas"
MOVES = ((0, 0), (2, 0), (0, -4), (-6, 6), (1, 0), (-3, 5), (6, -1))  # right, down


@pytest.fixture(scope="module")
def run(browser):
    """run(script, argument): scripts see the functions as f, the geometry as g, the tables as byScan and byWindow."""
    explorer = widgets.scanner()
    tables = [list(getattr(explorer, name)) for name in ("pixels", "scores_by_scan", "scores_by_window")]
    with pure_functions(browser, "scanning.js") as run:
        run(
            """([geometry, ...tables]) => {
              const [pixels, scan, windows] = tables.map((table) => Uint8Array.from(table)), units = geometry.units;
              Object.assign(globalThis, { g: geometry, pixels, byScan: f.readScores(scan, units) });
              globalThis.byWindow = f.readScores(windows, units);
            }""",
            [explorer.geometry, *tables],
        )
        yield run


def state_of(explorer):
    """The state as the page's functions take it: the picture by its number."""
    state = {name: getattr(explorer, name) for name in explorer.state}
    return state | {"picture": list(CROPS).index(explorer.picture)}


def colours(scores):
    """0 white to 1 dark blue, in whole levels (..., 3)."""
    return np.floor(np.array(NO_FACE) + np.subtract(FACE, NO_FACE) * np.asarray(scores)[..., None] + 0.5).astype(int)


@pytest.mark.parametrize("picture", CROPS)
@pytest.mark.parametrize(("right", "down"), MOVES)
def test_the_map_and_the_frame_are_those_of_python(run, picture, right, down):
    explorer = widgets.scanner(picture, right, down)
    for table in ("byScan", "byWindow"):
        assert_allclose(
            np.reshape(run(f"(state) => [...f.mapOf(g, {table}, state)]", state_of(explorer)), (PLACES, PLACES)),
            explorer.scores, rtol=0, atol=1e-8,
        )  # fmt: skip
    rgba = np.reshape(run("(state) => [...f.framePixels(g, pixels, state)]", state_of(explorer)), (52, 52, 4))
    assert np.array_equal(rgba[..., :3], explorer.image)
    assert (rgba[..., 3] == 255).all()


def test_the_score_of_every_window_is_that_of_python(run):
    explorer = widgets.scanner("cat", right=-3, down=2)
    found = run(
        "([state, last]) => Array.from({ length: (last + 1) ** 2 }, (_, n) => "
        "f.scoreAt(g, byScan, state, Math.floor(n / (last + 1)), n % (last + 1)))",
        [state_of(explorer), LAST],
    )
    expected = detector().scan_windows(explorer.image, step=1)
    assert_allclose(np.reshape(found, expected.shape), expected, rtol=0, atol=1e-8)


def test_bytes_are_read_as_numbers_wherever_they_begin(run):
    script = "() => [...f.readScores(new Uint8Array([9, 1, 0, 0, 0, 255, 255, 255, 255]).subarray(1), 10)]"
    assert run(script) == [0.1, 429496729.5]


def test_sizes_places_and_windows_follow_from_the_geometry(run):
    assert run("() => f.sizesOf(g)") == {"frame": 52, "last": LAST, "places": PLACES, "table": 53}
    windows = run("() => Array.from({ length: 442 }, (_, step) => f.windowOf(g, step))")
    assert windows[0] == windows[1]
    assert [(w["row"], w["column"]) for w in windows[1:]] == [(2 * i, 2 * j) for i, j in np.ndindex(PLACES, PLACES)]
    places = run(
        "() => [[0, 0], [4, 16], [5, 16], [4, 17], [40, 40]].map(([row, column]) => f.placeOf(g, row, column))"
    )
    assert places == [{"i": 0, "j": 0}, {"i": 2, "j": 8}, None, None, {"i": 20, "j": 20}]
    moved = run("() => [[-9, 3], [50, -2], [1, 99]].map(([r, c]) => f.movedWindow(g, { row: 5, column: 5 }, r, c))")
    assert moved == [{"row": 0, "column": 8}, {"row": 40, "column": 3}, {"row": 6, "column": 40}]
    ways = "[[0, 1], [0, -1], [3, 0], [-9, 0], [0, 99]]"
    moved = run(f"() => {ways}.map(([r, c]) => f.movedPlace(g, {{ row: 5, column: 7 }}, r, c))")
    assert moved == [
        {"row": 4, "column": 8}, {"row": 4, "column": 6}, {"row": 10, "column": 6}, {"row": 0, "column": 6},
        {"row": 4, "column": 40},
    ]  # fmt: skip
    assert run("() => f.movedPlace(g, { row: 4, column: 6 }, 1, -1)") == {"row": 6, "column": 4}


def test_the_largest_score_is_the_first_in_reading_order(run):
    assert run("() => f.largestOf([0, 3, 1, 3])") == {"value": 3, "i": 0, "j": 1}
    for picture in CROPS:
        explorer = widgets.scanner(picture, right=1, down=-2)
        largest = run("(state) => f.largestOf(f.mapOf(g, byScan, state))", state_of(explorer))
        assert (largest["i"], largest["j"]) == np.unravel_index(explorer.scores.argmax(), explorer.scores.shape)
        assert largest["value"] == pytest.approx(explorer.scores.max(), abs=1e-8)


@pytest.mark.parametrize(("right", "down"), MOVES)
def test_the_moved_map_is_compared_with_the_old_one_as_python_does(run, right, down):
    explorer = widgets.scanner("astronaut", right, down)
    found = run("(state) => f.comparedWithUnmoved(g, byScan, state)", state_of(explorer))
    rows, columns = int(down / 2), int(right / 2)
    before = np.full((PLACES, PLACES), np.nan)
    old = widgets.scanner().scores
    before[max(rows, 0) : PLACES + min(rows, 0), max(columns, 0) : PLACES + min(columns, 0)] = old[
        max(-rows, 0) : PLACES - max(rows, 0), max(-columns, 0) : PLACES - max(columns, 0)
    ]
    difference = np.nanmax(np.abs(explorer.scores - before))
    assert (found["rows"], found["columns"], found["places"]) == (rows, columns, int(np.isfinite(before).sum()))
    assert found["difference"] == pytest.approx(difference, abs=2e-8)
    assert found["whole"] == (right % 2 == 0 and down % 2 == 0) == (difference < 1e-8)


def test_the_largest_difference_counts_only_what_is_done(run):
    assert run("() => [0, 1, 2, 3].map((n) => f.largestDifference([1, 2, 3], [1, 4, -3], n))") == [0, 0, 2, 6]


def test_colours_run_from_white_to_dark_blue_and_waiting_places_form_a_chequerboard(run):
    scores = [0, 0.25, 0.5, 1]
    rgba = np.reshape(run("(scores) => [...f.mapPixels(scores)]", scores), (4, 4))
    assert np.array_equal(rgba[:, :3], colours(scores))
    assert np.abs(rgba[:, :3] - SCORES(scores, bytes=True)[:, :3].astype(int)).max() <= 2  # matplotlib has 256 steps
    waiting = np.reshape(run("() => [...f.mapPixels([1, 1, 1, 1], 1)]"), (4, 4))[:, 0].tolist()
    assert waiting == [8, 150, 150, 176]


def test_multiplications_are_counted_as_shapes_does(run):
    def products(sides):
        layers = zip((3, 10, 16, 32), (10, 16, 32, 2), (3, 3, 3, 1), sides, strict=True)
        return sum(shapes.conv_multiply_count(*layer) for layer in layers)

    found = run("() => f.multiplications(g)")
    assert found == {"scan": products((50, 23, 21, 21)), "windows": 441 * products((10, 3, 1, 1))}


WORDS = [
    (
        {},
        "Window at row 4, column 16: score 0.999998, a face. It is place (2, 8) of the map.",
        "Largest score of the map (ring): 0.999998 at place (2, 8).",
        "",
        "",
    ),
    (
        {"right": -4, "down": 2, "row": 5, "column": 30},
        "Window at row 5, column 30: score 0.007710, no face. It stands between the places of the map: the net steps 2 "
        "pixels at a time.",
        "Largest score of the map (ring): 0.999998 at place (3, 6). Before the move: 0.999998 at (2, 8).",
        "Photograph moved 4 left, 2 down (pixels). The map moves with it, 2 left, 1 down (places): on the 380 places "
        "that both maps have, scores differ by at most 0.000000.",
        "",
    ),
    (
        {"right": 3, "form": "window by window", "step": 441},
        None,
        "Largest score of the map (ring): 0.999858 at place (1, 9). Before the move: 0.999998 at (2, 8).",
        "Photograph moved 3 right, 0 down (pixels). That is no whole number of places. Against the old map, moved 1 "
        "right, 0 down (places): on the 420 places that both maps have, scores differ by at most 0.532742.",
        "441 of 441 windows done. The last: ",
    ),
    (
        {"form": "window by window"},
        None,
        None,
        "",
        "0 of 441 windows done: press play, or move the slider.",
    ),
]


@pytest.mark.parametrize(("state", "window", "largest", "shift", "form"), WORDS)
def test_what_is_seen_is_said_in_words(run, state, window, largest, shift, form):
    explorer = widgets.scanner(**state)
    said = run(
        "(s) => [f.windowWords(g, byScan, s), f.largestWords(g, byScan, s), f.shiftWords(g, byScan, s), "
        "f.formWords(g, byScan, byWindow, s, 12)]",
        state_of(explorer),
    )
    assert said[0] == (window or said[0])
    assert said[1] == (largest or said[1])
    assert said[2] == shift
    assert said[3].startswith(form)
    if not window or "between" not in window:
        assert f"score {explorer.window_score:.6f}" in said[0]
    if explorer.step == 441:
        scores = detector().scan_windows(explorer.image)
        assert f"The last: {scores[-1, -1]:.8f} by the dense net, {explorer.scores[-1, -1]:.8f} all at once." in said[3]
        assert "Largest difference so far: 0.00000000. Python compared all digits" in said[3]
        assert (
            "equal to 12 decimals. Multiplications: 19.7 million window by window, 3.5 million all at once." in said[3]
        )


STATES = [
    {},
    {"picture": "cat", "right": -5, "down": 3, "row": 0, "column": 40},
    {"form": "window by window", "right": 2},
]


@pytest.mark.parametrize("state", STATES)
def test_the_code_shown_gives_the_very_scores(run, state):
    explorer = widgets.scanner(**state)
    code = run("([state, crop]) => f.showCode(g, state, crop)", [state_of(explorer), CROPS[explorer.picture]])
    space = {}
    exec(code["course"], space)
    assert np.array_equal(space["image"], explorer.image)
    assert_allclose(space["scores"], explorer.scores, rtol=0, atol=1e-12)
    assert space["window_score"] == pytest.approx(explorer.window_score, abs=1e-12)
    assert ("scan_windows(image)" in code["course"]) == (explorer.form == "window by window")


@pytest.mark.parametrize("state", STATES)
def test_the_pytorch_code_gives_the_same_scores(run, state):
    pytest.importorskip("torch", reason="PyTorch is not installed")
    explorer = widgets.scanner(**state)
    code = run("([state, crop]) => f.showCode(g, state, crop)", [state_of(explorer), CROPS[explorer.picture]])
    space = {}
    exec(f"{code['course']}\n{code['torch']}", space)
    assert_allclose(space["scores"].numpy(), explorer.scores, rtol=0, atol=1e-12)


# In JupyterLab


def first(page):
    return page.locator(".course-scanner").first


def canvas(page, place):
    """0 the photograph, 1 the score map."""
    return first(page).locator("canvas").nth(place)


def drawn(page, place):
    """The colours of a canvas, (side, side, 3)."""
    return pixels_of(canvas(page, place)).astype(int)


def assert_shows(page, **state):
    """The page shows the photograph, the scores and the window that course_lib computes for this state."""
    explorer = widgets.scanner(**state)
    assert np.array_equal(drawn(page, 0), explorer.image)
    done = explorer.step if explorer.form == "window by window" else PLACES**2
    expected = colours(explorer.scores).reshape(-1, 3)
    shown = drawn(page, 1).reshape(-1, 3)
    assert np.abs(shown[:done] - expected[:done]).max(initial=0) <= 1
    assert set(np.unique(shown[done:])) <= {150, 176}
    frame = first(page).locator(".course-frame").first.evaluate("(e) => [e.style.top, e.style.left, e.style.width]")
    assert [float(part.rstrip("%")) for part in frame] == pytest.approx(
        [100 * explorer.row / 52, 100 * explorer.column / 52, 100 * 12 / 52], abs=0.01
    )
    first(page).locator(".course-window-words", has_text=f"score {explorer.window_score:.6f}").wait_for()
    place = first(page).locator(".course-frame").nth(1)
    assert place.is_visible() == (explorer.row % 2 == explorer.column % 2 == 0)


def test_it_is_alive_before_any_cell_is_run(stored):
    assert_shows(stored)
    for _ in range(2):
        first(stored).get_by_role("slider", name="move the photograph right, in pixels").press("ArrowRight")
    assert_shows(stored, right=2)
    choose(first(stored), "photograph", "cup")
    assert_shows(stored, picture="cup", right=2)
    canvas(stored, 0).press("ArrowDown")
    assert_shows(stored, picture="cup", right=2, row=5)


def test_every_control_works_by_keyboard(live):
    page = live
    canvas(page, 0).press("ArrowRight")
    canvas(page, 0).press("Shift+ArrowDown")
    assert_shows(page, row=10, column=17)
    canvas(page, 1).press("ArrowLeft")
    canvas(page, 1).press("ArrowUp")
    assert_shows(page, row=8, column=16)
    for _ in range(3):
        canvas(page, 0).press("Shift+ArrowUp")
    assert_shows(page, row=0, column=16)
    first(page).get_by_role("slider", name="move the photograph down, in pixels").press("Home")
    first(page).get_by_role("slider", name="move the photograph right, in pixels").press("End")
    assert_shows(page, row=0, column=16, down=-6, right=6)
    choose(first(page), "photograph", "cat")
    choose(first(page), "scores computed", "window by window")
    state = {"picture": "cat", "down": -6, "right": 6, "form": "window by window"}
    assert_shows(page, row=0, column=16, **state)
    first(page).get_by_role("button", name="next window").press("Enter")
    first(page).get_by_role("button", name="next window").press("Enter")
    assert_shows(page, row=0, column=2, step=2, **state)
    first(page).get_by_role("button", name="last window").press("Enter")
    assert_shows(page, row=40, column=40, step=441, **state)
    first(page).get_by_text("equal to 12 decimals").first.wait_for()
    first(page).get_by_role("button", name="Reset").press("Enter")
    assert_shows(page)
    assert not first(page).get_by_role("button", name="next window").is_visible()


def test_the_window_follows_the_mouse_on_both_pictures(stored):
    box = canvas(stored, 0).bounding_box()
    pixel = box["width"] / 52
    stored.mouse.move(box["x"] + 20.5 * pixel, box["y"] + 30.5 * pixel)
    stored.mouse.down()
    assert_shows(stored, row=24, column=14)
    stored.mouse.move(box["x"] + 21.5 * pixel, box["y"] + 51.5 * pixel)
    stored.mouse.up()
    assert_shows(stored, row=40, column=15)
    box = canvas(stored, 1).bounding_box()
    place = box["width"] / 21
    canvas(stored, 1).click(position={"x": 3.5 * place, "y": 10.5 * place})
    assert_shows(stored, row=20, column=6)


def test_play_walks_from_window_to_window_and_a_hand_stops_it(stored):
    choose(first(stored), "scores computed", "window by window")
    first(stored).get_by_role("button", name="play").press("Enter")
    stored.wait_for_function("/window ([5-9]|\\d\\d+) of 441/.test(document.querySelector('.course-step').textContent)")
    canvas(stored, 0).press("ArrowDown")
    text = first(stored).locator(".course-step").inner_text()
    stored.wait_for_timeout(300)
    assert first(stored).locator(".course-step").inner_text() == text
    assert first(stored).get_by_role("button", name="play").is_visible()


def test_pythons_echo_undoes_no_press_of_a_quick_hand(live):
    canvas(live, 0).focus()
    for n in range(30):
        live.keyboard.press("ArrowDown")
        live.wait_for_timeout(20 + n)
    live.wait_for_timeout(500)
    assert_shows(live, row=34)


def test_python_and_the_page_share_one_state(live):
    page = live
    choose(first(page), "photograph", "cup")
    wait_for_answer(page, "print(explorer.picture, explorer.scores.shape)", "cup (21, 21)")
    ask(page, "explorer.right = -4; explorer.row = 9")
    first(page).get_by_text("Photograph moved 4 left").first.wait_for(timeout=10_000)
    page.wait_for_function("document.querySelector('.course-window-words').textContent.includes('row 9')")
    assert_shows(page, picture="cup", right=-4, row=9)


def test_the_code_panel_opens_by_keyboard_and_shows_both_calls(stored):
    course, torch = shown_code(first(stored))
    assert "scores = detector.scan(image)" in course
    assert "F.max_pool2d(x, 2, ceil_mode=True)" in torch


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_words_stand_out_in_both_themes(stored, run_command, theme):
    run_command("apputils:change-theme", {"theme": theme})
    stored.wait_for_function("(dark) => document.body.dataset.jpThemeLight === String(!dark)", arg="Dark" in theme)
    words = first(stored).locator(".course-line").first
    ground = first(stored).evaluate("(e) => getComputedStyle(e).backgroundColor")
    assert contrast(words.evaluate("(e) => getComputedStyle(e).color"), ground) >= 4.5


def test_nothing_hangs_over_in_a_narrow_window(stored, run_command):
    run_command("application:toggle-left-area")
    stored.set_viewport_size({"width": 500, "height": 900})
    stored.wait_for_function("document.querySelector('.course-explorer').clientWidth < 480")
    choose(first(stored), "scores computed", "window by window")
    assert first(stored).evaluate("(e) => e.scrollWidth - e.clientWidth") <= 1
    photo, scores = (canvas(stored, place).bounding_box() for place in (0, 1))
    assert scores["y"] > photo["y"] + photo["height"]  # one below the other
    run_command("application:toggle-left-area")


def test_a_key_press_is_drawn_within_a_frame(stored):
    """What the explorer takes from a key's event until everything is drawn; the browser's own frame comes on top."""
    milliseconds = canvas(stored, 0).evaluate(
        """(canvas) => Array.from({ length: 60 }, (_, n) => {
          const key = n % 2 ? "ArrowUp" : "ArrowDown", start = performance.now();
          canvas.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
          return performance.now() - start;
        })"""
    )
    assert np.median(milliseconds) <= 16


def test_all_tables_are_the_detectors(run):
    assert scanning.WINDOW == 12
    for table, scores in zip(("byScan", "byWindow"), all_scores(), strict=True):
        assert_allclose(run(f"() => [...{table}]"), scores.ravel(), rtol=0, atol=5.1e-9)
