"""Layers that let a network see how different the examples of a batch are."""

import torch
from torch import Tensor, nn


class MinibatchStd(nn.Module):
    r"""Append one feature: the standard deviation over the batch, averaged over all features.

    .. math::

        y = [x, s], \qquad s = \frac1n \sum_{j=1}^n \sqrt{\mathrm{var}_i\, x_{ij} + 10^{-8}}.

    ``(B, C, ...)`` becomes ``(B, C + 1, ...)``; every example of a group gets the same number.

    Args:
        group: how many examples, one after the other, are compared; None means the whole batch,
            as does a batch of fewer.

    Raises:
        ValueError: if ``group`` is not positive; when it is called, if a batch is not of whole
            groups.

    Karras, Aila, Laine and Lehtinen (2018, https://arxiv.org/abs/1710.10196), section 3. Derived
    in the chapter on stabilising GANs.
    """

    def __init__(self, group: int | None = None) -> None:
        """Keep the size of a group."""
        super().__init__()
        if group is not None and group < 1:
            raise ValueError(f"group={group}, wanted a positive number, or None")
        self.group = group

    def forward(self, x: Tensor) -> Tensor:
        """Append the feature to ``(B, C, ...)``."""
        group = min(self.group or len(x), len(x))
        if len(x) % group:
            raise ValueError(f"a batch of {len(x)} has no whole groups of {group}")
        groups = x.reshape(-1, group, x[0].numel())
        spread = (groups.var(dim=1, correction=0) + 1e-8).sqrt().mean(dim=1)
        spread = spread.repeat_interleave(group).view(-1, *[1] * (x.ndim - 1))
        return torch.cat([x, spread.expand(-1, 1, *x.shape[2:])], dim=1)


class MinibatchDiscrimination(nn.Module):
    r"""Append features that say how near the other examples of the batch are.

    .. math::

        o_{ik} = \sum_j \exp(-\|M_{ik} - M_{jk}\|_1), \qquad
        M_{ik} = \sum_f x_{if} T_{fk} \in \mathbb R^w.

    ``(B, C, ...)`` becomes ``(B, C + kernels, ...)``. Each feature lies between 1, an example by
    itself, and B, a batch of copies.

    Args:
        features: numbers of one example, those of all its pixels together.
        kernels: how many features to append, k.
        width: w, numbers by which one of them compares two examples.

    Raises:
        ValueError: if a size is not positive.

    Salimans et al. (2016, https://arxiv.org/abs/1606.03498), section 3.2. Derived in the chapter
    on stabilising GANs.
    """

    def __init__(self, features: int, kernels: int = 16, width: int = 5) -> None:
        """Draw the tensor T."""
        super().__init__()
        if min(features, kernels, width) < 1:
            raise ValueError(
                f"features={features}, kernels={kernels}, width={width}: wanted positive sizes"
            )
        self.weight = nn.Parameter(torch.randn(features, kernels, width) / features**0.5)

    def forward(self, x: Tensor) -> Tensor:
        """Append the features to ``(B, C, ...)``."""
        rows = torch.einsum("bf,fkw->bkw", x.flatten(1), self.weight)
        distances = (rows[:, None] - rows).abs().sum(dim=-1)
        near = (-distances).exp().sum(dim=1).to(x.dtype)
        near = near.view(*near.shape, *[1] * (x.ndim - 2))
        return torch.cat([x, near.expand(-1, -1, *x.shape[2:])], dim=1)
