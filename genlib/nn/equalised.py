"""Equalised learning rate: layers whose weights are scaled where they are used."""

import math

from torch import Tensor, nn
from torch.nn.utils import parametrize

HE = math.sqrt(2)  # gain that makes up for what a ReLU takes away


class Scale(nn.Module):
    """Multiply a weight by a number that stays."""

    def __init__(self, factor: float) -> None:
        """Keep the number."""
        super().__init__()
        self.factor = factor

    def forward(self, weight: Tensor) -> Tensor:
        """Return the weight as it is used."""
        return self.factor * weight


def equalise(layer: nn.Module, gain: float = HE, rate: float = 1.0) -> nn.Module:
    r"""Let a layer use :math:`W = c V` of what it learns, in place; return it.

    .. math::

        V_{ij} \sim N(0, 1 / \rho^2), \qquad c = \frac{g \rho}{\sqrt{n}}, \qquad b = \rho\, a,

    with n inputs of each output, gain g and rate :math:`\rho`; a starts at 0. Outputs begin with
    :math:`g^2` times the mean square of the inputs, as with He's start. What differs is the step:
    Adam moves every entry of V by about the learning rate whatever n is, so W moves by c times
    that, in all layers the same part of its own size.

    Args:
        layer: has a ``weight`` of shape (outputs, inputs, ...), and a ``bias`` or none.
        gain: g.
        rate: :math:`\rho`, by which the layer learns quicker (above 1) or slower than others.

    Raises:
        ValueError: if ``gain`` or ``rate`` is not positive.
    """
    if not (gain > 0 and rate > 0):
        raise ValueError(f"gain={gain}, rate={rate}: wanted positive numbers")
    inputs = layer.weight[0].numel()
    nn.init.normal_(layer.weight, std=1 / rate)
    parametrize.register_parametrization(layer, "weight", Scale(gain * rate / math.sqrt(inputs)))
    if getattr(layer, "bias", None) is not None:
        nn.init.zeros_(layer.bias)
        parametrize.register_parametrization(layer, "bias", Scale(rate))
    return layer


class EqualisedLinear(nn.Linear):
    r"""A linear layer with equalised learning rate, :math:`y = c V x + \rho a`.

    What c, V and a are, :py:func:`~genlib.nn.equalise` says. Karras, Aila, Laine and Lehtinen
    (2018, https://arxiv.org/abs/1710.10196), section 4.1. Derived in the chapter on progressive
    growing.

    Args:
        inputs: numbers that come in.
        outputs: numbers that go out.
        bias: whether there is one; it starts at 0.
        gain: standard deviation of an output for inputs of mean square 1; the default is He's, for
            a layer before a ReLU; the last layer takes 1.
        rate: factor on the learning rate.

    Raises:
        ValueError: if a number is not positive.
    """

    def __init__(
        self, inputs: int, outputs: int, bias: bool = True, gain: float = HE, rate: float = 1.0
    ) -> None:
        """Draw the weights."""
        if min(inputs, outputs) < 1:
            raise ValueError(f"inputs={inputs}, outputs={outputs}: wanted positive sizes")
        super().__init__(inputs, outputs, bias)
        equalise(self, gain, rate)


class EqualisedConv2d(nn.Conv2d):
    r"""A convolution of stride 1 with equalised learning rate, which keeps the image's size.

    As :py:class:`~genlib.nn.EqualisedLinear`, with n the inputs of one output: channels times the
    kernel's numbers.

    Args:
        inputs: channels that come in.
        outputs: channels that go out.
        kernel: odd size of the kernel.
        bias: whether there is one; it starts at 0.
        gain: standard deviation of an output for inputs of mean square 1.
        rate: factor on the learning rate.

    Raises:
        ValueError: if a number is not positive, or ``kernel`` is even.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        kernel: int = 3,
        bias: bool = True,
        gain: float = HE,
        rate: float = 1.0,
    ) -> None:
        """Draw the weights."""
        if min(inputs, outputs, kernel) < 1 or kernel % 2 == 0:
            raise ValueError(
                f"inputs={inputs}, outputs={outputs}, kernel={kernel}: wanted positive, kernel odd"
            )
        super().__init__(inputs, outputs, kernel, padding=kernel // 2, bias=bias)
        equalise(self, gain, rate)


def unequalise(network: nn.Module) -> nn.Module:
    """Let the equalised layers of a network learn their weights as they are, in place; return it.

    They start as before. It is the control for what the scale does to the steps.
    """
    for layer in list(network.modules()):
        for name in ("weight", "bias"):
            if parametrize.is_parametrized(layer, name) and any(
                isinstance(part, Scale) for part in layer.parametrizations[name]
            ):
                parametrize.remove_parametrizations(layer, name, leave_parametrized=True)
    return network
