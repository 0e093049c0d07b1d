"""A VAE with discrete codes, trained through the Gumbel-softmax relaxation."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from genlib.estimators import gumbel_softmax
from genlib.latent.base import LatentModel
from genlib.latent.warmup import WarmUp
from genlib.model import Batch, events


class GumbelVAE(LatentModel):
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
        beta: weight of the rate in the loss.
        warmup: share of the training during which ``beta`` grows linearly from 0.
        **options: what every :py:class:`~genlib.latent.LatentModel` takes, see
            :py:class:`~genlib.latent.VAE`; an ``encoder`` of your own returns the logits, N * K
            numbers.

    Raises:
        ValueError: if a number is out of its range.
    """

    temperature: Tensor
    """The present temperature, a 0-d tensor."""

    def __init__(
        self,
        codes: int = 20,
        entries: int = 10,
        temperature: tuple[float, float] = (1.0, 0.5),
        straight_through: bool = False,
        *,
        beta: float = 1.0,
        warmup: float = 0.0,
        **options: object,
    ) -> None:
        """Build encoder and decoder."""
        if codes < 1 or entries < 2 or min(temperature) <= 0:
            raise ValueError(
                f"codes={codes}, entries={entries}, temperature={temperature}: wanted a code, "
                "two entries and positive temperatures at least"
            )
        super().__init__(codes * entries, codes * entries, **options)
        self.codes, self.entries = codes, entries
        self.range, self.straight_through = tuple(temperature), straight_through
        self.beta = WarmUp(beta, warmup)
        self.register_buffer("temperature", torch.tensor(float(self.range[0])), persistent=False)

    def on_step(self, step: int, steps: int) -> None:
        """Lower the temperature geometrically; let ``beta`` warm up."""
        self.beta.on_step(step, steps)
        first, last = self.range
        self.temperature.fill_(first * (last / first) ** (step / max(1, steps - 1)))

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
        return self.likelihood.log_prob(x, self.decode(code)), self.rate(log_q)

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the relaxed objective (negative), the mean over the batch, and its terms."""
        x = events(batch)
        log_q = self.posterior(x)
        soft = gumbel_softmax(log_q, self.temperature, self.straight_through)
        log_p = self.likelihood.log_prob(x, self.decode(soft.flatten(1)))
        reconstruction, rate = log_p.mean(), self.rate(log_q).mean()
        loss = self.beta.value * rate - reconstruction
        return loss, {"reconstruction": reconstruction, "rate": rate}

    def log_weights(self, x: Tensor, samples: int) -> Tensor:
        r"""Return :math:`\log p(x, k) - \log q(k|x)` for hard draws from q, shape ``(K, B)``."""
        log_q = self.posterior(x)
        code = self.hard(log_q, samples)
        ratio = -self.codes * math.log(self.entries) - (code * log_q).sum((-2, -1))
        return self.likelihood.log_prob(x, self.decode(code.flatten(2))) + ratio

    def code(self, x: Tensor) -> Tensor:
        """Return the one-hot vectors of the likeliest entries, ``(B, codes * entries)``."""
        log_q = self.posterior(x)
        return F.one_hot(log_q.argmax(-1), self.entries).to(log_q.dtype).flatten(1)

    @torch.no_grad()
    def sample_code(self, n: int, *, generator: torch.Generator | None = None) -> Tensor:
        """Draw every code evenly; return one-hot vectors side by side, ``(n, codes * entries)``."""
        device = self.device if generator is None else generator.device
        shape = (n, self.codes)
        choice = torch.randint(self.entries, shape, generator=generator, device=device)
        code = F.one_hot(choice.to(self.device), self.entries).flatten(1)
        return code.to(next(self.parameters()).dtype)
