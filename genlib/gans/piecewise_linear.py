r"""The gradient of a piecewise-linear network in its input, written out.

Between two kinks of its (leaky) ReLUs such a network is linear, and its gradient is a product

.. math::

    \nabla_x s = W_1^T\,S_1\,W_2^T\,S_2 \cdots W_L^T 1

of its layers' transposes and the slopes :math:`S_l` of the ReLUs, which do not depend on the
weights but where a kink is crossed. Written like this it is an ordinary function of the weights:
one backward pass differentiates it, where a penalty by ``autograd`` needs two, one through the
other.
"""

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from genlib.nn.transposed import Geometry

KNOWN = (nn.Linear, nn.Conv2d, nn.LeakyReLU, nn.ReLU, nn.Flatten, nn.Unflatten)


def input_gradient(network: nn.Module, x: Tensor, weights: Tensor | None = None) -> Tensor:
    """Return each example's gradient of its score in all of its numbers, ``(B, numbers)``.

    Where an example has several scores, it is that of their sum. It can be differentiated in the
    weights, as often as they like.

    Args:
        network: ``nn.Linear``, ``nn.Conv2d``, ``nn.ReLU``, ``nn.LeakyReLU``, ``nn.Flatten`` and
            ``nn.Unflatten``, one after the other.
        x: ``(B, ...)``.
        weights: of the scores in that sum, of their shape; by default all are 1.

    Raises:
        ValueError: if the network holds another layer, by its name.
    """
    passed, x = [], x.detach()
    with torch.no_grad():  # where the kinks lie has no derivative
        for layer in layers_of(network):
            passed.append((layer, x.shape, slopes(layer, x)))
            x = layer(x)
    gradient = torch.ones_like(x) if weights is None else weights
    for layer, shape, slope in reversed(passed):
        gradient = transposed(layer, gradient, shape) if slope is None else gradient * slope
    return gradient.flatten(1)


def layers_of(network: nn.Module) -> Iterator[nn.Module]:
    """Yield the layers of nested ``nn.Sequential``, in order."""
    if isinstance(network, nn.Sequential):
        for part in network:
            yield from layers_of(part)
    elif isinstance(network, KNOWN):
        yield network
    else:
        names = ", ".join(kind.__name__ for kind in KNOWN)
        raise ValueError(
            f"the gradient of {type(network).__name__} is not known in closed form, wanted an "
            f"nn.Sequential of {names}, or closed=False"
        )


def slopes(layer: nn.Module, x: Tensor) -> Tensor | None:
    """Return the slope of a (leaky) ReLU at each number, None of the other layers."""
    if isinstance(layer, nn.ReLU):
        return (x > 0).to(x.dtype)
    if isinstance(layer, nn.LeakyReLU):
        return torch.where(x > 0, torch.ones_like(x), layer.negative_slope)
    return None


def transposed(layer: nn.Module, gradient: Tensor, shape: torch.Size) -> Tensor:
    """Carry a gradient back through a linear layer to its input, of some shape."""
    if isinstance(layer, nn.Linear):
        return gradient @ layer.weight
    if isinstance(layer, nn.Conv2d):
        return Geometry.of(layer).transpose(gradient, layer.weight, shape[2:])
    return gradient.reshape(shape)
