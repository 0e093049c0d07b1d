"""The VAE with residual convolutional networks."""

import math

import pytest
import torch

from genlib import fit
from genlib.latent import ResidualVAE
from genlib.nn import ResidualBlock

SMALL = {"latent": 3, "channels": (4, 6), "blocks": 1, "event_shape": (1, 8, 8)}


def binary(n: int = 5) -> torch.Tensor:
    return (torch.rand(n, 1, 8, 8, generator=torch.Generator().manual_seed(0)) > 0.5).float()


def test_a_fresh_block_is_the_identity():
    x = torch.randn(2, 4, 5, 5)
    assert torch.equal(ResidualBlock(4)(x), x)


def test_a_block_is_x_plus_its_branch():
    block = ResidualBlock(4)
    torch.nn.init.normal_(block.branch[-1].weight)
    x = torch.randn(2, 4, 5, 5)
    silu = torch.nn.functional.silu
    inner = block.branch[1](silu(x))
    torch.testing.assert_close(block(x), x + block.branch[3](silu(inner)))
    assert not torch.equal(block(x), x)


@pytest.mark.parametrize("wrong", [{"channels": 0}, {"channels": 4, "kernel": 2}])
def test_a_block_refuses_sizes_that_make_none(wrong):
    with pytest.raises(ValueError, match="wanted positive"):
        ResidualBlock(**wrong)


def test_default_builds_for_mnist():
    model = ResidualVAE()
    assert model.sample(2).shape == (2, 1, 28, 28)
    assert 2 * sum(p.numel() for p in model.parameters()) < 2_000_000  # bytes in float16


def test_codes_with_more_dimensions_decode_one_by_one():
    model = ResidualVAE(**SMALL)
    z = torch.randn(4, 5, 3)
    together = model.decode(z)
    assert together.shape == (4, 5, 1, 1, 8, 8)
    torch.testing.assert_close(together[2], model.decode(z[2]))


def test_examples_of_a_batch_do_not_mix():
    model = ResidualVAE(**SMALL).double()
    x = binary().double().requires_grad_()
    model.encode(x)[0][1].sum().backward()
    assert x.grad[1].abs().sum() > 0
    assert x.grad[[0, 2, 3, 4]].abs().sum() == 0


def test_bound_of_one_draw_is_an_elbo_and_grows_with_draws():
    model = ResidualVAE(**SMALL)
    x = binary(64)
    with torch.no_grad():
        one = torch.stack([model.log_prob(x, 1).mean() for _ in range(40)])
        many = model.log_prob(x, 100).mean()
        elbo = torch.stack([model.elbo(x).mean() for _ in range(40)])
    error = math.hypot(one.std() / 40**0.5, elbo.std() / 40**0.5)
    assert abs(one.mean() - elbo.mean()) < 4 * error
    assert many > one.mean()


def test_channels_last_changes_the_layout_and_not_the_mathematics():
    runs = []
    for channels_last in (False, True):
        torch.manual_seed(0)
        model = ResidualVAE(**SMALL)
        history = fit(model, binary(32), steps=20, batch_size=8, channels_last=channels_last)
        runs.append(history["loss"])
    assert model.encoder[1].weight.is_contiguous(memory_format=torch.channels_last)
    assert runs[0] == pytest.approx(runs[1], rel=1e-4)


@pytest.mark.parametrize(
    "wrong",
    [
        {"channels": ()},
        {"blocks": 0},
        {"event_shape": (1, 10, 10)},
        {"channels": (4, 0)},
        {"latent": 0},
    ],
)
def test_refuses_networks_that_cannot_be(wrong):
    with pytest.raises(ValueError, match="divides"):
        ResidualVAE(**{**SMALL, **wrong})
