"""The names that a piece of Python binds and uses, as Python itself sorts them: local names concern nobody else."""

import functools
import re
import symtable

TIMED = re.compile(r"^([ \t]*)%time[ \t]+(?=\S)", re.MULTILINE)  # %time x = 80 makes x
NOT_PYTHON = re.compile(r"^([ \t]*)(?:[%!?].*|[\w.*]+\?\??[ \t]*)$", re.MULTILINE)


@functools.lru_cache(maxsize=4096)
def names_in(source):
    """(names that it binds, names that it uses) at its top level; none where it is no Python.

    >>> bound, used = names_in("from math import pi\\ndef area(r):\\n    square = r * r\\n    return PI * square")
    >>> sorted(bound), sorted(used)
    (['area', 'pi'], ['PI'])
    """
    top = _read(as_python(source))
    if top is None:
        return frozenset(), frozenset()
    bound = {s.get_name() for s in top.get_symbols() if s.is_assigned() or s.is_imported() or s.is_namespace()}
    used = {s.get_name() for s in top.get_symbols() if s.is_referenced()}
    waiting = top.get_children()
    while waiting:
        table = waiting.pop()
        used |= {s.get_name() for s in table.get_symbols() if s.is_global() and s.is_referenced()}
        waiting += table.get_children()
    return frozenset(bound), frozenset(used)


def as_python(source):
    """The cell's source; where it is no Python, without lines that are IPython's: %matplotlib inline, !ls, np.sum?.

    >>> as_python("%%time\\nx = 80\\nx?")
    'pass\\nx = 80\\npass'
    """
    return source if _read(source) else NOT_PYTHON.sub(r"\1pass", TIMED.sub(r"\1", source))


def _read(source):
    """The table of the source's names, or None where it is no Python."""
    try:
        return symtable.symtable(source, "source", "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
