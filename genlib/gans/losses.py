r"""What the two players of a GAN minimise.

A discriminator gives a number ``s`` (a score) to every event; where it is a classifier, ``s`` is
the logit of :math:`D(x) = \mathrm{sigmoid}(s(x))`, the probability that ``x`` is data. A loss turns
scores into one scalar a player, a mean over all scores given, **to be minimised by that player**:
``discriminator(real, fake)`` and ``generator(fake, real=None)``.

Logarithms are taken by ``logsigmoid``, so that logits of any size give finite losses and gradients:
:math:`\log D = \mathrm{logsigmoid}(s)`, :math:`\log(1 - D) = \mathrm{logsigmoid}(-s)`.
Derived in the chapters "The GAN game" (the discriminator's cost), "Minimax and non-saturating" (the
generator's two costs) and "Wasserstein and Lipschitz" (the others).
"""

from math import inf
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn.functional import logsigmoid, relu

from genlib.gans.checks import check_numbers, check_pairs, check_scores


class AdversarialLoss(nn.Module):
    """What the two players minimise; a subclass gives both costs.

    It has no weights: it is a module, as torch's own losses are, so that a card can name it.

    Attributes:
        pairs_real: whether G's cost needs the scores of data too, each beside a sample's.
    """

    pairs_real: ClassVar[bool] = False

    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        """Return the scalar that the discriminator minimises."""
        raise NotImplementedError(f"{type(self).__name__} gives the discriminator no cost")

    def generator(self, fake: Tensor, real: Tensor | None = None) -> Tensor:
        """Return the scalar that the generator minimises."""
        raise NotImplementedError(f"{type(self).__name__} gives the generator no cost")

    def verdict(self, scores: Tensor) -> Tensor:
        """Return what scores say of the events: D(x) if there is one, else the scores."""
        return scores

    def taken_for_data(self, scores: Tensor) -> Tensor | None:
        """Return whether D takes each event for data, or None if a score alone does not say."""
        return None

    @torch.no_grad()
    def accuracy(self, real: Tensor, fake: Tensor) -> dict[str, Tensor]:
        """Return how often D is right, by the name of the column.

        These are ``real_accuracy`` and ``fake_accuracy``, the shares of data and of samples that
        it takes for what they are; of a D whose scores only compare, ``pair_accuracy``, the share
        of pairs in which the data score higher.
        """
        right, wrong = self.taken_for_data(real), self.taken_for_data(fake)
        if right is None or wrong is None:
            return {"pair_accuracy": (real > fake).float().mean()}
        return {"real_accuracy": right.float().mean(), "fake_accuracy": 1 - wrong.float().mean()}


class _CrossEntropy(AdversarialLoss):
    """The discriminator as a classifier of data (1) against samples (0)."""

    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        r"""Return :math:`J_D = E[-\log D(x)] + E[-\log(1 - D(G(z)))]`, in nats."""
        check_scores(real, fake)
        return -logsigmoid(real).mean() - logsigmoid(-fake).mean()

    def verdict(self, scores: Tensor) -> Tensor:
        """Return the probability D(x)."""
        return torch.sigmoid(scores)

    def taken_for_data(self, scores: Tensor) -> Tensor:
        """Return whether D(x) is above a half."""
        return scores > 0


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

    def generator(self, fake: Tensor, real: Tensor | None = None) -> Tensor:
        r"""Return :math:`J_G = E[\log(1 - D(G(z)))]`, in nats; never positive."""
        check_scores(fake)
        return logsigmoid(-fake).mean()


class NonSaturating(_CrossEntropy):
    r"""The modified game: the generator makes its samples look likely to be data.

    .. math::

        J_D = E[-\log D(x)] + E[-\log(1 - D(G(z)))], \qquad J_G = E[-\log D(G(z))].

    The derivative of :math:`J_G` in a fake's logit is :math:`-(1 - D)`, which is largest where D
    recognises the fake. Raises as :py:class:`Minimax` does.

    Source: Goodfellow et al. (2014), https://arxiv.org/abs/1406.2661, section 3.
    Chapter: "Minimax and non-saturating".
    """

    def generator(self, fake: Tensor, real: Tensor | None = None) -> Tensor:
        r"""Return :math:`J_G = E[-\log D(G(z))]`, in nats; never negative."""
        check_scores(fake)
        return -logsigmoid(fake).mean()


class LeastSquares(AdversarialLoss):
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

    def __init__(self, fake: float = 0.0, real: float = 1.0, aim: float = 1.0) -> None:
        """Keep the three targets."""
        super().__init__()
        check_numbers(self, -inf, fake=fake, real=real, aim=aim)
        self.fake, self.real, self.aim = fake, real, aim

    def extra_repr(self) -> str:
        """Show the targets."""
        return f"fake={self.fake}, real={self.real}, aim={self.aim}"

    def taken_for_data(self, scores: Tensor) -> Tensor:
        """Return whether scores are nearer to the target for data than to that for samples."""
        return (scores - self.real).abs() < (scores - self.fake).abs()

    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        """Return half the mean squared distance of the scores from their targets."""
        check_scores(real, fake)
        from_real, from_fake = real - self.real, fake - self.fake
        return (from_real.square().mean() + from_fake.square().mean()) / 2

    def generator(self, fake: Tensor, real: Tensor | None = None) -> Tensor:
        """Return half the mean squared distance of the samples' scores from ``aim``."""
        check_scores(fake)
        return (fake - self.aim).square().mean() / 2


class Hinge(AdversarialLoss):
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

    def taken_for_data(self, scores: Tensor) -> Tensor:
        """Return whether scores are above 0, the middle between the margins."""
        return scores > 0

    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        """Return how far, on average, the scores fall short of the margin."""
        check_scores(real, fake)
        return relu(1 - real).mean() + relu(1 + fake).mean()

    def generator(self, fake: Tensor, real: Tensor | None = None) -> Tensor:
        """Return minus the samples' mean score."""
        check_scores(fake)
        return -fake.mean()


class Wasserstein(AdversarialLoss):
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

    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        """Return the samples' mean score less the data's."""
        check_scores(real, fake)
        return fake.mean() - real.mean()

    def generator(self, fake: Tensor, real: Tensor | None = None) -> Tensor:
        """Return minus the samples' mean score."""
        check_scores(fake)
        return -fake.mean()


class Relativistic(AdversarialLoss):
    r"""A discriminator that says which of two is the data: a score counts against its partner's.

    .. math::

        J_D = E[-\log \mathrm{sigmoid}(s(x) - s(G(z)))], \qquad
        J_G = E[-\log \mathrm{sigmoid}(s(G(z)) - s(x))].

    Data and samples are paired by their place in the batch. Both costs are :math:`\log 2` where
    D cannot tell, in nats. Raises as :py:class:`Minimax` does, and for batches of unequal lengths
    or a generator's cost without the scores of data.

    Source: Jolicoeur-Martineau (2018), https://arxiv.org/abs/1807.00734; Huang et al. (2024),
    https://arxiv.org/abs/2501.05441.
    """

    pairs_real = True

    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        """Return what it costs that samples score higher than the data they are paired with."""
        check_pairs(real, fake)
        return -logsigmoid(real - fake).mean()

    def generator(self, fake: Tensor, real: Tensor | None = None) -> Tensor:
        """Return what it costs that samples score lower than the data they are paired with."""
        check_pairs(real, fake)
        return -logsigmoid(fake - real).mean()
