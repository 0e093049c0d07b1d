"""How much data and how much noise there is at each time."""

import math
from abc import ABC, abstractmethod
from typing import NamedTuple

import torch
from torch import Tensor

from genlib.diffusion.arguments import check_times
from genlib.player import is_number
from genlib.suggest import suggestion


class Coefficients(NamedTuple):
    r"""What stands before data and noise at some times, and their rates of change.

    .. math:: x_t = \alpha_t x_0 + \sigma_t \varepsilon, \qquad
              \dot x_t = \dot\alpha_t x_0 + \dot\sigma_t \varepsilon
    """

    alpha: Tensor
    sigma: Tensor
    alpha_rate: Tensor
    sigma_rate: Tensor


class NoiseSchedule(ABC):
    r"""A path from data at time 0 to noise at time 1.

    .. math:: q(x_t | x_0) = \mathcal N(\alpha_t x_0, \sigma_t^2 I)

    Alpha falls from 1, sigma rises from 0, both smoothly. A step from s to a later t multiplies by
    :math:`\alpha_t / \alpha_s` and adds noise of variance
    :math:`\sigma_t^2 - (\alpha_t / \alpha_s)^2 \sigma_s^2`. Derived in the chapter on denoising
    diffusion.
    """

    @abstractmethod
    def alpha(self, t: Tensor) -> Tensor:
        """Return the factor on the data at each time, of the shape of t."""

    @abstractmethod
    def sigma(self, t: Tensor) -> Tensor:
        """Return the standard deviation of the noise at each time, of the shape of t."""

    @abstractmethod
    def rates(self, t: Tensor) -> tuple[Tensor, Tensor]:
        """Return the derivatives of alpha and of sigma by time, each of the shape of t."""

    def log_snr(self, t: Tensor) -> Tensor:
        r"""Return the logarithm of the signal-to-noise ratio :math:`\alpha_t^2 / \sigma_t^2`."""
        return 2 * (self.alpha(t).log() - self.sigma(t).log())

    def at(self, t: Tensor, x: Tensor | None = None) -> Coefficients:
        """Return the coefficients at times ``(B,)``, shaped so that they multiply events x."""
        t = t if x is None else t.reshape(-1, *[1] * (x.dim() - 1))
        return Coefficients(self.alpha(t), self.sigma(t), *self.rates(t))

    def noised(self, x: Tensor, noise: Tensor, t: Tensor) -> Tensor:
        r"""Return :math:`\alpha_t x + \sigma_t \varepsilon` for events x ``(B, *event)``.

        Raises:
            ValueError: if t is not one time in [0, 1] for each event.
        """
        check_times(t, x)
        at = self.at(t, x)
        return at.alpha * x + at.sigma * noise


class LinearSchedule(NoiseSchedule):
    r"""The noise that is added grows linearly: :math:`\beta(t) = b_0 + (b_1 - b_0) t`.

    .. math:: \alpha_t = \exp\Big(-\tfrac12 \int_0^t \beta(u)\, du\Big), \qquad
              \sigma_t^2 = 1 - \alpha_t^2

    With T steps of length 1/T, a step adds noise of a variance close to :math:`\beta(t) / T`. The
    defaults are then those of Ho, Jain and Abbeel (2020, https://arxiv.org/abs/2006.11239) at
    T = 1,000; in continuous time Song et al. (2021, https://arxiv.org/abs/2011.13456).

    Args:
        first: b_0, the rate at time 0.
        last: b_1, the rate at time 1.

    Raises:
        ValueError: unless 0 < first <= last.
    """

    def __init__(self, first: float = 0.1, last: float = 20.0) -> None:
        """Keep both rates."""
        if not (is_number(first) and is_number(last) and 0 < first <= last):
            raise ValueError(f"first={first}, last={last}, wanted 0 < first <= last")
        self.first, self.last = first, last

    def log_alpha(self, t: Tensor) -> Tensor:
        """Return the logarithm of alpha."""
        return -0.5 * (self.first * t + 0.5 * (self.last - self.first) * t.square())

    def alpha(self, t: Tensor) -> Tensor:
        """Return the factor on the data."""
        return self.log_alpha(t).exp()

    def sigma(self, t: Tensor) -> Tensor:
        """Return the standard deviation of the noise."""
        return (-torch.expm1(2 * self.log_alpha(t))).sqrt()  # precise where there is little noise

    def rates(self, t: Tensor) -> tuple[Tensor, Tensor]:
        """Return both derivatives; that of sigma is infinite at time 0."""
        beta, alpha = self.first + (self.last - self.first) * t, self.alpha(t)
        return -0.5 * beta * alpha, 0.5 * beta * alpha.square() / self.sigma(t)


class CosineSchedule(NoiseSchedule):
    r"""Data and noise trade places along a circle, :math:`\alpha_t = \cos\omega t`.

    .. math:: \alpha_t = \cos \omega t, \qquad \sigma_t = \sin \omega t

    Nichol and Dhariwal (2021, https://arxiv.org/abs/2102.09672), without their offset at time 0;
    where they bound a step's noise, here alpha stops a little above 0.

    Args:
        last: alpha at time 1; :math:`\omega` is its arc cosine.

    Raises:
        ValueError: if ``last`` is not above 0 and below 1.
    """

    def __init__(self, last: float = 0.01) -> None:
        """Keep the angle that is turned by time 1."""
        if not is_number(last) or not 0 < last < 1:
            raise ValueError(f"last={last!r}, wanted a number above 0 and below 1")
        self.angle = math.acos(last)

    def alpha(self, t: Tensor) -> Tensor:
        """Return the factor on the data."""
        return (self.angle * t).cos()

    def sigma(self, t: Tensor) -> Tensor:
        """Return the standard deviation of the noise."""
        return (self.angle * t).sin()

    def rates(self, t: Tensor) -> tuple[Tensor, Tensor]:
        """Return both derivatives."""
        return -self.angle * self.sigma(t), self.angle * self.alpha(t)


class StraightSchedule(NoiseSchedule):
    r"""Every datum goes straight to its noise: :math:`x_t = (1 - t)\, x_0 + t\, \varepsilon`.

    Liu, Gong and Liu (2023, https://arxiv.org/abs/2209.03003), Lipman et al. (2023,
    https://arxiv.org/abs/2210.02747), who count time from noise to data.
    """

    def alpha(self, t: Tensor) -> Tensor:
        """Return the factor on the data, 1 - t."""
        return 1 - t

    def sigma(self, t: Tensor) -> Tensor:
        """Return the standard deviation of the noise, t."""
        return t

    def rates(self, t: Tensor) -> tuple[Tensor, Tensor]:
        """Return both derivatives, -1 and 1."""
        return -torch.ones_like(t), torch.ones_like(t)


SCHEDULES = {"cosine": CosineSchedule, "linear": LinearSchedule, "straight": StraightSchedule}


def schedule_named(which: str | NoiseSchedule) -> NoiseSchedule:
    """Return the noise schedule of that name; one that is built stays.

    Raises:
        ValueError: if there is none; the nearest name is given.
    """
    if isinstance(which, NoiseSchedule):
        return which
    if which not in SCHEDULES:
        raise ValueError(f"noise={which!r}{suggestion(which, SCHEDULES)}")
    return SCHEDULES[which]()
