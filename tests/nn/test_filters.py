"""Filters, doubling and halving, and non-linearities that do not fold frequencies back."""

import math

import numpy as np
import pytest
import torch
from scipy.signal import firwin
from torch import Tensor, nn

from genlib.nn import (
    Downsample,
    LaplacianPyramid,
    Oversampled,
    Upsample,
    binomial,
    downsample,
    kaiser,
    named_filter,
    translate,
    upsample,
)

NAMES = ("nearest", "bilinear", "binomial", "kaiser")
EVEN = ("nearest", "bilinear", "kaiser")


@pytest.mark.parametrize("name", NAMES)
def test_a_filter_sums_to_one_and_is_symmetric(name: str) -> None:
    taps = named_filter(name)
    assert taps.sum().item() == pytest.approx(1, abs=1e-12)
    torch.testing.assert_close(taps, taps.flip(0))


def test_known_filters() -> None:
    assert binomial(4).tolist() == [1 / 8, 3 / 8, 3 / 8, 1 / 8]
    assert binomial(5).tolist() == [1 / 16, 4 / 16, 6 / 16, 4 / 16, 1 / 16]
    for taps, width in ((12, 0.2), (24, 0.2), (7, 0.1)):
        wanted = firwin(taps, 0.25, width=width, fs=1)
        np.testing.assert_allclose(kaiser(taps, width=width).numpy(), wanted, rtol=1e-6, atol=1e-9)


def test_the_longer_the_filter_the_less_passes_above() -> None:
    def left(taps: Tensor) -> float:
        response = torch.fft.rfft(taps, 512).abs()
        return response[int(512 * 0.36) :].max().item()

    found = [left(taps) for taps in (binomial(2), binomial(4), kaiser(12), kaiser(24))]
    assert found == sorted(found, reverse=True)
    assert found[0] > 0.4
    assert found[2] < 0.01  # 40 dB


@pytest.mark.parametrize("name", [*NAMES, "ideal"])
def test_a_constant_stays(name: str) -> None:
    x = torch.full((2, 3, 8, 8), 0.7).double()
    taps = named_filter(name)
    torch.testing.assert_close(
        upsample(x, taps, "circular"), torch.full((2, 3, 16, 16), 0.7).double()
    )
    torch.testing.assert_close(
        downsample(x, taps, "circular"), torch.full((2, 3, 4, 4), 0.7).double()
    )


def test_small_cases_by_hand() -> None:
    x = torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]])
    repeated = x.repeat_interleave(2, 2).repeat_interleave(2, 3)
    torch.testing.assert_close(upsample(x, binomial(2)), repeated)
    torch.testing.assert_close(downsample(repeated, binomial(2)), x)
    wanted = nn.functional.interpolate(x, scale_factor=2, mode="bilinear")
    torch.testing.assert_close(upsample(x, binomial(4), "replicate"), wanted)
    spike = torch.zeros(1, 1, 8, 8)
    spike[..., 3, 4] = 1.0
    found = upsample(spike, binomial(5))[0, 0]
    assert found[6, 8] == pytest.approx(4 * (6 / 16) ** 2)  # an odd filter stands on pixel 2i
    assert found.sum().item() == pytest.approx(4)
    torch.testing.assert_close(found[6, 6:11] / found[6, 8], torch.tensor([1, 4, 6, 4, 1.0]) / 6)


@pytest.mark.parametrize("name", [*EVEN, "binomial"])
def test_one_is_the_transpose_of_the_other(name: str) -> None:
    taps = named_filter(name)
    x, y = torch.randn(1, 1, 8, 8).double(), torch.randn(1, 1, 16, 16).double()
    up, down = upsample(x, taps, "circular"), downsample(y, taps, "circular")
    torch.testing.assert_close((up * y).sum(), 4 * (x * down).sum())


def waves(size: int, highest: int) -> Tensor:
    """Return smooth images on a torus, of all frequencies up to ``highest``."""
    torch.manual_seed(0)
    at = torch.arange(size).double() * 2 * math.pi / size
    rows = torch.stack([torch.cos(f * at + f) for f in range(highest + 1)])
    mix = torch.randn(3, highest + 1, highest + 1).double()
    return torch.einsum("cfg,fi,gj->cij", mix, rows, rows)[None]


@pytest.mark.parametrize(
    ("name", "highest", "error"), [("ideal", 7, 1e-12), ("kaiser", 4, 0.02), ("binomial", 1, 0.2)]
)
def test_up_then_down_is_the_identity_on_what_passes(name: str, highest: int, error: float) -> None:
    x, taps = waves(16, highest), named_filter(name)
    again = downsample(upsample(x, taps, "circular"), taps, "circular")
    assert (again - x).abs().max() / x.abs().max() < error


def test_the_ideal_filter_samples_the_same_signal_more_often() -> None:
    x = waves(16, 7)
    torch.testing.assert_close(upsample(x, None, "circular")[..., ::2, ::2], x)
    fine = waves(32, 7)
    torch.testing.assert_close(upsample(fine[..., ::2, ::2], None, "circular"), fine)
    gone = torch.cos(torch.arange(32).double() * 2 * math.pi * 9 / 32).expand(1, 1, 32, 32)
    assert downsample(gone, None, "circular").abs().max() < 1e-12


def test_shifts_by_whole_pixels_are_rolls_and_by_parts_are_of_the_signal() -> None:
    x = torch.randn(2, 3, 8, 6).double()
    torch.testing.assert_close(translate(x, (3, -2)), x.roll((3, -2), (2, 3)))
    odd = torch.randn(1, 1, 7, 9).double()
    torch.testing.assert_close(translate(odd, (2, 1)), odd.roll((2, 1), (2, 3)))
    torch.testing.assert_close(translate(translate(odd, (0.3, 0.6)), (0.7, -0.6)), odd.roll(1, 2))
    fine = waves(32, 7)
    moved = translate(fine[..., ::2, ::2], (0.5, 0))  # half a coarse pixel is a fine one
    torch.testing.assert_close(moved, fine.roll(1, 2)[..., ::2, ::2])


def equivariance(layer: nn.Module, by: float) -> float:
    """Return the signal over the error of a move, in dB."""
    x = waves(32, 8).float()
    error = layer(translate(x, (by, by))) - translate(layer(x), (by, by))
    return 10 * math.log10((layer(x).square().mean() / error.square().mean()).item())


@pytest.mark.parametrize(("filter", "more"), [("kaiser", 10), ("ideal", 18)])
def test_an_oversampled_nonlinearity_moves_with_its_input(filter: str, more: float) -> None:
    plain = nn.LeakyReLU(0.2)
    over = Oversampled(plain, filter)
    assert equivariance(plain, 1.0) > 100  # whole pixels say nothing
    assert equivariance(over, 0.5) > equivariance(plain, 0.5) + more
    x = waves(16, 2).float()
    torch.testing.assert_close(Oversampled(nn.Identity(), filter)(x), x, rtol=0.02, atol=0.1)


def test_a_nonlinearity_keeps_its_size() -> None:
    x = torch.randn(2, 3, 10, 12)
    assert Oversampled(torch.tanh, "bilinear", "zeros")(x).shape == x.shape
    assert Upsample("kaiser")(x).shape == (2, 3, 20, 24)
    assert Downsample("nearest")(x).shape == (2, 3, 5, 6)


@pytest.mark.parametrize("levels", [0, 1, 2])
def test_a_pyramid_is_exactly_undone(levels: int) -> None:
    x, pyramid = torch.randn(2, 3, 28, 20).double(), LaplacianPyramid(levels).double()
    parts = pyramid(x)
    assert [part.shape[-2:] for part in parts] == [
        (28 // 2**k, 20 // 2**k) for k in [levels, *range(levels - 1, -1, -1)]
    ]
    torch.testing.assert_close(pyramid.inverse(parts), x, rtol=0, atol=1e-14)


def test_what_a_pyramid_holds() -> None:
    pyramid = LaplacianPyramid(2).double()
    small, *residuals = pyramid(torch.full((1, 1, 16, 16), 0.3).double())
    torch.testing.assert_close(small, torch.full((1, 1, 4, 4), 0.3).double())
    assert max(residual.abs().max() for residual in residuals) < 1e-15
    x = torch.randn(1, 1, 16, 16).double()
    parts = pyramid(x)
    torch.testing.assert_close(parts[0], pyramid.down(pyramid.down(x)))
    torch.testing.assert_close(parts[2], x - pyramid.up(pyramid.down(x)))


@pytest.mark.parametrize(
    ("call", "complaint"),
    [
        (lambda: named_filter("kaisr"), "filter='kaisr'.*kaiser"),
        (lambda: kaiser(0), "taps=0"),
        (lambda: kaiser(12, 0.6), "cutoff=0.6"),
        (lambda: upsample(torch.zeros(1, 1, 4, 4), None), "wants a torus"),
        (lambda: upsample(torch.zeros(1, 1, 4, 4), binomial(4), "mirror"), "padding='mirror'"),
        (lambda: upsample(torch.zeros(1, 1, 2, 2), kaiser(12), "circular"), "too small for the"),
        (lambda: downsample(torch.zeros(1, 1, 5, 4), binomial(4)), "wanted even sides"),
        (lambda: LaplacianPyramid(-1), "levels=-1"),
        (lambda: LaplacianPyramid(3)(torch.zeros(1, 1, 28, 28)), "halved so often"),
        (lambda: LaplacianPyramid(1).inverse([]), "is empty"),
        (lambda: LaplacianPyramid(1).inverse([torch.zeros(1, 1, 4, 4)] * 2), "a residual is"),
    ],
)
def test_what_does_not_fit_is_refused(call: object, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        call()
