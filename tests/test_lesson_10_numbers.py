"""Every number of lesson 10's topic: what the sources print, what course_lib computes, and the verdict.

A test's name ends with the ids of the numbers that it settles; tests/test_notebooks.py asks that the lesson shows each.
"""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from course_lib import convolution, data, pooling, shapes
from course_lib.plots import pooling as plots

MAPS = data.pooling_example()[None, None]
BLOCKS = ([1, 1, 5, 6], [2, 4, 7, 8], [3, 2, 1, 2], [1, 0, 3, 4])
P5 = [4.865160859405259, 6.614108314378902, 2.3839555034549, 3.1638206216938203]


def test_the_assumed_map_has_the_blocks_and_the_printed_means_POOL_01():
    windows = convolution.im2col(MAPS, 2, stride=2)[0].T
    assert_array_equal(windows, BLOCKS)
    assert pooling.avg_pool2d(MAPS, 2).ravel().tolist() == [3.25, 5.25, 2, 2]


def test_the_maxima_POOL_02():
    assert pooling.max_pool2d(MAPS, 2).ravel().tolist() == [6, 8, 3, 4]


@pytest.mark.parametrize(
    ("block", "printed", "rounded"), [(0, 4.86, 4.87), (1, 8, 6.61), (2, 2.38, 2.38), (3, 3.16, 3.16)]
)
def test_the_fifth_norms_against_what_is_printed_POOL_03_to_06(block, printed, rounded):
    norm = pooling.lp_pool2d(MAPS, 5, 2, mean=True).ravel()[block]
    by_hand = np.mean(np.array(BLOCKS[block], float) ** 5)
    assert by_hand == [2725.75, 12657.75, 77, 317][block]
    assert norm == pytest.approx(by_hand ** (1 / 5), rel=1e-14)
    assert norm == pytest.approx(P5[block], rel=1e-13)
    assert round(norm, 2) == rounded
    assert (round(norm, 2) == printed) == (block in (2, 3))  # the first is cut off, the second is the maximum
    assert np.floor(100 * norm) / 100 == (printed if block != 1 else 6.61)
    assert max(BLOCKS[1]) == 8


def test_the_formula_runs_from_the_mean_to_the_maximum_POOL_07():
    assert_allclose(pooling.lp_pool2d(MAPS, 1, 2, mean=True).ravel(), [3.25, 5.25, 2, 2], rtol=1e-14)
    assert_allclose(pooling.lp_pool2d(MAPS, 5, 2, mean=True).ravel(), P5, rtol=1e-13)
    p50 = [5.835942509384743, 7.781435560050762, 2.9179648424199094, 3.8906198337159745]
    assert_allclose(pooling.lp_pool2d(MAPS, 50, 2, mean=True).ravel(), p50, rtol=1e-13)
    plain = [6.419618241167893, 8.727368243531735, 3.1456481457393184, 4.174686338591412]
    assert_allclose(pooling.lp_pool2d(MAPS, 5, 2).ravel(), plain, rtol=1e-13)
    powers = [1, 1.5, 2, 5, 20, 100, 1000]
    norms = np.array([pooling.lp_pool2d(MAPS, p, 2, mean=True).ravel() for p in powers])
    assert (np.diff(norms, axis=0) > 0).all()
    assert_allclose(norms[-1], [6, 8, 3, 4], rtol=2e-3)


def test_the_sums_POOL_08():
    assert (pooling.avg_pool2d(MAPS, 2) * 4).ravel().tolist() == [13, 21, 8, 8]
    assert_allclose(pooling.lp_pool2d(MAPS, 1, 2).ravel(), [13, 21, 8, 8], rtol=1e-14)


def test_the_l2_norm_with_and_without_the_division_POOL_09():
    divided = [3.968626966596886, 5.766281297335398, 2.1213203435596424, 2.5495097567963922]
    plain = [7.937253933193772, 11.532562594670797, 4.242640687119285, 5.0990195135927845]
    assert_allclose(pooling.lp_pool2d(MAPS, 2, 2, mean=True).ravel(), divided, rtol=1e-13)
    assert_allclose(pooling.lp_pool2d(MAPS, 2, 2).ravel(), plain, rtol=1e-13)
    assert_allclose(plain, 2 * np.array(divided), rtol=1e-14)


def test_the_printed_range_of_a_window_is_as_long_as_the_stride_POOL_10():
    size, stride = 3, 2
    row = np.random.default_rng(1).permutation(7.0 + np.arange(7))[None, None, None]
    for i in (1, 2, 3):  # counted from 1, as in the source
        printed = range((i - 1) * stride + 1, i * stride + 1)
        needed = range((i - 1) * stride + 1, (i - 1) * stride + size + 1)
        assert (len(printed), len(needed)) == (2, 3)
        assert pooling.max_pool2d(row, (1, size), (1, stride)).ravel()[i - 1] == max(row.ravel()[k - 1] for k in needed)


@pytest.mark.parametrize(("size", "true_size", "divided"), [(55, 27, 27.5), (27, 13, 13.5), (13, 6, 6.5), (28, 13, 14)])
def test_the_size_is_not_always_the_side_over_the_stride_POOL_11_13(size, true_size, divided):
    assert shapes.conv_output_size(size, kernel_size=3, stride=2) == true_size
    assert pooling.max_pool2d(np.zeros((1, 1, size, size)), 3, stride=2).shape == (1, 1, true_size, true_size)
    assert size / 2 == divided
    assert (size // 2 == true_size) == (size % 2 == 1)
    assert shapes.conv_output_size(28, 3, 2, rounding="ceil") == 14


def test_the_place_of_the_maximum_is_remembered_POOL_12():
    out, winners = pooling.max_pool2d(MAPS, 2, return_indices=True)
    assert [int(np.argmax(block)) for block in BLOCKS] == [3, 3, 0, 3]
    assert winners.ravel().tolist() == [5, 7, 8, 15]
    assert MAPS.ravel()[winners.ravel()].tolist() == out.ravel().tolist() == [6, 8, 3, 4]


def test_pooling_has_no_parameters_and_keeps_the_number_of_maps_POOL_14_15():
    maps = np.random.default_rng(0).normal(size=(1, 96, 55, 55))
    out = pooling.max_pool2d(maps, 3, stride=2)
    assert out.shape == (1, 96, 27, 27)
    assert_array_equal(out[:, 7:8], pooling.max_pool2d(maps[:, 7:8], 3, stride=2))
    assert shapes.conv_parameter_count(96, 96, kernel_size=3, groups=96) == 960
    assert shapes.conv_parameter_count(96, 96, kernel_size=3) == 83040


def test_mean_pooling_is_a_convolution_and_max_pooling_is_none_POOL_16():
    x = np.random.default_rng(0).normal(size=(2, 1, 8, 6))
    quarter = np.full((1, 1, 2, 2), 1 / 4)
    assert_allclose(convolution.conv2d(x, quarter, stride=2), pooling.avg_pool2d(x, 2), rtol=0, atol=1e-15)
    left, right = x[:1], x[1:]
    both = pooling.max_pool2d(left, 2) + pooling.max_pool2d(right, 2)
    assert not np.allclose(both, pooling.max_pool2d(left + right, 2))


def test_one_small_network_serves_every_block_POOL_17():
    assert shapes.conv_parameter_count(1, 3, 2) + shapes.conv_parameter_count(3, 1, 1) == 19 == 4 * 3 + 3 + 3 + 1
    hidden = np.array([[[[1.0, -1], [0, 0]]], [[[0, 0], [1, -1]]], [[[0, 1], [0, 1]]]])
    x = data.load_image("coins")[:40, :60][None, None].astype(float)
    h = np.maximum(convolution.conv2d(x, hidden, np.zeros(3), stride=2), 0)
    out = convolution.conv2d(h, np.full((1, 3, 1, 1), 0.5), np.zeros(1))
    rows = [x[0, 0, i : i + 2, j : j + 2].max(axis=1).mean() for i in range(0, 40, 2) for j in range(0, 60, 2)]
    assert_allclose(out.ravel(), rows, rtol=1e-13)


def test_the_still_explorer_shows_the_grid_the_result_and_the_gradients():
    grid = data.pooling_example()
    figure = plots.pooled(grid, np.array([[6.0, 8], [3, 4]]), "max", 2, (grid / 4, np.ones((2, 2))))
    assert [axes.get_title() for axes in figure.axes] == [
        "the grid, first window framed",
        "pooled (max)",
        "gradient at the grid",
        "gradient at the result",
    ]
    assert_array_equal(figure.axes[0].images[0].get_array(), grid)
    assert [len(axes.patches) for axes in figure.axes] == [1, 1, 0, 0]
    assert figure.axes[0].patches[0].get_width() == 2
    assert len(plots.pooled(grid, np.ones((2, 2)), "max", 2).axes) == 2


def test_the_curves_towards_the_maximum_hold_the_norms_and_their_ends():
    powers = [1, 5, 50]
    norms = np.array([pooling.lp_pool2d(MAPS, p, 2, mean=True).ravel() for p in powers])
    lines = plots.towards_the_maximum(powers, norms, BLOCKS).axes[0].lines
    for n, block in enumerate(BLOCKS):
        assert_array_equal(lines[n].get_ydata(), norms[:, n])
        assert set(lines[4 + n].get_ydata()) == {max(block)}
        assert lines[4 + n].get_color() == lines[n].get_color()
