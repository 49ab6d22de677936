"""Write the student edition: `python -m course_lib.teaching.handout OUT`, as `course_lib handout` starts it."""

import sys

from course_lib.teaching import edition


def main(out):
    """Write it; returns the exit code."""
    try:
        edition.write_handout(out)
    except (ValueError, OSError) as problem:
        print(problem)
        return 1
    print(f"The student edition is in {out}. It has no solutions and no outputs; give it as it is.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
