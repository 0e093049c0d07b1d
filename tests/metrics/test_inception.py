"""The inception score: exact cases, its bias, and that it knows nothing of the data."""

import math

import pytest
import torch
from torch import Tensor

from genlib.metrics import InceptionScore, inception_score


def sure(labels: list[int], classes: int) -> Tensor:
    return torch.nn.functional.one_hot(torch.tensor(labels), classes).double()


def test_sure_labels_of_every_kind_score_their_number() -> None:
    found = inception_score(sure(list(range(10)) * 5, 10), splits=1)
    assert found == InceptionScore(pytest.approx(10), 0.0)


def test_one_label_or_none_at_all_scores_one() -> None:
    assert inception_score(sure([3] * 20, 10), splits=2) == InceptionScore(1.0, 0.0)
    assert inception_score(torch.full((20, 10), 0.1), splits=2).value == pytest.approx(1)


def test_a_case_by_hand() -> None:
    rows = torch.tensor([[0.9, 0.1], [0.2, 0.8]])
    middle = [0.55, 0.45]
    divergences = [
        sum(p * math.log(p / q) for p, q in zip(row, middle, strict=True))
        for row in ([0.9, 0.1], [0.2, 0.8])
    ]
    found = inception_score(rows, splits=1)
    assert found.value == pytest.approx(math.exp(sum(divergences) / 2), rel=1e-6)


def test_value_and_spread_are_of_the_parts() -> None:
    # Each part is a single row, which tells nothing of its label; or all rows are the same pair.
    assert inception_score(sure([0, 1, 2, 3], 4), splits=4) == InceptionScore(1.0, 0.0)
    two = inception_score(sure([0, 1, 1], 2), splits=2)  # parts of two rows and of one
    first = 1.0 if two.value == 1 else 2.0
    assert two.value == pytest.approx((first + 1) / 2)
    assert two.spread == pytest.approx((first - 1) / math.sqrt(2))


def test_few_examples_a_part_score_too_little_by_the_law() -> None:
    classes, n, runs = 10, 200, 300
    generator = torch.Generator().manual_seed(0)
    labels = torch.randint(classes, (runs, n), generator=generator)
    logs = [
        math.log(inception_score(sure(row.tolist(), classes), splits=1).value) for row in labels
    ]
    lost = math.log(classes) - sum(logs) / runs
    assert lost == pytest.approx((classes - 1) / (2 * n), rel=0.1)


def test_sorted_rows_are_shuffled_first() -> None:
    rows = sure(sorted(list(range(10)) * 50), 10)
    assert inception_score(rows, splits=5).value > 9
    assert inception_score(rows) == inception_score(rows)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"given": torch.ones(4)}, r"wanted probabilities \(N, C\).*this is \(4,\)"),
        ({"given": torch.ones(4, 3)}, "add up to 1; these range over"),
        ({"given": torch.tensor([[1.5, -0.5]])}, r"range over \[-0.5, 1.5\]"),
        ({"splits": 5}, "4 examples, wanted at least one for each of 5 parts"),
        ({"splits": 0}, "splits=0, wanted a whole number, at least 1"),
    ],
)
def test_what_is_no_set_of_probabilities_is_refused(arguments: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        inception_score(**({"given": torch.full((4, 2), 0.5), "splits": 1} | arguments))
