"""Arguments and options that several commands take, and what they refuse."""

from collections.abc import Collection
from pathlib import Path
from typing import Annotated

import typer

from genlib import recipes, zoo
from genlib.recipes.experiments import Options
from genlib.runtime import resolve_device
from genlib.suggest import suggestion

LARGEST_SEED = 2**32 - 1
MOST_IMAGES = 10_000
MOST_DRAWS = 1_000_000


def known_recipe(name: str) -> str:
    """Return the name of a recipe, or refuse it."""
    if name not in recipes.names():
        raise typer.BadParameter(f"no recipe {name!r}{suggestion(name, recipes.names())}")
    return name


def known_model(name: str | None) -> str | None:
    """Return the name of a recipe that makes a model, or refuse it."""
    if name is None:
        return None
    if name not in recipes.names():
        models = [each for each in recipes.names() if recipes.recipe(each).kind == "model"]
        raise typer.BadParameter(f"no model {name!r}{suggestion(name, models)}")
    if recipes.recipe(name).kind != "model":
        raise typer.BadParameter(f"{name} is the recipe of a table, not of a model")
    return name


def usable_device(device: str | None) -> str | None:
    """Return a device that this machine has, or refuse it."""
    if device is not None:
        try:
            resolve_device(device)
        except ValueError as error:
            raise typer.BadParameter(str(error)) from error
    return device


def refuse_foreign(options: Options, known: Collection[str], who: str) -> None:
    """Refuse what the user asks for but nobody would heed."""
    for name in options.all_given():
        if name not in known:
            flag = "--" + name.replace("_", "-")
            raise typer.BadParameter(f"{who} has no use for it.", param_hint=flag)


RecipeName = Annotated[
    str, typer.Argument(metavar="NAME", callback=known_recipe, help="A name that `list` shows.")
]
ModelName = Annotated[
    str, typer.Argument(metavar="NAME", callback=known_model, help="A model that `list` shows.")
]
Device = Annotated[
    str | None,
    typer.Option(callback=usable_device, help="cpu, cuda or mps.  [default: the fastest there is]"),
]
Weights = Annotated[
    Path,
    typer.Option(
        file_okay=False,
        exists=True,
        show_default="the book's",
        help="Folder of weights and card, such as runs/NAME.",
    ),
]
Images = Annotated[
    int | None,
    typer.Option(min=1, max=MOST_IMAGES, help="Score so many images of each split only."),
]
Draws = Annotated[
    int | None,
    typer.Option(min=1, max=MOST_DRAWS, help="Draws for each image in a likelihood bound."),
]
Seed = Annotated[int, typer.Option(min=0, max=LARGEST_SEED, help="Seed of all noise.")]

BOOK = zoo.folder()
