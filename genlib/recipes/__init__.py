"""How every trained result of the book was made: one short file each.

``python -m genlib list`` shows them, ``python -m genlib train vae`` trains ``vae`` again. A file
in this folder is a recipe: it defines ``RECIPE``, and its name is the recipe's. What recipes have
in common lies in ``experiments``.
"""

import importlib
import pkgutil
from typing import TYPE_CHECKING

from genlib.suggest import suggestion

if TYPE_CHECKING:
    from genlib.recipes.experiments import Recipe, Table


def names() -> list[str]:
    """Return the names of all recipes."""
    files = pkgutil.iter_modules(__path__)
    return sorted(file.name.replace("_", "-") for file in files if not file.ispkg)


def recipe(name: str) -> "Recipe | Table":
    """Return a recipe by its name.

    Raises:
        ValueError: if there is none; the nearest name is given.
    """
    if name not in names():
        raise ValueError(f"no recipe {name!r}{suggestion(name, names())}")
    return importlib.import_module(f"{__name__}.{name.replace('-', '_')}").RECIPE
