"""Drawing images from a transformer: keys and values kept, and all the work done again."""

from collections.abc import Callable

from benchmarks.timing import side_by_side
from genlib.autoregressive import Transformer
from genlib.runtime import generator

WANTED = 8  # times as fast, at 16 samples
CASES = ((16, 7), (16, 14), (256, 7))  # samples, and the side of an image
ROUNDS = 3


def drawing(model: Transformer, n: int, cached: bool) -> Callable[[], None]:
    """Return what draws n images."""
    return lambda: model.sample(n, generator=generator(0), cached=cached)


def report() -> None:
    """Print seconds and ratios."""
    for n, side in CASES:
        model = Transformer(layers=2, width=64, event_shape=(1, side, side)).eval()
        ways = {name: drawing(model, n, name == "cached") for name in ("naive", "cached")}
        times = side_by_side(ways, ROUNDS)
        ratio = times["naive"] / times["cached"]
        reached = "reached" if ratio >= WANTED else "missed"
        print(
            f"transformer, {n} images of {side}x{side}: naive {times['naive']:.3f} s, cached "
            f"{times['cached']:.3f} s, {ratio:.1f} times as fast (wanted {WANTED}: {reached})"
        )
