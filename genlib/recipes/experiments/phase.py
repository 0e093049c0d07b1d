"""One call of ``fit`` in a recipe."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from genlib import History, Model, fit
from genlib.recipes.experiments.options import Options
from genlib.training.batches import Data
from genlib.training.logs import tensorboard


@dataclass(frozen=True, kw_only=True)
class Phase:
    """One call of ``fit``; what it averaged stays in the model.

    Attributes:
        steps: rounds.
        data: gives the data, from the model as the phases before have left it.
        part: gives what is trained, from the model, such as its prior; by default all of it.
        evaluate: see ``fit``.
        every: rounds between checkpoints.
        batch_size: see ``fit``.
        ema: decay of the averaged weights, see ``fit``.
        precision: see ``fit``.
        channels_last: see ``fit``.
        name: subfolder for the checkpoints, which tells the phases of a recipe apart.
    """

    steps: int
    data: Callable[[Model], Data]
    part: Callable[[Model], Model] | None = None
    evaluate: Callable[[Model], dict[str, float]] | None = None
    every: int = 10_000
    batch_size: int = 128
    ema: float | None = None
    precision: str | None = None
    channels_last: bool = False
    name: str = ""

    def changed(self, steps: int, options: Options) -> "Phase":
        """Return this phase with what the user wants otherwise."""
        changes = options.given("batch_size", "precision") | {"steps": steps}
        if options.precision == "float32":
            changes["precision"] = None
        return replace(self, **changes)

    def train(self, model: Model, folder: Path, seed: int, options: Options) -> History:
        """Train the phase's part of ``model``, going on from the checkpoint in ``folder``."""
        part = self.part(model) if self.part else model
        history = fit(
            part,
            self.data(model),
            steps=self.steps,
            batch_size=self.batch_size,
            device=options.device,
            seed=seed,
            precision=self.precision,
            channels_last=self.channels_last,
            ema=self.ema,
            evaluate=self.evaluate,
            checkpoint=folder / self.name,
            every=self.every,
            log=tensorboard(folder / self.name) if options.tensorboard else None,
        )
        if history.ema is not None:
            part.load_state_dict(history.ema.state_dict())
        return history
