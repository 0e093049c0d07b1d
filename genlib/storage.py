"""Named tensors and a few words on disk, whole or not at all: safetensors with a checksum."""

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

CHECKSUM = "sha256"


class DamagedError(ValueError):
    """A file that is truncated, altered, or not of the kind that ``write`` makes."""


def write(path: Path, tensors: Mapping[str, Tensor], words: Mapping[str, str]) -> None:
    """Write ``tensors`` and ``words`` to ``path``; a crash leaves the old file or the new one.

    Raises:
        OSError: if there is no room or no permission; the old file, if any, is untouched.
    """
    write_atomic(path, serialized(tensors, words))


def serialized(tensors: Mapping[str, Tensor], words: Mapping[str, str]) -> bytes:
    """Return the bytes of a file with ``tensors`` and ``words``."""
    from safetensors.torch import save

    plain = {name: t.detach().cpu().contiguous().clone() for name, t in tensors.items()}
    return save(plain, metadata={**words, CHECKSUM: checksum(plain, words)})


def read(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Return what ``write`` wrote; nothing is ever unpickled.

    Raises:
        DamagedError: if the file is truncated, altered by as little as a bit, or of another format.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="pt") as file:
            words = dict(file.metadata() or {})
            tensors = {name: file.get_tensor(name).clone() for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, KeyError, ValueError, RuntimeError) as error:
        raise DamagedError(f"{path} is damaged or not a safetensors file: {error}") from error
    expected = words.pop(CHECKSUM, None)
    if expected is None:
        raise DamagedError(f"{path} has no checksum: genlib did not write it")
    if checksum(tensors, words) != expected:
        raise DamagedError(f"{path} is damaged: its content does not have the checksum it states")
    return tensors, words


def checksum(tensors: Mapping[str, Tensor], words: Mapping[str, str]) -> str:
    """Return the SHA-256 of every name, type, shape, value and word."""
    digest = hashlib.sha256(repr(sorted(words.items())).encode())
    for name, tensor in sorted(tensors.items()):
        digest.update(repr((name, str(tensor.dtype), tuple(tensor.shape))).encode())
        digest.update(tensor.reshape(-1).view(torch.uint8).numpy())
    return digest.hexdigest()


def write_atomic(path: Path, content: bytes) -> None:
    """Write a file under another name, flush it to the disk, and rename it into place."""
    write_together({path: content})


def write_together(contents: Mapping[Path, bytes]) -> None:
    """Write files that belong together: none is renamed into place before all are on the disk.

    Raises:
        OSError: if there is no room or no permission; the old files, if any, are untouched.
    """
    scratch = {path: path.with_name(path.name + ".part") for path in contents}
    try:
        for path, content in contents.items():
            write_flushed(scratch[path], content)
        for path, part in scratch.items():
            part.replace(path)
    finally:
        for part in scratch.values():
            part.unlink(missing_ok=True)


def write_flushed(path: Path, content: bytes) -> None:
    """Write a file, and return when it is on the disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def load_exact(model: nn.Module, weights: Mapping[str, Tensor]) -> None:
    """Copy ``weights`` into ``model``, or refuse all of them and say what differs.

    A module whose tensors have as many rows as its data asked for names them in ``free_rows``, and
    takes any number of rows, the same for all of them, in ``load_state_dict``.
    """
    given = {name: tuple(w.shape) for name, w in weights.items()}
    own = wanted_shapes(model, given)
    wrong = [
        f"{name}: {given.get(name, 'absent')}, wanted {own.get(name, 'absent')}"
        for name in sorted(own.keys() | given.keys())
        if own.get(name) != given.get(name)
    ]
    if wrong:
        raise ValueError(
            f"weights of another architecture than {type(model).__name__}: {join_first(wrong)}"
        )
    model.load_state_dict(dict(weights))


def wanted_shapes(
    model: nn.Module, given: Mapping[str, tuple[int, ...]]
) -> dict[str, tuple[int, ...]]:
    """Return the shapes of a model's tensors, with the given number of rows where it is free."""
    shapes = {name: tuple(w.shape) for name, w in model.state_dict().items()}
    for prefix, module in model.named_modules(remove_duplicate=False):  # as a state has names
        names = [f"{prefix}.{name}".lstrip(".") for name in getattr(module, "free_rows", ())]
        rows = [given[name][:1] for name in names if name in given]
        if rows and min(rows) > (0,):  # what has no rows, or is a number, is refused
            shapes |= {name: max(rows) + shapes[name][1:] for name in names}
    return shapes


def join_first(differences: list[str], most: int = 5) -> str:
    """Join the first differences, and count the rest."""
    rest = len(differences) - most
    return "; ".join(differences[:most]) + (f"; and {rest} more" if rest > 0 else "")
