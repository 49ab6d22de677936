"""A real JupyterLab over a copy of the lessons, and a real Chromium to look at it."""

import json
import os
import shutil
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
import serving

from course_lib.commands import chromium, lab

ROOT = Path(__file__).resolve().parents[1]
FAILED = pytest.StashKey()  # whether a test has failed so far
OF_JUPYTERLAB = (  # what it says at times of itself on a busy machine
    "Could not restore the debugger state",  # a kernel ended while it was asked
    "Canceled future for create_subshell_request",  # likewise
    "Failed to execute 'removeChild' on 'Node'",  # in parts of its own: the explorers never call removeChild
)
OPENINGS_PER_PAGE = 24  # then a new one: a page grows with every lesson that it opens, and gets slow
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
    """A folder whose name has a space and an accent, as a learner's folder may, for what open_lesson() opens."""
    folder = tmp_path_factory.mktemp("browser") / "mon cours d'été"
    (folder / "notebooks").mkdir(parents=True)
    for path in (ROOT / "notebooks").glob("[0-9]*.ipynb"):
        _copy(path, folder)
    return folder


def _copy(path, course):
    """The lesson, and its first and last cells alone as NN_beginning and NN_end: an explorer opens faster in these."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    shutil.copy(path, course / "notebooks")
    for part, cells in (("beginning", notebook["cells"][:5]), ("end", notebook["cells"][-5:])):
        shortened = course / "notebooks" / f"{path.stem[:2]}_{part}.ipynb"
        shortened.write_text(json.dumps({**notebook, "cells": cells}), encoding="utf-8")


@pytest.fixture(scope="session")
def server(course):
    """The address of a JupyterLab started as `python3 -m course_lib lab` starts it, ended after the tests."""
    home = course.parent / "home"
    home.mkdir()
    environment = {**os.environ, "HOME": str(home), "COURSE_PROGRESS": str(home / "progress.json")}
    for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        environment.pop(name, None)
    command = lab.server_command(sys.executable, course, serving.free_port(), False)
    command += ["--LabApp.expose_app_in_browser=True"]
    log = home / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=course, env=environment, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        yield serving.address_of(process, log)[:2]
    finally:
        _end(process)


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
        tab.update(page=browser.new_context(viewport={"width": 1400, "height": 1000}).new_page(), openings=0)
    page = tab["page"]
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
    if console_errors or request.node.stash.get(FAILED, True) or tab["openings"] >= OPENINGS_PER_PAGE:
        tab.clear()
        page.context.close()
    assert console_errors == []


CLOSE_ALL = """async ([cleaning, kept]) => {
  let isClean = true;
  const late = new Promise((done) => setTimeout(() => done(false), 5_000));
  const panels = [...jupyterapp.shell.widgets("main")], documents = panels.filter((panel) => panel.context);
  const isKept = documents.length === 1 && documents[0].context.path === kept;
  for (const panel of panels) if (!panel.context) panel.close();
  for (const panel of documents) {
    const context = panel.context;
    const kernel = context.sessionContext.session?.kernel;
    const cleaned = kernel?.requestExecute({ code: cleaning, store_history: false }).done.then(() => true);
    isClean = Boolean(await Promise.race([cleaned, late])) && isClean;
    if (isKept && isClean) { panel.content.activeCellIndex = 0; continue; }
    const gone = new Promise((done) => context.disposed.connect(done));
    context.model.dirty = false;
    panel.close();
    await gone;
  }
  return { isClean, isOpen: isKept && isClean };
}"""
CLEANING = """
import sys
if "ipywidgets" in sys.modules:
    sys.modules["ipywidgets"].Widget.close_all()
get_ipython().run_line_magic("reset", "-f")
"""

EVERY_CELL_IS_DRAWN = """() => new Promise((done) => {
  const end = Date.now() + 20_000;
  (function look() {
    const isDrawn = jupyterapp.shell.currentWidget.content.widgets.every((cell) => !cell.isPlaceholder());
    if (isDrawn || Date.now() > end) done(isDrawn); else setTimeout(look, 100);
  })();
})"""


@pytest.fixture(scope="session")
def kept_session():
    """The id of a session whose kernel the next test may use: starting one takes a second, importing another."""
    return []


@pytest.fixture
def open_lesson(page, tab, server, course, console_errors, kept_session):
    """open_lesson("07_filters") opens the lesson as it lies in the repository, no cell run, and returns the page.

    With part="beginning" only its first five cells, the explorer that it begins with among them, with "end" only its
    last five.
    With again=True it may still be open from the test before, for a test that runs its cells from the first on.
    Its kernel has no names in it, but is not always a new one.
    """
    address, token = server
    sessions = f"{address}/api/sessions"

    def open_lesson(name, part=None, again=False):
        path = f"notebooks/{f'{name[:2]}_{part}' if part else name}.ipynb"
        _copy(ROOT / "notebooks" / f"{name}.ipynb", course)
        for _ in range(3):
            load_jupyterlab()
            if close(still_open=path if again else None):
                return page
            tab["openings"] += 1
            give_kernel(path)
            page.evaluate('(path) => { jupyterapp.commands.execute("docmanager:open", { path }) }', path)
            page.wait_for_selector(".jp-NotebookPanel .jp-Cell", timeout=60_000)
            session = "globalThis.jupyterapp?.shell.currentWidget?.context?.sessionContext"
            page.wait_for_function(f"{session}?.kernelDisplayStatus === 'idle'", timeout=60_000)
            if stored_explorers_are_alive() and every_cell_is_drawn():
                return page
            page.goto("about:blank")
        pytest.fail("JupyterLab did not restore the stored explorers, or not draw every cell, in three openings")

    def load_jupyterlab():
        """Where it is not there yet; and as it looks after loading."""
        if page.evaluate("() => !globalThis.jupyterapp"):
            page.goto(f"{address}/lab?token={token}&reset")
            page.wait_for_function("() => globalThis.jupyterapp", timeout=60_000)
            page.evaluate("() => jupyterapp.restored")
        page.evaluate('() => jupyterapp.commands.execute("apputils:change-theme", { theme: "JupyterLab Light" })')
        page.evaluate("() => jupyterapp.shell.expandLeft()")

    def close(still_open):
        """Close all but the notebook that may be still open; returns whether it is, with a kernel like a new one."""
        seen, found = list(console_errors), {"isClean": False, "isOpen": False}
        if page.evaluate("() => Boolean(globalThis.jupyterapp)"):
            found = page.evaluate(CLOSE_ALL, [CLEANING, still_open])
        console_errors[:] = seen  # what JupyterLab says while all is closed under it is no learner's concern
        running = [session["id"] for session in _ask(sessions, token)]
        kept_session[:] = [id for id in kept_session if found["isClean"] and id in running]
        for id in running:
            if id not in kept_session:
                _ask(f"{sessions}/{id}", token, "DELETE")
        return found["isOpen"]

    def give_kernel(path):
        """Where the page starts it and connects too early, JupyterLab may look for widgets that it has not read yet."""
        session = {"path": path, "name": Path(path).name, "type": "notebook"}
        if kept_session:
            _ask(f"{sessions}/{kept_session[0]}", token, "PATCH", session)
        else:
            kept_session.append(_ask(sessions, token, "POST", {**session, "kernel": {"name": "python3"}})["id"])

    def stored_explorers_are_alive():
        """On a busy machine JupyterLab at times looks for a stored widget before it has read it: open it once more."""
        failed = page.get_by_text("Error displaying widget: model not found")
        alive = page.locator(".course-explorer")
        alive.or_(failed).first.wait_for(timeout=60_000)
        console_errors[:] = [text for text in console_errors if "widget model not found" not in text]
        return not failed.count()  # a lesson may have several

    def every_cell_is_drawn():
        """JupyterLab draws cells when the page is idle, and at times stops halfway: load it anew, open it once more."""
        return page.evaluate(EVERY_CELL_IS_DRAWN)

    return open_lesson


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
    """go_to_cell("playground") selects the cell with that id and scrolls until it is seen.

    What is drawn above it moves it away again, and what scrollToItem() promises may come late or never.
    """
    script = """(id) => {
      const notebook = jupyterapp.shell.currentWidget.content;
      const cell = notebook.widgets.find(({ model }) => model.id === id);
      notebook.activeCellIndex = notebook.widgets.indexOf(cell);
      const { top, bottom } = cell.node.getBoundingClientRect(), window = notebook.node.getBoundingClientRect();
      if (cell.node.isConnected && top < window.bottom && bottom > window.top) return true;
      notebook.scrollToItem(notebook.activeCellIndex);
      return false;
    }"""

    def go_to_cell(id):
        page.wait_for_function(script, arg=id, polling=200, timeout=60_000)

    return go_to_cell
