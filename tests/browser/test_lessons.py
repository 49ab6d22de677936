"""Lessons as a learner meets them: opened, run from top to bottom, answered right, wrong and not at all."""

import json

import nbformat


def run_all(page, run_command):
    """Clear what is stored, run every cell in a new kernel, save."""
    run_command("notebook:clear-all-cell-outputs")
    page.evaluate("() => jupyterapp.shell.currentWidget.context.sessionContext.restartKernel()")
    run_command("notebook:run-all-cells")
    run_command("docmanager:save")


def test_a_lesson_runs_from_top_to_bottom(open_lesson, run_command, course):
    """As a learner would run it; nbval runs the cells of every lesson."""
    page = open_lesson("00_start_here")
    run_all(page, run_command)
    notebook = nbformat.read(course / "notebooks" / "00_start_here.ipynb", as_version=4)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    outputs = [output for cell in cells for output in cell.outputs]
    assert [output for output in outputs if output.output_type == "error"] == []
    checks = [cell for cell in cells if "check" in cell.metadata.get("tags", [])]
    assert len(checks) >= 3
    for cell in checks:
        assert cell.outputs[0].data["text/plain"].startswith("Not attempted yet")


def test_no_news_pop_up_appears(open_lesson):
    page = open_lesson("00_start_here")
    page.wait_for_timeout(3000)
    assert page.get_by_text("notified about official Jupyter news").count() == 0


def test_the_first_slider_reaches_python_and_back(open_lesson, run_command, go_to_cell):
    page = open_lesson("00_start_here")
    go_to_cell("slider")
    run_command("notebook:run-cell")
    slider = page.get_by_role("slider", name="number")
    slider.focus()
    slider.press("ArrowRight")
    page.get_by_text("Python says: 4 squared is 16.").wait_for()
    slider.press("End")
    page.get_by_text("Python says: 10 squared is 100.").wait_for()
    page.get_by_role("button", name="Reset").click()
    page.get_by_text("Python says: 3 squared is 9.").wait_for()


def test_the_first_slider_says_so_when_python_does_not_answer(open_lesson):
    page = open_lesson("00_start_here")
    slider = page.get_by_role("slider", name="number")
    slider.focus()
    slider.press("ArrowRight")
    page.get_by_text("Python has not answered. Run this cell first.").wait_for(timeout=10_000)


REOPEN = """async () => {
  const { context } = jupyterapp.shell.currentWidget, { path } = context;
  const gone = new Promise((done) => context.disposed.connect(done));
  await context.sessionContext.shutdown();
  await jupyterapp.commands.execute("docmanager:save");
  jupyterapp.shell.currentWidget.close();
  await gone;
  jupyterapp.commands.execute("docmanager:open", { path, kernel: { shouldStart: false } });
}"""


def test_an_explorer_lives_on_when_its_lesson_is_opened_again(open_lesson, run_command, go_to_cell):
    page = open_lesson("00_start_here")
    go_to_cell("slider")
    run_command("notebook:run-cell")
    slider = page.get_by_role("slider", name="number")
    slider.press("ArrowRight")
    page.get_by_text("Python says: 4 squared is 16.").wait_for()
    run_command("docmanager:save")
    for moved, words in ((None, "Python says: 4 squared is 16."), ("End", "but Python has not answered")):
        page.evaluate(REOPEN)  # the second time it is saved by a JupyterLab whose Python knows nothing of it
        page.get_by_text("Python says: 4 squared is 16.").wait_for(timeout=30_000)
        if moved:
            slider.press(moved)
        page.get_by_text(words).wait_for(timeout=10_000)


ANSWERS = [
    ("hole-exercise", "mean_around_the_hole = 80", "Right."),
    ("hole-exercise", "mean_around_the_hole = 720", "720 is the sum"),
    ("hole-exercise", "mean_around_the_hole = 1 / 0", "ZeroDivisionError"),
    ("shift-exercise", "my_choice = 'b'", "the picture moves the other way"),
]


def test_the_output_below_a_question_is_hidden_until_its_cell_is_run(open_lesson, run_command, go_to_cell):
    page = open_lesson("00_start_here")
    go_to_cell("bug-code")
    cell = page.locator(".jp-Cell.jp-mod-active")
    cell.locator(".jp-OutputPlaceholder").wait_for()
    printed = cell.get_by_text("[0, 1, 2]")
    assert not any(shown.is_visible() for shown in printed.all()), "JupyterLab writes the first line beside the dots"
    run_command("notebook:run-cell")
    printed.filter(visible=True).wait_for()
    assert cell.locator(".jp-OutputPlaceholder").count() == 0


def test_answers_typed_into_their_cells_are_checked(open_lesson, run_command, go_to_cell):
    page = open_lesson("07_filters")
    go_to_cell("setup")
    run_command("notebook:run-cell")
    for cell, answer, expected in ANSWERS:
        go_to_cell(cell)
        run_command("notebook:enter-edit-mode")
        page.keyboard.press("ControlOrMeta+a")
        page.keyboard.insert_text(answer)
        page.keyboard.press("Shift+Enter")
        page.keyboard.press("Shift+Enter")
        page.locator(".jp-OutputArea-output", has_text=expected).first.wait_for(timeout=20_000)


def test_progress_of_one_lesson_is_shown_in_another(open_lesson, run_command, go_to_cell, course):
    (course.parent / "home" / "progress.json").write_text(json.dumps({"07.hole": {"attempts": 2, "right": True}}))
    page = open_lesson("00_start_here")
    run_all(page, run_command)
    go_to_cell("progress")
    page.get_by_text("07_filters: 1 of 6 done").first.wait_for()
