"""Explorers in Python: their state, what they refuse, and what they compute."""

import io
import re

import numpy as np
import pytest
import traitlets
from numpy.testing import assert_array_equal
from PIL import Image

from course_lib import data, filters, widgets
from course_lib.plots.filters import signed_colours
from course_lib.widgets import base
from course_lib.widgets.kernel_playground import PRESETS


def png_of(array):
    stream = io.BytesIO()
    Image.fromarray(array).save(stream, "PNG")
    return stream.getvalue()


def test_an_explorers_front_end_is_one_module_with_one_default_export():
    for explorer in (getattr(widgets, name)() for name in widgets.__all__ if name[0].isupper()):
        assert explorer._esm.count("export default") == 1
        assert re.findall(r"^\s*import\b", explorer._esm, flags=re.MULTILINE) == []
        assert len(explorer._esm) < 60_000


def test_front_ends_put_no_text_into_html_and_evaluate_none():
    for path in base.HERE.glob("*.js"):
        source = path.read_text(encoding="utf-8")
        for forbidden in (
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "eval(",
            "new Function",
            "fetch(",
        ):
            assert forbidden not in source, f"{path.name} uses {forbidden}"


def test_the_drawing_code_computes_no_filter():
    source = (base.HERE / "kernel_playground.js").read_text(encoding="utf-8")
    assert "Float64Array" not in source


def test_the_slider_is_answered_by_python():
    slider = widgets.hello_slider(number=4)
    assert slider.answer == "4 squared is 16"
    slider.number = 9
    assert slider.answer == "9 squared is 81"
    slider.reset()
    assert (slider.number, slider.answer) == (4, "4 squared is 16")
    for bad in (0, 11, "3"):
        with pytest.raises(traitlets.TraitError):
            slider.number = bad


def test_an_explorer_shows_itself_live_still_and_in_words():
    slider = widgets.hello_slider()
    bundle = slider._repr_mimebundle_()
    assert bundle["text/plain"] == repr(slider) == "HelloSlider(number=3)"
    assert bundle["application/vnd.jupyter.widget-view+json"]["model_id"] == slider.model_id
    assert bundle["image/png"].startswith("iVBORw0KGgo")


@pytest.mark.parametrize("preset", [*PRESETS, "Gaussian"])
@pytest.mark.parametrize("size", [3, 5])
def test_every_preset_is_the_librarys_kernel(preset, size):
    expected = {
        "identity": filters.identity_kernel(3), "shift left": filters.shift_kernel(-1, 0),
        "shift right": filters.shift_kernel(1, 0), "shift up": filters.shift_kernel(0, -1),
        "shift down": filters.shift_kernel(0, 1), "box": filters.box_kernel(size), "Sobel x": filters.SOBEL_X,
        "Sobel y": filters.SOBEL_Y, "sharpen": filters.SHARPEN, "sharpen as printed": filters.SHARPEN_AS_PRINTED,
        "emboss": filters.EMBOSS, "Gaussian": filters.gaussian_kernel(size, 1.0),
    }[preset]  # fmt: skip
    ring = (size - len(expected)) // 2
    playground = widgets.kernel_playground(preset=preset, size=size)
    assert_array_equal(playground.kernel, np.pad(expected, ring))
    assert playground.signed == preset.startswith("Sobel")


def test_the_result_is_what_filters_computes():
    for state in ({}, {"flip": True, "border": "valid"}, {"picture": "coffee", "grey": False, "preset": "box"}):
        playground = widgets.kernel_playground(**state)
        image = data.scale_down(data.load_image(playground.picture), 512)
        image = image if state.get("grey") is False else data.to_grey(image)
        operation = filters.convolve2d if playground.flip else filters.correlate2d
        result = operation(image, playground.kernel, playground.border)
        assert_array_equal(playground.image, image)
        assert_array_equal(playground.result, result)
        expected = signed_colours(result) if playground.signed else filters.to_grey_levels(result)
        assert_array_equal(playground.shown, expected)


def test_preset_size_sigma_and_kernel_follow_one_another():
    playground = widgets.kernel_playground(preset="box")
    playground.size = 5
    assert_array_equal(playground.kernel, filters.box_kernel(5))
    playground.preset = "Gaussian"
    playground.sigma = 2.0
    assert_array_equal(playground.kernel, filters.gaussian_kernel(5, 2.0))
    playground.kernel = np.eye(3)
    assert (playground.preset, playground.size) == ("custom", 3)
    playground.sigma = 0.5
    assert_array_equal(playground.kernel, np.eye(3))
    playground.preset = "Sobel y"
    assert_array_equal(playground.kernel, filters.SOBEL_Y)
    assert playground.signed
    playground.picture = "coins"
    assert playground.image.shape == (303, 384)
    playground.reset()
    assert repr(playground) == repr(widgets.kernel_playground(preset="box"))
    assert playground.image.shape == (512, 512)


def test_a_kernel_of_ones_own_makes_the_preset_custom():
    playground = widgets.kernel_playground(kernel=np.ones((5, 5)))
    assert (playground.preset, playground.size, playground.signed) == ("custom", 5, False)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("kernel", np.ones((4, 4)), r"takes 3 x 3 or 5 x 5 numbers as a kernel, not array\(\[\[1\., 1"),
        ("kernel", [[np.nan] * 3] * 3, "3 x 3 or 5 x 5 numbers"),
        ("kernel", [[1, 2], [3]], r"not \[\[1, 2\], \[3\]\]"),
        ("kernel", "box", "not 'box'"),
        ("picture_png", b"no picture", "not a PNG picture that can be read"),
        ("picture_png", png_of(np.zeros((3, 600), np.uint8)), r"up to 512 pixels a side, not \(600, 3\)"),
        ("picture", "lena", "camera"),
        ("border", "mirror", "reflect"),
        ("size", 7, "size"),
        ("row", -1, "row"),
    ],
)
def test_what_the_playground_cannot_show_is_refused_in_words(name, value, words):
    playground = widgets.kernel_playground()
    before = repr(playground)
    with pytest.raises(traitlets.TraitError, match=words):
        setattr(playground, name, value)
    assert repr(playground) == before


def test_a_picture_of_ones_own_is_kept_as_it_came():
    own = data.load_image("chelsea")[:50, :60]
    playground = widgets.kernel_playground(grey=False, preset="identity")
    playground.picture = "own file"
    playground.picture_png = png_of(own)
    assert_array_equal(playground.image, own)
    assert_array_equal(playground.shown, own)
