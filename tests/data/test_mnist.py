"""The bundled digits: whole, split for good, and refused when damaged."""

import hashlib
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from genlib import data
from genlib.data import bundled
from genlib.data.mnist import mnist

IMAGES, LABELS = "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"


@pytest.fixture(scope="module")
def whole() -> data.Images:
    return data.load("mnist", "train+validation")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for name in (IMAGES, LABELS, "SHA256SUMS"):
        shutil.copy(bundled("mnist") / name, tmp_path)
    return tmp_path


def test_training_images_are_the_published_ones(whole: data.Images) -> None:
    assert whole.images.shape == (60_000, 1, 28, 28)
    assert whole.labels[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    counts = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert whole.labels.bincount().tolist() == counts
    # The mean and standard deviation that every tutorial normalises with.
    unit = whole.unit()
    assert unit.mean().item() == pytest.approx(0.1307, abs=5e-5)
    assert unit.std().item() == pytest.approx(0.3081, abs=5e-5)


def test_contents_have_the_md5_that_others_publish(whole: data.Images) -> None:
    header = bytes.fromhex("00000803 0000ea60 0000001c 0000001c")
    content = header + whole.images.numpy().tobytes()
    md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
    assert md5 == "6bbc9ace898e44ae57da46a324031adb"


def test_test_images_are_the_published_ones() -> None:
    test = data.load("mnist", "test")
    assert test.images.shape == (10_000, 1, 28, 28)
    assert test.labels[:10].tolist() == [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]


def test_train_and_validation_are_the_two_parts_of_the_whole(whole: data.Images) -> None:
    train, validation = data.load("mnist"), data.load("mnist", "validation")
    assert (len(train), len(validation)) == (55_000, 5_000)
    assert torch.equal(torch.cat([train.images, validation.images]), whole.images)
    assert torch.equal(torch.cat([train.labels, validation.labels]), whole.labels)


def test_loading_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GENLIB_CACHE", str(tmp_path / "cache"))
    before = sorted(p.name for p in bundled("mnist").iterdir())
    data.load("mnist", "test")
    assert not (tmp_path / "cache").exists()
    assert sorted(p.name for p in bundled("mnist").iterdir()) == before


def test_another_folder_can_be_read(copy: Path) -> None:
    images, labels = mnist("test", copy)
    assert images.shape == (10_000, 1, 28, 28)
    assert labels.dtype == torch.int64


def refused(folder: Path, name: str, content: bytes) -> None:
    """Assert that the error names the file, the checksum expected and the one found."""
    expected = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    (folder / name).write_bytes(content)
    found = hashlib.sha256(content).hexdigest()
    with pytest.raises(ValueError, match="damaged or incomplete") as error:
        mnist("test", folder)
    for part in (str(folder / name), expected, found):
        assert part in str(error.value)


@pytest.mark.parametrize("name", [IMAGES, LABELS])
def test_a_truncated_file_is_refused(copy: Path, name: str) -> None:
    refused(copy, name, (copy / name).read_bytes()[:-1])


@pytest.mark.parametrize("name", [IMAGES, LABELS])
def test_an_altered_file_is_refused(copy: Path, name: str) -> None:
    content = bytearray((copy / name).read_bytes())
    content[len(content) // 2] ^= 1
    refused(copy, name, bytes(content))


def test_an_empty_file_is_refused(copy: Path) -> None:
    refused(copy, IMAGES, b"")


def test_a_missing_file_is_named(copy: Path) -> None:
    (copy / LABELS).unlink()
    with pytest.raises(FileNotFoundError, match=LABELS):
        mnist("test", copy)


def test_a_file_without_a_listed_checksum_is_refused(copy: Path) -> None:
    (copy / "SHA256SUMS").write_text("")
    with pytest.raises(ValueError, match=f"lists no checksum for {re.escape(IMAGES)}"):
        mnist("test", copy)


def test_the_folder_says_source_licence_and_every_checksum() -> None:
    readme = (bundled("mnist") / "README.md").read_text()
    assert "Attribution-Share Alike 3.0" in readme
    assert "yann.lecun.com" in readme
    listed = (bundled("mnist") / "SHA256SUMS").read_text()
    assert all(f.name in listed and f.name in readme for f in bundled("mnist").glob("*.gz"))


def test_importing_data_brings_in_torch_alone() -> None:
    heavy = "torchvision matplotlib scipy sklearn ipywidgets PIL tqdm.auto"
    program = (
        f"import torch, sys; before = set(sys.modules); import genlib.data; "
        f"print([m for m in '{heavy}'.split() if m in set(sys.modules) - before])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
