"""A real JupyterLab over a copy of the lessons, and a real Chromium to look at it."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from course_lib.commands import chromium, lab

ROOT = Path(__file__).resolve().parents[1]
FAILED = pytest.StashKey()  # whether a test has failed so far
OF_JUPYTERLAB = (  # what it says at times of itself on a busy machine
    "Could not restore the debugger state",  # a kernel ended while it was asked
    "Failed to execute 'removeChild' on 'Node'",  # in parts of its own: the explorers never call removeChild
)
TESTS_PER_PAGE = 12  # then a new one: a page grows with every lesson that it opens, and gets slow
QUIET = (
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


@pytest.fixture(scope="session")
def browser():
    """A headless Chromium. Where there is none, the tests are skipped, or fail if COURSE_REQUIRE_BROWSER is set."""
    executable = chromium.find_chromium()
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        executable, missing = (
            None,
            'the package playwright is missing; install it with: python -m pip install -e ".[dev]"',
        )
    else:
        missing = "no Chromium or Chrome was found; install one, or name it in the environment variable COURSE_CHROMIUM"
    if executable is None and os.environ.get("COURSE_REQUIRE_BROWSER"):
        pytest.fail(missing)
    if executable is None:
        pytest.skip(missing)
    as_root = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=[*QUIET, *as_root])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def course(tmp_path_factory):
    """A copy of the notebooks in a folder whose name has a space and an accent, as a learner's folder may."""
    folder = tmp_path_factory.mktemp("browser") / "mon cours d'été"
    shutil.copytree(ROOT / "notebooks", folder / "notebooks", ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    return folder


@pytest.fixture(scope="session")
def server(course):
    """The address of a JupyterLab started as `python3 -m course_lib lab` starts it, ended after the tests."""
    home = course.parent / "home"
    home.mkdir()
    environment = {**os.environ, "HOME": str(home), "COURSE_PROGRESS": str(home / "progress.json")}
    for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        environment.pop(name, None)
    command = [*lab.server_command(sys.executable, course, 8950, False), "--LabApp.expose_app_in_browser=True"]
    log = home / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=course, env=environment, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        yield _address(process, log)
    finally:
        _end(process)


def _address(process, log):
    for _ in range(240):
        found = re.search(r"(http://localhost:\d+)/\S*\?token=(\w+)", log.read_text(errors="replace"))
        if found:
            return found.groups()
        if process.poll() is not None:
            break
        time.sleep(0.25)
    pytest.fail(f"JupyterLab did not start:\n{log.read_text(errors='replace')}")


def _end(process):
    if os.name == "nt":
        process.terminate()
    else:
        os.killpg(process.pid, signal.SIGTERM)
    process.wait(timeout=30)


@pytest.fixture
def console_errors():
    """What the page wrote into its console as errors, and what it raised."""
    return []


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    item.stash[FAILED] = item.stash.get(FAILED, False) or report.failed
    return report


@pytest.fixture(scope="session")
def tab(browser):
    """The page of the tests: JupyterLab takes seconds to load, so it is kept for a while as long as they pass."""
    kept = {}
    yield kept
    if kept:
        kept["page"].context.close()


@pytest.fixture
def page(browser, tab, request, console_errors):
    """A page in a window of 1400 x 1000. No test passes with an error in the page's console."""
    if not tab:
        tab.update(page=browser.new_context(viewport={"width": 1400, "height": 1000}).new_page(), tests=0)
    page = tab["page"]
    tab["tests"] += 1
    page.set_viewport_size({"width": 1400, "height": 1000})

    def on_console(message):
        if message.type == "error":
            note(message.text)

    def on_error(error):
        note(error.stack or str(error))

    def note(text):
        if not any(own in text for own in OF_JUPYTERLAB):
            console_errors.append(text)

    page.on("console", on_console)
    page.on("pageerror", on_error)
    yield page
    page.remove_listener("console", on_console)
    page.remove_listener("pageerror", on_error)
    if console_errors or request.node.stash.get(FAILED, True) or tab["tests"] >= TESTS_PER_PAGE:
        tab.clear()
        page.context.close()
    assert console_errors == []


CLOSE_ALL = """async () => {
  for (const panel of [...jupyterapp.shell.widgets("main")]) {
    const context = panel.context;
    if (!context) { panel.close(); continue; }
    const gone = new Promise((done) => context.disposed.connect(done));
    await context.sessionContext.shutdown();
    context.model.dirty = false;
    panel.close();
    await gone;
  }
}"""


@pytest.fixture
def open_lesson(page, server, course, console_errors):
    """open_lesson("07_filters") opens the lesson as it lies in the repository, no cell run, and returns the page."""
    address, token = server

    def open_lesson(name):
        for _ in range(3):
            if page.evaluate("() => !globalThis.jupyterapp"):
                page.goto(f"{address}/lab?token={token}&reset")
                page.wait_for_function("() => globalThis.jupyterapp", timeout=60_000)
                page.evaluate("() => jupyterapp.restored")
            page.evaluate(CLOSE_ALL)
            page.evaluate('() => jupyterapp.commands.execute("apputils:change-theme", { theme: "JupyterLab Light" })')
            page.evaluate("() => jupyterapp.shell.expandLeft()")  # as after loading
            shutil.copy(ROOT / "notebooks" / f"{name}.ipynb", course / "notebooks")
            start_kernel(f"notebooks/{name}.ipynb")
            opening = '(path) => { jupyterapp.commands.execute("docmanager:open", { path }) }'
            page.evaluate(opening, f"notebooks/{name}.ipynb")
            page.wait_for_selector(".jp-NotebookPanel .jp-Cell", timeout=60_000)
            session = "globalThis.jupyterapp?.shell.currentWidget?.context?.sessionContext"
            page.wait_for_function(f"{session}?.kernelDisplayStatus === 'idle'", timeout=60_000)
            if stored_explorers_are_alive():
                return page
        pytest.fail("JupyterLab did not restore the stored explorers in three openings")

    def start_kernel(path):
        """Where the page starts it and connects too early, JupyterLab may look for widgets that it has not read yet."""
        kernel = {"path": path, "name": Path(path).name, "type": "notebook", "kernel": {"name": "python3"}}
        _ask(f"{address}/api/sessions", token, "POST", kernel)

    def stored_explorers_are_alive():
        """On a busy machine JupyterLab at times looks for a stored widget before it has read it: open it once more."""
        failed = page.get_by_text("Error displaying widget: model not found").first
        alive = page.locator(".course-explorer").first
        alive.or_(failed).first.wait_for(timeout=60_000)
        if alive.is_visible():
            return True
        console_errors[:] = [text for text in console_errors if "widget model not found" not in text]
        return False

    yield open_lesson
    seen = list(console_errors)
    if page.evaluate("() => Boolean(globalThis.jupyterapp)"):
        page.evaluate(CLOSE_ALL)
        page.wait_for_timeout(200)
    console_errors[:] = seen  # what JupyterLab says while a kernel is taken from under it is no learner's concern
    for session in _ask(f"{address}/api/sessions", token):
        _ask(f"{address}/api/sessions/{session['id']}", token, "DELETE")


def _ask(url, token, method="GET", body=None):
    """The server's answer to a request, from JSON; None where it is empty."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, method=method, headers={"Authorization": f"token {token}"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.loads(answer.read() or "null")


@pytest.fixture
def run_command(page):
    """run_command("docmanager:save") runs a command of JupyterLab and waits until it is done, two minutes at most."""
    script = """([name, options]) => Promise.race([jupyterapp.commands.execute(name, options).then(() => "done"),
      new Promise((done) => setTimeout(() => done("not done after two minutes"), 120_000))])"""

    def run_command(name, options=None):
        assert page.evaluate(script, [name, options or {}]) == "done"

    return run_command


@pytest.fixture
def go_to_cell(page):
    """go_to_cell("playground") selects the cell with that id and brings it into view."""
    script = """async (id) => {
      const notebook = jupyterapp.shell.currentWidget.content;
      notebook.activeCellIndex = notebook.widgets.findIndex((cell) => cell.model.id === id);
      await notebook.scrollToItem(notebook.activeCellIndex);
    }"""

    def go_to_cell(id):
        page.evaluate(script, id)

    return go_to_cell
