"""Pictures in files: one's own, and the faces of CelebA."""

import hashlib
from pathlib import Path

import numpy as np
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


# Real picture files


RAMP = np.arange(0, 65536, 257, dtype=np.uint16)  # the 256 greys, in 16 bits


def seen(tmp_path: Path, size: int = 16) -> torch.Tensor:
    """Return the one picture in the folder, (3, size, size)."""
    (image,) = data.load("folder", path=tmp_path, size=size).images
    return image


def grey_square() -> np.ndarray:
    return np.arange(256, dtype=np.uint8).reshape(16, 16)


@pytest.mark.parametrize("ending", ["png", "tif", "pgm"])
def test_sixteen_bits_are_shown_as_eight(tmp_path: Path, ending: str) -> None:
    Image.fromarray(RAMP.reshape(16, 16)).save(tmp_path / f"deep.{ending}")
    for channel in seen(tmp_path):
        assert torch.equal(channel, torch.from_numpy(grey_square()))


def test_sixteen_bits_are_rounded(tmp_path: Path) -> None:
    levels = np.array([[0, 128, 129, 65_400], [0, 0, 65_407, 65_535]] * 2, dtype=np.uint16)
    Image.fromarray(levels).save(tmp_path / "deep.png")
    expected = [[0, 0, 1, 254], [0, 0, 255, 255]] * 2
    assert seen(tmp_path, 4)[0].tolist() == expected


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_camera_held_sideways_gives_an_upright_picture(tmp_path: Path, orientation: int) -> None:
    upright = Image.fromarray(grey_square())
    turned = Image.Transpose  # what the camera stored, by the orientation that it notes
    stored = {
        2: turned.FLIP_LEFT_RIGHT,
        3: turned.ROTATE_180,
        4: turned.FLIP_TOP_BOTTOM,
        5: turned.TRANSPOSE,
        6: turned.ROTATE_90,
        7: turned.TRANSVERSE,
        8: turned.ROTATE_270,
    }
    file = upright.transpose(stored[orientation]) if orientation in stored else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    file.save(tmp_path / "photo.png", exif=exif)
    assert torch.equal(seen(tmp_path)[0], torch.from_numpy(grey_square()))


@pytest.mark.parametrize("mode", ["RGBA", "LA", "PA", "P"])
def test_what_is_transparent_is_white(tmp_path: Path, mode: str) -> None:
    picture = Image.new("RGBA", (16, 16), (255, 0, 0, 0))  # red that nobody sees
    picture.paste((0, 0, 0, 255), (0, 0, 8, 16))
    if mode == "P":
        indices = Image.fromarray(np.repeat([[0] * 8 + [1] * 8], 16, 0).astype(np.uint8), "P")
        indices.putpalette([0, 0, 0, 255, 0, 0])
        indices.save(tmp_path / "icon.png", transparency=1)
    else:
        picture.convert(mode).save(tmp_path / ("icon.tif" if mode == "PA" else "icon.png"))
    image = seen(tmp_path)
    assert image[:, :, :8].unique().tolist() == [0]
    assert image[:, :, 8:].unique().tolist() == [255]


def test_half_transparent_is_half_white(tmp_path: Path) -> None:
    Image.new("RGBA", (16, 16), (0, 0, 0, 127)).save(tmp_path / "shade.png")
    assert seen(tmp_path).unique().tolist() == [128]


def test_a_grey_level_may_be_the_transparent_one(tmp_path: Path) -> None:
    Image.new("L", (16, 16), 7).save(tmp_path / "key.png", transparency=7)
    assert seen(tmp_path).unique().tolist() == [255]


@pytest.mark.parametrize(
    ("mode", "colour", "name", "expected"),
    [
        ("P", 3, "palette.png", None),
        ("1", 1, "bits.png", (255, 255, 255)),
        ("CMYK", (255, 0, 0, 0), "print.jpg", (0, 255, 255)),
        ("CMYK", (0, 0, 0, 255), "print.tif", (0, 0, 0)),
        ("YCbCr", (128, 128, 128), "video.jpg", (128, 128, 128)),
        ("RGB", (10, 200, 30), "PHOTO.BMP", (10, 200, 30)),
        ("RGB", (0, 0, 255), "first.gif", (0, 0, 255)),
    ],
)
def test_every_mode_has_the_colours_that_one_sees(
    tmp_path: Path, mode: str, colour: object, name: str, expected: tuple | None
) -> None:
    picture = Image.new(mode, (16, 16), colour)
    if mode == "P":
        picture.putpalette([0, 0, 0, 1, 1, 1, 2, 2, 2, 9, 80, 200])
        expected = (9, 80, 200)
    picture.save(tmp_path / name)
    assert seen(tmp_path)[:, 8, 8].tolist() == pytest.approx(expected, abs=2)


def test_hidden_files_and_folders_are_no_pictures(album: Path) -> None:
    hidden = [".ipynb_checkpoints/x.png", "cats/.ipynb_checkpoints/00.png", "cats/._00.png"]
    hidden += ["__MACOSX/cats/00.png", ".DS_Store.png"]
    for name in hidden:
        paint(album / name, 200)
    (album / "cats" / "Thumbs.db").write_bytes(b"no picture")
    (album / "birds").mkdir()  # an empty folder is no class
    loaded = data.load("folder", path=album, size=8)
    assert numbers(loaded) == [*range(10), *range(12, 22)]
    assert loaded.labels.unique().tolist() == [0, 1]


def test_a_folder_that_lies_in_a_hidden_one_is_read(tmp_path: Path) -> None:
    paint(tmp_path / ".cache" / "cats" / "0.png", 5)
    assert numbers(data.load("folder", path=tmp_path / ".cache" / "cats")) == [5]


def test_every_file_that_is_no_picture_is_named_at_once(album: Path) -> None:
    (album / "cats" / "03.png").write_bytes(b"")
    (album / "cats" / "05.png").write_text("<html>not found</html>")
    whole = album / "dogs" / "14.png"
    whole.write_bytes(whole.read_bytes()[:60])
    Image.new("F", (9, 9)).save(album / "dogs" / "15.tif")
    (album / "dogs" / "15.png").unlink()
    with pytest.raises(ValueError, match="4 of 20 files cannot be read") as error:
        data.load("folder", path=album, size=8)
    for name in ("03.png", "05.png", "14.png", "15.tif"):
        assert f"{name} cannot be read as a picture: " in str(error.value)
    assert "04.png" not in str(error.value)


def test_a_picture_of_too_many_pixels_is_named(
    album: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    with pytest.raises(
        ValueError, match=r"20 of 20 files.*\n.*00\.png cannot be read as a picture"
    ):
        data.load("folder", path=album)


@pytest.mark.parametrize(("size", "middle"), [((41, 30), (5, 35)), ((30, 41), (5, 35))])
def test_the_middle_is_kept_sharp(
    tmp_path: Path, size: tuple[int, int], middle: tuple[int, int]
) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (*size[::-1], 3), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / "noise.png")
    kept = noise[:, slice(*middle)] if size[0] > size[1] else noise[slice(*middle)]
    assert torch.equal(seen(tmp_path, 30), torch.from_numpy(kept).permute(2, 0, 1))


def test_a_long_strip_is_cut_before_it_is_enlarged(tmp_path: Path) -> None:
    Image.new("L", (20_000, 1), 9).save(tmp_path / "strip.png")
    assert seen(tmp_path, 64).unique().tolist() == [9]


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


@pytest.mark.usefixtures("offline")
def test_celeba_keeps_the_middle_that_holds_the_face(faces: Path) -> None:
    framed = Image.new("RGB", (178, 218), "white")
    framed.paste("black", (15, 35, 15 + 148, 35 + 148))
    framed.save(faces / "celeba/img_align_celeba/000004.png")
    assert data.load("celeba", "test", size=148).images[0].unique().tolist() == [0]


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
