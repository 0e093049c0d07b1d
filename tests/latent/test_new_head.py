"""What a model with a new head costs: a 256-level convolutional VAE on digits, in 25 lines."""

import itertools

import pytest
import torch
from torch import Tensor, nn

import genlib
from genlib.data import Images
from genlib.latent import VAE
from genlib.likelihoods import Categorical, LogisticMixture

GREY = 256


class GreyVAE(VAE):
    """A convolutional VAE of grey digits: a softmax over 256 levels for every pixel."""

    def __init__(self, latent: int = 16, width: int = 16, **options: object) -> None:
        encoder = nn.Sequential(
            nn.Unflatten(1, (1, 28, 28)),
            nn.Conv2d(1, width, 4, stride=2, padding=1), nn.SiLU(),
            nn.Conv2d(width, 2 * width, 4, stride=2, padding=1), nn.SiLU(),
            nn.Flatten(), nn.Linear(2 * width * 49, 2 * latent),
        )  # fmt: skip
        decoder = nn.Sequential(
            nn.Linear(latent, 2 * width * 49), nn.Unflatten(1, (2 * width, 7, 7)), nn.SiLU(),
            nn.ConvTranspose2d(2 * width, width, 4, stride=2, padding=1), nn.SiLU(),
            nn.ConvTranspose2d(width, GREY, 4, stride=2, padding=1),
        )  # fmt: skip
        super().__init__(
            latent, likelihood=Categorical(GREY), encoder=encoder, decoder=decoder, **options
        )


def test_it_trains_scores_and_samples(digits: dict[str, Images]) -> None:
    torch.manual_seed(0)
    model, x = GreyVAE(lr=3e-3), digits["train"].unit()
    history = genlib.fit(model, x, steps=20, batch_size=32, device="cpu", progress=False)
    assert history["loss"][-1] < 0.5 * history["loss"][0]  # from log 256 a pixel
    with torch.no_grad():
        one, many = model.log_prob(x[:8], 1), model.log_prob(x[:8], 60)
    assert many.mean() > one.mean()
    drawn = model.sample(5, generator=torch.Generator().manual_seed(0))
    model.check(drawn)
    assert drawn.shape == (5, 1, 28, 28)
    assert len(drawn.unique()) > 2
    assert torch.equal((drawn * 255).round() / 255, drawn)
    assert model.reconstruct(x[:3]).shape == (3, 1, 28, 28)


@pytest.mark.parametrize("head", [Categorical(3), LogisticMixture(2, levels=3)])
@torch.no_grad()
def test_the_probabilities_of_all_tiny_images_sum_to_one(head: nn.Module) -> None:
    torch.manual_seed(0)
    shape = (1, 2, 2)
    decoder = nn.Sequential(nn.Unflatten(1, (1, 1, 1)), nn.ConvTranspose2d(1, head.numbers, 2))
    model = VAE(latent=1, likelihood=head, hidden=(6,), event_shape=shape, decoder=decoder).double()
    levels = [torch.tensor([0.0, 0.5, 1.0]).double()] * 4
    every: Tensor = torch.tensor(list(itertools.product(*(one.tolist() for one in levels))))
    every = every.double().view(-1, *shape)
    z = torch.linspace(-9, 9, 2001).double()[:, None]
    prior = torch.distributions.Normal(0.0, 1.0)
    joint = model.likelihood.log_prob(every, model.decode(z)[:, None]) + prior.log_prob(z)
    log_p = torch.trapezoid(joint.exp(), z[:, 0], dim=0).log()
    assert abs(log_p.exp().sum() - 1) < 1e-9
    assert (model.log_prob(every, samples=20_000) - log_p).abs().max() < 0.05
    assert (model.elbo(every, samples=300) < log_p + 0.1).all()
