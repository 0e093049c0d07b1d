"""A VAE with two layers of codes, inferred from the top down."""

from collections.abc import Sequence

import torch
from torch import Tensor

from genlib.divergences import kl_gaussian
from genlib.latent.gaussian import gaussian_rate, reparameterise
from genlib.latent.vae import VAE
from genlib.nn import mlp, standard_normal


class HierarchicalVAE(VAE):
    r"""A VAE whose prior over codes is itself a latent-variable model.

    .. math:: p(x, z, t) = \mathcal N(t; 0, I)\, p_\theta(z|t)\, p_\theta(x|z), \qquad
              q(z, t|x) = q_\phi(t|x)\, q_\phi(z|x, t)

    Top code t, code z. The encoder says what x tells of each. What x tells of z, a Gaussian
    :math:`\mathcal N(m, v)`, is combined with what t tells of it, :math:`p(z|t)`, by multiplying
    the two densities:

    .. math:: q(z|x, t) \propto \mathcal N(z; m(x), v(x))\, p_\theta(z|t).

    The rate is :math:`\mathrm{KL}(q(t|x) \| p(t)) + E_q \mathrm{KL}(q(z|x, t) \| p(z|t))`.
    Sønderby et al. (2016, https://arxiv.org/abs/1602.02282). Derived in the chapter on richer
    latents.

    Args:
        latent: dimension of z.
        top: dimension of t.
        prior_hidden: widths of the network from t to the mean and log-variance of z.
        activation: the hidden layers' non-linearity.
        **options: what else :py:class:`~genlib.latent.VAE` takes; an ``encoder`` of your own
            returns mean and log-variance of what it says of t and of z, side by side:
            ``2 top + 2 latent`` numbers.

    Raises:
        ValueError: if a number is out of its range.
    """

    layers = 2

    def __init__(
        self,
        latent: int = 20,
        top: int = 10,
        prior_hidden: Sequence[int] = (64,),
        activation: str = "relu",
        **options: object,
    ) -> None:
        """Build encoder, decoder and the network from t to z."""
        if top < 1:
            raise ValueError(f"top={top}, wanted a positive size")
        super().__init__(latent, encoder_size=2 * (latent + top), activation=activation, **options)
        self.top = top
        self.prior = mlp([top, *prior_hidden, 2 * latent], activation)

    def messages(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return what x says: mean and log-variance of t (B, top), then of z (B, latent)."""
        message = self.encoder(x.flatten(1)).to(x.dtype)
        return message.split([self.top, self.top, self.latent, self.latent], -1)

    def prior_of(self, t: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and log-variance of p(z|t), each ``(..., latent)``."""
        mean, log_variance = self.prior(t).to(t.dtype).chunk(2, -1)
        return mean, log_variance

    def posterior(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and log-variance of q(z|x, t) at the mean of t."""
        t, _, *message = self.messages(x)
        return product(message, self.prior_of(t))

    def posterior_given(self, x: Tensor, above: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """Return mean and log-variance of q(t|x), and then of q(z|x, t)."""
        mean, log_variance, *message = self.messages(x)
        return product(message, self.prior_of(above[0])) if above else (mean, log_variance)

    def prior_given(self, above: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """Return mean and log-variance of p(z|t), for t alone above."""
        return self.prior_of(*above)

    def parts(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return reconstruction, rate of t and rate of z given t, each (B,), from one draw."""
        mean, log_variance, *message = self.messages(x)
        given_t = self.prior_of(reparameterise(mean, log_variance))
        q = product(message, given_t)
        reconstruction = self.likelihood.log_prob(x, self.decode(reparameterise(*q)))
        return reconstruction, gaussian_rate(mean, log_variance), kl_gaussian(*q, *given_t)

    def terms(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return reconstruction and the rate of both codes together, each (B,)."""
        reconstruction, rate_of_t, rate_of_z = self.parts(x)
        return reconstruction, rate_of_t + rate_of_z

    def log_weights(self, x: Tensor, samples: int) -> Tensor:
        r"""Return :math:`\log p(x, z_k, t_k) - \log q(z_k, t_k|x)`, shape ``(K, B)``."""
        mean, log_variance, *message = self.messages(x)
        t, ratio_t = weighted((mean, log_variance), (0 * mean, 0 * log_variance), samples)
        given_t = self.prior_of(t)
        z, ratio_z = weighted(product(message, given_t), given_t)
        return self.likelihood.log_prob(x, self.decode(z)) + ratio_t + ratio_z

    @torch.no_grad()
    def sample_code(self, n: int, *, generator: torch.Generator | None = None) -> Tensor:
        """Draw t, then z given t; return z, ``(n, latent)``."""
        like = next(self.parameters())
        t = standard_normal(n, self.top, like=like, generator=generator)
        mean, log_variance = self.prior_of(t)
        noise = standard_normal(n, self.latent, like=like, generator=generator)
        return mean + torch.exp(0.5 * log_variance) * noise


def product(first: Sequence[Tensor], second: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    r"""Multiply two Gaussian densities; return mean and log-variance of the normalised product.

    Precisions add up, and the mean is weighted by them:
    :math:`\frac1v = \frac1{v_1} + \frac1{v_2}`, :math:`m = v (m_1/v_1 + m_2/v_2)`. Each argument is
    a mean and a log-variance. Derived in the chapter on richer latents.
    """
    (mean, log_variance), (other_mean, other_log_variance) = first, second
    log_precision = torch.logaddexp(-log_variance, -other_log_variance)
    share = torch.exp(-log_variance - log_precision)  # of the first in the whole precision
    return share * mean + (1 - share) * other_mean, -log_precision


def weighted(
    q: Sequence[Tensor], p: Sequence[Tensor], samples: int | None = None
) -> tuple[Tensor, Tensor]:
    """Draw from the Gaussian q, ``samples`` times if given; return draws and log p - log q."""
    mean, log_variance = q
    shape = mean.shape if samples is None else (samples, *mean.shape)
    noise = torch.randn(shape, dtype=mean.dtype, device=mean.device)
    z = mean + torch.exp(0.5 * log_variance) * noise
    far = (z - p[0]).square() * torch.exp(-p[1]) + p[1]
    return z, 0.5 * (noise.square() + log_variance - far).sum(-1)
