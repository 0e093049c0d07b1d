"""Glow: affine couplings between learned mixtures of all channels, at several scales."""

from collections.abc import Sequence

from genlib.flows.arguments import check_image, check_sizes
from genlib.flows.flow import Flow
from genlib.flows.networks import bottleneck
from genlib.transforms import ActNorm, AffineCoupling, Chain, Conv1x1, MultiScale, Squeeze


class Glow(Flow):
    r"""A flow of images that mixes their channels by an invertible matrix before each coupling.

    A level squeezes 2 x 2 pixels into one of four times the channels, and takes K steps, each of
    an :py:class:`~genlib.transforms.ActNorm`, a :py:class:`~genlib.transforms.Conv1x1` and an
    :py:class:`~genlib.transforms.AffineCoupling`. Then half of the channels, b, leaves, with a
    prior that depends on the half a that goes on,

    .. math:: p(b | a) = \mathcal N(b; \mu(a), \sigma^2(a)), \qquad
              z_b = \frac{b - \mu(a)}{\sigma(a)},

    which is one more affine coupling: the code is z_b, of standard normal numbers. Kingma and
    Dhariwal (2018, https://arxiv.org/abs/1807.03039), whose scales are sigmoids, and can vanish.
    Derived in the chapter on normalising flows.

    Args:
        event_shape: ``(C, H, W)``; ``2**levels`` divides H and W.
        levels: number of scales, L.
        depth: steps a level, K.
        width: channels of each coupling's network.
        bound: by how much the logarithm of a scale may change in one coupling, see
            :py:class:`~genlib.transforms.AffineCoupling`.
        **options: what else :py:class:`~genlib.flows.Flow` takes: ``alpha``, ``prior``, ``lr``,
            ``schedule``.

    Raises:
        ValueError: if a size is not positive, an image cannot be halved so often, or an option is
            wrong.
    """

    def __init__(
        self,
        *,
        event_shape: Sequence[int] = (1, 28, 28),
        levels: int = 2,
        depth: int = 8,
        width: int = 64,
        bound: float = 2.0,
        **options: object,
    ) -> None:
        """Build the levels."""
        check_sizes(levels=levels, depth=depth, width=width)
        channels, height, side = check_image(event_shape, levels, "Glow")
        built, shapes = [], []
        for level in range(levels):
            channels, height, side = 4 * channels, height // 2, side // 2
            steps = [step for _ in range(depth) for step in flow_step(channels, width, bound)]
            prior = [coupling(channels, width, bound)] if level < levels - 1 else []
            built.append(Chain(Squeeze(), *steps, *prior))
            shapes.append((channels, height, side))
            channels //= 2
        super().__init__(MultiScale(built, shapes), event_shape=event_shape, **options)


def flow_step(channels: int, width: int, bound: float) -> tuple[ActNorm, Conv1x1, AffineCoupling]:
    """Build one step of flow."""
    return ActNorm(channels), Conv1x1(channels), coupling(channels, width, bound)


def coupling(channels: int, width: int, bound: float) -> AffineCoupling:
    """Build a coupling of one half of the channels with the other."""
    network = bottleneck(channels // 2, width, channels)
    return AffineCoupling(network, event_dims=3, bound=bound)
