"""The course's commands: `python3 -m course_lib lab`, `test` and `doctor`. Runs on a bare Python."""

import argparse
import sys

from course_lib.commands import bench, checks, doctor, environment, grade, handout, lab, ledger, site, test


def parser():
    """The command line: one sub-command each, with what it runs as `start`."""
    main_parser = argparse.ArgumentParser(prog="python3 -m course_lib", description='"From one perceptron to AlexNet"')
    commands = main_parser.add_subparsers(metavar="COMMAND", required=True)

    command = commands.add_parser("lab", help="open the course in JupyterLab")
    command.add_argument("--no-browser", action="store_true", help="only print the address to open")
    command.add_argument("--port", type=_port, default=lab.PORT, help="the first port to try (%(default)s)")
    command.set_defaults(start=lambda options: lab.start(options.port, not options.no_browser))

    if (environment.ROOT / "tests").is_dir():  # the teacher's course; a handout has none
        command = commands.add_parser("test", help="run every test and every notebook")
        command.add_argument("--update", action="store_true", help="run the notebooks and store their outputs instead")
        command.set_defaults(start=lambda options: test.start(options.update))
        command = commands.add_parser("handout", help="make the student edition, without solutions")
        command.add_argument("out", help="a folder that is new or empty")
        command.set_defaults(start=lambda options: handout.start(options.out))
        command = commands.add_parser("grade", help="grade what students handed in", parents=[grade.parser()])
        command.set_defaults(start=lambda options: grade.start(sys.argv[2:]))

    command = commands.add_parser("bench", help="measure the library beside the bare matrix product, SciPy and PyTorch")
    bench.add_options(command)
    command.set_defaults(start=bench.start)

    command = commands.add_parser("doctor", help="say what is missing on this computer, and what to do about it")
    command.set_defaults(start=lambda options: doctor.start())

    command = commands.add_parser("site", help="build the course as a folder of web pages, for any static host")
    command.add_argument("out", help="a folder that is new, empty, or an older site of this command")
    command.set_defaults(start=lambda options: site.start(options.out))

    command = commands.add_parser("ledger", help="print every number of the sources, recomputed, with its verdict")
    ledger.add_options(command)
    command.set_defaults(start=ledger.start)
    return main_parser


def _port(text):
    number = int(text) if text.isdecimal() else 0
    if not 1 <= number <= 65535:
        raise argparse.ArgumentTypeError(f"a port is a whole number from 1 to 65535, not {text}")
    return number


def main():
    """Run the command; returns the exit code."""
    problem = checks.python_version()
    if problem:
        print(problem)
        return 1
    sys.stdout.reconfigure(errors="replace")  # a path that the terminal cannot show must not stop anyone
    options = parser().parse_args()
    try:
        return options.start(options)
    except environment.NotReady as not_ready:
        print(not_ready)
        return 1
    except KeyboardInterrupt:
        print("\nStopped.")
        return 130


if __name__ == "__main__":
    sys.exit(main())
