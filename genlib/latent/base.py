"""What all models with latent variables share: a decoder, its likelihood, two bounds, samples."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from genlib.likelihoods import Likelihood, Symbols
from genlib.likelihoods import likelihood as likelihood_named
from genlib.model import Batch, Label, Model, Schedule, events, positive
from genlib.nn import mlp

# The importance bound decodes in chunks of so many codes, and of so many parameters, at most: few
# enough for a layer's activations to stay in the cache of a CPU.
CODES, PARAMETERS = 2_000, 40_000_000


class LatentModel(Model):
    r"""A model of events x with codes z: :math:`p(x) = \int p(z)\, p_\theta(x|z)\, dz`.

    The prior p(z) and the encoder :math:`q_\phi(z|x)` are a subclass's, by ``sample_code``,
    ``code``, ``terms`` and ``log_weights``, as is its ``loss``; what follows from them stands here.
    A code is a vector. Derived in the chapter on variational autoencoders.

    Args:
        size: numbers in a code, as the decoder takes it.
        encoder_size: numbers that the encoder returns for one x.
        hidden: widths of the encoder's hidden layers; the decoder has them in reverse.
        likelihood: what the decoder's output means: ``"bernoulli"`` for zeros and ones,
            ``"gaussian"`` for real values, ``"categorical"`` or ``"logistic-mixture"`` for 256
            levels in [0, 1]; or a :py:class:`~genlib.likelihoods.Likelihood`.
        event_shape: shape of one x.
        activation: the hidden layers' non-linearity: relu, elu, gelu, silu or tanh.
        encoder: a network of your own instead of the MLP, from flat x ``(B, D)`` to
            ``(B, encoder_size)``.
        decoder: a network of your own, from codes ``(B, size)`` to the likelihood's parameters,
            ``(B, P, *event)`` or these numbers in any other shape, such as an image with P
            channels.
        lr: step size of Adam.
        schedule: factor on ``lr`` by step, see :py:class:`~genlib.Player`.

    Raises:
        ValueError: if a size is not positive, or the likelihood or activation is unknown, or the
            likelihood is one of symbols.
    """

    def __init__(
        self,
        size: int,
        encoder_size: int,
        *,
        hidden: Sequence[int] = (512,),
        likelihood: str | Likelihood = "bernoulli",
        event_shape: Sequence[int] = (1, 28, 28),
        activation: str = "relu",
        encoder: nn.Module | None = None,
        decoder: nn.Module | None = None,
        lr: float = 1e-3,
        schedule: Schedule | None = None,
    ) -> None:
        """Build encoder and decoder."""
        super().__init__(lr=lr, schedule=schedule)
        self.event_shape = tuple(event_shape)
        given = likelihood_named(likelihood, self.event_shape)
        if isinstance(given, Symbols):
            raise ValueError(
                f"{type(self).__name__} encodes numbers, and symbols are none: wanted another "
                "likelihood"
            )
        self.parameter_shape = given.parameter_shape(self.event_shape)
        into = [math.prod(self.event_shape), *hidden, encoder_size]
        out = [size, *reversed(hidden), math.prod(self.parameter_shape)]
        self.encoder = mlp(into, activation) if encoder is None else encoder
        self.decoder = mlp(out, activation) if decoder is None else decoder
        self.likelihood = given

    def sample_code(self, n: int, *, generator: torch.Generator | None = None) -> Tensor:
        """Draw ``n`` codes from the prior, ``(n, size)``."""
        raise NotImplementedError(f"{type(self).__name__} says nothing of its prior")

    def code(self, x: Tensor) -> Tensor:
        """Return the one code that stands for each x in a reconstruction, ``(B, size)``."""
        raise NotImplementedError(f"{type(self).__name__} says nothing of its encoder")

    def terms(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return reconstruction E_q[log p(x|z)] (one draw) and rate KL(q || prior), each (B,)."""
        raise NotImplementedError(f"{type(self).__name__} says nothing of its bound")

    def log_weights(self, x: Tensor, samples: int) -> Tensor:
        r"""Return :math:`\log p(x, z_k) - \log q(z_k|x)` for K draws from q, shape ``(K, B)``."""
        raise NotImplementedError(f"{type(self).__name__} says nothing of its weights")

    def decode(self, z: Tensor) -> Tensor:
        """Return the parameters of p(x|z), ``(..., P, *event)``, for codes ``(..., size)``.

        The decoder sees them with one leading dimension, as a convolution wants it.

        Raises:
            ValueError: if a decoder of your own returns another number of parameters.
        """
        parameters = self.decoder(z.reshape(-1, z.shape[-1]))
        if parameters[0].numel() != math.prod(self.parameter_shape):
            raise ValueError(
                f"the decoder returns {tuple(parameters.shape[1:])} for a code; "
                f"{type(self.likelihood).__name__} wants {self.parameter_shape}"
            )
        return parameters.reshape(*z.shape[:-1], *self.parameter_shape)

    @torch.no_grad()
    def mean(self, z: Tensor) -> Tensor:
        """Return E[x|z], ``(..., *event)``, for codes ``(..., size)``, without gradients."""
        return self.likelihood.mean(self.decode(z))

    @torch.no_grad()
    def sample(
        self, n: int, *, label: Label | None = None, generator: torch.Generator | None = None
    ) -> Tensor:
        """Draw z from the prior, then x from p(x|z); see ``Model.sample``."""
        self.labels_for(positive(n), label, generator)
        z = self.sample_code(n, generator=generator)
        return self.likelihood.sample(self.decode(z), generator)

    @torch.no_grad()
    def reconstruct(self, x: Tensor) -> Tensor:
        """Return E[x|z] at the code that stands for each x, of the shape of x."""
        self.check(x)
        return self.mean(self.code(x))

    def elbo(self, x: Tensor, samples: int = 1) -> Tensor:
        """Return the evidence lower bound in nats, ``(B,)``, averaged over ``samples`` draws."""
        self.check(x)
        draws = [self.terms(x) for _ in range(positive(samples))]
        return torch.stack([reconstruction - rate for reconstruction, rate in draws]).mean(0)

    def log_prob(self, x: Tensor, samples: int = 1000) -> Tensor:
        r"""Return the K-sample importance bound on log p(x) in nats, ``(B,)``.

        :math:`\mathcal L_K(x) = E \log \frac1K \sum_k \frac{p(x, z_k)}{q(z_k|x)}`, which grows
        with K towards log p(x) and is the (one-draw) ELBO at K = 1. Burda, Grosse and
        Salakhutdinov (2016, https://arxiv.org/abs/1509.00519). Without ``torch.no_grad()`` all K
        draws are kept for a backward pass.
        """
        self.check(x)
        chunk = max(1, min(CODES, PARAMETERS // math.prod(self.parameter_shape)) // len(x))
        sizes = [min(chunk, samples - done) for done in range(0, positive(samples), chunk)]
        sums = [torch.logsumexp(self.log_weights(x, size), 0) for size in sizes]
        return torch.logsumexp(torch.stack(sums), 0) - math.log(samples)

    def check(self, batch: Batch) -> None:
        """Raise ``ValueError`` if x of a batch is not in the event space of the likelihood."""
        self.likelihood.check(events(batch), self.event_shape, next(self.parameters()))
