"""Peak memory of AlexNet at batch 32, beside PyTorch's: python tests/benchmarks/alexnet_memory.py (Linux, with PyTorch)

Each figure is the peak of a process of its own that holds both networks, during the second call of one of them.
"""

import subprocess
import sys
from pathlib import Path

import numpy as np

from course_lib import architectures, losses, network
from course_lib.benchmarks import torch_twins

BATCH = 32


def functions(what):
    """(ours, PyTorch's): a "pass", a "step", or a pass with "Winograd"."""
    rng = np.random.default_rng(0)
    x, labels = rng.normal(size=(BATCH, 3, 227, 227)).astype(np.float32), rng.integers(0, 1000, BATCH)
    net, sgd = architectures.alexnet(), None
    if what == "step":
        sgd = network.SGD(net, 1e-4, 0.9, 5e-4)
        return lambda: step(net, sgd, x, labels), torch_twins.stepping(torch_twins.twin(net), x, labels)
    net.eval()
    theirs = torch_twins.passing(torch_twins.twin(net), x)
    if what == "Winograd":
        for layer in net.layers:
            if getattr(layer, "settings", {}).get("groups") and layer.settings["stride"] == 1:
                layer.algorithm = "winograd"
    return lambda: net.forward(x), theirs


def step(net, sgd, x, labels):
    _, grad = losses.cross_entropy(net.forward(x), labels)
    net.backward(grad, to_x=False)
    sgd.step()


def peak(what, which):
    """Print the peak memory in MB of this process."""
    function = functions(what)[which]
    function()
    Path("/proc/self/clear_refs").write_text("5")  # what the start took does not count
    function()
    status = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    print(next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM")))


def main():
    if len(sys.argv) == 3:
        peak(sys.argv[1], int(sys.argv[2]))
        return
    for what in ("pass", "Winograd", "step"):
        megabytes = [
            float(subprocess.run([sys.executable, __file__, what, str(which)], stdout=-1, text=True, check=True).stdout)
            for which in (0, 1)
        ]
        print(f"{what:10}ours {megabytes[0]:6.0f} MB   PyTorch {megabytes[1]:6.0f} MB   "
              f"ratio {megabytes[0] / megabytes[1]:.2f}")  # fmt: skip


if __name__ == "__main__":
    main()
