"""The architecture explorer: a network as a table of layers; every shape and cost follows when a row is edited."""

import re

import traitlets

from course_lib import architectures
from course_lib.plots import architecture as plots
from course_lib.widgets.base import Explorer

MOST_LAYERS = 40
SIZES = (32, 320)  # pixels a side of the input
OWN = "your own"

FILTERS, KERNEL, STRIDE, PADDING = (1, 4096, 1), (1, 31, 1), (1, 16, 1), (0, 15, 1)
POOLING = {"kernel_size": KERNEL, "stride": STRIDE, "padding": PADDING}
# The settings of each kind of layer, with (least, most, step of the arrow keys); whole numbers have a whole step.
RULES = {
    "Conv2d": {
        "out_channels": FILTERS, "kernel_size": KERNEL, "stride": STRIDE, "padding": PADDING, "groups": FILTERS,
    },
    "MaxPool2d": POOLING,
    "AvgPool2d": POOLING,
    "LocalResponseNorm": {
        "size": (1, 31, 2), "alpha": (0.0, 1.0, 1e-4), "beta": (0.0, 5.0, 0.05), "k": (0.1, 9.9, 0.5),
    },
    "ReLU": {},
    "Tanh": {},
    "Sigmoid": {},
    "Flatten": {},
    "Dropout": {"p": (0.0, 0.95, 0.05)},
    "Linear": {"out_features": (1, 10_000, 1)},
}  # fmt: skip
DEFAULTS = {"stride": 1, "padding": 0, "groups": 1, "alpha": 1e-4, "beta": 0.75, "k": 1.0}  # as the layers' own
ADDED = {  # (name, settings) of a layer that is put in by hand: one that usually fits
    "Conv2d": ("conv", {"out_channels": 64, "kernel_size": 3, "stride": 1, "padding": 1, "groups": 1}),
    "MaxPool2d": ("pool", {"kernel_size": 3, "stride": 2, "padding": 0}),
    "AvgPool2d": ("mean", {"kernel_size": 2, "stride": 2, "padding": 0}),
    "LocalResponseNorm": ("norm", architectures.PAPER_NORM),
    "ReLU": ("relu", {}),
    "Tanh": ("tanh", {}),
    "Sigmoid": ("sigmoid", {}),
    "Flatten": ("flatten", {}),
    "Dropout": ("dropout", {"p": 0.5}),
    "Linear": ("fc", {"out_features": 1000}),
}


def _normal(table):
    """The table as the explorer keeps it: lists [name, kind, settings] with every setting; refused in words."""
    if not isinstance(table, (list, tuple)) or not 1 <= len(table) <= MOST_LAYERS:
        came = f"{len(table)} rows" if isinstance(table, (list, tuple)) else repr(table)
        raise traitlets.TraitError(f"a table has 1 to {MOST_LAYERS} rows (name, kind, settings), not {came}")
    rows = [_normal_row(row) for row in table]
    names = [name for name, _, _ in rows]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise traitlets.TraitError(f"each layer has its own name, but {twice[0]!r} comes {names.count(twice[0])} times")
    return rows


def _normal_row(row):
    if not isinstance(row, (list, tuple)) or len(row) != 3 or not isinstance(row[2], dict):
        raise traitlets.TraitError(f'a row is (name, kind, settings), as ("relu1", "ReLU", {{}}), not {row!r}')
    name, kind, given = row
    if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z0-9_ .-]{1,16}", name):
        raise traitlets.TraitError(
            f"a layer's name is 1 to 16 letters, digits, spaces or any of _ . - and not {name!r}"
        )
    if not isinstance(kind, str) or kind not in RULES:
        raise traitlets.TraitError(f"layer {name}: the explorer knows the kinds {', '.join(RULES)}, not {kind!r}")
    known = RULES[kind]
    for setting in given:
        if setting not in known:
            has = ", ".join(known) or "no settings"
            raise traitlets.TraitError(f"layer {name}: a {kind} has {has} in this explorer, not {setting!r}")
    filled = {setting: given.get(setting, _default(kind, setting, given)) for setting in known}
    return [name, kind, {setting: _number(name, setting, value, *known[setting]) for setting, value in filled.items()}]


def _default(kind, setting, given):
    """What the layer itself takes for a setting that is not given: a pooling's stride is its window's size."""
    if setting == "stride" and kind != "Conv2d":
        return given.get("kernel_size")
    return DEFAULTS.get(setting)


def _number(name, setting, value, least, most, step):
    if setting == "padding" and value == "same":
        return value
    if value is None:
        raise traitlets.TraitError(f"layer {name} needs {setting}: a number from {least} to {most}")
    whole = isinstance(step, int)
    if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)):
        kind_of_number = (
            'a whole number (or "same")' if setting == "padding" else "a whole number" if whole else "a number"
        )
        raise traitlets.TraitError(f"layer {name}: {setting} is {kind_of_number}, not {value!r}")
    if not least <= value <= most:
        raise traitlets.TraitError(f"layer {name}: {setting} goes from {least} to {most} in this explorer, not {value}")
    if step == 2 and value % 2 == 0:
        raise traitlets.TraitError(
            f"layer {name}: {setting} counts a map and its neighbours on both sides, so it is odd; {value} came"
        )
    return value if whole else float(value)


def _preset(table, size, channels, about):
    return {"table": _normal(table), "size": size, "channels": channels, "about": about}


PRESETS = {
    "one tower 227": _preset(
        architectures.alexnet_table(), 227, 3,
        "The sources' table: 227 \u00d7 227, one tower, pooling before normalisation.",
    ),
    "paper 224": _preset(
        architectures.alexnet_table("two_tower"), 224, 3,
        "As the paper prints it: 224 \u00d7 224, two towers (groups of two). The first layer does not fit 224 exactly: "
        "read what conv1 says.",
    ),
    "two-tower 227 (Caffe)": _preset(
        architectures.alexnet_table("two_tower"), 227, 3,
        "The paper's two towers with 227 \u00d7 227 pixels, which fit, as Caffe has them; normalisation before "
        "pooling.",
    ),
    "torchvision 224": _preset(
        architectures.alexnet_table("torchvision"), 224, 3,
        "PyTorch's own: 224 \u00d7 224 with padding 2 in conv1, fewer filters, no normalisation. It also has an "
        "adaptive average pooling to 6 \u00d7 6 before flatten. Here they are so already: it changes nothing.",
    ),
    "same padding 224": _preset(
        architectures.alexnet_table("same"), 224, 3,
        'One tower with "same" padding: so many zeros that a convolution of stride 4 gives 224 / 4 = 56. '
        "An odd zero goes after, at the bottom and on the right.",
    ),
    "LeNet-5 32": _preset(
        architectures.lenet5_table(), 32, 1, "LeNet-5 as it is taught today, for grey pictures of 32 \u00d7 32.",
    ),
}  # fmt: skip


class ArchitectureExplorer(Explorer):
    """A table of layers, what comes out of each and what it costs; see architecture_explorer()."""

    front_end = ("chart.js", "architecture_math.js", "architecture_explorer.js")
    styles = ("architecture_explorer.css",)
    state = ("preset", "table", "size", "channels", "picked")

    # In lists of pairs: a stored notebook sorts the keys of a dict.
    presets = traitlets.List([list(pair) for pair in PRESETS.items()]).tag(sync=True)
    kinds = traitlets.List([[kind, rules, *ADDED[kind]] for kind, rules in RULES.items()]).tag(sync=True)
    sizes = traitlets.List(list(SIZES)).tag(sync=True)
    most_layers = traitlets.Int(MOST_LAYERS).tag(sync=True)

    preset = traitlets.Any("one tower 227", help="a name from PRESETS, or OWN for any other table").tag(sync=True)
    table = traitlets.Any(help="rows [name, kind, settings], as in course_lib.architectures").tag(sync=True)
    size = traitlets.Any(227, help="pixels a side of the input").tag(sync=True)
    channels = traitlets.Any(3, help="of the input: 1 (grey) or 3 (colour)").tag(sync=True)
    picked = traitlets.Any(0, help="the row to which the buttons belong").tag(sync=True)

    def __init__(self, preset="one tower 227", **state):
        start = PRESETS.get(_checked_name(preset), PRESETS["one tower 227"])
        state = {name: start[name] for name in ("table", "size", "channels")} | state
        super().__init__(**state, preset=_name_of(_normal(state["table"]), state["size"], state["channels"]))

    @traitlets.validate("preset")
    def _check_preset(self, proposal):
        return _checked_name(proposal.value)

    @traitlets.validate("table")
    def _check_table(self, proposal):
        return _normal(proposal.value)

    @traitlets.validate("size")
    def _check_size(self, proposal):
        size, (least, most) = proposal.value, SIZES
        if isinstance(size, bool) or not isinstance(size, int) or not least <= size <= most:
            raise traitlets.TraitError(f"size is a whole number of pixels from {least} to {most}, not {size!r}")
        return size

    @traitlets.validate("channels")
    def _check_channels(self, proposal):
        if isinstance(proposal.value, bool) or proposal.value not in (1, 3):
            raise traitlets.TraitError(f"channels is 1 (grey) or 3 (colour), not {proposal.value!r}")
        return int(proposal.value)

    @traitlets.validate("picked")
    def _check_picked(self, proposal):
        picked, last = proposal.value, len(self.table) - 1
        if isinstance(picked, bool) or not isinstance(picked, int) or not 0 <= picked <= last:
            raise traitlets.TraitError(f"picked is a row's number from 0 to {last}, not {picked!r}")
        return picked

    @traitlets.observe("preset")
    def _fetch_table(self, change):
        present = _name_of(self.table, self.size, self.channels)
        if change.new == OWN:
            self.preset = present
        elif change.new != present:
            wanted = PRESETS[change.new]
            with self.hold_trait_notifications():
                self.table, self.size, self.channels = wanted["table"], wanted["size"], wanted["channels"]

    @traitlets.observe("table", "size", "channels")
    def _follow(self, _change):
        self.preset = _name_of(self.table, self.size, self.channels)
        self.picked = min(self.picked, len(self.table) - 1)

    @property
    def input_shape(self):
        return (self.channels, self.size, self.size)

    @property
    def summary(self):
        """The Summary of the layers up to the first that does not fit."""
        return self._fitting[0]

    @property
    def refusal(self):
        """What is wrong with the first layer that does not fit, or an empty text."""
        return self._fitting[1]

    @property
    def _fitting(self):
        rows = architectures.Summary()
        for count in range(1, len(self.table) + 1):
            try:
                rows = architectures.summary(self.table[:count], self.input_shape)
            except ValueError as error:
                return rows, str(error)
        return rows, ""

    def still(self):
        """A Figure with the volumes and the table."""
        return plots.volumes(self.summary, self.input_shape, self.refusal)

    def __repr__(self):
        if self.preset != OWN:
            return f"ArchitectureExplorer(preset={self.preset!r}, picked={self.picked})"
        return super().__repr__()


def architecture_explorer(preset="one tower 227", **state):
    """Edit a network's table of layers; shapes, parameters, work, memory and receptive fields follow.

    preset: "one tower 227", "paper 224", "two-tower 227 (Caffe)", "torchvision 224", "same padding 224", "LeNet-5 32".
    More of the state by name: table (rows (name, kind, settings)), size, channels (1 or 3), picked.
    """
    return ArchitectureExplorer(preset=preset, **state)


def _checked_name(name):
    if not isinstance(name, str) or name not in (*PRESETS, OWN):
        raise traitlets.TraitError(f"preset is one of {', '.join((*PRESETS, OWN))}, not {name!r}")
    return name


def _name_of(table, size, channels):
    """The preset that this is, or OWN."""
    found = (
        name
        for name, each in PRESETS.items()
        if (each["table"], each["size"], each["channels"]) == (table, size, channels)
    )
    return next(found, OWN)
