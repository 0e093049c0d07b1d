"""The Laplacian pyramid of GANs: a small image, and a game for each doubling."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NoReturn

import torch
from torch import Tensor, nn

from genlib.gans.gan import GAN
from genlib.gans.networks import DCGANDiscriminator, MLPDiscriminator, MLPGenerator
from genlib.gans.networks.dcgan import LEAK
from genlib.model import Batch, Label, Model, Player, check_events, events, positive
from genlib.nn import LaplacianPyramid, evaluating, standard_normal


class DetailGenerator(nn.Sequential):
    """Noise and a blurred image, ``(B, 1 + C, s, s)``, to what the image lacks, ``(B, C, s, s)``.

    Args:
        colours: C.
        width: channels of the two hidden layers.
    """

    def __init__(self, colours: int, width: int) -> None:
        """Build three convolutions; the bias of the last starts at noughts."""
        super().__init__(
            nn.Conv2d(1 + colours, width, 5, padding=2), nn.LeakyReLU(LEAK),
            nn.Conv2d(width, width, 5, padding=2), nn.LeakyReLU(LEAK),
            nn.Conv2d(width, colours, 5, padding=2),
        )  # fmt: skip
        nn.init.zeros_(self[-1].bias)


class PyramidLevel(GAN):
    """The game of one level, which is handed images of full size.

    Args:
        above: how often an image of full size is halved to reach this level.
        image_shape: ``(C, S, S)`` of full size.
        image_bounds: the interval in which its pixels lie, or None.
        *networks: G and D.
        **options: what else :py:class:`~genlib.gans.GAN` takes.
    """

    def __init__(
        self,
        above: int,
        image_shape: Sequence[int],
        image_bounds: tuple[float, float] | None,
        *networks: nn.Module,
        **options: Any,  # noqa: ANN401
    ) -> None:
        """Keep both networks."""
        super().__init__(*networks, **options)
        self.above, self.image_shape = above, tuple(image_shape)
        self.image_bounds = image_bounds
        self.pyramid = LaplacianPyramid(0)

    def check(self, batch: Batch) -> None:
        """Raise ``ValueError`` unless ``x`` are images of full size within their bounds."""
        low, high = self.image_bounds or (-torch.inf, torch.inf)
        like = next(self.parameters())
        check_events(events(batch), self.image_shape, low, high, who="LAPGAN", like=like)

    def halved(self, x: Tensor) -> Tensor:
        """Return images of full size at the level's own."""
        for _ in range(self.above):
            x = self.pyramid.down(x)
        return x

    def judged(self, x: Tensor) -> Tensor:
        """Return what D sees of images of full size."""
        return self.halved(x)

    def data_of(self, batch: Batch) -> Tensor:
        """Return what D sees of a batch, in the batch's own precision also in autocast."""
        x = events(batch)
        with torch.autocast(x.device.type, enabled=False):
            return self.judged(x)

    def discriminator_loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Return D's cost on the level's part of images of full size."""
        return super().discriminator_loss(self.data_of(batch))

    def generator_loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Return G's cost beside the level's part of images of full size."""
        return super().generator_loss(self.data_of(batch))


class DetailLevel(PyramidLevel):
    """The game of what a doubled image lacks, given that image.

    What D sees are pairs, a blurred image and the detail that belongs to it, as channels.
    """

    def judged(self, x: Tensor) -> Tensor:
        """Return blurred images and details of data, ``(B, 2 C, s, s)``."""
        x = self.halved(x)
        blurred = self.pyramid.up(self.pyramid.down(x))
        return torch.cat([blurred, x - blurred], dim=1)

    def fakes_for(self, batch: Batch) -> Tensor:
        """Return blurred images of data with fresh details."""
        blurred = events(batch).chunk(2, dim=1)[0]
        return torch.cat([blurred, self.details(blurred)], dim=1)

    def details(self, blurred: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Draw details for blurred images ``(B, C, s, s)``."""
        size = blurred.shape[2:]
        noise = standard_normal(len(blurred), 1, *size, like=blurred, generator=generator)
        return self.generator(torch.cat([noise, blurred], dim=1))

    def sample(self, n: int, **_: object) -> NoReturn:
        """Raise ``ValueError``: details belong to an image."""
        raise ValueError("a level of details draws none by themselves: wanted refine(images)")

    @torch.no_grad()
    def refine(self, small: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Double images ``(B, C, s / 2, s / 2)``, and add drawn details."""
        with evaluating(self.generator):
            blurred = self.pyramid.up(small)
            return blurred + self.details(blurred, generator)


class LAPGAN(Model):
    r"""A chain of GANs, each of which draws what one doubling of an image lacks.

    .. math::

        x_0 = G_0(z_0), \qquad x_k = u(x_{k-1}) + G_k(z_k, u(x_{k-1})), \qquad k = 1, \dots, K,

    with u the doubling of a :py:class:`~genlib.nn.LaplacianPyramid`. The levels learn apart from
    each other, each from data alone: level k from real images of its size, blurred and sharp. So
    each can have a ``fit`` of its own, in any order or at the same time, or all have one together::

        fit(model.levels[2], images, steps=2_000)

    At level 0 both networks are perceptrons; above, G is three convolutions of the noise and the
    blurred image, and D a DCGAN's of the blurred image and the detail.

    Args:
        levels: K, how many doublings there are.
        width: channels of the convolutions.
        latent: length of the code at level 0.
        hidden: widths of the perceptrons' layers at level 0 (in D, in reverse).
        event_shape: ``(C, S, S)``; S can be halved K times and is a few doublings of at most 7.
        bounds: the interval in which pixels lie, to which samples are clipped; ``None`` if they
            may be any number.
        lr: Adam's step size, for all players.
        betas: Adam's decay rates.
        **options: what else each level's :py:class:`~genlib.gans.GAN` takes: ``loss``,
            ``penalties``, ``schedule`` and turns; no ``stabilisers`` and no ``classes``.

    Attributes:
        levels: the games, the smallest images first.

    Raises:
        ValueError: as :py:class:`~genlib.gans.GAN`, or if the side cannot be halved so often or
            stabilisers or classes are given.

    Source: Denton et al. (2015), https://arxiv.org/abs/1506.05751. Chapter: "Progressive growing".
    """

    def __init__(
        self,
        levels: int = 2,
        width: int = 32,
        latent: int = 64,
        hidden: Sequence[int] = (256, 256),
        *,
        event_shape: Sequence[int] = (1, 28, 28),
        bounds: tuple[float, float] | None = (-1.0, 1.0),
        lr: float = 2e-4,
        betas: tuple[float, float] = (0.5, 0.999),
        **options: Any,  # noqa: ANN401
    ) -> None:
        """Build the game of each level."""
        super().__init__(lr=lr)
        check_side(event_shape, levels)
        check_options(options)
        self.event_shape, self.bounds = tuple(event_shape), bounds
        options = {"lr": lr, "betas": betas, **options}
        colours, side, _ = event_shape
        full = (event_shape, bounds)
        lowest = (colours, side // 2**levels, side // 2**levels)
        first = PyramidLevel(
            levels, *full, MLPGenerator(latent, hidden, lowest, bounds),
            MLPDiscriminator(lowest, hidden[::-1]), latent=latent, event_shape=lowest,
            bounds=bounds, **options,
        )  # fmt: skip
        details = [detail_level(above, full, width, options) for above in reversed(range(levels))]
        self.levels = nn.ModuleList([first, *details])

    def players(self) -> Sequence[Player]:
        """Return D and G of every level, named after its side, such as ``discriminator14``."""
        return [player for level in self.levels for player in self._players_of(level)]

    def _players_of(self, level: PyramidLevel) -> Iterator[Player]:
        """Yield D and G of a level."""
        side = self.event_shape[1] // 2**level.above
        for player in level.players():
            yield replace(player, name=f"{player.name}{side}")

    def check(self, batch: Batch) -> None:
        """Raise ``ValueError`` unless ``x`` are images of full size within the bounds."""
        self.levels[0].check(batch)

    @torch.no_grad()
    def sample(
        self, n: int, *, label: Label | None = None, generator: torch.Generator | None = None
    ) -> Tensor:
        """Return ``n`` samples ``(n, *event_shape)``, drawn from the smallest image on."""
        self.labels_for(positive(n), label, generator)
        return self.refine(self.levels[0].sample(n, generator=generator), generator=generator)

    @torch.no_grad()
    def refine(self, images: Tensor, *, generator: torch.Generator | None = None) -> Tensor:
        """Bring images of a level's size to full size, by drawing all details above.

        Args:
            images: ``(B, C, s, s)``, drawn or real, with s the side of a level.
            generator: where the noise comes from.

        Raises:
            ValueError: if no level has this size.
        """
        sides = [self.event_shape[1] // 2**level.above for level in self.levels]
        if images.ndim != 4 or images.shape[-1] not in sides:
            raise ValueError(f"images are {tuple(images.shape)}, wanted (B, C, s, s), s in {sides}")
        for level in self.levels[sides.index(images.shape[-1]) + 1 :]:
            images = level.refine(images, generator)
        return images if self.bounds is None else images.clamp(*self.bounds)


def detail_level(
    above: int, full: tuple[Sequence[int], Any], width: int, options: Mapping[str, Any]
) -> DetailLevel:
    """Return the game of a level whose images are halved ``above`` times."""
    colours, side = full[0][0], full[0][1] // 2**above
    pair = (2 * colours, side, side)
    networks = DetailGenerator(colours, width), DCGANDiscriminator(width, pair, False, None)
    return DetailLevel(above, *full, *networks, event_shape=pair, bounds=None, **options)


def check_options(options: Mapping[str, Any]) -> None:
    """Raise ``ValueError`` for what cannot be told to games of images of different sizes."""
    for name in ("stabilisers", "classes"):  # one for all, made for one size; labels reach no level
        if options.get(name):
            raise ValueError(f"{name}={options[name]!r:.80}: the levels of a LAPGAN take no {name}")


def check_side(event_shape: Sequence[int], levels: int) -> None:
    """Raise ``ValueError`` unless events are square images that can be halved so often."""
    square = len(event_shape) == 3 and event_shape[1] == event_shape[2]
    if levels < 1 or not square or event_shape[1] % 2**levels or min(event_shape) < 1:
        raise ValueError(
            f"event_shape={tuple(event_shape)}, levels={levels}: wanted (C, S, S) whose side can "
            "be halved as often as there are levels, at least once"
        )
