"""The exercises of lesson 07: filters."""

import numpy as np

from course_lib import data, filters
from course_lib.exercises.engine import Array, Choice, Function, Mistake, Number

LESSON = "07_filters"


def hole_solution():
    picture = data.moving_average_picture()
    window = picture[4:7, 3:6]  # the 3 x 3 pixels around row 5, column 4
    return window.sum() / 9  # eight times 90 and one 0, divided by nine


hole = Number(
    "07.hole",
    solution=hole_solution,
    hints=(
        "Write down the nine numbers in the frame. How many of them are 90?",
        "Add them up and divide by the number of pixels in the window.",
    ),
    mistakes=(
        Mistake(
            90, "the hole is in the window too: eight pixels are 90, the ninth is 0, and the mean is over all nine"
        ),
        Mistake(720, "720 is the sum; the mean is the sum divided by the number of pixels"),
        Mistake(0, "0 is the pixel itself; the mean looks at its neighbours as well"),
        Mistake(10, "10 is one ninth of 90: what a single bright pixel leaves. Here it is the other way round"),
    ),
    explanation="8 * 90 / 9 = 80: the hole has not gone, it has been spread over nine pixels.",
)


def shift_solution():
    return "a"  # each pixel fetches its right neighbour, so what was on the right comes to the left


shift = Choice(
    "07.shift",
    options={
        "a": "one pixel to the left",
        "b": "one pixel to the right",
        "c": "it stays and gets brighter on the right",
        "d": "one pixel up",
    },
    solution=shift_solution,
    hints=(
        "Stand on one pixel of the result. From which pixel of the picture does it get its value?",
        "Every result pixel shows what was to the right of it.",
    ),
    mistakes=(
        Mistake("b", "that is where the one stands, and where the value comes from; the picture moves the other way"),
        Mistake("c", "the weights add up to 1 and only one of them is not 0: values are copied, not changed"),
        Mistake("d", "the one is in the middle row: nothing moves up or down"),
    ),
    explanation="The result fetches each value from the right, so the picture moves left. Under convolution: right.",
)


def convolve_solution(image, kernel):
    turned = kernel[::-1, ::-1]
    return filters.correlate2d(image, turned)


_rng = np.random.default_rng(7)
_PICTURES = tuple(_rng.integers(0, 10, shape).astype(float) for shape in ((4, 5), (6, 3)))
_KERNELS = tuple(_rng.integers(-4, 5, (3, 3)).astype(float) for _ in _PICTURES)

convolve = Function(
    "07.convolve",
    solution=convolve_solution,
    cases=tuple(zip(_PICTURES, _KERNELS, strict=True)),
    hints=(
        "Convolution is correlation with the kernel turned by 180 degrees.",
        "Turning by 180 degrees reverses the rows and the columns. array[::-1] reverses the rows.",
        "kernel[::-1, ::-1] reverses both.",
    ),
    mistakes=(
        Mistake(filters.correlate2d, "this is correlation: the kernel has not been turned"),
        Mistake(
            lambda image, kernel: filters.correlate2d(image, kernel[::-1]),
            "only the rows are reversed: the columns must be as well",
        ),
        Mistake(
            lambda image, kernel: filters.correlate2d(image, kernel[:, ::-1]),
            "only the columns are reversed: the rows must be as well",
        ),
        Mistake(
            lambda image, kernel: filters.correlate2d(image, kernel.T),
            "transposing mirrors at the diagonal; turning by 180 degrees reverses rows and columns",
        ),
        Mistake(
            lambda image, kernel: filters.correlate2d(image, np.rot90(kernel)),
            "this turns the kernel by 90 degrees: turn twice as far",
        ),
        Mistake(
            lambda image, kernel: filters.correlate2d(image, kernel[::-1, ::-1], border="valid"),
            "the kernel is right, but the border was left out: the result must be as large as the picture",
        ),
    ),
    explanation="One line of difference, and the source of most sign errors with image filters.",
)


def move_solution():
    kernel = np.zeros((3, 3))
    kernel[0, 1] = 1  # above the centre: every pixel fetches the one above it, so the picture moves down
    return kernel


move = Array(
    "07.move",
    solution=move_solution,
    hints=(
        "For the picture to move down, each pixel of the result must fetch the pixel above it.",
        "Zeros, and a single 1: on the side from which each pixel fetches its value. Here that is above.",
    ),
    mistakes=(
        Mistake(
            filters.shift_kernel(0, -1), "this moves the picture up: the one pulls from the side on which it stands"
        ),
        Mistake(filters.shift_kernel(1, 0), "this moves the picture to the right"),
        Mistake(filters.shift_kernel(-1, 0), "this moves the picture to the left"),
        Mistake(filters.identity_kernel(3), "this leaves the picture where it is"),
    ),
    explanation="filters.shift_kernel(0, 1) is this kernel.",
)


def edge_strength_solution(image):
    along_x = filters.correlate2d(image, filters.SOBEL_X, border="edge")
    along_y = filters.correlate2d(image, filters.SOBEL_Y, border="edge")
    return np.sqrt(along_x**2 + along_y**2)


def _edge_strength_from(combine):
    return lambda image: combine(
        filters.correlate2d(image, filters.SOBEL_X, border="edge"),
        filters.correlate2d(image, filters.SOBEL_Y, border="edge"),
    )


edge_strength = Function(
    "07.edge_strength",
    solution=edge_strength_solution,
    cases=tuple((picture,) for picture in _PICTURES),
    hints=(
        "The two results are the legs of a right triangle; the strength is its longest side.",
        "Square both, add them, take the square root: np.sqrt works on whole arrays.",
    ),
    mistakes=(
        Mistake(
            _edge_strength_from(lambda x, y: x + y),
            "added with their signs, the two cancel where one is negative: square them first",
        ),
        Mistake(_edge_strength_from(lambda x, y: x**2 + y**2), "the square root is missing"),
        Mistake(
            _edge_strength_from(lambda x, y: np.abs(x) + np.abs(y)),
            "|x| + |y| is a quick stand-in that is up to 41 % too large on slanted edges; the length is asked for",
        ),
        Mistake(_edge_strength_from(lambda x, y: np.abs(x)), "horizontal edges are missing: use SOBEL_Y as well"),
        Mistake(_edge_strength_from(lambda x, y: np.abs(y)), "vertical edges are missing: use SOBEL_X as well"),
        Mistake(
            lambda image: np.hypot(
                filters.correlate2d(image, filters.SOBEL_X), filters.correlate2d(image, filters.SOBEL_Y)
            ),
            'the formula is right; the default border is black, which makes edges of its own: use border="edge"',
        ),
    ),
    explanation="filters.sobel_gradient gives this length and the angle together.",
)


def sides_solution():
    return (1 - 3) / 4  # the weights must add up to 1, and the centre has 3 already


sides = Number(
    "07.sides",
    solution=sides_solution,
    hints=(
        "On a flat area all nine pixels are equal. What must the weights add up to, for the result to be that value?",
        "The centre has the weight 3, the corners 0. Solve: 3 + 4 * side = 1.",
    ),
    mistakes=(
        Mistake(-1, "this is what the slide prints: 3 - 4 = -1, and a flat 10 becomes -10"),
        Mistake(-0.75, "with this the weights add up to 0: flat areas turn black and only the edges stay"),
        Mistake(0.5, "with this the weights add up to 5; the sides must take something away from 3"),
        Mistake(-2, "this is what all four sides must take away together"),
        Mistake(-0.25, "that is shared among eight neighbours; here there are four, and the corners stay 0"),
        Mistake(1, "1 is what the weights must add up to, together with the 3 in the centre"),
    ),
    explanation="3 - 4 * 0.5 = 1. Of the differences it adds half as much as 5 and four times -1 do.",
)
