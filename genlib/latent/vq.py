"""The VAE with a learned codebook."""

import math
from collections.abc import Sequence
from numbers import Integral

import torch
from torch import Tensor, nn

from genlib.estimators import straight_through
from genlib.latent.base import LatentModel
from genlib.model import Batch, Model, Player, events


class VQVAE(LatentModel):
    r"""An autoencoder whose code is N rows of a codebook, each the nearest to the encoder's output.

    With encoder outputs :math:`y_n(x)`, codebook rows :math:`e_k` and
    :math:`k_n = \arg\min_k |y_n - e_k|`, the decoder sees :math:`e_{k_1}, \dots, e_{k_N}`.
    Training minimises

    .. math:: -\log p_\theta(x|k) + \sum_n |\mathrm{sg}(y_n) - e_{k_n}|^2
              + c \sum_n |y_n - \mathrm{sg}(e_{k_n})|^2

    where sg stops the gradient, and the decoder's gradient reaches y as if k were not there
    (straight through). No term of it is a prior, so this is half a model: codes follow a
    distribution that has to be fitted to them afterwards, and is given as ``prior``. Then

    .. math:: \log p(x) \ge \log p(k(x)) + \log p_\theta(x|k(x)).

    van den Oord, Vinyals and Kavukcuoglu (2017, https://arxiv.org/abs/1711.00937). Derived in the
    chapter on richer latents.

    Args:
        codes: number of codes N, or the shape of their array, such as (1, 7, 7): codes are then
            ``(B, 1, 7, 7)``, and rows in the order of the array.
        entries: rows of the codebook, K.
        width: numbers in a row.
        commitment: weight c of the last term.
        scale: standard deviation of the codebook's entries at the start.
        prior: a model of such codes with ``log_prob(codes) -> (B,)`` and ``sample(n)``, for example
            a :py:class:`~genlib.autoregressive.MADE` with ``likelihood=Symbols(entries)``, or of an
            array of codes a :py:class:`~genlib.autoregressive.PixelCNN`; or None for now.
        **options: what every :py:class:`~genlib.latent.LatentModel` takes, see
            :py:class:`~genlib.latent.VAE`; an ``encoder`` of your own returns N * width numbers.

    Raises:
        ValueError: if a number is out of its range.
    """

    def __init__(
        self,
        codes: int | Sequence[int] = 20,
        entries: int = 16,
        width: int = 4,
        commitment: float = 1.0,
        scale: float = 1.0,
        prior: Model | None = None,
        **options: object,
    ) -> None:
        """Build encoder, decoder and codebook."""
        code_shape = (codes,) if isinstance(codes, Integral) else tuple(codes)
        if min(*code_shape, entries, width) < 1 or commitment < 0 or not 0 < scale < math.inf:
            raise ValueError(
                f"codes={codes}, entries={entries}, width={width}, commitment={commitment}, "
                f"scale={scale}: wanted positive numbers"
            )
        super().__init__(*[math.prod(code_shape) * width] * 2, **options)
        self.code_shape, self.codes = code_shape, math.prod(code_shape)
        self.entries, self.commitment = entries, commitment
        self.codebook = nn.Embedding(entries, width)
        nn.init.normal_(self.codebook.weight, std=scale)
        self.prior = prior

    def players(self) -> Sequence[Player]:
        """Return the only player, which leaves the prior alone."""
        modules = [self.encoder, self.codebook, self.decoder, self.likelihood]
        return [Player("model", modules, self.loss, lr=self.lr, schedule=self.schedule)]

    def outputs(self, x: Tensor) -> Tensor:
        r"""Return the encoder's outputs y, ``(B, *codes, width)``."""
        return self.encoder(x.flatten(1)).to(x.dtype).unflatten(-1, (*self.code_shape, -1))

    def nearest(self, y: Tensor) -> Tensor:
        r"""Return the number of the nearest row of the codebook, ``(B, *codes)``."""
        return (y.unsqueeze(-2) - self.codebook.weight).square().sum(-1).argmin(-1)

    def encode(self, x: Tensor) -> Tensor:
        r"""Return the codes k(x), ``(B, *codes)``, whole numbers below ``entries``."""
        self.check(x)
        return self.nearest(self.outputs(x))

    def look_up(self, codes: Tensor) -> Tensor:
        r"""Return the rows of codes ``(..., *codes)`` side by side, as the decoder takes them."""
        return self.codebook(codes).flatten(-1 - len(self.code_shape))

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the loss, the mean over the batch, and its terms."""
        x = events(batch)
        y = self.outputs(x)
        k = self.nearest(y.detach())
        row = self.codebook(k)
        seen = straight_through(row, y)  # the row's value, with y's gradient
        log_p = self.likelihood.log_prob(x, self.decode(seen.flatten(1))).mean()
        book = (y.detach() - row).square().flatten(1).sum(1).mean()
        commitment = (y - row.detach()).square().flatten(1).sum(1).mean()
        metrics = {"reconstruction": log_p, "distance": book, "perplexity": self.perplexity(k)}
        return book + self.commitment * commitment - log_p, metrics

    def perplexity(self, codes: Tensor) -> Tensor:
        """Return how many rows are in use: exp of the entropy of their frequencies."""
        # bincount would wait for the device
        entries = torch.arange(self.entries, device=codes.device)
        frequency = (codes.flatten()[:, None] == entries).sum(0) / codes.numel()
        return torch.special.entr(frequency).sum().exp()

    def terms(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return reconstruction log p(x|k) and rate -log p(k), each (B,), at k(x).

        The encoder has no randomness: KL(q || prior) is minus the log-probability of its one code.
        """
        codes = self.nearest(self.outputs(x))
        reconstruction = self.likelihood.log_prob(x, self.decode(self.look_up(codes)))
        return reconstruction, -self.known_prior().log_prob(codes)

    def log_weights(self, x: Tensor, samples: int) -> Tensor:
        """Return log p(x, k(x)), ``(K, B)``: all draws are the same, the bound cannot tighten."""
        reconstruction, rate = self.terms(x)
        return (reconstruction - rate).expand(samples, -1)

    def code(self, x: Tensor) -> Tensor:
        """Return the rows nearest to the encoder's outputs, ``(B, N * width)``."""
        return self.look_up(self.nearest(self.outputs(x)))

    @torch.no_grad()
    def sample_code(self, n: int, *, generator: torch.Generator | None = None) -> Tensor:
        """Draw codes from the prior; return their rows, ``(n, N * width)``.

        Raises:
            ValueError: if no prior was given.
        """
        codes = self.known_prior().sample(n, generator=generator)
        return self.look_up(codes.to(self.device))

    def known_prior(self) -> Model:
        """Return the prior, or say that there is none."""
        if self.prior is None:
            raise ValueError(
                "a VQVAE has no distribution over its codes until it is given one: fit a model to "
                "encode(x), such as genlib.autoregressive.MADE, and set vqvae.prior to it"
            )
        return self.prior
