"""The pooling explorer in Python: its numbers are those of course_lib, and what it refuses."""

import re

import numpy as np
import pytest
import traitlets
from numpy.testing import assert_allclose, assert_array_equal

from course_lib import data, filters, pooling, widgets
from course_lib.gradcheck import numerical_gradient
from course_lib.widgets import base
from course_lib.widgets.pooling_explorer import CROP, DIRECTIONS, KINDS, POWERS, functions, presets

EXAMPLE = data.pooling_example()[None, None]


def test_the_presets_are_the_example_a_photograph_its_edges_and_ties():
    explorer = widgets.pooling_explorer()
    assert_array_equal(explorer.cells, EXAMPLE[0, 0])
    camera = data.load_image("camera")
    explorer.preset = "photograph (camera)"
    assert_array_equal(explorer.cells, camera[CROP])
    explorer.preset = "edges in the photograph"
    strength, _ = filters.sobel_gradient(camera)
    assert_array_equal(explorer.cells, strength[CROP].round())
    ties = np.array(presets()["equal numbers"])
    assert ((pooling.max_pool2d(ties[None, None], 2) == ties.max()).sum(), (ties == 3).sum()) == (2, 4)


@pytest.mark.parametrize(
    ("state", "result", "grad_x"),
    [
        ({"kind": "max"}, [6, 8, 3, 4], [0, 0, 0, 0, 0, 1, 0, 2, 3, 0, 0, 0, 0, 0, 0, 4]),
        ({"kind": "mean"}, [3.25, 5.25, 2, 2], np.repeat([[1, 1, 2, 2], [3, 3, 4, 4]], 2, axis=0).ravel() / 4),
        ({"kind": "sum"}, [13, 21, 8, 8], np.repeat([[1, 1, 2, 2], [3, 3, 4, 4]], 2, axis=0).ravel()),
        ({"kind": "p-norm", "p": 1}, [3.25, 5.25, 2, 2], None),
        ({"kind": "L2"}, np.sqrt([63, 133, 18, 26]), None),
        ({"kind": "p-norm", "p": "max"}, [6, 8, 3, 4], [0, 0, 0, 0, 0, 1, 0, 2, 3, 0, 0, 0, 0, 0, 0, 4]),
    ],
)
def test_results_and_gradients_by_hand(state, result, grad_x):
    explorer = widgets.pooling_explorer(upstream="1, 2, 3", **state)
    assert_allclose(explorer.result.ravel(), result, rtol=1e-12)
    assert explorer.grad_out.tolist() == [[[[1, 2], [3, 4]]]]
    if grad_x is not None:
        assert_allclose(explorer.grad_x.ravel(), grad_x, rtol=1e-12)


@pytest.mark.parametrize(("kind", "p"), [*((k, 5) for k in KINDS[:-1]), *((KINDS[-1], p) for p in POWERS)])
def test_every_kind_agrees_with_central_differences(kind, p):
    x = np.random.default_rng(4).permutation(np.arange(-14.0, 16.0)).reshape(1, 1, 5, 6) + 0.25  # no ties, no zeros
    forward, backward = functions(kind, p, kernel_size=3, stride=2)
    weights = np.arange(1.0, 5).reshape(1, 1, 2, 2)
    nudged = numerical_gradient(lambda changed: (weights * forward(changed)).sum(), x)
    assert_allclose(backward(weights, x), nudged, rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize("shift", DIRECTIONS)
def test_a_shift_moves_the_picture_by_one_cell_and_repeats_the_edge(shift):
    moved = widgets.pooling_explorer(shift=shift).map[0, 0]
    down, right = DIRECTIONS[shift]
    rows, columns = (np.clip(np.arange(4) - by, 0, 3) for by in (down, right))
    assert_array_equal(moved, EXAMPLE[0, 0][np.ix_(rows, columns)])


def test_cells_of_ones_own_make_the_preset_own_numbers_and_reset_brings_the_example_back():
    explorer = widgets.pooling_explorer()
    explorer.cells = np.ones((5, 6))
    assert (explorer.preset, explorer.result.shape) == ("own numbers", (1, 1, 2, 3))
    assert explorer.cells == [[1.0] * 6] * 5
    explorer.preset = "equal numbers"
    assert explorer.cells == presets()["equal numbers"]
    explorer.reset()
    assert repr(explorer) == repr(widgets.pooling_explorer())
    own = widgets.pooling_explorer(cells=np.eye(4))
    assert (own.preset, own.cells) == ("own numbers", np.eye(4).tolist())


@pytest.mark.parametrize("state", [{}, {"kind": "p-norm", "p": "max", "gradient": True}, {"cells": np.eye(4)}])
def test_it_can_be_made_again_from_its_own_state(state):
    explorer = widgets.pooling_explorer(**state)
    again = widgets.PoolingExplorer(**{name: getattr(explorer, name) for name in explorer.state})
    assert repr(again) == repr(explorer)
    assert re.fullmatch(r"PoolingExplorer\(preset=.*, step=0\)", repr(explorer))


def test_the_still_picture_shows_the_gradient_where_the_explorer_does():
    assert len(widgets.pooling_explorer().still().axes) == 2
    figure = widgets.pooling_explorer(gradient=True, kind="p-norm", p=7).still()
    assert repr(figure) == (
        "<figure: the grid, first window framed, pooled (p-norm, p = 7), gradient at the grid, gradient at the result>"
    )


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("cells", np.ones((3, 4)), "4 to 10 rows and columns"),
        ("cells", np.ones((4, 11)), "4 to 10 rows and columns"),
        ("cells", [[1, 2], [3]], r"not \[\[1, 2\], \[3\]\]"),
        ("cells", np.full((4, 4), np.nan), "numbers from -1000 to 1000"),
        ("cells", np.full((4, 4), 1001), "numbers from -1000 to 1000"),
        ("cells", "numbers", "not 'numbers'"),
        ("preset", "lena", "there is no grid 'lena'; there are the source's example, photograph"),
        ("kind", "median", "p-norm"),
        ("p", 6, "p"),
        ("kernel_size", 5, "kernel_size"),
        ("stride", 0, "stride"),
        ("shift", "away", "left"),
        ("step", -1, "step"),
    ],
)
def test_what_it_cannot_show_is_refused_in_words(name, value, words):
    explorer = widgets.pooling_explorer()
    before = repr(explorer)
    with pytest.raises(traitlets.TraitError, match=words):
        setattr(explorer, name, value)
    assert repr(explorer) == before


def test_the_drawing_code_computes_no_pooling():
    source = (base.HERE / "pooling_explorer.js").read_text(encoding="utf-8")
    assert re.findall(r"\*\*|\.reduce\(|Math\.(max|pow|abs|sqrt)", source) == []
