"""A training of LeNet-5 in small pieces, so that somebody can look on, and the recording of a short one."""

import functools
import json

import numpy as np

from course_lib import architectures, data, network, recipes
from course_lib.activations import softmax
from course_lib.losses import cross_entropy
from course_lib.plots.base import diverging

BATCH = 32
EVERY = 20  # steps between two measurements on test digits
MEASURED = 500  # test digits, the first ones
PIECE = 125  # digits at a time: some 25 ms
BLOCK = 5  # steps to a point of the curve
LAST_STEP = 5000  # 20 epochs: nobody's computer trains all night
WORST = 8  # mistakes that are shown
RECORDED_STEPS = 100
RECORDED = {"seed": 0, "learning_rate": 0.05, "momentum": 0.9, "digit": 7}
WEIGHTS_FILE = recipes.WEIGHTS / "lenet5_step100.npz"
RECORD_FILE = recipes.WEIGHTS / "lenet5_step100.json"


@functools.cache
def digits():
    """(x_train, y_train, x_test, y_test) as LeNet-5 takes them."""
    x_train, y_train, x_test, y_test = data.load_mnist()
    return recipes.digits_input(x_train), y_train, recipes.digits_input(x_test), y_test


@functools.cache
def digit_images():
    """The test digits as they are drawn: (2000, 28, 28) uint8."""
    return data.load_mnist()[2]


class Run:
    """LeNet-5 from random weights of a seed; do_a_piece() does a small piece of work, of less than 0.1 s.

    The same seed and the same settings at the same steps give the same losses.
    """

    def __init__(self, seed, learning_rate, momentum):
        rng = np.random.default_rng(seed)
        self.seed = seed
        self.network = architectures.lenet5(rng)
        self.first_filters = self.network.layers[0].weight.copy()
        self.sgd = network.SGD(self.network, learning_rate, momentum)
        x, labels = digits()[:2]
        self._steps = network.training_steps(self.network, x, labels, self.sgd, BATCH, rng)
        self.losses = []  # of every step
        self.accuracy = []  # [step, right ones of the first MEASURED test digits in per cent]
        self.settings = []  # [first step with them, learning rate, momentum]
        self.problem = ""  # what ended it before its time
        self.work = self._work()

    @property
    def is_over(self):
        return len(self.losses) >= LAST_STEP or self.problem != ""

    def do_a_piece(self, learning_rate, momentum):
        """The next piece of work, with these settings."""
        self.sgd.learning_rate, self.sgd.momentum = learning_rate, momentum
        try:
            with np.errstate(all="ignore"):
                next(self.work)
        except ValueError as error:  # the loss is no number any more
            self.problem = str(error)

    def _work(self):
        yield from self._measure()
        while True:
            now = [self.sgd.learning_rate, self.sgd.momentum]
            if [setting[1:] for setting in self.settings[-1:]] != [now]:
                self.settings.append([len(self.losses), *now])
            self.losses.append(next(self._steps))
            yield
            if len(self.losses) % EVERY == 0:
                yield from self._measure()

    def _measure(self):
        x, labels = digits()[2:]
        right = 0
        for end in range(PIECE, MEASURED + 1, PIECE):
            part = slice(end - PIECE, end)
            right += int((self.network.forward(x[part]).argmax(axis=1) == labels[part]).sum())
            if end == MEASURED:
                self.accuracy.append([len(self.losses), 100 * right / MEASURED])
            yield

    def curve(self):
        """What has happened so far, small enough to be sent ten times a second."""
        whole = len(self.losses) // BLOCK * BLOCK
        loss = np.mean(np.reshape(self.losses[:whole], (-1, BLOCK)), axis=1).round(4).tolist() if whole else []
        return {
            "seed": self.seed, "step": len(self.losses), "block": BLOCK, "loss": loss,
            "accuracy": list(self.accuracy), "settings": list(self.settings), "problem": self.problem,
            "recorded": False,
        }  # fmt: skip


def find_mistakes(net):
    """A generator that does a small piece at each next(), and at last yields what the network gets wrong, else None.

    {"right": in per cent, "count": of mistakes, "worst": [{"number", "truth", "says", "percent", "of_truth"}, ...]}:
    the worst first, those where the right digit gets the least of the 100 per cent.
    """
    x, labels = digits()[2:]
    outputs = []
    for start in range(0, len(x), PIECE):
        outputs.append(net.forward(x[start : start + PIECE]))
        yield None
    logits = np.concatenate(outputs).astype(np.float64)
    says = logits.argmax(axis=1)
    wrong = np.flatnonzero(says != labels)
    loss = np.array([cross_entropy(logits[n : n + 1], labels[n : n + 1])[0] for n in wrong])
    percent = (100 * softmax(logits)).round(1)
    worst = [
        {
            "number": int(n), "truth": int(labels[n]), "says": int(says[n]),
            "percent": float(percent[n, says[n]]), "of_truth": float(percent[n, labels[n]]),
        }
        for n in wrong[np.argsort(-loss, kind="stable")[:WORST]]
    ]  # fmt: skip
    yield {"right": round(100 - 100 * len(wrong) / len(x), 2), "count": len(wrong), "worst": worst}


def mistake_pixels(mistakes):
    """The mistaken digits' pictures, one behind the other, as bytes."""
    return b"".join(digit_images()[fault["number"]].tobytes() for fault in mistakes.get("worst", ()))


def filter_colours(first, now):
    """Six filters before the training and six now, (6, 1, 5, 5) each, as the bytes of 12 pictures in RGB.

    Below 0 blue, 0 white, above 0 orange; all twelve have one scale, in which the largest weight has the full colour.
    """
    both = np.concatenate([first, now]).astype(np.float64)
    return diverging(both / np.abs(both).max()).tobytes()


def look(net, number):
    """What a network makes of a test digit: (its scores in per cent, bytes of the digit and of all maps of C1 and C3).

    The maps are those behind tanh: -1 is 0 (black), 1 is 255 (white).
    """
    x, kept = digits()[2][number : number + 1], [digit_images()[number].tobytes()]
    for place, layer in enumerate(net.layers):
        x = layer.forward(x)
        if place in (1, 4):
            kept.append(np.floor((x + 1) * 127.5 + 0.5).astype(np.uint8).tobytes())
    return (100 * softmax(x.astype(np.float64)))[0].round(1).tolist(), b"".join(kept)


# The short run that is there before anybody has trained


def record():
    """Train RECORDED_STEPS steps and write the two files of the recording."""
    settings = RECORDED["learning_rate"], RECORDED["momentum"]
    run = Run(RECORDED["seed"], *settings)
    while len(run.losses) < RECORDED_STEPS or len(run.accuracy) <= RECORDED_STEPS // EVERY:
        run.do_a_piece(*settings)
    mistakes = list(find_mistakes(run.network))[-1]
    percent, maps = look(run.network, RECORDED["digit"])
    filters = filter_colours(run.first_filters, run.network.layers[0].weight)
    recorded = {
        "curve": {**run.curve(), "recorded": True}, "mistakes": mistakes, "scores": percent, "maps": maps.hex(),
        "filters": filters.hex(),
    }  # fmt: skip
    network.save(run.network, WEIGHTS_FILE)
    RECORD_FILE.write_text(json.dumps(recorded) + "\n", encoding="utf-8", newline="\n")


@functools.cache
def recording():
    """What record() has kept: {"curve", "mistakes", "scores", "maps", "filters"}."""
    return data.read_bundled(RECORD_FILE, _read_recording)


def _read_recording(path):
    recorded = json.loads(path.read_text(encoding="utf-8"))
    return {**recorded, **{name: bytes.fromhex(recorded[name]) for name in ("maps", "filters")}}


@functools.cache
def recorded_network():
    """The network at the end of the recorded run."""
    return recipes.with_weights(architectures.lenet5(), WEIGHTS_FILE)
