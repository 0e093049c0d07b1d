"""Kernel density: by hand, by a peer, and how it misleads."""

import math

import pytest
import torch
from sklearn.neighbors import KernelDensity
from torch import Tensor

from genlib.metrics import parzen, parzen_bandwidth


def noise(n: int, d: int, seed: int = 0) -> Tensor:
    return torch.randn(n, d, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_a_single_window_is_a_gaussian() -> None:
    found = parzen(torch.zeros(1, 2), torch.tensor([[3.0, 4.0]]), 2.0)
    assert found.item() == pytest.approx(-25 / 8 - math.log(2 * math.pi * 4))


def test_two_windows_are_their_mean() -> None:
    found = parzen(torch.tensor([[0.0], [2.0]]), torch.tensor([[0.0]]), 1.0)
    density = (1 + math.exp(-2)) / 2 / math.sqrt(2 * math.pi)
    assert found.item() == pytest.approx(math.log(density))


def test_the_density_is_a_peers() -> None:
    samples, x = noise(50, 6), noise(1100, 6, 1)
    theirs = KernelDensity(bandwidth=0.7).fit(samples).score_samples(x)
    torch.testing.assert_close(parzen(samples, x, 0.7), torch.from_numpy(theirs))


def test_the_bandwidth_is_the_best_on_held_out_data() -> None:
    samples, held = noise(300, 2), noise(300, 2, 1)
    widths = [0.02, 0.1, 0.4, 2.0]
    means = [parzen(samples, held, width).mean().item() for width in widths]
    assert parzen_bandwidth(samples, held, widths) == 0.4 == widths[means.index(max(means))]
    assert parzen_bandwidth(samples, samples, widths) == 0.02  # judged by themselves


def test_a_sampler_that_knows_three_points_can_beat_the_truth() -> None:
    # 784 dimensions, a truth of scale .1: few draws of it score below their own mean, as
    # distances between draws are twice as long, squared, as those to the middle.
    test, few = 0.1 * noise(200, 784), 0.1 * noise(200, 784, 1)
    widths = [0.05, 0.1, 0.12, 0.15, 0.2]
    honest = parzen(few, test, parzen_bandwidth(few, 0.1 * noise(200, 784, 2), widths))
    middle = parzen(torch.zeros(1, 784), test, 0.1)
    assert honest.mean() < middle.mean() - 100


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: parzen(noise(3, 2), noise(3, 2), 0.0), "wanted positive numbers"),
        (lambda: parzen(noise(3, 2), noise(3, 1), 1.0), "different numbers of features"),
        (lambda: parzen_bandwidth(noise(3, 2), noise(3, 2), []), "bandwidths is empty"),
    ],
)
def test_what_has_no_density_is_refused(call: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
