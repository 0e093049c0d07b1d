"""Families of near relatives, and splits that keep groups whole."""

import pytest
import torch

from genlib.data import grouped
from genlib.data.alphabets import encode_each
from genlib.data.families import single_linkage
from genlib.data.splice import BASES, read_splice


def families(*texts: str, mismatches: int = 2, shift: int = 5) -> list[int]:
    return single_linkage(encode_each(texts, BASES), mismatches, shift).tolist()


def test_stored_families_are_those_that_are_computed() -> None:
    symbols, _, stored = read_splice()
    assert torch.equal(single_linkage(symbols), stored)


def test_a_few_mismatches_make_relatives_and_one_more_does_not() -> None:
    assert families("AAAAAAAAAA", "CCAAAAAAAA", "CCCCCCCCCC", shift=0) == [0, 0, 1]
    assert families("AAAAAAAAAA", "CCCAAAAAAA", shift=0) == [0, 1]


def test_relatives_of_relatives_are_one_family() -> None:
    assert families("AAAAAAAAAA", "TTTTTTTTTT", "CCAAAAAAAA", "CCCCAAAAAA", shift=0) == [0, 1, 0, 0]


@pytest.mark.parametrize("by", [1, 5])
def test_a_shifted_copy_is_a_relative_whichever_way_it_is_shifted(by: int) -> None:
    gene = "ACGTTGCAATCGGATC"
    one, other = gene[:10], gene[by : by + 10]
    assert families(one, other) == families(other, one) == [0, 0]
    assert families(one, other, shift=by - 1) == [0, 1]


def test_four_of_five_letters_have_to_agree_in_a_shifted_overlap() -> None:
    # one letter further right there are ten in the overlap
    assert families("ACGTTGCAATC", "CGTTGCAAGGA", shift=1) == [0, 0]  # eight agree
    assert families("ACGTTGCAATC", "CGTTGCACGGA", shift=1) == [0, 1]  # seven


def test_letters_must_agree_place_by_place() -> None:
    assert families("AACC", "CCAA", mismatches=1, shift=0) == [0, 1]


@pytest.mark.parametrize(
    ("symbols", "arguments", "message"),
    [
        (torch.zeros(5), {}, r"\(N, T\)"),
        (torch.zeros(0, 5), {}, "at least one"),
        ([[1]], {}, "tensor"),
        (torch.zeros(2, 9), {"shift": 9}, "shift=9: wanted below 9"),
        (torch.zeros(2, 9), {"mismatches": 9, "shift": 1}, "mismatches=9"),
        (torch.zeros(2, 9), {"mismatches": -1}, "mismatches=-1"),
    ],
)
def test_what_has_no_families_is_refused(
    symbols: object, arguments: dict[str, int], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        single_linkage(symbols, **arguments)


GROUPS = torch.randint(400, (1000,), generator=torch.Generator().manual_seed(0))
GROUPS = GROUPS.unique(return_inverse=True)[1]


def test_three_splits_share_neither_rows_nor_groups_and_leave_none_out() -> None:
    parts = [grouped.rows(GROUPS, split, 3) for split in ("train", "validation", "test")]
    assert torch.equal(torch.cat(parts).sort().values, torch.arange(1000))
    kinds = [set(GROUPS[rows].tolist()) for rows in parts]
    assert sum(map(len, kinds)) == len(set.union(*kinds)) == GROUPS.max() + 1
    both = grouped.rows(GROUPS, "train+validation", 3)
    assert torch.equal(both, torch.cat([parts[1], parts[0]]))


@pytest.mark.parametrize("seed", range(5))
def test_shares_are_met_to_within_a_group(seed: int) -> None:
    largest = GROUPS.bincount().max().item()
    for split, share in {"test": 0.2, "validation": 0.1, "train": 0.7}.items():
        assert abs(len(grouped.rows(GROUPS, split, seed)) - 1000 * share) <= largest


def test_a_group_across_a_border_goes_where_its_middle_is() -> None:
    groups = torch.tensor([0] * 7 + [1] * 3)
    for seed in range(8):
        test, train = (grouped.rows(groups, s, seed).tolist() for s in ("test", "train"))
        # group 1 alone, when it comes first, has its middle at 0.15; group 0 at 0.35
        assert (test, train) in (([7, 8, 9], list(range(7))), ([], list(range(10))))
        if not test:
            assert groups[train].tolist() == [0] * 7 + [1] * 3


def test_groups_stay_together_in_a_new_order_for_each_seed() -> None:
    orders = [GROUPS[grouped.rows(GROUPS, "train", seed)] for seed in (0, 0, 1)]
    assert torch.equal(orders[0], orders[1])
    assert not torch.equal(orders[0][:100], orders[2][:100])
    runs = orders[0].unique_consecutive()
    assert len(runs) == len(runs.unique())
    assert not torch.equal(runs, runs.sort().values)


def test_a_group_whose_middle_is_on_a_border_is_in_one_split() -> None:
    groups = torch.arange(5).repeat_interleave(4)  # the middle of the second is at 0.3
    parts = [grouped.rows(groups, split, 0) for split in ("train", "validation", "test")]
    assert [len(rows) for rows in parts] == [16, 0, 4]
