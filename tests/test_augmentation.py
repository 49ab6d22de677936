"""Augmentation against loops that draw the same numbers, by hand, in colour; what is refused; nothing in place."""

from functools import partial

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from course_lib import augmentation, data
from course_lib.augmentation import colour_directions, colour_jitter, compose, crop, flip, pca_lighting, shift

STEPS = {
    "shift": partial(shift, pixels=(2, 1)),
    "crop": partial(crop, size=(3, 2)),
    "flip": flip,
    "colour_jitter": colour_jitter,
    "pca_lighting": partial(pca_lighting, variances=[0.2, 0.02, 0.005], directions=np.eye(3)),
}
every_step = pytest.mark.parametrize("name", STEPS)


def batch(shape=(5, 3, 4, 5), seed=1, dtype=np.float64):
    return np.random.default_rng(seed).random(shape).astype(dtype)


def cut(picture, top, left, height, width):
    """The part of a picture (C, H, W) pixel by pixel; outside there are zeros."""
    out = np.zeros((len(picture), height, width))
    for c, i, j in np.ndindex(out.shape):
        row, column = top + i, left + j
        if 0 <= row < picture.shape[1] and 0 <= column < picture.shape[2]:
            out[c, i, j] = picture[c, row, column]
    return out


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("down", "right"), [(0, 0), (1, 0), (2, 3), (7, 1)])
def test_shift_moves_each_picture_as_loops_do(seed, down, right):
    x, drawn = batch(), np.random.default_rng(seed)
    top = drawn.integers(0, 2 * down + 1, len(x)) - down
    left = drawn.integers(0, 2 * right + 1, len(x)) - right
    expected = [cut(picture, t, s, 4, 5) for picture, t, s in zip(x, top, left, strict=True)]
    assert_array_equal(shift(x, np.random.default_rng(seed), pixels=(down, right)), expected)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("size", [(1, 1), (3, 2), (4, 5), 4])
def test_crop_cuts_each_picture_as_loops_do(seed, size):
    height, width = np.broadcast_to(size, 2)
    x, drawn = batch(), np.random.default_rng(seed)
    top, left = drawn.integers(0, 4 - height + 1, len(x)), drawn.integers(0, 5 - width + 1, len(x))
    expected = [cut(picture, t, s, height, width) for picture, t, s in zip(x, top, left, strict=True)]
    assert_array_equal(crop(x, np.random.default_rng(seed), size), expected)


def test_flip_mirrors_about_p_of_the_pictures_and_leaves_the_others():
    x = batch((4000, 1, 2, 3))
    out = flip(x, np.random.default_rng(0), p=0.3)
    mirrored = (out == x[..., ::-1]).all(axis=(1, 2, 3))
    assert_array_equal(out[~mirrored], x[~mirrored])
    assert abs(mirrored.mean() - 0.3) < 0.03
    assert_array_equal(flip(x, np.random.default_rng(0), p=0), x)
    assert_array_equal(flip(x, np.random.default_rng(0), p=1), x[..., ::-1])


def test_shifts_are_drawn_evenly_from_both_sides():
    x = np.zeros((9000, 1, 5, 5))
    x[:, :, 2, 2] = 1
    out = shift(x, np.random.default_rng(0), pixels=1)
    assert_array_equal(out.sum(axis=(1, 2, 3)), 1)  # nothing is lost
    assert_allclose(out.mean(axis=0)[0, 1:4, 1:4], 1 / 9, atol=0.012)
    assert out[:, :, [0, 4]].sum() == 0


def test_jitter_draws_brightness_contrast_and_saturation_as_loops_do():
    x, drawn = batch(), np.random.default_rng(3)
    factors = [1 + amount * drawn.uniform(-1, 1, len(x)) for amount in (0.1, 0.2, 0.3)]
    for picture, out, bright, strong, colourful in zip(
        x, colour_jitter(x, np.random.default_rng(3), 0.1, 0.2, 0.3), *factors, strict=True
    ):
        weights = np.array([0.299, 0.587, 0.114])
        picture = picture * bright
        mean = np.mean([weights @ picture[:, i, j] for i in range(4) for j in range(5)])
        picture = mean + strong * (picture - mean)
        for i, j in np.ndindex(4, 5):
            grey = weights @ picture[:, i, j]
            assert_allclose(out[:, i, j], grey + colourful * (picture[:, i, j] - grey), rtol=1e-12)


def test_saturation_alone_leaves_the_brightness_and_the_amount_0_everything():
    x = batch()
    weights = np.array([0.299, 0.587, 0.114])[:, None, None]
    out = colour_jitter(x, np.random.default_rng(0), 0, 0, 0.5)
    assert_allclose((weights * out).sum(axis=1), (weights * x).sum(axis=1), rtol=1e-12)
    assert not np.allclose(out, x)
    assert_allclose(colour_jitter(x, np.random.default_rng(0), 0, 0, 0), x, rtol=1e-12)


def test_the_directions_of_colour_are_the_principal_components_of_all_pixels():
    x = np.moveaxis(data.load_image("astronaut")[::8, ::8] / 255, -1, 0)[None]
    variances, directions = colour_directions(x)
    covariance = np.cov(x[0].reshape(3, -1), bias=True)
    assert_allclose(directions @ np.diag(variances) @ directions.T, covariance, rtol=1e-9, atol=1e-12)
    assert_allclose(directions.T @ directions, np.eye(3), atol=1e-12)
    assert variances[0] > variances[1] > variances[2] > 0
    assert (directions[:, 0] > 0).all()  # the first is brightness: red, green and blue together


@pytest.mark.parametrize("seed", range(10))
def test_the_largest_entry_of_a_direction_of_colour_is_positive(seed):
    rng = np.random.default_rng(seed)
    _, directions = colour_directions((rng.normal(size=(3, 3)) @ rng.normal(size=(2, 3, 20))).reshape(2, 3, 4, 5))
    assert (directions.T[range(3), np.abs(directions).argmax(axis=0)] > 0).all()


def test_lighting_adds_one_colour_to_all_pixels_of_a_picture_as_the_paper_writes_it():
    x, drawn = batch(), np.random.default_rng(7)
    variances, directions = colour_directions(x)
    out = pca_lighting(x, np.random.default_rng(7), variances, directions, spread=0.1)
    for n in range(len(x)):
        strengths = 0.1 * drawn.normal(size=3)
        colour = sum(strengths[i] * variances[i] * directions[:, i] for i in range(3))
        assert_allclose(out[n] - x[n], np.broadcast_to(colour[:, None, None], (3, 4, 5)), rtol=1e-9, atol=1e-12)


def test_lighting_spreads_as_wide_as_it_is_told():
    out = pca_lighting(np.zeros((20000, 3, 1, 1)), np.random.default_rng(0), [2.0, 1.0, 0.0], np.eye(3), spread=0.1)
    assert_allclose(out.std(axis=0).ravel(), [0.2, 0.1, 0.0], rtol=0.03)


@every_step
def test_the_same_seed_gives_the_same_pictures_and_another_seed_others(name):
    x = batch()
    first, again, other = (STEPS[name](x, np.random.default_rng(seed)) for seed in (0, 0, 1))
    assert_array_equal(first, again)
    assert not np.array_equal(first, other)


@every_step
def test_floats_keep_their_dtype_whole_numbers_become_float64_and_nothing_changes_in_place(name):
    for dtype, expected in ((np.float32, np.float32), (np.float64, np.float64), (np.uint8, np.float64)):
        x = (255 * batch()).astype(dtype)
        before = x.copy()
        out = STEPS[name](x, np.random.default_rng(0))
        assert out.dtype == expected
        assert_array_equal(x, before)
        assert not np.shares_memory(out, x)


@every_step
def test_a_batch_of_one_is_fine_and_an_empty_or_a_single_picture_is_refused(name):
    rng = np.random.default_rng(0)
    assert len(STEPS[name](batch((1, 3, 4, 5)), rng)) == 1
    with pytest.raises(ValueError, match="the x is empty"):
        STEPS[name](np.zeros((0, 3, 4, 5)), rng)
    with pytest.raises(ValueError, match=r"not of shape \(3, 4, 5\); for a single picture, x\[None\] adds the N"):
        STEPS[name](np.zeros((3, 4, 5)), rng)
    with pytest.raises(TypeError, match=r"random generator such as np.random.default_rng\(0\), not 0"):
        STEPS[name](batch(), 0)


def test_composed_steps_run_one_behind_the_other_on_one_generator():
    x, rng = batch(), np.random.default_rng(4)
    expected = flip(shift(x, rng, pixels=1), rng)
    assert_array_equal(compose(partial(shift, pixels=1), flip)(x, np.random.default_rng(4)), expected)


@pytest.mark.parametrize("steps", [(), (flip, 2), (None,)])
def test_only_functions_are_composed(steps):
    with pytest.raises(TypeError, match=r"functions of \(x, rng\), such as flip"):
        compose(*steps)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda x, rng: crop(x, rng, 6), "6 x 6 pixels does not fit into pictures of 4 x 5"),
        (lambda x, rng: crop(x, rng, 0), "size"),
        (lambda x, rng: shift(x, rng, -1), "pixels"),
        (lambda x, rng: flip(x, rng, 1.5), "probability, from 0 to 1; 1.5 came"),
        (lambda x, rng: colour_jitter(x, rng, contrast=-0.1), "contrast says how far .* -0.1 came"),
        (lambda x, rng: colour_jitter(x[:, :1], rng), "red, green and blue; these have 1"),
        (lambda x, rng: colour_directions(x[:, :2]), "these have 2"),
        (lambda x, rng: pca_lighting(x, rng, [1, 2], np.eye(3)), r"three variances .* not \(2,\)"),
        (lambda x, rng: pca_lighting(x, rng, [1, 2, 3], np.eye(3), spread=np.nan), "spread must be a finite"),
    ],
)
def test_what_cannot_be_done_is_refused_in_words(call, words):
    with pytest.raises(ValueError, match=words):
        call(batch(), np.random.default_rng(0))


def test_the_grey_of_a_colour_is_that_of_the_data_module():
    picture = data.load_image("coffee")
    x = np.moveaxis(picture.astype(float), -1, 0)[None]
    assert np.abs(augmentation._grey(x)[0, 0] - data.to_grey(picture)).max() < 1
