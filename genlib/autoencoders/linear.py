"""The linear autoencoder, whose best decoder spans the principal components."""

import math
import time
from collections.abc import Sequence

import torch
from torch import Tensor

from genlib.autoencoders.autoencoder import Autoencoder
from genlib.history import History
from genlib.model import Schedule


class LinearAutoencoder(Autoencoder):
    r"""An autoencoder of two affine maps: :math:`\hat x = D (E x + e) + d`.

    Its loss is smallest where the columns of D span the first principal components and
    :math:`DE` is the projection on them, for any basis of that space. ``fit`` trains it like any
    other model; :py:meth:`als` alternates the two least-squares solutions.

    H. Bourlard and Y. Kamp, Auto-association by multilayer perceptrons and singular value
    decomposition, 1988, https://doi.org/10.1007/BF00332918; P. Baldi and K. Hornik, Neural networks
    and principal component analysis, 1989, https://doi.org/10.1016/0893-6080(89)90014-2. Derived in
    the chapter on autoencoders.

    Args:
        latent: dimension of the code.
        event_shape: shape of one x.
        lr: step size of Adam.
        schedule: factor on ``lr`` by step, see :py:class:`~genlib.Player`.
    """

    def __init__(
        self,
        latent: int = 32,
        event_shape: Sequence[int] = (1, 28, 28),
        lr: float = 1e-3,
        schedule: Schedule | None = None,
    ) -> None:
        """Build the two maps."""
        super().__init__(latent, (), (), event_shape=event_shape, lr=lr, schedule=schedule)

    @torch.no_grad()
    def basis(self) -> Tensor:
        """Return an orthonormal basis of what can be decoded, the columns of (size, latent)."""
        return torch.linalg.qr(self.decoder[0].weight).Q

    @torch.no_grad()
    def als(self, x: Tensor, *, steps: int = 100) -> History:
        r"""Fit by alternating least squares, from the decoder that is there.

        A sweep solves for the encoder with the decoder fixed, then for the decoder:

        .. math:: E = (D^\top D)^{-1} D^\top, \qquad D = C E^\top (E C E^\top)^{-1}

        with the covariance C of the events. It maps the span of D to that of CD, so the angle to
        the principal components shrinks by :math:`\lambda_{k+1} / \lambda_k` a sweep.

        Args:
            x: all events, ``(N, *event)``; use a model and events in float64 for exact answers.
            steps: sweeps.

        Returns:
            For each sweep, counted from 1, ``loss``: the mean squared error of an event.

        Raises:
            ValueError: if the events have another shape or are not finite.
        """
        self.check(x)
        history, begun = History(), time.perf_counter()
        flat = x.flatten(1)
        mean = flat.mean(0)
        covariance = (flat - mean).T @ (flat - mean) / len(x)
        decoder = self.basis()
        for step in range(1, steps + 1):
            decoder = sweep(decoder, covariance)
            history.add(step, {"loss": unexplained(decoder, covariance)})
        self._set(decoder, mean)
        history.seconds = time.perf_counter() - begun
        return history

    def _set(self, decoder: Tensor, mean: Tensor) -> None:
        """Set both maps from the decoder and the mean of the events."""
        encoder = torch.linalg.pinv(decoder)
        self.decoder[0].weight.copy_(decoder)
        self.decoder[0].bias.copy_(mean)
        self.encoder[0].weight.copy_(encoder)
        self.encoder[0].bias.copy_(-encoder @ mean)


def sweep(decoder: Tensor, covariance: Tensor) -> Tensor:
    """Return the best decoder for the encoder that is best for the given one."""
    encoder = torch.linalg.pinv(decoder)  # (D'D)^-1 D'
    moved = covariance @ encoder.T
    return torch.linalg.solve(encoder @ moved, moved.T).T


def unexplained(decoder: Tensor, covariance: Tensor) -> float:
    """Return the mean squared error of the best codes: tr C minus what the projection keeps.

    Rounding hides what is below a millionth of tr C (in float32), and never makes it negative.
    """
    basis = torch.linalg.qr(decoder).Q
    kept = (basis * (covariance @ basis)).sum()
    return max(0.0, math.fsum([covariance.trace().item(), -kept.item()]))
