"""MNIST, bundled with genlib."""

from pathlib import Path

from torch import Tensor

from genlib.data import files, idx, splits

PREFIX = {"train": "train", "test": "t10k"}


def mnist(split: str, folder: Path | None = None) -> tuple[Tensor, Tensor]:
    """Return MNIST's images (N, 1, 28, 28) uint8 and labels (N,) int64.

    Args:
        split: one of ``genlib.data.splits.SPLITS``.
        folder: where the four files and their ``SHA256SUMS`` lie; None for the bundled ones.

    Raises:
        FileNotFoundError: a file is missing.
        ValueError: a file is truncated or altered.
    """
    folder = files.bundled("mnist") if folder is None else folder
    prefix = PREFIX[splits.part(split)]
    images = _values(folder / f"{prefix}-images-idx3-ubyte.gz")
    labels = _values(folder / f"{prefix}-labels-idx1-ubyte.gz")
    return splits.cut(images.unsqueeze(1), labels.long(), split)


def _values(path: Path) -> Tensor:
    return idx.decode(files.read(path, files.listed(path)))
