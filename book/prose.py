"""The book's prose as data: writes `data/prose/`, from which a chapter learns to spell.

    .venv/bin/python -m book.prose

Run it only when the chapters that use the text are executed anew: their numbers depend on it.
"""

import gzip
import hashlib
from pathlib import Path

from book.notebooks.paths import Book, Chapter
from book.notebooks.source import read_source
from genlib.data.files import SUMS, bundled
from genlib.data.prose import BETWEEN, FILE

TRAIN = (
    "why/tools",
    "why/generative-and-discriminative",
    "why/autoencoders",
    "latent/divergences",
    "latent/jensen-elbo-em",
    "latent/gradients-through-sampling",
    "latent/what-a-vae-learns",
    "latent/richer-latents",
    "adversarial/the-gan-game",
    "adversarial/minimax-and-non-saturating",
)
VALIDATION = "why/densities-explicit-and-implicit"
TEST = "latent/variational-autoencoders"


def prose(chapter: Chapter) -> str:
    """The source of a chapter without front matter and code cells."""
    cells = [cell.source for cell in read_source(chapter).cells if cell.cell_type == "markdown"]
    return "\n\n".join(cells).strip().replace(BETWEEN, "\n") + "\n"


def write(book: Book, folder: Path) -> None:
    """Write the text of all chapters, and its checksum."""
    chapters = [Chapter(book.root, name) for name in (*TRAIN, VALIDATION, TEST)]
    text = BETWEEN.join(prose(chapter) for chapter in chapters)
    content = gzip.compress(text.encode("utf-8"), mtime=0)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / FILE).write_bytes(content)
    (folder / SUMS).write_text(f"{hashlib.sha256(content).hexdigest()}  {FILE}\n")


if __name__ == "__main__":
    write(Book(), bundled("prose"))
