"""A round of the game as one CUDA graph: captured once, then replayed by a single launch.

A small model's round is a hundred short kernels, and the host takes longer to launch them than the
device to run them. A graph holds them all, with every address and every Python number as they were
when it was captured. So what changes from round to round stands in tensors that keep their place:
the draws of the data are copied into static ones, and learning rates, the weight of the average and
what ``on_step`` sets are filled in place. What a replay returns is overwritten by the next, and is
copied. See https://pytorch.org/blog/accelerating-pytorch-with-cuda-graphs/.
"""

import warnings
from collections.abc import Sequence

import torch
from torch import Tensor

from genlib.runtime import world_size
from genlib.training.cuda import CudaCapture
from genlib.training.draws import Draw, copied, layout, tensors
from genlib.training.optimizers import decides_on_device
from genlib.training.round import Round, Row
from genlib.training.turn import Turn

WARM_UP = 4  # rounds that run one by one before: optimisers, libraries and the allocator settle


CAPTURES = {"cuda": CudaCapture}


class CapturedRound:
    """A round that runs one by one for a while, then is captured, then replayed."""

    def __init__(self, plain: Round, capture: CudaCapture, *, insist: bool) -> None:
        """Keep the round as it is; ``insist`` makes an error of what cannot be captured."""
        self.plain, self.capture, self.insist = plain, capture, insist
        self.rounds, self.stopped_by = 0, ""
        self.inputs: list[Draw] = []
        self.row: Row | None = None

    def __call__(self, draws: Sequence[Draw]) -> Row:
        """Play one round."""
        if self.stopped_by:
            return self.plain(draws)
        if self.row is None:
            return self.prepare(draws)
        if layout(draws) != layout(self.inputs):  # such as a DataLoader's last batch
            return self.plain(draws)
        for place, given in zip(tensors(self.inputs), tensors(draws), strict=True):
            place.copy_(given, non_blocking=True)
        self.capture.replay()
        return self.row._replace(values=self.row.values.clone())

    def prepare(self, draws: Sequence[Draw]) -> Row:
        """Play one of the rounds before the capture, or capture one and play that."""
        self.rounds += 1
        if self.rounds <= WARM_UP:
            row, waits = self.capture.rehearse(lambda: self.plain(draws))
            if waits and self.rounds == WARM_UP:  # in the first ones libraries wait for themselves
                self.give_up(waits)
            return row
        self.inputs = [copied(draw) for draw in draws]
        try:
            self.row = self.capture.record(lambda: self.plain(self.inputs))
        except RuntimeError as error:
            self.give_up(str(error).strip().splitlines()[0])
            return self.plain(draws)
        return self(draws)

    def give_up(self, reason: str) -> None:
        """Go on without a graph, and say once why."""
        self.stopped_by = reason
        if self.insist:
            raise RuntimeError(message(reason))
        tell(reason)


def message(reason: str) -> str:
    """Say that a run is slower than it might be, and why."""
    return f"this run is not captured as one CUDA graph, which would be faster: {reason}"


def tell(reason: str) -> None:
    """Warn that a run is not captured."""
    warnings.warn(message(reason), stacklevel=3)


def captured(plain: Round, wanted: bool | None, device: torch.device) -> Round | CapturedRound:
    """Return a round that is captured where that is wanted and possible, or ``plain``.

    Raises:
        ValueError: if it is wanted by all means and something that is known now stands in the way.
    """
    known = device.type in CAPTURES
    reason = obstacle(plain.turns) if known else f"there are no graphs on {device.type}"
    if reason and wanted:
        raise ValueError(f"graph=True, but {reason}")
    if reason and known and wanted is None:
        tell(reason)
    if reason or wanted is False:
        return plain
    if plain.average is not None:
        plain.average.weight = torch.zeros((), device=device)
    return CapturedRound(plain, CAPTURES[device.type](device), insist=wanted is True)


def obstacle(turns: Sequence[Turn]) -> str:
    """Say what makes it impossible to capture these turns, or nothing."""
    if world_size() > 1:
        return "several processes take part"
    for turn in turns:
        optimizer, kind = turn.optimizer, type(turn.optimizer).__name__
        who = f"the optimizer of player {turn.player.name!r}, {kind},"
        if not decides_on_device(optimizer, turn.parameters[0].device):
            return f"{who} asks the host whether an update is finite; with fused=True it would not"
        if not all(group.get("capturable", True) for group in optimizer.param_groups):
            return f"{who} counts its steps on the host; with capturable=True it would not"
        moves = turn.schedule is not None
        if moves and not all(isinstance(g["lr"], Tensor) for g in optimizer.param_groups):
            return f"{who} has a learning rate that changes; wanted it as a tensor on the device"
    return ""
