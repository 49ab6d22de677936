"""How fast filters.correlate2d is beside scipy.ndimage: python tests/benchmarks/filters_speed.py

Interleaved in one process, best and median of each; ratios count, seconds are this machine's.
"""

import platform
import time

import numpy as np
from scipy import ndimage

from course_lib import filters

ROUNDS = 25


def main():
    image = np.random.default_rng(0).random((2048, 2048), dtype=np.float32)
    kernel = np.arange(1.0, 10).reshape(3, 3) / 45
    sobel = filters.SOBEL_X.astype(np.float32)
    runs = {
        "scipy correlate, 3 x 3": lambda: ndimage.correlate(image, kernel.astype(np.float32), mode="constant"),
        "course correlate2d, 3 x 3": lambda: filters.correlate2d(image, kernel),
        "course Sobel, column times row": lambda: filters.correlate2d_separable(
            image, filters.SOBEL_SMOOTH, filters.SOBEL_DIFFERENCE
        ),
        "scipy correlate, Sobel 3 x 3 with its zeros": lambda: ndimage.correlate(image, sobel, mode="constant"),
        "course correlate2d, one stripe": lambda: whole_picture_at_once(image, kernel),
    }
    seconds = {name: [] for name in runs}
    for _ in range(ROUNDS):
        for name, run in runs.items():
            start = time.perf_counter()
            run()
            seconds[name].append(time.perf_counter() - start)
    reference = seconds["scipy correlate, 3 x 3"]
    print(f"2048 x 2048 float32, {platform.machine()}, numpy {np.__version__}, {ROUNDS} interleaved rounds")
    print(f"{'':46}{'best ms':>9}{'median ms':>11}{'best ratio':>12}{'median ratio':>14}")
    for name, times in seconds.items():
        best, median = min(times), np.median(times)
        ratios = best / min(reference), median / np.median(reference)
        print(f"{name:46}{1e3 * best:9.1f}{1e3 * median:11.1f}{ratios[0]:12.3f}{ratios[1]:14.3f}")


def whole_picture_at_once(image, kernel):
    """correlate2d without stripes, to see what they are worth."""
    stripe_bytes, filters._STRIPE_BYTES = filters._STRIPE_BYTES, image.nbytes
    try:
        return filters.correlate2d(image, kernel)
    finally:
        filters._STRIPE_BYTES = stripe_bytes


if __name__ == "__main__":
    main()
