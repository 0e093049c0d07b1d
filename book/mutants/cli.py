"""The command ``python -m book.mutants``."""

import argparse
import math
import sys
import time
from collections.abc import Iterable, Sequence
from datetime import date
from itertools import chain, zip_longest

from book.mutants.mutant import Mutant, listing, mutants
from book.mutants.play import SURVIVED, play
from book.mutants.results import Results
from book.notebooks.errors import ChapterError
from book.notebooks.paths import Book, Chapter

STRIDE = 7  # about how many are run in five minutes


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the process's exit status."""
    options = _parser().parse_args(arguments)
    book = Book()
    try:
        lists = [list(mutants(book, chapter)) for chapter in chosen(book, options.names)]
        every = list(chain(*lists)) if options.day is None else on_day(lists, options.day)
        survivors = run(book, every, options.minutes)
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
    text = "where to begin, so that each day tries others, of all chapters in turn; as 2026-01-31"
    parser.add_argument("--day", metavar="DATE", type=date.fromisoformat, help=text)
    return parser


def chosen(book: Book, names: Sequence[str]) -> list[Chapter]:
    """Return the chapters of these names, or all that have a list of mutants."""
    chapters = book.select(names)
    return chapters if names else [c for c in chapters if listing(c).exists()]


def on_day(lists: Iterable[Sequence[Mutant]], day: date) -> list[Mutant]:
    """Return the mutants of all chapters in the order of a day, a chapter after the other.

    From one day to the next the beginning moves on by a stride that has no divisor in common with
    their number: in so many days each of them has been the first once, even if there is time for
    no other.
    """
    every = [mutant for turn in zip_longest(*lists) for mutant in turn if mutant is not None]
    count = max(1, len(every))
    stride = next(n for n in range(STRIDE, STRIDE + count) if math.gcd(n, count) == 1)
    first = day.toordinal() * stride % count
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
