"""A cost of filters that look alike."""

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from genlib.gans.checks import check_numbers
from genlib.gans.stabilisers.base import Judged, Stabiliser

if TYPE_CHECKING:
    from genlib.gans.gan import GAN

LAYERS = (nn.Linear, nn.Conv2d, nn.ConvTranspose2d)


class OrthogonalRegularisation(Stabiliser):
    r"""Let G pay for filters that are not orthogonal to each other.

    .. math::

        J_G + \beta \sum_W \|W W^T \odot (1 - I)\|_F^2,

    where a row of W is all weights of one output of a layer: the products of different filters
    cost, their lengths do not. It is meant to make G smooth enough for codes unlike those of
    training, such as truncated ones; the chapter's small games hold filters apart by it, and do not
    bear such codes better. With ``diagonal`` the cost is :math:`\beta\,\|W W^T - I\|_F^2`, which
    pulls lengths to 1.

    Args:
        weight: beta.
        diagonal: whether the filters' lengths cost too.

    Raises:
        ValueError: if the weight is negative or not finite; when the game is built, if G has no
            linear layer or convolution.

    Source: Brock, Donahue and Simonyan (2019), https://arxiv.org/abs/1809.11096, equation 3; with
    the diagonal, Brock et al. (2017), https://arxiv.org/abs/1609.07093.
    Chapter: "Bigger and sturdier GANs".
    """

    def __init__(self, weight: float = 1e-4, *, diagonal: bool = False) -> None:
        """Keep the weight, and which variant is meant."""
        super().__init__()
        check_numbers(self, 0, weight=weight)
        self.weight, self.diagonal = weight, diagonal

    def attach(self, game: "GAN") -> None:
        """Look whether G has layers."""
        if not filters(game.generator):
            name = type(game.generator).__name__
            raise ValueError(f"{name} has no linear layer and no convolution to regularise")

    def generator_cost(self, game: "GAN", cost: Tensor, judged: Judged) -> Tensor:
        """Return the cost and what G pays for its filters."""
        return cost + self.weight * non_orthogonality(game.generator, self.diagonal)

    def extra_repr(self) -> str:
        """Show the weight, and the variant if it is not the usual one."""
        return f"weight={self.weight}" + (", diagonal=True" if self.diagonal else "")


def non_orthogonality(network: nn.Module, diagonal: bool = False) -> Tensor:
    r"""Return :math:`\sum_W \|W W^T \odot (1 - I)\|_F^2` over a network's layers, a scalar.

    Args:
        network: of which linear layers and convolutions count; if they are normalised, as their
            weights are before that.
        diagonal: return the sum of :math:`\|W W^T - I\|_F^2`.
    """
    found = filters(network)
    with torch.autocast(found[0].device.type, enabled=False):
        return sum(overlap(rows, diagonal) for rows in found)


def overlap(rows: Tensor, diagonal: bool) -> Tensor:
    """Return what one layer pays, for its filters ``(outputs, weights)``."""
    # W W^T and W^T W have the same norm: take the smaller one
    smaller = rows if rows.shape[0] <= rows.shape[1] else rows.T
    squares, lengths = (smaller @ smaller.T).square().sum(), rows.square().sum(dim=1)
    if diagonal:
        return squares - 2 * lengths.sum() + len(rows)
    return squares - lengths.square().sum()


def filters(network: nn.Module) -> list[Tensor]:
    """Return the weights of each layer, ``(outputs, weights)``."""
    return [rows_of(layer) for layer in network.modules() if isinstance(layer, LAYERS)]


def rows_of(layer: nn.Module) -> Tensor:
    """Return a layer's weights as they are trained, a row an output."""
    normalised = parametrize.is_parametrized(layer, "weight")
    weight = layer.parametrizations.weight.original if normalised else layer.weight
    return (weight.transpose(0, 1) if isinstance(layer, nn.ConvTranspose2d) else weight).flatten(1)
