"""NumPy or CuPy, chosen by the arrays themselves. The only module that knows CuPy."""

import sys

import numpy as np


def array_module(*arrays):
    """CuPy if the arrays live on the GPU, else NumPy; never imports CuPy itself.

    >>> array_module(np.zeros(3)).__name__
    'numpy'
    """
    cupy = sys.modules.get("cupy")
    on_gpu = [cupy is not None and isinstance(array, cupy.ndarray) for array in arrays]
    if any(on_gpu) and not all(on_gpu):
        raise TypeError("arrays live on different devices; move them with to_device()")
    return cupy if any(on_gpu) else np


def to_numpy(array):
    """The array in the computer's main memory, as a NumPy array; one that is there already is not copied."""
    return np.asarray(array) if array_module(array) is np else array.get()


def to_device(array, device):
    """The array on "cpu" (NumPy) or "cuda" (CuPy on an NVIDIA GPU)."""
    if device == "cpu":
        return to_numpy(array)
    if device != "cuda":
        raise ValueError(f'there is no device {device!r}; use "cpu" or "cuda"')
    try:
        import cupy
    except ImportError:
        raise ValueError('"cuda" needs an NVIDIA GPU and the package CuPy, which is not installed; use "cpu"') from None
    return cupy.asarray(array)
