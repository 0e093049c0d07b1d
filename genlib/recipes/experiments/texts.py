"""What the recipes of models of the book's prose have in common: data, score and samples."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor

from genlib.autoregressive import AutoregressiveModel
from genlib.data import sequences
from genlib.recipes.experiments.phase import Phase
from genlib.recipes.experiments.recipe import Recipe
from genlib.training.batches import Data

DATA = "the bundled prose, windows of 64 characters out of 272,822"
LENGTH = 64  # characters that a model sees at once
TOGETHER = 64  # windows scored at once


def windows(model: AutoregressiveModel) -> Data:
    """Return all windows of the training text, one from each character on."""
    return sequences.prose("train").windows(LENGTH)


def held_out(model: AutoregressiveModel) -> dict[str, float]:
    """Return the bits a character of the validation chapter."""
    return {"validation": bits(model, sequences.prose("validation").symbols)}


def phase(steps: int, **fit: Any) -> Phase:  # noqa: ANN401
    """Return the training on windows; the averaged weights are what is kept."""
    return Phase(steps=steps, data=windows, fit={"ema": 0.99, "evaluate": held_out} | fit)


def scores(model: AutoregressiveModel) -> Iterator[tuple[str, float]]:
    """Yield the bits a character of the held-out chapters."""
    for split in ("validation", "test"):
        yield f"{split}, bits a character", bits(model, sequences.prose(split).symbols)


def bits(model: AutoregressiveModel, symbols: Tensor) -> float:
    """Return the mean code length of a text, (T,), in bits a character; see ``overlapping``."""
    return -overlapping(model, symbols).mean().item() / math.log(2)


@torch.no_grad()
def overlapping(model: AutoregressiveModel, symbols: Tensor) -> Tensor:
    """Return log p of each character of a text, (T,), in nats.

    A model sees ``LENGTH`` characters, so the text is cut into windows that overlap by half, and of
    each but the first only the second half counts: every character is predicted from at least
    ``LENGTH // 2`` before it, but for the first few. A rest that fills no window is left out.
    """
    half = LENGTH // 2
    parts = symbols.long().to(model.device).unfold(0, LENGTH, half).split(TOGETHER)
    log_p = torch.cat([log_prob_of_each(model, part) for part in parts])
    return torch.cat([log_p[0, :half], log_p[:, half:].flatten()])


def log_prob_of_each(model: AutoregressiveModel, x: Tensor) -> Tensor:
    """Return log p of each symbol given those before it, (B, T), in nats."""
    log_p = model.conditionals(x).log_softmax(1)  # (B, K, T)
    return log_p.gather(1, x.unsqueeze(1)).squeeze(1).double()


@dataclass(frozen=True, kw_only=True)
class TextRecipe(Recipe):
    """How a model of texts is trained and scored; its samples are lines of text."""

    suffix: ClassVar[str] = ".txt"

    def content(self, samples: Tensor, columns: int | None = None) -> bytes:
        r"""Return samples as UTF-8, one a line, so with ``\n`` where one of them ends a line."""
        text = sequences.prose()
        lines = (text.decode(sample).replace("\n", r"\n") for sample in samples.cpu())
        return "".join(f"{line}\n" for line in lines).encode()
