"""What lets D compare the examples of a batch with each other."""

from typing import TYPE_CHECKING

from genlib import nn as layers
from genlib.gans.checks import check_counts
from genlib.gans.stabilisers.base import Stabiliser
from genlib.gans.stabilisers.layers import features_on_noughts, put_before

if TYPE_CHECKING:
    from genlib.gans.gan import GAN


class MinibatchStd(Stabiliser):
    """Let D see, before its last layer, how much the examples of a batch vary.

    It puts a :py:class:`genlib.nn.MinibatchStd` there. Data and samples pass D separately, so each
    are compared among themselves. At first D says what it said without.

    Args:
        group: how many examples are compared; None means the whole batch.
        layer: the name of D's last layer, if it is not the linear layer or convolution that it
            lists last.

    Raises:
        ValueError: if ``group`` is not positive; when the game is built, if D has no such layer.

    Source: Karras et al. (2018), https://arxiv.org/abs/1710.10196, section 3.
    Chapter: "Stabilising GANs".
    """

    def __init__(self, group: int | None = None, layer: str | None = None) -> None:
        """Keep both."""
        super().__init__()
        if group is not None:
            check_counts(self, group=group)
        self.group, self.layer = group, layer

    def attach(self, game: "GAN") -> None:
        """Put the layer into D."""
        name = layers.last_layer(game.discriminator, self.layer)
        put_before(game.discriminator, name, layers.MinibatchStd(self.group), 1)


class MinibatchDiscrimination(Stabiliser):
    """Let D see, before its last layer, how near to each example the others of its batch are.

    It puts a :py:class:`genlib.nn.MinibatchDiscrimination` there. Data and samples pass D
    separately, so each are compared among themselves. At first D says what it said without.

    Args:
        kernels: how many numbers say so.
        width: by how many numbers each of them compares two examples.
        layer: the name of D's last layer, if it is not the linear layer or convolution that it
            lists last.

    Raises:
        ValueError: if a size is not positive; when the game is built, if D has no such layer.

    Source: Salimans et al. (2016), https://arxiv.org/abs/1606.03498, section 3.2.
    Chapter: "Stabilising GANs".
    """

    def __init__(self, kernels: int = 16, width: int = 5, layer: str | None = None) -> None:
        """Keep the sizes."""
        super().__init__()
        check_counts(self, kernels=kernels, width=width)
        self.kernels, self.width, self.layer = kernels, width, layer

    def attach(self, game: "GAN") -> None:
        """Put the layer into D."""
        name = layers.last_layer(game.discriminator, self.layer)
        given = features_on_noughts(game, name)
        first = layers.MinibatchDiscrimination(given[0].numel(), self.kernels, self.width).to(given)
        put_before(game.discriminator, name, first, self.kernels)
