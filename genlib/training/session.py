"""A training run: the players at the table, what was recorded, where the data stand."""

import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from genlib import runtime
from genlib.history import History
from genlib.model import Batch, Loss, Model, Player
from genlib.runtime import generator_state, seeded, set_generator_state
from genlib.storage import load_exact
from genlib.training import checkpoint as files
from genlib.training import distributed
from genlib.training.batches import LoaderBatches, ResidentBatches
from genlib.training.ema import EMA
from genlib.training.fingerprint import refuse_another, settings
from genlib.training.turn import Turn

if TYPE_CHECKING:
    from tqdm import tqdm

Log = Callable[[int, dict[str, float]], None]


class Run:
    """The state of one training run, which can be saved and resumed."""

    def __init__(
        self,
        model: Model,
        source: ResidentBatches | LoaderBatches,
        device: torch.device,
        *,
        seed: int,
        precision: str | None,
        compile: bool,
        ema: float | None,
        nonfinite: str,
        log: Log | None,
        folder: str | Path | None,
    ) -> None:
        """Seat the players."""
        self.model, self.source, self.device, self.seed = model, source, device, seed
        self.skip, self.log = nonfinite == "skip", log if runtime.rank() == 0 else None
        self.folder = Path(folder) if folder is not None else None
        players = model.players()
        check_players(players, type(model).__name__)
        shared = {"seed": str(seed), "precision": str(precision), "ema": str(ema)}
        self.settings = settings(model, players) | source.settings() | shared
        cast = torch.autocast(device.type, torch.bfloat16) if precision else nullcontext()
        everything = [p for player in players for p in player.parameters()]
        statistics = [b for b in model.buffers() if b.is_floating_point()] if self.skip else []
        losses = [faster(player.loss, device) if compile else player.loss for player in players]
        self.turns = [
            Turn(player, cast, loss, everything, statistics)
            for player, loss in zip(players, losses, strict=True)
        ]
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

    def look(self, bar: "tqdm") -> None:
        """Bring the pending numbers to the host, in one transfer, and stop if one is not finite."""
        values = [v for _, row, finite in self.pending for v in (*row.values(), *finite.values())]
        numbers = iter(
            distributed.all_reduce_mean(torch.stack([v.float() for v in values])).tolist()
        )
        pending, self.pending = self.pending, []
        failures = []
        for step, row, finite in pending:
            record = {name: next(numbers) for name in row}
            failures += [(player, step) for player in finite if not next(numbers)]
            self.record(step, record)
        self.judge(failures, len(pending))
        self.tick()
        losses = {n: f"{self.history[n][-1]:.3g}" for n in record if n.endswith("loss")}
        bar.set_postfix(losses, refresh=False)
        bar.update(self.step - bar.n)

    def record(self, step: int, numbers: dict[str, float]) -> None:
        """Put numbers into the history, and where the caller wants them."""
        self.history.add(step, numbers)
        if self.log is not None:
            self.log(step, numbers)

    def judge(self, failures: list[tuple[str, int]], rounds: int) -> None:
        """Count the updates that were not finite, and stop unless they are to be skipped."""
        for player, _ in failures:
            self.history.skipped[player] = self.history.skipped.get(player, 0) + 1
        if failures and (not self.skip or self.hopeless(failures, rounds)):
            raise FloatingPointError(self.complaint(*failures[0]))

    def hopeless(self, failures: list[tuple[str, int]], rounds: int) -> bool:
        """Whether some player did not get one good round since the last look."""
        missed = [player for player, _ in failures]
        return any(missed.count(player) == rounds > 1 for player in missed)

    def complaint(self, player: str, step: int) -> str:
        """Say where a run went wrong and what is safe."""
        good = files.stored(self.folder)[:1] if self.folder else []
        kept = f" The last good checkpoint is {good[0]}." if good else ""
        return (
            f"the loss or gradient of player {player!r} was NaN or infinite in step {step}; no "
            f"such update was applied, and the model's weights are finite.{kept}"
        )

    def tick(self) -> None:
        """Add the seconds since the last tick to the history."""
        now = time.perf_counter()
        self.history.seconds += now - self.clock
        self.clock = now

    def evaluate(self, evaluate: Callable[[Model], dict[str, float]] | None) -> None:
        """Record what ``evaluate`` says of the model, leaving the run's randomness alone."""
        if evaluate is None or runtime.rank() > 0:
            return
        self.model.eval()
        with torch.no_grad(), seeded(self.seed, self.device):
            self.record(self.step, evaluate(self.model))
        self.model.train()

    def save(self) -> None:
        """Write a checkpoint, and the history as a table beside it."""
        if self.folder is None:
            return
        state = self.state()
        if runtime.rank() == 0:
            files.save(self.folder, self.step, state)
            self.history.to_csv(self.folder / "history.csv")

    def state(self) -> dict:
        """Return all that a later run needs to go on from here."""
        return {
            "settings": self.settings,
            "step": self.step,
            "model": self.model.state_dict(),
            "optimizers": [turn.optimizer.state_dict() for turn in self.turns],
            "ema": self.average and {"n": self.average.count, **self.average.model.state_dict()},
            "source": self.source.state(),
            "generators": {
                kind: distributed.all_gather(one, self.device)
                for kind, one in generator_state(self.device).items()
            },
            "history": self.history.state(),
        }

    def resume(self) -> None:
        """Go on from the newest good checkpoint, if the folder holds one."""
        state = files.load(self.folder) if self.folder is not None else None
        if state is None:
            return
        refuse_another(state["settings"], self.settings)
        load_exact(self.model, state["model"])
        for turn, saved in zip(self.turns, state["optimizers"], strict=True):
            turn.restore(saved)
        if self.average:
            self.average.count = state["ema"].pop("n")
            self.average.model.load_state_dict(state["ema"])
        self.source.restore(state["source"])
        self.history.restore(state["history"])
        self.step = state["step"]
        place = runtime.rank()
        own = {kind: lot[place] for kind, lot in state["generators"].items() if place < len(lot)}
        set_generator_state(own, self.device)

    def stop(self, steps: int) -> None:
        """End a run that was interrupted, and say how to go on."""
        self.save()
        how = (
            f"saved in {self.folder}: the same call goes on from there"
            if self.folder
            else "the model keeps its weights; with checkpoint=FOLDER a run can be gone on with"
        )
        raise KeyboardInterrupt(f"stopped after step {self.step} of {steps}; {how}")


def faster(loss: Callable[[Batch], Loss], device: torch.device) -> Callable[[Batch], Loss]:
    """Compile a player's loss; on CUDA into graphs that one call launches."""
    return torch.compile(loss, mode="reduce-overhead" if device.type == "cuda" else "default")


def check_players(players: Sequence[Player], model: str) -> None:
    """Refuse a game without players, or with two of one name."""
    if not players:
        raise ValueError(f"{model} has no players, wanted at least one")
    names = [player.name for player in players]
    if len(set(names)) < len(names):
        raise ValueError(f"the players of {model} are called {names}, wanted different names")
