"""``python -m benchmarks [NAME ...]``: print every comparison, or those that are named."""

import sys

import torch

from benchmarks import (
    coding,
    convolutions,
    data,
    dcgan,
    exact,
    flows,
    gpu,
    imports,
    memory,
    pixelcnn,
    transformer,
    vae,
)

ALL = {
    "imports": imports,
    "data": data,
    "vae": vae,
    "dcgan": dcgan,
    "exact": exact,
    "flows": flows,
    "pixelcnn": pixelcnn,
    "transformer": transformer,
    "coding": coding,
    "convolutions": convolutions,
    "memory": memory,
    "gpu": gpu,
}

wanted = sys.argv[1:] or list(ALL)
if unknown := set(wanted) - ALL.keys():
    sys.exit(f"no comparison {', '.join(sorted(unknown))}; there are {', '.join(ALL)}")
print(f"torch {torch.__version__}, {torch.get_num_threads()} threads")
for name in wanted:
    ALL[name].report()
