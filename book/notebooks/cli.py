"""The commands of `python -m book.notebooks`."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from book.notebooks.build import build
from book.notebooks.check import check
from book.notebooks.errors import ChapterError
from book.notebooks.execute import execute, has_changed, smoke, uses_other_library
from book.notebooks.flatten.chapter import flatten_chapter
from book.notebooks.flatten.environment import read_references, require_fresh
from book.notebooks.new import new
from book.notebooks.other_data import run_on
from book.notebooks.paths import Book, Chapter
from book.notebooks.setup_cell import stamp
from book.notebooks.shifts import shift_seeds
from book.notebooks.source import write_notebook
from book.notebooks.strip import strip_chapter


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the process's exit status."""
    options = _parser().parse_args(arguments)
    try:
        options.command(Book(), options)
    except ChapterError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m book.notebooks", description=_summary())
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    command = commands.add_parser("execute", help="run chapters and keep their outputs")
    command.set_defaults(command=_execute)
    _add_names(command)
    which = command.add_mutually_exclusive_group()
    which.add_argument("--all", action="store_true", help="every chapter")
    which.add_argument("--changed", action="store_true", help="only if its code changed (default)")
    _add_library(command)
    command.add_argument("--smoke", action="store_true", help="tiny budgets, into _build/smoke/")
    text = "shift the seeds of all experiments by each of these, and say which cells fail"
    command.add_argument("--seeds", metavar="N,N,...", type=_numbers, help=text)
    text = "run on another data set, into _build/SET/, without the cells on stored weights"
    command.add_argument("--data", metavar="SET", help=text)

    command = commands.add_parser("flatten", help="rewrite the prose by the book's numbers")
    command.set_defaults(command=_flatten)
    _add_names(command)

    command = commands.add_parser("check", help="say what is wrong with the notebooks")
    command.set_defaults(command=_check)
    _add_names(command)

    command = commands.add_parser("all", help="execute what changed, build, flatten, check")
    command.set_defaults(command=_all)
    _add_library(command)

    command = commands.add_parser("strip", help="write students' copies, without solutions")
    command.set_defaults(command=_strip)
    _add_names(command)
    text = "where the copies go (default: _build/students)"
    command.add_argument("--into", metavar="FOLDER", type=Path, help=text)

    command = commands.add_parser("stamp", help="write the repository's address into setup cells")
    command.set_defaults(command=_stamp)
    command.add_argument("--repository", metavar="URL", default="", help="none: restore the text")

    command = commands.add_parser("new", help="begin a chapter")
    command.set_defaults(command=_new)
    command.add_argument("name", metavar="PART/NAME")
    command.add_argument("title", metavar="TITLE")
    return parser


def _summary() -> str:
    return "Make notebooks of chapters/PART/NAME.md."


def _add_names(command: argparse.ArgumentParser) -> None:
    command.add_argument("names", metavar="NAME", nargs="*", help="PART/NAME; none: every chapter")


def _add_library(command: argparse.ArgumentParser) -> None:
    text = "a chapter executed with another genlib counts as changed"
    command.add_argument("--library", action="store_true", help=text)


def _execute(book: Book, options: argparse.Namespace) -> None:
    chapters = book.select(options.names)
    if options.seeds:
        shift_seeds(book, chapters, options.seeds)
    elif options.data:
        run_on(book, chapters, options.data)
    elif options.smoke:
        smoke(book, chapters)
    elif options.all or (options.names and not options.changed):
        execute(book, chapters)
    else:
        execute(book, _changed(book, chapters, options.library))


def _numbers(text: str) -> list[int]:
    return [int(number) for number in text.split(",")]


def _changed(book: Book, chapters: list[Chapter], library: bool) -> list[Chapter]:
    return [c for c in chapters if has_changed(c) or (library and uses_other_library(book, c))]


def _flatten(book: Book, options: argparse.Namespace) -> None:
    _flatten_chapters(book, book.select(options.names))


def _flatten_chapters(book: Book, chapters: list[Chapter]) -> None:
    require_fresh(book, chapters)
    references = read_references(book)
    for chapter in chapters:
        write_notebook(flatten_chapter(chapter, references), chapter.notebook)
        print(f"{chapter.name}: flattened")


def _check(book: Book, options: argparse.Namespace) -> None:
    check(book, book.select(options.names))


def _all(book: Book, options: argparse.Namespace) -> None:
    execute(book, _changed(book, book.chapters(), options.library))
    build(book)
    _flatten_chapters(book, book.chapters())
    check(book, book.chapters())


def _strip(book: Book, options: argparse.Namespace) -> None:
    folder = options.into or book.root / "_build" / "students"
    for chapter in book.select(options.names):
        print(f"{chapter.name}: {strip_chapter(chapter, folder)}")


def _stamp(book: Book, options: argparse.Namespace) -> None:
    stamp(book, options.repository)


def _new(book: Book, options: argparse.Namespace) -> None:
    chapter = new(book, options.name, options.title)
    print(f"{chapter.source}: now add `- file: {chapter.document}` to _toc.yml,")
    print(f"and to book/chapters.yml a line for {chapter.name}, as the others have")
