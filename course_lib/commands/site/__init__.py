"""The whole course as a folder of web pages: `python3 -m course_lib site OUT`. This file runs on a bare Python."""

from pathlib import Path

from course_lib.commands import environment


def start(out):
    """Set up the course where needed and build the site in the folder `out`; returns the exit code."""
    out = Path(out).expanduser().absolute()
    python = environment.prepare()
    return environment.run([python, "-m", "course_lib.commands.site", str(out)], cwd=str(environment.ROOT))
