"""From a key press to the changed numbers, in JupyterLab: pytest -s tests/benchmarks/backprop_latency.py

Prints the times; no test depends on them. A step needs no Python; a typed number needs a new table from it.
"""

import platform

import numpy as np

WATCH = """() => {
  globalThis.times = [];
  let start = null;
  const step = document.querySelector(".course-backprop .course-step-panel");
  let before = step.textContent;
  addEventListener("keydown", (event) => { start = event.timeStamp; }, true);
  new MutationObserver(() => {
    if (step.textContent === before) return;
    before = step.textContent;
    if (start !== null) times.push(performance.now() - start);
    start = null;
  }).observe(step, { childList: true, characterData: true, subtree: true });
}"""


def report(page, what):
    page.wait_for_timeout(300)
    times = np.array(page.evaluate("() => times.splice(0)"))
    print(f"{what:40}median {np.median(times):6.1f} ms   worst {times.max():6.1f} ms   n {len(times)}")


def test_print_the_players_latency(open_lesson, run_command):
    page = open_lesson("04_worked_example")
    for _ in range(3):
        run_command("notebook:run-cell-and-select-next")
    page.wait_for_timeout(2000)
    page.evaluate(WATCH)
    print(f"\n{platform.machine()}, Chromium {page.context.browser.version}")
    page.locator(".course-network").focus()
    for n in range(60):
        page.keyboard.press("ArrowRight" if n % 40 < 30 else "ArrowLeft")
        page.wait_for_timeout(40)
    report(page, "a step, without Python")
    page.get_by_role("button", name="last step").click()
    page.evaluate("() => times.splice(0)")
    field = page.get_by_role("textbox", name="input x1")
    for n in range(40):
        field.evaluate("(input) => { input.focus(); input.selectionStart = input.value.length; }")
        page.keyboard.press("Backspace" if n % 2 else "5")
        page.wait_for_timeout(200)
    report(page, "a typed digit, answered by Python")
