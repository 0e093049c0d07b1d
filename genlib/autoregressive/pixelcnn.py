"""The PixelCNN: an image's conditionals by masked convolutions."""

from torch import Tensor, nn

from genlib.autoregressive.cache import Cache
from genlib.autoregressive.grid import (
    BIAS,
    LARGEST,
    GridConv2d,
    GridReLU,
    check_inputs,
    largest_sum,
    on_grid,
)
from genlib.autoregressive.pixelcnn_cache import PixelCNNCache
from genlib.autoregressive.pixels import PixelModel
from genlib.nn import MaskedConv2d


class PixelCNN(PixelModel):
    r"""Predicts each pixel from those before it, by a stack of masked convolutions.

    .. math:: y^0 = A(x), \qquad
              y^l = y^{l-1} + W_3\, \sigma\big( B\, \sigma( W_1\, \sigma(y^{l-1}) ) \big), \qquad
              \theta = V_2\, \sigma( V_1\, \sigma(y^L) )

    with :math:`A` a convolution of type A (it does not see its own pixel), :math:`B` one of type
    B, :math:`W_1, W_3, V_1, V_2` linear maps of a pixel's channels, all with biases, and
    :math:`\sigma(y) = \max(0, y)`. The stack has a blind spot: some of what lies above to the right
    it never sees, see :py:class:`~genlib.autoregressive.GatedPixelCNN`. van den Oord, Kalchbrenner
    and Kavukcuoglu (2016, https://arxiv.org/abs/1601.06759). Derived in the chapter on
    autoregressive models.

    Args:
        channels: width h of the convolutions B; :math:`y` has 2 h channels.
        blocks: L.
        kernel: width of A.
        head: width of :math:`V_1`'s output.
        exact: keep to numbers on which float32 makes no error, so that the conditionals are the
            same at any batch size and on any machine: activations are at most 8 and, in evaluation
            mode, rounded to 1/64, weights to 1/256. For events of zeros and ones, or of symbols.
        **options: what every :py:class:`~genlib.autoregressive.AutoregressiveModel` takes. A label
            is added to :math:`y^0`, as one vector for each.

    Raises:
        ValueError: if a size is not positive or the kernel even, or ``exact`` cannot be.
    """

    def __init__(
        self,
        channels: int = 16,
        blocks: int = 15,
        kernel: int = 7,
        head: int = 32,
        exact: bool = False,
        **options: object,
    ) -> None:
        """Build the stack."""
        super().__init__(**options)
        if min(channels, blocks, head) < 1:
            raise ValueError(f"channels={channels}, blocks={blocks}, head={head}: wanted positive")
        self.exact = exact
        if exact:
            check_inputs(self.likelihood)
        layer, groups = GridConv2d if exact else MaskedConv2d, self.colours
        self.activation = GridReLU() if exact else nn.ReLU()
        width, channels, head = (groups * size for size in (2 * channels, channels, head))
        self.first = layer(self.inputs, width, kernel, kind="A", groups=groups)
        self.blocks = nn.ModuleList(
            MaskedResidualBlock(channels, layer, self.activation, groups) for _ in range(blocks)
        )
        self.hidden = layer(width, head, 1, groups=groups)
        self.last = layer(head, self.outputs, 1, groups=groups)
        if self.classes is not None:
            self.of_label = nn.Embedding(self.classes, width)

    def label_vector(self, label: Tensor) -> Tensor:
        """Return what a label adds to each pixel, ``(B, 2 h)``."""
        vector = self.of_label(label)
        return on_grid(vector, BIAS) if self.exact and not self.training else vector

    def conditionals(self, x: Tensor, label: Tensor | None = None) -> Tensor:
        r"""Return the parameters of every pixel given those before, ``(B, P, *event)``."""
        y = self.first(self.shown(x))
        if label is not None:
            y = y + self.label_vector(label)[:, :, None, None]
        for block in self.blocks:
            y = block(y)
        hidden = self.hidden(self.activation(y))
        return self.arranged(self.last(self.activation(hidden)))

    def check_exact(self) -> None:
        """Raise ``ValueError`` unless this model is as exact as it says."""
        if self.training:
            raise ValueError("a model that is exact=True draws in evaluation mode: call eval()")
        if self.largest_sum() > LARGEST:
            raise ValueError(
                f"exact=True, but a sum may reach {self.largest_sum():,.0f}, wanted {LARGEST:,.0f} "
                "at most: smaller weights, or exact=False"
            )

    def largest_sum(self) -> float:
        """Return the most that a sum can be in an exact model, whatever the image.

        Up to 1,024 float32 makes no error.
        """
        stream = largest_sum(self.first, 1.0)
        if self.classes is not None:
            stream += self.of_label.weight.abs().max().item()
        stream += sum(largest_sum(block.widen) for block in self.blocks)
        others = [self.hidden, self.last]
        others += [layer for block in self.blocks for layer in (block.narrow, block.masked)]
        return max(stream, *map(largest_sum, others))

    def cache(self, n: int, label: Tensor | None = None) -> Cache:
        """Return what draws ``n`` images pixel by pixel, each for the work of one pixel.

        Raises:
            ValueError: if an exact model is in training mode, or its weights have grown too large.
        """
        if self.exact:
            self.check_exact()
        return PixelCNNCache(self, n, label)


class MaskedResidualBlock(nn.Module):
    r"""Adds :math:`W_3\, \sigma( B\, \sigma( W_1\, \sigma(y) ) )` to y, ``(B, 2 h, H, W)``.

    Args:
        channels: h.
        layer: makes a masked convolution.
        activation: the non-linearity.
        groups: colours of a pixel.
    """

    def __init__(
        self, channels: int, layer: type[MaskedConv2d], activation: nn.Module, groups: int = 1
    ) -> None:
        """Build the three layers."""
        super().__init__()
        self.narrow = layer(2 * channels, channels, 1, groups=groups)
        self.masked = layer(channels, channels, 3, groups=groups)
        self.widen = layer(channels, 2 * channels, 1, groups=groups)
        self.activation = activation

    def forward(self, y: Tensor) -> Tensor:
        """Return y plus the branch."""
        a = self.narrow(self.activation(y))
        return y + self.widen(self.activation(self.masked(self.activation(a))))
