"""A recipe of a table: many small runs, from each of them some rows."""

import csv
import io
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass, fields
from itertools import dropwhile
from pathlib import Path
from typing import Any, ClassVar, get_type_hints

from torch import Tensor

from genlib import runtime
from genlib.data import bundled
from genlib.recipes.experiments import cells
from genlib.recipes.experiments.columns import select
from genlib.recipes.experiments.folder import prepare_folder
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
        cases: returns what is compared, each a dataclass of plain values, with a ``seed``.
        row: dataclass of a line of the table, whose first fields are those of its case.
        run_case: ``run_case(case, steps)`` makes the rows of one case.
        about: what a reader of the file should know, a line that may name ``{steps}``.
        index: columns that tell the rows of one case apart, such as the step.
    """

    kind: ClassVar[str] = "table"
    takes: ClassVar[tuple[str, ...]] = ("steps",)

    name: str
    summary: str
    steps: int
    cases: Callable[[], Sequence[Any]]
    row: type
    run_case: Callable[[Any, int], list[Any]]
    about: str
    index: tuple[str, ...] = ()

    @property
    def stored(self) -> Path:
        """The file that comes with the book."""
        return bundled(f"results/{self.name}.csv")

    @property
    def columns(self) -> dict[str, type]:
        """The type of each column."""
        kinds = get_type_hints(self.row)
        return {field.name: kinds[field.name] for field in fields(self.row)}

    def run(self, folder: Path, options: Options) -> Iterator[str]:
        """Make the table in ``folder``, going on from a part of it; yield what is to be said.

        Of several processes the first does it all: the runs are too small to be shared.
        """
        if runtime.rank() > 0:
            return
        file, command = folder / f"{self.name}.csv", options.command(self.name)
        if not options.resume:
            file.unlink(missing_ok=True)
        prepare_folder(folder, command, [file], [])
        rows, cases = (self.read(file) if file.exists() else []), self.cases()
        yield f"{self.name}: {len(cases)} runs in {folder}; Ctrl-C loses the one at hand."
        made = {astuple(row)[: len(fields(cases[0]))] for row in rows}
        missing = [case for case in cases if astuple(case) not in made]
        with progress_bar(len(cases), len(cases) - len(missing), show=True) as bar:
            for case in missing:
                rows += self.run_case(case, options.steps or self.steps)
                self.write(rows, file, options)
                bar.update()
        yield f"The table is {file}."

    def column(
        self, name: str, /, *, seeds: Collection[int] | None = None, **case: object
    ) -> Tensor:
        """Return one column of the table that comes with the book, (seeds, ...).

        For example ``column("elbo", kind="plain")`` is (5 seeds, 3 steps), and
        ``column("elbo", kind="plain", steps=3000)`` is (5 seeds,).

        Args:
            name: of a column of numbers.
            seeds: which to take; by default all, also those on which a setting was chosen.
            case: the values that some columns of a case, or of the index, should have. What is not
                said and varies gets an axis after that of the seeds, in the order of the columns.

        Raises:
            ValueError: if there is no such column or case, or the rows do not fill the axes.
        """
        keys = [*(field.name for field in fields(self.cases()[0])), *self.index]
        rows = [row for row in self.read() if seeds is None or row.seed in seeds]
        return select(rows, name, keys, case)

    def read(self, file: Path | None = None) -> list[Any]:
        """Return the rows of a file, by default of the one that comes with the book.

        Raises:
            ValueError: if it is no such table.
        """
        file = file or self.stored
        try:
            content = io.StringIO(file.read_text(encoding="utf-8"), newline="")
            table = csv.reader(dropwhile(lambda line: line.startswith("#"), content))
            head, *lines = list(table) or [[]]
            if head != list(self.columns):
                raise ValueError(f"its columns are {head}, wanted {list(self.columns)}")
            return [self.row(*self.values(line)) for line in lines]
        except (csv.Error, ValueError) as error:
            raise ValueError(f"{file} is damaged or another table: {error}") from error

    def values(self, line: Sequence[str]) -> Iterator[cells.Cell]:
        """Yield what the cells of a line say.

        Raises:
            ValueError: if a cell is missing, too many, or not of its column's type.
        """
        for (name, kind), text in zip(self.columns.items(), line, strict=True):
            try:
                yield cells.value(kind, text)
            except ValueError as error:
                raise ValueError(f"column {name!r}: {error}") from error

    def write(self, rows: Iterable[Any], file: Path, options: Options) -> None:
        """Store rows, with a header that says how they came about."""
        about = self.about.format(steps=options.steps or self.steps)
        header = (options.command(self.name), about, f"hardware: {hardware(default_device())}")
        text = io.StringIO()
        text.writelines(f"# {line}\n" for line in header)
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(self.columns)
        writer.writerows(map(cells.text, astuple(row)) for row in rows)
        write_atomic(file, text.getvalue().encode())
