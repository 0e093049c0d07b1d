"""Sliced Wasserstein distances against numbers by hand, and paths and moves of images."""

import math
from functools import partial

import pytest
import torch
from torch import Tensor

from genlib.divergences import wasserstein_samples
from genlib.metrics import (
    equivariance,
    perceptual_path_length,
    sliced_wasserstein,
    sliced_wasserstein_pyramid,
)


def mean_projection(d: int) -> float:
    """Return E|<u, e>| for u even on the sphere and a unit vector e."""
    return math.gamma(d / 2) / (math.sqrt(math.pi) * math.gamma((d + 1) / 2))


@pytest.mark.parametrize("d", [1, 2, 3, 20])
def test_a_moved_cloud(d: int) -> None:
    torch.manual_seed(0)
    x, move = torch.randn(300, d), torch.randn(d)
    found = sliced_wasserstein(x, x + move, directions=4000)
    assert found == pytest.approx(move.norm().item() * mean_projection(d), rel=0.05)


def test_shifted_gaussians_of_separate_draws() -> None:
    torch.manual_seed(0)
    move = torch.tensor([3.0, 4.0])
    found = sliced_wasserstein(torch.randn(4000, 2), torch.randn(4000, 2) + move, directions=256)
    assert found == pytest.approx(5 * 2 / math.pi, rel=0.06)


def test_on_the_line_it_is_the_distance_itself() -> None:
    x, y = torch.randn(50, 1).double(), torch.randn(80, 1).double() + 1
    wanted = wasserstein_samples(x[:, 0], y[:, 0]).item()
    assert sliced_wasserstein(x, y, directions=3) == pytest.approx(wanted)


def test_sets_of_other_sizes_and_what_a_distance_keeps() -> None:
    torch.manual_seed(1)
    x, y = torch.randn(40, 3), torch.randn(60, 3) + 1
    found = sliced_wasserstein(x, y)
    again = sliced_wasserstein(x.repeat_interleave(3, 0), y.repeat_interleave(2, 0))
    assert again == pytest.approx(found)  # the same distributions, of equal sizes
    assert sliced_wasserstein(y, x) == pytest.approx(found)
    assert sliced_wasserstein(x, x[torch.randperm(40)]) == pytest.approx(0, abs=1e-12)
    assert sliced_wasserstein(3 * x, 3 * y) == pytest.approx(3 * found)
    assert sliced_wasserstein(x, y, seed=1) != found


def test_each_scale_of_images_has_its_own_distance() -> None:
    torch.manual_seed(0)
    x = torch.randn(60, 2, 28, 28).double()
    distances = partial(sliced_wasserstein_pyramid, patch=3, patches=32, directions=64)
    same = distances(x[:30], x[30:])
    assert list(same) == [7, 14, 28]
    assert distances(x, 5 * x + 1) == pytest.approx(distances(x, x), rel=1e-6)  # no contrast
    stripes = torch.randn(30, 2, 28, 1).double().expand_as(x[30:])
    assert distances(x[:30], stripes)[28] > 2 * same[28]
    low = distances(x[:30], x[30:] + 3 * torch.randn(30, 2, 1, 1))
    assert low[7] > 2 * same[7]
    torch.testing.assert_close(low[28], same[28])


@pytest.mark.parametrize(
    ("call", "complaint"),
    [
        (lambda: sliced_wasserstein(torch.zeros(3, 2), torch.zeros(3, 4)), "different numbers"),
        (lambda: sliced_wasserstein(torch.zeros(3, 2), torch.zeros(3, 2), directions=0), "directi"),
        (lambda: sliced_wasserstein_pyramid(torch.rand(2, 1, 24, 24), torch.rand(2, 1, 24, 24)),
         "sides of at least 28"),
        (lambda: sliced_wasserstein_pyramid(torch.rand(2, 1, 28, 28), torch.rand(2, 3, 28, 28)),
         "of one size"),
        (lambda: sliced_wasserstein_pyramid(torch.ones(2, 1, 28, 28), torch.rand(2, 1, 28, 28)),
         "no contrast"),
        (lambda: equivariance(lambda t: torch.zeros(1, 1, 4, 4), []), "0 shifts"),
        (lambda: equivariance(lambda t: torch.zeros(1, 1, 4, 4), [(1, 0)], peak=0), "peak=0"),
        (lambda: perceptual_path_length(torch.relu, torch.zeros(3, 2), torch.zeros(4, 2)), "ends"),
        (lambda: perceptual_path_length(torch.relu, *torch.zeros(2, 3, 2), step=0), "step=0"),
    ],
)  # fmt: skip
def test_what_cannot_be_measured_is_refused(call: object, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        call()


def wave(shift: tuple[float, float]) -> Tensor:
    """Return a wave on a torus, moved."""
    at = torch.arange(16).double()
    down = torch.cos(2 * math.pi * 2 * (at - shift[0]) / 16)
    right = torch.sin(2 * math.pi * 3 * (at - shift[1]) / 16)
    return (down[:, None] * right)[None, None]


def test_what_moves_with_its_input_has_no_error() -> None:
    assert equivariance(wave, [(1, 2), (0.5, 0), (-0.3, 0.7)]) > 250
    assert equivariance(lambda _: torch.ones(1, 1, 4, 4), [(1, 0)]) > 250


def test_decibels_by_hand() -> None:
    off = lambda shift: wave(shift) + 0.02 * (shift != (0.0, 0.0))  # noqa: E731
    assert equivariance(off, [(1, 0), (0, 2.5)]) == pytest.approx(40)
    assert equivariance(off, [(1, 0)], peak=1.0) == pytest.approx(40 - 20 * math.log10(2))
    still = equivariance(lambda _: wave((0, 0)), [(1, 0)])
    error = (wave((0, 0)) - wave((1, 0))).square().mean().item()
    assert still == pytest.approx(10 * math.log10(4 / error))
    # a move the other way is an error too
    assert equivariance(lambda shift: wave((-shift[0], 0)), [(1, 0)]) < 20


def test_a_margin_leaves_the_border_out() -> None:
    def edged(shift: tuple[float, float]) -> Tensor:
        found = wave(shift).clone()
        found[..., 0, :] += 1.0
        return found

    moved = [(1, 0)]
    assert equivariance(edged, moved) < 25
    assert equivariance(edged, moved, margin=2) > 250


def test_paths_of_a_linear_generator() -> None:
    torch.manual_seed(0)
    matrix = torch.randn(5, 12).double()
    draw = lambda codes: (codes @ matrix).view(-1, 1, 3, 4)  # noqa: E731
    starts, ends = torch.randn(40, 5).double(), torch.randn(40, 5).double()
    flat = partial(torch.flatten, start_dim=1)
    found = perceptual_path_length(draw, starts, ends, describe=flat)
    wanted = ((ends - starts) @ matrix).square().sum(1).mean().item()
    assert found == pytest.approx(wanted)


def test_on_a_circle_the_speed_is_the_angle() -> None:
    torch.manual_seed(0)
    starts, ends = torch.randn(2, 30, 6).double()
    ends *= starts.norm(dim=1, keepdim=True) / ends.norm(dim=1, keepdim=True)
    angles = torch.cosine_similarity(starts, ends).acos()
    wanted = (angles * starts.norm(dim=1)).square().mean().item()
    found = perceptual_path_length(
        lambda codes: codes, starts, ends, spherical=True, describe=lambda x: x, step=1e-4
    )
    assert found == pytest.approx(wanted, rel=1e-6)


def test_paths_through_the_classifier() -> None:
    torch.manual_seed(0)
    images = torch.rand(2, 4, 1, 28, 28) * 2 - 1
    found = perceptual_path_length(lambda x: x, images[0], images[1], step=0.01)
    assert found > 0
    assert perceptual_path_length(lambda x: x, images[0], images[0]) == 0
