"""A card: how stored weights were made, in words that JSON can say."""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from numbers import Integral, Real
from pathlib import Path
from typing import Any, get_origin

from torch import nn

from genlib.zoo.factory import build

Plain = dict | list | str | int | float | bool | None  # what JSON can say


@dataclass
class Card:
    """How a stored model was made, and what it reached.

    Attributes:
        name: name in the zoo.
        factory: what builds it, as ``genlib.PACKAGE:CLASS``.
        arguments: keyword arguments for the factory; one that is a network itself is
            ``{"factory": ..., "arguments": {...}}``.
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
        without: parts whose weights are not stored, filled in by ``save``.
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
    without: list[str] = field(default_factory=list)

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
            return build(self.factory, self.arguments)
        except ValueError as error:
            raise ValueError(f"{self.name}: {error}") from error

    def checked(self) -> "Card":
        """Return the card as it is stored, numbers of any library turned into Python's.

        Raises:
            ValueError: naming a field that is not of its type or that JSON cannot say.
        """
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        card = Card(**{name: plain(value, name) for name, value in values.items()})
        for each in fields(card):
            value, kind = getattr(card, each.name), get_origin(each.type) or each.type
            if not isinstance(value, (int, float) if kind is float else kind):
                raise ValueError(f"{each.name} is {value!r}, wanted {kind.__name__}")
        return card

    def to_json(self) -> str:
        """Return the text of the card's file; raise as ``checked`` does."""
        return json.dumps(asdict(self.checked()), indent=2) + "\n"

    @staticmethod
    def read(file: Path) -> "Card":
        """Return the card in a file.

        Raises:
            ValueError: if the file is damaged or no card.
        """
        try:
            return Card(**json.loads(file.read_text(encoding="utf-8"))).checked()
        except (RecursionError, TypeError, ValueError) as error:
            raise ValueError(f"{file} is damaged or no card: {error}") from error


def plain(value: object, where: str) -> Plain:
    """Return ``value`` as JSON can say it; ``where`` is what an error calls it.

    Raises:
        ValueError: if JSON cannot say it.
    """
    if hasattr(value, "item") and getattr(value, "ndim", None) == 0:
        value = value.item()  # a number of numpy or torch
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Real) and math.isfinite(value):
        return float(value)
    if isinstance(value, Mapping) and all(isinstance(name, str) for name in value):
        return {name: plain(part, f"{where}[{name!r}]") for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part, f"{where}[{place}]") for place, part in enumerate(value)]
    wanted = "wanted text, finite numbers, True, False, None, or lists and dictionaries of these"
    raise ValueError(f"a card cannot say {where}={value!r} ({type(value).__name__}); {wanted}")
