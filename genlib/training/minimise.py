"""Gradient descent on any function of any tensors, where no model, data or batches are needed."""

from collections.abc import Callable, Iterable

import torch
from torch import Tensor

from genlib.training.schedules import cosine


@torch.enable_grad()
def minimise(
    loss: Callable[[], Tensor], parameters: Iterable[Tensor], *, steps: int, lr: float = 0.01
) -> Tensor:
    """Lower ``loss()`` by Adam in some tensors, in place, with a step size that falls to zero.

    For what is learnt without batches of data: the parameters of one density, a code, a prompt.
    The step size follows a cosine (:py:func:`genlib.training.schedules.cosine`), and only
    ``parameters`` gather gradients, so a network that the loss goes through stays as it is.
    Kingma and Ba (2015, https://arxiv.org/abs/1412.6980). The same random state gives the same
    result on one device. Chapters: divergences, variational autoencoders, richer latents.

    >>> place = torch.tensor([3.0], requires_grad=True)
    >>> losses = minimise(lambda: (place - 1).square().sum(), [place], steps=500, lr=0.1)
    >>> round(place.item(), 3)
    1.0

    Args:
        loss: takes nothing and returns a scalar that depends on the parameters.
        parameters: leaf tensors that require gradients, such as ``network.parameters()``.
        steps: how many.
        lr: largest step size.

    Returns:
        The loss before each step, (steps,), detached.

    Raises:
        ValueError: if there is nothing to move, the loss is no scalar that depends on it, or a
            number is not positive.
        FloatingPointError: if the loss was not finite at some step; the parameters then are not
            to be used.
    """
    moved = list(parameters)
    _check(moved, steps, lr)
    adam = torch.optim.Adam(moved, lr=lr)
    losses = []
    for step in range(steps):
        adam.param_groups[0]["lr"] = lr * cosine(step, steps)
        adam.zero_grad()
        value = loss()
        if value.ndim or not value.requires_grad:
            raise ValueError(
                f"loss() returned shape {tuple(value.shape)}, "
                f"requires_grad={value.requires_grad}; wanted a scalar that depends on parameters"
            )
        value.backward(inputs=moved)
        adam.step()
        losses.append(value.detach())
    return _finite(torch.stack(losses))


def _check(moved: list[Tensor], steps: int, lr: float) -> None:
    if not moved or not all(one.is_leaf and one.requires_grad for one in moved):
        raise ValueError(
            f"{len(moved)} parameters, of which "
            f"{sum(one.is_leaf and one.requires_grad for one in moved)} are leaves that require "
            "gradients; wanted at least one, and all such"
        )
    if steps < 1 or not 0 < lr < float("inf"):
        raise ValueError(f"steps={steps}, lr={lr}; wanted positive numbers")


def _finite(losses: Tensor) -> Tensor:
    """Return the losses if all are finite; looked at once, since each look waits for the device."""
    if not losses.isfinite().all():
        step = int((~losses.isfinite()).nonzero()[0])
        raise FloatingPointError(f"the loss was {losses[step].item()} at step {step}")
    return losses
