"""Training a small DCGAN on MNIST: fit, and the two-optimiser loop that everybody writes.

The loop by hand shares one batch of fakes between the turns, as SharedFakesGAN does; GAN gives
every turn a fresh one, as the game is defined. fit spares the gradients of D's weights in G's turn.
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from benchmarks.timing import side_by_side
from genlib import fit
from genlib.data import load
from genlib.gans import GAN, DCGANDiscriminator, DCGANGenerator, SharedFakesGAN

BATCH, STEPS, LATENT = 128, 8, 64


def plain(x: Tensor) -> Callable[[], None]:
    """Return the loop that one would write by hand."""
    g, d = DCGANGenerator(LATENT).to(x.device), DCGANDiscriminator().to(x.device)
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
    model = kind(DCGANGenerator(LATENT), DCGANDiscriminator(), LATENT, lr=2e-4, betas=(0.5, 0.999))
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
