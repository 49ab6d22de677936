"""Every lesson as it lies in the repository can be read from its first to its last cell."""

from pathlib import Path

import pytest

LESSONS = sorted(path.stem for path in (Path(__file__).resolve().parents[2] / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_lesson_can_be_read_to_its_end(open_lesson, go_to_cell, lesson):
    """Drawn from its first to its last cell without an error in the console, nor in a cell."""
    page = open_lesson(lesson)
    cells = page.evaluate("() => jupyterapp.shell.currentWidget.content.widgets.map(({ model }) => model.id)")
    for cell in (*cells[::20], cells[-1]):
        go_to_cell(cell)
    page.get_by_role("heading", name="What is next").wait_for()
