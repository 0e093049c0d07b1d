"""Folders of pictures: one's own, and the faces of CelebA."""

import os
from pathlib import Path

import torch
from torch import Tensor

from genlib.data.downloads import Remote, cache, explained
from genlib.data.pictures import decode

ENDINGS = (".bmp", ".gif", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp")
FACE = 148  # central square of a CelebA picture (178 wide, 218 high) that holds the face
_OF_TWELVE = {  # of every twelve files in order of their names, which ones a split takes
    "train": range(10),
    "validation": (11,),
    "train+validation": (*range(10), 11),
    "test": (10,),
}


def folder(split: str, path: str | Path | None = None, size: int | None = None) -> tuple:
    """Return the pictures below a folder of one's own.

    Pictures are the files whose names end as in ``ENDINGS``, as a viewer shows them (see
    ``genlib.data.pictures.decode``). What begins with a dot is hidden and left alone: notebooks
    and systems keep copies there. Each folder that holds pictures is a class, an empty one is
    none; labels number these folders in sorted order. Of every twelve files in sorted order the
    eleventh is for testing and the twelfth for validation, so that every class has its share of
    each.

    Args:
        split: one of ``genlib.data.splits.SPLITS``.
        path: the folder.
        size: height and width; the shorter side is resized to it and the middle kept.

    Returns:
        images, uint8 (N, 3, size, size), and labels, int64 (N,).

    Raises:
        FileNotFoundError: there is no such folder, or no picture below it.
        ValueError: no path, a size below 1, an empty split, or files that are no pictures; the
            message names all of them.
    """
    if path is None:
        raise ValueError('load("folder") needs path=, the folder that holds the pictures')
    if not isinstance(path, str | os.PathLike) or not os.fspath(path):
        raise ValueError(f"path={path!r}, wanted the folder that holds the pictures")
    pictures = _pictures(Path(path).expanduser())
    classes = sorted({picture.parent for picture in pictures})
    chosen = [p for i, p in enumerate(pictures) if i % 12 in _OF_TWELVE[split]]
    if not chosen:
        raise ValueError(f"{len(pictures)} pictures in {path} are too few for a {split} split")
    return decode(chosen, size), torch.tensor([classes.index(p.parent) for p in chosen])


def celeba(split: str, size: int | None = None) -> tuple[Tensor, Tensor]:
    """Return faces of celebrities and 40 attributes of each, in the published splits.

    162,770 images for training, 19,867 for validation, 19,962 for testing. torchvision needs
    ``pip install gdown`` to fetch the 1.4 GB; decoding takes minutes, at every call.

    Args:
        split: one of ``genlib.data.splits.SPLITS``.
        size: height and width to which the central 148 by 148 pixels are resized.

    Returns:
        images, uint8 (N, 3, size, size), and attributes, int64 (N, 40), zeros and ones.

    Raises:
        ConnectionError: the files are neither in the cache nor to be had.

    Z. Liu, P. Luo, X. Wang and X. Tang, Deep learning face attributes in the wild, 2015,
    https://arxiv.org/abs/1411.7766.
    """
    from torchvision.datasets import CelebA

    drive = "https://drive.google.com/uc?id="
    remotes = [Remote(drive + key, f"celeba/{file}", md5) for key, md5, file in CelebA.file_list]
    with explained("celeba", remotes):
        parts = [
            CelebA(cache(), {"validation": "valid"}.get(part, part), download=True)
            for part in split.split("+")
        ]
    home = cache() / "celeba" / "img_align_celeba"
    pictures = [home / file for part in parts for file in part.filename]
    return decode(pictures, size, FACE), torch.cat([part.attr for part in parts])


def _pictures(path: Path) -> list[Path]:
    if not path.is_dir():
        raise FileNotFoundError(f"there is no folder {path}")
    found = sorted(p for p in path.rglob("*") if _is_picture(p, path))
    if not found:
        raise FileNotFoundError(f"there are no image files in {path} or the folders in it")
    return found


def _is_picture(file: Path, folder: Path) -> bool:
    """Whether a file below the folder is a picture that its owner knows of."""
    parts = file.relative_to(folder).parts
    hidden = any(part.startswith(".") or part == "__MACOSX" for part in parts)
    return not hidden and file.suffix.lower() in ENDINGS and file.is_file()
