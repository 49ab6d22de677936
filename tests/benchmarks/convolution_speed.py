"""conv2d on AlexNet's five layers beside the bare matrix product: python tests/benchmarks/convolution_speed.py

Prints ratios of the two, measured in turns in one run; a ratio of 1 would mean that cutting out the windows is free.
"""

import platform
import time
import tracemalloc

import numpy as np

from course_lib import convolution, shapes

BATCH = 8
LAYERS = {  # in_channels, size, out_channels, kernel_size, stride, padding
    "conv1": (3, 227, 96, 11, 4, 0),
    "conv2": (96, 27, 256, 5, 1, 2),
    "conv3": (256, 13, 384, 3, 1, 1),
    "conv4": (384, 13, 384, 3, 1, 1),
    "conv5": (384, 13, 256, 3, 1, 1),
}


def seconds(function):
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def measure(name, rng, rounds):
    """Print one layer's line; returns the ratio of the medians."""
    channels, size, filters, kernel, stride, padding = LAYERS[name]
    x = rng.normal(size=(BATCH, channels, size, size)).astype(np.float32)
    weight = rng.normal(size=(filters, channels, kernel, kernel)).astype(np.float32)
    places = shapes.conv_output_size(size, kernel, stride, padding) ** 2
    columns = rng.normal(size=(BATCH, weight[0].size, places)).astype(np.float32)
    flat, out = weight.reshape(filters, -1), np.empty((BATCH, filters, places), np.float32)

    def ours():
        return convolution.conv2d(x, weight, None, stride, padding)

    def bare():
        return np.matmul(flat, columns, out=out)

    times = np.array([(seconds(ours), seconds(bare)) for _ in range(rounds)])
    tracemalloc.start()
    ours()
    extra = tracemalloc.get_traced_memory()[1] - out.nbytes
    tracemalloc.stop()
    (our_median, bare_median), (our_best, bare_best) = np.median(times, axis=0), times.min(axis=0)
    print(
        f"{name}: conv2d {1000 * our_median:7.1f} ms   matmul {1000 * bare_median:7.1f} ms   "
        f"ratio {our_median / bare_median:.2f}, of the best {our_best / bare_best:.2f}   "
        f"extra memory {extra / 2**20:.1f} MB, columns of one picture {columns[0].nbytes / 2**20:.1f} MB"
    )
    return our_median / bare_median


def main(rounds=15):
    print(f"{platform.machine()}, NumPy {np.__version__}, batch {BATCH}, float32, {rounds} rounds in turns")
    rng = np.random.default_rng(0)
    ratios = [measure(name, rng, rounds) for name in LAYERS]
    print(f"geometric mean of the ratios: {np.exp(np.mean(np.log(ratios))):.2f}")


if __name__ == "__main__":
    main()
