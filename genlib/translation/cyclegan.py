"""CycleGAN: translation learned without pairs."""

from collections.abc import Sequence

from torch import Tensor, nn

from genlib.gans.losses import AdversarialLoss
from genlib.model import Batch
from genlib.translation.arguments import (
    absolute_error,
    check_domains,
    check_sides,
    check_weights,
    network_list,
)
from genlib.translation.networks import PatchGAN, ResNet
from genlib.translation.pool import ImagePool
from genlib.translation.translator import TwoWayTranslator, total


class CycleGAN(TwoWayTranslator):
    r"""Two generators that undo each other, and a discriminator for each domain.

    With G from domain A to B and F back,

    .. math::

        J_{G,F} = w\,\big[J_{adv}(D_B(G(a))) + J_{adv}(D_A(F(b)))\big]
            + \lambda\, E\big[|F(G(a)) - a| + |G(F(b)) - b|\big]
            + \iota\, E\big[|F(a) - a| + |G(b) - b|\big],

    mean absolute errors over all pixels and channels, of pictures in [-1, 1]. The second term asks
    for maps that are inverse to each other, and not for the right ones: a permutation of colours or
    a shift that F takes back costs nothing. The discriminators see a pool of earlier fakes. It is
    trained on pictures ``(a, b)`` that have nothing to do with each other, such as
    ``scenes.aerial().pairs("photo", "map").unpaired().symmetric()``.

    Args:
        domains: the names of A and B.
        cycle: lambda.
        identity: iota; the paper has it at half of lambda, where colours are to be kept.
        adversarial: w.
        pool: how many earlier fakes of each domain are kept, see
            :py:class:`~genlib.translation.ImagePool`; 0 for none.
        loss: what the players minimise, by default :py:class:`~genlib.gans.LeastSquares`.
        event_shape: of A, (C, H, W).
        target_shape: of B, with the same H and W; by default that of A.
        width: channels of all networks next to the image.
        blocks: residual blocks of G and F, see :py:class:`~genlib.translation.ResNet`.
        halvings: how often all networks halve the side (the discriminators at least once).
        norm: of all networks, ``"instance"``, ``"batch"`` or ``"none"``.
        padding: of G and F, ``"reflect"`` or ``"zeros"``.
        generators: networks of your own, to A and to B.
        discriminators: the same, of A and of B.
        **options: what every :py:class:`~genlib.translation.Translator` takes.

    Raises:
        ValueError: if a weight is negative, a size is not positive or, without generators of your
            own, not divisible, there are not two names, or pictures of different channels are to
            be the identity.

    Source: Zhu et al. (2017), https://arxiv.org/abs/1703.10593. Chapter: image to image.
    """

    def __init__(
        self,
        domains: Sequence[str] = ("photo", "map"),
        cycle: float = 10.0,
        identity: float = 5.0,
        adversarial: float = 1.0,
        pool: int = 50,
        *,
        loss: AdversarialLoss | None = None,
        event_shape: Sequence[int] = (3, 32, 32),
        target_shape: Sequence[int] | None = None,
        width: int = 24,
        blocks: int = 3,
        halvings: int = 1,
        norm: str = "instance",
        padding: str = "reflect",
        generators: Sequence[nn.Module] | None = None,
        discriminators: Sequence[nn.Module] | None = None,
        **options: object,
    ) -> None:
        """Build four networks."""
        shapes = event_shape, target_shape or event_shape
        options |= {"adversarial": adversarial, "loss": loss}
        super().__init__(check_domains(domains, 2), shapes, **options)
        check_weights(cycle=cycle, identity=identity)
        check_sides(*self.event_shapes, 2**halvings if generators is None else 1)
        channels = [shape[0] for shape in self.event_shapes]
        if identity > 0 and channels[0] != channels[1]:
            raise ValueError(f"identity={identity}, but pictures of {channels} channels; wanted 0")
        self.cycle, self.identity = cycle, identity
        sizes = {"width": width, "blocks": blocks, "halvings": halvings}
        looks = {"norm": norm, "padding": padding}
        self.generators = network_list(
            generators, [ResNet(channels[1 - to], channels[to], **sizes, **looks) for to in (0, 1)]
        )
        self.discriminators = network_list(
            discriminators, [PatchGAN(c, width, max(1, halvings), norm=norm) for c in channels]
        )
        self.pools = nn.ModuleList(ImagePool(shape, pool) for shape in self.event_shapes)

    def translated(self, x: Tensor, to: int) -> Tensor:
        """Return G(a) or F(b), with gradients."""
        return self.generators[to](x)

    def discriminator_loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the cost of both discriminators, on data and on fakes from the pools."""
        return self.judged_by_domain(
            batch, lambda to: self.pools[to](self.translated(batch[1 - to], to).detach())
        )

    def generator_loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the cost of both generators: what D says, the way back, and the identity."""
        fakes = [self.translated(batch[1 - to], to) for to in (0, 1)]
        costs = {
            "adversarial": (self.adversarial, lambda: self.persuading_both(fakes, batch)),
            "cycle": (self.cycle, lambda: self.mapped_error(fakes[::-1], batch)),
            "identity": (self.identity, lambda: self.mapped_error(batch, batch)),
        }
        return total(costs)

    def persuading_both(self, fakes: Sequence[Tensor], batch: Batch) -> Tensor:
        """Return what both generators pay for their fakes."""
        judges = zip(self.discriminators, fakes, batch, strict=True)
        return sum(self.persuading(*one) for one in judges)

    def mapped_error(self, given: Sequence[Tensor], wanted: Batch) -> Tensor:
        """Return how far pictures, mapped to A and to B, are from what is wanted in each."""
        both = range(len(self.domains))
        return sum(absolute_error(self.translated(given[k], k), wanted[k]) for k in both)
