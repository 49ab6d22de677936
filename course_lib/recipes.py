"""How the networks that come with the course were trained: plain functions, each with its seed.

    python -m course_lib.recipes lenet5

trains LeNet-5 again and writes data/weights/lenet5_digits.npz; likewise small_alexnet, which needs more pictures than
the course brings: those of Debian's package dataset-fashion-mnist.
"""

import gzip
import sys
import time
from pathlib import Path

import numpy as np

from course_lib import architectures, augmentation, data, network
from course_lib.backend import array_module, float_array

WEIGHTS = data.DATA_FOLDER / "weights"
LENET5_FILE = WEIGHTS / "lenet5_digits.npz"
SMALL_ALEXNET_FILE = WEIGHTS / "small_alexnet_fashion.npz"
FASHION_FOLDER = Path("/usr/share/datasets/fashion-mnist")  # where Debian's package puts its files
FASHION_MEAN, FASHION_SPREAD = 73, 90  # mean and standard deviation of the training pictures' pixels, rounded


def digits_input(images):
    """Pictures of digits (N, 28, 28) of 0 to 255, as load_mnist() gives them, as LeNet-5 takes them: (N, 1, 32, 32).

    Two rows and columns of paper are added on each side, and 0 to 255 becomes 0 to 2, in float32: so the numbers
    spread by about 0.6 around their mean, and the tanh of the first layer works where it bends.

    >>> x = digits_input(np.full((1, 28, 28), 255, np.uint8))
    >>> x.shape, x.dtype, x[0, 0, 1, 2].tolist(), x[0, 0, 2, 2].tolist()
    ((1, 1, 32, 32), dtype('float32'), 0.0, 2.0)
    """
    images = _grey_pictures("digits", images)
    padded = np.pad(images, ((0, 0), (2, 2), (2, 2)))
    return (padded * (2 / 255)).astype(np.float32)[:, None]


def train_lenet5(seed=0, epochs=12, progress=False):
    """LeNet-5 on the 8,000 digits of load_mnist(): (network, History), in one or two minutes.

    Each batch is moved by up to one pixel (augmentation.shift), and the learning rate falls from epoch to epoch. The
    history's validation is the 2,000 test digits: looked at, not used for any choice.
    """
    x_train, y_train, x_test, y_test = data.load_mnist()
    rng = np.random.default_rng(seed)
    net = architectures.lenet5(rng)
    sgd = network.SGD(net, learning_rate=0.05, momentum=0.9, weight_decay=5e-4)
    history = network.fit(
        net, digits_input(x_train), y_train, sgd, epochs, 32, rng, validation=(digits_input(x_test), y_test),
        schedule=network.StepLR(1, gamma=0.75), augment=one_pixel, progress=progress,
    )  # fmt: skip
    return net, history


def one_pixel(x, rng):
    """Each picture of a batch, moved by up to one pixel in each direction."""
    return augmentation.shift(x, rng, pixels=1)


def trained_lenet5():
    """LeNet-5 with the weights that come with the course: takes digits_input(images), gives ten scores each."""
    return with_weights(architectures.lenet5(), LENET5_FILE)


def with_weights(net, path):
    """The network, in eval mode, with the weights of a file that comes with the course."""
    data.read_bundled(path, lambda path: network.load(net, path))
    net.eval()
    return net


def fashion_input(images):
    """Pictures of clothes (N, 28, 28) of 0 to 255 as the small AlexNet takes them: float32 (N, 1, 28, 28).

    The training pictures' mean is taken away, and the rest divided by their standard deviation.

    >>> x = fashion_input(np.full((1, 28, 28), 163, np.uint8))
    >>> x.shape, x.dtype, float(x[0, 0, 0, 0])
    ((1, 1, 28, 28), dtype('float32'), 1.0)
    """
    images = _grey_pictures("clothes", images)
    return ((images - FASHION_MEAN) / FASHION_SPREAD).astype(np.float32)[:, None]


def train_small_alexnet(seed=0, epochs=6, progress=False, folder=FASHION_FOLDER):
    """The small AlexNet on all 60,000 training pictures of Fashion-MNIST: (network, History), ten minutes of one core.

    With all that the paper does: momentum, weight decay, dropout, pictures moved and mirrored, and a learning rate that
    falls to a tenth, here after two thirds of the epochs. The history's validation is the 1,000 test pictures of
    load_fashion(), which no training picture is: looked at, not used for any choice.
    """
    x_train, y_train = read_fashion(folder)
    _, _, x_test, y_test = data.load_fashion()
    rng = np.random.default_rng(seed)
    net = architectures.small_alexnet(rng)
    sgd = network.SGD(net, learning_rate=0.03, momentum=0.9, weight_decay=5e-4)
    history = network.fit(
        net, fashion_input(x_train), y_train, sgd, epochs, 64, rng, validation=(fashion_input(x_test), y_test),
        schedule=network.StepLR(max(1, 2 * epochs // 3)), augment=augmentation.compose(one_pixel, augmentation.flip),
        progress=progress,
    )  # fmt: skip
    return net, history


def trained_small_alexnet():
    """The small AlexNet with the weights that come with the course: takes fashion_input(images), gives ten scores."""
    return with_weights(architectures.small_alexnet(), SMALL_ALEXNET_FILE)


def read_fashion(folder=FASHION_FOLDER):
    """All training pictures of Fashion-MNIST: (images (60000, 28, 28) uint8, labels (60000,) int64).

    They do not come with the course. On Debian and Ubuntu "apt-get install dataset-fashion-mnist" puts them where this
    looks for them; elsewhere, give the folder that holds train-images-idx3-ubyte.gz and train-labels-idx1-ubyte.gz.
    """
    images = _read_idx(Path(folder) / "train-images-idx3-ubyte.gz", (60000, 28, 28))
    return images, _read_idx(Path(folder) / "train-labels-idx1-ubyte.gz", (60000,)).astype(np.int64)


def _read_idx(path, shape):
    """The bytes of a file of the MNIST family: four of a magic number, four for each size, then the numbers."""
    if not path.is_file():
        raise FileNotFoundError(
            f"{path} is missing. On Debian and Ubuntu, install it with: apt-get install dataset-fashion-mnist; "
            "elsewhere, give the folder that holds the file"
        )
    with gzip.open(path) as file:
        content = np.frombuffer(file.read(), np.uint8)
    sizes = tuple(content[4 : 4 + 4 * len(shape)].view(">u4").tolist())
    if sizes != shape or len(content) != 4 + 4 * len(shape) + np.prod(shape):
        raise ValueError(f"{path} holds numbers of the shape {sizes} instead of {shape}, or ends too early")
    return content[4 + 4 * len(shape) :].reshape(shape)


def _grey_pictures(what, images):
    """Pictures (N, 28, 28) of 0 to 255 as floats; anything else is refused."""
    given, images = images, float_array("images", images)
    if images.ndim != 3 or images.shape[1:] != (28, 28):
        raise ValueError(f"{what} are (N, 28, 28), not {images.shape}; for a single one, image[None] adds the N")
    if not 0 <= images.min() <= images.max() <= 255:  # nan neither
        raise ValueError(f"pixels lie from 0 to 255; these from {images.min():g} to {images.max():g}")
    if array_module(given).asarray(given).dtype.kind == "f" and 0 < images.max() <= 1:
        raise ValueError("these pixels, from 0 to 1, seem to be divided by 255 already; give them from 0 to 255")
    return images


RECIPES = {"lenet5": (train_lenet5, LENET5_FILE), "small_alexnet": (train_small_alexnet, SMALL_ALEXNET_FILE)}


def main(names):
    """Train each network named and write its weights."""
    if not names or not set(names) <= set(RECIPES):
        raise SystemExit(f"name what to train: python -m course_lib.recipes {' '.join(RECIPES)}")
    for name in names:
        train, path = RECIPES[name]
        start = time.perf_counter()
        net, history = train(progress=True)
        path.parent.mkdir(exist_ok=True)
        network.save(net, path)
        seconds = time.perf_counter() - start
        print(f"{name}: test accuracy {history.validation_accuracy[-1]:.2%} after {seconds:.0f} s; wrote {path}")


if __name__ == "__main__":
    main(sys.argv[1:])
