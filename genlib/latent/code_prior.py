"""A distribution over discrete codes, one after the other."""

from collections.abc import Sequence

import torch
from torch import Tensor

from genlib.model import Batch, Label, Model, Schedule, events, positive
from genlib.nn import MaskedMLP


class CodePrior(Model):
    r"""An autoregressive distribution over N codes with K entries each.

    .. math:: p(k) = \prod_{n=1}^N p(k_n | k_1, \dots, k_{n-1}),

    a softmax for every code, its logits from a masked network, so that training sees all N factors
    in one pass, and sampling needs N passes. With ``hidden=None`` no code sees another, and p is
    the product of N frequencies. Germain et al. (2015, https://arxiv.org/abs/1502.03509), of
    binary inputs. Derived in the chapter on richer latents.

    Args:
        codes: number of codes, N.
        entries: what each chooses among, K.
        hidden: widths of the masked network, or None for independent codes.
        lr: step size of Adam.
        schedule: factor on ``lr`` by step, see :py:class:`~genlib.Player`.

    Raises:
        ValueError: if a size is not positive.
    """

    def __init__(
        self,
        codes: int = 20,
        entries: int = 16,
        hidden: Sequence[int] | None = (512,),
        lr: float = 1e-3,
        schedule: Schedule | None = None,
    ) -> None:
        """Build the masked network."""
        super().__init__(lr=lr, schedule=schedule)
        self.codes, self.entries = codes, entries
        self.network = MaskedMLP(codes, entries, entries, hidden or (1,))
        if hidden is None:
            for layer in (self.network.network[0], self.network.network[-1]):
                layer.mask.zero_()

    def logits(self, codes: Tensor) -> Tensor:
        """Return the logits of each code given those before it, ``(B, N, K)``."""
        # not F.one_hot, which reads the codes on the host where they are on a CPU
        numbers = torch.arange(self.entries, device=codes.device)
        one_hot = (codes.unsqueeze(-1) == numbers).to(next(self.parameters()).dtype)
        return self.network(one_hot.flatten(1)).to(one_hot.dtype)

    def log_prob(self, codes: Tensor) -> Tensor:
        """Return log p(k) in nats, (B,), of whole numbers (B, N).

        Raises:
            ValueError: if they are no such codes.
        """
        self.check(codes)
        return self._log_prob(codes)

    def _log_prob(self, codes: Tensor) -> Tensor:
        log_p = self.logits(codes).log_softmax(-1)
        return log_p.gather(-1, codes.unsqueeze(-1)).sum((1, 2))

    def loss(self, batch: Batch) -> Tensor:
        """Return the negative log-likelihood, the mean over the batch."""
        return -self._log_prob(events(batch)).mean()

    @torch.no_grad()
    def sample(
        self, n: int, *, label: Label | None = None, generator: torch.Generator | None = None
    ) -> Tensor:
        """Draw one code after the other; return whole numbers ``(n, N)``; see ``Model.sample``."""
        self.labels_for(positive(n), label, generator)
        codes = torch.zeros(n, self.codes, dtype=torch.long, device=self.device)
        device = self.device if generator is None else generator.device
        for position in range(self.codes):
            p = self.logits(codes)[:, position].softmax(-1).to(device)
            codes[:, position] = torch.multinomial(p, 1, generator=generator)[:, 0].to(self.device)
        return codes

    def check(self, batch: Batch) -> None:
        """Raise ``ValueError`` unless these are whole numbers (B, N) from 0 to K - 1."""
        codes = events(batch)
        wanted = f"wanted whole numbers of shape (B, {self.codes}) from 0 to {self.entries - 1}"
        if not isinstance(codes, Tensor) or codes.dtype != torch.long:
            raise ValueError(f"{getattr(codes, 'dtype', type(codes).__name__)}: {wanted}")
        if codes.dim() != 2 or codes.shape[1] != self.codes or len(codes) == 0:
            raise ValueError(f"codes of shape {tuple(codes.shape)}: {wanted}")
        if codes.min() < 0 or codes.max() >= self.entries:
            raise ValueError(f"codes from {codes.min()} to {codes.max()}: {wanted}")
