"""pix2pix: translation learned from pairs."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from genlib.gans.losses import AdversarialLoss, NonSaturating
from genlib.model import Batch
from genlib.translation.arguments import absolute_error, check_domains, check_sides, check_weights
from genlib.translation.networks import PatchGAN, UNet
from genlib.translation.translator import Translator, total


class Pix2Pix(Translator):
    r"""A U-Net G from pictures x to their partners y, with a discriminator that sees both.

    .. math::

        J_G = w\, J_{adv}\big(D(x, G(x))\big) + \lambda\, E\,|y - G(x)|, \qquad
        J_D = J_{adv}\big(D(x, y), D(x, G(x))\big),

    with the mean absolute error over all pixels and channels, in units in which black is -1 and
    white 1. The absolute error alone asks for the median of all y that fit an x, which is blurred
    where they differ; a patch discriminator asks for texture. It is trained on pairs ``(x, y)``,
    such as ``scenes.aerial().pairs("photo", "map").symmetric()``.

    Args:
        domains: the names of what is given and what is wanted.
        l1: lambda, weight of the absolute error.
        adversarial: w, weight of what D says; without it G plays alone.
        conditional: whether D sees x beside y.
        loss: what the players minimise, by default :py:class:`~genlib.gans.NonSaturating`.
        event_shape: of x, (C, H, W).
        target_shape: of y, with the same H and W; by default that of x.
        width: channels of both networks next to the image.
        depth: how often G halves the side, see :py:class:`~genlib.translation.UNet`.
        halvings: how often D does, see :py:class:`~genlib.translation.PatchGAN`.
        norm: of both networks, ``"batch"``, ``"instance"`` or ``"none"``.
        dropout: in G, the paper's only noise; ``translate`` leaves it out.
        generator: a network of your own instead of the U-Net.
        discriminator: one instead of the patch discriminator, of x and y with their channels side
            by side, or of y alone.
        **options: what every :py:class:`~genlib.translation.Translator` takes.

    Raises:
        ValueError: if a weight is negative, a size is not positive or not divisible by what the
            U-Net halves, or there are not two names.

    Source: Isola et al. (2017), https://arxiv.org/abs/1611.07004. Chapter: image to image.
    """

    def __init__(
        self,
        domains: Sequence[str] = ("photo", "map"),
        l1: float = 100.0,
        adversarial: float = 1.0,
        *,
        conditional: bool = True,
        loss: AdversarialLoss | None = None,
        event_shape: Sequence[int] = (3, 32, 32),
        target_shape: Sequence[int] | None = None,
        width: int = 24,
        depth: int = 3,
        halvings: int = 1,
        norm: str = "batch",
        dropout: float = 0.0,
        generator: nn.Module | None = None,
        discriminator: nn.Module | None = None,
        **options: object,
    ) -> None:
        """Build both networks."""
        shapes = event_shape, target_shape or event_shape
        options |= {"adversarial": adversarial, "loss": loss or NonSaturating()}
        super().__init__(check_domains(domains, 2), shapes, **options)
        check_weights(l1=l1)
        check_sides(*self.event_shapes, 2**depth if generator is None else 1)
        self.l1, self.conditional = l1, conditional
        inputs, outputs = (shape[0] for shape in self.event_shapes)
        if generator is None:
            generator = UNet(inputs, outputs, width, depth, norm=norm, dropout=dropout)
        if discriminator is None:
            seen = inputs + outputs if conditional else outputs
            discriminator = PatchGAN(seen, width, halvings, norm=norm)
        self.generators, self.discriminators = generator, discriminator

    def translated(self, x: Tensor, to: int) -> Tensor:
        """Return G(x), with gradients."""
        return self.generators(x)

    def source_of(self, to: int) -> int:
        """Return the first domain, from which alone there is a way."""
        if to == 0:
            source, target = self.domains
            raise ValueError(f"Pix2Pix translates {source} to {target}, and nothing to {source}")
        return 0

    def discriminator_loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Return D's cost on pairs, true ones and those that G completes."""
        x, y = batch
        fake = self.generators(x).detach()
        return self.judged(self.discriminators, self.beside(x, y), self.beside(x, fake))

    def generator_loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Return G's cost on pairs: what D says, and how far it is from the partners."""
        x, y = batch
        fake = self.generators(x)
        seen, real = self.beside(x, fake), self.beside(x, y)
        costs = {
            "adversarial": (
                self.adversarial, lambda: self.persuading(self.discriminators, seen, real)
            ),
            "l1": (self.l1, lambda: absolute_error(fake, y)),
        }  # fmt: skip
        return total(costs)

    def beside(self, x: Tensor, y: Tensor) -> Tensor:
        """Return what D sees: x and y with their channels side by side, or y alone."""
        return torch.cat([x, y.to(x.dtype)], 1) if self.conditional else y
