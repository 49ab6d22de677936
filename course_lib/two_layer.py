"""The sources' network of two layers of sigmoid units, in their words: net, o, delta, eta, momentum.

x are the inputs, t the targets, eta the learning rate; w_ji is the weight from unit i to unit j, so a weight matrix has
a row for each unit j and a column for each signal i. Everything is float64.
Source: 001_4aa9bd5242e78f22.txt, lines 341-522 (algorithm, worked example, momentum).
"""

from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Context, Decimal

import numpy as np

from course_lib.activations import sigmoid
from course_lib.backend import finite_array, finite_number, random_generator
from course_lib.shapes import whole_number


@dataclass(frozen=True, eq=False)
class Weights:
    """The weights of both layers: hidden (n_hidden, n_in), output (n_out, n_hidden), and the biases (n,) or None.

    A bias is a weight from a constant input of 1. The arrays are copies that cannot be written to. Changes, velocities
    and gradients have the same shapes, so they are Weights too.

    >>> Weights(hidden=[[1, 2, 3], [4, 5, 6]], output=[[7, 8]])
    Weights(hidden=[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], output=[[7.0, 8.0]])
    """

    hidden: np.ndarray
    output: np.ndarray
    hidden_bias: np.ndarray | None = None
    output_bias: np.ndarray | None = None

    def __post_init__(self):
        for name, ndim in (("hidden", 2), ("output", 2), ("hidden_bias", 1), ("output_bias", 1)):
            values = getattr(self, name)
            if ndim == 2 or values is not None:
                values = _numbers(f"{name.replace('_', ' ')} weights", values, ndim).copy()
                values.flags.writeable = False
                object.__setattr__(self, name, values)
        if self.output.shape[1] != self.n_hidden:
            raise ValueError(
                f"{self.n_hidden} hidden units send {self.n_hidden} signals, but the output units have "
                f"{self.output.shape[1]} weights each; give each output unit one weight for each hidden unit"
            )
        for layer, units, bias in (
            ("hidden", self.n_hidden, self.hidden_bias),
            ("output", self.n_out, self.output_bias),
        ):
            if bias is not None and bias.shape != (units,):
                raise ValueError(f"{units} {layer} units need {units} biases, not {len(bias)}")

    def __reduce__(self):  # copies and what is unpickled are made anew: their arrays cannot be written to either
        return type(self), (self.hidden, self.output, self.hidden_bias, self.output_bias)

    @classmethod
    def random(cls, n_in, n_hidden, n_out, rng, bias=True, scale=0.5):
        """Small weights, evenly spread over -scale to scale: the same for the same `rng` (np.random.default_rng(0))."""
        n_in, n_hidden, n_out = (
            whole_number(name, value, 1) for name, value in (("n_in", n_in), ("n_hidden", n_hidden), ("n_out", n_out))
        )
        rng, scale = random_generator(rng), finite_number("scale", scale)
        if scale <= 0:
            raise ValueError(f"scale must be more than 0, not {scale}")
        return cls(
            hidden=rng.uniform(-scale, scale, (n_hidden, n_in)),
            output=rng.uniform(-scale, scale, (n_out, n_hidden)),
            hidden_bias=rng.uniform(-scale, scale, n_hidden) if bias else None,
            output_bias=rng.uniform(-scale, scale, n_out) if bias else None,
        )

    @property
    def n_in(self):
        return self.hidden.shape[1]

    @property
    def n_hidden(self):
        return self.hidden.shape[0]

    @property
    def n_out(self):
        return self.output.shape[0]

    def each(self, function, *others):
        """function on every array, beside the same array of the other Weights: w.each(np.add, change)."""
        for other in others:
            _same_shapes(self, "other weights", other)
        columns = zip(*(weights._arrays() for weights in (self, *others)), strict=True)
        return Weights(*(None if arrays[0] is None else function(*arrays) for arrays in columns))

    def vector(self):
        """All weights in one row, hidden before output, biases last: (n,)."""
        return np.concatenate([array.ravel() for array in self._arrays() if array is not None])

    def with_vector(self, vector):
        """Weights of these shapes with the numbers of `vector`: the way back from vector()."""
        vector = _numbers("vector", vector, 1)
        if vector.size != self.vector().size:
            raise ValueError(f"these layers have {self.vector().size} weights, not {vector.size}")
        sizes = [array.size for array in self._arrays() if array is not None]
        pieces = iter(np.split(vector, np.cumsum(sizes)[:-1]))
        return self.each(lambda array: next(pieces).reshape(array.shape))

    def _arrays(self):
        return self.hidden, self.output, self.hidden_bias, self.output_bias

    def __repr__(self):
        names = ("hidden", "output", "hidden_bias", "output_bias")
        given = zip(names, self._arrays(), strict=True)
        return f"Weights({', '.join(f'{name}={array.tolist()}' for name, array in given if array is not None)})"


@dataclass(frozen=True, eq=False)
class Forward:
    """What every unit receives and sends: net = sum of w_ji x_ji, o = sigmoid(net); (n,) or, for a batch, (N, n)."""

    net_hidden: np.ndarray
    o_hidden: np.ndarray
    net_output: np.ndarray
    o_output: np.ndarray


@dataclass(frozen=True, eq=False)
class Step:
    """One step of the algorithm on one example, with everything that was computed on the way; see step()."""

    weights: Weights
    x: np.ndarray  # (n_in,)
    t: np.ndarray  # (n_out,)
    learning_rate: float
    momentum: float
    velocity: Weights  # the previous change
    precision: str
    net_hidden: np.ndarray  # (n_hidden,)
    o_hidden: np.ndarray
    net_output: np.ndarray  # (n_out,)
    o_output: np.ndarray
    error: float  # 1/2 sum of (t - o)^2, before the change
    o_used: np.ndarray  # (n_out,): o_output with the digits that enter delta_output
    delta_output: np.ndarray  # (n_out,)
    delta_sum: np.ndarray  # (n_hidden,): sum over the output units k of w_kh delta_k
    delta_hidden: np.ndarray  # (n_hidden,)
    change: Weights
    new: Weights


def forward(weights, x):
    """The forward pass for one example x (n_in,) or a batch (N, n_in).

    >>> weights, x, t, learning_rate = worked_example()
    >>> out = forward(weights, x)
    >>> out.net_hidden.round(6).tolist(), out.o_output.round(6).tolist()
    ([7.0, -5.0], [0.750198, 0.957099])
    """
    return _forward(weights, _inputs(weights, x), _all_digits)


def step(weights, x, t, learning_rate, momentum=0.0, velocity=None, precision="full"):
    """One example forward and back, and the weights after it: a Step. Nothing is changed in place.

    delta_k = o_k (1 - o_k) (t_k - o_k) for an output unit, delta_h = o_h (1 - o_h) sum_k w_kh delta_k for a hidden one;
    change = learning_rate * delta_j * x_ji + momentum * velocity, where velocity is the change of the step before.
    precision "source" rounds and truncates where the worked example of the sources does; "full" never rounds.

    >>> weights, x, t, learning_rate = worked_example()
    >>> step(weights, x, t, learning_rate).delta_output.round(6).tolist()
    [0.046813, -0.039299]
    >>> step(weights, x, t, learning_rate, precision="source").delta_output.tolist()
    [0.0469, -0.0394]
    """
    if precision not in ("full", "source"):
        raise ValueError(f'precision must be "full" or "source", not {precision!r}')
    x, t = _inputs(weights, x, ndims=(1,)), _targets(weights, t, ndims=(1,))
    learning_rate, momentum = _learning_rate(learning_rate), _momentum(momentum)
    velocity = weights.each(np.zeros_like) if velocity is None else _same_shapes(weights, "velocity", velocity)
    digits = _all_digits if precision == "full" else _source_digits

    out = _forward(weights, x, digits)
    error = 0.5 * float(((t - out.o_output) ** 2).sum())
    o_used = digits("o_used", out.o_output)
    delta_output = digits("delta_output", o_used * (1 - o_used) * (t - o_used))  # (n_out,)
    delta_sum = digits("delta_sum", (weights.output * delta_output[:, None]).sum(axis=0))  # (n_hidden,)
    delta_hidden = digits("delta_hidden", out.o_hidden * (1 - out.o_hidden) * delta_sum)

    uphill = _outer(weights, delta_hidden, x, delta_output, out.o_hidden)  # delta_j x_ji
    change = uphill.each(lambda by, before: learning_rate * by + momentum * before, velocity)
    change = _by_layer(digits, "change", change)
    new = _by_layer(digits, "new", weights.each(np.add, change))
    return Step(
        weights, x, t, learning_rate, momentum, velocity, precision, *vars(out).values(), error, o_used,
        delta_output, delta_sum, delta_hidden, change, new,
    )  # fmt: skip


def gradient(weights, x, t):
    """dE/dw as Weights, for E = 1/2 sum of (t - o)^2 over one example or over all examples of a batch.

    >>> weights, x, t, learning_rate = worked_example()
    >>> gradient(weights, x, t).output.round(6).tolist()
    [[-0.046771, -0.000313], [0.039263, 0.000263]]
    """
    x, t = _examples(weights, x, t)
    out = _forward(weights, x, _all_digits)
    delta_output = out.o_output * (1 - out.o_output) * (t - out.o_output)  # (N, n_out)
    delta_hidden = out.o_hidden * (1 - out.o_hidden) * (delta_output @ weights.output)  # (N, n_hidden)
    return Weights(
        hidden=-delta_hidden.T @ x,
        output=-delta_output.T @ out.o_hidden,
        hidden_bias=None if weights.hidden_bias is None else -delta_hidden.sum(axis=0),
        output_bias=None if weights.output_bias is None else -delta_output.sum(axis=0),
    )


def error(weights, x, t):
    """E = 1/2 sum of (t - o)^2 over the output units of one example, or of all examples of a batch.

    >>> weights, x, t, learning_rate = worked_example()
    >>> round(error(weights, x, t), 6)
    0.48922
    """
    x, t = _examples(weights, x, t)
    return 0.5 * float(((t - _forward(weights, x, _all_digits).o_output) ** 2).sum())


def worked_example():
    """The sources' example: weights without biases, x, t, learning_rate. (Lines 440-464: the weights stand in the
    computations; the figure that showed them is missing from the text.)"""
    weights = Weights(hidden=[[0.2, -0.1, 0.4], [0.7, -1.2, 1.2]], output=[[1.1, 0.1], [3.1, 1.17]])
    return weights, np.array([10.0, 30.0, 20.0]), np.array([1.0, 0.0]), 0.1


# How the worked example cuts its values, read off the printed digits: so many decimals, or so many significant digits.
# What is not named here is kept as a pocket calculator shows it, with twelve significant digits.
SOURCE_DECIMALS = {"o_hidden": 4, "net_output": 4, "o_output": 4, "o_used": 3, "delta_output": 4}
SOURCE_SIGNIFICANT = {"delta_hidden": 3, "change.output": 3}
# The sources round; but of these values one unit's digits were cut off instead (H1's and O1's o, H2's delta).
SOURCE_TRUNCATES = {"o_hidden": 0, "o_output": 0, "delta_hidden": 1}
CALCULATOR_DIGITS = 12

# What the text prints, digit by digit, under the names that labelled() gives.
PRINTED = {
    "net H1": "7", "o H1": "0.9990", "net H2": "-5", "o H2": "0.0067",
    "net O1": "1.0996", "o O1": "0.7501", "net O2": "3.1047", "o O2": "0.9571",
    "delta O1": "0.0469", "delta O2": "-0.0394", "delta H1": "-0.0000705", "delta H2": "-0.000275",
    "change H1->O1": "0.000469", "change H1->O2": "-0.00394",
    "change H2->O1": "0.0000314", "change H2->O2": "-0.0000264",
    "change I1->H1": "-0.0000705", "change I1->H2": "-0.000275", "change I2->H1": "-0.0002115",
    "change I2->H2": "-0.000825", "change I3->H1": "-0.000141", "change I3->H2": "-0.00055",
    "new H1->O1": "1.100469", "new H1->O2": "3.09606", "new H2->O1": "0.1000314", "new H2->O2": "1.1699736",
    "new I1->H1": "0.1999295", "new I1->H2": "0.699725", "new I2->H1": "-0.1000705",
    "new I2->H2": "-1.200825", "new I3->H1": "0.399859", "new I3->H2": "1.19945",
}  # fmt: skip


def labelled(step):
    """The values of a step by name, in the order of the algorithm: {"net H1": 7.0, ..., "new I3->H2": 1.199...}.

    Inputs are I1, I2, ..., hidden units H1, ..., output units O1, ...; "change I3->H2" belongs to the weight from I3
    to H2, "change 1->H2" to H2's bias. The rows of a layer's table go by the sender, as in the sources.
    """
    values = {}
    for layer, net, o in (("H", step.net_hidden, step.o_hidden), ("O", step.net_output, step.o_output)):
        for unit, (received, sent) in enumerate(zip(net, o, strict=True), 1):
            values |= {f"net {layer}{unit}": float(received), f"o {layer}{unit}": float(sent)}
    for layer, deltas in (("O", step.delta_output), ("H", step.delta_hidden)):
        values |= {f"delta {layer}{unit}": float(delta) for unit, delta in enumerate(deltas, 1)}
    for name, weights in (("change", step.change), ("new", step.new)):
        values |= {f"{name} {link}": value for link, value in links(weights).items()}
    return values


def links(weights):
    """Every weight under the names of the two units that it links: {"H1->O1": 1.1, "H1->O2": 3.1, ...}.

    The weights to the output units come first, as in the sources' tables; a bias comes from the constant "1".

    >>> links(Weights(hidden=[[1, 2]], output=[[3]], output_bias=[4]))
    {'H1->O1': 3.0, '1->O1': 4.0, 'I1->H1': 1.0, 'I2->H1': 2.0}
    """
    named = {}
    layers = (("H", "O", weights.output, weights.output_bias), ("I", "H", weights.hidden, weights.hidden_bias))
    for sender, receiver, table, bias in layers:
        named |= {f"{sender}{i + 1}->{receiver}{j + 1}": float(w) for (i, j), w in np.ndenumerate(table.T)}
        named |= {f"1->{receiver}{j + 1}": float(w) for j, w in enumerate([] if bias is None else bias)}
    return named


def replaced(weights, values):
    """These weights with others in some links: replaced(weights, {"H1->O1": 1.2}). Names as in links().

    >>> replaced(Weights(hidden=[[1, 2]], output=[[3]]), {"I2->H1": 5})
    Weights(hidden=[[1.0, 5.0]], output=[[3.0]])
    """
    vector = weights.vector()
    places = links(weights.with_vector(np.arange(vector.size)))
    for name, value in values.items():
        if name not in places:
            raise ValueError(f"there is no weight {name!r}; there are {', '.join(places)}")
        vector[int(places[name])] = finite_number(f"the weight {name}", value)
    return weights.with_vector(vector)


def written(name, value):
    """A value with as many decimals as the sources write it: "0.9990" for "o H1", "-0.0000705" for "delta H1".

    >>> written("o H1", 0.999), written("delta H1", -0.0000705), written("net H1", 7.0)
    ('0.9990', '-0.0000705', '7')
    """
    if name.startswith(("o ", "net O", "delta O")):
        return f"{value:.4f}"
    text = f"{Decimal(f'{value:.{CALCULATOR_DIGITS}g}'):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _all_digits(_name, values):
    return values


def _source_digits(name, values):
    """The values (of one kind, a unit or a weight each) with the digits that the sources keep."""
    cut = [_cut(value, name, SOURCE_TRUNCATES.get(name) == place) for place, value in enumerate(values.ravel())]
    return np.array(cut).reshape(values.shape)


def _cut(value, name, truncate):
    exact = Decimal(f"{value:.{CALCULATOR_DIGITS}g}")
    if name in SOURCE_DECIMALS:
        last = -SOURCE_DECIMALS[name]
    else:
        last = exact.adjusted() + 1 - SOURCE_SIGNIFICANT.get(name, CALCULATOR_DIGITS)
    rounding = ROUND_DOWN if truncate else ROUND_HALF_UP
    return float(exact.quantize(Decimal(1).scaleb(last), rounding, Context(prec=400)))


def _forward(weights, x, digits):
    net_hidden = digits("net_hidden", _net(weights.hidden, x, weights.hidden_bias))
    o_hidden = digits("o_hidden", sigmoid(net_hidden))
    net_output = digits("net_output", _net(weights.output, o_hidden, weights.output_bias))
    return Forward(net_hidden, o_hidden, net_output, digits("o_output", sigmoid(net_output)))


def _net(weights, signals, bias):
    return signals @ weights.T if bias is None else signals @ weights.T + bias


def _outer(weights, delta_hidden, x, delta_output, o_hidden):
    """delta_j x_ji for every weight; the signal of a bias is 1."""
    return Weights(
        hidden=np.outer(delta_hidden, x),
        output=np.outer(delta_output, o_hidden),
        hidden_bias=None if weights.hidden_bias is None else delta_hidden,
        output_bias=None if weights.output_bias is None else delta_output,
    )


def _by_layer(digits, name, weights):
    """The digits that are kept go by the layer: the sources' two tables differ."""
    layers = zip(("hidden", "output", "hidden", "output"), weights._arrays(), strict=True)
    return Weights(*(None if array is None else digits(f"{name}.{layer}", array) for layer, array in layers))


def _numbers(name, values, *ndims):
    """The values as a float64 array of finite numbers with one of the given numbers of axes."""
    array = finite_array(name, values).astype(np.float64)
    if array.ndim not in ndims:
        wanted = " or ".join({1: "a row of numbers", 2: "a table of numbers, row by row"}[ndim] for ndim in ndims)
        raise ValueError(f"the {name} must be {wanted}, not an array of shape {array.shape}")
    return array


def _inputs(weights, x, ndims=(1, 2)):
    _weights("weights", weights)
    x = _numbers("inputs", x, *ndims)
    if x.shape[-1] != weights.n_in:
        raise ValueError(f"the hidden units have {weights.n_in} weights each, but an example has {x.shape[-1]} inputs")
    return x


def _targets(weights, t, ndims=(1, 2)):
    t = _numbers("targets", t, *ndims)
    if t.shape[-1] != weights.n_out:
        raise ValueError(f"the network has {weights.n_out} output units, but an example has {t.shape[-1]} targets")
    outside = t[(t < 0) | (t > 1)]
    if outside.size:
        raise ValueError(f"a sigmoid unit answers between 0 and 1: it can never reach the target {outside[0]:g}")
    return t


def _examples(weights, x, t, ndims=(1, 2)):
    """Inputs (N, n_in) and targets (N, n_out) of a batch, or of one example where ndims allows it: N is 1."""
    x, t = np.atleast_2d(_inputs(weights, x, ndims)), np.atleast_2d(_targets(weights, t, ndims))
    if len(x) != len(t):
        raise ValueError(f"{len(x)} examples and {len(t)} targets: give each example its own targets")
    return x, t


def _learning_rate(value):
    value = finite_number("the learning rate", value)
    if value <= 0:
        raise ValueError(f"the learning rate must be more than 0, not {value:g}; 0.1 is a good start")
    return value


def _momentum(value):
    value = finite_number("the momentum", value)
    if not 0 <= value < 1:
        raise ValueError(f"the momentum must be at least 0 and less than 1, not {value:g}")
    return value


def _weights(name, value):
    if not isinstance(value, Weights):
        raise TypeError(f"the {name} must be two_layer.Weights(hidden=..., output=...), not {type(value).__name__}")
    return value


def _same_shapes(weights, name, other):
    """The other Weights, a change, a velocity or a gradient, if they fit these, array by array."""
    _weights(name, other)
    shapes, others = ([None if a is None else a.shape for a in w._arrays()] for w in (weights, other))
    if shapes != others:
        raise ValueError(f"the {name} must have the shapes of the weights, {shapes}, not {others}")
    return other


# Training: the step again and again, on bare arrays, since it happens thousands of times. Here a layer's biases are one
# more column of its weights, and what they meet is one more column of ones. train_loops says the same in plain steps.

CLOSE = 0.4  # so near to its target an output counts as learned: up to 0.4 it is a 0, from 0.6 on a 1


@dataclass(frozen=True, eq=False)
class Training:
    """What train() did: the error on the way, the weights at some epochs (0 is the start), and what was learned."""

    error: np.ndarray  # (epochs + 1,): E over all examples, at the start and after each epoch
    epochs: tuple  # the epochs whose weights are kept
    kept: tuple  # their Weights
    learned: np.ndarray  # (N,) True where all outputs of the example are CLOSE to its targets at the end
    overflowed: bool  # whether the next epoch would have left the range of floats

    @property
    def weights(self):
        """The weights at the end."""
        return self.kept[-1]

    @property
    def outcome(self):
        """One of "learned" (every example is), "diverged" (E has grown, or the weights overflowed), "not learned"."""
        if self.overflowed or self.error[-1] > self.error[0]:
            return "diverged"
        return "learned" if self.learned.all() else "not learned"

    def __repr__(self):
        return (
            f"Training({self.epochs[-1]} epochs, error {self.error[0]:.3f} to {self.error[-1]:.3f}: {self.outcome}, "
            f"{self.learned.sum()} of {self.learned.size} examples within {CLOSE} of their targets)"
        )


def train(weights, x, t, learning_rate, momentum=0.0, *, epochs, order="stochastic", rng=None, keep=40):
    """The steps of so many epochs, each with every example once: a Training. x (N, n_in), t (N, n_out) from 0 to 1.

    order "stochastic" changes the weights after each example, as the sources do, in an order of its own each epoch if
    there is an `rng`; "batch" changes them once an epoch, by the sum over all examples. The weights are kept at the
    start and at `keep` more epochs. Weights too large for a float end the training at the epoch before.

    >>> xor, t = [[0, 0], [0, 1], [1, 0], [1, 1]], [[0], [1], [1], [0]]
    >>> weights = Weights.random(2, 3, 1, np.random.default_rng(0))
    >>> training = train(weights, xor, t, learning_rate=0.5, momentum=0.9, epochs=300, keep=3)
    >>> training
    Training(300 epochs, error 0.536 to 0.003: learned, 4 of 4 examples within 0.4 of their targets)
    >>> training.epochs
    (0, 100, 200, 300)
    """
    x, t, learning_rate, momentum, epochs = _plan(weights, x, t, learning_rate, momentum, epochs, order, rng)
    steps = min(whole_number("keep", keep, 1), epochs)
    to_keep = {epochs * part // steps for part in range(steps + 1)}
    signals = x if weights.hidden_bias is None else np.column_stack([x, np.ones(len(x))])
    flat, layers = _joined(weights)
    before, speed, uphill, zeros = (np.zeros_like(flat) for _ in range(4))
    slopes, everyone = _layers(uphill, layers), _Examples(signals, t, layers)
    batches = [everyone]
    if order == "stochastic":
        batches = [_Examples(signals[rows], t[rows], layers) for rows in _batches(len(x), order)]
    error, kept = [], {}
    with np.errstate(over="ignore", invalid="ignore"):
        for epoch in range(epochs + 1):
            before[:] = flat
            for examples in _turns(batches, rng) if epoch else ():
                if examples is not everyone:  # whose outputs are known from the error of the epoch before
                    examples.forward()
                examples.backward(slopes)
                uphill *= learning_rate
                speed *= momentum
                speed += uphill
                flat += speed
            if flat.dot(zeros) != 0:  # a weight that is inf or nan: the quickest way to ask
                kept[epoch - 1] = _separated(weights, _layers(before, layers))  # again, if it is kept in any case
                break
            everyone.forward()
            error.append(everyone.error())
            if epoch in to_keep:
                kept[epoch] = _separated(weights, layers)
    return Training(np.array(error), tuple(kept), tuple(kept.values()), everyone.learned(), len(error) <= epochs)


def train_loops(weights, x, t, learning_rate, momentum=0.0, *, epochs, order="stochastic", rng=None):
    """The same as train(), in plain steps, and slow: (Weights at the end, [E at the start and after each epoch])."""
    x, t, learning_rate, momentum, epochs = _plan(weights, x, t, learning_rate, momentum, epochs, order, rng)
    errors, velocity = [error(weights, x, t)], weights.each(np.zeros_like)
    for _ in range(epochs):
        for rows in _turns(_batches(len(x), order), rng):
            change = velocity.each(lambda before: momentum * before)
            for example, target in zip(x[rows], t[rows], strict=True):
                change = change.each(np.add, step(weights, example, target, learning_rate).change)
            weights, velocity = weights.each(np.add, change), change
        errors.append(error(weights, x, t))
    return weights, errors


def _plan(weights, x, t, learning_rate, momentum, epochs, order, rng):
    """The arguments of a training, checked."""
    x, t = _examples(weights, x, t, ndims=(2,))
    if order not in ("stochastic", "batch"):
        raise ValueError(f'order must be "stochastic" or "batch", not {order!r}')
    if rng is not None:
        random_generator(rng)
    return x, t, _learning_rate(learning_rate), _momentum(momentum), whole_number("epochs", epochs, 1)


def _batches(count, order):
    """The rows of the examples behind each change of the weights."""
    return [slice(None)] if order == "batch" else [slice(row, row + 1) for row in range(count)]


def _turns(batches, rng):
    """The batches of an epoch in their order, a new one each time if there is an rng."""
    if rng is None:
        return batches
    return [batches[n] for n in rng.permutation(len(batches)).tolist()]


def _joined(weights):
    """All weights in one row, copied, and the parts of that row that are each layer's, biases in the last column:
    [hidden (n_hidden, n_in + 1), output (n_out, n_hidden + 1)]; without biases a column less."""
    pairs = (weights.hidden, weights.hidden_bias), (weights.output, weights.output_bias)
    layers = [layer if bias is None else np.column_stack([layer, bias]) for layer, bias in pairs]
    flat = np.concatenate([layer.ravel() for layer in layers])
    return flat, _layers(flat, layers)


def _layers(flat, like):
    """The parts of a row that belong to the layers, in their shapes: what is written there is written in the row."""
    hidden, output = like
    return [flat[: hidden.size].reshape(hidden.shape), flat[hidden.size :].reshape(output.shape)]


def _separated(like, layers):
    """Joined layers as Weights, with biases where `like` has them."""
    hidden, output = layers
    return Weights(
        hidden=hidden[:, : like.n_in],
        output=output[:, : like.n_hidden],
        hidden_bias=None if like.hidden_bias is None else hidden[:, -1],
        output_bias=None if like.output_bias is None else output[:, -1],
    )


class _Examples:
    """Some examples, and what the network makes of them: one column each, in arrays that every epoch writes anew,
    since at this size an array takes longer to make than to fill. The layers are read where training changes them."""

    def __init__(self, signals, t, layers):
        self.layers, self.signals, self.t = layers, signals, t.T
        (n_hidden, _), (n_out, n_received) = (layer.shape for layer in layers)
        self.received = np.ones((n_received, len(signals)))  # by the output units; the last row is what the bias meets
        self.o_hidden = self.received[:n_hidden]
        self.delta_hidden, self.slope_hidden = np.empty_like(self.o_hidden), np.empty_like(self.o_hidden)
        self.o_output, self.missing, self.delta_output = (np.empty((n_out, len(signals))) for _ in range(3))
        self.all_missing = self.missing.ravel()

    def forward(self):
        hidden, output = self.layers
        _sigmoid_of(np.matmul(hidden, self.signals.T, out=self.o_hidden))
        _sigmoid_of(np.matmul(output, self.received, out=self.o_output))
        np.subtract(self.t, self.o_output, out=self.missing)

    def backward(self, out):
        """The sum of delta_j x_ji over the examples, for both layers, written into `out`: -dE/dw."""
        n_hidden = len(self.o_hidden)
        _slope_of_sigmoid(self.o_output, out=self.delta_output)
        self.delta_output *= self.missing
        np.matmul(self.layers[1].T[:n_hidden], self.delta_output, out=self.delta_hidden)
        self.delta_hidden *= _slope_of_sigmoid(self.o_hidden, out=self.slope_hidden)
        np.matmul(self.delta_hidden, self.signals, out=out[0])
        np.matmul(self.delta_output, self.received.T, out=out[1])

    def error(self):
        return 0.5 * float(self.all_missing.dot(self.all_missing))

    def learned(self):
        return (np.abs(self.missing) <= CLOSE).all(axis=0)


def _sigmoid_of(net):
    """1 / (1 + e^-net), written over net. e^-net may overflow to inf: then it is 0."""
    np.negative(net, out=net)
    np.exp(net, out=net)
    net += 1
    return np.divide(1, net, out=net)


def _slope_of_sigmoid(o, out):
    np.subtract(1, o, out=out)
    out *= o
    return out
