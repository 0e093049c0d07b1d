"""On a GPU: resident data and half precision against a plain DataLoader loop, MNIST DCGAN.

Half a minute on a GPU of today: 2,400 rounds, one of which takes some 7 ms. ``fit(compile=True)``
is left out: compiling alone would take longer than all that is compared here.
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.utils.data import DataLoader, TensorDataset

from benchmarks.dcgan import BATCH, LATENT, discriminator, generator
from benchmarks.timing import side_by_side
from genlib import fit
from genlib.data import load
from genlib.gans import GAN

STEPS = 200
ROUNDS = 3


def loaded(x: Tensor) -> Callable[[], None]:
    """Return the loop of the tutorials: worker processes, pinned memory, two optimisers."""
    loader = DataLoader(
        TensorDataset(x), BATCH, shuffle=True, num_workers=2, pin_memory=True, drop_last=True
    )
    g, d = generator().cuda(), discriminator().cuda()
    g_adam = torch.optim.Adam(g.parameters(), lr=2e-4, betas=(0.5, 0.999))
    d_adam = torch.optim.Adam(d.parameters(), lr=2e-4, betas=(0.5, 0.999))

    def work() -> None:
        for (real,), _ in zip(loader, range(STEPS), strict=False):
            fake = g(torch.randn(BATCH, LATENT, device="cuda"))
            d_adam.zero_grad()
            real_loss = F.softplus(-d(real.cuda(non_blocking=True))).mean()
            (real_loss + F.softplus(d(fake.detach())).mean()).backward()
            d_adam.step()
            g_adam.zero_grad()
            F.softplus(-d(fake)).mean().backward()
            g_adam.step()
        torch.cuda.synchronize()

    return work


def fitted(x: Tensor, **options: object) -> Callable[[], None]:
    """Return the same networks trained by ``genlib.fit``."""
    model = GAN(generator(), discriminator(), LATENT, lr=2e-4, betas=(0.5, 0.999))
    both = {"steps": STEPS, "batch_size": BATCH, "device": "cuda", "progress": False}
    return lambda: fit(model, x, **both, **options)


def report() -> None:
    """Print images a second and the ratios, if there is a CUDA GPU."""
    if not torch.cuda.is_available():
        print("no CUDA GPU here: the comparison of games on a GPU was left out")
        return
    x = load("mnist").symmetric()
    ways = {
        "DataLoader": loaded(x),
        "fit": fitted(x),
        "fit, bf16, channels_last": fitted(x, precision="bf16", channels_last=True),
    }
    times = side_by_side(ways, ROUNDS)
    for name, value in times.items():
        ratio = times["DataLoader"] / value
        print(
            f"GPU, {name}: {STEPS * BATCH / value:,.0f} images/s, {ratio:.2f} of the DataLoader's"
        )
