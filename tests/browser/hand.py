"""What the browser tests share: a hand at the keyboard, an eye for contrast, the front ends' pure functions."""

import base64
import contextlib
import io
import json
import re

import numpy as np
from PIL import Image

from course_lib.widgets import base

LOAD = """async (source) => {
  globalThis.f = await import(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
}"""

RUN = """async ([script, argument]) => {
  const isOwn = (value) => typeof value === "number" && (!Number.isFinite(value) || Object.is(value, -0));
  const written = (value) => (Object.is(value, -0) ? "-0" : String(value));  // JSON has no such numbers
  const found = await (0, eval)(script)(JSON.parse(argument));
  return JSON.stringify(found, (_, value) => (isOwn(value) ? { number: written(value) } : value));
}"""

ASK = """async (code) => {
  const kernel = jupyterapp.shell.currentWidget.context.sessionContext.session.kernel;
  const future = kernel.requestExecute({ code, store_history: false });
  let text = "";
  future.onIOPub = ({ content }) => { text += content.text ?? content.evalue ?? ""; };
  await future.done;
  return text;
}"""


WORDS = """() => {
  const behind = (node) => {
    const colour = getComputedStyle(node).backgroundColor;
    return /, 0\\)$/.test(colour) ? behind(node.parentElement) : colour;  // see-through
  };
  return [...jupyterapp.shell.currentWidget.node.querySelectorAll(".course-explorer *")]
    .filter((node) => node instanceof HTMLElement && node.checkVisibility() && node.getBoundingClientRect().width > 3)
    .filter(({ childNodes, value }) => value || [...childNodes].some((n) => n instanceof Text && n.data.trim()))
    .map((node) => [node.textContent || node.value, getComputedStyle(node).color, behind(node)]);
}"""


@contextlib.contextmanager
def pure_functions(browser, file):
    """run(script, argument), whose scripts see what the module in course_lib/widgets exports as `f`."""
    page = browser.new_page()
    page.evaluate(LOAD, (base.HERE / file).read_text(encoding="utf-8"))

    def run(script, argument=None):
        """What the script returns; as one text each way, which is twenty times as quick as number by number."""
        found = page.evaluate(RUN, [script, json.dumps(argument)])
        return None if found is None else json.loads(found, object_hook=_number)

    yield run
    page.close()


def _number(found):
    return float(found["number"]) if found.keys() == {"number"} else found


def pixels_of(canvas):
    """The colours of a canvas, as uint8 (H, W, 3)."""
    png = canvas.evaluate("(canvas) => canvas.toDataURL()").partition(",")[2]
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(png))).convert("RGB"))


def playground_pixels(page, place):
    """The kernel playground's canvas: place 0 is the picture, 1 the result."""
    return pixels_of(page.locator(".course-playground canvas").nth(place))


def bring_to_life(page, run_command):
    """Run the first three cells, the title, the imports and the explorer; wait until the new one is there."""
    page.locator(".course-explorer").evaluate_all("(all) => all.forEach((old) => { old.dataset.stored = true; })")
    for _ in range(3):
        run_command("notebook:run-cell-and-select-next")
    page.locator(".course-explorer:not([data-stored])").first.wait_for(timeout=60_000)


def ask(page, code):
    """What a cell with this code would print, run now, whatever else is going on."""
    return page.evaluate(ASK, code)


def wait_for_answer(page, code, answer):
    """Until a cell with this code prints the answer: the page sends what was done once Python has time for it."""
    for _ in range(200):
        if (said := ask(page, code).strip()) == answer:
            return
        page.wait_for_timeout(100)
    assert said == answer


def has_focus(locator):
    return locator.evaluate("(node) => node === node.getRootNode().activeElement")


def choose(place, label, option):
    """By keyboard: type the option's name into the focused list, on a page or in a part of it."""
    control = place.get_by_role("combobox", name=label, exact=True)
    control.focus()
    for pause in (0, 1100, 1100):  # letters within a second are one word; a busy machine may miss some
        if control.evaluate("(select) => select.value") != option:
            control.page.wait_for_timeout(pause)
            control.page.keyboard.type(option, delay=5)
    assert control.evaluate("(select) => select.value") == option


def shown_code(explorer):
    """The code panel's two texts, course_lib's and PyTorch's, after opening it by keyboard."""
    explorer.locator("summary", has_text="Show code").press("Enter")
    texts = []
    for name in ("course_lib", "PyTorch"):
        block = explorer.get_by_label(f"{name} code")
        block.filter(has_text=re.compile(r"\S")).wait_for()  # written when the panel says that it has opened
        texts.append(block.inner_text())
    return texts


def contrast(*colours):
    """The contrast ratio of two CSS colours, as WCAG defines it."""
    lights = sorted(luminance(*[float(part) for part in re.findall(r"[\d.]+", colour)]) for colour in colours)
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def words_on_their_ground(page):
    """[(words, their colour, the colour behind them)] of all HTML in the explorers of the lesson that is open."""
    return page.evaluate(WORDS)


def luminance(red, green, blue, opacity=1.0):
    """What lets light through is taken on white or black, whichever it is nearer."""
    values = np.array([red, green, blue])
    shares = values / 255 * opacity + (1 - opacity) * (values.mean() > 127)
    linear = np.where(shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]
