import numpy as np
import pytest

from course_lib import backend


def test_numpy_arrays_stay_where_they_are():
    array = np.arange(3.0)
    assert backend.array_module(array, [1, 2]) is np
    assert backend.to_numpy(array) is array
    assert backend.to_device(array, "cpu") is array


def test_an_unknown_device_is_named():
    with pytest.raises(ValueError, match="there is no device 'tpu'"):
        backend.to_device(np.zeros(1), "tpu")


def test_a_gpu_that_is_not_there_is_explained():
    if _cupy():
        pytest.skip("CuPy is installed here")
    with pytest.raises(ValueError, match="needs an NVIDIA GPU and the package CuPy"):
        backend.to_device(np.zeros(1), "cuda")


def test_arrays_go_to_the_gpu_and_back():
    cupy = _cupy()
    if cupy is None or cupy.cuda.runtime.getDeviceCount() == 0:
        pytest.skip("no NVIDIA GPU with CuPy here")
    array = np.arange(3.0)
    on_gpu = backend.to_device(array, "cuda")
    assert backend.array_module(on_gpu) is cupy
    assert backend.to_numpy(on_gpu).tolist() == [0, 1, 2]
    with pytest.raises(TypeError, match="different devices"):
        backend.array_module(array, on_gpu)


def _cupy():
    try:
        import cupy
    except ImportError:
        return None
    return cupy


@pytest.mark.parametrize("values", [True, [1j], ["2"], None, np.zeros(2, "datetime64[s]")])
def test_what_holds_no_real_numbers_is_refused_by_name(values):
    with pytest.raises(TypeError, match="the picture must hold real numbers, not "):
        backend.float_array("picture", values)


@pytest.mark.parametrize(
    ("error", "values"),
    [(TypeError, [np.complex64(1), 1j, True, "1", None]), (ValueError, [10**400, np.nan, -np.inf])],
)
def test_what_is_no_finite_number_is_refused_by_name(error, values):
    for value in values:
        with pytest.raises(error, match="rate must be a finite number, not"):
            backend.finite_number("rate", value)


@pytest.mark.parametrize("value", [3, 0.5, np.int8(3), np.float16(0.5), np.uint64(2**60), 2**600])
def test_a_finite_number_is_a_plain_float(value):
    found = backend.finite_number("rate", value)
    assert type(found) is float
    assert found == value


@pytest.mark.parametrize("rng", [None, 0, np.random, np.random.RandomState(0)])
def test_only_a_generator_is_a_random_generator(rng):
    with pytest.raises(TypeError, match=r"rng must be a random generator such as np\.random\.default_rng\(0\), not"):
        backend.random_generator(rng)
    generator = np.random.default_rng(0)
    assert backend.random_generator(generator) is generator
