"""RealNVP: affine couplings, of images in two kinds of halves and at several scales."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from torch import Tensor

from genlib.flows.arguments import check_event, check_image, check_sizes
from genlib.flows.flow import Flow
from genlib.flows.networks import perceptron, residual
from genlib.flows.nice import exchange
from genlib.transforms import (
    ActNorm,
    AffineCoupling,
    Chain,
    Flip,
    MultiScale,
    Squeeze,
    Transform,
    checkerboard,
)


class RealNVP(Flow):
    r"""A flow of affine couplings, :math:`y_a = x_a,\; y_b = e^{s(x_a)} x_b + t(x_a)`.

    On images a level keeps the white, then the black squares of a checkerboard, and so on; then
    squeezes 2 x 2 pixels into one of four times the channels; then keeps one half of the channels
    or the other. Half of the channels then leave as part of the code, the rest goes on to the
    next level. The last level has one more checkerboard and no squeeze. On points the two halves
    of the coordinates take turns.

    Dinh, Sohl-Dickstein and Bengio (2017, https://arxiv.org/abs/1605.08803). Other than there,
    :py:class:`~genlib.transforms.ActNorm` before each coupling replaces batch normalisation, so
    that an x has one density, whatever else is in its batch. Derived in the chapter on normalising
    flows.

    Args:
        event_shape: shape of one x, ``(D,)`` or ``(C, H, W)``.
        couplings: how many there are with each kind of halves; with points, twice so many in all,
            of which it takes three to move each of an odd number of coordinates.
        width: channels of each coupling's residual network, or width of its perceptron.
        blocks: residual blocks in a network; a perceptron has one more hidden layer than that.
        levels: number of scales, 2 if not given; points have but one.
        bound: by how much the logarithm of a scale may change in one coupling, see
            :py:class:`~genlib.transforms.AffineCoupling`.
        **options: what else :py:class:`~genlib.flows.Flow` takes: ``alpha`` (None for events that
            do not lie in [0, 1]), ``prior``, ``lr``, ``schedule``.

    Raises:
        ValueError: if a size is not positive, an image cannot be halved so often, points are to
            have levels or a coordinate that is never moved, or an option is wrong.
    """

    def __init__(
        self,
        *,
        event_shape: Sequence[int] = (1, 28, 28),
        couplings: int = 3,
        width: int = 24,
        blocks: int = 1,
        levels: int | None = None,
        bound: float = 2.0,
        **options: object,
    ) -> None:
        """Build the couplings."""
        shape = check_event(event_shape, "RealNVP")
        check_sizes(couplings=couplings, width=width, blocks=blocks)
        network = {"width": width, "blocks": blocks, "bound": bound}
        if len(shape) == 3:
            coupling = partial(image_coupling, **network)
            transform = of_images(shape, 2 if levels is None else levels, couplings, coupling)
        elif levels in (None, 1):
            transform = of_points(*shape, 2 * couplings, network)
        else:
            raise ValueError(f"levels={levels}: points such as {shape} have but one")
        super().__init__(transform, event_shape=shape, **options)


def of_points(size: int, couplings: int, network: Mapping[str, float]) -> Transform:
    """Build the couplings of points ``(..., size)``, of networks with these sizes."""
    if size % 2 and couplings < 3:
        raise ValueError(
            f"couplings={couplings // 2}: one of {size} coordinates would never be moved; "
            "take 2 or more"
        )
    steps = (point_coupling(size, **network) for _ in range(couplings))
    return Chain(*(part for step in steps for part in (step, exchange(size))))


def point_coupling(size: int, *, width: int, blocks: int, bound: float) -> Transform:
    """Build a coupling of points ``(..., size)`` and what normalises them."""
    network = perceptron(size - size // 2, [width] * (blocks + 1), 2 * (size // 2))
    return Chain(ActNorm(size, event_dims=1), AffineCoupling(network, bound=bound))


def image_coupling(
    channels: int, mask: Tensor | None = None, *, width: int, blocks: int, bound: float
) -> Transform:
    """Build a coupling of images ``(B, channels, H, W)`` and what normalises them."""
    kept = channels // 2 if mask is None else channels  # as many as it says something of
    network = residual(kept, width, blocks, 2 * kept)
    return Chain(ActNorm(channels), AffineCoupling(network, mask, event_dims=3, bound=bound))


def of_images(
    shape: Sequence[int], levels: int, couplings: int, coupling: Callable[..., Transform]
) -> Transform:
    """Build the levels for images ``(B, *shape)``; ``coupling(channels, mask)`` makes one."""
    check_sizes(levels=levels)
    channels, height, width = check_image(shape, levels - 1, "RealNVP")
    if height * width == 4 ** (levels - 1):
        raise ValueError(f"levels={levels}: images {shape} become single pixels; take fewer")
    built, shapes = [], []
    for level in range(levels):
        last = level == levels - 1
        boards = [checkerboard((height, width), i % 2) for i in range(couplings + last)]
        steps = [coupling(channels, board) for board in boards]
        if not last:
            steps.append(Squeeze())
            channels, height, width = 4 * channels, height // 2, width // 2
            for _ in range(couplings):
                steps += [coupling(channels), Flip(event_dims=3)]
        built.append(Chain(*steps))
        shapes.append((channels, height, width))
        channels //= 2
    return MultiScale(built, shapes)
