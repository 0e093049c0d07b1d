"""Flows: the inverse against the forward map, and training in bfloat16 against float32."""

import torch
from torch import Tensor

from benchmarks.timing import side_by_side
from genlib import fit
from genlib.data import load
from genlib.flows import NICE, Flow, Glow, RealNVP
from genlib.runtime import bfloat16, default_device
from genlib.transforms import InverseAutoregressive

BATCH, STEPS, POINTS = 64, 3, 64
LOW = {"precision": "bf16", "channels_last": True}


def training(kind: type[Flow], x: Tensor) -> None:
    """Print images a second of training, forward and backward, and the ratio to float32."""
    models = {"float32": (kind(), {}), "bf16, channels_last": (kind(), LOW)}
    times = side_by_side(
        {
            name: lambda model=model, options=options: fit(
                model, x, steps=STEPS, batch_size=BATCH, progress=False, **options
            )
            for name, (model, options) in models.items()
        }
    )
    for name, value in times.items():
        ratio = times["float32"] / value
        print(
            f"{kind.__name__}, training, {name}: {STEPS * BATCH / value:,.0f} images/s, "
            f"{ratio:.2f} of float32"
        )


@torch.no_grad()
def both_ways(kind: type[Flow], x: Tensor) -> None:
    """Print by how much decoding takes longer than encoding."""
    model, batch = kind().eval(), x[:BATCH]
    z = model.encode(batch)
    times = side_by_side(
        {"forward": lambda: model.transform(batch), "inverse": lambda: model.transform.inverse(z)}
    )
    ratio = times["inverse"] / times["forward"]
    print(f"{kind.__name__}: the inverse takes {ratio:.2f} of the forward map's time")


@torch.no_grad()
def one_by_one() -> None:
    """Print the same of a map whose inverse has to go through the coordinates."""
    step, z = InverseAutoregressive(POINTS), torch.randn(BATCH, POINTS)
    times = side_by_side({"forward": lambda: step(z, z), "inverse": lambda: step.inverse(z, z)})
    print(
        f"inverse autoregressive, {POINTS} coordinates: the inverse takes "
        f"{times['inverse'] / times['forward']:.0f} times the forward map's time"
    )


def report() -> None:
    """Print images a second and the ratios."""
    x = load("mnist").dequantised(seed=0)
    for kind in (NICE, RealNVP, Glow):
        training(kind, x)
        both_ways(kind, x)
    one_by_one()
    print(f"this device computes in bfloat16 by itself: {bfloat16(default_device())}")
