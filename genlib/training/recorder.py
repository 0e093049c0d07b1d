"""The numbers of a run: kept on the device for some rounds, then brought to the History at once."""

import time
from collections.abc import Mapping

import torch

from genlib import runtime
from genlib.history import History
from genlib.training import distributed
from genlib.training.arguments import Log
from genlib.training.round import Row

Failure = tuple[str, int]  # a player, and the round in which its update was not finite


class Recorder:
    """Collects the numbers of rounds without waiting for the device, and fills the History."""

    def __init__(self, log: Log | None) -> None:
        """Begin an empty History; ``log`` hears of every record in the first process."""
        self.history = History()
        self.log = log if runtime.rank() == 0 else None
        self.pending: list[tuple[int, Row]] = []
        self.sources: dict[str, str] = {}  # column -> who records it
        self.clock = time.perf_counter()

    def add(self, step: int, row: Row) -> None:
        """Keep a round's numbers."""
        self.pending.append((step, row))

    def flush_metrics(self) -> list[Failure]:
        """Bring the pending numbers to the host, in one transfer; return the failures."""
        if not self.pending:
            return []
        values = torch.cat([row.values for _, row in self.pending])
        numbers = iter(distributed.all_reduce_mean(values).tolist())
        pending, self.pending = self.pending, []
        failures: list[Failure] = []
        for step, row in pending:
            for player, columns in row.parts:
                self.record(step, {name: next(numbers) for name in columns}, "training")
                failures += [(player, step)] if next(numbers) else []
        for player, _ in failures:
            self.history.skipped[player] = self.history.skipped.get(player, 0) + 1
        self.add_elapsed_seconds()
        return failures

    def record(self, step: int, numbers: Mapping[str, float], source: str) -> None:
        """Put numbers into the history, and where the caller wants them.

        Raises:
            ValueError: if a column would mix the numbers of two sources.
        """
        for name in numbers:
            first = self.sources.setdefault(name, source)
            if first != source:
                raise ValueError(
                    f"{source} gave a number called {name!r}, which is a column of {first}: wanted "
                    "another name"
                )
        self.history.add(step, numbers)
        if self.log is not None:
            self.log(step, {name: self.history[name][-1] for name in numbers})

    def add_elapsed_seconds(self) -> None:
        """Add the seconds since the last call to the history."""
        now = time.perf_counter()
        self.history.seconds += now - self.clock
        self.clock = now

    def last_losses(self) -> dict[str, str]:
        """Return the last loss of each player, for the progress bar."""
        trained = [name for name, source in self.sources.items() if source == "training"]
        losses = [name for name in trained if name.split("/")[-1] == "loss"]
        return {name: f"{self.history[name][-1]:.3g}" for name in losses}
