"""NumPy or CuPy, chosen by the arrays themselves. The only module that knows CuPy."""

import math
import sys

import numpy as np

_CACHE_BYTES = 2**20  # what a core's cache holds of the arrays that it works on


def array_module(*arrays):
    """CuPy if the arrays live on the GPU, else NumPy; never imports CuPy itself.

    >>> array_module(np.zeros(3)).__name__
    'numpy'
    """
    cupy = sys.modules.get("cupy")
    if cupy is None:
        return np
    on_gpu = [isinstance(array, cupy.ndarray) for array in arrays]
    if any(on_gpu) and not all(on_gpu):
        raise TypeError("arrays live on different devices; move them with to_device()")
    return cupy if any(on_gpu) else np


def float_array(name, values):
    """The values as an array of a float dtype on their device: floats keep their dtype, whole numbers become float64.

    Empty, ragged and non-numeric values are refused; `name` says in the message what they were meant to be.

    >>> float_array("picture", [[1, 2], [3, 4]]).dtype
    dtype('float64')
    """
    try:
        array = array_module(values).asarray(values)
    except ValueError:
        raise ValueError(f"the {name}'s rows have different lengths") from None
    if array.dtype.kind not in "uif":
        raise TypeError(f"the {name} must hold real numbers, not {_kind_of(array)}")
    if array.size == 0:
        raise ValueError(f"the {name} is empty: its shape is {array.shape}; each axis needs at least one entry")
    return array if array.dtype.kind == "f" else array.astype(np.float64)


def finite_array(name, values, hint=""):
    """float_array() of values without nan and infinity; where there are some, `hint` ends the message.

    >>> finite_array("weights", [1, 2]).tolist()
    [1.0, 2.0]
    """
    array = float_array(name, values)
    finite = array_module(array).isfinite(array)
    if not finite.all():
        raise ValueError(f"the {name} must hold finite numbers, not {float(array[~finite][0])}{hint}")
    return array


def _kind_of(array):
    """What an array without real numbers holds, and what would do."""
    if array.dtype.kind == "b":
        return "bool; .astype(float) makes 0 and 1 of False and True"
    if array.dtype.kind != "O":
        return "text" if array.dtype.kind in "US" else str(array.dtype)
    first = next(array.flat)  # None, say: what a function gives back that forgot its return
    return "None: did the function that made it forget its return?" if first is None else type(first).__name__


def at_least_single(array):
    """The array in float32 if its dtype is float16, whose sums soon overflow; else as it is."""
    return array.astype(np.result_type(array.dtype, np.float32), copy=False)


def summed(array, axis, keepdims=False):
    """The sums along the axes in the array's dtype, added up in float32 at least: float16 stops counting at 2048.

    >>> float(summed(np.ones(5000, np.float16), 0))
    5000.0
    """
    dtype = np.result_type(array.dtype, np.float32)
    return array.sum(axis=axis, dtype=dtype, keepdims=keepdims).astype(array.dtype, copy=False)


def finite_number(name, value):
    """The value as a Python float, which unlike a NumPy one leaves float32 arrays float32; `name` is for the message.

    >>> finite_number("alpha", np.float64(0.5))
    0.5
    """
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
        raise TypeError(f"{name} must be a finite number, not {value!r}")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise ValueError(f"{name} must be a finite number, not {value!r}")
    return number


def random_generator(rng):
    """rng, refused unless it is a NumPy generator: numbers drawn from it are the same for the same seed."""
    if not isinstance(rng, np.random.Generator):
        raise TypeError(f"rng must be a random generator such as np.random.default_rng(0), not {rng!r}")
    return rng


def in_pieces(array, arrays=1):
    """Slices of the array along its first axis, one after the other, so that work on a piece stays in the cache.

    `arrays` says how many of the array's size the work is on. On a GPU the only piece is the whole.

    >>> list(in_pieces(np.zeros((5, 2**16))))  # two rows are a megabyte
    [slice(0, 2, None), slice(2, 4, None), slice(4, 5, None)]
    """
    rows = max(1, _CACHE_BYTES // arrays // array[0].nbytes) if array_module(array) is np else len(array)
    for start in range(0, len(array), rows):
        yield slice(start, min(start + rows, len(array)))


def to_numpy(array):
    """The array in the computer's main memory, as a NumPy array; one that is there already is not copied."""
    return np.asarray(array) if array_module(array) is np else array.get()


def to_device(array, device):
    """The array on "cpu" (NumPy) or "cuda" (CuPy on an NVIDIA GPU); one that is there already is not copied."""
    if device == "cpu":
        return to_numpy(array)
    if device != "cuda":
        raise ValueError(f'there is no device {device!r}; use "cpu" or "cuda"')
    return _cupy().asarray(array)


def device_of(array):
    """Where the array lives: "cpu" or "cuda".

    >>> device_of(np.zeros(3))
    'cpu'
    """
    return "cpu" if array_module(array) is np else "cuda"


def has_gpu():
    """Can to_device(array, "cuda") work here: is CuPy installed, and an NVIDIA GPU there?"""
    try:
        return _cupy().cuda.runtime.getDeviceCount() > 0
    except (ValueError, RuntimeError):  # CuPy's own errors are RuntimeErrors
        return False


def gpu_name():
    """The name of the GPU that "cuda" means."""
    return _cupy().cuda.runtime.getDeviceProperties(0)["name"].decode()


def wait():
    """Return when the GPU has done all that it was given: it works while the program goes on."""
    _cupy().cuda.get_current_stream().synchronize()


def _cupy():
    try:
        import cupy
    except ImportError:
        raise ValueError('"cuda" needs an NVIDIA GPU and the package CuPy, which is not installed; use "cpu"') from None
    return cupy
