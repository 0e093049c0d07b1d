"""A labelled set of images in memory, and the event spaces that it can be handed out in."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from numbers import Integral

import torch
from torch import Tensor

from genlib.data import pixels
from genlib.data.arguments import check_flag
from genlib.data.per_batch import PerBatch

Labelled = tuple[Tensor, Tensor]


@dataclass(frozen=True, eq=False, repr=False)
class Images:
    """Images of one size with a label each, as they were stored.

    ``data[:1000]``, ``data[data.labels == 3]`` and ``data[[4, 2]]`` are smaller sets.

    Args:
        images: uint8, (N, C, H, W), values 0 to 255.
        labels: int64, (N,), or (N, A) where each image has A labels.

    Raises:
        ValueError: another type or shape, no images, or another number of labels than images.
    """

    images: Tensor
    labels: Tensor

    def __post_init__(self) -> None:
        """Refuse what no method below could serve."""
        check_images(self.images)
        _check_labels(self.labels, len(self.images))

    def __len__(self) -> int:
        """Return the number of images."""
        return len(self.images)

    def __getitem__(self, index: slice | Sequence[int] | Tensor) -> "Images":
        """Return the images and labels at ``index``, which may be all but a single number."""
        if isinstance(index, int):
            raise TypeError(f"data[{index}] is one image; take data.images[{index}] or a slice")
        return Images(self.images[index], self.labels[index])

    def __repr__(self) -> str:
        """Say how many images of what shape there are."""
        n, *event = self.images.shape
        return f"Images({n:,} of shape {tuple(event)}, labels {tuple(self.labels.shape[1:])})"

    def unit(self, labels: bool = False) -> Tensor | Labelled:
        """Return x / 255: float32 in [0, 1], (N, C, H, W); with the labels as a pair if asked."""
        return self._with(pixels.unit(self.images), labels)

    def symmetric(self, labels: bool = False) -> Tensor | Labelled:
        """Return 2 x / 255 - 1: float32 in [-1, 1], (N, C, H, W); a pair with labels if asked."""
        return self._with(pixels.symmetric(self.images), labels)

    def binary(self, seed: int | None = None, labels: bool = False) -> Tensor | Labelled | PerBatch:
        """Draw each pixel b from Bernoulli(x / 255): float32 zeros and ones, (N, C, H, W).

        Without a seed the pixels are drawn anew for every batch ("dynamic" binarisation), from
        torch's default generator; with one they are drawn once, the same on every device
        ("static"). The two give likelihoods a nat or more apart: never mix them in a table.
        Source and chapter: ``genlib.data.pixels.binary``.

        Args:
            seed: a whole number from 0, or None.
            labels: whether to give pairs (x, label).

        Raises:
            TypeError: the seed is neither a whole number nor None.
            ValueError: the seed is below 0 or not below 2**63, or labels is not True or False.
        """
        return self._drawn(pixels.binary, seed, labels)

    def dequantised(
        self, seed: int | None = None, labels: bool = False
    ) -> Tensor | Labelled | PerBatch:
        """Return (x + u) / 256, u uniform in [0, 1): float32 in [0, 1), (N, C, H, W).

        Fixed by a seed or drawn anew for every batch, as ``binary``. Source and chapter:
        ``genlib.data.pixels.dequantised``.

        Args:
            seed: a whole number from 0, or None.
            labels: whether to give pairs (x, label).

        Raises:
            TypeError: the seed is neither a whole number nor None.
            ValueError: the seed is below 0 or not below 2**63, or labels is not True or False.
        """
        return self._drawn(pixels.dequantised, seed, labels)

    def _drawn(
        self, draw: Callable[..., Tensor], seed: int | None, labels: bool
    ) -> Tensor | Labelled | PerBatch:
        check_flag(labels=labels)
        if seed is None:
            return PerBatch(draw, *((self.images, self.labels) if labels else (self.images,)))
        # Drawn on the CPU, since every device has its own sequence for a seed.
        generator = torch.Generator().manual_seed(_whole(seed))
        fixed = draw(self.images.cpu(), generator=generator).to(self.images.device)
        return self._with(fixed, labels)

    def _with(self, x: Tensor, labels: bool) -> Tensor | Labelled:
        check_flag(labels=labels)
        return (x, self.labels) if labels else x


def check_images(images: Tensor) -> None:
    """Raise ``ValueError`` unless these are uint8 (N, C, H, W), at least one."""
    wanted = "images are uint8 (N, C, H, W), values 0 to 255"
    if not isinstance(images, Tensor):
        raise ValueError(f"{wanted}; this is {type(images).__name__}")
    if images.numel() == 0:
        raise ValueError(f"{wanted}, at least one; these are empty, of shape {tuple(images.shape)}")
    if images.dtype != torch.uint8:
        low, high = images.min().item(), images.max().item()
        raise ValueError(f"{wanted}; these are {images.dtype} in [{low:g}, {high:g}]")
    if images.dim() != 4:
        raise ValueError(f"{wanted}; these have shape {tuple(images.shape)}")


def _check_labels(labels: Tensor, n: int) -> None:
    if not isinstance(labels, Tensor) or labels.dtype != torch.int64:
        given = labels.dtype if isinstance(labels, Tensor) else type(labels).__name__
        raise ValueError(f"labels are an int64 tensor; these are {given}")
    if labels.dim() == 0 or len(labels) != n:
        raise ValueError(f"{n} images need {n} labels; these have shape {tuple(labels.shape)}")


def _whole(seed: int) -> int:
    if isinstance(seed, bool) or not isinstance(seed, Integral):
        raise TypeError(f"seed={seed!r}: a seed is a whole number or None")
    if not 0 <= seed < 2**63:
        raise ValueError(f"seed={seed}: a seed is at least 0 and below 2**63")
    return int(seed)
