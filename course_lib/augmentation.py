"""More pictures out of those there are: each batch is moved, mirrored or re-coloured at random before it is trained on.

Every step is a function of (x, rng): x (N, C, H, W), changed picture by picture, never in place; rng a numpy Generator,
so the same seed gives the same pictures. Floats keep their dtype; whole numbers become float64. fit() takes one such
function, and compose() makes one of several:

augment = compose(partial(shift, pixels=2), flip)
network.fit(..., augment=augment)
"""

import numpy as np

from course_lib.backend import array_module, finite_number, float_array, random_generator
from course_lib.shapes import check_layout, pair

GREY = (0.299, 0.587, 0.114)  # how bright red, green and blue look (ITU-R BT.601), as in data.to_grey


def compose(*steps):
    """One function (x, rng) that does all steps, one behind the other."""
    if not steps or not all(map(callable, steps)):
        raise TypeError(f"give the steps as functions of (x, rng), such as flip, without brackets; {steps} came")

    def augment(x, rng):
        for step in steps:
            x = step(x, rng)
        return x

    return augment


def shift(x, rng, pixels=2):
    """Each picture moves by -pixels to pixels, down and to the right, drawn at random; zeros come in at the border.

    >>> shift([[[[1, 2, 3]]]], np.random.default_rng(0), pixels=(0, 1)).tolist()
    [[[[2.0, 3.0, 0.0]]]]
    """
    x, (most_down, most_right) = _drawn_on(x, rng), pair("pixels", pixels, 0)
    sides = ((0, 0), (0, 0), (most_down, most_down), (most_right, most_right))
    return crop(array_module(x).pad(x, sides), rng, x.shape[2:])


def crop(x, rng, size):
    """A part of each picture, size = (height, width) or one number for both, from a place drawn at random.

    >>> crop([[[[1, 2, 3, 4]]]], np.random.default_rng(0), size=(1, 2)).tolist()
    [[[[3.0, 4.0]]]]
    """
    x, (height, width) = _drawn_on(x, rng), pair("size", size, 1)
    if height > x.shape[2] or width > x.shape[3]:
        raise ValueError(f"a part of {height} x {width} pixels does not fit into pictures of {_size(x)}")
    xp = array_module(x)
    top = xp.asarray(rng.integers(0, x.shape[2] - height + 1, len(x)))
    left = xp.asarray(rng.integers(0, x.shape[3] - width + 1, len(x)))
    rows = (top[:, None] + xp.arange(height))[:, None, :, None]  # (N, 1, height, 1)
    columns = (left[:, None] + xp.arange(width))[:, None, None, :]  # (N, 1, 1, width)
    return x[xp.arange(len(x))[:, None, None, None], xp.arange(x.shape[1])[:, None, None], rows, columns]


def flip(x, rng, p=0.5):
    """Each picture is mirrored, left for right, with probability p.

    >>> flip([[[[1, 2]]], [[[3, 4]]]], np.random.default_rng(0)).tolist()
    [[[[1.0, 2.0]]], [[[4.0, 3.0]]]]
    """
    x, p = _drawn_on(x, rng), finite_number("p", p)
    if not 0 <= p <= 1:
        raise ValueError(f"p is a probability, from 0 to 1; {p} came")
    xp = array_module(x)
    mirrored = xp.asarray(rng.random(len(x)) < p)
    return xp.where(mirrored[:, None, None, None], x[..., ::-1], x)


def colour_jitter(x, rng, brightness=0.2, contrast=0.2, saturation=0.2):
    """Each picture (3, H, W) gets brighter or darker, its contrast and its colours stronger or weaker.

    Each of the three is a factor drawn evenly between 1 - amount and 1 + amount: it scales the picture, then its
    distance from its mean grey, then each pixel's distance from its own grey. Nothing is cut off.

    >>> grey = np.full((1, 3, 1, 2), 0.5)
    >>> colour_jitter(grey, np.random.default_rng(0), brightness=0.2, contrast=0, saturation=0).round(4)[0, 0].tolist()
    [[0.5274, 0.5274]]
    """
    x = _drawn_on(x, rng, channels=3)
    amounts = {"brightness": brightness, "contrast": contrast, "saturation": saturation}
    factors = [1 + _amount(name, amount) * rng.uniform(-1, 1, len(x)) for name, amount in amounts.items()]
    bright, strong, colourful = (array_module(x).asarray(f, x.dtype)[:, None, None, None] for f in factors)
    x = bright * x
    mean = _grey(x).mean(axis=(2, 3), keepdims=True)
    x = mean + strong * (x - mean)
    return _grey(x) + colourful * (x - _grey(x))


def colour_directions(x):
    """(variances (3,), directions (3, 3)): along which the colours of all pixels of x (N, 3, H, W) vary, largest first.

    The principal components of red, green and blue: direction i is directions[:, i], of length 1, and its largest entry
    is positive.

    >>> variances, directions = colour_directions(np.array([[[[0, 2]], [[0, 2]], [[0, 0]]]]))
    >>> variances.round(6).tolist(), directions[:, 0].round(4).tolist()
    ([2.0, 0.0, 0.0], [0.7071, 0.7071, 0.0])
    """
    x = _pictures(x, channels=3)
    xp = array_module(x)
    colours = xp.moveaxis(x, 1, 0).reshape(3, -1).astype(np.float64)
    centred = colours - colours.mean(axis=1, keepdims=True)
    variances, directions = xp.linalg.eigh(centred @ centred.T / colours.shape[1])
    variances, directions = variances[::-1], directions[:, ::-1]
    largest = xp.abs(directions).argmax(axis=0)
    return xp.maximum(variances, 0), directions * xp.sign(directions[largest, xp.arange(3)])


def pca_lighting(x, rng, variances, directions, spread=0.1):
    """AlexNet's change of light: to all pixels of a picture (3, H, W) one colour is added, drawn at random.

    It is the sum of the three directions, each times its variance and a normal random number with standard deviation
    `spread`. variances and directions are what colour_directions() found for all training pictures, with values from
    0 to 1. Source: Krizhevsky, Sutskever and Hinton 2012, section 4.1.

    >>> black, directions = np.zeros((1, 3, 1, 1)), np.eye(3)
    >>> pca_lighting(black, np.random.default_rng(0), [1.0, 0.5, 0.0], directions).ravel().round(4).tolist()
    [0.0126, -0.0066, 0.0]
    """
    x = _drawn_on(x, rng, channels=3)
    xp = array_module(x)
    variances, directions = float_array("variances", variances), float_array("directions", directions)
    if variances.shape != (3,) or directions.shape != (3, 3):
        raise ValueError(f"three variances and 3 x 3 directions are needed, not {variances.shape} {directions.shape}")
    strengths = xp.asarray(_amount("spread", spread) * rng.normal(size=(len(x), 3)))  # (N, 3)
    colours = (strengths * variances) @ directions.T  # (N, 3)
    return x + colours.astype(x.dtype)[:, :, None, None]


def _drawn_on(x, rng, channels=None):
    random_generator(rng)
    return _pictures(x, channels)


def _pictures(x, channels=None):
    x = float_array("x", x)
    check_layout("x", x.shape)
    if channels is not None and x.shape[1] != channels:
        raise ValueError(f"pictures in colour have 3 maps, red, green and blue; these have {x.shape[1]}")
    return x


def _grey(x):
    """The brightness of each pixel: (N, 3, H, W) -> (N, 1, H, W)."""
    return sum(share * x[:, place : place + 1] for place, share in enumerate(GREY))


def _amount(name, value):
    value = finite_number(name, value)
    if value < 0:
        raise ValueError(f"{name} says how far a random change may go, at least 0; {value} came")
    return value


def _size(x):
    return f"{x.shape[2]} x {x.shape[3]}"
