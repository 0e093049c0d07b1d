"""A training run: the players at the table, what was recorded, where the data stand."""

from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from genlib import checkpoint as files
from genlib.batches import LoaderBatches, ResidentBatches
from genlib.history import History
from genlib.model import Model
from genlib.nn.ema import EMA
from genlib.runtime import seeded
from genlib.turn import Turn

if TYPE_CHECKING:
    from tqdm import tqdm


class Run:
    """The state of one training run, which can be saved and resumed."""

    def __init__(
        self,
        model: Model,
        source: ResidentBatches | LoaderBatches,
        device: torch.device,
        precision: str | None,
        compile: bool,
        ema: float | None,
    ) -> None:
        """Seat the players."""
        self.model, self.source, self.device = model, source, device
        cast = torch.autocast(device.type, torch.bfloat16) if precision else nullcontext()
        players = model.players()
        if not players:
            raise ValueError(f"{type(model).__name__} has no players, wanted at least one")
        every_parameter = [p for player in players for p in player.parameters()]
        self.turns = [Turn(player, cast, compile, every_parameter) for player in players]
        self.average = EMA(model, ema) if ema is not None else None
        self.history = History()
        self.history.ema = self.average.model if self.average else None
        self.pending: list[tuple[int, dict[str, Tensor]]] = []
        self.step = 0

    def round(self, steps: int) -> None:
        """Let every player take its turn."""
        self.model.on_step(self.step, steps)
        row: dict[str, Tensor] = {}
        for turn in self.turns:
            turn.schedule(self.step, steps)
            prefix = f"{turn.player.name}/" if len(self.turns) > 1 else ""
            for _ in range(turn.player.updates):
                numbers = turn.update(next(self.source))
                numbers["finite"] &= row.get(prefix + "finite", True)
                row |= {prefix + name: value for name, value in numbers.items()}
        if self.average:
            self.average.update(self.model)
        self.step += 1
        self.pending.append((self.step, row))

    def look(self, bar: "tqdm", checkpoint: str | Path | None) -> None:
        """Bring the pending numbers to the host, in one transfer, and stop if one is not finite."""
        values = torch.stack([v.float() for _, row in self.pending for v in row.values()]).tolist()
        numbers = iter(values)
        for step, row in self.pending:
            record = {name: next(numbers) for name in row}
            finite = {name: record.pop(name) for name in list(record) if name.endswith("finite")}
            self.history.add(step, record)
            for name, good in finite.items():
                if not good:
                    self.fail(name.removesuffix("finite").strip("/"), step, checkpoint)
        self.pending.clear()
        bar.set_postfix({n: f"{self.history[n][-1]:.3g}" for n in record if n.endswith("loss")})
        bar.update(self.step - bar.n)

    def fail(self, player: str, step: int, checkpoint: str | Path | None) -> None:
        """Stop the run, saying where it went wrong and what is safe."""
        kept = f" The last good checkpoint is in {checkpoint}." if checkpoint else ""
        raise FloatingPointError(
            f"the loss or gradient of player {player or self.turns[0].player.name!r} was NaN or "
            f"infinite in step {step}; no such update was applied, and the model's weights are "
            f"finite.{kept}"
        )

    def evaluate(self, evaluate: Callable[[Model], dict[str, float]] | None, seed: int) -> None:
        """Record what ``evaluate`` says of the model, leaving the run's randomness alone."""
        if evaluate is None:
            return
        self.model.eval()
        with torch.no_grad(), seeded(seed, self.device):
            self.history.add(self.step, evaluate(self.model))
        self.model.train()

    def save(self, folder: str | Path | None) -> None:
        """Write a checkpoint."""
        if folder is not None:
            files.save(folder, self.state())

    def state(self) -> dict:
        """Return all that a later run needs to go on from here."""
        return {
            "step": self.step,
            "model": self.model.state_dict(),
            "optimizers": [turn.optimizer.state_dict() for turn in self.turns],
            "ema": self.average and {"n": self.average.count, **self.average.model.state_dict()},
            "source": self.source.state(),
            "generators": files.generator_state(self.device),
            "history": self.history.state(),
        }

    def resume(self, folder: str | Path | None) -> None:
        """Go on from a checkpoint, if the folder holds one."""
        state = files.load(folder) if folder is not None else None
        if state is None:
            return
        self.model.load_state_dict(state["model"])
        for turn, saved in zip(self.turns, state["optimizers"], strict=True):
            turn.optimizer.load_state_dict(saved)
        if self.average and state["ema"]:
            self.average.count = state["ema"].pop("n")
            self.average.model.load_state_dict(state["ema"])
        self.source.restore(state["source"])
        self.history.restore(state["history"])
        self.step = state["step"]
        files.set_generator_state(state["generators"], self.device)
