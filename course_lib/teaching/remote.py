"""The trusted side of the channel to a hand-in's process: what comes back is plain data, or the process is given up."""

import atexit
import contextlib
import inspect
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from course_lib.exercises import plain
from course_lib.teaching import edition

LONGEST_MESSAGE = 4 * 2**20
BY_THE_CLOCK = 3  # a second of computing may take so many on a busy computer; a cell that sleeps is ended after them
STEPS = 10  # a hand-in as a whole gets the time of so many slow cells
SECONDS_TO_START = 120
SECONDS_TO_SEND = 10  # a process may stop reading
PARAMETER_KINDS = (  # by the numbers that they have
    inspect.Parameter.POSITIONAL_ONLY,
    inspect.Parameter.POSITIONAL_OR_KEYWORD,
    inspect.Parameter.VAR_POSITIONAL,
    inspect.Parameter.KEYWORD_ONLY,
    inspect.Parameter.VAR_KEYWORD,
)
ONE_THREAD = {name: "1" for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS")}


@dataclass(frozen=True)
class Limits:
    """`seconds` of computing for each cell and each call of a function, `memory` in megabytes."""

    seconds: float = 10
    memory: int = 1024

    @property
    def total(self):
        """Seconds for a hand-in as a whole, of computing and by the clock."""
        return STEPS * self.seconds


class Gone(BaseException):
    """The hand-in's process has ended or is given up. No Exception, since the exercise engine catches those."""

    def __init__(self, why, late=False):
        super().__init__(why)
        self.why, self.late = why, late


class Channel:
    """Lines of JSON over a socket, each with a deadline and a greatest length."""

    def __init__(self, connection):
        connection.settimeout(SECONDS_TO_SEND)
        self.connection, self.rest = connection, b""

    def send(self, message):
        """Send a message; a reader that is gone, or reads no more, shows at the next receive."""
        with contextlib.suppress(OSError):
            self.connection.sendall((json.dumps(message) + "\n").encode("ascii"))

    def receive(self, seconds):
        """The next message, a dict."""
        deadline = time.monotonic() + seconds
        while b"\n" not in self.rest:
            ready, _, _ = select.select([self.connection], [], [], max(0, deadline - time.monotonic()))
            if not ready:
                raise Gone("the time was up", late=True)
            try:
                piece = self.connection.recv(2**16)
            except OSError:
                piece = b""
            if not piece:
                raise Gone("its process ended")
            self.rest += piece
            if len(self.rest) > LONGEST_MESSAGE:
                raise Gone("its answer is too large")
        line, _, self.rest = self.rest.partition(b"\n")
        try:
            message = json.loads(line)
        except (ValueError, RecursionError):
            message = None
        if not isinstance(message, dict):
            raise Gone("it answered with something odd")
        return message


class Nursery:
    """The other process, and one hand-in's process after the other."""

    def __init__(self):
        ours, theirs = socket.socketpair()
        self.errors = tempfile.TemporaryFile()  # noqa: SIM115  (close() closes it)
        folder = _course_without_solutions()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "course_lib.teaching.nursery", str(theirs.fileno())],
            cwd=folder,
            env=_environment(folder),
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=self.errors,
        )
        theirs.close()
        self.control = Channel(ours)
        try:
            self.control.receive(SECONDS_TO_START)
        except Gone as gone:
            self.errors.seek(0)
            reason = self.errors.read().decode("utf-8", "replace")
            raise RuntimeError(f"the process that runs hand-ins did not start: {gone.why}\n{reason}") from None

    def is_alive(self):
        """Whether it can start another hand-in."""
        return self.process.poll() is None

    @contextlib.contextmanager
    def hand_in(self, folder, limits, deadline):
        """A Conversation with a fresh process in that folder, which is killed at the end, whatever happened."""
        ours, theirs = socket.socketpair()
        request = {"folder": str(folder), "memory": limits.memory, "seconds": limits.seconds, "total": limits.total}
        with ours:
            with theirs:
                socket.send_fds(self.control.connection, [json.dumps(request).encode("ascii")], [theirs.fileno()])
            child = self.control.receive(SECONDS_TO_START)["started"]
            try:
                yield Conversation(Channel(ours), limits.seconds, deadline)
            finally:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(child, signal.SIGKILL)
                self._wait_for_the_end()

    def _wait_for_the_end(self):
        try:
            self.control.receive(SECONDS_TO_START)
        except Gone:  # a hand-in that no lock held back has killed it
            self.close()

    def stop(self):
        """Let it end, and the hand-in that it may have under way; for any thread."""
        with contextlib.suppress(OSError):  # it is closed already
            self.control.connection.shutdown(socket.SHUT_RDWR)

    def close(self):
        """End it."""
        self.stop()
        self.control.connection.close()
        try:
            self.process.wait(SECONDS_TO_SEND)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.errors.close()


class Conversation:
    """What a hand-in's process is asked for, step by step."""

    def __init__(self, channel, seconds, deadline):
        self.channel, self.seconds, self.deadline = channel, seconds, deadline
        self.locks = channel.receive(SECONDS_TO_START).get("locks", [])

    def run(self, source, label, forget=()):
        """Run a cell; returns a Problem or None."""
        return problem_in(self._ask({"do": "run", "source": source, "label": label, "forget": list(forget)}))

    def take(self, name):
        """(whether there is that name, its value, a Problem or None); functions come as RemoteFunction."""
        reply = self._ask({"do": "take", "name": name})
        problem = problem_in(reply)
        if problem or "value" not in reply:
            return problem is not None, None, problem
        return True, _value(reply["value"], self._function), None

    def call(self, number, arguments):
        """(value, arguments afterwards, a Problem or None)."""
        reply = self._ask({"do": "call", "function": number, "arguments": plain.to_plain(arguments)})
        problem = problem_in(reply)
        if problem:
            return None, arguments, problem
        return _value(reply.get("value")), _value(reply.get("arguments")), None

    def _function(self, described):
        return RemoteFunction(self, described)

    def _ask(self, message):
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise Gone("the time for the whole hand-in was up", late=True)
        self.channel.send(message)
        return self.channel.receive(min(left, BY_THE_CLOCK * self.seconds))


@dataclass(frozen=True)
class Problem:
    """What stopped a cell or a call: the time, or an error and the line of the hand-in's where it came up."""

    late: bool
    error: str
    line: str


def problem_in(reply):
    """The Problem that a reply tells of, or None."""
    problem = reply.get("problem")
    if not isinstance(problem, dict):
        return None
    return Problem(bool(problem.get("late")), str(problem.get("error", "")), str(problem.get("line", "")))


class RemoteFunction:
    """A learner's function, for the exercise engine: a call of it runs in the hand-in's process."""

    def __init__(self, conversation, described):
        self.conversation, self.problem = conversation, None
        if not isinstance(described, dict) or type(described.get("number")) is not int:
            raise ValueError("not a function's description")
        self.number, self.has_placeholder = described["number"], bool(described.get("placeholder"))
        with contextlib.suppress(
            TypeError, ValueError, IndexError
        ):  # the engine takes a function that does not tell its parameters
            self.__signature__ = _signature(described.get("parameters"))

    def __call__(self, *arguments):
        value, afterwards, self.problem = self.conversation.call(self.number, arguments)
        if self.has_placeholder and value is None:
            self.problem = None
            return ...  # for the engine: not attempted
        if self.problem:
            raise RaisedThere(self.problem.error)
        for argument, after in zip(arguments, afterwards, strict=True):
            _put_back(argument, after)
        return value


class RaisedThere(Exception):
    """Stands for an error in the hand-in's process."""


def _signature(parameters):
    made = []
    for name, kind, has_default in parameters:
        default = None if has_default else inspect.Parameter.empty
        made.append(inspect.Parameter(str(name), PARAMETER_KINDS[kind], default=default))
    return inspect.Signature(made)


def _put_back(argument, after):
    """Let an argument look as it does in the other process after the call: the engine tells who changes arguments."""
    if type(argument) is not type(after):
        return
    if hasattr(argument, "shape") and argument.shape == after.shape != ():
        argument[...] = after
    elif isinstance(argument, list):
        argument[:] = after


def _value(form, function=None):
    try:
        return plain.from_plain(form, function)
    except (ValueError, TypeError, KeyError, RecursionError, OverflowError):
        raise Gone("its answer is damaged") from None


def _course_without_solutions():
    """A folder with the student edition, in which even the packed answers are left out: made once."""
    with _making:
        if not _made:
            folder = tempfile.TemporaryDirectory(prefix="course-")
            atexit.register(folder.cleanup)
            edition.write_library(Path(folder.name), edition.left_to_the_teacher)
            _made.append(folder.name)
    return _made[0]


_making, _made = threading.Lock(), []


def _environment(folder):
    """What the process may know of this one's environment: next to nothing."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR") if name in os.environ}
    made = {"PYTHONPATH": folder, "PYTHONHASHSEED": "0", "MPLBACKEND": "Agg"}
    return {**kept, **ONE_THREAD, **made}


@contextlib.contextmanager
def nursery():
    """A Nursery that nobody else uses meanwhile: an idle one, or a new one."""
    if _given_up.is_set():
        raise RuntimeError("the grading is over")
    try:
        own = _idle.pop()
    except IndexError:
        own = Nursery()
        atexit.register(own.close)
        _all.append(own)
    if _given_up.is_set():  # since the question above
        own.stop()
    try:
        yield own
    finally:
        if own.is_alive():  # else a hand-in has killed it
            _idle.append(own)


def give_up():
    """End what is under way, and let nothing else begin: every hand-in's process goes with the one that started it."""
    _given_up.set()
    for own in _all:
        own.stop()


_idle, _all, _given_up = [], [], threading.Event()
