"""One round of the game, as work for the device alone: it never waits, so it can be captured."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from genlib.model import Model
from genlib.training.batches import ResidentBatches
from genlib.training.draws import Draw
from genlib.training.ema import EMA
from genlib.training.loaders import LoaderBatches
from genlib.training.turn import Turn, Update


class Row(NamedTuple):
    """The numbers of a round, in one tensor on the device.

    Attributes:
        columns: names of the numbers to record.
        players: names of those who played; after the columns there is a number for each, 1 if all
            of its updates were finite.
        values: (columns + players,), float32.
    """

    columns: tuple[str, ...]
    players: tuple[str, ...]
    values: Tensor


class Round:
    """Every update of every player, then the average of the weights."""

    def __init__(
        self,
        turns: Sequence[Turn],
        source: ResidentBatches | LoaderBatches,
        model: Model,
        average: EMA | None,
        prefixed: bool,
    ) -> None:
        """Keep who plays, on what; ``prefixed`` columns begin with the player's name."""
        self.turns, self.source, self.prefixed = turns, source, prefixed
        self.model, self.average = model, average

    def __call__(self, draws: Iterable[Draw]) -> Row:
        """Play one round, with a draw of the data for each update."""
        remaining = iter(draws)
        updates = [self.play(turn, remaining) for turn in self.turns]
        if self.average is not None:
            self.average.update(self.model)
        columns = [
            f"{turn.player.name}/{name}" if self.prefixed else name
            for turn, update in zip(self.turns, updates, strict=True)
            for name in update.names
        ]
        finite = torch.stack([update.finite for update in updates]).float()
        players = tuple(turn.player.name for turn in self.turns)
        values = torch.cat([*(update.values for update in updates), finite])
        return Row(tuple(columns), players, values)

    def play(self, turn: Turn, draws: Iterator[Draw]) -> Update:
        """Take all updates of a turn; return the last, finite if all of them were."""
        done = turn.update(self.source.batch(next(draws)))
        for _ in range(turn.player.updates - 1):
            latest = turn.update(self.source.batch(next(draws)))
            done = latest._replace(finite=latest.finite & done.finite)
        return done
