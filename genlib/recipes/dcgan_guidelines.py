"""The guidelines of the DCGAN, each left out in turn, and the size of the batch: a table.

Chapter: "DCGAN".
"""

from collections.abc import Callable, Mapping
from dataclasses import astuple, dataclass, field
from functools import cache
from typing import Any

import torch
from torch import Tensor, nn

from genlib import fit, seed
from genlib.data import load
from genlib.gans import DCGAN
from genlib.gans.networks.dcgan import initialise
from genlib.metrics import digit_features
from genlib.recipes.experiments import Table
from genlib.recipes.experiments.rounding import rounded
from genlib.recipes.experiments.samples import LOW, compared, drawn

SEEDS = range(1, 4)  # the step size was chosen with seed 0
WIDTH = 16
BATCH = 32
ROUNDS = 1000  # of 32 images
SHARES = (0.25, 1.0)  # of a run after which it is judged
EXAMPLES = 2000  # samples and validation images that are compared
HIDDEN = 256  # of a fully connected hidden layer
NORMS = (nn.BatchNorm1d, nn.BatchNorm2d)

Layer = Callable[[nn.Module], nn.Module]


def replaced(network: nn.Sequential, kind: type, new: Layer) -> nn.Sequential:
    """Return the layers of a network, ``new(layer)`` in the place of each of a kind."""
    return nn.Sequential(*(new(layer) if isinstance(layer, kind) else layer for layer in network))


def without_norm(network: nn.Sequential) -> nn.Sequential:
    """Take batch norm away; the layers before it get biases instead."""
    for layer in network:
        if getattr(layer, "bias", True) is None:
            outputs = layer.weight.shape[isinstance(layer, nn.ConvTranspose2d)]
            layer.bias = nn.Parameter(torch.zeros(outputs))
    return replaced(network, nn.BatchNorm2d, lambda _: nn.Identity())


def pooled(layer: nn.Module) -> nn.Module:
    """Let max pooling do the halving."""
    if layer.stride != (2, 2):
        return layer
    convolution = nn.Conv2d(layer.in_channels, layer.out_channels, 3, padding=1)
    return nn.Sequential(convolution, nn.MaxPool2d(2))


def upsampled(layer: nn.Module) -> nn.Module:
    """Let repeated pixels do the doubling."""
    convolution = nn.Conv2d(layer.in_channels, layer.out_channels, 3, padding=1)
    return nn.Sequential(nn.Upsample(scale_factor=2), convolution)


def wider(layer: nn.Module) -> nn.Module:
    """Return a layer that halves or doubles with kernels of 5, as the paper's."""
    if layer.stride != (2, 2):
        return layer
    sizes = {"stride": 2, "padding": 2, "bias": layer.bias is not None}
    if isinstance(layer, nn.ConvTranspose2d):
        sizes["output_padding"] = 1
    return type(layer)(layer.in_channels, layer.out_channels, 5, **sizes)


def hidden(model: DCGAN) -> None:
    """Put a fully connected hidden layer behind the code and before the score."""
    first, *others = model.generator
    before = [nn.Linear(first.in_features, HIDDEN, bias=False), nn.BatchNorm1d(HIDDEN), nn.ReLU()]
    last = nn.Linear(HIDDEN, first.out_features, bias=False)
    model.generator = nn.Sequential(*before, last, *others)
    *others, score, flat = model.discriminator
    inputs = score.in_channels * score.kernel_size[0] ** 2
    after = [nn.Flatten(), nn.Linear(inputs, HIDDEN), nn.LeakyReLU(0.2), nn.Linear(HIDDEN, 1)]
    model.discriminator = nn.Sequential(*others, *after, flat)


def normed_ends(model: DCGAN) -> None:
    """Put batch norm behind G's last convolution and before D's first."""
    *layers, bounded = model.generator
    model.generator = nn.Sequential(*layers, nn.BatchNorm2d(1), bounded)
    model.discriminator = nn.Sequential(nn.BatchNorm2d(1), *model.discriminator)


def change(model: DCGAN, **networks: Callable[[nn.Sequential], nn.Sequential]) -> None:
    """Change G, D or both."""
    for name, changed in networks.items():
        setattr(model, name, changed(getattr(model, name)))


def each(kind: type, new: Layer) -> Callable[[nn.Sequential], nn.Sequential]:
    """Return what replaces each layer of a kind in a network."""
    return lambda network: replaced(network, kind, new)


def default_start(model: DCGAN) -> None:
    """Draw the weights as torch does by itself."""
    for layer in model.modules():
        if hasattr(layer, "reset_parameters"):
            layer.reset_parameters()


@dataclass(frozen=True)
class Kind:
    """What is different.

    Attributes:
        change: what is done to the networks; weights are drawn anew by the paper's rule.
        options: what ``DCGAN`` is told.
        batch: images a round.
        paper_start: whether weights begin as the paper says.
    """

    change: Callable[[DCGAN], None] = lambda model: None
    options: Mapping[str, Any] = field(default_factory=dict)
    batch: int = BATCH
    paper_start: bool = True


def changing(**networks: Callable[[nn.Sequential], nn.Sequential]) -> Kind:
    """Return a kind whose networks are changed."""
    return Kind(lambda model: change(model, **networks))


KINDS = {
    "all guidelines": Kind(),
    "max pooling in D": changing(discriminator=each(nn.Conv2d, pooled)),
    "repeated pixels in G": changing(generator=each(nn.ConvTranspose2d, upsampled)),
    "no batch norm in G": changing(generator=without_norm),
    "no batch norm in D": Kind(options={"batch_norm": False}),
    "no batch norm": Kind(
        lambda model: change(model, generator=without_norm), {"batch_norm": False}
    ),
    "batch norm at the ends too": Kind(normed_ends),
    "hidden layers": Kind(hidden),
    "leaky ReLU in G": changing(generator=each(nn.ReLU, lambda _: nn.LeakyReLU(0.2))),
    "ReLU in D": changing(discriminator=each(nn.LeakyReLU, lambda _: nn.ReLU())),
    "no tanh": Kind(options={"bounds": None}),
    "beta1 = 0.9": Kind(options={"betas": (0.9, 0.999)}),
    "step size 2e-4": Kind(options={"lr": 2e-4}),
    "torch's own start": Kind(default_start, paper_start=False),
    "kernels of 5": changing(
        generator=each(nn.ConvTranspose2d, wider), discriminator=each(nn.Conv2d, wider)
    ),
    "batch of 8": Kind(batch=8),
    "batch of 128": Kind(batch=128),
}


@dataclass(frozen=True)
class Run:
    """What decides one run.

    Attributes:
        kind: what is different, a key of ``KINDS``.
        seed: of the weights, the batches and the codes.
    """

    kind: str = "all guidelines"
    seed: int = 1


@dataclass(frozen=True)
class Row(Run):
    """One line of the table: a run, how many images it has seen, and how its samples are.

    ``distance`` is the Fréchet distance of 2,000 samples to as many validation images in the digit
    classifier's features, ``precision`` and ``recall`` are taken on the same, ``kl`` is the
    divergence of the samples' label shares from even ones, in nats.
    """

    images: int = 0
    distance: float = 0.0
    precision: float = 0.0
    recall: float = 0.0
    kl: float = 0.0


def model(run: Run) -> DCGAN:
    """Build both players; those of one kind and seed are the same each time."""
    seed(run.seed)
    kind = KINDS[run.kind]
    made = DCGAN(**{"width": WIDTH, "lr": 1e-3} | dict(kind.options))
    kind.change(made)
    if kind.paper_start:
        initialise(made)
    return made


@cache
def digits() -> Tensor:
    """Return the training images in [-1, 1]."""
    return load("mnist").symmetric()


def judge(model: DCGAN) -> dict[str, float]:
    """Return what samples are worth, from fixed codes."""
    samples = drawn(model, EXAMPLES).clamp(LOW, 1.0)
    found = compared(samples, digit_features("validation")[:EXAMPLES])
    return {name: found[name] for name in ("distance", "precision", "recall", "kl")}


def rows(run: Run, rounds: int) -> list[Row]:
    """Play one game, and judge it after a part of its images and after all of them."""
    made, batch = model(run), KINDS[run.kind].batch
    at = {max(1, round(share * rounds * BATCH / batch)): share for share in SHARES}
    found: dict[int, dict[str, float]] = {}

    def look(current: DCGAN, step: int) -> None:
        if step in at:
            found[step] = judge(current)

    options = {"precision": "bf16", "channels_last": True, "progress": False, "seed": run.seed}
    fit(made, digits(), steps=max(at), batch_size=batch, callbacks=[look], **options)
    return [
        Row(*astuple(run), step * batch, **{name: rounded(value) for name, value in now.items()})
        for step, now in found.items()
    ]


RECIPE = Table(
    name="dcgan-guidelines",
    summary="the guidelines of the DCGAN, left out one at a time",
    steps=ROUNDS,
    cases=lambda: [Run(kind, number) for number in SEEDS for kind in KINDS],
    row=Row,
    run_case=rows,
    index=("images",),
    about=f"seeds {SEEDS[0]} to {SEEDS[-1]}, {{steps}} rounds of {BATCH} images a game, or as many "
    f"images in batches of another size; width {WIDTH}",
)
read, column = RECIPE.read, RECIPE.column
