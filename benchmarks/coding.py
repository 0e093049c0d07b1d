"""Files of a thousand digits: writing and reading them, with a cache and without, and bits-back."""

import torch
from torch import Tensor

from benchmarks.timing import seconds
from genlib import coding, zoo
from genlib.autoregressive import PixelCNN
from genlib.autoregressive.cache import Recomputed
from genlib.data import load
from genlib.model import Model

DIGITS = 1_000
WANTED = {"encode": 6, "decode": 8}  # seconds of the PixelCNN, on two cores
FEW = 8  # digits without a cache: each of 784 pixels then costs what all together cost


class Uncached(PixelCNN):
    """The same model, which keeps nothing of the pixels that are known."""

    def cache(self, n: int, label: Tensor | None = None) -> Recomputed:
        """Return a cache that works out all conditionals for each pixel."""
        return Recomputed(self, n, label)


def both_ways(model: Model, x: Tensor) -> dict[str, float]:
    """Return the seconds of writing a file and of reading it.

    Raises:
        RuntimeError: it is not read as it was written.
    """
    files, read = [], []
    encode = seconds(lambda: files.append(coding.encode(model, x)))
    decode = seconds(lambda: read.append(coding.decode(model, files[0])))
    if not torch.equal(read[0], x):
        raise RuntimeError(f"{type(model).__name__} does not read what it wrote")
    return {"encode": encode, "decode": decode}


def thousand(name: str, model: Model, x: Tensor) -> dict[str, float]:
    """Print and return the seconds of many digits."""
    times = both_ways(model, x)
    ratio = times["decode"] / times["encode"]
    print(
        f"{name}, {len(x):,} digits: encode {times['encode']:.1f} s, "
        f"decode {times['decode']:.1f} s, {ratio:.2f} times as long"
    )
    return times


def cached_or_not(model: PixelCNN, x: Tensor) -> None:
    """Print by how much the cache speeds up both ways, for a few digits."""
    plain = Uncached(exact=model.exact).eval()
    plain.load_state_dict(model.state_dict())
    cached, naive = both_ways(model, x), both_ways(plain, x)
    for way, value in naive.items():
        print(
            f"{way} {len(x)} digits: {value:.1f} s without a cache, {cached[way]:.2f} s with one, "
            f"{value / cached[way]:.0f} times as fast"
        )


def report() -> None:
    """Print seconds and ratios."""
    x, pixelcnn = load("mnist", "test").binary(seed=0)[:DIGITS], zoo.load("pixelcnn")
    times = thousand("PixelCNN", pixelcnn, x)
    for way, value in times.items():
        reached = "reached" if value <= WANTED[way] else "MISSED"
        print(f"wanted: {way} in {WANTED[way]} s: {reached}")
    cached_or_not(pixelcnn, x[:FEW])
    thousand("VAE, bits-back", zoo.load("vae"), x)
