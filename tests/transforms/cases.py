"""Every transform without a context, far from the identity, with the shape of its events."""

from collections.abc import Callable

import torch
from torch import nn

from genlib.transforms import (
    ActNorm,
    AdditiveCoupling,
    AffineCoupling,
    Chain,
    Conv1x1,
    Flatten,
    Flip,
    Logit,
    MultiScale,
    Permutation,
    Squeeze,
    Transform,
    checkerboard,
)

BOARD = checkerboard((4, 2))


def perceptron(inputs: int, outputs: int) -> nn.Module:
    return nn.Sequential(nn.Linear(inputs, 8), nn.Tanh(), nn.Linear(8, outputs))


def convolutions(inputs: int, outputs: int) -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(inputs, 4, 3, padding=1), nn.Tanh(), nn.Conv2d(4, outputs, 3, padding=1)
    )


def two_scales() -> Transform:
    """Two levels of images (1, 4, 4), the second on half of what the first returns."""
    first = Chain(
        Squeeze(),
        ActNorm(4),
        Conv1x1(4),
        AffineCoupling(convolutions(2, 4), event_dims=3),
    )
    second = Chain(Flip(3), AffineCoupling(convolutions(1, 2), event_dims=3), Conv1x1(2))
    return MultiScale([first, second], [(4, 2, 2), (2, 2, 2)])


POINTS: dict[str, Callable[[], Transform]] = {
    "additive": lambda: AdditiveCoupling(perceptron(3, 2)),
    "additive, every other": lambda: AdditiveCoupling(perceptron(5, 5), checkerboard((5,), 1)),
    "affine": lambda: AffineCoupling(perceptron(3, 4)),
    "affine, every other": lambda: AffineCoupling(perceptron(5, 10), checkerboard((5,))),
    "actnorm": lambda: ActNorm(5, event_dims=1),
    "linear": lambda: Conv1x1(5, event_dims=1),
    "permutation": lambda: Permutation([3, 0, 4, 1, 2]),
    "flip": Flip,
    "logit": lambda: Logit(0.1, event_dims=1),
    "chain": lambda: Chain(
        ActNorm(5, 1), AffineCoupling(perceptron(3, 4)), Flip(), AffineCoupling(perceptron(3, 4))
    ),
}
IMAGES: dict[str, tuple[Callable[[], Transform], tuple[int, ...]]] = {
    "additive": (lambda: AdditiveCoupling(convolutions(2, 1), event_dims=3), (3, 2, 2)),
    "affine": (lambda: AffineCoupling(convolutions(2, 2), event_dims=3), (3, 2, 2)),
    "additive, board": (lambda: AdditiveCoupling(convolutions(2, 2), BOARD, 3), (2, 4, 2)),
    "affine, board": (lambda: AffineCoupling(convolutions(2, 4), ~BOARD, 3), (2, 4, 2)),
    "actnorm": (lambda: ActNorm(3), (3, 2, 2)),
    "convolution": (lambda: Conv1x1(3), (3, 2, 3)),
    "permutation": (lambda: Permutation([2, 0, 1], event_dims=3), (3, 2, 2)),
    "flip": (lambda: Flip(event_dims=3), (3, 2, 2)),
    "squeeze": (Squeeze, (2, 4, 2)),
    "flatten": (lambda: Flatten((2, 2, 3)), (2, 2, 3)),
    "logit": (lambda: Logit(0.1), (2, 2, 2)),
    "two scales": (two_scales, (1, 4, 4)),
}
ALL = {f"{name} of points": (build, (5,)) for name, build in POINTS.items()} | {
    f"{name} of images": case for name, case in IMAGES.items()
}
FIXED = ("additive", "permutation", "flip", "squeeze", "flatten")  # they keep volumes


def made(name: str) -> tuple[Transform, tuple[int, ...]]:
    """Return a transform in float64 that is far from the identity, and its events' shape."""
    torch.manual_seed(0)
    build, shape = ALL[name]
    transform = build().double().eval()
    with torch.no_grad():
        for parameter in transform.parameters():
            parameter.normal_(std=0.5)
        for module in transform.modules():
            if isinstance(module, ActNorm):
                module.mean.normal_()
                module.log_deviation.normal_(std=0.5)
    return transform, shape


def events(name: str, *leading: int) -> torch.Tensor:
    """Return events for a transform; those of a logit in [0, 1]."""
    torch.manual_seed(1)
    shape = (*leading, *ALL[name][1])
    return torch.rand(shape).double() if "logit" in name else 1.5 * torch.randn(shape).double()
