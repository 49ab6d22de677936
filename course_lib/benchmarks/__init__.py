"""How fast the library is beside others, measured in turns in one run; `python -m course_lib bench` prints the table.

Only the ratios travel from machine to machine, and even they move by a tenth; no test depends on them.
"""

import json
import platform
from pathlib import Path
from typing import NamedTuple

import numpy as np

from course_lib import backend, timing


class Case(NamedTuple):
    """One comparison: `what` is computed, by `ours` and by others {name: function}; they are called `rounds` times."""

    what: str
    ours: object
    others: dict
    rounds: int = 7


def measure(case, device="cpu"):
    """One row a competitor (one in all where there is none): a dict of `what`, `beside`, seconds and ratios."""
    functions = {"ours": case.ours, **case.others}
    if device == "cuda":
        functions = {name: _waited_for(function) for name, function in functions.items()}
    seconds = timing.interleaved(functions, case.rounds)
    ours = seconds.pop("ours")
    rows = [_row(case.what, name, ours, theirs) for name, theirs in seconds.items()]
    return rows or [_row(case.what, None, ours, None)]


def _waited_for(function):
    """A GPU works behind the program's back: the time is up when it is done."""

    def call():
        function()
        backend.wait()

    return call


def _row(what, beside, ours, theirs):
    row = {"what": what, "beside": beside, "rounds": len(ours)}
    for kind, of in (("best", np.min), ("median", np.median)):
        row[f"ours_{kind}_s"] = float(of(ours))
        if beside is not None:
            row[f"theirs_{kind}_s"] = float(of(theirs))
            row[f"ratio_{kind}"] = row[f"ours_{kind}_s"] / row[f"theirs_{kind}_s"]
    return row


def machine(device="cpu"):
    """What the figures were measured on, by name."""
    names = {"machine": platform.machine(), "system": platform.system(), "python": platform.python_version()}
    names |= {"processor": _processor(), "cores": _cores(), "numpy": np.__version__, "device": device}
    if device == "cuda":
        names["gpu"] = backend.gpu_name()
    for package in ("scipy", "torch", "cupy"):
        if version := _version(package):
            names[package] = version
    return names


def _processor():
    """The processor's own name, where the system tells it."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    return next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.processor())


def _cores():
    import os

    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


def _version(package):
    import importlib.metadata

    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


HEADING = f"{'':47}{'beside':<14}{'ours ms':>9}{'theirs ms':>11}{'ratio':>8}{'of the best':>13}"


def line(row):
    """One row of the table: medians in milliseconds, their ratio, and the ratio of the best times."""
    start = f"{row['what']:<47}{row['beside'] or '-':<14}{1e3 * row['ours_median_s']:9.1f}"
    if row["beside"] is None:
        return start
    return f"{start}{1e3 * row['theirs_median_s']:11.1f}{row['ratio_median']:8.2f}{row['ratio_best']:13.2f}"


def as_json(rows, device="cpu"):
    """The machine and all rows as JSON text."""
    return json.dumps({"machine": machine(device), "rows": rows}, indent=1)
