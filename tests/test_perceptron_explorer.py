"""The perceptron explorer in Python: what it plays is what course_lib computes, and what it refuses."""

import json
import re

import numpy as np
import pytest
import traitlets
from numpy.testing import assert_allclose, assert_array_equal

from course_lib import data, perceptron, widgets
from course_lib.widgets import base
from course_lib.widgets.perceptron_explorer import MAX_EPOCHS, MAX_UPDATES, PAIRS, PRESETS, WIDTH_TO_HEIGHT


def examples_of(preset, standardised):
    if preset in perceptron.GATES:
        return perceptron.gate(preset)
    species, features = PAIRS[preset]
    x, labels = data.load_penguins(species, features)
    return perceptron.standardise(x) if standardised else x, np.where(labels == 0, 1, -1)


@pytest.mark.parametrize("standardised", [True, False])
@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_plays_the_rule_update_by_update(preset, standardised):
    explorer = widgets.perceptron_explorer(preset, standardised=standardised)
    x, targets = examples_of(preset, standardised)
    assert_array_equal(explorer.plane["x"], x)
    assert explorer.plane["targets"] == targets.tolist()
    training = perceptron.train(x, targets, 0.5, max_epochs=MAX_EPOCHS)
    assert_array_equal(explorer.training.history, training.history)
    assert explorer.training.note == training.note
    last = min(len(training.updates), MAX_UPDATES)
    for step in (0, 1, last - 1, last, last + 1):
        explorer.step = step
        assert_array_equal(explorer.weights, training.history[min(step, last)])


def test_all_points_are_known_to_the_page():
    planes = widgets.perceptron_explorer().planes
    assert [plane["of"] for plane in planes] == [[preset, flag] for preset in PRESETS for flag in (True, False)]
    for plane in planes:
        preset, standardised = plane["of"]
        assert plane == widgets.perceptron_explorer(preset, standardised=standardised).plane
    assert len(json.dumps(planes)) < 50_000


def test_the_three_pairs_are_fast_slow_and_never():
    notes = [widgets.perceptron_explorer(preset).training.note for preset in PAIRS]
    assert notes[0] == "all 274 right in epoch 2, after 2 updates"
    assert notes[1] == "all 191 right in epoch 437, after 885 updates"
    assert notes[2].startswith("stopped after 500 epochs and 2157 updates: the last epoch still had 5 mistakes;")


@pytest.mark.parametrize("standardised", [True, False])
@pytest.mark.parametrize("preset", PRESETS)
def test_all_points_are_in_the_frame_and_right_angles_look_right(preset, standardised):
    explorer = widgets.perceptron_explorer(preset, standardised=standardised)
    (left, right), (bottom, top) = explorer.plane["frame"]
    for x, y in explorer.plane["x"]:
        assert left < x < right
        assert bottom < y < top
    if standardised or preset in perceptron.GATES:
        assert (right - left) / (top - bottom) == pytest.approx(WIDTH_TO_HEIGHT, rel=1e-3)


def test_the_axes_say_what_0_and_1_are_in_millimetres_and_grams():
    explorer = widgets.perceptron_explorer("Gentoo / Chinstrap")
    assert explorer.plane["xlabel"] == "bill length: 0 is 47.98 mm, one step 3.22 mm"
    assert explorer.plane["ylabel"] == "body mass: 0 is 4598 g, one step 792 g"
    explorer.standardised = False
    assert (explorer.plane["xlabel"], explorer.plane["ylabel"]) == ("bill length in mm", "body mass in g")


def test_weights_follow_the_step_and_the_hand():
    explorer = widgets.perceptron_explorer("AND", learning_rate=1.0)
    history = explorer.training.history
    for step in range(len(history) + 3):
        explorer.step = step
        assert_array_equal(explorer.weights, history[min(step, 10)])
    assert not explorer.wrong.any()
    explorer.hand = np.array([-3, 1, 1])
    assert explorer.hand == [-3.0, 1.0, 1.0]
    assert explorer.wrong.tolist() == [False, False, False, True]
    explorer.hand = None
    assert_array_equal(explorer.weights, history[10])


def test_a_new_start_or_learning_rate_is_a_new_training():
    explorer = widgets.perceptron_explorer("OR", learning_rate=0.5)
    explorer.start = (1, -1, 0.5)
    assert explorer.training.history[0].tolist() == [1.0, -1.0, 0.5]
    explorer.learning_rate = 2.0
    expected = perceptron.train(*perceptron.gate("OR"), learning_rate=2.0, weights=[1, -1, 0.5])
    assert_array_equal(explorer.training.history, expected.history)
    explorer.reset()
    assert repr(explorer) == repr(widgets.perceptron_explorer("OR", learning_rate=0.5))
    assert explorer.training.history[0].tolist() == [0.0, 0.0, 0.0]


def test_it_can_be_made_again_from_its_own_state():
    explorer = widgets.perceptron_explorer("XOR", 0.25, step=7, start=[1, 2, 3], hand=[0, 1, -1])
    again = type(explorer)(**{name: getattr(explorer, name) for name in explorer.state})
    assert repr(again) == repr(explorer)
    assert_array_equal(again.weights, explorer.weights)
    assert again.plane == explorer.plane
    assert repr(explorer) == (
        "PerceptronExplorer(preset='XOR', standardised=True, learning_rate=0.25, start=[1.0, 2.0, 3.0], step=7, "
        "hand=[0.0, 1.0, -1.0])"
    )


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("preset", "NAND", "Adelie / Gentoo"),
        ("learning_rate", 0, "the learning rate must be more than 0 and finite, not 0"),
        ("learning_rate", -1.0, "not -1"),
        ("learning_rate", np.nan, "not nan"),
        ("learning_rate", "fast", "learning_rate"),
        ("start", [1, 2], r"three numbers are expected, the bias first, not \[1, 2\]"),
        ("start", None, "three numbers are expected"),
        ("hand", [1, 2, np.nan], "three numbers are expected"),
        ("hand", "line", "not 'line'"),
        ("hand", [[1, 2], [3]], "three numbers are expected"),
        ("step", -1, "step"),
    ],
)
def test_what_the_explorer_cannot_show_is_refused_in_words(name, value, words):
    explorer = widgets.perceptron_explorer()
    before = repr(explorer)
    with pytest.raises(traitlets.TraitError, match=words):
        setattr(explorer, name, value)
    assert repr(explorer) == before


def test_the_still_picture_shows_the_line_and_the_wrong_points():
    explorer = widgets.perceptron_explorer(step=1)
    axes = explorer.still().axes[0]
    assert_allclose(perceptron.net(axes.lines[0].get_xydata(), explorer.weights), 0, atol=1e-12)
    crosses = next(c for c in axes.collections if c.get_label() == "on the wrong side")
    assert len(crosses.get_offsets()) == explorer.wrong.sum() == 11


def test_the_drawing_code_computes_no_unit():
    source = (base.HERE / "perceptron_explorer.js").read_text(encoding="utf-8")
    assert not re.search(r"weights\[\d\] \*|\* weights\[", source)
