"""Every lesson as it lies in the repository can be read from its first to its last cell."""

from pathlib import Path

import pytest

LESSONS = sorted(path.stem for path in (Path(__file__).resolve().parents[2] / "notebooks").glob("*.ipynb"))
SHOW = """(n) => {
  const notebook = jupyterapp.shell.currentWidget.content, cell = notebook.widgets.at(n);
  const { top, bottom } = cell.node.getBoundingClientRect(), window = notebook.node.getBoundingClientRect();
  if (cell.isAttached && top < window.bottom && bottom > window.top) return true;
  notebook.scrollToItem(notebook.widgets.indexOf(cell));
  return false;
}"""


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_lesson_can_be_read_to_its_end(open_lesson, lesson):
    """Drawn from its first to its last cell without an error in the console, nor in a cell."""
    page = open_lesson(lesson)
    cells = page.evaluate("() => jupyterapp.shell.currentWidget.content.widgets.length")
    for n in (*range(0, cells, 12), -1):
        page.wait_for_function(SHOW, arg=n, polling=200)  # what is drawn above it may move it out of sight again
    page.get_by_role("heading", name="What is next").wait_for()
