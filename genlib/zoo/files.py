"""Stored models on disk: weights and card, side by side."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor, nn

from genlib.data.files import bundled
from genlib.runtime import resolve_device
from genlib.storage import load_exact, read, serialized, write_together
from genlib.suggest import suggestion
from genlib.zoo.absent import remove
from genlib.zoo.cards import Card


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
    return Card.read(_file(name, path, ".json"))


def load(
    name: str, *, path: str | Path | None = None, device: str | torch.device | None = "cpu"
) -> nn.Module:
    """Build a stored model and load its weights, in evaluation mode.

    A part whose weights are not stored, as the card says, raises ``ValueError`` when it is used.

    Args:
        name: one of ``names()``.
        path: another folder to look in.
        device: where to put it; None for the fastest there is.

    Raises:
        ValueError: if there is no such model or device, the file is damaged or not safetensors,
            or the weights are of another architecture than the card's (the differences are named).
    """
    described = card(name, path=path)
    model = described.build()
    remove(model, described.without, described.name)
    weights, _ = read(_file(name, path, ".safetensors"))
    load_exact(model, weights)
    # Apart from each other: what a model's own ``to`` or ``eval`` returns is its own affair.
    model.to(resolve_device(device))
    model.eval()
    return model


def save(model: nn.Module, card: Card, *, path: str | Path, without: Collection[str] = ()) -> Path:
    """Write ``model`` and ``card`` into the folder ``path``, in float16 where it is a float.

    Args:
        model: whose weights are stored.
        card: says how they were made.
        path: folder, made if it is not there.
        without: parts of the model whose weights are left out, such as a game's
            ``("discriminator",)``.

    Raises:
        ValueError: if the card does not build a model of this architecture or says what JSON
            cannot, a weight is not finite or does not fit float16, or there is no such part.
            Nothing is written then.
        OSError: if there is no room or no permission; the old files, if any, are untouched.
    """
    if Path(card.name).name != card.name or not card.name:
        raise ValueError(f"a card called {card.name!r}, wanted a name that a file can have")
    whole = card.build()
    size = sum(weight.numel() for weight in whole.parameters())
    remove(whole, without, card.name)
    kept = [name for name in model.state_dict() if name.partition(".")[0] not in without]
    weights = stored(model, kept)
    load_exact(whole, weights)
    text = replace(card, parameters=size, without=list(without)).to_json()
    file = Path(path) / f"{card.name}.safetensors"
    write_together({file: serialized(weights, {}), file.with_suffix(".json"): text.encode()})
    return file


def stored(model: nn.Module, kept: Collection[str]) -> Mapping[str, Tensor]:
    """Return the weights that are kept, as they are stored."""
    state = model.state_dict()
    return {name: half(name, state[name].detach().cpu()) for name in kept}


def half(name: str, weight: Tensor) -> Tensor:
    """Return a weight as it is stored."""
    if not weight.is_floating_point():
        return weight.contiguous()
    rounded = weight.to(torch.float16)
    if not torch.isfinite(rounded).all():
        raise ValueError(f"weight {name} is not finite or too large for float16")
    return rounded.contiguous()


def _file(name: str, path: str | Path | None, suffix: str) -> Path:
    place = folder() if path is None else Path(path)
    file = place / f"{name}{suffix}"
    if not file.is_file():
        known = sorted(p.stem for p in place.glob("*.json"))
        raise ValueError(f"no stored model {name!r} in {place}{suggestion(name, known)}")
    return file
