"""How the shipped networks were trained: what goes in, the same seed twice, what the weights that come along reach."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from course_lib import architectures, data, experiments, network, recipes


@pytest.fixture(scope="module")
def unseen_digits():
    _, _, images, labels = data.load_mnist()
    return recipes.digits_input(images), labels


@pytest.fixture
def few_digits(monkeypatch):
    """load_mnist() gives 96 + 32 of the digits: a training takes a second."""
    parts = data.load_mnist()
    monkeypatch.setattr(data, "load_mnist", lambda: (parts[0][:96], parts[1][:96], parts[2][:32], parts[3][:32]))


def test_digits_get_two_pixels_of_paper_and_values_from_0_to_2():
    images = np.arange(784, dtype=np.uint8).reshape(1, 28, 28)
    x = recipes.digits_input(images)
    assert (x.shape, x.dtype) == ((1, 1, 32, 32), np.float32)
    assert_array_equal(x[0, 0, 2:-2, 2:-2], (images[0] * (2 / 255)).astype(np.float32))
    frame = np.ones((32, 32), bool)
    frame[2:-2, 2:-2] = False
    assert (x[0, 0][frame] == 0).all()


def test_the_digits_spread_as_the_docstring_says():
    x = recipes.digits_input(data.load_mnist()[0])
    assert x.std() == pytest.approx(0.55, abs=0.05)


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (np.zeros((28, 28)), r"image\[None\] adds the N"),
        (np.zeros((1, 32, 32)), r"not \(1, 32, 32\)"),
        (np.full((1, 28, 28), 256.0), "from 0 to 255"),
        (np.full((1, 28, 28), -1.0), "from 0 to 255"),
        (np.zeros((0, 28, 28)), "empty"),
        (np.full((1, 28, 28), np.nan), "from 0 to 255"),
        (np.full((1, 28, 28), 0.5), "divided by 255 already"),
    ],
)
def test_what_is_no_digit_is_refused(images, message):
    with pytest.raises(ValueError, match=message):
        recipes.digits_input(images)


@pytest.mark.parametrize("images", [np.zeros((1, 28, 28)), np.ones((1, 28, 28), np.uint8)])
def test_dark_pictures_are_pictures(images):
    assert recipes.digits_input(images).shape == (1, 1, 32, 32)


def test_the_same_seed_gives_the_same_losses_and_weights_and_another_seed_others(few_digits):
    first, once = recipes.train_lenet5(seed=3, epochs=2)
    second, again = recipes.train_lenet5(seed=3, epochs=2)
    assert once == again
    assert len(once.loss) == len(once.validation_accuracy) == 2
    assert_array_equal(first.layers[0].weight, second.layers[0].weight)
    assert recipes.train_lenet5(seed=4, epochs=1)[1].loss[0] != once.loss[0]


def test_the_recipe_trains_with_a_falling_learning_rate_on_moved_digits(few_digits, monkeypatch):
    seen = []
    shift = recipes.one_pixel
    monkeypatch.setattr(recipes, "one_pixel", lambda x, rng: seen.append((x, shift(x, rng))) or seen[-1][1])
    _, history = recipes.train_lenet5(epochs=3)
    assert history.learning_rate == pytest.approx([0.05, 0.05 * 0.75, 0.05 * 0.75**2])
    assert all(len(given) == 32 for given, _ in seen)
    moves = {
        next(
            (down, right)
            for down in (-1, 0, 1)
            for right in (-1, 0, 1)
            if np.array_equal(np.roll(one, (down, right), axis=(1, 2)), other)
        )
        for given, moved in seen
        for one, other in zip(given, moved, strict=True)
    }
    assert len(moves) == 9


def test_the_shipped_weights_read_at_least_98_percent_of_the_test_digits(unseen_digits):
    net = recipes.trained_lenet5()
    assert network.evaluate(net, *unseen_digits)[1] >= 0.98
    assert all(layer.training is False for layer in net.layers)
    assert architectures.summary(net, (1, 32, 32)).parameters == 61_706
    assert all(layer.weight.dtype == np.float32 for layer in net.layers if hasattr(layer, "weight"))


def test_the_shipped_weights_are_those_of_the_first_of_the_recorded_runs(unseen_digits):
    runs = experiments.digit_runs()
    assert [run["seed"] for run in runs] == [0, 1, 2]
    assert runs[0]["test_accuracy"][-1] == network.evaluate(recipes.trained_lenet5(), *unseen_digits)[1]


def test_what_lesson_12_says_of_the_recorded_runs_is_in_their_file():
    wrong = np.array([[1 - share for share in run["test_accuracy"]] for run in experiments.digit_runs()])
    assert ((wrong[:, 0] > 0.049) & (wrong[:, 0] < 0.061)).all()
    assert (2000 * wrong[:, -1]).round().tolist() == [34, 33, 31]
    assert wrong[0, -2] < wrong[0, -1]  # seed 0 was better one epoch before the end


def test_a_run_is_recorded_as_the_recipe_gives_it(few_digits):
    _, history = recipes.train_lenet5(seed=5)
    run = experiments._digit_run(5)
    assert run["loss"] == pytest.approx(history.loss, abs=1e-4)
    assert run["test_accuracy"] == pytest.approx(history.validation_accuracy, abs=1e-4)


def test_no_verdict_of_the_shipped_weights_hangs_on_the_last_digits(unseen_digits):
    scores = np.sort(recipes.trained_lenet5().forward(unseen_digits[0]), axis=1)
    assert (scores[:, -1] - scores[:, -2]).min() > 1e-3


def test_the_shipped_files_are_small():
    files = list(recipes.WEIGHTS.glob("*.npz"))
    assert recipes.LENET5_FILE in files
    assert all(path.stat().st_size < 2_000_000 for path in files)


def test_a_missing_or_damaged_file_says_how_to_get_it_back(tmp_path, monkeypatch):
    monkeypatch.setattr(data, "DATA_FOLDER", tmp_path / "data")
    monkeypatch.setattr(recipes, "LENET5_FILE", tmp_path / "data" / "weights" / "lenet5_digits.npz")
    back = "git checkout -- data/weights/lenet5_digits.npz"
    with pytest.raises(FileNotFoundError, match=f"data/weights/lenet5_digits.npz is missing; .*{back}"):
        recipes.trained_lenet5()
    recipes.LENET5_FILE.parent.mkdir(parents=True)
    recipes.LENET5_FILE.write_bytes(b"no weights")
    with pytest.raises(ValueError, match=f"is damaged .*{back}"):
        recipes.trained_lenet5()
    network.save(architectures.lenet5_1998(), recipes.LENET5_FILE)
    with pytest.raises(ValueError, match=f"is damaged .*{back}"):
        recipes.trained_lenet5()


def test_the_command_trains_what_is_named_and_writes_its_weights(few_digits, tmp_path, monkeypatch, capsys):
    path = tmp_path / "new" / "lenet5.npz"
    quick = lambda progress: recipes.train_lenet5(epochs=1, progress=progress)  # noqa: E731
    monkeypatch.setattr(recipes, "RECIPES", {"lenet5": (quick, path)})
    recipes.main(["lenet5"])
    assert "lenet5: test accuracy " in capsys.readouterr().out
    net = architectures.lenet5(np.random.default_rng(9))
    network.load(net, path)
    assert_array_equal(net.layers[0].weight, recipes.train_lenet5(epochs=1)[0].layers[0].weight)


@pytest.mark.parametrize("names", [[], ["lenet"], ["lenet5", "alexnet"]])
def test_the_command_refuses_what_it_cannot_train(names):
    with pytest.raises(SystemExit, match=r"python -m course_lib\.recipes lenet5"):
        recipes.main(names)
