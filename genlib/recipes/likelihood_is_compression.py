"""Files of digits from a model that knows little, the VAE and the PixelCNN: a table of bits.

Chapter: "What a nat is worth".
"""

import math
from collections.abc import Callable
from dataclasses import astuple, dataclass
from functools import cache, partial
from time import process_time

import torch
from torch import Tensor

from genlib import coding, zoo
from genlib.autoregressive import PositionWeights
from genlib.coding import Stack, bits_back
from genlib.coding.blob import unpack
from genlib.data import load
from genlib.likelihoods import Bernoulli
from genlib.model import Model
from genlib.recipes.experiments import Table
from genlib.runtime import seeded

DIGITS = 1000  # a file
DRAWS = 50  # of the codes of each digit, in the ELBO
SEEDS = {"pixels": range(1), "VAE": range(3), "PixelCNN": range(1)}


@dataclass(frozen=True)
class Run:
    """What decides one file.

    Attributes:
        kind: of model, a key of ``MODELS``.
        seed: seed s takes the test digits from 1000 s on, and decides what is black in them.
    """

    kind: str = "VAE"
    seed: int = 0


@dataclass(frozen=True)
class Row(Run):
    """One line of the table: a file that has been read back without loss.

    Bits a digit: ``claimed`` is minus the log-likelihood, of the VAE minus the ELBO, ``error`` its
    standard error from one draw of codes, ``net`` what the stack grew by, and ``file`` the file.
    ``encode`` and ``decode`` are CPU seconds of one core, more where the machine has other work.
    """

    digits: int = 0
    claimed: float = 0.0
    error: float = 0.0
    net: float = 0.0
    file: float = 0.0
    encode: float = 0.0
    decode: float = 0.0


@cache
def pixels() -> PositionWeights:
    """Return a model of each pixel by itself."""
    model = PositionWeights(event_shape=(1, 28, 28), likelihood=Bernoulli(event_dims=3))
    return model.count(load("mnist", "train").binary(seed=0)).eval()


MODELS: dict[str, Callable[[], Model]] = {
    "pixels": pixels,
    "VAE": partial(zoo.load, "vae"),
    "PixelCNN": partial(zoo.load, "pixelcnn"),
}


def runs() -> list[Run]:
    """Return the files."""
    return [Run(kind, seed) for kind, seeds in SEEDS.items() for seed in seeds]


def digits(seed: int, count: int) -> Tensor:
    """Return the digits of a seed, black and white."""
    return load("mnist", "test").binary(seed=seed)[seed * DIGITS :][:count]


@torch.no_grad()
def claim(model: Model, x: Tensor) -> tuple[float, float]:
    """Return what a model claims, in nats a digit, and the standard error of one draw."""
    if not hasattr(model, "elbo"):
        return -model.log_prob(x).mean().item(), 0.0
    with seeded(0, x.device):
        draws = torch.stack([model.elbo(x) for _ in range(DRAWS)]).double()
    return -draws.mean().item(), draws.var(0).sum().sqrt().item() / len(x)


def grown(model: Model, file: bytes) -> float:
    """Return by how many bits a file's stack grew: without header, and without what was there."""
    _, code = unpack(file)
    if not hasattr(model, "elbo"):
        return Stack.from_bytes(code[1:], 1 + code[0]).bits - Stack().bits
    (untouched,) = bits_back.UNTOUCHED.unpack_from(code)
    above = Stack.from_bytes(code[bits_back.UNTOUCHED.size :], bits_back.LANES)
    return 32 * untouched + above.bits - bits_back.borrowed().bits


def rows(run: Run, steps: int) -> list[Row]:
    """Write and read one file of so many digits.

    Raises:
        RuntimeError: the digits do not come back.
    """
    model, x = MODELS[run.kind](), digits(run.seed, steps)
    start = process_time()
    file = coding.encode(model, x)
    middle = process_time()
    back = coding.decode(model, file)
    end = process_time()
    if not torch.equal(back, x):
        raise RuntimeError(f"the digits of {run} do not come back")
    claimed, error = (nats / math.log(2) for nats in claim(model, x))
    bits = (claimed, error, grown(model, file) / len(x), 8 * len(file) / len(x))
    seconds = (middle - start, end - middle)
    numbers = [round(each, 3) for each in bits] + [round(each, 1) for each in seconds]
    return [Row(*astuple(run), steps, *numbers)]


RECIPE = Table(
    name="likelihood-is-compression",
    summary="files of digits by single pixels, the VAE and the PixelCNN",
    steps=DIGITS,
    cases=runs,
    row=Row,
    run_case=rows,
    index=("digits",),
    about="{steps} test digits a file, all read back without loss; CPU seconds beside other work",
)
read, column = RECIPE.read, RECIPE.column
