"""Parts of a model whose weights are not stored."""

from collections.abc import Collection
from typing import NoReturn

from torch import nn

from genlib.suggest import suggestion


class Absent(nn.Module):
    """Stands where a part was whose weights are not stored."""

    def __init__(self, part: str, model: str) -> None:
        """Remember what is missing."""
        super().__init__()
        self.part, self.model = part, model

    def forward(self, *_: object) -> NoReturn:
        """Raise: a network without its weights has nothing to say."""
        raise ValueError(f"{self.model} is stored without its {self.part}, which cannot be used")


def remove(model: nn.Module, parts: Collection[str], name: str) -> None:
    """Put ``Absent`` in the place of parts of a model called ``name``.

    Raises:
        ValueError: if the model has no such part.
    """
    known = [part for part, _ in model.named_children()]
    for part in parts:
        if part not in known:
            raise ValueError(f"{name} has no part {part!r}{suggestion(part, known)}")
        setattr(model, part, Absent(part, name))
