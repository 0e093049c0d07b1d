"""What recipes have in common: what a recipe is, and what it leaves in its folder."""

from genlib.recipes.shared.options import Options
from genlib.recipes.shared.phase import Phase
from genlib.recipes.shared.recipe import Recipe
from genlib.recipes.shared.table import Table

__all__ = ["Options", "Phase", "Recipe", "Table"]
