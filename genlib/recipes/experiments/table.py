"""A recipe of a table: many small runs, from each of them some rows."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Any, ClassVar

from genlib import runtime
from genlib.data import bundled
from genlib.recipes.experiments.folder import claim
from genlib.recipes.experiments.options import Options
from genlib.runtime import default_device, hardware
from genlib.storage import write_atomic
from genlib.training.fit import progress_bar


@dataclass(frozen=True, kw_only=True)
class Table:
    """How a comparison of the book is made.

    Attributes:
        name: of the recipe and of its file.
        summary: a line for the list of recipes.
        steps: rounds of each run.
        cases: returns what is compared, each a dataclass of plain values.
        row: dataclass of a line of the table, whose first fields are those of its case.
        play: ``play(case, steps)`` makes the rows of one case.
        about: what a reader of the file should know, a line that may name ``{steps}``.
    """

    kind: ClassVar[str] = "table"
    takes: ClassVar[tuple[str, ...]] = ("steps",)

    name: str
    summary: str
    steps: int
    cases: Callable[[], Sequence[Any]]
    row: type
    play: Callable[[Any, int], list[Any]]
    about: str

    @property
    def stored(self) -> Path:
        """The file that comes with the book."""
        return bundled(f"results/{self.name}.csv")

    def run(self, folder: Path, options: Options) -> Iterator[str]:
        """Make the table in ``folder``, going on from a part of it; yield what is to be said.

        Of several processes the first does it all: the runs are too small to be shared.
        """
        if runtime.rank() > 0:
            return
        file, command = folder / f"{self.name}.csv", options.command(self.name)
        if not options.resume:
            file.unlink(missing_ok=True)
        claim(folder, command, [file], [])
        rows, cases = (self.read(file) if file.exists() else []), self.cases()
        yield f"{self.name}: {len(cases)} runs in {folder}; Ctrl-C loses the one at hand."
        missing = [case for case in cases if not any(made_by(case, row) for row in rows)]
        with progress_bar(len(cases), len(cases) - len(missing), show=True) as bar:
            for case in missing:
                rows += self.play(case, options.steps or self.steps)
                self.write(rows, file, options)
                bar.update()
        yield f"The table is {file}."

    def read(self, file: Path | None = None) -> list[Any]:
        """Return the rows of a file, by default of the one that comes with the book.

        Raises:
            ValueError: if it is no such table.
        """
        file = file or self.stored
        kinds = {field.name: field.type for field in fields(self.row)}
        try:
            lines = file.read_text(encoding="utf-8").splitlines()
            table = csv.DictReader(line for line in lines if not line.startswith("#"))
            return [self.row(**{n: kinds[n](text) for n, text in row.items()}) for row in table]
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{file} is damaged or another table: {error}") from error

    def write(self, rows: Iterable[Any], file: Path, options: Options) -> None:
        """Store rows, with a header that says how they came about."""
        about = self.about.format(steps=options.steps or self.steps)
        header = (options.command(self.name), about, f"hardware: {hardware(default_device())}")
        text = io.StringIO()
        text.writelines(f"# {line}\n" for line in header)
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(field.name for field in fields(self.row))
        writer.writerows(map(astuple, rows))
        write_atomic(file, text.getvalue().encode())


def made_by(case: object, row: object) -> bool:
    """Whether a row is of this case."""
    key = astuple(case)
    return astuple(row)[: len(key)] == key
