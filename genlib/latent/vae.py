"""The variational autoencoder."""

from torch import Tensor

from genlib.latent.gaussian import GaussianLatentModel
from genlib.latent.warmup import WarmUp
from genlib.model import Batch, events


class VAE(GaussianLatentModel):
    r"""A latent-variable model with an encoder that makes inference a function call.

    Prior :math:`p(z) = \mathcal N(0, I)`, decoder :math:`p_\theta(x|z)`, encoder
    :math:`q_\phi(z|x) = \mathcal N(\mu_\phi(x), \mathrm{diag}\,\sigma_\phi^2(x))`. Trained to
    maximise the evidence lower bound

    .. math:: \mathcal L(x) = E_{q_\phi(z|x)}[\log p_\theta(x|z)]
              - \mathrm{KL}(q_\phi(z|x) \,\|\, p(z)) \le \log p_\theta(x),

    with ``beta`` in front of the second term, the rate. Kingma and Welling (2014,
    https://arxiv.org/abs/1312.6114), Rezende, Mohamed and Wierstra (2014,
    https://arxiv.org/abs/1401.4082); ``beta``: Higgins et al. (2017,
    https://openreview.net/forum?id=Sy2fzU9gl). Derived in the chapter on variational autoencoders.

    Args:
        latent: dimension of the code z.
        beta: weight of the rate in the loss; 1 gives the ELBO, more a looser bound, less none.
        warmup: share of the training during which ``beta`` grows linearly from 0.
        **options: what every :py:class:`~genlib.latent.LatentModel` takes: ``hidden``,
            ``likelihood``, ``event_shape``, ``activation``, ``encoder`` (mean and log-variance
            side by side, ``2 latent`` numbers), ``decoder``, ``lr``, ``schedule``.

    Raises:
        ValueError: if a size is not positive, ``beta`` is negative, ``warmup`` is outside [0, 1],
            or the likelihood or activation is unknown.
    """

    def __init__(
        self, latent: int = 20, *, beta: float = 1.0, warmup: float = 0.0, **options: object
    ) -> None:
        """Build encoder and decoder."""
        super().__init__(latent, **options)
        self.beta = WarmUp(beta, warmup)

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the negative ELBO (with ``beta``), the mean over the batch, and its terms."""
        reconstruction, rate = (term.mean() for term in self.terms(events(batch)))
        loss = self.beta.value * rate - reconstruction
        return loss, {"reconstruction": reconstruction, "rate": rate}

    def on_step(self, step: int, steps: int) -> None:
        """Let ``beta`` grow during the warm-up."""
        self.beta.on_step(step, steps)
