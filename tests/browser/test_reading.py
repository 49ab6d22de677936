"""Every lesson as it lies in the repository can be read from its first to its last cell."""

from pathlib import Path

import pytest
from hand import contrast, words_on_their_ground

LESSONS = sorted(path.stem for path in (Path(__file__).resolve().parents[2] / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_lesson_can_be_read_to_its_end(open_lesson, go_to_cell, run_command, lesson):
    """Drawn from its first to its last cell, its explorers in both themes, without an error in console or cell."""
    page = open_lesson(lesson)
    for theme, is_light in (("Light", "true"), ("Dark", "false")):
        run_command("apputils:change-theme", {"theme": f"JupyterLab {theme}"})
        page.wait_for_function("(is) => document.body.dataset.jpThemeLight === is", arg=is_light)
        found = words_on_their_ground(page)
        assert found
        assert [words for words, colour, ground in found if contrast(colour, ground) < 4.5] == []
    go_to_cell(page.evaluate("() => jupyterapp.shell.currentWidget.content.widgets.at(-1).model.id"))
    page.get_by_role("heading", name="What is next").wait_for()
