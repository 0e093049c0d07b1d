"""The convolutional networks of Radford, Metz and Chintala."""

from collections.abc import Sequence
from itertools import pairwise
from math import prod

from torch import Tensor, nn

from genlib.nn import Bounded

STD = 0.02  # of the weights at the start
LEAK = 0.2  # slope of the leaky ReLU on the left
KERNEL = {"kernel_size": 4, "stride": 2, "padding": 1}  # doubles or halves a side


class DCGANGenerator(nn.Sequential):
    """Transposed convolutions from codes ``(B, latent)`` to images ``(B, C, S, S)``.

    A linear layer makes small images of many channels; each transposed convolution then doubles
    their side, and halves the channels, down to ``width`` before the last. Batch norm and ReLU
    stand between, a tanh onto the bounds at the end.

    Args:
        latent: length of the code.
        width: channels before the last layer.
        event_shape: ``(C, S, S)``, square and a few doublings of at most 7, such as 28, 32, 64.
        bounds: the interval in which pixels lie, or ``None`` if they may be any number.

    Raises:
        ValueError: if a size is not positive, or the side S is another.
    """

    def __init__(
        self,
        latent: int = 64,
        width: int = 32,
        event_shape: Sequence[int] = (1, 28, 28),
        bounds: tuple[float, float] | None = (-1.0, 1.0),
    ) -> None:
        """Build the layers, and draw their weights."""
        first, *others = sides(event_shape)
        channels = widths(width, len(others))[::-1]
        small = (channels[0], first, first)
        layers: list[nn.Module] = [
            nn.Linear(latent, prod(small), bias=False), nn.Unflatten(1, small),
            nn.BatchNorm2d(channels[0]), nn.ReLU(),
        ]  # fmt: skip
        for before, after in pairwise(channels):
            layers += [
                nn.ConvTranspose2d(before, after, **KERNEL, bias=False),
                nn.BatchNorm2d(after), nn.ReLU(),
            ]  # fmt: skip
        layers.append(nn.ConvTranspose2d(width, event_shape[0], **KERNEL))
        if bounds is not None:
            layers.append(Bounded(*bounds))
        super().__init__(*layers)
        initialise(self)


class DCGANDiscriminator(nn.Sequential):
    """Convolutions from images ``(B, C, S, S)`` to scores ``(B,)``.

    Each convolution halves the side; the first has ``width`` channels, each further one twice as
    many. Leaky ReLU (0.2) stands between, and batch norm, but not behind the first layer.

    Args:
        width: channels of the first layer.
        event_shape: ``(C, S, S)``, square and a few doublings of at most 7, such as 28, 32, 64.
        batch_norm: whether there is any.
        std: standard deviation of the weights at the start; ``None`` takes He's for each layer,
            with which scores neither vanish nor explode where no batch norm sees to that.

    Raises:
        ValueError: if a size is not positive, or the side S is another.
    """

    def __init__(
        self,
        width: int = 32,
        event_shape: Sequence[int] = (1, 28, 28),
        batch_norm: bool = True,
        std: float | None = STD,
    ) -> None:
        """Build the layers, and draw their weights."""
        last, *others = sides(event_shape)
        channels = widths(width, len(others))
        layers: list[nn.Module] = [nn.Conv2d(event_shape[0], width, **KERNEL), nn.LeakyReLU(LEAK)]
        for before, after in pairwise(channels):
            layers.append(nn.Conv2d(before, after, **KERNEL, bias=not batch_norm))
            layers += [nn.BatchNorm2d(after)] if batch_norm else []
            layers.append(nn.LeakyReLU(LEAK))
        super().__init__(*layers, nn.Conv2d(channels[-1], 1, last), nn.Flatten(0))
        initialise(self, std)


def sides(event_shape: Sequence[int]) -> list[int]:
    """Return the sides of an image on its way through the networks, the smallest first.

    It is halved until it is odd or at most 4: 28 by way of 14 to 7, 32 and 64 to 4.

    Raises:
        ValueError: if the event is no square image, or its smallest side would be above 7.
    """
    wanted = f"event_shape={tuple(event_shape)}, wanted (C, S, S), such as (1, 28, 28)"
    if len(event_shape) != 3 or event_shape[1] != event_shape[2] or min(event_shape) < 1:
        raise ValueError(wanted)
    found = [event_shape[1]]
    while found[0] % 2 == 0 and (found[0] > 4 or len(found) == 1):
        found.insert(0, found[0] // 2)
    if len(found) == 1 or found[0] > 7:
        raise ValueError(f"{wanted}, with S a few doublings of at most 7 (28, 32, 64)")
    return found


def widths(width: int, layers: int) -> list[int]:
    """Return the channels of each layer, from the image inwards."""
    if width < 1:
        raise ValueError(f"width={width}, wanted a positive number of channels")
    return [width * 2**i for i in range(layers)]


def initialise(network: nn.Module, std: float | None = STD) -> None:
    """Draw weights from N(0, std), scales of batch norm from N(1, 0.02); biases are noughts.

    Without ``std`` it is that of He et al. (2015, https://arxiv.org/abs/1502.01852) for the
    leaky ReLU of D: the root of 2 / ((1 + 0.2^2) fan-in).
    """
    for layer in network.modules():
        if isinstance(layer, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
            draw_weights(layer.weight, std)
        elif isinstance(layer, nn.BatchNorm2d):
            nn.init.normal_(layer.weight, 1.0, STD)
        else:
            continue
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)


def draw_weights(weight: Tensor, std: float | None) -> None:
    """Fill the weights of a layer."""
    if std is None:
        nn.init.kaiming_normal_(weight, LEAK)
    else:
        nn.init.normal_(weight, 0.0, std)
