"""What each family of models makes of test digits: its row of the picture.

A family that joins the book adds a line to `ROWS`. Nothing is picked: the digits are the first of
the test set, and what is made up are the first draws of seed 0. Stored weights come from recipes
(`python -m genlib train NAME`); what takes a second to fit is fitted here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial

import torch
from torch import Tensor

from genlib import zoo
from genlib.autoencoders import LinearAutoencoder
from genlib.data import load
from genlib.latent import GaussianMixture
from genlib.runtime import seeded

CODES = 40  # as many as the stored VAE and IWAE have
TRAINING = 10_000  # images, enough for what is fitted here
REBUILT, MADE_UP = "given back", "made up"


@dataclass(frozen=True)
class Row:
    """A row of the picture.

    Attributes:
        model: who makes the images.
        does: whether they are given back or made up.
        images: from the test digits (N, 1, 28, 28) to N images, in [0, 1].
    """

    model: str
    does: str
    images: Callable[[Tensor], Tensor]


def itself(digits: Tensor) -> Tensor:
    """Return the test digits."""
    return digits


def projected(digits: Tensor) -> Tensor:
    """Return the digits as their principal components give them back."""
    return pca().reconstruct(digits).clamp(0, 1)


def from_mixture(digits: Tensor) -> Tensor:
    """Return images whose principal components are drawn from a mixture of Gaussians."""
    codes = mixture().sample(len(digits), generator=noise())
    return pca().decode(codes).clamp(0, 1)


@torch.no_grad()
def reconstructed(name: str, digits: Tensor) -> Tensor:
    """Return the digits as a stored model gives them back: E[x|z] at the code of each."""
    return zoo.load(name).reconstruct(digits)


@torch.no_grad()
def sampled(name: str, digits: Tensor) -> Tensor:
    """Return as many images that a stored model makes up: E[x|z] at codes from its prior."""
    model = zoo.load(name)
    return model.mean(model.sample_code(len(digits), generator=noise()))


def drawn(name: str, digits: Tensor) -> Tensor:
    """Return as many images that a stored model draws, pixel values and all."""
    return zoo.load(name).sample(len(digits), generator=noise()).clamp(0, 1)


def played(name: str, digits: Tensor) -> Tensor:
    """Return as many images that a stored generator of images in [-1, 1] draws."""
    return (zoo.load(name).sample(len(digits), generator=noise()) + 1) / 2


@cache
def pca() -> LinearAutoencoder:
    """Return the principal components of binarised training digits."""
    with seeded(0, torch.device("cpu")):
        model = LinearAutoencoder(CODES)
    model.als(training(), steps=200)
    return model.requires_grad_(False)


@cache
def mixture() -> GaussianMixture:
    """Return a mixture of ten Gaussians, fitted to the components of training digits."""
    codes = pca().encode(training())
    model = GaussianMixture(10, "full", event_shape=(CODES,), prior_count=CODES)
    model.em(codes, steps=20, generator=noise())
    return model


def training() -> Tensor:
    """Return the first training digits, binarised."""
    return load("mnist").binary(seed=0)[:TRAINING]


def noise() -> torch.Generator:
    """Return a source of random numbers that always begins alike."""
    return torch.Generator().manual_seed(0)


ROWS = (
    Row("test digits", "as they are", itself),
    Row("PCA", REBUILT, projected),
    Row("VAE", REBUILT, partial(reconstructed, "vae")),
    Row("residual VAE", REBUILT, partial(reconstructed, "residual-vae")),
    Row("mixture", MADE_UP, from_mixture),
    Row("VAE", MADE_UP, partial(sampled, "vae")),
    Row("IWAE", MADE_UP, partial(sampled, "iwae")),
    Row("residual VAE", MADE_UP, partial(sampled, "residual-vae")),
    Row("PixelCNN", MADE_UP, partial(drawn, "pixelcnn")),
    Row("Glow", MADE_UP, partial(drawn, "glow")),
    Row("DCGAN", MADE_UP, partial(played, "dcgan")),
    Row("diffusion", MADE_UP, partial(drawn, "ddpm")),
)
