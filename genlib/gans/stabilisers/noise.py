"""Noise on all that D sees."""

import torch
from torch import Tensor

from genlib.gans.checks import check_numbers, check_positive
from genlib.gans.stabilisers.base import Stabiliser


class InstanceNoise(Stabiliser):
    r"""Add noise to everything that D sees, less and less of it.

    .. math::

        s(x + \sigma_t \epsilon), \qquad \epsilon \sim N(0, I), \qquad
        \sigma_t = \sigma \max(0, 1 - t / (u T)) \quad \text{in round } t \text{ of } T.

    Data, samples and the points of a penalty get noise of the same law, fresh each time D is
    called; G learns through the noise on its samples. Only in training mode: what D says later is
    said of the events as they are.

    Args:
        std: sigma, in the units of the events.
        until: u, the share of the training after which there is none; None keeps all of it.

    Raises:
        ValueError: if ``std`` is negative or ``until`` not positive.

    Source: Sønderby et al. (2017), https://arxiv.org/abs/1610.04490, section 2.2; Arjovsky and
    Bottou (2017), https://arxiv.org/abs/1701.04862.
    Chapter: "Stabilising GANs".
    """

    def __init__(self, std: float = 0.5, until: float | None = 0.5) -> None:
        """Begin with all of the noise."""
        super().__init__()
        check_numbers(self, 0, std=std)
        if until is not None:
            check_positive(self, until=until)
        self.std, self.until = std, until
        self.register_buffer("now", torch.tensor(float(std)), persistent=False)

    def on_step(self, step: int, steps: int) -> None:
        """Set how much noise there is in this round."""
        left = 1.0 if self.until is None else max(0.0, 1 - step / (self.until * steps))
        self.now.fill_(self.std * left)

    def seen(self, x: Tensor) -> Tensor:
        """Return events with noise on them."""
        return x + self.now.to(x.dtype) * torch.randn_like(x) if self.training else x

    def extra_repr(self) -> str:
        """Show both numbers."""
        return f"std={self.std}, until={self.until}"
