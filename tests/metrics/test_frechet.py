"""The Fréchet distance: closed forms of known Gaussians, singular covariances, and its bias."""

import math

import numpy as np
import pytest
import scipy.linalg
import torch
from torch import Tensor

from genlib.metrics import frechet, frechet_limit


def noise(n: int, d: int, seed: int = 0) -> Tensor:
    return torch.randn(n, d, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def exactly(mean: Tensor, root: Tensor, n: int = 50, seed: int = 0) -> Tensor:
    """Return n points whose own mean is ``mean`` and whose own covariance is root root^T."""
    drawn = noise(n, len(root), seed)
    white = torch.linalg.qr(drawn - drawn.mean(0)).Q * math.sqrt(n - 1)
    return mean + white @ root.T


def closed_form(m: Tensor, S: Tensor, n: Tensor, V: Tensor) -> float:
    """The textbook formula, with a square root of the product, for regular covariances."""
    root = scipy.linalg.sqrtm((S @ V).numpy()).real
    return ((m - n).square().sum() + S.trace() + V.trace() - 2 * np.trace(root)).item()


def test_on_a_line_it_is_the_squared_differences_of_mean_and_deviation() -> None:
    x = exactly(torch.tensor([1.0]), torch.tensor([[2.0]]).double())
    y = exactly(torch.tensor([4.0]), torch.tensor([[0.5]]).double(), n=30, seed=1)
    assert frechet(x, y) == pytest.approx(3.0**2 + 1.5**2, abs=1e-12)


@pytest.mark.parametrize("d", [1, 3, 6])
def test_it_is_the_closed_form_of_gaussians(d: int) -> None:
    m, n, a, b = noise(1, d, 1)[0], noise(1, d, 2)[0], noise(d, d, 3), noise(d, d, 4)
    found = frechet(exactly(m, a, 40, 5), exactly(n, b, 60, 6))
    assert found == pytest.approx(closed_form(m, a @ a.T, n, b @ b.T), abs=1e-10)


def test_singular_covariances_are_no_trouble() -> None:
    one = torch.tensor([[1.0, 0, 0], [0, 2, 0], [0, 0, 0]]).double()
    other = torch.tensor([[0.0, 0, 0], [0, 5, 0], [0, 0, 3]]).double()
    found = frechet(exactly(torch.zeros(3), one), exactly(torch.ones(3), other))
    # The axes do not mix: 3 for the means, and the squared differences of the deviations.
    assert found == pytest.approx(3 + 1 + 9 + 9, abs=1e-10)


def test_fewer_examples_than_features_and_a_set_that_is_a_point() -> None:
    x = noise(5, 20)
    spread = (x - x.mean(0)).square().sum().item() / 4
    assert frechet(x, torch.zeros(2, 20)) == pytest.approx(spread + x.mean(0).square().sum().item())
    assert frechet(x, x) == pytest.approx(0, abs=1e-12)


def test_it_is_symmetric_and_never_negative() -> None:
    x, y = noise(30, 4), 2 * noise(50, 4, 1) + 1
    assert frechet(x, y) == pytest.approx(frechet(y, x), rel=1e-12)
    assert 0 <= frechet(x, x.flip(0)) < 1e-12


def test_rotations_and_offsets_change_nothing_and_a_scale_enters_squared() -> None:
    x, y = noise(40, 3), noise(40, 3, 1) * torch.tensor([1.0, 2.0, 3.0])
    rotation = torch.linalg.qr(noise(3, 3, 2)).Q
    turned = frechet(x @ rotation + 1e6, y @ rotation + 1e6)
    assert turned == pytest.approx(frechet(x, y), rel=1e-6)
    assert frechet(10 * x, 10 * y) == pytest.approx(100 * frechet(x, y), rel=1e-12)


def test_low_precision_is_computed_in_float64() -> None:
    x, y = noise(40, 3).bfloat16(), (noise(40, 3, 1) + 1000).bfloat16()
    assert frechet(x.requires_grad_(), y) == frechet(x.double(), y.double())


def mean_bias(n: int, m: int, scales: Tensor, runs: int = 300) -> tuple[float, float]:
    """Return mean and standard error of the distance of two draws from one Gaussian."""
    draws = [
        frechet(
            noise(n, len(scales), 2 * run) * scales, noise(m, len(scales), 2 * run + 1) * scales
        )
        for run in range(runs)
    ]
    found = torch.tensor(draws, dtype=torch.float64)
    return found.mean().item(), found.std().item() / math.sqrt(runs)


@pytest.mark.parametrize(("n", "m"), [(400, 400), (400, 800)])
def test_the_bias_is_what_the_docstring_says(n: int, m: int) -> None:
    scales = torch.tensor([1.0, 1.0, 2.0, 0.5], dtype=torch.float64)
    values = scales.square()
    pairs = values[:, None] * values / (values[:, None] + values)
    c = 1.5 * values.sum() + pairs.triu(1).sum()
    expected = (c * (1 / n + 1 / m)).item()
    mean, error = mean_bias(n, m, scales)
    assert abs(mean - expected) < 4 * error + 0.02 * expected  # terms in 1/n^2 are left out
    assert error < 0.05 * expected


def test_the_limit_has_hardly_any_bias_and_finds_the_distance() -> None:
    same, apart = [], []
    for run in range(60):
        x, y = noise(200, 5, 2 * run), noise(200, 5, 2 * run + 1)
        same.append((frechet(x, y), frechet_limit(x, y)))
        apart.append(frechet_limit(x, 2 * y + 1))
    raw, limit = torch.tensor(same, dtype=torch.float64).T
    assert raw.mean() > 0.1  # d (d + 5) / 4 times 2 / 200 is .125
    assert abs(limit.mean()) < 0.1 * raw.mean()
    assert torch.tensor(apart).mean() == pytest.approx(10, rel=0.02)


def test_the_limit_does_not_depend_on_how_the_examples_are_sorted() -> None:
    x, y = noise(200, 2), noise(200, 2, 1)
    ordered = frechet_limit(x[x[:, 0].argsort()], y)
    assert abs(ordered - frechet_limit(x, y)) < 0.1  # halves of the sorted set are far apart
    assert frechet_limit(x, y) == frechet_limit(x, y)


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        (torch.zeros(3), torch.zeros(3, 2), r"x is \(3,\), wanted \(N, D\) with N at least 2"),
        (torch.zeros(1, 2), torch.zeros(3, 2), r"x is \(1, 2\), wanted"),
        (torch.zeros(3, 2), torch.zeros(3, 0), r"y is \(3, 0\), wanted"),
        (torch.zeros(3, 2), torch.zeros(3, 4), r"x \(3, 2\) and y \(3, 4\) have different"),
        (torch.full((3, 2), math.nan), torch.zeros(3, 2), "x holds numbers that are not finite"),
        (torch.zeros(3, 2), torch.full((3, 2), math.inf), "y holds numbers that are not finite"),
        ([[1.0], [2.0]], torch.zeros(3, 1), "x is list, wanted a tensor"),
        (torch.zeros(3, 2), torch.zeros(3, 2).cfloat(), "y is torch.complex64, wanted a tensor"),
    ],
)
def test_what_is_no_set_of_features_is_refused(x: object, y: Tensor, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        frechet(x, y)


def test_the_limit_wants_halves_that_follow_the_law() -> None:
    with pytest.raises(ValueError, match=r"wanted at least 2 \(D \+ 1\) = 12 rows each"):
        frechet_limit(noise(11, 5), noise(50, 5))
    assert math.isfinite(frechet_limit(noise(12, 5), noise(50, 5)))
    with pytest.raises(ValueError, match="splits=0, wanted a whole number, at least 1"):
        frechet_limit(noise(50, 5), noise(50, 5), splits=0)
