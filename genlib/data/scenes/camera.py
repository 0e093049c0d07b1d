"""What a camera adds to a scene: blur, exposure, a tint and noise."""

import torch
from torch import Tensor
from torch.nn.functional import pad

from genlib.data.scenes.draws import Draws

SHARP = 0.6  # the middle's weight in the blur, along each axis
GAIN, TINT, NOISE = 0.08, 0.03, 0.02  # exposure and tint: at most; noise: standard deviation


def photographed(image: Tensor, draws: Draws) -> Tensor:
    """Return colours in [0, 1], float (N, 3, H, W), as a camera stores them, uint8."""
    image = blurred(image)
    gain = draws.between(1 - GAIN, 1 + GAIN, 1, 1, 1)
    tint = draws.between(-TINT, TINT, 3, 1, 1)
    noise = (draws.uniform(*image.shape[1:]) - 0.5) * (12**0.5 * NOISE)
    return ((image * gain + tint + noise).clamp(0, 1) * 255).round().to(torch.uint8)


def blurred(image: Tensor) -> Tensor:
    """Return an image with each pixel mixed with its neighbours; none moves."""
    side = (1 - SHARP) / 2
    wide = pad(image, (1, 1, 1, 1), mode="replicate")
    rows = SHARP * wide[:, :, 1:-1] + side * (wide[:, :, :-2] + wide[:, :, 2:])
    return SHARP * rows[..., 1:-1] + side * (rows[..., :-2] + rows[..., 2:])


def colour(*rgb: float) -> Tensor:
    """Return a colour in [0, 1] that fits images, (3, 1, 1)."""
    return torch.tensor(rgb).view(3, 1, 1)


def mix(one: Tensor, other: Tensor, share: Tensor) -> Tensor:
    """Return two colours mixed by the other's share, (N, H, W), as images (N, 3, H, W)."""
    return one + (other - one) * share[:, None]


def put(image: Tensor, where: Tensor, what: Tensor) -> Tensor:
    """Return an image with other colours in some pixels, (N, H, W) of true and false."""
    return torch.where(where[:, None], what, image)


def chosen(colours: Tensor, u: Tensor) -> Tensor:
    """Return colours (K, 3) chosen by numbers in [0, 1), (n, S, S), as images (n, 3, S, S)."""
    return colours.T[:, (u * len(colours)).long()].transpose(0, 1)
