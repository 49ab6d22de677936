"""The table of the sources' numbers: its pure functions against Python, and its controls and links in JupyterLab."""

import itertools

import pytest
from hand import choose, contrast, pure_functions

from course_lib import ledger, widgets
from course_lib.widgets.source_table import FIELDS, SEARCHED, VERDICTS

LESSON, DRAWN = "15_source_check", ".course-explorer tbody tr"
LOOKS = [[name, *look] for name, look in ledger.VERDICTS.items()]
WORDS = ("", "sign", "lost  SIGN", "227", "sigma ", "not there")


@pytest.fixture(scope="module")
def run(browser):
    with pure_functions(browser, "source_table_rows.js") as run:
        yield run


def first(page):
    return page.locator(".course-sources").first


def rows_of(page):
    return first(page).locator("tbody tr th").all_inner_texts()


def test_the_filters_leave_the_rows_that_python_leaves(run):
    some = itertools.product(("all", ledger.lessons()[3]), ("all", ledger.sources()[1]), ("all", *VERDICTS), WORDS)
    states = [dict(zip(("lesson", "source", "verdict", "words"), values, strict=True)) for values in some]
    rows = widgets.source_table().rows
    found = run(
        """([fields, rows, states, searched]) => { const all = rows.map((row) => f.named(fields, row));
          return states.map((state) => all.filter((row) => f.fits(row, state, searched)).map((row) => row.id)); }""",
        [list(FIELDS), rows, states, list(SEARCHED)],
    )
    table = widgets.source_table()
    for state, ids in zip(states, found, strict=True):
        table.set_trait("lesson", state["lesson"])
        table.source, table.verdict, table.words = state["source"], state["verdict"], state["words"]
        assert ids == [row["id"] for row in table.shown], state


def test_words_keys_and_links_are_computed_right(run):
    rows = [row for row in widgets.source_table().shown if row["id"] in ("EX-14a", "PER-06")]
    assert run("([rows, looks]) => rows.map((row) => f.spoken(row, looks))", [rows, LOOKS]) == [
        "PER-06: correlation of the red pattern with the weights. Printed 0.57; not recomputed: the patterns are in a "
        "figure that the text has lost. Verdict: open, only in a figure.",
        "EX-14a: update of H1->O1 from the printed factors. Printed 0.000469; recomputed 0.00468531. "
        "Verdict: erratum, arithmetic slip.",
    ]
    assert run("([rows, looks]) => f.verdictText(rows, looks)", [rows, LOOKS]) == "✗ 1 erratum, ? 1 open"
    keys = [["ArrowDown", -1, 5], ["ArrowUp", 0, 5], ["PageDown", 1, 5], ["Home", 3, 5], ["End", 0, 5], ["End", 0, 0]]
    assert run("(keys) => keys.map((key) => f.moved(...key))", [*keys, ["a", 0, 5]]) == [0, 0, 4, 0, 4, -1, -1]
    link = "http://localhost/user/bo/files/notebooks/01_p.ipynb?_xsrf=2%7C/b"
    shown = ["/lab/tree/notebooks/15_a.ipynb", "/lab/workspaces/a/tree/my%20course/15_a.ipynb", "/lab/tree/15_a.ipynb"]
    found = run(
        "(all) => all.map((addresses) => f.labPath(addresses, '05_x'))",
        [*([address] for address in shown), ["/lab", "http://localhost/x", link], ["/lab"]],
    )
    assert found == ["notebooks/05_x.ipynb", "my course/05_x.ipynb", "05_x.ipynb", "notebooks/05_x.ipynb", None]
    pages = ["/lab/tree/15.ipynb", "/course/15_source_check.html", "/"]
    expected = ["05_x.ipynb", "05_x.html", "05_x.ipynb"]
    assert run("(paths) => paths.map((path) => f.lessonLink(path, '05_x'))", pages) == expected


# In JupyterLab


def test_it_is_alive_before_any_cell_is_run_and_every_control_works_by_keyboard(stored):
    assert rows_of(stored) == [entry.id for entry in ledger.entries()]
    count = first(stored).get_by_role("status").first
    assert count.inner_text().startswith("showing 341 of 341: ✓ 223 right")
    choose(first(stored), "verdict", "erratum")
    first(stored).get_by_role("combobox", name="text").focus()
    stored.keyboard.press("End")
    for _ in range(2):
        stored.keyboard.press("ArrowUp")
    assert count.inner_text() == "showing 6 of 341: ✗ 6 erratum"
    search = first(stored).get_by_role("searchbox", name="search")
    search.focus()
    stored.keyboard.type("cut")
    assert rows_of(stored) == ["POOL-03"]
    stored.keyboard.type(" nothing")
    assert count.inner_text() == 'showing 0 of 341. No number fits: choose "all", or search for less.'
    first(stored).get_by_role("button", name="Reset").press("Enter")
    assert len(rows_of(stored)) == 341
    assert (search.input_value(), first(stored).get_by_role("combobox", name="text").input_value()) == ("", "all")


def test_the_arrow_keys_pick_a_row_and_its_details_stand_beside_it(stored):
    first(stored).get_by_role("combobox", name="lesson").focus()
    stored.keyboard.type("10")
    choose(first(stored), "verdict", "erratum")
    grid = first(stored).get_by_role("grid")
    for key in ("ArrowDown", "ArrowDown", "ArrowDown", "ArrowUp"):
        grid.press(key)
    details = first(stored).get_by_role("region", name="the picked number")
    text = details.inner_text()
    for part in (
        "POOL-04",
        "✗ erratum: another place's value",
        "6.614108314",
        "8 is the maximum of the block",
        "line 273",
    ):
        assert part in text
    picked = first(stored).locator("tr[aria-selected=true]")
    assert picked.count() == 1
    assert grid.get_attribute("aria-activedescendant") == picked.get_attribute("id")
    first(stored).locator(".course-unseen").get_by_text("Verdict: erratum, another place's value.").wait_for()
    first(stored).locator("summary").press("Enter")
    code = first(stored).get_by_label("course_lib code").inner_text()
    space = {}
    exec(code.splitlines()[0], space)
    assert eval(code.splitlines()[2], space).verdict == "erratum"
    first(stored).locator("tbody tr", has_text="POOL-03").click()
    assert "4.8652 rounds to 4.87" in details.inner_text()


def test_a_link_opens_its_lesson_beside_this_one(stored):
    row = first(stored).locator("tbody tr", has_text="TCV-03")
    link = row.get_by_role("link", name="11")
    assert link.get_attribute("href") == "11_transposed_convolution.ipynb"
    stored.evaluate("() => { globalThis.sameApplication = true; }")
    link.click()
    stored.get_by_role("tab", name="11_transposed_convolution.ipynb").wait_for(timeout=30_000)
    assert stored.evaluate("() => globalThis.sameApplication")
    session = "jupyterapp.shell.currentWidget?.context?.sessionContext"  # closed before, it complains in the next test
    stored.wait_for_function(f"{session}?.kernelDisplayStatus === 'idle'", timeout=60_000)
    assert stored.get_by_role("tab", name="15_beginning.ipynb").count() == 1


def test_words_can_be_read_in_both_themes_and_nothing_hangs_over_at_500_pixels(stored, run_command):
    for theme in ("JupyterLab Dark", "JupyterLab Light"):
        run_command("apputils:change-theme", {"theme": theme})
        stored.wait_for_function("(dark) => document.body.dataset.jpThemeLight === String(!dark)", arg="Dark" in theme)
        row = first(stored).locator("tbody tr").nth(1)
        row.click()
        styles = "(e) => [getComputedStyle(e).color, getComputedStyle(e.closest('tr')).backgroundColor]"
        for cell in (row.locator("td").nth(1), row.get_by_role("link")):
            assert contrast(*cell.evaluate(styles)) >= 4.5, theme
    run_command("application:toggle-left-area")
    stored.set_viewport_size({"width": 500, "height": 900})
    stored.wait_for_function("document.querySelector('.course-explorer').clientWidth < 480")
    assert first(stored).evaluate("(e) => e.scrollWidth - e.clientWidth") <= 1
    assert first(stored).locator(".course-scroller").evaluate("(e) => e.scrollWidth - e.clientWidth") <= 1
    run_command("application:toggle-left-area")


def test_the_table_scrolls_in_itself_alone(stored):
    sizes = "(e) => { const box = e.closest('.jp-OutputArea-output'); return box.scrollHeight - box.clientHeight; }"
    assert first(stored).evaluate(sizes) <= 1
