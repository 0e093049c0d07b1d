"""Published sets, read from small files in their own formats.

torchvision's integrity checks stay on: each test writes small files and puts their checksums where
torchvision keeps those of the real ones.
"""

import bz2
import gzip
import hashlib
import io
import pickle
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from torchvision import datasets

from genlib import data
from genlib.data import downloads

N = 24  # two dozen: a validation split of two
RANDOM = np.random.default_rng(0)
LABELS = RANDOM.integers(0, 10, N)


def grey(side: int = 28) -> np.ndarray:
    return RANDOM.integers(0, 256, (N, side, side), dtype=np.uint8)


def md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def idx(values: np.ndarray) -> bytes:
    sizes = b"".join(n.to_bytes(4, "big") for n in values.shape)
    return gzip.compress(b"\0\0\x08" + bytes([values.ndim]) + sizes + values.tobytes())


def put(path: Path, content: bytes) -> str:
    """Write a file and return its MD5 checksum."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return md5(content)


def same(loaded: data.Images, images: np.ndarray, labels: np.ndarray) -> None:
    assert torch.equal(loaded.images, torch.from_numpy(images))
    assert loaded.images.is_contiguous()
    assert loaded.labels.tolist() == labels.tolist()


def put_siblings(cache: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> np.ndarray:
    images = grey()
    contents = {"images-idx3": idx(images), "labels-idx1": idx(LABELS.astype(np.uint8))}
    files = [
        (f"{part}-{what}-ubyte.gz", put(cache / kind / "raw" / f"{part}-{what}-ubyte.gz", content))
        for part in ("train", "t10k")
        for what, content in contents.items()
    ]
    monkeypatch.setattr(getattr(datasets, kind), "resources", files)
    return images


@pytest.mark.usefixtures("offline")
class TestIntactFiles:
    @pytest.mark.parametrize(
        ("name", "kind"), [("fashion_mnist", "FashionMNIST"), ("kmnist", "KMNIST")]
    )
    def test_siblings(
        self, cache: Path, monkeypatch: pytest.MonkeyPatch, name: str, kind: str
    ) -> None:
        images = put_siblings(cache, kind, monkeypatch)
        same(data.load(name, "test"), images[:, None], LABELS)
        same(data.load(name, "train"), images[:-2, None], LABELS[:-2])
        same(data.load(name, "validation"), images[-2:, None], LABELS[-2:])

    def test_emnist_stands_upright(self, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        images, archive = grey(), io.BytesIO()
        with zipfile.ZipFile(archive, "w") as zipped:
            for what, values in ("images-idx3", images), ("labels-idx1", LABELS.astype(np.uint8)):
                zipped.writestr(f"gzip/emnist-balanced-test-{what}-ubyte.gz", idx(values))
        monkeypatch.setattr(
            datasets.EMNIST, "md5", put(cache / "EMNIST/raw/gzip.zip", archive.getvalue())
        )
        same(data.load("emnist", "test"), images.transpose(0, 2, 1)[:, None], LABELS)

    def test_usps(self, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        images = grey(16)
        lines = [
            f"{label + 1} " + " ".join(f"{i + 1}:{v}" for i, v in enumerate(image.flatten()))
            for label, image in zip(LABELS, images / 127.5 - 1, strict=True)
        ]
        checksum = put(cache / "usps.t.bz2", bz2.compress("\n".join(lines).encode()))
        published = {"test": ["http://usps/usps.t.bz2", "usps.t.bz2", checksum]}
        monkeypatch.setattr(datasets.USPS, "split_list", published)
        loaded = data.load("usps", "test")
        assert loaded.images.shape == (N, 1, 16, 16)
        # torchvision cuts off what it should round: a level may come out one too low.
        assert (torch.from_numpy(images[:, None]).int() - loaded.images.int()).abs().max() <= 1
        assert loaded.labels.tolist() == LABELS.tolist()

    def test_svhn(self, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        from scipy.io import savemat

        images, file = RANDOM.integers(0, 256, (N, 3, 32, 32), dtype=np.uint8), io.BytesIO()
        stored = np.where(LABELS == 0, 10, LABELS)  # in these files 10 stands for the digit 0
        savemat(file, {"X": images.transpose(2, 3, 1, 0), "y": stored[:, None].astype(np.uint8)})
        checksum = put(cache / "train_32x32.mat", file.getvalue())
        published = {"train": ["http://svhn/train_32x32.mat", "train_32x32.mat", checksum]}
        monkeypatch.setattr(datasets.SVHN, "split_list", published)
        same(data.load("svhn", "train"), images[:-2], LABELS[:-2])
        same(data.load("svhn", "validation"), images[-2:], LABELS[-2:])

    def test_cifar10(self, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        images, archive = RANDOM.integers(0, 256, (N, 3, 32, 32), dtype=np.uint8), io.BytesIO()
        batch = pickle.dumps({"data": images.reshape(N, -1), "labels": LABELS.tolist()})
        meta = pickle.dumps({"label_names": list("abcdefghij")})
        contents = {"batch": batch, "batches.meta": meta}
        with tarfile.open(fileobj=archive, mode="w:gz") as tarred:
            for name, content in contents.items():
                entry = tarfile.TarInfo(f"cifar-10-batches-py/{name}")
                entry.size = len(content)
                tarred.addfile(entry, io.BytesIO(content))
        one = [["batch", md5(batch)]]
        described = {**datasets.CIFAR10.meta, "md5": md5(meta)}
        for attribute, value in {
            "train_list": one,
            "test_list": one,
            "meta": described,
            "tgz_md5": put(cache / "cifar-10-python.tar.gz", archive.getvalue()),
        }.items():
            monkeypatch.setattr(datasets.CIFAR10, attribute, value)
        same(data.load("cifar10", "test"), images, LABELS)
        same(data.load("cifar10", "train"), images[:-2], LABELS[:-2])


@pytest.mark.usefixtures("offline")
class TestWithoutNetwork:
    @pytest.mark.parametrize(
        ("name", "file"),
        [
            ("fashion_mnist", "FashionMNIST/raw/train-images-idx3-ubyte.gz"),
            ("kmnist", "KMNIST/raw/train-images-idx3-ubyte.gz"),
            ("emnist", "EMNIST/raw/gzip.zip"),
            ("usps", "usps.bz2"),
            ("svhn", "train_32x32.mat"),
            ("cifar10", "cifar-10-python.tar.gz"),
            ("celeba", "celeba/list_attr_celeba.txt"),
        ],
    )
    def test_the_error_says_all_that_helps(self, cache: Path, name: str, file: str) -> None:
        with pytest.raises(ConnectionError, match=f"{name} could not be read") as error:
            data.load(name)
        advice = str(error.value)
        for part in (str(cache / file), "tried http", "not there", "GENLIB_CACHE", 'load("mnist")'):
            assert part in advice

    def test_a_damaged_file_is_refused(self, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        put_siblings(cache, "FashionMNIST", monkeypatch)
        damaged = cache / "FashionMNIST/raw/t10k-images-idx3-ubyte.gz"
        content = damaged.read_bytes()
        damaged.write_bytes(content[:-1])
        with pytest.raises(ConnectionError, match="damaged") as error:
            data.load("fashion_mnist", "test")
        assert md5(content) in str(error.value)
        assert md5(content[:-1]) in str(error.value)

    def test_mnist_still_loads(self, cache: Path) -> None:
        assert len(data.load("mnist", "test")) == 10_000


class Response(io.BytesIO):
    """What ``urlopen`` returns for a file."""

    url = None

    @property
    def length(self) -> int:
        return len(self.getvalue())


def test_a_file_is_fetched_once(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content, asked = b"digits", []

    def serve(request: object) -> Response:
        asked.append(request)
        return Response(content)

    monkeypatch.setattr("urllib.request.urlopen", serve)
    remote = downloads.Remote("http://somewhere/a.gz", "set/a.gz", md5(content))
    assert downloads.fetch("set", remote).read_bytes() == content
    first = len(asked)
    assert downloads.fetch("set", remote) == cache / "set/a.gz"
    assert len(asked) == first


def test_a_wrong_file_from_the_network_is_refused(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("urllib.request.urlopen", lambda _: Response(b"a login page"))
    remote = downloads.Remote("http://somewhere/a.gz", "set/a.gz", md5(b"digits"))
    with pytest.raises(ConnectionError, match="damaged, its MD5 is"):
        downloads.fetch("set", remote)


def test_where_the_cache_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GENLIB_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", "/xdg")
    assert downloads.cache() == Path("/xdg/genlib")
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert downloads.cache() == Path.home() / ".cache" / "genlib"
    monkeypatch.setenv("GENLIB_CACHE", "~/sets")
    assert downloads.cache() == Path.home() / "sets"


def test_idx_of_another_kind_is_refused() -> None:
    from genlib.data.idx import decode

    with pytest.raises(ValueError, match="begins with 00000d01"):
        decode(gzip.compress(bytes.fromhex("00000d01 00000001 00000000")))
    with pytest.raises(ValueError, match=r"says \[3\], but 2 values"):
        decode(gzip.compress(bytes.fromhex("00000801 00000003 0102")))
