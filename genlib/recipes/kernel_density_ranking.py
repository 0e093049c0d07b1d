"""Two decoders of digits, judged by annealing and by kernel density, at every scale: a table.

A small copy of the comparison by Wu, Burda, Salakhutdinov and Grosse (2017,
https://arxiv.org/abs/1611.04273): the decoders differ in nothing but the size of their codes.

Chapter: "Likelihood of decoders".
"""

from dataclasses import astuple, dataclass
from functools import cache

import torch
from torch import Tensor

from genlib import fit, latent, runtime
from genlib.data import load
from genlib.likelihoods import Gaussian
from genlib.metrics import Decoder, ais, annealing_schedule, parzen, scale_curve
from genlib.nn import one_thread
from genlib.recipes.experiments import Table
from genlib.recipes.experiments.rounding import rounded

SIZES = (10, 50)  # of the code
HIDDEN = (256, 128)  # of the encoder; the decoder has them in reverse
SEEDS = range(3)
SCALES = (0.06, 0.07, 0.085, 0.1, 0.12, 0.15, 0.2, 0.25, 0.3, 0.4)
IMAGES = 20  # of each split
SAMPLES = 10_000  # whose windows make the kernel density
TEMPERATURES, CHAINS, SCOUTS = 800, 6, 2


@dataclass(frozen=True)
class Case:
    """What decides some rows.

    Attributes:
        codes: size of the code.
        seed: of the weights, the batches, the codes and the images.
    """

    codes: int = 10
    seed: int = 0


@dataclass(frozen=True)
class Row(Case):
    """One line of the table: a decoder with pixels of one scale; nats, means over the images.

    Attributes:
        scale: sigma of the pixels, and bandwidth of the windows.
        annealed_validation: log-density by annealing from the prior.
        annealed: the same, of test images.
        kernel_validation: log-density by windows around 10,000 samples.
        kernel: the same, of test images.
        mean_square: error per pixel of the reconstructed test images.
    """

    scale: float = 0.1
    annealed_validation: float = 0.0
    annealed: float = 0.0
    kernel_validation: float = 0.0
    kernel: float = 0.0
    mean_square: float = 0.0


def cases() -> list[Case]:
    """Return both decoders, all seeds."""
    return [Case(codes, seed) for seed in SEEDS for codes in SIZES]


@cache
def digits(split: str) -> Tensor:
    """Return the digits of a split in [0, 1]."""
    return load("mnist", split).unit()


def some(split: str, seed: int) -> Tensor:
    """Return a few digits of a split, other ones for each seed."""
    x = digits(split)
    return x[torch.randperm(len(x), generator=runtime.generator(seed))[:IMAGES]]


def model(codes: int) -> latent.VAE:
    """Return an untrained model with Gaussian pixels, whose scale is learnt."""
    return latent.VAE(codes, hidden=HIDDEN, likelihood="gaussian", activation="tanh", lr=1e-3)


def trained(case: Case, steps: int) -> latent.VAE:
    """Return the model of a case after its training."""
    runtime.seed(case.seed)
    vae = model(case.codes)
    told = {"device": "cpu", "progress": False}
    fit(vae, digits("train"), steps=steps, seed=case.seed, **told)
    return vae.requires_grad_(requires_grad=False)


def at_scale(vae: latent.VAE, scale: float) -> Decoder:
    """Return the decoder of a model with pixels of another scale."""
    likelihood = Gaussian(scale).requires_grad_(requires_grad=False)
    return Decoder(vae.decode, likelihood, vae.event_shape, vae.latent)


def temperatures(steps: int = TEMPERATURES) -> Tensor:
    """Return a schedule that stops at each of ``SCALES``."""
    stops = (SCALES[0] / torch.tensor(SCALES, dtype=torch.float64)) ** 2
    return torch.cat([annealing_schedule(steps), stops]).unique()


def annealed(vae: latent.VAE, x: Tensor, steps: int = TEMPERATURES) -> Tensor:
    """Return log p(x) in nats at every one of ``SCALES``, (scales, B), from one run."""
    decoder = at_scale(vae, SCALES[0])
    found = ais(
        decoder.log_joint(x),
        decoder.prior(len(x)),
        schedule=temperatures(steps),
        chains=CHAINS,
        scouts=SCOUTS,
    )
    scales, curve = scale_curve(found, SCALES[0], x[0].numel())
    return torch.stack([curve[(scales - scale).abs().argmin()] for scale in SCALES])


def kernels(vae: latent.VAE, x: Tensor, samples: int = SAMPLES) -> Tensor:
    """Return the kernel density of samples without noise at ``SCALES``, (scales, B), in nats."""
    means = torch.cat([vae.mean(vae.sample_code(1000)) for _ in range(samples // 1000)])
    return torch.stack([parzen(means.flatten(1), x.flatten(1), scale) for scale in SCALES])


def rows(case: Case, steps: int) -> list[Row]:
    """Return the rows of one case, one for each scale."""
    with one_thread():
        vae = trained(case, steps)
        parts = [some(split, case.seed) for split in ("validation", "test")]
        x = torch.cat(parts)
        runtime.seed(case.seed)
        found = [annealed(vae, x), kernels(vae, x)]
        off = (vae.reconstruct(parts[1]) - parts[1]).square().mean().item()
    numbers = [part.mean(1) for each in found for part in each.split(IMAGES, dim=1)]
    return [
        Row(*astuple(case), scale, *(rounded(n.item(), 5) for n in line), rounded(off))
        for scale, *line in zip(SCALES, *numbers, strict=True)
    ]


RECIPE = Table(
    name="kernel-density-ranking",
    summary="decoders by annealing and by kernel density",
    steps=1800,
    cases=cases,
    row=Row,
    run_case=rows,
    about="VAEs of {steps} steps of 128 digits; 20 images of each split, 10,000 samples",
    index=("scale",),
)
read, column = RECIPE.read, RECIPE.column
