"""A training run: the players at the table, what was recorded, where the data stand."""

import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from genlib import checkpoint as files
from genlib.batches import LoaderBatches, ResidentBatches
from genlib.history import History
from genlib.model import Model, Player
from genlib.nn.ema import EMA
from genlib.runtime import generator_state, seeded, set_generator_state
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
        check_players(players, type(model).__name__)
        every_parameter = [p for player in players for p in player.parameters()]
        self.turns = [Turn(player, cast, compile, every_parameter) for player in players]
        self.average = EMA(model, ema) if ema is not None else None
        self.history = History()
        self.history.ema = self.average.model if self.average else None
        self.pending: list[tuple[int, dict[str, Tensor], dict[str, Tensor]]] = []
        self.step = 0
        self.clock = time.perf_counter()

    def round(self, steps: int) -> None:
        """Let every player take its turn."""
        self.model.on_step(self.step, steps)
        row: dict[str, Tensor] = {}
        finite: dict[str, Tensor] = {}
        for turn in self.turns:
            turn.schedule(self.step, steps)
            player = turn.player.name
            prefix = f"{player}/" if len(self.turns) > 1 else ""
            for _ in range(turn.player.updates):
                numbers, good = turn.update(next(self.source))
                finite[player] = good & finite.get(player, True)
                row |= {prefix + name: value for name, value in numbers.items()}
        if self.average:
            self.average.update(self.model)
        self.step += 1
        self.pending.append((self.step, row, finite))

    def look(self, bar: "tqdm", checkpoint: str | Path | None) -> None:
        """Bring the pending numbers to the host, in one transfer, and stop if one is not finite."""
        values = [v for _, row, finite in self.pending for v in (*row.values(), *finite.values())]
        numbers = iter(torch.stack([value.float() for value in values]).tolist())
        for step, row, finite in self.pending:
            record = {name: next(numbers) for name in row}
            self.history.add(step, record)
            for player in finite:
                if not next(numbers):
                    self.fail(player, step, checkpoint)
        self.pending.clear()
        self.tick()
        bar.set_postfix({n: f"{self.history[n][-1]:.3g}" for n in record if n.endswith("loss")})
        bar.update(self.step - bar.n)

    def tick(self) -> None:
        """Add the seconds since the last tick to the history."""
        now = time.perf_counter()
        self.history.seconds += now - self.clock
        self.clock = now

    def fail(self, player: str, step: int, checkpoint: str | Path | None) -> None:
        """Stop the run, saying where it went wrong and what is safe."""
        kept = f" The last good checkpoint is in {checkpoint}." if checkpoint else ""
        raise FloatingPointError(
            f"the loss or gradient of player {player!r} was NaN or infinite in step {step}; no "
            f"such update was applied, and the model's weights are finite.{kept}"
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
            "generators": generator_state(self.device),
            "history": self.history.state(),
        }

    def resume(self, folder: str | Path | None) -> None:
        """Go on from a checkpoint, if the folder holds one."""
        state = files.load(folder) if folder is not None else None
        if state is None:
            return
        files.put(self.model, state["model"])
        for turn, saved in zip(self.turns, state["optimizers"], strict=True):
            turn.optimizer.load_state_dict(saved)
        if self.average and state["ema"]:
            self.average.count = state["ema"].pop("n")
            self.average.model.load_state_dict(state["ema"])
        elif self.average:  # the earlier part kept none: begin at its last weights
            self.average.model.load_state_dict(state["model"])
        self.source.restore(state["source"])
        self.history.restore(state["history"])
        self.step = state["step"]
        set_generator_state(state["generators"], self.device)


def check_players(players: Sequence[Player], model: str) -> None:
    """Refuse a game without players, or with two of one name."""
    if not players:
        raise ValueError(f"{model} has no players, wanted at least one")
    names = [player.name for player in players]
    if len(set(names)) < len(names):
        raise ValueError(f"the players of {model} are called {names}, wanted different names")
