"""What ``fit`` returns: the numbers of a run, by step."""

import csv
import io
from collections.abc import Mapping
from contextlib import suppress
from numbers import Real
from pathlib import Path

import torch
from torch import nn

from genlib.storage import write_atomic
from genlib.suggest import suggestion


class History:
    """Columns of numbers, each with the steps at which they were recorded.

    ``history["loss"]`` is the list of values, ``history.steps("loss")`` their steps (rounds
    done, counted from 1). A lone player's columns are ``loss`` and its metrics; with several
    players ``generator/loss``, ``discriminator/loss`` and so on.

    Attributes:
        ema: evaluation copy of the model with averaged weights, if ``fit`` was asked for one.
        seconds: wall-clock seconds of training so far, over all resumed parts.
        skipped: rounds in which an update of a player was left out, by player, because it was
            not finite.
    """

    def __init__(self) -> None:
        """Begin with no columns."""
        self._columns: dict[str, tuple[list[int], list[float]]] = {}
        self.ema: nn.Module | None = None
        self.seconds = 0.0
        self.skipped: dict[str, int] = {}

    def add(self, step: int, values: Mapping[str, float]) -> None:
        """Append one value to each named column, or none if one of them is no number.

        Raises:
            ValueError: naming the column and what was given. ``step`` is no column: the table
                that ``to_csv`` writes has its steps there.
        """
        checked = {name: as_number(name, value) for name, value in values.items()}
        for name, value in checked.items():
            steps, numbers = self._columns.setdefault(name, ([], []))
            steps.append(step)
            numbers.append(value)

    @property
    def names(self) -> list[str]:
        """Names of the columns, in the order they appeared."""
        return list(self._columns)

    def __getitem__(self, name: str) -> list[float]:
        """Return the values of one column."""
        return self._column(name)[1]

    def __contains__(self, name: str) -> bool:
        """Whether there is such a column."""
        return name in self._columns

    def steps(self, name: str) -> list[int]:
        """Return the steps at which a column was recorded."""
        return self._column(name)[0]

    def _column(self, name: str) -> tuple[list[int], list[float]]:
        if name not in self._columns:
            raise KeyError(f"no column {name!r}{suggestion(name, self.names)}")
        return self._columns[name]

    def __repr__(self) -> str:
        """Show every column's last value."""
        last = ", ".join(f"{n} {self[n][-1]:.4g}" for n in self.names)
        return f"History({last})"

    def to_csv(self, path: str | Path) -> None:
        """Write the columns as a table: one line a step, empty where nothing was recorded."""
        table: dict[int, dict[str, float]] = {}
        for name, (steps, values) in self._columns.items():
            for step, value in zip(steps, values, strict=True):
                table.setdefault(step, {})[name] = value
        text = io.StringIO()
        writer = csv.DictWriter(text, ["step", *self.names], lineterminator="\n")
        writer.writeheader()
        writer.writerows({"step": step, **row} for step, row in sorted(table.items()))
        write_atomic(Path(path), text.getvalue().encode())

    def state(self) -> dict:
        """Return everything but the averaged model, for a checkpoint."""
        columns = {
            name: {"steps": torch.tensor(steps), "values": torch.tensor(values, dtype=torch.double)}
            for name, (steps, values) in self._columns.items()
        }
        return {"seconds": self.seconds, "skipped": self.skipped, "columns": columns}

    def restore(self, state: Mapping) -> None:
        """Take back what ``state`` gave."""
        self.seconds, self.skipped = state["seconds"], state["skipped"]
        self._columns = {
            name: (column["steps"].tolist(), column["values"].tolist())
            for name, column in state["columns"].items()
        }


def as_number(name: str, value: object) -> float:
    """Return the value of a column as a Python float, whichever library's number it is.

    Raises:
        ValueError: if it is no number, or the name can be no column's.
    """
    if not isinstance(name, str) or name in ("", "step"):
        raise ValueError(f"a column is called {name!r}, wanted a name other than 'step'")
    if type(value) is float:  # as nearly all of them are, many a second
        return value
    with suppress(AttributeError, RuntimeError, TypeError, ValueError):  # no array, or a long one
        value = value.item()  # of torch, NumPy, and those that follow them
    if not isinstance(value, Real):
        raise ValueError(f"{name!r} is {value!r:.60}, wanted a number")
    return float(value)
