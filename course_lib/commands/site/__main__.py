"""Build the site: `python -m course_lib.commands.site OUT`, in the course's environment."""

import sys
import time
from pathlib import Path

from course_lib.commands import environment
from course_lib.commands.site import build, folder


def main(out):
    """Build the site in the folder `out` and say what came of it; returns the exit code."""
    started = time.perf_counter()
    out = Path(out)
    try:
        folder.check(out)
        files = build.site(environment.ROOT / "notebooks")
        folder.write(out, files)
    except (build.NotBuilt, folder.NotWritten) as problem:
        print(problem)
        return 1
    megabytes = sum(map(len, files.values())) / 1e6
    seconds = time.perf_counter() - started
    print(f"{len(files)} files, {megabytes:.1f} MB, in {seconds:.1f} s. Open {out / 'index.html'}")
    print("Any static web host can serve the folder as it is; nothing in it asks for anything outside it.")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
