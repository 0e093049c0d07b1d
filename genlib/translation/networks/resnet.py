"""The generator of residual blocks."""

from torch import Tensor, nn

from genlib.translation.networks.layers import check_padding, check_sizes, initialise, norm_of


def convolution(inputs: int, outputs: int, kernel: int, padding: str) -> nn.Conv2d:
    """Return a convolution that keeps height and width, with edges continued by a rule."""
    return nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, padding_mode=padding)


class NormedBlock(nn.Module):
    r"""A residual block with norms: :math:`y = x + f(x)`, of x's shape ``(B, C, H, W)``.

    :math:`f` is convolution, norm, ReLU, convolution, norm (Johnson, Alahi and Fei-Fei, 2016,
    https://arxiv.org/abs/1603.08155): the sum meets no non-linearity.

    Args:
        channels: C.
        norm: ``"instance"``, ``"batch"`` or ``"none"``.
        padding: ``"reflect"`` or ``"zeros"``.
    """

    def __init__(self, channels: int, norm: str = "instance", padding: str = "reflect") -> None:
        """Build both convolutions."""
        super().__init__()
        self.branch = nn.Sequential(
            convolution(channels, channels, 3, padding), norm_of(norm, channels), nn.ReLU(),
            convolution(channels, channels, 3, padding), norm_of(norm, channels),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        """Return x + f(x)."""
        return x + self.branch(x)


class ResNet(nn.Sequential):
    """A network from images ``(B, C, H, W)`` to images ``(B, outputs, H, W)``, by residual blocks.

    A wide convolution, halvings of the side with twice the channels each, blocks, doublings, and a
    wide convolution with a tanh onto [-1, 1]. The generator of Zhu et al. (2017,
    https://arxiv.org/abs/1703.10593), there with two halvings, and six or nine blocks of 256
    channels. Chapter: image to image.

    Args:
        inputs: C.
        outputs: channels of the result.
        width: channels next to the image.
        blocks: how many residual blocks.
        halvings: how often the side is halved; H and W are divisible by 2 ** halvings.
        norm: ``"instance"``, ``"batch"`` or ``"none"``.
        padding: how edges are continued, ``"reflect"`` or ``"zeros"``: with noughts a network can
            tell where in the image it is.
        kernel: odd size of the first and the last convolution.

    Raises:
        ValueError: if a size is not positive, the kernel is even, or there is no such norm or
            padding.
    """

    def __init__(
        self,
        inputs: int = 3,
        outputs: int = 3,
        width: int = 24,
        blocks: int = 3,
        halvings: int = 1,
        *,
        norm: str = "instance",
        padding: str = "reflect",
        kernel: int = 5,
    ) -> None:
        """Build the layers, and draw their weights."""
        check_sizes(inputs=inputs, outputs=outputs, width=width, blocks=blocks, kernel=kernel)
        check_padding(padding)
        if halvings < 0 or kernel % 2 == 0:
            raise ValueError(f"halvings={halvings}, kernel={kernel}: wanted from 0, and odd")
        super().__init__(
            *encoding(inputs, width, halvings, norm, padding, kernel),
            *[NormedBlock(width * 2**halvings, norm, padding) for _ in range(blocks)],
            *decoding(outputs, width, halvings, norm, padding, kernel),
        )
        initialise(self)


def encoding(
    inputs: int, width: int, halvings: int, norm: str, padding: str, kernel: int
) -> list[nn.Module]:
    """Return the layers from an image to its features, ``width * 2 ** halvings`` channels."""
    layers = [convolution(inputs, width, kernel, padding), norm_of(norm, width), nn.ReLU()]
    for i in range(halvings):
        before, after = width * 2**i, width * 2 ** (i + 1)
        halved = nn.Conv2d(before, after, 4, 2, padding=1, padding_mode=padding)
        layers += [halved, norm_of(norm, after), nn.ReLU()]
    return layers


def decoding(
    outputs: int, width: int, halvings: int, norm: str, padding: str, kernel: int
) -> list[nn.Module]:
    """Return the layers from features to an image in [-1, 1]."""
    layers: list[nn.Module] = []
    for i in reversed(range(halvings)):
        before, after = width * 2 ** (i + 1), width * 2**i
        doubled = nn.ConvTranspose2d(before, after, 4, 2, padding=1)
        layers += [doubled, norm_of(norm, after), nn.ReLU()]
    return [*layers, convolution(width, outputs, kernel, padding), nn.Tanh()]
