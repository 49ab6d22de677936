"""Gradients by numbers: move one entry at a time a little to both sides and see how the output changes.

Slow, and it needs no thought: the judge of every gradient that somebody derived.
"""

import numpy as np

from course_lib.backend import finite_number, float_array


def numerical_gradient(function, x, step=1e-5):
    """The gradient of function(x), a single number, by central differences: (f(x + step) - f(x - step)) / (2 step).

    x is an array of any shape (computed in float64, not changed); every entry is moved by itself, in units of x. The
    error shrinks with step^2, the rounding error grows with 1 / step; 1e-5 lies between.

    >>> numerical_gradient(lambda x: (x**2).sum(), np.array([1.0, -3.0])).round(6).tolist()
    [2.0, -6.0]
    """
    if not callable(function):
        raise TypeError(f"the function comes first, then x: numerical_gradient(function, x); {function!r} came first")
    x, step = np.array(float_array("x", x), dtype=np.float64), finite_number("step", step)
    if step <= 0:
        raise ValueError(f"step must be more than 0, not {step}")
    gradient = np.zeros_like(x)
    for place in np.ndindex(x.shape):
        middle = x[place]
        if middle + step == middle:
            raise ValueError(f"a step of {step:g} is lost beside an entry of {middle:g}: take a larger step")
        x[place] = middle + step
        above = _single_number(function(x.copy()))
        x[place] = middle - step
        below = _single_number(function(x.copy()))
        x[place] = middle
        gradient[place] = (above - below) / (2 * step)
    return gradient


def relative_difference(a, b):
    """|a - b| / max(|a|, |b|), entry by entry: 1e-7 says that seven digits agree. Two zeros agree.

    >>> relative_difference([1.0, 0.0], [1.001, 0.0]).round(6).tolist()
    [0.000999, 0.0]
    """
    a, b = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if a.shape != b.shape:
        raise ValueError(f"gradients of different shapes cannot be compared: {a.shape} and {b.shape}")
    largest = np.maximum(np.abs(a), np.abs(b))
    return np.abs(a - b) / np.where(largest == 0, 1, largest)


def _single_number(value):
    if value is None:
        raise TypeError("the function returned nothing: is its return missing?")
    if isinstance(value, tuple):
        raise TypeError(f"the function returned {len(value)} things; a loss gives (value, grad): take the first, [0]")
    if np.size(value) != 1:
        raise ValueError(f"the function must return a single number, not an array of shape {np.shape(value)}")
    return float(np.reshape(value, ()))
