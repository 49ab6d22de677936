"""Every number of lesson 12's topics: what the sources print, what course_lib computes, and the verdict.

A test's name ends with the ids of the numbers that it settles; tests/test_notebooks.py asks that the lesson shows each.
"""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from course_lib import architectures, convolution, data, losses, pooling
from course_lib.activations import softmax
from course_lib.exercises import lesson_12 as exercises
from course_lib.ledger import lesson_12
from course_lib.ledger.lesson_12 import small_network
from course_lib.plots import training as plots

SHAPE = (1, 32, 32)


def loss_and_gradients(net, x, labels):
    value, grad = losses.cross_entropy(net.forward(x), labels)
    return value, net.backward(grad), net.layers[0].grad_weight, net.layers[0].grad_bias


def test_the_backward_chain_agrees_with_central_differences_TRN_01():
    gaps = lesson_12.chain_gaps()
    assert set(gaps) == {"x", "weight", "bias"}
    assert 0 < max(gaps.values()) < 1e-8


def test_the_gradients_of_a_convolution_are_convolutions_TRN_01():
    rng = np.random.default_rng(1)
    x, weight, grad = rng.normal(size=(2, 2, 7, 6)), rng.normal(size=(3, 2, 3, 3)), rng.normal(size=(2, 3, 5, 4))
    grad_x, grad_weight, grad_bias = convolution.conv2d_backward(grad, x, weight)
    valid = convolution.conv2d_loops(x.swapaxes(0, 1), grad.swapaxes(0, 1)).swapaxes(0, 1)
    full = convolution.conv2d_loops(grad, weight[:, :, ::-1, ::-1].swapaxes(0, 1), padding="full")
    assert_allclose(grad_weight, valid, rtol=1e-12, atol=1e-12)
    assert_allclose(grad_x, full, rtol=1e-12, atol=1e-12)
    assert_allclose(grad_bias, grad.sum(axis=(0, 2, 3)), rtol=1e-12)


def test_the_row_of_the_lesson_by_hand_TRN_01():
    x, w, g = np.array([1.0, 3, 2, -1]), np.array([2.0, -1]), np.array([1.0, -2, 3])
    four = (g[None, None, None], x[None, None, None], w[None, None, None])
    grad_x, grad_w, grad_b = convolution.conv2d_backward(*four)
    assert grad_w.ravel().tolist() == np.correlate(x, g).tolist() == [1, -4]
    assert grad_x.ravel().tolist() == np.convolve(g, w).tolist() == [2, -5, 8, -3]
    assert grad_b.tolist() == [2]


def test_the_rows_of_the_exercise_agree_with_the_library():
    x, w, g = (np.array(row)[None, None, None] for row in (exercises.HAND_X, exercises.HAND_W, exercises.HAND_GRAD))
    grad_x, grad_w, _ = convolution.conv2d_backward(g, x, w)
    assert grad_w.ravel().tolist() == exercises.weights_by_hand_solution() == [1, -1, 8]
    assert grad_x.ravel().tolist() == exercises.input_by_hand_solution() == [1, 0, -2, 8, -3]


def test_mean_pooling_gives_each_of_four_cells_a_quarter_TRN_02():
    grad = pooling.avg_pool2d_backward(np.array([[[[8.0]]]]), np.array([[[[1.0, 5], [3, 2]]]]), 2)
    assert (grad / 8).ravel().tolist() == [0.25] * 4 == [1 / 2**2] * 4


def test_the_gradient_of_a_batch_is_the_mean_of_its_examples_gradients_TRN_03():
    rng = np.random.default_rng(2)
    net, x, labels = small_network(rng), rng.normal(size=(5, 2, 7, 7)), np.array([0, 1, 3, 3, 2])
    value, _, together, _ = loss_and_gradients(net, x, labels)
    singles = [loss_and_gradients(net, x[n : n + 1], labels[n : n + 1]) for n in range(5)]
    assert value == pytest.approx(np.mean([single[0] for single in singles]), rel=1e-13)
    assert_allclose(together, np.mean([single[2] for single in singles], axis=0), rtol=1e-11, atol=1e-13)


def test_backprop_starts_with_probabilities_minus_targets_TRN_04():
    scores, labels = np.random.default_rng(3).normal(size=(4, 10)), np.array([3, 0, 9, 3])
    _, grad = losses.cross_entropy(scores, labels, reduction="sum")
    assert_allclose(grad, softmax(scores) - np.eye(10)[labels], rtol=1e-12, atol=1e-15)


def test_a_shared_filters_gradient_is_the_sum_over_its_25_copies_TRN_05():
    rng = np.random.default_rng(4)
    x, weight, grad = rng.normal(size=(1, 1, 7, 7)), rng.normal(size=(1, 1, 3, 3)), rng.normal(size=(1, 1, 5, 5))
    copies = grad.reshape(25, 1) * convolution.im2col(x, 3)[0].T
    shared = convolution.conv2d_backward(grad, x, weight)[1].ravel()
    assert copies.shape == (25, 9)
    assert np.abs(copies.sum(axis=0) - shared).max() < 1e-13


def test_scanning_is_a_sparse_matrix_with_nine_different_weights_TRN_06():
    kernel = np.random.default_rng(5).normal(size=(1, 1, 3, 3))
    matrix = convolution.convolution_matrix(kernel, (1, 7, 7))
    assert matrix.shape == (25, 49)
    assert np.count_nonzero(matrix) == 225
    assert len(np.unique(matrix[matrix != 0])) == 9


def test_the_numbers_of_maps_of_the_figures_are_k1_and_k2_TRN_07():
    shapes = {row.name: row.out_shape for row in architectures.summary(architectures.lenet5_table(), SHAPE)}
    assert (shapes["C1"][0], shapes["C3"][0]) == (6, 16)
    assert (shapes["S2"][0], shapes["S4"][0]) == (6, 16)  # pooling keeps their number


def test_the_original_learns_60000_numbers_LEN_01():
    summary = architectures.summary(architectures.lenet5_1998_table(), SHAPE)
    learnt = {row.name: row.parameters for row in summary if row.parameters}
    assert learnt == {"C1": 156, "S2": 12, "C3": 1516, "S4": 32, "C5": 48120, "F6": 10164}
    assert summary.parameters == 60_000
    assert exercises.third_layer_solution() == learnt["C3"]
    assert architectures.lenet5_1998().layers[-1].codes.size == 840


def test_the_original_has_340908_connections_LEN_02():
    counts = architectures.connections(architectures.lenet5_1998_table(), SHAPE)
    assert counts == {
        "C1": 122304, "S2": 5880, "C3": 151600, "S4": 2000, "C5": 48120, "F6": 10164, "output": 840,
    }  # fmt: skip
    assert sum(counts.values()) == 340_908
    assert sum(counts.values()) - counts["output"] == 340_068


def test_todays_form_has_61706_parameters_LEN_03():
    summary = architectures.summary(architectures.lenet5_table(), SHAPE)
    learnt = {row.name: row.parameters for row in summary if row.parameters}
    assert learnt == {"C1": 156, "C3": 2416, "C5": 48120, "F6": 10164, "output": 850}
    assert summary.parameters == 61_706 == 60_000 + 900 + 850 - 44


def test_the_maps_shrink_from_32_to_1_LEN_04():
    for table in (architectures.lenet5_1998_table(), architectures.lenet5_table()):
        rows = [row for row in architectures.summary(table, SHAPE) if row.name[0] in "CS" and len(row.out_shape) == 3]
        assert [32, *(row.out_shape[1] for row in rows)] == [32, 28, 14, 10, 5, 1]
        assert all(row.out_shape[1] == row.out_shape[2] for row in rows)


def test_the_years_and_the_pages_of_the_paper_LEN_05_06():
    assert 1998 - 1989 == 9
    assert len(range(2278, 2324 + 1)) == 47


def test_each_of_the_three_runs_shows_the_symptom_of_its_bug():
    x_train, y_train, _, _ = data.load_mnist()
    small = x_train[:, None, ::2, ::2].astype(np.float32) * np.float32(2 / 255)
    runs = exercises.three_runs(small[:1000], y_train[:1000], (small[1000:1500], y_train[1000:1500]))
    assert runs["A"][0][-1] < 0.6  # it learns,
    assert runs["A"][1][-1] < 0.85  # and is measured while dropout drops
    assert 2.1 < min(runs["B"][0]) < max(runs["B"][0]) < 2.4  # guessing, and it moves
    assert runs["B"][1][-1] < 0.25
    assert len(set(runs["B"][0])) == 6
    assert len(set(runs["C"][0])) == len(set(runs["C"][1])) == 1  # nothing moves at all


def test_the_chain_figure_holds_the_maps_and_the_gradients():
    maps = [("a", np.eye(3)), ("b", -np.ones((2, 2)))]
    figure = plots.chain(maps, maps[:1])
    titles = [axes.get_title() for axes in figure.axes]
    assert titles == ["a", "b", "a", ""]
    assert_array_equal(figure.axes[1].images[0].get_array(), -np.ones((2, 2)))
    assert figure.axes[1].images[0].get_clim() == (-1, 1)


def test_the_filters_share_one_scale_and_so_do_the_maps():
    weight, maps = np.random.default_rng(0).normal(size=(2, 1, 3, 3)), np.random.default_rng(1).normal(size=(2, 4, 4))
    figure = plots.filters_and_maps(np.zeros((6, 6)), weight, maps)
    shown = {axes.get_title(): axes.images[0] for axes in figure.axes if axes.get_title()}
    assert list(shown) == ["digit", "filter 1", "filter 2", "map 1", "map 2"]
    assert_array_equal(shown["filter 2"].get_array(), weight[1, 0])
    assert_array_equal(shown["map 1"].get_array(), maps[0])
    assert shown["filter 1"].get_clim() == shown["filter 2"].get_clim() == (-abs(weight).max(), abs(weight).max())
    assert shown["map 1"].get_clim() == (-abs(maps).max(), abs(maps).max())


def test_the_mistakes_show_each_digit_with_its_ten_bars():
    images, probabilities = np.arange(7 * 4).reshape(7, 2, 2), np.full((7, 10), 0.01)
    probabilities[:, 4] = 0.91
    figure = plots.mistakes(images, np.arange(7), probabilities, columns=4)
    titles = [axes.get_title() for axes in figure.axes if axes.get_title()]
    assert titles == [f"is {n}, said 4" for n in range(7)]
    bars = [axes for axes in figure.axes if axes.patches]
    assert len(bars) == 7
    assert_allclose([patch.get_height() for patch in bars[2].patches], probabilities[2])


def test_the_confusion_table_writes_every_count_but_zero():
    table = np.diag(np.arange(10) + 1)
    table[3, 8] = 7
    axes = plots.confusion(table).axes[0]
    written = {(text.get_position()[1], text.get_position()[0]): text.get_text() for text in axes.texts}
    assert written == {(n, n): str(n + 1) for n in range(10)} | {(3, 8): "7"}
    assert axes.images[0].get_array()[3, 8] == 7
    assert axes.images[0].get_array()[5, 5] == 0


def test_the_connection_table_marks_every_pair_that_sees():
    table = np.array([[1, 0, 1], [0, 1, 0]])
    axes = plots.connections(table).axes[0]
    assert sorted(text.get_position() for text in axes.texts) == [(0, 0), (0, 2), (1, 1)]
    assert_array_equal(axes.images[0].get_array(), table.T)


def test_the_runs_are_drawn_in_two_panels():
    figure = plots.runs({"one": ([3, 2], [0.1, 0.5]), "two": ([1, 1], [0.2, 0.2])})
    assert_array_equal(figure.axes[0].lines[0].get_ydata(), [3, 2])
    assert_array_equal(figure.axes[1].lines[1].get_ydata(), [0.2, 0.2])
    assert [text.get_text() for text in figure.axes[0].get_legend().get_texts()] == ["one", "two"]
