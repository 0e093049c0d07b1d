"""``evaluate``: score stored weights again."""

from genlib import recipes, zoo
from genlib.cli.options import BOOK, Device, Draws, Images, ModelName, Weights, refuse_foreign
from genlib.recipes.experiments import Options
from genlib.runtime import hardware


def evaluate(
    name: ModelName,
    images: Images = None,
    draws: Draws = None,
    weights: Weights = BOOK,
    device: Device = None,
) -> None:
    """Score stored weights again.

    What their card says stands beside it. The whole takes minutes on a CPU; --images and --draws
    make it cheap, but then the numbers are others, and compare with nothing on the card.
    """
    recipe, card = recipes.recipe(name), zoo.card(name, path=weights)
    effort = Options(images=images, draws=draws)
    refuse_foreign(effort, recipe.effort, f"{name}, when it is scored,")
    model = zoo.load(name, path=weights, device=device)
    print(f"{name} on {hardware(model.device)}")
    for measured, value in recipe.scores(model, **effort.all_given()):
        known = card.metrics.get(measured)
        beside = "not on the card" if known is None else f"card {known:10.3f}"
        print(f"{value:10.3f}  {beside}  {measured}", flush=True)
