"""Every public array function on every device: the result stays there, keeps its dtype, and is what NumPy computes."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from course_lib import (
    activations,
    architectures,
    augmentation,
    backend,
    convolution,
    filters,
    losses,
    network,
    normalisation,
    pooling,
)
from course_lib.backend import device_of, to_device, to_numpy

NO_GPU = pytest.mark.skipif(not backend.has_gpu(), reason="no NVIDIA GPU with CuPy here")
each_device = pytest.mark.parametrize("device", ["cpu", pytest.param("cuda", marks=NO_GPU)])


def normal(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


X, WEIGHT, OUT = normal(2, 4, 7, 6), normal(6, 2, 3, 2, seed=1), normal(2, 6, 4, 3, seed=2)
STRIDED = {"stride": 2, "padding": ((1, 1), (0, 1)), "groups": 2}
TRANSPOSED = normal(4, 3, 3, 2, seed=3)
POOL = {"kernel_size": 3, "stride": 2, "padding": 1}
POOLED = normal(2, 4, 4, 3, seed=4)
LABELS, LOGITS = np.array([2, 0]), normal(2, 3, seed=5)
PICTURE, KERNEL = normal(9, 8, seed=6), normal(3, 3, seed=7)
FUNCTIONS = {  # name: (function of arrays, the arrays)
    "conv2d": (lambda x, w, b: convolution.conv2d(x, w, b, **STRIDED), (X, WEIGHT, normal(6))),
    "conv2d windows": (lambda x, w: convolution.conv2d(x, w, **STRIDED, algorithm="windows"), (X, WEIGHT)),
    "conv2d im2col": (lambda x, w: convolution.conv2d(x, w, **STRIDED, algorithm="im2col"), (X, WEIGHT)),
    "conv2d fft": (lambda x, w: convolution.conv2d(x, w, **STRIDED, algorithm="fft"), (X, WEIGHT)),
    "conv2d winograd": (
        lambda x, w: convolution.conv2d(x, w, padding=1, algorithm="winograd"),
        (X, normal(5, 4, 3, 3)),
    ),
    "conv2d_backward": (lambda g, x, w: convolution.conv2d_backward(g, x, w, **STRIDED), (OUT, X, WEIGHT)),
    "conv_transpose2d": (lambda x, w, b: convolution.conv_transpose2d(x, w, b, stride=2), (X, TRANSPOSED, normal(3))),
    "conv_transpose2d_backward": (
        lambda g, x, w: convolution.conv_transpose2d_backward(g, x, w, stride=2),
        (normal(2, 3, 15, 12), X, TRANSPOSED),
    ),
    "im2col": (lambda x: convolution.im2col(x, 3, 2, 1), (X,)),
    "col2im": (lambda columns: convolution.col2im(columns, X.shape, (3, 2)), (normal(2, 24, 25),)),
    "convolution_matrix": (lambda w: convolution.convolution_matrix(w, (2, 5, 4)), (WEIGHT,)),
    "max_pool2d": (lambda x: pooling.max_pool2d(x, **POOL), (X,)),
    "max_pool2d with indices": (lambda x: pooling.max_pool2d(x, **POOL, return_indices=True)[0], (X,)),
    "max_pool2d_backward": (lambda g, x: pooling.max_pool2d_backward(g, x, **POOL), (POOLED, X)),
    "avg_pool2d": (lambda x: pooling.avg_pool2d(x, **POOL, count_include_pad=False), (X,)),
    "avg_pool2d_backward": (lambda g, x: pooling.avg_pool2d_backward(g, x, **POOL), (POOLED, X)),
    "lp_pool2d": (lambda x: pooling.lp_pool2d(x, 3, 3, 2), (X,)),
    "lp_pool2d_backward": (lambda g, x: pooling.lp_pool2d_backward(g, x, 3, 3, 2), (normal(2, 4, 3, 2), X)),
    "local_response_norm": (lambda x: normalisation.local_response_norm(x, 3), (X,)),
    "local_response_norm_backward": (lambda g, x: normalisation.local_response_norm_backward(g, x, 3), (X[::-1], X)),
    "cross_entropy": (losses.cross_entropy, (LOGITS, LABELS)),
    "squared_error": (losses.squared_error, (LOGITS, LOGITS[::-1])),
    "binary_cross_entropy_with_logits": (losses.binary_cross_entropy_with_logits, (LOGITS, (LOGITS > 0) * 1.0)),
    "correlate2d": (filters.correlate2d, (PICTURE, KERNEL)),
    "convolve2d, reflected": (lambda x, k: filters.convolve2d(x, k, border="reflect"), (PICTURE, KERNEL)),
    "correlate2d_separable": (filters.correlate2d_separable, (PICTURE, KERNEL[0], KERNEL[1])),
    "sobel_gradient": (filters.sobel_gradient, (PICTURE,)),
    "to_grey_levels": (filters.to_grey_levels, (100 * PICTURE,)),
    "maxout": (lambda x: activations.maxout(x, 2), (X,)),
    "flip": (lambda x: augmentation.flip(x, np.random.default_rng(0)), (X,)),
    "shift": (lambda x: augmentation.shift(x, np.random.default_rng(0), 1), (X,)),
    "crop": (lambda x: augmentation.crop(x, np.random.default_rng(0), 4), (X,)),
}
ENTRY_BY_ENTRY = (
    "sigmoid", "sigmoid_derivative", "tanh", "tanh_derivative", "relu", "relu_derivative", "leaky_relu",
    "leaky_relu_derivative", "elu", "elu_derivative", "softmax", "log_softmax",
)  # fmt: skip
FUNCTIONS |= {name: (getattr(activations, name), (X,)) for name in ENTRY_BY_ENTRY}


def arrays_of(result):
    """The arrays of a result that may be a tuple; numbers that a function gives as floats are left out."""
    return [part for part in (result if isinstance(result, tuple) else (result,)) if hasattr(part, "shape")]


@each_device
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_result_stays_on_the_device_of_its_input_in_its_dtype(device, dtype, name):
    function, given = FUNCTIONS[name]
    given = [array.astype(dtype) if array.dtype.kind == "f" else array for array in given]
    found = arrays_of(function(*(to_device(array, device) for array in given)))
    expected = arrays_of(function(*(array.astype(np.float64) if array.dtype.kind == "f" else array for array in given)))
    assert len(found) == len(expected) > 0
    tolerance = {np.float32: 3e-4, np.float64: 1e-10}[dtype]
    for part, right in zip(found, expected, strict=True):
        assert device_of(part) == device
        assert part.dtype == (dtype if right.dtype.kind == "f" else right.dtype)
        assert_allclose(to_numpy(part), right, rtol=tolerance, atol=tolerance)


@each_device
def test_lenet5_trains_where_its_weights_are(device):
    x, labels = normal(24, 1, 32, 32).astype(np.float32), np.arange(24) % 10
    net = architectures.lenet5().to(device)
    history = network.fit(
        net, x, labels, network.SGD(net, 0.05, 0.9, 1e-3), 2, 8, np.random.default_rng(0), validation=(x, labels)
    )
    assert {device_of(layer.weight) for layer in net.layers if hasattr(layer, "weight")} == {device}
    here = architectures.lenet5()
    expected = network.fit(
        here, x, labels, network.SGD(here, 0.05, 0.9, 1e-3), 2, 8, np.random.default_rng(0), validation=(x, labels)
    )
    assert history.loss == pytest.approx(expected.loss, rel=1e-3)
    assert network.evaluate(net.to("cpu"), x, labels)[0] == pytest.approx(history.validation_loss[-1], rel=1e-4)


@each_device
def test_an_alexnet_layer_stack_passes_forward_and_back(device):
    net = architectures.alexnet(image_size=67).to(device)
    net.eval()
    x = to_device(normal(1, 3, 67, 67).astype(np.float32), device)
    out = net.forward(x)
    assert (out.shape, device_of(out)) == ((1, 1000), device)
    assert device_of(net.backward(out)) == device


@NO_GPU
def test_arrays_of_two_devices_are_refused():
    with pytest.raises(TypeError, match="different devices"):
        convolution.conv2d(to_device(X, "cuda"), WEIGHT, groups=2)
