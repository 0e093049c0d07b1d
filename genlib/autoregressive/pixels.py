"""What autoregressive models of images share: pixels in, parameters of pixels out."""

import math

from torch import Tensor

from genlib.autoregressive.base import AutoregressiveModel
from genlib.likelihoods import ColourLogisticMixture


class PixelModel(AutoregressiveModel):
    r"""An autoregressive model of images ``(C, H, W)``, row by row, whose network is convolutional.

    Its network maps ``(B, inputs, H, W)`` to ``(B, outputs, H, W)``. Channel c of either, and of
    every layer between, belongs to colour c mod ``colours``; colours follow each other within a
    pixel, unless the likelihood draws them together.

    Args:
        **options: what every :py:class:`~genlib.autoregressive.AutoregressiveModel` takes.

    Attributes:
        at_once: whether the channels of a pixel are drawn together.
        colours: how many channels of a pixel are drawn one after the other.
        inputs: features of a pixel that the network is shown.
        outputs: parameters of a pixel.

    Raises:
        ValueError: if events are no images.
    """

    def __init__(self, **options: object) -> None:
        """Count what goes in and out."""
        super().__init__(**options)
        if len(self.event_shape) != 3 or min(self.event_shape) < 1:
            raise ValueError(f"event_shape={self.event_shape}, wanted images (C, H, W)")
        channels, height, width = self.event_shape
        self.at_once = isinstance(self.likelihood, ColourLogisticMixture)
        self.colours = 1 if self.at_once else channels
        self.inputs = channels * self.likelihood.features
        self.outputs = math.prod(self.parameter_shape) // (height * width)

    def shown(self, x: Tensor) -> Tensor:
        """Return images as the network sees them, ``(B, inputs, H, W)``."""
        return self.likelihood.shown(x).flatten(1, 2).to(next(self.parameters()).dtype)

    def arranged(self, outputs: Tensor) -> Tensor:
        """Return the network's outputs ``(B, outputs, H, W)`` as parameters ``(B, P, *event)``."""
        return outputs.reshape(len(outputs), *self.parameter_shape[:-2], *outputs.shape[2:])
