"""Which features serve a classifier with a hundred labels: a table of accuracies.

Chapter: "Autoencoders".
"""

import copy
from collections.abc import Callable
from dataclasses import astuple, dataclass
from functools import cache

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from genlib import fit, minimise, seed
from genlib.autoencoders import Autoencoder, DenoisingAutoencoder
from genlib.data import Images, load
from genlib.metrics import label_sets, probe
from genlib.recipes.experiments import Table

SEEDS = range(5)
DRAWS = 5  # sets of a hundred labels for each seed
CHOOSE = 1000  # validation images that choose a penalty or a step size; the others judge
COMPONENTS = 32
RATES = (1e-3, 3e-3)  # of tuning
TUNING = 50  # steps of it, each on all labels
STEPS = 2000
TRAINED = {"pixels": 0, "PCA": 0, "bottleneck": 1, "denoising": 2}  # divisors of the steps
BATCHES = {"bottleneck": 250, "denoising": 64}

Encoder = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class Run:
    """What decides one run.

    Attributes:
        kind: of feature, a key of ``TRAINED``.
        seed: of the weights, the batches and the sets of labels.
    """

    kind: str = "pixels"
    seed: int = 0

    def model(self) -> Autoencoder:
        """Build the model of a kind that has one; its weights depend on the seed alone."""
        seed(self.seed)
        if self.kind == "bottleneck":
            return Autoencoder(32, lr=3e-3, schedule="cosine")
        return DenoisingAutoencoder(1024, noise=0.5, lr=2e-3, schedule="cosine")


@dataclass(frozen=True)
class Row(Run):
    """One line of the table: a run, its steps, and shares of right answers.

    ``fixed``: of logistic regression on the features as they are. ``tuned``: of a new last layer on
    the encoder, all of it trained; nothing where there is no network. Means over five sets.
    """

    steps: int = 0
    fixed: float = 0.0
    tuned: float | None = None


def runs() -> list[Run]:
    """Return what the table compares."""
    return [Run(kind, seed) for seed in SEEDS for kind in TRAINED]


@cache
def digits(split: str) -> Images:
    """Return a split of MNIST."""
    return load("mnist", split)


@cache
def principal(count: int = COMPONENTS) -> Encoder:
    """Return the projection on the first principal components."""
    x = digits("train").unit().flatten(1).double()
    mean = x.mean(0)
    _, vectors = torch.linalg.eigh((x - mean).T @ (x - mean) / len(x))
    return lambda images: (images.flatten(1) - mean) @ vectors.flip(-1)[:, :count]


def fixed(encode: Encoder, sets: Tensor) -> float:
    """Return the accuracy of logistic regression on features as they are."""
    with torch.no_grad():
        known, new = (encode(digits(split).unit()) for split in ("train", "validation"))
    labels = digits("validation").labels
    validation, test = (new[:CHOOSE], labels[:CHOOSE]), (new[CHOOSE:], labels[CHOOSE:])
    return (
        probe(known, digits("train").labels, validation=validation, test=test, sets=sets)
        .mean()
        .item()
    )


def tuned(encoder: nn.Module, sets: Tensor) -> float:
    """Return the accuracy of encoder and a new last layer, all of it trained, at the better rate.

    The rate is chosen as the probe's penalty is: by the other validation images.
    """
    x, new = (digits(split).unit().flatten(1) for split in ("train", "validation"))
    found = []
    for lr in RATES:
        networks = [_network(encoder, x[own], digits("train").labels[own], lr) for own in sets]
        with torch.no_grad():
            right = torch.stack(
                [network(new).argmax(1) == digits("validation").labels for network in networks]
            ).double()
        found.append((right[:, :CHOOSE].mean().item(), right[:, CHOOSE:].mean().item()))
    return max(found)[1]


def _network(encoder: nn.Module, x: Tensor, labels: Tensor, lr: float) -> nn.Module:
    """Return a copy of the encoder with a new last layer, trained on a few labels."""
    seed(0)
    start = copy.deepcopy(encoder)
    with torch.no_grad():
        width = start(x).shape[1]
    network = nn.Sequential(start, nn.Linear(width, 10))
    minimise(lambda: F.cross_entropy(network(x), labels), network.parameters(), steps=TUNING, lr=lr)
    return network


def rows(run: Run, steps: int) -> list[Row]:
    """Judge the features of an untrained model, and of the trained one."""
    sets = label_sets(len(digits("train")), draws=DRAWS, seed=run.seed)
    if not TRAINED[run.kind]:
        encode = principal() if run.kind == "PCA" else (lambda images: images.flatten(1))
        return [Row(*astuple(run), 0, round(fixed(encode, sets), 4))]
    found = []
    for budget in (0, max(1, steps // TRAINED[run.kind])):
        model, x = run.model(), digits("train").unit()
        if budget:
            batch = BATCHES[run.kind]
            fit(
                model,
                x,
                steps=budget,
                batch_size=batch,
                seed=run.seed,
                device="cpu",
                progress=False,
            )
        shares = (fixed(model.encode, sets), tuned(model.encoder, sets))
        found.append(Row(*astuple(run), budget, *(round(share, 4) for share in shares)))
    return found


RECIPE = Table(
    name="few-labels",
    summary="features for a classifier with a hundred labels, five seeds",
    steps=STEPS,
    cases=runs,
    row=Row,
    run_case=rows,
    index=("steps",),
    about=f"seeds {SEEDS[0]} to {SEEDS[-1]}, {DRAWS} sets of labels each, at most {{steps}} steps",
)
read, column = RECIPE.read, RECIPE.column
