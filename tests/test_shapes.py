"""Sizes against counted windows, counts against counted products."""

import itertools

import pytest

from course_lib import shapes


def windows_that_fit(padded, span, stride):
    return [start for start in range(0, padded, stride) if start + span <= padded]


def test_output_size_counts_the_windows_that_fit():
    for size, kernel, stride, before, after, dilation in itertools.product(
        range(1, 10), range(1, 6), (1, 2, 3), (0, 2), (0, 1), (1, 2)
    ):
        span = dilation * (kernel - 1) + 1
        fitting = windows_that_fit(size + before + after, span, stride)
        if fitting:
            found = shapes.conv_output_size(size, kernel, stride, (before, after), dilation)
            assert found == len(fitting)
        else:
            with pytest.raises(ValueError, match="does not fit into"):
                shapes.conv_output_size(size, kernel, stride, (before, after), dilation)


def test_rounding_up_lets_the_last_window_hang_over_and_exact_refuses():
    assert shapes.conv_output_size(7, 3, stride=3) == 2
    assert shapes.conv_output_size(7, 3, stride=3, rounding="ceil") == 3
    assert shapes.conv_output_size(7, 3, stride=2, rounding="exact") == 3
    with pytest.raises(ValueError, match=r"moved by 3 does not fit 7 pixels: \(7 - 3\) / 3 \+ 1 = 2.33"):
        shapes.conv_output_size(7, 3, stride=3, rounding="exact")


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"size": 0}, ValueError, "size must be at least 1, not 0"),
        ({"size": 5.0}, TypeError, "size must be a whole number, not 5.0"),
        ({"size": True}, TypeError, "size must be a whole number, not True"),
        ({"kernel_size": "3"}, TypeError, "kernel_size must be a whole number, not '3'"),
        ({"stride": 0}, ValueError, "stride must be at least 1"),
        ({"dilation": -1}, ValueError, "dilation must be at least 1"),
        ({"padding": -1}, ValueError, "padding must be at least 0"),
        ({"padding": (1, 2, 3)}, TypeError, r"padding must be a whole number, not \(1, 2, 3\)"),
        ({"rounding": "up"}, ValueError, 'rounding must be "floor", "ceil" or "exact", not \'up\''),
    ],
)
def test_bad_arguments_are_named(arguments, error, words):
    with pytest.raises(error, match=words):
        shapes.conv_output_size(**{"size": 5, "kernel_size": 3, **arguments})


def test_products_are_counted_one_by_one():
    for size, kernel in itertools.product((3, 5, 8), (1, 3)):
        at_every_pixel = sum(1 for _ in itertools.product(range(size), range(size), range(kernel), range(kernel)))
        places = len(windows_that_fit(size, kernel, 1))
        assert shapes.correlation_multiply_count(size, kernel) == at_every_pixel
        assert shapes.correlation_multiply_count(size, kernel, valid=True) == places**2 * kernel**2
        assert shapes.separable_multiply_count(size, kernel) == size**2 * (kernel + kernel)


@pytest.mark.parametrize(
    "count", [shapes.correlation_multiply_count, shapes.separable_multiply_count, shapes.fft_multiply_count]
)
def test_counts_refuse_what_is_no_size(count):
    with pytest.raises(ValueError, match="image_size must be at least 1, not 0"):
        count(0, 3)
    with pytest.raises(TypeError, match=r"kernel_size must be a whole number, not 2\.5"):
        count(8, 2.5)
