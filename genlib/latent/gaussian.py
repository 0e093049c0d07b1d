"""Latent-variable models whose prior and encoder are Gaussian."""

from collections.abc import Sequence

import torch
from torch import Tensor

from genlib.latent.base import LatentModel
from genlib.nn import standard_normal


class GaussianLatentModel(LatentModel):
    r"""A latent-variable model with a standard Gaussian prior and a Gaussian encoder.

    Prior :math:`p(z) = \mathcal N(0, I)`, encoder
    :math:`q_\phi(z|x) = \mathcal N(\mu_\phi(x), \mathrm{diag}\,\sigma_\phi^2(x))`. Kingma and
    Welling (2014, https://arxiv.org/abs/1312.6114), Rezende, Mohamed and Wierstra (2014,
    https://arxiv.org/abs/1401.4082). Derived in the chapter on variational autoencoders.

    Args:
        latent: dimension of the code z.
        encoder_size: numbers that the encoder returns for one x, by default mean and log-variance
            of z side by side, ``2 latent``.
        **options: what else every ``LatentModel`` takes.

    Attributes:
        layers: how many codes follow each other, for coding by bits-back; 0 if q has a form that
            cannot be coded.
        top: dimension of the first of them, whose prior is N(0, I).

    Raises:
        ValueError: if a size is not positive.
    """

    layers = 1

    def __init__(
        self, latent: int = 20, *, encoder_size: int | None = None, **options: object
    ) -> None:
        """Build encoder and decoder."""
        if latent < 1:
            raise ValueError(f"latent={latent}, wanted a positive size")
        super().__init__(latent, encoder_size or 2 * latent, **options)
        self.latent = self.top = latent

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and log-variance of q(z|x), each of shape ``(B, latent)``."""
        self.check(x)
        return self.posterior(x)

    def posterior(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Do what ``encode`` does, without its look at the data."""
        mean, log_variance = self.encoder(x.flatten(1)).to(x.dtype).chunk(2, dim=-1)
        return mean, log_variance

    def posterior_given(self, x: Tensor, above: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """Return mean and log-variance of q of the next layer's code, given x and those above."""
        return self.posterior(x)

    def code(self, x: Tensor) -> Tensor:
        """Return the mean of q(z|x), ``(B, latent)``."""
        return self.posterior(x)[0]

    @torch.no_grad()
    def sample_code(self, n: int, *, generator: torch.Generator | None = None) -> Tensor:
        """Draw from the prior, ``(n, latent)``."""
        like = next(self.parameters())
        return standard_normal(n, self.latent, like=like, generator=generator)

    def terms(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return reconstruction E_q[log p(x|z)] (one draw) and rate KL(q || prior), each (B,)."""
        mean, log_variance = self.posterior(x)
        z = reparameterise(mean, log_variance)
        reconstruction = self.likelihood.log_prob(x, self.decode(z))
        return reconstruction, gaussian_rate(mean, log_variance)

    def log_weights(self, x: Tensor, samples: int) -> Tensor:
        r"""Return :math:`\log p(x, z_k) - \log q(z_k|x)` for K draws from q, shape ``(K, B)``."""
        mean, log_variance = self.posterior(x)
        noise = torch.randn(samples, *mean.shape, dtype=mean.dtype, device=mean.device)
        z = mean + torch.exp(0.5 * log_variance) * noise
        # log p(z) - log q(z|x): the constants of the two Gaussians cancel
        ratio = 0.5 * (noise.square() + log_variance - z.square()).sum(-1)
        return self.likelihood.log_prob(x, self.decode(z)) + ratio


def reparameterise(mean: Tensor, log_variance: Tensor) -> Tensor:
    r"""Draw :math:`z = \mu + \sigma \odot \epsilon`, :math:`\epsilon \sim \mathcal N(0, I)`.

    A draw from N(mean, variance) through which gradients reach both parameters; all three tensors
    are (B, latent). Kingma and Welling (2014, https://arxiv.org/abs/1312.6114), section 2.4.
    Derived in the chapter on variational autoencoders.
    """
    return mean + torch.exp(0.5 * log_variance) * torch.randn_like(mean)


def gaussian_rate(mean: Tensor, log_variance: Tensor) -> Tensor:
    r"""Return :math:`\mathrm{KL}(\mathcal N(\mu, \sigma^2) \| \mathcal N(0, I))` in nats, (B,).

    :math:`\tfrac12 \sum_j \big[\mu_j^2 + \sigma_j^2 - 1 - \log \sigma_j^2\big]`, of mean and
    log-variance (B, latent). Kingma and Welling (2014, https://arxiv.org/abs/1312.6114), appendix
    B. Derived in the chapter on variational autoencoders.
    """
    return 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).sum(-1)
