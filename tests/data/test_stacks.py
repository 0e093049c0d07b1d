"""Grey images as the channels of colour pictures."""

import pytest
import torch

from genlib import fit
from genlib.data import PerBatch, stacked
from genlib.gans import DCGAN

NUMBERS = torch.arange(500).view(-1, 1, 1, 1).expand(-1, 1, 2, 3)


def test_every_image_is_used_once_in_every_channel() -> None:
    y = stacked(NUMBERS, 4)
    assert y.shape == (500, 4, 2, 3)
    assert y.dtype == NUMBERS.dtype
    assert (y == y[:, :, :1, :1]).all()  # no image is cut
    for channel in y[:, :, 0, 0].T:
        assert torch.equal(channel.sort().values, torch.arange(500))


def test_channels_are_independent_and_no_order_is_kept() -> None:
    found = stacked(NUMBERS.double(), 3, torch.Generator().manual_seed(0))[:, :, 0, 0].T
    together = torch.corrcoef(torch.cat([found, torch.arange(500.0).double()[None]]))
    assert (together - torch.eye(4)).abs().max() < 0.15  # four standard errors are 0.18


def test_labels_make_a_thousand_equal_modes() -> None:
    labels = torch.arange(10).repeat(1000).view(-1, 1, 1, 1)
    a, b, c = stacked(labels, generator=torch.Generator().manual_seed(1)).flatten(1).T
    counts = (100 * a + 10 * b + c).bincount(minlength=1000)
    assert counts.min() > 0
    assert counts.double().var() == pytest.approx(10, rel=0.2)  # that of a Poisson number


def test_a_generator_decides_and_the_default_one_moves_on() -> None:
    first, second = (stacked(NUMBERS, 3, torch.Generator().manual_seed(2)) for _ in range(2))
    assert torch.equal(first, second)
    assert not torch.equal(stacked(NUMBERS), stacked(NUMBERS))


def test_fit_draws_stacks_for_every_batch() -> None:
    x = torch.rand(32, 1, 4, 4)
    model = DCGAN(2, 3, event_shape=(3, 4, 4))
    fit(model, PerBatch(stacked, x), steps=2, batch_size=8, device="cpu", progress=False)
    assert model.sample(2).shape == (2, 3, 4, 4)


@pytest.mark.parametrize("shape", [(5, 3, 4, 4), (5, 4, 4)])
def test_what_cannot_be_stacked_is_named(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"images of shape .* wanted \(N, 1, H, W\)"):
        stacked(torch.zeros(shape))


def test_a_stack_has_an_image() -> None:
    with pytest.raises(ValueError, match="channels=0, wanted at least one image"):
        stacked(torch.zeros(2, 1, 3, 3), 0)
