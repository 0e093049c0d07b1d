"""Which images train, which choose, which judge."""

from torch import Tensor

SPLITS = ("train", "validation", "train+validation", "test")
VALIDATION = 12  # one in so many: the last 5,000 of MNIST's 60,000


def part(split: str) -> str:
    """Return the published part, ``"train"`` or ``"test"``, that holds a split."""
    return "test" if split == "test" else "train"


def cut(images: Tensor, labels: Tensor, split: str) -> tuple[Tensor, Tensor]:
    """Return the images and labels of ``split`` out of the published part that holds it.

    ``train`` is all but the last twelfth of the published training images, ``validation`` that
    last twelfth, ``train+validation`` the two together; ``test`` is the published test set. The
    tensors are views.
    """
    if split in ("test", "train+validation"):
        return images, labels
    border = len(images) - len(images) // VALIDATION
    chosen = slice(None, border) if split == "train" else slice(border, None)
    return images[chosen], labels[chosen]
