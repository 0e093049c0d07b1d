"""Segmentation: what is each pixel?"""

from collections.abc import Sequence
from typing import NoReturn

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from genlib.model import Batch, Model, Schedule, check_events
from genlib.nn import evaluating
from genlib.translation.arguments import check_image, check_sides
from genlib.translation.networks import UNet
from genlib.translation.translator import TOGETHER


class Segmenter(Model):
    r"""A U-Net that names every pixel: :math:`p(y_{ij} | x)`, each pixel by itself.

    .. math:: J = -E\,\log p(y_{ij} | x), \qquad \text{a mean over pixels and the batch, in nats}.

    It is what a translation to label maps is to be compared with: it knows that there are K classes
    and no colours between. Trained on ``(x, labels)``, pictures in [-1, 1] and whole numbers
    (B, H, W), such as ``(scenes.pairs("photo", "map").symmetric()[0], scenes.labels)``.
    Long, Shelhamer and Darrell (2015, https://arxiv.org/abs/1411.4038). Chapter: image to image.

    Args:
        classes: K.
        event_shape: of the pictures, (C, H, W).
        width: channels next to the image.
        depth: how often the side is halved.
        norm: ``"batch"``, ``"instance"`` or ``"none"``.
        network: one of your own, from pictures to logits (B, K, H, W).
        lr: step size of Adam.
        schedule: factor on ``lr`` by step.

    Raises:
        ValueError: if a size is not positive or, without a network of your own, not divisible.
    """

    def __init__(
        self,
        classes: int = 5,
        event_shape: Sequence[int] = (3, 32, 32),
        width: int = 24,
        depth: int = 3,
        *,
        norm: str = "batch",
        network: nn.Module | None = None,
        lr: float = 1e-3,
        schedule: Schedule | None = None,
    ) -> None:
        """Build the network."""
        super().__init__(lr=lr, schedule=schedule)
        self.classes, self.event_shape = classes, check_image(event_shape)
        check_sides(self.event_shape, self.event_shape, 2**depth if network is None else 1)
        if network is None:
            sizes = (self.event_shape[0], classes, width, depth)
            network = UNet(*sizes, norm=norm, bounded=False)
        self.network = network

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits of the classes, (B, K, H, W)."""
        return self.network(x)

    @torch.no_grad()
    def segment(self, x: Tensor) -> Tensor:
        """Return the most probable class of each pixel, int64 (B, H, W).

        Raises:
            ValueError: if these are no such pictures.
        """
        self.check_pictures(x)
        with evaluating(self):
            return torch.cat([self(part).argmax(1) for part in x.split(TOGETHER)])

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the cross-entropy, and beside it the share of pixels that are named right."""
        x, labels = batch
        logits = self(x).to(next(self.parameters()).dtype)
        right = logits.detach().argmax(1) == labels
        return cross_entropy(logits, labels.long()), {"accuracy": right.float().mean()}

    def check(self, batch: Batch) -> None:
        """Raise ``ValueError`` unless a batch is pictures with the class of each pixel."""
        wanted = (
            f"Segmenter wants (x, labels) with whole labels (B, H, W) from 0 to {self.classes - 1}"
        )
        if not isinstance(batch, tuple) or len(batch) != 2:
            raise ValueError(wanted)
        x, labels = batch
        self.check_pictures(x)
        if labels.is_floating_point() or labels.shape != (len(x), *x.shape[2:]):
            raise ValueError(f"{wanted}; these are {labels.dtype} of shape {tuple(labels.shape)}")
        if not (labels.min() >= 0 and labels.max() < self.classes):
            raise ValueError(f"{wanted}; these range from {labels.min()} to {labels.max()}")

    def check_pictures(self, x: Tensor) -> None:
        """Raise ``ValueError`` unless these are pictures in [-1, 1] of the right shape."""
        check_events(x, self.event_shape, -1.0, 1.0, who="Segmenter", like=next(self.parameters()))

    def sample(self, n: int, **_: object) -> NoReturn:
        """Raise ``ValueError``: it names pixels and draws none."""
        raise ValueError("Segmenter names the pixels of pictures, it draws none")
