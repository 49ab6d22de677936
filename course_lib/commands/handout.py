"""Make the student edition. course_lib/teaching does the work."""

from course_lib.commands import environment


def start(out):
    """Set up the course where needed and write the edition into the folder; returns the exit code."""
    return environment.run([environment.prepare(), "-m", "course_lib.teaching.handout", out])
