"""Denoising diffusion: a long chain of small Gaussian steps, and the bound on its likelihood."""

import math

import torch
from torch import Tensor, nn

from genlib.diffusion.arguments import check_sizes
from genlib.diffusion.base import DiffusionModel
from genlib.diffusion.conversions import TARGETS, determinant
from genlib.diffusion.samplers import check_variance, posterior_unchecked, step_back
from genlib.diffusion.schedules import Coefficients
from genlib.model import Label, positive
from genlib.suggest import suggestion

WEIGHTINGS = (*TARGETS, "bound")


class DDPM(DiffusionModel):
    r"""A latent-variable model whose encoder only adds noise, in T steps.

    .. math:: p(x_0) = \int p(x_1) \prod_{i=1}^T p(x_{(i-1)/T} | x_{i/T})\, dx, \qquad
              p(x_s | x_t) = q(x_s | x_t, \hat x_0(x_t))

    It is trained on a squared error. ``elbo`` is the bound: each step's rate is a squared error,
    too, :math:`\tfrac12 (\mathrm{SNR}_s - \mathrm{SNR}_t) \lVert x_0 - \hat x_0(x_t) \rVert^2`.
    With ``variance="upper"`` steps have the variance of the steps forward instead of the
    posterior's, larger by 1/r: D numbers cost :math:`\tfrac D2 (r - 1 - \ln r)` more, errors only
    r times as much. Where the data have a smooth density that is the tighter bound once little
    noise is left, and the one that becomes the likelihood as T grows.

    Training draws times evenly, so that T may be chosen after it. Sohl-Dickstein et al. (2015,
    https://arxiv.org/abs/1503.03585), Ho, Jain and Abbeel (2020,
    https://arxiv.org/abs/2006.11239), whose target is ``epsilon`` and whose noise ``linear``;
    ``v``: Salimans and Ho (2022, https://arxiv.org/abs/2202.00512); the bound in this form: Kingma
    et al. (2021, https://arxiv.org/abs/2107.00630). Derived in the chapter on denoising diffusion.

    Args:
        network: as for :py:class:`~genlib.diffusion.PredictingModel`.
        target: what the network predicts: ``x0``, ``epsilon``, ``v``, ``velocity`` or ``score``.
        weighting: whose squared error training makes small: that of the target itself if not
            given, or of any other, or ``"bound"``, the negative ELBO's as T grows.
        variance: of a step: ``"lower"``, the posterior's, or ``"upper"``, that of the step forward.
        length: T, of the bound.
        **options: what else :py:class:`~genlib.diffusion.DiffusionModel` takes: ``event_shape``,
            ``noise``, ``bounds``, ``classes``, ``dropout``, ``earliest``, ``lr``, ``schedule``.

    Raises:
        ValueError: if a size, a bound, a share or a name is none, or T is less than 2.
    """

    def __init__(
        self,
        network: nn.Module | None = None,
        *,
        target: str = "v",
        weighting: str | None = None,
        variance: str = "lower",
        length: int = 1000,
        **options: object,
    ) -> None:
        """Keep the weighting and T."""
        super().__init__(network, target=target, **options)
        self.weighting = target if weighting is None else weighting
        if self.weighting not in WEIGHTINGS:
            raise ValueError(f"weighting={weighting!r}{suggestion(weighting, WEIGHTINGS)}")
        check_variance(variance)
        check_sizes(length=length)
        if length < 2:
            raise ValueError(f"length={length}, wanted at least 2 steps")
        self.variance, self.length = variance, length

    def weight(self, at: Coefficients) -> Tensor:
        r"""Return the factor that makes the target's squared error the one that is wanted.

        For the bound that is :math:`-\tfrac12\, d\,\mathrm{SNR}/dt` before the error of the data.
        """
        own = determinant(self.target, at).square()
        if self.weighting == "bound":
            return at.alpha * determinant("velocity", at) / (at.sigma * own)
        return determinant(self.weighting, at).square() / own

    def elbo(self, x: Tensor, samples: int = 1, *, label: Label | None = None) -> Tensor:
        """Return the evidence lower bound in nats, ``(B,)``, by ``samples`` draws of noise each.

        A draw looks at one of the T steps; T times as many give each step about one.

        Args:
            x: events, ``(B, *event)``.
            samples: how many draws.
            label: of a conditional model: the bound is of p(x | label); None: of p(x).

        Raises:
            ValueError: if x is no batch of such events, ``samples`` is not positive, or there is
                no such label.
        """
        reconstruction, diffusion, prior = self.terms(x, samples, label=label)
        return reconstruction - diffusion - prior

    def terms(
        self, x: Tensor, samples: int = 1, *, label: Label | None = None
    ) -> tuple[Tensor, Tensor, Tensor]:
        r"""Return the bound's three terms, each ``(B,)``: see ``elbo``.

        Reconstruction :math:`E \log p(x_0 | x_{1/T})`, whose standard deviation is that of the
        first step's noise, sigma / alpha; the rates of the T - 1 steps after it; the rate of the
        last, :math:`\mathrm{KL}(q(x_1 | x_0) \,\|\, \mathcal N(0, I))`.
        """
        self.check_events(x)
        given = None if label is None else self.labels_for(len(x), label)
        y, draws = self.inward(x), range(positive(samples))
        reconstruction = torch.stack([self.reconstruction(y, given) for _ in draws]).mean(0)
        rates = torch.stack([self.rate(y, k, samples, given) for k in draws]).mean(0)
        return reconstruction + self.log_scale, (self.length - 1) * rates, self.last_rate(y)

    def reconstruction(self, y: Tensor, label: Tensor | None) -> Tensor:
        """Return log p(x_0 | x_1/T) of one draw, ``(B,)``, a density of what the network sees."""
        t = torch.full((len(y),), 1 / self.length, dtype=y.dtype, device=y.device)
        at = self.noise.at(t, y)
        x0 = self.denoise(at.alpha * y + at.sigma * torch.randn_like(y), t, label)
        variance = (at.sigma / at.alpha).square()
        numbers = (y - x0).square() / variance + (2 * math.pi * variance).log()
        return -0.5 * numbers.flatten(1).sum(1)

    def rate(self, y: Tensor, draw: int, draws: int, label: Tensor | None) -> Tensor:
        """Return KL(q(x_s | x_t, x_0) || p(x_s | x_t)) of one step t that is drawn, ``(B,)``."""
        # draw k of K falls into the k-th part of the steps: they are spread out, each as likely
        places = (draw + torch.rand(len(y), dtype=y.dtype, device=y.device)) / draws
        step = 2 + (places * (self.length - 1)).floor().clamp(max=self.length - 2)
        t, s = step / self.length, (step - 1) / self.length
        at = self.noise.at(t, y)
        x = at.alpha * y + at.sigma * torch.randn_like(y)
        mean, kept = posterior_unchecked(x, y, t, s, self.noise)
        guess, given = step_back(x, self.denoise(x, t, label), t, s, self.noise, self.variance)
        ratio = kept / given
        numbers = (mean - guess).square() / given + ratio - 1 - ratio.log()
        return 0.5 * numbers.flatten(1).sum(1)

    def last_rate(self, y: Tensor) -> Tensor:
        """Return KL(q(x_1 | x_0) || N(0, I)), ``(B,)``."""
        at = self.noise.at(torch.ones(len(y), dtype=y.dtype, device=y.device), y)
        variance = at.sigma.square()
        numbers = (at.alpha * y).square() + variance - 1 - variance.log()
        return 0.5 * numbers.flatten(1).sum(1)
