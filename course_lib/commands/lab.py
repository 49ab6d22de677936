"""Start JupyterLab at lesson 00."""

import os
from pathlib import Path

from course_lib.commands import checks, environment

FIRST_LESSON = "notebooks/00_start_here.ipynb"
PORT = 8888
PORTS_TO_TRY = 50  # where the first is taken
FOLDER = str(Path(__file__).resolve().parent / "jupyterlab")  # overrides.json and custom.css
SETTINGS = {  # of JupyterLab, so that explorers are alive at once and stay so; .binder/ sets them for other servers
    "LabApp": {"app_settings_dir": FOLDER, "custom_css": True, "news_url": None},
    "ServerApp": {"tornado_settings": {"static_custom_path": [FOLDER]}},
    "ContentsManager": {"pre_save_hook": "course_lib.commands.widget_state.keep_explorers"},
}


def start(port, open_browser):
    """Set up the course where needed and run JupyterLab until it is ended; returns the exit code."""
    python = environment.prepare()
    problem = checks.browser() if open_browser else ""
    if problem:
        print(problem)
    print("JupyterLab starts. Leave this window open while you learn; Ctrl-C in it ends JupyterLab.", flush=True)
    try:
        command = server_command(python, environment.ROOT, port, open_browser and not problem)
        code = environment.run(command, cwd=str(environment.ROOT))
    except KeyboardInterrupt:
        code = 0
    problem = checks.kernel(python, environment.ROOT) if code != 0 else ""
    if problem:
        print(problem)
    return code


def server_command(python, root, port, open_browser):
    """The command line of a JupyterLab over the course in `root`, kept to this computer and behind its token."""
    command = [
        *(str(python), "-m", "course_lib.commands.serve", str(root)),
        "-y",  # one Ctrl-C ends it, without a question
        f"--ServerApp.port={port}",
        f"--ServerApp.port_retries={PORTS_TO_TRY}",
        f"--LabApp.default_url=/lab/tree/{FIRST_LESSON}",
        *(f"--{name}.{trait}={value}" for name, traits in SETTINGS.items() for trait, value in traits.items()),
    ]
    if not open_browser:
        command.append("--no-browser")
    if hasattr(os, "getuid") and os.getuid() == 0:
        command.append("--allow-root")
    return command
