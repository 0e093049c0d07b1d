"""The bundled prose: the book's own first twelve chapters, two of them held out whole."""

import gzip
from pathlib import Path

from genlib.data import files

FILE = "prose.txt.gz"
BETWEEN = "\f"  # chapters in the file, which holds no other form feed


def read_prose(folder: Path | None = None) -> dict[str, str]:
    """Return the text of each of the splits: the last chapter is the test, the one before chooses.

    Args:
        folder: where the file and its ``SHA256SUMS`` lie; None for the bundled ones.

    Raises:
        FileNotFoundError: the file is missing.
        ValueError: the file is truncated or altered.
    """
    path = (files.bundled("prose") if folder is None else folder) / FILE
    content = gzip.decompress(files.read(path, files.listed(path))).decode("utf-8")
    *train, validation, test = content.split(BETWEEN)
    return {
        "train": "".join(train),
        "validation": validation,
        "train+validation": "".join([*train, validation]),
        "test": test,
    }
