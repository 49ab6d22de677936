"""The static site: every page is made from the stored outputs, and nothing in it leads or asks outside its folder."""

import base64
import copy
import functools
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import nbformat
import pytest
from markupsafe import escape

from course_lib import __main__ as command_line
from course_lib.commands import environment
from course_lib.commands.site import __main__ as site_command
from course_lib.commands.site import build, folder
from course_lib.commands.site.markdown import Prose
from course_lib.commands.site.mathematics import NotConverted, mathml

NOTEBOOKS = sorted((environment.ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))
NAMES = [path.stem for path in NOTEBOOKS]
STATE = "application/vnd.jupyter.widget-state+json"
VIEW = "application/vnd.jupyter.widget-view+json"
FORMULA = re.compile(r"\$\$.+?\$\$|\$[^$]+\$", re.DOTALL)
NOT_PROSE = {"code", "pre", "script", "style"}
VOID = {"meta", "link", "img", "input", "br", "hr", "mspace"}


class Page(HTMLParser):
    """What a page consists of, for questions."""

    def __init__(self, path):
        super().__init__()
        self.ids, self.links, self.loaded, self.images, self.prose, self.scripts = [], [], [], [], "", {}
        self.elements, self.open = [], []
        self.source = path.read_text(encoding="utf-8")
        self.feed(self.source)
        self.close()

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.elements.append((tag, attributes))
        if "id" in attributes:
            self.ids.append(attributes["id"])
        if tag == "a":
            self.links.append(attributes["href"])
        if tag in ("img", "script") and "src" in attributes:
            self.loaded.append(attributes["src"])
        if tag == "link":
            self.loaded.append(attributes["href"])
        if tag == "img":
            self.images.append(attributes)
        if tag not in VOID:
            self.open.append((tag, attributes))

    def handle_startendtag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        opened, _ = self.open.pop()
        assert opened == tag, f"<{opened}> is closed by </{tag}>"

    def handle_data(self, data):
        tag, attributes = self.open[-1] if self.open else ("", {})
        if tag == "script" and "data-state" in attributes:
            self.scripts[attributes["data-state"]] = json.loads(data)
        if not NOT_PROSE & {tag for tag, _ in self.open}:
            self.prose += data

    def all(self, tag, **attributes):
        """The attributes of each element of that tag that has these."""
        return [had for name, had in self.elements if name == tag and attributes.items() <= had.items()]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The folder of the site, built by the command."""
    out = tmp_path_factory.mktemp("site") / "le site d'été"
    assert site_command.main(str(out)) == 0
    return out


@pytest.fixture(scope="module")
def pages(site):
    """{"07_filters.html": Page}, all of the site's."""
    return {path.name: Page(path) for path in site.glob("*.html")}


@pytest.fixture
def lesson(tmp_path):
    """A folder of notebooks with one lesson in it, to change."""
    notebooks = tmp_path / "notebooks"
    notebooks.mkdir()
    cell = nbformat.v4.new_markdown_cell("# A lesson\n\n- **You will** read.\n- **It takes** a minute.")
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), notebooks / "00_small.ipynb")
    return notebooks / "00_small.ipynb"


def stored(path):
    return nbformat.read(path, as_version=4)


@functools.cache
def lesson_of(path):
    """A lesson of the course, as it is stored."""
    return stored(path)


def shown_widgets(notebook):
    """Of each explorer that the notebook shows: its model's id and its still picture."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if VIEW in output.get("data", {}):
                yield output.data[VIEW]["model_id"], output.data["image/png"]


def test_there_is_a_page_for_each_lesson_and_a_start_page_with_the_map(site, pages):
    assert set(pages) == {"index.html", *(f"{name}.html" for name in NAMES)}
    for path in NOTEBOOKS:
        title = lesson_of(path).cells[0].source.splitlines()[0].removeprefix("# ")
        assert (
            f"<title>{path.stem[:2]} {title}: From one perceptron to AlexNet</title>"
            in pages[f"{path.stem}.html"].source
        )
        assert f'href="{path.stem}.html"' in pages["index.html"].source
        assert title in pages["index.html"].prose


def test_the_site_is_small(site):
    assert sum(path.stat().st_size for path in site.rglob("*") if path.is_file()) < 40e6


def test_previous_and_next_lead_through_all_lessons_in_order(pages):
    for place, name in enumerate(NAMES):
        turns = {link["rel"]: link["href"] for link in pages[f"{name}.html"].all("a") if "rel" in link}
        expected = {}
        if place > 0:
            expected["prev"] = f"{NAMES[place - 1]}.html"
        if place + 1 < len(NAMES):
            expected["next"] = f"{NAMES[place + 1]}.html"
        assert turns == expected


def test_no_page_loads_anything_from_outside_its_folder(site, pages):
    for page in pages.values():
        assert page.loaded
        for address in page.loaded:
            assert address == "data:," or (site / address).is_file(), address
    for path in [*site.rglob("*.css"), site / "site.js", site / "headings.js"]:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"https?://|//cdn|@import|url\(", text), path.name


def test_every_link_within_the_site_leads_to_a_page_and_an_anchor_that_exist(pages):
    for name, page in pages.items():
        assert len(page.ids) == len(set(page.ids)), name
        for link in page.links:
            if re.match("https?:", link):
                continue
            target, _, anchor = unquote(link).partition("#")
            assert (target or name) in pages, f"{name}: {link}"
            assert not anchor or anchor in pages[target or name].ids, f"{name}: {link}"


def test_every_file_that_is_there_is_used(site, pages):
    used = {address for page in pages.values() for address in page.loaded}
    used |= {
        f"explorers/{has['data-module']}.js"
        for page in pages.values()
        for has in page.all("div")
        if "data-module" in has
    }
    there = {path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file()}
    assert there == used - {"data:,"} | set(pages) | {folder.LIST}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_each_cell_stands_on_its_page_with_all_that_it_printed(path, pages):
    page = pages[f"{path.stem}.html"]
    for cell in lesson_of(path).cells:
        assert f"cell-id={cell.id}" in page.ids
        for output in cell.get("outputs", []):
            if output.output_type == "stream":
                assert str(escape(output.text)) in page.source
    pictures = sum(
        "image/png" in output.get("data", {}) for cell in lesson_of(path).cells for output in cell.get("outputs", [])
    )
    assert len(page.images) == pictures
    for picture in page.images:
        assert picture["alt"]
        assert int(picture["width"]) > 10
        assert int(picture["height"]) > 10


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_explorer_is_there_with_its_stored_state_front_end_and_still_picture(path, site, pages):
    page, notebook = pages[f"{path.stem}.html"], lesson_of(path)
    explorers = [has for has in page.all("div") if "data-model" in has]
    widgets = list(shown_widgets(notebook))
    assert [has["data-model"] for has in explorers] == [model for model, _ in widgets]
    for has, (model, still) in zip(explorers, widgets, strict=True):
        kept = notebook.metadata.widgets[STATE]["state"][model]
        state = {name: value for name, value in kept.state.items() if name[0] != "_" and name not in build.NOT_STATE}
        assert page.scripts[model] == {"state": state, "buffers": kept.get("buffers", [])}
        assert len(state) >= 3
        front_end = (site / "explorers" / f"{has['data-module']}.js").read_text(encoding="utf-8")
        assert json.loads(front_end.split(" = ", 1)[1].strip().removesuffix(";")) == kept.state["_esm"]
        styles = [(site / each["href"]).read_text(encoding="utf-8") for each in page.all("link", rel="stylesheet")]
        assert kept.state["_css"] in styles
        assert base64.b64decode(still) in [(site / image["src"]).read_bytes() for image in page.images]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_formula_is_mathml(path, pages):
    prose = [re.sub(r"`[^`]*`", "", cell.source) for cell in lesson_of(path).cells if cell.cell_type == "markdown"]
    page = pages[f"{path.stem}.html"]
    assert len(page.all("math")) == sum(len(FORMULA.findall(source)) for source in prose)
    assert "$" not in page.prose
    assert not re.search(r"\\[a-z]+[{_^]", page.prose)


def test_an_output_below_a_question_is_folded_away(pages):
    for path in NOTEBOOKS:
        printed = [
            output.text
            for cell in lesson_of(path).cells
            if "jupyter" in cell.metadata
            for output in cell.outputs[:1]
            if "text" in output
        ]
        parts = pages[f"{path.stem}.html"].source.split('<details class="folded">')[1:]
        inside = [part.split("</details>")[0] for part in parts]
        assert all(any(str(escape(text)) in part for part in inside) for text in printed)
        assert len(inside) == sum("jupyter" in cell.metadata for cell in lesson_of(path).cells) > 0


def test_the_exercises_say_where_they_are_answered(pages):
    for path in NOTEBOOKS:
        exercises = sum("exercise" in cell.metadata.get("tags", []) for cell in lesson_of(path).cells)
        text = pages[f"{path.stem}.html"].prose
        assert text.count("it is answered, and checked, in JupyterLab.") == exercises
        assert text.count("Not attempted yet:") == sum(
            "Not attempted yet:" in output.get("data", {}).get("text/html", "")
            for cell in lesson_of(path).cells
            for output in cell.get("outputs", [])
        )


def test_the_search_knows_every_heading_of_every_lesson(site, pages):
    text = (site / "headings.js").read_text(encoding="utf-8")
    rows = json.loads(text.removeprefix("course.headings = ").strip().removesuffix(";"))
    expected = []
    for path in NOTEBOOKS:
        for cell in lesson_of(path).cells:
            if cell.cell_type == "markdown":
                expected += re.findall(
                    r"^#+ (.*)$", re.sub(r"```.*?```", "", cell.source, flags=re.DOTALL), re.MULTILINE
                )
    assert [heading for _, heading, _ in rows] == [re.sub(r"[*`]", "", heading) for heading in expected]
    for address, _, lesson in rows:
        page, _, anchor = address.partition("#")
        assert lesson.startswith(page[:2])
        assert not anchor or anchor in pages[page].ids


def test_what_lessons_share_is_there_once(site):
    states = [lesson_of(path).metadata.get("widgets", {}).get(STATE, {}).get("state", {}) for path in NOTEBOOKS]
    fronts = {kept.state["_esm"] for state in states for kept in state.values() if "_esm" in kept.state}
    assert len(list((site / "explorers").glob("*.js"))) == len(fronts) > 10


def test_links_between_lessons_become_links_between_pages():
    prose = Prose(["07_filters"])
    assert prose.html("[a](07_filters.ipynb#6.-Find-edges)") == '<p><a href="07_filters.html#6.-Find-edges">a</a></p>\n'
    assert prose.html("[a](07_filters.ipynb)") == '<p><a href="07_filters.html">a</a></p>\n'
    assert prose.html("[not there](16_more.ipynb)") == "<p>not there</p>\n"
    assert prose.html("[out](https://doi.org/1)") == '<p><a href="https://doi.org/1">out</a></p>\n'


def test_headings_get_the_anchors_of_jupyterlab_and_each_its_own():
    prose = Prose([])
    assert '<h2 id="6.-Find-edges">' in prose.html("## 6. Find edges")
    assert '<h2 id="What-f(x)-&lt;-`1`-is-2">' in prose.html("## What f(x) < \\`1\\` is").replace('is">', 'is-2">')
    assert '<h2 id="6.-Find-edges-2">' in prose.html("## 6. *Find* edges")
    assert prose.headings[0] == (2, "6. Find edges", "6.-Find-edges")


def test_html_in_prose_and_printed_text_stays_text(lesson):
    notebook = stored(lesson)
    notebook.cells[0].source += "\n\n<script>alert(1)</script> and <b>bold</b>"
    printed = nbformat.v4.new_output("stream", text="</pre><script>alert(2)</script>")
    notebook.cells.append(nbformat.v4.new_code_cell("print('</pre><i>')", outputs=[printed]))
    nbformat.write(notebook, lesson)
    page = build.site(lesson.parent)["00_small.html"].decode()
    assert "<script>alert" not in page
    assert "<b>bold" not in page
    assert "&lt;/pre&gt;&lt;script&gt;alert(2)" in page
    assert "<i>" not in page


def test_a_state_cannot_end_its_script_element():
    assert build.in_script({"text": "</script><!--"}) == '{"text":"\\u003c/script>\\u003c!--"}'


FORMULAS = [
    ("x_{ij}^2", "<msubsup><mi>x</mi><mrow><mi>i</mi><mi>j</mi></mrow><mn>2</mn></msubsup>"),
    (r"\frac{1}{n}", "<mfrac><mrow><mn>1</mn></mrow><mrow><mi>n</mi></mrow></mfrac>"),
    ("a < b", "<mi>a</mi><mo>&lt;</mo><mi>b</mi>"),
    ("f'", '<mrow><mi>f</mi><mo lspace="0" rspace="0">\u2032</mo></mrow>'),
    ("= -1", '<mo>=</mo><mo form="prefix">\u2212</mo><mn>1</mn>'),
    ("x - 1", "<mi>x</mi><mo>\u2212</mo><mn>1</mn>"),
    ("(x) - 1", '<mo stretchy="false">)</mo><mo>\u2212</mo><mn>1</mn>'),
    (r"y \log s", '<mi>y</mi><mspace width="0.167em" /><mi>log</mi><mspace width="0.167em" /><mi>s</mi>'),
    (r"\log(s)", '<mi>log</mi><mo stretchy="false">(</mo>'),
    (r"\Delta w", '<mi mathvariant="normal">\u0394</mi><mi>w</mi>'),
    (
        r"\lfloor a \rfloor",
        '<mo stretchy="false" form="prefix">\u230a</mo><mi>a</mi><mo stretchy="false" form="postfix">\u230b</mo>',
    ),
]


@pytest.mark.parametrize(("latex", "expected"), FORMULAS, ids=[latex for latex, _ in FORMULAS])
def test_a_formula_becomes_mathml(latex, expected):
    found = mathml(latex, "inline")
    assert found.startswith('<math display="inline"><mrow>')
    assert expected in found


def test_a_big_bracket_with_an_exponent_is_stretched_and_the_exponent_stands_high():
    found = mathml(r"\Big( x \Big)^2", "block")
    bracket = 'stretchy="true" symmetric="true" form="postfix">)</mo>'
    assert f'{bracket}<msup><mspace width="0" height="1.623em" /><mn>2</mn></msup>' in found


def test_what_max_runs_over_stands_below_it_in_a_formula_on_its_own_line():
    assert mathml(r"\max_k x", "block").count("munder") == 2
    assert "munder" not in mathml(r"\max_k x", "inline")


@pytest.mark.parametrize("latex", [r"\nosuchcommand{x}", r"\left( x"])
def test_a_formula_that_cannot_be_converted_stops_the_build_in_words(latex, lesson):
    with pytest.raises(NotConverted, match=re.escape(latex)):
        mathml(latex, "inline")
    notebook = stored(lesson)
    notebook.cells[0].source += f"\n\n${latex}$"
    nbformat.write(notebook, lesson)
    with pytest.raises(build.NotBuilt, match=r"00_small\.ipynb: the formula"):
        build.site(lesson.parent)


def test_a_damaged_notebook_stops_the_build_and_leaves_nothing(lesson, tmp_path, monkeypatch, capsys):
    lesson.write_text('{"cells": [')
    monkeypatch.setattr(environment, "ROOT", tmp_path)
    assert site_command.main(str(tmp_path / "out")) == 1
    assert capsys.readouterr().out.startswith("00_small.ipynb cannot be shown: ")
    assert not (tmp_path / "out").exists()


def test_without_lessons_there_is_no_site(tmp_path):
    with pytest.raises(build.NotBuilt, match="There are no lessons in"):
        build.site(tmp_path)


def test_a_site_of_any_lessons_can_be_built(lesson):
    other = copy.deepcopy(stored(lesson))
    other.cells[0].source = "# Another\n\nNo promises, and [a link](00_small.ipynb)."
    nbformat.write(other, lesson.with_name("01_other.ipynb"))
    files = build.site(lesson.parent)
    assert {name for name in files if name.endswith(".html")} == {"index.html", "00_small.html", "01_other.html"}


def test_the_command_line_knows_the_command(monkeypatch):
    calls = []
    monkeypatch.setattr(environment, "prepare", lambda: "python")
    monkeypatch.setattr(environment, "run", lambda command, **options: calls.append((command, options)) or 0)
    options = command_line.parser().parse_args(["site", "out"])
    assert options.start(options) == 0
    assert calls == [
        (["python", "-m", "course_lib.commands.site", str(Path.cwd() / "out")], {"cwd": str(environment.ROOT)})
    ]


def names_in(path):
    return sorted(each.relative_to(path).as_posix() for each in path.rglob("*"))


def test_the_site_is_written_whole_and_an_older_one_is_replaced(tmp_path):
    out = tmp_path / "deep" / "site"
    folder.write(out, {"index.html": b"old", "figures/a.png": b"1"})
    assert names_in(out) == ["figures", "figures/a.png", folder.LIST, "index.html"]
    folder.write(out, {"index.html": b"new"})
    assert names_in(out) == [folder.LIST, "index.html"]
    assert (out / "index.html").read_bytes() == b"new"
    assert names_in(out.parent) == ["site", f"site/{folder.LIST}", "site/index.html"]


def test_an_empty_folder_is_used(tmp_path):
    folder.write(tmp_path / "empty", {"index.html": b""})
    (tmp_path / "empty2").mkdir()
    folder.write(tmp_path / "empty2", {"index.html": b""})
    assert names_in(tmp_path / "empty") == names_in(tmp_path / "empty2")


def test_a_folder_with_anything_else_in_it_is_refused(tmp_path, capsys):
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(
        folder.NotWritten, match=r"is not empty, and this command did not make it\. Name a new or an empty"
    ):
        folder.write(tmp_path, {"index.html": b""})
    with pytest.raises(folder.NotWritten, match="is a file; name a folder for the site"):
        folder.write(tmp_path / "thesis.txt", {"index.html": b""})
    out = tmp_path / "site"
    folder.write(out, {"index.html": b"old"})
    (out / ".git").mkdir()
    (out / ".git" / "HEAD").write_text("main")
    with pytest.raises(folder.NotWritten, match=r"but also \.git/HEAD, which would be lost\. Build the site in a new"):
        folder.write(out, {"index.html": b"new"})
    assert (out / "index.html").read_bytes() == b"old"
    assert site_command.main(str(tmp_path / "thesis.txt")) == 1
    assert "is a file; name a folder for the site." in capsys.readouterr().out


def test_a_build_that_fails_leaves_the_older_site_as_it_was(tmp_path, monkeypatch):
    out = tmp_path / "site"
    folder.write(out, {"index.html": b"old"})
    write = Path.write_bytes

    def full(path, content):
        if path.name == "b.html":
            raise OSError(28, "No space left on device")
        return write(path, content)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(folder.NotWritten, match=r"could not be written to .*: No space left on device"):
        folder.write(out, {"a.html": b"new", "b.html": b"new"})
    assert names_in(tmp_path) == ["site", f"site/{folder.LIST}", "site/index.html"]
    assert (out / "index.html").read_bytes() == b"old"


def test_an_older_site_that_could_not_be_replaced_comes_back(tmp_path, monkeypatch):
    out = tmp_path / "site"
    folder.write(out, {"index.html": b"old"})
    rename = Path.rename

    def busy(path, target):
        if ".new-" in path.name:
            raise PermissionError(13, "Permission denied")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", busy)
    with pytest.raises(folder.NotWritten, match="Permission denied"):
        folder.write(out, {"index.html": b"new"})
    assert names_in(tmp_path) == ["site", f"site/{folder.LIST}", "site/index.html"]
    assert (out / "index.html").read_bytes() == b"old"


def test_every_colour_and_font_that_explorers_take_from_jupyterlab_is_the_sites_own():
    widgets = environment.ROOT / "course_lib" / "widgets"
    used = {
        name
        for path in (*widgets.glob("*.css"), *widgets.glob("*.js"))
        for name in re.findall(r"--jp-[\w-]+", path.read_text(encoding="utf-8"))
    }
    css = (environment.ROOT / "course_lib" / "commands" / "site" / "site.css").read_text(encoding="utf-8")
    assert "--jp-content-link-color" in used
    assert used <= set(re.findall(r"(--jp-[\w-]+):", css))
