"""The likelihood of a Gaussian decoder at every scale, from one run of annealing."""

import math

from torch import Tensor

from genlib.metrics.likelihood.annealing import Annealing


def scale_curve(found: Annealing, scale: float, dims: int) -> tuple[Tensor, Tensor]:
    r"""Return log p(x) of a decoder with Gaussian pixels at all scales that a run passed through.

    A Gaussian to the power of beta is one of scale :math:`\sigma / \sqrt\beta`, but for a constant:

    .. math:: \log p_{\sigma / \sqrt\beta}(x) = \log \int p(z)\, p_\sigma(x|z)^\beta\, dz
              + \tfrac D2 \big[ \beta \log 2\pi\sigma^2 - \log (2\pi\sigma^2 / \beta) \big],

    and the integral is what a run from the prior has estimated on its way. So one run with the
    smallest scale of interest gives the whole curve; the best of it is to be chosen on validation
    images. Derived in the chapter on likelihoods of decoders.

    Args:
        found: what ``ais`` returned, **from the prior**, for a decoder with ``Gaussian(scale)``.
        scale: sigma, in the units of x.
        dims: D, numbers in one x.

    Returns:
        the scales, (T,), from large to small, and log p(x) in nats at each, (T, B).

    Raises:
        ValueError: if a size is not positive.
    """
    if not 0 < scale < math.inf or dims < 1:
        raise ValueError(f"scale={scale}, dims={dims}, wanted positive numbers")
    betas = found.betas[1:]
    scales = scale / betas.sqrt()
    log_area = math.log(2 * math.pi * scale**2)
    constant = 0.5 * dims * (betas * log_area - log_area + betas.log())
    return scales, found.course[1:] + constant[:, None]
