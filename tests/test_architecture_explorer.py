"""The architecture explorer and its figure, in Python."""

import json

import pytest
import traitlets

from course_lib import architectures, widgets
from course_lib.plots import architecture as plots
from course_lib.widgets.architecture_explorer import ADDED, MOST_LAYERS, OWN, PRESETS, RULES

TOTALS = {
    "one tower 227": 62_378_344, "paper 224": 49_430_888, "two-tower 227 (Caffe)": 60_965_224,
    "torchvision 224": 61_100_840, "same padding 224": 62_378_344, "LeNet-5 32": 61_706,
}  # fmt: skip
SMALL = [("c", "Conv2d", {"out_channels": 2, "kernel_size": 3}), ("p", "MaxPool2d", {"kernel_size": 2})]


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_fits_and_has_its_known_number_of_parameters(preset):
    explorer = widgets.architecture_explorer(preset)
    assert explorer.refusal == ""
    assert len(explorer.summary) == len(explorer.table)
    assert explorer.summary.parameters == TOTALS[preset]
    assert repr(explorer) == f"ArchitectureExplorer(preset={preset!r}, picked=0)"


def test_the_presets_are_the_librarys_tables():
    two_towers, lenet = architectures.alexnet_table("two_tower"), architectures.lenet5_table()
    expected = {
        "one tower 227": (architectures.alexnet_table(), (3, 227, 227)),
        "paper 224": (two_towers, (3, 224, 224)),
        "two-tower 227 (Caffe)": (two_towers, (3, 227, 227)),
        "torchvision 224": (architectures.alexnet_table("torchvision"), (3, 224, 224)),
        "same padding 224": (architectures.alexnet_table("same"), (3, 224, 224)),
        "LeNet-5 32": (lenet, (1, 32, 32)),
    }
    assert list(expected) == list(PRESETS)
    for name, (table, shape) in expected.items():
        explorer = widgets.architecture_explorer(name)
        assert explorer.input_shape == shape
        assert explorer.summary == architectures.summary(table, shape)


def test_what_is_left_out_of_a_row_is_what_the_layer_takes_itself():
    table = [*SMALL, ("n", "LocalResponseNorm", {"size": 3})]
    explorer = widgets.architecture_explorer(table=table, size=40)
    assert explorer.table == [
        ["c", "Conv2d", {"out_channels": 2, "kernel_size": 3, "stride": 1, "padding": 0, "groups": 1}],
        ["p", "MaxPool2d", {"kernel_size": 2, "stride": 2, "padding": 0}],
        ["n", "LocalResponseNorm", {"size": 3, "alpha": 1e-4, "beta": 0.75, "k": 1.0}],
    ]
    assert explorer.summary == architectures.summary(table, (3, 40, 40))
    settings = explorer.table[2][2]
    assert architectures.build(table, (3, 40, 40)).layers[2].settings == settings


def test_preset_table_size_and_channels_follow_one_another():
    explorer = widgets.architecture_explorer()
    explorer.size = 224
    assert explorer.preset == OWN
    explorer.preset = "torchvision 224"
    assert (explorer.summary.parameters, explorer.size) == (61_100_840, 224)
    explorer.picked = 20
    explorer.preset = "LeNet-5 32"
    assert (explorer.channels, explorer.size, explorer.picked) == (1, 32, 11)
    explorer.channels = 3
    assert (explorer.preset, explorer.summary.parameters) == (OWN, 62_006)
    explorer.table = [list(row) for row in architectures.alexnet_table()]
    explorer.size = 227
    assert explorer.preset == "one tower 227"
    explorer.preset = OWN
    assert explorer.preset == "one tower 227"  # the name follows from the table
    explorer.reset()
    assert repr(explorer) == repr(widgets.architecture_explorer())


@pytest.mark.parametrize(
    "state",
    [
        {},
        {"preset": "paper 224", "picked": 7},
        {"preset": "paper 224", "size": 200},
        {"table": SMALL, "size": 64, "channels": 1, "picked": 1},
    ],
)
def test_an_explorer_can_be_made_from_its_own_state(state):
    explorer = widgets.architecture_explorer(**state)
    kept = json.loads(json.dumps({name: getattr(explorer, name) for name in explorer.state}))
    again = widgets.ArchitectureExplorer(**kept)
    assert repr(again) == repr(explorer)
    assert again.get_state(explorer.state) == explorer.get_state(explorer.state)
    assert again.initial == explorer.initial


def test_a_preset_with_another_size_is_a_table_of_ones_own():
    explorer = widgets.architecture_explorer("paper 224", size=200)
    assert (explorer.preset, explorer.size) == (OWN, 200)
    assert explorer.table == PRESETS["paper 224"]["table"]
    assert "table=[['conv1', 'Conv2d'" in repr(explorer)
    assert "\n" not in repr(explorer)


def test_what_does_not_fit_is_said_and_what_stands_before_is_summed_up():
    explorer = widgets.architecture_explorer(size=60)
    assert explorer.refusal.startswith(
        "layer pool3: a kernel that spans 3 pixels does not fit into 2 + 0 + 0 = 2 pixels"
    )
    assert [row.name for row in explorer.summary][-1] == "relu5"
    assert explorer.summary == architectures.summary(explorer.table[:14], (3, 60, 60))


def own(settings, kind="Conv2d"):
    return {"table": [("a", kind, settings)]}


CONV = {"out_channels": 4, "kernel_size": 3}


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ({"table": "AlexNet"}, r"1 to 40 rows \(name, kind, settings\), not 'AlexNet'"),
        ({"table": []}, "1 to 40 rows .* not 0 rows"),
        ({"table": [(f"r{n}", "ReLU", {}) for n in range(MOST_LAYERS + 1)]}, "1 to 40 rows .* not 41 rows"),
        ({"table": [("a", "ReLU")]}, r'a row is \(name, kind, settings\), as \("relu1", "ReLU", {}\), not'),
        ({"table": [("a", "ReLU", {})] * 2}, "each layer has its own name, but 'a' comes 2 times"),
        ({"table": [("<b>", "ReLU", {})]}, "1 to 16 letters, .* not '<b>'"),
        ({"table": [("a" * 17, "ReLU", {})]}, "1 to 16 letters"),
        ({"table": [(7, "ReLU", {})]}, "not 7"),
        (own({}, "BatchNorm2d"), "layer a: the explorer knows the kinds Conv2d, .* not 'BatchNorm2d'"),
        (own({}, 3), "not 3"),
        (own({"kernel_size": 3}), "layer a needs out_channels: a number from 1 to 4096"),
        (own({**CONV, "dilation": 2}), "a Conv2d has out_channels, kernel_size, .* not 'dilation'"),
        (own({"p": 0.5}, "ReLU"), "a ReLU has no settings in this explorer, not 'p'"),
        (own({**CONV, "stride": 0}), "layer a: stride goes from 1 to 16 in this explorer, not 0"),
        (own({**CONV, "kernel_size": (3, 3)}), r"kernel_size is a whole number, not \(3, 3\)"),
        (own({**CONV, "kernel_size": True}), "kernel_size is a whole number, not True"),
        (own({**CONV, "padding": "full"}), r"""padding is a whole number \(or "same"\), not 'full'"""),
        (own({**CONV, "out_channels": 2.0}), "out_channels is a whole number, not 2.0"),
        (own({"p": "half"}, "Dropout"), "p is a number, not 'half'"),
        (own({"p": float("nan")}, "Dropout"), "p goes from 0.0 to 0.95 in this explorer, not nan"),
        (own({"size": 4}, "LocalResponseNorm"), "so it is odd; 4 came"),
        ({"size": 31}, "size is a whole number of pixels from 32 to 320, not 31"),
        ({"size": 227.5}, "not 227.5"),
        ({"channels": 2}, r"channels is 1 \(grey\) or 3 \(colour\), not 2"),
        ({"picked": 23}, "picked is a row's number from 0 to 22, not 23"),
        ({"picked": -1}, "from 0 to 22, not -1"),
        ({"preset": "VGG"}, "preset is one of one tower 227, .*, your own, not 'VGG'"),
    ],
)
def test_what_it_cannot_show_is_refused_in_words(state, words):
    explorer = widgets.architecture_explorer()
    before = repr(explorer), explorer.get_state(explorer.state)
    (name, value), *_ = state.items()
    with pytest.raises(traitlets.TraitError, match=words):
        setattr(explorer, name, value)
    assert (repr(explorer), explorer.get_state(explorer.state)) == before
    with pytest.raises(traitlets.TraitError, match=words):
        widgets.architecture_explorer(**state)


def test_a_layer_put_in_by_hand_obeys_the_rules():
    assert list(ADDED) == list(RULES)
    for kind, (stem, settings) in ADDED.items():
        explorer = widgets.architecture_explorer(table=[(f"{stem}1", kind, settings)])
        assert explorer.table == [[f"{stem}1", kind, settings]]


def test_the_stored_state_without_the_code_is_small():
    state = widgets.architecture_explorer().get_state()
    assert sum(len(json.dumps(value)) for name, value in state.items() if name not in ("_esm", "_css")) < 20_000


def texts(axes):
    return [text.get_text() for text in axes.texts]


def test_the_still_picture_shows_the_volumes_and_the_table():
    explorer = widgets.architecture_explorer("LeNet-5 32")
    boxes, table = explorer.still().axes
    names = ["input", "C1", "S2", "C3", "S4", "C5", "flatten", "F6", "output"]
    assert [text.split("\n")[0] for text in texts(boxes)] == names
    assert texts(boxes)[1] == "C1\n6 \u00d7 28 \u00d7 28"
    assert texts(table) == [str(explorer.summary)]
    heights = [patch.get_height() for patch in boxes.patches if hasattr(patch, "get_height")]
    assert heights == sorted(heights, reverse=True)
    assert len(explorer.still().png()) < 40_000


def test_the_still_picture_of_what_does_not_fit_says_why():
    explorer = widgets.architecture_explorer(size=60)
    assert explorer.refusal in texts(explorer.still().axes[1])[0]
    figure = plots.volumes(architectures.Summary(), (3, 32, 32), "layer a: no")
    assert texts(figure.axes[0]) == ["input\n3 \u00d7 32 \u00d7 32"]
