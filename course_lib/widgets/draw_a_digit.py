"""Draw a digit and see what LeNet-5 makes of it."""

import functools

import numpy as np
import traitlets

from course_lib import data, recipes
from course_lib.activations import softmax
from course_lib.plots import digits as plots
from course_lib.widgets.base import Explorer

SIDE = 28  # pixels of the drawing
RADIUS = 1.2  # of the pen, in pixels
TEST_DIGITS = 2000
FIRST = 7  # the test digit at the beginning: a 3


@functools.cache
def lenet5():
    """The network that all drawings are shown to; it is read when it is first asked."""
    return recipes.trained_lenet5()


@functools.cache
def mnist_digits():
    """The test digits that come with the course: (images (2000, 28, 28) uint8, labels)."""
    return data.load_mnist()[2:]


def with_stroke(image, start, end):
    """The picture (28, 28) with a straight stroke of the pen from start to end, each (row, column), fractions allowed.

    A pixel's ink is the larger of what it had and what the stroke gives it: 255 within the pen's reach, less at its
    edge, by the distance of the pixel's middle from the stroke.
    """
    down, right = end[0] - start[0], end[1] - start[1]
    length = down * down + right * right
    row, column = np.mgrid[:SIDE, :SIDE].astype(float)
    along = np.clip(((row - start[0]) * down + (column - start[1]) * right) / length, 0, 1) if length else 0.0
    off_row, off_column = row - (start[0] + along * down), column - (start[1] + along * right)
    reach = np.clip(RADIUS + 0.5 - np.sqrt(off_row * off_row + off_column * off_column), 0, 1)
    return np.maximum(image, np.floor(255 * reach + 0.5).astype(np.uint8))


class Pixels(traitlets.List):
    """784 whole numbers from 0 to 255, row by row; an array (28, 28) will do too."""

    def validate(self, obj, value):
        try:
            pixels = np.asarray(value)
        except ValueError:  # ragged
            pixels = np.empty(0)
        fits = pixels.dtype.kind in "iu" and pixels.shape in ((SIDE * SIDE,), (SIDE, SIDE))
        if not fits or pixels.min() < 0 or pixels.max() > 255:
            what = f"{pixels.dtype} numbers of shape {pixels.shape}" if pixels.size else repr(value)[:40]
            raise traitlets.TraitError(f"a drawing is 28 x 28 whole numbers from 0, paper, to 255, ink; not {what}")
        return pixels.ravel().tolist()


class DrawADigit(Explorer):
    """A drawing, or a test digit, and the scores that LeNet-5 gives it; see draw_a_digit()."""

    front_end = ("digit_pieces.js", "drawing.js", "draw_a_digit.js")
    styles = ("digit_pieces.css", "draw_a_digit.css")
    state = ("number", "picture")

    number = traitlets.Int(
        FIRST, min=0, max=TEST_DIGITS - 1, allow_none=True, help="the test digit shown, or None: a drawing"
    ).tag(sync=True)
    picture = Pixels(help="ink from 0 to 255, row by row").tag(sync=True)
    asked = traitlets.Int(0, help="counts the page's changes, so that it knows which of them is answered").tag(
        sync=True
    )
    answer = traitlets.Dict(help="{asked, scores, words, seen} for the picture").tag(sync=True)

    def __init__(self, **state):
        self._number = self._answered = None  # the number and the picture that have been dealt with
        if "picture" in state:
            state.setdefault("number", None)
        super().__init__(**state)
        self._settle()

    @traitlets.default("picture")
    def _paper(self):
        return [0] * SIDE * SIDE

    @traitlets.observe("number", "picture", "asked")
    def _settle(self, _change=None):
        """A new number brings its picture, a stroke over a test digit makes it a drawing, each picture gets scores."""
        if self.number != self._number:
            self._number = self.number
            if self.number is not None:
                self.picture = _taken(self.number)
        elif self.number is not None and self.picture != _taken(self.number):
            self._number = self.number = None
        if self._answered != self.picture:
            self._answered = self.picture
            self.answer = {"asked": self.asked, **self._computed()}
        elif self.answer["asked"] != self.asked:
            self.answer = {**self.answer, "asked": self.asked}

    @property
    def image(self):
        """The picture as an array (28, 28) uint8."""
        return np.array(self.picture, np.uint8).reshape(SIDE, SIDE)

    @property
    def seen(self):
        """What the network is given (1, 1, 32, 32); zeros for an empty picture."""
        image = self.image
        return recipes.digits_input((data.centre_digit(image) if image.any() else image)[None])

    @property
    def scores(self):
        """The softmax of the network's ten outputs, in per cent; none for an empty picture."""
        return self._scores_of(self.seen)

    @property
    def truth(self):
        """The label of a test digit; None for a drawing, which only its maker knows."""
        return None if self.number is None else int(mnist_digits()[1][self.number])

    def draw(self, *points):
        """A stroke from point to point, each (row, column) from 0 to 27; a single point is a dot."""
        image = self.image
        for start, end in zip(points[:1] + points[:-1], points, strict=True):
            image = with_stroke(image, start, end)
        self.picture = image

    def still(self):
        """A Figure of the picture, what the network sees of it, and the scores."""
        return plots.scores(self.image, self.seen[0, 0] * 127.5, self.scores, in_words(self.scores, self.truth))

    def __repr__(self):
        what = f"number={self.number}" if self.number is not None else f"{sum(map(bool, self.picture))} pixels of ink"
        return f"{type(self).__name__}({what})"

    def _scores_of(self, seen):
        return 100 * softmax(lenet5().forward(seen).astype(np.float64))[0] if seen.any() else np.zeros(0)

    def _computed(self):
        seen = self.seen
        scores, grey = self._scores_of(seen), np.floor(seen[0, 0] * 127.5 + 0.5).astype(int)
        return {
            "scores": scores.round(1).tolist(),
            "words": in_words(scores, self.truth),
            "seen": grey.ravel().tolist(),
        }


def in_words(scores, truth=None):
    """What the scores say, and for a test digit whether it is right.

    >>> in_words(np.array([0.2, 0.1, 0, 0, 0, 0, 0, 99.0, 0, 0.7]), truth=9)
    'The network says 7, with 99.0 %, then 9, with 0.7 %. It is a 9: the network is wrong.'
    """
    if len(scores) == 0:
        return "There is no ink yet: draw a digit."
    second, first = np.argsort(scores, kind="stable")[-2:]
    said = f"{first}, with {scores[first]:.1f} %"
    said += f", then {second}, with {scores[second]:.1f} %." if scores[second] >= 0.1 else "."
    said = f"The network says {said}" if scores[first] >= 50 else f"The network is not sure: it says {said}"
    if truth is None:
        return said
    return f"{said} It is a {truth}: the network is {'right' if first == truth else 'wrong'}."


@functools.lru_cache(maxsize=8)
def _taken(number):
    return mnist_digits()[0][number].ravel().tolist()


def draw_a_digit(number=FIRST, **state):
    """Draw a digit with mouse, finger or keyboard, and see the ten scores of LeNet-5 at once.

    number: the test digit, from 0 to 1999, that is there at the beginning, or None for an empty sheet; picture: a
    drawing instead, ink from 0 to 255, (28, 28).
    """
    return DrawADigit(**({} if "picture" in state else {"number": number}), **state)
