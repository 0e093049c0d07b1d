"""What ``import genlib`` costs beside ``import torch``, in fresh processes."""

import subprocess
import sys
from statistics import median

ROUNDS = 7
CODE = "import torch, time; t = time.perf_counter(); import genlib; print(time.perf_counter() - t)"


def report() -> None:
    """Print the median seconds that genlib adds to torch."""
    runs = [
        subprocess.run([sys.executable, "-c", CODE], stdout=subprocess.PIPE, check=True)
        for _ in range(ROUNDS)
    ]
    added = median(float(run.stdout) for run in runs)
    print(f"import genlib adds {added:.3f} s to import torch")
