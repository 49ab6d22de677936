"""A network is a row of layers; training repeats forward, loss, backward, step:

for batch in batches(len(x), 64, rng):
    value, grad = losses.cross_entropy(network.forward(x[batch]), labels[batch])
    network.backward(grad)
    sgd.step()

fit() does this epoch after epoch, keeps account, and can be stopped.
"""

import contextlib
import dataclasses
import inspect
import math
import os
import zipfile
import zlib
from pathlib import Path

import numpy as np

from course_lib import losses
from course_lib.backend import (
    array_module,
    device_of,
    finite_number,
    float_array,
    in_pieces,
    random_generator,
    to_device,
    to_numpy,
)
from course_lib.shapes import whole_number


class Sequential:
    """Layers one behind the other: the output of each is the input of the next."""

    def __init__(self, layers, *others):
        if others or hasattr(layers, "forward"):
            raise TypeError("a network takes its layers in one list: Sequential([first, second, ...])")
        self.layers = list(layers)
        if not self.layers:
            raise ValueError("a network needs at least one layer")
        for layer in self.layers:
            if isinstance(layer, type):
                raise TypeError(f"{layer.__name__} is a class: put brackets behind it, as in {layer.__name__}()")
            if isinstance(layer, Sequential):
                raise TypeError("a network is no layer: write *inner.layers to put the layers of another one here")
            if not hasattr(layer, "forward") or not hasattr(layer, "backward"):
                raise TypeError(f"a layer has forward and backward; {layer!r} is none")
            if sum(layer is other for other in self.layers) > 1:
                name = type(layer).__name__
                raise ValueError(f"one and the same {name} stands here twice, and can keep one input only: make two")

    def forward(self, x):
        """The output of the last layer for a batch x (N, ...)."""
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def backward(self, grad_out, to_x=True):
        """The gradient at the network's input; every layer that learns keeps its own gradients on the way.

        Training needs only the latter: with to_x=False a first layer that can leaves out its input's gradient.
        """
        first, *others = self.layers
        for layer in reversed(others):
            grad_out = layer.backward(grad_out)
        if to_x or "to_x" not in inspect.signature(first.backward).parameters:
            return first.backward(grad_out)
        return first.backward(grad_out, to_x=False)

    def train(self):
        """For training: Dropout drops."""
        self._set_training(True)

    def eval(self):
        """For use: Dropout lets everything pass."""
        self._set_training(False)

    def to(self, device):
        """Move all weights to "cpu" or "cuda" (an NVIDIA GPU with CuPy); returns the network.

        Inputs must come from there as well; fit() and evaluate() move theirs.
        """
        for layer in self.layers:
            for name, value in vars(layer).items():
                if hasattr(value, "dtype") and hasattr(value, "shape"):
                    setattr(layer, name, to_device(value, device))
        return self

    def _set_training(self, training):
        for layer in self.layers:
            layer.training = training


class SGD:
    """Gradient descent: velocity <- momentum * velocity + gradient, weight <- weight - learning_rate * velocity.

    weight_decay adds weight_decay * weight to each weight's gradient (an L2 penalty of weight_decay / 2 * sum of
    weight^2), not to a bias's. clip, where given, first scales all gradients down together so that their common length
    is at most `clip`. The first step gives the layers arrays of their own, which later steps change in place: copy what
    must stay as it is.
    """

    def __init__(self, network, learning_rate, momentum=0.0, weight_decay=0.0, clip=None):
        self.network = network
        self.learning_rate = finite_number("learning_rate", learning_rate)
        self.momentum = finite_number("momentum", momentum)
        self.weight_decay = finite_number("weight_decay", weight_decay)
        self.clip = None if clip is None else finite_number("clip", clip)
        if self.learning_rate <= 0:
            raise ValueError(f"learning_rate must be more than 0, or nothing is learnt; {learning_rate} came")
        if not 0 <= self.momentum < 1:
            raise ValueError(f"momentum lies from 0 to below 1, since a velocity must die down; {momentum} came")
        if self.weight_decay < 0:
            raise ValueError(f"weight_decay must be at least 0: below, weights would grow; {weight_decay} came")
        if self.clip is not None and self.clip <= 0:
            raise ValueError(f"clip is the longest gradient allowed, more than 0, or None; {clip} came")
        self._velocity, self._own = {}, {}

    def step(self):
        """One step down along the gradients that the last backward pass left in the layers."""
        scale = 1.0
        if self.clip is not None:
            scale = self.clip / max(gradient_norm(self.network), self.clip)
        for parameter in _parameters(self.network):
            layer, name = parameter
            value, xp = getattr(layer, name), array_module(getattr(layer, name))
            if value is not self._own.get(parameter):
                self._own[parameter] = value = xp.array(value, order="C")
                setattr(layer, name, value)
            if parameter not in self._velocity or self._velocity[parameter].shape != value.shape:
                self._velocity[parameter] = xp.zeros_like(value)
            decay = self.weight_decay if name == "weight" else 0.0
            self._move(value, scale, _gradient(layer, name), decay, self._velocity[parameter])

    def _move(self, value, scale, gradient, decay, velocity):
        """Change value and velocity in place: piece by piece, each while it is in the processor's cache."""
        flat = [array.reshape(-1) for array in (value, gradient, velocity)]
        for piece in in_pieces(flat[0], arrays=4):  # these three, and what is added to the velocity
            weight, slope, speed = (array[piece] for array in flat)
            speed *= self.momentum
            speed += slope if scale == 1 else scale * slope
            if decay:
                speed += decay * weight
            weight -= self.learning_rate * speed


def gradient_norm(network):
    """The length of all gradients taken together as one vector: the square root of the sum of all squares.

    >>> from course_lib.layers import Linear, np
    >>> layer = Linear(1, 1, np.random.default_rng(0))
    >>> layer.grad_weight, layer.grad_bias = np.array([[3.0]]), np.array([4.0])
    >>> gradient_norm(Sequential([layer]))
    5.0
    """
    squares = 0.0
    for layer, name in _parameters(network):
        gradient = _gradient(layer, name)
        squares += float(array_module(gradient).square(gradient, dtype=np.float64).sum())
    return squares**0.5


def batches(count, batch_size, rng):
    """Index arrays that together hold each of 0 ... count - 1 once, in random order; the last may be shorter.

    >>> import numpy as np
    >>> [len(batch) for batch in batches(5, 2, np.random.default_rng(0))]
    [2, 2, 1]
    """
    count, batch_size = whole_number("count", count, 1), whole_number("batch_size", batch_size, 1)
    order = random_generator(rng).permutation(count)
    return (order[start : start + batch_size] for start in range(0, count, batch_size))


@dataclasses.dataclass
class History:
    """What fit() saw: a list entry for each epoch that was finished. Losses are means over the examples."""

    loss: list = dataclasses.field(default_factory=list)
    accuracy: list = dataclasses.field(default_factory=list)  # share of right answers while training, from 0 to 1
    validation_loss: list = dataclasses.field(default_factory=list)
    validation_accuracy: list = dataclasses.field(default_factory=list)
    learning_rate: list = dataclasses.field(default_factory=list)
    interrupted: bool = False

    @property
    def watched(self):
        """The losses by which schedules and early stopping judge: of the validation data, where there are some."""
        return self.validation_loss or self.loss


def fit(network, x, labels, sgd, epochs, batch_size, rng, *, validation=None, schedule=None, patience=None,
        augment=None, progress=False):  # fmt: skip
    """Train for some epochs with cross-entropy; returns a History. x (N, ...), labels (N,) of whole numbers.

    rng mixes the examples anew each epoch. validation (x, labels) is measured after each epoch. schedule(sgd, history)
    may change sgd.learning_rate between epochs. With patience training stops after so many epochs without a better
    watched loss, and the best weights come back. augment(x, rng) gives each batch as it is trained on. An interrupt
    (Ctrl-C, the stop button) ends the training; the network can be used, and trained on. The data are moved once to
    where the network's weights are.
    """
    _check_sgd(sgd, network)
    _check_functions(schedule=schedule, augment=augment)
    _check_pair(validation)
    batch_size, rng = whole_number("batch_size", batch_size, 1), random_generator(rng)
    epochs, best = whole_number("epochs", epochs, 1), _Best(network, patience)
    x, labels = _tried(network, x, labels)
    validation = None if validation is None else _tried(network, *validation)
    history = History()
    try:
        for epoch in range(epochs):
            network.train()
            shown = _progress(batches(len(x), batch_size, rng), f"epoch {epoch + 1}", len(x), batch_size, progress)
            loss, accuracy = _epoch(network, x, labels, sgd, shown, rng, augment)
            measured = None if validation is None else evaluate(network, *validation)
            history.learning_rate.append(sgd.learning_rate)
            history.loss.append(loss)
            history.accuracy.append(accuracy)
            if measured is not None:
                history.validation_loss.append(measured[0])
                history.validation_accuracy.append(measured[1])
            if schedule is not None:
                schedule(sgd, history)
            if best.is_enough(history.watched):
                break
    except KeyboardInterrupt:
        history.interrupted = True
    finally:
        best.come_back()
        network.eval()
    return history


def training_steps(network, x, labels, sgd, batch_size, rng):
    """What fit() does, one step at a time and without end: each next() trains on one batch and gives its mean loss.

    For whoever must do something else between two steps, or wants to change sgd.learning_rate there. The same rng gives
    the same batches as fit(), epoch after epoch.

    >>> from course_lib.layers import Linear, np
    >>> net = Sequential([Linear(1, 2, np.random.default_rng(0))])
    >>> steps = training_steps(net, [[1.0], [-1.0]], [0, 1], SGD(net, 0.5), 2, np.random.default_rng(1))
    >>> losses_seen = [next(steps) for _ in range(20)]
    >>> losses_seen[-1] < losses_seen[0] / 2
    True
    """
    _check_sgd(sgd, network)
    batch_size, rng = whole_number("batch_size", batch_size, 1), random_generator(rng)
    x, labels = _tried(network, x, labels)

    def steps():
        while True:
            for batch in batches(len(x), batch_size, rng):
                network.train()  # whoever looks at the network between two steps may have switched it to eval
                rows = array_module(x).asarray(batch)
                yield _step(network, x[rows], labels[rows], sgd)[0]

    return steps()


def evaluate(network, x, labels, batch_size=256):
    """(mean cross-entropy, share of right answers) in eval mode; afterwards each layer is in the mode it was in."""
    x, labels = _examples(network, x, labels)
    batch_size = whole_number("batch_size", batch_size, 1)
    loss = right = 0.0
    with _eval_mode(network):
        for start in range(0, len(x), batch_size):
            logits, given = network.forward(x[start : start + batch_size]), labels[start : start + batch_size]
            loss += losses.cross_entropy(logits, given, reduction="sum")[0]
            right += int((logits.argmax(axis=1) == given).sum())
    return loss / len(x), right / len(x)


@contextlib.contextmanager
def _eval_mode(network):
    modes = [getattr(layer, "training", True) for layer in network.layers]
    network.eval()
    try:
        yield
    finally:
        for layer, training in zip(network.layers, modes, strict=True):
            layer.training = training


class StepLR:
    """A schedule for fit(): after every `step_size` epochs the learning rate is multiplied by gamma.

    >>> schedule, sgd, history = StepLR(2), SGD(None, 0.5), History()
    >>> for _ in range(4):
    ...     history.loss.append(1.0)
    ...     schedule(sgd, history)
    >>> round(sgd.learning_rate, 6)
    0.005
    """

    def __init__(self, step_size, gamma=0.1):
        self.step_size = whole_number("step_size", step_size, 1)
        self.gamma = _factor("gamma", gamma)

    def __call__(self, sgd, history):
        if len(history.loss) % self.step_size == 0:
            sgd.learning_rate *= self.gamma


class ReduceLROnPlateau:
    """A schedule for fit(): after `patience` epochs in a row without a better watched loss, multiply by `factor`.

    PyTorch's patience is one less: it counts the epochs that are still forgiven.

    >>> schedule, sgd, history = ReduceLROnPlateau(factor=0.5, patience=2), SGD(None, 0.8), History()
    >>> for loss in (3.0, 2.0, 2.5, 2.0, 1.9):
    ...     history.loss.append(loss)
    ...     schedule(sgd, history)
    >>> sgd.learning_rate
    0.4
    """

    def __init__(self, factor=0.1, patience=10):
        self.factor = _factor("factor", factor)
        self.patience = whole_number("patience", patience, 1)
        self._since = 0  # the epoch from which patience is counted

    def __call__(self, sgd, history):
        seen = history.watched
        if seen[-1] < min(seen[:-1], default=math.inf):
            self._since = len(seen)
        elif len(seen) - self._since >= self.patience:
            sgd.learning_rate *= self.factor
            self._since = len(seen)


def save(network, path):
    """Write weights, biases and codes to an .npz file, whole or not at all: a crash leaves what was there before.

    Weights that are not finite are refused with a ValueError, a folder that is not there with a FileNotFoundError.
    """
    path = Path(path)
    arrays = {f"{place}.{name}": to_numpy(getattr(layer, name)) for place, layer, name in _kept(network)}
    for key, array in arrays.items():
        if not np.isfinite(array).all():
            raise ValueError(f"{key} holds numbers that are not finite: the training failed, and nothing is saved")
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a folder; name a file in it, such as {path / 'weights.npz'}")
    if not path.parent.is_dir():
        raise FileNotFoundError(f"there is no folder {path.parent} to write {path.name} into")
    draft = path.with_name(f".{path.name}.{os.getpid()}.draft")
    try:
        with draft.open("wb") as file:
            np.savez_compressed(file, **arrays)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def load(network, path):
    """Give a network the weights that save() wrote; the file must fit it in every name and shape. Nothing is unpickled.

    A file that cannot be read or does not fit is refused with a ValueError and changes nothing in the network.
    """
    expected = {f"{place}.{name}": (layer, name) for place, layer, name in _kept(network)}
    arrays = _read(Path(path))
    if arrays.keys() != expected.keys():
        raise ValueError(f"{path} holds {', '.join(sorted(arrays))}; this network needs {', '.join(sorted(expected))}")
    for key, (layer, name) in expected.items():
        array, before = arrays[key], getattr(layer, name)
        if array.shape != before.shape or array.dtype.kind != "f":
            raise ValueError(
                f"{key} in {path} is {array.dtype} {array.shape}; this network needs floats {before.shape}"
            )
        if not np.isfinite(array).all():
            raise ValueError(f"{key} in {path} holds numbers that are not finite: the training that made it failed")
        if name == "weight" and (array[np.broadcast_to(_unseen(layer), array.shape)] != 0).any():
            raise ValueError(f"{key} in {path} has weights where this network has no connections")
        with np.errstate(over="ignore"):
            arrays[key] = array.astype(before.dtype)
        if not np.isfinite(arrays[key]).all():
            raise ValueError(f"{key} in {path} holds numbers that are too large for this network's {before.dtype}")
    for key, (layer, name) in expected.items():
        setattr(layer, name, array_module(getattr(layer, name)).asarray(arrays[key]))


def _unseen(layer):
    """Where the layer has no connections, and so no weights."""
    return to_numpy(getattr(layer, "connections", np.ones(1))) == 0


def _read(path):
    if not path.exists():
        raise FileNotFoundError(f"there is no file {path}; save(network, path) writes one")
    try:
        with path.open("rb") as content, np.load(content, allow_pickle=False) as file:
            return dict(file)
    except (ValueError, OSError, EOFError, zipfile.BadZipFile, zlib.error, RuntimeError, AttributeError, TypeError):
        raise ValueError(f"{path} is damaged or no file of weights; save(network, path) writes one") from None


def _check_sgd(sgd, network):
    if not isinstance(sgd, SGD):
        raise TypeError(f"training needs an SGD: sgd = SGD(network, learning_rate); {sgd!r} came")
    if sgd.network is not network:
        raise ValueError("this SGD moves the weights of another network: make a new one with SGD(network, ...)")


def _check_pair(validation):
    if validation is not None and (not isinstance(validation, (tuple, list)) or len(validation) != 2):
        raise TypeError("validation is a pair (x, labels) of examples that are not trained on")


def _check_functions(**given):
    for name, function in given.items():
        if function is not None and (isinstance(function, type) or not callable(function)):
            what = "a class: put brackets behind it" if isinstance(function, type) else "no function"
            raise TypeError(f"{name} is called while training; {function!r} is {what}")


def _tried(network, x, labels):
    """Both as arrays where the network's weights are; refused now, and not in the middle of the training, where it
    cannot take them. The examples with the least and the largest label show that."""
    x, labels = _examples(network, x, labels)
    extremes = [int(labels.argmin()), int(labels.argmax())]
    with _eval_mode(network):
        losses.cross_entropy(network.forward(x[extremes]), labels[extremes])
    return x, labels


def _examples(network, x, labels):
    """Both as arrays where the network's weights are."""
    device = next((device_of(getattr(layer, name)) for layer, name in _parameters(network)), "cpu")
    x = to_device(float_array("x", x), device)
    labels = to_device(labels, device)
    if labels.shape != (len(x),):
        raise ValueError(f"{len(x)} examples and labels of shape {labels.shape}: give each example one label")
    return x, labels


def _epoch(network, x, labels, sgd, shown, rng, augment):
    """One pass through the examples; (mean loss, share of right answers) as they were met."""
    loss = right = 0.0
    for batch in shown:
        rows = array_module(x).asarray(batch)
        given = x[rows] if augment is None else _augmented(augment, x[rows], rng)
        value, logits = _step(network, given, labels[rows], sgd)
        loss += value * len(batch)
        right += int((logits.argmax(axis=1) == labels[rows]).sum())
    return loss / len(x), right / len(x)


def _augmented(augment, x, rng):
    given = float_array("augmented batch", augment(x, rng))
    if len(given) != len(x):
        raise ValueError(f"augment got {len(x)} examples and gave {len(given)}: each must come back, changed or not")
    return given


def _step(network, x, labels, sgd):
    """Forward, loss, backward, step with one batch; (its mean loss, its logits), both from before the step."""
    logits = network.forward(x)
    value, grad = losses.cross_entropy(logits, labels)
    network.backward(grad, to_x=False)
    sgd.step()
    return value, logits


def _progress(chosen, name, count, batch_size, wanted):
    """The batches, with a bar that counts them where one is wanted."""
    if not wanted:
        return chosen
    from tqdm import tqdm

    return tqdm(chosen, desc=name, total=math.ceil(count / batch_size), leave=False, unit="batch")


class _Best:
    """Early stopping: the weights of the best epoch so far, and how long ago it was."""

    def __init__(self, network, patience):
        self.network = network
        self.patience = None if patience is None else whole_number("patience", patience, 1)
        self.kept, self.loss, self.epoch = None, math.inf, 0

    def is_enough(self, seen):
        if self.patience is None:
            return False
        if seen[-1] < self.loss:
            self.loss, self.epoch = seen[-1], len(seen)
            self.kept = [(layer, name, getattr(layer, name).copy()) for layer, name in _parameters(self.network)]
        return len(seen) - self.epoch >= self.patience

    def come_back(self):
        for layer, name, array in self.kept or ():
            setattr(layer, name, array)


def _factor(name, value):
    value = finite_number(name, value)
    if not 0 < value <= 1:
        raise ValueError(f"{name} multiplies the learning rate, so it is above 0 and at most 1; {value} came")
    return value


def _places(network):
    """(place in the network, layer, "weight" or "bias") of everything that is learnt."""
    return (found for found in _kept(network) if found[2] != "codes")


def _kept(network):
    """(place, layer, "weight", "bias" or "codes") of all that a file must hold to make the same network again."""
    for place, layer in enumerate(network.layers):
        for name in ("weight", "bias", "codes"):
            if getattr(layer, name, None) is not None:
                yield place, layer, name


def _parameters(network):
    """(layer, "weight" or "bias") of everything that is learnt."""
    for _, layer, name in _places(network):
        yield layer, name


def _gradient(layer, name):
    gradient, value = getattr(layer, f"grad_{name}", None), getattr(layer, name)
    if gradient is None:
        raise RuntimeError("there are no gradients yet: call forward, then backward, then step")
    if gradient.shape != value.shape:
        raise ValueError(
            f"grad_{name} of this {type(layer).__name__} layer has the shape {gradient.shape}, its {name} "
            f"{value.shape}: each number that is learnt needs one gradient"
        )
    return gradient
