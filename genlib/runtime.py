"""The machine at hand: devices, processes, seeds, hardware, and how many steps it can afford."""

import os
import platform
import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from numbers import Integral

import torch
from torch import Tensor

SMOKE_STEPS = 3
# What torchrun, accelerate and clusters' launchers tell each process about its place.
LAUNCHED = ("RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT")


def world_size() -> int:
    """Return the number of processes in this run."""
    launched = all(name in os.environ for name in LAUNCHED)
    return int(os.environ["WORLD_SIZE"]) if launched else 1


def rank() -> int:
    """Return the number of this process, from 0; rank 0 is the one that writes and speaks."""
    return int(os.environ["RANK"]) if world_size() > 1 else 0


def local_rank() -> int:
    """Return the number of this process on its machine, which is the GPU that it takes."""
    return int(os.environ.get("LOCAL_RANK", 0)) if world_size() > 1 else 0


def local_world_size() -> int:
    """Return the number of processes on this machine, as far as the launcher tells."""
    if world_size() == 1:
        return 1
    alone = os.environ["MASTER_ADDR"] in ("localhost", "127.0.0.1", "::1")
    return int(os.environ.get("LOCAL_WORLD_SIZE", world_size() if alone else 1))


def gpus_are_shared() -> bool:
    """Whether some GPU of this machine has to serve several processes of the run."""
    return torch.cuda.is_available() and local_world_size() > torch.cuda.device_count()


def own_gpu() -> torch.device:
    """Return the GPU of this process: of several on one machine each takes the next one."""
    if world_size() == 1:
        return torch.device("cuda")
    return torch.device("cuda", local_rank() % torch.cuda.device_count())


def default_device() -> torch.device:
    """Return the fastest device there is: ``cuda``, then ``mps``, then ``cpu``.

    Of several processes on one machine each takes its own GPU, as long as there are enough.
    """
    if torch.cuda.is_available():
        return own_gpu()
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def resolve_device(device: str | torch.device | None) -> torch.device:
    """Return the device that was asked for, the default one for ``None``.

    ``"cuda"`` without a number means this process's own GPU.

    Raises:
        ValueError: if there is no such device, or none on this machine.
    """
    if device is None:
        return default_device()
    if world_size() > 1 and str(device) == "cuda" and torch.cuda.is_available():
        return own_gpu()
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


def shifted(value: int) -> int:
    """Return the seed that is used for ``value``: with ``GENLIB_SEED_SHIFT`` added to it.

    That environment variable, a whole number, repeats all experiments of a chapter with other
    random numbers; ``seed``, ``generator`` and ``fit`` heed it.

    Raises:
        ValueError: if a number is no whole number.
    """
    given = os.environ.get("GENLIB_SEED_SHIFT") or "0"
    if not given.isdecimal():
        raise ValueError(f"GENLIB_SEED_SHIFT={given!r}, wanted a whole number from 0")
    return whole(value, "seed") + int(given)


def seed(value: int) -> None:
    """Seed Python's, NumPy's and torch's default generators (all devices); see ``shifted``.

    Raises:
        ValueError: if ``value`` is no whole number.
    """
    import numpy as np

    value = shifted(value)
    random.seed(value)
    np.random.seed(value % 2**32)  # the one that scikit-learn reads
    torch.manual_seed(value)


def whole(value: int, name: str) -> int:
    """Return a whole number of any library as Python's.

    Raises:
        ValueError: if it is none.
    """
    if not isinstance(value, Integral) or isinstance(value, bool):
        raise ValueError(f"{name}={value!r}, wanted a whole number")
    return int(value)


@contextmanager
def seeded(value: int, device: torch.device) -> Iterator[None]:
    """Seed the default generators of the CPU and of ``device``; give them back after the block.

    ``torch.manual_seed`` would seed those of all other devices too, for good.
    """
    value = whole(value, "seed")
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


def generator(value: int, device: str | torch.device = "cpu") -> torch.Generator:
    """Return a generator of its own, which draws the same for the same seed; see ``shifted``.

    What is drawn from it leaves the default generators, those of ``seed``, as they are.
    """
    return torch.Generator(device).manual_seed(shifted(value))


def budget(steps: int | None = None, /, *, cpu: int | None = None, gpu: int | None = None) -> int:
    """Return a number of steps: ``steps`` on any device, or the one for the device at hand.

    With the environment variable ``GENLIB_SMOKE`` set it is tiny, so that an author can see
    whether a chapter runs at all; its claims may fail then.

    Raises:
        ValueError: unless ``steps`` is given, or both ``cpu`` and ``gpu``, as positive numbers.
    """
    by_device = (cpu, gpu) != (None, None)
    given = (cpu, gpu) if by_device else (steps, steps)
    if (by_device and steps is not None) or not all(n is not None and n >= 1 for n in given):
        raise ValueError(
            f"budget({steps}, cpu={cpu}, gpu={gpu}), wanted budget(n) or budget(cpu=n, gpu=m), "
            "with positive numbers of steps"
        )
    chosen = given[0] if default_device().type == "cpu" else given[1]
    return min(chosen, SMOKE_STEPS) if os.environ.get("GENLIB_SMOKE") else chosen


def static_output() -> bool:
    """Whether outputs are to be stored in a page: no widgets, no progress bars."""
    return os.environ.get("GENLIB_STATIC") == "1"


def hardware(device: torch.device) -> str:
    """Describe what a run is made on, without naming the machine."""
    each = f"{world_size()} processes, each on " if world_size() > 1 else ""
    if device.type == "cuda":
        return each + torch.cuda.get_device_name(device)
    return f"{each}{torch.get_num_threads()} of {os.cpu_count()} {platform.machine()} CPU cores"


def bfloat16(device: torch.device) -> str:
    """Say whether ``device`` computes in bfloat16 by itself; where it does not, it is slow."""
    if device.type == "cuda":
        return "yes" if torch.cuda.is_bf16_supported(including_emulation=False) else "no"
    if device.type == "cpu":
        units = {"avx512_bf16": "AVX512-BF16", "amx_bf16": "AMX", "bf16": "Arm BF16"}
        found = getattr(torch.cpu, "get_capabilities", dict)()
        return ", ".join(name for flag, name in units.items() if found.get(flag)) or "no"
    return "unknown"


def has_bfloat16(device: torch.device) -> bool:
    """Whether ``device`` is known to compute in bfloat16 by itself."""
    return bfloat16(device) not in ("no", "unknown")


def resolve_precision(precision: str | None, device: torch.device) -> str | None:
    """Return ``"bf16"`` or ``None`` (float32); ``"auto"`` is the first where the device has it."""
    if precision == "auto":
        return "bf16" if has_bfloat16(device) else None
    return precision


def versions() -> dict[str, str]:
    """Return the versions that a report of a fault should name."""
    from importlib.metadata import version

    packages = {name: version(name) for name in ("torch", "numpy", "safetensors")}
    return {"python": platform.python_version(), **packages, "system": platform.system()}
