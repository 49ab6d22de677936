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


def main(rounds=15):
    rng = np.random.default_rng(0)
    print(f"{platform.machine()}, NumPy {np.__version__}, batch {BATCH}, float32, {rounds} rounds in turns")
    ratios = []
    for name, (channels, size, filters, kernel, stride, padding) in LAYERS.items():
        x = rng.normal(size=(BATCH, channels, size, size)).astype(np.float32)
        weight = rng.normal(size=(filters, channels, kernel, kernel)).astype(np.float32)
        places = shapes.conv_output_size(size, kernel, stride, padding) ** 2
        columns = rng.normal(size=(BATCH, weight[0].size, places)).astype(np.float32)
        flat, out = weight.reshape(filters, -1), np.empty((BATCH, filters, places), np.float32)
        pairs = [
            (
                seconds(lambda: convolution.conv2d(x, weight, None, stride, padding)),
                seconds(lambda: np.matmul(flat, columns, out=out)),
            )
            for _ in range(rounds)
        ]
        ours, bare = np.median(pairs, axis=0)
        tracemalloc.start()
        convolution.conv2d(x, weight, None, stride, padding)
        extra = tracemalloc.get_traced_memory()[1] - out.nbytes
        tracemalloc.stop()
        ratios.append(ours / bare)
        print(
            f"{name}: conv2d {1000 * ours:7.1f} ms   matmul {1000 * bare:7.1f} ms   ratio {ours / bare:.2f}   "
            f"best {min(p[0] for p in pairs) / min(p[1] for p in pairs):.2f}   "
            f"extra memory {extra / 2**20:.1f} MB, columns of one picture {columns[0].nbytes / 2**20:.1f} MB"
        )
    print(f"geometric mean of the ratios: {np.exp(np.mean(np.log(ratios))):.2f}")


if __name__ == "__main__":
    main()
