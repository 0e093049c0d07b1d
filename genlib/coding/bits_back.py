r"""Files of latent-variable models: the bits that choose a code are got back.

To push x, the encoder *pops* a code z by the masses of q(z|x), which spends bits that lie on the
stack already, then pushes x by p(x|z) and z by p(z). The decoder pops z, then x, and pushes z back
by q(z|x): the spent bits are there again. What x costs is

.. math:: \log q(z|x) - \log p(x|z) - \log p(z),

on average minus the ELBO. The first events need bits that nobody gets back: random words lie on the
stack at first, the same for everyone. Townsend, Bird and Barber (2019,
https://arxiv.org/abs/1901.04866). Several layers of codes follow each other from the top.

Events are coded ``LANES`` at a time, one a lane, and networks see them so.
"""

import struct
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from genlib.coding.gaussians import middles, pop_codes, pop_evenly, push_codes, push_evenly
from genlib.coding.levels import intervals_in_turn, pop_values, push_intervals
from genlib.coding.rans import Stack
from genlib.model import Model
from genlib.storage import DamagedError

WORDS = 1_000  # a lane, from which bits are borrowed
UNTOUCHED = struct.Struct("<I")
LANES = 8


def encode(model: Model, x: Tensor, label: None) -> bytes:
    """Return the code of events ``(n, *event)``; ``genlib.coding.encode`` wraps it.

    Of the words that lay on the stack at first those that were never borrowed are left out, and
    counted.

    Args:
        model: with ``layers``, ``top``, ``posterior_given``, ``prior_given``, ``decode`` and a
            likelihood.
        x: the events.
        label: None: no model with codes is conditional.

    Raises:
        UnderflowError: the stack does not hold enough.
    """
    first, stack = borrowed(), borrowed()
    push_events(stack, model, x)
    both = min(len(first.words), len(stack.words))
    untouched = int(np.argmin(np.append(stack.words[:both] == first.words[:both], False)))
    return UNTOUCHED.pack(untouched) + on(stack.words[untouched:], stack.heads).to_bytes()


def decode(model: Model, code: bytes, n: int, label: None) -> Tensor:
    """Return the ``n`` events of a code.

    Raises:
        DamagedError: if not all borrowed bits are there again.
    """
    (untouched,) = UNTOUCHED.unpack_from(code)
    above, first = Stack.from_bytes(code[UNTOUCHED.size :], LANES), borrowed()
    stack = on(np.concatenate([first.words[:untouched], above.words]), above.heads)
    x = pop_events(stack, model, n)
    if stack.to_bytes() != first.to_bytes():
        raise DamagedError("the borrowed bits have not come back")
    return x


def borrowed() -> Stack:
    """Return what everyone begins with: a stack of random words, and of random heads."""
    words = np.random.default_rng(0).integers(1 << 32, size=WORDS * LANES, dtype=np.uint32)
    return on(words[LANES:], (1 << 32) + words[:LANES].astype(np.uint64))


def on(words: np.ndarray, heads: np.ndarray) -> Stack:
    """Return a stack of words and heads."""
    stack = Stack(len(heads), words)
    stack.heads = heads.copy()
    return stack


def push_events(stack: Stack, model: Model, x: Tensor) -> None:
    """Push events ``(n, *event)``, a group of ``LANES`` after the other."""
    for group in x.split(LANES):
        above: list[np.ndarray] = []
        for _ in range(model.layers):
            q = model.posterior_given(group, real(above, group))
            above.append(pop_codes(stack, *gaussian(q)))
        parameters = model.decode(real(above, group)[-1])
        pushed = list(intervals_in_turn(model.likelihood, parameters, group))
        for starts, widths in reversed(pushed):
            push_intervals(stack, starts, widths)
        while len(above) > 1:
            cells = above.pop()
            push_codes(stack, cells, *gaussian(model.prior_given(real(above, group))))
        push_evenly(stack, *above)


def pop_events(stack: Stack, model: Model, n: int) -> Tensor:
    """Pop ``n`` events, ``(n, *event)``: the inverse of ``push_events``."""
    x = next(model.parameters()).new_zeros(n, *model.event_shape)
    for group in reversed(x.split(LANES)):
        above = [pop_evenly(stack, len(group), model.top)]
        while len(above) < model.layers:
            p = model.prior_given(real(above, group))
            above.append(pop_codes(stack, *gaussian(p)))
        pop_values(stack, model.likelihood, model.decode(real(above, group)[-1]), group)
        while above:
            cells = above.pop()
            push_codes(stack, cells, *gaussian(model.posterior_given(group, real(above, group))))
    return x


def real(cells: Sequence[np.ndarray], like: Tensor) -> list[Tensor]:
    """Return codes of cells: their middles, as the networks see them."""
    return [torch.from_numpy(middles(each)).to(like) for each in cells]


def gaussian(parameters: tuple[Tensor, Tensor]) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and standard deviation, float64, from mean and log-variance."""
    mean, log_variance = (each.double().numpy(force=True) for each in parameters)
    return mean, np.exp(0.5 * log_variance)
