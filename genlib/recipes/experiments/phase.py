"""One call of ``fit`` in a recipe."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import genlib
from genlib import History, Model
from genlib.recipes.experiments.options import Options
from genlib.suggest import suggestion
from genlib.training.arguments import checked
from genlib.training.batches import Data
from genlib.training.logs import tensorboard

EVERY = 10_000  # rounds between checkpoints, unless a phase says otherwise
DECIDED = ("model", "data", "steps", "device", "seed", "checkpoint", "log")  # by the run
FREE = [name for name in inspect.signature(genlib.fit).parameters if name not in DECIDED]


@dataclass(frozen=True, kw_only=True)
class Phase:
    """One call of ``fit``; what it averaged stays in the model.

    Attributes:
        steps: rounds.
        data: gives the data, from the model as the phases before have left it.
        part: gives what is trained, from the model, such as its prior; by default all of it.
        fit: further options of :py:func:`genlib.fit`, such as ``{"ema": 0.9995}``; those that are
            the run's (device, seed, checkpoint and log) are not among them.
        name: subfolder for the checkpoints, which tells the phases of a recipe apart.

    Raises:
        ValueError: if ``fit`` has no such option (the nearest name is given) or refuses its value.
    """

    steps: int
    data: Callable[[Model], Data]
    part: Callable[[Model], Model] | None = None
    fit: Mapping[str, Any] = field(default_factory=dict)
    name: str = ""

    def __post_init__(self) -> None:
        """Refuse what ``fit`` would refuse, before any phase is trained."""
        for option in self.fit:
            if option not in FREE:
                known = suggestion(option, FREE)
                raise ValueError(f"a phase has no option {option!r} of fit to say{known}")
        checked({"steps": self.steps, **self.fit})

    def changed(self, steps: int, options: Options) -> "Phase":
        """Return this phase with what the user wants otherwise."""
        wanted = options.given("batch_size", "precision")
        if options.precision == "float32":
            wanted["precision"] = None
        return replace(self, steps=steps, fit={**self.fit, **wanted})

    def train(self, model: Model, folder: Path, seed: int, options: Options) -> History:
        """Train the phase's part of ``model``, going on from the checkpoint in ``folder``."""
        part, place = self.part(model) if self.part else model, folder / self.name
        history = genlib.fit(
            part,
            self.data(model),
            steps=self.steps,
            device=options.device,
            seed=seed,
            checkpoint=place,
            log=tensorboard(place) if options.tensorboard else None,
            **{"every": EVERY, **self.fit},
        )
        if history.ema is not None:
            part.load_state_dict(history.ema.state_dict())
        return history
