"""A transformer that draws: keys and values of what is known are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor, nn

if TYPE_CHECKING:
    from genlib.autoregressive.attention import TransformerBlock
    from genlib.autoregressive.transformer import Transformer


class TransformerCache:
    """The keys and values of the known entries in all blocks, ``2 L n D width`` numbers.

    In a causal sum they do not depend on what follows, so that a new entry costs its own column and
    one look at the columns before it.

    Args:
        model: whose conditionals.
        n: how many events are drawn at once.
        label: of a conditional model, ``(n,)``.
    """

    def __init__(self, model: Transformer, n: int, label: Tensor | None = None) -> None:
        """Begin with nothing known but the label."""
        self.model, self.known, self.h = model, 0, model.first(n, label) + model.position[0]
        self.blocks = [FoldedBlock(block) for block in model.blocks]
        self.embedding, offset = transposed(model.embedding)
        self.offsets = model.position + offset
        self.last, self.last_offset = after_norm(model.norm, *transposed(model.last))
        self.kept = self.h.new_zeros(len(self.blocks), 2, model.entries, *self.blocks[0].heads(n))

    def next(self) -> Tensor:
        """Return the parameters of the next entry, ``(n, P, *entry)``."""
        h = self.h
        for block, kept in zip(self.blocks, self.kept, strict=True):
            h = block.column(h, kept, self.known)
        outputs = torch.addmm(self.last_offset, normed(h), self.last)
        return self.model.parameters_of_entry(outputs)

    def append(self, x: Tensor) -> None:
        """Take notice of the values of that entry, ``(n, *entry)``."""
        self.known += 1
        if self.known < self.model.entries:
            self.h = torch.addmm(self.offsets[self.known], self.model.token(x), self.embedding)


class FoldedBlock:
    """The weights of a block as matrices ``(in, out)``, with what the normalisations multiply by.

    Args:
        block: whose weights; later changes of them are not seen.
    """

    def __init__(self, block: TransformerBlock) -> None:
        """Fold them."""
        weight, offset = after_norm(block.attention_norm, *transposed(block.queries_keys_values))
        width = len(weight)
        self.size, self.number = width // block.heads, block.heads
        self.parts = weight.view(width, 3, width).transpose(0, 1).contiguous()
        self.parts_offset = offset.view(3, 1, width).contiguous()
        self.parts[0] *= self.size**-0.5  # of the queries
        self.parts_offset[0] *= self.size**-0.5
        self.out, self.out_offset = transposed(block.out)
        first, second = block.mlp[0], block.mlp[-1]
        self.first, self.first_offset = after_norm(block.norm, *transposed(first))
        self.second, self.second_offset = transposed(second)

    def heads(self, n: int) -> tuple[int, int]:
        """Return the shape of the keys of ``n`` entries."""
        return n * self.number, self.size

    def column(self, h: Tensor, kept: Tensor, at: int) -> Tensor:
        """Return the block's output at one entry, ``(n, width)``.

        Args:
            h: its input there.
            kept: keys and values, ``(2, D, n heads, size)``, of the entries before; this one's are
                written there.
            at: the number of the entry.
        """
        parts = torch.baddbmm(self.parts_offset, normed(h).expand(3, *h.shape), self.parts)
        queries, new = parts[0].view(-1, 1, self.size), parts[1:].view(2, -1, self.size)
        kept[:, at] = new
        keys, values = kept[:, : at + 1]
        a = torch.bmm(queries, keys.permute(1, 2, 0)).softmax(-1)
        seen = torch.bmm(a, values.transpose(0, 1)).view_as(h)
        h = torch.addmm(h + self.out_offset, seen, self.out)
        inner = F.gelu(torch.addmm(self.first_offset, normed(h), self.first))
        return torch.addmm(h + self.second_offset, inner, self.second)


def normed(h: Tensor) -> Tensor:
    """Return each row with mean 0 and variance 1."""
    return F.layer_norm(h, h.shape[-1:])


def transposed(layer: nn.Linear) -> tuple[Tensor, Tensor]:
    """Return matrix ``(in, out)`` and offset ``(out,)`` of a layer."""
    return layer.weight.T.contiguous(), layer.bias


def after_norm(norm: nn.LayerNorm, weight: Tensor, offset: Tensor) -> tuple[Tensor, Tensor]:
    """Return matrix and offset of a layer that takes what is only ``normed``."""
    return norm.weight[:, None] * weight, norm.bias @ weight + offset
