"""Recurrent models of images: states that carry what came before from pixel to pixel."""

import torch.nn.functional as F
from torch import Tensor, nn

from genlib.autoregressive.cache import Cache
from genlib.autoregressive.lstm import DiagonalBiLSTMLayer, RowLSTMLayer
from genlib.autoregressive.pixelrnn_cache import DiagonalBiLSTMCache, RowLSTMCache
from genlib.autoregressive.pixels import PixelModel
from genlib.nn import MaskedConv2d


class PixelRNN(PixelModel):
    r"""Predicts each pixel from those before it, by recurrent layers over the image.

    .. math:: y^0 = A(x), \qquad y^l = \mathrm{layer}^l(y^{l-1}), \qquad
              \theta = V_2\, \sigma( V_1\, \sigma(y^L) )

    with :math:`A` a convolution of type A (it does not see its own pixel), linear maps V of a
    pixel's channels, and :math:`\sigma(y) = \max(0, y)`.

    Args:
        channels: width h of the states; y has 2 h channels.
        layers: L.
        kernel: width of A.
        head: width of :math:`V_1`'s output.
        **options: what every :py:class:`~genlib.autoregressive.AutoregressiveModel` takes. A label
            is added to :math:`y^0`, as one vector for each.

    Raises:
        ValueError: if a size is not positive, or the kernel even.
    """

    layer: type[nn.Module]
    """The recurrent layer."""
    beyond: int = 0
    """Columns of noughts that the image gets beyond its right border."""

    def __init__(
        self,
        channels: int = 16,
        layers: int = 2,
        kernel: int = 7,
        head: int = 32,
        **options: object,
    ) -> None:
        """Build the layers."""
        super().__init__(**options)
        if min(channels, layers, head) < 1:
            raise ValueError(f"channels={channels}, layers={layers}, head={head}: wanted positive")
        groups = self.colours
        width, channels, head = (groups * size for size in (2 * channels, channels, head))
        self.first = MaskedConv2d(self.inputs, width, kernel, kind="A", groups=groups)
        self.layers = nn.ModuleList(self.layer(channels, groups) for _ in range(layers))
        self.hidden = MaskedConv2d(width, head, 1, groups=groups)
        self.last = MaskedConv2d(head, self.outputs, 1, groups=groups)
        if self.classes is not None:
            self.of_label = nn.Embedding(self.classes, width)

    def conditionals(self, x: Tensor, label: Tensor | None = None) -> Tensor:
        r"""Return the parameters of every pixel given those before, ``(B, P, *event)``."""
        y = self.first(F.pad(self.shown(x), (0, self.beyond)))
        if label is not None:
            y = y + self.of_label(label)[:, :, None, None]
        for layer in self.layers:
            y = layer(y)
        outputs = self.last(F.relu(self.hidden(F.relu(y))))
        return self.arranged(outputs[..., : x.shape[-1]])


class RowLSTM(PixelRNN):
    r"""Predicts each pixel by states that go down the rows, a whole row in one step.

    A pixel's state follows from its left neighbours' input and three states in the row above (see
    :py:class:`~genlib.autoregressive.RowLSTMLayer`), so that it knows a triangle above itself, not
    all that came before. Training takes H steps for an image of H rows.
    van den Oord, Kalchbrenner and Kavukcuoglu (2016, https://arxiv.org/abs/1601.06759), sections
    3.1 and 3.3. Derived in the chapter on autoregressive models.

    Args:
        channels: width of the states.
        layers: recurrent layers.
        kernel: width of the first convolution.
        head: width of the last but one layer.
        **options: what every :py:class:`~genlib.autoregressive.AutoregressiveModel` takes.

    Raises:
        ValueError: if a size is not positive, or the kernel even.
    """

    layer = RowLSTMLayer

    def cache(self, n: int, label: Tensor | None = None) -> Cache:
        """Return what draws ``n`` images pixel by pixel, each for the work of one pixel."""
        return RowLSTMCache(self, n, label)


class DiagonalBiLSTM(PixelRNN):
    r"""Predicts each pixel by states that come from both upper corners, a diagonal in one step.

    A pixel's states follow from those of its left and its upper neighbour, and from the right in
    the row above (see :py:class:`~genlib.autoregressive.DiagonalBiLSTMLayer`), so that one layer
    knows all that came before. Training takes H + W steps for an image of H x W pixels.

    The last pixel of a row is seen by none of its own row. So that it reaches the states from the
    right all the same, the image gets a column of noughts beyond that border, which the paper does
    not mention; without it the first pixels of a row miss the last pixel of the row above.
    van den Oord, Kalchbrenner and Kavukcuoglu (2016, https://arxiv.org/abs/1601.06759), sections
    3.2 and 3.3. Derived in the chapter on autoregressive models.

    Args:
        channels: width of the states.
        layers: recurrent layers.
        kernel: width of the first convolution.
        head: width of the last but one layer.
        **options: what every :py:class:`~genlib.autoregressive.AutoregressiveModel` takes.

    Raises:
        ValueError: if a size is not positive, or the kernel even.
    """

    layer, beyond = DiagonalBiLSTMLayer, 1

    def cache(self, n: int, label: Tensor | None = None) -> Cache:
        """Return what draws ``n`` images pixel by pixel, each for the work of one pixel."""
        return DiagonalBiLSTMCache(self, n, label)
