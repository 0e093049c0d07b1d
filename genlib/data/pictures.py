"""Picture files of any kind, as a person sees them, cut to squares of one size."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from genlib.data.arguments import check_whole
from genlib.runtime import static_output

if TYPE_CHECKING:
    from PIL import Image

SIZE = 64
_SIXTEEN_BITS = ("PNG", "PPM")  # formats whose whole numbers are from 0 to 65,535


def decode(pictures: Sequence[Path], size: int | None = None, crop: int | None = None) -> Tensor:
    """Return the pictures as uint8 (N, 3, size, size), with a progress bar.

    They are what a viewer shows: turned upright by the orientation that a camera noted (EXIF),
    16 bits brought to 8, transparent parts white, of several frames the first. Colour profiles are
    not applied.

    Args:
        pictures: image files of any format that Pillow reads.
        size: height and width, 64 for None.
        crop: side of the central square to keep before resizing, None for as much as there is.

    Raises:
        ValueError: a size below 1, or files that are no pictures; the message names all of them.
    """
    from tqdm.auto import tqdm

    size = SIZE if size is None else size
    check_whole(1, size=size)
    images = torch.empty(len(pictures), 3, size, size, dtype=torch.uint8)
    unreadable = []
    with ThreadPoolExecutor() as pool:  # Pillow decodes outside Python's lock
        decoded = pool.map(lambda picture: _decoded(picture, size, crop), pictures)
        bar = tqdm(decoded, "images", len(pictures), disable=static_output())
        for i, found in enumerate(bar):
            if isinstance(found, Tensor):
                images[i] = found
            else:
                unreadable.append(f"{pictures[i]} cannot be read as a picture: {found}")
    if unreadable:
        count = f"{len(unreadable)} of {len(pictures)} files cannot be read"
        raise ValueError("\n".join([f"{count}; mend, move or delete them:", *unreadable]))
    return images


def _decoded(picture: Path, size: int, crop: int | None) -> Tensor | Exception:
    """Return a picture, or why it cannot be read."""
    from PIL import Image

    try:
        with Image.open(picture) as image:
            return _square(_as_seen(image), size, crop)
    except Exception as error:  # Pillow's readers raise OSError, SyntaxError, struct.error, ...
        return error


def _as_seen(image: "Image.Image") -> "Image.Image":
    """Return a picture in red, green and blue of 8 bits each, as a viewer shows it on white."""
    from PIL import Image, ImageOps

    ImageOps.exif_transpose(image, in_place=True)
    image = _eight_bits(image)
    if "transparency" not in image.info and not image.mode.endswith(("A", "a")):
        return image.convert("RGB")
    image = image.convert("RGBA")
    paper = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(paper, image).convert("RGB")


def _eight_bits(image: "Image.Image") -> "Image.Image":
    """Return a grey picture of 16 bits with the 256 levels of the others; leave those alone.

    Pillow would cut all above 255 off, which makes such a picture white.
    """
    import numpy as np
    from PIL import Image

    if image.mode == "F" or (image.mode == "I" and image.format not in _SIXTEEN_BITS):
        raise ValueError("its values have 32 bits, and no value that everybody shows as white")
    if not image.mode.startswith("I"):
        return image
    return Image.fromarray(np.rint(np.asarray(image) / 257).astype(np.uint8))


def _square(image: "Image.Image", size: int, crop: int | None) -> Tensor:
    """Return the middle of a picture, as large as ``crop`` allows, resized: (3, size, size)."""
    import numpy as np
    from PIL import Image

    side = min(*image.size, crop or max(image.size))
    left, top = ((length - side) // 2 for length in image.size)  # whole pixels: nothing blurs
    box = (left, top, left + side, top + side)
    square = image.resize((size, size), Image.Resampling.BILINEAR, box)
    return torch.from_numpy(np.array(square)).permute(2, 0, 1)
