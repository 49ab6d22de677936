"""Local response normalisation: by hand, by loops, by PyTorch where it is installed, every gradient entry, refusals."""

import inspect

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from course_lib import backend
from course_lib.gradcheck import numerical_gradient
from course_lib.normalisation import (
    local_response_norm,
    local_response_norm_backward,
    local_response_norm_loops,
)

SETTINGS = [  # size, alpha, beta, k
    (5, 1e-4, 0.75, 2.0),
    (5, 3.0, 0.75, 0.5),
    (1, 2.0, 0.5, 1.0),
    (3, 1.0, 1.0, 0.1),
    (9, 0.7, 1.3, 1.0),
    (3, 0.0, 0.75, 2.0),
]
SHAPES = [(1, 1, 1, 1), (2, 3, 4, 5), (1, 7, 2, 3), (3, 4)]
by_settings = pytest.mark.parametrize("settings", SETTINGS)
by_shape = pytest.mark.parametrize("shape", SHAPES)


def numbers(shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


@by_settings
@by_shape
def test_it_is_what_the_loops_write_out(shape, settings):
    expected = local_response_norm_loops(numbers(shape), *settings)
    assert_allclose(local_response_norm(numbers(shape), *settings), expected, rtol=1e-12)


@by_settings
@by_shape
def test_every_entry_of_the_gradient_agrees_with_central_differences(shape, settings):
    x, grad_out = numbers(shape), numbers(shape, 1)
    expected = numerical_gradient(lambda moved: (local_response_norm(moved, *settings) * grad_out).sum(), x)
    assert_allclose(local_response_norm_backward(grad_out, x, *settings), expected, rtol=1e-7, atol=1e-9)


@by_settings
@by_shape
def test_it_agrees_with_pytorch(shape, settings):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    size, alpha, beta, k = settings
    if len(shape) == 2:
        pytest.skip("PyTorch normalises (N, C, ...) with at least one more axis")
    x = torch.tensor(numbers(shape), requires_grad=True)
    out = torch.nn.functional.local_response_norm(x, size, alpha, beta, k)
    out.backward(torch.tensor(numbers(shape, 1)))
    assert_allclose(local_response_norm(numbers(shape), *settings), out.detach().numpy(), rtol=1e-12)
    assert_allclose(
        local_response_norm_backward(numbers(shape, 1), numbers(shape), *settings), x.grad.numpy(), rtol=1e-10
    )


def test_a_loud_neighbour_makes_a_map_quieter_and_a_far_one_does_not():
    x = np.ones((1, 6, 1, 1))
    loud = x.copy()
    loud[0, 0] = 10.0
    changed = (local_response_norm(loud, 5, alpha=1.0) / local_response_norm(x, 5, alpha=1.0))[0, 1:, 0, 0]
    assert (changed[:2] < 1).all()
    assert_array_equal(changed[2:], 1)


def test_the_dtype_stays_and_nothing_is_changed_in_place():
    x = numbers((2, 3, 2, 2)).astype(np.float32)
    before = x.copy()
    assert local_response_norm(x, 3).dtype == local_response_norm_backward(x, x, 3).dtype == np.float32
    assert_array_equal(x, before)
    assert local_response_norm(np.ones((1, 2), int), 3).dtype == np.float64


def test_forward_backward_and_the_loops_have_the_same_settings_unless_told_otherwise():
    settings = [
        {name: parameter.default for name, parameter in inspect.signature(function).parameters.items()}
        for function in (local_response_norm, local_response_norm_backward, local_response_norm_loops)
    ]
    del settings[1]["grad_out"]
    assert settings[0] == settings[1] == settings[2]


def test_pictures_taken_one_by_one_or_two_by_two_give_the_same(monkeypatch):
    x = numbers((5, 7, 3, 4))
    expected, gradient = local_response_norm(x, 5), local_response_norm_backward(x[::-1], x, 5)
    for pictures in (0.5, 1, 2, 3):
        monkeypatch.setattr(backend, "_CACHE_BYTES", int(pictures * x[0].nbytes))
        assert_array_equal(local_response_norm(x, 5), expected)
        assert_array_equal(local_response_norm_backward(x[::-1], x, 5), gradient)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((np.ones(3), 3), r"x is \(N, C, H, W\) or \(N, C\), not of shape \(3,\)$"),
        ((np.ones((3, 4, 4)), 3), r"not of shape \(3, 4, 4\); for a single picture, x\[None\] adds the N"),
        ((np.ones((1, 3)), 4), "so it is odd; 4 came"),
        ((np.ones((1, 3)), 0), "size must be at least 1, not 0"),
        ((np.ones((1, 3)), 3, -1.0), "alpha must be at least 0"),
        ((np.ones((1, 3)), 3, 1.0, 0.75, 0.0), "k more than 0"),
        ((np.empty((0, 3)), 3), "x is empty"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(arguments, words):
    with pytest.raises(ValueError, match=words):
        local_response_norm(*arguments)


def test_a_gradient_of_another_shape_is_refused():
    with pytest.raises(ValueError, match=r"the gradient has the shape \(1, 2\), the output \(1, 3\)"):
        local_response_norm_backward(np.ones((1, 2)), np.ones((1, 3)), 3)
