"""The variational autoencoder."""

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from genlib.likelihoods import likelihood as likelihood_named
from genlib.model import Batch, Model, Player, events, positive
from genlib.nn import mlp, standard_normal

CHUNK = 50_000  # decoded codes held at once by the importance bound


class VAE(Model):
    r"""A latent-variable model with an encoder that makes inference a function call.

    Prior :math:`p(z) = \mathcal N(0, I)`, decoder :math:`p_\theta(x|z)`, encoder
    :math:`q_\phi(z|x) = \mathcal N(\mu_\phi(x), \mathrm{diag}\,\sigma_\phi^2(x))`. Trained to
    maximise the evidence lower bound

    .. math:: \mathcal L(x) = E_{q_\phi(z|x)}[\log p_\theta(x|z)]
              - \mathrm{KL}(q_\phi(z|x) \,\|\, p(z)) \le \log p_\theta(x),

    with ``beta`` in front of the second term, the rate. Kingma and Welling (2014,
    https://arxiv.org/abs/1312.6114), Rezende, Mohamed and Wierstra (2014,
    https://arxiv.org/abs/1401.4082); ``beta``: Higgins et al. (2017,
    https://openreview.net/forum?id=Sy2fzU9gl). Derived in the chapter on variational autoencoders.

    Args:
        latent: dimension of the code z.
        hidden: widths of the encoder's hidden layers; the decoder has them in reverse.
        likelihood: ``"bernoulli"`` for zeros and ones, ``"gaussian"`` for real values.
        beta: weight of the rate in the loss; 1 gives the ELBO, more a looser bound, less none.
        warmup: share of the training during which ``beta`` grows linearly from 0.
        event_shape: shape of one x.
        activation: the hidden layers' non-linearity: relu, elu, gelu, silu or tanh.
        lr: step size of Adam.
        schedule: factor on ``lr`` by step, see ``genlib.training.schedules``.
        encoder: a network of your own instead of the MLP, from flat x ``(B, size)`` to mean and
            log-variance side by side, ``(B, 2 latent)``.
        decoder: a network of your own, from codes ``(..., latent)`` to the parameters of p(x|z),
            flat: ``(..., size)``.

    Raises:
        ValueError: if a size is not positive, ``beta`` is negative, ``warmup`` is outside [0, 1],
            or the likelihood or activation is unknown.
    """

    def __init__(
        self,
        latent: int = 20,
        hidden: Sequence[int] = (512,),
        likelihood: str = "bernoulli",
        beta: float = 1.0,
        warmup: float = 0.0,
        event_shape: Sequence[int] = (1, 28, 28),
        activation: str = "relu",
        lr: float = 1e-3,
        schedule: Callable[[int, int], float] | None = None,
        encoder: nn.Module | None = None,
        decoder: nn.Module | None = None,
    ) -> None:
        """Build encoder and decoder."""
        super().__init__()
        if not (beta >= 0 and 0 <= warmup <= 1):
            raise ValueError(f"beta={beta}, warmup={warmup}: wanted beta >= 0, warmup in [0, 1]")
        self.latent, self.event_shape = latent, tuple(event_shape)
        size = math.prod(self.event_shape)
        self.encoder = encoder or mlp([size, *hidden, 2 * latent], activation)
        self.decoder = decoder or mlp([latent, *reversed(hidden), size], activation)
        self.likelihood = likelihood_named(likelihood)
        self.beta, self.warmup = beta, warmup
        self.weight = beta
        self.lr, self.schedule = lr, schedule

    def players(self) -> Sequence[Player]:
        """Return the only player."""
        return [Player("model", [self], self.loss, lr=self.lr, schedule=self.schedule)]

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and log-variance of q(z|x), each of shape ``(B, latent)``."""
        self.check(x)
        return self.posterior(x)

    def posterior(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Do what ``encode`` does, without its look at the data."""
        mean, log_variance = self.encoder(x.flatten(1)).to(x.dtype).chunk(2, dim=-1)
        return mean, log_variance

    def decode(self, z: Tensor) -> Tensor:
        """Return the parameters of p(x|z), shape ``(*z.shape[:-1], *event)``.

        They are logits for binary pixels and means for real-valued ones.
        """
        return self.decoder(z).unflatten(-1, self.event_shape)

    def terms(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return reconstruction E_q[log p(x|z)] (one draw) and rate KL(q || prior), each (B,)."""
        mean, log_variance = self.posterior(x)
        z = reparameterise(mean, log_variance)
        reconstruction = self.likelihood.log_prob(x.flatten(1), self.decoder(z))
        return reconstruction, gaussian_rate(mean, log_variance)

    def elbo(self, x: Tensor, samples: int = 1) -> Tensor:
        """Return the evidence lower bound in nats, ``(B,)``, averaged over ``samples`` draws."""
        self.check(x)
        draws = [self.terms(x) for _ in range(positive(samples))]
        return torch.stack([reconstruction - rate for reconstruction, rate in draws]).mean(0)

    def log_weights(self, x: Tensor, samples: int) -> Tensor:
        r"""Return :math:`\log p(x, z_k) - \log q(z_k|x)` for K draws from q, shape ``(K, B)``."""
        mean, log_variance = self.posterior(x)
        noise = torch.randn(samples, *mean.shape, dtype=mean.dtype, device=mean.device)
        z = mean + torch.exp(0.5 * log_variance) * noise
        # log p(z) - log q(z|x): the constants of the two Gaussians cancel
        ratio = 0.5 * (noise.square() + log_variance - z.square()).sum(-1)
        return self.likelihood.log_prob(x.flatten(1), self.decoder(z)) + ratio

    def log_prob(self, x: Tensor, samples: int = 1000) -> Tensor:
        r"""Return the K-sample importance bound on log p(x) in nats, ``(B,)``.

        :math:`\mathcal L_K(x) = E \log \frac1K \sum_k \frac{p(x, z_k)}{q(z_k|x)}`, which grows
        with K towards log p(x) and is the (one-draw) ELBO at K = 1. Burda, Grosse and
        Salakhutdinov (2016, https://arxiv.org/abs/1509.00519). Without ``torch.no_grad()`` all K
        draws are kept for a backward pass.
        """
        self.check(x)
        chunk = max(1, CHUNK // len(x))
        sizes = [min(chunk, samples - done) for done in range(0, positive(samples), chunk)]
        sums = [torch.logsumexp(self.log_weights(x, size), 0) for size in sizes]
        return torch.logsumexp(torch.stack(sums), 0) - math.log(samples)

    def loss(self, batch: Tensor | tuple[Tensor, ...]) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the negative ELBO (with ``beta``), the mean over the batch, and its terms."""
        reconstruction, rate = (term.mean() for term in self.terms(events(batch)))
        loss = self.weight * rate - reconstruction
        return loss, {"reconstruction": reconstruction, "rate": rate}

    def on_step(self, step: int, steps: int) -> None:
        """Let ``beta`` grow during the warm-up."""
        rounds = self.warmup * steps
        self.weight = self.beta * min(1.0, (step + 1) / rounds) if rounds else self.beta

    @torch.no_grad()
    def sample(
        self, n: int, *, mean: bool = False, generator: torch.Generator | None = None
    ) -> Tensor:
        """Draw z from the prior, then x from p(x|z); ``mean=True`` gives E[x|z] instead."""
        like = next(self.parameters())
        z = standard_normal(positive(n), self.latent, like=like, generator=generator)
        parameters = self.decode(z)
        if mean:
            return self.likelihood.mean(parameters)
        return self.likelihood.sample(parameters, generator)

    @torch.no_grad()
    def reconstruct(self, x: Tensor) -> Tensor:
        """Return E[x|z] at the mean code of each x."""
        return self.likelihood.mean(self.decode(self.encode(x)[0]))

    def check(self, batch: Batch) -> None:
        """Raise ``ValueError`` if ``x`` is not in the event space of the likelihood."""
        self.likelihood.check(events(batch), self.event_shape, next(self.parameters()))


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
