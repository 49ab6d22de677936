"""The names that a piece of Python binds and uses, as Python itself sorts them: local names concern nobody else."""

import functools
import symtable


@functools.lru_cache(maxsize=4096)
def names_in(source):
    """(names that it binds, names that it uses) at its top level; none where it is no Python.

    >>> bound, used = names_in("from math import pi\\ndef area(r):\\n    square = r * r\\n    return PI * square")
    >>> sorted(bound), sorted(used)
    (['area', 'pi'], ['PI'])
    """
    try:
        top = symtable.symtable(source, "source", "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return frozenset(), frozenset()
    bound = {s.get_name() for s in top.get_symbols() if s.is_assigned() or s.is_imported() or s.is_namespace()}
    used = {s.get_name() for s in top.get_symbols() if s.is_referenced()}
    waiting = top.get_children()
    while waiting:
        table = waiting.pop()
        used |= {s.get_name() for s in table.get_symbols() if s.is_global() and s.is_referenced()}
        waiting += table.get_children()
    return frozenset(bound), frozenset(used)
