"""A player's turn: one update of its own parameters, applied only if it is finite."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import NamedTuple

import torch
from torch import Tensor, nn

from genlib.player import Batch, Loss, Player
from genlib.training import distributed
from genlib.training.buffers import BufferGuard
from genlib.training.optimizers import build_optimizer, decides_on_device, put_rate
from genlib.training.schedules import schedule_named

CHECKED_AT_ONCE = {"cuda"}  # devices on which one kernel looks at a whole gradient, quickly


class Update(NamedTuple):
    """What came of one update.

    Attributes:
        names: of the numbers to record, the loss first.
        values: these numbers, and last 0 if the update was finite, else 1: (names + 1,), float32.
    """

    names: tuple[str, ...]
    values: Tensor


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
        self.one = torch.ones((), device=self.parameters[0].device)
        self.schedule = schedule_named(player.schedule)
        own = {id(p) for p in self.parameters}
        self.frozen = [p for p in others if id(p) not in own]
        self.optimizer = build_optimizer(player, capturable)
        self.learning_rates = [float(group["lr"]) for group in self.optimizer.param_groups]

    def restore(self, state: Mapping) -> None:
        """Take back the optimiser's state, in the memory layout of the parameters.

        A fused optimiser walks through both in the order of memory. The count of steps stays as it
        was stored: of a scalar parameter it has the shape, and may have more digits.
        """
        own = [group["lr"] for group in self.optimizer.param_groups]
        self.optimizer.load_state_dict(state)
        for group, rate in zip(self.optimizer.param_groups, own, strict=True):
            put_rate(group, float(group["lr"]), rate)
        for parameter, kept in self.optimizer.state.items():
            for name, value in kept.items():
                like = isinstance(value, Tensor) and value.shape == parameter.shape
                if name != "step" and like:
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
        norm, failed = self.check_and_clip(loss.detach())
        failed = distributed.all_reduce_max(failed)
        watched = {"gradient_norm": norm} if self.player.gradient_norm else {}
        numbers = {"loss": loss.detach(), **metrics, **watched}
        # in one tensor, at once: the step may change what a metric is made of
        values = torch.stack([*(number.float() for number in numbers.values()), failed])
        self.step_unless(failed)
        self.buffers.restore_if(failed)
        if self.player.after is not None:
            self.player.after()
        return Update(tuple(numbers), values)

    def check_and_clip(self, loss: Tensor) -> tuple[Tensor | None, Tensor]:
        """Scale the whole gradient down to the player's limit.

        Returns its norm before that, if anything here needs it, and 1 if the update fails, else 0:
        it fails if the loss or a part of the gradient is NaN or infinite.
        """
        gradients = [p.grad for p in self.parameters if p.grad is not None]
        if self.plain(gradients) and loss.device.type in CHECKED_AT_ONCE:
            return None, not_finite([*gradients, loss], self.one)
        norm = nn.utils.get_total_norm(gradients)
        if self.player.clip is not None:
            nn.utils.clip_grads_with_norm_(self.parameters, self.player.clip, norm)
        # zero times infinity is not a number: two operations where isfinite takes four
        return norm, ((norm + loss) * 0 != 0).float()

    def plain(self, gradients: Sequence[Tensor]) -> bool:
        """Whether all that matters of gradients of real numbers is that they are finite."""
        measured = self.player.gradient_norm or self.player.clip is not None
        return not measured and all(gradient.is_floating_point() for gradient in gradients)

    def step_unless(self, failed: Tensor) -> None:
        """Step the optimiser unless ``failed`` is 1; fused ones decide that on the device."""
        if decides_on_device(self.optimizer, failed.device):
            self.optimizer.grad_scale, self.optimizer.found_inf = None, failed
            self.optimizer.step()
        elif not failed:
            self.optimizer.step()


def not_finite(tensors: list[Tensor], one: Tensor) -> Tensor:
    """Return 1 if one of the values is NaN or infinite, else 0, in one kernel for a type.

    It is the kernel of ``torch.amp.GradScaler``, which also divides by a scale: here by ``one``.
    """
    found = torch.zeros((), device=one.device)
    torch._amp_foreach_non_finite_check_and_unscale_(tensors, found, one)
    return found


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
