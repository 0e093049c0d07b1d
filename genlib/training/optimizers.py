"""A player's optimiser: built, told its learning rate, asked what it can do."""

import inspect
import math

import torch
from torch import Tensor

from genlib.player import Player


def put_rate(group: dict, rate: float, place: float | Tensor) -> None:
    """Give a group of parameters its learning rate, in ``place`` if that is a tensor.

    A captured round reads the rate from there.
    """
    group["lr"] = place.fill_(rate) if isinstance(place, Tensor) else rate


def build_optimizer(player: Player, capturable: bool = False) -> torch.optim.Optimizer:
    """Return a player's optimiser; the default one is ``capturable`` if its round shall be.

    Raises:
        ValueError: if its factory does not give one that ``fit`` can use.
    """
    parameters = player.parameters()
    if player.optimizer is None:
        fused = all(p.is_floating_point() for p in parameters)  # complex ones have no such kernel
        rate = torch.tensor(player.lr, device=parameters[0].device) if capturable else player.lr
        return torch.optim.Adam(
            parameters, lr=rate, betas=player.betas, fused=fused, capturable=capturable
        )
    found, who = player.optimizer(parameters), f"the optimizer of player {player.name!r}"
    if not isinstance(found, torch.optim.Optimizer):
        raise ValueError(f"{who} gave {type(found).__name__}, wanted a torch.optim.Optimizer")
    closure = inspect.signature(found.step).parameters.get("closure")
    if closure is not None and closure.default is inspect.Parameter.empty:
        raise ValueError(
            f"{who} is {type(found).__name__}, whose step evaluates the loss several times; "
            "wanted one that steps along a gradient"
        )
    for group in found.param_groups:
        if not math.isfinite(group.get("lr", 0.0)):
            raise ValueError(f"{who} has lr={group['lr']}, wanted a finite number")
    return found


def decides_on_device(optimizer: torch.optim.Optimizer, device: torch.device) -> bool:
    """Whether the optimiser itself leaves out a step that is marked as not finite.

    On mps the fused kernels ignored the mark (https://github.com/pytorch/pytorch/pull/186360).
    """
    return getattr(optimizer, "_step_supports_amp_scaling", False) and device.type != "mps"
