"""Answers as plain data: numbers, texts, lists and arrays to a JSON text and back, and nothing that could run.

The handout packs what a check compares with in this form, and grading takes a hand-in's answers out of its process in
it. Reading makes only values of the kinds below, and checks every size: the text may come from anyone.
"""

import base64
import binascii
import json
import math
import numbers
import re

import numpy as np

NUMERIC = "biufc"  # kinds of NumPy's number types: truth values, integers, floats, complex


class Other:
    """Stands for an object of no plain kind: only the name of its type and how it showed itself come across."""

    def __init__(self, text):
        self.text = text

    def __repr__(self):
        return self.text


def dumps(value):
    """The value as a JSON text."""
    return json.dumps(to_plain(value))


def loads(text):
    """The value of such a text. ValueError where it is malformed."""
    try:
        return from_plain(json.loads(text))
    except (TypeError, KeyError, RecursionError, OverflowError) as error:
        raise ValueError(f"not plain data: {error}") from None


def to_plain(value, function=None):
    """What json can write; types that json does not know become {"is": kind, ...}.

    `function`, where given, is asked for the plain form of a callable.
    """
    if value is None or type(value) in (bool, int, float, str):
        return value
    if isinstance(value, np.ndarray) and value.dtype.kind not in NUMERIC:
        return {"is": "objects", "shape": value.shape, "of": [to_plain(entry, function) for entry in value.flat]}
    if isinstance(value, (np.ndarray, np.generic)) and value.dtype.kind in NUMERIC:
        content = base64.b64encode(np.ascontiguousarray(value).tobytes()).decode("ascii")
        kind = "array" if isinstance(value, np.ndarray) else "scalar"
        return {"is": kind, "type": value.dtype.str, "shape": value.shape, "of": content}
    if isinstance(value, list):
        return [to_plain(entry, function) for entry in value]
    for kind, types in (("tuple", tuple), ("set", (set, frozenset))):
        if isinstance(value, types):
            return {"is": kind, "of": [to_plain(entry, function) for entry in value]}
    if isinstance(value, dict):
        return {"is": "dict", "of": [[to_plain(part, function) for part in item] for item in value.items()]}
    if value is Ellipsis:
        return {"is": "dots"}
    if callable(value) and function is not None:
        return {"is": "function", "of": function(value)}
    return _odd(value)


def _odd(value):
    """Numbers of further kinds, such as fractions, as the float that they stand for; any other object as its name."""
    if isinstance(value, str):
        return str(value)
    if isinstance(value, numbers.Integral):
        return int(value)
    if isinstance(value, numbers.Number):
        if isinstance(value, complex):
            return {"is": "complex", "of": [value.real, value.imag]}
        return float(value)
    try:
        text = repr(value)[:300]
    except Exception:
        text = f"(a {type(value).__name__} that cannot be shown)"
    return {"is": "other", "type": type(value).__name__, "of": text}


def from_plain(plain, function=None):
    """The value that to_plain() was given. `function`, where given, makes something of a function's plain form."""
    if isinstance(plain, list):
        return [from_plain(entry, function) for entry in plain]
    if not isinstance(plain, dict):
        return plain
    kind, of = plain["is"], plain.get("of")
    if kind in ("array", "scalar", "objects"):
        return _array(plain, function)
    if kind == "function" and function is not None:
        return function(of)
    if kind == "dict":
        return {from_plain(key, function): from_plain(value, function) for key, value in of}
    if kind in ("tuple", "set"):
        return {"tuple": tuple, "set": set}[kind](from_plain(entry, function) for entry in of)
    if kind == "complex":
        return complex(*map(float, of))
    if kind == "dots":
        return ...
    if kind == "other":
        name = str(plain["type"])
        return type(name if name.isidentifier() else "object", (Other,), {})(str(of))
    raise ValueError(f"not plain data: {kind!r}")


def _array(plain, function):
    shape = tuple(plain["shape"])
    if not all(type(extent) is int and extent >= 0 for extent in shape):
        raise ValueError(f"not a shape: {shape!r}")
    if plain["is"] == "objects":
        array = np.empty(len(plain["of"]), object)
        for place, entry in enumerate(plain["of"]):
            array[place] = from_plain(entry, function)
        return array.reshape(shape)
    try:
        content = base64.b64decode(plain["of"], validate=True)
    except binascii.Error as error:
        raise ValueError(f"not an array: {error}") from None
    if not re.fullmatch(rf"[<>|=]?[{NUMERIC}]\d{{1,2}}", str(plain["type"])):
        raise ValueError(f"not a number type: {plain['type']!r}")
    type_ = np.dtype(plain["type"])
    if math.prod(shape) * type_.itemsize != len(content):
        raise ValueError(f"not an array: {len(content)} bytes for {shape} of {type_}")
    array = np.frombuffer(content, type_).reshape(shape).copy()
    return array if plain["is"] == "array" else array[()]
