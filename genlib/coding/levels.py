"""Levels of events, by a likelihood's probabilities, onto a stack and off it.

Of n events the first L are on top of the stack, one a lane, and below them the next L.
"""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from genlib.coding.rans import Stack
from genlib.coding.tables import bernoulli_frequencies, frequencies, softmax_frequencies
from genlib.likelihoods import Bernoulli, Categorical, ColourLogisticMixture, Likelihood

PRECISION = 16  # r: the frequencies of an entry's levels add up to 2^16

Intervals = tuple[np.ndarray, np.ndarray]  # where they start and how wide they are, uint64
Turn = tuple[slice, ...]  # entries that do not depend on each other


def intervals_in_turn(
    likelihood: Likelihood, parameters: Tensor, values: Tensor
) -> Iterator[Intervals]:
    """Yield the intervals (n,) of each entry's level, in the order in which they are popped.

    Args:
        likelihood: of discrete values.
        parameters: ``(n, P, *part)``, of some entries of the events.
        values: of these entries, ``(n, *part)``.
    """
    for turn in turns(likelihood, values):
        ends = level_ends(likelihood, parameters, values, turn)
        levels = likelihood.level(values[(..., *turn)]).long().flatten(1).numpy(force=True)
        for entry in range(levels.shape[1]):
            yield intervals(ends[:, entry], levels[:, entry])


def push_intervals(stack: Stack, starts: np.ndarray, widths: np.ndarray) -> None:
    """Push one interval for each event, (n,)."""
    lanes = len(stack.heads)
    for first in reversed(range(0, len(starts), lanes)):
        group = slice(first, first + lanes)
        stack.push(starts[group], widths[group], PRECISION)


def pop_values(stack: Stack, likelihood: Likelihood, parameters: Tensor, values: Tensor) -> None:
    """Pop the levels of some entries, and write what they stand for into ``values``."""
    for turn in turns(likelihood, values):
        ends = level_ends(likelihood, parameters, values, turn)
        levels = [pop_levels(stack, ends[:, entry]) for entry in range(ends.shape[1])]
        found = torch.from_numpy(np.stack(levels, 1)).to(values)
        values[(..., *turn)] = likelihood.value(found.reshape(values[(..., *turn)].shape))


def pop_levels(stack: Stack, ends: np.ndarray) -> np.ndarray:
    """Pop one level for each event, (n,); the intervals end at ``ends``, (n, levels)."""
    lanes, found = len(stack.heads), []
    for first in range(0, len(ends), lanes):
        own = ends[first : first + lanes]
        levels = (stack.peek(PRECISION)[: len(own), None] >= own).sum(-1)
        stack.pop(*intervals(own, levels), PRECISION)
        found.append(levels)
    return np.concatenate(found)


def intervals(ends: np.ndarray, levels: np.ndarray) -> Intervals:
    """Return where the intervals of levels (n,) begin and how wide they are, uint64 (n,)."""
    event = np.arange(len(levels))
    end = ends[event, levels]
    start = np.where(levels > 0, ends[event, levels - 1], np.uint64(0))
    return start, end - start


def turns(likelihood: Likelihood, values: Tensor) -> list[Turn]:
    """Return the entries in turn: all together, but of a colour one channel after the other."""
    if isinstance(likelihood, ColourLogisticMixture):
        return [(slice(c, c + 1), slice(None), slice(None)) for c in range(values.shape[1])]
    return [(slice(None),) * (values.dim() - 1)]


def level_ends(
    likelihood: Likelihood, parameters: Tensor, values: Tensor, turn: Turn
) -> np.ndarray:
    """Return where the intervals of the levels end, uint64 ``(n, entries, levels)``; last at 2^r.

    Args:
        likelihood: what the parameters mean.
        parameters: ``(n, P, *part)``.
        values: ``(n, *part)``, of which a colour's channels before those of the turn are looked at.
        turn: which entries.
    """
    if isinstance(likelihood, Bernoulli):
        ones = bernoulli_frequencies(last(parameters)[..., 0], PRECISION)
        top = np.full_like(ones, 1 << PRECISION)
        return np.stack([top - ones, top], -1)
    if isinstance(likelihood, Categorical):
        return softmax_frequencies(last(parameters), PRECISION).cumsum(-1)
    if isinstance(likelihood, ColourLogisticMixture):
        table = likelihood.channel_probabilities(parameters, values[:, : turn[0].start])
    else:
        table = likelihood.probabilities(parameters)
    return frequencies(last(table), PRECISION).cumsum(-1)


def last(table: Tensor) -> np.ndarray:
    """Return numbers ``(n, K, *part)`` as float64 of numpy, ``(n, entries, K)``."""
    return table.double().flatten(2).movedim(1, -1).numpy(force=True)
