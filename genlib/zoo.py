"""Trained weights: a safetensors file and a card that says how it was made."""

import importlib
import json
from contextlib import suppress
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, get_origin

import torch
from torch import Tensor, nn

from genlib.data.bundled import bundled
from genlib.runtime import resolve_device
from genlib.storage import load_exact, read, write, write_atomic
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
        metrics: what it reached, each named with unit, split and sample size; the last is the
            one to quote.
        notes: what a user should know beside that.
        objective: what was optimised.
        parameters: how many numbers were learnt, filled in by ``save``.
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
    objective: str = ""
    parameters: int = 0

    def __str__(self) -> str:
        """Show the card as lines of ``name: value``, each metric on a line of its own."""
        lines = {key: value for key, value in asdict(self).items() if key != "metrics"}
        return "\n".join(f"{key}: {value}" for key, value in (lines | self.metrics).items())

    def build(self) -> nn.Module:
        """Build the model, with random weights.

        Raises:
            ValueError: if the factory is no network of genlib (a card must not name other code),
                or does not take these arguments.
        """
        try:
            return self._network()(**self.arguments)
        except (RuntimeError, TypeError) as error:
            raise ValueError(f"{self.name}: {self.factory} cannot be built: {error}") from error

    def _network(self) -> type[nn.Module]:
        module, _, name = str(self.factory).partition(":")
        if module.partition(".")[0] == "genlib":
            with suppress(ImportError):
                found = getattr(importlib.import_module(module), name, None)
                if isinstance(found, type) and issubclass(found, nn.Module):
                    return found
        raise ValueError(f"{self.name}: factory {self.factory!r}, wanted genlib.PACKAGE:NETWORK")


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
        return _checked(Card(**json.loads(file.read_text(encoding="utf-8"))))
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
    weights, _ = read(_file(name, path, ".safetensors"))
    load_exact(model, weights)
    return model.to(resolve_device(device)).eval()


def save(model: nn.Module, card: Card, *, path: str | Path) -> Path:
    """Write ``model`` and ``card`` into the folder ``path``, in float16 where it is a float.

    Raises:
        ValueError: if the card does not build a model of this architecture, or a weight is not
            finite or does not fit float16.
    """
    weights = {name: _half(name, w.detach().cpu()) for name, w in model.state_dict().items()}
    load_exact(card.build(), weights)
    card = replace(card, parameters=sum(w.numel() for w in model.parameters()))
    file = Path(path) / f"{card.name}.safetensors"
    write(file, weights, {})
    text = json.dumps(asdict(card), indent=2) + "\n"
    write_atomic(file.with_suffix(".json"), text.encode())
    return file


def _checked(card: Card) -> Card:
    """Return ``card``, or raise ``TypeError`` for a value that is not of its field's type."""
    for each in fields(card):
        value, kind = getattr(card, each.name), get_origin(each.type) or each.type
        if not isinstance(value, (int, float) if kind is float else kind):
            raise TypeError(f"{each.name} is {value!r}, wanted {kind.__name__}")
    return card


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
        known = sorted(p.stem for p in place.glob("*.json"))
        raise ValueError(f"no stored model {name!r} in {place}{suggestion(name, known)}")
    return file
