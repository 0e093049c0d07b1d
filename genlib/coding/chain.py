r"""Files of autoregressive models: entry after entry, each by its conditional.

The coder's stack gives back last what was pushed first. So the encoder, which knows every entry
from the start, works out the conditionals in the order of the model and pushes the entries in the
reverse. The decoder pops an entry, tells the model, and so learns the conditional of the next. Both
ask the model's ``cache``, entry by entry, so that both see the same numbers.

Of L lanes, lane l holds the events l, l + L, l + 2 L, and so on, the first of them on top.
"""

import torch
from torch import Tensor

from genlib.coding.levels import intervals_in_turn, pop_values, push_intervals
from genlib.coding.rans import Stack, UnderflowError
from genlib.model import Label, Model
from genlib.storage import DamagedError

MOST_LANES = 16
TAIL = 16  # one of so many events is coded first, in a single lane
OTHER_LABEL = "is it of other labels?"


def encode(model: Model, x: Tensor, label: Label | None) -> bytes:
    """Return the code of events ``(n, *event)``; ``genlib.coding.encode`` wraps it.

    The last few events are coded first, in one lane, and what comes of them begins the others, so
    that many lanes cost no more than one. The code begins with their number, less one.

    Args:
        model: with ``cache``, ``places`` and a likelihood of discrete values.
        x: the events.
        label: of a conditional model.
    """
    known, stack = model.known(label, len(x)), Stack()
    most, tail = parts(len(x))
    if tail:
        push_events(stack, model, x, known, tail)
        stack.widen(min(MOST_LANES, 1 + len(stack.words)))
    push_events(stack, model, x, known, most)
    return bytes([len(stack.heads) - 1]) + stack.to_bytes()


def decode(model: Model, code: bytes, n: int, label: Label | None) -> Tensor:
    """Return the ``n`` events of a code.

    Raises:
        DamagedError: if there is less or more in it.
    """
    known, (most, tail) = model.known(label, n), parts(n)
    x = torch.zeros(n, *model.event_shape, dtype=model.dtype, device=model.device)
    try:
        stack = Stack.from_bytes(code[1:], 1 + int.from_bytes(code[:1]))
        pop_events(stack, model, x, known, most)
        if tail:
            stack.narrow(1)
            pop_events(stack, model, x, known, tail)
    except (DamagedError, UnderflowError) as error:
        raise DamagedError(f"{error}: {OTHER_LABEL}") from error
    if not stack.empty:
        raise DamagedError(f"the code does not end with its events: {OTHER_LABEL}")
    return x


def parts(n: int) -> tuple[slice, slice | None]:
    """Return which events are coded in many lanes, and which before them in one, if any."""
    few = n // TAIL
    return slice(0, n - few), slice(n - few, n) if few else None


def push_events(stack: Stack, model: Model, x: Tensor, label: Tensor | None, part: slice) -> None:
    """Push some events of ``(n, *event)``, so that their first entries come off first."""
    x, label = x[part], None if label is None else label[part]
    cache, pushed = model.cache(len(x), label), []
    for place in model.places():
        parameters, values = cache.next(), x[(..., *place)]
        pushed += intervals_in_turn(model.likelihood, parameters, values)
        cache.append(values)
    for starts, widths in reversed(pushed):
        push_intervals(stack, starts, widths)


def pop_events(stack: Stack, model: Model, x: Tensor, label: Tensor | None, part: slice) -> None:
    """Pop some events into ``x``, ``(n, *event)``: the inverse of ``push_events``."""
    x, label = x[part], None if label is None else label[part]
    cache = model.cache(len(x), label)
    for place in model.places():
        parameters, values = cache.next(), x[(..., *place)]
        pop_values(stack, model.likelihood, parameters, values)
        cache.append(values)
