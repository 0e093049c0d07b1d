"""What bfloat16 and channels_last bring to a stack of convolutions like a PixelCNN's."""

import torch.nn.functional as F
from torch import Tensor, nn

from benchmarks.timing import side_by_side
from genlib import Model, fit
from genlib.data import load
from genlib.runtime import bfloat16

BATCH, STEPS, WIDTH, LAYERS = 32, 3, 64, 7


class Stack(Model):
    """Convolutions at full size, 64 channels wide, that predict binary pixels."""

    def __init__(self) -> None:
        """Build the layers."""
        super().__init__()
        layers: list[nn.Module] = [nn.Conv2d(1, WIDTH, 7, padding=3)]
        for _ in range(LAYERS):
            layers += [nn.ReLU(), nn.Conv2d(WIDTH, WIDTH, 3, padding=1)]
        self.layers = nn.Sequential(*layers, nn.ReLU(), nn.Conv2d(WIDTH, 1, 1))

    def loss(self, batch: Tensor) -> Tensor:
        """Return the cross-entropy of all pixels."""
        return F.binary_cross_entropy_with_logits(self.layers(batch).float(), batch)


def report() -> None:
    """Print images a second and the ratios to float32."""
    x = load("mnist").binary(seed=0)[:2000]
    ways = {
        "float32": {},
        "float32, channels_last": {"channels_last": True},
        "bf16": {"precision": "bf16"},
        "bf16, channels_last": {"precision": "bf16", "channels_last": True},
    }
    models = {name: Stack() for name in ways}
    times = side_by_side(
        {
            name: lambda name=name, options=options: fit(
                models[name], x, steps=STEPS, batch_size=BATCH, progress=False, **options
            )
            for name, options in ways.items()
        }
    )
    print(f"this device computes in bfloat16 by itself: {bfloat16(models['bf16'].device)}")
    for name, value in times.items():
        ratio = times["float32"] / value
        print(
            f"convolutions, {name}: {STEPS * BATCH / value:,.0f} images/s, {ratio:.2f} of float32"
        )
