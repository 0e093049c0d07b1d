"""The discriminator of patches."""

from torch import Tensor, nn

from genlib.translation.networks.layers import check_sizes, initialise, norm_of

LEAK = 0.2


class PatchGAN(nn.Module):
    r"""A discriminator with a score for every patch: ``(B, C, H, W)`` to ``(B, H', W')``.

    With h halvings, kernels of 4 pixels and two more convolutions a score sees

    .. math:: r = 9 \cdot 2^h - 2

    pixels a side, for h = 1, 2, 3: 16, 34 and 70 (the paper's); a mean over scores judges texture
    and says nothing of what is further apart. Isola et al. (2017,
    https://arxiv.org/abs/1611.07004). Chapter: image to image.

    Args:
        inputs: C.
        width: channels of the first layer; each further one has twice as many, eight times at
            most.
        halvings: h.
        norm: ``"instance"``, ``"batch"`` or ``"none"``, but for the first and the last layer.
        outputs: numbers a patch; with more than one a dimension is added, ``(B, outputs, H', W')``.

    Raises:
        ValueError: if a size is not positive, or there is no such norm.
    """

    def __init__(
        self,
        inputs: int = 3,
        width: int = 32,
        halvings: int = 1,
        *,
        norm: str = "instance",
        outputs: int = 1,
    ) -> None:
        """Build the layers, and draw their weights."""
        super().__init__()
        check_sizes(inputs=inputs, width=width, halvings=halvings, outputs=outputs)
        self.receptive_field = 9 * 2**halvings - 2
        self.body = nn.Sequential(*patches(inputs, width, halvings, norm))
        self.head = nn.Conv2d(width * min(2**halvings, 8), outputs, 4, 1, padding=1)
        initialise(self)

    def forward(self, x: Tensor) -> Tensor:
        """Return the scores."""
        scores = self.head(self.body(x))
        return scores.squeeze(1) if scores.shape[1] == 1 else scores


def patches(inputs: int, width: int, halvings: int, norm: str) -> list[nn.Module]:
    """Return the layers to features of patches, all but the last convolution."""
    layers: list[nn.Module] = [nn.Conv2d(inputs, width, 4, 2, padding=1), nn.LeakyReLU(LEAK)]
    before = width
    for i in range(1, halvings + 1):
        after = width * min(2**i, 8)
        stride = 2 if i < halvings else 1
        layers += [nn.Conv2d(before, after, 4, stride, padding=1), norm_of(norm, after)]
        layers += [nn.LeakyReLU(LEAK)]
        before = after
    return layers
