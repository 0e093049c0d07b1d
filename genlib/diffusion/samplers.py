"""From noise to data by what a network says of the data: ancestral steps and DDIM."""

from collections.abc import Callable
from itertools import pairwise

import torch
from torch import Tensor

from genlib.diffusion.arguments import check_grid, check_share, check_times
from genlib.diffusion.conversions import data_and_noise
from genlib.diffusion.schedules import NoiseSchedule
from genlib.nn import standard_normal
from genlib.suggest import suggestion

VARIANCES = ("lower", "upper")
Denoiser = Callable[[Tensor, Tensor], Tensor]
"""From noisy events (B, *event) and their times (B,) to the mean of the data, (B, *event)."""


def posterior(
    x: Tensor, x0: Tensor, t: Tensor, s: Tensor, noise: NoiseSchedule
) -> tuple[Tensor, Tensor]:
    r"""Return mean and variance of :math:`q(x_s | x_t, x_0)`, for an earlier time s < t.

    With :math:`\alpha_{t|s} = \alpha_t / \alpha_s` and
    :math:`\sigma_{t|s}^2 = \sigma_t^2 - \alpha_{t|s}^2 \sigma_s^2`, what a step multiplies by and
    adds,

    .. math:: \mu = \frac{\alpha_{t|s} \sigma_s^2}{\sigma_t^2} x_t
              + \frac{\alpha_s \sigma_{t|s}^2}{\sigma_t^2} x_0, \qquad
              v = \frac{\sigma_{t|s}^2 \sigma_s^2}{\sigma_t^2}.

    Ho, Jain and Abbeel (2020, https://arxiv.org/abs/2006.11239), in the notation of Kingma et al.
    (2021, https://arxiv.org/abs/2107.00630). Derived in the chapter on denoising diffusion.

    Args:
        x: x_t, ``(B, *event)``.
        x0: the data, ``(B, *event)``.
        t: times of x, ``(B,)``.
        s: earlier times, ``(B,)``.
        noise: the schedule.

    Returns:
        mean ``(B, *event)``, and variance, one number an event, shaped so that it can be added.

    Raises:
        ValueError: if these are no such times.
    """
    check_times(t, x)
    check_times(s, x)
    if not (s < t).all():
        raise ValueError("the posterior wanted an earlier time s < t for each event")
    return posterior_unchecked(x, x0, t, s, noise)


def posterior_unchecked(
    x: Tensor, x0: Tensor, t: Tensor, s: Tensor, noise: NoiseSchedule
) -> tuple[Tensor, Tensor]:
    """Return the same for times that are known to be good: nothing waits for the device."""
    late, early = noise.at(t, x), noise.at(s, x)
    factor, added = late.alpha / early.alpha, step_variance(x, t, s, noise)
    kept = early.sigma**2 / late.sigma**2
    mean = factor * kept * x + early.alpha * added / late.sigma**2 * x0
    return mean, added * kept


@torch.no_grad()
def ancestral(
    denoiser: Denoiser,
    x: Tensor,
    times: Tensor,
    noise: NoiseSchedule,
    *,
    variance: str = "lower",
    generator: torch.Generator | None = None,
) -> Tensor:
    r"""Draw each :math:`x_s \sim q(x_s | x_t, \hat x_0(x_t))` in turn, and return the last.

    With ``variance="upper"`` a step's noise is not the posterior's but that of the step forward,
    :math:`\sigma_{t|s}^2`, which is more: right for data like N(0, I), as the other is for a single
    datum (Ho, Jain and Abbeel, 2020, https://arxiv.org/abs/2006.11239).

    Args:
        denoiser: the mean of the data, :math:`\hat x_0(x_t)`, from ``(B, *event)`` and ``(B,)``.
        x: events at the first time, ``(B, *event)``; pure noise if that is 1.
        times: a grid that falls, ``(K + 1,)``, such as 1 to 0. At 0 there is no noise left.
        noise: the schedule.
        variance: of a step, ``"lower"`` or ``"upper"``.
        generator: where the noise comes from; by default torch's own.

    Raises:
        ValueError: if these are not such times, or there is no such variance.
    """
    check_falling(times)
    check_variance(variance)
    for t, s in pairwise(times):
        late, early = t.expand(len(x)), s.expand(len(x))
        mean, added = step_back(x, denoiser(x, late), late, early, noise, variance)
        added = torch.where(s > 0, added, 0)  # what is left of the data is their mean
        x = mean + added.sqrt() * standard_normal(*x.shape, like=x, generator=generator)
    return x


def step_back(
    x: Tensor, x0: Tensor, t: Tensor, s: Tensor, noise: NoiseSchedule, variance: str
) -> tuple[Tensor, Tensor]:
    """Return mean and variance of a step of the model; see ``posterior`` and ``ancestral``."""
    mean, lower = posterior_unchecked(x, x0, t, s, noise)
    return mean, lower if variance == "lower" else step_variance(x, t, s, noise)


def step_variance(x: Tensor, t: Tensor, s: Tensor, noise: NoiseSchedule) -> Tensor:
    r"""Return the variance :math:`\sigma_{t|s}^2` that a step from s to t adds, for events x."""
    late, early = noise.at(t, x), noise.at(s, x)
    return late.sigma**2 - (late.alpha / early.alpha) ** 2 * early.sigma**2


@torch.no_grad()
def ddim(
    denoiser: Denoiser,
    x: Tensor,
    times: Tensor,
    noise: NoiseSchedule,
    *,
    eta: float = 0.0,
    generator: torch.Generator | None = None,
) -> Tensor:
    r"""Go from time to time with part of the noise fresh, and return the last events.

    With :math:`\hat\varepsilon = (x_t - \alpha_t \hat x_0) / \sigma_t` and the posterior's variance
    v,

    .. math:: x_s = \alpha_s \hat x_0 + \sqrt{\sigma_s^2 - \eta^2 v}\, \hat\varepsilon
              + \eta \sqrt v\, z, \qquad z \sim \mathcal N(0, I).

    At eta = 0 nothing is random but the start; at eta = 1 a step is an ancestral one. Song, Meng
    and Ermon (2021, https://arxiv.org/abs/2010.02502). Derived in the chapter on denoising
    diffusion.

    Args:
        denoiser: as for ``ancestral``.
        x: events at the first time, ``(B, *event)``.
        times: a grid that falls, ``(K + 1,)``.
        noise: the schedule.
        eta: share of the fresh noise's standard deviation, in [0, 1].
        generator: where the noise comes from; by default torch's own.

    Raises:
        ValueError: if these are not such times, or eta is out of its range.
    """
    check_share(eta=eta)
    check_falling(times)
    for t, s in pairwise(times):
        late, early = t.expand(len(x)), s.expand(len(x))
        x0 = denoiser(x, late)
        _, epsilon = data_and_noise(x0, x, "x0", noise.at(late, x))
        _, variance = posterior_unchecked(x, x0, late, early, noise)
        at = noise.at(early, x)
        x = at.alpha * x0 + (at.sigma**2 - eta**2 * variance).clamp(min=0).sqrt() * epsilon
        if eta > 0:
            fresh = standard_normal(*x.shape, like=x, generator=generator)
            x = x + eta * variance.sqrt() * fresh
    return x


def check_variance(variance: str) -> None:
    """Raise ``ValueError`` unless a variance is one of the two."""
    if variance not in VARIANCES:
        raise ValueError(f"variance={variance!r}{suggestion(variance, VARIANCES)}")


def check_falling(times: Tensor) -> None:
    """Raise ``ValueError`` unless these are times in a row that always fall."""
    check_grid(times)
    if times[0] < times[-1]:
        raise ValueError("a sampler goes from noise to data: wanted times that fall")
