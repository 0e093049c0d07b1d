"""A decoder with a standard Gaussian code, as the estimates of its likelihood see it."""

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.distributions import Independent, Normal

from genlib.likelihoods import Likelihood
from genlib.model import positive

LogDensity = Callable[[Tensor], Tensor]


class Decoder:
    r"""The model :math:`p(x) = \int \mathcal N(z; 0, I)\, p(x \mid f(z))\, dz` of a decoder f.

    A variational autoencoder has one, with its likelihood::

        Decoder(vae.decode, vae.likelihood, vae.event_shape, vae.latent)

    and so has a GAN, whose generator becomes one with ``Gaussian(scale)``: it has no density of
    its own, and what is found belongs to the scale as well. Wu et al. (2017,
    https://arxiv.org/abs/1611.04273). Derived in the chapter on likelihoods of decoders.

    Args:
        decode: from codes (N, size) to the likelihood's parameters, (N, P, \*event) or these
            numbers in any other shape. Call ``eval()`` first where batch norm or dropout is in it:
            a code must always decode alike.
        likelihood: what they mean.
        event_shape: shape of one x.
        size: numbers in a code.
        like: a tensor of the type and on the device that codes shall have; by default float32 on
            the CPU.

    Raises:
        ValueError: if a size is not positive, or the likelihood is of other events.
    """

    def __init__(
        self,
        decode: Callable[[Tensor], Tensor],
        likelihood: Likelihood,
        event_shape: Sequence[int],
        size: int,
        *,
        like: Tensor | None = None,
    ) -> None:
        """Keep what decodes."""
        self.decode, self.likelihood, self.size = decode, likelihood, positive(size)
        self.event_shape = tuple(event_shape)
        self.parameter_shape = likelihood.parameter_shape(self.event_shape)
        self.like = torch.empty(0) if like is None else like

    def parameters(self, z: Tensor) -> Tensor:
        r"""Return the parameters of p(x|z), (..., P, \*event), for codes (..., size).

        Raises:
            ValueError: if the decoder returns another number of them.
        """
        found = self.decode(z.reshape(-1, self.size))
        if found[0].numel() != math.prod(self.parameter_shape):
            raise ValueError(
                f"the decoder returns {tuple(found.shape[1:])} for a code; "
                f"{type(self.likelihood).__name__} wants {self.parameter_shape}"
            )
        return found.reshape(*z.shape[:-1], *self.parameter_shape)

    def prior(self, n: int) -> Independent:
        """Return N(0, I) for each of n images: a distribution of batch (n,) and event (size,)."""
        zeros = self.like.new_zeros(n, self.size)
        return Independent(Normal(zeros, torch.ones_like(zeros), validate_args=False), 1)

    def log_joint(self, x: Tensor) -> LogDensity:
        r"""Return the function from codes (C, B, size) to log p(x, z) in nats, (C, B).

        Args:
            x: events, (B, \*event).

        Raises:
            ValueError: if x is not in the event space of the likelihood.
        """
        self.likelihood.check(x, self.event_shape, self.like)
        prior = self.prior(len(x))

        def log_density(z: Tensor) -> Tensor:
            return prior.log_prob(z) + self.likelihood.log_prob(x, self.parameters(z))

        return log_density

    @torch.no_grad()
    def simulate(self, n: int) -> tuple[Tensor, Tensor]:
        r"""Draw codes and their images: x, (n, \*event), and z, (n, size).

        Each z is an exact draw of the posterior p(z|x) of its x, which ``bidirectional`` needs.
        """
        z = self.prior(positive(n)).sample()
        return self.likelihood.sample(self.parameters(z)), z


def gaussian_codes(mean: Tensor, log_variance: Tensor) -> Independent:
    """Return N(mean, variance) of each image's code, to start from or to draw from.

    >>> gaussian_codes(*vae.encode(x))  # doctest: +SKIP

    Args:
        mean: (B, size).
        log_variance: its logarithm, (B, size).

    Returns:
        a distribution of batch (B,) and event (size,), which no gradient enters.
    """
    mean, scale = mean.detach(), torch.exp(0.5 * log_variance.detach())
    return Independent(Normal(mean, scale, validate_args=False), 1)
