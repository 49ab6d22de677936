"""From the notebooks as they are stored to the site's files. Nothing is run."""

import base64
import hashlib
import json
import re
from dataclasses import dataclass, field
from pathlib import Path

import jinja2
import nbformat
from markupsafe import Markup
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from course_lib.commands import widget_state
from course_lib.commands.site import colours
from course_lib.commands.site.markdown import Prose
from course_lib.commands.site.mathematics import NotConverted

HERE = Path(__file__).resolve().parent
ON_THE_START_PAGE = "07_filters"  # the lesson whose explorer can be tried there
NOT_STATE = ("layout", "tabbable", "tooltip")  # Jupyter's own, like all names that begin with "_"
PROMISE = re.compile(r"^- \*\*(You will|It takes)\*\* (.*)$", re.MULTILINE)
FIGURE = re.compile(r"<figure: (.*)>", re.DOTALL)


class NotBuilt(Exception):
    """Why there is no site, in words."""


@dataclass
class Lesson:
    """A notebook and what its page shows."""

    name: str  # 07_filters
    notebook: nbformat.NotebookNode
    prose: Prose
    cells: list = field(default_factory=list)
    models: dict = field(default_factory=dict)  # model id: its stored state, as JSON
    styles: list = field(default_factory=list)  # of the explorers

    @property
    def number(self):
        """Its two digits."""
        return self.name[:2]

    @property
    def page(self):
        """Its file."""
        return f"{self.name}.html"

    @property
    def title(self):
        """Its first heading."""
        return next(text for level, text, _anchor in self.prose.headings if level == 1)

    @property
    def sections(self):
        """Its contents: (text, anchor)."""
        return [(text, anchor) for level, text, anchor in self.prose.headings if level == 2]

    @property
    def promises(self):
        """{"You will": HTML, "It takes": HTML}, from its first cell."""
        first = PROMISE.findall(self.notebook.cells[0].source)
        return {
            name: Markup(Prose([]).html(text).strip().removeprefix("<p>").removesuffix("</p>")) for name, text in first
        }

    @property
    def explorer(self):
        """Its first explorer's output; None where it has none."""
        outputs = [output for cell in self.cells for output in cell.get("outputs", [])]
        return next((output for output in outputs if "model" in output), None)


def site(notebooks):
    """Every file of the site, {"path/in/the/site": bytes}, from a folder of notebooks."""
    paths = sorted(Path(notebooks).glob("[0-9][0-9]_*.ipynb"))
    if not paths:
        raise NotBuilt(f"There are no lessons in {notebooks}.")
    names = [path.stem for path in paths]
    files = {name: (HERE / name).read_bytes() for name in ("site.js", "site.css")}
    files["site.css"] += colours.style_sheet().encode()
    lessons = []
    for path in paths:
        try:
            lessons.append(read(path, names, files))
        except NotConverted as error:
            raise NotBuilt(f"{path.name}: {error}") from error
        except Exception as error:  # whatever a damaged notebook leads to
            raise NotBuilt(f"{path.name} cannot be shown: {error!r}") from error
    templates = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE), autoescape=True, trim_blocks=True, lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )  # fmt: skip
    for place, lesson in enumerate(lessons):
        neighbours = {"before": lessons[place - 1] if place else None, "after": dict(enumerate(lessons)).get(place + 1)}
        page = templates.get_template("lesson.html").render(lessons=lessons, lesson=lesson, **neighbours)
        files[lesson.page] = page.encode()
    shown = next((lesson for lesson in lessons if lesson.name == ON_THE_START_PAGE), lessons[0])
    files["index.html"] = templates.get_template("start.html").render(lessons=lessons, shown=shown).encode()
    files["headings.js"] = search_index(lessons)
    return files


def read(path, names, files):
    """The lesson of that notebook; its figures and explorers are added to `files`."""
    lesson = Lesson(path.stem, nbformat.read(path, as_version=4), Prose(names))
    stored = widget_state.states(lesson.notebook)
    for cell in lesson.notebook.cells:
        shown = {"id": cell.id, "tags": cell.metadata.get("tags", [])}
        if cell.cell_type == "markdown":
            lesson.cells.append({**shown, "prose": Markup(lesson.prose.html(cell.source))})
        elif cell.cell_type == "code" and cell.source:
            outputs = [shown_output(output, lesson, stored, files) for output in cell.outputs]
            folded = cell.metadata.get("jupyter", {}).get("outputs_hidden", False)
            lesson.cells.append({**shown, "code": coloured(cell.source), "outputs": outputs, "folded": folded})
    return lesson


def coloured(source):
    """Python code as HTML."""
    return Markup(highlight(source, PythonLexer(), HtmlFormatter(nowrap=True)))


def shown_output(output, lesson, stored, files):
    """What the page shows of an output: {"text"}, {"html"}, {"figure"} or what explorer() says."""
    if output.output_type == "stream":
        return {"text": output.text}
    if output.output_type == "error":
        return {"text": "\n".join([output.ename, output.evalue])}
    kinds = output.data
    if widget_state.VIEW in kinds:
        return explorer(kinds, lesson, stored, files)
    if "text/html" in kinds:
        return {"html": Markup(kinds["text/html"])}
    if "image/png" in kinds:
        described = FIGURE.fullmatch(kinds.get("text/plain", ""))
        return {"figure": picture(kinds["image/png"], described[1] if described else "A figure", files)}
    return {"text": kinds.get("text/plain", "")}


def explorer(kinds, lesson, stored, files):
    """An explorer: its stored state goes into the page, its front end and its still picture into files."""
    model = kinds[widget_state.VIEW]["model_id"]
    state = stored[model]["state"]
    name = re.match(r"\w+", kinds["text/plain"])[0]
    name = re.sub("(?<=[a-z])(?=[A-Z])", " ", name).capitalize()
    still = picture(kinds["image/png"], f"{name}: a still picture of this explorer", files)
    module = digest(state["_esm"].encode())
    files[f"explorers/{module}.js"] = f'course.sources["{module}"] = {json.dumps(state["_esm"])};\n'.encode()
    style = added(files, "explorers", state["_css"].encode(), ".css")
    if style not in lesson.styles:
        lesson.styles.append(style)
    own = {key: value for key, value in state.items() if key[0] != "_" and key not in NOT_STATE}
    lesson.models[model] = in_script({"state": own, "buffers": stored[model].get("buffers", [])})
    return {"model": model, "module": module, "still": still}


def picture(data, alt, files):
    """A stored PNG as a file: what its <img> says of it."""
    content = base64.b64decode(data)
    width, height = (int.from_bytes(content[start : start + 4], "big") for start in (16, 20))
    return {"src": added(files, "figures", content, ".png"), "alt": alt, "width": width, "height": height}


def added(files, folder, content, ending):
    """Add a file whose name is made from its content, so that what lessons share is there once; returns its path."""
    path = f"{folder}/{digest(content)}{ending}"
    files[path] = content
    return path


def digest(content):
    """A name for these bytes."""
    return hashlib.sha256(content).hexdigest()[:16]


def in_script(value):
    """JSON that may stand inside a <script> element."""
    return Markup(json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c"))


def search_index(lessons):
    """headings.js: for each heading its page and anchor, its text and its lesson's title."""
    rows = [
        (f"{lesson.page}#{anchor}" if level > 1 else lesson.page, text, f"{lesson.number} {lesson.title}")
        for lesson in lessons
        for level, text, anchor in lesson.prose.headings
    ]
    return f"course.headings = {json.dumps(rows, ensure_ascii=False)};\n".encode()
