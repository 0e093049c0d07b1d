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
        parts: for each player who played, its name and the columns of its numbers.
        values: for each of them these numbers, then 0 if all of its updates were finite, else 1.
    """

    parts: tuple[tuple[str, tuple[str, ...]], ...]
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
        players = [turn.player.name for turn in self.turns]
        parts = [
            (player, tuple(f"{player}/{name}" if self.prefixed else name for name in update.names))
            for player, update in zip(players, updates, strict=True)
        ]
        values = [update.values for update in updates]
        return Row(tuple(parts), torch.cat(values) if len(values) > 1 else values[0])

    def play(self, turn: Turn, draws: Iterator[Draw]) -> Update:
        """Take all updates of a turn; return the last, as failed if any of them was."""
        done = turn.update(self.source.batch(next(draws)))
        for _ in range(turn.player.updates - 1):
            before, done = done.values[-1], turn.update(self.source.batch(next(draws)))
            done.values[-1].clamp_(min=before)
        return done
