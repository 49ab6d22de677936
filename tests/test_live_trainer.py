"""The live trainer in Python: the recording, stopping and going on, one training at a time, what it shows."""

import asyncio
import io
import json
import re
import threading

import numpy as np
import pytest
import traitlets
from numpy.testing import assert_allclose, assert_array_equal
from PIL import Image

from course_lib import activations, architectures, convolution, data, network, pooling, recipes, widgets
from course_lib.plots.base import NEGATIVE, POSITIVE, ZERO
from course_lib.widgets import live_run

RECORDED_BLOCKS = 3  # of the recording's losses, trained again


@pytest.fixture
def few(monkeypatch):
    """250 test digits instead of 2,000: mistakes are found sooner."""
    x_train, y_train, x_test, y_test = live_run.digits()
    monkeypatch.setattr(live_run, "digits", lambda: (x_train, y_train, x_test[:250], y_test[:250]))
    monkeypatch.setattr(live_run, "MEASURED", 250)


async def until(condition):
    """Wait, as the page waits, for something that the training brings about."""
    for _ in range(6000):
        if condition():
            return
        await asyncio.sleep(0.01)
    pytest.fail("nothing happened within a minute")


def plain_losses(seed, *parts):
    """The losses of a plain loop: (learning rate, momentum, steps) after one another."""
    x, labels = recipes.digits_input(data.load_mnist()[0]), data.load_mnist()[1]
    rng = np.random.default_rng(seed)
    net = architectures.lenet5(rng)
    sgd = network.SGD(net, *parts[0][:2])
    steps, losses = network.training_steps(net, x, labels, sgd, 32, rng), []
    for sgd.learning_rate, sgd.momentum, count in parts:
        losses += [next(steps) for _ in range(count)]
    return losses


# The recording


def test_it_begins_with_the_recorded_run_and_trains_nothing():
    trainer = widgets.live_trainer()
    assert trainer.curve == json.loads(live_run.RECORD_FILE.read_text())["curve"]
    assert trainer.curve["step"] == 100
    assert trainer.curve["accuracy"][-1][1] > 85
    assert trainer.mistakes["count"] == round(20 * (100 - trainer.mistakes["right"]))
    assert not trainer.running
    assert trainer.losses == []
    assert repr(trainer) == "LiveTrainer(seed=0, learning_rate=0.05, momentum=0.9, digit=7)"


def test_the_recording_is_what_its_seed_and_settings_give():
    steps = RECORDED_BLOCKS * live_run.BLOCK
    settings = live_run.RECORDED
    losses = plain_losses(settings["seed"], (settings["learning_rate"], settings["momentum"], steps))
    means = np.reshape(losses, (RECORDED_BLOCKS, -1)).mean(axis=1)
    assert_allclose(live_run.recording()["curve"]["loss"][:RECORDED_BLOCKS], means, atol=1e-3)


def test_the_recordings_pictures_are_those_of_its_weights():
    net, recorded = live_run.recorded_network(), live_run.recording()
    scores, maps = live_run.look(net, live_run.RECORDED["digit"])
    assert_allclose(recorded["scores"], scores, atol=0.11)
    difference = np.frombuffer(maps, np.uint8).astype(int) - np.frombuffer(recorded["maps"], np.uint8)
    assert np.abs(difference).max() <= 1
    first = architectures.lenet5(np.random.default_rng(live_run.RECORDED["seed"])).layers[0].weight
    assert recorded["filters"] == live_run.filter_colours(first, net.layers[0].weight)
    found = list(live_run.find_mistakes(net))[-1]
    assert abs(found["count"] - recorded["mistakes"]["count"]) <= 2


def test_recording_writes_both_files_and_reads_them_back(tmp_path, monkeypatch, few):
    weights, record = tmp_path / "data" / "weights.npz", tmp_path / "data" / "record.json"
    weights.parent.mkdir()
    monkeypatch.setattr(live_run, "WEIGHTS_FILE", weights)
    monkeypatch.setattr(live_run, "RECORD_FILE", record)
    monkeypatch.setattr(live_run, "RECORDED_STEPS", live_run.EVERY)
    live_run.record()
    monkeypatch.setattr(data, "DATA_FOLDER", tmp_path / "data")
    recorded = live_run.recording.__wrapped__()
    assert recorded["curve"]["step"] == live_run.EVERY
    assert [step for step, _ in recorded["curve"]["accuracy"]] == [0, live_run.EVERY]
    assert recorded["maps"] == live_run.look(live_run.recorded_network.__wrapped__(), 7)[1]
    for path, read in ((record, live_run.recording), (weights, live_run.recorded_network)):
        path.write_bytes(path.read_bytes()[:200])
        with pytest.raises(ValueError, match=f"data/{path.name} is damaged .*git checkout -- data/{path.name}"):
            read.__wrapped__()
        path.unlink()
        with pytest.raises(FileNotFoundError, match=f"data/{path.name} is missing; .*git checkout -- data/{path.name}"):
            read.__wrapped__()


# Training, stopping, going on


def test_the_losses_are_those_of_a_plain_loop_with_the_same_changes_of_settings(few):
    trainer = widgets.live_trainer(seed=1)
    trainer.train(3)
    trainer.learning_rate, trainer.momentum = 0.01, 0.5
    trainer.train(2)
    assert trainer.losses == plain_losses(1, (0.05, 0.9, 3), (0.01, 0.5, 2))
    assert trainer.curve["settings"] == [[0, 0.05, 0.9], [3, 0.01, 0.5]]
    assert trainer.curve["loss"] == [round(sum(trainer.losses) / 5, 4)]
    assert trainer.curve["step"] == 5
    assert trainer.curve["seed"] == 1


def test_a_training_that_was_stopped_and_continued_has_the_losses_of_one_that_was_not(few):
    trainer = widgets.live_trainer(seed=2)

    async def stop_twice():
        trainer.start()
        for steps in (2, 4):
            await until(lambda steps=steps: len(trainer.losses) >= steps)
            trainer.stop()
            reached = len(trainer.losses)
            await until(lambda: trainer.mistakes)
            assert len(trainer.losses) == reached
            trainer.go_on()
            assert trainer.running
            assert trainer.mistakes == {}
        await until(lambda: len(trainer.losses) >= 6)
        trainer.stop()
        await until(lambda: trainer.mistakes)

    asyncio.run(stop_twice())
    assert trainer.losses == plain_losses(2, (0.05, 0.9, len(trainer.losses)))
    assert [step for step, _ in trainer.curve["accuracy"]] == [0]


def test_starting_afresh_while_it_trains_begins_at_the_same_random_weights(few):
    trainer = widgets.live_trainer()

    async def start_twice():
        trainer.start()
        await until(lambda: len(trainer.losses) >= 2)
        first = trainer.losses
        trainer.start()
        assert trainer.losses == []
        await until(lambda: len(trainer.losses) >= 2)
        trainer.stop()
        await until(lambda: trainer.mistakes)
        return first, trainer.losses

    first, second = asyncio.run(start_twice())
    assert first[:2] == second[:2] == plain_losses(0, (0.05, 0.9, 2))


def test_others_get_their_turn_while_it_trains(few):
    turns = 0

    async def count_turns(trainer):
        nonlocal turns
        trainer.start()
        while len(trainer.losses) < 6:
            await asyncio.sleep(0)
            turns += 1
        trainer.stop()

    asyncio.run(count_turns(widgets.live_trainer(seed=3)))
    assert turns > 20


def test_it_stops_after_the_last_step_by_itself(few, monkeypatch):
    monkeypatch.setattr(live_run, "LAST_STEP", 3)
    trainer = widgets.live_trainer(seed=1)

    async def start_and_wait():
        trainer.start()
        await until(lambda: trainer.mistakes)

    asyncio.run(start_and_wait())
    assert (trainer.running, len(trainer.losses)) == (False, 3)


def test_a_loss_that_is_no_number_ends_the_training(few):
    trainer = widgets.live_trainer(seed=1)
    trainer.train(1)
    trainer.network.layers[-1].weight = trainer.network.layers[-1].weight * np.float32(np.nan)

    async def go_on():
        trainer.go_on()
        await until(lambda: not trainer.running)

    asyncio.run(go_on())
    assert "if they came out of training, the steps were too large" in trainer.curve["problem"]
    assert (len(trainer.losses), trainer.mistakes) == (1, {})
    json.dumps(trainer.get_state()["curve"], allow_nan=False)


# One training at a time, and none that nobody sees


@pytest.mark.parametrize("how", ["another starts", "another is made", "closed", "closed by the page"])
def test_a_training_ends_when_another_begins_or_nobody_can_see_it(few, how):
    trainer, other = widgets.live_trainer(seed=1), widgets.live_trainer(seed=2)

    async def begin_and_end():
        trainer.start()
        await until(lambda: len(trainer.losses) >= 1)
        if how == "another starts":
            other.start()
        elif how == "another is made":
            widgets.live_trainer(seed=3)
        elif how == "closed":
            trainer.close()
        else:
            trainer.comm._closed = True
        reached = len(trainer.losses)
        await asyncio.wait_for(trainer._task, 10)
        other.stop()
        assert len(trainer.losses) == reached

    asyncio.run(begin_and_end())


def test_outside_jupyter_start_says_what_would_do():
    trainer = widgets.live_trainer()
    for begin in (trainer.start, trainer.go_on):
        with pytest.raises(RuntimeError, match=r"work in Jupyter; elsewhere train\(steps\) trains at once"):
            begin()
    assert not trainer.running


def test_no_second_training_is_squeezed_into_a_running_one(few):
    async def train_while_running():
        trainer = widgets.live_trainer(seed=1)
        trainer.start()
        with pytest.raises(RuntimeError, match="running already: stop it first"):
            trainer.train(1)
        trainer.stop()

    asyncio.run(train_while_running())


def test_the_pages_buttons_do_what_they_say_and_are_confirmed(few):
    trainer = widgets.live_trainer(digit=3)

    async def press():
        trainer.set_state({"pressed": {"n": 1, "what": "start"}})
        assert (trainer.heard, trainer.running) == (1, True)
        await until(lambda: len(trainer.losses) >= 1)
        trainer.set_state({"pressed": {"n": 2, "what": "stop"}})
        assert (trainer.heard, trainer.running) == (2, False)
        trainer.set_state({"pressed": {"n": 3, "what": "go on"}})
        assert (trainer.heard, trainer.running) == (3, True)
        trainer.set_state({"pressed": {"n": 4, "what": "dance"}})
        assert (trainer.heard, trainer.running) == (4, True)
        trainer.set_state({"digit": 5, "pressed": {"n": 5, "what": "reset"}})
        assert (trainer.heard, trainer.running, trainer.digit) == (5, False, 3)
        assert trainer.curve == live_run.recording()["curve"]

    asyncio.run(press())


def test_the_page_may_be_answered_in_another_thread_than_the_one_that_trains(few):
    trainer = widgets.live_trainer(seed=1)
    begun = threading.Event()

    async def train():
        trainer.start()
        begun.set()
        await trainer._task

    thread = threading.Thread(target=asyncio.run, args=(train(),))
    thread.start()
    assert begun.wait(30)
    for n in range(60):
        trainer.set_state({"digit": n, "pressed": {"n": n, "what": "dance"}})
    trainer.set_state({"pressed": {"n": 60, "what": "stop"}})
    thread.join(30)
    assert not thread.is_alive()
    assert (trainer.running, trainer.heard, trainer.shown["digit"]) == (False, 60, 59)
    assert trainer.maps[:784] == data.load_mnist()[2][59].tobytes()
    assert trainer.losses == plain_losses(1, (0.05, 0.9, max(1, len(trainer.losses))))[: len(trainer.losses)]


# What it shows


def test_the_maps_are_those_of_the_layers():
    trainer = widgets.live_trainer(digit=31)
    net, x = trainer.network, recipes.digits_input(data.load_mnist()[2][31:32])
    c1 = activations.tanh(convolution.conv2d(x, net.layers[0].weight, net.layers[0].bias))
    s2 = pooling.avg_pool2d(c1, 2)
    c3 = activations.tanh(convolution.conv2d(s2, net.layers[3].weight, net.layers[3].bias))
    seen = np.frombuffer(trainer.maps, np.uint8).astype(float)
    assert_array_equal(seen[:784].reshape(28, 28), data.load_mnist()[2][31])
    assert_allclose(seen[784:], 127.5 * (np.concatenate([c1.ravel(), c3.ravel()]) + 1), atol=0.51)
    assert trainer.shown["digit"] == 31
    assert trainer.shown["truth"] == data.load_mnist()[3][31]
    expected = 100 * activations.softmax(net.forward(x).astype(float))[0]
    assert_allclose(trainer.shown["scores"], expected, atol=0.051)


def test_a_digit_picked_while_it_trains_is_shown_with_the_next_slice(few):
    trainer = widgets.live_trainer(seed=1)

    async def pick():
        trainer.start()
        await until(lambda: len(trainer.losses) >= 1)
        trainer.digit = 20
        await until(lambda: trainer.shown["digit"] == 20)
        assert trainer.running
        trainer.stop()

    asyncio.run(pick())
    assert trainer.maps[:784] == data.load_mnist()[2][20].tobytes()


def test_filters_have_one_scale_and_their_signs_colours():
    first, now = np.zeros((2, 6, 1, 5, 5))
    first[0, 0, 0, 0], now[5, 0, 4, 4], now[5, 0, 4, 3] = -2.0, 2.0, 1.0
    colours = np.frombuffer(live_run.filter_colours(first, now), np.uint8).reshape(12, 5, 5, 3)
    assert tuple(colours[0, 0, 0]) == NEGATIVE
    assert tuple(colours[11, 4, 4]) == POSITIVE
    assert tuple(colours[3, 2, 2]) == ZERO
    assert_allclose(colours[11, 4, 3], (np.array(ZERO) + POSITIVE) / 2, atol=0.51)


def test_before_the_first_step_both_rows_of_filters_are_the_same_and_nothing_is_measured():
    trainer = widgets.live_trainer(seed=4)
    assert trainer.filters[:450] == trainer.filters[450:]
    assert (trainer.curve["step"], trainer.curve["accuracy"], trainer.mistakes) == (0, [], {})


def test_mistakes_are_mistakes_and_the_worst_come_first():
    net = live_run.recorded_network()
    found = list(live_run.find_mistakes(net))[-1]
    _, _, images, labels = data.load_mnist()
    logits = net.forward(recipes.digits_input(images))
    assert found["right"] == pytest.approx(100 * (logits.argmax(axis=1) == labels).mean())
    numbers = [fault["number"] for fault in found["worst"]]
    log_share = activations.log_softmax(logits.astype(float))[np.arange(2000), labels]
    wrong = np.flatnonzero(logits.argmax(axis=1) != labels)
    assert_allclose(log_share[numbers], np.sort(log_share[wrong])[: live_run.WORST], rtol=1e-5)
    for fault in found["worst"]:
        assert fault["truth"] == labels[fault["number"]]
        assert fault["says"] == logits[fault["number"]].argmax() != fault["truth"]
        assert fault["percent"] >= fault["of_truth"]
    assert live_run.mistake_pixels(found) == images[numbers].tobytes()


def test_the_curve_of_the_longest_training_is_small(monkeypatch):
    run = live_run.Run(0, 0.05, 0.9)
    run.losses = [0.1234567] * live_run.LAST_STEP
    run.accuracy = [[step, 98.4] for step in range(0, live_run.LAST_STEP + 1, live_run.EVERY)]
    assert run.is_over
    assert len(json.dumps(run.curve())) < 15_000


@pytest.mark.parametrize("state", [{}, {"digit": 40}, {"seed": 3, "learning_rate": 0.2, "momentum": 0.0}])
def test_it_can_be_made_again_from_its_own_state(state):
    trainer = widgets.live_trainer(**state)
    again = widgets.LiveTrainer(**{name: getattr(trainer, name) for name in trainer.state})
    assert repr(again) == repr(trainer)
    for name in ("curve", "shown", "filters", "maps", "mistakes", "faults"):
        assert getattr(again, name) == getattr(trainer, name), name


def test_its_stored_state_is_small_enough_to_share_a_notebook():
    sizes = []
    for explorer in (widgets.live_trainer(), widgets.draw_a_digit()):
        state = explorer.get_state()
        text = {name: value for name, value in state.items() if not isinstance(value, bytes)}
        sizes.append(len(json.dumps(text)) + sum(len(state[name]) * 4 / 3 for name in state.keys() - text.keys()))
    assert sum(sizes) < 150_000


def test_reset_brings_the_recording_back(few):
    trainer = widgets.live_trainer()
    trainer.train(1)
    trainer.learning_rate = 0.1
    trainer.reset()
    assert repr(trainer) == repr(widgets.live_trainer())
    assert trainer.curve["recorded"]
    assert trainer.losses == []


def test_it_shows_a_still_picture():
    with Image.open(io.BytesIO(widgets.live_trainer().still().png())) as picture:
        assert picture.size == (640, 400)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("learning_rate", 0, "learning_rate lies above 0 and is at most 1; 0.0 came"),
        ("learning_rate", 1.5, "1.5 came"),
        ("learning_rate", float("nan"), "nan came"), ("learning_rate", "fast", "fast"),
        ("momentum", 1, "momentum lies from 0 to below 1; 1.0 came"), ("momentum", -0.1, "-0.1 came"),
        ("digit", 2000, "digit"), ("digit", -1, "digit"), ("seed", -1, "seed"), ("seed", 0.5, "seed"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_in_words(name, value, words):
    trainer = widgets.live_trainer()
    before = repr(trainer)
    with pytest.raises(traitlets.TraitError, match=re.escape(words)):
        setattr(trainer, name, value)
    assert repr(trainer) == before
