"""The four event spaces: exact where they are fixed, of the right law where they are drawn."""

import math

import pytest
import torch
from scipy import stats

from genlib.data import pixels

LEVELS = torch.arange(256, dtype=torch.uint8)


def source(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def deviations(frequencies: torch.Tensor, p: torch.Tensor, n: int) -> float:
    """Return the sum of squared standardised deviations of Bernoulli frequencies."""
    return ((frequencies - p).square() * n / (p * (1 - p))).sum().item()


def test_binary_is_exact_at_black_and_white() -> None:
    n = 1_000_000
    assert pixels.binary(torch.zeros(n, dtype=torch.uint8), source()).sum() == 0
    assert pixels.binary(torch.full((n,), 255, dtype=torch.uint8), source()).sum() == n


def test_binary_has_probability_x_over_255_and_not_over_256() -> None:
    n = 40_000
    frequencies = pixels.binary(LEVELS.expand(n, 256), source()).double().mean(0)[1:255]
    right, wrong = LEVELS[1:255].double() / 255, LEVELS[1:255].double() / 256
    low, high = stats.chi2(254).ppf([1e-4, 1 - 1e-4])
    assert low < deviations(frequencies, right, n) < high
    assert deviations(frequencies, wrong, n) > high


def test_binary_draws_pixels_independently() -> None:
    x = torch.full((100_000, 4), 128, dtype=torch.uint8)
    correlation = torch.corrcoef(pixels.binary(x, source()).T)
    off_diagonal = correlation - torch.eye(4)
    assert off_diagonal.abs().max() < 5 / math.sqrt(100_000)


def test_binary_uses_torch_default_generator() -> None:
    x = torch.full((100,), 100, dtype=torch.uint8)
    torch.manual_seed(7)
    first = pixels.binary(x)
    second = pixels.binary(x)
    torch.manual_seed(7)
    assert torch.equal(pixels.binary(x), first)
    assert not torch.equal(first, second)


def test_unit_and_symmetric_reach_both_ends_and_the_middle() -> None:
    x = torch.tensor([0, 51, 255], dtype=torch.uint8)
    assert torch.equal(pixels.unit(x), torch.tensor([0.0, 0.2, 1.0]))
    torch.testing.assert_close(pixels.symmetric(x), torch.tensor([-1.0, -0.6, 1.0]))
    assert pixels.symmetric(LEVELS).min() == -1
    assert pixels.symmetric(LEVELS).max() == 1


def test_dequantised_never_leaves_its_grey_level_nor_reaches_one() -> None:
    n = 20_000
    x = LEVELS.expand(n, 256)
    y = pixels.dequantised(x, source())
    assert y.min() >= 0
    assert y.max() < 1
    assert torch.equal((y * 256).floor().to(torch.uint8), x)


def test_dequantised_survives_the_largest_noise_there_is() -> None:
    # Among four million draws of sixteen bits, the largest appears some sixty times.
    y = pixels.dequantised(torch.full((2**22,), 255, dtype=torch.uint8), source())
    assert y.max() == 1 - 2**-24


@pytest.mark.parametrize("level", [0, 1, 200, 255])
def test_dequantised_noise_is_uniform(level: int) -> None:
    x = torch.full((50_000,), level, dtype=torch.uint8)
    noise = pixels.dequantised(x, source(level)).double() * 256 - level
    assert stats.kstest(noise.numpy(), "uniform").pvalue > 1e-3


@pytest.mark.parametrize("space", ["binary", "unit", "symmetric", "dequantised"])
def test_shape_is_kept_and_dtype_is_float32(space: str) -> None:
    x = torch.zeros(2, 1, 3, 4, dtype=torch.uint8)
    y = getattr(pixels, space)(x)
    assert y.shape == x.shape
    assert y.dtype == torch.float32


SPACES = ["binary", "unit", "symmetric", "dequantised"]


@pytest.mark.parametrize("space", SPACES)
@pytest.mark.parametrize(
    ("images", "given"),
    [
        (torch.rand(2, 3), "torch.float32"),  # already in [0, 1]: dividing again would be wrong
        (torch.zeros(2, dtype=torch.int64), "torch.int64"),
        (torch.zeros(2, dtype=torch.bool), "torch.bool"),
        (LEVELS.numpy(), "ndarray"),
        (None, "NoneType"),
    ],
    ids=["float", "int", "bool", "numpy", "none"],
)
def test_what_are_no_bytes_is_refused(space: str, images: object, given: str) -> None:
    with pytest.raises(ValueError, match=f"images are uint8, values 0 to 255; these are {given}"):
        getattr(pixels, space)(images)


@pytest.mark.parametrize("space", ["binary", "dequantised"])
def test_a_generator_is_one_and_on_the_device_of_the_images(space: str) -> None:
    draw = getattr(pixels, space)
    with pytest.raises(ValueError, match="generator is int"):
        draw(LEVELS, 0)
    with pytest.raises(ValueError, match="the generator is on cpu, the images are on meta"):
        draw(LEVELS.to("meta"), source())


@pytest.mark.parametrize("space", SPACES)
def test_no_pixels_are_no_trouble(space: str) -> None:
    assert getattr(pixels, space)(LEVELS[:0]).shape == (0,)
