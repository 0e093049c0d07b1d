r"""Distances between distributions.

Those made of logarithms are in nats; Wasserstein distances are in the units of the events.
Three kinds of argument occur. *Parameters* of Gaussians. *Tables*: probabilities along the last
axis, or densities at the points of an even grid whose cells have volume ``cell``; leading axes are
a batch. *Samples*: events drawn from the distributions, with log-densities where they are known.
Derived in the chapters "Divergences" and "The GAN game".
"""

from genlib.divergences.games import optimal_discriminator, value_at_optimum
from genlib.divergences.gaussian import kl_gaussian, kl_gaussian_full
from genlib.divergences.samples import jensen_shannon_samples, mmd
from genlib.divergences.tables import f_divergence, jensen_shannon, kl, total_variation
from genlib.divergences.transport import (
    Transport,
    optimal_transport,
    wasserstein,
    wasserstein_samples,
)

__all__ = [
    "Transport",
    "f_divergence",
    "jensen_shannon",
    "jensen_shannon_samples",
    "kl",
    "kl_gaussian",
    "kl_gaussian_full",
    "mmd",
    "optimal_discriminator",
    "optimal_transport",
    "total_variation",
    "value_at_optimum",
    "wasserstein",
    "wasserstein_samples",
]
