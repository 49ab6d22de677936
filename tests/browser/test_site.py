"""The static site in a real browser that reaches nothing but the site: read, moved, searched, printed, in the dark."""

import re

import numpy as np
import pytest
import serving
from hand import choose, contrast, playground_pixels

from course_lib import shapes, widgets
from course_lib.commands import environment
from course_lib.commands.site import build, folder

LESSONS = sorted(path.stem for path in (environment.ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))
COLOURS = "(e) => [getComputedStyle(e).color, getComputedStyle(e).backgroundColor]"
PAGE_COLOUR = "() => getComputedStyle(document.body).backgroundColor"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The folder of the site."""
    out = tmp_path_factory.mktemp("web") / "teaching" / "my course"
    folder.write(out, build.site(environment.ROOT / "notebooks"))
    return out


@pytest.fixture(scope="module")
def address(site):
    """The site's address on a plain static server, where it lies below a sub-path."""
    with serving.web_pages(site.parents[1]) as address:
        yield f"{address}/teaching/my%20course"


@pytest.fixture
def open_page(browser, address):
    """open_page("07_filters.html", dark=True) opens it; whatever it asks for outside the site is refused and fails."""
    contexts, outside, errors = [], [], []

    def only_the_site(route):
        if route.request.url.startswith((address, "blob:", "data:", "file:")):
            route.continue_()
        else:
            outside.append(route.request.url)
            route.abort()

    def open_page(name, dark=False, width=1300, at=None, **options):
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme="dark" if dark else "light", **options
        )
        contexts.append(context)
        context.route("**/*", only_the_site)
        page = context.new_page()
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: errors.append(error.stack or str(error)))
        page.goto(f"{at or address}/{name}")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert outside == []
    assert errors == []


def tab_to(page, selector):
    """Press Tab until what the selector names has the focus."""
    for _ in range(120):
        page.keyboard.press("Tab")
        if page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
            return
    pytest.fail(f"Tab does not reach {selector}")


def test_by_keyboard_from_the_start_page_through_a_lesson_to_the_next(open_page):
    page = open_page("index.html")
    page.locator(".alive .course-playground").wait_for()
    tab_to(page, 'a[href="09_output_size.html"]')
    page.keyboard.press("Enter")
    page.wait_for_url("**/09_output_size.html")
    page.locator(".alive .course-explorer").first.wait_for()
    tab_to(page, '.contents ol ol a[href^="#"]')
    page.keyboard.press("Enter")
    page.wait_for_function("location.hash && Math.abs(document.querySelector('h2').getBoundingClientRect().top) < 200")
    tab_to(page, 'a[rel="next"]')
    page.keyboard.press("Enter")
    page.wait_for_url("**/10_pooling.html")


def test_the_search_finds_a_heading_of_another_lesson_by_keyboard(open_page):
    page = open_page("00_start_here.html")
    page.keyboard.press("/")
    page.keyboard.type("EDGES find")
    page.locator("#found a", has_text="6. Find edges").wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/07_filters\.html#6\.-Find-edges$"))
    page.wait_for_function("document.getElementById('6.-Find-edges').getBoundingClientRect().top < 300")
    search = page.get_by_role("searchbox")
    search.fill("no such heading anywhere")
    page.get_by_text("No heading has these words.").wait_for()
    search.press("Escape")
    assert page.locator("#found").is_hidden()


def test_a_preset_chosen_on_the_page_shows_what_course_lib_computes(open_page):
    page = open_page("07_filters.html")
    page.locator(".alive .course-playground").wait_for()
    page.wait_for_function("document.querySelectorAll('.course-playground canvas')[1].width > 1")
    for state in ({}, {"preset": "box"}):
        if state:
            choose(page, "preset", state["preset"])
        playground = widgets.kernel_playground(**{"picture": "camera", "preset": "Sobel x", "border": "edge", **state})
        np.testing.assert_array_equal(playground_pixels(page, 0)[..., 0], playground.image)
        shown = playground.shown if playground.shown.ndim == 3 else np.dstack([playground.shown] * 3)
        np.testing.assert_array_equal(playground_pixels(page, 1), shown)
    choose(page, "photograph", "coins")
    page.get_by_text("Run the cells down to this one, then choose again.").wait_for(timeout=10_000)


def test_the_output_size_explorer_follows_the_arrow_keys(open_page):
    page = open_page("09_output_size.html")
    explorer = page.locator(".alive .course-explorer").first
    explorer.wait_for()
    stride = explorer.get_by_role("slider", name="stride").first
    for step in ("ArrowLeft", "ArrowRight", "ArrowRight"):
        stride.press(step)
        size = shapes.conv_output_size(7, kernel_size=3, stride=int(stride.input_value()))
        explorer.get_by_text(f"output {size} × {size}").first.wait_for()
    explorer.get_by_role("button", name="Reset").press("Enter")
    assert stride.input_value() == "2"


def test_every_explorer_of_every_lesson_comes_to_life_and_no_page_hangs_over_at_400_pixels(open_page, address):
    page = open_page("index.html", width=400)
    for name in ("index", *LESSONS):
        page.goto(f"{address}/{name}.html")
        for explorer in page.locator(".explorer").all():
            explorer.scroll_into_view_if_needed()
            explorer.locator(".alive .course-explorer").wait_for()
            assert explorer.locator(".still").is_hidden()
        assert page.evaluate("document.documentElement.scrollWidth") <= 400, name


@pytest.mark.parametrize("width", [700, 1050, 1200])
def test_the_perceptrons_table_is_not_cut_off(open_page, width):
    panel = open_page("01_perceptron.html", width=width).locator(".alive .course-perceptron .course-panel").first
    panel.wait_for()
    assert panel.evaluate("(e) => e.scrollWidth - e.clientWidth") <= 0


def test_a_page_opened_as_a_file_works_too(open_page, site):
    page = open_page("10_pooling.html", at=site.as_uri())
    page.locator(".alive .course-explorer").first.wait_for()
    page.keyboard.press("/")
    page.keyboard.type("find edges")
    page.locator("#found a").first.wait_for()


def test_without_scripts_everything_can_be_read(open_page):
    page = open_page("07_filters.html", java_script_enabled=False)
    assert page.locator(".explorer .still").first.is_visible()
    assert page.locator(".contents a").first.is_visible()
    assert page.locator("#theme").is_hidden()


def luminance(page):
    red, green, blue = (int(part) for part in re.findall(r"\d+", page.evaluate(PAGE_COLOUR))[:3])
    return (red + green + blue) / 3


def test_light_and_dark_follow_the_system_until_a_reader_chooses_and_that_is_remembered(open_page):
    page = open_page("04_worked_example.html", dark=True)
    assert luminance(page) < 60
    page.emulate_media(color_scheme="light")
    assert luminance(page) > 200
    page.get_by_role("button", name="Switch to dark colours").press("Enter")
    assert luminance(page) < 60
    page.reload()
    assert luminance(page) < 60
    page.goto(page.url.replace("04_worked_example", "index"))
    assert luminance(page) < 60
    page.get_by_role("button", name="Switch to light colours").click()
    assert luminance(page) > 200


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_text_code_and_controls_can_be_read(open_page, dark):
    page = open_page("07_filters.html", dark=dark)
    page.locator(".alive .course-explorer").first.wait_for()
    for selector in (
        ".course-explorer",
        ".course-explorer select",
        ".course-explorer button",
        "header input",
        ".contents .here > a",
    ):
        assert contrast(*page.locator(selector).first.evaluate(COLOURS)) >= 4.5, selector
    behind = page.evaluate(PAGE_COLOUR)
    for selector in ("main p", "main a", ".contents ol ol a", ".label", ".number", ".note", "footer p"):
        assert contrast(page.locator(selector).first.evaluate(COLOURS)[0], behind) >= 4.5, selector
    panel = page.locator("pre.code").first.evaluate(COLOURS)[1]
    for colour in page.locator(".code span:not(.w)").evaluate_all(
        "(spans) => [...new Set(spans.map((span) => getComputedStyle(span).color))]"
    ):
        assert contrast(colour, panel) >= 4.5, colour


def test_in_print_explorers_are_their_still_pictures_on_white(open_page):
    page = open_page("07_filters.html", dark=True)
    page.locator(".alive .course-explorer").first.wait_for()
    page.emulate_media(media="print")
    assert luminance(page) > 250
    assert page.locator(".explorer .still").first.is_visible()
    for selector in (".alive", "header", ".contents", ".turn"):
        assert page.locator(selector).first.is_hidden()
    assert len(page.pdf(format="A4")) > 100_000


def test_a_link_of_an_explorer_to_a_notebook_leads_to_its_page(open_page):
    page = open_page("10_pooling.html")
    page.locator(".alive .course-explorer").first.wait_for()
    page.evaluate("""() => {
      const link = Object.assign(document.createElement("a"), { href: "07_filters.ipynb#cell-id=hole-exercise" });
      link.append("to the hole");
      document.querySelector(".alive .course-explorer").append(link);
    }""")
    page.get_by_text("to the hole").press("Enter")
    page.wait_for_url(re.compile(r"/07_filters\.html#cell-id=hole-exercise$"))
    page.wait_for_function(
        "Math.abs(document.getElementById('cell-id=hole-exercise').getBoundingClientRect().top) < 400"
    )
