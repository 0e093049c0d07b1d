"""``list``: every recipe in a line."""

from genlib import recipes, zoo
from genlib.cli.layout import columns
from genlib.recipes.experiments import Recipe, Table


def overview() -> None:
    """Show all recipes and what they reached."""
    rows = [line(recipes.recipe(name)) for name in recipes.names()]
    print(columns([("NAME", "KIND", "STEPS", "STORED", "WHAT"), *rows], right=(2, 3)))
    print("\nSTORED: the number to quote of the weights in the book; `info NAME` says what it is.")


def line(recipe: Recipe | Table) -> tuple[str, ...]:
    """Describe a recipe."""
    return (recipe.name, recipe.kind, f"{recipe.steps:,}", stored(recipe), recipe.summary)


def stored(recipe: Recipe | Table) -> str:
    """Say what comes with the book."""
    if isinstance(recipe, Table):
        return "yes" if recipe.stored.is_file() else "-"
    if recipe.name not in zoo.names():
        return "-"
    numbers = list(zoo.card(recipe.name).metrics.values())
    return f"{numbers[-1]:.2f}" if numbers else "yes"
