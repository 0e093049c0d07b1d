"""The importance-weighted autoencoder."""

import math

import torch
from torch import Tensor

from genlib.latent.vae import VAE
from genlib.model import events, positive


class IWAE(VAE):
    r"""A variational autoencoder trained on the K-sample bound instead of the ELBO.

    .. math:: \mathcal L_K(x) = E_{z_1, \dots, z_K \sim q_\phi(z|x)}
              \log \frac1K \sum_{k=1}^K \frac{p_\theta(x, z_k)}{q_\phi(z_k|x)}

    The loss is the bound itself (its negative), so its value can be read. Burda, Grosse and
    Salakhutdinov (2016, https://arxiv.org/abs/1509.00519). Derived in the chapter on
    variational autoencoders.

    Args:
        samples: K, the draws in each training bound; 1 gives the VAE with a sampled rate.
        **options: what ``VAE`` takes, except ``beta`` and ``warmup``, which have no place in
            this bound.
    """

    def __init__(self, samples: int = 5, **options: object) -> None:
        """Build the networks of a VAE."""
        if {"beta", "warmup"} & options.keys():
            raise ValueError("IWAE takes no beta or warmup: its loss is the bound itself")
        super().__init__(**options)
        self.samples = positive(samples)

    def loss(self, batch: Tensor | tuple[Tensor, ...]) -> Tensor:
        """Return the negative K-sample bound, the mean over the batch."""
        weights = self.log_weights(events(batch), self.samples)
        return math.log(self.samples) - torch.logsumexp(weights, 0).mean()
