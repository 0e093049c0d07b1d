"""Precision and recall, density and coverage: are samples like the data, are the data like them?"""

from dataclasses import dataclass

import torch
from torch import Tensor

from genlib.metrics.arguments import check_count, feature_sets
from genlib.metrics.neighbours import TOGETHER, distances, to_kth_other


@dataclass(frozen=True)
class PrecisionRecall:
    """How two sets lie in each other; all but ``density`` are shares in [0, 1].

    Attributes:
        precision: share of fakes within a ball around some real example.
        recall: share of real examples within a ball around some fake.
        density: mean number of balls around real examples that a fake lies in, divided by k; its
            mean is 1 for samples of the data's distribution, and it may be more.
        coverage: share of real examples whose own ball holds a fake.
    """

    precision: float
    recall: float
    density: float
    coverage: float


def precision_recall(real: Tensor, fake: Tensor, *, k: int = 5) -> PrecisionRecall:
    r"""Return how many samples lie among the data, and how many of the data among samples.

    Around each example lies a closed ball that just reaches the k-th nearest other one of its own
    set. With the balls :math:`B_i` of N real and :math:`C_j` of M fake examples,

    .. math::

        \text{precision} &= \tfrac1M |\{ j : y_j \in \textstyle\bigcup_i B_i \}|, \\
        \text{recall} &= \tfrac1N |\{ i : x_i \in \textstyle\bigcup_j C_j \}|, \\
        \text{density} &= \tfrac{1}{kM} |\{ i, j : y_j \in B_i \}|, \\
        \text{coverage} &= \tfrac1N |\{ i : y_j \in B_i \text{ for some } j \}|.

    Precision and recall: Kynkäänniemi et al. (2019, https://arxiv.org/abs/1904.06991), k = 3;
    density and coverage: Naeem et al. (2020, https://arxiv.org/abs/2002.09797), k = 5. One outlier
    has a large ball, which lets precision or recall be too high; the other two do not suffer so
    much. For two samples of one distribution, whatever it is, the expected density is 1 and the
    expected coverage :math:`1 - \binom{N-1}{k} / \binom{N+M-1}{k}`. Derived in the chapter on
    evaluating samples.

    Args:
        real: features of the data, (N, D).
        fake: features of samples, (M, D).
        k: which nearest neighbour a ball reaches.

    Returns:
        the four numbers, computed in float64.

    Raises:
        ValueError: if ``k`` is no positive whole number, a set is no (N, D) of finite numbers with
            more than k rows, or D differs.
    """
    check_count(1, k=k)
    real, fake = feature_sets(k + 1, real=real, fake=fake)
    real_radii, fake_radii = to_kth_other(real, k), to_kth_other(fake, k)
    holding = torch.zeros(len(fake), dtype=torch.long)  # real balls that a fake lies in
    covered, recalled = [], []
    for rows, radii in zip(real.split(TOGETHER), real_radii.split(TOGETHER), strict=True):
        apart = distances(rows, fake)
        inside = apart <= radii[:, None]
        holding += inside.sum(0)
        covered.append(inside.any(1))
        recalled.append((apart <= fake_radii).any(1))
    return PrecisionRecall(
        precision=(holding > 0).double().mean().item(),
        recall=torch.cat(recalled).double().mean().item(),
        density=holding.double().mean().item() / k,
        coverage=torch.cat(covered).double().mean().item(),
    )
