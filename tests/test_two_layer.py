"""The two-layer network: against loops, by hand, against central differences; its digits; what it refuses."""

import copy
import math
import pickle

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from course_lib import gradcheck, two_layer
from course_lib.two_layer import Weights

SHAPES = [(3, 2, 2), (1, 1, 1), (2, 5, 1), (4, 1, 3), (7, 3, 2)]


def random_case(shape, examples=None, bias=True, seed=0):
    """Weights of that shape, and inputs and targets for one example or for several."""
    rng = np.random.default_rng(seed)
    rows = () if examples is None else (examples,)
    weights = Weights.random(*shape, rng, bias=bias, scale=0.8)
    return weights, rng.normal(size=(*rows, shape[0])), rng.uniform(size=(*rows, shape[2]))


def step_in_loops(weights, x, t, learning_rate, momentum, velocity):
    """The algorithm unit by unit, from the sources' formulas; biases as weights from a constant 1."""

    def sigma(net):
        return 1 / (1 + math.exp(-net))

    def layer(table, bias, signals):
        nets = []
        for j, row in enumerate(table):
            nets.append(sum(w * s for w, s in zip(row, signals, strict=True)) + (0 if bias is None else bias[j]))
        return nets, [sigma(net) for net in nets]

    net_h, o_h = layer(weights.hidden, weights.hidden_bias, x)
    net_o, o_o = layer(weights.output, weights.output_bias, o_h)
    delta_o = [o * (1 - o) * (target - o) for o, target in zip(o_o, t, strict=True)]
    delta_h = [
        o * (1 - o) * sum(weights.output[k, h] * delta_o[k] for k in range(len(delta_o))) for h, o in enumerate(o_h)
    ]

    def changed(table, deltas, signals, before):
        return [
            [learning_rate * d * s + momentum * before[j, i] for i, s in enumerate(signals)]
            for j, d in enumerate(deltas)
        ]

    def changed_bias(deltas, before):
        return None if before is None else [learning_rate * d + momentum * b for d, b in zip(deltas, before)]  # noqa: B905

    change = Weights(
        changed(weights.hidden, delta_h, x, velocity.hidden),
        changed(weights.output, delta_o, o_h, velocity.output),
        changed_bias(delta_h, velocity.hidden_bias),
        changed_bias(delta_o, velocity.output_bias),
    )
    error = sum((target - o) ** 2 for o, target in zip(o_o, t, strict=True)) / 2
    return net_h, o_h, net_o, o_o, error, delta_o, delta_h, change


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("shape", SHAPES)
def test_a_step_equals_the_loops(shape, bias):
    weights, x, t = random_case(shape, bias=bias)
    velocity = weights.each(lambda array: np.cos(array) - 0.5)
    step = two_layer.step(weights, x, t, learning_rate=0.3, momentum=0.7, velocity=velocity)
    net_h, o_h, net_o, o_o, error, delta_o, delta_h, change = step_in_loops(weights, x, t, 0.3, 0.7, velocity)
    assert_allclose(step.net_hidden, net_h, rtol=1e-12, atol=1e-15)
    assert_allclose(step.o_hidden, o_h, rtol=1e-12)
    assert_allclose(step.net_output, net_o, rtol=1e-12, atol=1e-15)
    assert_allclose(step.o_output, o_o, rtol=1e-12)
    assert step.error == pytest.approx(error, rel=1e-12)
    assert_allclose(step.delta_output, delta_o, rtol=1e-12)
    assert_allclose(step.delta_hidden, delta_h, rtol=1e-10, atol=1e-17)
    assert_allclose(step.change.vector(), change.vector(), rtol=1e-10, atol=1e-16)
    assert_array_equal(step.new.vector(), weights.vector() + step.change.vector())
    assert (step.change.hidden_bias is None) == (not bias)


@pytest.mark.parametrize("examples", [None, 1, 6])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("shape", SHAPES)
def test_every_entry_of_the_gradient_matches_central_differences(shape, bias, examples):
    weights, x, t = random_case(shape, examples, bias)
    numbers = gradcheck.numerical_gradient(
        lambda vector: two_layer.error(weights.with_vector(vector), x, t), weights.vector()
    )
    assert_allclose(two_layer.gradient(weights, x, t).vector(), numbers, rtol=1e-7, atol=1e-10)


def test_the_gradient_of_the_worked_example_matches_central_differences_in_all_ten_weights():
    weights, x, t, _ = two_layer.worked_example()
    numbers = gradcheck.numerical_gradient(
        lambda vector: two_layer.error(weights.with_vector(vector), x, t), weights.vector()
    )
    assert gradcheck.relative_difference(two_layer.gradient(weights, x, t).vector(), numbers).max() < 1e-7


@pytest.mark.parametrize("shape", SHAPES)
def test_without_momentum_a_step_goes_down_the_gradient(shape):
    weights, x, t = random_case(shape)
    step = two_layer.step(weights, x, t, learning_rate=0.2)
    assert_allclose(step.change.vector(), -0.2 * two_layer.gradient(weights, x, t).vector(), rtol=1e-12)
    assert two_layer.error(step.new, x, t) < step.error


def test_a_batch_is_its_examples_and_its_gradient_their_sum():
    weights, x, t = random_case((4, 3, 2), examples=5)
    together = two_layer.forward(weights, x)
    alone = [two_layer.forward(weights, example) for example in x]
    for name in ("net_hidden", "o_hidden", "net_output", "o_output"):
        assert_allclose(getattr(together, name), [getattr(one, name) for one in alone], rtol=1e-12, atol=1e-15)
    total = sum(two_layer.gradient(weights, *pair).vector() for pair in zip(x, t, strict=True))
    assert_allclose(two_layer.gradient(weights, x, t).vector(), total, rtol=1e-12, atol=1e-15)
    errors = [two_layer.error(weights, *pair) for pair in zip(x, t, strict=True)]
    assert two_layer.error(weights, x, t) == pytest.approx(sum(errors), rel=1e-12)
    single = two_layer.gradient(weights, x[:1], t[:1])
    assert_array_equal(single.vector(), two_layer.gradient(weights, x[0], t[0]).vector())


def test_the_step_by_hand():
    """One unit a layer: x 2, w 0.5 gives net 1; every value follows with a pocket calculator."""
    step = two_layer.step(Weights([[0.5]], [[-1.0]]), [2], [1], learning_rate=10, momentum=0.5,
                          velocity=Weights([[0.2]], [[0.4]]))  # fmt: skip
    assert step.net_hidden == [1]
    assert_allclose(step.o_hidden, [0.7310586], atol=1e-7)
    assert_allclose(step.o_output, [0.3249625], atol=1e-7)
    assert step.error == pytest.approx(0.2278378, abs=1e-7)
    assert_allclose(step.delta_output, [0.1480775], atol=1e-7)
    assert_allclose(step.delta_sum, [-0.1480775], atol=1e-7)
    assert_allclose(step.delta_hidden, [-0.0291138], atol=1e-7)
    assert_allclose(step.change.output, [[10 * 0.1480775 * 0.7310586 + 0.2]], atol=1e-6)
    assert_allclose(step.change.hidden, [[10 * -0.0291138 * 2 + 0.1]], atol=1e-6)
    assert_allclose(step.new.hidden, [[0.0177240]], atol=1e-6)


def test_momentum_adds_a_share_of_the_change_before():
    weights, x, t, learning_rate = two_layer.worked_example()
    first = two_layer.step(weights, x, t, learning_rate, momentum=0.9)
    again = two_layer.step(first.new, x, t, learning_rate, momentum=0.9, velocity=first.change)
    plain = two_layer.step(first.new, x, t, learning_rate)
    assert_allclose(again.change.vector(), plain.change.vector() + 0.9 * first.change.vector(), rtol=1e-12)
    assert_array_equal(first.velocity.vector(), np.zeros(10))


def test_the_digits_of_the_sources_are_printed_but_in_three_cells():
    weights, x, t, learning_rate = two_layer.worked_example()
    values = two_layer.labelled(two_layer.step(weights, x, t, learning_rate, precision="source"))
    written = {name: two_layer.written(name, value) for name, value in values.items()}
    differ = {
        name: (two_layer.PRINTED[name], text) for name, text in written.items() if two_layer.PRINTED[name] != text
    }
    assert list(written) == list(two_layer.PRINTED)
    assert differ == {
        "change H1->O1": ("0.000469", "0.00469"),
        "new H1->O1": ("1.100469", "1.10469"),
        "new I2->H1": ("-0.1000705", "-0.1002115"),
    }


def test_source_digits_are_rounded_half_up_and_cut_off_where_the_sources_do():
    weights = Weights([[1.0], [1.0], [1.0]], [[1, 0, 0], [1, 0, 0], [1, 0, 0]])
    step = two_layer.step(weights, [7], [0, 0, 0], learning_rate=1, precision="source")
    assert step.o_hidden.tolist() == [0.999, 0.9991, 0.9991]  # 0.99908...: the first unit's o is cut off
    assert step.net_output.tolist() == [0.999, 0.999, 0.999]
    assert step.o_output.tolist() == [0.7308, 0.7309, 0.7309]  # sigma(0.999) = 0.73086...
    assert step.o_used.tolist() == [0.731, 0.731, 0.731]
    assert step.delta_output.tolist() == [-0.1437] * 3  # 0.731 * 0.269 * -0.731 = -0.14374...
    assert step.delta_sum.tolist() == [-0.4311, 0, 0]
    assert step.delta_hidden.tolist() == [-0.000431, 0, 0]  # 0.999 * 0.001 * -0.4311 = -0.00043066...
    assert step.change.output.tolist()[0] == [-0.144, -0.144, -0.144]
    assert step.change.hidden.tolist() == [[-0.003017], [0], [0]]


@pytest.mark.parametrize(
    ("name", "value", "truncate", "expected"),
    [
        ("o_output", 0.75018515, False, 0.7502),
        ("o_output", 0.75018515, True, 0.7501),
        ("delta_output", -0.04685, False, -0.0469),
        ("delta_output", -0.00005, False, -0.0001),
        ("delta_output", 0.00004, False, 0.0),
        ("delta_hidden", -0.00027557, True, -0.000275),
        ("delta_hidden", -0.00027557, False, -0.000276),
        ("delta_hidden", 0.0009999, False, 0.001),
        ("delta_hidden", 0.0, False, 0.0),
        ("delta_hidden", 1.2345e-200, False, 1.23e-200),
        ("o_used", 123456.7895, False, 123456.79),
        ("net_output", 1e30, False, 1e30),
        ("new.hidden", 0.1 + 0.2, False, 0.3),
    ],
)
def test_digits_are_cut_in_decimals_not_in_binary(name, value, truncate, expected):
    assert two_layer._cut(value, name, truncate) == expected


def test_full_precision_never_rounds_and_source_precision_stays_near():
    weights, x, t, learning_rate = two_layer.worked_example()
    full, source = (two_layer.step(weights, x, t, learning_rate, precision=p) for p in ("full", "source"))
    assert_allclose(full.o_hidden[0], 0.999088948805599354642, rtol=1e-15)
    assert_allclose(full.delta_hidden, [-0.0000640184253561983, -0.000274555986897785713], rtol=1e-12)
    assert full.o_used is full.o_output
    assert_allclose(source.new.vector(), full.new.vector(), atol=3e-5)


def test_links_are_named_after_their_units_in_the_order_of_the_tables():
    weights = Weights([[1, 2], [3, 4], [5, 6]], [[7, 8, 9]], hidden_bias=[10, 11, 12], output_bias=[13])
    assert two_layer.links(weights) == {
        "H1->O1": 7, "H2->O1": 8, "H3->O1": 9, "1->O1": 13,
        "I1->H1": 1, "I1->H2": 3, "I1->H3": 5, "I2->H1": 2, "I2->H2": 4, "I2->H3": 6,
        "1->H1": 10, "1->H2": 11, "1->H3": 12,
    }  # fmt: skip
    names = list(two_layer.labelled(two_layer.step(weights, [1, 1], [0], 0.1)))
    assert names[:8] == ["net H1", "o H1", "net H2", "o H2", "net H3", "o H3", "net O1", "o O1"]
    assert names[8:13] == ["delta O1", "delta H1", "delta H2", "delta H3", "change H1->O1"]
    assert len(names) == 8 + 4 + 2 * 13


def test_single_weights_are_replaced_by_name():
    weights, _, _ = random_case((3, 2, 2))
    other = two_layer.replaced(weights, {"H2->O1": 9, "1->H2": -8, "I3->H1": 7})
    expected = two_layer.links(weights) | {"H2->O1": 9, "1->H2": -8, "I3->H1": 7}
    assert two_layer.links(other) == expected
    assert (other.output[0, 1], other.hidden_bias[1], other.hidden[0, 2]) == (9, -8, 7)
    with pytest.raises(ValueError, match="there is no weight 'H3->O1'; there are H1->O1, H1->O2"):
        two_layer.replaced(weights, {"H3->O1": 1})
    with pytest.raises(TypeError, match="the weight H1->O1 must be a finite number, not 'a'"):
        two_layer.replaced(weights, {"H1->O1": "a"})


def test_values_are_written_as_the_sources_write_them():
    for name, value, text in (
        ("o H1", 0.999, "0.9990"), ("net O2", -3.0, "-3.0000"), ("delta O2", -0.0394, "-0.0394"),
        ("net H2", -5.0, "-5"), ("net H1", 100.0, "100"), ("delta H1", -7.05e-5, "-0.0000705"),
        ("change I2->H1", 30 * -7.05e-6, "-0.0002115"), ("new H1->O1", 1.10469, "1.10469"), ("delta H1", 0.0, "0"),
    ):  # fmt: skip
        assert two_layer.written(name, value) == text


def test_random_weights_are_small_reproducible_and_of_the_right_shapes():
    weights = Weights.random(3, 4, 2, np.random.default_rng(0), scale=0.1)
    again = Weights.random(3, 4, 2, np.random.default_rng(0), scale=0.1)
    assert_array_equal(weights.vector(), again.vector())
    assert (weights.n_in, weights.n_hidden, weights.n_out) == (3, 4, 2)
    assert (weights.hidden_bias.shape, weights.output_bias.shape) == ((4,), (2,))
    assert 0.05 < np.abs(weights.vector()).max() <= 0.1
    assert len(set(weights.vector())) == weights.vector().size
    bare = Weights.random(3, 4, 2, np.random.default_rng(0), bias=False)
    assert (bare.hidden_bias, bare.output_bias) == (None, None)


def test_weights_are_copies_and_nothing_is_changed_in_place():
    hidden, x, t = np.ones((2, 3)), np.arange(3.0), np.array([1.0, 0.0])
    weights = Weights(hidden, np.ones((2, 2)))
    hidden[0, 0] = 5
    assert weights.hidden[0, 0] == 1
    with pytest.raises(ValueError, match="read-only"):
        weights.hidden[0, 0] = 2
    before = weights.vector()
    two_layer.step(weights, x, t, 0.5, momentum=0.5, velocity=weights)
    two_layer.gradient(weights, x, t)
    assert_array_equal(weights.vector(), before)
    assert (x.tolist(), t.tolist()) == ([0, 1, 2], [1, 0])


def test_everything_is_float64():
    weights = Weights(np.ones((2, 3), np.float32), [[1, 1]])
    step = two_layer.step(weights, np.ones(3, np.float32), [1], np.float32(0.5))
    arrays = (weights.hidden, weights.output, step.o_hidden, step.delta_hidden, step.new.hidden, step.x, step.t)
    assert {array.dtype for array in arrays} == {np.dtype(np.float64)}


def test_a_vector_holds_every_weight_and_leads_back():
    weights, _, _ = random_case((3, 2, 4))
    assert weights.vector().shape == (3 * 2 + 2 * 4 + 2 + 4,)
    assert repr(weights.with_vector(weights.vector())) == repr(weights)
    assert repr(eval(repr(weights), {"Weights": Weights})) == repr(weights)
    with pytest.raises(ValueError, match="these layers have 20 weights, not 3"):
        weights.with_vector([1, 2, 3])


W = Weights([[0.2, -0.1, 0.4], [0.7, -1.2, 1.2]], [[1.1, 0.1], [3.1, 1.17]])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"t": [1, 1.2]}, "can never reach the target 1.2"),
        ({"t": [-1, 1]}, "can never reach the target -1"),
        ({"t": [1]}, "2 output units, but an example has 1 targets"),
        ({"t": [math.nan, 0]}, "targets must hold finite numbers, not nan"),
        ({"t": []}, "targets is empty"),
        ({"x": [1, 2]}, "3 weights each, but an example has 2 inputs"),
        ({"x": [[1, 2, 3]]}, r"inputs must be a row of numbers, not an array of shape \(1, 3\)"),
        ({"x": [1, 2, math.inf]}, "inputs must hold finite numbers, not inf"),
        ({"x": [[1, 2, 3], [1, 2]]}, "inputs's rows have different lengths"),
        ({"learning_rate": 0}, "learning rate must be more than 0, not 0"),
        ({"learning_rate": -0.1}, "learning rate must be more than 0, not -0.1"),
        ({"learning_rate": math.nan}, "learning rate must be a finite number, not nan"),
        ({"momentum": 1}, "momentum must be at least 0 and less than 1, not 1"),
        ({"momentum": -0.5}, "momentum must be at least 0 and less than 1, not -0.5"),
        ({"momentum": math.nan}, "momentum must be a finite number, not nan"),
        ({"precision": "half"}, 'precision must be "full" or "source", not \'half\''),
        ({"velocity": Weights([[1]], [[1]])}, r"velocity must have the shapes of the weights, \[\(2, 3\), \(2, 2\)"),
    ],
)
def test_a_step_refuses_in_words_what_cannot_be(arguments, words):
    good = {"x": [10, 30, 20], "t": [1, 0], "learning_rate": 0.1}
    with pytest.raises(ValueError, match=words):
        two_layer.step(W, **good | arguments)
    for rate in ("0.1", True):
        with pytest.raises(TypeError, match=f"learning rate must be a finite number, not {rate!r}"):
            two_layer.step(W, **good | {"learning_rate": rate})


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        (([[1, 2], [3]], [[1, 1]]), ValueError, "hidden weights's rows have different lengths"),
        (([1, 2], [[1]]), ValueError, "hidden weights must be a table of numbers, row by row"),
        (([[1, 2]], [[1, 2]]), ValueError, "1 hidden units send 1 signals, but the output units have 2 weights each"),
        (([[1, 2]], [[1]], [1, 2]), ValueError, "1 hidden units need 1 biases, not 2"),
        (([[1, 2]], [[1]], None, [1, 2]), ValueError, "1 output units need 1 biases, not 2"),
        (([[math.nan]], [[1]]), ValueError, "hidden weights must hold finite numbers, not nan"),
        (([[]], [[1]]), ValueError, "hidden weights is empty"),
        (([["a"]], [[1]]), TypeError, "hidden weights must hold real numbers"),
        ((None, [[1]]), TypeError, "hidden weights must hold real numbers"),
    ],
)
def test_weights_that_do_not_fit_are_refused_in_words(arguments, error, words):
    with pytest.raises(error, match=words):
        Weights(*arguments)


def test_other_arguments_are_refused_in_words():
    rng = np.random.default_rng(0)
    for shape in ((0, 1, 1), (1, -2, 1)):
        with pytest.raises(ValueError, match="must be at least 1"):
            Weights.random(*shape, rng)
    with pytest.raises(TypeError, match=r"n_in must be a whole number, not 2\.0"):
        Weights.random(2.0, 1, 1, rng)
    with pytest.raises(TypeError, match=r"rng must be a random generator such as np\.random.default_rng\(0\), not 7"):
        Weights.random(1, 1, 1, 7)
    with pytest.raises(ValueError, match=r"scale must be more than 0, not 0\.0"):
        Weights.random(1, 1, 1, rng, scale=0)
    with pytest.raises(TypeError, match=r"weights must be two_layer\.Weights\(hidden=..., output=...\), not list"):
        two_layer.forward([[1]], [1])
    with pytest.raises(TypeError, match=r"velocity must be two_layer\.Weights"):
        two_layer.step(W, [1, 2, 3], [1, 0], 0.1, velocity=0.5)
    for function in (two_layer.gradient, two_layer.error):
        with pytest.raises(ValueError, match="2 examples and 1 targets"):
            function(W, np.ones((2, 3)), [[1, 0]])
    with pytest.raises(ValueError, match="velocity must have the shapes"):
        two_layer.step(W, [1, 2, 3], [1, 0], 0.1, velocity=Weights.random(3, 2, 2, rng))


def test_a_saturated_network_gives_no_warning_and_a_gradient_of_zero():
    with np.errstate(all="raise", under="ignore"):
        step = two_layer.step(W, [1e6, 0, 1e6], [1, 0], 0.1)
        assert step.delta_hidden.tolist() == [0, 0]
        assert np.isfinite(step.new.vector()).all()
        two_layer.step(W, [1e6, 0, 1e6], [1, 0], 0.1, precision="source")


def test_copies_of_weights_cannot_be_written_to_either():
    weights = Weights([[1, 2]], [[3]], [4], [5])
    for copied in (copy.copy(weights), copy.deepcopy(weights), pickle.loads(pickle.dumps(weights))):
        assert repr(copied) == repr(weights)
        with pytest.raises(ValueError, match="read-only"):
            copied.hidden[0, 0] = 9
