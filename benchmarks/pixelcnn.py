"""A PixelCNN of 15 blocks of 16 channels: training on MNIST, and drawing with and without a cache.

pytorch-generative's PixelCNN of this size trains at 228 images/s on two cores
(https://github.com/EugenHotaj/pytorch-generative).
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from benchmarks.timing import seconds, side_by_side
from genlib import fit
from genlib.autoregressive import PixelCNN
from genlib.data import load

BATCH, STEPS, ROUNDS = 128, 8, 5
IMAGES, SIDES, PATIENCE = 16, (14, 28, 56), 30


def plain(x: Tensor) -> Callable[[], None]:
    """Return the loop that one would write by hand, fused Adam and all."""
    model = PixelCNN()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)

    def work() -> None:
        for _ in range(STEPS):
            batch = x[torch.randint(len(x), (BATCH,))]
            logits = model.conditionals(batch)[:, 0]
            loss = F.binary_cross_entropy_with_logits(logits, batch, reduction="sum") / BATCH
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

    return work


def fitted(x: Tensor, **options: object) -> Callable[[], None]:
    """Return the same training through ``genlib.fit``."""
    model = PixelCNN()
    options = {"batch_size": BATCH, "device": "cpu", "progress": False} | options
    return lambda: fit(model, x, steps=STEPS, **options)


def training() -> None:
    """Print images a second and the ratios."""
    x = load("mnist").binary(seed=0)
    half = {"precision": "bf16", "channels_last": True}
    ways = {
        "by hand": plain(x),
        "fit": fitted(x),
        "fit, bf16, channels_last": fitted(x, **half),
    }
    times = side_by_side(ways, ROUNDS)
    for name, value in times.items():
        print(f"PixelCNN, {name}: {STEPS * BATCH / value:,.0f} images/s")
    print(f"fit takes {times['fit'] / times['by hand']:.3f} of the hand-written loop's time")


@torch.no_grad()
def drawing(side: int) -> None:
    """Print the seconds of ``IMAGES`` images, with and without a cache, and what it holds."""
    model = PixelCNN(event_shape=(1, side, side)).to(memory_format=torch.channels_last)
    cached = min(seconds(lambda: model.sample(IMAGES)) for _ in range(3))
    cache = model.cache(IMAGES)
    cache.next()
    held = sum(part.nbytes for part in vars(cache).values() if isinstance(part, Tensor))
    said = f"{IMAGES} images of {side} x {side}: {cached:.2f} s cached, {held / 1e6:.1f} MB held"
    once = seconds(lambda: model.conditionals(torch.zeros(IMAGES, 1, side, side)))
    if once * side**2 > PATIENCE:
        print(f"{said}; about {once * side**2:.0f} s naive")
        return
    naive = seconds(lambda: model.sample(IMAGES, cached=False))
    print(f"{said}; {naive:.1f} s naive, {naive / cached:.0f} times as long")


def report() -> None:
    """Print both comparisons."""
    training()
    for side in SIDES:
        drawing(side)
