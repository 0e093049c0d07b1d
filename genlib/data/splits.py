"""Which images train, which choose, which judge."""

from torch import Tensor

from genlib.suggest import suggestion

SPLITS = ("train", "validation", "train+validation", "test")
VALIDATION = 12  # one in so many: the last 5,000 of MNIST's 60,000


def check_split(split: str) -> None:
    """Raise ``ValueError`` unless there is such a split; the message names the nearest one."""
    if not isinstance(split, str) or split not in SPLITS:
        raise ValueError(f"there is no split {split!r}{suggestion(split, SPLITS)}.")


def part(split: str) -> str:
    """Return the published part, ``"train"`` or ``"test"``, that holds a split."""
    check_split(split)
    return "test" if split == "test" else "train"


def cut(images: Tensor, labels: Tensor, split: str) -> tuple[Tensor, Tensor]:
    """Return the images and labels of ``split`` out of the published part that holds it.

    ``train`` is all but the last twelfth of the published training images, ``validation`` that
    last twelfth, ``train+validation`` the two together; ``test`` is the published test set. The
    tensors are views.
    """
    check_split(split)
    if split in ("test", "train+validation"):
        return images, labels
    border = len(images) - len(images) // VALIDATION
    chosen = slice(None, border) if split == "train" else slice(border, None)
    return images[chosen], labels[chosen]
