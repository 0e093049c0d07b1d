"""Decoders whose likelihood is estimated: linear ones, where it is known, and stored ones."""

from functools import cache

import torch
from torch import Tensor
from torch.distributions import LowRankMultivariateNormal

from genlib.data import load
from genlib.latent import VAE
from genlib.likelihoods import Gaussian
from genlib.metrics import Decoder

CODES, SCALE = 10, 0.1  # of the linear decoder, in the units of pixels in [0, 1]


@cache
def components() -> tuple[Tensor, Tensor, Tensor]:
    """Return mean (784,), variances (784,) and directions (784, 784) of the training digits.

    In the order of rising variance.
    """
    x = load("mnist").unit().flatten(1)
    return x.mean(0), *torch.linalg.eigh(x.T.cov())


def linear_decoder(
    codes: int = CODES, scale: float = SCALE
) -> tuple[Decoder, LowRankMultivariateNormal]:
    """Return a linear decoder of flat digits in [0, 1], and its exact density.

    Its columns are the leading principal components of the training digits, of the lengths that
    probabilistic principal component analysis gives them for pixels of scale 0.1.
    """
    mean, values, vectors = components()
    weight = vectors[:, -codes:] * (values[-codes:] - SCALE**2).sqrt()
    noise = torch.full((784,), scale**2, dtype=torch.float64)
    likelihood = Gaussian(scale, event_dims=1).requires_grad_(requires_grad=False)
    return (
        Decoder(lambda z: mean + z @ weight.T, likelihood, (784,), codes),
        LowRankMultivariateNormal(mean.double(), weight.double(), noise),
    )


def decoder_of(vae: VAE) -> Decoder:
    """Return the decoder of a model with Gaussian codes."""
    return Decoder(vae.decode, vae.likelihood, vae.event_shape, vae.latent)
