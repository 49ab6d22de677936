"""Famous networks as tables of layers: what comes out of each, what it costs, and the network itself.

A table is a list of rows (name, kind, settings): kind is the name of a class in layers.py, settings are its arguments
without those that the row before decides (channels and features that come in) and without the random generator.
"""

import dataclasses
import math

import numpy as np

from course_lib import convolution, layers, pooling, shapes
from course_lib.network import Sequential
from course_lib.shapes import pair

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


def alexnet_table(variant="simplified"):
    """AlexNet: "simplified", one tower with pooling before normalisation, as 001_4aa9bd5242e78f22.txt has it (lines
    904-1034), or "two_tower", the paper's, with normalisation before pooling and groups of two. Input 227 x 227.
    """
    if variant not in ("simplified", "two_tower"):
        raise ValueError(f'variant is "simplified" or "two_tower", not {variant!r}')
    groups = 2 if variant == "two_tower" else 1

    def conv(number, filters, kernel_size, stride=1, padding=0, groups=1):
        settings = {"out_channels": filters, "kernel_size": kernel_size, "stride": stride, "padding": padding}
        return [(f"conv{number}", "Conv2d", {**settings, "groups": groups}), (f"relu{number}", "ReLU", {})]

    def smaller(number):
        both = [
            (f"pool{number}", "MaxPool2d", {"kernel_size": 3, "stride": 2}),
            (f"norm{number}", "LocalResponseNorm", PAPER_NORM),
        ]
        return both[::-1] if variant == "two_tower" else both

    return [
        *conv(1, 96, 11, stride=4), *smaller(1),
        *conv(2, 256, 5, padding=2, groups=groups), *smaller(2),
        *conv(3, 384, 3, padding=1),
        *conv(4, 384, 3, padding=1, groups=groups),
        *conv(5, 256, 3, padding=1, groups=groups), ("pool3", "MaxPool2d", {"kernel_size": 3, "stride": 2}),
        ("flatten", "Flatten", {}),
        ("dropout6", "Dropout", {"p": 0.5}), ("fc6", "Linear", {"out_features": 4096}), ("relu6", "ReLU", {}),
        ("dropout7", "Dropout", {"p": 0.5}), ("fc7", "Linear", {"out_features": 4096}), ("relu7", "ReLU", {}),
        ("fc8", "Linear", {"out_features": 1000}),
    ]  # fmt: skip


def lenet5(rng=None):
    """LeNet-5 as taught today, for (N, 1, 32, 32): a Sequential with random weights, of seed 0 without an rng."""
    return build(lenet5_table(), (1, 32, 32), rng)


def alexnet(variant="simplified", image_size=227, rng=None):
    """AlexNet for pictures (N, 3, image_size, image_size): a Sequential; its random weights take a quarter of a GB."""
    return build(alexnet_table(variant), (3, image_size, image_size), rng)


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


def build(table, input_shape, rng=None):
    """The network of a table: a Sequential whose layers know their sizes and have random weights from rng."""
    rng = np.random.default_rng(0) if rng is None else rng
    shape, made = _checked_shape(input_shape), []
    for row, (_, kind, settings) in zip(summary(table, shape), table, strict=True):
        given = dict(settings)
        if kind == "Conv2d":
            given = {"in_channels": shape[0], **given, "rng": rng}
        elif kind == "Linear":
            given = {"in_features": shape[0], **given, "rng": rng}
        elif kind == "Dropout":
            given["rng"] = rng
        made.append(getattr(layers, kind)(**given))
        shape = row.out_shape
    return Sequential(made)


# What the kinds of layers do with a shape

WINDOW_SETTINGS = ("kernel_size", "stride", "padding", "dilation", "ceil_mode")
SAME_SHAPE = ("ReLU", "Tanh", "Sigmoid", "LeakyReLU", "ELU", "Dropout", "LocalResponseNorm")


def _out_shape(kind, settings, shape):
    if kind in SAME_SHAPE:
        return shape
    if kind == "Flatten":
        return (math.prod(shape),)
    if kind == "Linear":
        if len(shape) != 1:
            raise ValueError(f"a Linear layer takes one row of features, not {shape}; put a Flatten before it")
        return (shapes.whole_number("out_features", settings["out_features"], 1),)
    if kind not in ("Conv2d", "MaxPool2d", "AvgPool2d"):
        raise ValueError(f"no layer of the kind {kind!r} is known here")
    if len(shape) != 3:
        raise ValueError(f"a {kind} layer takes maps (C, H, W), not {shape}")
    given = {name: value for name, value in settings.items() if name in WINDOW_SETTINGS}
    if kind != "Conv2d":
        return pooling.output_shape((1, *shape), **given)[1:]
    groups = shapes.whole_number("groups", settings.get("groups", 1), 1)
    kernel_size = pair("kernel_size", given.pop("kernel_size"), 1)
    weight_shape = (settings["out_channels"], shape[0] // groups, *kernel_size)
    return convolution.output_shape((1, *shape), weight_shape, **given, groups=groups)[1:]


def _parameters(kind, settings, shape):
    if kind == "Linear":
        return settings["out_features"] * (shape[0] + settings.get("bias", True))
    if kind != "Conv2d":
        return 0
    counted = shape[0], settings["out_channels"], settings["kernel_size"], settings.get("groups", 1)
    return shapes.conv_parameter_count(*counted, settings.get("bias", True))


def _multiply_adds(kind, settings, shape, out_shape):
    if kind == "Linear":
        return shape[0] * out_shape[0]
    if kind != "Conv2d":
        return 0
    channels, filters, kernel_size = shape[0], out_shape[0], settings["kernel_size"]
    return shapes.conv_multiply_count(channels, filters, kernel_size, out_shape[1:], settings.get("groups", 1))


def _window(kind, settings):
    """[(kernel height, stride, dilation)] of a layer that slides a window, else []."""
    if kind not in ("Conv2d", "MaxPool2d", "AvgPool2d"):
        return []
    kernel_size = pair("kernel_size", settings["kernel_size"], 1)[0]
    stride = settings.get("stride", 1 if kind == "Conv2d" else None)
    down = kernel_size if stride is None else pair("stride", stride, 1)[0]
    return [(kernel_size, down, pair("dilation", settings.get("dilation", 1), 1)[0])]


# Tables


def _table(model):
    """The rows (name, kind, settings) of a table, or of a Sequential: its layers, numbered."""
    if not isinstance(model, Sequential):
        return model
    return [(str(place), type(layer).__name__, _settings(layer)) for place, layer in enumerate(model.layers)]


def _settings(layer):
    settings = dict(getattr(layer, "settings", {}))
    weight = getattr(layer, "weight", None)
    if weight is None:
        return settings
    out = "out_features" if weight.ndim == 2 else "out_channels"
    window = {} if weight.ndim == 2 else {"kernel_size": weight.shape[2:]}
    return {**settings, out: weight.shape[0], **window, "bias": layer.bias is not None}


def _checked_shape(shape):
    if len(shape) not in (1, 3):
        raise ValueError(f"input_shape is that of one example, (C, H, W) or (features,), not {tuple(shape)}")
    return tuple(shapes.whole_number("input_shape", size, 1) for size in shape)
