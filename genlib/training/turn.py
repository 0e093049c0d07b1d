"""A player's turn: one update of its own parameters, applied only if it is finite."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager

import torch
from torch import Tensor, nn

from genlib.model import Batch, Loss, Player
from genlib.training import distributed
from genlib.training.schedules import schedule_named


class Turn:
    """A player with its optimiser: makes one update at a time."""

    def __init__(
        self,
        player: Player,
        precision: AbstractContextManager,
        loss: Callable[[Batch], Loss],
        others: Sequence[nn.Parameter],
        guarded: Sequence[Tensor] = (),
    ) -> None:
        """Build the optimiser, fused Adam unless the player brings its own.

        ``guarded`` are buffers (running means) to put back after an update that was not finite.
        """
        self.player, self.precision, self.guarded = player, precision, guarded
        self.loss = distributed.data_parallel(player.modules, loss)
        self.parameters = player.parameters()
        self.factor = schedule_named(player.schedule)
        own = {id(p) for p in self.parameters}
        self.frozen = [p for p in others if id(p) not in own]
        make = player.optimizer or (
            lambda p: torch.optim.Adam(p, lr=player.lr, betas=player.betas, fused=True)
        )
        self.optimizer = make(self.parameters)
        self.rates = [group["lr"] for group in self.optimizer.param_groups]

    def restore(self, state: Mapping) -> None:
        """Take back the optimiser's state, in the memory layout of the parameters.

        A fused optimiser walks through both in the order of memory.
        """
        self.optimizer.load_state_dict(state)
        for parameter, kept in self.optimizer.state.items():
            for name, value in kept.items():
                if isinstance(value, Tensor) and value.shape == parameter.shape:
                    kept[name] = torch.empty_like(parameter).copy_(value)

    def schedule(self, step: int, steps: int) -> None:
        """Set the learning rate of round ``step``."""
        if self.factor is not None:
            factor = self.factor(step, steps)
            for group, rate in zip(self.optimizer.param_groups, self.rates, strict=True):
                group["lr"] = rate * factor

    def update(self, batch: Batch) -> tuple[dict[str, Tensor], Tensor]:
        """Take one step on one batch if it is finite; return what to record, and whether it was."""
        self.optimizer.zero_grad()
        before = [buffer.clone() for buffer in self.guarded]
        with without_gradients(self.frozen):
            with self.precision:
                loss, metrics = as_pair(self.loss(batch), self.player.name)
            loss.backward()
        finite = distributed.all_reduce_and(torch.isfinite(self.clip() + loss.detach()))
        self.apply(finite)
        for buffer, old in zip(self.guarded, before, strict=True):
            buffer.copy_(torch.where(finite, buffer, old))
        if self.player.after is not None:
            self.player.after()
        return {"loss": loss.detach().clone(), **metrics}, finite

    def clip(self) -> Tensor:
        """Return the norm of the whole gradient, which is scaled down to the player's limit."""
        gradients = [p.grad for p in self.parameters if p.grad is not None]
        norm = nn.utils.get_total_norm(gradients)
        if self.player.clip is not None:
            nn.utils.clip_grads_with_norm_(self.parameters, self.player.clip, norm)
        return norm

    def apply(self, finite: Tensor) -> None:
        """Step the optimiser if ``finite``; fused ones decide that on the device, with no sync."""
        if decides(self.optimizer, finite.device):
            self.optimizer.grad_scale, self.optimizer.found_inf = None, (~finite).float()
            self.optimizer.step()
        elif finite:
            self.optimizer.step()


def decides(optimizer: torch.optim.Optimizer, device: torch.device) -> bool:
    """Whether the optimiser itself leaves out a step that is marked as not finite.

    On mps the fused kernels ignored the mark (https://github.com/pytorch/pytorch/pull/186360).
    """
    return getattr(optimizer, "_step_supports_amp_scaling", False) and device.type != "mps"


@contextmanager
def without_gradients(parameters: Sequence[nn.Parameter]) -> Iterator[None]:
    """Treat ``parameters`` as constants: nobody needs gradients of another player's weights."""
    moving = [parameter for parameter in parameters if parameter.requires_grad]
    for parameter in moving:
        parameter.requires_grad_(False)
    try:
        yield
    finally:
        for parameter in moving:
            parameter.requires_grad_(True)


def as_pair(result: Loss, player: str) -> tuple[Tensor, dict[str, Tensor]]:
    """Split a loss from the metrics beside it, and refuse one that cannot be minimised."""
    loss, metrics = result if isinstance(result, tuple) else (result, {})
    if not isinstance(loss, Tensor) or loss.dim() != 0:
        shape = tuple(loss.shape) if isinstance(loss, Tensor) else type(loss).__name__
        raise ValueError(f"the loss of player {player!r} is {shape}, wanted a scalar tensor")
    if not loss.requires_grad:
        raise ValueError(f"the loss of player {player!r} does not depend on its parameters")
    return loss, {name: recorded(name, value, loss.device) for name, value in metrics.items()}


def recorded(name: str, value: Tensor | float, device: torch.device) -> Tensor:
    """Return a copy of a metric: the host looks at it many updates later."""
    value = torch.as_tensor(value, device=device)
    if value.dim() != 0:
        raise ValueError(f"the metric {name!r} has shape {tuple(value.shape)}, wanted a scalar")
    return value.detach().clone()
