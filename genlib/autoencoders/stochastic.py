"""The stochastic autoencoder: both maps are distributions, and nothing asks for noise."""

import math

import torch
from torch import Tensor, nn

from genlib.autoencoders.autoencoder import Autoencoder, squares
from genlib.model import Batch, events


class StochasticAutoencoder(Autoencoder):
    r"""An autoencoder with a random code and a distribution over what is rebuilt from it.

    .. math:: \text{loss} = -E_x E_{q(z|x)} \log p(x|z)

    with the encoder :math:`q(z|x) = N(\mu(x), \mathrm{diag}\,\sigma^2(x))` and the decoder
    :math:`p(x|z) = N(g(z), s^2 I)`, s learned. Nothing in the loss pays for noise in the code, so
    training removes it; a variational autoencoder adds the rate that does. I. Goodfellow, Y. Bengio
    and A. Courville, Deep Learning, 2016, section 14.4,
    https://www.deeplearningbook.org/contents/autoencoders.html. Derived in the chapter on
    autoencoders.

    Args:
        latent: dimension of the code.
        scale: the decoder's standard deviation to start from, in units of x.
        **options: what ``Autoencoder`` takes, except ``code``.

    Raises:
        ValueError: if the scale is not positive.
    """

    def __init__(self, latent: int = 16, scale: float = 0.3, **options: object) -> None:
        """Build encoder and decoder."""
        if not 0 < scale < math.inf:
            raise ValueError(f"scale={scale}, wanted a positive number")
        super().__init__(latent, **options, code="identity")
        self.log_scale = nn.Parameter(torch.tensor(math.log(scale)))

    @property
    def code_size(self) -> int:
        """Numbers that the encoder returns for one event: mean and log-variance."""
        return 2 * self.latent

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and log-variance of q(z|x), each of shape (B, latent)."""
        self.check(x)
        return self.posterior(x)

    def posterior(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Do what ``encode`` does, without its look at the data."""
        mean, log_variance = self.encoder(x.flatten(1)).chunk(2, -1)
        return mean, log_variance

    def rebuild(self, x: Tensor) -> Tensor:
        """Return g at the mean code."""
        return self.decode(self.posterior(x)[0])

    def log_likelihood(self, x: Tensor) -> Tensor:
        """Return log p(x|z) for one draw of the code of each event, in nats, (B,)."""
        mean, log_variance = self.posterior(x)
        z = mean + torch.exp(0.5 * log_variance) * torch.randn_like(mean)
        size = math.prod(self.event_shape)
        scaled = squares(x - self.decode(z)) * torch.exp(-2 * self.log_scale)
        return -0.5 * scaled - size * (self.log_scale + 0.5 * math.log(2 * math.pi))

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the mean of -log p(x|z) in nats, and the scale s of the decoder."""
        x = events(batch)
        return -self.log_likelihood(x).mean(), {"scale": self.log_scale.exp()}
