"""``train``: make a result of the book again, or another by its recipe."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from genlib import recipes
from genlib.cli.options import LARGEST_SEED, Device, Draws, Images, RecipeName, refuse_foreign
from genlib.recipes.experiments import Options

Given = typer.Option
MOST = 10**9


def train(
    name: RecipeName,
    steps: Annotated[int | None, Given(min=1, max=MOST, help="Rounds in all.")] = None,
    batch_size: Annotated[int | None, Given(min=1, max=MOST, help="Examples a batch.")] = None,
    precision: Annotated[
        Literal["float32", "bf16", "auto"] | None, Given(help="Of training and of scores.")
    ] = None,
    seed: Annotated[
        int | None, Given(min=0, max=LARGEST_SEED, help="Of weights, batches and noise.")
    ] = None,
    device: Device = None,
    out: Annotated[
        Path | None, Given(file_okay=False, help="Folder of the run.  [default: runs/NAME]")
    ] = None,
    resume: Annotated[
        bool, Given(help="Go on where the run in the folder stopped, or begin it anew.")
    ] = True,
    images: Images = None,
    draws: Draws = None,
    tensorboard: Annotated[
        bool, Given("--tensorboard", help="Write event files for TensorBoard too.")
    ] = False,
) -> None:
    """Train and store a model by its recipe.

    Or make a table by its recipe. The folder of the run gets weights (safetensors), a card that
    says how they were made and what they reached, checkpoints, the history as CSV and a picture of
    samples. A run that was stopped goes on when the same command is given again. What no option
    says is as in the recipe.

    On several GPUs: torchrun --nproc-per-node 4 -m genlib train NAME
    """
    recipe = recipes.recipe(name)
    options = Options(
        steps=steps,
        batch_size=batch_size,
        precision=precision,
        seed=seed,
        device=device,
        images=images,
        draws=draws,
        tensorboard=tensorboard or None,
        resume=resume,
    )
    refuse_foreign(options, recipe.takes, f"{name}, a {recipe.kind},")
    for line in recipe.run(out or Path("runs") / name, options):
        print(line, flush=True)
