"""The bundled splice sites: read, freed of duplicates, joined with their families."""

import gzip
from pathlib import Path

import torch
from torch import Tensor

from genlib.data import alphabets, files

BASES = "ACGT"
CLASSES = {"ei": "donor", "ie": "acceptor", "n": "neither"}  # as the file calls them, and we do
SEQUENCES, FAMILIES = "splice.csv.gz", "families.txt.gz"


def read_splice(folder: Path | None = None) -> tuple[Tensor, Tensor, Tensor]:
    """Return symbols uint8 (3000, 60), labels int64 (3000,) and families int64 (3000,).

    Args:
        folder: where the two files and their ``SHA256SUMS`` lie; None for the bundled ones.

    Raises:
        FileNotFoundError: a file is missing.
        ValueError: a file is truncated or altered.
    """
    folder = files.bundled("splice") if folder is None else folder
    sites = distinct(_lines(folder / SEQUENCES)[1:])
    symbols = alphabets.encode_each(sites, BASES)
    families = [int(line) for line in _lines(folder / FAMILIES)]
    return symbols, torch.tensor(list(sites.values())), torch.tensor(families)


def distinct(lines: list[str]) -> dict[str, int]:
    """Return every sequence once, with its label, in the order of the file.

    One that stands there under two classes is left out.
    """
    found: dict[str, set[str]] = {}
    for line in lines:
        kind, sequence = line.split(",")
        found.setdefault(sequence, set()).add(kind)
    numbers = {kind: number for number, kind in enumerate(CLASSES)}
    return {sequence: numbers[min(kinds)] for sequence, kinds in found.items() if len(kinds) == 1}


def _lines(path: Path) -> list[str]:
    return gzip.decompress(files.read(path, files.listed(path))).decode("ascii").splitlines()
