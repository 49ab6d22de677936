"""AlexNet and LeNet-5 beside PyTorch's, the same layers in the same order: python tests/benchmarks/alexnet_speed.py

Prints ratios of times measured in turns in one run, on as many threads, and of the peak memory of two processes that
each do one training step. Needs PyTorch, which the course does not install.
"""

import platform
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from course_lib import architectures, data, losses, network, recipes


def torch_twin(net):
    """The same network in PyTorch, on the same weights."""
    import torch

    return torch.nn.Sequential(*(_torch_layer(torch.nn, layer) for layer in net.layers))


def _torch_layer(nn, layer):
    kind, settings = type(layer).__name__, getattr(layer, "settings", {})
    if kind == "Dropout":
        return nn.Dropout(layer.p)
    if kind in ("Conv2d", "Linear"):
        out, channels, *kernel = layer.weight.shape
        twin = nn.Linear(channels, out) if kind == "Linear" else _torch_conv(nn, channels, out, kernel, settings)
        _share(twin, layer)
        return twin
    known = {name: value for name, value in settings.items() if name != "count_include_pad"}
    return getattr(nn, kind)(**known)


def _torch_conv(nn, channels, out, kernel, settings):
    return nn.Conv2d(channels * settings["groups"], out, tuple(kernel), **settings)


def _share(twin, layer):
    import torch

    twin.weight.data, twin.bias.data = torch.from_numpy(layer.weight), torch.from_numpy(layer.bias)


def our_step(net, sgd, x, labels):
    _, grad = losses.cross_entropy(net.forward(x), labels)
    net.backward(grad, to_x=False)
    sgd.step()


def torch_step(twin, sgd, x, labels):
    import torch

    sgd.zero_grad()
    torch.nn.functional.cross_entropy(twin(x), labels).backward()
    sgd.step()


def both(net, batch, size, channels, classes):
    """(our training step, PyTorch's) on random pictures, as functions without arguments; (our pass, PyTorch's)."""
    import torch

    rng = np.random.default_rng(0)
    x, labels = rng.normal(size=(batch, channels, size, size)).astype(np.float32), rng.integers(0, classes, batch)
    twin, x_torch, labels_torch = torch_twin(net), torch.from_numpy(x), torch.from_numpy(labels)
    twin.train(net.layers[0].training)
    sgd, sgd_torch = network.SGD(net, 1e-4, 0.9, 5e-4), torch.optim.SGD(twin.parameters(), 1e-4, 0.9, weight_decay=5e-4)

    def torch_pass():
        with torch.no_grad():
            return twin(x_torch).numpy()

    steps = lambda: our_step(net, sgd, x, labels), lambda: torch_step(twin, sgd_torch, x_torch, labels_torch)
    return steps, (lambda: net.forward(x), torch_pass)


def in_turns(what, pair, rounds):
    for function in pair:
        function()
    seconds = np.array([[_seconds(function) for function in pair] for _ in range(rounds)])
    ours, theirs = np.median(seconds, axis=0)
    print(f"{what:36}ours {ours:8.3f} s   PyTorch {theirs:8.3f} s   ratio {ours / theirs:.2f}", flush=True)


def _seconds(function):
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def epoch_pair():
    """An epoch of LeNet-5 on the 8,000 digits in batches of 32, ours and PyTorch's."""
    import torch

    net = architectures.lenet5()
    x, labels = recipes.digits_input(data.load_mnist()[0]), data.load_mnist()[1]
    twin, sgd = torch_twin(architectures.lenet5()), network.SGD(net, 0.01, 0.9)
    x_torch, labels_torch = torch.from_numpy(x), torch.from_numpy(labels)
    sgd_torch = torch.optim.SGD(twin.parameters(), 0.01, 0.9)

    def torch_epoch():
        for rows in torch.randperm(len(x)).split(32):
            torch_step(twin, sgd_torch, x_torch[rows], labels_torch[rows])

    return lambda: network.fit(net, x, labels, sgd, 1, 32, np.random.default_rng(0)), torch_epoch


def peak(which):
    """Print the peak memory in MB of this process during a second training step of AlexNet at batch 32 (Linux only)."""
    steps, _ = both(architectures.alexnet(), 32, 227, 3, 1000)
    steps[which]()
    Path("/proc/self/clear_refs").write_text("5")  # what the start took does not count
    steps[which]()
    print(next(int(line.split()[1]) / 1024 for line in Path("/proc/self/status").open() if line.startswith("VmHWM")))


def main():
    import torch

    if len(sys.argv) == 2:
        peak(int(sys.argv[1]))
        return
    threads = torch.get_num_threads()
    print(f"{platform.machine()}, NumPy {np.__version__}, PyTorch {torch.__version__}, {threads} threads, float32")
    in_turns("LeNet-5, an epoch of 8,000 digits", epoch_pair(), 3)
    net = architectures.alexnet()
    net.eval()
    passes = both(net, 8, 227, 3, 1000)[1]
    assert np.allclose(passes[0](), passes[1](), atol=1e-2)
    in_turns("AlexNet, a pass at batch 8", passes, 7)
    net.train()
    in_turns("AlexNet, a training step at batch 32", both(net, 32, 227, 3, 1000)[0], 3)
    for which, name in enumerate(("ours", "PyTorch")):
        answer = subprocess.run([sys.executable, __file__, str(which)], capture_output=True, text=True, check=True)
        print(f"peak memory of a training step, {name}: {float(answer.stdout):.0f} MB")


if __name__ == "__main__":
    main()
