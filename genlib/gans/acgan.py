"""The auxiliary-classifier GAN: D names the label, and both players pay for what it misses."""

from collections.abc import Sequence
from typing import ClassVar

import torch.nn.functional as F
from torch import Tensor

from genlib.gans.checks import check_numbers
from genlib.gans.conditional import ConditionalGAN
from genlib.gans.stabilisers import Judged
from genlib.model import Batch


class ACGAN(ConditionalGAN):
    r"""A conditional GAN whose D names the label instead of being told it.

    .. math::

        J_D + \lambda \big(E[-\log C(y|x)] + E[-\log C(y|G(z, y))]\big), \qquad
        J_G + \lambda\, E[-\log C(y|G(z, y))],

    where the score of D does not depend on the label, and the classifier C shares its features.
    Data and samples pass D once in a turn, separately. G gains by samples of which the classifier
    is sure, which are not those of the data: where classes overlap it does better to stay away, the
    more so the greater the weight.

    Each player records the mean of :math:`-\log C(y|.)`, in nats, over data and samples,
    ``real_label`` and ``fake_label``.

    Args:
        weight: lambda.
        classify_samples: whether D's classifier learns from samples too, as in the paper; or from
            data alone, whose posterior it then is.
        options: what :py:class:`~genlib.gans.ConditionalGAN` takes, ``into_discriminator`` aside.

    Raises:
        ValueError: if the weight is negative or not finite, and as
            :py:class:`~genlib.gans.ConditionalGAN`.

    Source: Odena, Olah and Shlens (2017), https://arxiv.org/abs/1610.09585.
    Chapter: "Conditional GANs".
    """

    ways_into_discriminator: ClassVar[Sequence[str | None]] = ("classifier",)

    def __init__(
        self, weight: float = 1.0, *, classify_samples: bool = True, **options: object
    ) -> None:
        """Build both networks, and keep the weight."""
        check_numbers(self, 0, weight=weight)
        super().__init__(**({"into_discriminator": "classifier"} | options))
        self.weight, self.classify_samples = weight, classify_samples

    def both(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return D's scores ``(B,)`` and its logits of the labels ``(B, classes)``, of events."""
        scores, logits = self.discriminator.both(self.seen(x))
        dtype = next(self.discriminator.parameters()).dtype
        return scores.to(dtype), logits.to(dtype)

    def discriminator_cost(
        self, real: Tensor, fake: Tensor, label: Tensor | None = None
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Return D's cost on data and samples, and what is recorded beside it."""
        (real_scores, real_logits), (fake_scores, fake_logits) = self.both(real), self.both(fake)
        judged = Judged(real, fake, label, real_scores, fake_scores)
        cost, said = self.discriminator_cost_of(judged)
        on_real, on_fake = (F.cross_entropy(one, label) for one in (real_logits, fake_logits))
        named = on_real + on_fake if self.classify_samples else on_real
        return cost + self.weight * named, said | {"real_label": on_real, "fake_label": on_fake}

    def generator_loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Return G's cost on fresh samples: what D says of them, and how well it names them."""
        real, label = self.parts(batch)
        fake = self.fakes_for(batch)
        real_scores = self.scores(real, label) if self.adversarial_loss.pairs_real else None
        fake_scores, logits = self.both(fake)
        cost, said = self.generator_cost_of(Judged(real, fake, label, real_scores, fake_scores))
        named = F.cross_entropy(logits, label)
        return cost + self.weight * named, said | {"fake_label": named}
