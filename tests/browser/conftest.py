"""The explorer that a lesson begins with, as it is stored and as it runs; a test file names both: LESSON and DRAWN."""

import pytest
from hand import ask, bring_to_life


@pytest.fixture
def stored(open_lesson, request):
    """The beginning of the file's LESSON as it lies in the repository, no cell run, once DRAWN is there."""
    page = open_lesson(request.module.LESSON, part="beginning")
    page.locator(request.module.DRAWN).first.wait_for(state="attached", timeout=60_000)
    return page


@pytest.fixture
def live(open_lesson, run_command, request):
    """The beginning of the file's LESSON with its first three cells run: the title, the imports, the explorer."""
    page = open_lesson(request.module.LESSON, part="beginning", again=True)
    bring_to_life(page, run_command)
    page.locator(request.module.DRAWN).first.wait_for(state="attached", timeout=60_000)
    ask(page, "")  # what the explorer has told Python so far is heard
    return page
