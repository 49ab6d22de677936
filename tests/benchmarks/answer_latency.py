"""From a choice or a typed letter to what Python answers, drawn: pytest -s tests/benchmarks/answer_latency.py

Prints the times; no test depends on them. A choice is made in the page, and the time is taken there when the drawing
shows what only Python could know.
"""

import platform

import numpy as np

ANSWERED = """([selector, value, shows]) => new Promise((done, failed) => {
  setTimeout(() => failed(new Error("no answer within 10 s")), 10_000);
  const explorer = document.querySelector(".course-explorer"), control = explorer.querySelector(selector);
  const is = new Function("explorer", `return ${shows}`), before = is(explorer), start = performance.now();
  const watch = new MutationObserver(() => {
    if (is(explorer) === before) return;
    watch.disconnect();
    done(performance.now() - start);
  });
  watch.observe(explorer, { childList: true, characterData: true, attributes: true, subtree: true });
  control.value = value;
  for (const kind of ["input", "change"]) control.dispatchEvent(new Event(kind, { bubbles: true }));
})"""
CURVE = 'explorer.querySelector(".course-chart").innerHTML'
CASES = [  # what, lesson, the control, its values in turn, what in the explorer changes with the answer
    ("a typed expression", "02_chain_rule", ".course-expression",
     [f"sigmoid(w1*x1 + w2*x2 + b)*{n}" for n in range(1001, 1031)], 'explorer.querySelector("svg").textContent'),
    ("another start on XOR", "03_two_layer_network", '[aria-label="seed of the random start"]',
     [str(n % 30) for n in range(1, 31)], CURVE),
    ("another number of hidden units", "03_two_layer_network", '[aria-label="hidden units"]',
     [str(n % 8 + 1) for n in range(2, 32)], CURVE),
]  # fmt: skip


def test_print_the_latency_of_answers(open_lesson, run_command):
    for what, lesson, control, values, shows in CASES:
        page = open_lesson(lesson, part="beginning")
        for _ in range(3):
            run_command("notebook:run-cell-and-select-next")
        page.wait_for_timeout(2000)
        times = []
        for value in values:
            times.append(page.evaluate(ANSWERED, [control, value, shows]))
            page.wait_for_timeout(250)
        print(f"\n{what:34}median {np.median(times):6.1f} ms   worst {max(times):6.1f} ms   n {len(times)}", end="")
    print(f"\n{platform.machine()}, Chromium {page.context.browser.version}")
