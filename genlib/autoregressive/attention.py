"""Attention among the entries of an event, and the block of a transformer around it."""

import torch.nn.functional as F
from torch import Tensor, nn


class TransformerBlock(nn.Module):
    r"""Lets each entry look at others, and then think for itself: both beside an identity.

    .. math:: y = x + W_o \sum_j a_{ij} v_j, \qquad
              a_{ij} = \frac{m_{ij}\, e^{q_i \cdot k_j / \sqrt d}}
                            {\sum_l m_{il}\, e^{q_i \cdot k_l / \sqrt d}}, \qquad
              z = y + W_2\, \mathrm{gelu}(W_1\, \bar y)

    with queries, keys and values q, k, v linear in :math:`\bar x`, the bar a layer normalisation,
    and d numbers in a head; heads stand side by side. In a causal sum m is 1 for :math:`j \le i`,
    else 0. Vaswani et al. (2017, https://arxiv.org/abs/1706.03762); normalisation before each
    branch: Xiong et al. (2020, https://arxiv.org/abs/2002.04745).

    Args:
        width: numbers that an entry has.
        heads: into how many attention is cut.
        dropout: share of each branch's numbers, and of the weights a, that training leaves out.
        causal: whether an entry sees those before it and itself, or all of them.

    Raises:
        ValueError: if a size is not positive, the width no multiple of the heads, or the share not
            below 1.
    """

    def __init__(
        self, width: int, heads: int, dropout: float = 0.0, *, causal: bool = True
    ) -> None:
        """Build both branches."""
        super().__init__()
        if min(width, heads) < 1 or width % heads or not 0 <= dropout < 1:
            raise ValueError(
                f"width={width}, heads={heads}, dropout={dropout}: wanted a width that is a "
                "multiple of the heads, and a share of at least 0 and below 1"
            )
        self.heads, self.causal = heads, causal
        self.attention_norm, self.norm = nn.LayerNorm(width), nn.LayerNorm(width)
        self.queries_keys_values = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.mlp = nn.Sequential(
            nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width)
        )
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(B, D, width)`` to the same."""
        heads = [part.unflatten(-1, (self.heads, -1)).transpose(1, 2) for part in self.parts(x)]
        share = self.dropout.p if self.training else 0.0
        seen = F.scaled_dot_product_attention(*heads, dropout_p=share, is_causal=self.causal)
        return self.finished(x, seen.transpose(1, 2).flatten(2))

    def parts(self, x: Tensor) -> tuple[Tensor, ...]:
        """Return queries, keys and values of ``(..., width)``, each of that shape."""
        return self.queries_keys_values(self.attention_norm(x)).chunk(3, -1)

    def finished(self, x: Tensor, seen: Tensor) -> Tensor:
        """Return the block's output, given x and the sum of values, each ``(..., width)``."""
        x = x + self.dropout(self.out(seen))
        return x + self.dropout(self.mlp(self.norm(x)))
