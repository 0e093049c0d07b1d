"""Pixels whose levels come from a mixture of logistic distributions."""

import torch
from torch import Tensor

from genlib.likelihoods.categorical import draw
from genlib.likelihoods.levels import Levels
from genlib.likelihoods.logistic import LARGEST, SMALLEST, log_bin, mean_level, nearest_level
from genlib.nn import uniform


class LogisticMixture(Levels):
    r"""Each pixel on its own, from a mixture of K logistic distributions cut into L levels.

    .. math:: P(y) = \sum_{j=1}^K w_j \Big[ \sigma\Big( \frac{y + h - m_j}{s_j} \Big)
              - \sigma\Big( \frac{y - h - m_j}{s_j} \Big) \Big], \qquad y = 2 x - 1, \quad
              h = \frac{1}{L - 1}

    The bins of the lowest and the highest level are open. The parameters of a pixel are P = 3 K
    numbers: K logits of the weights w, K means m, K logarithms of scales s (kept in -7 ... 7).
    Pixels are :math:`x = k / (L - 1)` in [0, 1], and near levels have near probabilities, which a
    :py:class:`~genlib.likelihoods.Categorical` has to learn. Salimans et al. (2017,
    https://arxiv.org/abs/1701.05517).

    Args:
        components: K.
        levels: L.
        event_dims: dimensions of an event, 3 for images.

    Raises:
        ValueError: if a number is out of its range.
    """

    def __init__(self, components: int = 10, levels: int = 256, event_dims: int = 3) -> None:
        """Keep the sizes."""
        super().__init__(levels, event_dims)
        if components < 1:
            raise ValueError(f"components={components}, wanted at least 1")
        self.components = components
        self.numbers = 3 * components

    def mixture(self, parameters: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return the weights' logits, means and log-scales, each ``(..., K, *event)``."""
        groups = parameters.unflatten(self.axis, (3, self.components))
        logits, means, log_scales = groups.unbind(self.axis - 1)
        return logits, means, log_scales.clamp(SMALLEST, LARGEST)

    def log_prob(self, x: Tensor, parameters: Tensor) -> Tensor:
        """Return log p(x) in nats, ``(...)``, for parameters ``(..., 3 K, *event)``."""
        logits, means, log_scales = self.mixture(self.widened(parameters, x.dtype))
        y = (2 * self.value(self.level(x)) - 1).unsqueeze(self.axis)
        log_joint = logits.log_softmax(self.axis) + log_bin(y, means, log_scales, self.levels)
        return self.total(log_joint.logsumexp(self.axis))

    def probabilities(self, parameters: Tensor) -> Tensor:
        r"""Return the probability of every level of every pixel, ``(..., L, *event)``."""
        axis = self.axis
        logits, means, log_scales = self.mixture(self.widened(parameters))
        numbers = torch.arange(self.levels, dtype=means.dtype, device=means.device)
        y = (2 * self.value(numbers) - 1).reshape(-1, 1, *[1] * self.event_dims)
        log_bins = log_bin(
            y, means.unsqueeze(axis - 1), log_scales.unsqueeze(axis - 1), self.levels
        )
        log_joint = logits.log_softmax(axis).unsqueeze(axis - 1) + log_bins
        return log_joint.logsumexp(axis).exp()

    def mean(self, parameters: Tensor) -> Tensor:
        """Return the mean of the levels, in units of x."""
        logits, means, log_scales = self.mixture(self.widened(parameters))
        each = mean_level(means, log_scales, self.levels)
        return ((logits.softmax(self.axis) * each).sum(self.axis) + 1) / 2

    @torch.no_grad()
    def sample(self, parameters: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Draw each pixel's component, a point of its logistic, and take the level there."""
        logits, means, log_scales = self.mixture(self.widened(parameters))
        chosen = draw(logits, self.axis, generator).unsqueeze(self.axis)
        mean, log_scale = (
            part.gather(self.axis, chosen).squeeze(self.axis) for part in (means, log_scales)
        )
        return (nearest_level(logistic(mean, log_scale, generator), self.levels) + 1) / 2


def logistic(mean: Tensor, log_scale: Tensor, generator: torch.Generator | None = None) -> Tensor:
    """Draw from logistic distributions, by the inverse of the sigmoid."""
    u = uniform(*mean.shape, like=mean, generator=generator)
    return mean + torch.exp(log_scale) * torch.logit(u)
