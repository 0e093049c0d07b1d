"""The sparse autoencoder."""

import torch
from torch import Tensor

from genlib.autoencoders.autoencoder import Autoencoder, squares
from genlib.model import Batch, events

LEAST = 1e-6  # activity at which a dead unit's divergence is cut off, so that it stays finite


class SparseAutoencoder(Autoencoder):
    r"""An overcomplete autoencoder most of whose code is off for any one event.

    .. math:: \text{loss} = E_x \, |x - g(f(x))|^2
              + \lambda \sum_j \mathrm{KL}(\rho \,\|\, \hat\rho_j), \qquad
              \hat\rho_j = E_x \, f_j(x)

    for codes in [0, 1] (sigmoid units), with the divergence between two coins; the activity
    :math:`\hat\rho_j` is that of the batch. A. Ng, Sparse autoencoder, lecture notes CS294A, 2011,
    https://web.stanford.edu/class/cs294a/sparseAutoencoder.pdf. Derived in the chapter on
    autoencoders.

    Args:
        latent: dimension of the code.
        rho: the activity that is asked of each unit, in (0, 1).
        weight: the price lambda of its divergence, in squared units of x for a nat.
        **options: what ``Autoencoder`` takes, except ``code``, which is sigmoid.

    Raises:
        ValueError: if ``rho`` is not inside (0, 1) or the weight is negative.
    """

    def __init__(
        self, latent: int = 1024, rho: float = 0.05, weight: float = 0.1, **options: object
    ) -> None:
        """Build encoder and decoder."""
        if not (0 < rho < 1 and weight >= 0):
            raise ValueError(f"rho={rho}, weight={weight}: wanted rho in (0, 1), weight >= 0")
        super().__init__(latent, **({"hidden": ()} | options), code="sigmoid")
        self.rho, self.weight = rho, weight

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Return error plus penalty, and both of them with the mean activity."""
        x = events(batch)
        z = self.encoder(x.flatten(1))
        error, activity = squares(x - self.decode(z)).mean(), z.mean(0)
        penalty = bernoulli_divergence(self.rho, activity).sum()
        terms = {"error": error, "penalty": penalty, "activity": activity.mean()}
        return error + self.weight * penalty, terms


def bernoulli_divergence(rho: float, activity: Tensor) -> Tensor:
    r"""Return the divergence between two coins, :math:`\mathrm{KL}(\rho \| a)`, in nats.

    :math:`\rho \log \frac{\rho}{a} + (1 - \rho) \log \frac{1 - \rho}{1 - a}` for each activity a
    in [0, 1]; activities within a millionth of 0 or 1 count as that far from it. Used in the
    chapter on autoencoders.
    """
    a = activity.clamp(LEAST, 1 - LEAST)
    rho = torch.as_tensor(rho, dtype=a.dtype, device=a.device)
    return rho * (rho / a).log() + (1 - rho) * ((1 - rho) / (1 - a)).log()
