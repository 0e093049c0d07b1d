"""Bounds from both sides, where a code of each image is known."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.distributions import Distribution

from genlib.metrics.likelihood.annealing import Annealing, ais, anneal
from genlib.metrics.likelihood.decoder import LogDensity
from genlib.metrics.likelihood.hamiltonian import Hamiltonian
from genlib.metrics.likelihood.steps import Steps


@dataclass(frozen=True, eq=False)
class Bracket:
    """A run from the start to the target, and its reversal.

    Attributes:
        forward: whose ``estimate`` is a lower bound of log p(x) in the mean.
        backward: whose weights estimate 1/p(x), and whose ``estimate`` is minus an upper bound.
    """

    forward: Annealing
    backward: Annealing

    @property
    def lower(self) -> Tensor:
        """A lower bound of log p(x) in nats, in the mean, (B,)."""
        return self.forward.estimate

    @property
    def upper(self) -> Tensor:
        """An upper bound of log p(x) in nats, in the mean, (B,)."""
        return -self.backward.estimate

    @property
    def gap(self) -> Tensor:
        """Their difference in nats, (B,): in the mean, no bound is further from log p(x)."""
        return self.upper - self.lower


@torch.no_grad()
def bidirectional(
    log_joint: LogDensity,
    start: Distribution,
    codes: Tensor,
    *,
    leaps: int = 1,
    jitter: float = 0.2,
    **options: object,
) -> Bracket:
    r"""Bound log p(x) from both sides, for images whose codes are exact draws of p(z|x).

    Chains that begin at an exact draw of the posterior and run the path backwards collect weights
    with :math:`E[w'] = 1 / p(x)`, so that by Jensen's inequality

    .. math:: E \log \frac1C \sum_c w_c \;\le\; \log p(x) \;\le\; -E \log \frac1C \sum_c w'_c.

    Such a draw is known for images that the decoder itself drew, by
    ``x, z = decoder.simulate(n)``, and for no others: the gap certifies the sampler on simulated
    images. Real ones may be easier or harder. Grosse, Ghahramani and Adams (2015,
    https://arxiv.org/abs/1511.02543). Derived in the chapter on likelihoods of decoders.

    Args:
        log_joint: from codes (C, B, D) to log p(x, z), (C, B): ``decoder.log_joint(x)``.
        start: q, of batch (B,) and event (D,).
        codes: z, (B, D).
        leaps: as in ``ais``.
        jitter: as in ``ais``.
        **options: what else ``ais`` takes. The reversal uses the step sizes that it found.

    Returns:
        both runs, with ``lower``, ``upper`` and ``gap``.

    Raises:
        ValueError: if the codes are not (B, D), or as ``ais``.
    """
    wanted = (*start.batch_shape, *start.event_shape)
    if codes.shape != wanted:
        raise ValueError(f"codes {tuple(codes.shape)}, wanted one for each image, {wanted}")
    forward = ais(log_joint, start, leaps=leaps, jitter=jitter, **options)
    mover = Hamiltonian(log_joint, start, start.stddev, leaps)
    sizes = Steps(0.0, jitter, 0, forward.step_sizes.flip(0))
    back = forward.betas.flip(0).tolist()
    return Bracket(
        forward, anneal(mover, codes.expand(len(forward.log_weights), *wanted), back, sizes)
    )
