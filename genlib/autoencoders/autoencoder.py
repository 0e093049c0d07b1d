"""The plain autoencoder, undercomplete or overcomplete."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from genlib.model import Batch, Label, Loss, Model, Schedule, check_events, events
from genlib.nn import mlp
from genlib.suggest import suggestion

CODES = {"identity": nn.Identity, "relu": nn.ReLU, "sigmoid": nn.Sigmoid}


class Autoencoder(Model):
    r"""Two networks, one that makes a code and one that rebuilds the event from it.

    .. math:: \text{loss} = E_x \, |x - g(f(x))|^2

    with the encoder f and the decoder g. It has no distribution of codes, so it cannot be sampled.
    D. Rumelhart, G. Hinton and R. Williams, Learning internal representations by error propagation,
    1986; G. Hinton and R. Salakhutdinov, Reducing the dimensionality of data with neural networks,
    2006, https://doi.org/10.1126/science.1127647. Derived in the chapter on autoencoders.

    Args:
        latent: dimension of the code; below the number of pixels the autoencoder is undercomplete,
            above it overcomplete.
        hidden: widths of the encoder's hidden layers.
        decoder_hidden: widths of the decoder's; by default those of the encoder in reverse, and
            ``()`` makes the decoder linear.
        code: what squashes the code: identity, relu or sigmoid.
        event_shape: shape of one x.
        activation: the hidden layers' non-linearity: relu, elu, gelu, silu or tanh.
        lr: step size of Adam.
        schedule: factor on ``lr`` by step, see :py:class:`~genlib.Player`.

    Raises:
        ValueError: if a size is not positive, or a non-linearity is unknown.
    """

    def __init__(
        self,
        latent: int = 32,
        hidden: Sequence[int] = (256,),
        decoder_hidden: Sequence[int] | None = None,
        code: str = "identity",
        event_shape: Sequence[int] = (1, 28, 28),
        activation: str = "relu",
        lr: float = 1e-3,
        schedule: Schedule | None = None,
    ) -> None:
        """Build encoder and decoder."""
        super().__init__(lr=lr, schedule=schedule)
        if code not in CODES:
            raise ValueError(f"code={code!r}{suggestion(code, CODES)}")
        self.latent, self.event_shape = latent, tuple(event_shape)
        size = math.prod(self.event_shape)
        back = tuple(reversed(hidden)) if decoder_hidden is None else tuple(decoder_hidden)
        encoder = mlp([size, *hidden, self.code_size], activation)
        self.encoder = nn.Sequential(*encoder, CODES[code]())
        self.decoder = mlp([latent, *back, size], activation)

    @property
    def code_size(self) -> int:
        """Numbers that the encoder returns for one event."""
        return self.latent

    def encode(self, x: Tensor) -> Tensor:
        """Return the codes f(x), (B, latent)."""
        self.check(x)
        return self.encoder(x.flatten(1))

    def decode(self, z: Tensor) -> Tensor:
        """Return g(z), ``(*z.shape[:-1], *event)``."""
        return self.decoder(z).unflatten(-1, self.event_shape)

    def rebuild(self, x: Tensor) -> Tensor:
        """Return g(f(x)), of the shape of x, with gradients and without a look at the data."""
        return self.decode(self.encoder(x.flatten(1)))

    @torch.no_grad()
    def reconstruct(self, x: Tensor) -> Tensor:
        """Return g(f(x)), of the shape of x."""
        self.check(x)
        return self.rebuild(x)

    def error(self, x: Tensor) -> Tensor:
        """Return the squared error of each event, summed over its pixels, (B,)."""
        return squares(x - self.reconstruct(x))

    def loss(self, batch: Batch) -> Loss:
        """Return the mean squared error of an event, summed over its pixels."""
        x = events(batch)
        return squares(x - self.rebuild(x)).mean()

    def sample(
        self, n: int, *, label: Label | None = None, generator: torch.Generator | None = None
    ) -> Tensor:
        """Refuse: nothing says which codes are likely."""
        raise NotImplementedError(
            f"{type(self).__name__} has no distribution of codes to draw from; fit one to its "
            "codes (genlib.latent.GaussianMixture) and decode, or use genlib.latent.VAE"
        )

    def check(self, batch: Batch) -> None:
        """Raise ``ValueError`` unless x of a batch holds finite real events."""
        like = next(self.parameters())
        check_events(
            events(batch), self.event_shape, -math.inf, math.inf, who="an autoencoder", like=like
        )


def squares(difference: Tensor) -> Tensor:
    """Return the squared Euclidean length of each event, (B,)."""
    return difference.flatten(1).square().sum(1)
