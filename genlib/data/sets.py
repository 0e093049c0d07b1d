"""One door to every set of images."""

import os
from collections.abc import Callable
from pathlib import Path

from genlib.data.arguments import check_whole
from genlib.data.folders import celeba, folder
from genlib.data.images import Images
from genlib.data.mnist import mnist
from genlib.data.published import cifar10, emnist, fashion_mnist, kmnist, svhn, usps
from genlib.data.splits import check_split
from genlib.suggest import suggestion

_READERS: dict[str, Callable] = {
    reader.__name__: reader
    for reader in (mnist, fashion_mnist, kmnist, emnist, usps, svhn, cifar10, celeba, folder)
}
_OPTIONS = {"celeba": {"size"}, "folder": {"path", "size"}}


def names() -> list[str]:
    """Return the names that :py:func:`~genlib.data.load` knows."""
    return list(_READERS)


def book_set() -> str:
    """Return the name of the set that the chapters are about.

    It is ``mnist``, unless the environment variable ``GENLIB_DATA`` names another one: then the
    chapters run on that, but for their cells on weights that were trained on MNIST.
    """
    return os.environ.get("GENLIB_DATA") or "mnist"


def load(
    name: str | None = None,
    split: str = "train",
    *,
    path: str | Path | None = None,
    size: int | None = None,
) -> Images:
    """Return one split of a set of images.

    ``mnist`` is bundled and loads in well under a second. ``fashion_mnist``, ``kmnist``,
    ``emnist``, ``usps``, ``svhn``, ``cifar10`` and ``celeba`` are fetched once through torchvision,
    with a progress bar, into ``$GENLIB_CACHE`` (see ``genlib.data.downloads.cache``).
    ``folder`` reads pictures of one's own. Every file is checked at every load.

    The training images are split for good: ``train`` has all but the last twelfth (55,000 of
    MNIST's 60,000), ``validation`` that last twelfth, ``train+validation`` all. ``celeba`` has
    published splits, ``folder`` takes its own from every twelve files. Choose on validation; look
    at ``test`` once, at the end.

    Args:
        name: one of :py:func:`~genlib.data.names`; by default the book's set, which is ``mnist``
            unless the environment variable ``GENLIB_DATA`` names another.
        split: ``"train"``, ``"validation"``, ``"train+validation"`` or ``"test"``.
        path: the folder of pictures; for ``folder`` only.
        size: height and width of the images, 64 unless given; for ``folder`` and ``celeba`` only.

    Returns:
        the images, uint8 (N, C, H, W), and their labels.

    Raises:
        ValueError: an unknown name or split (the message names the nearest right one), an option
            that the set does not take, or a damaged file.
        ConnectionError: the files are neither in the cache nor to be had from the network.
        FileNotFoundError: a bundled file or the folder at ``path`` is missing.
    """
    name = book_set() if name is None else name
    if not isinstance(name, str) or name not in _READERS:
        raise ValueError(f"there is no set of images {name!r}{suggestion(name, _READERS)}.")
    check_split(split)
    options = {k: v for k, v in {"path": path, "size": size}.items() if v is not None}
    if extra := options.keys() - _OPTIONS.get(name, set()):
        raise ValueError(f"{name} takes no {' and no '.join(sorted(extra))}")
    if size is not None:
        check_whole(1, size=size)
    return Images(*_READERS[name](split, **options))
