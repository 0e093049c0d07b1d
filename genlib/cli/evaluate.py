"""``evaluate``: score stored weights again, or a model of one's own."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated

import typer

from genlib import recipes, zoo
from genlib.cli import own
from genlib.cli.options import BOOK, Device, Draws, Images, known_model, refuse_foreign
from genlib.recipes.experiments import Options, offered
from genlib.runtime import hardware, resolve_device

FEWEST = 10  # images that have all scores; samples are compared by their five nearest others


def known_or_own(name: str) -> str:
    """Return the name of a model of the book or of a class in a file, or refuse it."""
    if name.endswith(".py"):
        raise typer.BadParameter(f"{name!r} is a file; which class in it? {name}:CLASS")
    if ":" in name and not own.OWN.fullmatch(name):
        raise typer.BadParameter(f"{name!r}, wanted FILE.py:CLASS for a model of your own")
    return name if own.OWN.fullmatch(name) else known_model(name)


def known_space(space: str | None) -> str | None:
    """Return an event space, or refuse it."""
    if space is not None and space not in offered.SPACES:
        raise typer.BadParameter(f"{space!r}, wanted one of {', '.join(offered.SPACES)}")
    return space


def evaluate(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            callback=known_or_own,
            help="A model that `list` shows, or one of your own: FILE.py:CLASS.",
        ),
    ],
    images: Images = None,
    draws: Draws = None,
    weights: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            help="Folder of weights and card, such as runs/NAME. Of your own model, the folder of "
            "a run of fit (its newest checkpoint) or a file of weights (.safetensors).  "
            "[default: the book's]",
        ),
    ] = None,
    data: Annotated[
        str | None,
        typer.Option(
            callback=known_space,
            help=f"What your own model draws: {', '.join(offered.SPACES)} digits.",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            file_okay=False,
            help="Folder for the card of your own model.  [default: where its weights are]",
        ),
    ] = None,
    device: Device = None,
) -> None:
    """Score stored weights again, or a model of your own.

    What the card of stored weights says stands beside it. The whole takes minutes on a CPU;
    --images and --draws make it cheap, but then the numbers are others, and compare with nothing
    on the card.

    Your own model, FILE.py:CLASS, is scored by what it offers (samples, a likelihood or a bound,
    lossless coding), and gets a card of its own.
    """
    effort = Options(images=images, draws=draws, device=device)
    if own.OWN.fullmatch(name):
        score_own(name, effort, weights, data, out)
        return
    for flag, given in {"--data": data, "--out": out}.items():
        if given is not None:
            raise typer.BadParameter("it is for a model of your own", param_hint=flag)
    if weights is not None and not weights.is_dir():
        raise typer.BadParameter(f"{weights} is no folder", param_hint="--weights")
    score_known(name, effort, weights or BOOK)


def score_known(name: str, options: Options, weights: Path) -> None:
    """Score a model of the book, and print what its card says beside that."""
    recipe, card = recipes.recipe(name), zoo.card(name, path=weights)
    effort = Options(images=options.images, draws=options.draws)
    refuse_foreign(effort, recipe.effort, f"{name}, when it is scored,")
    model = zoo.load(name, path=weights, device=options.device)
    print(f"{name} on {hardware(model.device)}")
    for measured, value in scored(recipe.scores(model, **effort.all_given()), options.images):
        known = card.metrics.get(measured)
        beside = "not on the card" if known is None else f"card {known:10.3f}"
        print(f"{value:10.3f}  {beside}  {measured}", flush=True)


def scored(rows: Iterable[tuple[str, float]], images: int | None) -> Iterator[tuple[str, float]]:
    """Yield scores; where so few images have none, say that it is their number."""
    try:
        yield from rows
    except ValueError as error:
        if images is None or images >= FEWEST:
            raise
        message = f"{images} is too few, try {FEWEST} or more: {error}"
        raise typer.BadParameter(message, param_hint="--images") from error


def score_own(
    name: str, options: Options, weights: Path | None, data: str | None, out: Path | None
) -> None:
    """Score a reader's model, and write its card."""
    for flag, given in {"--weights": weights, "--data": data}.items():
        if given is None:
            message = f"missing; {name} is scored with --weights and --data"
            raise typer.BadParameter(message, param_hint=flag)
    folder = weights if weights.is_dir() else weights.parent
    model = own.build_own(name)
    file = own.card_file(name, out or folder)
    steps = own.load_weights(model, weights)
    model.to(resolve_device(options.device))
    model.eval()
    offered.check(model, data)
    print(f"{name} on {hardware(model.device)}")
    metrics = {}
    rows = offered.scores(model, data, options.images, options.draws)
    for measured, value in scored(rows, options.images):
        metrics[measured] = round(value, 3)
        print(f"{value:10.3f}  {measured}", flush=True)
    own.write_card(
        file,
        model,
        factory=name,
        data=f"scored on MNIST, {offered.SPACES[data]}",
        recipe=f"python -m genlib evaluate {name} --weights {weights} --data {data}",
        steps=steps,
        hardware=hardware(model.device),
        metrics=metrics,
    )
    print(f"Its card is {file}.")
