"""A reader's own model: a class in a file, weights beside it, and the card of its scores."""

import importlib.util
import inspect
import re
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

from torch import Tensor

from genlib import Model
from genlib.storage import load_exact, write_atomic
from genlib.suggest import suggestion
from genlib.training import checkpoint
from genlib.zoo import Card

OWN = re.compile(r"(.+\.py):([^\W\d]\w*)")
WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|_")
SUFFIX = ".safetensors"


def build_own(name: str) -> Model:
    """Build the model that ``FILE.py:CLASS`` names; a function that returns one will do too.

    Raises:
        ValueError: if there is no such file or class, the file fails, the class wants arguments,
            or what comes out is no ``genlib.Model``.
    """
    file, wanted = OWN.fullmatch(name).groups()
    module = imported(Path(file))
    factory = getattr(module, wanted, None)
    if not callable(factory):
        known = [each for each, value in vars(module).items() if own_class(value, module)]
        raise ValueError(f"no {wanted!r} in {file}{suggestion(wanted, known)}")
    refuse_arguments(factory, wanted, file)
    model = calling(factory, Path(file), f"{wanted} cannot be built")
    if not isinstance(model, Model):
        raise ValueError(f"{name} is {type(model).__name__}, wanted a genlib.Model")
    return model


def imported(file: Path) -> ModuleType:
    """Run a reader's file; what lies beside it can be imported by it."""
    if not file.is_file():
        raise ValueError(f"no file {file}")
    spec = importlib.util.spec_from_file_location(f"own_{file.stem}", file)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # as dataclasses want it
    sys.path.insert(0, str(file.parent.resolve()))
    try:
        calling(lambda: spec.loader.exec_module(module), file, "it cannot be imported")
    finally:
        sys.path.pop(0)
    return module


def calling(function: Callable[[], object], file: Path, what: str) -> object:
    """Return what a reader's code returns; where it fails, name the line."""
    try:
        return function()
    except Exception as error:
        lines = traceback.extract_tb(error.__traceback__)
        own = [line.lineno for line in lines if Path(line.filename) == file.resolve()]
        number = own[-1] if own else getattr(error, "lineno", None)
        place = f"{file}, line {number}" if number else f"{file}"
        raise ValueError(f"{place}: {what}: {type(error).__name__}: {error}") from error


def own_class(value: object, module: ModuleType) -> bool:
    """Whether something is a class that a file defines."""
    return isinstance(value, type) and value.__module__ == module.__name__


def refuse_arguments(factory: Callable, wanted: str, file: str) -> None:
    """Raise ``ValueError`` if something cannot be called without arguments."""
    try:
        signature = inspect.signature(factory)
        signature.bind()
    except TypeError as error:
        raise ValueError(
            f"{wanted} wants arguments, {signature}: name a function without any that returns "
            f"the model, such as {file}:build"
        ) from error


def load_weights(model: Model, path: Path) -> int:
    """Load the weights in a file, or in the folder of a run, into a model.

    Returns:
        how many rounds the run had made, 0 if that is not said.

    Raises:
        ValueError: if there are none, they are of another architecture (the differences are
            named), or the file is not safetensors: pickles are never loaded.
    """
    if path.is_dir():
        state = checkpoint.load(path)
        if state is None:
            raise ValueError(f"no checkpoint of fit in {path}; a file of weights is NAME{SUFFIX}")
    else:
        state = read_file(path)
    weights = (state.get("ema") or state)["model"]  # averaged ones, if the run kept them
    load_exact(model, weights)
    return state.get("step", 0)


def read_file(path: Path) -> dict:
    """Return the state in a checkpoint of ``fit``, or the tensors of any safetensors file."""
    from safetensors import SafetensorError, safe_open

    if path.suffix != SUFFIX:
        raise ValueError(
            f"{path} is no {SUFFIX} file; pickles can run any code and are never loaded. Write "
            f"safetensors.torch.save_file(model.state_dict(), 'weights{SUFFIX}')"
        )
    try:
        with safe_open(path, framework="pt") as file:
            words = file.metadata() or {}
            tensors: dict[str, Tensor] = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except SafetensorError as error:
        raise ValueError(f"{path} is damaged or not a safetensors file: {error}") from error
    return checkpoint.read_state(path) if "state" in words else {"model": tensors}


def card_file(name: str, folder: Path) -> Path:
    """Return where the card of a reader's model goes.

    Raises:
        ValueError: if the card of another model lies there.
    """
    file = folder / f"{card_name(name)}.json"
    if file.exists() and not is_same(name, Card.read(file).factory):
        raise ValueError(f"{file} is the card of another model, and stays: say --out FOLDER")
    return file


def is_same(name: str, other: str) -> bool:
    """Whether two names mean one class of one file, however its path is written."""
    pair = [OWN.fullmatch(each) for each in (name, other)]
    return all(pair) and len({(Path(each[1]).resolve(), each[2]) for each in pair}) == 1


def card_name(name: str) -> str:
    """Return the class's name in kebab case, as stored models are called."""
    return WORD.sub("-", OWN.fullmatch(name)[2]).strip("-").lower()


def write_card(file: Path, model: Model, **facts: object) -> None:
    """Write the card of a reader's model."""
    card = Card(
        name=file.stem,
        arguments={},
        seed=0,
        minutes=0.0,
        parameters=sum(weight.numel() for weight in model.parameters()),
        notes="Scored by `evaluate`, which does not know how long the training took.",
        **facts,
    )
    write_atomic(file, card.to_json().encode())
