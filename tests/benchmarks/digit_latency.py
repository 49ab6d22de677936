"""Drawing and live training in JupyterLab, in milliseconds: pytest -s tests/benchmarks/digit_latency.py

Prints the times; no test depends on them. From a movement of the pen to the new scores on the page; steps of training a
second; from pressing stop to its word on the page; a cell's answer while it trains.
"""

import platform

import numpy as np

SET_SOURCE = "(text) => jupyterapp.shell.currentWidget.content.widgets[2].model.sharedModel.setSource(text)"
WATCH_SCORES = """() => {
  const sheet = document.querySelector(".course-drawing canvas");
  const scores = document.querySelector(".course-scores tbody");
  let before = scores.textContent, start = null;
  globalThis.drawn = [];
  globalThis.scored = [];
  sheet.addEventListener("pointermove", (event) => { start = event.timeStamp; }, true);
  sheet.addEventListener("pointermove", (event) => drawn.push(performance.now() - event.timeStamp));
  new MutationObserver(() => {
    if (scores.textContent === before) return;
    before = scores.textContent;
    if (start !== null) scored.push(performance.now() - start);
    start = null;
  }).observe(scores, { childList: true, characterData: true, subtree: true });
}"""
STOP = """() => new Promise((done) => {
  const where = document.querySelector(".course-where"), start = performance.now();
  new MutationObserver(() => { if (where.textContent.startsWith("Stopped")) done(performance.now() - start); })
    .observe(where, { childList: true, characterData: true, subtree: true });
  document.querySelector(".course-toggle").click();
})"""
ASK = """async () => {
  const kernel = jupyterapp.shell.currentWidget.context.sessionContext.session.kernel, start = performance.now();
  await kernel.requestExecute({ code: "6 * 7", store_history: false }).done;
  return performance.now() - start;
}"""


def report(what, times):
    print(f"{what:40}median {np.median(times):6.1f} ms   worst {max(times):6.1f} ms   n {len(times)}")


def run_three(page, run_command, source):
    page.evaluate(SET_SOURCE, source)
    for _ in range(3):
        run_command("notebook:run-cell-and-select-next")
    page.wait_for_timeout(3000)
    print(f"\n{platform.machine()}, Chromium {page.context.browser.version}")


def test_print_the_latency_of_drawing(open_lesson, run_command):
    page = open_lesson("12_training_a_cnn", part="beginning")
    run_three(page, run_command, "widgets.draw_a_digit()")
    page.evaluate(WATCH_SCORES)
    box = page.locator(".course-drawing canvas").first.bounding_box()
    page.mouse.move(box["x"] + 80, box["y"] + 60)
    page.mouse.down()
    for n in range(80):
        page.mouse.move(box["x"] + 80 + 2 * n, box["y"] + 60 + 60 * (n // 20))
        page.wait_for_timeout(100)
    page.mouse.up()
    page.wait_for_timeout(500)
    report("a movement of the pen, drawn", page.evaluate("drawn"))
    report("a movement of the pen, new scores", page.evaluate("scored"))


def test_print_the_latency_of_live_training(open_lesson, run_command):
    page = open_lesson("12_training_a_cnn", part="beginning")
    run_three(page, run_command, "widgets.live_trainer()")
    cells, stops = [], []
    for _ in range(5):
        page.locator(".course-toggle").click()
        page.wait_for_timeout(2500)
        for _ in range(4):
            cells.append(page.evaluate(ASK))
            page.wait_for_timeout(150)
        stops.append(page.evaluate(STOP))
        page.wait_for_timeout(2500)
    report("a cell while it trains", cells)
    report("stop", stops)
    print(page.locator(".course-where").inner_text(), "in about 17 s")
