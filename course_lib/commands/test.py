"""Run every test of the course and sum up: unit tests, notebooks, browser tests."""

import ast
import tempfile
import xml.etree.ElementTree as ElementTree
from collections import Counter
from pathlib import Path

from course_lib.commands import environment

ON_ALL_CORES = ["-n", "logical", "--dist", "loadfile"]
PARTS = {
    "unit tests": ["tests", "course_lib", "--ignore=tests/browser", *ON_ALL_CORES],
    "notebooks": ["--nbval", "notebooks", *ON_ALL_CORES],
    "browser tests": ["tests/browser", *ON_ALL_CORES, "--no-loadscope-reorder"],  # few long tests must not come last
}
NOTHING_COLLECTED = 5  # pytest's exit code; also where every file was skipped as a whole


def start(update):
    """Set up the course where needed, run the tests or update the notebooks; returns the exit code."""
    if update:
        python = environment.prepare()
        return environment.run([python, "-m", "course_lib.commands.update"], cwd=str(environment.ROOT))
    python = environment.prepare(for_tests=True)
    results = {name: run_part(python, environment.ROOT, name, arguments) for name, arguments in PARTS.items()}
    print(summary(results))
    return 1 if any(result["failed"] for result in results.values()) else 0


def run_part(python, root, name, arguments):
    """Run pytest once; returns what read_report() does."""
    print(f"\n=== {name} ===", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        code = environment.run([python, "-m", "pytest", *arguments, f"--junitxml={report}"], cwd=str(root))
        return read_report(report, code)


def read_report(report, code):
    """Count a JUnit report: {"passed": int, "failed": [what failed], "skipped": Counter of reasons}."""
    result = {"passed": 0, "failed": [], "skipped": Counter()}
    cases = ElementTree.parse(report).iter("testcase") if report.exists() else []
    for case in cases:
        if case.find("failure") is not None or case.find("error") is not None:
            result["failed"].append(f"{case.get('classname')} {case.get('name')}".strip())
        elif case.find("skipped") is not None:
            result["skipped"][_reason(case.find("skipped"))] += 1
        else:
            result["passed"] += 1
    if code == NOTHING_COLLECTED and not result["skipped"]:
        result["failed"].append("no test was found")
    elif code not in (0, NOTHING_COLLECTED) and not result["failed"]:
        result["failed"].append(f"pytest stopped with exit code {code}")
    return result


def _reason(skipped):
    """Why a test was skipped; for a file skipped as a whole pytest writes (path, line, reason)."""
    message = skipped.get("message", "")
    return ast.literal_eval(skipped.text)[2] if message == "collection skipped" else message


def summary(results):
    """What failed, what was skipped and why, a line for each part, and the totals alone on the last line."""
    lines = ["", "=== summary ==="]
    for name, result in results.items():
        lines += [f"failed in {name}: {what}" for what in result["failed"]]
        lines += [f"skipped in {name}: {count} x {reason}" for reason, count in sorted(result["skipped"].items())]
    lines += [f"{name:<15}{_counts([result])}" for name, result in results.items()]
    return "\n".join([*lines, _counts(results.values())])


def _counts(results):
    passed = sum(result["passed"] for result in results)
    failed = sum(len(result["failed"]) for result in results)
    skipped = sum(sum(result["skipped"].values()) for result in results)
    return f"{passed} passed, {failed} failed, {skipped} skipped"
