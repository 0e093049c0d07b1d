"""What happens when a loss or a gradient was NaN or infinite."""

from pathlib import Path

import torch

from genlib.model import Model
from genlib.storage import join_first
from genlib.training import checkpoint
from genlib.training.recorder import Failure


def check_finite(
    failures: list[Failure], rounds: int, *, skip: bool, model: Model, folder: Path | None
) -> None:
    """Stop the run at an update that was not finite, unless such are to be skipped.

    A player that did not get one good update in all the ``rounds`` stops it in any case.

    Raises:
        FloatingPointError: it names player and step.
    """
    missed = [player for player, _ in failures]
    hopeless = any(missed.count(player) == rounds > 1 for player in missed)
    if failures and (hopeless or not skip):
        raise FloatingPointError(nonfinite_message(*failures[0], model=model, folder=folder))


def nonfinite_message(player: str, step: int, *, model: Model, folder: Path | None) -> str:
    """Say where a run went wrong, how the model is, and what is safe."""
    good = checkpoint.stored(folder)[:1] if folder else []
    kept = f" The last good checkpoint is {good[0]}." if good else ""
    tensors = [*model.named_parameters(), *model.named_buffers()]
    bad = [name for name, tensor in tensors if not bool(torch.isfinite(tensor).all())]
    state = (
        f"but these are not finite: {join_first(bad)}"
        if bad
        else "and the model's weights are finite"
    )
    return (
        f"the loss or gradient of player {player!r} was NaN or infinite in step {step}; no "
        f"such update was applied, {state}.{kept}"
    )
