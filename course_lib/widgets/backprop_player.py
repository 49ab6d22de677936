"""The backprop player: one step of the 3-2-2 network, value by value, forward and back."""

import json

import numpy as np
import traitlets

from course_lib import gradcheck, two_layer
from course_lib.plots import worked_example as plots
from course_lib.widgets.backprop_code import EXAMPLE, PRECISIONS, SHAPES, TORCH, Numbers, as_code, given, parse_code
from course_lib.widgets.base import Explorer

LAST_ITERATION = 200
ROOM = 10  # characters that a number may have in the drawing
DIGITS = 10  # significant ones in full precision: as many as every machine computes alike
WRONG_CELLS = {
    "change H1->O1": "ten times too small",
    "new H1->O1": "the change that went in was ten times too small",
    "new I2->H1": "the change of I1\u2192H1 went in instead",
}


class BackpropPlayer(Explorer):
    """The worked example's network, every number of one step, and the steps after it; see backprop_player()."""

    front_end = ("chart.js", "backprop_numbers.js", "backprop_player.js")
    styles = ("chart.css", "backprop_player.css")
    state = (*SHAPES, "iteration", "precision", "at")

    x = Numbers(EXAMPLE["x"], help="the three inputs").tag(sync=True)
    t = Numbers(EXAMPLE["t"], help="the two targets, from 0 to 1").tag(sync=True)
    learning_rate = Numbers(EXAMPLE["learning_rate"], help="more than 0").tag(sync=True)
    momentum = Numbers(EXAMPLE["momentum"], help="at least 0, less than 1").tag(sync=True)
    hidden = Numbers(EXAMPLE["hidden"], help="the weights to H1 and H2, a row each").tag(sync=True)
    output = Numbers(EXAMPLE["output"], help="the weights to O1 and O2, a row each").tag(sync=True)
    velocity_hidden = Numbers(EXAMPLE["velocity_hidden"], help="the changes before the first iteration").tag(sync=True)
    velocity_output = Numbers(EXAMPLE["velocity_output"], help="the changes before the first iteration").tag(sync=True)
    iteration = traitlets.Int(1, min=1, max=LAST_ITERATION, help="counted from 1").tag(sync=True)
    precision = traitlets.Enum(PRECISIONS, "source").tag(sync=True)
    at = traitlets.Int(0, min=0, help="how many values have been computed so far").tag(sync=True)

    plan = traitlets.List(help="what each value is called and where it belongs").tag(sync=True)
    table = traitlets.Dict(help="every number as text, in both precisions, for the state in `of`").tag(sync=True)
    pasted = traitlets.Dict(help="{n, text}: code to read").tag(sync=True)
    reading = traitlets.Dict(help="{n, problem}: what became of it").tag(sync=True)

    def __init__(self, **state):
        self._known = {}  # precision: (the given values, the steps from there)
        super().__init__(**state)

    @traitlets.default("plan")
    def _fixed_plan(self):
        return PLAN

    @traitlets.default("table")
    def _table(self):
        source, full = (self._steps(name)[self.iteration - 1] for name in ("source", "full"))
        checks = _checks(full)
        same = source.weights.vector().tolist() == full.weights.vector().tolist()  # in the first iteration they are
        runs = {"source": self._run("source", checks if same else _checks(source)), "full": self._run("full", checks)}
        return {"of": self._of(), "runs": runs}

    @traitlets.validate("at")
    def _check_at(self, proposal):
        return min(proposal.value, len(PLAN) - 1)

    @traitlets.observe(*SHAPES, "iteration")
    def _answer(self, _change):
        if self.table["of"] != self._of():
            self.table = self._table()

    @traitlets.observe("pasted")
    def _read(self, change):
        problem = ""
        try:
            with self.hold_trait_notifications():
                for name, value in parse_code(change.new["text"]).items():
                    setattr(self, name, value)
                self.iteration = 1
        except ValueError as error:
            problem = str(error)
        self.reading = {"n": change.new["n"], "problem": problem}

    @property
    def step(self):
        """The two_layer.Step that is shown."""
        return self._steps(self.precision)[self.iteration - 1]

    def still(self):
        """A Figure of the network with the values of this step."""
        return plots.network(self.step.weights, self.x, self.step)

    def _of(self):
        return [*(getattr(self, name) for name in SHAPES), self.iteration]

    def _steps(self, precision):
        """The steps of all iterations so far and of the next one. Those that are known are not computed again."""
        key = json.dumps(self._of()[:-1])
        known, steps = self._known.get(precision, (None, []))
        if known != key:
            weights = two_layer.Weights(self.hidden, self.output)
            velocity = two_layer.Weights(self.velocity_hidden, self.velocity_output)
            steps = [self._next(weights, velocity, precision)]
        while len(steps) <= self.iteration:
            steps.append(self._next(steps[-1].new, steps[-1].change, precision))
        self._known[precision] = (key, steps)
        return steps

    def _next(self, weights, velocity, precision):
        return two_layer.step(weights, self.x, self.t, self.learning_rate, self.momentum, velocity, precision)

    def _run(self, precision, checks):
        """Everything that the front end shows in one precision, as text, in the order of the plan."""
        step, after = self._steps(precision)[self.iteration - 1 : self.iteration + 1]
        numbers, values = _in_words(step, after.error)
        # Momentum does not count where nothing has moved before.
        is_printed = self._of() == [*(EXAMPLE | {"momentum": self.momentum}).values(), 1]
        compared = two_layer.labelled(step) if is_printed else {}
        return {
            "numbers": [numbers.get(entry["name"], "") for entry in PLAN],
            "values": [values.get(entry["name"], "") for entry in PLAN],
            "short": [_short(values.get(entry["name"], ""), precision) for entry in PLAN],
            "remarks": [_remark(entry["name"], precision, compared.get(entry["name"])) for entry in PLAN],
            "checks": checks,
            "now": {
                "hidden": step.weights.hidden.tolist(), "output": step.weights.output.tolist(),
                "velocity_hidden": step.velocity.hidden.tolist(), "velocity_output": step.velocity.output.tolist(),
            },
            "code": {"course": as_code(step), "torch": TORCH.format(eta=step.learning_rate, alpha=step.momentum)},
        }  # fmt: skip


def backprop_player(weights=None, velocity=None, **state):
    """Play one step of backpropagation on a 3-2-2 network, number by number.

    weights and velocity (the changes of the step before): two_layer.Weights without biases; more of the state by name:
    x, t, learning_rate, momentum, precision "source" or "full", iteration, at. What is not given comes from the
    sources' example.
    """
    weights = weights or two_layer.worked_example()[0]
    return BackpropPlayer(**given(weights, velocity) | state)


# What each value is: the same for every network of this shape.


def _plan():
    hidden, outputs = ("H1", "H2"), ("O1", "O2")
    below = {**dict.fromkeys(hidden, ("I1", "I2", "I3")), **dict.fromkeys(outputs, hidden)}
    incoming = {unit: [f"{sender}->{unit}" for sender in senders] for unit, senders in below.items()}
    links = [link for unit in (*outputs, *hidden) for link in incoming[unit]]
    links.sort(key=lambda link: (link[0] == "I", link))  # the tables' order: by sender, hidden to output first

    plan = [_entry("start", "the given values", (), links)]
    for unit in (*hidden, *outputs):
        plan.append(_entry(f"net {unit}", f"net of {unit}", below[unit], incoming[unit]))
        plan.append(_entry(f"o {unit}", f"o of {unit}", (unit,), ()))
    plan.append(_entry("error", "the error", outputs, ()))
    plan += [_entry(f"delta {unit}", f"\u03b4 of {unit}", (unit,), ()) for unit in outputs]
    for unit in hidden:
        plan.append(_entry(f"delta {unit}", f"\u03b4 of {unit}", outputs, [f"{unit}->{output}" for output in outputs]))
    for link in links:
        plan.append(_entry(f"change {link}", f"change of {link.replace('->', _ARROW)}", link.split("->"), (link,)))
    for link in links:
        plan.append(_entry(f"new {link}", f"new weight {link.replace('->', _ARROW)}", (), (link,)))
    plan.append(_entry("error after", "the error with the new weights", (), links))
    return plan


def _entry(name, title, units, links):
    """One value of the plan; `back` says whether it belongs to the way back, which is drawn with dashes."""
    kind = next(kind for kind in (name, name[:-1], name.split()[0]) if kind in _IN_GENERAL)
    why, formula = _IN_GENERAL[kind]
    back = name.startswith(("delta", "change", "new"))
    return {"name": name, "title": title, "why": why, "formula": formula, "units": list(units), "links": list(links),
            "back": back}  # fmt: skip


_ARROW = "\u2192"
_ERROR = "E = \u00bd \u03a3 (t \u2212 o)\u00b2"
_IN_GENERAL = {  # why, and the formula
    "start": ("", ""),
    "net": ("Every signal times the weight of its link, added up.", "net = \u03a3 w \u00b7 x"),
    "o": ("The sigmoid squeezes net into the range from 0 to 1.", "o = \u03c3(net) = 1 / (1 + e^\u2212net)"),
    "error": ("How far the outputs are from their targets.", _ERROR),
    "delta O": (
        "How far off this unit is, times how much it still gives way, o (1 \u2212 o).",
        "\u03b4 = o (1 \u2212 o) (t \u2212 o)",
    ),
    "delta H": (
        "The blame of the units that it feeds, through the weights to them, times o (1 \u2212 o).",
        "\u03b4 = o (1 \u2212 o) \u03a3 w \u00b7 \u03b4",
    ),
    "change": (
        "Learning rate, times \u03b4 of the receiving unit, times the signal sent; and a share of the change before.",
        "\u0394w = \u03b7 \u00b7 \u03b4 \u00b7 x + \u03b1 \u00b7 \u0394w before",
    ),
    "new": ("The old weight and its change.", "w new = w + \u0394w"),
    "error after": ("The same example once more, with the new weights. Is E smaller now?", _ERROR),
}
PLAN = _plan()
LINKS = PLAN[0]["links"]


# The numbers in words


def _word(value, name, precision):
    """A value as text, with a real minus sign: as the sources write it, or with DIGITS significant digits."""
    value += 0.0  # which makes 0 of -0
    if 0 < abs(value) < 1e-9:
        text = f"{value:.3e}"
    elif precision == "source":
        text = two_layer.written(name, value)
    else:
        text = np.format_float_positional(float(f"{value:.{DIGITS}g}"), trim="-")
    return text.replace("-", "\u2212")


def _short(text, precision):
    """The same for the drawing, where room is scarce: five significant digits, or the source's, where they are few."""
    if not text or (precision == "source" and len(text) <= ROOM):
        return text
    value = float(text.replace("\u2212", "-"))
    return _word(float(f"{value:.5g}"), "", "full")


def _in_words(step, error_after):
    """({name: the formula with its numbers}, {name: the result}) for one step."""

    def word(value, name=""):
        return _word(value, name, step.precision)

    def factor(value, name=""):
        text = word(value, name)
        return f"({text})" if value < 0 else text

    def total(*products):
        return " + ".join(" \u00b7 ".join(product) for product in products)

    values = two_layer.labelled(step)
    named = {name: word(value, name) for name, value in values.items()}
    signals = {f"I{n}": factor(value) for n, value in enumerate(step.x, 1)}
    signals |= {name[2:]: factor(value, name) for name, value in values.items() if name.startswith("o H")}
    weights = {link: factor(value) for link, value in two_layer.links(step.weights).items()}
    before = two_layer.links(step.velocity)
    used = {f"O{k}": f"{o:.3f}" if step.precision == "source" else word(o) for k, o in enumerate(step.o_used, 1)}
    targets = {f"O{k}": word(target) for k, target in enumerate(step.t, 1)}
    deltas = {name[6:]: factor(value, name) for name, value in values.items() if name.startswith("delta")}

    numbers = {}
    for link in weights:
        numbers.setdefault(f"net {link[4:]}", []).append((signals[link[:2]], weights[link]))
    numbers = {name: total(*products) for name, products in numbers.items()}
    numbers |= {f"o {name[4:]}": f"\u03c3({text})" for name, text in named.items() if name.startswith("net")}
    misses = [f"({targets[k]} \u2212 {named[f'o {k}']})\u00b2" for k in targets]
    numbers["error"] = f"\u00bd ({' + '.join(misses)})"
    for k, o in used.items():
        numbers[f"delta {k}"] = f"{o} \u00b7 (1 \u2212 {o}) \u00b7 ({targets[k]} \u2212 {o})"
    for h in ("H1", "H2"):
        o, back = named[f"o {h}"], [(weights[f"{h}->{k}"], deltas[k]) for k in targets]
        numbers[f"delta {h}"] = f"{o} \u00b7 (1 \u2212 {o}) \u00b7 ({total(*back)})"
    for link, old in two_layer.links(step.weights).items():
        products = [(word(step.learning_rate), deltas[link[4:]], signals[link[:2]])]
        if step.momentum:
            products.append((word(step.momentum), factor(before[link])))
        numbers[f"change {link}"] = total(*products)
        numbers[f"new {link}"] = f"{word(old)} + {factor(values[f'change {link}'], f'change {link}')}"
    named["error"], named["error after"] = (_word(value, "", "full") for value in (step.error, error_after))
    numbers["error after"] = f"it was {named['error']} before"
    return numbers, named


def _remark(name, precision, value):
    """What was done to the digits, and what the text prints where these are its own numbers, else value is None."""
    cut = _cut_in_words(name) if precision == "source" else ""
    printed = two_layer.PRINTED.get(name)
    if value is None or printed is None:
        return cut
    mine = two_layer.written(name, value)
    if precision == "full":
        mine = f"{value:.{len(printed.partition('.')[2])}f}"
    remark = f"\u2713 The text prints {printed}."
    if name in WRONG_CELLS:
        remark = f"\u2717 The text prints {printed}: {WRONG_CELLS[name]}."
    elif mine != printed:
        remark = f"\u2260 The text prints {printed}; with as many digits this would be {mine}."
    return f"{cut} {remark}".strip().replace("-", "\u2212")


def _cut_in_words(name):
    """How the sources cut a value of this name, or nothing where they keep it."""
    kind, _, unit = name.partition(" ")
    layer = {"H": "hidden", "O": "output"}.get(unit[-2:-1])
    key = f"change.{layer}" if kind == "change" else f"{kind}_{layer}"
    if key in two_layer.SOURCE_DECIMALS:
        digits = f"{two_layer.SOURCE_DECIMALS[key]} decimals"
    elif key in two_layer.SOURCE_SIGNIFICANT:
        digits = f"{two_layer.SOURCE_SIGNIFICANT[key]} significant digits"
    else:
        return ""
    cut_off = two_layer.SOURCE_TRUNCATES.get(key) == int(unit[-1]) - 1
    return f"Cut off after {digits}." if cut_off else f"Rounded to {digits}."


def _checks(step):
    """For each link: the gradient, the central difference and how far they lie apart, in full precision, as text."""
    weights, x, t = step.weights, step.x, step.t
    numbers = gradcheck.numerical_gradient(
        lambda vector: two_layer.error(weights.with_vector(vector), x, t), weights.vector()
    )
    exact = two_layer.gradient(weights, x, t)
    pairs = two_layer.links(exact), two_layer.links(weights.with_vector(numbers))
    return [_agreement(*(pair[link] for pair in pairs)) for link in LINKS]


def _agreement(exact, number):
    """A central difference cannot see gradients below some 1e-9: E has but 16 digits."""
    texts = [_word(float(f"{value:.6g}"), "", "full") for value in (exact, number)]
    if max(abs(exact), abs(number)) < 1e-9:
        return [*texts, "too small to tell"]
    apart = float(gradcheck.relative_difference(exact, number))
    return [*texts, "below 1e\u22127" if apart < 1e-7 else f"{apart:.0e}".replace("-", "\u2212")]
