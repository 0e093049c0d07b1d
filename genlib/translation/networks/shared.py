"""Two autoencoders that meet in the middle."""

from torch import Tensor, nn

from genlib.translation.networks.layers import check_padding, check_sizes, initialise
from genlib.translation.networks.resnet import NormedBlock, decoding, encoding

KERNEL = 5  # of the first and the last convolution


class SharedAutoencoders(nn.Module):
    """An encoder and a decoder for each of two domains, whose inner layers may be the same.

    An encoder is a wide convolution, halvings and residual blocks, to the means of a code
    ``(B, width * 2 ** halvings, h, w)``; a decoder the same in reverse. The last blocks of the
    encoders and the first ones of the decoders are shared: one set of weights, which has to do for
    both domains. Liu, Breuel and Kautz (2017, https://arxiv.org/abs/1703.00848), figure 1.

    Args:
        channels: C of the pictures of both domains.
        width: channels next to the image.
        blocks: residual blocks of an encoder, and of a decoder.
        halvings: how often the side is halved.
        shared: how many of the blocks both domains share, in the encoders and in the decoders.
        norm: ``"instance"``, ``"batch"`` or ``"none"``.
        padding: ``"reflect"`` or ``"zeros"``.

    Raises:
        ValueError: if a size is not positive, or more is to be shared than there is.
    """

    def __init__(
        self,
        channels: int = 3,
        width: int = 24,
        blocks: int = 3,
        halvings: int = 1,
        shared: int = 1,
        *,
        norm: str = "instance",
        padding: str = "reflect",
    ) -> None:
        """Build the layers, and draw their weights."""
        super().__init__()
        check_sizes(channels=channels, width=width, blocks=blocks)
        check_padding(padding)
        if not 0 <= shared <= blocks or halvings < 0:
            raise ValueError(f"shared={shared}, halvings={halvings}: wanted 0 to {blocks}, from 0")
        code = width * 2**halvings
        looks = (width, halvings, norm, padding, KERNEL)

        def stack(n: int) -> list[nn.Module]:
            return [NormedBlock(code, norm, padding) for _ in range(n)]

        common_in, common_out = nn.Sequential(*stack(shared)), nn.Sequential(*stack(shared))
        own = blocks - shared
        self.encoders, self.decoders = nn.ModuleList(), nn.ModuleList()
        for _ in range(2):
            outer = [*encoding(channels, *looks), *stack(own)]
            self.encoders.append(nn.Sequential(nn.Sequential(*outer), common_in))
            inner = [*stack(own), *decoding(channels, *looks)]
            self.decoders.append(nn.Sequential(common_out, nn.Sequential(*inner)))
        initialise(self)

    def encode(self, x: Tensor, domain: int) -> Tensor:
        """Return the means of the codes of a domain's pictures."""
        return self.encoders[domain](x)

    def decode(self, z: Tensor, domain: int) -> Tensor:
        """Return a domain's pictures of codes."""
        return self.decoders[domain](z)
