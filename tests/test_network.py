"""Sequential, SGD and batches: whole networks against central differences, steps against steps written out by hand."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from course_lib import losses
from course_lib.gradcheck import numerical_gradient
from course_lib.layers import ELU, Dropout, LeakyReLU, Linear, ReLU, Sigmoid, Tanh
from course_lib.network import SGD, Sequential, batches, gradient_norm


def rng(seed=0):
    return np.random.default_rng(seed)


def small_network(*between):
    """A float64 network 3 - 4 - ... - 2 with these layers between."""
    generator = rng()
    ends = Linear(3, 4, generator, np.float64), Linear(4, 2, generator, np.float64)
    return Sequential([ends[0], *between, ends[1]])


def after_one_pass(network, count=5):
    """The network with the gradients of one batch."""
    _, grad = losses.cross_entropy(network.forward(rng(1).normal(size=(count, 3))), rng(2).integers(0, 2, count))
    network.backward(grad)
    return network


@pytest.mark.parametrize("count", [1, 6])
@pytest.mark.parametrize("activation", [Sigmoid, Tanh, ReLU, LeakyReLU, ELU])
def test_every_gradient_of_a_whole_network_agrees_with_central_differences(activation, count):
    network = small_network(activation(), Linear(4, 4, rng(3), np.float64), Tanh())
    x, labels = rng(1).normal(size=(count, 3)), rng(2).integers(0, 2, count)
    _, grad = losses.cross_entropy(network.forward(x), labels)
    grad_x = network.backward(grad)

    def loss_with(layer, name, array):
        before = getattr(layer, name)
        setattr(layer, name, array)
        value, _ = losses.cross_entropy(network.forward(x), labels)
        setattr(layer, name, before)
        return value

    numerical = numerical_gradient(lambda x: losses.cross_entropy(network.forward(x), labels)[0], x)
    assert_allclose(grad_x, numerical, rtol=1e-7, atol=1e-9)
    for layer in (network.layers[0], network.layers[2], network.layers[4]):
        for name in ("weight", "bias"):
            numerical = numerical_gradient(
                lambda array, layer=layer, name=name: loss_with(layer, name, array), getattr(layer, name)
            )
            assert_allclose(getattr(layer, f"grad_{name}"), numerical, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("first", [Linear(3, 4, rng(), np.float64), Sigmoid()])
def test_training_may_leave_out_the_gradient_at_the_input_and_keeps_all_others(first):
    network = Sequential([first, Tanh(), Linear(4 if isinstance(first, Linear) else 3, 2, rng(1), np.float64)])
    network.forward(rng(1).normal(size=(5, 3)))
    grad_out, learning = rng(2).normal(size=(5, 2)), [layer for layer in network.layers if hasattr(layer, "weight")]
    assert network.backward(grad_out).shape == (5, 3)
    kept = [(layer.grad_weight, layer.grad_bias) for layer in learning]
    for layer in learning:
        layer.grad_weight = layer.grad_bias = None
    assert (network.backward(grad_out, to_x=False) is None) == isinstance(first, Linear)
    for layer, (grad_weight, grad_bias) in zip(learning, kept, strict=True):
        assert_array_equal(layer.grad_weight, grad_weight)
        assert_array_equal(layer.grad_bias, grad_bias)


def test_arrays_that_a_layer_was_given_stay_as_they_are_and_later_steps_need_no_new_ones():
    network = after_one_pass(small_network(Tanh()))
    layer, given = network.layers[0], network.layers[0].weight
    before, sgd = given.copy(), SGD(network, 0.1)
    sgd.step()
    assert_array_equal(given, before)
    own = layer.weight
    sgd.step()
    assert layer.weight is own
    assert_allclose(own, before - 2 * 0.1 * layer.grad_weight, rtol=1e-12)
    layer.weight = given
    sgd.step()
    assert_array_equal(given, before)
    assert_allclose(layer.weight, before - 0.1 * layer.grad_weight, rtol=1e-12)


def test_a_step_moves_weights_of_many_pieces_and_of_any_order_in_memory():
    layer = Linear(300, 301, rng(), np.float64)
    layer.weight = np.asfortranarray(layer.weight)
    network = Sequential([layer])
    sgd, weight, velocity = SGD(network, 0.5, 0.9, 0.1), layer.weight, 0
    for seed in (1, 2):
        layer.grad_weight, layer.grad_bias = rng(seed).normal(size=weight.shape), np.zeros(301)
        velocity = 0.9 * velocity + layer.grad_weight + 0.1 * weight
        weight = weight - 0.5 * velocity
        sgd.step()
        assert_allclose(layer.weight, weight, rtol=1e-9, atol=1e-12)


def test_forward_and_backward_go_through_the_layers_one_by_one():
    network = small_network(ReLU())
    first, middle, last = network.layers
    x, grad_out = rng(1).normal(size=(5, 3)), rng(2).normal(size=(5, 2))
    assert_array_equal(network.forward(x), last.forward(middle.forward(first.forward(x))))
    assert_array_equal(network.backward(grad_out), first.backward(middle.backward(last.backward(grad_out))))


def test_train_and_eval_switch_dropout():
    network = small_network(Dropout(0.5, rng()))
    x = rng(1).normal(size=(50, 3))
    network.eval()
    quiet = network.forward(x)
    assert_array_equal(network.forward(x), quiet)
    network.train()
    assert (network.forward(x) != quiet).any()


def weights_of(network):
    return [getattr(layer, name) for layer in network.layers[::2] for name in ("weight", "bias")]


def gradients_of(network):
    return [getattr(layer, f"grad_{name}") for layer in network.layers[::2] for name in ("weight", "bias")]


def test_a_plain_step_subtracts_the_gradient_times_the_learning_rate():
    network = after_one_pass(small_network(ReLU()))
    before = weights_of(network)
    SGD(network, 0.3).step()
    for old, new, gradient in zip(before, weights_of(network), gradients_of(network), strict=True):
        assert_allclose(new, old - 0.3 * gradient, rtol=1e-14)


def test_momentum_and_weight_decay_do_what_their_formulas_say_and_spare_the_biases():
    network = after_one_pass(small_network(ReLU()))
    expected, velocity = weights_of(network), [0.0] * 4
    sgd = SGD(network, 0.3, momentum=0.9, weight_decay=0.05)
    for _ in range(3):  # the gradients stay: no new pass
        for place, gradient in enumerate(gradients_of(network)):
            decay = 0.05 * expected[place] if place % 2 == 0 else 0
            velocity[place] = 0.9 * velocity[place] + gradient + decay
            expected[place] = expected[place] - 0.3 * velocity[place]
        sgd.step()
    for found, array in zip(weights_of(network), expected, strict=True):
        assert_allclose(found, array, rtol=1e-13, atol=1e-15)


def test_steps_equal_pytorchs():
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    network = after_one_pass(small_network(ReLU()))
    tensors = [torch.nn.Parameter(torch.tensor(array)) for array in weights_of(network)]
    groups = [{"params": tensors[::2], "weight_decay": 0.05}, {"params": tensors[1::2], "weight_decay": 0.0}]
    optimiser, sgd = torch.optim.SGD(groups, lr=0.3, momentum=0.9), SGD(network, 0.3, 0.9, 0.05, clip=0.1)
    for _ in range(3):
        for tensor, gradient in zip(tensors, gradients_of(network), strict=True):
            tensor.grad = torch.tensor(gradient)
        torch.nn.utils.clip_grad_norm_(tensors, 0.1)
        optimiser.step()
        sgd.step()
    for found, tensor in zip(weights_of(network), tensors, strict=True):
        assert_allclose(found, tensor.detach().numpy(), rtol=1e-5)


@pytest.mark.parametrize(("dtype", "size"), [(np.float16, 300), (np.float32, 1e20)])
def test_the_norm_of_large_gradients_is_finite(dtype, size):
    network = Sequential([Linear(1, 1, np.random.default_rng(0), dtype)])
    network.layers[0].grad_weight, network.layers[0].grad_bias = np.array([[size]], dtype), np.zeros(1, dtype)
    assert gradient_norm(network) == pytest.approx(size, rel=1e-6)


def test_the_gradients_norm_is_the_length_of_them_all_as_one_vector():
    network = after_one_pass(small_network(ReLU()))
    everything = np.concatenate([gradient.ravel() for gradient in gradients_of(network)])
    assert gradient_norm(network) == pytest.approx(np.linalg.norm(everything), rel=1e-14)


def test_clipping_shortens_long_gradients_keeps_their_direction_and_leaves_short_ones():
    network = after_one_pass(small_network(ReLU()))
    norm = gradient_norm(network)
    for clip, scale in [(norm / 4, 0.25), (4 * norm, 1.0)]:
        before = weights_of(network)
        SGD(network, 0.3, clip=clip).step()
        for old, new, gradient in zip(before, weights_of(network), gradients_of(network), strict=True):
            assert_allclose(new, old - 0.3 * scale * gradient, rtol=1e-13, atol=1e-15)


def test_a_gradient_of_zeros_can_be_clipped():
    network = after_one_pass(small_network(ReLU()))
    for layer in network.layers[::2]:
        layer.grad_weight, layer.grad_bias = 0 * layer.weight, 0 * layer.bias
    before = weights_of(network)
    SGD(network, 0.3, clip=1.0).step()
    for old, new in zip(before, weights_of(network), strict=True):
        assert_array_equal(new, old)


def test_whoever_holds_the_old_weights_keeps_them():
    network = after_one_pass(small_network(ReLU()))
    held = network.layers[0].weight
    copy = held.copy()
    SGD(network, 1.0).step()
    assert_array_equal(held, copy)
    assert (network.layers[0].weight != held).any()


def test_steps_keep_float32_and_layers_without_bias_learn_too():
    generator = rng()
    network = Sequential([Linear(3, 4, generator, bias=False), Tanh(), Linear(4, 2, generator)])
    x = rng(1).normal(size=(5, 3)).astype(np.float32)
    sgd = SGD(network, np.float64(0.1), momentum=np.float64(0.5), weight_decay=1e-3, clip=0.01)
    before = network.layers[0].weight
    for _ in range(2):
        _, grad = losses.cross_entropy(network.forward(x), np.array([0, 1, 0, 1, 1]))
        network.backward(grad)
        sgd.step()
    assert network.layers[0].bias is None
    assert network.layers[0].weight.dtype == network.layers[2].bias.dtype == np.float32
    assert (network.layers[0].weight != before).all()


def test_training_brings_the_loss_down():
    network, x = small_network(Tanh()), rng(1).normal(size=(60, 3))
    labels = (x.sum(axis=1) > 0).astype(int)
    sgd, values = SGD(network, 0.5, momentum=0.5), []
    for _ in range(20):
        for batch in batches(60, 16, rng(5)):
            value, grad = losses.cross_entropy(network.forward(x[batch]), labels[batch])
            network.backward(grad)
            sgd.step()
            values.append(value)
    assert values[-1] < 0.2 * values[0]


BATCHES = [(7, 3, [3, 3, 1]), (6, 3, [3, 3]), (1, 5, [1]), (4, 1, [1] * 4)]


@pytest.mark.parametrize(("count", "size", "lengths"), BATCHES)
def test_batches_hold_every_index_once(count, size, lengths):
    found = list(batches(count, size, rng()))
    assert [len(batch) for batch in found] == lengths
    assert sorted(np.concatenate(found)) == list(range(count))


def test_batches_come_in_a_new_random_order_that_the_seed_repeats():
    generator = rng()
    first, second = (np.concatenate(list(batches(50, 8, generator))) for _ in range(2))
    assert (first != second).any()
    assert_array_equal(np.concatenate(list(batches(50, 8, rng()))), first)


NETWORK = small_network(ReLU())


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: Sequential([]), ValueError, "a network needs at least one layer"),
        (lambda: Sequential([Sigmoid(), np.tanh]), TypeError, "a layer has forward and backward; .*tanh.* is none"),
        (lambda: Sequential([Sigmoid]), TypeError, "is a class: put brackets behind it, as in Sigmoid()"),
        (lambda: Sequential([NETWORK, Sigmoid()]), TypeError, r"a network is no layer: write \*inner\.layers"),
        (lambda: Sequential([NETWORK.layers[0], Sigmoid(), NETWORK.layers[0]]), ValueError, "one and the same Linear"),
        (lambda: Sequential(Linear(2, 2, rng()), ReLU()), TypeError, r"in one list: Sequential\(\[first, second"),
        (lambda: Sequential(ReLU()), TypeError, r"in one list: Sequential\(\["),
        (lambda: NETWORK.forward(np.ones((2, 4))), ValueError, r"this Linear layer takes \(N, 3\), not \(2, 4\)"),
        (lambda: NETWORK.forward(np.ones((0, 3))), ValueError, "the input is empty"),
        (lambda: SGD(NETWORK, 0), ValueError, "learning_rate must be more than 0, or nothing is learnt; 0 came"),
        (lambda: SGD(NETWORK, float("nan")), ValueError, "learning_rate must be a finite number, not nan"),
        (lambda: SGD(NETWORK, -0.1), ValueError, "-0.1 came"),
        (lambda: SGD(NETWORK, "fast"), TypeError, "learning_rate must be a finite number, not 'fast'"),
        (lambda: SGD(NETWORK, 0.1, momentum=1), ValueError, "momentum lies from 0 to below 1"),
        (lambda: SGD(NETWORK, 0.1, momentum=-0.5), ValueError, "-0.5 came"),
        (lambda: SGD(NETWORK, 0.1, weight_decay=-1), ValueError, "weight_decay must be at least 0"),
        (lambda: SGD(NETWORK, 0.1, clip=0), ValueError, "clip is the longest gradient allowed"),
        (lambda: SGD(small_network(ReLU()), 0.1).step(), RuntimeError, "no gradients yet: call forward, then backward"),
        (lambda: gradient_norm(small_network(ReLU())), RuntimeError, "there are no gradients yet"),
        (lambda: batches(0, 5, rng()), ValueError, "count must be at least 1, not 0"),
        (lambda: batches(5, 2, 0), TypeError, "rng must be a random generator such as .*, not 0"),
        (lambda: batches(5, 0, rng()), ValueError, "batch_size must be at least 1, not 0"),
        (lambda: batches(5, 2.0, rng()), TypeError, "batch_size must be a whole number"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_in_words(call, error, words):
    with pytest.raises(error, match=words):
        call()


@pytest.mark.parametrize("bias", [[5], [0.5]])
def test_weights_put_by_hand_are_floats_that_steps_can_move(bias):
    layer = Linear(2, 1, rng())
    layer.weight, layer.bias = [[1, 2]], bias
    network = Sequential([layer])
    assert network.forward([[1.5, 2.0]]).tolist() == [[5.5 + bias[0]]]
    network.backward([[0.5]])
    assert layer.grad_weight.tolist() == [[0.75, 1.0]]
    SGD(network, 0.5).step()
    assert layer.weight.tolist() == [[0.625, 1.5]]
    assert layer.bias.tolist() == [bias[0] - 0.25]
