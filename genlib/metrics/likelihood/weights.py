"""Importance weights, and the three numbers that they are worth."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, eq=False)
class LogWeights:
    r"""Logarithms of K unbiased estimates :math:`w_k` of Z for each of B targets.

    Attributes:
        log_weights: nats, (K, B), float64.
    """

    log_weights: Tensor

    @property
    def estimate(self) -> Tensor:
        r"""The estimate :math:`\log \frac1K \sum_k w_k` of log Z in nats, (B,).

        By Jensen's inequality it is too small in the mean, by about half its squared error.
        """
        return torch.logsumexp(self.log_weights, 0) - math.log(len(self.log_weights))

    @property
    def effective(self) -> Tensor:
        r"""The effective sample size :math:`(\sum_k w_k)^2 / \sum_k w_k^2`, (B,), from 1 to K.

        How many equal weights would do as well. Near 1 a single draw decides, and ``error`` is not
        to be believed either.
        """
        w = self.log_weights
        return torch.exp(2 * torch.logsumexp(w, 0) - torch.logsumexp(2 * w, 0))

    @property
    def error(self) -> Tensor:
        """The standard error of the estimate in nats to first order, (B,); infinite for K = 1."""
        draws = len(self.log_weights)
        if draws == 1:
            return torch.full_like(self.log_weights[0], math.inf)
        return torch.sqrt((draws / self.effective - 1).clamp(min=0) / (draws - 1))
