"""What holds slopes by the weights: clipping, and spectral normalisation."""

from typing import TYPE_CHECKING

import torch
from torch import nn

from genlib.gans.checks import check_positive
from genlib.gans.stabilisers.base import Stabiliser
from genlib.gans.stabilisers.layers import noughts
from genlib.nn import power_iteration, spectral_norm

if TYPE_CHECKING:
    from genlib.gans.gan import GAN


class WeightClipping(Stabiliser):
    r"""Clip every weight of D to :math:`[-c, c]` after each of its updates.

    It bounds D's slope by a number that depends on its depth and widths, not by 1.

    Args:
        limit: c.

    Raises:
        ValueError: if ``limit`` is not positive and finite.

    Source: Arjovsky et al. (2017), https://arxiv.org/abs/1701.07875, algorithm 1.
    Chapter: "Wasserstein and Lipschitz".
    """

    def __init__(self, limit: float = 0.01) -> None:
        """Keep the limit."""
        super().__init__()
        check_positive(self, limit=limit)
        self.limit = limit

    @torch.no_grad()
    def after(self, game: "GAN", player: str) -> None:
        """Clip D's weights."""
        if player == "discriminator":
            for parameter in game.discriminator.parameters():
                parameter.clamp_(-self.limit, self.limit)

    def extra_repr(self) -> str:
        """Show the limit."""
        return f"limit={self.limit}"


class SpectralNorm(Stabiliser):
    r"""Divide every layer of D by its largest singular value, :math:`W / \sigma(W)`.

    The singular vectors follow by one step of power iteration after each update of D, see
    :py:func:`~genlib.nn.spectral_norm`. It stands after stabilisers that add a layer to D.

    Args:
        of: ``"kernel"`` takes the singular value of the reshaped kernel, as the paper does;
            ``"convolution"`` that of the convolution at the size of its images.
        generator: whether the linear layers and convolutions of G are normalised too.

    Raises:
        ValueError: if ``of`` is neither; when the game is built, if D has no such layer or a
            convolution that pads with anything but noughts, or if G is to be normalised and has
            transposed convolutions.

    Source: Miyato et al. (2018), https://arxiv.org/abs/1802.05957; in G too, Zhang et al. (2019),
    https://arxiv.org/abs/1805.08318.
    Chapter: "Wasserstein and Lipschitz".
    """

    def __init__(self, of: str = "kernel", *, generator: bool = False) -> None:
        """Remember which norm is meant, and of whom."""
        super().__init__()
        if of not in ("kernel", "convolution"):
            raise ValueError(f"SpectralNorm: of={of!r}, wanted 'kernel' or 'convolution'")
        self.of, self.generator = of, generator

    def attach(self, game: "GAN") -> None:
        """Normalise the layers of D, and of G if that is wanted."""
        x, *label = noughts(game)
        spectral_norm(game.discriminator, self.of, x, *label)
        if self.generator:
            if any(isinstance(layer, nn.ConvTranspose2d) for layer in game.generator.modules()):
                raise ValueError("SpectralNorm(generator=True): G has transposed convolutions")
            codes = x.new_zeros(2, game.latent)
            spectral_norm(game.generator, self.of, codes, *label, embeddings=False)

    def after(self, game: "GAN", player: str) -> None:
        """Let the singular vectors follow."""
        if player == "discriminator" or self.generator:
            power_iteration(getattr(game, player))

    def extra_repr(self) -> str:
        """Show which norm is meant, and of whom."""
        return f"of={self.of!r}" + (", generator=True" if self.generator else "")
