"""A value as a text that is the same in every process: how two runs are told apart."""

import hashlib
from collections.abc import Iterable, Mapping
from functools import partial
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType

from torch import Tensor, nn

from genlib.training.schedules import SCHEDULES

PLAIN = (bool, int, float, str, bytes, type(None))
CONTAINERS = (tuple, list, set, frozenset, Mapping)
DEEPEST = 4  # values within values that are looked into; a value may hold itself
LONGEST = 200


def describe(value: object, depth: int = DEEPEST) -> str:
    """Return a text for a value: the same for equal values, and without addresses.

    Functions are told apart by their code, partials by their arguments, other objects by their
    class and public attributes; of tensors only shape and type count.
    """
    if hasattr(value, "item") and getattr(value, "shape", None) == () and not is_torch(value):
        value = value.item()  # a number of NumPy
    if isinstance(value, PLAIN):
        return repr(value)
    if hasattr(value, "shape") and hasattr(value, "dtype"):
        return f"{type(value).__name__} {tuple(value.shape)} {value.dtype}"
    if isinstance(value, type | BuiltinFunctionType):
        return value.__qualname__
    if depth == 0 or isinstance(value, nn.Module):
        return type(value).__qualname__
    if isinstance(value, CONTAINERS):
        return shortened(describe_container(value, depth - 1))
    if isinstance(value, partial | FunctionType | MethodType):
        return describe_function(value, depth - 1)
    inner = ", ".join(described_items(public(value), depth - 1))
    return type(value).__qualname__ + (f"({shortened(inner)})" if inner else "")


def is_torch(value: object) -> bool:
    """Whether a value is a tensor, whose number would have to be waited for."""
    return isinstance(value, Tensor)


def describe_container(values: Iterable, depth: int) -> str:
    """Describe the parts of a container; a list and a tuple say the same."""
    if isinstance(values, Mapping):
        return f"{{{', '.join(described_items(values, depth))}}}"
    parts = [describe(value, depth) for value in values]
    if isinstance(values, set | frozenset):  # whose order differs from process to process
        parts.sort()
    return f"({', '.join(parts)}{',' if len(parts) == 1 else ''})"


def describe_function(function: partial | FunctionType | MethodType, depth: int) -> str:
    """Describe what can be called: its name, its code, and what is bound to it."""
    if isinstance(function, partial):
        parts = [describe(part, depth) for part in (function.func, *function.args)]
        return f"partial({', '.join(parts + described_items(function.keywords, depth))})"
    if isinstance(function, FunctionType):
        return f"{function.__qualname__} (code {code_hash(function, depth)})"
    owner = function.__self__
    whose = "" if isinstance(owner, nn.Module | type) else f" of {describe(owner, depth)}"
    return describe(function.__func__, depth) + whose


def described_items(values: Mapping, depth: int) -> list[str]:
    """Describe named values."""
    return [f"{name}={describe_named(name, value, depth)}" for name, value in values.items()]


def describe_named(name: object, value: object, depth: int = DEEPEST) -> str:
    """Describe a value that has a name; a schedule and the name of it say the same."""
    if name == "schedule" and isinstance(value, str):
        value = SCHEDULES.get(value, value)
    return describe(value, depth)


def public(thing: object) -> dict[str, object]:
    """Return an object's public attributes."""
    attributes = getattr(thing, "__dict__", {})
    return {name: value for name, value in attributes.items() if not name.startswith("_")}


def shortened(text: str) -> str:
    """Return a text, a long one by its beginning and a hash."""
    return text if len(text) <= LONGEST else f"{text[:40]}... ({digest(text)})"


def digest(text: str) -> str:
    """Return a short hash."""
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def code_hash(function: FunctionType, depth: int) -> str:
    """Return a hash of what a function does: its code, its defaults, and what it encloses."""
    enclosed = [cell.cell_contents for cell in function.__closure__ or () if has_value(cell)]
    held = [function.__defaults__, function.__kwdefaults__, enclosed]
    words = code_words(function.__code__, function.__doc__)
    return digest(repr([words, [describe(value, depth) for value in held]]))


def has_value(cell: object) -> bool:
    """Whether a variable of an enclosing function has a value yet."""
    try:
        _ = cell.cell_contents
    except ValueError:
        return False
    return True


def code_words(code: CodeType, documentation: str | None = None) -> list:
    """Return the instructions, names and constants of some code, without where it stands."""
    constants = [
        code_words(one) if isinstance(one, CodeType) else describe(one)
        for one in code.co_consts
        if one is None or one != documentation
    ]
    return [code.co_code.hex(), code.co_names, code.co_freevars, constants]
