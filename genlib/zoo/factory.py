"""From words to a network: what a card may name, and how it is built.

A card comes from anywhere, so it must not be able to run code of anyone's choice. What it names is
a class of networks that genlib itself defines and publishes, and nothing else; losses and penalties
are such classes too.
"""

import importlib
import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from torch import nn

# Plain names only: no attribute of an attribute, and nothing that begins with an underscore, such
# as genlib.__main__, whose import would run the command line.
FACTORY = re.compile(r"(genlib(?:\.[a-z][a-z0-9_]*)+):([A-Za-z][A-Za-z0-9_]*)")

WRONG_ARGUMENTS = (
    ArithmeticError,
    AttributeError,
    LookupError,
    MemoryError,
    RuntimeError,
    TypeError,
    ValueError,
)


def build(factory: str, arguments: Mapping[str, Any]) -> nn.Module:
    """Build a network of genlib from its name and its arguments.

    An argument may be a network itself, ``{"factory": ..., "arguments": {...}}``, alone or in lists
    and dictionaries.

    Args:
        factory: ``genlib.PACKAGE:CLASS``, such as ``genlib.latent:VAE``.
        arguments: keyword arguments of the class.

    Raises:
        ValueError: if the factory is no network of genlib, or does not take these arguments.
    """
    network = network_named(factory)
    if not isinstance(arguments, Mapping):
        raise ValueError(f"{factory}: arguments={arguments!r}, wanted a dictionary")
    given = {name: built(value) for name, value in arguments.items()}
    try:
        return network(**given)
    except WRONG_ARGUMENTS as error:
        raise ValueError(f"{factory} cannot be built: {error}") from error


def built(value: object) -> object:
    """Return an argument with the networks built that it names."""
    if isinstance(value, list):
        return [built(part) for part in value]
    if not isinstance(value, dict):
        return value
    if "factory" not in value:
        return {name: built(part) for name, part in value.items()}
    if not value.keys() <= {"factory", "arguments"}:
        raise ValueError(f"a network is named by factory and arguments; this has {list(value)}")
    return build(value["factory"], value.get("arguments", {}))


def network_named(factory: str) -> type[nn.Module]:
    """Return a class of networks that genlib defines.

    Raises:
        ValueError: if there is none of that name.
    """
    matched = FACTORY.fullmatch(factory) if isinstance(factory, str) else None
    if matched:
        module, name = matched.groups()
        with suppress(ImportError):
            found = getattr(importlib.import_module(module), name, None)
            if isinstance(found, type) and issubclass(found, nn.Module) and defined_here(found):
                return found
    raise ValueError(f"factory {factory!r}, wanted genlib.PACKAGE:NETWORK")


def defined_here(found: type) -> bool:
    """Whether a class is genlib's own, and not one that genlib imports."""
    return found.__module__.partition(".")[0] == "genlib"
