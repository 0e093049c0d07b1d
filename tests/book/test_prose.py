"""The book's prose as data: what is taken from the chapters, and what is left out."""

from book.notebooks.paths import Book, Chapter
from book.prose import TEST, TRAIN, VALIDATION, prose, write
from genlib.data.prose import read_prose

SOURCE = """\
---
kernelspec:
  name: python3
  display_name: Python 3
---

# {name}

It is $x$.

```{{code-cell}} ipython3
x = 1
```

```{{math}}
y
```
"""


def make(root):
    for name in (*TRAIN, VALIDATION, TEST):
        file = Chapter(root, name).source
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(SOURCE.format(name=name), "utf-8")
    return Book(root)


def test_front_matter_and_code_are_left_out_and_formulas_stay(tmp_path):
    make(tmp_path)
    text = prose(Chapter(tmp_path, TEST))
    assert text == f"# {TEST}\n\nIt is $x$.\n\n```{{math}}\ny\n```\n"


def test_what_is_written_is_what_is_read_and_the_same_every_time(tmp_path):
    book, folder = make(tmp_path), tmp_path / "prose"
    write(book, folder)
    first = (folder / "prose.txt.gz").read_bytes()
    texts = read_prose(folder)
    assert [texts[split].splitlines()[0] for split in ("validation", "test")] == [
        f"# {VALIDATION}",
        f"# {TEST}",
    ]
    assert texts["train"].count("# ") == len(TRAIN)
    write(book, folder)
    assert (folder / "prose.txt.gz").read_bytes() == first


def test_every_chapter_that_is_read_is_there():
    chapters = {chapter.name for chapter in Book().chapters()}
    assert {*TRAIN, VALIDATION, TEST} <= chapters
