"""UNIT: two domains with one code."""

from collections.abc import Callable, Sequence
from functools import cache

import torch
from torch import Tensor, nn

from genlib.gans.losses import AdversarialLoss
from genlib.model import Batch, Label, positive
from genlib.nn import evaluating, standard_normal
from genlib.translation.arguments import (
    absolute_error,
    check_domains,
    check_sides,
    check_weights,
    domain_number,
    network_list,
)
from genlib.translation.networks import PatchGAN
from genlib.translation.networks.shared import SharedAutoencoders
from genlib.translation.translator import TwoWayTranslator, total


class UNIT(TwoWayTranslator):
    r"""Two variational autoencoders whose codes mean the same, and a discriminator for each domain.

    A picture of domain k has the code :math:`z \sim q_k(z|x) = N(\mu_k(x), I)`, and any code a
    picture :math:`G_l(z)` in either domain. A picture is translated by the decoder of the other
    domain. With :math:`x' = G_l(z)`, :math:`z' \sim q_l(z|x')` and l the other domain,

    .. math::

        J_G = \sum_k w\, J_{adv}(D_l(x'))
            + \rho\, E|G_k(z) - x| + \kappa\, R(\mu_k(x))
            + \lambda\, E|G_k(z') - x| + \kappa'\, R(\mu_l(x')),

    with :math:`R(\mu) = \tfrac12 E[\mu^2]`, the divergence of q from N(0, I) in nats per number of
    the code. What holds the two codes together is that the inner layers are shared, and the way
    back. It is trained on unpaired pictures ``(a, b)``, as
    :py:class:`~genlib.translation.CycleGAN`.

    The weights are the paper's over 10, and so is their effect: Adam does not feel a common factor.

    Args:
        domains: the names of both.
        shared: how many blocks both share, in the encoders and in the decoders; 0 for none.
        reconstruction: rho.
        kl: kappa.
        cycle: lambda.
        cycle_kl: kappa'.
        adversarial: w.
        loss: what the players minimise, by default :py:class:`~genlib.gans.LeastSquares`.
        event_shape: of the pictures of both domains, (C, H, W).
        width: channels of all networks next to the image.
        blocks: residual blocks of an encoder, and of a decoder.
        halvings: how often all networks halve the side (the discriminators at least once).
        norm: of all networks, ``"instance"``, ``"batch"`` or ``"none"``.
        padding: of encoders and decoders, ``"reflect"`` or ``"zeros"``.
        discriminators: networks of your own, one for each domain.
        **options: what every :py:class:`~genlib.translation.Translator` takes.

    Attributes:
        classes: 2; the label of a sample is the number of its domain.

    Raises:
        ValueError: if a weight is negative, a size is not positive or not divisible, or there are
            not two names.

    Source: Liu, Breuel and Kautz (2017), https://arxiv.org/abs/1703.00848. Chapter: image to image.
    """

    classes = 2

    def __init__(
        self,
        domains: Sequence[str] = ("photo", "map"),
        shared: int = 1,
        reconstruction: float = 10.0,
        kl: float = 0.01,
        cycle: float = 10.0,
        cycle_kl: float = 0.01,
        adversarial: float = 1.0,
        *,
        loss: AdversarialLoss | None = None,
        event_shape: Sequence[int] = (3, 32, 32),
        width: int = 24,
        blocks: int = 3,
        halvings: int = 1,
        norm: str = "instance",
        padding: str = "reflect",
        discriminators: Sequence[nn.Module] | None = None,
        **options: object,
    ) -> None:
        """Build both autoencoders and both discriminators."""
        options |= {"adversarial": adversarial, "loss": loss}
        super().__init__(check_domains(domains, 2), [event_shape] * 2, **options)
        weights = {"reconstruction": reconstruction, "kl": kl, "cycle": cycle, "cycle_kl": cycle_kl}
        check_weights(**weights)
        check_sides(*self.event_shapes, 2**halvings)
        self.weights = weights
        channels, high, wide = self.event_shapes[0]
        self.code_shape = width * 2**halvings, high // 2**halvings, wide // 2**halvings
        sizes = (channels, width, blocks, halvings, shared)
        self.generators = SharedAutoencoders(*sizes, norm=norm, padding=padding)
        built = [PatchGAN(channels, width, max(1, halvings), norm=norm) for _ in range(2)]
        self.discriminators = network_list(discriminators, built)

    def translated(self, x: Tensor, to: int) -> Tensor:
        """Return pictures of the other domain in that of a number, by way of the code's mean."""
        return self.generators.decode(self.generators.encode(x, 1 - to), to)

    @torch.no_grad()
    def encode(self, x: Tensor, of: str) -> Tensor:
        """Return the means of the codes of a domain's pictures, ``(B, *code_shape)``.

        Raises:
            ValueError: if there is no such domain, or these are no pictures of it.
        """
        number = domain_number(of, self.domains)
        self.check_pictures(x, number)
        with evaluating(self):
            return self.generators.encode(x, number)

    @torch.no_grad()
    def decode(self, z: Tensor, to: str) -> Tensor:
        """Return pictures of a domain, of codes ``(B, *code_shape)``.

        Raises:
            ValueError: if there is no such domain, or these are no codes.
        """
        if tuple(z.shape[1:]) != self.code_shape:
            raise ValueError(f"codes of shape {tuple(z.shape)}, wanted (B, *{self.code_shape})")
        with evaluating(self):
            return self.generators.decode(z, domain_number(to, self.domains))

    @torch.no_grad()
    def sample(
        self, n: int, *, label: Label | None = None, generator: torch.Generator | None = None
    ) -> Tensor:
        """Draw codes from N(0, I) and decode them, each in the domain that its label numbers.

        See ``Model.sample``. Codes of pictures follow N(0, I) only as far as the weight of the
        divergence has brought them there.
        """
        domain = self.labels_for(positive(n), label, generator)
        like = next(self.parameters())
        z = standard_normal(n, *self.code_shape, like=like, generator=generator)
        first, second = (self.decode(z, name) for name in self.domains)
        return torch.where(domain.view(-1, 1, 1, 1) == 0, first, second)

    def discriminator_loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the cost of both discriminators, on data and on translations."""

        def fake(to: int) -> Tensor:
            code = drawn(self.generators.encode(batch[1 - to], 1 - to))
            return self.generators.decode(code, to).detach()

        return self.judged_by_domain(batch, fake)

    def generator_loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the cost of both autoencoders, summed over the domains."""
        parts = [self.costs(batch, k) for k in (0, 1)]
        weights = {"adversarial": self.adversarial} | self.weights
        return total({name: (w, summed(parts, name)) for name, w in weights.items()})

    def costs(self, batch: Batch, k: int) -> dict[str, Callable[[], Tensor]]:
        """Return the costs of what begins with the pictures of a domain, to be computed by name."""
        x, other, net = batch[k], 1 - k, self.generators
        mean = net.encode(x, k)
        z = drawn(mean)
        fake = net.decode(z, other)
        judge, real = self.discriminators[other], batch[other]

        @cache
        def back() -> Tensor:
            return net.encode(fake, other)

        return {
            "adversarial": lambda: self.persuading(judge, fake, real),
            "reconstruction": lambda: absolute_error(net.decode(z, k), x),
            "kl": lambda: code_rate(mean),
            "cycle": lambda: absolute_error(net.decode(drawn(back()), k), x),
            "cycle_kl": lambda: code_rate(back()),
        }


def summed(parts: Sequence[dict[str, Callable[[], Tensor]]], name: str) -> Callable[[], Tensor]:
    """Return a function that sums the costs of one name."""
    return lambda: sum(part[name]() for part in parts)


def drawn(mean: Tensor) -> Tensor:
    """Draw codes from N(mean, I)."""
    return mean + torch.randn_like(mean)


def code_rate(mean: Tensor) -> Tensor:
    r"""Return :math:`\mathrm{KL}(N(\mu, I) \| N(0, I))` in nats per number of the code, a scalar.

    .. math:: \tfrac12\, E[\mu^2]
    """
    exact = mean.to(torch.promote_types(mean.dtype, torch.float32))
    return 0.5 * exact.square().mean()
