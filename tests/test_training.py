"""fit, its schedules, early stopping and interrupts; evaluate; save and load, also where something goes wrong."""

import contextlib
import os
import pickle

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from course_lib import architectures, data, losses, network
from course_lib.layers import Conv2d, Dropout, Flatten, Linear, MaxPool2d, PartialConv2d, ReLU
from course_lib.network import SGD, History, ReduceLROnPlateau, Sequential, StepLR, evaluate, fit, load, save


def rng(seed=0):
    return np.random.default_rng(seed)


def digits(count):
    images, labels = data.load_digits()
    return images[:count, None] / np.float32(16), labels[:count]


def small_network(seed=0, p=0.0):
    generator = rng(seed)
    return Sequential(
        [Conv2d(1, 8, 3, generator), ReLU(), MaxPool2d(2), Flatten(), Dropout(p, generator), Linear(72, 10, generator)]
    )


def weights(net):
    return [array.copy() for layer in net.layers if hasattr(layer, "weight") for array in (layer.weight, layer.bias)]


def assert_same(first, second):
    for a, b in zip(first, second, strict=True):
        assert_array_equal(a, b)


def test_fit_does_what_the_loop_written_out_does():
    x, labels = digits(50)
    ours, by_hand = small_network(), small_network()
    history = fit(ours, x, labels, SGD(ours, 0.1, 0.9), epochs=3, batch_size=16, rng=rng(1))
    sgd, generator, expected = SGD(by_hand, 0.1, 0.9), rng(1), []
    for _ in range(3):
        total = 0.0
        for batch in network.batches(50, 16, generator):
            value, grad = losses.cross_entropy(by_hand.forward(x[batch]), labels[batch])
            by_hand.backward(grad)
            sgd.step()
            total += value * len(batch)
        expected.append(total / 50)
    assert_same(weights(ours), weights(by_hand))
    assert_allclose(history.loss, expected, rtol=1e-12)
    assert history.learning_rate == [0.1] * 3
    assert history.validation_loss == []


def test_it_learns_real_digits_and_the_same_seed_gives_the_same_digits():
    x, labels = digits(1000)
    held_back = x[800:], labels[800:]
    runs = []
    for _ in range(2):
        net = small_network(p=0.2)
        runs.append(fit(net, x[:800], labels[:800], SGD(net, 0.03, 0.9), 9, 32, rng(1), validation=held_back))
    assert runs[0] == runs[1]
    assert runs[0].validation_accuracy[-1] > 0.85
    assert runs[0].loss[-1] < 0.3 * runs[0].loss[0]
    assert evaluate(net, *held_back) == (runs[0].validation_loss[-1], runs[0].validation_accuracy[-1])


def test_evaluate_drops_nothing_and_leaves_the_modes_as_they_were():
    x, labels = digits(30)
    net = small_network(p=0.5)
    net.layers[0].training = False
    first = evaluate(net, x, labels, batch_size=7)
    assert first == pytest.approx(evaluate(net, x, labels, batch_size=30))
    assert [layer.training for layer in net.layers] == [False, *[True] * 5]
    net.eval()
    logits = net.forward(x)
    assert first[0] == pytest.approx(losses.cross_entropy(logits, labels)[0])
    assert first[1] == (logits.argmax(axis=1) == labels).mean()


def test_patience_stops_and_brings_the_best_weights_back(monkeypatch):
    x, labels = digits(20)
    net = small_network()
    seen, measured = [], iter([3.0, 2.0, 2.5, 2.0, 2.2, 9.0])

    def scripted(*_):
        seen.append(weights(net))
        return next(measured), 0.5

    monkeypatch.setattr(network, "evaluate", scripted)
    history = fit(net, x, labels, SGD(net, 0.1), 10, 10, rng(), validation=(x, labels), patience=3)
    assert history.validation_loss == [3.0, 2.0, 2.5, 2.0, 2.2]
    assert_same(weights(net), seen[1])


def test_without_patience_the_last_weights_stay():
    x, labels = digits(20)
    net = small_network()
    fit(net, x, labels, SGD(net, 5.0, clip=1.0), 2, 10, rng())
    after_two = weights(net)
    net = small_network()
    fit(net, x, labels, SGD(net, 5.0, clip=1.0), 2, 10, rng(), validation=(x, labels))
    assert_same(weights(net), after_two)


def test_schedules_lower_the_learning_rate_of_the_epochs_after():
    x, labels = digits(20)
    net = small_network()
    history = fit(net, x, labels, SGD(net, 0.4), 5, 10, rng(), schedule=StepLR(2, gamma=0.5))
    assert history.learning_rate == [0.4, 0.4, 0.2, 0.2, 0.1]


def test_the_plateau_is_watched_on_the_validation_data_where_there_are_some():
    schedule, sgd, history = ReduceLROnPlateau(0.5, patience=1), SGD(small_network(), 1.0), History()
    for training, validation in ((3.0, 1.0), (2.0, 1.5)):
        history.loss.append(training)
        history.validation_loss.append(validation)
        schedule(sgd, history)
    assert sgd.learning_rate == 0.5


def test_each_batch_is_augmented_once_with_the_rng_of_the_training():
    x, labels = digits(20)
    net, batches = small_network(), []

    def turned_off(batch, generator):
        batches.append((len(batch), generator))
        return batch * 0

    generator = rng()
    fit(net, x, labels, SGD(net, 0.1), 2, 8, generator, augment=turned_off)
    assert [count for count, _ in batches] == [8, 8, 4] * 2
    assert all(given is generator for _, given in batches)
    assert_array_equal(net.layers[0].grad_weight, 0)


def test_a_network_that_was_used_drops_again_when_it_is_trained_on():
    x, labels = digits(20)
    net, modes = small_network(p=0.5), []
    net.eval()

    def note(batch, _):
        modes.append(net.layers[4].training)
        return batch

    fit(net, x, labels, SGD(net, 0.1), 2, 10, rng(), validation=(x, labels), augment=note)
    assert modes == [True] * 4


def test_an_interrupt_during_the_validation_leaves_only_finished_epochs(monkeypatch):
    x, labels = digits(20)
    measured = []

    def interrupted(*arguments):
        measured.append(evaluate(*arguments))
        if len(measured) == 2:
            raise KeyboardInterrupt
        return measured[-1]

    net = small_network()
    monkeypatch.setattr(network, "evaluate", interrupted)
    history = fit(net, x, labels, SGD(net, 0.1), 5, 10, rng(), validation=(x, labels))
    assert history.interrupted
    kept = (history.loss, history.accuracy, history.learning_rate, history.validation_loss, history.validation_accuracy)
    assert [len(numbers) for numbers in kept] == [1] * 5
    assert (history.validation_loss[0], history.validation_accuracy[0]) == measured[0]


def test_an_interrupt_leaves_a_network_that_can_be_used_and_trained_on():
    x, labels = digits(40)
    net, calls = small_network(p=0.3), []

    def interrupt(batch, _):
        calls.append(len(batch))
        if len(calls) == 6:
            raise KeyboardInterrupt
        return batch

    sgd = SGD(net, 0.1)
    history = fit(net, x, labels, sgd, 10, 10, rng(), augment=interrupt)
    assert history.interrupted
    assert len(history.loss) == 1
    assert not any(layer.training for layer in net.layers)
    assert np.isfinite(evaluate(net, x, labels)[0])
    assert not fit(net, x, labels, sgd, 1, 10, rng()).interrupted


def test_a_bar_is_shown_where_one_is_wanted(capsys):
    x, labels = digits(20)
    net = small_network()
    fit(net, x, labels, SGD(net, 0.1), 1, 10, rng())
    assert capsys.readouterr().err == ""
    fit(net, x, labels, SGD(net, 0.1), 1, 10, rng(), progress=True)
    assert "epoch 1" in capsys.readouterr().err


@pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid value")
def test_steps_too_long_are_said_to_be_so():
    x, labels = digits(20)
    net = small_network()
    with pytest.raises(ValueError, match=r"the logits must hold finite numbers, not .* the steps were too large"):
        fit(net, 1e20 * x, labels, SGD(net, 1e10), 20, 10, rng())


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda net, x, y: fit(net, x, y[:5], SGD(net, 0.1), 1, 4, rng()), r"10 examples and labels of shape \(5,\)"),
        (lambda net, x, y: fit(net, x[:0], y[:0], SGD(net, 0.1), 1, 4, rng()), "x is empty"),
        (lambda net, x, y: fit(net, x, y, SGD(net, 0.1), 0, 4, rng()), "epochs must be at least 1, not 0"),
        (lambda net, x, y: fit(net, x, y, SGD(net, 0.1), 1, 0, rng()), "batch_size must be at least 1, not 0"),
        (lambda net, x, y: fit(net, x, y, SGD(net, 0.1), 1, 4, rng(), patience=0), "patience must be at least 1"),
        (lambda net, x, y: evaluate(net, x, y[:, None]), r"labels of shape \(10, 1\)"),
        (lambda net, x, y: StepLR(0), "step_size must be at least 1"),
        (lambda net, x, y: StepLR(1, 2.0), "gamma multiplies the learning rate"),
        (lambda net, x, y: ReduceLROnPlateau(0.0), "factor multiplies the learning rate"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(call, words):
    with pytest.raises(ValueError, match=words):
        call(small_network(), *digits(10))


def test_what_is_saved_comes_back_to_the_last_bit(tmp_path):
    net, other = small_network(0), small_network(1)
    save(net, tmp_path / "weights.npz")
    load(other, tmp_path / "weights.npz")
    assert_same(weights(net), weights(other))
    assert [array.dtype for array in weights(other)] == [np.float32] * 4
    assert [path.name for path in tmp_path.iterdir()] == ["weights.npz"]


def test_saving_is_whole_or_not_at_all(tmp_path, monkeypatch):
    path, net = tmp_path / "weights.npz", small_network()
    save(net, path)
    before = path.read_bytes()

    def breaks(file, **arrays):
        file.write(b"half of it")
        raise OSError("the disk is full")

    monkeypatch.setattr(np, "savez_compressed", breaks)
    with pytest.raises(OSError, match="the disk is full"):
        save(small_network(1), path)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["weights.npz"]


def spoilt(content):
    def write(path):
        path.write_bytes(content(path.read_bytes()))

    return write


def with_array(key, change):
    def write(path):
        with np.load(path) as file:
            arrays = dict(file)
        arrays[key] = change(arrays[key])
        np.savez(path, **arrays)

    return write


class Explodes:
    def __reduce__(self):
        return pytest.fail, ("a pickle was read",)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (spoilt(lambda content: content[: len(content) // 2]), "is damaged or no file of weights"),
        (spoilt(lambda content: b""), "is damaged or no file of weights"),
        (spoilt(lambda content: b"PK\x03\x04 and then nothing"), "is damaged or no file of weights"),
        (spoilt(lambda content: pickle.dumps(Explodes())), "is damaged or no file of weights"),
        (spoilt(lambda content: content[:200] + bytes(40) + content[240:]), "is damaged or no file of weights"),
        (with_array("0.weight", lambda array: array[:2]), r"is float32 \(2, 1, 3, 3\); .* \(8, 1, 3, 3\)"),
        (with_array("0.weight", lambda array: array.astype(int)), "this network needs floats"),
        (with_array("5.bias", lambda array: array * np.nan), "5.bias in .* holds numbers that are not finite"),
        (with_array("0.bias", lambda array: np.array([Explodes()])), "is damaged or no file of weights"),
    ],
)  # fmt: skip
def test_a_damaged_or_foreign_file_changes_nothing_and_is_named(tmp_path, spoil, words):
    path, net = tmp_path / "weights.npz", small_network()
    save(small_network(1), path)
    spoil(path)
    before = weights(net)
    with pytest.raises(ValueError, match=words):
        load(net, path)
    assert_same(weights(net), before)


def test_the_weights_of_another_network_and_a_missing_file_are_named(tmp_path):
    save(Sequential([Linear(2, 3, rng())]), tmp_path / "other.npz")
    with pytest.raises(ValueError, match=r"holds 0.bias, 0.weight; this network needs 0.bias, 0.weight, 5.bias"):
        load(small_network(), tmp_path / "other.npz")
    with pytest.raises(FileNotFoundError, match=r"there is no file .*none\.npz"):
        load(small_network(), tmp_path / "none.npz")


def test_an_sgd_of_another_network_and_what_is_no_pair_are_refused():
    net, other = small_network(), small_network()
    x, labels = np.zeros((2, 1, 28, 28)), np.zeros(2, int)
    for train in (lambda: fit(net, x, labels, SGD(other, 0.1), 1, 2, rng()),
                  lambda: network.training_steps(net, x, labels, SGD(other, 0.1), 2, rng())):  # fmt: skip
        with pytest.raises(ValueError, match=r"moves the weights of another network: .* SGD\(network"):
            train()
    with pytest.raises(TypeError, match=r"validation is a pair \(x, labels\)"):
        fit(net, x, labels, SGD(net, 0.1), 1, 2, rng(), validation=x)
    with pytest.raises(TypeError, match="rng must be a random generator"):
        fit(net, x, labels, SGD(net, 0.1), 1, 2, 0)


def test_a_training_that_fails_leaves_eval_mode_and_the_best_weights(monkeypatch):
    net = Sequential([Linear(2, 2, rng()), Dropout(0.5, rng())])
    kept, steps = [], iter(range(3))

    def fails(*arguments):
        if next(steps) == 2:
            raise ValueError("diverged")
        kept.append(weights(net))
        net.layers[0].weight += 1
        return 1.0 + len(kept), 0.0

    monkeypatch.setattr(network, "_epoch", fails)
    with pytest.raises(ValueError, match="diverged"):
        fit(net, [[0.0, 1.0]], [0], SGD(net, 0.1), 3, 1, rng(), patience=5)
    assert not net.layers[1].training
    assert_allclose(net.layers[0].weight, kept[1][0])


def test_evaluate_that_fails_leaves_the_modes_as_they_were():
    net = Sequential([Linear(2, 2, rng()), Dropout(0.5, rng())])
    for call in (lambda: evaluate(net, [[0.0, 1.0]], [7]), lambda: evaluate(net, [[0.0, 1.0]], [0], batch_size=0)):
        with pytest.raises(ValueError, match=r"label|batch_size"):
            call()
        assert net.layers[1].training


def test_a_layer_of_ones_own_needs_forward_and_backward_only():
    class Halves:
        def forward(self, x):
            return x / 2

        def backward(self, grad_out):
            return grad_out / 2

    net = Sequential([Linear(2, 2, rng()), Halves()])
    assert evaluate(net, [[0.0, 0.0]], [0]) == (pytest.approx(np.log(2)), 1.0)


def test_the_codes_of_1998_are_saved_too(tmp_path):
    x = rng().normal(size=(1, 1, 32, 32))
    first, second = architectures.lenet5_1998(rng(3)), architectures.lenet5_1998(rng(4))
    save(first, tmp_path / "weights.npz")
    load(second, tmp_path / "weights.npz")
    assert_array_equal(second.forward(x), first.forward(x))


def test_no_damaged_byte_raises_another_error(tmp_path):
    path, net, random = tmp_path / "weights.npz", Sequential([Linear(3, 2, rng())]), np.random.default_rng(0)
    save(net, path)
    whole, refused = path.read_bytes(), 0
    for _ in range(400):
        content = bytearray(whole)
        content[random.integers(len(whole))] ^= int(random.integers(1, 256))
        path.write_bytes(content)
        with contextlib.suppress(ValueError):  # any other error fails the test
            load(net, path)
            continue
        refused += 1
    assert refused > 100


def test_a_missing_folder_is_named_and_numbers_too_large_for_the_network_are_refused(tmp_path):
    net = Sequential([Linear(1, 1, rng(), np.float64)])
    with pytest.raises(FileNotFoundError, match=r"there is no folder .*nowhere"):
        save(net, tmp_path / "nowhere" / "weights.npz")
    with pytest.raises(IsADirectoryError, match=r"is a folder; name a file in it, such as .*weights\.npz"):
        save(net, tmp_path)
    net.layers[0].weight[:] = 1e300
    save(net, tmp_path / "weights.npz")
    with pytest.raises(ValueError, match="numbers that are too large for this network's float32"):
        load(Sequential([Linear(1, 1, rng())]), tmp_path / "weights.npz")


def test_weights_that_are_not_finite_are_neither_saved_nor_loaded(tmp_path):
    net, path = Sequential([Linear(1, 1, rng())]), tmp_path / "weights.npz"
    save(net, path)
    before = path.read_bytes()
    net.layers[0].weight[:] = np.nan
    with pytest.raises(ValueError, match=r"0\.weight holds numbers that are not finite.* nothing is saved"):
        save(net, path)
    assert path.read_bytes() == before
    np.savez(path, **{"0.weight": net.layers[0].weight, "0.bias": net.layers[0].bias})
    with pytest.raises(ValueError, match=r"0\.weight in .* not finite: the training that made it failed"):
        load(net, path)


def test_weights_without_a_connection_are_not_loaded(tmp_path):
    net, other = (Sequential([PartialConv2d(table, 1, rng())]) for table in ([[1, 0]], [[0, 1]]))
    save(net, tmp_path / "weights.npz")
    with pytest.raises(ValueError, match=r"0\.weight in .* has weights where this network has no connections"):
        load(other, tmp_path / "weights.npz")
    load(net, tmp_path / "weights.npz")


def test_what_a_training_cannot_use_is_refused_before_it_changes_anything():
    net = Sequential([Linear(2, 2, rng()), Dropout(0.5, rng())])
    x, labels = np.ones((4, 2)), np.array([0, 1, 0, 1])
    before = net.layers[0].weight.copy()
    for given, error, words in (
        ({"schedule": network.StepLR}, TypeError, "schedule is called while training; .*StepLR.* is a class: put"),
        ({"schedule": 0.1}, TypeError, "schedule is called while training; 0.1 is no function"),
        ({"augment": "flip"}, TypeError, "augment is called while training; 'flip' is no function"),
        ({"augment": lambda x, rng: None}, TypeError, "augmented batch must hold real numbers, not None"),
        ({"augment": lambda x, rng: x[:1]}, ValueError, "augment got 4 examples and gave 1"),
        ({"validation": (x, labels + 1)}, ValueError, "labels go from 0 to 1, not from 1 to 2"),
        ({"validation": (x[:, :1], labels)}, ValueError, "takes"),
        ({"batch_size": 0}, ValueError, "batch_size must be at least 1"),
        ({"labels": labels / 2}, TypeError, "labels are whole numbers"),
        ({"sgd": None}, TypeError, r"training needs an SGD: .*; None came"),
    ):
        arguments = {"labels": labels, "sgd": SGD(net, 0.1), "epochs": 1, "batch_size": 4, "rng": rng(), **given}
        net.train()
        with pytest.raises(error, match=words):
            fit(net, x, **arguments)
        assert_array_equal(net.layers[0].weight, before)
        assert net.layers[1].training or "augment" in given  # in mid-training: then eval mode is what fit() leaves


def test_training_goes_on_with_dropout_when_the_network_was_used_in_between():
    net = Sequential([Linear(2, 2, rng()), Dropout(0.5, rng())])
    steps = network.training_steps(net, np.ones((4, 2)), [0, 1, 0, 1], SGD(net, 0.1), 2, rng())
    next(steps)
    net.eval()
    net.forward(np.ones((1, 2)))
    next(steps)
    assert net.layers[1].mask is not None


def test_a_layer_put_in_place_of_another_starts_without_its_velocity():
    net = Sequential([Linear(3, 4, rng()), Linear(4, 5, rng())])
    sgd = SGD(net, 0.1, momentum=0.9)

    def step(gradient):
        net.forward(np.ones((2, 3)))
        net.backward(gradient)
        sgd.step()

    step(np.ones((2, 5)))
    for head in (Linear(4, 5, rng()), Linear(4, 2, rng())):
        net.layers[-1] = head
        before = head.weight.copy()
        step(np.zeros((2, len(before))))
        assert_array_equal(head.weight, before)
    head.weight, head.bias = np.ones((7, 4)), np.zeros(7)  # the same layer, of another size
    step(np.zeros((2, 7)))
    assert_array_equal(head.weight, np.ones((7, 4)))


def test_a_gradient_of_another_shape_is_refused():
    net = Sequential([Linear(3, 2, rng())])
    net.forward(np.ones((1, 3)))
    net.backward(np.ones((1, 2)))
    net.layers[0].grad_weight = net.layers[0].grad_weight.T
    with pytest.raises(
        ValueError, match=r"grad_weight of this Linear layer has the shape \(3, 2\), its weight \(2, 3\)"
    ):
        SGD(net, 0.1).step()


def test_a_first_layer_of_ones_own_need_not_know_to_x():
    class Own(Linear):
        def backward(self, grad_out):
            return super().backward(grad_out)

    net = Sequential([Own(2, 2, rng())])
    before = net.layers[0].weight.copy()
    fit(net, np.ones((2, 2)), [0, 1], SGD(net, 0.1), 1, 1, rng())
    assert not np.array_equal(net.layers[0].weight, before)
