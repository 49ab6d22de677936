"""The small AlexNet: its table, its gradient, the weights that come with the course; its pictures and experiments."""

import gzip
import hashlib
import re

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from course_lib import activations, architectures, data, experiments, losses, network, recipes

TABLE = architectures.small_alexnet_table()


@pytest.fixture(scope="module")
def trained():
    return recipes.trained_small_alexnet()


# The network


def test_its_kinds_of_layers_are_alexnets_in_alexnets_order():
    kinds = [kind for _, kind, _ in TABLE]
    assert set(kinds) == {kind for _, kind, _ in architectures.alexnet_table()}
    assert kinds[:8] == [kind for _, kind, _ in architectures.alexnet_table()][:8]
    assert kinds.count("Linear") == 3


def test_everything_fits_and_its_maps_are_27_13_and_6_wide():
    rows = architectures.summary(TABLE, (1, 28, 28))
    assert [row.out_shape[1] for row in rows if row.kind in ("Conv2d", "MaxPool2d")] == [27, 13, 13, 6, 6]
    assert [row.out_shape for row in rows][-1] == (10,)
    for size, kernel, stride, padding in ((28, 6, 1, 2), (27, 3, 2, 0), (13, 3, 1, 1), (13, 3, 2, 0), (6, 3, 1, 1)):
        assert (size + 2 * padding - kernel) % stride == 0


def test_most_of_its_parameters_are_in_its_first_dense_layer():
    rows = {row.name: row.parameters for row in architectures.summary(TABLE, (1, 28, 28)) if row.parameters}
    assert sum(rows.values()) == 336_570
    assert rows["fc4"] == 128 * (2304 + 1) > sum(rows.values()) / 2


def test_its_gradient_agrees_with_central_differences_end_to_end():
    """Dropout is off and the numbers are float64; of each array of weights four entries are moved."""
    rng = np.random.default_rng(0)
    net = architectures.small_alexnet(rng)
    net.eval()
    for layer in net.layers:
        for name in ("weight", "bias"):
            if hasattr(layer, name):
                setattr(layer, name, getattr(layer, name).astype(np.float64) + 0.01 * rng.normal())
    x, labels = rng.normal(size=(2, 1, 28, 28)), np.array([3, 7])
    _, grad = losses.cross_entropy(net.forward(x), labels)
    grad_x = net.backward(grad)
    moved = [(x, grad_x)]
    for layer in net.layers:
        if hasattr(layer, "weight"):
            moved += [(layer.weight, layer.grad_weight), (layer.bias, layer.grad_bias)]
    assert len(moved) == 13
    for values, gradient in moved:
        for place in rng.choice(values.size, min(4, values.size), replace=False):
            found = [_loss_with(net, x, labels, values, place, step) for step in (1e-5, -1e-5)]
            assert_allclose(gradient.ravel()[place], (found[0] - found[1]) / 2e-5, rtol=1e-5, atol=1e-9)


def _loss_with(net, x, labels, values, place, step):
    kept = values.flat[place]
    values.flat[place] = kept + step
    loss, _ = losses.cross_entropy(net.forward(x), labels)
    values.flat[place] = kept
    return loss


# The weights that come with the course


def test_its_weights_know_at_least_90_of_100_test_pictures(trained):
    _, _, x_test, y_test = data.load_fashion()
    assert network.evaluate(trained, recipes.fashion_input(x_test), y_test)[1] >= 0.9


def test_its_weights_take_less_than_2_megabytes_and_are_ready_for_use(trained):
    assert recipes.SMALL_ALEXNET_FILE.stat().st_size < 2_000_000
    assert not any(layer.training for layer in trained.layers)
    assert {layer.weight.dtype for layer in trained.layers if hasattr(layer, "weight")} == {np.dtype(np.float32)}


def test_damaged_weights_say_how_to_get_them_back(monkeypatch, tmp_path):
    path = data.DATA_FOLDER / "weights" / "no_such_file.npz"
    monkeypatch.setattr(recipes, "SMALL_ALEXNET_FILE", path)
    with pytest.raises(FileNotFoundError, match=r"no_such_file.npz is missing; get it back with: git checkout -- data"):
        recipes.trained_small_alexnet()


# Its pictures


def test_its_input_has_mean_0_and_spread_1_in_float32():
    x_train, _, _, _ = data.load_fashion()
    x = recipes.fashion_input(x_train)
    assert (x.shape, x.dtype) == ((6000, 1, 28, 28), np.float32)
    assert abs(x.mean()) < 0.02
    assert abs(x.std() - 1) < 0.02


@pytest.mark.parametrize(
    ("images", "words"),
    [
        (np.zeros((28, 28)), r"clothes are \(N, 28, 28\), not \(28, 28\)"),
        (np.zeros((0, 28, 28)), "empty"),
        (np.full((1, 28, 28), 256.0), "pixels lie from 0 to 255; these from 256 to 256"),
    ],
)
def test_other_pictures_are_refused(images, words):
    with pytest.raises(ValueError, match=words):
        recipes.fashion_input(images)


def test_the_missing_package_is_named_with_how_to_install_it(tmp_path):
    with pytest.raises(FileNotFoundError, match="apt-get install dataset-fashion-mnist"):
        recipes.read_fashion(tmp_path)


def _idx(numbers):
    header = bytes([0, 0, 8, numbers.ndim]) + np.array(numbers.shape, ">u4").tobytes()
    return gzip.compress(header + numbers.astype(np.uint8).tobytes())


def test_files_of_the_mnist_family_are_read_number_by_number(tmp_path):
    numbers = np.arange(24).reshape(2, 3, 4)
    path = tmp_path / "numbers.gz"
    path.write_bytes(_idx(numbers))
    assert_array_equal(recipes._read_idx(path, (2, 3, 4)), numbers)
    with pytest.raises(ValueError, match=re.escape("numbers of the shape (2, 3, 4) instead of (2, 3, 5)")):
        recipes._read_idx(path, (2, 3, 5))
    path.write_bytes(gzip.compress(gzip.decompress(_idx(numbers))[:-1]))
    with pytest.raises(ValueError, match="ends too early"):
        recipes._read_idx(path, (2, 3, 4))


@pytest.mark.skipif(not recipes.FASHION_FOLDER.is_dir(), reason="Debian's dataset-fashion-mnist is not installed")
def test_no_test_picture_was_trained_on():
    images, labels = recipes.read_fashion()
    assert np.bincount(labels).tolist() == [6000] * 10
    known = {hashlib.sha256(image.tobytes()).digest() for image in images}
    x_train, _, x_test, _ = data.load_fashion()
    assert all(hashlib.sha256(image.tobytes()).digest() in known for image in x_train[:100])
    assert not any(hashlib.sha256(image.tobytes()).digest() in known for image in x_test)


# The experiments of lesson 13


def test_without_overlap_the_maps_are_as_large_as_with_it_and_half_as_many_as_in_the_small_alexnet():
    tables = [experiments.table(), experiments.table(overlap=False), TABLE]
    with_it, without, full = ([row.out_shape for row in architectures.summary(t, (1, 28, 28))] for t in tables)
    assert with_it == without
    assert [shape[0] for shape in full[:6]] == [2 * shape[0] for shape in with_it[:6]]


def test_what_no_experiment_has_is_refused_in_words():
    with pytest.raises(ValueError, match="there are 6000 training pictures, not 7000"):
        experiments.training_pictures(7000)
    with pytest.raises(ValueError, match="count must be at least 1"):
        experiments.training_pictures(-1)
    with pytest.raises(ValueError, match="there is no run of 'no droput'; there are everything, no dropout, "):
        experiments.of_variant(experiments.load()["runs"], "no droput", "loss")
    with pytest.raises(ValueError, match="two networks at least, and one mistake at least"):
        experiments.in_common(np.array([[0, 1], [0, 1]]), np.array([0, 1]))


def test_a_network_without_mistakes_shares_none():
    assert experiments.in_common(np.array([[0, 0], [1, 0]]), np.array([0, 0])) == 0


def test_what_is_left_out_is_left_out_and_nothing_else():
    kinds = [kind for _, kind, _ in experiments.table()]
    assert [kind for _, kind, _ in experiments.table(dropout=False)] == [k for k in kinds if k != "Dropout"]
    assert [k for _, k, _ in experiments.table(normalise=False)] == [k for k in kinds if k != "LocalResponseNorm"]


def test_a_short_run_learns_and_the_same_seed_gives_the_same_losses():
    runs = [experiments.train(0, pictures=100, epochs=2)[1] for _ in range(2)]
    assert runs[0].loss == runs[1].loss
    assert runs[0].loss[1] < runs[0].loss[0]
    assert runs[0].learning_rate == pytest.approx([0.02, 0.002])
    constant = experiments.train(0, pictures=100, epochs=2, smaller_steps=False)[1]
    assert constant.learning_rate == [0.02, 0.02]


def test_shares_are_averaged_over_every_group():
    rng = np.random.default_rng(0)
    shares, labels = activations.softmax(rng.normal(size=(3, 20, 4)), axis=2), rng.integers(0, 4, 20)
    pairs = [float(((shares[a] + shares[b]).argmax(axis=1) == labels).mean()) for a, b in ((0, 1), (0, 2), (1, 2))]
    mean, lowest, highest = experiments.together(shares, labels)[1]
    assert_allclose([mean, lowest, highest], [np.mean(pairs), min(pairs), max(pairs)])


@pytest.mark.parametrize(("name", "load"), [("FILE", experiments.load), ("DIGITS_FILE", experiments.digit_runs)])
def test_missing_or_damaged_experiments_say_how_to_get_them_back(name, load, tmp_path, monkeypatch):
    file = tmp_path / "data" / "some.json"
    monkeypatch.setattr(data, "DATA_FOLDER", file.parent)
    monkeypatch.setattr(experiments, name, file)
    with pytest.raises(FileNotFoundError, match=r"data/some\.json is missing; .*git checkout -- data"):
        load()
    file.parent.mkdir()
    file.write_text('{"runs": [', encoding="utf-8")
    with pytest.raises(ValueError, match=r"data/some\.json is damaged .*git checkout -- data/some.json"):
        load()


def test_the_stored_experiments_are_complete():
    stored = experiments.load()
    assert [(run["variant"], run["seed"]) for run in stored["runs"]] == [
        (name, seed) for name in experiments.VARIANTS for seed in experiments.SEEDS
    ]
    assert {len(run["loss"]) for run in stored["runs"]} == {12}
    assert len(stored["together"]) == len(experiments.SEEDS)
    lone = experiments.of_variant(stored["runs"], "everything", "test_accuracy")
    assert stored["together"][0] == pytest.approx([np.mean(lone), min(lone), max(lone)], abs=1e-4)


def test_what_the_lesson_says_of_the_experiments_is_in_their_file():
    stored = experiments.load()
    tested = {n: np.array(experiments.of_variant(stored["runs"], n, "test_accuracy")) for n in experiments.VARIANTS}
    less = {name: 100 * (tested["everything"] - values) for name, values in tested.items()}  # points, seed by seed
    everything = tested["everything"]
    assert 6 < less["no momentum"].mean() < 7
    assert tested["no momentum"].max() < everything.min()
    assert 1.5 < sorted(less["no normalisation"])[0] < sorted(less["no normalisation"])[4] < 5.5
    assert_allclose(sorted(less["no normalisation"])[5:], [16, 20], atol=1)
    assert less["no normalisation"].mean() > less["no momentum"].mean()
    assert 1.5 < less["constant rate"].mean() < 2.5
    assert (less["constant rate"] > 0).sum() == 5
    assert -4.5 < less["no dropout"].mean() < -3.5
    assert tested["no dropout"].min() > everything.max()
    for name in ("no augmentation", "no weight decay", "no overlap"):
        assert abs(less[name].mean()) < 1.2 < np.ptp(less[name])
    assert_allclose(less["no overlap"][[0, 5]], [-1.4, 3.0])
    learnt = np.mean(experiments.of_variant(stored["runs"], "everything", "train_accuracy"))
    assert 0.80 < learnt < 0.81
    (one, _, best), (two, lowest_pair, _), (_, lowest_three, _), *_, (seven, lowest, highest) = stored["together"]
    assert seven - one == pytest.approx(0.01, abs=0.0005)
    assert two - one > 0.6 * (seven - one)
    assert best > seven == lowest == highest
    assert everything.min() < lowest_pair < lowest_three
    assert stored["in_common"] > 0.6
