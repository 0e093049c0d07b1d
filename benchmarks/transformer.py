"""Drawing 7x7 images from a transformer: keys and values kept, and all the work done again."""

from collections.abc import Callable

from benchmarks.timing import side_by_side
from genlib.autoregressive import Transformer
from genlib.runtime import generator

WANTED = 8  # times as fast, at 16 samples
SAMPLES = (16, 256)
ROUNDS = 3


def drawing(model: Transformer, n: int, cached: bool) -> Callable[[], None]:
    """Return what draws n images."""
    return lambda: model.sample(n, generator=generator(0), cached=cached)


def report() -> None:
    """Print seconds and ratios."""
    model = Transformer(layers=2, width=64, event_shape=(1, 7, 7)).eval()
    for n in SAMPLES:
        ways = {name: drawing(model, n, name == "cached") for name in ("naive", "cached")}
        times = side_by_side(ways, ROUNDS)
        ratio = times["naive"] / times["cached"]
        print(
            f"transformer, {n} images of 7x7: naive {times['naive']:.3f} s, "
            f"cached {times['cached']:.3f} s, {ratio:.1f} times as fast"
        )
        if n == SAMPLES[0]:
            print(f"wanted: {WANTED} times: {'reached' if ratio >= WANTED else 'MISSED'}")
