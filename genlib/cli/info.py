"""``info``: what is here."""

from pathlib import Path
from typing import Annotated

import torch
import typer

import genlib
from genlib import zoo
from genlib.cli.layout import columns
from genlib.cli.options import BOOK, Weights, known_model
from genlib.data import bundled
from genlib.runtime import bfloat16, hardware, versions

BUNDLED = ("mnist", "splice", "prose")  # what load() finds without a network


def info(
    name: Annotated[
        str | None,
        typer.Argument(metavar="[NAME]", callback=known_model, help="A model that `list` shows."),
    ] = None,
    weights: Weights = BOOK,
) -> None:
    """Show what is here, or the card of a model.

    That is versions, device, whether it computes in bfloat16, and what comes with the book.
    """
    print(zoo.card(name, path=weights) if name else columns(list(facts().items())))


def facts() -> dict[str, str]:
    """Return what a report of a fault should say, and what is there to begin with."""
    device = genlib.default_device()
    return {
        "genlib": genlib.__version__,
        **versions(),
        "device": f"{device}: {hardware(device)}",
        "threads": str(torch.get_num_threads()),
        "bfloat16": bfloat16(device),
        "data": ", ".join(f"{name}, {size(bundled(name)):.1f} MB" for name in BUNDLED),
        "weights": f"{', '.join(zoo.names())}, {size(zoo.folder()):.1f} MB",
    }


def size(folder: Path) -> float:
    """Return how much is in a folder, in megabytes."""
    return sum(file.stat().st_size for file in folder.glob("*") if file.is_file()) / 1e6
