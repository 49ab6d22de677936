"""The exercise engine: an attempt goes in; right, wrong, not attempted or raised comes out, in words for a learner.

A lesson's module defines exercises, each under the name that its id ends with; a notebook calls `check`, `hint` and
`solution` on them:

    shift = Number("07.shift", solution=shift_solution, hints=("Where does the one stand?",),
                   mistakes=(Mistake(-1, "that is the way back"),), explanation="The one pulls from its own side.")

    exercises.shift.check(attempt)

No check raises, whatever the attempt: "Run All" always reaches the end of a lesson.
"""

import ast
import copy
import dataclasses
import html
import inspect
import re
import sys
import textwrap
import traceback

import numpy as np

from course_lib.exercises import progress

NOT_ATTEMPTED = """\
Not attempted yet: replace the ... above and run this cell again.
(If you did replace it: run that cell first, then this one.)"""
LOOKS = {  # a sign and a theme colour of JupyterLab; never the only signal, since the text says the same in words
    "right": ("✓", "var(--jp-success-color1, #388e3c)"),
    "wrong": ("✗", "var(--jp-warn-color1, #f57c00)"),
    "not attempted": ("○", "var(--jp-info-color1, #0097a7)"),
    "raised": ("!", "var(--jp-error-color1, #d32f2f)"),
    "hint": ("?", "var(--jp-info-color1, #0097a7)"),
}


@dataclasses.dataclass(frozen=True)
class Box:
    """A text in a box: `text` is a sentence or a few, `details` stand below in fixed width, `status` sets the look."""

    status: str
    text: str
    details: str = ""

    @property
    def message(self):
        """Everything as plain text."""
        return f"{self.text}\n\n{self.details}" if self.details else self.text

    def __repr__(self):
        return self.message

    def _repr_mimebundle_(self, include=None, exclude=None):
        sign, colour = LOOKS[self.status]
        first, *others = (html.escape(line) for line in self.text.split("\n"))
        word, colon, rest = first.partition(":")
        first = f'<span aria-hidden="true">{sign}</span> <strong>{word}{colon}</strong>{rest}'
        body = "<br>".join([first, *others])
        if self.details:
            body += (
                '<pre style="margin: 0.5em 0 0; background: transparent; color: inherit; white-space: pre-wrap; '
                'font-family: var(--jp-code-font-family, monospace)">'
                f"{html.escape(self.details)}</pre>"
            )
        style = (
            f"border-left: 6px solid {colour}; padding: 0.4em 0.8em; "
            "background: var(--jp-layout-color1, transparent); color: var(--jp-content-font-color1, inherit)"
        )
        return {"text/plain": self.message, "text/html": f'<div style="{style}">{body}</div>'}


class Outcome(Box):
    """What a check found: `.status` is "right", "wrong", "not attempted" or "raised", `.message` says it in words."""


class Source:
    """Python source to look at, coloured in a notebook."""

    def __init__(self, text):
        self.text = text

    def __repr__(self):
        return self.text

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {"text/plain": self.text, "text/markdown": f"```python\n{self.text}\n```"}


@dataclasses.dataclass(frozen=True, eq=False)
class Mistake:
    """A typical wrong answer (a value, a key or a function, as the exercise asks for) and what to say about it."""

    wrong: object
    message: str


class Exercise:
    """What all kinds share. `id` is "07.shift": the lesson and the name in the lesson's module.

    `solution` is a function with a def of its own, since learners see its source: it takes no arguments and returns
    the right answer, except in a Function, where it is the right answer. `hints` go from gentle to plain;
    `explanation` says after a right answer why it is right.
    """

    def __init__(self, id, *, solution, hints=(), mistakes=(), explanation=""):
        if not re.fullmatch(r"\d\d\.\w+", id):
            raise ValueError(f'an id is the lesson and a name, as in "07.shift", not {id!r}')
        for name, value in (("hints", hints), ("mistakes", mistakes)):
            if not isinstance(value, tuple):
                raise TypeError(f"{id}: {name} is a tuple (with one entry: end it with a comma), not {value!r}")
        self.id, self.name = id, id.split(".")[1]
        self.solve, self.hints, self.mistakes, self.explanation = solution, hints, mistakes, explanation
        self._hints_shown = 0

    def __repr__(self):
        call = f"exercises.{self.name}"
        return f"Exercise {self.name}: {call}.check(your answer), {call}.hint(), {call}.solution()"

    def answer(self):
        """The answer that check takes for right."""
        return self.solve()

    def check(self, attempt):
        """The Outcome for an attempt. Every attempt but an empty one is written to the progress file."""
        outcome = self.judge(attempt)
        if outcome.status == "not attempted":
            return outcome
        note = progress.record(self.id, outcome.status)
        return dataclasses.replace(outcome, text=f"{outcome.text}\n{note}") if note else outcome

    def judge(self, attempt):
        """The Outcome for an attempt, with nothing written down."""
        try:
            return not_attempted() if holds_ellipsis(attempt) else self._judge(attempt)
        except Exception as error:  # an odd object can raise while it is only looked at
            return raised(error)

    def hint(self):
        """The next hint at every call; after the last, all of them."""
        solution = self._way_to_the_solution()
        if self._hints_shown < len(self.hints):
            self._hints_shown += 1
            number = f"Hint {self._hints_shown} of {len(self.hints)}"
            return Box("hint", f"{number}: {self.hints[self._hints_shown - 1]}")
        if not self.hints:
            return Box("hint", f"This exercise has no hints. {solution}")
        again = [f"{number}. {text}" for number, text in enumerate(self.hints, 1)]
        return Box("hint", "\n".join([f"That was the last hint. {solution}", *again]))

    def solution(self):
        """The source of the solution."""
        return Source(textwrap.dedent(inspect.getsource(self.solve)).rstrip())

    def _way_to_the_solution(self):
        return f"exercises.{self.name}.solution() shows the answer."

    def _right(self):
        return Outcome("right", f"Right.\n{self.explanation}".rstrip())

    def _wrong(self, problem, details=""):
        more = f"\nexercises.{self.name}.hint() gives a hint." if self.hints else ""
        return Outcome("wrong", f"Not yet: {problem}{more}", details)


class Number(Exercise):
    """A number to give. Whole numbers count exactly, others to 9 digits, or rounded to `decimals` places if named."""

    def __init__(self, id, *, decimals=None, **rest):
        super().__init__(id, **rest)
        self.decimals = decimals

    def _judge(self, attempt):
        problem = difference(attempt, self.answer(), self.decimals)
        if problem is None:
            return self._right()
        for mistake in self.mistakes:
            if difference(attempt, mistake.wrong, self.decimals) is None:
                return self._wrong(mistake.message)
        return self._wrong(problem)


class Array(Number):
    """An array to give, as an array or as nested lists: shape first, then every entry."""


class Function(Exercise):
    """A function to write. It is run on every case, a tuple of arguments, beside the solution.

    Results are numbers, arrays, truth values, or tuples of them. A mistake is a function too; it is recognised when the
    learner's results equal its results on all cases. Each call gets its own copy of the arguments.
    """

    def __init__(self, id, *, cases, **rest):
        super().__init__(id, **rest)
        self.cases = cases

    def answer(self):
        return self.solve

    def _judge(self, function):
        if not callable(function):
            return self._wrong("check needs your function itself, without brackets: check(name)")
        unfit = self._unfit_parameters(function)
        if unfit:
            return self._wrong(unfit)
        results, first_wrong, changed = [], None, None
        for case in self.cases:
            result, error, arguments = call(function, case)
            if isinstance(error, KeyboardInterrupt):
                return raised(error, self._call_text(case))
            if holds_ellipsis(result) or (result is None and has_placeholder(function)):  # None also where it raised
                return not_attempted()
            if error is not None:
                return first_wrong or raised(error, self._call_text(case))
            results.append(result)
            first_wrong = first_wrong or self._compare(case, result)
            changed = changed or self._first_changed(arguments, case)
        if first_wrong:
            message = self._recognise(results)
            return self._wrong(message, first_wrong.details) if message else first_wrong
        if changed:
            return self._wrong(f"the result is right, but your function changed its argument {changed}; work on a copy")
        return self._right()

    def _compare(self, case, result):
        """The outcome for a wrong result of one case, or None where it is right."""
        expected = self.solve(*copy.deepcopy(case))
        problem = difference(result, expected)
        if problem is None:
            return None
        if result is None:
            problem = "your function returned None: did you forget return?"
        came = f"{labelled('your result', result)}\n{labelled('expected   ', expected)}"
        return self._wrong(problem, f"{self._call_text(case)}\n{came}")

    def _first_changed(self, arguments, case):
        """The name of the first argument that a call changed in place, or None."""
        triples = zip(self._parameters(), arguments, case, strict=False)
        return next((name for name, after, before in triples if has_changed(after, before)), None)

    def _recognise(self, results):
        """The message of the mistake whose results are the learner's on all cases, or None."""
        for mistake in self.mistakes:
            theirs = (mistake.wrong(*copy.deepcopy(case)) for case in self.cases)
            if all(difference(result, wrong) is None for result, wrong in zip(results, theirs, strict=True)):
                return mistake.message
        return None

    def _parameters(self):
        return list(inspect.signature(self.solve).parameters)

    def _unfit_parameters(self, function):
        """What is wrong with the learner's parameters, or None; a built-in that does not tell them passes."""
        try:
            signature = inspect.signature(function)
        except (TypeError, ValueError):
            return None
        try:
            signature.bind(*self.cases[0])
        except TypeError:
            given = ", ".join(self._parameters()[: len(self.cases[0])])
            return f"your function takes ({', '.join(signature.parameters)}), but check calls it with ({given})"
        return None

    def _call_text(self, case):
        """The call, with its arguments one below the other."""
        names = self._parameters()[: len(case)]
        values = [textwrap.indent(labelled(*pair), "  ") for pair in zip(names, case, strict=True)]
        return "\n".join([f"{self.name}({', '.join(names)}) with", *values])


class Choice(Exercise):
    """One of several options to choose, {"a": "a text", ...}; keys are single small letters.

    `solution` returns the right key, or a set of keys where several belong together: then the learner gives a set, a
    list, a tuple or a text such as "ac". A mistake is a wrong key (or set of keys).
    """

    def __init__(self, id, *, options, **rest):
        super().__init__(id, **rest)
        self.options = options

    def __repr__(self):
        return "\n".join([super().__repr__(), *(f"  {key}: {text}" for key, text in self.options.items())])

    def judge(self, attempt):
        """The Outcome for a chosen key; an empty text counts as not attempted."""
        empty = isinstance(attempt, str) and attempt.strip() in ("", "...", "…")
        return super().judge(... if empty else attempt)

    def _judge(self, attempt):
        right, chosen = self._keys(self.answer()), self._keys(attempt)
        several = isinstance(self.answer(), set)
        if chosen is None or (len(chosen) > 1 and not several):
            number = "one or more" if several else "one"
            return self._wrong(f"choose {number} of {', '.join(self.options)}; {show(attempt)} came")
        if chosen == right:
            return self._right()
        for mistake in self.mistakes:
            if chosen == self._keys(mistake.wrong):
                return self._wrong(mistake.message)
        verdict = _counted(len(chosen & right), len(chosen), len(right)) if several else ", that is not it"
        return self._wrong(f"you chose {', '.join(sorted(chosen))}{verdict}")

    def _keys(self, attempt):
        """The chosen keys as a set, or None where anything else came."""
        parts = re.sub(r"[\s,]", "", attempt) if isinstance(attempt, str) else attempt
        if not isinstance(parts, (str, list, tuple, set, frozenset)) or not all(isinstance(p, str) for p in parts):
            return None
        keys = {part.strip().lower() for part in parts}
        return keys if keys and keys <= set(self.options) else None


def _counted(hits, chosen, right):
    """How near a choice of several comes.

    >>> _counted(1, 3, 2), _counted(0, 1, 2)
    (': 1 of 3 is right, and 1 more is missing', ': none is right, and 2 are missing')
    """
    said = f"{hits} of {chosen}" if hits else "none"
    said += " are right" if hits > 1 else " is right"
    missing, more = right - hits, " more" if hits else ""
    return f": {said}" + (f", and {missing}{more} {'is' if missing == 1 else 'are'} missing" if missing else "")


def not_attempted():
    """The outcome while a `...` still stands in the attempt."""
    return Outcome("not attempted", NOT_ATTEMPTED)


# What still waits for the learner


def holds_ellipsis(value):
    """Whether the value is `...`, or a list, tuple, set, dict or array that holds one at any depth."""
    if isinstance(value, dict):
        return any(holds_ellipsis(part) for item in value.items() for part in item)
    if isinstance(value, (list, tuple, set, frozenset)):
        return any(holds_ellipsis(part) for part in value)
    if isinstance(value, np.ndarray) and value.dtype == object:
        return any(holds_ellipsis(part) for part in value.flat)
    return value is Ellipsis


def has_placeholder(function):
    """Whether a `...` still stands in the function's source. An index such as x[..., 0] is none."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError):  # no source to be had, or a lambda cut out of the middle of a line
        return ellipsis_among_constants(getattr(function, "__code__", None))
    indices = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript):
            parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
            dots = [part for part in parts if is_ellipsis_node(part)]
            indices.update(dots if len(dots) == 1 else [])  # two in one index cannot be meant as an index
    return any(is_ellipsis_node(node) and node not in indices for node in ast.walk(tree))


def is_ellipsis_node(node):
    """Whether a node of a syntax tree is a `...`."""
    return isinstance(node, ast.Constant) and node.value is Ellipsis


def ellipsis_among_constants(code):
    """Whether a code object or one nested in it holds a `...`; None holds nothing."""
    constants = code.co_consts if code else ()
    return any(c is Ellipsis or (inspect.iscode(c) and ellipsis_among_constants(c)) for c in constants)


# Calling a learner's function


def call(function, case):
    """(result, error, arguments) of one call on copies of the arguments, which are returned as the call left them."""
    arguments = copy.deepcopy(case)
    try:
        return function(*arguments), None, arguments
    except (Exception, SystemExit, KeyboardInterrupt) as error:
        return None, error, arguments


def has_changed(after, before):
    """Whether an array, or a number or text in a list or dict, is not what it was; other objects count as unchanged."""
    if type(after) is not type(before):
        return True
    if isinstance(before, np.ndarray):
        return after.shape != before.shape or after.tobytes() != before.tobytes()
    if isinstance(before, (list, tuple)):
        return len(after) != len(before) or any(map(has_changed, after, before))
    if isinstance(before, dict):
        return has_changed(list(after.items()), list(before.items()))
    return isinstance(before, (int, float, complex, str)) and after is not before and after != before


def raised(error, arguments=""):
    """The outcome for an exception: the learner's line, the arguments of the call, and the way down from that line."""
    lines = traceback.format_exception_only(error)
    name = lines[-1 if isinstance(error, SyntaxError) else 0].strip()
    headline = f"Your code raised {name}"
    if isinstance(error, KeyboardInterrupt):
        headline = "You stopped it: your function was still running. Does its loop end?"
    parts = [arguments] if arguments else []
    frames = learner_frames(error)
    if frames:
        own = [(frame, place) for frame, place in frames if is_own(frame, frames[0][0])]
        headline += f"\n{own[-1][1]}: {own[-1][0].line}"
        way = [f"  {place}, in {frame.name}\n      {frame.line}" for frame, place in frames]
        if len(way) > 8:
            way[4:-3] = [f"  ... {len(way) - 7} more calls ..."]
        parts.append("\n".join(["From your function down to the error:", *way, f"  {name}"]))
    return Outcome("raised", headline, "\n\n".join(parts))


def learner_frames(error):
    """(frame summary, place such as "Cell In[5], line 3") of each frame from the first one outside this file down."""
    trace, frames = error.__traceback__, []
    for (frame, line), summary in zip(traceback.walk_tb(trace), traceback.extract_tb(trace), strict=True):
        if frames or summary.filename != call.__code__.co_filename:
            file = cell_name(summary.filename) or frame.f_globals.get("__name__")
            frames.append((summary, f"{file}, line {line}"))
    return frames


def is_own(frame, first):
    """Whether a frame is the learner's: in a notebook's cell, or in the file of the first frame."""
    return frame.filename == first.filename or cell_name(frame.filename) is not None


def cell_name(filename):
    """What IPython calls the cell that was compiled under this file name ("Cell In[5]"), or None."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    name = shell.compile.format_code_name(filename) if shell else None
    return " ".join(name) if name else None


# Comparing


def difference(got, expected, decimals=None):
    """None where `got` is right, else what is wrong with it, in words that do not give the right values away.

    `expected` is a number, an array, a truth value, or a tuple of them.
    """
    if isinstance(expected, tuple):
        return tuple_difference(got, expected)
    expected = np.asarray(expected)
    array, trouble = read_numbers(got)
    trouble = trouble or kind_trouble(got, array, expected)
    if trouble:
        return f"{wanted(expected)} is expected, {trouble}"
    if array.shape != expected.shape:
        return f"your array is {size(array)}, expected is {size(expected)}"
    wrong = ~is_close(array, expected, decimals)
    if not wrong.any():
        return None
    if expected.ndim:
        return array_difference(array, wrong)
    not_a_number = " (not a number: it comes from 0 / 0, inf - inf and the like)" if np.isnan(array) else ""
    enough = "" if decimals is None else f" ({decimals} decimal place{'s are' if decimals != 1 else ' is'} enough)"
    return f"got {show(got)}{not_a_number}, that is not it{enough}"


def tuple_difference(got, expected):
    """The same for a tuple: how many values came, then the first that is wrong."""
    if isinstance(got, np.ndarray) and got.ndim == 1:
        got = list(got)
    if not isinstance(got, (tuple, list)) or len(got) != len(expected):
        came = f"{len(got)} came" if isinstance(got, (tuple, list)) else f"{show(got)} came"
        return f"{len(expected)} values are expected, as in return a, b; {came}"
    for place, pair in enumerate(zip(got, expected, strict=True), 1):
        problem = difference(*pair)
        if problem:
            return f"value {place} of {len(expected)}: {problem}"
    return None


def array_difference(array, wrong):
    """How many entries of an array are wrong and where the first one is."""
    count, place = wrong.sum(), [int(i) for i in np.argwhere(wrong)[0]]
    where = {1: "index {}", 2: "row {}, column {}"}.get(array.ndim, "index " + ", ".join(["{}"] * array.ndim))
    nans = np.isnan(array[wrong]).sum()
    more = f"; {nans} of them {'is' if nans == 1 else 'are'} nan (not a number)" if nans else ""
    verb = "differs" if count == 1 else "differ"
    return f"{count} of {wrong.size} entries {verb}, the first at {where.format(*place)} (counted from 0){more}"


def read_numbers(value):
    """(array, None), or (None, what came instead of numbers)."""
    if value is None:
        return None, "but None came: a function without return gives None, and so does print"
    if isinstance(value, str):
        return None, f"{show(value)} is text"
    if callable(value) and not hasattr(value, "__array__"):
        return None, "but a function came: call it, with its arguments in brackets"
    try:
        array = np.asarray(value)
        if array.dtype == object:  # fractions, very large integers
            array = np.array([float(entry) for entry in array.flat]).reshape(array.shape)
    except (TypeError, ValueError, RuntimeError, OverflowError) as error:
        if "inhomogeneous" in str(error):
            return None, "but the rows of your list have different lengths"
        return None, f"but a {type(value).__name__} came that cannot be read as numbers ({error})"
    if array.dtype.kind not in "biufc":
        return None, f"{show(value)} is not made of numbers"
    return array, None


def kind_trouble(got, array, expected):
    """How truth values, complex numbers, arrays and single numbers were taken for one another, or None."""
    kinds = {"b": "a truth value", "c": "complex"}
    kind, expected_kind = (kinds.get(a.dtype.kind, "a number") for a in (array, expected))
    if kind != expected_kind and not (kind == "a number" and expected_kind == "complex"):
        return f"{show(got)} is {kind}" if array.ndim == 0 else f"each of your entries is {kind}"
    if array.ndim == 0 and expected.ndim:
        return f"{show(got)} is a single number"
    if array.ndim and expected.ndim == 0:
        if array.size == 1:
            return f"but {show(got)} is still packed up: take the number out with {'[0]' * array.ndim}"
        return f"but an array came, {size(array)}"
    return None


def is_close(got, expected, decimals=None):
    """Entry by entry, whether two arrays of one shape agree: integers exactly, others up to rounding."""
    if got.dtype.kind in "biu" and expected.dtype.kind in "biu":
        return got == expected
    with np.errstate(all="ignore"):  # inf - inf
        near = np.abs(got - expected) <= tolerance(got, expected, decimals)
    return near | (got == expected) | (np.isnan(got) & np.isnan(expected))


def tolerance(got, expected, decimals=None):
    """How far apart entries may be: 1e-9 of the largest expected entry, 1e-5 where single precision takes part.

    Against the largest entry, since a sum that cancels to 0 keeps the rounding of what it is made of. Where integers
    are expected, or only zeros, the two numbers count as they are. `decimals` takes half a unit of that place instead.
    """
    largest = float(np.max(np.abs(expected), initial=0, where=np.isfinite(expected)))
    if decimals is not None:
        return 0.5 * 10**-decimals + 1e-12 * largest
    single = any(a.dtype.kind in "fc" and np.finfo(a.dtype).eps > 1e-10 for a in (got, expected))
    relative = 1e-5 if single else 1e-9
    return relative * (largest or 1) if expected.dtype.kind in "fc" else relative


# Words


def wanted(expected):
    """What kind of answer is expected: "a number", "True or False", "an array 3 x 2"."""
    if expected.ndim:
        return f"an array {size(expected)}"
    return {"b": "True or False", "c": "a complex number"}.get(expected.dtype.kind, "a number")


def size(array):
    """An array's extent: "3 x 2", "5 long" for one axis."""
    return f"{array.size} long" if array.ndim == 1 else " x ".join(map(str, array.shape))


def labelled(name, value):
    """name = value, with further lines of the value below its first."""
    return f"{name} = " + show(value).replace("\n", "\n" + " " * (len(name) + 3))


def show(value):
    """A value in a few lines at most; never raises because of an odd __repr__."""
    if isinstance(value, tuple):
        return f"({', '.join(map(show, value))})"
    try:
        if isinstance(value, np.ndarray):
            text = np.array2string(value, separator=", ", threshold=64, edgeitems=2, max_line_width=100)
            return text if value.size <= 64 else f"{size(value)}, {value.dtype}:\n{text}"
        text = repr(value.item() if isinstance(value, np.generic) else value)
    except Exception:
        return f"(a {type(value).__name__} that cannot be shown)"
    return text if len(text) <= 300 else f"{text[:300]} ..."
