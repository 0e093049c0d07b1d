"""How long the bundled digits take to load, checksum included."""

from statistics import median

from benchmarks.timing import seconds
from genlib.data import load

ROUNDS = 5


def report() -> None:
    """Print the median seconds for the 60,000 training images and their labels."""
    times = [seconds(lambda: load("mnist", "train+validation")) for _ in range(ROUNDS)]
    print(f'load("mnist", "train+validation") takes {median(times):.2f} s')
