"""How far images change on the way from one code to another."""

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor

from genlib.metrics.features import features

Describe = Callable[[Tensor], Tensor]


@torch.no_grad()
def perceptual_path_length(
    images: Callable[[Tensor], Tensor],
    starts: Tensor,
    ends: Tensor,
    *,
    step: float = 1e-2,
    spherical: bool = False,
    describe: Describe | None = None,
    seed: int = 0,
) -> float:
    r"""Return the mean squared speed of the features on the way between two codes.

    .. math::

        E\Big[\frac1{\epsilon^2}\,\big\|\phi(g(c_t)) - \phi(g(c_{t + \epsilon}))\big\|^2\Big],
        \qquad t \sim U[0, 1 - \epsilon],

    where :math:`c_t` is on the straight line from start to end, or on the circle between two codes
    of a normal distribution: :math:`c_t = (\sin((1 - t)\Omega)\,a + \sin(t\Omega)\,b)/\sin\Omega`
    with the angle :math:`\Omega` of a and b. By default :math:`\phi` are the features of the
    stored ``digit-classifier``, so the number belongs to it. A code space in which images of one
    kind lie together has short paths, and so has a generator that always draws the same. Karras,
    Laine and Aila (2019, https://arxiv.org/abs/1812.04948), section 4.1. Derived in the chapter
    on style-based generators.

    Args:
        images: g, from codes to images, without noise of its own or with the same each time.
        starts: codes or styles, (N, ...).
        ends: as many.
        step: epsilon, in (0, 1). A smaller one loses digits, as features are float32.
        spherical: whether the way is the circle's; codes are then (N, D).
        describe: phi, from images to rows; by default
            ``features(images, low=-1)``, for digits (N, 1, 28, 28) in [-1, 1].
        seed: of the places t.

    Returns:
        the mean, in squared units of the features.

    Raises:
        ValueError: if starts and ends do not fit, or ``step`` is out of its range.
    """
    if starts.shape != ends.shape or len(starts) == 0 or (spherical and starts.ndim != 2):
        wanted = "(N, D)" if spherical else "equal shapes (N, ...)"
        raise ValueError(
            f"starts are {tuple(starts.shape)}, ends {tuple(ends.shape)}, wanted {wanted}"
        )
    if not 0 < step < 1:
        raise ValueError(f"step={step}, wanted a number between 0 and 1")
    describe = describe or partial(features, low=-1.0)
    drawn = torch.rand(len(starts), generator=torch.Generator().manual_seed(seed))
    at = (drawn * (1 - step)).to(starts).view(-1, *[1] * (starts.ndim - 1))
    way = _circle if spherical else torch.lerp
    first, second = (describe(images(way(starts, ends, t))).double() for t in (at, at + step))
    return ((first - second).flatten(1) / step).square().sum(dim=1).mean().item()


def _circle(starts: Tensor, ends: Tensor, at: Tensor) -> Tensor:
    """Return what lies between two codes, with the angle growing evenly."""
    units = (codes / codes.norm(dim=1, keepdim=True) for codes in (starts, ends))
    cosine = torch.linalg.vecdot(*units).clamp(-1, 1)[:, None]
    angle = cosine.acos().clamp_min(1e-6)
    return (((1 - at) * angle).sin() * starts + (at * angle).sin() * ends) / angle.sin()
