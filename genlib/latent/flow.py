"""A VAE whose approximate posterior is bent by a flow."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from genlib.latent.gaussian import reparameterise
from genlib.latent.vae import VAE
from genlib.model import positive
from genlib.suggest import suggestion
from genlib.transforms import InverseAutoregressive, Planar

FLOWS = {"iaf": InverseAutoregressive, "planar": Planar}


class FlowVAE(VAE):
    r"""A VAE whose q(z|x) is a Gaussian sent through invertible steps.

    .. math:: z_0 = \mu_\phi(x) + \sigma_\phi(x) \odot \varepsilon, \quad
              z = f_T(\dots f_1(z_0)), \quad
              \log q(z|x) = \log \mathcal N(z_0; \mu, \sigma^2)
              - \sum_t \log \left| \det \frac{\partial f_t}{\partial z_{t-1}} \right|

    The encoder also returns what each step wants to know of x. Rezende and Mohamed (2015,
    https://arxiv.org/abs/1505.05770), Kingma et al. (2016, https://arxiv.org/abs/1606.04934).
    Derived in the chapter on richer latents.

    Args:
        flow: ``"iaf"``, inverse autoregressive steps, or ``"planar"``.
        depth: how many steps, T.
        latent: dimension of the code z.
        **options: what else :py:class:`~genlib.latent.VAE` takes; an ``encoder`` of your own
            returns mean, log-variance and the contexts of all steps side by side.

    Raises:
        ValueError: if the flow is unknown or a number is out of its range.
    """

    layers = 0  # q(z|x) gives no cell of z a mass that can be worked out

    def __init__(
        self, flow: str = "iaf", depth: int = 2, latent: int = 20, **options: object
    ) -> None:
        """Build steps, encoder and decoder."""
        if flow not in FLOWS:
            raise ValueError(f"flow={flow!r}{suggestion(flow, FLOWS)}")
        if latent < 1:
            raise ValueError(f"latent={latent}, wanted a positive size")
        steps = [FLOWS[flow](latent) for _ in range(positive(depth))]
        sizes = [2 * latent, *(step.context for step in steps)]
        super().__init__(latent, encoder_size=sum(sizes), **options)
        self.sizes = sizes
        self.steps = nn.ModuleList(steps)

    def amortised(self, x: Tensor) -> tuple[Tensor, Tensor, list[Tensor]]:
        """Return mean and log-variance of z_0, each (B, latent), and each step's context."""
        gaussian, *contexts = self.encoder(x.flatten(1)).to(x.dtype).split(self.sizes, -1)
        return *gaussian.chunk(2, -1), contexts

    def posterior(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and log-variance of z_0, before the steps."""
        return self.amortised(x)[:2]

    def bend(self, z: Tensor, contexts: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """Send z_0 (..., B, latent) through all steps; return z and the log-determinants' sum.

        After each step the coordinates change their order, so that the last comes first in the
        next.
        """
        total = torch.zeros(z.shape[:-1], dtype=z.dtype, device=z.device)
        for step, context in zip(self.steps, contexts, strict=True):
            z, log_det = step(z, context)
            z, total = z.flip(-1), total + log_det
        return z, total

    def terms(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return reconstruction and rate, each (B,), from one draw.

        The rate has no closed form any more. The entropy of z_0 still has; only z's distance from
        the origin and the log-determinants are left to the draw.
        """
        mean, log_variance, contexts = self.amortised(x)
        z, log_det = self.bend(reparameterise(mean, log_variance), contexts)
        reconstruction = self.likelihood.log_prob(x, self.decode(z))
        rate = 0.5 * (z.square() - 1 - log_variance).sum(-1) - log_det
        return reconstruction, rate

    def log_weights(self, x: Tensor, samples: int) -> Tensor:
        r"""Return :math:`\log p(x, z_k) - \log q(z_k|x)` for K draws from q, shape ``(K, B)``."""
        mean, log_variance, contexts = self.amortised(x)
        noise = torch.randn(samples, *mean.shape, dtype=mean.dtype, device=mean.device)
        z, log_det = self.bend(mean + torch.exp(0.5 * log_variance) * noise, contexts)
        # log p(z) - log q(z|x): the constants of the two Gaussians cancel
        ratio = 0.5 * (noise.square() + log_variance - z.square()).sum(-1) + log_det
        return self.likelihood.log_prob(x, self.decode(z)) + ratio

    def code(self, x: Tensor) -> Tensor:
        """Return where the steps take the mean of z_0, ``(B, latent)``."""
        mean, _, contexts = self.amortised(x)
        return self.bend(mean, contexts)[0]
