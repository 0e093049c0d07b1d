r"""Files of autoregressive models: entry after entry, each by its conditional.

The coder's stack gives back last what was pushed first. So the encoder, which knows every entry
from the start, works out the conditionals in the order of the model and pushes the entries in the
reverse. The decoder pops an entry, tells the model, and so learns the conditional of the next. Both
ask the model's ``cache``, entry by entry, so that both see the same numbers.

Event b lies in lane b mod L, on top of event b + L.
"""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from genlib.coding.rans import Stack
from genlib.coding.tables import bernoulli_frequencies, frequencies, softmax_frequencies
from genlib.likelihoods import Bernoulli, Categorical, ColourLogisticMixture, Likelihood
from genlib.model import Model

Entry = tuple[int, ...]  # an entry's index among those of a place


def push_events(
    stack: Stack, model: Model, x: Tensor, label: Tensor | None, precision: int
) -> None:
    """Push events ``(n, *event)`` of a model with conditionals.

    Args:
        stack: of L lanes.
        model: with ``cache``, ``places`` and a likelihood of discrete values.
        x: the events.
        label: of a conditional model, (n,).
        precision: r; frequencies add up to 2^r.
    """
    cache, pushed = model.cache(len(x), label), []
    for place in model.places():
        parameters, values = cache.next(), x[(..., *place)]
        for entry in np.ndindex(values.shape[1:]):
            ends = interval_ends(model.likelihood, parameters, values, entry, precision)
            level = model.likelihood.level(values[(..., *entry)]).long().numpy(force=True)
            pushed.append(intervals(ends, level))
        cache.append(values)
    lanes = len(stack.heads)
    for starts, widths in reversed(pushed):
        for group in reversed(range(0, len(x), lanes)):
            lane = slice(group, group + lanes)
            stack.push(starts[lane], widths[lane], precision)


def pop_events(
    stack: Stack, model: Model, n: int, label: Tensor | None, precision: int
) -> Tensor:
    """Pop ``n`` events, ``(n, *event)``: the inverse of ``push_events``."""
    cache = model.cache(n, label)
    x = torch.zeros(n, *model.event_shape, dtype=model.dtype, device=model.device)
    for place in model.places():
        parameters, values = cache.next(), x[(..., *place)]
        for entry in np.ndindex(values.shape[1:]):
            ends = interval_ends(model.likelihood, parameters, values, entry, precision)
            level = torch.from_numpy(pop_levels(stack, ends, precision))
            values[(..., *entry)] = model.likelihood.value(level.to(values))
        cache.append(values)
    return x


def pop_levels(stack: Stack, ends: np.ndarray, precision: int) -> np.ndarray:
    """Pop the levels (n,) whose intervals end at ``ends``, (n, levels)."""
    n, lanes = len(ends), len(stack.heads)
    found = np.empty(n, np.int64)
    for group in range(0, n, lanes):
        own = ends[group : group + lanes]
        levels = (stack.peek(precision)[: len(own), None] >= own).sum(-1)
        stack.pop(*intervals(own, levels), precision)
        found[group : group + lanes] = levels
    return found


def intervals(ends: np.ndarray, levels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return where the intervals of levels (n,) begin and how wide they are, uint64 (n,)."""
    event = np.arange(len(levels))
    end = ends[event, levels]
    start = np.where(levels > 0, ends[event, levels - 1], np.uint64(0))
    return start, end - start


def interval_ends(
    likelihood: Likelihood, parameters: Tensor, values: Tensor, entry: Entry, precision: int
) -> np.ndarray:
    """Return where the levels' intervals of one entry end, uint64 (n, levels).

    Args:
        likelihood: what the parameters mean.
        parameters: of a place, ``(n, P, *part)``.
        values: of its entries, ``(n, *part)``; those before ``entry`` are looked at.
        entry: an index into ``part``.
        precision: r; the last end is 2^r.
    """
    spot = tuple(slice(k, k + 1) for k in entry)
    if isinstance(likelihood, ColourLogisticMixture):
        channel, *pixel = spot
        before = values[(slice(None), slice(0, channel.start), *pixel)]
        own = likelihood.channel_probabilities(parameters[(..., *pixel)], before)
    else:
        own = parameters[(..., *spot)]
    numbers = own.double().flatten(1).numpy(force=True)
    if isinstance(likelihood, Bernoulli):
        ones = bernoulli_frequencies(numbers, precision)
        return np.concatenate([(1 << precision) - ones, np.full_like(ones, 1 << precision)], 1)
    if isinstance(likelihood, Categorical):
        return softmax_frequencies(numbers, precision).cumsum(1)
    if not isinstance(likelihood, ColourLogisticMixture):
        table = likelihood.probabilities(own).double().flatten(1).numpy(force=True)
        return frequencies(table, precision).cumsum(1)
    return frequencies(numbers, precision).cumsum(1)
