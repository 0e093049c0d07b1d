"""Chapters run on a library with one thing wrong."""

from datetime import date, timedelta
from itertools import chain
from pathlib import Path

import pytest

from book.mutants import cli
from book.mutants.cli import main, on_day
from book.mutants.mutant import mutants
from book.notebooks.errors import ChapterError
from book.notebooks.paths import Book

CHAPTER = """---
kernelspec: {display_name: Python 3, language: python, name: python3}
---

# Title

```{code-cell} ipython3
from genlib.sums import double, half
assert double(3) == 6
```

```{code-cell} ipython3
:tags: [raises-exception]
raise ValueError("expected")
```

```{code-cell} ipython3
assert half(0) == 0
```
"""
LIBRARY = "def double(x):\n    return 2 * x\n\n\ndef half(x):\n    return x / 2\n"
KILLED = {"name": "double triples", "file": "genlib/sums.py", "old": "2 * x", "new": "3 * x"}
SURVIVOR = {"name": "half is a third", "file": "genlib/sums.py", "old": "x / 2", "new": "x / 3"}


def toml(*entries: dict[str, str]) -> str:
    lines = [["[[mutant]]", *(f'{key} = "{value}"' for key, value in e.items())] for e in entries]
    return "\n".join("\n".join(entry) for entry in lines)


def make(root: Path, *entries: dict[str, str]) -> Book:
    files = {
        "chapters/part/name.md": CHAPTER,
        "genlib/__init__.py": "",
        "genlib/sums.py": LIBRARY,
        "tests/mutants/part/name.toml": toml(*entries),
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, "utf-8")
    (root / "data").mkdir()
    return Book(root)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(cli, "Book", lambda: Book(tmp_path))
    return tmp_path


def test_a_mutant_that_no_check_notices_is_reported(
    here: Path, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(here, KILLED, SURVIVOR)
    assert main([]) == 1
    told = capsys.readouterr()
    assert told.out.splitlines() == [
        "part/name: double triples: AssertionError in name-001",
        "part/name: half is a third: survived",
    ]
    assert told.err == "no check of part/name notices: half is a third\n"
    assert (here / "genlib" / "sums.py").read_text("utf-8") == LIBRARY
    monkeypatch.setattr(cli, "play", lambda mutant: pytest.fail("it was known already"))
    assert main([]) == 1
    assert capsys.readouterr().out == told.out


def test_an_equivalent_mutant_may_survive(here: Path) -> None:
    make(here, SURVIVOR | {"equivalent": "half is asked of nought alone"})
    assert main(["part/name"]) == 0


def test_when_time_is_up_nothing_more_is_run(
    here: Path, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(here, KILLED, SURVIVOR)
    monkeypatch.setattr(cli, "play", lambda mutant: pytest.fail("there is no time"))
    assert main(["--minutes", "-1"]) == 0
    assert capsys.readouterr().out == ""


DAY = date(2026, 1, 31)


@pytest.mark.parametrize("sizes", [(1,), (7, 7), (3, 4, 14), (5, 0, 9, 2), (20, 50)])
def test_each_mutant_is_the_first_of_some_day(sizes: tuple[int, ...]) -> None:
    lists = [[f"{chapter}: {n}" for n in range(size)] for chapter, size in enumerate(sizes)]
    orders = [on_day(lists, DAY + timedelta(days=n)) for n in range(sum(sizes))]
    every = sorted(chain(*lists))
    assert all(sorted(order) == every for order in orders)
    assert sorted(order[0] for order in orders) == every


def test_chapters_take_turns_on_every_day() -> None:
    lists = [[f"{chapter}{n}" for n in range(9)] for chapter in "abcd"]
    for n in range(36):
        chapters = [name[0] for name in on_day(lists, DAY + timedelta(days=n))]
        assert all(set(chapters[k : k + 4]) == set("abcd") for k in range(0, 36, 4))
    firsts = {on_day(lists, DAY + timedelta(days=n))[0][0] for n in range(4)}
    assert firsts == set("abcd")


def test_a_day_is_repeated_by_its_date(
    here: Path, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(here, KILLED, SURVIVOR)
    monkeypatch.setattr(cli, "play", lambda mutant: "AssertionError in name-001")
    told = {}
    for day in ("2026-01-30", "2026-01-31", "2026-01-30"):
        assert main(["--day", day]) == 0
        lines = capsys.readouterr().out
        assert told.setdefault(day, lines) == lines
    assert told["2026-01-30"] != told["2026-01-31"]
    assert sorted(told["2026-01-30"].splitlines()) == sorted(told["2026-01-31"].splitlines())


def test_a_day_that_is_none_is_refused(capsys: pytest.CaptureFixture) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["--day", "yesterday"])
    assert "argument --day: invalid fromisoformat value: 'yesterday'" in capsys.readouterr().err


def test_no_mutants_need_no_day() -> None:
    assert on_day([], DAY) == []


def test_the_machine_that_checks_begins_at_its_date() -> None:
    script = (Book().root / ".ci" / "run").read_text("utf-8")
    assert 'book.mutants --minutes 5 --day "${MUTANTS_DAY:-$(date -u +%F)}"' in script


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (KILLED | {"old": "x"}, "'x' stands 4 times in genlib/sums.py, wanted once"),
        (KILLED | {"old": "no such"}, "'no such' stands 0 times"),
        ({"name": "empty"}, "missing 3 required"),
        (KILLED | {"colour": "red"}, "colour"),
    ],
)
def test_a_bad_entry_is_named(tmp_path: Path, entry: dict[str, str], message: str) -> None:
    book = make(tmp_path, entry)
    with pytest.raises(ChapterError, match=message):
        _ = [mutant.key for mutant in mutants(book, book.chapter("part/name"))]


def test_a_chapter_without_mutants_is_named(tmp_path: Path) -> None:
    book = make(tmp_path)
    (tmp_path / "tests/mutants/part/name.toml").unlink()
    with pytest.raises(ChapterError, match="part/name has no mutants: wanted tests/mutants/part"):
        list(mutants(book, book.chapter("part/name")))


def test_every_mutant_of_the_book_still_fits_the_library() -> None:
    book = Book()
    for chapter in cli.chosen(book, []):
        for mutant in mutants(book, chapter):
            assert mutant.changed() != (book.root / mutant.file).read_text(encoding="utf-8")
