"""Famous networks as tables of layers: what comes out of each, what it costs, and the network itself.

A table is a list of rows (name, kind, settings): kind is the name of a class in layers.py, settings are its arguments
without those that the row before decides (channels and features that come in) and without the random generator.
"""

import dataclasses
import inspect
import math

import numpy as np

from course_lib import activations, convolution, layers, pooling, shapes
from course_lib.network import Sequential
from course_lib.shapes import pair

ALEXNET_VARIANTS = "simplified", "two_tower", "same", "torchvision"
PAPER_NORM = {"size": 5, "alpha": 5e-4, "beta": 0.75, "k": 2.0}  # the paper's alpha 1e-4 is ours / size


def lenet5_table():
    """LeNet-5 as it is taught today: every map of C3 sees all six of S2, plain pooling, ten outputs. Input 32 x 32."""
    return [
        ("C1", "Conv2d", {"out_channels": 6, "kernel_size": 5}), ("tanh1", "Tanh", {}),
        ("S2", "AvgPool2d", {"kernel_size": 2}),
        ("C3", "Conv2d", {"out_channels": 16, "kernel_size": 5}), ("tanh3", "Tanh", {}),
        ("S4", "AvgPool2d", {"kernel_size": 2}),
        ("C5", "Conv2d", {"out_channels": 120, "kernel_size": 5}), ("tanh5", "Tanh", {}),
        ("flatten", "Flatten", {}),
        ("F6", "Linear", {"out_features": 84}), ("tanh6", "Tanh", {}),
        ("output", "Linear", {"out_features": 10}),
    ]  # fmt: skip


LENET5_SEES = (  # for each map of C3, the maps of S2 that it sees: table I of LeCun et al. 1998
    (0, 1, 2), (1, 2, 3), (2, 3, 4), (3, 4, 5), (4, 5, 0), (5, 0, 1),
    (0, 1, 2, 3), (1, 2, 3, 4), (2, 3, 4, 5), (3, 4, 5, 0), (4, 5, 0, 1), (5, 0, 1, 2),
    (0, 1, 3, 4), (1, 2, 4, 5), (0, 2, 3, 5), (0, 1, 2, 3, 4, 5),
)  # fmt: skip


def lenet5_1998_table():
    """LeNet-5 as it was published: C3 sees parts of S2, subsampling learns, fixed codes at the end. Input 32 x 32.

    Source: LeCun, Bottou, Bengio and Haffner 1998, section II.B.
    """
    connections = [[int(place in seen) for place in range(6)] for seen in LENET5_SEES]
    return [
        ("C1", "Conv2d", {"out_channels": 6, "kernel_size": 5}), ("tanh1", "ScaledTanh", {}),
        ("S2", "Subsample2d", {"kernel_size": 2}), ("tanh2", "ScaledTanh", {}),
        ("C3", "PartialConv2d", {"connections": connections, "kernel_size": 5}), ("tanh3", "ScaledTanh", {}),
        ("S4", "Subsample2d", {"kernel_size": 2}), ("tanh4", "ScaledTanh", {}),
        ("C5", "Conv2d", {"out_channels": 120, "kernel_size": 5}), ("tanh5", "ScaledTanh", {}),
        ("flatten", "Flatten", {}),
        ("F6", "Linear", {"out_features": 84}), ("tanh6", "ScaledTanh", {}),
        ("output", "RBF", {"out_features": 10}),
    ]  # fmt: skip


def alexnet_table(variant="simplified"):
    """AlexNet: "simplified", one tower with pooling before normalisation, as 001_4aa9bd5242e78f22.txt has it (lines
    904-1034), or "two_tower", the paper's, with normalisation before pooling and groups of two. Input 227 x 227.

    For 224 x 224: "same", the simplified one with "same" padding, and "torchvision", PyTorch's own, with fewer filters,
    padding 2 in conv1, no normalisation (its adaptive pooling to 6 x 6 changes nothing at 224 and is left out).
    """
    if variant not in ALEXNET_VARIANTS:
        raise ValueError(f"variant is one of {', '.join(ALEXNET_VARIANTS)}, not {variant!r}")
    filters = (64, 192, 384, 256, 256) if variant == "torchvision" else (96, 256, 384, 384, 256)
    groups = 2 if variant == "two_tower" else 1

    def conv(number, kernel_size, stride=1, padding=0, groups=1):
        padding = "same" if variant == "same" else padding
        settings = {"out_channels": filters[number - 1], "kernel_size": kernel_size, "stride": stride}
        settings |= {"padding": padding, "groups": groups}
        return [(f"conv{number}", "Conv2d", settings), (f"relu{number}", "ReLU", {})]

    def smaller(number):
        both = [
            (f"pool{number}", "MaxPool2d", {"kernel_size": 3, "stride": 2}),
            (f"norm{number}", "LocalResponseNorm", dict(PAPER_NORM)),
        ]
        return {"two_tower": both[::-1], "torchvision": both[:1]}.get(variant, both)

    return [
        *conv(1, 11, stride=4, padding=2 if variant == "torchvision" else 0), *smaller(1),
        *conv(2, 5, padding=2, groups=groups), *smaller(2),
        *conv(3, 3, padding=1),
        *conv(4, 3, padding=1, groups=groups),
        *conv(5, 3, padding=1, groups=groups), ("pool3", "MaxPool2d", {"kernel_size": 3, "stride": 2}),
        ("flatten", "Flatten", {}),
        ("dropout6", "Dropout", {"p": 0.5}), ("fc6", "Linear", {"out_features": 4096}), ("relu6", "ReLU", {}),
        ("dropout7", "Dropout", {"p": 0.5}), ("fc7", "Linear", {"out_features": 4096}), ("relu7", "ReLU", {}),
        ("fc8", "Linear", {"out_features": 1000}),
    ]  # fmt: skip


def small_alexnet_table():
    """A small AlexNet, for (N, 1, 28, 28): the simplified table's kinds of layers in its order, two convolutions fewer.

    From the first pooling on its maps are as wide as AlexNet's from the second on: 27, 13, 6; and everything fits.
    """
    pool = {"kernel_size": 3, "stride": 2}
    return [
        ("conv1", "Conv2d", {"out_channels": 16, "kernel_size": 6, "padding": 2}), ("relu1", "ReLU", {}),
        ("pool1", "MaxPool2d", dict(pool)), ("norm1", "LocalResponseNorm", dict(PAPER_NORM)),
        ("conv2", "Conv2d", {"out_channels": 32, "kernel_size": 3, "padding": 1}), ("relu2", "ReLU", {}),
        ("pool2", "MaxPool2d", dict(pool)), ("norm2", "LocalResponseNorm", dict(PAPER_NORM)),
        ("conv3", "Conv2d", {"out_channels": 64, "kernel_size": 3, "padding": 1}), ("relu3", "ReLU", {}),
        ("flatten", "Flatten", {}),
        ("dropout4", "Dropout", {"p": 0.5}), ("fc4", "Linear", {"out_features": 128}), ("relu4", "ReLU", {}),
        ("dropout5", "Dropout", {"p": 0.5}), ("fc5", "Linear", {"out_features": 128}), ("relu5", "ReLU", {}),
        ("fc6", "Linear", {"out_features": 10}),
    ]  # fmt: skip


def lenet5(rng=None):
    """LeNet-5 as taught today, for (N, 1, 32, 32): a Sequential with random weights, of seed 0 without an rng."""
    return build(lenet5_table(), (1, 32, 32), rng)


def lenet5_1998(rng=None):
    """LeNet-5 as published, for (N, 1, 32, 32): a Sequential with random weights, of seed 0 without an rng."""
    return build(lenet5_1998_table(), (1, 32, 32), rng)


def alexnet(variant="simplified", image_size=227, rng=None):
    """AlexNet for pictures (N, 3, image_size, image_size): a Sequential; its random weights take a quarter of a GB."""
    return build(alexnet_table(variant), (3, image_size, image_size), rng)


def small_alexnet(rng=None):
    """A small AlexNet for grey pictures (N, 1, 28, 28) of ten kinds: a Sequential with random weights."""
    return build(small_alexnet_table(), (1, 28, 28), rng)


@dataclasses.dataclass(frozen=True)
class Row:
    """What summary() says of one layer, for one example."""

    name: str
    kind: str
    out_shape: tuple  # (C, H, W) or (features,)
    parameters: int  # weights and biases
    multiply_adds: int
    receptive_field: tuple | None  # (pixels, jump) down the picture; None behind Flatten, where everything is seen


class Summary(list):
    """The Rows of a network, and their sums. activation_bytes counts what the layers put out, in float32."""

    @property
    def parameters(self):
        return sum(row.parameters for row in self)

    @property
    def multiply_adds(self):
        return sum(row.multiply_adds for row in self)

    @property
    def activation_bytes(self):
        return 4 * sum(math.prod(row.out_shape) for row in self)

    def __str__(self):
        lines = [
            f"{'layer':<10}{'kind':<18}{'output':<15}{'parameters':>12}{'multiply-adds':>15}{'sees':>6}{'jump':>6}"
        ]
        for row in self:
            seen = ("", "") if row.receptive_field is None else row.receptive_field
            shape = " x ".join(map(str, row.out_shape))
            counts = f"{row.parameters:>12,}{row.multiply_adds:>15,}{seen[0]:>6}{seen[1]:>6}"
            lines.append(f"{row.name:<10}{row.kind:<18}{shape:<15}{counts}".rstrip())
        return "\n".join([*lines, f"{'total':<43}{self.parameters:>12,}{self.multiply_adds:>15,}"])


def summary(model, input_shape):
    """Shapes and costs layer by layer, without computing anything: a Summary.

    model: a table or a Sequential; input_shape (C, H, W) of one example, or (features,).

    >>> print(summary([("conv", "Conv2d", {"out_channels": 4, "kernel_size": 3}), ("relu", "ReLU", {})], (1, 8, 8)))
    layer     kind              output           parameters  multiply-adds  sees  jump
    conv      Conv2d            4 x 6 x 6                40          1,296     3     1
    relu      ReLU              4 x 6 x 6                 0              0     3     1
    total                                                40          1,296
    """
    rows, shape, windows = Summary(), _checked_shape(input_shape), []
    for name, kind, settings in _table(model):
        before = shape
        try:
            shape = _out_shape(kind, settings, before)
        except (ValueError, TypeError) as error:
            raise type(error)(f"layer {name}: {error}") from None
        windows += _window(kind, settings)
        seen = shapes.receptive_field(windows) if len(shape) == 3 else None
        costs = _parameters(kind, settings, before), _multiply_adds(kind, settings, before, shape)
        rows.append(Row(name, kind, shape, *costs, seen))
    return rows


def connections(table, input_shape):
    """{name: count} of the lines into each layer's units, as LeCun et al. 1998 count: every input of every unit, and
    its bias. A weight that many units share is counted once for each of them.

    >>> connections([("conv", "Conv2d", {"out_channels": 4, "kernel_size": 3})], (1, 8, 8))
    {'conv': 1440}
    """
    counts, before = {}, _checked_shape(input_shape)
    for row, (name, kind, settings) in zip(summary(table, before), _table(table), strict=True):
        units, places = math.prod(row.out_shape), math.prod(row.out_shape[1:])
        if kind == "Subsample2d":
            counts[name] = units * (math.prod(pair("kernel_size", settings["kernel_size"], 1)) + 1)
        elif kind == "RBF":
            counts[name] = units * before[0]
        elif row.parameters:
            counts[name] = row.parameters * places
        before = row.out_shape
    return counts


def build(table, input_shape, rng=None):
    """The network of a table: a Sequential whose layers know their sizes and have random weights from rng."""
    rng = np.random.default_rng(0) if rng is None else rng
    shape, made = _checked_shape(input_shape), []
    for row, (_, kind, settings) in zip(summary(table, shape), table, strict=True):
        given = dict(settings)
        if kind == "Conv2d":
            given = {"in_channels": shape[0], **given, "rng": rng}
        elif kind in ("Linear", "RBF"):
            given = {"in_features": shape[0], **given, "rng": rng}
        elif kind == "Subsample2d":
            given = {"channels": shape[0], **given}
        elif kind in ("Dropout", "PartialConv2d"):
            given["rng"] = rng
        made.append(getattr(layers, kind)(**given))
        shape = row.out_shape
    return Sequential(made)


# What the kinds of layers do with a shape

WINDOW_SETTINGS = ("kernel_size", "stride", "padding", "dilation", "ceil_mode")
CONVOLUTIONS = ("Conv2d", "PartialConv2d")
POOLINGS = ("MaxPool2d", "AvgPool2d", "Subsample2d")
SAME_SHAPE = ("ReLU", "Tanh", "ScaledTanh", "Sigmoid", "LeakyReLU", "ELU", "Dropout", "LocalResponseNorm")
KINDS = (*CONVOLUTIONS, *POOLINGS, *SAME_SHAPE, "Flatten", "Linear", "Maxout", "RBF")
BY_THE_ROW_BEFORE = {"in_channels", "in_features", "channels", "rng"}  # or by build(): a table need not name them


def _out_shape(kind, settings, shape):
    if kind in SAME_SHAPE:
        return shape
    if kind == "Flatten":
        return (math.prod(shape),)
    if kind in ("Linear", "Maxout", "RBF"):
        if len(shape) != 1:
            raise ValueError(f"a {kind} layer takes one row of features, not {shape}; put a Flatten before it")
        if kind == "Maxout":
            return (len(activations.maxout(np.zeros(shape), settings.get("pieces", 2), axis=0)),)
        _check_inputs("in_features", settings, shape)
        return (shapes.whole_number("out_features", settings["out_features"], 1),)
    if kind not in KINDS:
        raise ValueError(f"no layer of the kind {kind!r} is known here; there are {', '.join(KINDS)}")
    if len(shape) != 3:
        raise ValueError(f"a {kind} layer takes maps (C, H, W), not {shape}")
    given = {name: value for name, value in settings.items() if name in WINDOW_SETTINGS}
    if kind in POOLINGS:
        return pooling.output_shape((1, *shape), **given)[1:]
    _check_inputs("in_channels", settings, shape)
    kernel_size = pair("kernel_size", given.pop("kernel_size"), 1)
    if kind == "PartialConv2d":
        return convolution.output_shape((1, *shape), (*np.shape(settings["connections"]), *kernel_size), **given)[1:]
    channels, filters, groups = shapes.grouped_channels(shape[0], settings["out_channels"], settings.get("groups", 1))
    weight_shape = (filters, channels // groups, *kernel_size)
    return convolution.output_shape((1, *shape), weight_shape, **given, groups=groups)[1:]


def _check_inputs(name, settings, shape):
    """What a layer that is there already takes; a table leaves it to the row before."""
    if settings.get(name, shape[0]) != shape[0]:
        raise ValueError(f"it has {name}={settings[name]}, and {shape[0]} come")


def _parameters(kind, settings, shape):
    if kind == "Linear":
        return settings["out_features"] * (shape[0] + settings.get("bias", True))
    if kind == "PartialConv2d":
        return _partial_weights(settings) + len(settings["connections"])
    if kind == "Subsample2d":
        return 2 * shape[0]
    if kind != "Conv2d":
        return 0
    counted = shape[0], settings["out_channels"], settings["kernel_size"], settings.get("groups", 1)
    return shapes.conv_parameter_count(*counted, settings.get("bias", True))


def _multiply_adds(kind, settings, shape, out_shape):
    if kind in ("Linear", "RBF"):
        return shape[0] * out_shape[0]
    if kind == "PartialConv2d":
        return _partial_weights(settings) * math.prod(out_shape[1:])
    if kind == "Subsample2d":
        return math.prod(out_shape)
    if kind != "Conv2d":
        return 0
    channels, filters, kernel_size = shape[0], out_shape[0], settings["kernel_size"]
    return shapes.conv_multiply_count(channels, filters, kernel_size, out_shape[1:], settings.get("groups", 1))


def _partial_weights(settings):
    return int(np.sum(settings["connections"])) * math.prod(pair("kernel_size", settings["kernel_size"], 1))


def _window(kind, settings):
    """[(kernel height, stride, dilation)] of a layer that slides a window, else []."""
    if kind not in (*CONVOLUTIONS, *POOLINGS):
        return []
    kernel_size = pair("kernel_size", settings["kernel_size"], 1)[0]
    stride = settings.get("stride", 1 if kind in CONVOLUTIONS else None)
    down = kernel_size if stride is None else pair("stride", stride, 1)[0]
    return [(kernel_size, down, pair("dilation", settings.get("dilation", 1), 1)[0])]


# Tables


def _table(model):
    """The rows (name, kind, settings) of a table, or of a Sequential: its layers, numbered."""
    if isinstance(model, Sequential):
        return [(str(place), type(layer).__name__, _settings(layer)) for place, layer in enumerate(model.layers)]
    for row in model if isinstance(model, (list, tuple)) else [model]:
        if not isinstance(row, (list, tuple)) or [*map(type, row)] != [str, str, dict]:
            raise TypeError(f"a table is a list of rows (name, kind, {{setting: value}}); {row!r} is none")
        name, kind, settings = row
        if kind in KINDS:
            _check_settings(name, kind, settings)
    return model


def _check_settings(name, kind, settings):
    taken = inspect.signature(getattr(layers, kind)).parameters
    if unknown := [setting for setting in settings if setting not in taken]:
        known = ", ".join(setting for setting in taken if setting not in BY_THE_ROW_BEFORE) or "none"
        raise ValueError(f"layer {name}: {kind} has no {unknown[0]!r}; it takes {known}")
    needed = {setting for setting in taken if taken[setting].default is inspect.Parameter.empty} - BY_THE_ROW_BEFORE
    if missing := sorted(needed - set(settings)):
        raise ValueError(f"layer {name}: {kind} needs {missing[0]!r}")


def _settings(layer):
    settings = dict(getattr(layer, "settings", {}))
    weight = getattr(layer, "weight", None)
    if isinstance(layer, layers.Maxout):
        return {"pieces": layer.pieces}
    if isinstance(layer, layers.RBF):
        return {"in_features": layer.codes.shape[1], "out_features": len(layer.codes)}
    if isinstance(layer, layers.PartialConv2d):
        settings["connections"] = layer.connections[:, :, 0, 0]
    if weight is None or isinstance(layer, layers.Subsample2d):
        return settings
    settings["bias"] = layer.bias is not None
    if weight.ndim == 2:
        return {**settings, "in_features": weight.shape[1], "out_features": weight.shape[0]}
    channels = weight.shape[1] * settings["groups"]
    return {**settings, "in_channels": channels, "out_channels": weight.shape[0], "kernel_size": weight.shape[2:]}


def _checked_shape(shape):
    if not isinstance(shape, (tuple, list)) or len(shape) not in (1, 3):
        raise ValueError(f"input_shape is that of one example, (C, H, W) or (features,), not {shape!r}")
    return tuple(shapes.whole_number("input_shape", size, 1) for size in shape)
