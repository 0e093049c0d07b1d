"""Trained weights: a safetensors file and a card that says how it was made."""

import importlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from genlib.checkpoint import put, write_atomic
from genlib.data.bundled import bundled
from genlib.runtime import resolve_device
from genlib.suggest import suggestion


@dataclass
class Card:
    """How a stored model was made, and what it reached.

    Attributes:
        name: name in the zoo.
        factory: what builds it, as ``package:callable``.
        arguments: keyword arguments for the factory.
        data: what it was trained on.
        recipe: command that trains it again.
        seed: seed of the run.
        steps: number of rounds.
        hardware: what it was trained on.
        minutes: how long that took.
        metrics: what it reached, each named with unit, split and sample size.
        notes: what a user should know beside that.
    """

    name: str
    factory: str
    arguments: dict[str, Any]
    data: str
    recipe: str
    seed: int
    steps: int
    hardware: str
    minutes: float
    metrics: dict[str, float] = field(default_factory=dict)
    notes: str = ""

    def __str__(self) -> str:
        """Show the card as lines of ``name: value``."""
        return "\n".join(f"{key}: {value}" for key, value in asdict(self).items())

    def build(self) -> nn.Module:
        """Build the model, with random weights.

        Raises:
            ValueError: if the factory is not in genlib; a card must not name other code.
        """
        module, _, name = self.factory.partition(":")
        if module.partition(".")[0] != "genlib" or not name:
            raise ValueError(f"{self.name}: factory {self.factory!r}, wanted genlib.PACKAGE:NAME")
        return getattr(importlib.import_module(module), name)(**self.arguments)


def folder() -> Path:
    """Return the folder of the weights that come with the book."""
    return bundled("weights")


def names() -> list[str]:
    """Return the names of the stored models."""
    return sorted(path.stem for path in folder().glob("*.safetensors"))


def card(name: str, *, path: str | Path | None = None) -> Card:
    """Return the card of a stored model.

    Args:
        name: one of ``names()``.
        path: another folder to look in.

    Raises:
        ValueError: if there is no such model (the nearest name is given), or its card is damaged.
    """
    file = _file(name, path, ".json")
    try:
        return Card(**json.loads(file.read_text(encoding="utf-8")))
    except (TypeError, ValueError) as error:
        raise ValueError(f"{file} is damaged or no card: {error}") from error


def load(
    name: str, *, path: str | Path | None = None, device: str | torch.device | None = "cpu"
) -> nn.Module:
    """Build a stored model and load its weights, in evaluation mode.

    Args:
        name: one of ``names()``.
        path: another folder to look in.
        device: where to put it; None for the fastest there is.

    Raises:
        ValueError: if there is no such model or device, the file is damaged or not safetensors,
            or the weights are of another architecture than the card's (the differences are named).
    """
    model = card(name, path=path).build()
    put(model, read(_file(name, path, ".safetensors")))
    return model.to(resolve_device(device)).eval()


def save(model: nn.Module, card: Card, *, path: str | Path) -> Path:
    """Write ``model`` and ``card`` into the folder ``path``, in float16 where it is a float.

    Raises:
        ValueError: if the card does not build a model of this architecture, or a weight is not
            finite or does not fit float16.
    """
    from safetensors.torch import save as serialize

    weights = {name: _half(name, w.detach().cpu()) for name, w in model.state_dict().items()}
    put(card.build(), weights)
    file = Path(path) / f"{card.name}.safetensors"
    file.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(file, serialize(weights))
    text = json.dumps(asdict(card), indent=2) + "\n"
    write_atomic(file.with_suffix(".json"), text.encode())
    return file


def read(file: str | Path) -> dict[str, Tensor]:
    """Return the tensors of a safetensors file; nothing is ever unpickled.

    Raises:
        ValueError: if the file is damaged or of another format.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load as deserialize

    try:
        return deserialize(Path(file).read_bytes())
    except (SafetensorError, KeyError, ValueError) as error:
        raise ValueError(f"{file} is damaged or not a safetensors file: {error}") from error


def _half(name: str, weight: Tensor) -> Tensor:
    """Return a weight as it is stored."""
    if not weight.is_floating_point():
        return weight.contiguous()
    half = weight.to(torch.float16)
    if not torch.isfinite(half).all():
        raise ValueError(f"weight {name} is not finite or too large for float16")
    return half.contiguous()


def _file(name: str, path: str | Path | None, suffix: str) -> Path:
    place = folder() if path is None else Path(path)
    file = place / f"{name}{suffix}"
    if not file.is_file():
        known = sorted(p.stem for p in place.glob("*.safetensors"))
        raise ValueError(f"no stored model {name!r} in {place}{suggestion(name, known)}")
    return file
