r"""What the two players of a GAN minimise.

A discriminator gives a number ``s`` (a score) to every event; where it is a classifier, ``s`` is
the logit of :math:`D(x) = \mathrm{sigmoid}(s(x))`, the probability that ``x`` is data. A loss turns
scores into one scalar a player, a mean over all scores given, **to be minimised by that player**:
``discriminator(real_logits, fake_logits)`` and ``generator(fake_logits)``.

Logarithms are taken by ``logsigmoid``, so that logits of any size give finite losses and gradients:
:math:`\log D = \mathrm{logsigmoid}(s)`, :math:`\log(1 - D) = \mathrm{logsigmoid}(-s)`.
Derived in the chapters "The GAN game" (the discriminator's cost), "Minimax and non-saturating" (the
generator's two costs) and "Wasserstein and Lipschitz" (the others).
"""

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid, relu


class AdversarialLoss(Protocol):
    """What :py:class:`~genlib.gans.GAN` asks of a loss."""

    def discriminator(self, real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        """Return the scalar that the discriminator minimises."""

    def generator(self, fake_logits: Tensor) -> Tensor:
        """Return the scalar that the generator minimises."""

    def verdict(self, logits: Tensor) -> Tensor:
        """Return what the scores say of the events: a probability where there is one."""


class _CrossEntropy:
    """The discriminator as a classifier of data (1) against samples (0)."""

    def discriminator(self, real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        r"""Return :math:`J_D = E[-\log D(x)] + E[-\log(1 - D(G(z)))]`, in nats."""
        _check(real_logits, fake_logits)
        return -logsigmoid(real_logits).mean() - logsigmoid(-fake_logits).mean()

    def verdict(self, logits: Tensor) -> Tensor:
        """Return the probability D(x)."""
        return torch.sigmoid(logits)


class Minimax(_CrossEntropy):
    r"""The zero-sum game: the generator maximises the discriminator's cost.

    .. math::

        J_D = E[-\log D(x)] + E[-\log(1 - D(G(z)))], \qquad J_G = E[\log(1 - D(G(z)))].

    :math:`J_G` is :math:`-J_D` without the term in which G does not occur. Its derivative in a
    fake's logit is :math:`-D`, which vanishes where D recognises the fake.

    Logits of any shape (D's and G's means run over all of it); ``ValueError`` for logits that are
    empty, not floating point, or of different shapes beyond the batch.

    Source: Goodfellow et al. (2014), https://arxiv.org/abs/1406.2661, equation 1.
    Chapter: "The GAN game".
    """

    def generator(self, fake_logits: Tensor) -> Tensor:
        r"""Return :math:`J_G = E[\log(1 - D(G(z)))]`, in nats; never positive."""
        _check(fake_logits)
        return logsigmoid(-fake_logits).mean()


class NonSaturating(_CrossEntropy):
    r"""The modified game: the generator makes its samples look likely to be data.

    .. math::

        J_D = E[-\log D(x)] + E[-\log(1 - D(G(z)))], \qquad J_G = E[-\log D(G(z))].

    The derivative of :math:`J_G` in a fake's logit is :math:`-(1 - D)`, which is largest where D
    recognises the fake. Raises as :py:class:`Minimax` does.

    Source: Goodfellow et al. (2014), https://arxiv.org/abs/1406.2661, section 3.
    Chapter: "Minimax and non-saturating".
    """

    def generator(self, fake_logits: Tensor) -> Tensor:
        r"""Return :math:`J_G = E[-\log D(G(z))]`, in nats; never negative."""
        _check(fake_logits)
        return -logsigmoid(fake_logits).mean()


class _Scores:
    """Losses whose scores are no logits of a probability."""

    def verdict(self, logits: Tensor) -> Tensor:
        """Return the scores themselves."""
        return logits


@dataclass(frozen=True)
class LeastSquares(_Scores):
    r"""Regression of the score ``s`` on a target for data and another for samples.

    .. math::

        J_D = \tfrac12 E[(s(x) - b)^2] + \tfrac12 E[(s(G(z)) - a)^2], \qquad
        J_G = \tfrac12 E[(s(G(z)) - c)^2].

    The defaults are the 0-1 coding :math:`a = 0, b = c = 1`, of which the optimal score is
    :math:`p/(p + q)`. With :math:`b - c = 1` and :math:`b - a = 2` (for example
    :math:`a = -1, b = 1, c = 0`) the game minimises a Pearson chi-squared divergence.
    Raises as :py:class:`Minimax` does.

    Args:
        fake: ``a``, what D aims at for samples.
        real: ``b``, what D aims at for data.
        aim: ``c``, what G wants D to say of its samples.

    Source: Mao et al. (2017), https://arxiv.org/abs/1611.04076, equation 2 and section 3.2.
    Chapter: "Wasserstein and Lipschitz".
    """

    fake: float = 0.0
    real: float = 1.0
    aim: float = 1.0

    def discriminator(self, real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        """Return half the mean squared distance of the scores from their targets."""
        _check(real_logits, fake_logits)
        from_real, from_fake = real_logits - self.real, fake_logits - self.fake
        return (from_real.square().mean() + from_fake.square().mean()) / 2

    def generator(self, fake_logits: Tensor) -> Tensor:
        """Return half the mean squared distance of the samples' scores from ``aim``."""
        _check(fake_logits)
        return (fake_logits - self.aim).square().mean() / 2


class Hinge(_Scores):
    r"""A margin: D stops caring about events beyond a score of 1 on the right side.

    .. math::

        J_D = E[\max(0, 1 - s(x))] + E[\max(0, 1 + s(G(z)))], \qquad J_G = -E[s(G(z))].

    The margin 1 fixes the scale of the scores; :math:`J_D = 2` at :math:`s = 0`. At the best D,
    :math:`s = \mathrm{sign}(p - q)` and :math:`J_D = 2 - 2\,\mathrm{TV}(p, q)`.
    Raises as :py:class:`Minimax` does.

    Source: Lim and Ye (2017), https://arxiv.org/abs/1705.02894, section 3;
    Miyato et al. (2018), https://arxiv.org/abs/1802.05957, equations 16 and 17.
    Chapter: "Wasserstein and Lipschitz".
    """

    def discriminator(self, real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        """Return how far, on average, the scores fall short of the margin."""
        _check(real_logits, fake_logits)
        return relu(1 - real_logits).mean() + relu(1 + fake_logits).mean()

    def generator(self, fake_logits: Tensor) -> Tensor:
        """Return minus the samples' mean score."""
        _check(fake_logits)
        return -fake_logits.mean()


class Wasserstein(_Scores):
    r"""A critic that pulls the mean scores of data and samples apart.

    .. math::

        J_D = E[s(G(z))] - E[s(x)], \qquad J_G = -E[s(G(z))].

    Nothing here bounds :math:`s`: the critic must be held to slope 1 from outside (weight clipping,
    gradient penalty, spectral norm). For an optimal critic of slope at most ``K``, :math:`-J_D`
    is ``K`` times the Wasserstein-1 distance, in the units of the data; for any other critic of
    that slope it is less. Raises as :py:class:`Minimax` does.

    Source: Arjovsky et al. (2017), https://arxiv.org/abs/1701.07875, equations 2 and 3.
    Chapter: "Wasserstein and Lipschitz".
    """

    def discriminator(self, real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        """Return the samples' mean score less the data's."""
        _check(real_logits, fake_logits)
        return fake_logits.mean() - real_logits.mean()

    def generator(self, fake_logits: Tensor) -> Tensor:
        """Return minus the samples' mean score."""
        _check(fake_logits)
        return -fake_logits.mean()


def _check(*logits: Tensor) -> None:
    """Raise ``ValueError`` for logits of which a mean would be no loss."""
    for given in logits:
        if not isinstance(given, Tensor) or not given.is_floating_point():
            what = given.dtype if isinstance(given, Tensor) else type(given).__name__
            raise ValueError(f"logits must be a floating-point tensor; these are {what}")
        if given.numel() == 0 or given.ndim == 0:
            raise ValueError(f"logits must be a batch; these have shape {tuple(given.shape)}")
    if len({given.shape[1:] for given in logits}) > 1:
        real, fake = (tuple(given.shape) for given in logits)
        raise ValueError(
            f"real logits are {real}, fake ones {fake}; wanted equal but for the batch"
        )
