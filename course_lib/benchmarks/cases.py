"""What is measured, group by group: each group is a function of the device that yields cases one after the other."""

import math

import numpy as np

from course_lib import (
    architectures,
    convolution,
    data,
    filters,
    losses,
    network,
    normalisation,
    pooling,
    recipes,
    shapes,
)
from course_lib.backend import array_module, to_device
from course_lib.benchmarks import Case, torch_twins
from course_lib.layers import Conv2d

BATCH = 8
ALEXNET = {  # in_channels, size, out_channels, kernel_size, stride, padding
    "conv1": (3, 227, 96, 11, 4, 0),
    "conv2": (96, 27, 256, 5, 1, 2),
    "conv3": (256, 13, 384, 3, 1, 1),
    "conv4": (384, 13, 384, 3, 1, 1),
    "conv5": (384, 13, 256, 3, 1, 1),
}


def conv(device):
    """conv2d on AlexNet's layers: forward and backward beside the bare matrix products, Winograd beside PyTorch."""
    for name in ALEXNET:
        yield from _layer_cases(name, device)


def _layer_cases(name, device):
    channels, size, filters_, kernel, stride, padding = ALEXNET[name]
    x = _normal(BATCH, channels, size, size)
    weight = _normal(filters_, channels, kernel, kernel)
    places = shapes.conv_output_size(size, kernel, stride, padding) ** 2
    other = {"PyTorch": _torch_conv(x, weight, stride, padding, device)} if torch_twins.torch else {}
    x, weight = to_device(x, device), to_device(weight, device)
    flat, columns = weight.reshape(filters_, -1), to_device(_normal(BATCH, weight[0].size, places), device)
    grad_out = to_device(_normal(BATCH, filters_, math.isqrt(places), math.isqrt(places)), device)
    grads, xp = grad_out.reshape(BATCH, filters_, -1), array_module(x)
    out, back, to_weight = xp.empty_like(grads), xp.empty_like(columns), xp.empty((BATCH, *flat.shape), x.dtype)

    def products_back():
        xp.matmul(flat.T, grads, out=back)
        xp.matmul(grads, columns.swapaxes(1, 2), out=to_weight)

    exact = lambda: convolution.conv2d(x, weight, None, stride, padding)  # noqa: E731
    yield Case(f"{name}, batch {BATCH}", exact, {"matmul": lambda: xp.matmul(flat, columns, out=out)})
    yield Case(
        f"{name}, backward",
        lambda: convolution.conv2d_backward(grad_out, x, weight, stride, padding),
        {"two matmuls": products_back},
    )
    if other:  # apart: PyTorch's threads are awake for a while after their work, and in the way of what comes next
        yield Case(f"{name}, batch {BATCH}", exact, other)
    if stride == 1 and device == "cpu":
        winograd = lambda: convolution.conv2d(x, weight, None, stride, padding, algorithm="winograd")  # noqa: E731
        yield Case(f"{name}, Winograd", winograd, other)


def _torch_conv(x, weight, stride, padding, device):
    torch = torch_twins.torch
    x, weight = torch.from_numpy(x).to(device), torch.from_numpy(weight).to(device)

    def run():
        with torch.no_grad():
            return torch.nn.functional.conv2d(x, weight, None, stride, padding)

    return run


def alexnet(device):
    """AlexNet at 227 x 227: passes at batch 8 and 32, training steps at batch 32, exact and with Winograd."""
    for variant, words in (("simplified", ""), ("two_tower", "two-tower ")):
        for batch in (8, 32) if device == "cpu" else (128,):
            yield from _passes(variant, words, batch, device)
    batch = 32 if device == "cpu" else 128
    for winograd in (False, True) if device == "cpu" else (False,):
        yield _training_step(batch, winograd, device)


def _passes(variant, words, batch, device):
    x = _normal(batch, 3, 227, 227)
    net = architectures.alexnet(variant)
    net.eval()
    others = {"PyTorch": torch_twins.passing(torch_twins.twin(net, device), x, device)} if torch_twins.torch else {}
    x, net = to_device(x, device), net.to(device)
    yield Case(f"{words}AlexNet forward, batch {batch}", lambda: net.forward(x), others, rounds=5)
    if device == "cpu":
        quick = _with_winograd(architectures.alexnet(variant))
        quick.eval()
        yield Case(f"{words}AlexNet forward, batch {batch}, Winograd", lambda: quick.forward(x), others, rounds=5)


def _training_step(batch, winograd, device):
    net = architectures.alexnet()
    x, labels = _normal(batch, 3, 227, 227), np.random.default_rng(1).integers(0, 1000, batch)
    others = (
        {"PyTorch": torch_twins.stepping(torch_twins.twin(net, device), x, labels, device=device)}
        if torch_twins.torch
        else {}
    )
    if winograd:
        net = _with_winograd(net)
    net.to(device)
    sgd, x, labels = network.SGD(net, 1e-4, 0.9, 5e-4), to_device(x, device), to_device(labels, device)

    def step():
        _, grad = losses.cross_entropy(net.forward(x), labels)
        net.backward(grad, to_x=False)
        sgd.step()

    return Case(f"AlexNet step, batch {batch}{', Winograd' * winograd}", step, others, rounds=3)


def _with_winograd(net):
    """The network, its 3x3 and 5x5 layers with Winograd's way."""
    for layer in net.layers:
        if isinstance(layer, Conv2d) and layer.settings["stride"] == 1:
            layer.algorithm = "winograd"
    return net


def lenet(device):
    """An epoch of LeNet-5 on the 8,000 shipped digits, in batches of 32."""
    x, labels = recipes.digits_input(data.load_mnist()[0]), data.load_mnist()[1]
    net = architectures.lenet5()
    others = (
        {"PyTorch": torch_twins.epoch(torch_twins.twin(net, device), x, labels, 32, 0.01, device)}
        if torch_twins.torch
        else {}
    )
    net.to(device)
    x, sgd, rng = to_device(x, device), network.SGD(net, 0.01, 0.9), np.random.default_rng(0)
    yield Case("LeNet-5, an epoch", lambda: network.fit(net, x, labels, sgd, 1, 32, rng), others, rounds=3)


def maps(device):
    """Pooling and normalisation of AlexNet's first maps, 8 x 96 x 55 x 55."""
    x = _normal(BATCH, 96, 55, 55)
    torch = torch_twins.torch
    x_torch = torch.from_numpy(x).to(device) if torch else None
    x = to_device(x, device)
    for what, ours, theirs in (
        ("max pooling 3, stride 2", lambda: pooling.max_pool2d(x, 3, 2), lambda f: f.max_pool2d(x_torch, 3, 2)),
        ("average pooling 3, stride 2", lambda: pooling.avg_pool2d(x, 3, 2), lambda f: f.avg_pool2d(x_torch, 3, 2)),
        ("local response normalisation 5", lambda: normalisation.local_response_norm(x, 5),
         lambda f: f.local_response_norm(x_torch, 5)),
    ):  # fmt: skip
        beside = {"PyTorch": lambda theirs=theirs: theirs(torch.nn.functional)} if torch else {}
        yield Case(what, ours, beside)


def pictures(device):
    """Filters on a picture of 2048 x 2048, beside scipy.ndimage where SciPy is installed."""
    image = np.random.default_rng(0).random((2048, 2048), dtype=np.float32)
    kernel, box = np.arange(1.0, 10).reshape(3, 3) / 45, filters.box_kernel(9)
    bell = filters.gaussian_kernel(9, 1.5)
    ndimage = _scipy_ndimage() if device == "cpu" else None
    picture = to_device(image, device)
    sobel = filters.SOBEL_SMOOTH, filters.SOBEL_DIFFERENCE
    factors = {"box": box.sum(axis=1), "bell": bell.sum(axis=1)}  # both sum to 1: each is its margins' product
    for what, ours, beside in (
        ("correlate2d 3 x 3", lambda: filters.correlate2d(picture, kernel), kernel),
        ("Sobel by its two factors", lambda: filters.correlate2d_separable(picture, *sobel), kernel),
        ("box 9 by its two factors", lambda: filters.correlate2d_separable(picture, factors["box"], factors["box"]),
         box),
        ("Gaussian 9 by its two factors",
         lambda: filters.correlate2d_separable(picture, factors["bell"], factors["bell"]), bell),
    ):  # fmt: skip
        size = f"SciPy {len(beside)} x {len(beside)}"
        theirs = beside.astype(np.float32)
        run = lambda theirs=theirs: ndimage.correlate(image, theirs, mode="constant")  # noqa: E731
        yield Case(what, ours, {size: run} if ndimage else {}, rounds=11)


def _scipy_ndimage():
    try:
        from scipy import ndimage
    except ImportError:
        return None
    return ndimage


def explorers(device):
    """What Python does when an explorer asks: seconds alone, since there is nothing to compare with."""
    from course_lib import widgets

    if device != "cpu":
        return
    surface, playground = widgets.decision_surface(), widgets.kernel_playground()
    yield Case("decision surface, a training", surface.train, {})
    yield Case("kernel playground, its result", lambda: playground.result, {})


GROUPS = {function.__name__: function for function in (conv, alexnet, lenet, maps, pictures, explorers)}


def _normal(*shape):
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)
