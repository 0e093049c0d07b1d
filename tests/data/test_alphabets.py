"""Letters as numbers, and back."""

import pytest
import torch

from genlib.data import Sequences, Text, alphabets

LABELS = torch.tensor([0, 1, 1])
THREE = torch.tensor([[0, 1, 2, 3], [3, 3, 3, 3], [1, 0, 0, 2]], dtype=torch.uint8)
DATA = Sequences(THREE, LABELS, torch.tensor([0, 5, 0]), "ACGT", ("yes", "no"))
TEXT = Text(torch.tensor([0, 1, 2, 0, 1, 2, 2], dtype=torch.uint8), "abc")


def test_a_symbol_is_the_place_of_its_letter() -> None:
    assert alphabets.encode("GATTACA", "ACGT").tolist() == [2, 0, 3, 3, 0, 1, 0]
    assert alphabets.encode("GATTACA", "ACGT").dtype == torch.uint8
    assert alphabets.decode(torch.tensor([2, 0, 3]), "ACGT") == "GAT"
    assert alphabets.decode(alphabets.encode("−± \n", "\n ±−"), "\n ±−") == "−± \n"


def test_sequences_are_strings_and_indicators() -> None:
    assert DATA.letters() == ["ACGT", "TTTT", "CAAG"]
    assert torch.equal(DATA.encode(DATA.letters()), THREE)
    assert DATA.decode(THREE[:1].long()) == ["ACGT"]
    hot = DATA.one_hot()
    assert (hot.shape, hot.dtype) == ((3, 4, 4), torch.float32)
    assert hot[2].tolist() == [[0, 1, 1, 0], [1, 0, 0, 0], [0, 0, 0, 1], [0, 0, 0, 0]]
    assert torch.equal(hot.argmax(1), DATA.long())
    assert DATA[[2]].one_hot().shape == (1, 4, 4)  # no T in it, and yet its row
    x, labels = DATA.long(labels=True)
    assert x.dtype == torch.int64
    assert labels is LABELS


def test_a_part_of_the_sequences_keeps_what_belongs_to_them() -> None:
    part = DATA[DATA.labels == 1]
    assert (part.letters(), part.families.tolist()) == (["TTTT", "CAAG"], [5, 0])
    assert (part.alphabet, part.names, len(part)) == ("ACGT", ("yes", "no"), 2)
    assert DATA[[2, 0]].labels.tolist() == [1, 0]
    assert repr(DATA) == "Sequences(3 of 4 letters from 'ACGT', ('yes', 'no'))"
    with pytest.raises(TypeError, match=r"take data.symbols\[0\] or a slice"):
        _ = DATA[0]


def test_windows_begin_at_every_step_and_overlap_as_asked() -> None:
    every = TEXT.windows(3)
    wanted = [[0, 1, 2], [1, 2, 0], [2, 0, 1], [0, 1, 2], [1, 2, 2]]
    assert every[:].tolist() == wanted
    assert every[torch.tensor([4, 0])].tolist() == [wanted[4], wanted[0]]
    assert every[:].dtype == torch.int64
    assert TEXT.windows(3, step=3)[:].tolist() == [[0, 1, 2], [0, 1, 2]]
    assert TEXT.windows(7)[:].tolist() == [TEXT.symbols.tolist()]
    stored = every.tensors[0]
    assert stored.dtype == torch.uint8
    assert stored.data_ptr() == TEXT.symbols.data_ptr()


def test_a_text_is_a_string_again() -> None:
    assert TEXT.text == "abcabcc"
    assert TEXT.decode(TEXT.encode("cab")) == "cab"
    assert repr(TEXT) == "Text(7 characters, an alphabet of 3)"
    assert len(TEXT) == 7


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: alphabets.encode("GAXTA", "ACGT"), r"letter 2 is 'X', wanted one of 'ACGT'"),
        (lambda: alphabets.encode("gat", "ACGT"), "letter 0 is 'g'"),
        (lambda: alphabets.encode("", "ACGT"), "this is an empty string"),
        (lambda: alphabets.encode(b"GAT", "ACGT"), "this is bytes"),
        (lambda: DATA.encode(["ACGT", "ACG"]), r"one length.*\[3, 4\]"),
        (lambda: DATA.encode([]), "these are of none"),
        (lambda: DATA.encode("ACGT"), "this is one string"),
        (lambda: DATA.decode(THREE[0]), r"shape \(4,\), wanted \(N, T\)"),
        (lambda: TEXT.decode(THREE), r"symbols range from 0 to 3, wanted .* from 0 to 2"),
        (lambda: TEXT.decode(THREE[:, :1]), r"range from 0 to 3"),
        (lambda: TEXT.decode(THREE[2:]), r"shape \(1, 4\), wanted \(T,\)"),
        (lambda: TEXT.decode(torch.tensor([-1])), "symbols range from -1"),
        (lambda: TEXT.decode(torch.tensor([0.5])), "symbols are torch.float32"),
        (lambda: TEXT.decode([0, 1]), "symbols are list"),
        (lambda: TEXT.decode(THREE[0, :0]), "no symbols"),
        (lambda: TEXT.windows(8), "length=8: wanted at most 7"),
        (lambda: TEXT.windows(0), "length=0"),
        (lambda: TEXT.windows(2, step=0), "step=0"),
        (lambda: DATA.long(labels=1), "labels is int, wanted True or False"),
        (lambda: Text(THREE[0].long(), "ACGT"), r"uint8 \(T,\); these are torch.int64"),
        (lambda: Text(THREE, "ACGT"), r"of shape \(3, 4\)"),
        (lambda: Text(THREE[0], "ACG"), "range from 0 to 3"),
        (lambda: Text(THREE[0], "ACGA"), "alphabet is 'ACGA', wanted .* different letters"),
        (lambda: Text(THREE[0], ["A", "C"]), "alphabet is list"),
        (lambda: Text(THREE[1] - 3, "A"), "2 to 256"),
    ],
)
def test_what_is_no_text_is_refused(wrong: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        wrong()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"symbols": THREE.long()}, r"uint8 \(N, T\); these are torch.int64"),
        ({"symbols": THREE[0]}, r"shape \(4,\)"),
        ({"symbols": THREE + 1}, "range from 1 to 4"),
        ({"labels": LABELS[:2]}, r"3 sequences need 3 labels; these have shape \(2,\)"),
        ({"labels": LABELS.int()}, "labels are an int64 tensor; these are torch.int32"),
        ({"labels": LABELS + 1}, "labels are from 0 to 1; these go from 1 to 2"),
        ({"families": [0, 0, 0]}, "families are an int64 tensor; these are list"),
        ({"families": LABELS - 1}, "families are from 0; these go from -1 to 0"),
        ({"alphabet": "AA"}, "different letters"),
    ],
)
def test_what_is_no_set_of_sequences_is_refused(change: dict, message: str) -> None:
    right = {name: getattr(DATA, name) for name in ("symbols", "labels", "families")}
    right |= {"alphabet": "ACGT", "names": ("yes", "no")}
    with pytest.raises(ValueError, match=message):
        Sequences(**(right | change))
