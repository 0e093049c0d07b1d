"""The denoiser that a network would be, had it learnt its data by heart."""

import math

import torch
from torch import Tensor, nn

from genlib.diffusion.schedules import NoiseSchedule, schedule_named


class IdealDenoiser(nn.Module):
    r"""The exact mean of the data given a noisy event, where the data are N given events.

    Noise makes of N points a mixture of N Gaussians, and the least squared error is that of their
    mean by Bayes' rule,

    .. math:: \hat x_0(x, t) = \sum_n w_n(x) x_n, \qquad
              w_n(x) \propto \exp\Big(-\frac{\lVert x - \alpha_t x_n \rVert^2}{2 \sigma_t^2}\Big).

    What it generates are its data again. Derived in the chapter on denoising diffusion.

    Args:
        data: the events, ``(N, *event)``.
        noise: the schedule, built or by name: ``"cosine"``, ``"linear"`` or ``"straight"``.

    Raises:
        ValueError: if the data are no finite floats, or there are none.
    """

    data: Tensor

    def __init__(self, data: Tensor, noise: str | NoiseSchedule = "cosine") -> None:
        """Keep the data."""
        super().__init__()
        good = isinstance(data, Tensor) and data.is_floating_point() and data.dim() > 1
        if not good or data.numel() == 0 or not data.isfinite().all():
            given = tuple(data.shape) if isinstance(data, Tensor) else type(data).__name__
            raise ValueError(f"IdealDenoiser wants finite floats (N, *event); this is {given}")
        self.register_buffer("data", data.detach().clone())
        self.noise = schedule_named(noise)

    def log_joint(self, x: Tensor, t: Tensor) -> Tensor:
        r"""Return :math:`\log \tfrac1N \mathcal N(x; \alpha_t x_n, \sigma_t^2 I)`, ``(B, N)``.

        In nats, for noisy events ``(B, *event)`` at times ``(B,)`` above 0.
        """
        at, rows, data = self.noise.at(t), x.flatten(1), self.data.flatten(1)
        # differences first: of products, what little noise leaves would be lost in rounding
        squares = torch.stack(
            [(row - a * data).square().sum(1) for row, a in zip(rows, at.alpha, strict=True)]
        )
        variance, size = at.sigma.square()[:, None], rows.shape[1]
        constant = 0.5 * size * (2 * math.pi * variance).log() + math.log(len(data))
        return -squares / (2 * variance) - constant

    def log_prob(self, x: Tensor, t: Tensor) -> Tensor:
        """Return the log-density of noisy events at times t in nats, ``(B,)``."""
        return self.log_joint(x, t).logsumexp(1)

    def forward(self, x: Tensor, t: Tensor, label: None = None) -> Tensor:
        """Return the mean of the data given events ``(B, *event)`` at times ``(B,)`` above 0."""
        weights = self.log_joint(x, t).softmax(1)
        return (weights @ self.data.flatten(1)).view_as(x)

    def score(self, x: Tensor, t: Tensor) -> Tensor:
        r"""Return :math:`\nabla_x \log p_t(x)`, by Tweedie's formula, of the shape of x."""
        at = self.noise.at(t, x)
        return (at.alpha * self(x, t) - x) / at.sigma.square()
