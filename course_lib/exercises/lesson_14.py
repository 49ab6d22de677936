"""Exercises of lesson 14: one layer in many ways."""

import numpy as np

from course_lib.exercises.engine import Choice, Function, Mistake, Number

LESSON = "14_from_loops_to_gpu"


def columns_solution(image, k):
    height, width = image.shape[0] - k + 1, image.shape[1] - k + 1
    out = np.zeros((k * k, height * width))
    for i in range(height):
        for j in range(width):
            out[:, i * width + j] = image[i : i + k, j : j + k].ravel()
    return out


def _places_down_first(image, k):
    height, width = image.shape[0] - k + 1, image.shape[1] - k + 1
    out = columns_solution(image, k)
    return out.reshape(-1, height, width).swapaxes(1, 2).reshape(out.shape)


def _rows_apart(steps):
    """A wrong solution, in which a row of places takes steps(height, k) columns."""

    def wrong(image, k):
        height, width = image.shape[0] - k + 1, image.shape[1] - k + 1
        out = np.zeros((k * k, height * width))
        for i in range(height):
            for j in range(width):
                out[:, (i * steps(height, k) + j) % (height * width)] = image[i : i + k, j : j + k].ravel()
        return out

    return wrong


_IMAGES = (
    (np.arange(1.0, 13).reshape(3, 4), 2),
    (np.array([[3.0, 1, 4], [1, 5, 9], [2, 6, 5]]), 2),
    (np.arange(35.0).reshape(7, 5) ** 2, 3),
    (np.array([[2.0, 7, 1, 8]]), 1),
)

columns = Function(
    "14.columns",
    solution=columns_solution,
    cases=_IMAGES,
    hints=(
        "Which column belongs to the place (i, j)? Before it come i full rows of places, `width` in each, and j more.",
        "The column is number i * width + j, so the left side is out[:, i * width + j].",
        "The window is image[i : i + k, j : j + k], a square; .ravel() lays its rows one behind the other.",
    ),
    mistakes=(
        Mistake(
            lambda image, k: columns_solution(image, k).T,
            "each window became a row: here they are the columns, so that the weights can stand to the left",
        ),
        Mistake(
            _places_down_first, "your places run down first: in reading order the next place is the one to the right"
        ),
        Mistake(
            _rows_apart(lambda height, k: k), "a row of places is `width` long, not `k`: the column is i * width + j"
        ),
        Mistake(
            _rows_apart(lambda height, k: height),
            "a row of places is `width` long, not `height`: the column is i * width + j",
        ),
        Mistake(
            lambda image, k: np.stack(
                [window.T.ravel() for window in columns_solution(image, k).T.reshape(-1, k, k)], axis=1
            ),
            "each window was read down first: its rows lie one behind the other, as in window.ravel()",
        ),
        Mistake(
            lambda image, k: columns_solution(image, k)[::-1],
            "your windows are turned by 180 degrees: conv2d does not turn anything",
        ),
    ),
    explanation="This is im2col. With padding, strides and channels only the places change, not the idea.",
)


def entries_solution():
    rows = 96 * 5 * 5  # a window: 5 x 5 in each of the 96 maps
    places = 27 * 27  # padding 2 keeps the size
    return rows * places


entries = Number(
    "14.entries",
    solution=entries_solution,
    hints=(
        "A column is one window. How many numbers does a 5 x 5 window read from 96 maps?",
        "There are as many columns as output places: (27 + 2 * 2 - 5) / 1 + 1 in each direction.",
    ),
    mistakes=(
        Mistake(25 * 27 * 27, "a window reads all 96 maps, not one"),
        Mistake(96 * 25 * 23 * 23, "forgot the padding: with 2 on each side 27 places stay 27, not 23"),
        Mistake(96 * 27 * 27, "these are the numbers of the input; a column holds a whole window, 25 in each map"),
        Mistake(96 * 25 * 27, "so many are in the columns of one row of places; there are 27 rows"),
        Mistake(8 * 96 * 25 * 27 * 27, "that is for a batch of 8; asked is one picture"),
        Mistake(96 * 25 * 27 * 27 * 4, "these are bytes; asked is the number of entries"),
        Mistake(
            256 * 96 * 25 * 27 * 27, "these are the layer's multiply-adds; the filters are not in the column matrix"
        ),
    ),
    explanation="2400 rows times 729 columns: 25 times as many as the input has, one copy for each weight of a kernel.",
)


def layer_solution():
    return "d"


layer = Choice(
    "14.layer",
    options={
        "a": "3 x 3 kernels, 384 maps of 13 x 13, stride 1",
        "b": "11 x 11 kernels, 3 maps of 227 x 227, stride 4",
        "c": "1 x 1 kernels, 256 maps of 28 x 28, stride 1",
        "d": "31 x 31 kernels, 8 maps of 128 x 128, stride 1",
    },
    solution=layer_solution,
    hints=(
        "The FFT's cost hardly depends on the kernel. Where does the kernel make the direct way dear?",
        "It computes every place. What becomes of that work where the stride is 4?",
    ),
    mistakes=(
        Mistake("a", "9 products a place and map are few, and with 384 maps the matrix product runs at its best"),
        Mistake("b", "the kernel is large, but with stride 4 the FFT throws 15 of its 16 results away"),
        Mistake("c", "one product a place and map: that is a product of matrices as it stands, without any columns"),
    ),
    explanation="961 products a place and map, or one in each frequency: large kernels at stride 1 are the FFT's own.",
)


def winograd_row_solution(x, g):
    out = []
    for start in range(0, len(x) - 2, 2):
        d = x[start : start + 4]
        m1, m2 = (d[0] - d[2]) * g[0], (d[1] + d[2]) * (g[0] + g[1] + g[2]) / 2
        m3, m4 = (d[2] - d[1]) * (g[0] - g[1] + g[2]) / 2, (d[1] - d[3]) * g[2]
        out += [m1 + m2 + m3, m2 - m3 - m4]
    return np.array(out)


def _second_is(combine):
    """A wrong solution, with another second result of every pair, made of m2, m3, m4."""

    def wrong(x, g):
        out = winograd_row_solution(x, g)
        for start in range(0, len(x) - 2, 2):
            d = x[start : start + 4]
            m2, m3 = (d[1] + d[2]) * (g[0] + g[1] + g[2]) / 2, (d[2] - d[1]) * (g[0] - g[1] + g[2]) / 2
            out[start + 1] = combine(m2, m3, (d[1] - d[3]) * g[2])
        return out

    return wrong


winograd_row = Function(
    "14.winograd_row",
    solution=winograd_row_solution,
    cases=(
        (np.array([3.0, 1, 4, 2]), np.array([1.0, 2, 4])),
        (np.array([2.0, 7, 1, 8, 2, 8]), np.array([1.0, -1, 0.5])),
        (np.array([0.5, 0, -3, 5, 1, 1, 2, 4]), np.array([0.0, 2, -3])),
    ),
    hints=(
        "m2 + m3 is d1 g1 + d2 (g0 + g2). What is m2 - m3?",
        "m2 - m3 is d1 (g0 + g2) + d2 g1. The second result has d3 g2 where this has d1 g2.",
        "What must be taken away is (d1 - d3) g2. Is that one of the four products?",
    ),
    mistakes=(
        Mistake(_second_is(lambda m2, m3, m4: m2 - m3 + m4), "m4 has the wrong sign: d1 g2 must go, and d3 g2 come"),
        Mistake(_second_is(lambda m2, m3, m4: m2 + m3 - m4), "m3 has the wrong sign: g1 must meet d2, not d1"),
        Mistake(_second_is(lambda m2, m3, m4: m2 + m3 + m4), "m3 and m4 have the wrong signs; work out m2 - m3 first"),
        Mistake(
            _second_is(lambda m2, m3, m4: m2 - m3), "close: g2 still meets d1, and it should meet d3; m4 mends that"
        ),
        Mistake(
            lambda x, g: np.array([x[i : i + 3] @ g[::-1] for i in range(len(x) - 2)]),
            "you turned the filter: conv2d does not",
        ),
    ),
    explanation="m2 - m3 = d1 (g0 + g2) + d2 g1; minus m4 puts d3 g2 in place of d1 g2. Four products, two results.",
)
