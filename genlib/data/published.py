"""Small published image sets, fetched by torchvision and read from verified files only.

Each function returns the images, uint8 (N, C, H, W), and the labels, int64 (N,), of one split
(see ``genlib.data.splits``), and raises ``ConnectionError`` where the files are neither in the
cache nor to be had; it tells of all files of the set at once.

What is checked: Fashion-MNIST by the MD5 of the decompressed files, so that it may lie in the cache
gzipped by any program or plain. KMNIST by that of the published .gz files; for otherwise gzipped or
plain ones, whose MD5 we do not know, by type, shape and number alone. CIFAR-10 by those of the
archive and of the files inside. EMNIST, USPS and SVHN by those of the published files alone.
"""

import zipfile
from collections.abc import Iterable

import torch
from torch import Tensor

from genlib.data import idx, splits
from genlib.data.downloads import Remote, cache, explained, fetch
from genlib.data.siblings import load_sibling

Pair = tuple[Tensor, Tensor]


def fashion_mnist(split: str) -> Pair:
    """Zalando's articles of clothing, (1, 28, 28), 10 classes: 60,000 and 10,000.

    H. Xiao, K. Rasul and R. Vollgraf, Fashion-MNIST, 2017, https://arxiv.org/abs/1708.07747.
    """
    return load_sibling("fashion_mnist", "FashionMNIST", split)


def kmnist(split: str) -> Pair:
    """Cursive Japanese characters, (1, 28, 28), 10 classes: 60,000 and 10,000.

    T. Clanuwat et al., Deep learning for classical Japanese literature, 2018,
    https://arxiv.org/abs/1812.01718.
    """
    return load_sibling("kmnist", "KMNIST", split)


def emnist(split: str) -> Pair:
    """Handwritten digits and letters, (1, 28, 28), 47 balanced classes: 112,800 and 18,800.

    The files hold every image with rows and columns swapped; here they stand upright, like
    MNIST. G. Cohen et al., EMNIST, 2017, https://arxiv.org/abs/1702.05373 ("balanced").
    """
    from torchvision.datasets import EMNIST

    archive = fetch("emnist", Remote(EMNIST.url, "EMNIST/raw/gzip.zip", EMNIST.md5))
    member = f"gzip/emnist-balanced-{splits.part(split)}"
    with zipfile.ZipFile(archive) as zipped:
        images = idx.decode(zipped.read(f"{member}-images-idx3-ubyte.gz"))
        labels = idx.decode(zipped.read(f"{member}-labels-idx1-ubyte.gz"))
    return splits.cut(images.mT.unsqueeze(1).contiguous(), labels.long(), split)


def usps(split: str) -> Pair:
    """Digits from American envelopes, (1, 16, 16), 10 classes: 7,291 and 2,007.

    J. Hull, A database for handwritten text recognition research, 1994,
    https://doi.org/10.1109/34.291440.
    """
    from torchvision.datasets import USPS

    part = splits.part(split)
    fetch("usps", Remote(*USPS.split_list[part]), _remotes(USPS.split_list.values()))
    data = USPS(cache(), train=part == "train")
    images, labels = torch.from_numpy(data.data), torch.tensor(data.targets)
    return splits.cut(images.unsqueeze(1), labels, split)


def svhn(split: str) -> Pair:
    """House numbers from street views, (3, 32, 32), 10 classes: 73,257 and 26,032.

    Y. Netzer et al., Reading digits in natural images with unsupervised feature learning, 2011,
    http://ufldl.stanford.edu/housenumbers/.
    """
    from torchvision.datasets import SVHN

    part = splits.part(split)
    used = (files for published, files in SVHN.split_list.items() if published != "extra")
    with explained("svhn", _remotes(used)):
        data = SVHN(cache(), split=part, download=True)
    images, labels = torch.from_numpy(data.data), torch.from_numpy(data.labels)
    return splits.cut(images.contiguous(), labels, split)


def cifar10(split: str) -> Pair:
    """Small photographs, (3, 32, 32), 10 classes: 50,000 and 10,000.

    A. Krizhevsky, Learning multiple layers of features from tiny images, 2009,
    https://www.cs.toronto.edu/~kriz/cifar.html.
    """
    from torchvision.datasets import CIFAR10

    with explained("cifar10", [Remote(CIFAR10.url, CIFAR10.filename, CIFAR10.tgz_md5)]):
        data = CIFAR10(cache(), train=splits.part(split) == "train", download=True)
    images, labels = torch.from_numpy(data.data), torch.tensor(data.targets)
    return splits.cut(images.permute(0, 3, 1, 2).contiguous(), labels, split)


def _remotes(published: Iterable[list[str]]) -> list[Remote]:
    return [Remote(*file) for file in published]
