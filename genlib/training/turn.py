"""A player's turn: one update of its own parameters, applied only if it is finite."""

import inspect
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import NamedTuple

import torch
from torch import Tensor, nn

from genlib.player import Batch, Loss, Player
from genlib.training import distributed
from genlib.training.buffers import BufferGuard
from genlib.training.schedules import schedule_named


class Update(NamedTuple):
    """What came of one update: numbers to record by name, (names,), and whether it was finite."""

    names: tuple[str, ...]
    values: Tensor
    finite: Tensor


class Turn:
    """A player with its optimiser: makes one update at a time."""

    def __init__(
        self,
        player: Player,
        precision: AbstractContextManager,
        loss: Callable[[Batch], Loss],
        others: Sequence[nn.Parameter],
        buffers: BufferGuard,
        capturable: bool = False,
    ) -> None:
        """Build the optimiser, fused Adam unless the player brings its own."""
        self.player, self.precision, self.buffers = player, precision, buffers
        self.loss = distributed.data_parallel(player.modules, loss)
        self.parameters = player.parameters()
        self.schedule = schedule_named(player.schedule)
        own = {id(p) for p in self.parameters}
        self.frozen = [p for p in others if id(p) not in own]
        self.optimizer = build_optimizer(player, capturable)
        self.learning_rates = [float(group["lr"]) for group in self.optimizer.param_groups]

    def restore(self, state: Mapping) -> None:
        """Take back the optimiser's state, in the memory layout of the parameters.

        A fused optimiser walks through both in the order of memory.
        """
        own = [group["lr"] for group in self.optimizer.param_groups]
        self.optimizer.load_state_dict(state)
        for group, rate in zip(self.optimizer.param_groups, own, strict=True):
            put_rate(group, float(group["lr"]), rate)
        for parameter, kept in self.optimizer.state.items():
            for name, value in kept.items():
                if isinstance(value, Tensor) and value.shape == parameter.shape:
                    kept[name] = torch.empty_like(parameter).copy_(value)

    def set_learning_rate(self, step: int, steps: int) -> None:
        """Set the learning rate of round ``step``."""
        if self.schedule is None:
            return
        factor = self.schedule(step, steps)
        if not math.isfinite(factor):
            raise ValueError(
                f"the schedule of player {self.player.name!r} gave {factor} in round {step} of "
                f"{steps}, wanted a finite number"
            )
        for group, rate in zip(self.optimizer.param_groups, self.learning_rates, strict=True):
            put_rate(group, rate * factor, group["lr"])

    def update(self, batch: Batch) -> Update:
        """Take one step on one batch if it is finite."""
        self.optimizer.zero_grad()
        self.buffers.remember()
        with without_gradients(self.frozen):
            with self.precision:
                loss, metrics = loss_and_metrics(self.loss(batch), self.player.name)
            loss.backward()
        numbers = {"loss": loss.detach(), **metrics}
        # in one tensor, at once: the step may change what a metric is made of
        values = torch.stack([number.float() for number in numbers.values()])
        # zero times infinity is not a number: two operations where isfinite takes four
        finite = (self.clip_gradients() + loss.detach()) * 0 == 0
        finite = distributed.all_reduce_and(finite)
        self.step_if(finite)
        self.buffers.restore_unless(finite)
        if self.player.after is not None:
            self.player.after()
        return Update(tuple(numbers), values, finite)

    def clip_gradients(self) -> Tensor:
        """Scale the whole gradient down to the player's limit; return its norm before."""
        gradients = [p.grad for p in self.parameters if p.grad is not None]
        norm = nn.utils.get_total_norm(gradients)
        if self.player.clip is not None:
            nn.utils.clip_grads_with_norm_(self.parameters, self.player.clip, norm)
        return norm

    def step_if(self, finite: Tensor) -> None:
        """Step the optimiser if ``finite``; fused ones decide that on the device, with no sync."""
        if decides_on_device(self.optimizer, finite.device):
            self.optimizer.grad_scale, self.optimizer.found_inf = None, (~finite).float()
            self.optimizer.step()
        elif finite:
            self.optimizer.step()


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


def loss_and_metrics(result: Loss, player: str) -> tuple[Tensor, dict[str, Tensor]]:
    """Split a loss from the metrics beside it, and refuse one that cannot be minimised."""
    loss, metrics = split(result, player)
    if not isinstance(loss, Tensor) or loss.dim() != 0:
        shape = tuple(loss.shape) if isinstance(loss, Tensor) else type(loss).__name__
        raise ValueError(f"the loss of player {player!r} is {shape}, wanted a scalar tensor")
    if loss.is_complex():
        raise ValueError(f"the loss of player {player!r} is {loss.dtype}, wanted a real number")
    if not loss.requires_grad:
        raise ValueError(f"the loss of player {player!r} does not depend on its parameters")
    return loss, {name: metric(name, value, loss.device) for name, value in metrics.items()}


def split(result: Loss, player: str) -> tuple[Tensor, Mapping]:
    """Return a loss and the metrics beside it."""
    if not isinstance(result, tuple | list):
        return result, {}
    if len(result) != 2 or not isinstance(result[1], Mapping):
        kinds = ", ".join(type(part).__name__ for part in result)
        raise ValueError(
            f"the loss of player {player!r} gave ({kinds}), wanted a scalar tensor, alone or with "
            "a dictionary of metrics"
        )
    return result[0], result[1]


def metric(name: str, value: Tensor | float, device: torch.device) -> Tensor:
    """Return a metric as a tensor on the device, without its gradient."""
    if not isinstance(name, str) or name in ("", "loss", "step"):
        raise ValueError(f"a metric is called {name!r}, wanted a name other than 'loss' and 'step'")
    try:
        value = torch.as_tensor(value, device=device)
    except (TypeError, ValueError, RuntimeError) as error:
        raise ValueError(f"the metric {name!r} is {value!r:.60}, wanted a number") from error
    if value.dim() != 0 or value.is_complex():
        shape = f"has shape {tuple(value.shape)}" if value.dim() else f"is {value.dtype}"
        raise ValueError(f"the metric {name!r} {shape}, wanted a scalar")
    return value.detach()
