"""Every family of the book at one size: what is built, in which space, and how it is scored."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import torch
from torch import Tensor
from torch.nn.functional import interpolate, softplus

from genlib import Model
from genlib.autoregressive import MADE, PixelCNN, Transformer
from genlib.data import PerBatch, load, thresholded
from genlib.diffusion import DDPM, FlowMatching, UNet
from genlib.energy import RBM
from genlib.flows import NICE, Glow, RealNVP
from genlib.gans import DCGAN, GAN, GradientPenalty, Wasserstein
from genlib.hybrids import VAEGAN, AdversarialAutoencoder, BiGAN
from genlib.latent import IWAE, VAE, VQVAE, FlowVAE, GaussianMixture, HierarchicalVAE
from genlib.likelihoods import Bernoulli
from genlib.metrics import Decoder, LogWeights

EVENT = (1, 14, 14)
ABOVE = 0.4  # brightness of a block of 2 x 2 pixels that is inked
CODES = 20  # numbers in a code
SQUEEZE = (0.01, 0.03, 0.1)  # chances to flip a pixel, of decoders that say none
DEFAULT = {"event_shape": EVENT, "lr": 1e-3, "schedule": "cosine"}
GAME = {"event_shape": EVENT, "latent": CODES}
Build = Callable[[], Model]


@dataclass(frozen=True)
class Family:
    """How a family takes part.

    Attributes:
        build: returns a new model.
        space: of its events: ``"binary"``, ``"dequantised"`` (in [0, 1]) or ``"symmetric"``.
        score: what its number of nats is: ``"exact"``, ``"importance"``, ``"code"`` (one code),
            ``"dequantised"``, ``"equation"``, ``"chain"``, ``"annealed"``, ``"partition"``.
    """

    build: Build
    space: str
    score: str


def unet() -> UNet:
    """Return the network of both models that take noise away."""
    return UNet(event_shape=EVENT, widths=(64,), blocks=2)


FAMILIES = {
    "Gaussian": Family(
        partial(GaussianMixture, 1, "full", EVENT, prior_count=10, prior_variance=0.02),
        "dequantised",
        "dequantised",
    ),
    "Gaussian mixture": Family(
        partial(GaussianMixture, 10, "full", EVENT, prior_count=100, prior_variance=0.02),
        "dequantised",
        "dequantised",
    ),
    "VAE": Family(partial(VAE, CODES, hidden=(512,), **DEFAULT), "binary", "importance"),
    "IWAE": Family(partial(IWAE, 5, CODES, hidden=(512,), **DEFAULT), "binary", "importance"),
    "flow posterior": Family(
        partial(FlowVAE, latent=CODES, hidden=(512,), **DEFAULT), "binary", "importance"
    ),
    "hierarchical": Family(
        partial(HierarchicalVAE, CODES, hidden=(512,), **DEFAULT), "binary", "importance"
    ),
    "VQ-VAE": Family(partial(VQVAE, CODES, hidden=(512,), **DEFAULT), "binary", "code"),
    "MADE": Family(partial(MADE, (1024,), **DEFAULT), "binary", "exact"),
    "PixelCNN": Family(partial(PixelCNN, 16, 6, **DEFAULT), "binary", "exact"),
    "transformer": Family(partial(Transformer, **DEFAULT), "binary", "exact"),
    "NICE": Family(partial(NICE, alpha=None, **DEFAULT), "dequantised", "dequantised"),
    "RealNVP": Family(partial(RealNVP, alpha=None, **DEFAULT), "dequantised", "dequantised"),
    "Glow": Family(
        partial(Glow, levels=1, depth=8, alpha=None, **DEFAULT), "dequantised", "dequantised"
    ),
    "GAN": Family(partial(GAN, lr=3e-4, **GAME), "symmetric", "annealed"),
    "WGAN-GP": Family(
        partial(
            GAN,
            loss=Wasserstein(),
            penalties=(GradientPenalty(),),
            discriminator_turn={"updates": 3},
            lr=3e-4,
            **GAME,
        ),
        "symmetric",
        "annealed",
    ),
    "DCGAN": Family(partial(DCGAN, lr=5e-4, **GAME), "symmetric", "annealed"),
    "adversarial autoencoder": Family(
        partial(AdversarialAutoencoder, lr=3e-4, **GAME), "binary", "annealed"
    ),
    "VAE-GAN": Family(partial(VAEGAN, lr=3e-4, **GAME), "symmetric", "annealed"),
    "BiGAN": Family(partial(BiGAN, lr=3e-4, **GAME), "symmetric", "annealed"),
    "RBM": Family(partial(RBM, 256, chains=64, burn_in=500, **DEFAULT), "binary", "partition"),
    "DDPM": Family(
        lambda: DDPM(unet(), bounds=(0.0, 1.0), variance="upper", **DEFAULT),
        "dequantised",
        "chain",
    ),
    "flow matching": Family(
        lambda: FlowMatching(unet(), bounds=(0.0, 1.0), **DEFAULT), "dequantised", "equation"
    ),
}


def bits(split: str) -> Tensor:
    """Return the digits of a split as zeros and ones, (N, 1, 14, 14)."""
    return thresholded(load("mnist", split).images, 2, ABOVE)


def noisy(images: Tensor) -> Tensor:
    """Return (b + u) / 2 with u uniform in [0, 1): a density of it lives on no lattice."""
    return (images + torch.rand_like(images)) / 2


def data(space: str, split: str = "train") -> Tensor | PerBatch:
    """Return the digits of a split as events of a space."""
    x = bits(split)
    if space == "dequantised":
        return PerBatch(noisy, x)
    return 2 * x - 1 if space == "symmetric" else x


def as_bits(samples: Tensor, space: str) -> Tensor:
    """Return zeros and ones of samples in a space: what is above its middle is inked."""
    middle = 0.0 if space == "symmetric" else 0.5
    return (samples >= middle).float()


def enlarged(images: Tensor) -> Tensor:
    """Return 28 x 28 pixels, as the digit classifier wants them; smooth, as it is used to."""
    return interpolate(images, scale_factor=2, mode="bilinear", align_corners=False)


def decoder_of(model: Model, flip: float) -> Decoder:
    """Return the decoder of a game or a hybrid as a model of bits.

    One that gives pixels in [-1, 1] becomes a likelihood by a chance to flip each pixel: with g in
    [0, 1] a pixel is 1 with probability flip + (1 - 2 flip) g.
    """
    if isinstance(model, AdversarialAutoencoder):  # it has a likelihood of its own
        return Decoder(model.decode, model.likelihood, EVENT, model.latent)
    decode = model.generator if isinstance(model, GAN) else model.decoder

    def logits(z: Tensor) -> Tensor:
        grey = (decode(z) + 1) / 2
        return torch.logit(flip + (1 - 2 * flip) * grey)

    return Decoder(logits, Bernoulli(event_dims=3), EVENT, model.latent)


def lattice(density: Callable[[Tensor], Tensor], x: Tensor, draws: int = 1) -> Tensor:
    r"""Return a bound on log P(b) of bits b, from a density of (b + u) / 2, (B,).

    .. math:: P(b) = \int_{\text{box}} p(x)\, dx = 2^{-D}\, E_u\, p\big((b + u)/2\big), \qquad
              \log P(b) \ge E\Big[\log \frac1K \sum_k p(x_k)\Big] - D \log 2

    With K = 1 it is what is trained.
    """
    found = torch.stack([density(noisy(x)).double() for _ in range(draws)])
    size = x[0].numel()
    return torch.logsumexp(found, 0) - math.log(draws) - size * math.log(2)


@torch.no_grad()
def log_partition(
    model: RBM,
    temperatures: int = 2000,
    chains: int = 100,
    generator: torch.Generator | None = None,
) -> LogWeights:
    r"""Return annealed estimates of log Z of a restricted Boltzmann machine.

    From the machine with weights and hidden biases of 0, whose Z is known, along those scaled by
    :math:`\beta` from 0 to 1. In the mean log Z comes out too small, and so log p(x) too *large*.
    Salakhutdinov and Murray (2008, https://doi.org/10.1145/1390156.1390266).
    """
    between = RBM(len(model.hidden_bias), model.event_shape)
    between.bias.copy_(model.bias)

    def at(beta: float) -> RBM:
        between.weight.copy_(beta * model.weight)
        between.hidden_bias.copy_(beta * model.hidden_bias)
        return between

    first = at(0.0)
    shares = torch.rand(chains, first.units, generator=generator)
    x = (shares < first.bias.sigmoid()).float().view(chains, *model.event_shape)
    known = len(model.hidden_bias) * math.log(2) + softplus(model.bias).double().sum()
    total = known.expand(chains)
    for before, after in pairwise(torch.linspace(0, 1, temperatures + 1).tolist()):
        total = total + (at(before).energy(x) - at(after).energy(x)).double()
        x = between.transition(x, generator)
    return LogWeights(total[:, None])
