"""The pictures and data sets that come with the course. Nothing is ever downloaded, nothing is unpickled."""

import csv
import gzip
import math
import tokenize
import zipfile
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

from course_lib.backend import finite_number, random_generator
from course_lib.shapes import whole_number

DATA_FOLDER = Path(__file__).resolve().parent.parent / "data"
IMAGE_NAMES = ("astronaut", "brick", "camera", "chelsea", "coffee", "coins", "grass", "gravel")
FASHION_NAMES = (
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
)  # fmt: skip
PENGUIN_SPECIES = ("Adelie", "Chinstrap", "Gentoo")
PENGUIN_FEATURES = ("bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g")


def load_image(name):
    """A bundled photograph: uint8 array (H, W) if it is grey, (H, W, 3) if it is in colour (RGB), values 0 to 255.

    >>> load_image("camera").shape, load_image("coffee").shape
    ((512, 512), (400, 600, 3))
    """
    if name not in IMAGE_NAMES:
        raise ValueError(f"there is no picture {name!r}; the pictures are {', '.join(IMAGE_NAMES)}")
    return read_bundled(DATA_FOLDER / "images" / f"{name}.png", _read_image)


def _read_image(path):
    with Image.open(path) as picture:
        return np.array(picture)


def read_bundled(path, read):
    """What read(path) gives, for a file that comes with the course; missing or damaged, it says how to get it back.

    FileNotFoundError where it is missing, ValueError where read() cannot use it.
    """
    shown = path.relative_to(DATA_FOLDER.parent).as_posix()
    remedy = f"get it back with: git checkout -- {shown}"
    if not path.is_file():
        raise FileNotFoundError(f"{shown} is missing; {remedy}")
    try:
        return read(path)
    except (OSError, SyntaxError, ValueError, KeyError, EOFError, RuntimeError, tokenize.TokenError, zlib.error,
            zipfile.BadZipFile) as error:  # fmt: skip
        raise ValueError(f"{shown} is damaged ({error}); {remedy}") from None


def _check_bytes(image):
    wanted = "a picture of bytes is a uint8 array (H, W) or (H, W, 3), as load_image() gives"
    if not isinstance(image, np.ndarray) or image.dtype != np.uint8:
        raise TypeError(f"{wanted}; this is {image.dtype if isinstance(image, np.ndarray) else type(image).__name__}")
    if image.size == 0 or (image.ndim != 2 and image.shape[2:] != (3,)):
        raise ValueError(f"{wanted}; this has the shape {image.shape}")


def to_grey(image):
    """A colour picture (H, W, 3) uint8 as a grey one (H, W) uint8, by brightness; a grey one is returned as it is.

    0.299 red + 0.587 green + 0.114 blue (ITU-R BT.601), as Pillow computes it in whole numbers.

    >>> to_grey(np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255]]], dtype=np.uint8)).tolist()
    [[76, 150, 29]]
    """
    _check_bytes(image)
    return np.array(Image.fromarray(image).convert("L")) if image.ndim == 3 else image


def scale_down(image, largest_side):
    """The picture (H, W) or (H, W, 3) uint8, made smaller if its longer side has more than `largest_side` pixels.

    >>> scale_down(load_image("coffee"), 512).shape, scale_down(load_image("camera"), 512).shape
    ((341, 512, 3), (512, 512))
    """
    _check_bytes(image)
    picture, side = Image.fromarray(image), whole_number("largest_side", largest_side, 1)
    picture.thumbnail((side, side), Image.Resampling.LANCZOS, reducing_gap=None)
    return np.array(picture)


def centre_digit(picture):
    """A drawn digit (28, 28) uint8, ink 255 on paper 0, put where MNIST's makers put theirs: (28, 28) uint8.

    Its box is scaled to 20 pixels at the longer side, and moved so that the ink's centre of mass lies on the pixel in
    row 14, column 14, or as near as the frame allows. The test digits of load_mnist() come back as they are.

    >>> drawn = np.zeros((28, 28), np.uint8)
    >>> drawn[2:7, 1:3] = 255
    >>> rows, columns = np.nonzero(centre_digit(drawn))
    >>> (rows.min(), rows.max()), (columns.min(), columns.max())
    ((np.int64(4), np.int64(23)), (np.int64(10), np.int64(17)))
    """
    _check_bytes(picture)
    if picture.shape != (28, 28):
        raise ValueError(f"a drawn digit has 28 x 28 grey pixels, not {picture.shape}")
    rows, columns = np.nonzero(picture)
    if len(rows) == 0:
        raise ValueError("there is no ink in this picture: draw a digit first")
    box = picture[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    scale = 20 / max(box.shape)
    height, width = (max(1, round(side * scale)) for side in box.shape)
    digit = np.asarray(Image.fromarray(box).resize((width, height), Image.Resampling.BILINEAR))
    if not digit.any():
        raise ValueError("the ink in this picture is too faint: draw it darker")
    middles = (digit.sum(axis=axis) @ np.arange(side) / digit.sum() for axis, side in ((1, height), (0, width)))
    top, left = (
        min(max(math.ceil(13.5 - middle), 0), 28 - side) for middle, side in zip(middles, digit.shape, strict=True)
    )
    centred = np.zeros((28, 28), np.uint8)
    centred[top : top + height, left : left + width] = digit
    return centred


def moving_average_picture():
    """The 10 x 10 picture that the sources average by hand: a bright block with a hole, and one lone bright pixel.

    Source: 003_7b594a0dab4ccf8d.txt, lines 278-287 (F-MA-01, MA-01).

    >>> picture = moving_average_picture()
    >>> int((picture == 90).sum()), picture.sum()
    (25, np.float64(2250.0))
    """
    picture = np.zeros((10, 10))
    picture[2:7, 3:8] = 90
    picture[5, 4] = 0
    picture[8, 2] = 90
    return picture


def correlation_example():
    """The 6 x 5 picture and the 3 x 3 kernel on which the sources explain correlation, with the kernel as printed.

    Source: 003_7b594a0dab4ccf8d.txt, lines 517-522 and 534-536 (CC-06, CC-07).

    >>> picture, kernel = correlation_example()
    >>> picture.shape, round(float(kernel.sum()), 2)
    ((6, 5), 0.97)
    """
    picture = np.array(
        [
            [5, 2, 5, 4, 4],
            [5, 200, 3, 200, 4],
            [1, 5, 5, 4, 4],
            [5, 5, 1, 1, 2],
            [200, 1, 3, 5, 200],
            [1, 200, 200, 200, 1],
        ],
        dtype=np.float64,
    )
    return picture, np.array([[0.06, 0.12, 0.06], [0.12, 0.25, 0.12], [0.06, 0.12, 0.06]])


def pooling_example():
    """The 4 x 4 map on which the sources explain pooling with 2 x 2 windows and stride 2.

    The text at hand has lost the figure with its numbers. This is the widely used picture of the example, and its four
    means are those that the source prints. Source: 002_69942b7dd2ea4e29.txt, lines 257-279 (F-POOL-03 to 05, POOL-01).

    >>> float(pooling_example()[:2, 2:].mean())
    5.25
    """
    return np.array([[1.0, 1, 2, 4], [5, 6, 7, 8], [3, 2, 1, 0], [1, 2, 3, 4]])


def scanning_example():
    """The 5 x 5 picture of zeros and ones and the 3 x 3 filter with which the sources explain scanning; the bias is 0.

    The text at hand shows 22 digits without their places: thirteen ones of the picture and the filter's nine. This is
    the widely used picture of the example, which has as many ones.
    Source: 002_69942b7dd2ea4e29.txt, lines 85-95 and 223-224 (F-SCAN-16, SCAN-10).

    >>> picture, kernel = scanning_example()
    >>> int(picture.sum()), kernel.size
    (13, 9)
    """
    rows = ((1, 1, 1, 0, 0), (0, 1, 1, 1, 0), (0, 0, 1, 1, 1), (0, 0, 1, 1, 0), (0, 1, 1, 0, 0))
    return np.array(rows, dtype=float), np.array([[1.0, 0, 1], [0, 1, 0], [1, 0, 1]])


def load_penguins(species, features):
    """Measurements of penguins from the Palmer islands: x (N, len(features)) float64, labels (N,) int64.

    `species` and `features` are names from PENGUIN_SPECIES and PENGUIN_FEATURES (millimetres and grams); labels count
    the species as they are given. Two penguins that were not measured are left out.

    >>> x, labels = load_penguins(("Adelie", "Gentoo"), ("bill_length_mm", "bill_depth_mm"))
    >>> x.shape, np.bincount(labels).tolist(), x[0].tolist()
    ((274, 2), [151, 123], [39.1, 18.7])
    """
    _check_names("species", species, PENGUIN_SPECIES)
    _check_names("feature", features, PENGUIN_FEATURES)
    rows = read_bundled(DATA_FOLDER / "tables" / "penguins.csv", _read_table)
    rows = [row for row in rows if row["species"] in species and row["body_mass_g"] != "NA"]
    x = np.array([[float(row[feature]) for feature in features] for row in rows])
    return x, np.array([list(species).index(row["species"]) for row in rows])


def _read_table(path):
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    if len(rows) != 344 or not {"species", *PENGUIN_FEATURES} <= rows[0].keys() or not all(row["year"] for row in rows):
        raise ValueError(f"{len(rows)} penguins instead of 344, or a column or the end of a row is missing")
    return rows


def _check_names(what, names, known):
    if isinstance(names, str) or not names or not set(names) <= set(known):
        raise ValueError(f"give some names of {what} out of {', '.join(known)}, as a tuple; {names!r} came")


def load_digits():
    """1797 handwritten digits: images (1797, 8, 8) uint8 with values 0 to 16, labels (1797,) int64 from 0 to 9.

    >>> images, labels = load_digits()
    >>> images.shape, int(images.max()), np.bincount(labels).tolist()
    ((1797, 8, 8), 16, [178, 182, 177, 183, 181, 182, 181, 179, 174, 180])
    """
    rows = read_bundled(DATA_FOLDER / "tables" / "digits.csv.gz", _read_digits)
    return rows[:, :-1].reshape(-1, 8, 8), rows[:, -1].astype(np.int64)


def _read_digits(path):
    with gzip.open(path, "rt", encoding="ascii", newline="") as file:
        rows = np.array(list(csv.reader(file))).astype(np.uint8)
    if rows.shape != (1797, 65):
        raise ValueError(f"a table of {rows.shape} instead of (1797, 65)")
    return rows


def load_mnist():
    """10,000 handwritten digits, 28 x 28: (x_train (8000, 28, 28), y_train (8000,), x_test (2000, 28, 28), y_test).

    Pictures are uint8, 0 the paper and 255 the ink; labels are int64 from 0 to 9.

    >>> x_train, y_train, x_test, y_test = load_mnist()
    >>> x_train.shape, np.bincount(y_test).tolist()
    ((8000, 28, 28), [200, 225, 198, 206, 196, 173, 203, 214, 189, 196])
    """
    return read_bundled(DATA_FOLDER / "mnist" / "mnist10k.npz", lambda path: _read_split(path, 8000, 2000))


def load_fashion():
    """7,000 pictures of clothes, 28 x 28: (x_train (6000, 28, 28), y_train (6000,), x_test (1000, 28, 28), y_test).

    Pictures are uint8, 0 the background; labels are int64, places in FASHION_NAMES.

    >>> x_train, y_train, x_test, y_test = load_fashion()
    >>> x_train.shape, np.bincount(y_test).tolist()
    ((6000, 28, 28), [100, 100, 100, 100, 100, 100, 100, 100, 100, 100])
    """
    return read_bundled(DATA_FOLDER / "fashion" / "fashion7k.npz", lambda path: _read_split(path, 6000, 1000))


def _read_split(path, n_train, n_test):
    with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
        parts = [stored[name] for name in ("x_train", "y_train", "x_test", "y_test")]
    wanted = [(n_train, 28, 28), (n_train,), (n_test, 28, 28), (n_test,)]
    if [part.shape for part in parts] != wanted or any(part.dtype != np.uint8 for part in parts):
        raise ValueError(f"arrays of {[(part.shape, str(part.dtype)) for part in parts]} instead of {wanted} in uint8")
    return parts[0], parts[1].astype(np.int64), parts[2], parts[3].astype(np.int64)


def load_face_detector():
    """P-Net, a small face detector, already trained on photographs of faces: {name: float32 array}.

    "conv1_weight" (10, 3, 3, 3), "conv1_bias" (10,), "conv1_slopes" (10,), likewise conv2 and conv3, then
    "face_weight" (2, 32, 1, 1) and "face_bias" (2,); weights are (F, C, KH, KW). scanning.FaceDetector uses them.

    >>> sum(array.size for array in load_face_detector().values())
    6500
    """
    return read_bundled(DATA_FOLDER / "mtcnn" / "pnet.npz", _read_face_detector)


def _read_face_detector(path):
    with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
        found = {}
        for layer in ("conv1", "conv2", "conv3", "face"):
            # stored (KH, KW, C, F), for pictures whose rows and columns are swapped: swapped kernels do the same
            found[f"{layer}_weight"] = stored[f"{layer}_W"].transpose(3, 2, 1, 0)
            found[f"{layer}_bias"] = stored[f"{layer}_b"]
            if layer != "face":
                found[f"{layer}_slopes"] = stored[f"prelu{layer[-1]}"].ravel()
    shapes = [found[f"{layer}_weight"].shape for layer in ("conv1", "conv2", "conv3", "face")]
    if shapes != [(10, 3, 3, 3), (16, 10, 3, 3), (32, 16, 3, 3), (2, 32, 1, 1)]:
        raise ValueError(f"weights of the shapes {shapes}")
    return found


def two_moons(count, noise=0.15, rng=None):
    """Two interleaved half circles of radius 1 that no line separates: x (count, 2) float64, labels (count,) 0 or 1.

    `noise` is the standard deviation of what is added to each coordinate; `rng` a numpy Generator (without: seed 0).

    >>> x, labels = two_moons(100)
    >>> x.shape, np.bincount(labels).tolist()
    ((100, 2), [50, 50])
    """
    count = whole_number("count", count, 2)
    noise = finite_number("noise", noise)
    if noise < 0:
        raise ValueError(f"noise must be at least 0, not {noise}")
    rng = np.random.default_rng(0) if rng is None else random_generator(rng)
    labels = np.arange(count) % 2
    angle = np.pi * rng.random(count)
    upper = np.column_stack([np.cos(angle), np.sin(angle)])
    lower = np.column_stack([1 - np.cos(angle), 0.5 - np.sin(angle)])
    return np.where(labels[:, None] == 0, upper, lower) + noise * rng.normal(size=(count, 2)), labels
