"""How soon a page of the site has its first explorer: pytest -s tests/benchmarks/site_latency.py

Prints the times; no test depends on them. From the request for the page to the explorer drawn, on this machine.
"""

import platform
import time

import numpy as np
import serving

from course_lib.commands import environment
from course_lib.commands.site import build, folder

PAGES = ("01_perceptron", "07_filters", "12_training_a_cnn", "13_alexnet")


def test_print_the_time_to_the_first_explorer(browser, tmp_path):
    start = time.perf_counter()
    folder.write(tmp_path / "site", build.site(environment.ROOT / "notebooks"))
    print(f"\nbuilt in {time.perf_counter() - start:.1f} s")
    with serving.web_pages(tmp_path / "site") as address:
        for name in PAGES:
            times = [seconds_to_explorer(browser, f"{address}/{name}.html") for _ in range(5)]
            print(f"{name:20}median {np.median(times):5.2f} s   worst {max(times):5.2f} s   n {len(times)}")
    print(f"{platform.machine()}, Chromium {browser.version}")


def seconds_to_explorer(browser, address):
    """In a new window, with nothing kept from before."""
    with browser.new_context() as context:
        page, start = context.new_page(), time.perf_counter()
        page.goto(address, wait_until="commit")
        page.locator(".alive .course-explorer").first.wait_for()
        return time.perf_counter() - start
