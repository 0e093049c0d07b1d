"""NICE: additive couplings and one scaling."""

from collections.abc import Sequence
from math import prod

from genlib.flows.arguments import check_event, check_sizes
from genlib.flows.flow import Flow
from genlib.flows.networks import perceptron
from genlib.transforms import (
    ActNorm,
    AdditiveCoupling,
    Chain,
    Flatten,
    Flip,
    Permutation,
    Transform,
)


class NICE(Flow):
    r"""A flow that shifts each half of an event in turn, by what a network says of the other.

    .. math:: f = S \circ f_T \circ \dots \circ f_1, \qquad
              \log \left| \det \frac{\partial f(x)}{\partial x} \right| = \sum_i \log S_{ii}

    Couplings keep volumes. Only the diagonal scaling S at the end changes them, by the same factor
    everywhere; it is an :py:class:`~genlib.transforms.ActNorm`, which also shifts, and starts from
    the scale of the first batch. The halves are the even and the odd entries of an event. Dinh,
    Krueger and Bengio (2015, https://arxiv.org/abs/1410.8516), without the logit. Derived in the
    chapter on normalising flows.

    Args:
        event_shape: shape of one x, ``(D,)`` or ``(C, H, W)``.
        couplings: how many, T. Two move every entry; of an odd number of entries, three.
        hidden: widths of each network's hidden layers.
        prior: ``"logistic"`` or ``"gaussian"``.
        **options: what else :py:class:`~genlib.flows.Flow` takes: ``alpha`` (None for events that
            do not lie in [0, 1]), ``lr``, ``schedule``.

    Raises:
        ValueError: if a size is not positive, an event is a single number, or an option is wrong.
    """

    def __init__(
        self,
        *,
        event_shape: Sequence[int] = (1, 28, 28),
        couplings: int = 4,
        hidden: Sequence[int] = (200, 200),
        prior: str = "logistic",
        **options: object,
    ) -> None:
        """Build the couplings."""
        size = prod(check_event(event_shape, "NICE"))
        check_sizes(couplings=couplings)
        even_then_odd = [*range(0, size, 2), *range(1, size, 2)]
        steps = [Flatten(event_shape), Permutation(even_then_odd)]
        for _ in range(couplings):
            shift = perceptron(size - size // 2, hidden, size // 2)
            steps += [AdditiveCoupling(shift), exchange(size)]
        transform = Chain(*steps, ActNorm(size, event_dims=1))
        super().__init__(transform, event_shape=event_shape, prior=prior, **options)


def exchange(size: int) -> Transform:
    """Build what lets, between two couplings of points ``(..., size)``, others be moved.

    A flip exchanges two halves. Of an odd number it leaves the middle where it is, which is always
    kept; there what was moved goes to the front instead, and three couplings move everything.
    """
    kept = size - size // 2
    return Permutation([*range(kept, size), *range(kept)]) if size % 2 else Flip()
