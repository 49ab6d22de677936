"""The site's files become a folder: whole or not at all, and never over anything that is not the site's own."""

import os
import shutil
from pathlib import Path

LIST = "files-of-this-site.txt"  # what the command wrote, a line each: by it the next build knows its own folder


class NotWritten(Exception):
    """Why the site was not written, in words: what is in the way and what to do about it."""


def write(out, files):
    """Write {"path/in/the/site": bytes} as the folder `out`, in place of an older site there.

    All is written beside it first; then the folders change places. Until then the older site stays as it was.
    """
    out = Path(out).resolve()
    check(out)
    new, old = (out.with_name(f"{out.name}.{word}-{os.getpid()}") for word in ("new", "old"))
    try:
        for name, content in {**files, LIST: "\n".join(sorted(files)).encode() + b"\n"}.items():
            path = new / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        if out.exists():
            out.rename(old)
        new.rename(out)
    except OSError as error:
        if old.exists() and not out.exists():
            old.rename(out)
        raise NotWritten(f"The site could not be written to {out}: {error.strerror or error}.") from None
    finally:
        shutil.rmtree(new, ignore_errors=True)
    shutil.rmtree(old, ignore_errors=True)


def check(out):
    """Raise NotWritten where something is in the way."""
    problem = _in_the_way(Path(out).resolve())
    if problem:
        raise NotWritten(problem)


def _in_the_way(out):
    """Why `out` must stay as it is; "" where it is free: not there, empty, or a site and nothing else."""
    if not out.exists():
        return ""
    if not out.is_dir():
        return f"{out} is a file; name a folder for the site."
    there = {path.relative_to(out).as_posix() for path in out.rglob("*") if not path.is_dir() or path.is_symlink()}
    if not there:
        return ""
    if LIST not in there:
        return f"{out} is not empty, and this command did not make it. Name a new or an empty folder for the site."
    others = sorted(there - {LIST, *(out / LIST).read_text(encoding="utf-8").splitlines()})
    if not others:
        return ""
    return (
        f"{out} holds a site of this command, but also {others[0]}, which would be lost. "
        "Build the site in a new folder and copy it over."
    )
