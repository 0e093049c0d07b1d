"""Is the chapter short enough to be read? What stands before the exercises counts."""

import re
from collections.abc import Iterator

from book.notebooks.paths import Chapter

MOST_LINES = 1200
MOST_SECTIONS = 12
MOST_WORDS = 3000
HEAD = re.compile(r"\A---$.*?^---$", re.M | re.S)
FENCE = re.compile(r"^(?P<marks>`{3,})\{.*?^(?P=marks)$", re.M | re.S)  # cells, listings, formulas
FORMULA = re.compile(r"\$\$.*?\$\$(?: \([\w-]+\))?|\$[^$]+\$", re.S)
MARKUP = re.compile(r"^:.*$|^\(.*\)=$", re.M)  # the edges and options of boxes, labels
WORD = re.compile(r"[^\W\d_]{2,}|\b[aIA]\b")


def check_length(chapter: Chapter) -> Iterator[str]:
    """Lines, sections and words of prose, up to the exercises."""
    before = chapter.source.read_text("utf-8").partition("\n## Exercises\n")[0]
    counts = {
        "lines": (before.count("\n") + 1, MOST_LINES),
        "sections": (before.count("\n## "), MOST_SECTIONS),
        "words": (words(before), MOST_WORDS),
    }
    for what, (count, most) in counts.items():
        if count > most:
            yield f"{count:,} {what} before the exercises, over {most:,}"


def words(text: str) -> int:
    """How many words of prose a text has: no code, no formula, no markup."""
    for other in (HEAD, FENCE, FORMULA, MARKUP):
        text = other.sub(" ", text)
    return len(WORD.findall(text))
