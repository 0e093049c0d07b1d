"""Peak memory of training, fit against a loop by hand, each in a process of its own."""

import re
import resource
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from benchmarks import dcgan, pixelcnn, vae
from genlib.data import load

WAYS: Mapping[str, tuple[Callable, str]] = {
    "VAE, by hand": (vae.plain, "binary"),
    "VAE, fit": (vae.fitted, "binary"),
    "DCGAN, by hand": (dcgan.plain, "symmetric"),
    "DCGAN, fit": (dcgan.fitted, "symmetric"),
    "PixelCNN, by hand": (pixelcnn.plain, "binary"),
    "PixelCNN, fit": (pixelcnn.fitted, "binary"),
}


def peak() -> float:
    """Return the most memory that this process has had since ``forget``, in MB."""
    status = Path("/proc/self/status")
    if status.exists():
        return int(re.search(r"VmHWM:\s+(\d+)", status.read_text())[1]) * 1024 / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def forget() -> None:
    """Let the peak begin anew at the present use; only Linux can."""
    place = Path("/proc/self/clear_refs")
    if place.exists():
        place.write_text("5")


def measure(name: str) -> None:
    """Train in one way and print the peak above what the data and libraries take."""
    make, kind = WAYS[name]
    images = load("mnist")
    x = images.binary(seed=0) if kind == "binary" else images.symmetric()
    forget()
    before = peak()
    make(x)()
    print(peak() - before)


def report() -> None:
    """Print the peaks and the ratios."""
    command = [sys.executable, "-m", "benchmarks.memory"]
    runs = {n: subprocess.run([*command, n], stdout=subprocess.PIPE, check=True) for n in WAYS}
    found = {name: float(run.stdout) for name, run in runs.items()}
    for model in ("VAE", "DCGAN", "PixelCNN"):
        hand, ours = found[f"{model}, by hand"], found[f"{model}, fit"]
        print(f"{model}: training adds {ours:,.0f} MB with fit, {ours / hand:.3f} of the loop's")


if __name__ == "__main__":
    measure(sys.argv[1])
