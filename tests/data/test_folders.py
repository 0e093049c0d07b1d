"""Pictures in files: one's own, and the faces of CelebA."""

import hashlib
from pathlib import Path

import pytest
import torch
from PIL import Image
from torchvision import datasets

from genlib import data


def paint(path: Path, level: int, size: tuple[int, int] = (40, 30)) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, (level, 0, 255 - level)).save(path)
    return path


@pytest.fixture
def album(tmp_path: Path) -> Path:
    """Return a folder of two classes, a dozen pictures each; the red level numbers them."""
    for i in range(24):
        paint(tmp_path / ("cats" if i < 12 else "dogs") / f"{i:02}.png", i)
    (tmp_path / "notes.txt").write_text("no picture")
    return tmp_path


def numbers(loaded: data.Images) -> list[int]:
    return loaded.images[:, 0, 0, 0].tolist()


@pytest.mark.parametrize(
    ("split", "expected"),
    [
        ("train", [*range(10), *range(12, 22)]),
        ("test", [10, 22]),
        ("validation", [11, 23]),
        ("train+validation", [*range(10), 11, *range(12, 22), 23]),
    ],
)
def test_every_class_has_its_share_of_each_split(
    album: Path, split: str, expected: list[int]
) -> None:
    loaded = data.load("folder", split, path=album, size=8)
    assert numbers(loaded) == expected
    assert loaded.labels.tolist() == [0 if i < 12 else 1 for i in expected]
    assert loaded.images.shape == (len(expected), 3, 8, 8)


def test_a_flat_folder_is_one_class(album: Path) -> None:
    loaded = data.load("folder", path=str(album / "dogs"))
    assert loaded.labels.unique().tolist() == [0]
    assert loaded.images.shape == (10, 3, 64, 64)


def test_the_middle_is_kept(tmp_path: Path) -> None:
    stripes = Image.new("L", (90, 30), 0)
    stripes.paste(255, (30, 0, 60, 30))
    stripes.save(tmp_path / "stripes.png")
    assert data.load("folder", path=tmp_path, size=30).images.unique().tolist() == [255]


def test_what_is_missing_is_said(album: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="needs path="):
        data.load("folder")
    with pytest.raises(FileNotFoundError, match="no folder"):
        data.load("folder", path=tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(FileNotFoundError, match="no image files"):
        data.load("folder", path=tmp_path / "empty")
    with pytest.raises(ValueError, match="size=0"):
        data.load("folder", path=album, size=0)


def test_too_few_pictures_for_a_split(tmp_path: Path) -> None:
    paint(tmp_path / "one.png", 1)
    with pytest.raises(ValueError, match=r"1 pictures .* too few for a test split"):
        data.load("folder", "test", path=tmp_path)


def test_a_file_that_is_no_picture_is_named(album: Path) -> None:
    broken = album / "cats" / "00.png"
    broken.write_bytes(broken.read_bytes()[:40])
    with pytest.raises(ValueError, match=r"00\.png cannot be read as a picture"):
        data.load("folder", path=album)


FACES = 7
PARTITION = [0, 0, 1, 0, 2, 2, 1]  # train, validation, test


@pytest.fixture
def faces(cache: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write seven faces and their tables as CelebA does."""
    names = [f"{i:06}.png" for i in range(FACES)]
    for i, name in enumerate(names):
        paint(cache / "celeba/img_align_celeba" / name, 10 * i, (178, 218))

    def table(columns: list[str], rows: list[str]) -> str:
        head = [str(FACES), " ".join(columns)] if columns else []
        return "\n".join([*head, *(f"{n} {row}" for n, row in zip(names, rows, strict=True))])

    attributes = [" ".join("1" if i == j else "-1" for j in range(40)) for i in range(FACES)]
    tables = {
        "list_attr_celeba.txt": table([f"a{j}" for j in range(40)], attributes),
        "identity_CelebA.txt": table([], ["7"] * FACES),
        "list_bbox_celeba.txt": table(list("xywh"), ["0 0 1 1"] * FACES),
        "list_landmarks_align_celeba.txt": table(list("abcdefghij"), ["0 " * 9 + "0"] * FACES),
        "list_eval_partition.txt": table([], [str(part) for part in PARTITION]),
    }
    checksums = []
    for name, text in tables.items():
        (cache / "celeba" / name).write_text(text)
        md5 = hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
        checksums.append(("key", md5, name))
    monkeypatch.setattr(datasets.CelebA, "file_list", checksums)
    return cache


@pytest.mark.usefixtures("faces", "offline")
@pytest.mark.parametrize(
    ("split", "expected"),
    [
        ("train", [0, 1, 3]),
        ("validation", [2, 6]),
        ("train+validation", [0, 1, 3, 2, 6]),
        ("test", [4, 5]),
    ],
)
def test_celeba_has_its_published_splits(split: str, expected: list[int]) -> None:
    loaded = data.load("celeba", split, size=16)
    assert numbers(loaded) == [10 * i for i in expected]
    assert loaded.images.shape == (len(expected), 3, 16, 16)
    assert torch.equal(loaded.labels, torch.eye(40, dtype=torch.int64)[expected])
