"""StarGAN: one generator for many domains."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from genlib.gans.arguments import check_penalties
from genlib.gans.losses import AdversarialLoss, Wasserstein
from genlib.gans.penalties import GradientPenalty, Penalty
from genlib.model import Batch, check_events, checked_labels
from genlib.nn import evaluating
from genlib.translation.arguments import (
    absolute_error,
    check_domains,
    check_sides,
    check_weights,
)
from genlib.translation.networks import PatchGAN, ResNet
from genlib.translation.translator import TOGETHER, Translator, total


class StarGAN(Translator):
    r"""One generator G(x, c) to any domain c, and one discriminator that also names the domain.

    .. math::

        J_D &= J_{adv}(x, G(x, c')) + \gamma\, E[-\log p_D(c|x)] + \text{penalties}, \\
        J_G &= w\, J_{adv}(G(x, c')) + \gamma\, E[-\log p_D(c'|G(x, c'))]
             + \lambda\, E\,|G(G(x, c'), c) - x|,

    for pictures x of domain c and a domain c' drawn evenly from all. D's score of a picture is the
    mean over its patches. It is trained on pictures with the number of their domain, ``(x, c)``,
    such as ``scenes.streets().domains("day", "night", "snow").symmetric(labels=True)``.

    A fake that D names right need not be the picture that it should be: gamma asks for what tells
    the domains apart, and no more.

    Args:
        domains: their names; the labels number them from 0.
        cycle: lambda.
        classification: gamma.
        adversarial: w; without it D still learns to name the domains.
        loss: what the players minimise, by default :py:class:`~genlib.gans.Wasserstein`.
        penalties: what D pays beside that, by default ``[GradientPenalty(10)]``.
        event_shape: of the pictures, (C, H, W).
        width: channels of both networks next to the image.
        blocks: residual blocks of G, see :py:class:`~genlib.translation.ResNet`.
        halvings: how often G halves the side.
        patches: how often D does, see :py:class:`~genlib.translation.PatchGAN`; it has no norm.
        norm: of G, ``"batch"``, ``"instance"`` or ``"none"``. A domain's channel is the same all
            over a picture, so that with reflected edges its convolution is too, and an instance
            norm takes it away: G would not hear which domain is wanted.
        padding: of G, ``"reflect"`` or ``"zeros"``.
        generator: a network of your own, of pictures with one more channel a domain: 1 all over
            that of the domain wanted, and 0 in the others.
        **options: what every :py:class:`~genlib.translation.Translator` takes; the paper's critic
            has five updates a round, ``discriminator_turn={"updates": 5}``.

    Attributes:
        classes: how many domains there are.

    Raises:
        ValueError: if a weight is negative, a size is not positive or, without a generator of your
            own, not divisible, two penalties have one name, there are fewer than two names, or G
            could not hear them.

    Source: Choi et al. (2018), https://arxiv.org/abs/1711.09020. Chapter: image to image.
    """

    def __init__(
        self,
        domains: Sequence[str] = ("day", "night", "fog", "snow"),
        cycle: float = 10.0,
        classification: float = 1.0,
        adversarial: float = 1.0,
        *,
        loss: AdversarialLoss | None = None,
        penalties: Sequence[Penalty] | None = None,
        event_shape: Sequence[int] = (3, 32, 32),
        width: int = 24,
        blocks: int = 3,
        halvings: int = 1,
        patches: int = 2,
        norm: str = "batch",
        padding: str = "reflect",
        generator: nn.Module | None = None,
        **options: object,
    ) -> None:
        """Build both networks."""
        names = check_domains(domains)
        options |= {"adversarial": adversarial, "loss": loss or Wasserstein()}
        super().__init__(names, [event_shape] * len(names), **options)
        check_weights(cycle=cycle, classification=classification)
        check_sides(*self.event_shapes[:2], 2**halvings if generator is None else 1)
        self.cycle, self.classification, self.classes = cycle, classification, len(names)
        penalties = [GradientPenalty(10)] if penalties is None else penalties
        check_penalties(penalties, Penalty, "naming", "accuracy")
        self.penalties = nn.ModuleList(penalties)
        channels = self.event_shapes[0][0]
        if generator is None:
            if (norm, padding) == ("instance", "reflect"):
                raise ValueError(
                    'norm="instance" with padding="reflect" takes the domain away; wanted '
                    'padding="zeros", or norm="batch" or "none"'
                )
            sizes = (channels + self.classes, channels, width, blocks, halvings)
            generator = ResNet(*sizes, norm=norm, padding=padding)
        self.generators = generator
        self.discriminators = NamingPatchGAN(self.classes, channels, width, patches)

    @property
    def needs_judge(self) -> bool:
        """Whether G asks D for a score or a name."""
        return self.adversarial > 0 or self.classification > 0

    def critic(self, x: Tensor) -> Tensor:
        """Return D's scores of pictures, (B,)."""
        return self.discriminators(x)[0]

    def logits(self, x: Tensor) -> Tensor:
        """Return D's logits of the domains, (B, K), in the weights' precision also in autocast."""
        return self.discriminators(x)[1].to(next(self.parameters()).dtype)

    def translated(self, x: Tensor, to: int | Tensor) -> Tensor:
        """Return G(x, c) for the number of a domain, or one for each picture, with gradients."""
        label = torch.as_tensor(to, device=x.device).expand(len(x))
        return self.generators(with_label(x, label, self.classes))

    def source_of(self, to: int) -> int:
        """Return any domain: all have pictures of one shape, and there is a way from each."""
        return to

    @torch.no_grad()
    def name(self, x: Tensor) -> Tensor:
        """Return the number of the domain that D takes each picture to be from, int64 (B,)."""
        self.check_pictures(x)
        with evaluating(self):
            found = [self.discriminators(part)[1].argmax(1) for part in x.split(TOGETHER)]
        return torch.cat(found)

    def check(self, batch: Batch) -> None:
        """Raise ``ValueError`` unless a batch is pictures with the number of their domain each."""
        who = type(self).__name__
        if not isinstance(batch, tuple) or len(batch) != 2:
            raise ValueError(f"{who} is trained on pairs (x, label), the number of x's domain")
        self.check_pictures(batch[0])
        checked_labels(batch[1], len(batch[0]), self.classes, who)

    def check_pictures(self, x: Tensor, domain: int = 0) -> None:
        """Raise ``ValueError`` unless these are pictures, in [-1, 1], of whichever domain."""
        like, who = next(self.parameters()), type(self).__name__
        check_events(x, self.event_shapes[domain], -1.0, 1.0, who=who, like=like)

    def discriminator_loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Return D's cost on pictures and on as many translations to domains at random."""
        x, label = batch
        fake = self.translated(x, self.any_domains(label)).detach()
        cost, said = self.judged(self.critic, x, fake)
        logits = self.logits(x)
        naming = cross_entropy(logits, label.long())
        right = (logits.detach().argmax(1) == label).float().mean()
        paid = {one.name: one(self.critic, x, fake) for one in self.penalties}
        cost = cost + self.classification * naming + sum(paid.values())
        return cost, said | {"naming": naming.detach(), "accuracy": right} | paid

    def generator_loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Return G's cost on pictures that are translated to domains at random, and back."""
        x, label = batch
        to = self.any_domains(label)
        fake = self.translated(x, to)
        costs = {
            "adversarial": (self.adversarial, lambda: self.persuading(self.critic, fake, x)),
            "naming": (
                self.classification,
                lambda: cross_entropy(self.logits(fake), to),
            ),
            "cycle": (self.cycle, lambda: absolute_error(self.translated(fake, label.long()), x)),
        }
        return total(costs)

    def any_domains(self, like: Tensor) -> Tensor:
        """Return domains drawn evenly from all, int64 (B,), as many as there are labels."""
        return torch.randint(self.classes, (len(like),), device=like.device)


def with_label(x: Tensor, label: Tensor, classes: int) -> Tensor:
    """Return pictures (B, C, H, W) with a channel a domain, which is 1 if it is the one wanted."""
    chosen = label[:, None] == torch.arange(classes, device=x.device)  # one_hot would wait for it
    maps = chosen[:, :, None, None].expand(-1, -1, *x.shape[2:])
    return torch.cat([x, maps.to(x.dtype)], 1)


class NamingPatchGAN(nn.Module):
    """A patch discriminator with two heads: ``(B, C, H, W)`` to scores (B,) and logits (B, K).

    The score is the mean over the patches; the domain is named by the mean of their features.

    Args:
        classes: K.
        inputs: C.
        width: channels of the first layer.
        halvings: how often the side is halved.
    """

    def __init__(
        self, classes: int = 4, inputs: int = 3, width: int = 24, halvings: int = 2
    ) -> None:
        """Build the layers, without norms, which a gradient penalty does not bear."""
        super().__init__()
        self.patches = PatchGAN(inputs, width, halvings, norm="none")
        self.names = nn.Linear(self.patches.head.in_channels, classes)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return scores and logits."""
        features = self.patches.body(x)
        return self.patches.head(features).mean((1, 2, 3)), self.names(features.mean((2, 3)))
