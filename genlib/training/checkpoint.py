"""A training run on disk: its tensors, and the rest of its state as JSON beside them; no pickle.

A folder holds the two newest checkpoints. Should the newest be damaged, the one before is used.
"""

import json
import warnings
from pathlib import Path

from torch import Tensor

from genlib.storage import DamagedError, read, write

KEPT = 2

Plain = dict | list | str | float | bool | None  # what JSON can say
State = Tensor | Plain | tuple


def pack(state: State, tensors: dict[str, Tensor]) -> Plain:
    """Return ``state`` as JSON-able data, its tensors moved into ``tensors`` under new names."""
    if isinstance(state, Tensor):
        name = f"t{len(tensors)}"
        tensors[name] = state
        return {"tensor": name}
    if isinstance(state, dict):  # pairs, because JSON would turn integer keys into strings
        return {"dict": [[key, pack(value, tensors)] for key, value in state.items()]}
    if isinstance(state, list | tuple):
        return {"list": [pack(value, tensors) for value in state]}
    return state


def unpack(packed: Plain, tensors: dict[str, Tensor]) -> State:
    """Undo ``pack``; tuples come back as lists."""
    if not isinstance(packed, dict):
        return packed
    ((kind, content),) = packed.items()
    if kind == "tensor":
        return tensors[content]
    if kind == "list":
        return [unpack(value, tensors) for value in content]
    return {key: unpack(value, tensors) for key, value in content}


def stored(folder: str | Path) -> list[Path]:
    """Return the checkpoints in ``folder``, newest first."""
    return sorted(Path(folder).glob("[0-9]*.safetensors"), reverse=True)


def save(folder: str | Path, step: int, state: dict) -> Path:
    """Write ``state`` as the checkpoint after ``step`` rounds; keep it and the one before.

    Raises:
        OSError: if it cannot be written; the message says which checkpoint is still good.
    """
    folder = Path(folder)
    path = folder / f"{step:09d}.safetensors"
    tensors: dict[str, Tensor] = {}
    layout = json.dumps(pack(state, tensors))
    try:
        write(path, tensors, {"state": layout})
    except OSError as error:
        kept = next((f"{file} is intact" for file in stored(folder)), "there is none before it")
        raise OSError(error.errno, f"no checkpoint after step {step}: {error}; {kept}") from error
    for old in [*stored(folder)[KEPT:], *folder.glob("*.part")]:
        old.unlink(missing_ok=True)
    return path


def load(folder: str | Path) -> dict | None:
    """Return the newest good state in ``folder``, ``None`` if it holds no checkpoint.

    Raises:
        ValueError: if there are checkpoints and none of them is good.
    """
    errors = []
    for path in stored(folder):
        try:
            tensors, words = read(path)
            state = unpack(json.loads(words["state"]), tensors)
        except (DamagedError, KeyError, ValueError) as error:
            errors.append(str(error))
            continue
        if errors:
            warnings.warn(f"{errors[0]}; going on from {path} instead", stacklevel=2)
        return state
    if errors:
        raise ValueError("no checkpoint is good: " + "; ".join(errors))
    return None
