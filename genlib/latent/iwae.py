"""The importance-weighted autoencoder."""

import math

import torch
from torch import Tensor

from genlib.latent.gaussian import GaussianLatentModel
from genlib.model import Batch, events, positive


class IWAE(GaussianLatentModel):
    r"""A variational autoencoder trained on the K-sample bound instead of the ELBO.

    .. math:: \mathcal L_K(x) = E_{z_1, \dots, z_K \sim q_\phi(z|x)}
              \log \frac1K \sum_{k=1}^K \frac{p_\theta(x, z_k)}{q_\phi(z_k|x)}

    The loss is the bound itself (its negative), so its value can be read. Burda, Grosse and
    Salakhutdinov (2016, https://arxiv.org/abs/1509.00519). Derived in the chapter on
    variational autoencoders.

    Args:
        samples: K, the draws in each training bound; 1 gives the VAE with a sampled rate.
        latent: dimension of the code z.
        **options: what every :py:class:`~genlib.latent.LatentModel` takes, see
            :py:class:`~genlib.latent.VAE`; there is no ``beta`` in this bound.

    Raises:
        ValueError: if a number is out of its range.
    """

    def __init__(self, samples: int = 5, latent: int = 20, **options: object) -> None:
        """Build encoder and decoder."""
        super().__init__(latent, **options)
        self.samples = positive(samples)

    def loss(self, batch: Batch) -> Tensor:
        """Return the negative K-sample bound, the mean over the batch."""
        weights = self.log_weights(events(batch), self.samples)
        return math.log(self.samples) - torch.logsumexp(weights, 0).mean()
