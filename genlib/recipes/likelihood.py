"""What the recipes of latent-variable models on binary MNIST share: training and scoring."""

import argparse
import os
import platform
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from genlib import History, fit, seed, zoo
from genlib.data import load
from genlib.latent import VAE
from genlib.schedules import cosine
from genlib.zoo import Card

BATCH = 128
EXAMPLES = 1000  # images scored at once
DRAWS = 5000  # draws in the importance bound that is quoted


@dataclass
class Recipe:
    """Everything that decides a training run.

    Attributes:
        name: name in the zoo.
        factory: what builds the model, as ``package:callable``.
        arguments: keyword arguments for the factory.
        lr: largest step size of Adam; it falls to 0 along a cosine.
        steps: rounds of 128 images.
        ema: decay of the averaged weights, which are what is stored.
        precision: of training and scoring, see ``fit``. A decoder that computes in bfloat16 is a
            function of the code like any other, so what it gives is a bound as well.
        channels_last: see ``fit``.
        seed: seed of the weights, the order of the data and all noise.
    """

    name: str
    factory: str
    arguments: dict[str, Any]
    lr: float
    steps: int
    ema: float = 0.9995
    precision: str | None = None
    channels_last: bool = False
    seed: int = 0

    def card(self, **results: object) -> Card:
        """Return the card of this run."""
        return Card(
            name=self.name,
            factory=self.factory,
            arguments=self.arguments,
            data="MNIST, first 55,000 training images, binarised anew for each batch",
            recipe=f"python -m genlib.recipes.{self.name.replace('-', '_')}",
            seed=self.seed,
            steps=self.steps,
            **results,
        )


def train(recipe: Recipe, folder: Path, every: int = 10_000) -> History:
    """Train by ``recipe``, resuming from ``folder``; the averaged model is ``history.ema``."""
    seed(recipe.seed)
    model = recipe.card(hardware="", minutes=0.0).build()
    model.lr, model.schedule = recipe.lr, cosine
    x = load("mnist", "validation").binary(seed=0)

    def evaluate(model: VAE) -> dict[str, float]:
        return {"validation": model.elbo(x.to(model.device)).mean().item()}

    return fit(
        model,
        load("mnist").binary(),
        steps=recipe.steps,
        batch_size=BATCH,
        seed=recipe.seed,
        ema=recipe.ema,
        precision=recipe.precision,
        channels_last=recipe.channels_last,
        evaluate=evaluate,
        every=every,
        checkpoint=folder,
    )


@torch.no_grad()
def score(
    model: VAE, x: Tensor, draws: int, device: torch.device, precision: str | None = None
) -> float:
    """Return the mean importance bound with ``draws`` draws over the images ``x``, in nats."""
    with torch.autocast(device.type, torch.bfloat16, enabled=precision == "bf16"):
        parts = [model.log_prob(part.to(device), draws).sum() for part in x.split(EXAMPLES)]
    return torch.stack(parts).sum().item() / len(x)


def results(model: VAE, device: torch.device, precision: str | None = None) -> dict[str, float]:
    """Return what the card quotes: the ELBO and the 5,000-draw bound, validation and test."""
    seed(0)
    validation = load("mnist", "validation").binary(seed=0)
    test = load("mnist", "test").binary(seed=0)
    bound = "bound, 5,000 draws, nats, first 1,000 images"
    return {
        "validation ELBO, nats, 5,000 images": score(model, validation, 1, device, precision),
        f"validation {bound}": score(model, validation[:1000], DRAWS, device, precision),
        "test ELBO, nats, 10,000 images": score(model, test, 1, device, precision),
        f"test {bound}": score(model, test[:1000], DRAWS, device, precision),
    }


def main(recipe: Recipe) -> None:
    """Train, score and store, from the command line."""
    parser = argparse.ArgumentParser(description=f"Train {recipe.name} and store its weights.")
    parser.add_argument("--runs", type=Path, default=Path("runs"), help="folder of checkpoints")
    parser.add_argument("--out", type=Path, default=zoo.folder(), help="folder of the weights")
    options = parser.parse_args()
    history = train(recipe, options.runs / recipe.name)
    device = next(history.ema.parameters()).device
    draft = recipe.card(hardware=hardware(device), minutes=round(history.seconds / 60, 1))
    half = zoo.load(recipe.name, path=zoo.save(history.ema, draft, path=options.out).parent)
    draft.metrics = {
        k: round(v, 3) for k, v in results(half.to(device), device, recipe.precision).items()
    }
    zoo.save(half, draft, path=options.out)
    print(draft)


def hardware(device: torch.device) -> str:
    """Describe what the run was made on, without naming the machine."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return f"{torch.get_num_threads()} of {os.cpu_count()} {platform.machine()} CPU cores"
