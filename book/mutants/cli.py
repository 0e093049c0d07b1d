"""The command ``python -m book.mutants``."""

import argparse
import sys
import time
from collections.abc import Iterable, Sequence

from book.mutants.mutant import Mutant, listing, mutants
from book.mutants.play import SURVIVED, play
from book.mutants.results import Results
from book.notebooks.errors import ChapterError
from book.notebooks.paths import Book, Chapter


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the process's exit status."""
    options = _parser().parse_args(arguments)
    book = Book()
    try:
        every = [m for chapter in chosen(book, options.names) for m in mutants(book, chapter)]
        survivors = run(book, rotated(every, options.start), options.minutes)
    except ChapterError as error:
        print(error, file=sys.stderr)
        return 1
    return report(survivors)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m book.mutants", description=main.__doc__)
    parser.add_argument(
        "names", metavar="NAME", nargs="*", help="PART/NAME; none: all that have some"
    )
    parser.add_argument("--minutes", type=float, default=float("inf"), help="stop after so many")
    text = "a commit: where to begin, so that each commit tries others"
    parser.add_argument("--start", metavar="HEX", default="0", help=text)
    return parser


def chosen(book: Book, names: Sequence[str]) -> list[Chapter]:
    """Return the chapters of these names, or all that have a list of mutants."""
    chapters = book.select(names)
    return chapters if names else [c for c in chapters if listing(c).exists()]


def rotated(every: Sequence[Mutant], start: str) -> list[Mutant]:
    """Return all mutants, beginning at one that ``start`` decides."""
    first = int(start, 16) % max(1, len(every))
    return [*every[first:], *every[:first]]


def run(book: Book, every: Iterable[Mutant], minutes: float) -> list[Mutant]:
    """Run mutants until time is up; return those that no check noticed and that are no equals."""
    results, end, survivors = Results(book), time.monotonic() + 60 * minutes, []
    for mutant in every:
        outcome = results.known().get(mutant.key)
        if outcome is None:
            if time.monotonic() > end:
                continue
            outcome = play(mutant)
            results.keep(mutant.key, outcome)
        print(f"{mutant.chapter.name}: {mutant.name}: {outcome}", flush=True)
        if outcome == SURVIVED and not mutant.equivalent:
            survivors.append(mutant)
    return survivors


def report(survivors: Sequence[Mutant]) -> int:
    """Say who survived; 1 if somebody did."""
    for mutant in survivors:
        print(f"no check of {mutant.chapter.name} notices: {mutant.name}", file=sys.stderr)
    return 1 if survivors else 0
