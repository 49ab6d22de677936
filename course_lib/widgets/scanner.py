"""The scanner: a trained face detector over a photograph that can be moved, and the map of its scores."""

import functools

import numpy as np
import traitlets

from course_lib import data, scanning
from course_lib.plots import scanning as plots
from course_lib.widgets.base import Explorer

CROPS = {  # the square of each photograph that is taken; it becomes SIDE pixels large, so that the face fits the net
    "astronaut": {"file": "astronaut", "top": 0, "left": 0, "size": 512},
    "cat": {"file": "chelsea", "top": 0, "left": 100, "size": 300},
    "cup": {"file": "coffee", "top": 0, "left": 120, "size": 400},
}
SIDE, MARGIN = 64, 6  # of the photograph, and what of it lies outside the frame on each side, in pixels
FRAME = SIDE - 2 * MARGIN
LAST = FRAME - scanning.WINDOW  # the last row or column at which a window can begin
PLACES = LAST // scanning.STRIDE + 1  # scores a side
UNITS = 10**8  # scores are sent as whole numbers of 1e-8: the same on every computer


@functools.cache
def photographs():
    """{name: uint8 (64, 64, 3)}"""
    images = {}
    for name, crop in CROPS.items():
        rows, columns = (slice(crop[start], crop[start] + crop["size"]) for start in ("top", "left"))
        images[name] = data.scale_down(data.load_image(crop["file"])[rows, columns], SIDE)
    return images


@functools.cache
def detector():
    """The face detector with its trained weights."""
    return scanning.FaceDetector(data.load_face_detector())


@functools.cache
def all_scores():
    """Two arrays (photographs, 53, 53): the score of the window at every pixel, once by convolutions, once densely.

    The net steps by 2 pixels, so four scans, begun at different pixels, give all windows.
    """
    by_scan = np.zeros((len(CROPS), SIDE - scanning.WINDOW + 1, SIDE - scanning.WINDOW + 1))
    for scores, image in zip(by_scan, photographs().values(), strict=True):
        for top, left in np.ndindex(scanning.STRIDE, scanning.STRIDE):
            part = image[top : SIDE - top, left : SIDE - left]
            scores[top :: scanning.STRIDE, left :: scanning.STRIDE] = detector().scan(part)
    by_window = np.stack([detector().scan_windows(image, step=1) for image in photographs().values()])
    return by_scan, by_window


def _as_bytes(scores):
    return np.round(scores * UNITS).astype("<u4").tobytes()


class Scanner(Explorer):
    """A photograph, a window on it, and the map of a face detector's scores; see scanner()."""

    front_end = ("chart.js", "scanning.js", "scanner.js")
    styles = ("chart.css", "scanner.css")
    state = ("picture", "right", "down", "row", "column", "form", "step")

    geometry = traitlets.Dict(
        {"side": SIDE, "margin": MARGIN, "window": scanning.WINDOW, "stride": scanning.STRIDE, "units": UNITS}
    ).tag(sync=True)
    pictures = traitlets.List(list(CROPS)).tag(sync=True)
    crops = traitlets.Dict(CROPS).tag(sync=True)
    pixels = traitlets.Bytes(help="the photographs one after the other, RGB").tag(sync=True)
    scores_by_scan = traitlets.Bytes(help="of every window, by convolutions over the whole picture").tag(sync=True)
    scores_by_window = traitlets.Bytes(help="of every window, by the dense net").tag(sync=True)
    decimals = traitlets.Int(help="to how many decimals, 12 at most, the two agree").tag(sync=True)

    picture = traitlets.Enum(tuple(CROPS), "astronaut").tag(sync=True)
    right = traitlets.Int(0, min=-MARGIN, max=MARGIN, help="pixels by which the photograph is moved").tag(sync=True)
    down = traitlets.Int(0, min=-MARGIN, max=MARGIN).tag(sync=True)
    row = traitlets.Int(4, min=0, max=LAST, help="of the window's top left pixel in the frame").tag(sync=True)
    column = traitlets.Int(16, min=0, max=LAST).tag(sync=True)
    form = traitlets.Enum(("all at once", "window by window"), "all at once").tag(sync=True)
    step = traitlets.Int(0, min=0, max=PLACES**2, help="windows done, window by window").tag(sync=True)

    @traitlets.default("pixels")
    def _all_pixels(self):
        return b"".join(image.tobytes() for image in photographs().values())

    @traitlets.default("scores_by_scan")
    def _all_scores_by_scan(self):
        return _as_bytes(all_scores()[0])

    @traitlets.default("scores_by_window")
    def _all_scores_by_window(self):
        return _as_bytes(all_scores()[1])

    @traitlets.default("decimals")
    def _agreement(self):
        by_scan, by_window = all_scores()
        return next(n for n in range(12, -1, -1) if np.abs(by_scan - by_window).max() < 10.0**-n)

    @property
    def image(self):
        """What is seen of the photograph: uint8 (52, 52, 3)."""
        top, left = MARGIN - self.down, MARGIN - self.right
        return photographs()[self.picture][top : top + FRAME, left : left + FRAME]

    @property
    def scores(self):
        """The score map (21, 21) of what is seen."""
        return detector().scan(self.image)

    @property
    def window_score(self):
        """The score of the window, also where it stands between two places of the map."""
        rows, columns = (slice(start, start + scanning.WINDOW) for start in (self.row, self.column))
        return float(detector().scan(self.image[rows, columns])[0, 0])

    def still(self):
        """A Figure with the photograph, the window and the score map."""
        return plots.photograph_and_scores(
            self.image, self.scores, self.row, self.column, scanning.WINDOW, scanning.STRIDE
        )


def scanner(picture="astronaut", right=0, down=0, **state):
    """Move a window over a photograph, and the photograph under a face detector; watch its score map.

    picture: "astronaut", "cat" or "cup"; right, down: pixels by which it is moved, -6 to 6; more of the state by name:
    row and column of the window, form ("all at once" or "window by window"), step.
    """
    return Scanner(picture=picture, right=right, down=down, **state)
