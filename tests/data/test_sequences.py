"""The bundled sequences: whole, split as promised, and refused when damaged."""

import hashlib
import shutil
import time
from pathlib import Path

import pytest
import torch

import genlib
from genlib.data import Sequences, bundled, sequences
from genlib.data.prose import read_prose
from genlib.data.splice import read_splice

SPLITS = ("train", "validation", "test")
READERS = {"splice": read_splice, "prose": read_prose}
FILES = [("splice", "splice.csv.gz"), ("splice", "families.txt.gz"), ("prose", "prose.txt.gz")]


def together(**options: object) -> Sequences:
    """Return all splice sites, from three splits."""
    parts = [sequences.splice(split, **options) for split in SPLITS]
    fields = [
        torch.cat([getattr(part, name) for part in parts])
        for name in ("symbols", "labels", "families")
    ]
    return Sequences(*fields, parts[0].alphabet, parts[0].names)


@pytest.fixture(scope="module")
def sites() -> Sequences:
    return together()


def test_there_are_the_promised_sequences(sites: Sequences) -> None:
    assert (sites.alphabet, sites.names) == ("ACGT", ("donor", "acceptor", "neither"))
    assert sites.symbols.shape == (3000, 60)
    assert sites.labels.bincount().tolist() == [679, 669, 1652]
    assert len(set(sites.letters())) == 3000
    assert sites.families.max() == 2661


def test_donors_have_gt_after_the_border_and_acceptors_ag_before_it(sites: Sequences) -> None:
    donors, acceptors, neither = (
        [line for line, y in zip(sites.letters(), sites.labels.tolist(), strict=True) if y == kind]
        for kind in range(3)
    )
    assert sum(line[30:32] == "GT" for line in donors) / len(donors) > 0.98
    assert sum(line[28:30] == "AG" for line in acceptors) / len(acceptors) > 0.99
    assert sum(line[30:32] == "GT" for line in neither) / len(neither) < 0.1


def test_splits_by_family_are_of_the_promised_size_and_keep_families_whole() -> None:
    for seed in (0, 1):
        parts = [sequences.splice(split, seed=seed) for split in SPLITS]
        for part, wanted in zip(parts, (2100, 300, 600), strict=True):
            assert abs(len(part) - wanted) <= 14  # the largest family
        families = [set(part.families.tolist()) for part in parts]
        assert sum(map(len, families)) == len(set.union(*families)) == 2662


def test_splits_by_row_part_families() -> None:
    train, test = (sequences.splice(split, by="row") for split in ("train", "test"))
    assert (len(train), len(test)) == (2100, 600)
    relatives = torch.isin(test.families, train.families)
    assert relatives[test.labels < 2].float().mean() > 0.2
    assert sorted(together(by="row").letters()) == sorted(together().letters())


def test_a_split_is_the_same_every_time_and_another_one_for_another_seed() -> None:
    first, again, other = (sequences.splice(seed=seed).letters() for seed in (0, 0, 1))
    assert first == again
    assert first != other
    # numbers in the book depend on this very split
    digest = hashlib.sha256("".join(first).encode()).hexdigest()
    assert digest.startswith("7715d6502df74f2f")


def test_the_first_sequences_of_a_split_are_a_sample_of_it() -> None:
    first = sequences.splice()[:300].labels.bincount() / 300
    assert (first - torch.tensor([0.226, 0.223, 0.551])).abs().max() < 0.1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"split": "tets"}, "no split 'tets'; did you mean 'test'"),
        ({"by": "families"}, "by='families': .* did you mean 'family'"),
        ({"by": None}, "by=None: .* Known: family, row"),
        ({"seed": -1}, "seed=-1"),
        ({"seed": 0.5}, "seed=0.5"),
        ({"seed": True}, "seed=True"),
    ],
)
def test_splits_that_there_are_not_are_refused(options: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        sequences.splice(**options)


def test_prose_is_the_books_and_holds_whole_chapters_out() -> None:
    texts = {split: sequences.prose(split) for split in (*SPLITS, "train+validation")}
    lengths = {split: len(text) for split, text in texts.items()}
    assert lengths == {
        "train": 272_822,
        "validation": 22_498,
        "test": 27_255,
        "train+validation": 295_320,
    }
    assert {text.alphabet for text in texts.values()} == {texts["train"].alphabet}
    assert len(texts["train"].alphabet) == 97
    assert texts["train"].alphabet == "".join(sorted(texts["train"].alphabet))
    assert texts["train"].text.startswith("# Tools\n")
    assert texts["validation"].text.startswith("# Densities, explicit and implicit\n")
    assert texts["test"].text.startswith("# Variational autoencoders\n")
    assert texts["train+validation"].text == texts["train"].text + texts["validation"].text
    assert not any("code-cell" in text.text or "\f" in text.text for text in texts.values())
    with pytest.raises(ValueError, match="no split 'held-out'"):
        sequences.prose("held-out")


def test_a_model_can_be_trained_on_windows_of_the_prose() -> None:
    class Frequencies(genlib.Model):
        def __init__(self) -> None:
            super().__init__(lr=0.1)
            self.logits = torch.nn.Parameter(torch.zeros(97))

        def loss(self, batch: torch.Tensor) -> torch.Tensor:
            return -self.logits.log_softmax(0)[batch].mean()

    text = sequences.prose("validation")
    windows = text.windows(16)
    assert len(windows) == len(text) - 15
    model = Frequencies()
    genlib.fit(model, windows, steps=150, progress=False, device="cpu")
    shares = text.symbols.long().bincount(minlength=97) / len(text)
    assert (model.logits.softmax(0) - shares).abs().max() < 0.01


def test_loading_is_quick() -> None:
    start = time.perf_counter()
    sequences.splice()
    sequences.prose()
    assert time.perf_counter() - start < 3  # a busy machine; a free one takes 0.4 s


@pytest.mark.parametrize(("name", "file"), FILES)
def test_a_damaged_file_is_refused(name: str, file: str, tmp_path: Path) -> None:
    folder = shutil.copytree(bundled(name), tmp_path / name)
    READERS[name](folder)
    content = bytearray((folder / file).read_bytes())
    content[len(content) // 2] ^= 1
    for damaged in (bytes(content), bytes(content[:-1]), b""):
        (folder / file).write_bytes(damaged)
        with pytest.raises(ValueError, match=rf"{file} is damaged or incomplete"):
            READERS[name](folder)
    (folder / file).unlink()
    with pytest.raises(FileNotFoundError, match=file):
        READERS[name](folder)


@pytest.mark.parametrize("name", READERS)
def test_the_folder_says_source_licence_and_every_checksum(name: str) -> None:
    readme = (bundled(name) / "README.md").read_text()
    assert "https://creativecommons.org/licenses/by/4.0/" in readme
    listed = (bundled(name) / "SHA256SUMS").read_text()
    assert all(f.name in listed and f.name in readme for f in bundled(name).glob("*.gz"))


def test_the_sequences_are_the_published_ones() -> None:
    import gzip

    inside = gzip.decompress((bundled("splice") / "splice.csv.gz").read_bytes())
    wanted = "03f208636de775141afde208e33fa9537da377279761f5cd5b49871a37f48264"
    assert hashlib.sha256(inside).hexdigest() == wanted
