"""An image from coarse to fine: few pixels one by one, then all others in a few groups."""

from typing import NamedTuple

import torch.nn.functional as F
from torch import Tensor, nn

from genlib.autoregressive.base import AutoregressiveModel
from genlib.autoregressive.cache import Cache, Place
from genlib.autoregressive.multiscale_cache import MultiScaleCache
from genlib.autoregressive.pixelcnn import PixelCNN
from genlib.autoregressive.pixels import PixelModel
from genlib.nn import ResidualBlock


class Group(NamedTuple):
    """Pixels that are drawn together, in one colour unless a colour is drawn at once."""

    spacing: int  # of the pixels, known ones and new ones, when the doubling is done
    known: int  # colours of a block of 2 x 2 that are known before
    place: Place
    size: tuple[int, int]  # rows and columns of it


class MultiScalePixelCNN(PixelModel):
    r"""Draws every :math:`2^S`-th pixel by an autoregressive model, then S times doubles the image.

    Each doubling places three groups of pixels between those that are known: to their right, below
    them, and diagonally between them,

    .. math:: p(x) = p(x^{00})\, p(x^{01} | x^{00})\, p(x^{10} | x^{00}, x^{01})\,
              p(x^{11} | x^{00}, x^{01}, x^{10}).

    The pixels of a group are drawn at once, colour after colour, by a residual network that sees
    all groups before, in all directions. So an image of N pixels takes :math:`N / 4^S + 3 S` steps,
    and its probability is exact. What is given up: within a group pixels are independent given the
    groups before. Coarse to fine: van den Oord, Kalchbrenner and Kavukcuoglu (2016,
    https://arxiv.org/abs/1601.06759); in groups, whose networks see shallowly: Reed et al. (2017,
    https://arxiv.org/abs/1703.03664). Derived in the chapter on PixelCNN++.

    Args:
        scales: S. Sides are halved, and rounded up, so many times.
        channels: of the groups' networks.
        blocks: residual blocks of each.
        base: model of the coarsest image; None builds a ``PixelCNN``.
        **options: what every :py:class:`~genlib.autoregressive.AutoregressiveModel` takes.

    Raises:
        ValueError: if a size is not positive, or ``base`` is for other events or labels.
    """

    def __init__(
        self,
        scales: int = 2,
        channels: int = 32,
        blocks: int = 2,
        base: AutoregressiveModel | None = None,
        **options: object,
    ) -> None:
        """Build the coarsest image's model, and a network for each group."""
        super().__init__(**options)
        if min(scales, channels, blocks) < 1:
            raise ValueError(
                f"scales={scales}, channels={channels}, blocks={blocks}: wanted positive sizes"
            )
        self.scales = scales
        self.base = self.checked_base(base)
        self.groups = self._in_order()
        of_colour, outputs = self.inputs // self.colours, self.outputs // self.colours
        self.networks = nn.ModuleList(
            GroupNetwork(group.known * of_colour, outputs, channels, blocks, self.classes)
            for group in self.groups
        )

    def checked_base(self, base: AutoregressiveModel | None) -> AutoregressiveModel:
        """Return the coarsest image's model, if it is one."""
        step = 2**self.scales
        channels, height, width = self.event_shape
        shape = (channels, -(-height // step), -(-width // step))
        if base is None:
            return PixelCNN(event_shape=shape, likelihood=self.likelihood, classes=self.classes)
        found = base.event_shape, base.parameter_shape, base.classes
        wanted = shape, self.likelihood.parameter_shape(shape), self.classes
        if found != wanted:
            raise ValueError(f"base= for events, parameters, classes {found}, wanted {wanted}")
        return base

    def _in_order(self) -> list[Group]:
        """Return the groups, from coarse to fine; those without pixels are left out."""
        found, sides = [], self.event_shape[1:]
        for spacing in (2**scale for scale in reversed(range(self.scales))):
            for phase in (1, 2, 3):
                starts = (part * spacing for part in divmod(phase, 2))
                lines = [slice(start, None, 2 * spacing) for start in starts]
                size = tuple(
                    len(range(side)[line]) for side, line in zip(sides, lines, strict=True)
                )
                for colour in range(self.colours):
                    channel = slice(None) if self.at_once else slice(colour, colour + 1)
                    known = phase * self.colours + colour
                    found.append(Group(spacing, known, (channel, *lines), size))
        return [group for group in found if min(group.size) > 0]

    def places(self) -> list[Place]:
        """Return the coarsest image's pixels one by one, then the groups."""
        step, coarse = 2**self.scales, []
        for channel, *lines in self.base.places():
            i, j = (slice(line.start * step, line.start * step + 1) for line in lines)
            coarse.append((channel, i, j))
        return coarse + [group.place for group in self.groups]

    def conditionals(self, x: Tensor, label: Tensor | None = None) -> Tensor:
        r"""Return the parameters of every pixel given those before, ``(B, P, *event)``."""
        step = 2**self.scales
        coarse = self.base.conditionals(x[..., ::step, ::step], label)
        parameters = coarse.new_zeros(len(x), *self.parameter_shape)
        parameters[..., ::step, ::step] = coarse
        for number, group in enumerate(self.groups):
            where = group.place[-(len(self.parameter_shape) - 1) :]
            parameters[(..., *where)] = self.of_group(number, x, label)
        return parameters

    def of_group(self, number: int, x: Tensor, label: Tensor | None = None) -> Tensor:
        """Return the parameters of one group given all before it, ``(B, P, *entry)``."""
        group, network = self.groups[number], self.networks[number]
        seen = self.blocks_of_four(x[..., :: group.spacing, :: group.spacing])
        found = network(seen[:, : network.inputs], label)[..., : group.size[0], : group.size[1]]
        return found if self.at_once else found.unsqueeze(2)

    def blocks_of_four(self, x: Tensor) -> Tensor:
        """Return an image with a pixel for each 2 x 2, ``(B, 4 * inputs, H / 2, W / 2)``.

        Its channels are what is shown of the four pixels, row by row, and within a pixel colour by
        colour. Beyond an odd side there are noughts.
        """
        y = self.likelihood.shown(x).to(next(self.parameters()).dtype)
        y = F.pad(y, (0, y.shape[-1] % 2, 0, y.shape[-2] % 2))
        y = y.unflatten(-1, (-1, 2)).unflatten(-3, (-1, 2))  # (B, F, C, H / 2, 2, W / 2, 2)
        return y.permute(0, 4, 6, 2, 1, 3, 5).flatten(1, 4)

    def cache(self, n: int, label: Tensor | None = None) -> Cache:
        """Return what draws ``n`` images, each group for the work of its own network."""
        return MultiScaleCache(self, n, label)


class GroupNetwork(nn.Module):
    """Parameters of one group's pixels from all that is known, by residual blocks.

    Args:
        inputs: channels of what is known.
        outputs: parameters of a pixel.
        channels: inner ones.
        blocks: how many.
        classes: number of labels, or None.
    """

    def __init__(
        self, inputs: int, outputs: int, channels: int, blocks: int, classes: int | None
    ) -> None:
        """Build the layers."""
        super().__init__()
        self.inputs = inputs
        self.first = nn.Conv2d(inputs, channels, 3, padding=1)
        self.blocks = nn.Sequential(*(ResidualBlock(channels) for _ in range(blocks)))
        self.last = nn.Conv2d(channels, outputs, 1)
        if classes is not None:
            self.of_label = nn.Embedding(classes, channels)

    def forward(self, x: Tensor, label: Tensor | None = None) -> Tensor:
        """Map ``(B, inputs, H, W)`` to ``(B, outputs, H, W)``."""
        y = self.first(x)
        if label is not None:
            y = y + self.of_label(label)[:, :, None, None]
        return self.last(F.silu(self.blocks(y)))
