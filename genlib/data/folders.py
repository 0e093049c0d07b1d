"""Image files of any size, decoded and cut to squares of one size."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import torch
from torch import Tensor

from genlib.data.downloads import Remote, cache, explained
from genlib.runtime import static_output

SIZE = 64
FACE = 148  # central square of a CelebA picture (178 wide, 218 high) that holds the face
_OF_TWELVE = {  # of every twelve files in order of their names, which ones a split takes
    "train": range(10),
    "validation": (11,),
    "train+validation": (*range(10), 11),
    "test": (10,),
}


def folder(split: str, path: str | Path | None = None, size: int | None = None) -> tuple:
    """Return the pictures below a folder of one's own.

    Each folder that holds pictures is a class; labels number these folders in sorted order. Of
    every twelve files in sorted order the eleventh is for testing and the twelfth for validation,
    so that every class has its share of each.

    Args:
        split: one of ``genlib.data.splits.SPLITS``.
        path: the folder.
        size: height and width; the shorter side is resized to it and the middle kept.

    Returns:
        images, uint8 (N, 3, size, size), and labels, int64 (N,).

    Raises:
        FileNotFoundError: there is no such folder, or no picture below it.
        ValueError: no path, a size below 1, a file that is no picture, or an empty split.
    """
    if path is None:
        raise ValueError('load("folder") needs path=, the folder that holds the pictures')
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


def decode(pictures: Sequence[Path], size: int | None = None, crop: int | None = None) -> Tensor:
    """Return the pictures as uint8 (N, 3, size, size), with a progress bar.

    Args:
        pictures: image files of any format that Pillow reads.
        size: height and width, 64 for None.
        crop: side of the central square to keep before resizing, None for as much as there is.

    Raises:
        ValueError: a size below 1, or a file that is no picture.
    """
    from tqdm.auto import tqdm

    size = SIZE if size is None else size
    if size < 1:
        raise ValueError(f"size={size}, wanted at least 1")
    images = torch.empty(len(pictures), 3, size, size, dtype=torch.uint8)
    with ThreadPoolExecutor() as pool:  # Pillow decodes outside Python's lock
        decoded = pool.map(lambda picture: _square(picture, size, crop), pictures)
        bar = tqdm(decoded, "images", len(pictures), disable=static_output())
        for i, image in enumerate(bar):
            images[i] = image
    return images


def _square(picture: Path, size: int, crop: int | None) -> Tensor:
    from PIL import UnidentifiedImageError
    from torchvision.datasets.folder import default_loader
    from torchvision.transforms import functional as edit

    try:
        image = default_loader(str(picture))
    except (UnidentifiedImageError, OSError) as error:
        raise ValueError(f"{picture} cannot be read as a picture: {error}") from error
    image = edit.center_crop(image, [crop, crop]) if crop else image
    return edit.pil_to_tensor(edit.center_crop(edit.resize(image, [size]), [size, size]))


def _pictures(path: Path) -> list[Path]:
    from torchvision.datasets.folder import is_image_file

    if not path.is_dir():
        raise FileNotFoundError(f"there is no folder {path}")
    found = sorted(p for p in path.rglob("*") if p.is_file() and is_image_file(p.name))
    if not found:
        raise FileNotFoundError(f"there are no image files in {path} or the folders in it")
    return found
