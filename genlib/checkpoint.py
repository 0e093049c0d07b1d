"""A training run on disk: tensors as safetensors, the rest as JSON beside them; no pickle."""

import json
import os
from collections.abc import Mapping
from pathlib import Path

from torch import Tensor, nn

NAME = "last.safetensors"

Plain = dict | list | str | float | bool | None  # what JSON can say
State = Tensor | Plain | tuple


def pack(state: State, tensors: dict[str, Tensor]) -> Plain:
    """Return ``state`` as JSON-able data, its tensors moved into ``tensors`` under new names."""
    if isinstance(state, Tensor):
        name = f"t{len(tensors)}"
        tensors[name] = state.detach().cpu().clone().contiguous()
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


def save(folder: str | Path, state: dict) -> Path:
    """Write ``state`` into ``folder``, so that a crash leaves the old file or the new one whole."""
    from safetensors.torch import save as serialize

    path = Path(folder) / NAME
    path.parent.mkdir(parents=True, exist_ok=True)
    tensors: dict[str, Tensor] = {}
    layout = json.dumps(pack(state, tensors))
    write_atomic(path, serialize(tensors, metadata={"state": layout}))
    return path


def load(folder: str | Path) -> dict | None:
    """Return the state that ``folder`` holds, ``None`` if there is none yet.

    Raises:
        ValueError: if the file is damaged or not a checkpoint of ours.
    """
    from safetensors import SafetensorError, safe_open

    path = Path(folder) / NAME
    if not path.exists():
        return None
    try:
        with safe_open(path, framework="pt") as file:
            layout = json.loads((file.metadata() or {})["state"])
            return unpack(layout, {name: file.get_tensor(name) for name in file.keys()})  # noqa: SIM118
    except (SafetensorError, KeyError, ValueError) as error:
        raise ValueError(f"{path} is damaged or no checkpoint of genlib: {error}") from error


def write_atomic(path: Path, content: bytes) -> None:
    """Write a file under another name, flush it to the disk, and rename it into place."""
    scratch = path.with_suffix(path.suffix + ".part")
    with scratch.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    scratch.replace(path)


def put(model: nn.Module, weights: Mapping[str, Tensor]) -> None:
    """Copy ``weights`` into ``model``, or refuse all of them and say what differs."""
    own = {name: tuple(w.shape) for name, w in model.state_dict().items()}
    given = {name: tuple(w.shape) for name, w in weights.items()}
    wrong = [
        f"{name}: {given.get(name, 'absent')}, wanted {own.get(name, 'absent')}"
        for name in sorted(own.keys() | given.keys())
        if own.get(name) != given.get(name)
    ]
    if wrong:
        listed = "; ".join(wrong[:5]) + (f"; and {len(wrong) - 5} more" if len(wrong) > 5 else "")
        raise ValueError(f"weights of another architecture than {type(model).__name__}: {listed}")
    model.load_state_dict(dict(weights))
