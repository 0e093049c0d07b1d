"""Training a small DCGAN on MNIST: fit, and the two-optimiser loop that everybody writes.

The loop by hand shares one batch of fakes between the turns, as SharedFakesGAN does; GAN gives
every turn a fresh one, as the game is defined. fit spares the gradients of D's weights in G's turn.
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from benchmarks.timing import side_by_side
from genlib import fit
from genlib.data import load
from genlib.gans import GAN, SharedFakesGAN

BATCH, STEPS, LATENT, WIDTH = 128, 8, 64, 32


def generator() -> nn.Sequential:
    """Build a generator of digits after Radford et al. (2016, https://arxiv.org/abs/1511.06434)."""
    return nn.Sequential(
        nn.Linear(LATENT, 2 * WIDTH * 7 * 7, bias=False),
        nn.Unflatten(1, (2 * WIDTH, 7, 7)),
        nn.BatchNorm2d(2 * WIDTH),
        nn.ReLU(),
        nn.ConvTranspose2d(2 * WIDTH, WIDTH, 4, stride=2, padding=1, bias=False),
        nn.BatchNorm2d(WIDTH),
        nn.ReLU(),
        nn.ConvTranspose2d(WIDTH, 1, 4, stride=2, padding=1),
        nn.Tanh(),
    )


def discriminator() -> nn.Sequential:
    """Build the discriminator that goes with it."""
    return nn.Sequential(
        nn.Conv2d(1, WIDTH, 4, stride=2, padding=1),
        nn.LeakyReLU(0.2),
        nn.Conv2d(WIDTH, 2 * WIDTH, 4, stride=2, padding=1, bias=False),
        nn.BatchNorm2d(2 * WIDTH),
        nn.LeakyReLU(0.2),
        nn.Conv2d(2 * WIDTH, 1, 7),
        nn.Flatten(0),
    )


def plain(x: Tensor) -> Callable[[], None]:
    """Return the loop that one would write by hand."""
    g, d = generator().to(x.device), discriminator().to(x.device)
    g_adam = torch.optim.Adam(g.parameters(), lr=2e-4, betas=(0.5, 0.999), fused=True)
    d_adam = torch.optim.Adam(d.parameters(), lr=2e-4, betas=(0.5, 0.999), fused=True)

    def work() -> None:
        for _ in range(STEPS):
            real = x[torch.randint(len(x), (BATCH,), device=x.device)]
            fake = g(torch.randn(BATCH, LATENT, device=x.device))
            d_adam.zero_grad()
            (F.softplus(-d(real)).mean() + F.softplus(d(fake.detach())).mean()).backward()
            d_adam.step()
            g_adam.zero_grad()
            F.softplus(-d(fake)).mean().backward()
            g_adam.step()

    return work


def fitted(x: Tensor, kind: type[GAN] = SharedFakesGAN) -> Callable[[], None]:
    """Return the same networks trained by ``genlib.fit``."""
    model = kind(generator(), discriminator(), LATENT, lr=2e-4, betas=(0.5, 0.999))
    options = {"batch_size": BATCH, "device": x.device, "progress": False}
    return lambda: fit(model, x, steps=STEPS, **options)


def report() -> None:
    """Print images a second and the ratio."""
    x = load("mnist").symmetric()
    ways = {"by hand": plain(x), "fit": fitted(x), "fit, fresh fakes": fitted(x, GAN)}
    times = side_by_side(ways)
    for name, value in times.items():
        print(f"DCGAN, {name}: {STEPS * BATCH / value:,.0f} images/s")
    for name in ("fit", "fit, fresh fakes"):
        ratio = times[name] / times["by hand"]
        print(f"{name}, takes {ratio:.3f} of the two-optimiser loop's time")
