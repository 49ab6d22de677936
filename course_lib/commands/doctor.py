"""Say in plain words what the course lacks on this computer, and what to do about it."""

import tempfile
from pathlib import Path

from course_lib.commands import checks, environment


def start():
    """Check this computer for `lab` and `test`; returns 0 if nothing is missing, else 1."""
    root = environment.ROOT
    findings = {"Python": checks.python_version(), "Folder": checks.folder(root)}
    if environment.is_installed(root, "course"):
        findings["Packages"] = checks.kernel(environment.python_of(root), root)
    else:
        findings.update(_before_installation(root))
    findings["Web browser"] = checks.browser()
    return _tell(findings, {"Chromium for the browser tests": checks.chromium()})


def check_notebook():
    """Say whether the notebook that calls this has all it needs: lines without versions or paths."""
    findings = {"Python": checks.python_version()}
    findings.update({name: checks.package(module) for module, name in checks.PACKAGES.items()})
    if not any(findings.values()):
        findings["Pictures"] = checks.pictures()
    _tell(findings)


def _before_installation(root):
    """What installing the packages takes: virtual environments, and the network."""
    python = environment.python_of(root)
    problem = checks.pip(python) if environment.is_active() else checks.virtual_environment()
    findings = {"Virtual environment": problem}
    if not problem:
        findings["Network"] = _network(python)
    findings["Packages"] = f"They are not installed yet.\n  What to do: run {checks.COMMAND} lab, which installs them."
    return findings


def _network(python):
    """Ask the environment's pip; where there is none yet, that of an environment made for the purpose."""
    if not checks.pip(python):
        return checks.network(python)
    with tempfile.TemporaryDirectory() as folder:
        trial = Path(folder) / "trial"
        environment.create(trial)
        return checks.network(str(trial / Path(python).relative_to(Path(python).parents[1])))


def _tell(findings, remarks=None):
    """Print a line for each finding, and the sum; remarks are told and not counted. Returns the exit code."""
    for name, problem in [*findings.items(), *(remarks or {}).items()]:
        print(f"{name}: {problem or 'ok'}")
    missing = sum(1 for problem in findings.values() if problem)
    if missing:
        print("1 thing is missing." if missing == 1 else f"{missing} things are missing.")
    else:
        print("Everything the course needs is here.")
    return 1 if missing else 0
