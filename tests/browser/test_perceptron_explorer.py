"""The perceptron explorer: its pure functions against course_lib, and every control in JupyterLab."""

import itertools
import re

import numpy as np
import pytest
from hand import ask, choose, contrast, has_focus, pure_functions, shown_code, wait_for_answer
from numpy.testing import assert_allclose

from course_lib import perceptron, widgets
from course_lib.widgets.perceptron_explorer import MAX_UPDATES, PRESETS

LESSON, DRAWN = "01_perceptron", ".course-perceptron .course-line"
FRAMES = ([[-1, 1], [-1, 1]], [[-2.5, 3.75], [-2.5, 3.0]], [[38.0, 61.0], [2500.0, 6500.0]])


@pytest.fixture(scope="module")
def run(browser):
    with pure_functions(browser, "perceptron_math.js") as run:
        yield run


def lines_through(frame, count=40, seed=0):
    """Weights whose lines pass through the frame, and some of all small whole numbers, which may not."""
    rng = np.random.default_rng(seed)
    low, high = np.array(frame).T
    slopes = rng.normal(size=(count, 2)) / (high - low)
    inner = low + rng.random((count, 2)) * (high - low)
    through = np.column_stack([-(slopes * inner).sum(axis=1), slopes])
    return [*through.tolist(), *map(list, itertools.product((-1.0, 0.0, 2.0), repeat=3))]


def inside(points, frame):
    low, high = np.array(frame).T
    return ((points >= low - 1e-9 * (high - low)) & (points <= high + 1e-9 * (high - low))).all()


@pytest.mark.parametrize("frame", FRAMES)
def test_sums_have_the_same_bits_and_the_same_points_are_wrong(run, frame):
    rng = np.random.default_rng(1)
    low, high = np.array(frame).T
    x, targets = low + rng.random((50, 2)) * (high - low), rng.choice([-1, 1], 50)
    x[0] = 0, 0  # where a sum can be exactly 0
    for weights in lines_through(frame):
        nets, wrongs = run(
            "([w, x, t]) => [x.map((point) => f.net(w, point)), f.wrongOnes(w, x, t)]",
            [weights, x.tolist(), targets.tolist()],
        )
        assert nets == perceptron.net(x, weights).tolist()
        assert wrongs == (perceptron.output(x, weights) != targets).tolist()


def test_the_correction_is_that_of_the_rule(run):
    rng = np.random.default_rng(2)
    for rate, target in itertools.product((0.01, 0.1, 0.5, 2.0), (-1, 1)):
        weights, point = rng.normal(size=3), rng.normal(size=2)
        added = run(
            "([rate, t, w, x]) => f.correction(rate, t, f.output(w, x), x)",
            [rate, target, weights.tolist(), point.tolist()],
        )
        assert (weights + added).tolist() == perceptron.update(weights, point, target, rate).tolist()


def assert_taught(run, explorer):
    """The page makes the very weights that course_lib makes, bit for bit, and says the same of the ending."""
    training = explorer.training
    arguments = [explorer.plane, explorer.learning_rate, explorer.start, explorer.limits]
    trace = run("([plane, rate, start, limits]) => f.taught(plane, rate, start, limits)", arguments)
    shown = training.updates[:MAX_UPDATES]
    assert trace["weights"] == training.history[: len(shown) + 1].tolist()
    assert trace["examples"] == [update.example for update in shown]
    assert trace["epochs"] == [update.epoch for update in shown]
    cut = " Here the first 2000 updates can be played." if len(training.updates) > MAX_UPDATES else ""
    assert trace["note"] == f"{training.note[0].upper()}{training.note[1:]}.{cut}"


@pytest.mark.parametrize("standardised", [True, False])
@pytest.mark.parametrize("preset", PRESETS)
def test_the_page_teaches_as_course_lib_does(run, preset, standardised):
    assert_taught(run, widgets.perceptron_explorer(preset, standardised=standardised))
    assert_taught(run, widgets.perceptron_explorer(preset, 0.1, standardised=standardised, start=[1.5, -2, 0.25]))


@pytest.mark.parametrize("epochs", [1, 2])
def test_one_update_and_one_mistake_are_said_in_the_singular(run, epochs):
    teach = "([x, targets, epochs]) => f.taught({ x, targets }, 1, [0, 0, 0], { epochs, updates: 9 }).note"
    note = perceptron.train([[0.0, 1.0]], [1], max_epochs=epochs).note
    assert run(teach, [[[0, 1]], [1], epochs]) == f"{note[0].upper()}{note[1:]}."
    assert "1 update" in note


@pytest.mark.parametrize("frame", FRAMES)
def test_the_line_ends_on_the_frame_where_the_sum_is_0(run, frame):
    seen = 0
    low, high = np.array(frame).T
    corners = np.array(list(itertools.product(*frame)))
    for weights in lines_through(frame):
        ends = run("([w, frame]) => f.lineEnds(w, frame)", [weights, frame])
        sides = perceptron.net(corners, weights)
        if ends is None:
            assert (sides >= 0).all() or (sides <= 0).all()  # the frame lies on one side
            continue
        seen += 1
        ends = np.array(ends)
        assert inside(ends, frame)
        assert (np.isclose(ends, low) | np.isclose(ends, high)).any(axis=1).all()
        assert_allclose(perceptron.net(ends, weights), 0, atol=1e-9 * np.abs(sides).max())
    assert seen >= 40


@pytest.mark.parametrize("frame", FRAMES)
def test_the_two_sides_fill_the_frame_and_answer_as_they_say(run, frame):
    def area(polygon):
        x, y = np.array(polygon).T
        return abs(x @ np.roll(y, 1) - y @ np.roll(x, 1)) / 2

    low, high = np.array(frame).T
    for weights in lines_through(frame):
        polygons = [run("([w, frame, side]) => f.sideOf(w, frame, side)", [weights, frame, side]) for side in (1, -1)]
        assert sum(map(area, filter(None, polygons))) == pytest.approx(np.prod(high - low))
        for side, polygon in zip((1, -1), polygons, strict=True):
            if polygon:
                middle = np.mean(polygon, axis=0)
                assert perceptron.output(middle[None], weights)[0] == side
                name = run("([w, p, frame]) => f.namePlace(w, p, frame)", [weights, polygon, frame])
                assert inside(np.array(name), frame)


@pytest.mark.parametrize("frame", FRAMES)
def test_a_line_brought_in_goes_through_the_middle_and_keeps_its_slope(run, frame):
    middle = np.mean(frame, axis=1)
    for weights in lines_through(frame):
        brought = run("([w, frame]) => f.throughMiddle(w, frame)", [weights, frame])
        assert perceptron.net([middle], brought)[0] == pytest.approx(0, abs=1e-9 * np.abs(brought).max())
        assert brought[1:] == (weights[1:] if any(weights[1:]) else [0, 1])


@pytest.mark.parametrize("frame", FRAMES)
def test_moving_keeps_the_slope_and_turning_keeps_the_point(run, frame):
    low, high = np.array(frame).T
    half = (high - low) / 2
    rng = np.random.default_rng(3)
    for weights in lines_through(frame)[:40]:
        ends = run("([w, frame]) => f.lineEnds(w, frame)", [weights, frame])
        pivot = np.mean(ends, axis=0)
        assert_allclose(run("(ends) => f.middleOf(ends)", ends), pivot, rtol=1e-12)
        point = low + rng.random(2) * (high - low)
        scale = np.abs(np.array(weights) * [1, *np.abs([low, high]).max(axis=0)]).max()
        moved, by, turned, to = run(
            """([w, frame, pivot, point]) => [f.movedTo(w, point), f.movedBy(w, frame, 0.1),
              f.turnedBy(w, frame, pivot, 30), f.turnedTo(w, frame, pivot, point)]""",
            [weights, frame, pivot.tolist(), point.tolist()],
        )
        assert moved[1:] == weights[1:]
        assert perceptron.net([point], moved)[0] == pytest.approx(0, abs=1e-12 * scale)
        assert_allclose(by[1:], weights[1:], rtol=1e-12)
        step = (weights[0] - by[0]) / np.linalg.norm(np.array(weights[1:]) * half)
        assert step == pytest.approx(0.1)  # a tenth of half the frame, towards the side o = +1
        before, after = np.array(weights[1:]) * half, np.array(turned[1:]) * half
        angle = np.arctan2(before[0] * after[1] - before[1] * after[0], before @ after)
        assert angle == pytest.approx(np.pi / 6)  # counterclockwise, as the eye sees it
        assert np.linalg.norm(after) == pytest.approx(np.linalg.norm(before))
        for found, places in ((turned, [pivot]), (to, [pivot, point])):
            assert_allclose(perceptron.net(places, found), 0, atol=1e-11 * scale)
        assert (np.array(to[1:]) * half) @ before >= 0  # the shorter way round


def test_the_arrow_points_to_where_the_sum_grows_at_a_right_angle_to_the_line(run):
    width, height = 398, 350
    for frame in FRAMES:
        low, high = np.array(frame).T
        into_drawing = np.array([width, -height]) / (high - low)  # y goes down on the page
        for weights in lines_through(frame)[:40]:
            ends, arrow = run("([w, frame]) => [f.lineEnds(w, frame), f.uphill(w, frame, 398, 350)]", [weights, frame])
            along = (np.array(ends[1]) - ends[0]) * into_drawing
            assert np.dot(along, arrow) / np.linalg.norm(along) == pytest.approx(0, abs=1e-9)
            assert np.linalg.norm(arrow) == pytest.approx(1)
            ahead = np.mean(ends, axis=0) + 0.01 * np.array(arrow) * width / into_drawing
            assert perceptron.output([ahead], weights)[0] == 1


def test_typed_weights_are_read_and_never_evaluated(run):
    typed = {"1": 1, "-0.5": -0.5, ".25": 0.25, " 3 ": 3, "+7": 7, "0,5": 0.5, "\u22122": -2, "1e-3": 1e-3, "2E3": 2000}
    typed |= dict.fromkeys(["", "-", "abc", "1/2", "1e", "2*3", "alert(1)", "1e10", "Infinity", "NaN", "0x10", "1e999"])
    assert run("(texts) => texts.map(f.parseWeight)", list(typed)) == list(typed.values())


def test_arrow_keys_move_a_weight_by_a_tenth_or_by_its_second_digit(run):
    steps = [[0, 1], [0.3, -1], [-0.25, 10], [59, 1], [-6650, -1], [1234, 10]]
    assert run("(steps) => steps.map(([v, n]) => f.nudged(v, n))", steps) == [0.1, 0.2, 0.75, 60, -6750, 2234]


STATES = [
    {"preset": "Adelie / Gentoo", "step": 2},
    {"preset": "Gentoo / Chinstrap", "step": 37, "learning_rate": 0.1},
    {"preset": "Adelie / Chinstrap", "step": 5, "standardised": False, "start": [1.5, -2, 0.25]},
    {"preset": "XOR", "step": 9, "learning_rate": 2.0},
    {"preset": "AND", "hand": [-1.5, 1, 1]},
]


def state_of(explorer):
    return {name: getattr(explorer, name) for name in (*explorer.state, "limits")}


@pytest.mark.parametrize("state", STATES)
def test_the_code_shown_gives_the_very_weights_and_mistakes(run, state):
    explorer = widgets.perceptron_explorer(**state)
    code = run("(state) => f.showCode(state)", state_of(explorer))
    space = {}
    exec(code["course"], space)
    assert list(space["weights"]) == explorer.weights.tolist()
    assert (space["wrong"] == explorer.wrong).all()


@pytest.mark.parametrize("state", STATES)
def test_the_pytorch_code_gives_the_same_numbers(run, state):
    pytest.importorskip("torch", reason="PyTorch is not installed")
    explorer = widgets.perceptron_explorer(**state)
    code = run("(state) => f.showCode(state)", state_of(explorer))
    space = {}
    exec(f"{code['course']}\n{code['torch']}", space)
    assert_allclose(space["w"].numpy(), explorer.weights, rtol=1e-12)
    assert (space["wrong"].numpy() == explorer.wrong).all()


# In JupyterLab


def weights_on(page):
    texts = page.locator(".course-weights input").evaluate_all("(inputs) => inputs.map((input) => input.value)")
    return [float(text.replace("\u2212", "-")) for text in texts]


def wait_until_said(page, words):
    page.locator(".course-perceptron .course-spoken", has_text=words).wait_for(timeout=10_000)


def assert_shows(page, **state):
    """The page shows the weights and crosses out the points that course_lib finds wrong for this state."""
    explorer = widgets.perceptron_explorer(**state)
    wrong = int(explorer.wrong.sum())
    wait_until_said(page, f"{wrong} of {len(explorer.wrong)} points {'is' if wrong == 1 else 'are'} on the wrong side")
    assert_allclose(weights_on(page), explorer.weights, rtol=5e-4, atol=1e-12)
    crosses = page.locator(".course-perceptron .course-cross").get_attribute("d")
    assert crosses.count("M") == explorer.wrong.sum()


def test_it_is_alive_before_any_cell_is_run(stored):
    assert_shows(stored, step=1)
    stored.get_by_role("button", name="next update").press("Enter")
    assert_shows(stored, step=2)
    wait_until_said(stored, "All 274 right in epoch 2, after 2 updates.")
    stored.get_by_role("button", name="first update").press("Enter")
    assert_shows(stored, step=0)
    wait_until_said(stored, "There is no line: with w1 = w2 = 0 every point gets the same answer.")


def test_other_points_and_rates_need_no_python(stored):
    choose(stored, "points", "Gentoo / Chinstrap")
    stored.get_by_text("update 0 of 885").wait_for()
    choose(stored, "learning rate", "0.1")
    stored.locator(".course-player input[type=range]").press("End")
    assert_shows(stored, preset="Gentoo / Chinstrap", learning_rate=0.1, step=885)
    wait_until_said(stored, "All 191 right in epoch 437, after 885 updates.")
    choose(stored, "points", "XOR")
    assert_shows(stored, preset="XOR", step=0)


def test_the_update_is_written_out_with_its_numbers(live):
    live.get_by_role("button", name="next update").press("Enter")
    live.get_by_text("Update 2, in epoch 1: example 174, Gentoo").wait_for()
    sums = live.locator(".course-sums").inner_text().replace("\u2212", "-").replace("\u00a0", " ")
    assert sums == (
        "w·x = (1)(1) + (-0.695)(0.694) + (0.927)(-0.516) = 0.04, so o = +1. But t = -1: "
        "t - o = -2, times η = 0.5, times x = (1, 0.694, -0.516)."
    )
    cells = live.locator(".course-weights tbody td:not(:last-child)").all_inner_texts()
    before, added = np.array([float(cell.replace("\u2212", "-")) for cell in cells]).reshape(3, 2).T
    history = widgets.perceptron_explorer().training.history
    assert_allclose(before, history[1], rtol=5e-4)
    assert_allclose(added, history[2] - history[1], rtol=5e-4)


def test_every_control_works_by_keyboard(live):
    page = live
    choose(page, "points", "Gentoo / Chinstrap")
    page.get_by_text("update 0 of 885").wait_for()
    slider = page.locator(".course-player input[type=range]")
    slider.press("End")
    wait_until_said(page, "All 191 right in epoch 437, after 885 updates.")
    assert_shows(page, preset="Gentoo / Chinstrap", step=885)
    slider.press("ArrowLeft")
    assert_shows(page, preset="Gentoo / Chinstrap", step=884)
    choose(page, "learning rate", "2")
    page.wait_for_timeout(500)
    assert_shows(page, preset="Gentoo / Chinstrap", step=884, learning_rate=2.0)
    page.get_by_role("checkbox", name="standardised").press("Space")
    page.get_by_text("bill length in mm").wait_for()
    page.get_by_role("button", name="next update").press("Enter")
    assert_shows(page, preset="Gentoo / Chinstrap", step=1, learning_rate=2.0, standardised=False)
    page.get_by_role("button", name="Reset").press("Enter")
    assert_shows(page, step=1)
    page.get_by_role("button", name="play").press("Enter")
    page.get_by_text("update 2 of 2").wait_for()
    wait_until_said(page, "All 274 right")


def test_weights_are_typed_and_moved_with_the_arrow_keys(live):
    page = live
    choose(page, "points", "XOR")
    page.get_by_text("update 0 of 1997").wait_for()
    for place, text in enumerate(("-0.5", "1", "2e0")):
        page.get_by_role("textbox", name=f"weight w{place}").fill(text)
    assert_shows(page, preset="XOR", hand=[-0.5, 1, 2])
    bias = page.get_by_role("textbox", name="weight w0")
    bias.fill("one")
    assert bias.get_attribute("aria-invalid") == "true"
    wait_until_said(page, "1 of 4 points")  # as before
    bias.press("ArrowUp")
    bias.press("Shift+ArrowDown")
    assert_shows(page, preset="XOR", hand=[-1.4, 1, 2])


def test_the_line_moves_and_turns_by_keyboard_and_mouse(live, run):
    page = live
    explorer = widgets.perceptron_explorer(step=1)
    frame, weights = explorer.plane["frame"], explorer.weights.tolist()
    mover, turner = (page.get_by_role("slider", name=name) for name in ("move the line", "turn the line"))
    mover.press("ArrowUp")
    mover.press("Shift+ArrowDown")
    weights = run("([w, frame]) => f.movedBy(f.movedBy(w, frame, 0.02), frame, -0.1)", [weights, frame])
    assert_shows(page, hand=weights)
    turner.press("ArrowLeft")
    turn = "([w, frame, degrees]) => f.turnedBy(w, frame, f.middleOf(f.lineEnds(w, frame)), degrees)"
    weights = run(turn, [weights, frame, 2])
    assert_shows(page, hand=weights)
    box = mover.locator("circle").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 60, y - 40, steps=5)
    page.mouse.up()
    page.wait_for_timeout(300)
    dragged = weights_on(page)
    assert_allclose(dragged[1:], weights[1:], rtol=5e-4)
    assert abs(dragged[0] - weights[0]) > 0.3
    box = turner.locator("rect").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + 40, box["y"] - 60, steps=5)
    page.mouse.up()
    page.wait_for_timeout(300)
    turned = weights_on(page)
    assert np.hypot(*turned[1:]) == pytest.approx(np.hypot(*dragged[1:]), rel=0.3)
    assert abs(np.arctan2(*turned[1:]) - np.arctan2(*dragged[1:])) > 0.05


def test_where_no_line_is_seen_one_is_brought_in_to_be_moved_by_hand(live, run):
    page = live
    bring, mover = (
        page.get_by_role("button", name="bring the line in"),
        page.get_by_role("slider", name="move the line"),
    )
    assert bring.is_disabled()
    choose(page, "points", "XOR")
    wait_until_said(page, "There is no line")
    assert not mover.is_visible()
    bring.press("Enter")
    assert has_focus(bring)  # although it can do nothing now
    frame = widgets.perceptron_explorer("XOR").plane["frame"]
    assert_shows(page, preset="XOR", hand=run("(frame) => f.throughMiddle([0, 0, 0], frame)", frame))
    assert mover.is_visible()
    assert bring.is_disabled()


def test_the_words_keep_up_with_a_play_of_two_thousand_updates(live):
    page = live
    choose(page, "points", "XOR")
    page.get_by_text("update 0 of 1997").wait_for(timeout=10_000)
    page.get_by_role("button", name="play").press("Enter")
    line = page.locator(".course-perceptron .course-spoken")
    line.get_by_text(re.compile(r"^After update \d+")).wait_for(timeout=5000)
    assert page.get_by_role("button", name="pause").is_visible()
    page.get_by_role("button", name="pause").press("Enter")
    step = int(re.search(r"update (\d+) of", page.locator(".course-step").text_content())[1])
    assert step % 3 == 0  # three updates at once: 1997 take 27 seconds


def test_starting_anew_ends_the_playing(live):
    page = live
    choose(page, "points", "Gentoo / Chinstrap")
    page.get_by_text("update 0 of 885").wait_for()
    page.get_by_role("button", name="play").press("Enter")
    page.get_by_text(re.compile(r"update ([2-9]|\d\d+) of 885")).wait_for()
    page.get_by_role("button", name="Reset").press("Enter")
    page.get_by_role("button", name="play").wait_for()  # no longer "pause"
    page.wait_for_timeout(1000)
    assert_shows(page, step=1)


def test_the_rule_goes_on_from_weights_set_by_hand(live):
    page = live
    teach = page.get_by_role("button", name="teach from here")
    assert teach.is_disabled()
    page.get_by_role("textbox", name="weight w1").fill("3")
    page.get_by_role("textbox", name="weight w2").fill("-2")
    teach.press("Enter")
    start = [1.0, 3.0, -2.0]
    last = len(widgets.perceptron_explorer(start=start).training.updates)
    page.get_by_text(f"update 0 of {last}").wait_for(timeout=10_000)
    page.locator(".course-player input[type=range]").press("End")
    assert_shows(page, start=start, step=last)
    page.get_by_role("button", name="start at zero weights").press("Enter")
    page.get_by_text("update 0 of 2").wait_for()


def test_pythons_echo_undoes_no_press_of_a_quick_hand(live):
    choose(live, "points", "Gentoo / Chinstrap")
    live.get_by_text("update 0 of 885").wait_for()
    slider = live.locator(".course-player input[type=range]")
    slider.focus()
    for n in range(30):
        live.keyboard.press("ArrowRight")
        live.wait_for_timeout(20 + n)
    live.wait_for_timeout(500)
    live.get_by_text("update 30 of 885").wait_for()
    assert_shows(live, preset="Gentoo / Chinstrap", step=30)


def test_python_and_the_page_share_one_state(live):
    page = live
    page.get_by_role("textbox", name="weight w0").fill("-0.75")
    hand = [-0.75, *widgets.perceptron_explorer(step=1).weights[1:]]
    wrong = widgets.perceptron_explorer(hand=hand).wrong.sum()
    wait_for_answer(page, "print(explorer.hand[0], explorer.wrong.sum())", f"-0.75 {wrong}")
    page.get_by_role("textbox", name="weight w0").blur()  # while a hand is in the field, nobody else writes there
    ask(page, "explorer.hand = None; explorer.preset = 'OR'; explorer.step = 4")
    page.get_by_text("update 4 of 4").wait_for()
    assert_shows(page, preset="OR", step=4)


def test_the_code_panel_opens_by_keyboard_and_shows_both_calls(stored):
    course, torch = shown_code(stored.locator(".course-perceptron").first)
    assert "perceptron.train(x, targets, learning_rate=0.5" in course
    assert "w = w + 0.5 * (t_d - o_d) * x_d" in torch


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_points_and_text_stand_out_in_both_themes(stored, run_command, theme):
    run_command("apputils:change-theme", {"theme": theme})
    stored.wait_for_function("(dark) => document.body.dataset.jpThemeLight === String(!dark)", arg="Dark" in theme)
    ground = stored.locator(".course-perceptron").evaluate("(e) => getComputedStyle(e).backgroundColor")
    for selector, style, least in [
        (".course-point-plus", "fill", 3),
        (".course-point-minus", "fill", 3),
        (".course-line", "stroke", 4.5),
        (".course-side", "fill", 4.5),
        (".course-sums", "color", 4.5),
        (".course-weights th", "color", 4.5),
    ]:
        node = stored.locator(f".course-perceptron {selector}").first
        assert contrast(node.evaluate("(e, style) => getComputedStyle(e)[style]", style), ground) >= least, selector


def test_nothing_hangs_over_in_a_narrow_window(stored, run_command):
    run_command("application:toggle-left-area")
    stored.set_viewport_size({"width": 500, "height": 900})
    stored.wait_for_function("document.querySelector('.course-explorer').clientWidth < 480")
    over = stored.locator(".course-explorer").first.evaluate("(e) => e.scrollWidth - e.clientWidth")
    assert over <= 1
    chart, panel = (
        stored.locator(f".course-perceptron {name}").bounding_box() for name in (".course-chart", ".course-panel")
    )
    assert chart["width"] > 250
    assert panel["y"] > chart["y"] + chart["height"] - 1  # one below the other
    run_command("application:toggle-left-area")
