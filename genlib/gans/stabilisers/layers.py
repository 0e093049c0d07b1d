"""What D's layers are given, and where a layer can be put before one."""

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from genlib.nn import evaluating, inputs_of

if TYPE_CHECKING:
    from genlib.gans.gan import GAN


def noughts(game: "GAN") -> tuple[Tensor, ...]:
    """Return two events of noughts, and their labels in a conditional game, as D takes them."""
    like = next(game.discriminator.parameters())
    x = like.new_zeros(2, *game.event_shape)
    return (x,) if game.classes is None else (x, torch.zeros(2, dtype=torch.long).to(like.device))


@torch.no_grad()
def features_on_noughts(game: "GAN", name: str) -> Tensor:
    """Return what a layer of D is given when D is called on two events of noughts."""
    layer = game.discriminator.get_submodule(name)
    with evaluating(game.discriminator), inputs_of(layer) as given:
        game.discriminator(*noughts(game))
    return given[layer]


def put_before(network: nn.Module, name: str, first: nn.Module, features: int) -> None:
    """Put a layer that appends features before another, which is widened to take them.

    The new weights are noughts: at first the network says what it said before.

    Raises:
        ValueError: if that layer is all of the network, or its weights are parametrised.
    """
    layer = network.get_submodule(name)
    if name == "" or parametrize.is_parametrized(layer):
        what = "D is this layer alone" if name == "" else "it is normalised: put SpectralNorm last"
        raise ValueError(f"no layer can be put before {name or type(layer).__name__!r}: {what}")
    parent, _, own = name.rpartition(".")
    setattr(network.get_submodule(parent), own, nn.Sequential(first, widened(layer, features)))


def widened(layer: nn.Linear | nn.Conv2d, features: int) -> nn.Linear | nn.Conv2d:
    """Return the layer with more inputs, whose weights are noughts."""
    weight, has_bias = layer.weight, layer.bias is not None
    if isinstance(layer, nn.Linear):
        wide = nn.Linear(layer.in_features + features, layer.out_features, has_bias)
    else:
        wide = nn.Conv2d(
            layer.in_channels + features, layer.out_channels, layer.kernel_size, layer.stride,
            layer.padding, layer.dilation, bias=has_bias, padding_mode=layer.padding_mode,
        )  # fmt: skip
    wide = wide.to(weight.device, weight.dtype)
    with torch.no_grad():
        wide.weight.zero_()
        wide.weight[:, : weight.shape[1]] = weight
        if has_bias:
            wide.bias.copy_(layer.bias)
    return wide
