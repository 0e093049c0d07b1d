"""Recurrent layers over images: the states of a row, or of a diagonal, in one step."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from genlib.autoregressive.shifted import ShiftedConv2d
from genlib.nn import MaskedConv2d


def lstm_step(gates: Tensor, cell: Tensor, axis: int) -> tuple[Tensor, Tensor]:
    r"""Return the next state and the next cell.

    .. math:: c = \sigma(f)\, c' + \sigma(i) \tanh(g), \qquad h = \sigma(o) \tanh(c)

    Hochreiter and Schmidhuber (1997, https://doi.org/10.1162/neco.1997.9.8.1735).

    Args:
        gates: o, f, i and g, one after the other along ``axis``.
        cell: c' of the step before.
        axis: the gates' dimension.
    """
    o, f, i, g = gates.chunk(4, axis)
    cell = torch.sigmoid(f) * cell + torch.sigmoid(i) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(cell), cell


class RowLSTMLayer(nn.Module):
    r"""Goes down the rows: a pixel's state follows from three states in the row above.

    .. math:: (o, f, i, g)_r = K^{is} * y_r + K^{ss} * h_{r-1}, \qquad y \leftarrow y + W h

    with a masked convolution :math:`K^{is}` of each row of the input, which is worked out for all
    rows together, and an open one :math:`K^{ss}`, 3 wide, of the states above.

    Args:
        channels: of the state; y has twice as many.
        groups: colours of a pixel.
    """

    def __init__(self, channels: int, groups: int = 1) -> None:
        """Build the three layers."""
        super().__init__()
        seen = {"rows": 1, "left": 1, "right": 0, "kind": "B"}
        self.into = ShiftedConv2d(2 * channels, 4 * channels, groups=groups, **seen)
        self.across = nn.Conv1d(channels, 4 * channels, 3, padding=1, bias=False)
        self.widen = MaskedConv2d(channels, 2 * channels, 1, groups=groups)

    def forward(self, y: Tensor) -> Tensor:
        """Map ``(B, 2 h, H, W)`` to the same."""
        rows = self.into(y).unbind(2)
        state = cell = torch.zeros_like(rows[0][:, : self.across.in_channels])
        states = []
        for row in rows:
            state, cell = lstm_step(row + self.across(state), cell, 1)
            states.append(state)
        return y + self.widen(torch.stack(states, 2))


class DiagonalBiLSTMLayer(nn.Module):
    r"""Goes along the diagonals, from both upper corners: the states see all that comes before.

    .. math:: (o, f, i, g)_{rs} = K^{is} y_{rs} + K^{ss} (h_{r,s-1}, h_{r-1,s}), \qquad
              y \leftarrow y + W (h^{\text{left}}_{rs} + h^{\text{right}}_{r-1,s})

    The states of a diagonal do not depend on each other and are worked out together, once each row
    is moved one to the right of the row above it. The other direction does the same with the image
    reversed; of its states those of the row above are taken, which know nothing of the pixel's row.

    Args:
        channels: of the states; y has twice as many.
        groups: colours of a pixel.
    """

    def __init__(self, channels: int, groups: int = 1) -> None:
        """Build the layers of both directions."""
        super().__init__()
        self.into = MaskedConv2d(2 * channels, 8 * channels, 1, groups=groups)
        self.across = nn.Parameter(torch.empty(2, 2 * channels, 4 * channels))
        self.widen = MaskedConv2d(channels, 2 * channels, 1, groups=groups)
        nn.init.uniform_(self.across, -((2 * channels) ** -0.5), (2 * channels) ** -0.5)

    def forward(self, y: Tensor) -> Tensor:
        """Map ``(B, 2 h, H, W)`` to the same."""
        gates = self.into(y).movedim(1, -1)  # (B, H, W, 8 h)
        left, right = gates.chunk(2, -1)
        left, right = self.states(torch.stack([left, right.flip(2)])).unbind()
        right = F.pad(right.flip(2)[:, :-1], (0, 0, 0, 0, 1, 0))
        return y + self.widen((left + right).movedim(-1, 1))

    def states(self, gates: Tensor) -> Tensor:
        """Return the states ``(2, B, H, W, h)`` of gates ``(2, B, H, W, 4 h)``."""
        _, n, height, width, numbers = gates.shape
        state = cell = gates.new_zeros(2, n, height, numbers // 4)
        states = []
        for diagonal in skewed(gates).unbind(3):
            above = F.pad(state[:, :, :-1], (0, 0, 1, 0))
            seen = torch.cat([state, above], -1).flatten(1, 2)
            state, cell = lstm_step(diagonal + (seen @ self.across).view_as(diagonal), cell, -1)
            states.append(state)
        return straight(torch.stack(states, 3), width)


def skewed(x: Tensor) -> Tensor:
    """Move row i by i to the right, ``(..., H, W, C)`` to ``(..., H, W + H - 1, C)``.

    What was a diagonal from the upper right is then a column. Noughts fill both sides.
    """
    height, width = x.shape[-3:-1]
    padded = F.pad(x, (0, 0, 0, height)).flatten(-3, -2)
    return padded[..., : height * (width + height - 1), :].unflatten(-2, (height, -1))


def straight(x: Tensor, width: int) -> Tensor:
    """Undo ``skewed``: map ``(..., H, W + H - 1, C)`` to ``(..., H, W, C)``."""
    height = x.shape[-3]
    padded = F.pad(x.flatten(-3, -2), (0, 0, 0, height))
    return padded.unflatten(-2, (height, -1))[..., :width, :]
