r"""Real codes as whole numbers: the cells of a standard Gaussian, all of the same mass.

A real number cannot be pushed, its cell can. With :math:`2^b` cells between the quantiles
:math:`\Phi^{-1}(i / 2^b)` the prior N(0, 1) is uniform over them, so that a code costs b bits, and
a posterior :math:`\mathcal N(\mu, \sigma^2)` gives cell i the mass
:math:`\Phi((e_{i+1} - \mu) / \sigma) - \Phi((e_i - \mu) / \sigma)`. What the decoder sees is the
cell's middle. Finer cells cost nothing: b bits more for the prior are b bits more that come back.
"""

from functools import cache

import numpy as np
import torch

from genlib.coding.rans import Stack
from genlib.coding.symbols import pop_uniform, push_uniform

BITS = 12  # b, of a cell's number
PRECISION = 24  # r, of the masses
STRIDE = 2531  # odd, about 0.618 of 2^b


def middles(cells: np.ndarray) -> np.ndarray:
    """Return the middle of cells, the quantile of (i + 1/2) / 2^b."""
    return quantiles(2)[2 * cells]


def push_codes(stack: Stack, cells: np.ndarray, mean: np.ndarray, scale: np.ndarray) -> None:
    """Push cells (n, D), a code after the other, from the last to the first.

    Args:
        stack: of at least n lanes.
        cells: numbers from 0 to 2^b - 1.
        mean: of the Gaussian that gives the cells their mass, (n, D).
        scale: its standard deviation, (n, D).
    """
    for d in reversed(range(cells.shape[1])):
        start = cell_end(cells[:, d] - 1, mean[:, d], scale[:, d])
        stack.push(start, cell_end(cells[:, d], mean[:, d], scale[:, d]) - start, PRECISION)


def pop_codes(stack: Stack, mean: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Pop cells (n, D): the inverse of ``push_codes``, and a draw from the Gaussian's cells."""
    cells = np.empty(mean.shape, np.int64)
    for d in range(cells.shape[1]):
        position = stack.peek(PRECISION)[: len(mean)]
        cells[:, d] = cell_at(position, mean[:, d], scale[:, d])
        start = cell_end(cells[:, d] - 1, mean[:, d], scale[:, d])
        stack.pop(start, cell_end(cells[:, d], mean[:, d], scale[:, d]) - start, PRECISION)
    return cells


def push_evenly(stack: Stack, cells: np.ndarray) -> None:
    """Push cells (n, D) by the standard Gaussian, which gives all the same mass.

    They are numbered in steps of ``STRIDE``, in which neighbours are far apart. What is pushed is
    what the next event's codes will be chosen by, and would not look random if codes that gather
    around nought had numbers that gather too.
    """
    for number in (cells * STRIDE % (1 << BITS)).T:
        push_uniform(stack, number, BITS)


def pop_evenly(stack: Stack, n: int, size: int) -> np.ndarray:
    """Pop cells (n, size): the inverse of ``push_evenly``."""
    numbers = [pop_uniform(stack, BITS, n).astype(np.int64) for _ in range(size)]
    return np.stack(numbers[::-1], 1) * pow(STRIDE, -1, 1 << BITS) % (1 << BITS)


def cell_at(position: np.ndarray, mean: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Return the cells (n,) that own positions, by halving."""
    low = np.zeros(len(position), np.int64)  # the cell is at least this
    for step in 2 ** np.arange(BITS)[::-1]:
        above = cell_end(low + step - 1, mean, scale) <= position
        low = np.where(above, low + step, low)
    return low


def cell_end(cells: np.ndarray, mean: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Return where the intervals of cells (n,) end, uint64; cell -1 ends at 0.

    The masses are shared out as :py:mod:`~genlib.coding.tables` does it, so that every cell owns a
    position.
    """
    edge = quantiles(1)[cells + 1]
    below = torch.special.ndtr(torch.from_numpy((edge - mean) / scale)).numpy()
    spare = (1 << PRECISION) - (1 << BITS)
    return np.floor(below * spare).astype(np.uint64) + (cells + 1).astype(np.uint64)


@cache
def quantiles(parts: int) -> np.ndarray:
    """Return the standard Gaussian's quantiles at the cells' edges, and between them if 2 parts.

    From edge to edge for one part; the middles alone, at every second place, for two.
    """
    total = parts << BITS
    steps = torch.arange(total + 1, dtype=torch.float64) / total
    found = torch.special.ndtri(steps).numpy()
    return found if parts == 1 else found[1:]
