"""``python -m benchmarks``: print every comparison."""

import torch

from benchmarks import data, imports, vae

print(f"torch {torch.__version__}, {torch.get_num_threads()} threads")
imports.report()
data.report()
vae.report()
