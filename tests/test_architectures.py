"""Networks as tables: counts from the papers, shapes and costs against the layers themselves, what does not fit."""

import math

import numpy as np
import pytest

from course_lib import architectures
from course_lib.architectures import alexnet, alexnet_table, build, lenet5, lenet5_table, summary
from course_lib.layers import Conv2d, ReLU
from course_lib.network import Sequential


def parameters(table, shape):
    return {row.name: row.parameters for row in summary(table, shape) if row.parameters}


def test_alexnets_parameters_are_counted_layer_by_layer_alx_13_alx_14():
    dense = {"fc6": 37_752_832, "fc7": 16_781_312, "fc8": 4_097_000}
    one = {"conv1": 34_944, "conv2": 614_656, "conv3": 885_120, "conv4": 1_327_488, "conv5": 884_992, **dense}
    two = {"conv1": 34_944, "conv2": 307_456, "conv3": 885_120, "conv4": 663_936, "conv5": 442_624, **dense}
    assert parameters(alexnet_table(), (3, 227, 227)) == one
    assert parameters(alexnet_table("two_tower"), (3, 227, 227)) == two
    assert summary(alexnet_table(), (3, 227, 227)).parameters == sum(one.values()) == 62_378_344
    assert summary(alexnet_table("two_tower"), (3, 227, 227)).parameters == sum(two.values()) == 60_965_224


def test_torchvisions_alexnet_has_61100840_parameters_and_needs_no_other_pooling_at_224():
    rows = summary(alexnet_table("torchvision"), (3, 224, 224))
    assert rows.parameters == 61_100_840
    assert [row.out_shape for row in rows if row.name == "pool3"] == [(256, 6, 6)]
    assert not [row for row in rows if row.kind == "LocalResponseNorm"]


def test_with_same_padding_224_pixels_end_in_the_simplified_networks_maps():
    rows = summary(alexnet_table("same"), (3, 224, 224))
    sides = {row.name: row.out_shape[1] for row in rows if row.kind in ("Conv2d", "MaxPool2d")}
    assert list(sides.values()) == [56, 27, 27, 13, 13, 13, 13, 6]
    assert rows.parameters == 62_378_344


def test_todays_lenet_has_61706_parameters_len_03():
    assert parameters(lenet5_table(), (1, 32, 32)) == {"C1": 156, "C3": 2416, "C5": 48120, "F6": 10164, "output": 850}
    assert summary(lenet5_table(), (1, 32, 32)).parameters == 61_706


def test_the_simplified_table_pools_before_it_normalises_and_the_paper_the_other_way_round():
    names = [name for name, _, _ in alexnet_table()]
    assert names.index("pool1") + 1 == names.index("norm1")
    names = [name for name, _, _ in alexnet_table("two_tower")]
    assert names.index("norm1") + 1 == names.index("pool1")


def test_the_maps_of_alexnet_have_the_sides_of_the_source_alx_01_to_alx_08():
    sides = {row.name: row.out_shape[1] for row in summary(alexnet_table(), (3, 227, 227)) if len(row.out_shape) == 3}
    assert [sides[name] for name in ("conv1", "pool1", "conv2", "pool2", "conv3", "conv4", "conv5", "pool3")] == [
        55, 27, 27, 13, 13, 13, 13, 6,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("table", "shape"),
    [
        (lenet5_table(), (1, 32, 32)),
        (
            [
                ("a", "Conv2d", {"out_channels": 4, "kernel_size": (3, 2), "stride": (2, 1), "padding": "same"}),
                ("b", "LocalResponseNorm", {"size": 3}),
                ("c", "MaxPool2d", {"kernel_size": 3, "stride": 2, "ceil_mode": True}),
                ("d", "Conv2d", {"out_channels": 6, "kernel_size": 3, "groups": 2, "dilation": 2, "bias": False}),
                ("e", "AvgPool2d", {"kernel_size": 2, "stride": 1, "padding": 1}),
                ("f", "Flatten", {}),
                ("g", "Linear", {"out_features": 5, "bias": False}),
            ],
            (2, 25, 23),
        ),
    ],
)
def test_the_summary_says_what_the_network_then_does(table, shape):
    network, rows = build(table, shape), summary(table, shape)
    x = np.random.default_rng(0).normal(size=(2, *shape)).astype(np.float32)
    for layer, row in zip(network.layers, rows, strict=True):
        x = layer.forward(x)
        assert x.shape == (2, *row.out_shape)
        learnt = [getattr(layer, name, None) for name in ("weight", "bias")]
        assert row.parameters == sum(array.size for array in learnt if array is not None)
        if learnt[0] is not None:
            places = math.prod(row.out_shape[1:])
            assert row.multiply_adds == learnt[0].size * places
    of_network = summary(network, shape)
    assert [row[1:] for row in map(tuple_of, of_network)] == [row[1:] for row in map(tuple_of, rows)]
    assert of_network.parameters == rows.parameters
    assert rows.activation_bytes == 4 * sum(math.prod(row.out_shape) for row in rows)


def tuple_of(row):
    return row.name, row.kind, row.out_shape, row.parameters, row.multiply_adds, row.receptive_field


def test_the_receptive_field_is_what_a_changed_pixel_can_reach():
    table = [
        ("a", "Conv2d", {"out_channels": 1, "kernel_size": 3, "stride": 2}),
        ("b", "MaxPool2d", {"kernel_size": 2}),
        ("c", "Conv2d", {"out_channels": 1, "kernel_size": 2, "dilation": 2}),
    ]
    pixels, jump = summary(table, (1, 40, 40))[-1].receptive_field
    network = build(table, (1, 40, 40))
    network.layers[0].weight = np.ones((1, 1, 3, 3))
    network.layers[2].weight = np.ones((1, 1, 2, 2))
    seen = []
    for place in (0, 1):
        column = [network.forward(np.eye(40)[row][None, None, :, None] + np.zeros((1, 1, 40, 40))) for row in range(40)]
        seen.append([row for row, out in enumerate(column) if out[0, 0, place, 0] > 0])
    assert (seen[0][0], seen[0][-1]) == (0, pixels - 1)  # with dilation there are holes between
    assert seen[1] == [row + jump for row in seen[0]]


def test_alexnet_is_a_network_for_pictures_of_its_size():
    network = alexnet("two_tower", image_size=67, rng=np.random.default_rng(1))
    network.eval()
    out = network.forward(np.zeros((1, 3, 67, 67), np.float32))
    assert out.shape == (1, 1000)
    assert out.dtype == np.float32
    assert summary(network, (3, 67, 67)).parameters == sum(
        layer.weight.size + layer.bias.size for layer in network.layers if hasattr(layer, "weight")
    )


def test_the_same_seed_gives_the_same_weights():
    first, second, other = lenet5(), lenet5(np.random.default_rng(0)), lenet5(np.random.default_rng(1))
    assert np.array_equal(first.layers[0].weight, second.layers[0].weight)
    assert not np.array_equal(first.layers[0].weight, other.layers[0].weight)


class OwnLayer(ReLU):
    """A learner's own, which a summary cannot know."""


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: alexnet_table("caffe"), "variant is one of simplified, two_tower, same, torchvision, not 'caffe'"),
        (lambda: summary(alexnet_table(), (3, 20, 20)), "layer pool2: .*does not fit"),
        (lambda: summary(alexnet_table(), (227, 227)), r"\(C, H, W\) or \(features,\), not \(227, 227\)"),
        (lambda: summary(lenet5_table(), (0, 32, 32)), "input_shape must be at least 1, not 0"),
        (lambda: summary([("a", "Linear", {"out_features": 2})], (1, 2, 2)), "layer a: .* put a Flatten before it"),
        (lambda: summary([("a", "Conv2d", {"out_channels": 2, "kernel_size": 1})], (4,)), r"takes maps \(C, H, W\)"),
        (lambda: summary([("a", "BatchNorm2d", {})], (1, 2, 2)), "layer a: no layer of the kind 'BatchNorm2d'"),
        (lambda: summary(Sequential([OwnLayer()]), (1, 2, 2)), "layer 0: no layer of the kind 'OwnLayer'"),
        (
            lambda: summary([("a", "AvgPool2d", {"kernel_size": 2, "dilation": 2})], (1, 4, 4)),
            "layer a: AvgPool2d has no 'dilation'; it takes kernel_size, stride, padding, ceil_mode, count_include_pad",
        ),
        (lambda: summary([("a", "ReLU", {"slope": 1})], (4,)), "layer a: ReLU has no 'slope'; it takes none"),
        (lambda: summary([("a", "Linear", {"bias": True})], (4,)), "layer a: Linear needs 'out_features'"),
        (lambda: architectures.build([("a", "Conv2d", {"out_channels": 2})], (1, 4, 4)), "layer a: .* 'kernel_size'"),
        (
            lambda: summary([("a", "Conv2d", {"out_channels": 3, "kernel_size": 1, "groups": 2})], (4, 2, 2)),
            "layer a: 2 groups cannot share 4 input and 3 output channels evenly",
        ),
        (lambda: architectures.alexnet(image_size=1), "layer conv1: .* does not fit"),
    ],
)
def test_what_does_not_fit_names_the_layer(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_a_sequential_is_summed_up_like_a_table():
    rng = np.random.default_rng(0)
    rows = summary(Sequential([Conv2d(1, 2, 3, rng, padding=1, bias=False)]), (1, 5, 5))
    assert [(row.kind, row.out_shape, row.parameters) for row in rows] == [("Conv2d", (2, 5, 5), 18)]


@pytest.mark.parametrize("table", [[("a", "ReLU")], "lenet5", [("a", "ReLU", None)], None, [[1, 2, 3]]])
def test_what_is_no_table_is_refused_in_words(table):
    with pytest.raises(TypeError, match=r"a table is a list of rows \(name, kind, \{setting: value\}\)"):
        summary(table, (1, 8, 8))


def test_an_unknown_kind_hears_the_known_ones():
    with pytest.raises(
        ValueError, match=r"layer a: no layer of the kind 'relu' is known here; there are Conv2d, .* RBF"
    ):
        summary([("a", "relu", {})], (1, 8, 8))


def test_maxout_is_summed_up_and_built():
    table = [("in", "Linear", {"out_features": 6}), ("out", "Maxout", {"pieces": 3})]
    rows, net = summary(table, (4,)), build(table, (4,))
    assert [(row.out_shape, row.parameters) for row in rows] == [((6,), 30), ((2,), 0)]
    assert [row.out_shape for row in summary(net, (4,))] == [(6,), (2,)]
    assert net.forward(np.ones((5, 4))).shape == (5, 2)
    with pytest.raises(ValueError, match="layer out: 6 entries along axis 0 cannot be cut into groups of 4"):
        summary([table[0], ("out", "Maxout", {"pieces": 4})], (4,))


def test_the_connections_of_a_network_are_those_of_its_table():
    found = architectures.connections(lenet5(), (1, 32, 32))
    assert list(found.values()) == list(architectures.connections(lenet5_table(), (1, 32, 32)).values())


def test_tables_share_nothing():
    for make in (architectures.small_alexnet_table, architectures.alexnet_table):
        table, expected = make(), repr(make())
        assert len({id(settings) for _, _, settings in table}) == len(table)
        for _, _, settings in table:
            settings.clear()
        assert repr(make()) == expected


@pytest.mark.parametrize("shape", [(3, 32, 32), (1, 36, 36)])
def test_the_summary_of_a_network_knows_what_its_layers_take(shape):
    with pytest.raises(ValueError, match=r"layer \d+: it has in_(channels|features)=\d+, and \d+ come"):
        summary(lenet5(), shape)


@pytest.mark.parametrize("shape", [28, (28, 28), None, (1, 28, 28, 1)])
def test_an_input_shape_that_is_none_is_refused_in_words(shape):
    with pytest.raises(ValueError, match=r"that of one example, \(C, H, W\) or \(features,\), not"):
        architectures.summary(architectures.lenet5_table(), shape)


@pytest.mark.parametrize("out_channels", ["x", 2.5])
def test_filters_are_counted_in_whole_numbers(out_channels):
    with pytest.raises(TypeError, match=rf"layer conv: out_channels must be a whole number, not {out_channels!r}"):
        summary([("conv", "Conv2d", {"out_channels": out_channels, "kernel_size": 3})], (1, 8, 8))
