"""The state of one training run: players, data, numbers; how it goes on, is saved and resumed."""

import warnings
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from pathlib import Path

import torch

from genlib import runtime
from genlib.player import Batch, Loss
from genlib.runtime import generator_state, seeded, set_generator_state
from genlib.storage import load_exact
from genlib.training import checkpoint, distributed, graph
from genlib.training.arguments import Arguments
from genlib.training.batches import batches
from genlib.training.buffers import BufferGuard
from genlib.training.checks import check_players, only_these
from genlib.training.draws import Draw
from genlib.training.ema import EMA
from genlib.training.fingerprint import changed, check_same_run, fingerprint
from genlib.training.graph import CapturedRound
from genlib.training.interrupt import Interrupt
from genlib.training.nonfinite import check_finite
from genlib.training.recorder import Recorder
from genlib.training.round import Round
from genlib.training.turn import Turn


class Session:
    """One training run, which can be saved and resumed."""

    def __init__(self, arguments: Arguments, interrupt: Interrupt) -> None:
        """Build the players' optimisers, look at the data and at the folder."""
        self.interrupt = interrupt
        self.arguments, self.model, self.device = arguments, arguments.model, arguments.device
        layout = torch.channels_last if arguments.channels_last else torch.preserve_format
        self.model.to(self.device, memory_format=layout)
        self.source = batches(arguments.data, arguments.batch_size, self.device, arguments.seed)
        self.players = list(self.model.players())
        check_players(self.players, self.model)
        self.precision = runtime.resolve_precision(arguments.precision, self.device)
        self.turns = self.build_turns()
        self.average = EMA(self.model, arguments.ema) if arguments.ema is not None else None
        self.recorder = Recorder(arguments.log)
        self.history = self.recorder.history
        self.history.ema = self.average.model if self.average else None
        self.play = self.build_round()
        self.step = 0  # rounds done
        self.evaluation_due = False
        self.fingerprint, self.moving = self.describe(), set[str]()
        for part in self.source.to_check():
            self.model.check(part)
        self.folder = Path(arguments.checkpoint) if arguments.checkpoint is not None else None
        if self.folder is not None:
            state = self.state()  # of which every process holds a part
            if runtime.rank() == 0:  # which alone writes
                checkpoint.check(self.folder, state)

    def build_turns(self) -> list[Turn]:
        """Return a turn for each player that plays."""
        low = self.precision == "bf16"
        cast = torch.autocast(self.device.type, torch.bfloat16) if low else nullcontext()
        everything = [p for player in self.players for p in player.parameters()]
        buffers, capturable = BufferGuard(self.model), self.device.type in graph.CAPTURES
        return [
            Turn(player, cast, self.compiled(player.loss), everything, buffers, capturable)
            for player in only_these(self.players, self.arguments.only)
        ]

    def build_round(self) -> Round | CapturedRound:
        """Return what plays a round: captured as one graph where that is possible."""
        prefixed = len(self.players) > 1
        plain = Round(self.turns, self.source, self.model, self.average, prefixed)
        return graph.captured(plain, self.arguments.graph, self.device)

    def compiled(self, loss: Callable[[Batch], Loss]) -> Callable[[Batch], Loss]:
        """Return a player's loss, compiled if that is wanted.

        Into kernels, never into graphs: one of a whole round is ours, see graph.py.
        """
        if not self.arguments.compile:
            return loss
        # how exact float32 products are is the user's choice, and needs no advice
        warnings.filterwarnings("ignore", "TensorFloat32 tensor cores", UserWarning)
        return torch.compile(loss)

    def next_draws(self) -> list[Draw]:
        """Return what decides the batches of the next round, one for each update.

        If the data fail, no round is half done, and what was trained so far is saved.
        """
        try:
            return self.source.draw(sum(turn.player.updates for turn in self.turns))
        except Exception as error:
            if runtime.world_size() == 1:  # otherwise this one would wait for the others
                self.flush_metrics()
                self.save()
            if self.interrupt.requested:  # then workers may have died of the same Ctrl-C
                raise KeyboardInterrupt(self.how_to_go_on()) from error
            raise

    def round(self) -> None:
        """Let every player take its turn: ``updates`` steps, each on a batch of its own."""
        draws, steps = self.next_draws(), self.arguments.steps
        self.model.on_step(self.step, steps)
        for turn in self.turns:
            turn.set_learning_rate(self.step, steps)
        if self.average:
            self.average.advance()
        row = self.play(draws)
        self.step += 1
        self.recorder.add(self.step, row)

    def flush_metrics(self) -> None:
        """Bring the numbers of the last rounds into the history; stop if one is not finite."""
        rounds = len(self.recorder.pending)
        failures = self.recorder.flush_metrics()
        skip = self.arguments.nonfinite == "skip"
        check_finite(failures, rounds, skip=skip, model=self.model, folder=self.folder)

    def save_and_evaluate(self) -> None:
        """Save, then evaluate: an evaluation that fails or is killed loses no training."""
        self.evaluation_due = self.arguments.evaluate is not None
        self.save()
        self.evaluate_if_due()

    def evaluate_if_due(self) -> None:
        """Record what ``evaluate`` says of the model, and save that too."""
        if not self.evaluation_due or self.arguments.evaluate is None:
            return
        if runtime.rank() == 0:
            self.recorder.record(self.step, self.evaluated(), "evaluate")
        self.evaluation_due = False
        self.save()

    def evaluated(self) -> Mapping[str, float]:
        """Return what ``evaluate`` says of the model, leaving the run's randomness alone."""
        self.model.eval()
        with torch.no_grad(), seeded(self.arguments.seed, self.device):
            numbers = self.arguments.evaluate(self.model)
        self.model.train()
        if not isinstance(numbers, Mapping):
            kind = type(numbers).__name__
            raise ValueError(f"evaluate gave {kind}, wanted a dictionary of names and numbers")
        return numbers

    def save(self) -> None:
        """Write a checkpoint, and the history as a table beside it."""
        if self.folder is None:
            return
        self.moving |= changed(self.fingerprint, self.describe())
        state = self.state()
        if runtime.rank() == 0:
            checkpoint.save(self.folder, self.step, state)
            self.history.to_csv(self.folder / checkpoint.TABLE)

    def describe(self) -> dict[str, str]:
        """Return what tells this run from others, by name."""
        own = fingerprint(self.model, self.players) | self.source.fingerprint()
        return own | self.arguments.fingerprint() | {"precision": str(self.precision)}

    def state(self) -> dict:
        """Return all that a later run needs to go on from here."""
        average = self.average
        return {
            "fingerprint": self.fingerprint,
            "moving": sorted(self.moving),
            "step": self.step,
            "evaluation_due": self.evaluation_due,
            "model": self.model.state_dict(),
            "optimizers": [turn.optimizer.state_dict() for turn in self.turns],
            "ema": average and {"count": average.count, "model": average.model.state_dict()},
            "source": self.source.state(),
            "generators": {
                kind: distributed.all_gather(one, self.device)
                for kind, one in generator_state(self.device).items()
            },
            "history": self.history.state(),
        }

    def resume(self) -> None:
        """Go on from the newest good checkpoint, if the folder holds one."""
        state = checkpoint.load(self.folder) if self.folder is not None else None
        if state is None:
            return
        self.moving = set(state["moving"])
        check_same_run(state["fingerprint"], self.fingerprint, self.moving)
        self.step, steps = state["step"], self.arguments.steps
        if self.step > steps:
            raise ValueError(f"steps={steps}, but the checkpoint is after {self.step} steps")
        load_exact(self.model, state["model"])
        for turn, saved in zip(self.turns, state["optimizers"], strict=True):
            turn.restore(saved)
        self.restore_what_no_state_has(steps)
        if self.average:
            self.average.count = state["ema"]["count"]
            load_exact(self.average.model, state["ema"]["model"])
        self.source.restore(state["source"])
        self.history.restore(state["history"])
        self.evaluation_due = state["evaluation_due"]
        place = runtime.rank()
        own = {kind: lot[place] for kind, lot in state["generators"].items() if place < len(lot)}
        set_generator_state(own, self.device)

    def restore_what_no_state_has(self, steps: int) -> None:
        """Set what depends on time as it was in the last round, for a run with none to come."""
        for model in filter(None, (self.model, self.history.ema)):
            model.on_step(self.step - 1, steps)

    def interrupted(self, *, together: bool) -> bool:
        """Whether the run was asked to end; several processes agree when they are ``together``."""
        if runtime.world_size() == 1:
            return self.interrupt.requested
        return together and distributed.any_process(self.interrupt.requested, self.device)

    def how_to_go_on(self) -> str:
        """Say where an interrupted run stands."""
        how = (
            f"saved in {self.folder}: the same call goes on from there"
            if self.folder
            else "the model keeps its weights; with checkpoint=FOLDER a run can be gone on with"
        )
        return f"stopped after step {self.step} of {self.arguments.steps}; {how}"
