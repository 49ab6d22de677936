"""The live trainer: LeNet-5 while it learns, and one's hand on the learning rate."""

import asyncio
import threading
import time
import weakref

import traitlets

from course_lib.plots import digits as plots
from course_lib.widgets import live_run
from course_lib.widgets.base import Explorer
from course_lib.widgets.live_run import RECORDED, Run

SLICE = 0.05  # seconds of training at a time
PAUSE = 0.01  # then as many for everybody else: cells, other explorers, the stop button
_all = weakref.WeakSet()  # the trainers there are: only one of them trains at a time


class LiveTrainer(Explorer):
    """A training that can be watched, stopped, changed and continued; see live_trainer().

    The training is a task of the event loop that was running when it started, and sleeps after each slice. Jupyter may
    answer the page in another thread: whoever uses the network, or sets what is shown, holds _using while he does.
    """

    front_end = ("chart.js", "digit_pieces.js", "live_code.js", "live_trainer.js")
    styles = ("chart.css", "digit_pieces.css", "live_trainer.css")
    state = ("seed", "learning_rate", "momentum", "digit")

    seed = traitlets.Int(RECORDED["seed"], min=0, max=999_999, help="of the next start").tag(sync=True)
    learning_rate = traitlets.Float(RECORDED["learning_rate"], help="more than 0, at most 1").tag(sync=True)
    momentum = traitlets.Float(RECORDED["momentum"], help="from 0 to below 1").tag(sync=True)
    digit = traitlets.Int(RECORDED["digit"], min=0, max=1999, help="the test digit that is looked at").tag(sync=True)

    pressed = traitlets.Dict(help="{n, what}: the page's wish").tag(sync=True)
    heard = traitlets.Int(0, help="n of the wish that was followed last").tag(sync=True)
    running = traitlets.Bool(False).tag(sync=True)
    curve = traitlets.Dict(help="losses, accuracies and settings so far").tag(sync=True)
    shown = traitlets.Dict(help="{digit, truth, scores} of the maps").tag(sync=True)
    filters = traitlets.Bytes(help="those of C1 before the training and now, in colours").tag(sync=True)
    maps = traitlets.Bytes(help="the digit and its maps behind C1 and C3, in grey").tag(sync=True)
    mistakes = traitlets.Dict(help="after stopping: how many of the test digits are wrong, and the worst").tag(
        sync=True
    )
    faults = traitlets.Bytes(help="the pictures of the worst mistakes").tag(sync=True)

    def __init__(self, **state):
        self._run = self._turn = None
        self._using = threading.RLock()
        super().__init__(**state)
        _all.add(self)
        self._begin_view()

    @traitlets.validate("learning_rate")
    def _check_rate(self, proposal):
        if not 0 < proposal.value <= 1:  # also refuses nan
            raise traitlets.TraitError(f"learning_rate lies above 0 and is at most 1; {proposal.value} came")
        return proposal.value

    @traitlets.validate("momentum")
    def _check_momentum(self, proposal):
        if not 0 <= proposal.value < 1:
            raise traitlets.TraitError(f"momentum lies from 0 to below 1; {proposal.value} came")
        return proposal.value

    # From Python

    @property
    def network(self):
        """The network that is shown: the one in training, or that of the recorded run."""
        return live_run.recorded_network() if self._run is None else self._run.network

    @property
    def losses(self):
        """The loss of every step of this training, in full."""
        return [] if self._run is None else list(self._run.losses)

    def train(self, steps):
        """Train so many steps at once, without buttons, and look for the mistakes."""
        if self.running:
            raise RuntimeError("the training is running already: stop it first")
        self._run = self._run or self._fresh()
        goal = len(self._run.losses) + steps
        while len(self._run.losses) < goal and not self._run.is_over:
            self._do_a_piece(self._run)
        found = {} if self._run.problem else list(live_run.find_mistakes(self.network))[-1]
        self._show(found)

    def start(self):
        """Start afresh, from the random weights of the seed. Returns at once."""
        self._go(self._fresh())

    def go_on(self):
        """Go on where the training was stopped; after a recorded run, which has no more to give, start."""
        self._go(self._run or self._fresh())

    def stop(self):
        """Stop after the step that is being done."""
        self.running = False

    def reset(self):
        """Back to the state in which the explorer was made, and to what it showed then."""
        self.stop()
        super().reset()
        self._begin_view()

    def set_state(self, sync_data):
        """What the page has changed, taken over between two pieces of work."""
        with self._using:
            super().set_state(sync_data)

    def close(self):
        self.stop()
        super().close()

    def still(self):
        """A Figure of the curves, the filters and the maps of C1."""
        return plots.training(self.curve, self.filters, self.maps)

    # How it runs

    def _fresh(self):
        return Run(self.seed, self.learning_rate, self.momentum)

    def _begin_view(self):
        """What there is to see before a training: the recorded run where the settings are its, else random weights."""
        _stop_others(self)
        self._turn = None
        if all(getattr(self, name) == RECORDED[name] for name in ("seed", "learning_rate", "momentum")):
            self._run = None
            self._show(live_run.recording()["mistakes"])
        else:
            self._run = self._fresh()
            self._show({})

    def _go(self, run):
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            raise RuntimeError("start() and go_on() work in Jupyter; elsewhere train(steps) trains at once") from None
        _stop_others(self)
        self._run, self._turn = run, object()
        self.running = True
        self._show({})
        self._task = loop.create_task(self._train_on(run, self._turn))

    async def _train_on(self, run, turn):
        """Train until somebody stops it, then look for the mistakes; each time a little, then let others work."""
        while self.running and self._is_mine(turn):
            until = time.perf_counter() + SLICE
            while self.running and not run.is_over and self._is_mine(turn) and time.perf_counter() < until:
                self._do_a_piece(run)
            if self._is_mine(turn):
                self.running = self.running and not run.is_over
                self._show({})
            await asyncio.sleep(PAUSE)
        for mistakes in () if run.problem else live_run.find_mistakes(run.network):
            if not self._is_mine(turn):
                return
            if mistakes:
                self._show(mistakes)
            await asyncio.sleep(PAUSE)

    def _is_mine(self, turn):
        """Whether the task that was given this turn still has it, and anybody can see what it does."""
        return self._turn is turn and self.comm is not None and not getattr(self.comm, "_closed", False)

    def _do_a_piece(self, run):
        with self._using:
            run.do_a_piece(self.learning_rate, self.momentum)

    def _show(self, mistakes):
        with self._using, self.hold_sync():
            self.curve = live_run.recording()["curve"] if self._run is None else self._run.curve()
            self.filters = self._filters()
            self._show_digit()
            self.mistakes, self.faults = mistakes, live_run.mistake_pixels(mistakes)

    def _filters(self):
        if self._run is None:
            return live_run.recording()["filters"]
        return live_run.filter_colours(self._run.first_filters, self.network.layers[0].weight)

    def _show_digit(self):
        if self._run is None and self.digit == RECORDED["digit"]:
            scores, maps = live_run.recording()["scores"], live_run.recording()["maps"]
        else:
            scores, maps = live_run.look(self.network, self.digit)
        self.maps = maps
        self.shown = {"digit": self.digit, "truth": int(live_run.digits()[3][self.digit]), "scores": scores}

    @traitlets.observe("digit")
    def _look_at_it(self, _change):
        if self.shown and not self.running:  # else the training shows it with its next slice
            with self._using, self.hold_sync():
                self._show_digit()

    @traitlets.observe("pressed")
    def _follow(self, change):
        wishes = {"start": self.start, "go on": self.go_on, "stop": self.stop, "reset": self.reset}
        wish = wishes.get(change.new.get("what"))
        if wish:
            wish()
        self.heard = change.new["n"]


def _stop_others(trainer):
    for other in list(_all):
        if other is not trainer and other.running:
            other.stop()


def live_trainer(seed=0, learning_rate=0.05, momentum=0.9, **state):
    """Train LeNet-5 on the 8,000 digits, a batch of 32 at a time, and watch it learn.

    seed of the random weights and of the batches; learning_rate and momentum, which may be changed while it runs;
    digit: the test digit, from 0 to 1999, whose maps are shown.
    """
    return LiveTrainer(seed=seed, learning_rate=learning_rate, momentum=momentum, **state)
