"""The machine at hand: its device, its seeds, and how many steps it can afford."""

import os
import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import Tensor

from genlib.ranks import local_rank, world

SMOKE_STEPS = 3


def default_device() -> torch.device:
    """Return the fastest device there is: ``cuda``, then ``mps``, then ``cpu``.

    Of several processes on one machine each takes its own GPU.
    """
    if torch.cuda.is_available():
        return torch.device("cuda", local_rank()) if world() > 1 else torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def resolve_device(device: str | torch.device | None) -> torch.device:
    """Return the device that was asked for, the default one for ``None``.

    Raises:
        ValueError: if there is no such device, or none on this machine.
    """
    if device is None:
        return default_device()
    try:
        found = (
            torch.empty(0, device=device).device if isinstance(device, str | torch.device) else None
        )
    except (RuntimeError, AssertionError, ValueError, ImportError):
        found = None
    if found is None or found.type == "meta":  # tensors there have no values
        raise ValueError(
            f"device={str(device)!r} cannot be used on this machine; wanted cpu, cuda, mps or "
            f"None, which here means {default_device()}"
        )
    return found


def seed(value: int) -> None:
    """Seed Python's, NumPy's and torch's default generators (all devices)."""
    import numpy as np

    random.seed(value)
    np.random.seed(value % 2**32)  # the one that scikit-learn reads
    torch.manual_seed(value)


@contextmanager
def seeded(value: int, device: torch.device) -> Iterator[None]:
    """Seed the default generators of the CPU and of ``device``; give them back after the block.

    ``torch.manual_seed`` would seed those of all other devices too, for good.
    """
    before = generator_state(device)
    places = {"cpu": "cpu", device.type: device}
    fresh = {kind: torch.Generator(at).manual_seed(value) for kind, at in places.items()}
    set_generator_state({kind: one.get_state() for kind, one in fresh.items()}, device)
    try:
        yield
    finally:
        set_generator_state(before, device)


def generator_state(device: torch.device) -> dict[str, Tensor]:
    """Return the states of the default generators that a run on ``device`` draws from."""
    state = {"cpu": torch.get_rng_state()}
    if device.type != "cpu":
        state[device.type] = torch.get_device_module(device).get_rng_state(device)
    return state


def set_generator_state(state: Mapping[str, Tensor], device: torch.device) -> None:
    """Give the default generators a state that ``generator_state`` returned, perhaps elsewhere."""
    if "cpu" in state:
        torch.set_rng_state(state["cpu"])
    if device.type != "cpu" and device.type in state:
        torch.get_device_module(device).set_rng_state(state[device.type], device)


def budget(*, cpu: int, gpu: int) -> int:
    """Return the number of steps for the device at hand.

    With the environment variable ``GENLIB_SMOKE`` set it is tiny, so that an author can see
    whether a chapter runs at all; its claims may fail then.

    Raises:
        ValueError: if a number is not positive.
    """
    if cpu < 1 or gpu < 1:
        raise ValueError(f"budget(cpu={cpu}, gpu={gpu}), wanted positive numbers of steps")
    steps = cpu if default_device().type == "cpu" else gpu
    return min(steps, SMOKE_STEPS) if os.environ.get("GENLIB_SMOKE") else steps


def static_output() -> bool:
    """Whether outputs are to be stored in a page: no widgets, no progress bars."""
    return os.environ.get("GENLIB_STATIC") == "1"
