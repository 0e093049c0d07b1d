"""What this machine is, in words that a card or a report can carry."""

import os
import platform

import torch

from genlib.ranks import world


def hardware(device: torch.device) -> str:
    """Describe what a run is made on, without naming the machine."""
    each = f"{world()} processes, each on " if world() > 1 else ""
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


def versions() -> dict[str, str]:
    """Return the versions that a report of a fault should name."""
    from importlib.metadata import version

    packages = {name: version(name) for name in ("torch", "numpy", "safetensors")}
    return {"python": platform.python_version(), **packages, "system": platform.system()}
