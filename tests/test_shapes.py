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


# Padding, transposed convolution, counts and receptive fields


def test_same_padding_gives_one_window_for_each_step_of_the_stride_and_no_zero_more_than_needed():
    for size, kernel, stride, dilation in itertools.product(range(1, 14), range(1, 8), range(1, 6), (1, 2, 3)):
        before, after = shapes.same_padding(size, kernel, stride, dilation)
        wanted = len(range(0, size, stride))
        assert shapes.conv_output_size(size, kernel, stride, (before, after), dilation) == wanted
        assert 0 <= after - before <= 1
        fewer = before + after - 1
        span = dilation * (kernel - 1) + 1
        if fewer >= 0:
            assert len(windows_that_fit(size + fewer, span, stride)) < wanted


def test_a_window_reaches_from_its_first_weight_to_its_last():
    for kernel, dilation in itertools.product(range(1, 12), range(1, 6)):
        weights = [u * dilation for u in range(kernel)]
        assert shapes.window_extent(kernel, dilation) == weights[-1] - weights[0] + 1


def test_a_transposed_convolution_covers_what_its_kernels_are_laid_on():
    for size, kernel, stride, before, after, dilation in itertools.product(
        range(1, 6), range(1, 5), (1, 2, 3), (0, 1), (0, 2), (1, 2)
    ):
        covered = {i * stride + u * dilation for i in range(size) for u in range(kernel)}
        left = max(covered) + 1 - before - after
        for extra in range(max(stride, dilation)):
            arguments = size, kernel, stride, (before, after), extra, dilation
            if left + extra < 1:
                with pytest.raises(ValueError, match="nothing is left"):
                    shapes.conv_transpose_output_size(*arguments)
            else:
                assert shapes.conv_transpose_output_size(*arguments) == left + extra


def test_a_transposed_convolution_gives_back_every_size_that_the_convolution_shrinks_to_one():
    for size, kernel, stride, padding in itertools.product(range(5, 20), (1, 2, 3, 4), (1, 2, 3, 4), (0, 1)):
        small = shapes.conv_output_size(size, kernel, stride, padding)
        shortest = shapes.conv_transpose_output_size(small, kernel, stride, padding)
        extra = size - shortest
        assert 0 <= extra < stride
        assert shapes.conv_transpose_output_size(small, kernel, stride, padding, output_padding=extra) == size


def test_parameters_are_counted_one_by_one():
    for per_group, filters, (height, width), groups in itertools.product((1, 2), (1, 3), ((1, 1), (2, 3)), (1, 2)):
        in_channels, out_channels = per_group * groups, filters * groups
        weights = sum(1 for _ in itertools.product(*map(range, (out_channels, per_group, height, width))))
        arguments = in_channels, out_channels, (height, width), groups
        assert shapes.conv_parameter_count(*arguments, bias=False) == weights
        assert shapes.conv_parameter_count(*arguments) == weights + out_channels
        places = sum(1 for _ in itertools.product(range(4), range(5)))
        assert shapes.conv_multiply_count(*arguments[:3], (4, 5), groups) == weights * places
    assert shapes.conv_multiply_count(3, 2, 5, 4) == shapes.conv_multiply_count(3, 2, (5, 5), (4, 4))


def seen_through(layers, place):
    """The input pixels that output pixel `place` of a stack depends on, followed weight by weight."""
    pixels = {place}
    for kernel, stride, *dilation in reversed(layers):
        spread = dilation[0] if dilation else 1
        pixels = {pixel * stride + u * spread for pixel in pixels for u in range(kernel)}
    return pixels


def test_the_receptive_field_is_what_can_be_reached_backwards():
    kinds = ((1, 1), (3, 1), (2, 2), (5, 3), (3, 1, 2), (3, 2, 3))
    for depth in (1, 2, 3):
        for layers in itertools.product(kinds, repeat=depth):
            first, second = seen_through(layers, 0), seen_through(layers, 1)
            span, jump = max(first) - min(first) + 1, min(second) - min(first)
            assert shapes.receptive_field(layers) == (span, jump)
    assert shapes.receptive_field([]) == (1, 1)


def test_a_pair_is_one_number_for_both_or_two():
    assert shapes.pair("stride", 3, 1) == (3, 3)
    assert shapes.pair("stride", [2, 5], 1) == (2, 5)
    for bad, error, words in (
        ((1, 2, 3), TypeError, r"stride must be a whole number, not \(1, 2, 3\)"),
        ((1, 0), ValueError, "stride must be at least 1, not 0"),
        ((1.0, 2), TypeError, "stride must be a whole number, not 1.0"),
    ):
        with pytest.raises(error, match=words):
            shapes.pair("stride", bad, 1)


def test_every_form_of_padding_becomes_four_sides():
    sides = {
        0: ((0, 0), (0, 0)),
        2: ((2, 2), (2, 2)),
        (1, 3): ((1, 1), (3, 3)),
        ((1, 2), (3, 4)): ((1, 2), (3, 4)),
        "valid": ((0, 0), (0, 0)),
        "same": (shapes.same_padding(7, 3, 2, 1), shapes.same_padding(8, 4, 1, 3)),
        "full": ((2, 2), (9, 9)),
    }
    for padding, expected in sides.items():
        assert shapes.padding_sides(padding, (7, 8), (3, 4), (2, 1), (1, 3)) == expected


def test_full_padding_is_all_that_lets_every_window_touch_the_picture():
    for size, kernel, dilation in itertools.product((1, 4), (1, 2, 5), (1, 3)):
        (before, after), _ = shapes.padding_sides("full", (size, 1), (kernel, 1), (1, 1), (dilation, 1))
        span = dilation * (kernel - 1) + 1
        assert (before, after) == (span - 1, span - 1)
        assert shapes.conv_output_size(size, kernel, 1, (before, after), dilation) == size + span - 1


def test_the_slices_of_a_window_are_the_places_that_each_weight_meets():
    for kernel, stride, dilation, out in itertools.product(
        ((1, 3), (3, 2)), ((1, 1), (2, 3)), ((1, 1), (3, 2)), ((1, 1), (4, 3))
    ):
        height, width = (
            (o - 1) * s + (k - 1) * d + 1 for k, s, d, o in zip(kernel, stride, dilation, out, strict=True)
        )
        found = [
            (u, v, list(range(height))[rows], list(range(width))[columns])
            for u, v, rows, columns in shapes.window_slices(kernel, stride, dilation, out)
        ]
        assert found == [
            (u, v, [i * stride[0] + u * dilation[0] for i in range(out[0])],
             [j * stride[1] + v * dilation[1] for j in range(out[1])])
            for u in range(kernel[0]) for v in range(kernel[1])
        ]  # fmt: skip


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: shapes.same_padding(0, 3), ValueError, "size must be at least 1, not 0"),
        (lambda: shapes.same_padding(7, 2.5), TypeError, "kernel_size must be a whole number, not 2.5"),
        (lambda: shapes.same_padding(7, 3, stride=0), ValueError, "stride must be at least 1"),
        (lambda: shapes.window_extent(0), ValueError, "kernel_size must be at least 1"),
        (lambda: shapes.window_extent(3, dilation=0), ValueError, "dilation must be at least 1"),
        (
            lambda: shapes.conv_transpose_output_size(3, 3, stride=2, output_padding=2),
            ValueError,
            "output_padding must be below the stride 2 or the dilation 1, not 2",
        ),
        (lambda: shapes.conv_transpose_output_size(3, 3, output_padding=-1), ValueError, "output_padding must be at"),
        (
            lambda: shapes.conv_transpose_output_size(1, 3, padding=2),
            ValueError,
            r"1 pixels spread to 3, and padding takes away 2 \+ 2",
        ),
        (
            lambda: shapes.conv_parameter_count(3, 10, 5, groups=2),
            ValueError,
            "2 groups cannot share 3 input and 10 output channels evenly",
        ),
        (
            lambda: shapes.conv_output_size(7, 3, padding="same"),
            ValueError,
            r'in numbers, not "same"; .* same_padding\(\)',
        ),
        (lambda: shapes.check_layout("x", 8), ValueError, r"x is \(N, C, H, W\), not of shape \(8,\)"),
        (lambda: shapes.conv_parameter_count(0, 10, 5), ValueError, "in_channels must be at least 1, not 0"),
        (lambda: shapes.conv_parameter_count(3, 2.0, 5), TypeError, "out_channels must be a whole number, not 2.0"),
        (lambda: shapes.conv_parameter_count(3, 10, (5, 0)), ValueError, "kernel_size must be at least 1, not 0"),
        (lambda: shapes.conv_parameter_count(4, 4, 3, groups=0), ValueError, "groups must be at least 1"),
        (lambda: shapes.conv_multiply_count(3, 10, 5, 0), ValueError, "output_size must be at least 1, not 0"),
        (lambda: shapes.receptive_field([(0, 1)]), ValueError, "kernel_size must be at least 1, not 0"),
        (lambda: shapes.receptive_field([(3, 0)]), ValueError, "stride must be at least 1, not 0"),
        (lambda: shapes.receptive_field([3]), ValueError, r"a layer is \(kernel_size, stride\) or .*, not 3"),
        (lambda: shapes.receptive_field([(3, 1, 1, 1)]), ValueError, r"not \(3, 1, 1, 1\)"),
        (
            lambda: shapes.padding_sides("half", (7, 7), (3, 3), (1, 1), (1, 1)),
            ValueError,
            'padding is "valid", "same", "full" or in numbers, not \'half\'',
        ),
        (lambda: shapes.padding_sides(-1, (7, 7), (3, 3), (1, 1), (1, 1)), ValueError, "padding must be at least 0"),
        (
            lambda: shapes.padding_sides((1, 2, 3), (7, 7), (3, 3), (1, 1), (1, 1)),
            ValueError,
            r"padding in numbers is p, \(h, w\) or \(\(top, bottom\), \(left, right\)\), not \(1, 2, 3\)",
        ),
        (lambda: shapes.padding_sides((1.5, 2), (7, 7), (3, 3), (1, 1), (1, 1)), TypeError, "not 1.5"),
    ],
)
def test_what_is_no_setting_is_named(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_a_list_serves_as_the_two_sides_of_a_padding():
    assert shapes.conv_output_size(7, 3, padding=[1, 2]) == shapes.conv_output_size(7, 3, padding=(1, 2)) == 8
