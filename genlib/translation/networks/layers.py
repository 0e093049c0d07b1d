"""Norms and the start of the weights, alike in all networks of translation."""

from torch import nn

from genlib.suggest import suggestion

NORMS = {
    "instance": lambda channels: nn.InstanceNorm2d(channels, affine=True),
    "batch": nn.BatchNorm2d,
    "none": lambda channels: nn.Identity(),
}
PADDINGS = ("reflect", "zeros")
STD = 0.02  # of the weights at the start, as in the papers


def norm_of(name: str, channels: int) -> nn.Module:
    """Return a norm by its name, for images of so many channels.

    ``instance`` takes mean and variance of each image and channel (Ulyanov et al., 2016,
    https://arxiv.org/abs/1607.08022), ``batch`` of each channel, ``none`` none.

    Raises:
        ValueError: if there is no norm of that name.
    """
    if name not in NORMS:
        raise ValueError(f"there is no norm {name!r}{suggestion(name, NORMS)}")
    return NORMS[name](channels)


def check_padding(name: str) -> None:
    """Raise ``ValueError`` unless edges can be continued in a way of that name."""
    if name not in PADDINGS:
        raise ValueError(f"there is no padding {name!r}{suggestion(name, PADDINGS)}")


def check_sizes(**sizes: int) -> None:
    """Raise ``ValueError`` unless all are positive."""
    for name, size in sizes.items():
        if size < 1:
            raise ValueError(f"{name}={size}, wanted a positive number")


def initialise(network: nn.Module) -> None:
    """Draw the weights of convolutions from N(0, 0.02); biases are noughts."""
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
            nn.init.normal_(layer.weight, 0.0, STD)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
