"""The playground's pure functions, run in Chromium, against course_lib: the same bits in every small state."""

import itertools

import numpy as np
import pytest
from hand import pure_functions

from course_lib import data, filters, widgets
from course_lib.plots.filters import signed_colours

FRACTIONS = (0, 1, -1, 0.1, 1 / 9, -2.5, 17 / 9)


PLANES = """() => {
  globalThis.plane = (rows) => ({ values: Float64Array.from(rows.flat()), height: rows.length, width: rows[0].length });
  globalThis.rows = (p) => p && Array.from({ length: p.height },
    (_, i) => Array.from(p.values.slice(i * p.width, (i + 1) * p.width)));
}"""


@pytest.fixture(scope="module")
def run(browser):
    """The scripts also see plane(rows) and rows(plane), to a plane of numbers and back."""
    with pure_functions(browser, "filters.js") as run:
        run(PLANES)
        yield run


@pytest.mark.parametrize("border", ["zero", "edge", "reflect", "wrap"])
def test_every_place_of_a_padded_row_copies_what_numpy_pads(run, border):
    cases = [(size, pixels) for size in range(1, 7) for pixels in range(5)]
    places = run("([cases, border]) => cases.map(([s, p]) => [...f.borderPlaces(s, p, border)])", [cases, border])
    mode = {"mode": "constant", "constant_values": -1} if border == "zero" else {"mode": border}
    assert places == [np.pad(np.arange(size), pixels, **mode).tolist() for size, pixels in cases]


@pytest.mark.parametrize("border", filters.BORDERS)
def test_correlation_gives_the_same_bits_on_every_small_picture(run, border):
    rng = np.random.default_rng(0)
    cases = []
    for height, width, size in itertools.product(range(1, 7), range(1, 7), (1, 3, 5, 7)):
        kernel = rng.choice(FRACTIONS, (size, size))
        cases.append((rng.integers(0, 256, (height, width)).astype(float), kernel))
    send = [[[image.tolist(), kernel.tolist()] for image, kernel in cases], border]
    found = run(
        "([cases, border]) => cases.map(([image, kernel]) => rows(f.correlate2d(plane(image), kernel, border)))", send
    )
    compared = 0
    for (image, kernel), result in zip(cases, found, strict=True):
        if border == "valid" and min(image.shape) < len(kernel):
            assert result is None
            continue
        assert result == filters.correlate2d(image, kernel, border).tolist()
        compared += 1
    assert compared >= 50


@pytest.mark.parametrize("border", filters.BORDERS)
@pytest.mark.parametrize("preset", ["Sobel x", "box", "Gaussian", "sharpen as printed"])
def test_a_photograph_has_the_same_grey_levels_and_the_same_colours(run, border, preset):
    playground = widgets.kernel_playground("coins", preset, border, size=5)
    image = playground.image[:90, :70].astype(float)
    grey, coloured = run(
        """([image, kernel, border]) => { const result = f.correlate2d(plane(image), kernel, border);
        return [[...f.greyLevels([result])], [...f.signedColours(result, f.fullColour(result))]]; }""",
        [image.tolist(), playground.kernel, border],
    )
    result = filters.correlate2d(image, playground.kernel, border)
    assert np.reshape(grey, (*result.shape, 4))[..., 0].tolist() == filters.to_grey_levels(result).tolist()
    assert np.reshape(coloured, (*result.shape, 4))[..., :3].tolist() == signed_colours(result).tolist()


def test_halves_round_up_and_the_range_ends_at_0_and_255(run):
    values = [-0.5, -0.51, 0.5, 1.5, 2.5, 99.5 - 1e-12, 99.5 - 1e-5, 254.5, 255.5, 1e9, -1e9]
    assert run("(values) => values.map(f.greyLevel)", values) == filters.to_grey_levels(np.array(values)).tolist()


def test_brightness_of_a_colour_picture_is_that_of_to_grey(run):
    colours = np.random.default_rng(1).integers(0, 256, (40, 50, 3), dtype=np.uint8)
    rgba = np.dstack([colours, np.full((40, 50), 255, np.uint8)]).ravel().tolist()
    found = run("(rgba) => rows(f.planes(rgba, 40, 50, true)[0])", rgba)
    assert found == data.to_grey(colours).tolist()
    channels = run("(rgba) => f.planes(rgba, 40, 50, false).map(rows)", rgba)
    assert np.moveaxis(channels, 0, -1).tolist() == colours.tolist()


def test_the_gaussian_kernel_is_that_of_the_library(run):
    for size, sigma in itertools.product((3, 5), (0.3, 0.85, 1.0, 3.0)):
        found = run("([size, sigma]) => f.gaussianKernel(size, sigma)", [size, sigma])
        np.testing.assert_allclose(found, filters.gaussian_kernel(size, sigma), rtol=1e-14)


def test_pixels_made_row_by_row_are_the_grey_levels_of_the_correlation(run):
    rng = np.random.default_rng(1)
    for height, width, size, colours in itertools.product((3, 6, 20), range(3, 10), (1, 3, 5), (1, 3)):
        image = rng.integers(0, 256, (height, width, colours))
        kernel = rng.choice(FRACTIONS, (size, size))
        found = run(
            """([planes, kernel]) => { const padded = planes.map(plane), made = f.filteredPixels(padded, kernel);
              const others = (u, v) => f.sumsOfOthers(padded, kernel, [u, v]);
              const moved = (u, v) => f.filteredPixels(padded, kernel, undefined, made && others(u, v));
              const again = kernel.flatMap((row, u) => row.map((_, v) => moved(u, v)));
              return made && [[...made.rgba], made.height, made.width, again.map((pixels) => [...pixels.rgba])]; }""",
            [image.transpose(2, 0, 1).tolist(), kernel.tolist()],
        )
        if height < size or width < size:
            assert found is None
            continue
        assert found.pop() == [found[0]] * size**2  # whichever weight comes last
        result = filters.correlate2d(np.squeeze(image.astype(float), 2) if colours == 1 else image, kernel, "valid")
        levels = filters.to_grey_levels(result).reshape(*result.shape[:2], -1) * np.ones(3, np.uint8)
        assert found[1:] == list(result.shape[:2])
        np.testing.assert_array_equal(np.reshape(found[0], (*result.shape[:2], 4))[..., :3], levels)


@pytest.mark.parametrize("border", filters.BORDERS)
def test_the_written_out_sum_is_the_result_at_every_pixel(run, border):
    image = np.random.default_rng(2).integers(0, 256, (6, 4)).astype(float)
    kernel = np.random.default_rng(3).choice(FRACTIONS, (3, 3))
    sums = run(
        """([image, kernel, border]) => image.map((row, i) => row.map((_, j) =>
        f.windowAt(plane(image), kernel, border, i, j)?.sum ?? null))""",
        [image.tolist(), kernel.tolist(), border],
    )
    result = filters.correlate2d(image, kernel, border)
    if border == "valid":
        inside = np.array(sums, dtype=object)
        assert inside[1:-1, 1:-1].tolist() == result.tolist()
        assert [value for value in inside[0]] == [None] * 4
    else:
        assert sums == result.tolist()


def test_turning_a_kernel_makes_correlation_a_convolution(run):
    kernel = np.arange(9.0).reshape(3, 3)
    assert run("(kernel) => f.turned(kernel)", kernel.tolist()) == kernel[::-1, ::-1].tolist()


def test_typed_weights_are_read_and_never_evaluated(run):
    typed = {
        "1": 1,
        "-0.5": -0.5,
        ".25": 0.25,
        "1/9": 1 / 9,
        "-2/4": -0.5,
        " 3 ": 3,
        "+7": 7,
        "0,5": 0.5,
        "\u22122": -2,
    }
    typed |= dict.fromkeys(["", "-", "abc", "1/0", "1e3", "2*3", "alert(1)", "1//2", "9999", "Infinity", "0x10"])
    assert run("(texts) => texts.map(f.parseNumber)", list(typed)) == list(typed.values())


def test_the_sum_of_the_weights_is_put_into_words(run):
    expected = {
        1: "sum 1: flat areas keep their brightness",
        0: "sum 0: flat areas become 0, only differences remain",
        -1: "sum \u22121: a flat 10 becomes \u221210, below black",
        1.25: "sum 1.25: flat areas get 25 % brighter",
        0.97: "sum 0.97: flat areas get 3 % darker",
        1.001: "sum 1.001: flat areas get slightly brighter",
    }
    assert run("(sums) => sums.map(f.brightnessText)", list(expected)) == list(expected.values())


STATES = [
    {"picture": "camera", "preset": "Sobel x", "border": "edge"},
    {"picture": "coffee", "preset": "Gaussian", "border": "reflect", "size": 5, "grey": False},
    {"picture": "chelsea", "preset": "sharpen as printed", "border": "valid", "flip": True},
    {
        "picture": "astronaut",
        "kernel": [[0, 1 / 9, 2], [-1, 0.1, 0], [3, 0, -0.7]],
        "border": "wrap",
        "flip": True,
        "grey": False,
    },
    {"picture": "coins", "preset": "box", "border": "zero", "signed": True},
]


@pytest.mark.parametrize("state", STATES)
def test_the_code_shown_gives_the_very_picture(run, state):
    playground = widgets.kernel_playground(**state)
    code = run("(state) => f.showCode(state)", {name: getattr(playground, name) for name in playground.state})
    space = {}
    exec(code["course"], space)
    assert np.array_equal(space["shown"], playground.shown)


@pytest.mark.parametrize("state", STATES)
def test_the_pytorch_code_gives_the_same_numbers(run, state):
    pytest.importorskip("torch", reason="PyTorch is not installed")
    playground = widgets.kernel_playground(**state)
    code = run("(state) => f.showCode(state)", {name: getattr(playground, name) for name in playground.state})
    space = {}
    exec(f"{code['course']}\n{code['torch']}", space)
    np.testing.assert_allclose(space["result"].numpy(), playground.result, rtol=1e-10, atol=1e-9)


def test_code_for_a_file_of_ones_own_takes_the_picture_from_the_playground(run):
    code = run(
        "(state) => f.showCode(state)",
        {**widgets.kernel_playground().initial, "picture": "own file", "grey": False, "signed": False},
    )
    assert "image = playground.image.astype(float)" in code["course"]
    assert "load_image" not in code["course"]


def test_a_long_play_goes_faster_but_never_faster_than_the_eye(browser):
    with pure_functions(browser, "chart.js") as run:
        found = run("() => [[350, 25], [350, 200], [350, 900], [60, 441]].map((given) => f.pace(...given))")
        assert found == [350, 150, 40, 60]
