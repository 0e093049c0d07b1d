"""A VAE with discrete codes, trained through the Gumbel-softmax relaxation."""

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from genlib.estimators import gumbel_softmax
from genlib.latent.vae import VAE
from genlib.model import events, positive
from genlib.nn import mlp


class GumbelVAE(VAE):
    r"""A VAE whose code is N choices among K entries each.

    Prior :math:`p(k) = K^{-N}`, encoder :math:`q_\phi(k|x) = \prod_n q_n(k_n|x)`, decoder of the N
    one-hot vectors. The rate has a closed form,

    .. math:: \mathrm{KL}(q(k|x) \| p(k)) = \sum_n \Big[ \log K + \sum_k q_n(k) \log q_n(k) \Big].

    Only training needs a relaxation: it decodes soft draws at a temperature :math:`\tau` that falls
    from its first to its second value, and so its loss is no bound. ``elbo``, ``log_prob`` and
    ``sample`` use hard draws, and are what they say. Jang, Gu and Poole (2017,
    https://arxiv.org/abs/1611.01144), Maddison, Mnih and Teh (2017,
    https://arxiv.org/abs/1611.00712). Derived in the chapter on richer latents.

    Args:
        codes: number of choices, N.
        entries: what each chooses among, K.
        temperature: the temperature at the start and at the end of training.
        straight_through: decode hard draws in training too, with the gradient of soft ones.
        hidden: widths of the encoder's hidden layers; the decoder has them in reverse.
        event_shape: shape of one x.
        activation: the hidden layers' non-linearity.
        encoder: a network of your own, from flat x to the logits, ``(B, N * K)``.
        **options: what else ``VAE`` takes, except ``latent``, which is N * K.

    Raises:
        ValueError: if a number is out of its range.
    """

    def __init__(
        self,
        codes: int = 20,
        entries: int = 10,
        temperature: tuple[float, float] = (1.0, 0.5),
        straight_through: bool = False,
        hidden: Sequence[int] = (512,),
        event_shape: Sequence[int] = (1, 28, 28),
        activation: str = "relu",
        encoder: nn.Module | None = None,
        **options: object,
    ) -> None:
        """Build encoder and decoder."""
        if codes < 1 or entries < 2 or min(temperature) <= 0:
            raise ValueError(
                f"codes={codes}, entries={entries}, temperature={temperature}: wanted a code, "
                "two entries and positive temperatures at least"
            )
        size = codes * entries
        encoder = encoder or mlp([math.prod(event_shape), *hidden, size], activation)
        arguments = {"event_shape": event_shape, "activation": activation, "encoder": encoder}
        super().__init__(size, hidden, **arguments, **options)
        self.codes, self.entries = codes, entries
        self.range, self.straight_through = tuple(temperature), straight_through
        self.temperature = self.range[0]

    def on_step(self, step: int, steps: int) -> None:
        """Lower the temperature geometrically; let ``beta`` warm up."""
        super().on_step(step, steps)
        first, last = self.range
        self.temperature = first * (last / first) ** (step / max(1, steps - 1))

    def encode(self, x: Tensor) -> Tensor:
        """Return log q(k|x) of every entry of every code, ``(B, codes, entries)``."""
        self.check(x)
        return self.posterior(x)

    def posterior(self, x: Tensor) -> Tensor:
        """Do what ``encode`` does, without its look at the data."""
        logits = self.encoder(x.flatten(1)).to(x.dtype)
        return logits.unflatten(-1, (self.codes, self.entries)).log_softmax(-1)

    def rate(self, log_q: Tensor) -> Tensor:
        """Return KL(q || prior) in nats, (B,), in closed form."""
        return (log_q.exp() * log_q).sum((-2, -1)) + self.codes * math.log(self.entries)

    def hard(self, log_q: Tensor, samples: int) -> Tensor:
        """Draw one-hot codes, ``(samples, B, codes, entries)``."""
        draws = torch.distributions.Categorical(logits=log_q).sample((samples,))
        return F.one_hot(draws, self.entries).to(log_q.dtype)

    def terms(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return reconstruction (one hard draw) and rate, each (B,)."""
        log_q = self.posterior(x)
        code = self.hard(log_q, 1)[0].flatten(1)
        return self.likelihood.log_prob(x.flatten(1), self.decoder(code)), self.rate(log_q)

    def loss(self, batch: Tensor | tuple[Tensor, ...]) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the relaxed objective (negative), the mean over the batch, and its terms."""
        x = events(batch)
        log_q = self.posterior(x)
        soft = gumbel_softmax(log_q, self.temperature, self.straight_through)
        log_p = self.likelihood.log_prob(x.flatten(1), self.decoder(soft.flatten(1)))
        reconstruction, rate = log_p.mean(), self.rate(log_q).mean()
        loss = self.weight * rate - reconstruction
        return loss, {"reconstruction": reconstruction, "rate": rate}

    def log_weights(self, x: Tensor, samples: int) -> Tensor:
        r"""Return :math:`\log p(x, k) - \log q(k|x)` for hard draws from q, shape ``(K, B)``."""
        log_q = self.posterior(x)
        code = self.hard(log_q, samples)
        ratio = -self.codes * math.log(self.entries) - (code * log_q).sum((-2, -1))
        return self.likelihood.log_prob(x.flatten(1), self.decoder(code.flatten(2))) + ratio

    @torch.no_grad()
    def sample(
        self, n: int, *, mean: bool = False, generator: torch.Generator | None = None
    ) -> Tensor:
        """Draw every code evenly, then x from p(x|k); ``mean=True`` gives E[x|k] instead."""
        device = self.device if generator is None else generator.device
        shape = (positive(n), self.codes)
        choice = torch.randint(self.entries, shape, generator=generator, device=device)
        code = F.one_hot(choice.to(self.device), self.entries).flatten(1)
        parameters = self.decode(code.to(next(self.parameters()).dtype))
        if mean:
            return self.likelihood.mean(parameters)
        return self.likelihood.sample(parameters, generator)

    @torch.no_grad()
    def reconstruct(self, x: Tensor) -> Tensor:
        """Return E[x|k] at the likeliest entry of each code."""
        log_q = self.encode(x)
        code = F.one_hot(log_q.argmax(-1), self.entries).to(log_q.dtype)
        return self.likelihood.mean(self.decode(code.flatten(1)))
