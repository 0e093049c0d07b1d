"""``sample``: draw from stored weights."""

from pathlib import Path
from typing import Annotated

import torch
import typer
from torch import Tensor

from genlib import recipes, storage, zoo
from genlib.cli.options import BOOK, Device, ModelName, Seed, Weights
from genlib.recipes.experiments import Recipe

MOST = 4096
MOST_LABELS = 10**6
NUMBERS = (".npy", ".safetensors")


def known_suffix(out: Path | None) -> Path | None:
    """Return a file of a kind that we write, or refuse it."""
    if out is not None and out.suffix not in (".png", ".txt", *NUMBERS):
        raise typer.BadParameter(f"{str(out)!r} should end in .png, .txt, {', '.join(NUMBERS)}")
    return out


def refuse_foreign_suffix(out: Path, recipe: Recipe) -> None:
    """Refuse a picture of a text, and the text of a picture."""
    if out.suffix not in (recipe.suffix, *NUMBERS):
        known = ", ".join((recipe.suffix, *NUMBERS))
        raise typer.BadParameter(f"samples of {recipe.name} end in {known}", param_hint="--out")


def refuse_unknown(label: int | None, classes: int | None, name: str) -> None:
    """Refuse a label that a model called ``name`` does not know."""
    if label is None:
        return
    if classes is None:
        raise typer.BadParameter(f"{name} is unconditional", param_hint="--label")
    if label >= classes:
        known = f"{name} knows labels from 0 to {classes - 1}; this is {label}"
        raise typer.BadParameter(known, param_hint="--label")


def sample(
    name: ModelName,
    n: Annotated[int, typer.Option("--n", "-n", min=1, max=MOST, help="How many.")] = 64,
    label: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=MOST_LABELS,
            help="Which label the samples of a conditional model have.  [default: all, evenly]",
        ),
    ] = None,
    seed: Seed = 0,
    out: Annotated[
        Path | None,
        typer.Option(
            dir_okay=False,
            callback=known_suffix,
            help="A picture (.png), of a model of texts its lines (.txt), or the numbers (.npy, "
            ".safetensors).  [default: NAME.png or NAME.txt]",
        ),
    ] = None,
    weights: Weights = BOOK,
    device: Device = None,
) -> None:
    """Draw samples from stored weights.

    They become a picture, lines of text, or a file of numbers.
    """
    recipe = recipes.recipe(name)
    file = out or Path(f"{name}{recipe.suffix}")
    refuse_foreign_suffix(file, recipe)
    model = zoo.load(name, path=weights, device=device)
    refuse_unknown(label, model.classes, name)
    samples = model.sample(n, label=label, generator=torch.Generator().manual_seed(seed))
    write(samples.cpu(), file, recipe)
    print(f"{n} samples of {name} in {file}")


def write(samples: Tensor, file: Path, recipe: Recipe) -> None:
    """Write samples in the way that the file's name asks for."""
    if file.suffix == recipe.suffix:
        storage.write_atomic(file, recipe.content(samples))
    elif file.suffix == ".npy":
        storage.write_atomic(file, as_npy(samples))
    else:
        storage.write(file, {"samples": samples}, {})


def as_npy(samples: Tensor) -> bytes:
    """Return the bytes of a file for ``numpy.load``."""
    import io

    import numpy as np

    content = io.BytesIO()
    np.save(content, samples.numpy(), allow_pickle=False)
    return content.getvalue()
