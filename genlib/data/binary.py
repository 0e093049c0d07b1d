"""All images of a few black and white pixels: what a sum over every x runs over."""

import torch
from torch import Tensor

from genlib.data.arguments import check_whole

MOST_PIXELS = 16  # 65,536 images; each pixel more doubles them


def all_binary_images(height: int, width: int | None = None) -> Tensor:
    """Return every binary image of a size once, in the order of binary numbers.

    Against them a model of tiny images is checked without sampling: its probabilities sum to 1.

    Args:
        height: of an image, in pixels.
        width: the same, as the height for None.

    Returns:
        float32 zeros and ones, (2 ** (height width), 1, height, width); the last pixel changes
        fastest.

    Raises:
        ValueError: a side is not a whole number of at least 1, or there are over 16 pixels.
    """
    width = height if width is None else width
    check_whole(1, height=height, width=width)
    if (pixels := height * width) > MOST_PIXELS:
        many = f"{height} x {width} pixels have 2**{pixels} images"
        raise ValueError(f"{many}, wanted at most {MOST_PIXELS} pixels")
    numbers = torch.arange(2**pixels).unsqueeze(1)
    places = torch.arange(pixels - 1, -1, -1)
    return (numbers >> places & 1).float().reshape(-1, 1, height, width)


def bars_and_stripes(side: int = 4) -> Tensor:
    """Return every image whose rows, or whose columns, are each all black or all white.

    A pixel alone says nothing about which it is: a small test of models that learn interactions.
    After D. MacKay, Information Theory, Inference, and Learning Algorithms, 2003,
    https://www.inference.org.uk/mackay/itila/.

    Returns:
        float32 zeros and ones, (2 ** (side + 1) - 2, 1, side, side), each image once.

    Raises:
        ValueError: the side is not a whole number from 1 to 16.
    """
    check_whole(1, side=side)
    lines = all_binary_images(1, side)
    stripes = lines.expand(-1, 1, side, side)
    both = torch.cat([stripes, stripes.mT]).flatten(1)
    return both.unique(dim=0).view(-1, 1, side, side)
