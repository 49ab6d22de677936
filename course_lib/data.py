"""The pictures and small tables that come with the course. Nothing is ever downloaded, nothing is unpickled."""

from pathlib import Path

import numpy as np
from PIL import Image

DATA_FOLDER = Path(__file__).resolve().parent.parent / "data"
IMAGE_NAMES = ("astronaut", "brick", "camera", "chelsea", "coffee", "coins", "grass", "gravel")


def load_image(name):
    """A bundled photograph: uint8 array (H, W) if it is grey, (H, W, 3) if it is in colour (RGB), values 0 to 255.

    >>> load_image("camera").shape, load_image("coffee").shape
    ((512, 512), (400, 600, 3))
    """
    if name not in IMAGE_NAMES:
        raise ValueError(f"there is no picture {name!r}; the pictures are {', '.join(IMAGE_NAMES)}")
    path = DATA_FOLDER / "images" / f"{name}.png"
    if not path.is_file():
        raise FileNotFoundError(f"{_shown(path)} is missing; {_how_to_restore(path)}")
    try:
        with Image.open(path) as picture:
            return np.array(picture)
    except (OSError, SyntaxError, ValueError) as error:
        raise ValueError(f"{_shown(path)} is damaged ({error}); {_how_to_restore(path)}") from None


def _check_bytes(image):
    known = isinstance(image, np.ndarray) and image.dtype == np.uint8
    if not known or image.size == 0 or (image.ndim != 2 and image.shape[2:] != (3,)):
        what = f"shape {image.shape} and {image.dtype}" if isinstance(image, np.ndarray) else type(image).__name__
        raise TypeError(
            f"a picture of bytes is a uint8 array (H, W) or (H, W, 3), as load_image() gives; this is {what}"
        )


def _shown(path):
    return path.relative_to(DATA_FOLDER.parent).as_posix()


def _how_to_restore(path):
    return f"get it back with: git checkout -- {_shown(path)}"


def to_grey(image):
    """A colour picture (H, W, 3) uint8 as a grey one (H, W) uint8, by brightness; a grey one is returned as it is.

    0.299 red + 0.587 green + 0.114 blue (ITU-R BT.601), as Pillow computes it in whole numbers.

    >>> to_grey(np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255]]], dtype=np.uint8)).tolist()
    [[76, 150, 29]]
    """
    _check_bytes(image)
    return np.asarray(Image.fromarray(image).convert("L")) if image.ndim == 3 else image


def scale_down(image, largest_side):
    """The picture (H, W) or (H, W, 3) uint8, made smaller if its longer side has more than `largest_side` pixels.

    >>> scale_down(load_image("coffee"), 512).shape, scale_down(load_image("camera"), 512).shape
    ((341, 512, 3), (512, 512))
    """
    _check_bytes(image)
    picture = Image.fromarray(image)
    picture.thumbnail((largest_side, largest_side), Image.Resampling.LANCZOS, reducing_gap=None)
    return np.asarray(picture)


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
