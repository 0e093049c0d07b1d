"""Mixtures of Gaussians, fitted by expectation maximisation (EM)."""

import math
import time
from collections.abc import Sequence

import torch
from torch import Tensor

from genlib.history import History
from genlib.latent.covariances import Covariance, Diagonal, Full, log_gaussian
from genlib.model import Batch, Label, Model, Player, events, positive
from genlib.nn.noise import standard_normal

KINDS: dict[str, Covariance] = {"full": Full(), "diagonal": Diagonal()}
SMALLEST = 1e-12  # variance, as a share of the data's, below which a component has collapsed


class CollapseError(RuntimeError):
    """A component has shrunk onto too few events: the likelihood has no maximum there.

    The model keeps the parameters of the iteration before.

    Attributes:
        component: which one.
        history: what ``em`` had recorded until then.
    """

    def __init__(self, component: int) -> None:
        """Say which component, and what can be done."""
        self.component, self.history = component, History()
        super().__init__(
            f"component {component} collapsed: its variance vanished in some direction, or no "
            "event was left to it. The likelihood grows without bound there. Give the covariances "
            "a prior (such as prior_count=2), ask for fewer components, or start elsewhere"
        )


class GaussianMixture(Model):
    r"""A mixture of K Gaussians, whose latent variable is the number of the component.

    .. math:: p(x) = \sum_{k=1}^K w_k \, N(x; \mu_k, \Sigma_k)

    Fitted by :py:meth:`em`, not by gradients. With a prior on the covariances, as if each component
    had seen ``prior_count`` more events that spread by ``prior_variance`` about its mean, EM climbs

    .. math:: \sum_n \log p(x_n) - \frac{a}{2} \sum_k \big( \log \det \Sigma_k
              + s \, \mathrm{tr} \, \Sigma_k^{-1} \big)

    with the count a and the variance s. Without one (0, the default) it climbs the likelihood,
    which is unbounded: a component may collapse onto a point, and ``em`` then raises.

    Dempster, Laird and Rubin (1977, https://doi.org/10.1111/j.2517-6161.1977.tb01600.x); the prior
    after Fraley and Raftery (2007, https://doi.org/10.1007/s00357-007-0004-5). Derived in the
    chapter "Jensen, the ELBO and EM".

    Args:
        components: K.
        covariance: ``"full"`` matrices or ``"diagonal"`` ones.
        event_shape: shape of one event; its D numbers are modelled as one vector.
        prior_count: a, in events; 0 for maximum likelihood.
        prior_variance: s, in squared units of the events.

    Raises:
        ValueError: if an argument is out of its range.
    """

    weights: Tensor
    """(K,), float64, like the others a buffer."""
    means: Tensor
    """(K, D)."""
    covariances: Tensor
    """(K, D, D), or the variances (K, D)."""

    def __init__(
        self,
        components: int = 10,
        covariance: str = "diagonal",
        event_shape: Sequence[int] = (1, 28, 28),
        prior_count: float = 0.0,
        prior_variance: float = 1.0,
    ) -> None:
        """Begin with K equal standard Gaussians at 0; ``em`` draws a start of its own."""
        super().__init__()
        if covariance not in KINDS:
            raise ValueError(f"covariance={covariance!r}, wanted one of {list(KINDS)}")
        if prior_count < 0 or not prior_variance > 0:
            raise ValueError(f"{prior_count=}, {prior_variance=}: wanted at least 0, and positive")
        self.event_shape, self.kind = tuple(event_shape), KINDS[covariance]
        self.prior_count, self.prior_variance = prior_count, prior_variance
        d = math.prod(self.event_shape)
        weights = torch.full((positive(components),), 1 / components).double()
        self.register_buffer("weights", weights)
        self.register_buffer("means", torch.zeros(components, d).double())
        self.register_buffer("covariances", torch.stack([self.kind.unit(d).double()] * components))

    @property
    def device(self) -> torch.device:
        """Where the model's buffers are."""
        return self.means.device

    def players(self) -> Sequence[Player]:
        """Refuse: nothing here is trained by gradients."""
        raise NotImplementedError("a GaussianMixture is fitted by .em(x), not by fit")

    def start(self, x: Tensor, generator: torch.Generator | None = None) -> None:
        """Put the means on K different events; every covariance is that of all the data.

        Where the data have no width in some direction, the prior's is averaged in.

        Raises:
            ValueError: if there are fewer events than components.
            CollapseError: if the data have no width in some direction, and there is no prior.
        """
        x = self._vectors(x)
        if len(x) < len(self.means):
            raise ValueError(f"{len(x)} events for {len(self.means)} components")
        where = "cpu" if generator is None else generator.device
        order = torch.randperm(len(x), generator=generator, device=where).to(x.device)
        spread = self.kind.of(x - x.mean(0), torch.full_like(x[:, 0], 1 / len(x)))
        covariances = torch.stack([spread] * len(self.means))
        if self._narrow(spread, narrowest_allowed(x)):
            counts = torch.full_like(self.weights, len(x) / len(self.weights))
            covariances = self._with_prior(counts, covariances)
            self._refuse_collapse(covariances, x)
        self.weights = torch.full_like(self.weights, 1 / len(self.weights))
        self.means = x[order[: len(self.means)]]
        self.covariances = covariances

    def em(
        self,
        x: Tensor,
        *,
        steps: int = 100,
        tolerance: float = 1e-7,
        resume: bool = False,
        generator: torch.Generator | None = None,
    ) -> History:
        """Fit to the events ``x``: from a random start, or from where the model is.

        Args:
            x: ``(N, *event)``.
            steps: iterations at most, each an M-step and an E-step.
            tolerance: stop when an iteration gains less than so many nats an event.
            resume: go on from the present parameters instead of drawing a start.
            generator: for the start.

        Returns:
            For each iteration (0 is the start) ``log_likelihood``, the mean in nats an event, and
            ``objective``, the same with the prior; the objective never falls.

        Raises:
            ValueError: if the events have another shape, are not finite, or are fewer than K.
            CollapseError: if a component shrinks onto a point, or the data have no width to
                begin with.
        """
        if not resume:
            self.start(x, generator)
        history, begun = History(), time.perf_counter()
        responsibilities = self._e_step(x, history, 0)
        try:
            for step in range(1, steps + 1):
                self.m_step(x, responsibilities)
                responsibilities = self._e_step(x, history, step)
                before, after = history["objective"][-2:]
                if after - before < tolerance:
                    break
        except CollapseError as collapse:
            collapse.history = history
            raise
        finally:
            history.seconds = time.perf_counter() - begun
        return history

    def _e_step(self, x: Tensor, history: History, step: int) -> Tensor:
        """Return the responsibilities, and record the likelihood that comes with them."""
        log_joint = self.log_joint(x)
        log_likelihood = log_joint.logsumexp(1).mean().item()
        objective = log_likelihood + self.log_prior().item() / len(x)
        history.add(step, {"log_likelihood": log_likelihood, "objective": objective})
        return log_joint.softmax(1)

    def m_step(self, x: Tensor, responsibilities: Tensor) -> None:
        """Take the parameters that maximise the bound for these responsibilities (N, K)."""
        x = self._vectors(x)
        counts = responsibilities.sum(0)
        shares = responsibilities / counts
        means = shares.T @ x
        spreads = [
            self.kind.of(x - mean, share) for mean, share in zip(means, shares.T, strict=True)
        ]
        covariances = self._with_prior(counts, torch.stack(spreads))
        self._refuse_collapse(covariances, x)
        self.weights, self.means, self.covariances = counts / len(x), means, covariances

    def _with_prior(self, counts: Tensor, covariances: Tensor) -> Tensor:
        """Average the covariances with the prior's, each counting by its number of events."""
        pseudo = self.prior_count * self.prior_variance * self.kind.unit(self.means.shape[1])
        counts = counts.view(-1, *[1] * pseudo.ndim)
        return (counts * covariances + pseudo.to(covariances)) / (counts + self.prior_count)

    def _refuse_collapse(self, covariances: Tensor, x: Tensor) -> None:
        """Raise ``CollapseError`` where a component has no event or no width."""
        smallest = narrowest_allowed(x)
        for k, covariance in enumerate(covariances):
            if self._narrow(covariance, smallest):
                raise CollapseError(k)

    def _narrow(self, covariance: Tensor, smallest: Tensor) -> bool:
        """Whether a covariance has next to no width in some direction."""
        return bool(not covariance.isfinite().all() or self.kind.narrowest(covariance) <= smallest)

    def log_joint(self, x: Tensor) -> Tensor:
        """Return log of w_k N(x; mu_k, Sigma_k) in nats, (B, K)."""
        x = self._vectors(x)
        columns = [
            log_gaussian(x - mean, covariance, self.kind)
            for mean, covariance in zip(self.means, self.covariances, strict=True)
        ]
        return self.weights.log() + torch.stack(columns, 1)

    def responsibilities(self, x: Tensor) -> Tensor:
        """Return the posterior p(k | x) of the component, (B, K): the E-step."""
        return self.log_joint(x).softmax(1)

    def bound(self, x: Tensor, q: Tensor) -> Tensor:
        r"""Return the ELBO of each event for any distributions ``q`` (B, K) over the components.

        .. math:: F = \sum_k q_k \log \frac{w_k \, N(x; \mu_k, \Sigma_k)}{q_k} \le \log p(x)
        """
        return (q * self.log_joint(x) - torch.xlogy(q, q)).sum(1)

    def log_prob(self, x: Tensor) -> Tensor:
        """Return log p(x) in nats, (B,)."""
        return self.log_joint(x).logsumexp(1).to(x.dtype)

    def log_prior(self) -> Tensor:
        """Return what the prior adds to the log-likelihood of all events together, a scalar."""
        penalties = [
            self.kind.log_det(covariance)
            + self.prior_variance * self.kind.trace_of_inverse(covariance)
            for covariance in self.covariances
        ]
        return -self.prior_count / 2 * torch.stack(penalties).sum()

    def sample(
        self, n: int, *, label: Label | None = None, generator: torch.Generator | None = None
    ) -> Tensor:
        """Return ``n`` draws, of shape ``(n, *event)``, in torch's default dtype."""
        self.labels_for(positive(n), label, generator)
        where = self.device if generator is None else generator.device
        weights = self.weights.to(where)
        k = torch.multinomial(weights, n, replacement=True, generator=generator)
        x = standard_normal(n, self.means.shape[1], like=self.means, generator=generator)
        for component, mean in enumerate(self.means):
            mine = (k == component).to(self.device)
            x[mine] = mean + self.kind.colour(x[mine], self.covariances[component])
        return x.view(n, *self.event_shape).to(torch.get_default_dtype())

    def check(self, batch: Batch) -> None:
        """Raise ``ValueError`` unless x of a batch holds finite floats ``(B, *event)``."""
        x = events(batch)
        wanted = f"wanted floats of shape (B, {', '.join(map(str, self.event_shape))})"
        if not isinstance(x, Tensor) or not x.is_floating_point():
            raise ValueError(f"x is {getattr(x, 'dtype', type(x).__name__)}, {wanted}")
        if tuple(x.shape[1:]) != self.event_shape or len(x) == 0:
            raise ValueError(f"x is {tuple(x.shape)}, {wanted}")
        if not x.isfinite().all():
            raise ValueError("x holds values that are not finite")

    def _vectors(self, x: Tensor) -> Tensor:
        self.check(x)
        return x.reshape(len(x), -1).to(self.means)


def narrowest_allowed(x: Tensor) -> Tensor:
    """Return the variance at which a component has collapsed, beside that of the data (N, D)."""
    return SMALLEST * x.var(0, correction=0).mean()
