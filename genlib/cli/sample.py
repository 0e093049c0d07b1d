"""``sample``: draw from stored weights."""

from pathlib import Path
from typing import Annotated

import torch
import typer
from torch import Tensor

from genlib import recipes, show, storage, zoo
from genlib.cli.options import BOOK, Device, ModelName, Seed, Weights

MOST = 4096
MOST_LABELS = 10**6
SUFFIXES = (".png", ".npy", ".safetensors")


def known_suffix(out: Path | None) -> Path | None:
    """Return a file of a kind that we write, or refuse it."""
    if out is not None and out.suffix not in SUFFIXES:
        raise typer.BadParameter(f"{str(out)!r} should end in {', '.join(SUFFIXES)}")
    return out


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
            help="A picture (.png) or the numbers (.npy, .safetensors).  [default: NAME.png]",
        ),
    ] = None,
    weights: Weights = BOOK,
    device: Device = None,
) -> None:
    """Draw samples from stored weights.

    They become a picture, or a file of numbers.
    """
    model = zoo.load(name, path=weights, device=device)
    refuse_unknown(label, model.classes, name)
    samples = model.sample(n, label=label, generator=torch.Generator().manual_seed(seed))
    file = out or Path(f"{name}.png")
    write(samples.cpu(), file, recipes.recipe(name).low)
    print(f"{n} samples of {name} in {file}")


def write(samples: Tensor, file: Path, low: float) -> None:
    """Write samples in the way that the file's name asks for."""
    if file.suffix == ".png":
        storage.write_atomic(file, show.grid(samples, low=low).png())
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
