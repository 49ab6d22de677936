"""Figures hold the data that they were given, and become small PNG files with a line of words."""

import io

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from PIL import Image

from course_lib import data, filters
from course_lib.plots import base
from course_lib.plots import filters as plots


def test_pictures_are_shown_as_they_are_and_cut_off_at_black_and_white():
    image = np.array([[-5.0, 0.0], [128.4, 300.0]])
    figure = plots.pictures(("one", image), ("two", data.load_image("coffee")))
    shown = [axes.images[0].get_array() for axes in figure.axes]
    assert_array_equal(shown[0], [[0, 0], [128, 255]])
    assert_array_equal(shown[1], data.load_image("coffee"))
    assert [axes.get_title() for axes in figure.axes] == ["one", "two"]
    assert figure.axes[0].images[0].get_clim() == (0, 255)
    assert repr(figure) == "<figure: one, two>"


def test_number_grids_write_every_number_and_frame_the_marked_cells():
    grid = np.array([[1.0, -2.5, 0.0], [10.0, 1 / 3, 90.0]])
    figure = plots.number_grids(("grid", grid), ("other", np.ones((2, 2))), mark=[((0, 1), (2, 1)), None])
    written = [text.get_text() for text in figure.axes[0].texts]
    assert written == ["1", "\u22122.5", "0", "10", "0.333", "90"]
    frame = figure.axes[0].patches[0]
    assert (frame.get_xy(), frame.get_width(), frame.get_height()) == ((0.5, -0.5), 1, 2)
    assert len(figure.axes[1].patches) == 0
    assert_array_equal(figure.axes[0].images[0].get_array(), grid)


def test_curves_hold_their_points_and_names():
    x = np.array([1, 2, 4])
    figure = plots.curves(x, ("a", x), ("b", x**2), description="two", xlabel="x", ylabel="y", log=True)
    lines = figure.axes[0].lines
    assert [line.get_label() for line in lines] == ["a", "b"]
    assert_array_equal(lines[1].get_ydata(), [1, 4, 16])
    assert lines[0].get_linestyle() != lines[1].get_linestyle()  # not by colour alone
    assert (figure.axes[0].get_xscale(), figure.axes[0].get_yscale()) == ("log", "log")
    assert figure.axes[0].xaxis.get_major_formatter().format_ticks([0.5, 1, 4, 16]) == ["0.5", "1", "4", "16"]
    assert 0.5 < figure.axes[0].get_legend().get_frame().get_alpha() < 1  # names are read, and a curve behind is seen


def test_signed_colours_are_blue_below_0_white_at_0_and_orange_above():
    colours = plots.signed_colours(np.array([[-3.0, -0.5, 0.0, 0.5, 3.0]]))[0]
    assert colours[2].tolist() == list(base.ZERO)
    assert colours[0].tolist() == list(base.NEGATIVE)
    assert colours[4].tolist() == list(base.POSITIVE)
    assert colours[1].tolist() == [140, 175, 210]  # half way from white to blue, halves up
    assert_array_equal(plots.signed_colours(np.zeros((2, 2))), np.full((2, 2, 3), 247))


def test_direction_has_a_colour_of_its_own_and_flat_areas_are_black():
    magnitude, direction = np.full(5, 4.0), np.array([0, np.pi / 2, np.pi, -np.pi / 2, 0])
    magnitude[4] = 0
    right, down, left, up, flat = plots.direction_colours(magnitude[None], direction[None])[0].tolist()
    assert right[0] > 200 > right[1] == right[2]
    assert down[1] > down[0] > down[2]
    assert left[1] == left[2] > left[0]
    assert up[2] > up[0] > up[1]
    assert flat == [0, 0, 0]
    assert plots.direction_colours(np.zeros((1, 2)), np.zeros((1, 2))).tolist() == [[[0, 0, 0], [0, 0, 0]]]


def test_a_figure_becomes_a_small_png_and_a_line_of_words():
    figure = plots.playground(data.load_image("camera"), filters.SOBEL_X, data.load_image("camera"))
    bundle = figure._repr_mimebundle_()
    assert bundle["text/plain"] == "<figure: a photograph, a kernel and the filtered photograph>"
    with Image.open(io.BytesIO(bundle["image/png"])) as png:
        assert png.size == (640, 232)
        assert png.mode == "P"
    assert len(bundle["image/png"]) < 80_000
    assert figure.png() == figure.png()


@pytest.mark.parametrize("size", [3, 5])
def test_the_playground_at_rest_shows_the_kernels_weights(size):
    kernel = filters.box_kernel(size)
    figure = plots.playground(data.load_image("coins"), kernel, data.load_image("coins"))
    cells = figure.axes[1].tables[0].get_celld()
    assert {cell.get_text().get_text() for cell in cells.values()} == {f"{1 / size**2:.3g}"}
    assert len(cells) == size**2
