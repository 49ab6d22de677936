"""The ledger of the sources: every number that they print, what course_lib computes for it, and the verdict.

data/source_numbers.yaml holds one entry a number, data/source_facts.yaml one a statement, each with the lesson that
teaches it. An entry names the call that recomputes it, as text: "shapes.conv_output_size(227, 11, 4)". Such text is
read, never evaluated: its name must be a function of one of the modules in LIBRARY, or of a module lesson_NN of this
package, and its arguments are plain numbers, strings and lists.
"""

import ast
import functools
import importlib
import inspect
import math
import pkgutil
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from fractions import Fraction

import numpy as np
import yaml

from course_lib import data

NUMBERS, FACTS = data.DATA_FOLDER / "source_numbers.yaml", data.DATA_FOLDER / "source_facts.yaml"
LIBRARY = ("activations", "perceptron", "scanning", "shapes")
VERDICTS = {  # a sign and words for each verdict
    "exact": ("✓", "right"),
    "rounding": ("≈", "rounded"),
    "erratum": ("✗", "erratum"),
    "ambiguous": ("?", "open"),
}
LESSONS = tuple(sorted(module.name for module in pkgutil.iter_modules(__path__)))  # lesson_01, lesson_02, ...
CARRIED = "rounded factors carried on"  # the one kind of rounding whose last printed digits are not those of the value
NOT_RECOMPUTED = "not recomputed"


@dataclass(frozen=True)
class Fact:
    """A statement of a source in the course's words, and the lesson that teaches it."""

    id: str
    lesson: str
    source: str
    lines: str
    says: str
    formula: str = ""


@dataclass(frozen=True)
class Entry:
    """A number or formula of a source. Where it cannot be recomputed, `why_not` stands in the place of `call`."""

    id: str
    lesson: str  # the notebook that teaches it: "09_output_size"
    source: tuple  # the source files that print it
    lines: str
    says: str  # what it is, in the course's words
    printed: str | None  # as the source prints it; None where it asks or leaves out, and the value is the course's own
    verdict: str  # a key of VERDICTS
    kind: str = ""  # of slip, rounding or ambiguity; "" where the verdict is exact
    note: str = ""
    call: str = ""  # gives the value
    value: object = None  # in full precision, as found when the ledger was written
    as_printed: object = None  # digits as text, numbers, or a call: what the print claims, to be held against the value
    why_not: str = ""

    @property
    def code(self):
        """The call as one would write it after `import course_lib`, or ""."""
        return _full_name(self.call) if self.call else ""


@dataclass(frozen=True)
class Checked:
    """An entry recomputed just now: its value, what the print claims, and how these two agree."""

    entry: Entry
    value: object = None
    claim: object = None
    agreement: str = field(default="")  # "exact", "rounding" (to the printed digits), "differs", or "" with no claim

    @property
    def verdict(self):
        """The verdict that follows from the agreement; where a reading is open or nothing is claimed, the recorded."""
        if self.entry.verdict == "ambiguous" or not self.agreement:
            return self.entry.verdict
        if self.agreement == "differs":
            return "rounding" if self.entry.kind == CARRIED else "erratum"
        return self.agreement

    @property
    def holds(self):
        """Whether value and verdict are those that the ledger records."""
        return same(self.value, self.entry.value) and self.verdict == self.entry.verdict


@functools.cache
def entries():
    """Every number of the sources, in their lessons' order: a tuple of Entry.

    >>> entry = entry_of("ALX-01")
    >>> entry.printed, entry.code, entry.value, entry.verdict
    ('55', "course_lib.shapes.conv_output_size(227, 11, 4, rounding='exact')", 55, 'exact')
    """
    return tuple(Entry(**{**row, "source": tuple(row["source"])}) for row in _rows(NUMBERS))


@functools.cache
def facts():
    """Every statement of the sources: a tuple of Fact."""
    return tuple(Fact(**row) for row in _rows(FACTS))


@functools.cache
def lessons():
    """The lessons that teach a number, in order: ("01_perceptron", ...)."""
    return tuple(sorted({entry.lesson for entry in entries()}))


@functools.cache
def sources():
    """The files of the sources, in order."""
    return tuple(sorted({file for entry in entries() for file in entry.source}))


def entry_of(id):
    """The entry with this id."""
    found = {entry.id: entry for entry in entries()}
    if id not in found:
        raise ValueError(f'there is no entry {id!r}; an id is a topic and a number, such as "EX-14a" or "POOL-04"')
    return found[id]


def check(entry):
    """The entry recomputed: a Checked. Give an Entry or its id.

    >>> slip = check("POOL-04")
    >>> slip.claim, round(slip.value, 4), slip.agreement, slip.verdict
    ('8', 6.6141, 'differs', 'erratum')
    """
    entry = entry_of(entry) if isinstance(entry, str) else entry
    if not entry.call:
        return Checked(entry)
    value, claim = compute(entry.call), entry.as_printed
    if isinstance(claim, str) and claim.endswith(")"):
        claim = compute(claim)
    return Checked(entry, value, claim, "" if claim is None else agreement(claim, value))


@functools.cache
def run():
    """Every entry recomputed, in a few seconds: a tuple of Checked."""
    return tuple(check(entry) for entry in entries())


def counts(lesson=None, source=None):
    """How many entries have each verdict, those that cannot be recomputed apart: of all, of one lesson or one source.

    >>> counts(lesson="11_transposed_convolution")
    {'exact': 3, 'rounding': 0, 'erratum': 1, 'ambiguous': 2, 'not recomputed': 0}
    """
    chosen = [e for e in entries() if lesson in (None, e.lesson) and (source is None or source in e.source)]
    found = Counter(e.verdict if e.call else NOT_RECOMPUTED for e in chosen)
    return {name: found[name] for name in (*VERDICTS, NOT_RECOMPUTED)}


def kinds(verdict):
    """The kinds of one verdict with their entries, the most frequent first: {"digits cut off": [Entry, ...], ...}."""
    found = {}
    for entry in entries():
        if entry.verdict == verdict:
            found.setdefault(entry.kind, []).append(entry)
    return dict(sorted(found.items(), key=lambda item: -len(item[1])))


def agree(printed, value):
    """Whether a printed decimal agrees with a value to its own digits: off by half of its last place at most.

    >>> agree("0.7501", 0.75019773), agree("0.7502", 0.75019773), agree("35e3", 34848)
    (False, True, True)
    """
    number = Decimal(printed)
    half = 0.5 * 10.0 ** number.as_tuple().exponent
    return abs(float(number) - float(value)) <= half * (1 + 1e-9)


def agreement(claim, value):
    """ "exact", "rounding" or "differs": how what is claimed agrees with a value.

    Digits as text agree to their last place; everything else, also in lists and dicts, only exactly (up to the last
    bits of a float).

    >>> agreement("2.33", 7 / 3), agreement(["3.25", "2"], [3.25, 2.0]), agreement(11, 10)
    ('rounding', 'exact', 'differs')
    """
    pairs = list(_pairs(claim, value))
    if any(pair is None for pair in pairs):
        return "differs"
    if all(_equal(*pair) for pair in pairs):
        return "exact"
    return "rounding" if all(_equal(*pair) or _rounds(*pair) for pair in pairs) else "differs"


def same(value, other):
    """Whether two values are equal, number by number up to the last bits, also in lists and dicts."""
    return all(pair is not None and _equal(*pair) for pair in _pairs(value, other))


def compute(call):
    """What a call gives, in plain Python numbers, lists and dicts; ValueError where it is not one that LIBRARY allows.

    >>> compute("shapes.conv_output_size(227, 11, stride=4)")
    55
    """
    function, arguments, options = _read(call)
    return plain(function(*arguments, **options))


def plain(value):
    """NumPy's numbers and arrays, tuples and fractions as plain numbers, lists and text."""
    if isinstance(value, dict):
        return {str(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, (list, tuple)):
        return [plain(entry) for entry in value]
    if isinstance(value, Fraction):
        return str(value)
    return value.item() if isinstance(value, np.generic) else value


def written(value):
    """A value as text for a table: ten digits, names before what they name; a claim that is true holds.

    >>> written({"divided": [1 / 3, 2.0], "agrees": True}), written(True)
    ('divided: 0.3333333333, 2; agrees: yes', 'it holds')
    """
    if isinstance(value, bool):
        return "it holds" if value else "it does not hold"
    return _inside(value)


def _inside(value):
    if isinstance(value, dict):
        return "; ".join(f"{name}: {_inside(entry)}" for name, entry in value.items())
    if isinstance(value, list):
        return (" / " if value and isinstance(value[0], list) else ", ").join(_inside(entry) for entry in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def _rows(path):
    """The entries of a YAML file; the safe loader in C is ten times faster, where PyYAML has it."""
    return yaml.load(path.read_text(encoding="utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def _read(call):
    """(function, arguments, options) of a call that is written as text."""
    try:
        node = ast.parse(call, mode="eval").body
        module, name = node.func.value.id, node.func.attr
        arguments = [ast.literal_eval(argument) for argument in node.args]
        options = {option.arg: ast.literal_eval(option.value) for option in node.keywords}
    except (SyntaxError, AttributeError, ValueError, TypeError):
        raise ValueError(f'a call is written as "module.function(numbers)", not {call!r}') from None
    known = module in LIBRARY or module in LESSONS
    place = importlib.import_module(_place(module)) if known else None
    function = getattr(place, name, None)
    own = inspect.isfunction(function) and function.__module__ == _place(module) and not name.startswith("_")
    if not own:
        raise ValueError(f"{module}.{name} is no function that the ledger may call: {', '.join(LIBRARY)}, lesson_NN")
    return function, arguments, options


def _place(module):
    return f"course_lib.{module}" if module in LIBRARY else f"{__name__}.{module}"


def _full_name(call):
    return _place(call.partition(".")[0]) + "." + call.partition(".")[2]


def _pairs(claim, value):
    """The numbers of two values, side by side; None where they have not the same form."""
    if isinstance(claim, dict) and isinstance(value, dict) and claim.keys() == value.keys():
        for key in claim:
            yield from _pairs(claim[key], value[key])
    elif isinstance(claim, list) and isinstance(value, list) and len(claim) == len(value):
        for pair in zip(claim, value, strict=True):
            yield from _pairs(*pair)
    else:
        yield None if isinstance(claim, (dict, list)) or isinstance(value, (dict, list)) else (claim, value)


def _equal(claim, value):
    number = _number(claim) if isinstance(claim, str) and not isinstance(value, str) else claim
    if not isinstance(number, (int, float)) or not isinstance(value, (int, float)):
        return number == value
    return isinstance(number, bool) == isinstance(value, bool) and math.isclose(
        number, value, rel_tol=1e-12, abs_tol=1e-15
    )


def _rounds(claim, value):
    return (
        isinstance(claim, str)
        and _number(claim) is not None
        and not isinstance(value, (str, bool))
        and agree(claim, value)
    )


def _number(text):
    try:
        return float(Decimal(text))
    except InvalidOperation:
        return None
