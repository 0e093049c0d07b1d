"""Any explicit model as a compressor: events to a file and back, without loss."""

import platform
from types import ModuleType
from typing import Any

import torch
from torch import Tensor

from genlib.coding import bits_back, chain
from genlib.coding.blob import digest, pack, unpack
from genlib.model import Label, Model
from genlib.nn import one_thread


def encode(model: Model, x: Tensor, *, label: Label | None = None) -> bytes:
    """Return events as a file that ``decode`` turns back into them, bit for bit.

    An autoregressive model codes entry after entry, for minus log p(x) in all; a latent-variable
    model by bits-back, for minus its ELBO and some bits that it borrows. The file names the class
    of the model and the digest of its weights, which it does not hold. Derived in the chapter on
    likelihood as compression.

    Args:
        model: whose probabilities, in evaluation mode.
        x: events ``(n, *event)`` of discrete values.
        label: of a conditional autoregressive model, one for all or one for each; not stored.

    Raises:
        ValueError: if x is not what the model is of, or the model cannot code: its values are real
            numbers, its codes have no cells, or it has no likelihood at all.
    """
    scheme = scheme_of(model)
    model.likelihood.check(x, model.event_shape, next(model.parameters()))
    header = described(model, len(x))
    with torch.no_grad(), one_thread():
        return pack(header, scheme.encode(model, x, label))


def decode(model: Model, blob: bytes, *, label: Label | None = None) -> Tensor:
    """Return the events that ``encode`` was given, ``(n, *event)``.

    Args:
        model: the one that encoded them.
        blob: the file.
        label: the labels that ``encode`` was given.

    Raises:
        DamagedError: a ValueError too: the file is damaged, or the label is another one.
        ValueError: the file is of another model; or of one whose arithmetic is not exact, and here
            it would be another, by device, type, processor or torch's version.
    """
    header, payload = unpack(blob)
    scheme = scheme_of(model)
    n = header.get("count", 0)
    if wrong := differences(header, described(model, n)):
        raise ValueError(f"the file is of another model or machine: {wrong}")
    with torch.no_grad(), one_thread():
        return scheme.decode(model, payload, n, label)


def described(model: Model, n: int) -> dict[str, Any]:
    """Return what must be the same when a file of ``n`` events is decoded."""
    header = {
        "model": type(model).__name__,
        "weights": digest(model)[:16],
        "event": list(model.event_shape),
        "count": n,
    }
    if getattr(model, "exact", False):
        return header
    like = next(model.parameters())
    return header | {
        "type": str(like.dtype).removeprefix("torch."),
        "device": hardware_of(like.device),
        "torch": torch.__version__,
    }


def hardware_of(device: torch.device) -> str:
    """Say on what a model computes, as far as the last bit of a sum may depend on it."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return f"{device.type} {platform.machine()} {torch.backends.cpu.get_cpu_capability()}"


def differences(header: dict[str, Any], wanted: dict[str, Any]) -> str:
    """Say in what a file's header is not as this model wants it."""
    names = sorted(header.keys() | wanted.keys())
    return "; ".join(
        f"{name} is {header.get(name)!r} in the file and {wanted.get(name)!r} here"
        for name in names
        if header.get(name) != wanted.get(name)
    )


def scheme_of(model: Model) -> ModuleType:
    """Return how a model codes.

    Raises:
        ValueError: if it cannot, with the reason.
    """
    name = type(model).__name__
    if model.training:
        raise ValueError(f"{name} is in training mode, in which it may be another: call eval()")
    if not hasattr(getattr(model, "likelihood", None), "level"):
        raise ValueError(f"{name} gives no probabilities of discrete values, so it cannot code")
    if hasattr(model, "cache"):
        return chain
    if getattr(model, "layers", 0):
        return bits_back
    raise ValueError(f"the codes of {name} have no cells that can be pushed, so it cannot code")
