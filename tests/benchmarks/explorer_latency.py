"""From an arrow key on each slider of each explorer to the changed page: pytest -s tests/benchmarks/explorer_latency.py

Prints the times; no test depends on them. Each slider is moved as the lesson opens, and again with all sliders at their
ends. Where Python has to answer, this is the page's own part; the playground has a benchmark of its own.
"""

import platform

import numpy as np
import pytest

LESSONS = [
    "01_perceptron", "02_chain_rule", "03_two_layer_network", "04_worked_example", "05_cross_entropy", "06_activations",
    "08_why_convolution", "09_output_size", "10_pooling", "11_transposed_convolution",
    "13_alexnet", "14_from_loops_to_gpu",
]  # fmt: skip
WATCH = """() => {
  globalThis.times = [];
  let start = null;
  addEventListener("keydown", (event) => { start = event.timeStamp; }, true);
  const seen = () => { if (start !== null) times.push(performance.now() - start); start = null; };
  new MutationObserver(seen).observe(document.querySelector(".course-explorer"),
    { childList: true, characterData: true, attributes: true, subtree: true });
}"""


@pytest.mark.parametrize("lesson", LESSONS)
def test_print_the_latency_of_each_slider(open_lesson, run_command, lesson):
    page = open_lesson(lesson, part="beginning")
    for _ in range(3):
        run_command("notebook:run-cell-and-select-next")
    page.wait_for_timeout(2000)
    print(f"\n{lesson}, {platform.machine()}, Chromium {page.context.browser.version}")
    explorer = page.locator(".course-explorer").first
    page.evaluate(WATCH)
    sliders = [slider for slider in explorer.get_by_role("slider").all() if slider.is_visible()]
    for where in ("as opened", "at the ends"):
        for slider in sliders:
            name = slider.get_attribute("aria-label")
            slider.focus()
            page.wait_for_timeout(300)
            page.evaluate("() => times.splice(0)")
            for n in range(40):
                slider.press("ArrowLeft" if n % 2 else "ArrowRight")
                page.wait_for_timeout(40)
            times = np.array(page.evaluate("() => times.splice(0)"))
            assert len(times) >= 30, f"{name} changed the page at {len(times)} of 40 keys only"
            print(
                f"{name:34}{where:12}median {np.median(times):6.1f} ms   worst {times.max():6.1f} ms   n {len(times)}"
            )
        for slider in sliders:
            slider.press("End")
