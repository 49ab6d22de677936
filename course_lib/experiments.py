"""Lesson 12's experiment: LeNet-5's recipe with three seeds. Lesson 13's: one small network, trained with all of
AlexNet's tricks and without each of them in turn.

    python -m course_lib.experiments

trains them all again, each on one core of the processor, and writes data/experiments/digits.json and fashion.json.
"""

import concurrent.futures
import itertools
import json

import numpy as np
import threadpoolctl

from course_lib import activations, architectures, augmentation, data, network, recipes
from course_lib.shapes import whole_number

DIGITS_FILE = data.DATA_FOLDER / "experiments" / "digits.json"
DIGITS_SEEDS = range(3)
FILE = data.DATA_FOLDER / "experiments" / "fashion.json"
VARIANTS = {  # what is left out of train()
    "everything": {},
    "no dropout": {"dropout": False},
    "no augmentation": {"augment": False},
    "no weight decay": {"weight_decay": 0.0},
    "no momentum": {"momentum": 0.0},
    "constant rate": {"smaller_steps": False},
    "no normalisation": {"normalise": False},
    "no overlap": {"overlap": False},
}
SEEDS = range(7)


def table(dropout=True, normalise=True, overlap=True):
    """The small AlexNet's table with half as many filters, as a list of rows, without what is not wanted.

    Without overlap the pooling windows are 2 x 2 instead of 3 x 3; the maps are as large as before.

    >>> [name for name, kind, _ in table(dropout=False, normalise=False) if kind != "ReLU"]
    ['conv1', 'pool1', 'conv2', 'pool2', 'conv3', 'flatten', 'fc4', 'fc5', 'fc6']
    """
    rows = []
    for name, kind, settings in architectures.small_alexnet_table():
        if (kind == "Dropout" and not dropout) or (kind == "LocalResponseNorm" and not normalise):
            continue
        if kind == "MaxPool2d" and not overlap:
            settings = {**settings, "kernel_size": 2}
        if kind == "Conv2d":
            settings = {**settings, "out_channels": settings["out_channels"] // 2}
        rows.append((name, kind, settings))
    return rows


def train(seed, pictures=1000, epochs=12, *, dropout=True, normalise=True, overlap=True, augment=True, momentum=0.9,
          smaller_steps=True, weight_decay=5e-4, progress=False):  # fmt: skip
    """The network with half as many filters, on some training pictures of load_fashion(): (network, History).

    With smaller_steps the learning rate falls to a tenth after three quarters of the epochs. seed decides the weights,
    the order of the pictures and what augmentation and dropout draw; the pictures are the same for every seed.
    """
    x_train, y_train = training_pictures(pictures)
    rng = np.random.default_rng(seed)
    net = architectures.build(table(dropout, normalise, overlap), (1, 28, 28), rng)
    sgd = network.SGD(net, learning_rate=0.02, momentum=momentum, weight_decay=weight_decay)
    history = network.fit(
        net, x_train, y_train, sgd, epochs, 32, rng,
        schedule=network.StepLR(max(1, 3 * epochs // 4)) if smaller_steps else None,
        augment=augmentation.compose(recipes.one_pixel, augmentation.flip) if augment else None, progress=progress,
    )  # fmt: skip
    return net, history


def training_pictures(count):
    """So many of the 6,000 training pictures of load_fashion(), always the same, ready for the network: (x, labels).

    >>> x, labels = training_pictures(100)
    >>> x.shape, labels.shape
    ((100, 1, 28, 28), (100,))
    """
    x_train, y_train, _, _ = data.load_fashion()
    if whole_number("count", count, 1) > len(x_train):
        raise ValueError(f"there are {len(x_train)} training pictures, not {count}")
    chosen = np.random.default_rng(0).permutation(len(x_train))[:count]
    return recipes.fashion_input(x_train[chosen]), y_train[chosen]


def together(shares, labels):
    """[(mean, lowest, highest) accuracy of k networks whose shares are averaged, over all groups of k] for k = 1, 2 ...

    shares (networks, N, classes): what each network's softmax gives each class.

    >>> right, wrong = [[0.9, 0.1]], [[0.4, 0.6]]
    >>> together(np.array([right, wrong, right]), np.array([0]))
    [(0.6666666666666666, 0.0, 1.0), (1.0, 1.0, 1.0), (1.0, 1.0, 1.0)]
    """
    found = []
    for k in range(1, len(shares) + 1):
        groups = itertools.combinations(range(len(shares)), k)
        accuracies = [float((shares[list(g)].mean(axis=0).argmax(axis=1) == labels).mean()) for g in groups]
        found.append((sum(accuracies) / len(accuracies), min(accuracies), max(accuracies)))
    return found


def in_common(answers, labels):
    """The share of one network's mistakes that another makes too, the very same wrong answer, over all pairs of them.

    answers (networks, N): what each takes each example for. One without mistakes has none to share, and is left out.

    >>> in_common(np.array([[1, 0, 2], [1, 3, 0]]), np.array([0, 0, 0]))
    0.5
    """
    shares = []
    for one, other in itertools.permutations(np.asarray(answers), 2):
        wrong = one != labels
        if wrong.any():
            shares.append((one[wrong] == other[wrong]).mean())
    if not shares:
        raise ValueError("two networks at least, and one mistake at least, are needed to compare mistakes")
    return float(np.mean(shares))


def digit_runs():
    """What recipes.train_lenet5 gave with each of three seeds: [{"seed", "loss", "test_accuracy"}, ...].

    The mean loss on the training digits of each epoch, and the share of the 2,000 test digits read right after it.

    >>> [len(run["test_accuracy"]) for run in digit_runs()]
    [12, 12, 12]
    """
    return data.read_bundled(DIGITS_FILE, lambda path: json.loads(path.read_text(encoding="utf-8")))


def load():
    """What the experiments gave: {"runs": one for each variant and seed, "together" and "in_common": what the functions
    of these names say of the networks with everything}. A run is {"variant", "seed", "loss": of each epoch,
    "train_accuracy", "test_accuracy"}, both accuracies of the finished network, in use: on the 1,000 pictures it learnt
    from, and on the 1,000 for tests.

    >>> sorted(load())
    ['in_common', 'runs', 'together']
    """
    return data.read_bundled(FILE, lambda path: json.loads(path.read_text(encoding="utf-8")))


def of_variant(runs, variant, measure):
    """A measure of a variant's runs, seed by seed.

    >>> of_variant([{"variant": "a", "loss": 2}, {"variant": "b", "loss": 0}], "a", "loss")
    [2]
    """
    found = [run[measure] for run in runs if run["variant"] == variant]
    if not found:
        raise ValueError(f"there is no run of {variant!r}; there are {', '.join({run['variant']: 0 for run in runs})}")
    return found


def main():
    """Train everything and write both files."""
    names, seeds = zip(*itertools.product(VARIANTS, SEEDS), strict=True)
    with concurrent.futures.ProcessPoolExecutor() as workers:
        digits = list(workers.map(_digit_run, DIGITS_SEEDS))
        runs, shares = zip(*workers.map(_run, names, seeds), strict=True)
    shares = np.array(shares[: len(SEEDS)])  # of the first variant, with everything
    _, _, _, labels = data.load_fashion()
    rows = [[round(value, 4) for value in row] for row in together(shares, labels)]
    result = {"runs": runs, "together": rows, "in_common": round(in_common(shares.argmax(axis=2), labels), 4)}
    FILE.parent.mkdir(exist_ok=True)
    DIGITS_FILE.write_text(json.dumps(digits) + "\n", encoding="utf-8")
    FILE.write_text(json.dumps(result) + "\n", encoding="utf-8")


def _digit_run(seed):
    with threadpoolctl.threadpool_limits(1):  # sums are then rounded alike, however many cores there are
        _, history = recipes.train_lenet5(seed)
    print(f"LeNet-5, seed {seed}: {history.validation_accuracy[-1]:.2%} right", flush=True)
    loss = [round(float(loss), 4) for loss in history.loss]
    return {"seed": seed, "loss": loss, "test_accuracy": [round(float(a), 4) for a in history.validation_accuracy]}


def _run(name, seed):
    """(a run as load() has it, what its network gives each class of each test picture)."""
    _, _, x_test, y_test = data.load_fashion()
    with threadpoolctl.threadpool_limits(1):  # sums are then rounded alike, however many cores there are
        net, history = train(seed, **VARIANTS[name])
        shares = activations.softmax(net.forward(recipes.fashion_input(x_test)))
        learnt = network.evaluate(net, *training_pictures(1000))[1]
    right = float((shares.argmax(axis=1) == y_test).mean())
    print(f"{name}, seed {seed}: {learnt:.1%} learnt, {right:.1%} right", flush=True)
    loss = [round(float(loss), 4) for loss in history.loss]
    return {"variant": name, "seed": seed, "loss": loss, "train_accuracy": learnt, "test_accuracy": right}, shares


if __name__ == "__main__":
    main()
