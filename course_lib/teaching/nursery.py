"""Where hand-ins run: a process that has imported the course once, and a copy of it, locked, for each hand-in.

This is the side that is not trusted. It runs beside a course without solutions (edition.py), is told over a socket what
to do, and answers with plain data; a verdict is never made here. A message is a line of JSON:

    {"do": "run", "source": ..., "label": "cell 7", "forget": ["centre"]}    {} or {"problem": ...}
    {"do": "take", "name": "centre"}                                         {"value": ...} or {"missing": true}
    {"do": "call", "function": 0, "arguments": ...}                          {"value": ..., "arguments": ...}, a problem

A problem is {"error": "ZeroDivisionError: division by zero", "line": "cell 7, line 2: return 1 / 0"} or, where the time
was up, {"late": true}. Started as `python -m course_lib.teaching.nursery SOCKET`, with the socket's number.
"""

import builtins
import contextlib
import gc
import importlib
import inspect
import json
import linecache
import os
import pkgutil
import select
import signal
import socket
import sys
import traceback
from pathlib import Path

from course_lib.exercises import plain
from course_lib.teaching import lock
from course_lib.teaching.names import as_python

LONGEST_TEXT = 300
SECONDS_BETWEEN_LOOKS = 0.02


def main(control):
    """Start a process for each request on the control socket, one after the other, until it closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the grading, whose end is told by the socket
    _warm_up()
    _tell(control, {"ready": True})
    while True:
        message, handles, _, _ = socket.recv_fds(control, 65536, 1)
        if not message:
            return
        child = os.fork()
        if child == 0:
            control.close()
            _be_a_hand_in(socket.socket(fileno=handles[0]), json.loads(message))
        os.close(handles[0])
        _tell(control, {"started": child})
        status = _status_at_its_end(child, control)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child, signal.SIGKILL)  # what it may have started, where no lock kept it from that
        with contextlib.suppress(ConnectionError):  # the grading may be over
            _tell(control, {"ended": os.waitstatus_to_exitcode(status)})


def _status_at_its_end(child, control):
    """Wait for the child's end; where the grading ends before it, which closes the control socket, end the child."""
    ended, status = os.waitpid(child, os.WNOHANG)
    while not ended:
        if select.select([control], [], [], SECONDS_BETWEEN_LOOKS)[0]:  # meanwhile nothing is said but the end
            os.kill(child, signal.SIGKILL)
            return os.waitpid(child, 0)[1]
        ended, status = os.waitpid(child, os.WNOHANG)
    return status


def _warm_up():
    """Import what lessons import, so that no hand-in has to."""
    import course_lib

    for package in (course_lib, *(importlib.import_module(f"course_lib.{name}") for name in ("exercises", "plots"))):
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            if not module.name.startswith(("course_lib.commands", "course_lib.teaching", "course_lib.__main__")):
                with contextlib.suppress(ImportError):  # what needs a package that is not here
                    importlib.import_module(module.name)
    gc.freeze()  # what is there now is no garbage: a copy of this process need not look, nor copy it by looking


def _be_a_hand_in(channel, request):
    """Lock this process, run what the channel says, and end."""
    try:
        os.setsid()
        os.chdir(request["folder"])
        holding = lock.close(request["folder"], _readable(), request["memory"], request["total"])
        _tell(channel, {"locks": holding})
        hand_in = HandIn(request["seconds"])
        for line in channel.makefile("r", encoding="ascii"):
            _tell(channel, hand_in.answer(json.loads(line)))
    finally:
        os._exit(0)


def _readable():
    """What Python itself needs to read, and this copy of the course: folders and files."""
    course = Path(__file__).resolve().parents[2]
    packages = [place for place in sys.path if "site-packages" in place]
    return [str(course), sys.prefix, sys.base_prefix, *packages, "/usr", "/lib", "/lib64", "/etc", "/dev/urandom"]


def _tell(channel, message):
    channel.sendall((json.dumps(message) + "\n").encode("ascii"))


class TimeIsUp(BaseException):
    """Raised by the alarm, in the middle of the hand-in's code."""


class HandIn:
    """The names that a hand-in's cells have made, and its functions that the other side may call."""

    def __init__(self, seconds):
        self.seconds = seconds
        self.space = {"__name__": "__main__", "__builtins__": builtins, "display": lambda *_, **__: None}
        self.functions = []
        signal.signal(signal.SIGPROF, _alarm)

    def answer(self, message):
        """Do what one message says."""
        return {"run": self._run, "take": self._take, "call": self._call}[message["do"]](message)

    def _run(self, message):
        for name in message["forget"]:
            self.space.pop(name, None)
        return self._guarded(lambda: self._execute(message["source"], message["label"]))

    def _execute(self, source, label):
        source = as_python(source)
        code = compile(source, label, "exec")
        linecache.cache[label] = (len(source), None, source.splitlines(keepends=True), label)
        exec(code, self.space)
        return {}

    def _take(self, message):
        if message["name"] not in self.space:
            return {"missing": True}
        return self._guarded(lambda: {"value": plain.to_plain(self.space[message["name"]], self._described)})

    def _call(self, message):
        function, arguments = self.functions[message["function"]], plain.from_plain(message["arguments"])

        def call():
            value = function(*arguments)
            return {"value": plain.to_plain(value), "arguments": plain.to_plain(arguments)}

        return self._guarded(call)

    def _described(self, function):
        """A function's plain form: its number, its parameters if they can be told, and whether a ... is left in it."""
        from course_lib.exercises.engine import has_placeholder

        self.functions.append(function)
        described = {"number": len(self.functions) - 1, "placeholder": has_placeholder(function), "parameters": None}
        with contextlib.suppress(TypeError, ValueError):
            parameters = inspect.signature(function).parameters.values()
            described["parameters"] = [[p.name, int(p.kind), p.default is not p.empty] for p in parameters]
        return described

    def _guarded(self, action):
        """What the action returns, or the problem that came up; it may compute for so many seconds.

        Seconds of computing, not by the clock: a busy computer must not make a slow student.
        """
        signal.setitimer(signal.ITIMER_PROF, self.seconds)
        try:
            return action()
        except TimeIsUp:
            return {"problem": {"late": True}}
        except BaseException as error:  # also SystemExit
            return {"problem": {"error": _headline(error), "line": _line(error)}}
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)


def _alarm(*_):
    raise TimeIsUp


def _headline(error):
    lines = traceback.format_exception_only(error)
    return lines[-1 if isinstance(error, SyntaxError) else 0].strip()[:LONGEST_TEXT]


def _line(error):
    """The last line of the hand-in's own on the way to the error, such as "cell 7, line 2: return 1 / 0"."""
    if isinstance(error, SyntaxError) and str(error.filename).startswith("cell "):
        return f"{error.filename}, line {error.lineno}: {(error.text or '').strip()}"[:LONGEST_TEXT]
    own = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename.startswith("cell ")]
    return f"{own[-1].filename}, line {own[-1].lineno}: {own[-1].line}"[:LONGEST_TEXT] if own else ""


if __name__ == "__main__":
    main(socket.socket(fileno=int(sys.argv[1])))
