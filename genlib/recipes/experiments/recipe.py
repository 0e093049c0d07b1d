"""A recipe of a trained model."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from inspect import signature
from pathlib import Path
from typing import Any, ClassVar

import torch
from torch import Tensor

from genlib import Model, runtime, seed, show, zoo
from genlib.recipes.experiments.folder import prepare_folder
from genlib.recipes.experiments.options import DECISIVE, Options
from genlib.recipes.experiments.phase import Phase
from genlib.runtime import hardware, resolve_precision, seeded
from genlib.storage import write_atomic
from genlib.training import checkpoint
from genlib.zoo import Card

Score = Callable[..., Iterator[tuple[str, float]]]
ROWS, COLUMNS = 8, 8  # of the picture of samples; of a conditional model a row a label
MOST_ROWS = 20


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How a model of the book is trained and scored: all that decides its weights.

    Attributes:
        name: of the recipe, of the weights and of their card.
        summary: a line for the list of recipes.
        factory: what builds the model, as ``genlib.PACKAGE:CLASS``.
        arguments: keyword arguments for the factory, as a card can say them.
        phases: calls of ``fit``, one after the other.
        data: what it is trained on, in words.
        objective: what is optimised, in words.
        score: ``score(model, **effort)`` yields what was measured, in words, and the number; the
            last is the one to quote. What effort it knows (``images``, ``draws``) is up to it.
        low: what the model's images show black: 0, or -1 for images in [-1, 1]; None of a model
            that draws none.
        seed: seed of the weights, the order of the data and all noise.
        without: parts whose weights are not stored, such as a game's discriminator.
    """

    kind: ClassVar[str] = "model"
    suffix: ClassVar[str] = ".png"  # of a file of samples

    name: str
    summary: str
    factory: str
    arguments: Mapping[str, Any]
    phases: list[Phase]
    data: str
    objective: str
    score: Score
    low: float | None = 0.0
    seed: int = 0
    without: tuple[str, ...] = ()

    @property
    def steps(self) -> int:
        """Rounds of all phases together."""
        return sum(phase.steps for phase in self.phases)

    @property
    def effort(self) -> tuple[str, ...]:
        """Which options the scores take."""
        _model, *effort = signature(self.score).parameters
        return tuple(effort)

    @property
    def takes(self) -> tuple[str, ...]:
        """Which options a run takes."""
        return (*DECISIVE, "device", "tensorboard", *self.effort)

    def changed(self, options: Options) -> "Recipe":
        """Return this recipe with what the user wants otherwise."""
        share = (options.steps or self.steps) / self.steps
        phases = [
            phase.changed(max(1, round(share * phase.steps)), options) for phase in self.phases
        ]
        return replace(self, phases=phases, **options.given("seed"))

    def build(self) -> Model:
        """Build the model that is to be trained, its weights drawn from the recipe's seed."""
        seed(self.seed)
        return zoo.build(self.factory, self.arguments)

    def card(self, command: str, **results: Any) -> Card:  # noqa: ANN401
        """Return the card of the weights that ``command`` makes."""
        return Card(
            name=self.name,
            factory=self.factory,
            arguments=dict(self.arguments),
            data=self.data,
            objective=self.objective,
            recipe=command,
            seed=self.seed,
            steps=self.steps,
            without=list(self.without),
            **results,
        )

    def run(self, folder: Path, options: Options) -> Iterator[str]:
        """Train, score and store; yield what a user wants to know on the way.

        The folder then holds weights, card, samples if the model draws any, and for each phase
        checkpoints and history.
        """
        command, first = options.command(self.name), runtime.rank() == 0
        recipe = self.changed(options)
        if first:
            yield recipe.prepare(folder, command, options.resume)
        model = recipe.build()
        histories = [p.train(model, folder, recipe.seed, options) for p in recipe.phases]
        minutes = round(sum(history.seconds for history in histories) / 60, 1)
        if first:
            yield f"Trained for {minutes} minutes; now the scores."
            card = recipe.card(command, hardware=hardware(model.device), minutes=minutes)
            yield from recipe.store(model, card, folder, options)

    def prepare(self, folder: Path, command: str, resume: bool) -> str:
        """Take ``folder`` for a run, unless it holds another one; say what is about to happen."""
        weights = folder / f"{self.name}.safetensors"
        checkpoints = [file for p in self.phases for file in checkpoint.stored(folder / p.name)]
        if not resume:
            for file in (*checkpoints, weights):
                file.unlink(missing_ok=True)
        prepare_folder(folder, command, checkpoints, [weights])
        begins = "goes on" if checkpoints and resume else f"begins {self.steps:,} steps"
        return f"{self.name} {begins} in {folder}; Ctrl-C stops it so that it can go on later."

    def store(self, model: Model, card: Card, folder: Path, options: Options) -> Iterator[str]:
        """Write weights, card and samples; yield the scores, which are those of weights as stored.

        The scores may take longer than the patience of the user, so weights are written before.
        """
        zoo.save(model, card, path=folder, without=self.without)
        stored = zoo.load(self.name, path=folder, device=model.device)
        if self.low is not None:
            samples = self.content(drawn(stored), COLUMNS)
            write_atomic(folder / f"samples{self.suffix}", samples)
        metrics = {}
        for measured, value in self.scores(stored, **options.given(*self.effort)):
            metrics[measured] = round(value, 3)
            yield f"{value:10.3f}  {measured}"
        card = replace(card, metrics=metrics)
        file = zoo.save(stored, card, path=folder, without=self.without)
        yield f"Weights, card and history are in {file.parent}."

    def scores(self, model: Model, **effort: int) -> Iterator[tuple[str, float]]:
        """Yield what ``score`` says, on the same random numbers each time.

        They are taken as the last phase computes, in its precision and memory format: a network
        that computes in bfloat16 is a function like any other, so that what holds for it, such as
        a bound, holds as well.
        """
        device, options = model.device, self.phases[-1].fit
        low = resolve_precision(options.get("precision"), device) == "bf16"
        if options.get("channels_last"):
            model.to(memory_format=torch.channels_last)
        with (
            torch.no_grad(),
            seeded(0, device),
            torch.autocast(device.type, torch.bfloat16, enabled=low),
        ):
            yield from self.score(model, **effort)

    def content(self, samples: Tensor, columns: int | None = None) -> bytes:
        """Return what a file of samples holds: a picture, with so many columns."""
        return show.grid(samples, columns=columns, low=self.low).png()


def drawn(model: Model) -> Tensor:
    """Return the samples of the picture: of a conditional model, a row for each label."""
    generator = torch.Generator().manual_seed(0)
    if model.classes is None:
        return model.sample(ROWS * COLUMNS, generator=generator)
    label = torch.arange(min(model.classes, MOST_ROWS)).repeat_interleave(COLUMNS)
    return model.sample(len(label), label=label, generator=generator)
