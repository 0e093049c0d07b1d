"""The denoising autoencoder."""

import torch
from torch import Tensor

from genlib.autoencoders.autoencoder import Autoencoder, squares
from genlib.model import Batch, events

CORRUPTIONS = ("gaussian", "masking")


class DenoisingAutoencoder(Autoencoder):
    r"""An autoencoder that is shown a corrupted event and asked for the clean one.

    .. math:: \text{loss} = E_{x, \tilde x} \, |x - r(\tilde x)|^2, \qquad r = g \circ f,

    which is smallest for :math:`r(\tilde x) = E[x | \tilde x]`. For Gaussian noise
    :math:`\tilde x = x + \sigma \varepsilon` that is
    :math:`\tilde x + \sigma^2 \nabla \log p_\sigma(\tilde x)`, with the density
    :math:`p_\sigma` of the *noised* events.

    P. Vincent et al., Extracting and composing robust features with denoising autoencoders, 2008,
    https://doi.org/10.1145/1390156.1390294; G. Alain and Y. Bengio, What regularized auto-encoders
    learn from the data-generating distribution, 2014, https://arxiv.org/abs/1211.4246. Derived in
    the chapter on autoencoders.

    Args:
        latent: dimension of the code.
        noise: the standard deviation sigma, in units of x, or the share of pixels masked.
        corruption: ``"gaussian"``, or ``"masking"``, which sets pixels to 0.
        **options: what ``Autoencoder`` takes.

    Raises:
        ValueError: if the noise is not positive, a share is not below 1, or the corruption is
            unknown.
    """

    def __init__(
        self,
        latent: int = 1024,
        noise: float = 0.5,
        corruption: str = "gaussian",
        **options: object,
    ) -> None:
        """Build encoder and decoder."""
        if corruption not in CORRUPTIONS:
            raise ValueError(f"corruption={corruption!r}, wanted one of {list(CORRUPTIONS)}")
        if not 0 < noise < (1 if corruption == "masking" else float("inf")):
            raise ValueError(f"noise={noise}: wanted above 0, and below 1 for a share of pixels")
        super().__init__(latent, **({"hidden": (), "code": "relu"} | options))
        self.noise, self.corruption = noise, corruption

    def corrupt(self, x: Tensor) -> Tensor:
        """Return x with fresh noise."""
        if self.corruption == "masking":
            return x * (torch.rand_like(x) >= self.noise)
        return x + self.noise * torch.randn_like(x)

    def loss(self, batch: Batch) -> Tensor:
        """Return the mean squared distance from the clean event, summed over its pixels."""
        x = events(batch)
        return squares(x - self.rebuild(self.corrupt(x))).mean()

    def score(self, noisy: Tensor) -> Tensor:
        r"""Return :math:`(r(\tilde x) - \tilde x) / \sigma^2`, of the shape of the noisy events.

        An estimate of the gradient of the log-density of the noised events (not of the clean
        ones), exact for the best denoiser. Tweedie's formula: H. Robbins, An empirical Bayes
        approach to statistics, 1956; B. Efron, Tweedie's formula and selection bias, 2011,
        https://doi.org/10.1198/jasa.2011.tm11181. Derived in the chapter on autoencoders.

        Raises:
            ValueError: if the corruption is not Gaussian.
        """
        if self.corruption != "gaussian":
            raise ValueError(f"only Gaussian noise gives a score; this is {self.corruption!r}")
        return (self.reconstruct(noisy) - noisy) / self.noise**2
