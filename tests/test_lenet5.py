"""LeNet-5 of 1998: its layers against hand values and central differences, its table, and the paper's counts."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from course_lib import architectures, convolution, losses, network
from course_lib.gradcheck import numerical_gradient
from course_lib.layers import RBF, PartialConv2d, ScaledTanh, Subsample2d

CONNECTIONS = np.array([[1, 0, 1], [0, 1, 0], [1, 1, 1], [0, 1, 1]])
SHAPE = (1, 32, 32)


def rng(seed=0):
    return np.random.default_rng(seed)


def layers():
    """Each layer of 1998 in float64, with an odd input for it."""
    partial = PartialConv2d(CONNECTIONS, (3, 2), rng(), dtype=np.float64)
    subsample = Subsample2d(3, 2, dtype=np.float64)
    subsample.weight, subsample.bias = rng(3).normal(size=3), rng(4).normal(size=3)
    return [
        (partial, (2, 3, 5, 4)), (partial, (1, 3, 3, 2)), (subsample, (2, 3, 4, 5)), (subsample, (1, 3, 2, 2)),
        (ScaledTanh(), (2, 3, 4)), (RBF(5, 3, rng(), dtype=np.float64), (2, 5)), (RBF(1, 1, rng()), (1, 1)),
    ]  # fmt: skip


@pytest.mark.parametrize(("layer", "shape"), layers(), ids=lambda part: getattr(type(part), "__name__", ""))
def test_every_gradient_of_the_layers_of_1998_agrees_with_central_differences(layer, shape):
    x = rng(1).normal(size=shape)
    grad_out = rng(2).normal(size=layer.forward(x).shape)
    grad_x = layer.backward(grad_out)
    expected = numerical_gradient(lambda moved: (layer.forward(moved) * grad_out).sum(), x)
    assert_allclose(grad_x, expected, rtol=1e-7, atol=1e-8)
    for name in ("weight", "bias"):
        kept = getattr(layer, name, None)
        if kept is None:
            continue

        def loss(values, name=name):
            setattr(layer, name, values)
            return (layer.forward(x) * grad_out).sum()

        expected = numerical_gradient(loss, kept)
        setattr(layer, name, kept)
        if isinstance(layer, PartialConv2d) and name == "weight":
            expected = expected * layer.connections  # what a filter does not see must not move
        assert_allclose(getattr(layer, f"grad_{name}"), expected, rtol=1e-7, atol=1e-8)


def test_a_filter_of_a_partial_convolution_is_a_convolution_of_the_maps_that_it_sees():
    layer, x = PartialConv2d(CONNECTIONS, 3, rng(), dtype=np.float64), rng(1).normal(size=(2, 3, 6, 5))
    layer.bias = rng(2).normal(size=4)
    out = layer.forward(x)
    for place, seen in enumerate(CONNECTIONS.astype(bool)):
        alone = convolution.conv2d_loops(x[:, seen], layer.weight[place : place + 1, seen], layer.bias[[place]])
        assert_allclose(out[:, place : place + 1], alone, rtol=1e-12, atol=1e-12)


def test_what_a_filter_does_not_see_stays_zero_while_it_trains_also_with_weight_decay():
    layer = PartialConv2d(CONNECTIONS, 2, rng())
    net = network.Sequential([layer])
    sgd = network.SGD(net, 0.1, momentum=0.9, weight_decay=0.01)
    before = layer.weight
    for _ in range(3):
        net.backward(np.ones_like(net.forward(rng(1).normal(size=(2, 3, 4, 4)).astype(np.float32))))
        sgd.step()
    assert (layer.weight[CONNECTIONS == 0] == 0).all()
    assert (layer.weight[CONNECTIONS == 1] != before[CONNECTIONS == 1]).all()
    assert layer.weight.dtype == np.float32


def test_filters_that_see_fewer_maps_start_with_larger_weights():
    layer = PartialConv2d([[1] * 16, [1] * 4 + [0] * 12], 15, rng(), dtype=np.float64)
    assert layer.weight[0].std() == pytest.approx(np.sqrt(2 / (16 * 225)), rel=0.05)
    assert layer.weight[1, :4].std() == pytest.approx(np.sqrt(2 / (4 * 225)), rel=0.05)


def test_subsampling_starts_as_the_mean_and_its_two_numbers_a_map_stretch_and_shift_it():
    x = rng().normal(size=(2, 2, 4, 6))
    layer = Subsample2d(2, 2, dtype=np.float64)
    mean = x.reshape(2, 2, 2, 2, 3, 2).mean(axis=(3, 5))
    assert_allclose(layer.forward(x), mean, rtol=1e-12)
    layer.weight, layer.bias = np.array([0.5, -1.0]), np.array([0.0, 3.0])
    assert_allclose(layer.forward(x)[:, 0], 2 * mean[:, 0], rtol=1e-12)
    assert_allclose(layer.forward(x)[:, 1], 3 - 4 * mean[:, 1], rtol=1e-12)


def test_the_scaled_tanh_keeps_1_and_bends_most_there():
    layer = ScaledTanh()
    assert_allclose(layer.forward([-1.0, 1.0, 50.0]), [-1, 1, 1.7159], atol=1e-5)
    x = np.linspace(0.5, 1.5, 1001)
    bend = np.abs(np.gradient(layer.derivative(x), x))
    assert x[bend.argmax()] == pytest.approx(1.0, abs=0.02)


def test_the_score_of_a_class_is_minus_the_squared_distance_from_its_code():
    layer = RBF(84, 10, rng())
    assert set(np.unique(layer.codes)) == {-1.0, 1.0}
    scores = layer.forward(layer.codes)
    assert_array_equal(np.diag(scores), np.zeros(10))
    differing = (layer.codes[:, None] != layer.codes).sum(axis=2)
    assert_array_equal(scores, -4 * differing)
    assert scores.dtype == np.float32


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: PartialConv2d([1, 0], 3, rng()), "a table"),
        (lambda: PartialConv2d([[1, 2]], 3, rng()), "of 0 and 1"),
        (lambda: PartialConv2d([[1, 0], [0, 0]], 3, rng()), "at least one map"),
        (lambda: PartialConv2d([[1, 0]], 3, rng()).forward(np.ones((1, 3, 5, 5))), "3 channels"),
        (lambda: Subsample2d(2, 2).forward(np.ones((1, 3, 4, 4))), "takes 2 maps, not 3"),
        (lambda: Subsample2d(0, 2), "channels"),
        (lambda: RBF(4, 2, rng()).forward(np.ones((1, 3))), r"takes \(N, 4\), not \(1, 3\)"),
        (lambda: RBF(4, 2, rng()).forward(np.ones((0, 4))), "empty"),
    ],
)
def test_what_does_not_fit_a_layer_of_1998_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_a_layer_of_1998_wants_its_forward_pass_first():
    for layer in (PartialConv2d([[1]], 1, rng()), Subsample2d(1, 2), RBF(2, 2, rng())):
        with pytest.raises(RuntimeError, match="forward"):
            layer.backward(np.ones((1, 1)))


def test_the_table_of_c3_is_that_of_the_paper():
    rows = (  # of S2's maps, as printed: which of C3's sixteen maps see it
        "X...XXX..XXXX.XX",
        "XX...XXX..XXXX.X",
        "XXX...XXX..X.XXX",
        ".XXX..XXXX..X.XX",
        "..XXX..XXXX.XX.X",
        "...XXX..XXXX.XXX",
    )
    printed = np.array([[mark == "X" for mark in row] for row in rows]).T
    seen = np.array([[place in sees for place in range(6)] for sees in architectures.LENET5_SEES])
    assert_array_equal(seen, printed)
    assert seen.sum(axis=1).tolist() == [3] * 6 + [4] * 9 + [6]
    assert seen.sum(axis=0).tolist() == [10] * 6


def test_the_original_learns_60000_numbers_len_01():
    summary = architectures.summary(architectures.lenet5_1998_table(), SHAPE)
    learnt = {row.name: row.parameters for row in summary if row.parameters}
    assert learnt == {"C1": 156, "S2": 12, "C3": 1516, "S4": 32, "C5": 48120, "F6": 10164}
    assert summary.parameters == 60_000
    net = architectures.lenet5_1998()
    assert architectures.summary(net, SHAPE).parameters == 60_000
    assert [row.out_shape for row in architectures.summary(net, SHAPE)] == [row.out_shape for row in summary]
    assert net.layers[-1].codes.size == 840
    free = sum(np.count_nonzero(layer.weight) + layer.bias.size for layer in net.layers if hasattr(layer, "weight"))
    assert free == 60_000


def test_the_original_has_340908_connections_len_02():
    counts = architectures.connections(architectures.lenet5_1998_table(), SHAPE)
    layers = {"C1": 122304, "S2": 5880, "C3": 151600, "S4": 2000, "C5": 48120, "F6": 10164}
    assert counts == {**layers, "output": 840}
    assert sum(counts.values()) == 340_908
    assert sum(layers.values()) == 340_068


def test_the_original_multiplies_and_sees_as_much_as_its_kernels_say():
    rows = {row.name: row for row in architectures.summary(architectures.lenet5_1998_table(), SHAPE)}
    work = {name: row.multiply_adds for name, row in rows.items() if row.multiply_adds}
    assert work == {
        "C1": 6 * 25 * 784, "S2": 6 * 196, "C3": 60 * 25 * 100, "S4": 16 * 25, "C5": 16 * 25 * 120, "F6": 120 * 84,
        "output": 84 * 10,
    }  # fmt: skip
    seen = [rows[name].receptive_field for name in ("C1", "S2", "C3", "S4", "C5")]
    assert seen == [(5, 1), (6, 2), (14, 2), (16, 4), (32, 4)]


def test_the_summary_of_the_original_says_what_the_network_does():
    x = rng().normal(size=(2, *SHAPE)).astype(np.float32)
    net = architectures.lenet5_1998(rng(1))
    for layer, row in zip(net.layers, architectures.summary(architectures.lenet5_1998_table(), SHAPE), strict=True):
        x = layer.forward(x)
        assert x.shape == (2, *row.out_shape)
        assert x.dtype == np.float32
    assert (x <= 0).all()


def test_the_gradient_of_the_whole_original_agrees_with_central_differences():
    net = architectures.lenet5_1998(rng(2))
    for layer in net.layers:
        for name in ("weight", "bias", "connections", "codes"):
            if getattr(layer, name, None) is not None:
                setattr(layer, name, getattr(layer, name).astype(np.float64))
    x, labels = rng(3).normal(size=(2, *SHAPE)), np.array([3, 8])

    def loss(inputs):
        return losses.cross_entropy(net.forward(inputs) / 50, labels)[0]

    grad_x = net.backward(losses.cross_entropy(net.forward(x) / 50, labels)[1] / 50)
    for place in [(0, 0, 5, 7), (1, 0, 16, 16), (0, 0, 31, 31), (1, 0, 20, 3)]:
        up, down = x.copy(), x.copy()
        up[place] += 1e-5
        down[place] -= 1e-5
        assert grad_x[place] == pytest.approx((loss(up) - loss(down)) / 2e-5, rel=1e-5, abs=1e-9)
    net.backward(losses.cross_entropy(net.forward(x) / 50, labels)[1] / 50)
    first = net.layers[0]
    kept, computed = first.weight, first.grad_weight

    def with_weight(values):
        first.weight = values
        return loss(x)

    numerical = numerical_gradient(with_weight, kept)
    first.weight = kept
    assert_allclose(computed, numerical, rtol=1e-5, atol=1e-9)


@pytest.mark.parametrize("make", [architectures.lenet5, architectures.lenet5_1998])
def test_five_weights_of_every_layer_agree_with_central_differences_end_to_end(make):
    net, draw = make(rng(5)), rng(6)
    for layer in net.layers:
        for name in ("weight", "bias", "connections", "codes"):
            if getattr(layer, name, None) is not None:
                setattr(layer, name, getattr(layer, name).astype(np.float64))
    x, labels = draw.normal(size=(2, *SHAPE)), np.array([7, 0])
    net.backward(losses.cross_entropy(net.forward(x) / 50, labels)[1] / 50)
    for layer in net.layers:
        for name in ("weight", "bias"):
            values = getattr(layer, name, None)
            if values is None:
                continue
            gradient = getattr(layer, f"grad_{name}")
            connected = getattr(layer, "connections", 1) if name == "weight" else 1
            seen = np.flatnonzero(np.broadcast_to(connected, values.shape))
            for place in draw.choice(seen, size=5):
                found = []
                for step in (1e-5, -1e-5):
                    moved = values.copy()
                    moved.flat[place] += step
                    setattr(layer, name, moved)
                    found.append(losses.cross_entropy(net.forward(x) / 50, labels)[0])
                setattr(layer, name, values)
                assert gradient.flat[place] == pytest.approx((found[0] - found[1]) / 2e-5, rel=1e-5, abs=1e-9)


def test_the_original_learns_a_few_digits_and_its_unseen_weights_stay_zero(tmp_path):
    from course_lib import data, recipes

    x_train, y_train, _, _ = data.load_mnist()
    x, labels = recipes.digits_input(x_train[:64]), y_train[:64]
    net = architectures.lenet5_1998(rng(0))
    sgd = network.SGD(net, 1e-3, momentum=0.9, clip=5.0)
    history = network.fit(net, x, labels, sgd, 25, 16, rng(1))
    assert history.accuracy[-1] > history.accuracy[0]
    assert history.accuracy[-1] > 0.9
    network.save(net, tmp_path / "old.npz")
    other = architectures.lenet5_1998(rng(0))
    network.load(other, tmp_path / "old.npz")
    assert_array_equal(other.forward(x), net.forward(x))
