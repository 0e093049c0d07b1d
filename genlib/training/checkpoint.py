"""A training run on disk: its tensors, and the rest of its state as JSON beside them; no pickle.

A folder holds the two newest checkpoints. Should the newest be damaged, the one before is used.
Other files in the folder are the user's and are left alone.
"""

import json
import tempfile
import warnings
from pathlib import Path

import torch
from torch import Tensor

from genlib.storage import DamagedError, read, write

KEPT = 2
SUFFIX = ".safetensors"
TABLE = "history.csv"

Plain = dict | list | str | float | bool | None  # what JSON can say
State = Tensor | Plain | tuple


def pack(state: State, tensors: dict[str, Tensor], place: str = "") -> Plain:
    """Return ``state`` as JSON-able data, its tensors moved into ``tensors`` under new names.

    Raises:
        ValueError: if something in it is neither plain nor a dense tensor; it says where.
    """
    if isinstance(state, Tensor):
        return pack_tensor(state, tensors, place)
    if isinstance(state, dict):  # pairs, because JSON would turn integer keys into strings
        items = state.items()
        return {"dict": [[key, pack(value, tensors, f"{place}.{key}")] for key, value in items]}
    if isinstance(state, list | tuple):
        return {"list": [pack(value, tensors, f"{place}.{i}") for i, value in enumerate(state)]}
    if hasattr(state, "item"):  # a number of NumPy
        return state.item()
    if not isinstance(state, str | int | float | type(None)):
        raise ValueError(f"{place.lstrip('.')} is {type(state).__name__}, wanted tensors, numbers")
    return state


def pack_tensor(tensor: Tensor, tensors: dict[str, Tensor], place: str) -> Plain:
    """Move a tensor into ``tensors``; a complex one as pairs of real numbers."""
    if tensor.layout != torch.strided or tensor.is_quantized:
        raise ValueError(f"{place.lstrip('.')} is {tensor.type()}, wanted dense tensors")
    name = f"t{len(tensors)}"
    tensors[name] = torch.view_as_real(tensor.resolve_conj()) if tensor.is_complex() else tensor
    return {"complex" if tensor.is_complex() else "tensor": name}


def unpack(packed: Plain, tensors: dict[str, Tensor]) -> State:
    """Undo ``pack``; tuples come back as lists."""
    if not isinstance(packed, dict):
        return packed
    ((kind, content),) = packed.items()
    if kind == "tensor":
        return tensors[content]
    if kind == "complex":
        return torch.view_as_complex(tensors[content])
    if kind == "list":
        return [unpack(value, tensors) for value in content]
    return {key: unpack(value, tensors) for key, value in content}


def name_of(step: int) -> str:
    """Return the name of the checkpoint after ``step`` rounds."""
    return f"{step:09d}{SUFFIX}"


def step_of(path: Path) -> int | None:
    """Return the step of a checkpoint by its name; ``None`` if ``save`` gives no such name."""
    digits = path.name.removesuffix(SUFFIX)
    step = int(digits) if digits.isascii() and digits.isdigit() else None
    return step if step is not None and path.name == name_of(step) else None


def stored(folder: str | Path) -> list[Path]:
    """Return the checkpoints in ``folder``, newest first."""
    steps = {path: step_of(path) for path in Path(folder).glob(f"*{SUFFIX}")}
    ours = [path for path, step in steps.items() if step is not None]
    return sorted(ours, key=lambda path: steps[path], reverse=True)


def check(folder: str | Path, state: State) -> None:
    """Raise now what ``save`` would raise after the first hour.

    Raises:
        OSError: if nothing can be written to ``folder``.
        ValueError: if ``state`` holds what a checkpoint cannot.
    """
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise OSError(error.errno, f"no checkpoint can be written to {folder}: {error}") from error
    try:
        pack(state, {})
    except ValueError as error:
        raise ValueError(f"a checkpoint cannot hold this run: {error}") from error


def save(folder: str | Path, step: int, state: dict) -> Path:
    """Write ``state`` as the checkpoint after ``step`` rounds; keep it and the one before.

    Raises:
        OSError: if it cannot be written; the message says which checkpoint is still good.
    """
    folder = Path(folder)
    path = folder / name_of(step)
    tensors: dict[str, Tensor] = {}
    layout = json.dumps(pack(state, tensors))
    try:
        write(path, tensors, {"state": layout})
    except OSError as error:
        kept = next((f"{file} is intact" for file in stored(folder)), "there is none before it")
        raise OSError(error.errno, f"no checkpoint after step {step}: {error}; {kept}") from error
    remove_older(folder, step)
    return path


def remove_older(folder: Path, step: int) -> None:
    """Delete the checkpoints before the newest ones, and what killed runs left half written.

    Only names that ``save`` gives are touched, and only steps up to ``step``: a larger number is
    of another run, or a user's date.
    """
    old = [path for path in stored(folder) if step_of(path) <= step][KEPT:]
    for path in folder.glob("*.part"):
        if step_of(path.with_suffix("")) is not None or path.name == f"{TABLE}.part":
            old.append(path)
    for path in old:
        path.unlink(missing_ok=True)


def read_state(path: Path) -> dict:
    """Return the state in one checkpoint; raise if it is none, or damaged."""
    tensors, words = read(path)
    return unpack(json.loads(words["state"]), tensors)


def load(folder: str | Path) -> dict | None:
    """Return the newest good state in ``folder``, ``None`` if it holds no checkpoint.

    Raises:
        ValueError: if there are checkpoints and none of them is good.
    """
    errors = []
    for path in stored(folder):
        try:
            state = read_state(path)
        except (DamagedError, KeyError, ValueError) as error:
            errors.append(str(error))
            continue
        if errors:
            warnings.warn(f"{errors[0]}; going on from {path} instead", stacklevel=2)
        return state
    if errors:
        raise ValueError("no checkpoint is good: " + "; ".join(errors))
    return None
