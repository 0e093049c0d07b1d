"""``evaluate``: score stored weights again."""

import typer

from genlib import recipes, zoo
from genlib.cli.options import BOOK, Device, Draws, Images, ModelName, Weights
from genlib.machine import hardware


def evaluate(
    name: ModelName,
    images: Images = None,
    draws: Draws = None,
    weights: Weights = BOOK,
    device: Device = None,
) -> None:
    """Score stored weights again.

    What their card says stands beside it. The whole takes minutes on a CPU; --images and --draws make it cheap, and its numbers others:
    they compare with the card's only where they have the same name.
    """
    recipe, card = recipes.recipe(name), zoo.card(name, path=weights)
    effort = {"images": images, "draws": draws}
    effort = {option: value for option, value in effort.items() if value is not None}
    for option in effort.keys() - set(recipe.effort):
        raise typer.BadParameter(
            f"the scores of {name} have no use for it.", param_hint=f"--{option}"
        )
    model = zoo.load(name, path=weights, device=device)
    print(f"{name} on {hardware(model.device)}")
    for measured, value in recipe.scores(model, **effort):
        known = card.metrics.get(measured)
        beside = "not on the card" if known is None else f"card {known:10.3f}"
        print(f"{value:10.3f}  {beside}  {measured}", flush=True)
