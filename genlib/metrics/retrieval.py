"""Whether codes of partners find each other."""

import torch
from torch import Tensor

from genlib.metrics.arguments import feature_sets


def retrieval(codes: Tensor, partners: Tensor) -> float:
    r"""Return how often the nearest of all partners' codes is that of one's own partner.

    .. math:: \frac1N \sum_i \mathbf 1\big[\arg\min_j \|c_i - d_j\| = i\big]

    With codes that know nothing of each other it is about 1 / N, so name N beside it. Partners
    that are equally near count by the share that chance would give them. Chapter: image to image.

    Args:
        codes: (N, D), or (N, ...), which is flattened.
        partners: the same, in the same order.

    Raises:
        ValueError: if these are no as many codes of one size, of finite numbers.
    """
    if codes.shape != partners.shape or codes.ndim < 2:
        given = f"codes {tuple(codes.shape)}, partners {tuple(partners.shape)}"
        raise ValueError(f"{given}: wanted as many of one size")
    x, y = feature_sets(1, codes=codes.flatten(1), partners=partners.flatten(1))
    distances = torch.cdist(x, y, compute_mode="donot_use_mm_for_euclid_dist")
    nearest = distances <= distances.min(1, keepdim=True).values
    return (nearest.diagonal().double() / nearest.sum(1)).mean().item()
