"""One column of a table, as an array over seeds and what else varies."""

from collections.abc import Mapping, Sequence
from itertools import product
from math import prod
from typing import Any

import torch
from torch import Tensor

from genlib.suggest import suggestion


def select(
    rows: Sequence[Any], name: str, keys: Sequence[str], case: Mapping[str, object]
) -> Tensor:
    """Return column ``name`` of the rows of a case, (seeds, ...); floats are float64.

    Args:
        rows: a table, as dataclasses.
        name: of a column of numbers.
        keys: columns that tell rows apart, ``seed`` among them.
        case: which value some of the keys have.

    Raises:
        ValueError: if there is no such column or row, the column holds no numbers, or some
            combination of what varies is missing or stands twice.
    """
    chosen = matching(rows, keys, case)
    known = list(vars(chosen[0]))
    if name not in known:
        raise ValueError(f"no column {name!r}{suggestion(name, known)}")
    axes = varying(chosen, keys)
    cells = {tuple(getattr(row, key) for key in axes): getattr(row, name) for row in chosen}
    sizes = [len(values) for values in axes.values()]
    if not len(chosen) == len(cells) == prod(sizes):
        varied = " x ".join(f"{len(values)} of {key}" for key, values in axes.items())
        raise ValueError(f"{len(chosen)} rows do not fill {varied}: say more than {dict(case)}")
    return array([cells[place] for place in product(*axes.values())], name).view(sizes)


def matching(rows: Sequence[Any], keys: Sequence[str], case: Mapping[str, object]) -> list[Any]:
    """Return the rows of a case; raise ``ValueError`` if there are none."""
    for key, value in case.items():
        if key not in keys:
            raise ValueError(f"rows are not told apart by {key!r}{suggestion(key, keys)}")
        known = list(dict.fromkeys(getattr(row, key) for row in rows))
        if value not in known:
            raise ValueError(f"no row has {key}={value!r}{suggestion(value, map(str, known))}")
    found = [row for row in rows if all(getattr(row, key) == case[key] for key in case)]
    if not found:
        raise ValueError(f"no row has all of {dict(case)}")
    return found


def varying(rows: Sequence[Any], keys: Sequence[str]) -> dict[str, list[Any]]:
    """Return the seeds, and each other key in which rows differ, with its values in order."""
    values = {key: list(dict.fromkeys(getattr(row, key) for row in rows)) for key in keys}
    others = {key: found for key, found in values.items() if key != "seed" and len(found) > 1}
    return {"seed": values["seed"], **others}


def array(numbers: list[Any], name: str) -> Tensor:
    """Return the numbers of a column as a tensor."""
    for number in numbers:
        if not isinstance(number, bool | int | float):
            raise ValueError(f"column {name!r} holds {number!r}, wanted numbers")
    whole = not any(isinstance(number, float) for number in numbers)
    return torch.tensor(numbers, dtype=None if whole else torch.float64)
