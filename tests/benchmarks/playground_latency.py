"""From a key press or a drag to the changed picture, in JupyterLab: pytest -s tests/benchmarks/playground_latency.py

Prints the times; no test depends on them. "drawn" is the moment when the result's canvas holds the new pixels,
"next frame" when the browser has had a chance to show them.
"""

import platform

import numpy as np

WATCH = """() => {
  globalThis.times = [];
  let start = null;
  for (const name of ["keydown", "pointermove"]) {
    addEventListener(name, (event) => { if (name === "keydown" || event.buttons) start = event.timeStamp; }, true);
  }
  const result = document.querySelectorAll(".course-playground canvas")[1];
  const put = CanvasRenderingContext2D.prototype.putImageData;
  CanvasRenderingContext2D.prototype.putImageData = function (...given) {
    put.apply(this, given);
    if (this.canvas !== result || start === null) return;
    const entry = { drawn: performance.now() - start }, from = start;
    start = null;
    requestAnimationFrame(() => setTimeout(() => { entry.frame = performance.now() - from; times.push(entry); }));
  };
}"""


def report(page, what):
    page.wait_for_timeout(300)
    times = page.evaluate("() => times.splice(0)")
    for moment in ("drawn", "frame"):
        values = np.array([entry[moment] for entry in times])
        label = "next frame" if moment == "frame" else moment
        print(f"{what:44}{label:12}median {np.median(values):6.1f} ms   worst {values.max():6.1f} ms   n {len(values)}")


def test_print_the_playgrounds_latency(open_lesson, run_command):
    page = open_lesson("07_filters")
    for _ in range(3):
        run_command("notebook:run-cell-and-select-next")
    page.wait_for_timeout(2000)
    page.evaluate(WATCH)
    print(f"\n{platform.machine()}, Chromium {page.context.browser.version}")
    for picture, grey, size in (
        ("camera", True, "3"),
        ("camera", True, "5"),
        ("astronaut", False, "3"),
        ("astronaut", False, "5"),
    ):
        page.get_by_role("combobox", name="photograph").select_option(picture)
        page.get_by_text(f"{picture}, 512 × 512").wait_for()
        page.get_by_role("combobox", name="preset").select_option("box")
        page.get_by_role("combobox", name="kernel size").select_option(size)
        page.get_by_role("checkbox", name="in grey").set_checked(grey)
        page.evaluate("() => times.splice(0)")
        weight = page.get_by_role("textbox", name="weight in row 1, column 1")
        weight.focus()
        page.wait_for_timeout(300)  # a hand does not press in the millisecond in which it chose the field
        for n in range(60):
            weight.press("ArrowUp" if n % 2 else "ArrowDown")
            page.wait_for_timeout(30)
        report(page, f"key, {picture} {'grey' if grey else 'colour'}, {size} x {size}")
        box = weight.bounding_box()
        page.mouse.move(box["x"] + 10, box["y"] + 10)
        page.mouse.down()
        for n in range(60):
            page.mouse.move(box["x"] + 10, box["y"] + 10 - 4 * (n % 15))
            page.wait_for_timeout(30)
        page.mouse.up()
        report(page, f"drag, {picture} {'grey' if grey else 'colour'}, {size} x {size}")
